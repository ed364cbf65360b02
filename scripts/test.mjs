// npm test: sets itself up, checks types and layers, runs every test; the last line is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { compose } from "node:stream";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { install, root, setup } from "./setup.mjs";

setup();
install("qemu-riscv64", "qemu-user");

let passed = 0;
let failed = 0;
const skipped = [];

for (const [name, args] of [
  ["types", [path.join("node_modules", "typescript", "bin", "tsc"), "--noEmit"]],
  ["layers", [path.join("scripts", "layers.mjs")]],
]) {
  const ok = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;
  console.log(`${ok ? "✔" : "✖"} ${name}`);
  if (ok) passed++;
  else failed++;
}

process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --import tsx`;
process.chdir(root);
const folders = ["test/unit", "test/emulator", "test/cli"];
const wanted = process.argv.slice(2);
const files = folders
  .flatMap((f) => readdirSync(path.join(root, f)).filter((n) => n.endsWith(".test.ts")).map((n) => path.join(root, f, n)))
  .filter((f) => wanted.length === 0 || wanted.some((w) => f.includes(w)));
const stream = run({ files, concurrency: 2, timeout: 15 * 60_000 });
stream.on("test:pass", (event) => {
  if (event.details.type === "suite" || event.file === event.name) return;
  if (event.skip !== undefined) skipped.push(`${event.name}: ${event.skip}`);
  else passed++;
});
stream.on("test:fail", (event) => {
  if (event.details.type !== "suite") failed++;
});
compose(stream, spec).pipe(process.stdout);
stream.on("end", () =>
  setTimeout(() => {
    for (const reason of skipped) console.log(`skipped: ${reason}`);
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed ? 1 : 0;
  }, 200),
);

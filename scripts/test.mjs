// npm test: sets itself up, checks types and layers, runs every test, those in a real VS Code too; the last line is "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { install, root, setup } from "./setup.mjs";
import { testVSCode } from "./test-vscode.mjs";
import { findVSCode } from "./vscode.mjs";

setup();
install("qemu-riscv64", "qemu-user");
install("snakemake", "snakemake");
install("callgrind_annotate", "valgrind");
findVSCode(); // with the browser that pages are tested in, and the TextMate that grammars are

let passed = 0;
let failed = 0;

for (const [name, args] of [
  ["types", [path.join("node_modules", "typescript", "bin", "tsc"), "--noEmit"]],
  ["layers", [path.join("scripts", "layers.mjs")]],
]) {
  const ok = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status === 0;
  console.log(`${ok ? "✔" : "✖"} ${name}`);
  if (ok) passed++;
  else failed++;
}

const wanted = process.argv.slice(2);
const files = ["test/unit", "test/host", "test/emulator", "test/cli", "test/gem5", "test/webview"]
  .flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => path.join(folder, name)))
  .filter((file) => file.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((w) => file.includes(w))));
const tap = path.join(mkdtempSync(path.join(tmpdir(), "perfvec-tests-")), "tap");
const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", `--test-reporter-destination=${tap}`];
const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", "--test-concurrency=2", ...reporters, ...files], { cwd: root, stdio: "inherit" });
const report = readFileSync(tap, "utf8");
const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(report)?.[1] ?? 0);
passed += count("pass");
failed += count("fail") + count("cancelled");
if (status !== 0 && failed === 0) failed++;
if (wanted.length === 0) {
  const inVSCode = await testVSCode();
  passed += inVSCode.passed;
  failed += inVSCode.failed;
}
for (const [, name, reason] of report.matchAll(/^\s*ok \d+ - (.*) # SKIP (.*)$/gm)) console.log(`skipped: ${name}: ${reason}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);

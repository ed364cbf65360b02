import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const compiler = has("riscv64-linux-gnu-gcc");
const skip = !compiler ? "no riscv64-linux-gnu-gcc" : !has("qemu-riscv64") ? "no qemu-riscv64" : false;

const ARGUMENTS: Record<string, { args: string[]; input: string }> = { system: { args: ["one", "two words"], input: "first\nlast, without an end" } };

function compile(source: string, ...flags: string[]): string {
  const elf = path.join(folder, path.basename(source).replace(/\.[^.]*$/, flags.join("")));
  const cc = source.endsWith("pp") ? "riscv64-linux-gnu-g++" : "riscv64-linux-gnu-gcc";
  const { status, stderr } = spawnSync(cc, ["-static", "-march=rv64gc_zba_zbb_zbs", ...flags, "-o", elf, source, "-lm"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return elf;
}

/** Same standard output, standard error and exit code as qemu's. */
function compare(elf: string, { args, input } = { args: [] as string[], input: "" }): void {
  const options = { encoding: "utf8" as const, input, cwd: folder, maxBuffer: 1 << 26 };
  const expected = spawnSync("qemu-riscv64", [elf, ...args], options);
  const ours = spawnSync(process.execPath, [path.resolve("dist/cli.js"), "run", elf, "--", ...args], options);
  assert.equal(ours.stdout, expected.stdout, path.basename(elf));
  assert.equal(ours.stderr, expected.stderr, path.basename(elf));
  assert.equal(ours.status, expected.status, path.basename(elf));
}

for (const name of readdirSync("test/emulator/programs")) {
  for (const level of name.startsWith("integer") ? ["-O1"] : ["-O0", "-O2"]) {
    test(`${name} ${level} does as under qemu`, { skip }, () => {
      compare(compile(path.join("test/emulator/programs", name), level), ARGUMENTS[name.replace(/\..*/, "")]);
    });
  }
}

for (const name of readdirSync("examples").filter((n) => /\.(c|cpp)$/.test(n))) {
  test(`examples/${name} does as under qemu`, { skip }, () => compare(compile(path.join("examples", name), "-O2")));
}

test("instruction by instruction: results equal those qemu gave, without a compiler or qemu", () => {
  const ours = spawnSync(process.execPath, ["dist/cli.js", "run", "test/emulator/golden/integer.elf"], { encoding: "utf8" });
  assert.equal(ours.status, 0, ours.stderr);
  assert.equal(ours.stdout, readFileSync("test/emulator/golden/integer.txt", "utf8"));
});

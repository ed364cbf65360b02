import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { parseNpy } from "../../src/core/npy";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const fixtures = "test/fixtures/gem5";
const sample = path.join(fixtures, "sample.elf");
const LIKE_GEM5 = ["--like", "gem5", "--exe", "/tmp/sample.elf"];

function features(name: string, ...args: string[]): { shape: number[]; data: ArrayLike<number> } {
  const out = path.join(folder, name);
  const { status, stderr } = spawnSync(process.execPath, ["dist/cli.js", "features", ...args, "--set", "perfvec", "--out", out], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return parseNpy(readFileSync(out), name);
}

function assertEqual(a: { shape: number[]; data: ArrayLike<number> }, b: { shape: number[]; data: ArrayLike<number> }): void {
  assert.deepEqual(a.shape, b.shape);
  const width = a.shape[1]!;
  for (let i = 0; i < a.data.length; i++) {
    if (a.data[i] !== b.data[i]) assert.fail(`row ${Math.floor(i / width)}, feature ${i % width}: ${a.data[i]} and ${b.data[i]}`);
  }
}

test("the emulator executes what gem5 does: all 51 PerfVec features of all 16,436 rows are equal", () => {
  const ours = features("emulator.npy", sample, ...LIKE_GEM5);
  assert.deepEqual(ours.shape, [16436, 51]);
  assertEqual(ours, features("o3.npy", path.join(fixtures, "riscv-o3-fork/trace.txt.gz"), "--elf", sample));
});

test("addresses too: the trace equals gem5's ExecAll, micro-operation by micro-operation", () => {
  const { stdout, status } = spawnSync(process.execPath, ["dist/cli.js", "trace", sample, ...LIKE_GEM5], { encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(status, 0);
  const rows = stdout.trim().split("\n").slice(1).map((l) => l.split(","));
  const expected = gunzipSync(readFileSync(path.join(fixtures, "riscv-atomic-exec/exec.txt.gz"))).toString().split("\n")
    .filter((l) => / : (No_OpClass|Int\w+|Float\w+|Mem\w+) : /.test(l)); // heads of macro-operations have no class
  assert.equal(rows.length, expected.length);
  expected.forEach((line, i) => {
    const [pc, , operation, , , address, , , fault] = rows[i]!;
    assert.equal(pc, / T0 : (0x[0-9a-f]+)/.exec(line)![1], `row ${i}`);
    assert.equal(operation, / : (No_OpClass|Int\w+|Float\w+|Mem\w+) : /.exec(line)![1], `row ${i}`);
    if (fault === "0") assert.equal(address, / A=(0x[0-9a-f]+)/.exec(line)?.[1] ?? "", `row ${i}`);
  });
});

test("the authors' own sample trace gives the authors' features", () => {
  const arm = path.join(fixtures, "arm-o3-fork");
  assertEqual(features("arm.npy", path.join(arm, "trace.txt.gz")), parseNpy(gunzipSync(readFileSync(path.join(arm, "perfvec51.npy.gz"))), "perfvec51"));
});

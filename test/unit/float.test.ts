import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");

interface Torture {
  run(op: number, rm: number, format: number, arity: number, random: number): bigint;
  compute(op: number, a: bigint, b: bigint, c: bigint, rm: number): bigint;
  getFflags(): number;
  setFflags(flags: number): void;
  depends: { value: number };
}

/** The compiler runs in a process of its own: tsx would need seconds to transform it. */
async function compile(): Promise<Torture> {
  const folder = mkdtempSync(path.join(tmpdir(), "float-"));
  try {
    const library = path.relative(folder, path.join(root, "emulator/assembly/softfloat")).replaceAll("\\", "/");
    const source = readFileSync(path.join(root, "test/float/torture.as"), "utf8");
    writeFileSync(path.join(folder, "torture.ts"), source.replace("../../emulator/assembly/softfloat", library));
    const asc = path.join(root, "node_modules/assemblyscript/bin/asc.js");
    const flags = ["--baseDir", path.parse(root).root, "--runtime", "stub", "-O3", "--enable", "simd"];
    const output = path.join(folder, "torture.wasm");
    execFileSync(process.execPath, [asc, path.join(folder, "torture.ts"), ...flags, "--outFile", output], { cwd: folder });
    const { instance } = await WebAssembly.instantiate(readFileSync(output));
    return instance.exports as unknown as Torture;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let torture: Torture;
before(async () => {
  torture = await compile();
});

const modes = ["rne", "rtz", "rdn", "rup", "rmm"];
const golden = readFileSync(path.join(root, "test/float/torture.golden.txt"), "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(" ") as [string, string, string]);
const names = [...new Set(golden.map(([name]) => name))];

function format(name: string): number {
  return /^fcvt\.[sd]\.[wl]/.test(name) ? 2 : name.endsWith(".s") ? 1 : 0;
}

function arity(name: string): number {
  if (/^f(sqrt|cvt|class)/.test(name)) return 1;
  return /^fn?m(add|sub)/.test(name) ? 3 : 2;
}

test("results and flags are those of qemu-riscv64, whether NX has accrued before or not", () => {
  assert.equal(names.length, 48);
  for (const [name, mode, expected] of golden) {
    const op = names.indexOf(name);
    torture.depends.value = 0;
    const hash = torture.run(op, modes.indexOf(mode), format(name), arity(name), 20000);
    const again = `qemu-riscv64 torture 20000 ${name} ${mode}  (see test/float/torture.c) prints the cases`;
    assert.equal(BigInt.asUintN(64, hash).toString(16).padStart(16, "0"), expected, `${name} ${mode}: ${again}`);
    assert.equal(torture.depends.value, 0, `${name} ${mode} depends on NX`);
  }
});

test("flags accrue", () => {
  const bits = (x: number) => new BigUint64Array(Float64Array.of(x).buffer)[0]!;
  torture.setFflags(0);
  torture.compute(names.indexOf("fadd.d"), bits(1), bits(2), 0n, 0);
  assert.equal(torture.getFflags(), 0, "1 + 2 is exact");
  torture.compute(names.indexOf("fdiv.d"), bits(1), bits(0), 0n, 0);
  assert.equal(torture.getFflags(), 8);
  torture.compute(names.indexOf("fmul.d"), bits(1e300), bits(1e300), 0n, 0);
  assert.equal(torture.getFflags(), 8 | 4 | 1);
  torture.setFflags(0xff);
  assert.equal(torture.getFflags(), 31, "only the five flags exist");
});

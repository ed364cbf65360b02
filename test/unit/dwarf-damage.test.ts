import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { readElf, sectionBytes } from "../../src/core/program/elf";
import { type Program, readProgram } from "../../src/core/program/program";

const SOURCE = `
namespace ns { template <class T> struct Box { T v; T get() const { return v * 2; } }; struct Other; }
static inline int half(int x) { return x / 2; }
static inline int quarter(int x) { return half(half(x)); }
__attribute__((noinline)) int work(int x) { ns::Box<int> b{x}; return quarter(b.get()) + [x](int y) { return x * y; }(x); }
extern "C" void _start() { volatile int x = work(3); for (;;) x = work(x); }
`;
const VARIANTS = [["-gdwarf-4"], ["-gdwarf-5"], ["-gdwarf-5", "-gz"]];
const ROUNDS = 250;

/** Small programs, or undefined where there is no compiler. */
function programs(): Uint8Array[] | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), "damage-test-"));
  try {
    writeFileSync(path.join(folder, "a.cpp"), SOURCE);
    return VARIANTS.map((flags) => {
      execFileSync("riscv64-linux-gnu-g++", ["-O2", ...flags, "-nostdlib", "-static", "a.cpp", "-o", "a"], { cwd: folder, stdio: "pipe" });
      return new Uint8Array(readFileSync(path.join(folder, "a")));
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    console.warn("\n*** SKIPPED: damaged programs are not tried, because there is no riscv64-linux-gnu-g++ here ***\n");
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const samples = programs();
const skip = samples ? false : "no riscv64-linux-gnu-g++";

/** Asks for everything there is. */
function exercise(program: Program): number {
  let known = 0;
  for (const segment of program.segments.filter((s) => s.executable)) {
    const end = segment.address + Math.min(segment.memorySize, 4096);
    for (let pc = segment.address; pc < end; pc += 2) {
      known += program.frames(pc).length + (program.lineAt(pc) ? 1 : 0) + (program.functionAt(pc) ? 1 : 0);
    }
  }
  for (const file of program.files()) known += program.linesOf(file).length;
  program.functionNamed("get");
  return known + program.functions.length;
}

/** Deterministic numbers in [0, bound): mulberry32. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Reads a damaged program: true when it is accepted. */
function survives(bytes: Uint8Array, what: string): boolean {
  const started = performance.now();
  try {
    exercise(readProgram(bytes, what));
    return true;
  } catch (error) {
    assert.ok(error instanceof UserError, `${what}: ${String((error as Error).stack)}`);
    assert.ok(error.message.startsWith(`${what}: `), error.message);
    return false;
  } finally {
    const took = performance.now() - started;
    assert.ok(took < 2000, `${what}: took ${took.toFixed(0)} ms`);
  }
}

test("the samples are sound and have debug information", { skip }, () => {
  for (const bytes of samples!) {
    const program = readProgram(bytes, "sample");
    assert.ok(exercise(program) > 100);
    assert.ok(program.functionNamed("work"));
    assert.deepEqual(program.warnings, []);
  }
});

test("a truncated program is refused, or read with what is left", { skip }, () => {
  for (const [n, bytes] of samples!.entries()) {
    const next = generator(n + 1);
    for (let i = 0; i < ROUNDS; i++) {
      const length = next(bytes.length);
      assert.equal(survives(bytes.slice(0, length), `sample ${n} cut to ${length}`), false, "the section headers at the end are gone");
    }
  }
});

test("flipped bytes in headers and symbols cost information, or the program is refused", { skip }, () => {
  for (const [n, bytes] of samples!.entries()) {
    const next = generator(n + 100);
    for (let i = 0; i < ROUNDS; i++) {
      const damaged = bytes.slice();
      const sectionTable = Number(new DataView(bytes.buffer).getBigUint64(40, true));
      const [from, length] = i % 2 ? [0, 400] : [sectionTable, bytes.length - sectionTable];
      for (let flips = 1 + next(4); flips > 0; flips--) damaged[from + next(length)]! = next(256);
      survives(damaged, `sample ${n} headers ${i}`);
    }
  }
});

test("flipped bytes in debug sections never refuse a program", { skip }, () => {
  let warned = 0;
  for (const [n, bytes] of samples!.entries()) {
    const next = generator(n + 200);
    const sections = readElf(bytes, "sample").sections.filter((s) => s.name.startsWith(".debug_") && s.size > 0);
    for (let i = 0; i < 2 * ROUNDS; i++) {
      const damaged = bytes.slice();
      const section = sections[next(sections.length)]!;
      for (let flips = 1 + next(8); flips > 0; flips--) damaged[section.offset + next(section.size)]! = next(256);
      const what = `sample ${n} ${section.name} ${i}`;
      assert.ok(survives(damaged, what), `${what} was refused`);
      const program = readProgram(damaged, what);
      exercise(program);
      if (program.warnings.length > 0) warned++;
      assert.ok(program.functionNamed("_start"), "the symbols are sound");
    }
  }
  assert.ok(warned > 100, `damage is told: ${warned}`);
});

test("a compressed section that claims too much, or is of another kind, is a warning", { skip }, () => {
  const bytes = samples![2]!;
  const info = readElf(bytes, "sample").sections.find((s) => s.name === ".debug_info")!;
  assert.ok(sectionBytes(readElf(bytes, "sample"), info).length > info.size, "it is compressed");
  const change = (offset: number, value: number): string => {
    const damaged = bytes.slice();
    new DataView(damaged.buffer).setUint32(info.offset + offset, value, true);
    const program = readProgram(damaged, "changed");
    exercise(program);
    return program.warnings.join("\n");
  };
  assert.match(change(8, 2 ** 31), /\.debug_info: it claims an absurd size/);
  assert.match(change(8, 100), /\.debug_info: its compressed data/);
  assert.match(change(0, 2), /\.debug_info: it is compressed with zstd/);
  assert.match(change(24, 0xffff_ffff), /\.debug_info: its compressed data is damaged/);
});

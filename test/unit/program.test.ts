import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { type Program, readProgram, type SourceFrame } from "../../src/core/program/program";

const PREFIX = "riscv64-linux-gnu-";
const folder = mkdtempSync(path.join(tmpdir(), "program-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function toolMissing(): string | false {
  try {
    for (const tool of ["gcc", "g++", "objdump", "addr2line", "nm"]) execFileSync(PREFIX + tool, ["--version"], { stdio: "pipe" });
    return false;
  } catch {
    console.warn("\n*** SKIPPED: programs are not compared with addr2line, because there are no riscv64-linux-gnu tools here ***\n");
    return "no riscv64-linux-gnu tools";
  }
}
const skip = toolMissing();

const SOURCES: Record<string, string> = {
  "include/inline.h": `
static inline int square(int x) { return x * x; }
static inline int twice(int x) {
  if (x & 1)
    return square(x) + 1;
  return 2 * x;
}
int other(int);
`,
  "src/main.c": `
#include <stdio.h>
#include <stdlib.h>
#include "../include/inline.h"
static __attribute__((noinline)) int constant(int a, int b) { int s = 0; for (int i = 0; i < a; i++) s += b * i; return s; }
__attribute__((cold, noinline)) static void fail(void) { abort(); }
int main(int argc, char **argv) {
  int s = 0;
  for (int i = 0; i < argc * 100; i++) {
    s += square(i);
    s ^= twice(i);
    if (__builtin_expect(s == 12345, 0)) fail();
  }
  s += constant(argc, 5) + constant(s, 5);
  printf("%d %d\\n", s, other(s));
  return 0;
}
`,
  "src/other.c": `
#include "../include/inline.h"
int other(int x) { int r = 0; while (x > 0) { r += twice(x); x -= 3; } return r; }
`,
  "src/loop.s": `
.text
.globl spin
spin:
  addi a0, a0, -1
  bnez a0, spin
.globl after_spin
after_spin:
  ret
`,
  "src/boxes.cpp": `
#include <algorithm>
#include <cstdio>
#include <vector>
namespace ns {
template <class T> struct Box {
  T v;
  Box(T x) : v(x) {}
  ~Box() { v = 0; }
  __attribute__((noinline)) T get() const { return v * 2; }
  static int count(int a) { return a + 1; }
};
}
namespace { __attribute__((noinline)) int hidden(int x) { return x * x; } }
struct Base { virtual int f(int) { return 1; } virtual ~Base() {} };
struct Derived : Base { int f(int a) override { return a + hidden(a); } };
int operator+(const ns::Box<int>& a, const ns::Box<int>& b) { return a.get() + b.get(); }
int main(int argc, char** argv) {
  std::vector<int> v;
  for (int i = 0; i < argc * 10; i++) v.push_back(i * argc);
  std::sort(v.begin(), v.end(), [](int a, int b) { return a > b; });
  Derived d;
  Base* b = &d;
  printf("%d\\n", v[0] + b->f(argc) + (ns::Box<int>(3) + ns::Box<int>(argc)) + ns::Box<long>::count(argc));
}
`,
  "src/bare.c": `
static inline int half(int x) { int n = 0; while (x > 1) { x /= 3; n++; } return n; }
int values[4] = {1, 2, 3, 4};
int *pointer = &values[1];
__attribute__((noinline)) int work(int x) { return half(x) + *pointer; }
void _start(void) { work(values[0]); for (;;); }
`,
};

const C = ["src/main.c", "src/other.c"];
const run = promisify(execFile);
let written = false;

async function compile(output: string, sources: string[], flags: string[]): Promise<Program> {
  if (!written) {
    for (const [name, text] of Object.entries(SOURCES)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    written = true;
  }
  const compiler = PREFIX + (sources.some((s) => s.endsWith(".cpp")) ? "g++" : "gcc");
  const link = flags.includes("-pie") ? "-Wl,--no-dynamic-linker" : "-static";
  await run(compiler, [...flags, link, ...sources, "-o", output], { cwd: folder });
  return load(output);
}

function load(output: string): Program {
  return readProgram(readFileSync(path.join(folder, output)), output);
}

async function tool(name: string, args: string[], input = ""): Promise<string> {
  const running = run(PREFIX + name, args, { cwd: folder, maxBuffer: 2 ** 28 });
  if (input) running.child.stdin!.end(input);
  return (await running).stdout;
}

interface Expected {
  name: string;
  file: string;
  line: number;
}

/** What `addr2line -i -f` says of each pc (without the load base). */
async function addr2line(output: string, pcs: string[]): Promise<Map<string, Expected[]>> {
  const lines = (await tool("addr2line", ["-a", "-i", "-f", "-e", output], pcs.join("\n"))).trim().split("\n");
  const answers = new Map<string, Expected[]>();
  for (let i = 0, frames: Expected[] = []; i < lines.length; ) {
    if (lines[i]!.startsWith("0x")) {
      frames = [];
      answers.set(parseInt(lines[i++]!, 16).toString(16), frames);
      continue;
    }
    const [, file, line] = /^(.*):(\d+|\?)(?: \(discriminator \d+\))?$/.exec(lines[i + 1]!)!;
    frames.push({ name: lines[i]!, file: path.posix.normalize(file!), line: Number(line) || 0 });
    i += 2;
  }
  return answers;
}

/** The pcs of the instructions of these functions and of those linked between them. */
async function instructions(output: string, from: number, to: number): Promise<string[]> {
  const text = await tool("objdump", ["-d", "--no-show-raw-insn", `--start-address=${from}`, `--stop-address=${to}`, output]);
  return [...text.matchAll(/^\s+([0-9a-f]+):\t/gm)].map((match) => match[1]!);
}

/**
 * Whether two names mean the same function. addr2line prefers the symbol at hand where the debug information has no linkage name,
 * for the innermost frame even when that is inlined; otherwise it prints the bare name.
 */
function sameName(program: Program, symbols: Map<string, Set<number>>, pc: number, frame: SourceFrame, edge: boolean, name: string): boolean {
  const symbol = program.functionAt(pc);
  return (
    name === frame.linkageName ||
    name === frame.linkageName.split(".")[0] ||
    (!name.startsWith("_Z") && frame.functionName.replace(/ \[clone .*\]$/, "").endsWith(`::${name}`)) ||
    (edge && symbol !== undefined && symbols.get(name)?.has(symbol.start) === true)
  );
}

/** Compares every instruction near the program's own code, and some of the C library, with addr2line. */
async function compare(program: Program, output: string, own: string[]): Promise<{ lines: number; inlined: number }> {
  const symbols = new Map<string, Set<number>>();
  for (const line of (await tool("nm", [output])).split("\n")) {
    const [address, , name] = line.split(" ");
    if (!name) continue;
    const known = symbols.get(name) ?? new Set();
    symbols.set(name, known.add(parseInt(address!, 16) + program.loadBase));
  }
  // addr2line (binutils 2.40) takes the wrong file for a sequence that starts without one in DWARF 5; objdump does not.
  const rows = [...(await tool("objdump", ["--dwarf=decodedline", output])).matchAll(/^(\S+)\s+(\d+)\s+0x([0-9a-f]+)/gm)].map((row) => ({
    name: row[1]!, line: Number(row[2]), pc: parseInt(row[3]!, 16),
  }));
  const rowFile = (pc: number, line: number): string | undefined =>
    rows.filter((row) => row.pc <= pc && row.line === line).sort((a, b) => b.pc - a.pc)[0]?.name;

  const ranges = own.map((name) => {
    const f = program.functionNamed(name);
    assert.ok(f, `${output}: function ${name}`);
    return [f.start - program.loadBase, f.start + f.size - program.loadBase] as const;
  });
  const pcs = await instructions(output, Math.min(...ranges.map((r) => r[0])), Math.max(...ranges.map((r) => r[1])));
  const library = program.functionNamed("__libc_start_main") ?? program.functionNamed("printf");
  if (library) pcs.push(...(await instructions(output, library.start, library.start + 4096)));
  const answers = await addr2line(output, pcs);
  let lines = 0;
  let inlined = 0;
  for (const [text, expected] of answers) {
    const pc = parseInt(text, 16) + program.loadBase;
    const frames = program.frames(pc);
    const show = `${output} at ${text}: ${JSON.stringify(frames)} but addr2line says ${JSON.stringify(expected)}`;
    assert.equal(frames.length, expected.length, show);
    assert.deepEqual(frames.map((f) => f.line ?? 0), expected.map((e) => e.line), show);
    const at = program.lineAt(pc);
    assert.deepEqual([at?.file, at?.line], [frames[0]!.file, frames[0]!.line], show);
    frames.forEach((frame, i) => {
      const { name, file, line } = expected[i]!;
      if (line > 0 && frame.file !== file) {
        assert.ok(i === 0 && path.basename(frame.file!) === rowFile(pc - program.loadBase, line), show);
      }
      const edge = i === 0 || i === frames.length - 1;
      assert.ok(frame.functionName.startsWith("0x") || sameName(program, symbols, pc, frame, edge, name), show);
    });
    if (at) lines++;
    if (frames.length > 1) inlined++;
  }
  return { lines, inlined };
}

const VARIANTS: { name: string; sources: string[]; flags: string[]; own: string[]; lines: number; inlined: number }[] = [
  { name: "c-O0-5", sources: C, flags: ["-O0", "-gdwarf-5"], own: ["main", "other", "constant"], lines: 150, inlined: 0 },
  { name: "c-O0-4", sources: C, flags: ["-O0", "-gdwarf-4"], own: ["main", "other", "constant"], lines: 150, inlined: 0 },
  { name: "c-O2-4", sources: C, flags: ["-O2", "-gdwarf-4"], own: ["main", "other", "fail"], lines: 50, inlined: 8 },
  { name: "c-O2-5-z", sources: C, flags: ["-O2", "-gdwarf-5", "-gz"], own: ["main", "other", "fail"], lines: 50, inlined: 8 },
  { name: "c-O3-5", sources: C, flags: ["-O3", "-gdwarf-5"], own: ["main", "other"], lines: 50, inlined: 8 },
  { name: "c-asm", sources: [...C, "src/loop.s"], flags: ["-O2", "-g", "-Wa,-g", "-mno-relax"], own: ["main", "other", "spin"], lines: 50, inlined: 8 },
  {
    name: "c-sections", sources: C, flags: ["-O2", "-g", "-ffunction-sections", "-Wl,--gc-sections"], own: ["main", "other"], lines: 50, inlined: 8,
  },
  {
    name: "pie-4", sources: ["src/bare.c"], flags: ["-O2", "-gdwarf-4", "-nostdlib", "-pie", "-fPIE"], own: ["_start", "work"],
    lines: 8, inlined: 2,
  },
  { name: "cpp-O0-4", sources: ["src/boxes.cpp"], flags: ["-O0", "-gdwarf-4"], own: ["main", "ns::Box<int>::get"], lines: 500, inlined: 0 },
  { name: "cpp-O2-5", sources: ["src/boxes.cpp"], flags: ["-O2", "-gdwarf-5"], own: ["main", "Derived::f"], lines: 300, inlined: 100 },
  { name: "cpp-O3-4", sources: ["src/boxes.cpp"], flags: ["-O3", "-gdwarf-4"], own: ["main", "Derived::f"], lines: 300, inlined: 100 },
];

for (const { name, sources, flags, own, lines, inlined } of VARIANTS) {
  test(`${name}: lines, inlined calls and names are those of addr2line`, { skip }, async () => {
    const program = await compile(name, sources, flags);
    assert.deepEqual(program.warnings, []);
    const seen = await compare(program, name, own);
    assert.ok(seen.lines >= lines && seen.inlined >= inlined, `compared too little: ${JSON.stringify(seen)}`);
    assert.deepEqual(program.warnings, []);
  });
}

test("functions have display names, and are found by several names", { skip }, async () => {
  const program = await compile("names", ["src/boxes.cpp"], ["-O0", "-g"]);
  const names = program.functions.map((f) => f.name);
  for (const name of ["main", "ns::Box<int>::get", "(anonymous namespace)::hidden", "Derived::f", "operator+", "printf"]) {
    assert.ok(names.includes(name), name);
  }
  const get = program.functionNamed("ns::Box<int>::get")!;
  assert.equal(get.linkageName, "_ZNK2ns3BoxIiE3getEv");
  for (const name of ["_ZNK2ns3BoxIiE3getEv", "get"]) assert.equal(program.functionNamed(name), get, name);
  assert.equal(program.functionNamed("f"), undefined, "Base::f or Derived::f");
  assert.equal(program.functionNamed("no such function"), undefined);
  assert.equal(program.functionAt(get.start), get);
  assert.equal(program.functionAt(get.start + get.size - 2), get);
  assert.notEqual(program.functionAt(get.start + get.size), get);
  assert.equal(program.functionAt(0), undefined);
  const starts = program.functions.map((f) => f.start);
  assert.deepEqual(starts, [...new Set(starts)].sort((a, b) => a - b), "sorted, one for each address");
});

test("assembly labels without a size reach to the next one", { skip }, async () => {
  const program = await compile("labels", [...C, "src/loop.s"], ["-O1"]);
  const spin = program.functionNamed("spin")!;
  assert.equal(spin.start + spin.size, program.functionNamed("after_spin")!.start);
  assert.equal(program.functionAt(spin.start + 2)!.name, "spin");
});

test("files and lines with code, columns, instruction set", { skip }, async () => {
  const program = await compile("files", C, ["-O0", "-g"]);
  assert.deepEqual(program.files(), ["include/inline.h", "src/main.c", "src/other.c"].map((f) => path.join(folder, f)));
  assert.deepEqual(program.linesOf(path.join(folder, "include/inline.h")), [2, 3, 4, 5, 6, 7]);
  assert.deepEqual(program.linesOf(path.join(folder, "src/other.c")), [3]);
  assert.deepEqual(program.linesOf("no such file"), []);
  const other = program.functionNamed("other")!;
  assert.deepEqual(program.lineAt(other.start), { file: path.join(folder, "src/other.c"), line: 3, column: 18 });
  assert.equal(program.lineAt(0), undefined);
  assert.match(program.isaAttributes!, /^rv64i.*_c2p0/);
  const text = program.segments.find((s) => s.executable)!;
  assert.ok(program.entry >= text.address && program.entry < text.address + text.memorySize);
});

test("a path below a mapped prefix stays relative", { skip }, async () => {
  const program = await compile("prefix", C, ["-O2", "-g", `-ffile-prefix-map=${folder}=work`]);
  assert.equal(program.lineAt(program.functionNamed("main")!.start)!.file, "work/src/main.c");
});

test("without -g functions are known, and a warning says that lines are not", { skip }, async () => {
  const program = await compile("plain", C, ["-O2"]);
  assert.deepEqual([program.hasLines, program.hasSymbols], [false, true]);
  assert.deepEqual(program.warnings, ["compiled without -g: lines are not known, functions are"]);
  const main = program.functionNamed("main")!;
  assert.deepEqual(program.frames(main.start), [{ functionName: "main", linkageName: "main", home: undefined, file: undefined, line: undefined }]);
});

test("a stripped program says so", { skip }, async () => {
  const program = await compile("stripped", C, ["-O2", "-g", "-s"]);
  assert.deepEqual([program.hasLines, program.hasSymbols], [false, false]);
  assert.deepEqual(program.warnings, ["stripped: neither lines nor functions are known, only addresses"]);
  assert.equal(program.functionAt(program.entry), undefined);
});

test("DWARF with 64-bit offsets, and lines of -gsplit-dwarf", { skip }, async () => {
  const wide = await compile("wide", ["src/bare.c"], ["-O2", "-gdwarf-5", "-gdwarf64", "-nostdlib"]);
  const work = wide.functionNamed("work")!;
  const inlined = Array.from({ length: work.size / 2 }, (_, i) => wide.frames(work.start + 2 * i)).find((f) => f.length === 2);
  assert.deepEqual(inlined?.map((f) => [f.functionName, f.line]), [["half", 2], ["work", 5]]);
  const split = await compile("split", ["src/bare.c"], ["-O2", "-gdwarf-5", "-gsplit-dwarf", "-nostdlib"]);
  assert.equal(split.lineAt(split.functionNamed("work")!.start)!.file, path.join(folder, "src/bare.c"));
  assert.match(split.warnings.join(), /-gsplit-dwarf/);
});

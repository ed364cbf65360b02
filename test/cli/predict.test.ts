import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv";
import * as reports from "../../src/core/report/report";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = has("riscv64-linux-gnu-gcc") ? false : "no riscv64-linux-gnu-gcc";
const source = path.resolve("test/cli/programs/loops.c");
const elf = path.join(folder, "loops");

before(() => {
  if (!skip) assert.equal(spawnSync("riscv64-linux-gnu-gcc", ["-O2", "-g", "-static", "-o", elf, source]).status, 0);
});

function perfvec(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", cwd: folder, maxBuffer: 1 << 28 });
}

interface Json {
  executed: number;
  skipped: number;
  whole: boolean;
  model: { runtime: string };
  machines: {
    name: string;
    ns: number;
    nsWithoutLine: number;
    lines: { file: string; line: number; ns: number; nsInclusive: number; executions: number }[];
    functions: { name: string; ns: number }[];
    instructions: { ns: number; executions: number }[];
  }[];
}

function json(...args: string[]): Json {
  const { status, stdout, stderr } = perfvec("predict", ...args, "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Json;
}

const close = (a: number, b: number, tolerance: number): void => assert.ok(Math.abs(a - b) <= tolerance * Math.abs(b), `${a} and ${b}`);
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

test("a C source: JSON after the published schema, lines and functions add up, the hot line is the inner loop", { skip }, () => {
  const report = path.join(folder, "r.perfvec");
  const all = json(source, "--uarch", "all", "--out", report);
  const validate = new Ajv().compile(JSON.parse(readFileSync("docs/schema/predict.schema.json", "utf8")) as object);
  assert.ok(validate(all), JSON.stringify(validate.errors));
  assert.ok(all.machines.length > 100);
  for (const m of all.machines) {
    close(sum(m.lines.map((l) => l.ns)) + m.nsWithoutLine, m.ns, 1e-6);
    close(sum(m.functions.map((f) => f.ns)), m.ns, 1e-6);
    close(sum(m.instructions.map((i) => i.ns)), m.ns, 1e-6);
  }
  const [machine] = all.machines;
  assert.deepEqual([machine!.lines[0]!.file, machine!.lines[0]!.line], [source, 12]);
  assert.equal(machine!.lines[0]!.executions, 32 * 32 * 32);
  // The loop is inlined into multiply: inclusively it is part of the call's line.
  const call = machine!.lines.find((l) => l.file === source && l.line === 20)!;
  assert.ok(call.nsInclusive > machine!.lines[0]!.ns && call.ns < 0.1 * call.nsInclusive);

  const again = json(report, "--uarch", "all");
  assert.deepEqual(again, all);
  const csv = perfvec("predict", report, "--csv", "--uarch", machine!.name);
  assert.equal(csv.stdout.split("\n")[0], "machine,file,line,ns,ns_inclusive,cycles,executions,share");
  close(sum(csv.stdout.trim().split("\n").slice(1).map((l) => Number(l.split(",").at(-1)))), 1, 1e-6);
});

test("native and WebAssembly ONNX Runtime agree, and the one in use is named", { skip }, () => {
  const range = ["--from", "multiply", "--limit", "20000"];
  const native = json(elf, "--runtime", "native", ...range);
  const wasm = json(elf, "--runtime", "wasm", ...range);
  assert.match(native.model.runtime, /^native/);
  assert.match(wasm.model.runtime, /^wasm/);
  native.machines.forEach((m, i) => close(wasm.machines[i]!.ns, m.ns, 1e-4));
});

test("--from, --skip and --limit count what they say", { skip }, () => {
  const from = json(elf, "--from", "multiply", "--limit", "5000");
  assert.equal(from.executed, 5000);
  assert.equal(from.whole, false);
  assert.ok(from.skipped > 0);
  assert.ok(from.machines[0]!.functions.slice(0, 2).every((f) => ["multiply", "cell"].includes(f.name)));
  assert.equal(json(elf, "--skip", "3k", "--limit", "1k").skipped, 3000);
});

test("the listing names machine, model, input and figures", { skip }, () => {
  const { stdout, status } = perfvec("predict", source, "--uarch", "p550-class", "--", "one argument");
  assert.equal(status, 0);
  for (const text of ["one argument", "p550-class", "executed instructions", "exit status 0", "s += a[i][k] * b[k][j];", "█", "32,768"]) {
    assert.ok(stdout.includes(text), `${text}\n${stdout}`);
  }
});

test("--asm prints the instructions of functions that take time, --asm all those of all, on the first machine", { skip }, () => {
  const saved = report();
  const { status, stdout } = perfvec("predict", saved, "--asm", "--uarch", "p550-class,u74-class");
  assert.equal(status, 0);
  assert.match(stdout, /^; \S+ on p550-class \(/);
  assert.match(stdout, /^; predicted by model \S+; on whole programs/m);
  assert.match(stdout, /^\S.*:  ; [\d.]+ % of the time, .* cycles, \d+ instructions?$/m);
  assert.match(stdout, /^ +[0-9a-f]+ +[\d,.]+ cycles +[\d.]+ % +[\d,]+ times {2}\w/m);
  assert.match(stdout, /; [\d,]+ more instructions \(\d+ whole functions\), .*not listed\n$/);
  const all = perfvec("predict", saved, "--asm", "all");
  const { instructions } = json(saved, "--uarch", "p550-class").machines[0]!;
  assert.equal(all.stdout.match(/^ .* times /gm)!.length, instructions.length);
  assert.ok(stdout.match(/^ .* times /gm)!.length < instructions.length);
  const printed = [...all.stdout.matchAll(/ ([\d,]+) times /g)].map(([, n]) => Number(n!.replaceAll(",", "")));
  assert.equal(sum(printed), sum(instructions.map((i) => i.executions)));
});

test("run passes standard input, output and exit code through", { skip }, () => {
  const { status, stdout } = perfvec("run", elf, "--", "fail");
  assert.deepEqual([status, stdout], [7, "8944\n"]);
  assert.equal(spawnSync(process.execPath, [path.resolve("dist/cli.js"), "run", elf, "--", "read"], { input: "x" }).status, 5);
});

test("uarch lists, shows and compares machines", () => {
  assert.match(perfvec("uarch", "list").stdout, /^p550-class +o3 +1\.80 +32 kB/m);
  assert.match(perfvec("uarch", "show", "p550-class").stdout, /^params\.numROBEntries +128$/m);
  const { stdout } = perfvec("uarch", "compare", "p550-class", "p550-class+l1d-x4");
  assert.match(stdout, /^l1d\.size_kb +32 +128$/m);
  assert.doesNotMatch(stdout, /numROBEntries/);
  assert.equal((JSON.parse(perfvec("uarch", "show", "p550-class", "--json").stdout) as { name: string }).name, "p550-class");
  for (const wrong of [["show"], ["compare", "p550-class"], ["list", "x"], ["remove", "x"]]) assert.equal(perfvec("uarch", ...wrong).status, 2, wrong.join());
  assert.match(perfvec("uarch", "show", "p55-class").stderr, /nearest is "p550-class"/);
});

test("run tells its own failures from the program's status", { skip }, () => {
  assert.equal(perfvec("run", elf, "--limit", "100", "--", "loop").status, 124);
  assert.equal(perfvec("run", "nowhere").status, 125);
  assert.equal(perfvec("run", elf, "--", "crash").status, 139);
  const asReport = perfvec("run", report());
  assert.equal(asReport.status, 125);
  assert.match(asReport.stderr, /is a report/);
});

test("a program lists the folder it may read, without links that lead out of it", { skip }, () => {
  const readable = path.join(folder, "readable");
  mkdirSync(path.join(readable, "sub"), { recursive: true });
  writeFileSync(path.join(readable, "file"), "x");
  symlinkSync("sub", path.join(readable, "link"));
  symlinkSync("/etc", path.join(readable, "out"));
  const { stdout, stderr } = perfvec("run", elf, "--read", readable, "--", "list");
  assert.deepEqual(stdout.trim().split("\n").sort(), [". 4", ".. 4", "file 8", "link 4", "sub 4"], stderr);
});

test("flags with a dash are taken, and machines by any case", { skip }, () => {
  const { machines } = json(source, "--cflags", "-O1 -DX=1", "--uarch", "P550-CLASS", "--limit", "1000");
  assert.deepEqual(machines.map((m) => m.name), ["p550-class"]);
});

test("a full disk is told", { skip: skip || (existsSync("/dev/full") ? false : "no /dev/full") }, () => {
  for (const args of [["trace", elf, "--limit", "100"], ["predict", elf, "--limit", "1000"], ["run", elf]]) {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    assert.equal(status, args[0] === "run" ? 125 : 1);
    assert.match(stderr, /cannot be written \(ENOSPC\)/);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test("trace writes rows that follow each other", { skip }, () => {
  const { stdout } = perfvec("trace", elf, "--limit", "2000");
  const rows = stdout.trim().split("\n").slice(1).map((l) => l.split(","));
  assert.equal(rows.length, 2000);
  for (let i = 0; i + 1 < rows.length; i++) {
    const [pc, , , length, , , , taken, fault] = rows[i]!;
    const next = Number(rows[i + 1]![0]);
    if (taken === "1") assert.notEqual(next, Number(pc) + Number(length));
    else if (next !== Number(pc)) assert.equal(next, Number(pc) + Number(length), `row ${i} ${fault}`);
  }
});

const bad: [string, () => string[], RegExp, number?][] = [
  ["a source that does not compile", () => [write("broken.c", "int main(void) { return x; }")], /broken\.c[^]*x\S* undeclared/],
  ["an ELF of another architecture", () => [process.execPath], /x86-64|AArch64/],
  ["a truncated ELF", () => [write("cut", readFileSync(elf).subarray(0, 5000))], /cut/],
  ["a dynamic ELF", () => [compileWith("dynamic")], /-static/],
  ["a program that crashes", () => [elf, "--", "crash"], /segmentation fault[^]*writes 0x8[^]*main[^]*loops\.c:27[^]*sp=0x/],
  ["a program that exhausts memory", () => [elf, "--memory", "64", "--skip", "1G", "--", "memory"], /64 MiB|SIGABRT/],
  ["a missing file", () => ["nowhere.c"], /nowhere\.c/],
  ["a file of no known kind", () => [write("notes.md", "hello")], /notes\.md/],
  ["a machine that does not exist", () => [elf, "--uarch", "p55-class"], /p550-class/],
  ["a damaged report", () => [write("damaged.perfvec", "PK\x03\x04 nothing")], /damaged\.perfvec/],
  ["a function that does not exist", () => [elf, "--from", "nosuch"], /nosuch/],
  ["a function that is never called", () => [elf, "--from", "fgetc"], /fgetc/],
  ["a function whose name is misspelt", () => [elf, "--from", "multiplY"], /nearest is "multiply"/],
  ["a stripped program and a function", () => [strip(), "--from", "multiply"], /stripped.*-g/],
  ["machines that are none", () => [elf, "--uarch", ","], /names nothing/, 2],
  ["more memory than the emulator has", () => [elf, "--memory", "100000"], /--memory is 1 to 3072 MiB/, 2],
  ["a limit of nothing", () => [elf, "--limit", "0"], /--limit 0/, 2],
  ["a negative limit", () => [elf, "--limit", "-5"], /whole number.*-5/, 2],
  ["flags for a program that is compiled", () => [elf, "--cflags", "-O3"], /--cflags.*compiled already/, 2],
  ["options of a trace beside a program", () => [elf, "--sq", "sq.txt"], /--sq.*no trace/, 2],
  ["two forms of output", () => [elf, "--json", "--csv"], /--json, --csv, --asm, and --calls with --phases are forms of the same/, 2],
  ["a form of the instructions that is none", () => [elf, "--asm=x"], /--asm stands alone or before "all"/, 2],
  ["a report and a limit", () => [report(), "--limit", "5"], /--limit.*is a report/, 2],
  ["a report and arguments", () => [report(), "--", "x"], /-- x.*is a report/, 2],
  ["a wrong option", () => [elf, "--nonsense"], /nonsense/, 2],
  ["a limit that is no number", () => [elf, "--limit", "many"], /many/, 2],
  ["a model that is truncated", () => [elf, "--models", models((f) => (f === "instruction.onnx" ? (b) => b.subarray(0, 1000) : undefined))], /instruction\.onnx/],
  ["a model of another version", () => [elf, "--models", models((f) => (f === "model.json" ? (b) => Buffer.from(b.toString().replace('"format": 1', '"format": 9')) : undefined))], /model\.json.*version/],
  ["a model of other features", () => [elf, "--models", models((f) => (f === "model.json" ? (b) => Buffer.from(b.toString().replace(/"featureSet": "\w+"/, '"featureSet": "dead"')) : undefined))], /feature set dead/],
];

function write(name: string, content: string | Buffer): string {
  writeFileSync(path.join(folder, name), content);
  return path.join(folder, name);
}

function compileWith(name: string): string {
  assert.equal(spawnSync("riscv64-linux-gnu-gcc", ["-o", path.join(folder, name), source]).status, 0);
  return path.join(folder, name);
}

function strip(): string {
  assert.equal(spawnSync("riscv64-linux-gnu-strip", ["-o", path.join(folder, "stripped"), elf]).status, 0);
  return path.join(folder, "stripped");
}

/** A report of a short run. */
function report(): string {
  const file = path.join(folder, "short.perfvec");
  if (!existsSync(file)) json(elf, "--limit", "1000", "--out", file);
  return file;
}

let copies = 0;
function models(change: (file: string) => ((bytes: Buffer) => Buffer) | undefined): string {
  const copy = mkdtempSync(path.join(folder, `models${copies++}`));
  for (const file of ["instruction.onnx", "model.json", "machines.json"]) {
    const bytes = readFileSync(path.join("models", file));
    writeFileSync(path.join(copy, file), change(file)?.(bytes) ?? bytes);
  }
  return copy;
}

for (const [name, args, message, code] of bad) {
  test(`${name}: a message that names it, a status, nothing half-written`, { skip }, () => {
    const own = args();
    const dashes = own.indexOf("--");
    const at = dashes < 0 ? own.length : dashes;
    const out = path.join(folder, "half.perfvec");
    const { status, stdout, stderr } = perfvec("predict", ...own.slice(0, at), "--out", out, ...own.slice(at));
    assert.equal(status, code ?? 1, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^\s+at .*\.js/m);
    assert.equal(stdout, "");
    assert.ok(!existsSync(out));
    assert.deepEqual(readdirSync(folder).filter((f) => f.includes(".part")), []);
  });
}

test("an endless loop stops at the limit and says so", { skip }, () => {
  const { stdout, status } = perfvec("predict", elf, "--limit", "50k", "--", "loop");
  assert.equal(status, 0);
  assert.match(stdout, /part of the run: stopped at the limit of 50000/);
});

test("nothing that happens after the limit is told of the run: no status, no crash, no whole run", { skip }, () => {
  const late = write("late.c", "#include <stdlib.h>\nint main(int argc, char **argv) {\n  for (volatile int i = 0; i < 1000; i++)\n    ;\n  if (argc > 1)\n    *(volatile int *)8 = 1;\n  exit(3);\n}\n");
  const cut = json(late, "--limit", "100");
  assert.deepEqual([cut.executed, cut.whole], [100, false]);
  const before = perfvec("predict", late, "--json", "--limit", "100", "--", "crash");
  assert.equal((JSON.parse(before.stdout) as Json).executed, 100);
  const features = path.join(folder, "late.npy");
  assert.equal(perfvec("features", late, "--set", "perfvec", "--limit", "10", "--out", features, "--", "crash").status, 0);
  assert.equal(perfvec("trace", late, "--limit", "3", "--", "crash").status, 0);
  const whole = perfvec("predict", late, "--json");
  assert.equal(whole.status, 3);
  const { executed } = JSON.parse(whole.stdout) as Json;
  const exact = perfvec("predict", late, "--json", "--limit", String(executed));
  assert.equal((JSON.parse(exact.stdout) as Json).whole, true, "a limit that is just enough cuts nothing");
});

test("static functions of one name are told apart", { skip }, () => {
  const one = write("one.c", "static __attribute__((noinline)) int work(int x) { return x + 1; }\nint first(int x) { return work(x); }\n");
  const two = write("two.c", "int first(int);\nstatic __attribute__((noinline)) int work(int x) { volatile int s = 0; for (int i = 0; i < 5000; i++) s += i; return s + x; }\nint main(void) { return first(0) == work(1); }\n");
  const both = path.join(folder, "both");
  assert.equal(spawnSync("riscv64-linux-gnu-gcc", ["-O1", "-g", "-static", "-o", both, one, two]).status, 0);
  const times = json(both, "--uarch", "p550-class").machines[0]!.functions.filter((f) => f.name === "work").map((f) => f.ns);
  assert.equal(times.length, 2);
  assert.ok(times[0]! > 100 * times[1]!, `${times}`);
});

test("a report from elsewhere cannot make the terminal obey, nor a pipe be read", { skip }, () => {
  const { readReport: read, writeReport: rewrite } = reports;
  const profile = read(readFileSync(report()), "short");
  const pipe = path.join(folder, "pipe.c");
  spawnSync("mkfifo", [pipe]);
  const evil = write("evil.perfvec", Buffer.from(rewrite({ ...profile, functions: profile.functions.map((f) => `${f}\x1b[2J`), files: profile.files.map(() => pipe) })));
  const { status, stdout } = spawnSync(process.execPath, [path.resolve("dist/cli.js"), "predict", evil], { encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 0);
  assert.ok(!stdout.includes("\x1b"));
});

test("a program that fails is predicted, and the status tells", { skip }, () => {
  const { stderr, status } = perfvec("predict", elf, "--", "fail");
  assert.equal(status, 3);
  assert.match(stderr, /exit status 7/);
});

test("cancelling ends the command and its engine at once and leaves nothing behind", { skip }, async () => {
  const scratch = mkdtempSync(path.join(folder, "tmp"));
  const child = spawn(process.execPath, [path.resolve("dist/cli.js"), "predict", elf, "--limit", "1G", "--out", path.join(folder, "never.perfvec"), "--", "loop"], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: "ignore",
  });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const engines = (): string[] =>
    spawnSync("ps", ["-o", "pid=", "--ppid", String(child.pid)], { encoding: "utf8" }).stdout.trim().split(/\s+/).filter(Boolean);
  const [engine] = engines();
  assert.ok(engine, "the engine runs");
  const start = Date.now();
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.on("exit", resolve));
  assert.ok(Date.now() - start < 1000, `${Date.now() - start} ms`);
  assert.equal(code, 130);
  assert.throws(() => process.kill(Number(engine), 0), "the engine is gone");
  assert.ok(!existsSync(path.join(folder, "never.perfvec")));
  assert.deepEqual(readdirSync(scratch), []);
});

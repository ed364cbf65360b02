/** Calls and phases of programs that run: recursion, function pointers, tail calls, longjmp; and of a trace. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { readReport, writeReport } from "../../src/core/report/report";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-calls-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = has("riscv64-linux-gnu-gcc") ? false : "no riscv64-linux-gnu-gcc";
const elf = path.join(folder, "calls");
const report = path.join(folder, "calls.perfvec");
const perfvec = (...args: string[]) => spawnSync(process.execPath, ["dist/cli.js", ...args], { encoding: "utf8", maxBuffer: 1 << 28 });

interface Json {
  executed: number;
  calls: { cut: boolean; nodes: { parent: number | null; function: string | null; calls: number; executed: number }[] };
  phases: { length: number; executed: number };
  machines: { name: string; ns: number; ghz: number; calls: { ns: number; nsInclusive: number }[]; phases: number[]; functions: { name: string; ns: number }[] }[];
}

let whole: Json;
before(() => {
  if (skip) return;
  assert.equal(spawnSync("riscv64-linux-gnu-gcc", ["-O2", "-g", "-static", "-o", elf, path.resolve("test/cli/programs/calls.c")], { stdio: "inherit" }).status, 0);
  whole = json(elf, "--uarch", "p550-class,u74-class,neoverse-n1-class", "--out", report);
});

function json(...args: string[]): Json {
  const { status, stdout, stderr } = perfvec("predict", ...args, "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Json;
}

const close = (a: number, b: number, tolerance: number): void => assert.ok(Math.abs(a - b) <= tolerance * Math.abs(b), `${a} and ${b}`);
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const pathOf = (calls: Json["calls"], node: number): string => {
  const { parent, function: name } = calls.nodes[node]!;
  return parent === null ? "" : `${pathOf(calls, parent)}/${name}`;
};
/** Numbers of the nodes whose path ends so. */
const ending = ({ calls }: Json, end: string): number[] => calls.nodes.flatMap((_, i) => (pathOf(calls, i).endsWith(end) ? [i] : []));
const callsOf = (all: Json, end: string): number[] => ending(all, end).map((i) => all.calls.nodes[i]!.calls);

test("paths and slices add up to the program, on every machine", { skip }, () => {
  assert.equal(sum(whole.calls.nodes.map((n) => n.executed)), whole.executed);
  assert.equal(whole.phases.executed, whole.executed);
  for (const m of whole.machines) {
    close(sum(m.calls.map((c) => c.ns)), m.ns, 1e-5);
    close(m.calls[0]!.nsInclusive, m.ns, 1e-5);
    close(sum(m.phases), m.ns, 1e-5);
    // A function's paths are its instructions: what is inlined into it is part of it there, and a function of its own here.
    const leaf = sum(ending(whole, "/leaf").map((i) => m.calls[i]!.ns));
    close(leaf, m.functions.find((f) => f.name === "leaf")!.ns, 1e-4);
  }
});

test("who calls whom, and how often: through pointers, tail calls and recursion", { skip }, () => {
  assert.deepEqual(callsOf(whole, "main/leaf"), [100]);
  assert.deepEqual(callsOf(whole, "main/twice/leaf"), [200]);
  assert.deepEqual(callsOf(whole, "main/tail/last/leaf"), [100]);
  assert.deepEqual(callsOf(whole, "main/walk"), [1]);
  const [fib] = ending(whole, "main/fib");
  assert.ok(ending(whole, "fib/fib").length >= 2, "recursion is told apart");
  assert.equal(ending(whole, "fib/fib/fib/fib/fib").length, 0, "and folded");
  const time = whole.machines[0]!.calls;
  assert.ok(time[fib!]!.nsInclusive > 5 * time[fib!]!.ns);
});

test("after a longjmp the catcher goes on, and returns to its caller", { skip }, () => {
  assert.deepEqual(callsOf(whole, "main/catcher"), [5]);
  assert.deepEqual(callsOf(whole, "main/catcher/leaf"), [5]);
  assert.deepEqual(callsOf(whole, "main/catcher/dive"), [5]);
  assert.equal(ending(whole, "catcher/walk").length, 0);
});

test("phases: walking memory takes longer than recursion", { skip }, () => {
  const [m] = whole.machines;
  const at = (share: number): number => m!.phases[Math.floor(share * m!.phases.length)]!;
  assert.ok(at(0.8) > 1.2 * at(0.45), `${at(0.8)} and ${at(0.45)}`); // gem5: 1.7 times
});

test("where counting begins within calls, the tree begins with the stack of then", { skip }, () => {
  const from = json(elf, "--from", "catcher", "--limit", "2000");
  const [catcher] = ending(from, "/main/catcher");
  assert.ok(catcher !== undefined, "main is known, though it is not executed");
  assert.match(pathOf(from.calls, catcher), /^\/_start\/.*\/main\/catcher$/);
  close(sum(from.machines[0]!.calls.map((c) => c.ns)), from.machines[0]!.ns, 1e-5);
  assert.equal(ending(from, "main/fib").length, 0, "what was passed over is not listed");
});

test("--calls and --phases print both, also of a report, and of none that is older", { skip }, () => {
  const { status, stdout, stderr } = perfvec("predict", report, "--calls", "--phases", "--uarch", "u74-class,p550-class");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^calls on u74-class\ninclusive +exclusive +time +calls +function\n +100\.0 % +█+ +0\.0 % .*\(program\)$/m);
  assert.match(stdout, / 100 {2,}twice\n.* 200 {2,}leaf\n/);
  assert.match(stdout, /\n[\d,]+ more calls with what is below, together [\d.]+ %, not listed\n/);
  const phases = stdout.slice(stdout.indexOf("phases of the run"));
  assert.match(phases, /^executed +u74-class +CPI +p550-class +CPI +CPI of u74-class$/m);
  const rows = phases.trim().split("\n").slice(2);
  assert.ok(rows.length > 10 && rows.length <= 20, phases);
  const older = path.join(folder, "older.perfvec");
  const { calls: _, slices: __, ...rest } = readReport(readFileSync(report), report);
  writeFileSync(older, writeReport(rest));
  for (const option of ["--calls", "--phases"]) {
    const refused = perfvec("predict", older, option);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /older\.perfvec: it was made before reports had (calls|phases)\. Predict again/);
  }
  assert.equal(json(older).calls, null);
  assert.match(perfvec("predict", report, "--calls", "--json").stderr, /forms of the same/);
});

test("the plain listing has time with calls beside each of its functions", { skip }, () => {
  const { stdout } = perfvec("predict", report, "--uarch", "p550-class");
  assert.match(stdout, /^ *share +ns +cycles +inclusive +with calls +function$/m);
  const [, inclusive, withCalls] = /^.* ([\d.]+) % +([\d.]+) % +main$/m.exec(stdout)!;
  assert.ok(Number(withCalls) > 80 && Number(inclusive) < 50, `${inclusive} and ${withCalls}`);
});

test("a trace of gem5 has calls, too", () => {
  const traced = json("test/fixtures/gem5/riscv-o3-fork/trace.txt.gz", "--elf", "test/fixtures/gem5/sample.elf");
  assert.equal(sum(traced.calls.nodes.map((n) => n.executed)), traced.executed);
  assert.equal(ending(traced, "/main").length, 1);
  close(sum(traced.machines[0]!.calls.map((c) => c.ns)), traced.machines[0]!.ns, 1e-5);
  const bare = json("test/fixtures/gem5/riscv-o3-fork/trace.txt.gz");
  assert.ok(bare.calls.nodes.length > 5, "without the program, by address");
});

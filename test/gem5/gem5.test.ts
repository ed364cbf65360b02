/**
 * `perfvec gem5` from the command line. Against the stand-in fake-gem5.mjs, and where PERFVEC_GEM5 names a real gem5, what does not
 * depend on the recorded runs against that one too.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { unzipSync } from "fflate";
import { parseNpy } from "../../src/core/npy";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-gem5-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const FAKE = path.resolve("test/gem5/fake-gem5.mjs");
const SAMPLE = path.resolve("test/fixtures/gem5/sample.elf");
const real = process.env["PERFVEC_GEM5"];
let runs = 0;
const fresh = (): string => path.join(folder, `run${runs++}`);

function gem5(does: string, args: string[], file = FAKE): { status: number | null; stdout: string; stderr: string } {
  const command = [path.resolve("dist/cli.js"), "gem5", ...args, ...(args.includes("--gem5") ? [] : ["--gem5", file])];
  return spawnSync(process.execPath, command, { encoding: "utf8", cwd: folder, env: { ...process.env, FAKE_GEM5: does }, maxBuffer: 1 << 26 });
}

const perfvec = (...args: string[]) => spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", cwd: folder, maxBuffer: 1 << 26 });

test("run says the time, and leaves gem5's files and no trace", () => {
  const out = fresh();
  const { status, stdout, stderr } = gem5("", ["run", SAMPLE, "--machine", "p550-class", "--out", out]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /sample on p550-class \(gem5 24\.0\.0\.0, PerfVec's fork\): 30\.42 µs, 16,342 instructions, CPI 3\.35; exiting with last active thread context/);
  assert.deepEqual(readdirSync(out).sort(), ["gem5.log", "m5out", "machine.json"]);
  const machine = JSON.parse(readFileSync(path.join(out, "machine.json"), "utf8")) as { name: string; vector?: unknown };
  assert.equal(machine.name, "p550-class");
  assert.equal(machine.vector, undefined);
});

for (const [does, core, machine] of [["", "o3", "p550-class"], ["", "minor", "u74-class"], ["stock", "o3", "p550-class"], ["stock", "minor", "u74-class"]] as const) {
  test(`trace of ${does || "the fork"}, ${core}: what it prints as the next step works as written`, () => {
    const out = fresh();
    const { status, stdout, stderr } = gem5(does, ["trace", SAMPLE, "--machine", machine, "--out", out]);
    assert.equal(status, 0, stderr);
    const next = /^next: {2}perfvec (.*)$/m.exec(stdout)![1]!.split(" ");
    const predicted = perfvec(...next, "--json");
    assert.equal(predicted.status, 0, predicted.stderr);
    const json = JSON.parse(predicted.stdout) as { executed: number; measuredNs: number | null };
    assert.equal(json.executed, 16436);
    assert.equal(json.measuredNs === null, does === "stock" && core === "minor", "stock gem5 tells no latencies of Minor");
  });
}

test("label writes a run of a data set, which is read as a trace and adds up to the run's time", () => {
  const out = fresh();
  const { status, stdout, stderr } = gem5("", ["label", SAMPLE, "--machine", "p550-class", "--out", out]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /labels: 16,436 instructions/);
  const labels = unzipSync(readFileSync(path.join(out, "sample.labels.npz")));
  const array = (name: string) => parseNpy(labels[`${name}.npy`]!, name);
  assert.deepEqual([...array("valid").data], [16436]);
  assert.deepEqual(array("cycles").shape, [1, 16436]);
  const sum = Array.from(array("cycles").data).reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum * 556 - (30_422_096 - 77_840)) < 0.001 * 30_422_096, `${sum} cycles`);
  const again = path.join(out, "again.npy");
  const direct = path.join(out, "direct.npy");
  assert.equal(perfvec("features", path.join(out, "sample.trace.npz"), "--set", "model", "--out", again).status, 0);
  assert.equal(perfvec("features", path.join(out, "trace.txt"), "--elf", SAMPLE, "--set", "model", "--out", direct).status, 0);
  assert.deepEqual(readFileSync(again), readFileSync(direct), "the recorded trace is the trace");
});

const bad: [string, string, string[], RegExp, number?][] = [
  ["no gem5", "", ["run", SAMPLE, "--machine", "p550-class", "--gem5", "/nowhere/gem5.opt"], /\/nowhere\/gem5\.opt: no such gem5; build one[^]*perfvec\.gem5\.path/],
  ["something that is no gem5", "silent", ["run", SAMPLE, "--machine", "p550-class"], /is no gem5 that runs a configuration script/],
  ["a gem5 of another architecture", "x86", ["run", SAMPLE, "--machine", "p550-class"], /without RISC-V.*scons build\/RISCV/],
  ["a run that fails: its log is kept, its last lines shown", "fails", ["trace", SAMPLE, "--machine", "p550-class"], /the log is \S+gem5\.log[^]*it was made to fail/],
  ["a run without a trace", "notrace", ["trace", SAMPLE, "--machine", "p550-class"], /gem5 wrote no trace/],
  ["no machine", "", ["run", SAMPLE], /name a machine/, 2],
  ["a machine that does not exist", "", ["run", SAMPLE, "--machine", "p55-class"], /p550-class/],
  ["a machine file that is damaged", "", ["run", SAMPLE, "--machine", "broken.json"], /broken\.json: not valid JSON/],
  ["a machine file without a core", "", ["run", SAMPLE, "--machine", "coreless.json"], /coreless\.json: core must be/],
  ["labels of a stock Minor", "stock", ["label", SAMPLE, "--machine", "u74-class"], /no latencies of Minor/],
  ["an unknown action", "", ["simulate", SAMPLE], /run, trace or label/, 2],
];
writeFileSync(path.join(folder, "broken.json"), "{");
writeFileSync(path.join(folder, "coreless.json"), '{"name":"x","freq_ghz":1}');

for (const [name, does, args, message, code] of bad) {
  test(`${name} is told`, () => {
    const { status, stderr } = gem5(does, [...args, "--out", fresh()]);
    assert.equal(status, code ?? 1, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^ {4}at /m, "no stack");
  });
}

test("a folder that is not empty is left alone", () => {
  const out = fresh();
  assert.equal(gem5("", ["run", SAMPLE, "--machine", "p550-class", "--out", out]).status, 0);
  const before = readFileSync(path.join(out, "gem5.log"), "utf8");
  const { status, stderr } = gem5("", ["run", SAMPLE, "--machine", "p550-class", "--out", out]);
  assert.equal(status, 1);
  assert.match(stderr, /is not empty/);
  assert.equal(readFileSync(path.join(out, "gem5.log"), "utf8"), before);
});

test("cancelling ends gem5 at once", async () => {
  const out = fresh();
  const child = spawn(process.execPath, [path.resolve("dist/cli.js"), "gem5", "run", SAMPLE, "--machine", "p550-class", "--out", out, "--gem5", FAKE], {
    env: { ...process.env, FAKE_GEM5: "slow" },
    stdio: "ignore",
  });
  const log = path.join(out, "gem5.log");
  for (let i = 0; i < 200 && !(existsSync(log) && readFileSync(log, "utf8").includes("progress 2000")); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  const simulators = (): string => spawnSync("pgrep", ["-f", out], { encoding: "utf8" }).stdout.trim();
  assert.ok(simulators().split("\n").length >= 2, "it simulates");
  const start = Date.now();
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.on("exit", resolve));
  assert.equal(code, 130);
  assert.ok(Date.now() - start < 2000, `${Date.now() - start} ms`);
  assert.equal(simulators(), "");
});

test("a real gem5 executes what the emulator does, O3 and Minor", { skip: real ? false : "PERFVEC_GEM5 names no gem5" }, () => {
  for (const machine of ["p550-class", "u74-class"]) {
    const out = fresh();
    const { status, stdout, stderr } = gem5("", ["trace", SAMPLE, "--machine", machine, "--out", out], real);
    assert.equal(status, 0, stderr);
    const trace = /^trace: (.*)$/m.exec(stdout)![1]!;
    const compared = perfvec("trace", SAMPLE, "--like", "gem5", "--exe", SAMPLE, "--compare", trace);
    assert.equal(compared.status, 0, compared.stdout + compared.stderr);
  }
});

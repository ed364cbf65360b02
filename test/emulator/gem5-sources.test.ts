import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import Ajv from "ajv";
import { parseNpy } from "../../src/core/npy";
import { readReport } from "../../src/core/report/report";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-gem5-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const fixtures = "test/fixtures/gem5";
const sample = path.join(fixtures, "sample.elf");
const LIKE_GEM5 = ["--like", "gem5", "--exe", "/tmp/sample.elf"];
const TRACES = { O3: "riscv-o3-fork/trace.txt.gz", Minor: "riscv-minor-fork/trace.txt.gz", ExecAll: "riscv-atomic-exec/exec.txt.gz", O3PipeView: "riscv-o3-pipeview/pipe-exec.txt.gz" };
/** Picoseconds from the first fetch to the last retirement, see the fixtures' README. */
const TIMES = { O3: 30_422_096 - 77_840, O3PipeView: 30_422_096 - 77_840 };

const perfvec = (...args: string[]) => spawnSync(process.execPath, ["dist/cli.js", ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
const isPrediction = new Ajv().compile(JSON.parse(readFileSync("docs/schema/predict.schema.json", "utf8")) as object);

for (const [name, file] of Object.entries(TRACES)) {
  test(`one truth: the emulator and gem5's ${name} trace are equal to the end`, () => {
    const { status, stdout, stderr } = perfvec("trace", sample, ...LIKE_GEM5, "--compare", path.join(fixtures, file));
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /equal: all 16436 executed micro-operations/);
  });
}

test("a run that differs is told by row, and by exit code", () => {
  const { status, stdout } = perfvec("trace", sample, "--compare", path.join(fixtures, TRACES.O3));
  assert.equal(status, 1);
  assert.match(stdout, /equal: the first 7 executed micro-operations; then\n {2}emulator {2}0x10622,.*\n {2}trace {5}0x10622,/);
});

test("ExecAll text joined with the program gives the features of the fork's trace", () => {
  const features = (name: string, file: string) => {
    const out = path.join(folder, name);
    assert.equal(perfvec("features", path.join(fixtures, file), "--elf", sample, "--set", "perfvec", "--out", out).status, 0);
    return parseNpy(readFileSync(out), name);
  };
  const fork = features("fork.npy", TRACES.O3);
  assert.deepEqual(features("exec.npy", TRACES.ExecAll), fork);
  assert.deepEqual(features("pipe.npy", TRACES.O3PipeView), fork);
});

test("a run recorded as a data set has it is read back as the run: from its start, and a part of it", () => {
  const features = (name: string, ...args: string[]) => {
    const out = path.join(folder, name);
    assert.equal(perfvec("features", ...args, "--set", "model", "--out", out).status, 0);
    return parseNpy(readFileSync(out), name);
  };
  for (const range of [[], ["--skip", "5000", "--limit", "4000"]]) {
    const recorded = path.join(folder, "sample.trace.npz");
    assert.equal(perfvec("trace", sample, ...LIKE_GEM5, ...range, "--out", recorded).status, 0);
    const rows = features("recorded.npy", recorded);
    assert.equal(rows.shape[0], range.length ? 4000 : 16436);
    if (!range.length) assert.deepEqual(rows, features("run.npy", sample, ...LIKE_GEM5));
  }
});

test("a trace is predicted, and what it measured stands beside", () => {
  for (const name of ["O3", "O3PipeView", "Minor", "ExecAll"] as const) {
    const out = path.join(folder, `${name}.perfvec`);
    const { status, stderr, stdout } = perfvec("predict", path.join(fixtures, TRACES[name]), "--elf", sample, "--uarch", "p550-class", "--out", out);
    assert.equal(status, 0, stderr);
    const { measured, provenance } = readReport(readFileSync(out), out);
    assert.equal(provenance.executed, 16436);
    const json = JSON.parse(perfvec("predict", out, "--uarch", "p550-class", "--json").stdout) as { measuredNs: number | null };
    assert.ok(isPrediction(json), JSON.stringify(isPrediction.errors));
    assert.equal(json.measuredNs, measured && measured.reduce((a, b) => a + b, 0));
    if (name === "ExecAll") assert.equal(measured, null);
    else {
      const total = measured!.reduce((a, b) => a + b, 0);
      assert.match(stdout, /measured by the trace/);
      if (name !== "Minor") assert.ok(Math.abs(total - TIMES[name] / 1000) < 0.001 * total, `${name}: ${total}`);
    }
  }
});

test("the listing has a column of what the trace measured; without the program, addresses stand for functions", () => {
  const trace = path.resolve(fixtures, TRACES.O3);
  const list = (...args: string[]) => spawnSync(process.execPath, [path.resolve("dist/cli.js"), "predict", trace, "--uarch", "p550-class", ...args], { encoding: "utf8", cwd: fixtures });
  const { stdout } = list("--elf", "sample.elf");
  assert.match(stdout, /share +ns +measured +error +cycles +executions +line/);
  assert.match(stdout, /% [█▏▎▍▌▋▊▉ ]+[\d,]+ +[\d,]+ +[+−][\d.]+ % +[\d,]+ +[\d,]+ +\d+ {2}\| /);
  const bare = list("--json");
  assert.equal(bare.status, 0, bare.stderr);
  const json: unknown = JSON.parse(bare.stdout);
  assert.ok(isPrediction(json), JSON.stringify(isPrediction.errors));
});

test("measured time is given as PerfVec gives it on request: the same total, to those who commit", () => {
  const trace = path.join(fixtures, TRACES.O3);
  const measured = (...how: string[]): Float64Array => {
    const out = path.join(folder, `as${how.length}.perfvec`);
    const { status, stderr } = perfvec("predict", trace, "--elf", sample, "--uarch", "p550-class", "--out", out, ...how);
    assert.equal(status, 0, stderr);
    return readReport(readFileSync(out), out).measured!;
  };
  const proportional = measured();
  const commit = measured("--measured-as", "commit");
  const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(total(commit) - total(proportional)) < 1e-6 * total(commit));
  const moved = commit.reduce((sum, ns, i) => sum + Math.abs(ns - proportional[i]!), 0) / 2 / total(commit);
  assert.ok(moved > 0.02 && moved < 0.8, `${moved}`);
  assert.equal(perfvec("predict", trace, "--measured-as", "guessed").status, 2);
});

test("bad traces: lines left out are told, more than 1 % refused, a missing program asked for", () => {
  const text = gunzipSync(readFileSync(path.join(fixtures, TRACES.ExecAll))).toString();
  const bad = path.join(folder, "bad.txt");
  writeFileSync(bad, text.replace(/\n/, "\nrubbish\n  5: system.cpu: A0 T0 : 0x1 @nowhere : addi : IntAlu : \n"));
  const some = perfvec("predict", bad, "--elf", sample, "--uarch", "p550-class");
  assert.equal(some.status, 0, some.stderr);
  assert.match(some.stdout, /2 bad lines of bad\.txt left out, the first: line 2 \(it is no line of ExecAll\)/);
  writeFileSync(bad, `${text.slice(0, 20_000)}\n${"rubbish\n".repeat(50)}`);
  const many = perfvec("predict", bad, "--elf", sample, "--uarch", "p550-class");
  assert.equal(many.status, 1);
  assert.match(many.stderr, /lines cannot be used, which is more than 1 %/);
  const trace = readFileSync(path.join(fixtures, TRACES.O3));
  const cut = path.join(folder, "cut.txt.gz");
  writeFileSync(cut, trace.subarray(0, trace.length / 2));
  const rubbish = path.join(folder, "rubbish.txt.gz");
  writeFileSync(rubbish, "no gzip");
  for (const [args, message] of [
    [[cut, "--sq", path.join(fixtures, "riscv-o3-fork/sq.trace.txt.gz")], /cut\.txt\.gz: damaged, it cannot be unzipped/],
    [[path.join(fixtures, TRACES.O3), "--elf", "test/emulator/golden/integer.elf"], /no trace of the program that was given \(--elf\)/],
    [[rubbish], /rubbish\.txt\.gz: damaged, it cannot be unzipped/],
    [[path.join(folder, "none.txt")], /none\.txt: cannot be read \(ENOENT\)/],
    [[path.join(fixtures, TRACES.O3), "--sq", path.join(folder, "none")], /none: cannot be read \(ENOENT\)/],
  ] as const) {
    const { status, stderr } = perfvec("predict", ...args);
    assert.equal(status, 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
  }
  const without = perfvec("predict", path.join(fixtures, TRACES.ExecAll), "--uarch", "p550-class");
  assert.equal(without.status, 2);
  assert.match(without.stderr, /needs the program that was traced: --elf FILE/);
});

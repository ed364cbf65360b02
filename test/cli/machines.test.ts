/** perfvec uarch add | fit, explore and evaluate: machines that are not in the library, from the command line. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { unzipSync, zipSync } from "fflate";
import { npyFile, npyTexts, parseNpy } from "../../src/core/npy";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-machines-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const perfvec = (...args: string[]) =>
  spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", cwd: folder, maxBuffer: 1 << 26, env: { ...process.env, PERFVEC_GEM5: path.resolve("test/gem5/fake-gem5.mjs") } });
const ok = (...args: string[]): string => {
  const { status, stdout, stderr } = perfvec(...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};

const SAMPLE = path.resolve("test/fixtures/gem5/sample.elf");
const library = JSON.parse(readFileSync("models/machines.json", "utf8")) as { name: string; vector?: number[] }[];
const p550 = library.find((m) => m.name === "p550-class")!;

/** A data set of one recorded run under several names, labelled for a machine of the library and for one that is not in it. */
before(() => {
  ok("predict", path.resolve("examples/prebuilt/matmul_naive.elf"), "--limit", "200k", "--out", "matmul.perfvec");
  ok("gem5", "label", SAMPLE, "--machine", "p550-class", "--out", "label");
  const labels = unzipSync(readFileSync(at("label/sample.labels.npz")));
  const NAMES = ["p550-class", "mystery", "p550-class+l1d-x4"];
  const thrice = (name: string): Uint8Array => {
    const { data, shape } = parseNpy(labels[`${name}.npy`]!, name);
    return npyFile(Uint16Array.from(NAMES.flatMap(() => [...data])), [3, shape[1]!], "<u2");
  };
  mkdirSync(at("set/test"), { recursive: true });
  const runs = ["aa_one", "bb_two", "cc_three", "dd_four"].map((name) => {
    copyFileSync(at("label/sample.trace.npz"), at(`set/test/${name}.trace.npz`));
    const all = { "machine.npy": npyTexts(NAMES), "valid.npy": npyFile(Uint32Array.of(16436, 16436, 16436), [3], "<u4"), "cycles.npy": thrice("cycles"), "refill.npy": thrice("refill") };
    writeFileSync(at(`set/test/${name}.labels.npz`), zipSync(all));
    return { name, split: "test", executed: 16436, machines: NAMES };
  });
  writeFileSync(at("set/runs.json"), JSON.stringify({ runs }));
  const { vector: _, ...described } = p550;
  writeFileSync(at("set/machines.json"), JSON.stringify([described, { ...described, name: "mystery" }, { ...described, name: "p550-class+l1d-x4", base: "p550-class" }]));
});

test("evaluate tells errors of seen, unseen and fitted machines, beside baselines, and writes what computes them again", () => {
  const said = ok("evaluate", "set", "--json", "accuracy.json");
  assert.match(said, /kept out of training: 4 runs on 3 machines/);
  for (const words of [/PerfVec Lens +in the library/, /by parameters/, /fitted on three programs/, /op class and LRU/]) assert.match(said, words);
  type Errors = Record<string, { mean: number }>;
  const json = JSON.parse(readFileSync(at("accuracy.json"), "utf8")) as {
    programError: Errors; baselines: Record<string, { programError: Errors }>; runs: { run: string; machine: string; kind: string; trueNs: number; predictedNs: number }[];
    profileError: { instruction: number }; changes: Record<"program" | "function", { count: number; error: number; noChange: number }>; largerCaches: { count: number; slower: number }; limitsTold: { named: number; ownResults: number; ownHeld?: number }; kendall: number | null;
  };
  assert.deepEqual(Object.keys(json.baselines), ["instructionCounts", "opClass", "opClassLru"]);
  assert.equal(json.runs.length, 16);
  assert.equal(json.changes.program.count, 4);
  assert.equal(json.changes.program.noChange, 0, "gem5's times are the same under both names");
  assert.ok(json.changes.program.error > 0);
  assert.ok(json.changes.function.count >= 4 && json.changes.function.noChange === 0 && json.changes.function.error > 0, JSON.stringify(json.changes));
  assert.ok(json.largerCaches.count >= 3 * 119 && json.largerCaches.slower >= 0 && json.largerCaches.slower <= 0.1, JSON.stringify(json.largerCaches));
  const { named, ownResults } = json.limitsTold;
  assert.ok(named + ownResults > 0 && named + ownResults <= 1 + 1e-9, JSON.stringify(json.limitsTold));
  const held = json.limitsTold.ownHeld;
  assert.ok(ownResults === 0 ? held === undefined : held === undefined || (held >= 0 && held <= 1), JSON.stringify(json.limitsTold));
  assert.match(said, /one thing about a machine made better: what goes of a program's time is off by/);
  for (const kind of ["seenMachines", "unseenMachines", "fittedMachines"]) {
    const rows = json.runs.filter((r) => r.kind === kind);
    assert.equal(rows.length, kind === "seenMachines" ? 8 : 4, kind);
    const mean = rows.reduce((sum, r) => sum + Math.abs(r.predictedNs / r.trueNs - 1), 0) / rows.length;
    assert.ok(Math.abs(mean - json.programError[kind]!.mean) < 1e-9, kind);
  }
  assert.ok(Math.abs(json.runs[0]!.trueNs - 30_344) < 40, `${json.runs[0]!.trueNs} ns, gem5 says 30.34 µs`);
  assert.ok(json.programError["fittedMachines"]!.mean < 0.02, "fitted on the same work under other names");
  assert.ok(json.profileError.instruction > 0 && json.profileError.instruction < 1);
});

test("evaluate: labels of another trace, and a folder without any, are told by name", () => {
  mkdirSync(at("bad/test"), { recursive: true });
  for (const name of ["runs.json", "machines.json"]) copyFileSync(at(`set/${name}`), at(`bad/${name}`));
  assert.match(perfvec("evaluate", "bad").stderr, /no labelled run that training leaves out/);
  copyFileSync(at("set/test/aa_one.trace.npz"), at("bad/test/aa_one.trace.npz"));
  writeFileSync(at("bad/test/aa_one.labels.npz"), "no zip");
  const { status, stderr } = perfvec("evaluate", "bad");
  assert.equal(status, 1);
  assert.match(stderr, /aa_one\.labels\.npz has no labels that can be used: it is no zip/);
});

test("uarch add: a machine by its parameters is known in this folder, and its name is not taken from the library", () => {
  const said = ok("uarch", "add", "--like", "p550-class", "--set", "l1d.size_kb=64,numROBEntries=192", "--name", "p550-wide");
  assert.match(said, /\.perfvec\/machines\/p550-wide\.json/);
  assert.match(ok("uarch", "list"), /^p550-wide +o3 .* 64 kB .* l1d\.size_kb 64, params\.numROBEntries 192, by its parameters$/m);
  assert.match(ok("predict", "matmul.perfvec", "--uarch", "p550-wide,p550-class"), /p550-wide/);
  assert.match(ok("uarch", "compare", "p550-class", "p550-wide"), /params\.numROBEntries +128 +192/);
  for (const [args, says] of [
    [["--like", "p550-class", "--name", "p550-class"], /there is a machine called "p550-class"; choose another --name$/m],
    [["--like", "p550-class", "--set", "l1d.size_kb=huge", "--name", "x"], /"huge" is not a number/],
    [["--like", "p550-class", "--set", "l1d.size=4", "--name", "x"], /nearest is "l1d\.size_kb"/],
    [["--like", "p550-class", "--name", "../x"], /no plain word/],
    [["--like", "p550-class"], /--name is missing/],
    [[], /describe the machine/],
  ] as const) assert.match(perfvec("uarch", "add", ...args).stderr, says);
});

test("uarch fit: from labels, and from whole times alone; what it leaves is told", () => {
  const labels = ["aa_one", "bb_two", "cc_three"].flatMap((name) => ["--labels", `set/test/${name}.labels.npz`]);
  const said = ok("uarch", "fit", ...labels, "--machine", "mystery", "--like", "p550-class", "--name", "found");
  assert.match(said, /fitted to 3 runs of 49,308 executed instructions; a run is off by \d+\.\d %/);
  const json = JSON.parse(ok("predict", "set/test/dd_four.trace.npz", "--uarch", "found", "--json")) as { machines: { ns: number }[] };
  assert.ok(Math.abs(json.machines[0]!.ns / 30_344 - 1) < 0.03, `${json.machines[0]!.ns}`);
  ok("predict", "set/test/dd_four.trace.npz", "--out", "four.perfvec");
  // Runs that contradict each other: what that leaves is kept, and widens intervals; a machine made from it has none of it.
  const torn = ok("uarch", "fit", ...labels.slice(0, 4), "--time", "four.perfvec=45us", "--machine", "mystery", "--like", "p550-class", "--name", "torn");
  const errors = [...torn.matchAll(/([+−][\d.]+) %$/gm)].map(([, percent]) => Math.abs(Math.log(1 + Number(percent!.replace("−", "-")) / 100)));
  assert.equal(errors.length, 3, torn);
  const { fitError } = JSON.parse(readFileSync(at(".perfvec/machines/torn.json"), "utf8")) as { fitError: number };
  assert.ok(fitError > 0.1 && Math.abs(fitError / (errors.reduce((a, b) => a + b) / 3) - 1) < 0.01, `${fitError} ${errors.join()}`);
  const widthOn = (name: string): number => {
    const [{ nsWithin80: [low, high] }] = (JSON.parse(ok("predict", "four.perfvec", "--uarch", name, "--json")) as { machines: [{ nsWithin80: [number, number] }] }).machines;
    return high / low;
  };
  assert.ok(widthOn("torn") >= 25 ** fitError * 0.999 && widthOn("torn") > widthOn("found"), "four of five Laplacian errors on either side");
  ok("uarch", "add", "--like", "torn", "--set", "l1d.size_kb=64", "--name", "from-torn");
  assert.ok(!readFileSync(at(".perfvec/machines/from-torn.json"), "utf8").includes("fitError"));
  assert.match(ok("uarch", "fit", "--time", "four.perfvec=30.3us", "--name", "timed", "--ghz", "1.8"), /one run cannot tell/);
  const timed = JSON.parse(ok("predict", "four.perfvec", "--uarch", "timed", "--json")) as { machines: { ns: number }[] };
  assert.ok(Math.abs(timed.machines[0]!.ns / 30_300 - 1) < 0.05, `${timed.machines[0]!.ns}`);
});

/** A folder of runs that are aa_one of the set by other names, each with as many times its cycles. */
function relabelled(name: string, factors: Record<string, number>): void {
  mkdirSync(at(`${name}/test`), { recursive: true });
  copyFileSync(at("set/machines.json"), at(`${name}/machines.json`));
  const labels = unzipSync(readFileSync(at("set/test/aa_one.labels.npz")));
  for (const [run, factor] of Object.entries(factors)) {
    const { data, shape } = parseNpy(labels["cycles.npy"]!, run);
    const cycles = npyFile(Uint16Array.from(data, (c) => Math.round(c * factor)), [shape[0]!, shape[1]!], "<u2");
    copyFileSync(at("set/test/aa_one.trace.npz"), at(`${name}/test/${run}.trace.npz`));
    writeFileSync(at(`${name}/test/${run}.labels.npz`), zipSync({ ...labels, "cycles.npy": cycles, "refill.npy": npyFile(new Uint16Array(data.length), [shape[0]!, shape[1]!], "<u2") }));
  }
  writeFileSync(at(`${name}/runs.json`), JSON.stringify({ runs: Object.keys(factors).map((run) => ({ name: run, split: "test" })) }));
}

test("uarch tune: a design space's programs adapt what prices machines by parameters, in a folder of models of its own", () => {
  // A space whose machines take 1.3 times as long as those that the encoder was taught.
  relabelled("slower", { aa_one: 1.3, bb_two: 1.3, cc_three: 1.3 });
  const said = ok("uarch", "tune", "slower", "--out", "tuned");
  const [, left, before] = /on 3 machines, programs left out of the tuning are off by ([\d.]+) % in place of ([\d.]+) %, after \d+ steps/.exec(said)!;
  assert.ok(Number(left) < Number(before), said);
  const nsOf = (name: string, ...models: string[]): number => {
    ok("uarch", "add", "mystery.json", "--name", name, ...models);
    return (JSON.parse(ok("predict", "four.perfvec", "--uarch", name, "--json", ...models)) as { machines: { ns: number }[] }).machines[0]!.ns;
  };
  const { vector: _, ...described } = p550;
  writeFileSync(at("mystery.json"), JSON.stringify({ ...described, name: "mystery" }));
  const off = (ns: number): number => Math.abs(Math.log(ns / (1.3 * 30_344)));
  const [tuned, shipped] = [off(nsOf("by-tuned", "--models", "tuned")), off(nsOf("by-shipped"))];
  assert.ok(tuned < shipped / 4 && tuned < 0.06, `${tuned} tuned, ${shipped} as shipped`);
  // One program takes twice as long as the other labels say, the other half as long: what is learnt of one is wrong of the other.
  relabelled("torn", { aa_one: 2, bb_two: 0.5 });
  mkdirSync(at("alone/test"), { recursive: true });
  for (const name of ["machines.json", "test/aa_one.trace.npz", "test/aa_one.labels.npz"]) copyFileSync(at(`set/${name}`), at(`alone/${name}`));
  writeFileSync(at("alone/runs.json"), JSON.stringify({ runs: [{ name: "aa_one", split: "test" }] }));
  for (const [args, says] of [
    [["set"], /--out FOLDER/],
    [["set", "--out", "tuned"], /tuned: is there/],
    [["torn", "--out", "other"], /left out of the tuning are off by .* it does not help here, and nothing is written/],
    [["alone", "--out", "other"], /two programs on two machines, better of three on many; it has 1 on 3/],
    [["nowhere", "--out", "other"], /nowhere.*machines\.json/],
    [["set", "--out", "other", "--name", "x"], /--name: says nothing to uarch tune/],
  ] as const) {
    const { status, stderr } = perfvec("uarch", "tune", ...args);
    assert.notEqual(status, 0);
    assert.match(stderr, says);
  }
  assert.ok(!existsSync(at("other")));
});

test("uarch fit: what cannot be fitted is told, and nothing is written", () => {
  for (const [args, says] of [
    [["--name", "x", "--ghz", "1"], /a fit needs runs/],
    [["--name", "x", "--ghz", "1", "--time", "matmul.perfvec"], /REPORT=TIME/],
    [["--name", "x", "--ghz", "1", "--time", "matmul.perfvec=1ms"], /part of the run/],
    [["--name", "x", "--ghz", "1", "--report", "matmul.perfvec"], /no measured time/],
    [["--name", "x", "--time", "matmul.perfvec=1ms"], /needs --name and --ghz/],
    [["--like", "p550-class", "--name", "x", "--labels", "set/test/aa_one.labels.npz"], /no labels of "x"/],
  ] as const) {
    const { status, stderr } = perfvec("uarch", "fit", ...args);
    assert.notEqual(status, 0);
    assert.match(stderr, says);
  }
  assert.doesNotMatch(ok("uarch", "list"), /^x /m);
});

test("a machine of another model, or damaged, is left out and told", () => {
  writeFileSync(at(".perfvec/machines/old.json"), JSON.stringify({ ...p550, name: "old", vector: [1, 2] }));
  writeFileSync(at(".perfvec/machines/broken.json"), "{");
  const { stdout, stderr } = perfvec("uarch", "list");
  assert.doesNotMatch(stdout, /^old /m);
  assert.match(stderr, /old\.json: its vector is not of this version's model/);
  assert.match(stderr, /broken\.json: not valid JSON/);
});

test("explore: best, front, formulas, and every design for programs", () => {
  assert.match(ok("explore", "matmul.perfvec"), /36 designs around p550-class[^]*the best by the objective[^]*Pareto front/);
  const json = JSON.parse(ok("explore", "matmul.perfvec", "--vary", "l1d.size_kb=16,64", "--vary", "freq_ghz=1..2+0.5", "--objective", "time", "--json")) as {
    best: number; designs: { parameters: Record<string, number>; ns: number[]; objective: number }[];
  };
  assert.equal(json.designs.length, 6);
  assert.equal(json.designs[json.best]!.objective, Math.min(...json.designs.map((d) => d.objective)));
  assert.equal(json.designs[json.best]!.parameters["freq_ghz"], 2, "a faster clock is faster");
  assert.equal(ok("explore", "matmul.perfvec", "--csv").trim().split("\n").length, 37);
  for (const [args, says] of [
    [["--cost", "time *"], /--cost "time \*"/], [["--vary", "l1d.size=4"], /nearest/], [["--vary", "l1d.size_kb=1..2+0"], /range/], [["--base", "p551-class"], /nearest is "p550-class"/],
  ] as const) assert.match(perfvec("explore", "matmul.perfvec", ...args).stderr, says);
});

test("a machine of one's own is not written over, nor is what a machine is made from; no name stands for every machine", () => {
  const like = (...args: string[]) => perfvec("uarch", "add", "--like", "p550-class", ...args);
  assert.equal(like("--name", "mine").status, 0);
  assert.match(like("--name", "Mine").stderr, /there is a machine called "mine"; choose another --name, or delete \.perfvec\/machines\/mine\.json first/);
  assert.match(like("--name", "ALL").stderr, /"ALL" stands for every machine/);
  assert.equal(perfvec("uarch", "add", "--like", "mine", "--set", "l2.size_kb=512", "--name", "mine2").status, 0, "one's own can be started from");
  const labels = "set/test/aa_one.labels.npz";
  const before = readFileSync(at(labels));
  const fit = perfvec("uarch", "fit", "--labels", labels, "--machine", "mystery", "--like", "p550-class", "--name", "fitted2", "--out", labels);
  assert.match(fit.stderr, /aa_one\.labels\.npz: is what is read/);
  assert.ok(before.equals(readFileSync(at(labels))));
});

test("machines that cannot be are left out and told: taken names, numbers that no machine has", () => {
  const folder = at("odd");
  const machines = path.join(folder, ".perfvec", "machines");
  mkdirSync(machines, { recursive: true });
  const put = (name: string, change: object): void => writeFileSync(path.join(machines, `${name}.json`), JSON.stringify({ ...p550, name, origin: "parameters", ...change }));
  put("taken", { name: "P550-Class" });
  put("huge", { vector: p550.vector!.map((v, i) => (i ? v : 1e308)) });
  put("nothing", { vector: p550.vector!.map(() => 0) });
  put("odd", { l1d: { ...(p550 as unknown as { l1d: object }).l1d, size_kb: "big" } });
  put("fine", {});
  const { stdout, stderr } = spawnSync(process.execPath, [path.resolve("dist/cli.js"), "uarch", "list"], { encoding: "utf8", cwd: folder });
  assert.match(stdout, /^fine /m);
  assert.doesNotMatch(stdout, /^(huge|nothing|odd|P550-Class) /m);
  for (const words of [/taken\.json: there is a machine called "p550-class"; give this one another name/, /huge\.json: its vector holds what no machine has/, /nothing\.json: its vector/, /odd\.json: l1d\.size_kb must be a number/]) assert.match(stderr, words);
  const refused = perfvec("explore", "matmul.perfvec", "--vary", "l1d.size_kb=100000");
  assert.match(refused.stderr, /l1d\.size_kb is 100000, far from what any machine of the library has/);
});

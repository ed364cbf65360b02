import assert from "node:assert/strict";
import { test } from "node:test";
import { zipSync } from "fflate";
import { CLASSES, classOf, grouped, parseBaselines } from "../../src/core/accuracy/baselines";
import { changeRows, summariseChanges, summariseLarger, toldOf } from "../../src/core/accuracy/changes";
import { hotRecall, kendall, profileError, spread } from "../../src/core/accuracy/metrics";
import { type Row, scored, summarise } from "../../src/core/accuracy/score";
import { type Confidence, distanceOf, interval, intervalOn } from "../../src/core/model/confidence";
import { npyFile, npyTexts, parseNpy, textsOf } from "../../src/core/npy";
import { readLabels } from "../../src/core/trace/labels";
import { isHeldOut, programOf } from "../../src/engine/labelled-set";
import { functionsOf } from "../../src/engine/labelled-run";

test("mean, median and worst are of sizes", () => {
  assert.deepEqual(spread([-0.4, 0.1, 0.2, 0.1]), { mean: 0.2, median: 0.15000000000000002, max: 0.4 });
  assert.equal(spread([]), undefined);
});

test("a profile's error is half the distance of shares: 0 for the same shape, 1 for nothing in common", () => {
  assert.equal(profileError(Float64Array.of(2, 4), Float64Array.of(1, 2)), 0);
  assert.equal(profileError(Float64Array.of(1, 0), Float64Array.of(0, 5)), 1);
  assert.ok(Math.abs(profileError(Float64Array.of(6, 4), Float64Array.of(5, 5)) - 0.1) < 1e-12);
});

test("recall counts the truly hottest, and never lines without time", () => {
  assert.equal(hotRecall(Float64Array.of(9, 1, 5), Float64Array.of(8, 7, 0), 2), 0.5);
  assert.equal(hotRecall(Float64Array.of(1, 0, 0), Float64Array.of(1, 0, 0), 5), 1);
});

test("Kendall's tau: order, ties within 2 %", () => {
  assert.equal(kendall([1, 2, 3], [10, 20, 30]), 1);
  assert.equal(kendall([3, 2, 1], [10, 20, 30]), -1);
  assert.equal(kendall([2, 1, 3], [100, 101, 200]), 1, "100 and 101 are no pair");
  assert.equal(kendall([1, 2], [100, 101]), undefined);
});

test("classes are operations, those of memory apart by the LRU level of their line", () => {
  const row = (op: number, cold: number, log2: number): Float32Array => {
    const x = new Float32Array(40);
    x[op] = 1;
    x[32] = cold;
    x[33] = log2 / 16;
    return x;
  };
  assert.equal(classOf(row(1, 0, 15), 0), 1, "an integer operation has no level");
  assert.equal(classOf(row(12, 0, 5), 0), 12);
  assert.equal(classOf(row(12, 0, 9), 0), 12 + 16);
  assert.equal(classOf(row(13, 0, 14), 0), 13 + 32);
  assert.equal(classOf(row(15, 1, 0), 0), 15 + 32, "a line never seen is in memory");
  const counts = new Float64Array(CLASSES);
  counts[12] = 2;
  counts[12 + 32] = 3;
  counts[1] = 4;
  assert.deepEqual([...grouped("instructionCounts", counts)], [9]);
  assert.equal(grouped("opClass", counts)[12], 5);
  assert.equal(grouped("opClassLru", counts)[44], 3);
});

test("a score knows times, shape and lines", () => {
  const lines = Uint32Array.of(7, 7, 8, 0);
  const row = scored({ run: "r", machine: "m", kind: "seenMachines" }, Float64Array.of(2, 2, 4, 0), Float64Array.of(1, 3, 4, 0), 2, lines);
  assert.equal(row.trueNs, 4);
  assert.equal(row.predictedNs, 4);
  assert.equal(row.profileError, 0.125);
  assert.equal(row.lineError, 0);
  assert.equal(row.hotLineRecall5, 1);
});

test("a summary keeps kinds of machines apart, and ranks those that were not fitted", () => {
  const row = (machine: string, kind: Row["kind"], predictedNs: number, trueNs: number): Row => ({
    run: "r", machine, kind, predictedNs, trueNs, profileError: 0.2, lineError: undefined, hotLineRecall5: undefined, hotLineTime5: undefined, lineLogErrors: [], lineShares: [],
  });
  const s = summarise([row("a", "seenMachines", 110, 100), row("b", "unseenMachines", 150, 200), row("b", "fittedMachines", 190, 200)]);
  assert.ok(Math.abs(s.programError.seenMachines!.mean - 0.1) < 1e-12);
  assert.equal(s.programError.unseenMachines!.mean, 0.25);
  assert.ok(Math.abs(s.programError.fittedMachines!.mean - 0.05) < 1e-12);
  assert.equal(s.kendall, 1);
  assert.equal(s.profileError.line, undefined);
});

test("builds and sizes of one program have one name, and only hand-written kernels are held out", () => {
  assert.equal(programOf("kO2_binary_search_18"), "k_binary_search");
  assert.equal(programOf("kO1_binary_search_15"), "k_binary_search");
  assert.equal(programOf("kO2_grid5_15"), "k_grid5", "a number that belongs to the name stays");
  assert.equal(programOf("oO0_lz"), "o_lz");
  assert.equal(programOf("pb_cholesky"), "pb_cholesky");
  assert.equal(isHeldOut("kO2_binary_search_18"), isHeldOut("kO1_binary_search_15"));
  assert.equal(isHeldOut("pb_cholesky"), false);
});

const labels = (cycles: number[], shape: number[], valid: number, more: Record<string, Uint8Array> = {}): Uint8Array =>
  zipSync({
    "machine.npy": npyTexts(["p550-class"]), "valid.npy": npyFile(Uint32Array.of(valid), [1], "<u4"),
    "cycles.npy": npyFile(Uint16Array.from(cycles), shape, "<u2"), "refill.npy": npyFile(new Uint16Array(cycles.length), shape, "<u2"), ...more,
  });

test("labels: machines by name, up to the first executed instruction that is not labelled", () => {
  assert.deepEqual(readLabels(labels([1, 2, 3], [1, 3], 3), "x", 3).machines, ["p550-class"]);
  const holed = labels([1, 2, 3], [1, 3], 3, { "unlabelled.npy": npyFile(Uint8Array.of(0b00100000), [1, 1], "|u1") });
  assert.deepEqual([...readLabels(holed, "x", 3).valid], [2]);
});

for (const [what, bytes, says] of [
  ["of another trace", labels([1, 2, 3], [1, 3], 3), /labels 1 x 3 executed instructions, the trace has 4/],
  ["longer than the trace", labels([1, 2, 3, 4], [1, 4], 5), /valid does not fit/],
  ["no zip", Uint8Array.of(1, 2, 3), /no zip file/],
  ["without cycles", zipSync({ "machine.npy": npyTexts(["a"]) }), /missing/],
] as const) {
  test(`labels that are ${what} are refused by name`, () => assert.throws(() => readLabels(bytes, "x.labels.npz", 4), says));
}

test("texts of numpy come back, beyond the first plane too", () => {
  const bytes = npyTexts(["p550-class", "µ", "𝄞x"]);
  assert.deepEqual(textsOf(parseNpy(bytes, "t")), ["p550-class", "µ", "𝄞x"]);
});

test("baselines that do not fit are refused", () => {
  assert.throws(() => parseBaselines('{"a": {"instructionCounts": [1]}}', "b.json"), /b\.json: does not hold/);
  assert.throws(() => parseBaselines("{", "b.json"), /b\.json: not valid JSON/);
});

test("what a change saves: of the program, of functions and of lines that count, predicted beside true, and how far off on average", () => {
  const place = { run: "r", machine: "m", change: "c" };
  const [before, after] = [Float64Array.of(60, 30, 8, 2), Float64Array.of(30, 30, 8, 0)];
  const [trueBefore, trueAfter] = [Float64Array.of(50, 50, 10, 0), Float64Array.of(40, 50, 10, 0)];
  const rows = changeRows(place, before, after, trueBefore, trueAfter, { functions: Uint32Array.of(1, 2, 2, 0), lines: Uint32Array.of(7, 8, 0, 9) });
  const short = rows.map(({ level, predicted, truth }) => [level, Number(predicted.toFixed(6)), Number(truth.toFixed(6))]);
  assert.deepEqual(short, [["program", 0.32, 0.090909], ["function", 0.5, 0.2], ["function", 0, 0], ["line", 0.5, 0.2], ["line", 0, 0]], "line 9 takes too little; without a line nothing is a line");
  const { count, error, noChange } = summariseChanges(rows, "line")!;
  assert.deepEqual([count, error.toFixed(9), noChange.toFixed(9)], [2, "0.150000000", "0.100000000"]);
  assert.equal(summariseChanges(rows.slice(0, 1), "line"), undefined);
});

test("a function begins where a call leads; what lies before the first is none's", () => {
  assert.deepEqual([...functionsOf([0x30, 0x10, 0x22, 0x20, 0x08], [0x20, 0x10])], [2, 1, 2, 2, 0]);
});

test("how much of the hot time's limits is told: lines of 5 %, weighed by their time", () => {
  const machine = { name: "m", title: "", core: "o3" as const, freq_ghz: 1, vector: [1, 1] };
  const better = { change: "c", cause: "L1D" as const, words: "w", machine: { ...machine, vector: [1, 0.5] } };
  const sums = Float64Array.of(10, 50, 20, 0, 17, 0, 1, 2);
  const told = (all?: number): string[] => {
    const improved = { each: [better], all: all === undefined ? undefined : { ...machine, vector: [1 - all, 0.5] } };
    const { hot, named, own } = toldOf(sums, Uint32Array.of(7, 8, 0, 9), machine, improved, new Float64Array(4), []);
    return [hot, named, own].map((share) => share.toFixed(9));
  };
  assert.deepEqual(told(), ["0.800000000", "0.600000000", "0.000000000"], "line 9 takes too little, line 8 gains nothing");
  assert.deepEqual(told(0.03), ["0.800000000", "0.600000000", "0.200000000"], "line 8 waits for its own results");
  assert.deepEqual(told(0.5), ["0.800000000", "0.600000000", "0.000000000"], "several things hold line 8 up");
  const improved = { each: [better], all: { ...machine, vector: [0.97, 0.5] } };
  const checked = (...others: number[]): number[] => {
    const { checked, held } = toldOf(sums, Uint32Array.of(7, 8, 0, 9), machine, improved, Float64Array.of(0, 50, 0, 0), others.map((cycles) => Float64Array.of(0, cycles, 0, 0)));
    return [checked, held].map((share) => Number(share.toFixed(9)));
  };
  assert.deepEqual(checked(), [0, 0], "line 8 was run nowhere else");
  assert.deepEqual(checked(46, 80), [0.2, 0.2]);
  assert.deepEqual(checked(46, 40), [0.2, 0], "it took a fifth less on one");
});

test("larger caches: how many are said to hurt by more than noise, and the worst of all", () => {
  assert.deepEqual(summariseLarger([0.3, -0.005, -0.02, 0]), { count: 4, slower: 0.25, worst: 0.02 });
  assert.equal(summariseLarger([0.1])!.worst, 0);
  assert.equal(summariseLarger([]), undefined);
});

test("intervals widen with the distance up to the farthest known, and for smaller shares down to one in a hundred", () => {
  const pair: [number, number] = [-1, 2];
  const same = { library: pair, parameters: [-2, 2] as [number, number], fit: pair };
  const confidence: Confidence = {
    scale: Float64Array.of(1, 2), centres: Float64Array.of(1, 0, 0, 1), spread: { constant: 0.1, slope: 0.5, power: 0.5 }, quantiles: { program: same, line: same }, far: 0.3, farthest: 0.4,
  };
  const log = (...given: Parameters<typeof interval> extends [Confidence, ...infer R] ? R : never): number[] => interval(confidence, ...given).map((v) => Number(Math.log(v).toFixed(9)));
  assert.deepEqual(log(0, "program", "library"), [-0.1, 0.2]);
  assert.deepEqual(log(0, "program", "parameters"), [-0.2, 0.2]);
  assert.deepEqual(log(0.2, "program", "library"), [-0.2, 0.4]);
  assert.deepEqual(log(0.9, "program", "library"), log(0.4, "program", "library"));
  assert.deepEqual(log(0, "line", "fit", 0.25), [-0.2, 0.4]);
  assert.deepEqual(log(0, "line", "fit", 1e-6), [-1, 2]);
  assert.deepEqual(log(0, "line", "fit", 3), [-0.1, 0.2]);
  const fitted = (fitError?: unknown) => ({ name: "m", title: "", core: "o3" as const, freq_ghz: 1, vector: [1, 1], origin: "fit", ...(fitError === undefined ? {} : { fitError }) });
  const on = (fitError?: unknown): number[] => intervalOn(fitted(fitError), confidence, 0, "program").map((v) => Number(v.toFixed(6)));
  assert.deepEqual(on(), interval(confidence, 0, "program", "fit").map((v) => Number(v.toFixed(6))));
  assert.deepEqual(on(0.01), on(), "a fit that leaves less makes it no surer");
  assert.deepEqual(on(1), [0.2, 5], "four of five Laplacian errors");
  for (const senseless of [-1, NaN, "1", Infinity]) assert.ok(on(senseless).every((v) => v > 0 && Number.isFinite(v)), String(senseless));
  assert.equal(distanceOf(confidence, [2, 0]), 0);
  assert.equal(distanceOf(confidence, [2, 1]), 0.5, "two units of each");
  assert.equal(distanceOf(confidence, [0, 0]), 1, "what takes no time is like nothing");
});

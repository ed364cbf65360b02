import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFormula } from "../../src/core/explore/expression";
import { coarseTimes, NODES, spread } from "../../src/core/explore/coarse";
import { createSpace, explore, frontOf, geometricMean, parseAxis, readFormula } from "../../src/core/explore/explore";
import { improvedMachines, limitsOf, limitWords, NO_IMPROVEMENTS } from "../../src/core/explore/limits";
import { encodeFrom } from "../../src/core/model/anchor";
import { checkParameters, checkValue, knownParameters, parametersOf, pathOf, type Value, withParameters } from "../../src/core/model/derive";
import { parseEncoder } from "../../src/core/model/encoder";
import { fitVector, priorOf } from "../../src/core/model/fit";
import { addEquation, inverse, quadratic, solveNonNegative } from "../../src/core/model/least-squares";
import { encoderOf, readLibrary } from "../../src/engine/assets";

const library = readLibrary("models");
const { machines, model } = library;
const encoder = encoderOf(library);
const base = machines.find((m) => m.name === "p550-class")!;
const known = knownParameters(machines, base.core);

test("formulas calculate, and reach nothing but the names they are given", () => {
  const value = (text: string): number => {
    const formula = parseFormula(text, "f");
    return formula.evaluate(formula.names.map((name) => ({ time: 8, "l1d.size_kb": 32 })[name] ?? NaN));
  };
  assert.equal(value("time * (1000 + 10*l1d.size_kb)"), 8 * 1320);
  assert.equal(value("-(2 ** 2) + max(1, log2(time), 2)"), -1);
  assert.equal(value("l1d.size_kb > 16 ? 1 : 2"), 1);
  assert.equal(value("2 ** 3 ** 2"), 512);
  for (const [text, says] of [
    ["time *", /Expected|missing/i], ["constructor.constructor('x')", /there is no function/], ["time['a']", /only names/], ["'a' + 1", /only numbers/],
    ["process(1)", /no function "process"/], ["a = 1", /Unexpected/], ["1; 2", /no single expression/], ["x".repeat(3000), /longer/],
  ] as const) assert.throws(() => parseFormula(text, "--cost"), says, text);
});

test("a name in a formula that is no parameter is told with the nearest", () => {
  assert.throws(() => readFormula("l1d.siz_kb", "--cost", known, []), /nearest is "l1d.size_kb"/);
  assert.throws(() => readFormula("bp * 2", "--cost", known, []), /bp is no number/);
});

test("axes double, add or list, and complete names", () => {
  assert.deepEqual(parseAxis("l1d.size_kb=4..128", known).values, [4, 8, 16, 32, 64, 128]);
  assert.deepEqual(parseAxis("freq_ghz=1..2+0.25", known).values, [1, 1.25, 1.5, 1.75, 2]);
  assert.deepEqual(parseAxis("bp=tage,local", known).values, ["tage", "local"]);
  assert.equal(parseAxis("numROBEntries=64,128", known).path, "params.numROBEntries");
  assert.throws(() => parseAxis("l1d.size_kb=8..4", known), /no range|not a range/);
  assert.throws(() => parseAxis("bp=nothing", known), /not one of/);
  assert.throws(() => pathOf("numRobEntries", known), /nearest is "params.numROBEntries"/);
});

test("each improvement changes what it says, is left out where the machine has it, and nothing is said of a machine without parameters", () => {
  const improved = improvedMachines(base, encoder);
  assert.deepEqual(improved.each.map((i) => i.change), ["mem-fast", "l2-x4", "l2-fast", "l1d-x4", "l1d-fast", "bp-best", "l1i-x4", "window-x2", "wide"]);
  const all = parametersOf(improved.all!);
  assert.deepEqual(["l1d.size_kb", "l1d.latency", "bp", "params.numROBEntries"].map((path) => all.get(path)), [128, 1, "tagescl64", 2 * Number(parametersOf(base).get("params.numROBEntries"))]);
  const bigger = improved.each.find((i) => i.change === "l1d-x4")!;
  assert.equal(parametersOf(bigger.machine).get("l1d.size_kb"), 128);
  assert.equal(bigger.words, "the L1D had 128 kB");
  for (const machine of [...improved.each.map((i) => i.machine), improved.all!]) assert.deepEqual(machine.vector, [...encodeFrom(base, machine, encoder)], machine.name);
  const best = withParameters(base, new Map<string, Value>([["bp", "tagescl64"], ["l1d.latency", 1]]));
  assert.deepEqual(improvedMachines({ ...best, vector: [...base.vector] }, encoder).each.map((i) => i.change), ["mem-fast", "l2-x4", "l2-fast", "l1d-x4", "l1i-x4", "window-x2", "wide"]);
  const { name, title, core, freq_ghz, vector } = base;
  assert.equal(improvedMachines({ name, title, core, freq_ghz, vector }, encoder), NO_IMPROVEMENTS);
});

test("limits are shares of the place's own time, most first, and words say those that count", () => {
  const representation = Float64Array.from(base.vector, () => 1);
  const better = (words: string, factor: number) => ({ change: words, cause: "L1D" as const, words, machine: { ...base, vector: base.vector.map((v) => v * factor) } });
  const limits = limitsOf(representation, base, { each: [better("a", 0.98), better("b", 0.5), better("c", 1.5), better("d", 0.9)], all: better("", 0.4).machine });
  assert.deepEqual(limits.each.map((l) => [l.words, Number(l.gain.toFixed(6))]), [["b", 0.5], ["d", 0.1], ["a", 0.02], ["c", -0.5]]);
  assert.equal(limitWords(limits), "**50.0 %** of it goes if b, 10.0 % if d.");
  const said = (factor: number): string => limitWords(limitsOf(representation, base, { each: [better("a", 0.98)], all: better("", factor).machine }));
  assert.equal(said(0.96), "Not even all improvements of the machine at once take 5.0 % of it away: it seems to wait for its own results.");
  assert.equal(said(0.92), "No single improvement of the machine takes 5.0 % of it away, but all of them at once take 8.0 %: several things hold it up, and which cannot be told.");
  assert.equal(said(0.7), "No single improvement of the machine takes 5.0 % of it away, but all of them at once take 30.0 %: several things hold it up, and which cannot be told.");
  assert.equal(limitWords(limitsOf(representation, base, NO_IMPROVEMENTS)), "");
  assert.equal(limitWords(limitsOf(new Float64Array(base.vector.length), base, { each: [better("a", 0.5)], all: better("", 0.5).machine })), "", "what takes no time is limited by nothing");
});

test("the front has what nothing beats in both", () => {
  assert.deepEqual(frontOf(Float64Array.of(3, 1, 2, 2), Float64Array.of(1, 5, 2, 3)), [1, 2, 0]);
});

test("a space holds every combination once; its middle has the vector of the library", () => {
  const space = createSpace(base, [{ path: "l1d.size_kb", values: [16, 32] }, { path: "bp", values: [base["bp"] as string, "local"] }], encoder);
  assert.equal(space.count, 4);
  const all = Array.from({ length: 4 }, (_, i) => space.valuesOf(i).join(" "));
  assert.equal(new Set(all).size, 4);
  const middle = all.indexOf(`${parametersOf(base).get("l1d.size_kb")} ${String(base["bp"])}`);
  space.vectorsOf([middle]).forEach((v, k) => assert.ok(Math.abs(v - base.vector[k]!) <= 1e-12 * base.vector[k]!, `dimension ${k}: ${v} and ${base.vector[k]}`));
  assert.equal(parametersOf(space.machineOf(middle ^ 1)).get("bp"), "local");
  assert.equal(parametersOf(base).get("bp"), base["bp"], "the machine in the middle stays as it is");
  assert.throws(() => createSpace(base, [{ path: "bp", values: ["tage"] }, { path: "bp", values: ["tage"] }], encoder), /varied twice/);
});

test("exploring finds the smallest objective among ten thousand designs", () => {
  const axes = [parseAxis("l1d.size_kb=4..128", known), parseAxis("l2.size_kb=256..8192", known), parseAxis("freq_ghz=1..3+0.1", known), parseAxis("numROBEntries=32..320+24", known)];
  const space = createSpace(base, axes, encoder);
  assert.ok(space.count > 9000, `${space.count}`);
  const program = Float64Array.from({ length: model.dimensions }, (_, k) => 1e6 * (1 + (k % 3)));
  const found = explore(space, [program], readFormula("1000 + l2.size_kb", "--cost", known, []), readFormula("time * cost", "--objective", known, ["time", "cost"]));
  assert.equal(found.objective[found.best], found.objective.reduce((a, b) => Math.min(a, b)));
  assert.ok(found.front.includes(found.time.indexOf(found.time.reduce((a, b) => Math.min(a, b)))));
});

test("parameters are checked: missing, of another type, unknown, senseless, and what is beyond the library is told", () => {
  const changed = (path: string, value: number | string | boolean) => withParameters(base, new Map([[path, value]]));
  assert.deepEqual(checkParameters(base, machines, "m"), []);
  assert.match(checkParameters(changed("l2.size_kb", 16384), machines, "m")[0]!, /extrapolation/);
  for (const [machine, says] of [
    [changed("l1d.size_kb", 1 << 20), /far from what any machine/], [changed("l1d.size_kb", "big"), /must be a number/], [changed("l1d.sise_kb", 4), /nearest is "l1d.size_kb"/],
    [changed("bp", "oracle"), /known are/], [{ ...base, params: {} }, /missing/],
  ] as const) assert.throws(() => checkParameters(machine, machines, "m"), says);
});

test("the encoder gives non-negative vectors, and refuses what was made for something else", () => {
  for (const machine of machines) assert.ok(encoder.encode(machine).every((v) => v >= 0 && Number.isFinite(v)), machine.name);
  assert.throws(() => parseEncoder('{"format":1,"features":3}', "e.json", 4), /e\.json: it was made for 3 features/);
});

test("a matrix times its inverse is one, and non-negative least squares keeps to its bound", () => {
  const matrix = Float64Array.of(4, 1, 0, 1, 3, 1, 0, 1, 2);
  const other = inverse(matrix, 3);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) {
    let sum = 0;
    for (let k = 0; k < 3; k++) sum += matrix[3 * i + k]! * other[3 * k + j]!;
    assert.ok(Math.abs(sum - (i === j ? 1 : 0)) < 1e-12);
  }
  const problem = quadratic(2);
  addEquation(problem, [1, 0], 0, -1, 1);
  addEquation(problem, [0, 1], 0, 2, 1);
  assert.deepEqual([...solveNonNegative(problem, [1, 1])].map((v) => Number(v.toFixed(6))), [0, 2]);
});

test("a machine that is fitted comes nearer than its first guess, on a run that was not fitted; without runs it is the guess", () => {
  const truth = machines.find((m) => m.name === "boom-large-class")!;
  const others = machines.filter((m) => m !== truth);
  // Runs are unlike each other, as programs are: their weight lies in different dimensions.
  const run = (seed: number): Float64Array => Float64Array.from({ length: model.dimensions }, (_, k) => 1 + 9 * Math.abs(Math.sin(seed * (k + 1))));
  const price = (r: Float64Array, v: ArrayLike<number>): number => r.reduce((sum, x, k) => sum + x * v[k]!, 0);
  const prior = priorOf(others, encoder, undefined);
  const fitted = fitVector([1, 2, 3].map((seed) => ({ total: run(seed), time: price(run(seed), truth.vector) })), prior);
  const error = (v: ArrayLike<number>): number => Math.abs(price(run(5), v) / price(run(5), truth.vector) - 1);
  assert.ok(fitted.every((v) => v >= 0));
  assert.ok(error(fitted) < 0.2 && error(fitted) < error(prior.mean), `${error(fitted)} ${error(prior.mean)}`);
  assert.ok(fitVector([], prior).every((v, k) => Math.abs(v - prior.mean[k]!) < 1e-3 * (1 + prior.mean[k]!)));
});

test("values are spread from end to end, by ratio over a wide range; whole ones are there once", () => {
  assert.deepEqual(spread(1, 2, 5, false), [1, 1.25, 1.5, 1.75, 2]);
  assert.deepEqual(spread(4, 64, 5, true), [4, 8, 16, 32, 64]);
  assert.deepEqual(spread(1, 4, 100, true), [1, 2, 3, 4]);
  assert.deepEqual(spread(0, 4, 3, true), [0, 2, 4]);
  assert.deepEqual(spread(7, 9, 1, true), [7]);
});

test("a moving grid's times are those of the encoder: exact where there are few values, else to a tenth of a percent", () => {
  const programs = [1, 2].map((seed) => Float64Array.from({ length: model.dimensions }, (_, k) => 1e3 * (1 + Math.abs(Math.sin(seed * (k + 1))))));
  const errors = (a: string, from: number, to: number, b: string, low: number, high: number, steps: number): number => {
    const axes = [[a, from, to], [b, low, high]].map(([path, least, most]) => ({ path: path as string, values: spread(least as number, most as number, steps, known.get(path as string)!.whole) }));
    const space = createSpace(base, axes, encoder, new Map([["l1d.assoc", 8]]));
    const exact = explore(space, programs, readFormula("1", "--cost", known, []), readFormula("time", "--objective", known, ["time"])).time;
    const coarse = coarseTimes(space, programs);
    assert.equal(coarse.length, space.count);
    return exact.reduce((worst, t, i) => Math.max(worst, Math.abs(coarse[i]! / t - 1)), 0);
  };
  assert.ok(errors("freq_ghz", 1, 4, "l2.size_kb", 128, 4096, 40) < 1e-3);
  assert.ok(errors("l1d.size_kb", 4, 256, "params.numROBEntries", 32, 320, 40) < 1e-3);
  assert.ok(errors("freq_ghz", 1, 4, "params.issueWidth", 1, 8, NODES) < 1e-9, "kinks do no harm where every value is priced");
  assert.ok(errors("freq_ghz", 2, 2, "l1d.size_kb", 32, 32, 1) < 1e-9, "a single design is a grid, too");
});

test("the mean of several programs is geometric, and changes that all designs have count", () => {
  assert.deepEqual([...geometricMean([Float64Array.of(1, 4), Float64Array.of(4, 4)])].map((v) => Number(v.toFixed(9))), [2, 4]);
  const axes = [{ path: "l1d.size_kb", values: [16, 32] }];
  const slow = createSpace(base, axes, encoder, new Map([["freq_ghz", base.freq_ghz / 2]]));
  assert.equal(slow.machineOf(1).freq_ghz, base.freq_ghz / 2);
  assert.notDeepEqual(slow.vectorsOf([1]), createSpace(base, axes, encoder).vectorsOf([1]));
});

test("a machine made from another without a change has its vector; one with a change differs by what the encoder says", () => {
  const total = (v: ArrayLike<number>): number => Array.from(v).reduce((sum, x) => sum + x, 0);
  assert.ok(Math.abs(total(encodeFrom(base, base, encoder)) / total(base.vector) - 1) < 0.02);
  const faster = encodeFrom(base, { ...base, freq_ghz: 2 * base.freq_ghz }, encoder);
  assert.ok(total(faster) < 0.9 * total(base.vector));
  const bare = { ...base, vector: [] };
  assert.deepEqual(encodeFrom(bare, base, encoder), encoder.encode(base), "without a vector there is nothing to be anchored at");
});

test("a single value is checked: whole where all are whole, and how far it is from the library", () => {
  const check = (path: string, value: number | string) => checkValue(path, value, known.get(path)!);
  assert.deepEqual(check("l1d.size_kb", 48), { error: "", warning: "" });
  assert.match(check("l1d.size_kb", 48.5).error, /whole number/);
  assert.match(check("l1d.size_kb", 512).warning, /extrapolation/);
  assert.match(check("l1d.size_kb", NaN).error, /must not be negative|number/);
  assert.deepEqual(check("freq_ghz", 1.85), { error: "", warning: "" });
});

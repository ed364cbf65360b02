/** What a call tree and slices say on a machine, and how a report keeps them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { calledFunctions, calledName, callTimes, childrenOf } from "../../src/core/profile/call-tree";
import { phasesOf } from "../../src/core/profile/phases";
import { type CallTree, latencies, NO_FUNCTION, type Profile, total } from "../../src/core/profile/profile";
import { readReport, writeReport } from "../../src/core/report/report";
import { machine, profile, tree } from "./call-profile";
import { refusesDamage } from "./damage";

test("inclusive time of a path is its own and what it calls; the root's is the program's", () => {
  const times = callTimes(profile, machine);
  assert.deepEqual([...times.exclusive], [0, 21, 43, 22, 43, 44, 43]);
  assert.deepEqual([...times.inclusive], [216, 216, 65, 22, 130, 87, 43]);
  assert.equal(times.inclusive[0], total(latencies(profile, machine)));
  assert.deepEqual(childrenOf(tree, times), [[1], [4, 2], [3], [], [5], [6], []]);
});

test("a function's inclusive time counts recursion once, and so does what it takes for a caller", () => {
  const found = calledFunctions(tree, callTimes(profile, machine));
  const { callers: byFib, ...fib } = found.get(3)!;
  assert.deepEqual(fib, { function: 3, exclusive: 87, inclusive: 130, calls: 9 });
  assert.deepEqual(byFib, [{ function: 0, exclusive: 43, inclusive: 130, calls: 1 }, { function: 3, exclusive: 44, inclusive: 87, calls: 8 }]);
  assert.deepEqual(found.get(2)!.callers.map((c) => [calledName(profile, c.function), c.inclusive, c.calls]), [["fib", 43, 4], ["work", 22, 10]]);
  assert.deepEqual(found.get(0)!.callers.map((c) => [calledName(profile, c.function), c.inclusive]), [["(program)", 216]]);
});

test("phases are slices in order, several of them together where fewer are wanted", () => {
  assert.deepEqual(phasesOf(profile as never, machine), [
    { first: 0, executed: 32, time: 84 }, { first: 32, executed: 32, time: 44 }, { first: 64, executed: 32, time: 44 }, { first: 96, executed: 4, time: 44 },
  ]);
  assert.deepEqual(phasesOf(profile as never, machine, 2), [{ first: 0, executed: 64, time: 128 }, { first: 64, executed: 36, time: 88 }]);
  assert.deepEqual(phasesOf(profile as never, machine, 3).map((p) => p.executed), [64, 36]);
  assert.deepEqual(phasesOf(profile as never, machine, 1).map((p) => p.time), [216]);
});

test("a report keeps both, and one without them is still one", () => {
  assert.deepEqual(readReport(writeReport(profile), "r"), profile);
  const { calls: _, slices: __, ...older } = profile;
  assert.deepEqual(readReport(writeReport(older), "r"), older);
});

test("a damaged byte is told or changes nothing", () => {
  refusesDamage(writeReport(profile), profile);
});

test("a tree and slices that no prediction gives are refused, though the file is sound", () => {
  const slices = profile.slices!;
  const line = (n: number): CallTree => ({
    parents: Uint32Array.from({ length: n }, (_, i) => Math.max(0, i - 1)), functions: Uint32Array.from({ length: n }, (_, i) => (i ? 0 : NO_FUNCTION)),
    calls: new Float64Array(n), executed: new Float64Array(n), sums: new Float32Array(2 * n), isCut: false,
  });
  const cases: [Partial<Profile>, RegExp][] = [
    [{ calls: { ...tree, parents: Uint32Array.of(0, 0, 1, 3, 1, 4, 5) } }, /stands before its caller/],
    [{ calls: { ...tree, parents: Uint32Array.of(0, 9, 1, 2, 1, 4, 5) } }, /stands before its caller/],
    [{ calls: { ...tree, parents: Uint32Array.of(1, 0, 1, 2, 1, 4, 5) } }, /stands before its caller/],
    [{ calls: { ...tree, functions: Uint32Array.of(NO_FUNCTION, 0, 1, 2, 3, 3, 4) } }, /called function is out of range/],
    [{ calls: { ...tree, functions: Uint32Array.of(NO_FUNCTION, NO_FUNCTION, 1, 2, 3, 3, 2) } }, /called function is out of range/],
    [{ calls: { ...tree, functions: Uint32Array.of(0, 0, 1, 2, 3, 3, 2) } }, /called function is out of range/],
    [{ calls: { ...tree, calls: Float64Array.of(0, 1, 2, NaN, 1, 8, 4) } }, /number of calls/],
    [{ calls: { ...tree, executed: Float64Array.of(0, 1, 2, -1, 1, 8, 4) } }, /number of calls/],
    [{ calls: { ...tree, executed: Float64Array.of(0, 1, 2) } }, /calls\/executed does not hold 7 numbers/],
    [{ calls: { ...tree, sums: tree.sums.map((v) => -v) } }, /negative/],
    [{ calls: { ...tree, sums: tree.sums.map((v) => 2 * v) } }, /calls do not add up to the program/],
    [{ calls: { ...tree, sums: tree.sums.map(() => NaN) } }, /not a number/],
    [{ calls: line(300) }, /deeper than are kept/],
    [{ calls: line(40_000) }, /size of the call tree/],
    [{ calls: line(0) }, /size of the call tree/],
    [{ calls: { ...tree, isCut: "yes" as unknown as boolean } }, /size of the call tree/],
    [{ slices: { ...slices, length: 0 } }, /slices of the run/],
    [{ slices: { ...slices, executed: 500 } }, /slices of the run/],
    [{ slices: { ...slices, executed: 1.5 } }, /slices of the run/],
    [{ slices: { ...slices, length: 10, executed: 3000, sums: new Float32Array(600) } }, /slices of the run/],
    [{ slices: { ...slices, sums: slices.sums.map((v) => v / 2) } }, /slices do not add up/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => readReport(writeReport({ ...profile, ...change }), "odd.perfvec"), (e) => e instanceof UserError && message.test(e.message) && e.message.includes("odd.perfvec"), String(message));
  }
});

/** The shadow stack on sequences made by hand, the sums over paths, and slices of the run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CallPaths, FLOW, type FlowInstruction, MOST } from "../../src/core/profile/call-paths";
import { MOST_SLICES, Spread } from "../../src/core/profile/spread";

const NAMES = ["main", "f", "g", "h", "setjmp", "longjmp"];
/** Every function has 256 bytes; an instruction has 4. */
const at = (name: string, offset = 0): number => 0x1000 + 256 * NAMES.indexOf(name) + offset;
const entryAt = (pc: number): number | undefined => (pc >= 0x1000 && pc < at("longjmp", 256) ? pc - (pc % 256) : undefined);
const nameAt = (pc: number): string => NAMES[(pc - 0x1000) / 256] ?? `0x${pc.toString(16)}`;

type Step = number | [pc: number, flow: number];

/** Executes instructions one after another. @returns the path after each, and the paths in the end with calls and executed instructions */
function walk(steps: readonly Step[], symbols: (pc: number) => number | undefined = entryAt) {
  const statics: FlowInstruction[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (step: Step): number => {
    const [pc, flow] = typeof step === "number" ? [step, FLOW.plain] : step;
    const key = `${pc} ${flow}`;
    if (!numbers.has(key)) numbers.set(key, statics.push({ pc, length: 4, flow }) - 1);
    return numbers.get(key)!;
  };
  const index = Uint32Array.from(steps, numberOf);
  const paths = new CallPaths((number) => statics[number]!, symbols);
  const path = (node: number): string => (node === 0 ? "" : `${path(paths.parents[node]!)}/${nameAt(paths.entries[paths.functions[node]!]!)}`.replace(/^\//, ""));
  const trail = Array.from(index, (number) => path(paths.step(number)));
  const calls = Object.fromEntries(Array.from({ length: paths.count - 1 }, (_, i) => [path(i + 1), paths.calls[i + 1]]));
  return { trail, calls, paths, index, statics, path };
}

const call = (pc: number): Step => [pc, FLOW.call];
const ret = (pc: number): Step => [pc, FLOW.return];

test("calls go down and returns come back, also by a function of one instruction", () => {
  const { trail, calls } = walk([at("main"), call(at("main", 4)), at("f"), call(at("f", 4)), at("g"), ret(at("g", 4)), at("f", 8), ret(at("f", 12)), at("main", 8), call(at("main", 12)), ret(at("g")), at("main", 16)]);
  assert.deepEqual(trail, ["main", "main", "main/f", "main/f", "main/f/g", "main/f/g", "main/f", "main/f", "main", "main", "main/g", "main"]);
  assert.deepEqual(calls, { main: 1, "main/f": 1, "main/f/g": 1, "main/g": 1 });
});

test("branches within a function, a call of its own middle, and micro-operations of one pc move nothing", () => {
  const { trail, calls } = walk([at("main"), at("main", 40), at("main", 4), at("main", 4), at("main", 4), call(at("main", 8)), at("main", 100), ret(at("main", 104)), at("main", 12), at("main", 12)]);
  assert.deepEqual([...new Set(trail)], ["main"]);
  assert.deepEqual(calls, { main: 1 });
});

test("a tail call is a child of who jumps and returns to who called that; one back joins", () => {
  const chain = [at("main"), call(at("main", 4)), at("f"), at("g"), at("h"), ret(at("h", 4)), at("main", 8)];
  assert.deepEqual(walk(chain).trail, ["main", "main", "main/f", "main/f/g", "main/f/g/h", "main/f/g/h", "main"]);
  const machine: Step[] = [at("main"), call(at("main", 4)), ...Array.from({ length: 1000 }, (_, i) => at(i % 2 ? "g" : "f", 0)), ret(at("g", 4)), at("main", 8)];
  const { trail, calls } = walk(machine);
  assert.equal(trail.at(-1), "main");
  assert.deepEqual(calls, { main: 1, "main/f": 500, "main/f/g": 500 });
});

test("a part of a function that lies elsewhere goes back to its frame", () => {
  // f jumps into the middle of g (as into f.cold), which jumps back.
  const { trail } = walk([at("main"), call(at("main", 4)), at("f"), at("g", 8), at("g", 12), at("f", 4), ret(at("f", 8)), at("main", 8)]);
  assert.deepEqual(trail, ["main", "main", "main/f", "main/f/g", "main/f/g", "main/f", "main/f", "main"]);
});

test("recursion is told apart so deep, and joins beyond; every return is matched", () => {
  const deep = 1000;
  const down: Step[] = Array.from({ length: deep }, () => [at("f"), call(at("f", 4))] as Step[]).flat();
  const up: Step[] = Array.from({ length: deep }, () => ret(at("f", 8)));
  const { trail, calls, paths } = walk([at("main"), call(at("main", 4)), ...down, at("f"), ...up, ret(at("f", 8)), at("main", 8)]);
  assert.equal(trail.at(-1), "main");
  const folded = Array(MOST.recursion).fill("f").join("/");
  assert.equal(paths.count, 2 + MOST.recursion);
  assert.equal(calls[`main/${folded}`], deep + 1 - (MOST.recursion - 1));
  assert.equal(paths.isCut, false, "nothing is lost");
});

test("longjmp goes back to the frame of the function that it lands in, which then returns as ever", () => {
  const { trail, calls } = walk([
    at("main"), call(at("main", 4)), at("f"), call(at("f", 4)), ret(at("setjmp")), at("f", 8), call(at("f", 12)), at("g"), call(at("g", 4)), at("h"), call(at("h", 4)), ret(at("longjmp")),
    at("f", 8), ret(at("f", 20)), at("main", 8),
  ]);
  assert.deepEqual(trail.slice(11), ["main/f/g/h/longjmp", "main/f", "main/f", "main"]);
  assert.equal(calls["main/f"], 1);
});

test("a return further down pops what is above; of frames alike the nearest", () => {
  const { trail } = walk([at("main"), call(at("main", 4)), at("f"), call(at("f", 4)), at("g"), call(at("g", 4)), at("h"), ret(at("h", 4)), at("f", 8)]);
  assert.deepEqual(trail.slice(-2), ["main/f/g/h", "main/f"]);
});

test("counting may begin within calls: a return further than is known starts anew", () => {
  const { trail } = walk([at("g", 8), ret(at("g", 12)), at("f", 8), ret(at("f", 12)), at("main", 8)]);
  assert.deepEqual(trail, ["g", "g", "f", "f", "main"]);
});

test("a signal's handler is a child of what it interrupts, and comes back without a return", () => {
  const { trail } = walk([at("main"), at("main", 4), at("h"), ret(at("h", 4)), 0x9000, 0x9004, at("main", 8)]);
  assert.deepEqual(trail, ["main", "main", "main/h", "main/h", "main/h", "main/h", "main"]);
});

test("without symbols a function is what is called", () => {
  const { trail } = walk([at("main", 4), call(at("main", 8)), at("f"), at("f", 40), at("g"), ret(at("g", 4)), at("main", 12)], () => undefined);
  assert.deepEqual(trail, ["0x1004", "0x1004", "0x1004/f", "0x1004/f", "0x1004/f", "0x1004/f", "0x1004"]);
});

test("too many paths join their callers, and that is told; so do too deep ones", () => {
  const functions = 2 * MOST.nodes;
  const many = walk(Array.from({ length: functions }, (_, i) => [call(at("main", 4)), ret(0x100000 + 64 * i)] as Step[]).flat(), (pc) => (pc < 0x100000 ? entryAt(pc) : pc - (pc % 64)));
  assert.equal(many.paths.count, MOST.nodes);
  assert.equal(many.paths.isCut, true);
  assert.equal(many.trail.at(-1), "main");
  assert.equal(many.trail.at(-2), "main");
  const deep = walk(Array.from({ length: 1000 }, (_, i) => call(0x100000 + 64 * i)), (pc) => pc - (pc % 64));
  assert.equal(deep.paths.count, 1 + MOST.depth);
  assert.equal(deep.paths.isCut, true);
  // Back at the top, calls by turns have one node each, as if nothing had been cut.
  const after = walk([at("main"), ...Array.from({ length: 1000 }, (_, i) => call(0x100000 + 64 * i)), ret(0x100000 + 64 * 1000), ...Array.from({ length: 100 }, () => [call(at("main", 8)), ret(at("f")), call(at("main", 8)), ret(at("g"))]).flat()], (pc) => (pc < 0x100000 ? entryAt(pc) : pc - (pc % 64)));
  assert.equal(after.paths.isCut, true);
  assert.deepEqual([after.calls["main/f"], after.calls["main/g"]], [100, 100]);
});

test("a program that calls for ever and returns never is followed in bounded memory", () => {
  const { paths, index } = walk([at("main"), call(at("main", 4)), at("f"), call(at("f", 4))]);
  for (let i = 0; i < 3e6; i++) paths.step(index[i % 2 ? 3 : 2]!);
  assert.ok(paths.count <= 2 + MOST.recursion);
});

/** Representations [n * 2] that are told apart: the number of the row, and 1. */
const rows = (n: number, first = 0): Float32Array => Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 ? 1 : first + (i >> 1)));

test("sums over paths, and over slices, are the program's; slices double when they are full", () => {
  const { statics } = walk([at("main"), call(at("main", 4)), at("f"), ret(at("f", 4)), at("main", 8)]);
  for (const n of [1, 15, 16, 17, 16 * MOST_SLICES - 1, 16 * MOST_SLICES, 16 * MOST_SLICES + 1, 100_003]) {
    const paths = new CallPaths((number) => statics[number]!, entryAt);
    const spread = new Spread(2, paths);
    const index = Uint32Array.from({ length: n }, (_, i) => i % 5);
    for (let done = 0; done < n; done += 1000) {
      const count = Math.min(1000, n - done);
      spread.add(rows(count, done), index.subarray(done, done + count), count);
    }
    const slices = spread.finish()!;
    const all = (n * (n - 1)) / 2;
    const by = (sums: ArrayLike<number>, k: number): number => Array.from(sums).reduce((sum, v, i) => (i % 2 === k ? sum + v : sum), 0);
    assert.deepEqual([by(spread.sums, 0), by(spread.sums, 1)], [all, n]);
    assert.equal(spread.executed.reduce((a, b) => a + b, 0), n);
    assert.equal(slices.executed, n);
    const count = slices.sums.length / 2;
    assert.equal(count, Math.ceil(n / slices.length), `${n} rows`);
    assert.ok(count <= MOST_SLICES && (slices.length === 16 || count > MOST_SLICES / 2 - 1), `${count} slices of ${slices.length}`);
    for (let s = 0; s < count; s++) {
      const rowsOf = Math.min(n, (s + 1) * slices.length) - s * slices.length;
      assert.equal(slices.sums[2 * s + 1], rowsOf);
      const sum = (rowsOf * (2 * s * slices.length + rowsOf - 1)) / 2;
      assert.ok(Math.abs(slices.sums[2 * s]! - sum) <= 1e-6 * sum);
    }
  }
});

test("what is passed over is on the stack and counts nowhere", () => {
  const { index, paths: _, statics, ...rest } = walk([at("main"), call(at("main", 4)), at("f"), call(at("f", 4)), at("g"), ret(at("g", 4)), at("f", 8)]);
  assert.equal(rest.trail.length, 7);
  const paths = new CallPaths((number) => statics[number]!, entryAt);
  const spread = new Spread(2, paths);
  spread.pass(index.subarray(0, 2));
  spread.pass(index.subarray(2, 4));
  spread.add(rows(3), index.subarray(4), 3);
  spread.finish();
  assert.deepEqual(Array.from(spread.executed.subarray(0, paths.count)), [0, 0, 1, 2], "main has none, f what follows the call");
  assert.deepEqual(Array.from(paths.calls.subarray(0, paths.count)), [0, 0, 0, 1]);
});

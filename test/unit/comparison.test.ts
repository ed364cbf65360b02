import assert from "node:assert/strict";
import { test } from "node:test";
import type { Microarchitecture } from "../../src/core/model/description";
import { sum } from "../../src/core/profile/attribution";
import { NO_FILE, type Profile, total } from "../../src/core/profile/profile";
import { summing, timeOn } from "../../src/core/profile/representation";
import { functionAt, spansOf } from "../../src/core/profile/spans";
import { readLibrary } from "../../src/engine/assets";
import { type Anchor, detailOf, rowsOf, type Target, targetOf } from "../../src/host/comparison";
import { Result } from "../../src/host/result";
import { inSlices } from "../../src/host/slices";

const { model, machines } = readLibrary("models");
const named = (name: string): Microarchitecture => machines.find((m) => m.name === name)!;

/**
 * Frames of each instruction, innermost first: [function, line]. `outer` has lines 1 to 9 of a.c and a call of `inner`
 * inlined in line 4; `inner` stands in lines 5 to 6, as a lambda does; `away` has no line.
 */
const FRAMES: [f: number, line: number][][] = [[[0, 1]], [[0, 4]], [[1, 5], [0, 4]], [[1, 6], [0, 4]], [[0, 9]], [[2, 0]], [[1, 5], [0, 8]]];
const EXECUTIONS = [1, 10, 100, 100, 1, 50, 7];

function profileOf(): Profile {
  const n = FRAMES.length;
  const frames = FRAMES.flat();
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "none",
      limit: null, executed: 269, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: model.dimensions,
    pcs: Float64Array.from({ length: n }, (_, i) => 0x10000 + 4 * i),
    executions: Float64Array.from(EXECUTIONS),
    encodings: new Uint32Array(n),
    sums: Float32Array.from({ length: n * model.dimensions }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 20) / 16),
    measured: null,
    functions: ["outer", "inner<int>", "away"],
    files: ["/ws/a.c"],
    fileHashes: [""],
    frameStart: Uint32Array.from([0, ...FRAMES.map((_, i) => FRAMES.slice(0, i + 1).flat().length)]),
    frameFunction: Uint32Array.from(frames, ([f]) => f),
    frameFile: Uint32Array.from(frames, ([, line]) => (line ? 0 : NO_FILE)),
    frameLine: Uint32Array.from(frames, ([, line]) => line),
  };
}

const resultOf = (profile = profileOf()): Result => new Result("/ws/a.c", "a.c", profile, "/ws");
const at = (line: number | undefined, near = line ?? 1): Anchor => ({ file: "/ws/a.c", line, near, now: (line ?? near) + 100, stale: false });

function found(target: Target | string): Target {
  if (typeof target === "string") assert.fail(target);
  return target;
}

function run<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

function representationOf(profile: Profile, { parts }: Target): Float64Array {
  const whole = new Float64Array(profile.dimensions);
  for (const part of parts ?? [undefined]) run(summing(profile, part)).forEach((v, d) => (whole[d]! += v));
  return whole;
}

const isNear = (a: number, b: number, what: string): void => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${what}: ${a} and ${b}`);

test("what is summed once costs on every machine what pricing each instruction does", () => {
  const result = resultOf();
  const lines = [1, 4, 5, 6, 9].map((line) => ({ scope: "line" as const, line, inlined: false }));
  const functions = [1, 5].flatMap((line) => [true, false].map((inlined) => ({ scope: "function" as const, line, inlined })));
  for (const { scope, line, inlined } of [{ scope: "program" as const, line: 1, inlined: false }, ...lines, ...functions]) {
    const target = found(targetOf(result, at(line), { scope, inlined }));
    const rows = rowsOf(result.profile, target, representationOf(result.profile, target), machines, machines[0]!);
    assert.equal(rows.length, machines.length);
    for (const [m, machine] of machines.entries()) {
      const { latency, time } = result.on(machine);
      const priced = target.parts ? sum(target.parts.flat(), latency) : time;
      isNear(rows[m]!.time, priced, `${scope} ${line} on ${machine.name}`);
      isNear(rows[m]!.cycles, priced * machine.freq_ghz, machine.name);
    }
  }
});

test("CPI is of the instructions that are counted; speed-ups are against the baseline", () => {
  const result = resultOf();
  const target = found(targetOf(result, at(4), { scope: "line", inlined: true }));
  const [a, b] = rowsOf(result.profile, target, representationOf(result.profile, target), [named("p550-class"), named("u74-class")], named("u74-class"));
  assert.equal(target.executed, 210);
  isNear(a!.cpi!, a!.cycles / 210, "CPI");
  isNear(a!.speedup!, b!.time / a!.time, "speed-up");
  assert.equal(b!.speedup, 1);
  assert.deepEqual([a!.core, b!.core, a!.measured, a!.error], ["o3", "minor", null, null]);
  const idle = { ...target, parts: [], executed: 0 };
  const [row] = rowsOf(result.profile, idle, representationOf(result.profile, idle), [named("p550-class")], named("u74-class"));
  assert.deepEqual([row!.time, row!.cpi, row!.speedup], [0, null, null], "nothing is divided by nothing");
});

test("a line with calls inlined counts them when it shall; one that has nothing else always", () => {
  const result = resultOf();
  const own = found(targetOf(result, at(4), { scope: "line", inlined: false }));
  const whole = found(targetOf(result, at(4), { scope: "line", inlined: true }));
  assert.deepEqual([own.name, own.parts, own.hasInlined, own.executed], ["a.c:104", [[1]], true, 10]);
  assert.deepEqual(whole.parts!.flat().sort(), [1, 2, 3]);
  const calls = found(targetOf(result, at(8), { scope: "line", inlined: false }));
  assert.deepEqual([calls.parts!.flat(), calls.hasInlined, calls.executed], [[6], false, 7]);
});

test("the function of a line is the innermost around it; of a new line, that of the line above", () => {
  const result = resultOf();
  const name = (anchor: Anchor): string => {
    const target = targetOf(result, anchor, { scope: "function", inlined: false });
    return typeof target === "string" ? target : target.name;
  };
  assert.deepEqual([1, 3, 5, 6, 7, 9].map((line) => name(at(line))), ["outer", "outer", "inner<…>", "inner<…>", "outer", "outer"]);
  assert.equal(name(at(undefined, 3)), "outer");
  assert.match(name(at(10)), /a\.c:110 stands in no function/);
  assert.match(name({ ...at(1), file: "/ws/b.c" }), /b\.c:101 stands in no function/);
  const spans = spansOf(result.profile, result.places.functions).get("/ws/a.c")!;
  assert.deepEqual(spans.map(({ first, last, place }) => [place.name, first, last]), [["outer", 1, 9], ["inner<int>", 5, 6]]);
  assert.equal(functionAt([{ first: 1, last: 2, place: { ...spans[0]!.place, own: [1] } }, { first: 1, last: 2, place: spans[1]!.place }], 1)!.name, "inner<int>", "of equals the one with most code");
});

test("where nothing can be compared it is said why", () => {
  const result = resultOf();
  assert.match(String(targetOf(result, undefined, { scope: "line", inlined: false })), /Put the cursor into a line/);
  assert.equal(targetOf(result, at(3), { scope: "line", inlined: false }), "No instruction of a.c:103 was executed.");
  assert.equal(targetOf(result, at(undefined, 4), { scope: "line", inlined: false }), "No instruction of a.c:104 was executed.");
  assert.equal(found(targetOf(result, undefined, { scope: "program", inlined: false })).name, "a.c");
});

test("measured time stands in the row of its machine, and in words when that is another", () => {
  const plain = profileOf();
  const predicted = resultOf().on(named("u74-class")).latency;
  const measured = Float64Array.from(predicted, (ns) => ns / 1.25);
  const shown = (measuredOn: string | null, scope: "program" | "line") => {
    const result = resultOf({ ...plain, measured, provenance: { ...plain.provenance, measuredOn } });
    const target = found(targetOf(result, at(4), { scope, inlined: false }));
    const rows = rowsOf(result.profile, target, representationOf(result.profile, target), [named("p550-class"), named("u74-class")], named("p550-class"));
    return { rows, detail: detailOf(result.profile, target, named("p550-class")).join(" ") };
  };
  const { rows, detail } = shown("u74-class", "program");
  assert.equal(rows[0]!.measured, null);
  isNear(rows[1]!.measured!, total(measured), "the whole");
  isNear(rows[1]!.error!, 0.25, "error");
  assert.match(detail, /p550-class: 3-wide out of order.* 269 executed instructions.* measured [\d.]+ \S+ on u74-class\./);
  isNear(shown("u74-class", "line").rows[1]!.measured!, measured[1]!, "a line's");
  assert.match(shown(null, "program").detail, /measured [\d.]+ \S+\.$/);
  assert.doesNotMatch(shown("p550-class", "program").detail, /trace measured/);
});

test("long sums are made in turns, and dropped when nobody wants them any more", async () => {
  const n = 5000;
  const profile = { ...profileOf(), pcs: new Float64Array(n), sums: new Float32Array(n * model.dimensions).fill(1) };
  let turns = 0;
  const counted = (function* () {
    const work = summing(profile);
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      turns++;
      const start = performance.now();
      while (performance.now() - start < 3); // a slow machine
      yield;
    }
  })();
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 0);
  const representation = await inSlices(counted, () => false);
  clearInterval(ticking);
  assert.equal(turns, Math.ceil(n / 512) - 1);
  assert.ok(ticks >= 2, `others had ${ticks} turns`);
  assert.deepEqual([...representation!], new Array(model.dimensions).fill(n));
  isNear(timeOn(representation!, machines[0]!), n * machines[0]!.vector.reduce((a, b) => a + b, 0), "time");
  const endless = (function* (): Generator<void, number> { for (;;) yield; })();
  assert.equal(await inSlices(endless, () => true), undefined);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Microarchitecture, parseMachines } from "../../src/core/model/description";
import { withParameters } from "../../src/core/model/derive";
import { parseEncoder } from "../../src/core/model/encoder";
import { tune, type TuneExample } from "../../src/core/model/tune";

const dimensions = (JSON.parse(readFileSync("models/model.json", "utf8")) as { dimensions: number }).dimensions;
const text = readFileSync("models/encoder.json", "utf8");
const encoder = parseEncoder(text, "encoder.json", dimensions);
const base = parseMachines(readFileSync("models/machines.json", "utf8"), "machines.json", dimensions).find((m) => m.name === "p550-class")!;
const space = [16, 32, 64, 128].map((kb) => ({ ...withParameters(base, new Map([["l1d.size_kb", kb]])), name: `l1d-${kb}` }));

const representation = (seed: number): Float64Array => Float64Array.from(base.vector, (_, k) => 1 + Math.abs(Math.sin(seed * 37 + k * seed)) * 1000);
const priced = (r: ArrayLike<number>, machine: Microarchitecture, by = encoder): number => by.encode(machine).reduce((sum, v, k) => sum + v * r[k]!, 0);

/** Runs of programs on the whole space that take `factor` times what the encoder says. */
function runs(factors: Record<string, number>): TuneExample[] {
  return Object.entries(factors).flatMap(([program, factor], seed) =>
    space.map((machine): TuneExample => {
      const total = representation(seed + 1);
      const time = factor * priced(total, machine);
      return { program, machine, time, total, parts: { representations: Float64Array.from(total, (v) => v / 2), times: [time / 2] } };
    }),
  );
}

test("tuning learns what all programs of a space have in common, and machines of it that were not run profit", () => {
  const left: string[] = [];
  const tuned = tune(encoder, runs({ a: 1.2, b: 1.22, c: 1.18 }), (program) => left.push(program));
  assert.ok(tuned.steps > 0);
  assert.deepEqual(left, ["a", "b", "c"]);
  for (const { program, before, leftOut, after } of tuned.programs) {
    assert.ok(before > 0.16 && leftOut < 0.05 && after < 0.05, `${program}: ${before}, ${leftOut}, ${after}`);
  }
  const other = withParameters(base, new Map([["l1d.size_kb", 256]]));
  const again = parseEncoder(encoder.withLast(tuned.last), "tuned", dimensions);
  const r = representation(9);
  assert.ok(Math.abs(priced(r, other, again) / priced(r, other) - 1.2) < 0.05);
});

test("where programs contradict each other nothing helps those that are left out, and nothing is changed", () => {
  const tuned = tune(encoder, runs({ a: 1.3, b: 1 / 1.3 }));
  assert.equal(tuned.steps, 0);
  assert.deepEqual(tuned.last, encoder.last);
  for (const { before, after } of tuned.programs) assert.equal(after, before);
});

test("what comes of the last hidden layer is the machine's vector, and an encoder is written as it was read", () => {
  const { weight, bias } = encoder.last;
  const hidden = encoder.hidden(base);
  const vector = Float64Array.from(bias, (b, k) => {
    const z = hidden.reduce((sum, h, j) => sum + weight[k * hidden.length + j]! * h, b);
    return (Math.log1p(Math.exp(z)) * encoder.base[k]!) / base.freq_ghz;
  });
  encoder.encode(base).forEach((v, k) => assert.ok(Math.abs(v - vector[k]!) <= 1e-12 * Math.abs(v) + 1e-15, `${k}`));
  assert.deepEqual(JSON.parse(encoder.withLast(encoder.last)), JSON.parse(text));
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Microarchitecture, type ModelDescription, parseModelDescription } from "../../src/core/model/description";
import { describeMachine, howSure } from "../../src/core/model/summary";

test("a machine's width is that of its title: its narrowest stage", () => {
  const machines = JSON.parse(readFileSync("models/machines.json", "utf8")) as (Microarchitecture & { title: string })[];
  let named = 0;
  for (const machine of machines) {
    const width = /(\d+)-wide|(scalar)|(dual)-issue/.exec(machine.title);
    if (!width || machine.name.includes("+")) continue;
    named++;
    const wide = width[1] ?? (width[2] ? "1" : "2");
    assert.ok(describeMachine(machine).core.startsWith(`${wide}-wide `), `${machine.name}: ${machine.title}, ${describeMachine(machine).core}`);
  }
  assert.ok(named >= 12, String(named));
});

test("a machine without parameters is described by what is known", () => {
  assert.deepEqual(describeMachine({ name: "x", title: "X", core: "minor", freq_ghz: 1, vector: [] } as unknown as Microarchitecture), { core: "in order", clock: "1 GHz", caches: "", made: "" });
});

test("how sure the shipped model is stands in its description; both kinds of programs are named", () => {
  const text = readFileSync("models/model.json", "utf8");
  const model = parseModelDescription(text, "model.json");
  const { programError, unlikeProgramError } = model.accuracy!;
  assert.ok(howSure(model).includes(`${(100 * programError).toFixed(1)} % (of benchmark suites) and ${(100 * unlikeProgramError).toFixed(1)} %`), howSure(model));
  assert.equal(howSure({ ...model, accuracy: undefined } as unknown as ModelDescription), "");
  const damaged = JSON.stringify({ ...model, accuracy: { programError: "<b>" } });
  assert.throws(() => parseModelDescription(damaged, "model.json"), /model\.json: accuracy must have/);
});

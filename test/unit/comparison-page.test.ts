/** The parts of the comparison's page that touch no document, and what the host takes from it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isToHost, type MachineRow } from "../../webview/compare/protocol";
import { arrange, type Arrangement, barsOf, COLUMNS, columnsOf, fitted, summaryOf } from "../../webview/compare/rows";
import { START, stateOf } from "../../webview/compare/state";

const row = (name: string, time: number, more: Partial<MachineRow> = {}): MachineRow => ({
  name, title: `The ${name}`, core: "o3", kind: "4-wide out of order", time, cycles: 2 * time, cpi: time / 10, speedup: 6 / time, measured: null, error: null, ...more,
});
const ROWS = [row("r10", 3), row("r9", 1), row("tiny", 2, { core: "minor", kind: "1-wide in order", cpi: null, measured: 4, error: -0.5 })];
const names = (change: Partial<Arrangement>): string[] => arrange(ROWS, { sort: "time", descending: false, filter: "", core: "", ...change }).map((r) => r.name);

test("rows are sorted by any column, either way; what is not known comes last", () => {
  assert.deepEqual(names({}), ["r9", "tiny", "r10"]);
  assert.deepEqual(names({ descending: true }), ["r10", "tiny", "r9"]);
  assert.deepEqual(names({ sort: "machine" }), ["r9", "r10", "tiny"], "numbers in names count as numbers");
  assert.deepEqual(names({ sort: "speedup", descending: true }), ["r9", "tiny", "r10"]);
  assert.deepEqual(names({ sort: "cpi" }), ["r9", "r10", "tiny"]);
  assert.deepEqual(names({ sort: "cpi", descending: true }), ["r10", "r9", "tiny"]);
  assert.deepEqual(names({ sort: "measured" })[0], "tiny");
});

test("rows are filtered by every word, capitals and small letters alike, and by the kind of core", () => {
  assert.deepEqual(names({ filter: "R1" }), ["r10"]);
  assert.deepEqual(names({ filter: "order  the 1-WIDE" }), ["tiny"]);
  assert.deepEqual(names({ filter: "nobody" }), []);
  assert.deepEqual([names({ core: "minor" }), names({ core: "o3" })], [["tiny"], ["r9", "r10"]]);
});

test("columns of measured times are there where there are any; cells are texts for people", () => {
  assert.deepEqual(columnsOf(ROWS.slice(0, 2)), ["machine", "time", "cycles", "cpi", "speedup"]);
  assert.deepEqual(columnsOf(ROWS).slice(-2), ["measured", "error"]);
  assert.deepEqual(Object.values(COLUMNS).map((c) => c.text(ROWS[2]!)), ["tiny", "2.00 ns", "4", "", "3.00×", "4.00 ns", "−50.0 %"]);
});

test("the marked machines have bars, though they come late; names keep their ends", () => {
  const many = Array.from({ length: 30 }, (_, i) => row(`r${i}`, i));
  const bars = (marked: string[]) => barsOf(many, marked, 5).map((r) => r.name).join(" ");
  assert.equal(bars([]), "r0 r1 r2 r3 r4");
  assert.equal(bars(["r3", "gone"]), "r0 r1 r2 r3 r4");
  assert.equal(bars(["r29", "r7"]), "r0 r1 r2 r7 r29");
  assert.equal(bars(["r4", "r20"]), "r0 r1 r2 r4 r20");
  assert.equal(barsOf(many.slice(0, 3), ["r1"], 5).length, 3);
  assert.equal(fitted("short", 22), "short");
  const cut = fitted("neoverse-n1-class+l1d-fast", 22);
  assert.deepEqual([cut, cut.length], ["neoverse-n1…s+l1d-fast", 22]);
});

test("the summary names the fastest of those shown", () => {
  assert.equal(summaryOf(ROWS, "r10"), "Fastest of 3 machines: r9, 1.00 ns, 6.00 times as fast as r10.");
  assert.equal(summaryOf(ROWS.slice(1, 2), "r9"), "Fastest of 1 machine: r9, 1.00 ns.");
  assert.equal(summaryOf([], "r9"), "");
});

test("what another version saved is taken where it fits", () => {
  for (const saved of [undefined, null, 1, "x", {}, { want: { scope: "galaxy" }, sort: "constructor", filter: 5, core: "gpu" }]) assert.deepEqual(stateOf(saved), START);
  const state = { want: { scope: "line", follow: false, all: true, inlined: true, baseline: "u74-class" }, sort: "cpi", descending: true, filter: "class", core: "minor" };
  assert.deepEqual(stateOf(JSON.parse(JSON.stringify(state))), state);
});

test("nothing that the page says is taken on trust", () => {
  const want = { scope: "line", follow: true, all: false, inlined: false, baseline: null };
  for (const yes of [{ type: "want", want }, { type: "want", want: { ...want, baseline: "x" } }, { type: "choose", name: "x" }, { type: "predict" }, { type: "sample" }]) assert.ok(isToHost(yes), JSON.stringify(yes));
  for (const no of [null, "predict", [], {}, { type: "run" }, { type: "choose" }, { type: "choose", name: 1 }, { type: "want" }, { type: "want", want: null },
    { type: "want", want: { ...want, scope: "toString" } }, { type: "want", want: { ...want, follow: 1 } }, { type: "want", want: { ...want, baseline: 5 } }, { type: "want", want: { ...want, baseline: undefined } }]) {
    assert.equal(isToHost(no), false, JSON.stringify(no));
  }
});

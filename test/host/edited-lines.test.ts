import assert from "node:assert/strict";
import { test } from "node:test";
import { EditedLines, type Change } from "../../src/host/edited-lines";

const change = (start: number, end: number, text: string, more: Partial<Change> = {}): Change => ({
  start, end, text, empty: start === end, atLineStart: true, endsAtLineStart: start !== end, atLineEnd: false, ...more,
});

test("lines inserted above shift, and edit nothing", () => {
  const lines = new EditedLines(4);
  lines.apply([change(2, 2, "a\nb\n")]);
  assert.deepEqual([0, 1, 2, 3].map((l) => lines.now(l)), [0, 1, 4, 5]);
  assert.ok([0, 1, 2, 3].every((l) => !lines.isEdited(l)));
  assert.equal(lines.before(4), 2);
  assert.equal(lines.before(2), undefined);
});

test("a line break at the end of a line edits nothing; in the middle it does", () => {
  const end = new EditedLines(3);
  end.apply([change(0, 0, "\n  ", { atLineStart: false, atLineEnd: true })]);
  assert.deepEqual([0, 1, 2].map((l) => end.now(l)), [0, 2, 3]);
  assert.ok(!end.isEdited(0));
  const middle = new EditedLines(3);
  middle.apply([change(0, 0, "\n", { atLineStart: false })]);
  assert.ok(middle.isEdited(0));
  assert.equal(middle.now(1), 2);
});

test("typing greys its line only; deleting lines drops them and shifts the rest", () => {
  const lines = new EditedLines(6);
  lines.apply([change(1, 1, "x", { atLineStart: false })]);
  assert.deepEqual([0, 1, 2].map((l) => lines.isEdited(l)), [false, true, false]);
  lines.apply([change(2, 4, "", { empty: false })]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((l) => lines.now(l)), [0, 1, undefined, undefined, 2, 3]);
  assert.equal(lines.before(2), 4, "the line behind is no other's");
  assert.ok(!lines.isEdited(4));
  lines.reset();
  assert.deepEqual([0, 5].map((l) => [lines.now(l), lines.isEdited(l)]), [[0, false], [5, false]]);
});

test("whole lines replaced by whole lines leave the line behind alone; a part of a line does not", () => {
  const lines = new EditedLines(6);
  lines.apply([change(1, 4, "new\n", { empty: false })]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((l) => lines.now(l)), [0, 1, undefined, undefined, 2, 3]);
  assert.deepEqual([0, 1, 4, 5].map((l) => lines.isEdited(l)), [false, true, false, false]);
  const part = new EditedLines(4);
  part.apply([change(1, 2, "", { empty: false, endsAtLineStart: false })]);
  assert.ok(part.isEdited(1) && part.isEdited(2));
  assert.equal(part.now(3), 2);
});

test("any edits keep every line in the text or drop it", () => {
  let seed = 7;
  const random = (below: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  for (let round = 0; round < 200; round++) {
    let count = 20;
    const lines = new EditedLines(count);
    for (let edit = 0; edit < 10; edit++) {
      const start = random(count);
      const end = Math.min(count - 1, start + random(4));
      const inserted = random(3);
      lines.apply([change(start, end, "\n".repeat(inserted), { empty: start === end && random(2) === 0, atLineStart: random(2) === 0, atLineEnd: random(2) === 0, endsAtLineStart: random(2) === 0 })]);
      count += inserted - (end - start);
      for (let l = 0; l < 20; l++) {
        const now = lines.now(l);
        assert.ok(now === undefined || (now >= 0 && now <= count), `line ${l} at ${now} of ${count}`);
      }
    }
  }
});

test("many changes at once cost one pass, and do what they do one by one", () => {
  const count = 50_000;
  const together = new EditedLines(count);
  const changes = Array.from({ length: 20_000 }, (_, i) => change(2 * i, 2 * i, i % 3 ? "x" : "a\n", { atLineStart: i % 3 === 0, atLineEnd: false }));
  const start = performance.now();
  together.apply([...changes].reverse());
  assert.ok(performance.now() - start < 200, `${performance.now() - start} ms`);
  const single = new EditedLines(count);
  for (const one of changes.slice(-300).reverse()) single.apply([one]);
  const few = new EditedLines(count);
  few.apply(changes.slice(-300));
  for (let line = 0; line < count; line += 7) assert.deepEqual([few.now(line), few.isEdited(line)], [single.now(line), single.isEdited(line)], `line ${line}`);
});

test("the first line from a place on is found among lines that are gone", () => {
  const lines = new EditedLines(40);
  lines.apply([change(3, 30, "", { empty: false }), change(35, 35, "new\nnew\n")]);
  const slow = (now: number): number => [...Array(40).keys()].find((line) => (lines.now(line) ?? -1) >= now) ?? 40;
  // One that is gone stands nowhere: where it is found does not matter.
  const skip = (line: number): number => [...Array(41).keys()].find((n) => n >= line && (n === 40 || lines.now(n) !== undefined))!;
  for (let now = 0; now < 20; now++) assert.equal(skip(lines.from(now)), slow(now), `line ${now}`);
  assert.equal(new EditedLines(0).from(0), 0);
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { changeText, comparedByFunctions, type Diff, isSlower, match, price, relative } from "../../src/core/profile/diff";
import { align, lineHashesOf, work } from "../../src/core/profile/line-hashes";
import { NO_FILE, type Profile, type Provenance } from "../../src/core/profile/profile";

const machine = { name: "x", title: "X", core: "o3" as const, freq_ghz: 1, vector: [1] };

interface Instruction {
  in: string;
  at?: [file: string, line: number];
  ns: number;
  executions?: number;
  linkage?: string;
}

/** @param texts by file; a file that is not there has neither hash nor lines */
function profileOf(instructions: Instruction[], texts: Record<string, string> = {}, provenance: Partial<Provenance> = {}): Profile {
  const names = instructions.map((i) => ({ name: i.in, linkage: i.linkage ?? i.in, home: i.at?.[0] ?? "" }));
  const keys = [...new Set(names.map((n) => `${n.linkage}\0${n.home}`))];
  const named = keys.map((key) => names.find((n) => `${n.linkage}\0${n.home}` === key)!);
  const files = [...new Set(instructions.flatMap((i) => i.at?.[0] ?? []))];
  const n = instructions.length;
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: "m", featureSet: "f", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: null, executed: 30, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [], ...provenance,
    },
    dimensions: 1,
    pcs: Float64Array.from({ length: n }, (_, i) => 0x100 + 4 * i),
    executions: Float64Array.from(instructions, (i) => i.executions ?? 1),
    encodings: new Uint32Array(n),
    sums: Float32Array.from(instructions, (i) => i.ns),
    measured: null,
    functions: named.map((f) => f.name),
    linkageNames: named.map((f) => f.linkage),
    files,
    fileHashes: files.map((file) => (texts[file] === undefined ? "" : createHash("sha256").update(texts[file]).digest("hex"))),
    lineHashes: files.map((file) => (texts[file] === undefined ? new Uint32Array(0) : lineHashesOf(texts[file]))),
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: Uint32Array.from(names, (f) => keys.indexOf(`${f.linkage}\0${f.home}`)),
    frameFile: Uint32Array.from(instructions, (i) => (i.at ? files.indexOf(i.at[0]) : NO_FILE)),
    frameLine: Uint32Array.from(instructions, (i) => i.at?.[1] ?? 0),
  };
}

const diffOf = (before: Profile, after: Profile): Diff => price(match(before, after), machine);
const linesOf = (diff: Diff) =>
  diff.lines.map((l) => [l.how, l.before?.line, l.after?.line, l.time.before, l.time.after]).sort((a, b) => Number(a[1] ?? a[2]) - Number(b[1] ?? b[2]));
const functionsOf = (diff: Diff) => Object.fromEntries(diff.functions.map((f) => [(f.after ?? f.before)!.name, [f.how, f.time.before, f.time.after]]));

/** Lines, files that are compared by functions, and what has no line make up the total; so do functions. */
function addsUp(diff: Diff): void {
  for (const side of ["before", "after"] as const) {
    const sum = (all: { time: { before: number; after: number } }[]): number => all.reduce((s, { time }) => s + time[side], 0);
    assert.equal(sum(diff.functions), diff.total[side]);
    assert.equal(sum(diff.lines) + sum(comparedByFunctions(diff)) + diff.withoutLine[side], diff.total[side]);
  }
}

const OLD = "int f(int x) {\n  x += 1;\n  x *= 2;\n  x -= 3;\n  return x;\n}\n";
const NEW = "// a comment\nint f(int x) {\n\tx += 1;\n  x *= 7;\n  return x;\n}\nint g;\n";

test("lines are aligned across insertions, deletions, edits in place and another indentation", () => {
  const { after, edited } = align(lineHashesOf(OLD), lineHashesOf(NEW), work())!;
  // Two lines became one: neither is said to be the other.
  assert.deepEqual([...after], [0, 2, 3, 0, 0, 5, 6, 8]);
  assert.deepEqual([...edited].filter(Boolean), []);
  const inPlace = align(lineHashesOf("a\nb\nc"), lineHashesOf("new\na\nB\nc"), work())!;
  assert.deepEqual([[...inPlace.after], [...inPlace.edited]], [[0, 2, 3, 4], [0, 0, 1, 0]]);
  assert.deepEqual([...align(lineHashesOf("a\r\nb\r\n"), lineHashesOf("a\nb\n"), work())!.after], [0, 1, 2, 3]);
});

test("texts that have nothing in common are given up, soon, however many there are", () => {
  const numbers = (from: number): Uint32Array => Uint32Array.from({ length: 20_000 }, (_, i) => from + i);
  const all = work();
  const start = performance.now();
  for (let i = 0; i < 100; i++) assert.equal(align(numbers(0), numbers(1e6), all), undefined);
  assert.ok(performance.now() - start < 10_000, `${performance.now() - start} ms`);
  assert.equal(align(Uint32Array.of(1), Uint32Array.of(2), all), undefined, "no work is left, not even for little");
  assert.ok(align(Uint32Array.of(1), Uint32Array.of(2), work()));
});

test("lines of an edited source are matched by a line diff; new and gone ones are told", () => {
  const before = profileOf([
    { in: "f", at: ["/ws/a.c", 2], ns: 10 }, { in: "f", at: ["/ws/a.c", 3], ns: 20 }, { in: "f", at: ["/ws/a.c", 5], ns: 5 }, { in: "memcpy", ns: 7 },
  ], { "/ws/a.c": OLD });
  const after = profileOf([
    { in: "f", at: ["/ws/a.c", 3], ns: 15 }, { in: "f", at: ["/ws/a.c", 4], ns: 40 }, { in: "f", at: ["/ws/a.c", 5], ns: 5 }, { in: "memcpy", ns: 9 },
  ], { "/ws/a.c": NEW });
  const diff = diffOf(before, after);
  assert.deepEqual(diff.files.map(({ by }) => by), ["lines"]);
  assert.deepEqual(linesOf(diff), [["same", 2, 3, 10, 15], ["gone", 3, undefined, 20, 0], ["new", undefined, 4, 0, 40], ["same", 5, 5, 5, 5]]);
  assert.deepEqual(functionsOf(diff), { f: ["same", 35, 60], memcpy: ["same", 7, 9] });
  assert.deepEqual([diff.total, diff.withoutLine], [{ before: 42, after: 69 }, { before: 7, after: 9 }]);
  addsUp(diff);
});

test("a line that is edited in place is compared to what stood there", () => {
  const at = (ns: number): Instruction[] => [{ in: "f", at: ["/ws/a.c", 3], ns }];
  const diff = diffOf(profileOf(at(10), { "/ws/a.c": OLD }), profileOf(at(4), { "/ws/a.c": OLD.replace("x *= 2", "x <<= 1") }));
  assert.deepEqual(linesOf(diff), [["edited", 3, 3, 10, 4]]);
});

test("without the lines of a report, the same text is matched by line numbers and another by functions alone", () => {
  const bare = (p: Profile): Profile => {
    const { lineHashes: _, linkageNames: __, ...rest } = p;
    return rest;
  };
  const at = (ns: number): Instruction[] => [{ in: "f", at: ["/ws/a.c", 3], ns }];
  const same = diffOf(bare(profileOf(at(10), { "/ws/a.c": OLD })), profileOf(at(4), { "/ws/a.c": OLD }));
  assert.deepEqual([same.files[0]!.by, linesOf(same)], ["text", [["same", 3, 3, 10, 4]]]);
  for (const other of [profileOf(at(4), { "/ws/a.c": NEW }), profileOf(at(4))]) {
    const diff = diffOf(bare(profileOf(at(10), { "/ws/a.c": OLD })), other);
    assert.deepEqual([diff.files[0]!.by, linesOf(diff)], ["functions", []]);
    assert.deepEqual(functionsOf(diff), { f: ["same", 10, 4] });
    assert.deepEqual(comparedByFunctions(diff).map((f) => [f.after, f.time]), [["/ws/a.c", { before: 10, after: 4 }]]);
    addsUp(diff);
  }
});

test("files are matched in two checkouts; two that fit alike are not confused", () => {
  const checkout = (root: string, ns: number): Profile =>
    profileOf([{ in: "f", at: [`${root}/one/a.c`, 2], ns }, { in: "f", at: [`${root}/two/a.c`, 2], ns: 10 * ns }, { in: "main", at: [`${root}/main.c`, 1], ns: 1 }]);
  const diff = diffOf(checkout("/base", 1), checkout("/head/src", 2));
  assert.deepEqual(diff.files.map((f) => [f.before, f.after]).sort(), [["/base/main.c", "/head/src/main.c"], ["/base/one/a.c", "/head/src/one/a.c"], ["/base/two/a.c", "/head/src/two/a.c"]]);
  // Static functions of one name, each in its own file.
  assert.deepEqual(diff.functions.map((f) => [f.time.before, f.time.after]).sort(), [[1, 1], [1, 2], [10, 20]]);
  const twice = profileOf([{ in: "f", at: ["/b/x/a.c", 2], ns: 1 }, { in: "g", at: ["/b/y/a.c", 2], ns: 1 }], { "/b/x/a.c": "1", "/b/y/a.c": "2" });
  const once = profileOf([{ in: "h", at: ["/c/a.c", 2], ns: 1 }], { "/c/a.c": "3" });
  assert.ok(diffOf(twice, once).files.every((f) => f.before === undefined || f.after === undefined));
});

test("overloads are told apart by linkage name, and matched by name where a report has none", () => {
  const overloads = (a: number, b: number): Profile =>
    profileOf([{ in: "f", linkage: "_Z1fi", at: ["/ws/a.cpp", 1], ns: a }, { in: "f", linkage: "_Z1fd", at: ["/ws/a.cpp", 2], ns: b }], { "/ws/a.cpp": "1\n2\n" });
  const apart = diffOf(overloads(1, 10), overloads(2, 10));
  assert.deepEqual(apart.functions.map((f) => [f.after!.linkageName, f.time.before, f.time.after]), [["_Z1fi", 1, 2], ["_Z1fd", 10, 10]]);
  const { linkageNames: _, ...old } = overloads(1, 10);
  const summed = diffOf(old, overloads(2, 10));
  assert.deepEqual(summed.functions.map((f) => [f.how, f.time.before, f.time.after]), [["same", 11, 12]]);
  addsUp(summed);
});

test("renamed, moved, new and deleted functions", () => {
  const before = profileOf([
    { in: "old", at: ["/ws/a.c", 2], ns: 10 }, { in: "old", at: ["/ws/a.c", 3], ns: 10 }, { in: "moving", at: ["/ws/a.c", 9], ns: 1 }, { in: "dropped", at: ["/ws/a.c", 4], ns: 3 },
  ], { "/ws/a.c": "int old(void) {\n  one\n  two\n}\n" });
  const after = profileOf([
    { in: "fresh", at: ["/ws/a.c", 2], ns: 11 }, { in: "fresh", at: ["/ws/a.c", 3], ns: 12 }, { in: "moving", at: ["/ws/b.c", 9], ns: 2 }, { in: "added", at: ["/ws/b.c", 20], ns: 4 },
  ], { "/ws/a.c": "int fresh(void) {\n  one\n  two\n}\n" });
  const diff = diffOf(before, after);
  assert.deepEqual(functionsOf(diff), { fresh: ["renamed", 20, 23], moving: ["moved", 1, 2], dropped: ["gone", 3, 0], added: ["new", 0, 4] });
  addsUp(diff);
});

test("what makes the runs differ besides the code is said", () => {
  const one: Instruction[] = [{ in: "f", ns: 1 }];
  const notes = (b: Partial<Provenance>, a: Partial<Provenance>): string => match(profileOf(one, {}, b), profileOf(one, {}, a)).notes.join("; ");
  assert.equal(notes({}, {}), "");
  assert.match(notes({ arguments: ["5"] }, { arguments: ["6"], stdin: "in" }), /the inputs differ: \["5"\] before, \["6"\] < in after/);
  assert.match(notes({ programHash: "ab" }, { programHash: "ab" }), /very same program/);
  assert.match(notes({}, { whole: false, limit: 30 }), /before is the whole run, after is a part of the run.*limit 30.*less time than the whole/);
  assert.match(notes({ whole: false }, { whole: false }), /need not be the same work/);
  assert.match(notes({}, { skipped: 9 }), /counting began/);
  assert.match(notes({}, { exitStatus: 1, ended: "exit status 1" }), /ended in different ways/);
  assert.match(notes({}, { traceSource: "gem5" }), /different sources: emulator before, gem5 after/);
});

test("reports of different models or features are refused, with both names", () => {
  const one: Instruction[] = [{ in: "f", ns: 1 }];
  for (const [other, message] of [[{ model: "n" }, /m before and n after/], [{ featureSet: "g" }, /m \(features f\) before and m \(features g\) after/]] as const) {
    assert.throws(() => match(profileOf(one), profileOf(one, {}, other)), (e) => e instanceof UserError && message.test(e.message));
  }
});

test("changes in words; nothing is divided by no time", () => {
  const texts: [number, number, string][] = [[100, 112, "+12.0 % slower"], [100, 92, "\u22128.0 % faster"], [100, 100.01, "unchanged"], [0, 5, "new"], [0, 0, "unchanged"], [5, 0, "gone"]];
  for (const [before, after, text] of texts) assert.equal(changeText({ before, after }), text);
  assert.equal(relative({ before: 0, after: 1 }), undefined);
  const slower: [number, number, boolean][] = [[100, 105, false], [100, 105.1, true], [100, 50, false], [0, 1, true], [0, 0, false]];
  for (const [before, after, is] of slower) assert.equal(isSlower({ before, after }, 0.05), is, `${before} ${after}`);
});

test("many functions and files are matched soon", () => {
  const many = (root: string): Profile => profileOf(Array.from({ length: 1000 }, (_, i) => ({ in: `${root}${i}`, at: [`/${root}/${i}.c`, 1] as [string, number], ns: 1 })));
  const [a, b] = [many("a"), many("b")];
  const start = performance.now();
  match(a, b);
  assert.ok(performance.now() - start < 2000, `${performance.now() - start} ms`);
});

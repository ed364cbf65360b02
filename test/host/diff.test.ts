import { alive, configuration, documents, events, Position, Range, Uri } from "./vscode-mock";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { lineHashesOf } from "../../src/core/profile/line-hashes";
import type { Profile, Provenance } from "../../src/core/profile/profile";
import { readLibrary } from "../../src/engine/assets";
import { Baselines } from "../../src/host/baselines";
import { DiffMarks } from "../../src/host/diff";
import { hoverAt } from "../../src/host/hover";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { ResultsTree } from "../../src/host/results-tree";
import { Tracking } from "../../src/host/tracking";

const OLD = "int hot(int x) {\n  x *= 3;\n  return x;\n}\n";
const NEW = "// new\nint hot(int x) {\n  x /= 3;\n  return x;\n  x++;\n}\n";
const FILE = "/ws/a.c";

/** @param times of lines, from 1, in any unit */
function profileOf(text: string, times: [line: number, time: number][], name = "hot", provenance: Partial<Provenance> = {}): Profile {
  const { model } = readLibrary("models");
  const n = times.length;
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: null, executed: 300, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [], ...provenance,
    },
    dimensions: model.dimensions,
    pcs: Float64Array.from(times, (_, i) => 0x10000 + 4 * i),
    executions: new Float64Array(n).fill(100),
    encodings: new Uint32Array(n).fill(0x02a58533),
    sums: Float32Array.from({ length: n * model.dimensions }, (_, i) => times[Math.floor(i / model.dimensions)]![1]),
    measured: null,
    functions: [name],
    linkageNames: [name],
    files: [FILE],
    fileHashes: [createHash("sha256").update(text).digest("hex")],
    lineHashes: [lineHashesOf(text)],
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: new Uint32Array(n),
    frameFile: new Uint32Array(n),
    frameLine: Uint32Array.from(times, ([line]) => line),
  };
}

const BEFORE = (): Profile => profileOf(OLD, [[2, 50], [3, 50]]);
const AFTER = (name?: string, provenance?: Partial<Provenance>): Profile => profileOf(NEW, [[3, 75], [4, 40], [5, 10]], name, provenance);

function documentOf(text: string) {
  const document = {
    uri: Uri.file(FILE),
    isDirty: true,
    text,
    getText(range?: Range) {
      return range ? this.text.split("\n")[range.start.line]!.slice(range.start.character, range.end.character) : this.text;
    },
    get lineCount() {
      return this.text.split("\n").length;
    },
    lineAt(line: number) {
      return { text: this.text.split("\n")[line] ?? "" };
    },
    getWordRangeAtPosition({ line, character }: Position, word: RegExp) {
      for (const found of this.text.split("\n")[line]!.matchAll(new RegExp(word, "g"))) {
        if (character >= found.index && character <= found.index + found[0].length) return new Range(line, found.index, line, found.index + found[0].length);
      }
      return undefined;
    },
  };
  documents.splice(0, documents.length, document);
  return document;
}

const memory = { get: () => undefined, update: async () => undefined, keys: () => [] } as never;

function setUp() {
  const document = documentOf(NEW);
  const results = new Results(memory, () => readLibrary("models"));
  const tracking = new Tracking(results);
  const baselines = new Baselines(results);
  const before = new Result(FILE, "a.c", BEFORE(), "/ws");
  results.add(before);
  baselines.set(before, "a.c", before.profile);
  const add = (profile: Profile): Result => {
    const result = new Result(FILE, "a.c", profile, "/ws");
    results.add(result);
    return result;
  };
  const hover = (line: number, character: number): string => (hoverAt(document as never, new Position(line, character) as never, results, tracking, baselines)!.contents as never as { value: string }).value;
  return { document, results, tracking, baselines, before, add, hover };
}

test("a prediction is compared with the baseline of its program, on the machine that is painted; the baseline with nothing", () => {
  const { results, baselines, before, add } = setUp();
  assert.equal(baselines.compare(before, results.machines[0]!), undefined);
  assert.ok(baselines.is(before));
  const after = add(AFTER());
  const { diff, title } = baselines.compare(after, results.machines[0]!)!;
  assert.equal(title, "a.c");
  assert.ok(Math.abs(diff.total.after / diff.total.before - 1.25) < 1e-6);
  assert.equal(baselines.compare(after, results.machines[0]!), baselines.compare(after, results.machines[0]!), "it is computed once");
  assert.notEqual(baselines.compare(after, results.library.machines[5]!)!.diff.machine, results.machines[0]);
  const other = new Result("/ws/b.c", "b.c", AFTER("hot", { program: "b.c" }), "/ws");
  assert.equal(baselines.compare(other, results.machines[0]!), undefined, "another program has no baseline");
  const report = new Result("/elsewhere/r.perfvec", "r", AFTER(), "/ws", false);
  assert.ok(baselines.compare(report, results.machines[0]!), "a report of the same program has");
  assert.equal(baselines.clear(after), true);
  assert.deepEqual([baselines.compare(after, results.machines[0]!), baselines.clear(after)], [undefined, false]);
});

test("setting and clearing a baseline makes every view look again", () => {
  const { results, baselines, before } = setUp();
  let looked = 0;
  results.onDidChange(() => looked++);
  baselines.set(before, "x", before.profile);
  baselines.clear(before);
  assert.equal(looked, 2);
});

test("changed lines are marked in words where they stand now; edits move the marks, edited lines lose theirs, the heatmap's switch is theirs", () => {
  const { document, results, tracking, baselines, add } = setUp();
  add(AFTER());
  const marks = new DiffMarks(results, tracking, baselines);
  const set: { range: Range; renderOptions: { after: { contentText: string } } }[][] = [];
  const paint = () => {
    set.length = 0;
    marks.paint({ document, setDecorations: (_: unknown, options: never) => void set.push(options) } as never);
    return marks.painted.get(document.uri.toString())!.map(({ line, text }) => [line, text.replace(/new, .*/, "new")]);
  };
  assert.deepEqual(paint(), [[2, "▲ +50.0 % slower"], [3, "▼ \u221220.0 % faster"], [4, "▲ new"]]);
  assert.deepEqual(set.map((options) => options.length), [2, 1], "slower, faster");
  assert.equal(set[0]![0]!.range.start.character, "  x /= 3;".length, "at the end of the line");
  assert.equal(set[0]![0]!.renderOptions.after.contentText, "▲ +50.0 % slower");
  const edit = (range: Range, text: string, after: string) => {
    document.text = after;
    events.change.fire({ document, contentChanges: [{ range, text }] });
  };
  edit(new Range(0, 0, 0, 0), "// more\n", `// more\n${NEW}`);
  assert.deepEqual(paint()[0], [3, "▲ +50.0 % slower"]);
  edit(new Range(3, 9, 3, 9), " x++;", `// more\n${NEW.replace("x /= 3;", "x /= 3; x++;")}`);
  assert.deepEqual(paint().map(([line]) => line), [4, 5]);
  configuration.set("heatmap", false);
  assert.deepEqual(paint(), []);
  configuration.delete("heatmap");
  marks.dispose();
  assert.equal(alive.size, 0);
});

test("small changes and none are not marked", () => {
  const { document, results, tracking, baselines, add } = setUp();
  add(profileOf(NEW, [[3, 50.5], [4, 50]]));
  const marks = new DiffMarks(results, tracking, baselines);
  marks.paint({ document, setDecorations: () => undefined } as never);
  assert.deepEqual(marks.painted.get(document.uri.toString()), []);
  marks.dispose();
});

test("a hover says before, now and change, of the line, the function and the program, with what else differs", () => {
  const { add, hover, results } = setUp();
  add(AFTER("hot", { arguments: ["7"] }));
  const line = hover(2, 3);
  assert.match(line, /Since `a\.c` \(edited\): [\d.]+ \S+ before, [\d.]+ \S+ now on `\S+`: \*\*\+50\.0 % slower\*\* \(\+.*\) · 100 executions before, 100 now/);
  assert.match(line, /Compared with `a\.c`: .* before, .* now on `\S+`: \*\*\+25\.0 % slower\*\*\.\n\n\$\(info\) `the inputs differ: \[\] before, \["7"\] after`/);
  assert.match(hover(3, 3), /Since `a\.c`: .*\*\*\u221220\.0 % faster\*\*/);
  assert.match(hover(4, 3), /This line is \*\*new\*\* since `a\.c`/);
  assert.match(hover(1, 5), /Function `hot`[^]*Since `a\.c`: .*\*\*\+25\.0 % slower\*\*/);
  const { lineHashes: _, ...older } = AFTER();
  results.add(new Result(FILE, "a.c", older, "/ws"));
  assert.match(hover(2, 3), /This line is not compared with `a\.c`/);
});

test("names in a baseline cannot format, link or break out of a hover", () => {
  const { add, hover, results, baselines } = setUp();
  const evil = "a` [x](command:evil) <img src=x> |";
  const after = add(AFTER());
  baselines.set(after, evil, { ...BEFORE(), functions: [evil], linkageNames: [evil], provenance: { ...BEFORE().provenance, arguments: [evil], ended: evil, exitStatus: 3 } });
  const text = hover(1, 5) + hover(2, 3);
  assert.ok(baselines.compare(after, results.machines[0]!)!.diff.functions.every((f) => f.how === "renamed"));
  assert.ok(!/command:evil|<img/.test(text.replace(/`[^`]*`/g, "")), text);
});

test("the tree says the change of program, functions and lines, and which result is the baseline", () => {
  const { results, baselines, add } = setUp();
  const tree = new ResultsTree(results, baselines);
  assert.match(String(tree.getTreeItem(tree.getChildren()[0]!).description), /, the baseline$/);
  add(AFTER());
  const [root, functions, lines] = tree.getChildren();
  assert.match(String(tree.getTreeItem(root!).description), /, \+25\.0 % slower since a\.c$/);
  const item = (group: typeof root, n: number) => tree.getTreeItem(tree.getChildren(group!)[n]!);
  assert.match(String(item(functions, 0).description), / · \+25\.0 % slower$/);
  assert.deepEqual([0, 1, 2].map((n) => String(item(lines, n).description).split(" · ").at(-1)), ["+50.0 % slower", "\u221220.0 % faster", "new"]);
  assert.match(item(lines, 0).accessibilityInformation!.label, /slower since the baseline/);
  tree.dispose();
});

test("a baseline of other features is refused, and the one before stays", () => {
  const { results, baselines, add } = setUp();
  const after = add(AFTER());
  assert.throws(() => baselines.set(after, "r.perfvec", { ...BEFORE(), provenance: { ...BEFORE().provenance, featureSet: "other" } }), (e) => e instanceof UserError && /different models/.test(e.message));
  assert.equal(baselines.compare(after, results.machines[0]!)!.title, "a.c");
});

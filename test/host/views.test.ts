import { alive, configuration, documents, events, Position, Range, Uri } from "./vscode-mock";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { shortName } from "../../src/core/format";
import { NO_FILE, type Profile } from "../../src/core/profile/profile";
import { heatOf } from "../../src/host/heat";
import { Heatmap } from "../../src/host/heatmap";
import { hoverAt } from "../../src/host/hover";
import { code } from "../../src/host/hover-text";
import { bareName } from "../../src/core/format";
import { Result } from "../../src/host/result";
import { readLibrary } from "../../src/engine/assets";
import { Results } from "../../src/host/results";
import { settings } from "../../src/host/settings";
import { Tracking } from "../../src/host/tracking";
import { isToHost } from "../../webview/report/protocol";

const TEXT = "int hot(int x) {\n  return x * x;\n}\n// cold\n";
const hash = createHash("sha256").update(TEXT).digest("hex");

/** Two instructions of line 2 of /ws/a.c, one of a library; `evil` names what Markdown must not get to see. */
function profile(model: { name: string; dimensions: number }, evil = "hot"): Profile {
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: ["-n", "5"], stdin: "in.txt", model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: 5000, executed: 300, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: model.dimensions,
    pcs: Float64Array.of(0x10400, 0x10404, 0x20000),
    executions: Float64Array.of(100, 100, 100),
    encodings: Uint32Array.of(0x02a58533, 0x8082, 0),
    sums: Float32Array.from({ length: 3 * model.dimensions }, (_, i) => (i < 2 * model.dimensions ? 50 : 10)),
    measured: null,
    functions: [evil, "memcpy"],
    files: ["/ws/a.c"],
    fileHashes: [hash],
    frameStart: Uint32Array.of(0, 1, 2, 3),
    frameFunction: Uint32Array.of(0, 0, 1),
    frameFile: Uint32Array.of(0, 0, NO_FILE),
    frameLine: Uint32Array.of(2, 2, 0),
  };
}

function documentOf(text: string, file = "/ws/a.c") {
  const document = {
    uri: Uri.file(file),
    isDirty: true,
    text,
    getText(range?: Range) {
      if (!range) return this.text;
      return this.text.split("\n")[range.start.line]!.slice(range.start.character, range.end.character);
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

const memory = () => {
  const values = new Map<string, unknown>();
  return { get: (key: string) => values.get(key), update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [...values.keys()] } as never;
};

function setUp(evil?: string) {
  const document = documentOf(TEXT);
  const results = new Results(memory(), () => readLibrary("models"));
  const tracking = new Tracking(results);
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model, evil), "/ws"));
  return { document, results, tracking };
}

test("a hover says time, machines, instructions and what was measured", () => {
  const { document, results, tracking } = setUp();
  results.select(["p550-class", "rocket-class"]);
  const hover = hoverAt(document as never, new Position(1, 9) as never, results, tracking);
  const text = (hover!.contents as never as { value: string }).value;
  for (const wanted of ["Line 2", "**90.9 %**", "`p550-class`", "`rocket-class`", "`mul a0,a1,a0`", "`ret`", "`a.c -n 5 < in.txt`", "300 executed instructions, the whole run"]) {
    assert.ok(text.includes(wanted), `${wanted}\n${text}`);
  }
  assert.equal(hoverAt(document as never, new Position(3, 0) as never, results, tracking), undefined, "nothing is said of lines without time");
});

test("a hover says what limits the line, and between what its time lies", () => {
  const { document, results, tracking } = setUp();
  results.select(["p550-class"]);
  const text = (hoverAt(document as never, new Position(1, 9) as never, results, tracking)!.contents as never as { value: string }).value;
  assert.match(text, /\*\*[\d.]+ %\*\* of it goes if |No single improvement of the machine takes 5\.0 % of it away|Not even all improvements of the machine at once take 5\.0 % of it away/);
  const ns = (value: string, unit: string): number => Number(value) * { ns: 1, µs: 1e3, ms: 1e6 }[unit]!;
  const [, low, lowUnit, high, highUnit] = / · four times of five within ([\d.]+) (.s) … ([\d.]+) (.s)/.exec(text)!;
  const [, time, unit] = /of the time · ([\d.]+) (.s)/.exec(text)!;
  assert.ok(ns(low!, lowUnit!) < ns(time!, unit!) && ns(time!, unit!) < ns(high!, highUnit!), text);
  assert.match(text, /\$\(warning\) This program is unlike all that the model was trained on/, "one instruction over and over is like no program");
});

test("what a trace measured stands beside the prediction of its machine, with the error", () => {
  const { document, results, tracking } = setUp();
  const plain = profile(results.library.model);
  const machine = results.library.machines.find((m) => m.name === "rocket-class")!;
  const predicted = new Result("/ws/a.c", "a.c", plain, "/ws").on(machine).latency;
  const measured = Float64Array.from(predicted, (ns) => ns / 1.25);
  const shown = (measuredOn: string | null): string => {
    results.add(new Result("/ws/a.c", "a.c", { ...plain, measured, provenance: { ...plain.provenance, measuredOn } }, "/ws"));
    return (hoverAt(document as never, new Position(1, 9) as never, results, tracking)!.contents as never as { value: string }).value;
  };
  results.select(["p550-class", "rocket-class"]);
  assert.match(shown("rocket-class"), /`rocket-class`.*\n\| measured, error \+25\.0 % \|/);
  results.select(["p550-class"]);
  assert.match(shown("rocket-class"), /\| measured on `rocket-class` \|/);
  assert.match(shown(null), /\| measured \|/);
});

test("names of programs cannot format, link or break out of a hover", () => {
  const { document, results, tracking } = setUp("hot");
  const evil = "hot` [x](command:evil) <img src=x> |";
  results.add(new Result("/ws/a.c", "a.c", { ...profile(results.library.model), provenance: { ...profile(results.library.model).provenance, ended: evil, program: evil } }, "/ws"));
  const text = (hoverAt(document as never, new Position(1, 9) as never, results, tracking)!.contents as never as { value: string }).value;
  assert.ok(!/[^\\]\[x\]\(command/.test(text.replace(/`[^`]*`/g, "")), text);
  assert.equal(code("a`b|c\n"), "`a b\\|c `");
});

test("the heatmap paints by share, greys what was edited, and leaves nothing behind", () => {
  const { document, results, tracking } = setUp();
  const heatmap = new Heatmap(results, tracking);
  const painted: number[] = [];
  const editor = { document, setDecorations: (_type: unknown, ranges: Range[]) => void painted.push(ranges.length) };
  heatmap.paint(editor as never);
  const key = document.uri.toString();
  assert.deepEqual([...heatmap.painted.get(key)!.steps], [[5, [1]]]);
  const edit = (range: Range, text: string, after: string) => {
    document.text = after;
    events.change.fire({ document, contentChanges: [{ range, text }] });
    heatmap.paint(editor as never);
  };
  edit(new Range(0, 0, 0, 0), "// new\n", `// new\n${TEXT}`);
  assert.deepEqual([...heatmap.painted.get(key)!.steps], [[5, [2]]]);
  edit(new Range(2, 9, 2, 10), "y", `// new\n${TEXT.replace("x * x", "y * x")}`);
  assert.deepEqual([[...heatmap.painted.get(key)!.steps], heatmap.painted.get(key)!.stale], [[], [2]]);
  assert.equal(tracking.of(document as never)!.stale, true);
  configuration.set("heatmap", false);
  heatmap.paint(editor as never);
  assert.equal(heatmap.painted.get(key)!.stale.length, 0);
  configuration.delete("heatmap");
  heatmap.dispose();
  assert.equal(alive.size, 0);
});

test("a text that is not the one predicted is grey from the start", () => {
  const { results, tracking } = setUp();
  const other = documentOf(TEXT.replace("x * x", "x + x"));
  results.choose("p550-class");
  assert.equal(tracking.of(other as never)!.stale, true);
  assert.ok(tracking.lines(other as never, results.machines[0]!)!.lines.every((l) => l.stale));
});

test("a text that becomes the one predicted again is so by its save; without a hash nothing is believed", () => {
  const { results, tracking } = setUp();
  const other = documentOf(TEXT.replace("x * x", "x + x"));
  assert.equal(tracking.of(other as never)!.stale, true);
  other.text = TEXT;
  events.save.fire(other);
  assert.equal(tracking.of(other as never)!.stale, false);
  const unknown = profile(results.library.model);
  results.add(new Result("/ws/a.c", "a.c", { ...unknown, fileHashes: [""] }, "/ws"));
  assert.equal(tracking.of(other as never)!.stale, true);
});

test("an edit during a prediction shifts its result; it does not grey all of it", () => {
  const document = documentOf(TEXT);
  const results = new Results(memory(), () => readLibrary("models"));
  const tracking = new Tracking(results);
  const expected = tracking.expect([document as never]);
  document.text = `// new\n${TEXT}`;
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "// new\n" }] });
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws"));
  const { lines } = tracking.lines(document as never, results.machines[0]!)!;
  assert.deepEqual(lines.map(({ now, stale }) => [now, stale]), [[2, false]]);
  assert.equal(tracking.now(document as never, 2), 2);
  assert.equal(tracking.now(document as never, 99), undefined);
  expected.dispose();
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws"));
  assert.equal(tracking.of(document as never)!.stale, true, "the next prediction begins with the text as it is then");
});

test("several changes at once: each is seen where it ends up", () => {
  const { document, results, tracking } = setUp();
  document.text = "// one\nint hot(int x) {\n  return x * x;\n// two\n}\n// cold\n";
  // As VS Code gives them: the last first, in coordinates of the text before.
  events.change.fire({ document, contentChanges: [{ range: new Range(1, 15, 1, 15), text: "\n// two" }, { range: new Range(0, 0, 0, 0), text: "// one\n" }] });
  const { lines } = tracking.lines(document as never, results.machines[0]!)!;
  assert.deepEqual(lines.map(({ now, stale }) => [now, stale]), [[2, false]]);
});

test("functions are found by their bare names", () => {
  assert.equal(bareName("ns::Box<std::pair<int, std::less<int> > >::get [clone .part.0]"), "get");
  assert.equal(bareName("main"), "main");
});

test("files of other computers are not looked for", () => {
  const results = new Results(memory(), () => readLibrary("models"));
  const evil = new Result("/ws/a.perfvec", "a", { ...profile(results.library.model), files: ["//evil/share/a.c"] }, "/ws");
  assert.equal(evil.localPath("//evil/share/a.c"), undefined);
});

test("the active result is the one that a file shows", () => {
  const { results } = setUp();
  const before = results.active!;
  const after = new Result("/ws/after.perfvec", "after", profile(results.library.model), "/ws", false);
  results.add(after);
  assert.equal(results.ofFile("/ws/a.c"), after);
  results.activate(before);
  assert.equal(results.ofFile("/ws/a.c"), before);
});

test("names of any length and depth are shortened at once", () => {
  const start = performance.now();
  for (const name of ["<".repeat(40_000) + ">".repeat(40_000), "operator<".repeat(10_000), "a".repeat(100_000)]) {
    shortName(name);
    bareName(name);
  }
  assert.ok(performance.now() - start < 500, `${performance.now() - start} ms`);
});

test("a closed result goes; a cleared one that is shown again is there; several machines replace those before", () => {
  const { results } = setUp();
  const first = results.active!;
  const second = new Result("/ws/b.perfvec", "b", profile(results.library.model), "/ws");
  results.add(second);
  results.remove(second);
  assert.equal(results.active, first);
  results.clear();
  results.activate(first);
  assert.equal(results.get("/ws/a.c"), first);
  results.select(["rocket-class", "p550-class"]);
  results.choose("p550-class");
  assert.deepEqual(results.machines.map((m) => m.name), ["p550-class", "rocket-class"]);
  results.select(["u74-class"]);
  assert.deepEqual(results.machines.map((m) => m.name), ["u74-class"]);
});

test("settings of the wrong type count as not set; paths are relative to the workspace folder", () => {
  configuration.set("flags", "-O3").set("arguments", ["a", 5]).set("instructionLimit", "many").set("stdin", "in.txt").set("predictOnSave", "sometimes");
  const found = settings(Uri.file("/ws/src/a.c") as never);
  assert.deepEqual([found.flags, found.arguments, found.instructionLimit, found.stdin, found.readableFolder, found.predictOnSave], [[], ["a"], 5e6, "/ws/in.txt", null, "offer"]);
  configuration.clear();
});

test("machines that do not exist any more are passed over, and there is always one", () => {
  const results = new Results(memory(), () => readLibrary("models"));
  configuration.set("machines", ["gone", "rocket-class"]);
  assert.deepEqual(results.machines.map((m) => m.name), ["rocket-class"]);
  configuration.set("machines", ["gone"]);
  assert.equal(new Results(memory(), () => readLibrary("models")).machines.length, 1);
  configuration.clear();
});

test("small things", () => {
  assert.deepEqual([0, 0.0099, 0.01, 0.05, 0.1, 0.39, 0.4, 1].map(heatOf), [0, 0, 1, 2, 3, 4, 5, 5]);
  assert.equal(shortName("std::map<int, std::less<int> >::find"), "std::map<…>::find");
  assert.equal(shortName("operator<< <char>"), "operator<< <…>");
  assert.equal(shortName("Box<int>::operator->"), "Box<…>::operator->");
  for (const no of [null, 1, {}, { type: "machine" }, { type: "reveal", file: "a", line: "1" }, { type: "reveal", file: 1, line: 1 }]) assert.equal(isToHost(no), false);
  assert.ok(isToHost({ type: "reveal", file: "a", line: 1 }));
});

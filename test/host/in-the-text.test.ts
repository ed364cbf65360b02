/** What stands in the text beside the code: lenses above functions, hints behind lines. */
import { configuration, documents, events, Range, Uri } from "./vscode-mock";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { NO_FILE, type Profile } from "../../src/core/profile/profile";
import { readLibrary } from "../../src/engine/assets";
import { CodeLenses } from "../../src/host/code-lens";
import { InlayHints, keepAsked } from "../../src/host/inlay-hints";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { Tracking } from "../../src/host/tracking";

const TEXT = "int hot(int x) {\n  return x * x;\n}\n// cold\nint main() {\n  return hot(1);\n}\n";
beforeEach(() => configuration.clear());

/** `hot` in lines 1 and 2, `main` in lines 5 and 6, and something without a line; line 2 takes most, line 5 less than 1 %. */
function profile(model: { name: string; dimensions: number }): Profile {
  const lines = [[0, 1, 10], [0, 2, 80], [1, 5, 0.5], [1, 6, 9.4], [2, 0, 0.1]] as const;
  const n = lines.length;
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: null, executed: 100 * n, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: model.dimensions,
    pcs: Float64Array.from(lines, (_, i) => 0x10400 + 2 * i),
    executions: new Float64Array(n).fill(100),
    encodings: new Uint32Array(n),
    sums: Float32Array.from({ length: n * model.dimensions }, (_, i) => lines[Math.floor(i / model.dimensions)]![2]),
    measured: null,
    functions: ["hot", "main", "memcpy"],
    files: ["/ws/a.c"],
    fileHashes: [createHash("sha256").update(TEXT).digest("hex")],
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: Uint32Array.from(lines, ([f]) => f),
    frameFile: Uint32Array.from(lines, ([, line]) => (line ? 0 : NO_FILE)),
    frameLine: Uint32Array.from(lines, ([, line]) => line),
  };
}

function setUp() {
  const document = {
    uri: Uri.file("/ws/a.c"), isDirty: false, text: TEXT,
    getText: () => document.text, lineAt: (line: number) => ({ text: document.text.split("\n")[line] ?? "" }), get lineCount() { return document.text.split("\n").length; },
  };
  documents.splice(0, documents.length, document);
  const results = new Results({ get: () => undefined, update: async () => undefined, keys: () => [] } as never, () => readLibrary("models"));
  const tracking = new Tracking(results);
  results.select(["p550-class", "u74-class"]);
  const result = new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws");
  results.add(result);
  const lenses = new CodeLenses(results, tracking);
  const hints = new InlayHints(results, tracking);
  const edit = (line: number, character: number, endLine: number, endCharacter: number, text: string): void => {
    const lines = document.text.split("\n");
    const before = [...lines.slice(0, line), lines[line]!.slice(0, character)].join("\n");
    document.text = before + text + [lines[endLine]!.slice(endCharacter), ...lines.slice(endLine + 1)].join("\n");
    document.isDirty = true;
    events.change.fire({ document, contentChanges: [{ range: new Range(line, character, endLine, endCharacter), text }] });
  };
  const lensed = () => lenses.provideCodeLenses(document as never).map((lens) => ({ line: lens.range.start.line, ...lens.command! }));
  const hinted = (first = 0, last = 99) => hints.provideInlayHints(document as never, new Range(first, 0, last, 0) as never).map((hint) => ({ line: hint.position.line, at: hint.position.character, label: hint.label, tooltip: hint.tooltip }));
  return { document, results, tracking, result, lenses, hints, edit, lensed, hinted };
}

test("nothing stands in the text unless it is asked for", () => {
  const { lensed, hinted } = setUp();
  assert.deepEqual([lensed(), hinted()], [[], []]);
  configuration.set("codeLens", "yes").set("inlayHints", true);
  assert.deepEqual([lensed(), hinted()], [[], []], "a value of another type counts as not set");
});

test("a lens above each function says time, share and cycles each on the painted machine, and goes to its hottest line", () => {
  configuration.set("codeLens", true);
  const { lensed, results, result } = setUp();
  const [hot, main, ...none] = lensed();
  assert.deepEqual([hot!.line, main!.line, none], [0, 4, []]);
  assert.match(hot!.title, /^[\d.]+ \S?s · 90\.0 % · [\d.]+(?: [kM])? cycles each of 100 executions · p550-class$/);
  assert.match(main!.title, / · 9\.9 % · /);
  assert.deepEqual([hot!.command, hot!.arguments], ["perfvec.revealPlace", [result.id, "/ws/a.c", 2]]);
  assert.deepEqual(main!.arguments, [result.id, "/ws/a.c", 6]);
  results.choose("u74-class");
  assert.match(lensed()[0]!.title, / · u74-class$/);
});

test("lenses follow edits, and say that they are old", () => {
  configuration.set("codeLens", true);
  const { lensed, edit } = setUp();
  edit(0, 0, 0, 0, "// new\n");
  assert.deepEqual(lensed().map(({ line }) => line), [1, 5]);
  assert.match(lensed()[0]!.title, /^\$\(history\) edited since: /);
  edit(5, 0, 8, 0, "");
  assert.deepEqual(lensed().map(({ line }) => line), [1], "main is gone");
});

test("functions that begin at one line share a lens", () => {
  configuration.set("codeLens", true);
  const { results, lensed } = setUp();
  const made = profile(results.library.model);
  made.functions.push("hot [clone]");
  made.frameFunction[1] = 3;
  made.frameLine[0] = 2;
  results.add(new Result("/ws/a.c", "a.c", made, "/ws"));
  const [hot] = lensed();
  assert.match(hot!.title, / · 90\.0 % · .* of 200 executions · 2 instances · /);
});

test("hints stand at the end of lines that take 1 % or more, of those that are asked for", () => {
  configuration.set("inlayHints", "share");
  const { hinted, document } = setUp();
  assert.deepEqual(hinted().map(({ line, at, label }) => [line, at, label]), [0, 1, 5].map((line, i) => [line, document.lineAt(line).text.length, ["10.0 %", "80.0 %", "9.4 %"][i]]));
  assert.deepEqual(hinted(1, 4).map(({ line }) => line), [1]);
  assert.match(String(hinted()[1]!.tooltip), /^80\.0 % of the time, .* cycles each of 100 executions, on p550-class$/);
  configuration.set("inlayHints", "cycles");
  assert.match(String(hinted()[1]!.label), /^[\d.]+(?: [kM])? cycles$/);
});

test("hints follow edits; a line that was edited has none, and a text that was never predicted has none", () => {
  configuration.set("inlayHints", "share");
  const { hinted, edit, document, results } = setUp();
  edit(0, 0, 0, 0, "// new\n// new\n");
  assert.deepEqual(hinted().map(({ line }) => line), [2, 3, 7]);
  assert.deepEqual(hinted(3, 7).map(({ line }) => line), [3, 7]);
  edit(3, 4, 3, 4, "x");
  assert.deepEqual(hinted().map(({ line }) => line), [2, 7]);
  document.text = "another\n\n\n\n\n\n\n";
  const foreign = profile(results.library.model);
  results.add(new Result("/ws/a.c", "a.c", foreign, "/ws"));
  assert.deepEqual(hinted(), []);
});

test("providers are asked again when a machine is chosen, a file saved or the setting changed, and not for every edit", () => {
  const { hints, results, tracking, edit, document } = setUp();
  let asked = 0;
  hints.onDidChangeInlayHints(() => asked++);
  keepAsked(hints.changed, "inlayHints", results, tracking);
  edit(0, 0, 0, 0, "x");
  assert.equal(asked, 0);
  results.choose("u74-class");
  assert.equal(asked, 1);
  events.configuration.fire({ affectsConfiguration: (name: string) => name === "perfvec.inlayHints" });
  events.configuration.fire({ affectsConfiguration: (name: string) => name === "perfvec.heatmap" });
  assert.equal(asked, 2);
  document.isDirty = false;
  document.text = TEXT;
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 1), text: "" }] });
  assert.equal(asked, 3, "read anew from disk");
});

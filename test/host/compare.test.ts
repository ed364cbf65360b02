/** The host's side of the comparison view: what the page is told when it asks, when the cursor moves, when a machine is chosen. */
import { commands, documents, EventEmitter, events, Position, Range, Uri, vscode } from "./vscode-mock";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { NO_FILE, type Profile } from "../../src/core/profile/profile";
import { readLibrary } from "../../src/engine/assets";
import { Comparison } from "../../src/host/compare";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { Tracking } from "../../src/host/tracking";
import type { ComparisonView, ToHost, ToPage, Want } from "../../webview/compare/protocol";

const TEXT = "int hot(int x) {\n  return x * x;\n}\n// cold\nint main() {\n  return hot(1);\n}\n";
const EVIL = "hot<img src=x onerror=alert(1)>\u202e";
const WANT: Want = { scope: "program", follow: true, all: false, inlined: false, baseline: null };

/** `hot` in lines 1 and 2, `main` in lines 5 and 6, and something without a line. `lines` is repeated to make it long. */
function profile(model: { name: string; dimensions: number }, repeat = 1): Profile {
  const lines = [[0, 1], [0, 2], [1, 5], [1, 6], [2, 0]];
  const n = lines.length * repeat;
  const line = (i: number) => lines[i % lines.length]!;
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: null, executed: 100 * n, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: model.dimensions,
    pcs: Float64Array.from({ length: n }, (_, i) => 0x10400 + 2 * i),
    executions: new Float64Array(n).fill(100),
    encodings: new Uint32Array(n),
    sums: Float32Array.from({ length: n * model.dimensions }, (_, i) => 1 + (Math.floor(i / model.dimensions) % lines.length)),
    measured: null,
    functions: [EVIL, "main", "memcpy"],
    files: ["/ws/a.c"],
    fileHashes: [createHash("sha256").update(TEXT).digest("hex")],
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: Uint32Array.from({ length: n }, (_, i) => line(i)[0]!),
    frameFile: Uint32Array.from({ length: n }, (_, i) => (line(i)[1] ? 0 : NO_FILE)),
    frameLine: Uint32Array.from({ length: n }, (_, i) => line(i)[1]!),
  };
}

async function setUp({ empty = false, repeat = 1 } = {}) {
  const text = (): string[] => document.text.split("\n");
  const document = { uri: Uri.file("/ws/a.c"), isDirty: true, text: TEXT, getText: () => document.text, lineAt: (line: number) => ({ text: text()[line] ?? "" }), get lineCount() { return text().length; } };
  documents.splice(0, documents.length, document);
  commands.length = 0;
  const values = new Map<string, unknown>();
  const memory = { get: (key: string) => values.get(key), update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [...values.keys()] };
  const results = new Results(memory as never, () => readLibrary("models"));
  const tracking = new Tracking(results);
  results.select(["p550-class", "u74-class"]);
  const comparison = new Comparison(Uri.file("/ext") as never, results, tracking);
  results.onDidChange(() => comparison.show());
  if (!empty) results.add(new Result("/ws/a.c", "a.c", profile(results.library.model, repeat), "/ws"));

  const said = new EventEmitter<unknown>();
  const gone = new EventEmitter<void>();
  const told: ToPage[] = [];
  const webview = { options: {}, html: "", cspSource: "https://csp.test", asWebviewUri: (uri: Uri) => `https://csp.test${uri.fsPath}`, onDidReceiveMessage: said.event, postMessage: async (message: ToPage) => (told.push(message), true) };
  const view = { webview, visible: true, description: "", onDidDispose: gone.event };
  comparison.resolveWebviewView(view as never);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) await setImmediate();
  };
  const say = async (message: ToHost | unknown): Promise<ToPage | undefined> => {
    said.fire(message);
    await settle();
    return told.at(-1);
  };
  const want = async (change: Partial<Want>): Promise<ComparisonView> => shownBy(await say({ type: "want", want: { ...WANT, ...change } }));
  const shownBy = (message: ToPage | undefined): ComparisonView => (message?.type === "show" ? message.view : assert.fail(JSON.stringify(message)));
  const cursor = async (line: number): Promise<ComparisonView> => {
    const editor = { document, selection: { active: new Position(line, 0) } };
    vscode.window.activeTextEditor = editor;
    comparison.moved(editor as never);
    await settle();
    return shownBy(told.at(-1));
  };
  vscode.window.activeTextEditor = undefined;
  return { results, comparison, view, webview, told, say, want, cursor, settle, document, gone, last: () => shownBy(told.at(-1)) };
}

test("the page may load its own script and style and nothing else", async () => {
  const { webview } = await setUp();
  const nonce = /script-src 'nonce-([A-Za-z0-9+/=]{22,})'/.exec(webview.html)![1]!;
  assert.ok(webview.html.includes("default-src 'none'; style-src https://csp.test;"), webview.html);
  assert.ok(!webview.html.includes("unsafe"));
  assert.deepEqual([...webview.html.matchAll(/<script nonce="([^"]*)" src="([^"]*)">/g)].map((m) => m.slice(1)), [[nonce, "https://csp.test/ext/dist/webview/compare.js"]]);
  assert.ok(!(await setUp()).webview.html.includes(nonce), "a nonce is used once");
});

test("nothing is told before it is asked; without a result, what to do next", async () => {
  const { told, comparison, say, settle } = await setUp({ empty: true });
  comparison.show();
  await settle();
  assert.deepEqual(told, []);
  assert.deepEqual(await say({ type: "want", want: WANT }), { type: "empty", trusted: true });
  await say({ type: "predict" });
  await say({ type: "sample" });
  assert.deepEqual(commands.slice(-2), [["perfvec.predict"], ["perfvec.openSample"]]);
  vscode.workspace.isTrusted = false;
  assert.deepEqual(await say({ type: "want", want: WANT }), { type: "empty", trusted: false });
  vscode.workspace.isTrusted = true;
});

test("the chosen machines, or all; a pinned one is there though it is not chosen", async () => {
  const { want, results, view } = await setUp();
  const chosen = await want({});
  assert.deepEqual([chosen.name, chosen.machine, chosen.baseline, chosen.rows.map((r) => r.name)], ["a.c", "p550-class", "p550-class", ["p550-class", "u74-class"]]);
  assert.equal(view.description, "a.c");
  assert.ok(Math.abs(chosen.rows[0]!.time / results.active!.on(results.machines[0]!).time - 1) < 1e-9);
  const pinned = await want({ baseline: "rocket-class" });
  assert.deepEqual([pinned.baseline, pinned.rows.map((r) => r.name), pinned.rows[2]!.speedup], ["rocket-class", ["p550-class", "u74-class", "rocket-class"], 1]);
  assert.equal((await want({ baseline: "gone-class" })).baseline, "p550-class", "a machine that is gone pins nothing");
  assert.deepEqual((await want({ all: true })).rows.map((r) => r.name), results.library.machines.map((m) => m.name));
});

test("a machine that is chosen in the page is painted, and the page follows the painted one", async () => {
  const { want, say, results, last, settle } = await setUp();
  await want({});
  await say({ type: "choose", name: "u74-class" });
  assert.deepEqual([results.machines[0]!.name, last().machine, last().detail[0]!.split(":")[0]], ["u74-class", "u74-class", "u74-class"]);
  results.choose("rocket-class");
  await settle();
  assert.equal(last().machine, "rocket-class");
  for (const evil of [{ type: "choose", name: "no-such" }, { type: "choose", name: "__proto__" }, { type: "choose" }, "choose", null]) await say(evil);
  assert.equal(results.machines[0]!.name, "rocket-class");
});

test("function and line follow the cursor while they shall, and stay where they are when not", async () => {
  const { want, cursor } = await setUp();
  await cursor(1).catch(() => undefined);
  const line = await want({ scope: "line" });
  assert.deepEqual([line.name, line.stale], ["a.c:2", false]);
  assert.equal((await cursor(5)).name, "a.c:6");
  const f = await want({ scope: "function" });
  assert.equal(f.name, "main");
  assert.equal((await cursor(1)).name, "hot<…>\u202e", "templates are cut, and the name is only ever text");
  const kept = await want({ scope: "function", follow: false });
  assert.equal((await cursor(5)).name, kept.name);
  assert.equal((await want({ scope: "line", follow: false })).name, "a.c:2");
  assert.equal((await want({ scope: "line", follow: true })).name, "a.c:6", "following again looks at the cursor");
  const nothing = await cursor(3);
  assert.deepEqual([nothing.nothing, nothing.rows, nothing.name], ["No instruction of a.c:4 was executed.", [], ""]);
});

test("edits move the line with its text, and are told", async () => {
  const { want, cursor, document, comparison, settle, last } = await setUp();
  await cursor(1).catch(() => undefined);
  await want({ scope: "line" });
  document.text = `// new\n${TEXT}`;
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "// new\n" }] });
  comparison.moved(vscode.window.activeTextEditor as never);
  await settle();
  assert.deepEqual([last().name, last().stale], ["a.c:2", true], "the cursor stands on what was line 1");
  const moved = await cursor(2);
  assert.deepEqual([moved.name, moved.rows.length], ["a.c:3", 2]);
  assert.equal((await cursor(0)).nothing, "No instruction of a.c:1 was executed.");
});

test("a line that is kept moves with its text and is told to be edited; a newer result has it where it stands then", async () => {
  const { want, cursor, document, comparison, results, settle, last } = await setUp();
  await cursor(1).catch(() => undefined);
  await want({ scope: "line", follow: false });
  assert.deepEqual([last().name, last().stale], ["a.c:2", false]);
  await cursor(2);
  document.text = `// new\n${TEXT}`;
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "// new\n" }] });
  comparison.edited();
  await settle();
  assert.deepEqual([last().name, last().stale], ["a.c:3", true]);
  const older = profile(results.library.model);
  const newer = { ...older, frameLine: older.frameLine.map((line) => (line ? line + 1 : 0)), fileHashes: [createHash("sha256").update(document.text).digest("hex")] };
  results.add(new Result("/ws/a.c", "a.c", newer, "/ws"));
  await settle();
  assert.deepEqual([last().name, last().stale, last().nothing], ["a.c:3", false, ""]);
});

test("a newer result of the file is compared at the same line when the editor shows something else", async () => {
  const { want, cursor, results, settle, last } = await setUp();
  await cursor(1).catch(() => undefined);
  await want({ scope: "line", follow: false });
  vscode.window.activeTextEditor = undefined;
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws"));
  await settle();
  assert.equal(last().name, "a.c:2");
  await cursor(2);
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws"));
  await settle();
  assert.equal(last().name, "a.c:2", "the cursor is not followed");
  results.add(new Result("/ws/b.c", "b.c", { ...profile(results.library.model), files: ["/ws/b.c"] }, "/ws"));
  await settle();
  assert.match(last().nothing, /Put the cursor/);
});

test("of many changes at once the last is told; a view that is hidden or gone is told nothing", async () => {
  const { want, comparison, told, view, settle, last, results, gone } = await setUp({ repeat: 4000 });
  await want({});
  // A large result that nothing of is summed yet: what is begun for the first machines is dropped on the way.
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model, 4000), "/ws"));
  const before = told.length;
  for (const name of ["rocket-class", "u74-class", "p550-class"]) results.choose(name);
  await settle();
  assert.equal(last().machine, "p550-class");
  assert.equal(told.length - before, 1, "only the last is told");
  view.visible = false;
  const hidden = told.length;
  results.choose("rocket-class");
  await settle();
  assert.equal(told.length, hidden);
  view.visible = true;
  await want({});
  assert.equal(last().machine, "rocket-class", "a page that is shown again asks again");
  gone.fire();
  comparison.show();
  await settle();
  assert.equal(told.length, hidden + 1);
});

/** The host's side of calls and phases: the page, the results view, the hover. */
import { EventEmitter, Uri, vscode } from "./vscode-mock";
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { NO_IMPROVEMENTS } from "../../src/core/explore/limits";
import { NO_FUNCTION, type Profile } from "../../src/core/profile/profile";
import { readLibrary } from "../../src/engine/assets";
import { CallsPage } from "../../src/host/calls";
import { callsView } from "../../src/host/calls-view";
import { functionText } from "../../src/host/hover-text";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { type Node, ResultsTree } from "../../src/host/results-tree";
import type { Tracking } from "../../src/host/tracking";
import type { ToPage } from "../../webview/calls/protocol";
import { profile as small, tree } from "../unit/call-profile";

/** What else a hover knows. */
const NOTHING = { sure: undefined, improved: NO_IMPROVEMENTS };

/** The profile made by hand, as one of the model that ships: the second dimension of each is repeated. */
function profileFor(model: { name: string; dimensions: number }): Profile {
  const d = model.dimensions;
  const wide = (sums: Float32Array): Float32Array => Float32Array.from({ length: (sums.length / 2) * d }, (_, i) => sums[2 * Math.floor(i / d)]!);
  return { ...small, provenance: { ...small.provenance, model: model.name }, dimensions: d, sums: wide(small.sums), calls: { ...tree, sums: wide(tree.sums) }, slices: { ...small.slices!, sums: wide(small.slices!.sums) } };
}

function setUp(change: Partial<Profile> = {}) {
  const values = new Map<string, unknown>();
  const memory = { get: (key: string) => values.get(key), update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [...values.keys()] };
  const results = new Results(memory as never, () => readLibrary("models"));
  results.select(["p550-class", "u74-class"]);
  const profile = { ...profileFor(results.library.model), ...change };
  const result = new Result("/ws/a.c", "a.c", profile, "/ws");
  results.add(result);
  return { results, result, profile };
}

function pageOf(results: Results) {
  const said = new EventEmitter<unknown>();
  const gone = new EventEmitter<void>();
  const told: ToPage[] = [];
  const webview = { options: {}, html: "", cspSource: "https://csp.test", asWebviewUri: (uri: Uri) => `https://csp.test${uri.fsPath}`, onDidReceiveMessage: said.event, postMessage: async (message: ToPage) => (told.push(message), true) };
  const panel = { webview, visible: true, onDidDispose: gone.event, reveal: () => undefined, dispose: () => gone.fire() };
  const page = new CallsPage(Uri.file("/ext") as never, results, {} as Tracking);
  page.attach(panel as never);
  return { said, told, panel, page, webview };
}

test("the view has paths in the order of their time, phases of each chosen machine, and names that are cut", () => {
  const { results, result } = setUp();
  const view = callsView(result, results.machines);
  assert.deepEqual([view.program, view.machine, view.machines, view.left, view.notes], ["a.c", "p550-class", ["p550-class", "u74-class"], 0, []]);
  assert.deepEqual(view.rows.map((r) => [r.parent, r.name, r.calls, r.hasSource]), [
    [-1, "(program)", 0, false], [0, "main", 1, true], [1, "fib", 1, true], [2, "fib", 8, true], [3, "helper", 4, false], [1, "work", 2, true], [5, "helper", 10, false],
  ]);
  const { time } = result.on(results.machines[0]!);
  assert.ok(Math.abs(view.rows[0]!.inclusive / time - 1) < 1e-6);
  assert.ok(Math.abs(view.rows.reduce((sum, r) => sum + r.exclusive, 0) / time - 1) < 1e-6);
  assert.deepEqual(view.phases!.machines.map((m) => [m.name, m.times.length]), [["p550-class", 4], ["u74-class", 4]]);
  const long = setUp({ functions: ["main", "x".repeat(9000), "helper", "fib"] });
  assert.ok(callsView(long.result, long.results.machines).rows.every((r) => r.full.length <= 500));
  const cut = setUp({ calls: { ...small.calls, sums: profileFor(results.library.model).calls!.sums, isCut: true } });
  assert.match(callsView(cut.result, cut.results.machines).notes[0]!, /its caller's own/);
});

test("paths with too small a share are counted, not sent", () => {
  const { results, profile } = setUp();
  const { dimensions: d } = profile;
  const sums = profile.calls!.sums.slice();
  sums.fill(1e-6, 3 * d, 4 * d);
  const result = new Result("/ws/a.c", "a.c", { ...profile, calls: { ...profile.calls!, sums } }, "/ws");
  const view = callsView(result, results.machines);
  assert.deepEqual([view.rows.length, view.left], [6, 1]);
});

test("a report without calls has none in page, results view and hover", () => {
  const { results, result } = setUp();
  const { calls: _, slices: __, ...older } = result.profile;
  const old = new Result("/ws/a.c", "a.c", older, "/ws");
  const view = callsView(old, results.machines);
  assert.deepEqual([view.rows, view.phases], [[], null]);
  assert.doesNotMatch(functionText(old, old.places.functions[0]!, results.machines, NOTHING), /With what it calls/);
});

test("the page is told when it is ready and whenever machine or result change; hidden or gone, it is told nothing", async () => {
  const { results, result } = setUp();
  const { said, told, page, panel, webview } = pageOf(results);
  results.onDidChange(() => page.show());
  assert.match(webview.html, /default-src 'none'/);
  page.show();
  assert.equal(told.length, 0, "it is not there yet");
  said.fire({ type: "ready" });
  const last = (): ToPage => told.at(-1)!;
  assert.equal((last() as { view: { machine: string } }).view.machine, "p550-class");
  said.fire({ type: "choose", name: "u74-class" });
  assert.equal((last() as { view: { machine: string } }).view.machine, "u74-class");
  for (const evil of [{ type: "choose", name: "no-such" }, { type: "choose", name: "__proto__" }, { type: "choose" }, { type: "reveal", function: "x" }, { type: "reveal", function: 1.5 }, { type: "reveal", function: 99 }, null, "ready"]) said.fire(evil);
  assert.equal(results.machines[0]!.name, "u74-class");
  panel.visible = false;
  const before = told.length;
  results.choose("p550-class");
  assert.equal(told.length, before);
  panel.visible = true;
  said.fire({ type: "ready" });
  assert.equal((last() as { view: { machine: string } }).view.machine, "p550-class");
  results.remove(result);
  assert.equal(last().type, "nothing");
  const count = told.length;
  panel.dispose();
  results.add(result);
  assert.equal(told.length, count);
});

test("a function that is clicked opens where it stands", async () => {
  const { results } = setUp();
  const opened: string[] = [];
  Object.assign(vscode.workspace, { openTextDocument: async (uri: Uri) => (opened.push(uri.fsPath), Promise.reject(new Error("not there"))) });
  Object.assign(vscode.window, { showInformationMessage: async () => undefined });
  const { said } = pageOf(results);
  said.fire({ type: "ready" });
  said.fire({ type: "reveal", function: 3 });
  said.fire({ type: "reveal", function: 2 });
  await setImmediate();
  assert.deepEqual(opened, ["/ws/a.c"], "fib's place is known, helper's is not");
});

test("the results view has inclusive time beside exclusive", () => {
  const { results, result } = setUp();
  const view = new ResultsTree(results);
  const items = view.getChildren(view.getChildren()[1]).map((node: Node) => view.getTreeItem(node));
  const { time } = result.on(results.machines[0]!);
  const main = items.find((item) => item.label === "main")!;
  assert.match(String(main.description), /^\d+\.\d % · .* · 100\.0 % with calls$/);
  assert.match(main.accessibilityInformation!.label, /, 100\.0 % with calls$/);
  const fib = result.calledOn(results.machines[0]!)!.functions.get(3)!;
  assert.ok(String(items.find((item) => item.label === "fib")!.description).includes(`${((100 * fib.inclusive) / time).toFixed(1)} % with calls`));
  assert.match((items.find((item) => item.label === "fib")!.tooltip as { value: string }).value, /with what it calls .*, 9 calls/);
});

test("a hover on a function says who calls it; names are code", () => {
  const { results, result } = setUp({ functions: ["ma`in](command:x)|", "work", "helper", "fib"] });
  const fib = result.places.functions.find((f) => f.name === "fib")!;
  const text = functionText(result, fib, results.machines, NOTHING);
  assert.match(text, /With what it calls: \*\*[\d.]+ %\*\* of the time · .* · called by `ma in\]\(command:x\)\\\|` \(1 call, [\d.]+ % of the time\), `fib` \(8 calls, /);
  const called = { ...tree, functions: Uint32Array.of(NO_FUNCTION, 3, 1, 2, 3, 3, 2) };
  assert.match(functionText(setUp({ calls: { ...called, sums: result.profile.calls!.sums } }).result, fib, results.machines, NOTHING), /`\(program\)` \(1 call/);
});

/** The host's side of the exploration: what the page is given, and what becomes of what it asks for. */
import { commands, EventEmitter, Uri, vscode } from "./vscode-mock";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { readLibrary } from "../../src/engine/assets";
import { Exploring } from "../../src/host/explore";
import { OwnMachines } from "../../src/host/own-machines";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { isToHost, type ExploreView, type ToHost, type ToPage, type Wanted } from "../../webview/explore/protocol";
import { START, stateOf } from "../../webview/explore/state";

const root = mkdtempSync(path.join(tmpdir(), "perfvec-explore-"));
after(() => rmSync(root, { recursive: true, force: true }));
const shipped = readLibrary("models");
const told: string[] = [];
let out: string | undefined;
const said = new EventEmitter<unknown>();
const messages: ToPage[] = [];
let panels = 0;
let visible = true;

Object.assign(vscode.window, {
  createOutputChannel: () => ({ warn: (text: string) => told.push(text), error: (text: string) => told.push(text), dispose: () => undefined }),
  createWebviewPanel: () => {
    panels++;
    const webview = { options: {}, html: "", cspSource: "https://csp.test", asWebviewUri: (uri: Uri) => uri.fsPath, onDidReceiveMessage: said.event, postMessage: async (m: ToPage) => messages.push(m) > 0 };
    return { webview, get visible() { return visible; }, onDidDispose: new EventEmitter<void>().event, reveal: () => undefined };
  },
  showErrorMessage: async (text: string) => void told.push(text),
  showSaveDialog: async () => (out === undefined ? undefined : Uri.file(out)),
});
Object.assign(vscode.workspace, { workspaceFolders: [{ uri: Uri.file(root) }] });

function result(name: string, weight: number): Result {
  const { dimensions, name: model } = shipped.model;
  const profile = {
    provenance: { program: name, model, arguments: [], executed: 100, warnings: [] }, dimensions, pcs: Float64Array.of(0, 4), executions: Float64Array.of(1, 1), encodings: new Uint32Array(2),
    sums: new Float32Array(2 * dimensions).fill(weight), measured: null, functions: ["f"], files: [], fileHashes: [], frameStart: Uint32Array.of(0, 1, 2), frameFunction: new Uint32Array(2),
    frameFile: new Uint32Array(2).fill(0xffffffff), frameLine: new Uint32Array(2),
  };
  return new Result(`/ws/${name}`, name, profile as never, "/ws");
}

function setUp() {
  const own = new OwnMachines(() => shipped, () => []);
  const results = new Results({ get: () => undefined, update: async () => undefined, keys: () => [] } as never, () => own.read());
  results.select(["p550-class"]);
  const created: unknown[] = [];
  const editors = { create: async (...all: unknown[]) => void created.push(all) };
  const exploring = new Exploring(Uri.file("/ext") as never, results, own, editors as never, () => "the encoder");
  [told, messages, commands].forEach((list) => (list.length = 0));
  panels = 0;
  exploring.open();
  const say = async (message: ToHost | unknown): Promise<ToPage[]> => {
    const before = messages.length;
    said.fire(message);
    for (let i = 0; i < 200; i++) await setImmediate();
    return messages.slice(before);
  };
  const last = (): ExploreView => {
    const message = messages.at(-1);
    return message?.type === "show" ? message.view : assert.fail(JSON.stringify(message));
  };
  return { results, exploring, say, last, created };
}

test("the page is given the encoder once, the machine in the middle, and the sums of every program", async () => {
  const { results, exploring, say, last } = setUp();
  exploring.open();
  assert.equal(panels, 1, "one page");
  assert.deepEqual((await say({ type: "ready", start: null })).map((m) => m.type), ["encoder", "show"]);
  assert.deepEqual([last().start.name, last().programs, last().active], ["p550-class", [], ""]);
  results.add(result("a.c", 1));
  results.add(result("b.c", 3));
  visible = false;
  const before = messages.length;
  results.choose("u74-class");
  assert.equal(messages.length, before, "what is hidden is told nothing");
  visible = true;
  await say({ type: "ready", start: null });
  const { programs, active } = last();
  assert.deepEqual([programs.map((p) => p.title), active], [["a.c", "b.c"], "/ws/b.c"]);
  assert.deepEqual([programs[0]!.representation.length, programs[0]!.representation[0], programs[1]!.representation[5]], [shipped.model.dimensions, 2, 6]);
  await say({ type: "start", name: "u74-class" });
  assert.equal(last().start.name, "u74-class");
  assert.ok(last().groups.flatMap((g) => g.parameters).every((p) => p.path !== "params.numROBEntries"), "the parameters are of its kind of core");
  await say({ type: "start", name: "no-such" });
  assert.equal(last().start.name, "u74-class");
  await say({ type: "predict" });
  assert.deepEqual(commands.at(-1), ["perfvec.predict"]);
});

test("a design becomes a machine in the editor", async () => {
  const { say, created } = setUp();
  await say({ type: "save", start: "p550-class", changes: [["l1d.size_kb", 64]] });
  assert.deepEqual(created, [["p550-class", [["l1d.size_kb", 64]]]]);
});

test("every design is exported as it is priced here, whatever the page has seen", async () => {
  const { results, say } = setUp();
  results.add(result("a.c", 1));
  results.add(result("b.c", 3));
  const query = { ...START.query, axes: [{ path: "l1d.size_kb", least: 16, most: 32, steps: 2 }, { path: "freq_ghz", least: 1, most: 2, steps: 3 }] as typeof START.query.axes };
  const wanted: Wanted = { start: "p550-class", program: "", query };
  out = path.join(root, "d.csv");
  await say({ type: "export", format: "csv", wanted });
  const rows = readFileSync(out, "utf8").trim().split("\n");
  assert.equal(rows[0], "l1d.size_kb,freq_ghz,ns a.c,ns b.c,cost,objective");
  assert.equal(rows.length, 7);
  const [l1d, ghz, a, b, cost, objective] = rows[1]!.split(",").map(Number) as [number, number, number, number, number, number];
  assert.deepEqual([l1d, ghz, cost], [16, 1, 1000 + 160 + 256]);
  assert.ok(Math.abs(b / a - 3) < 1e-9 && Math.abs(objective / (Math.sqrt(a * b) * cost) - 1) < 1e-9);
  out = path.join(root, "d.json");
  await say({ type: "export", format: "json", wanted: { ...wanted, program: "/ws/a.c" } });
  const json = JSON.parse(readFileSync(out, "utf8"));
  assert.deepEqual([json.programs, json.base, json.designs.length, json.designs[0].parameters], [["a.c"], "p550-class", 6, { "l1d.size_kb": 16, freq_ghz: 1 }]);
  for (const [change, says] of [
    [{ program: "/ws/gone.c" }, /is gone/], [{ start: "gone" }, /is gone/], [{ query: { ...query, cost: "time" } }, /nothing called "time"/], [{ query: { ...query, changes: [["bp", "oracle"]] } }, /known are/],
    [{ query: { ...query, axes: [query.axes[0], query.axes[0]] } }, /varied twice/], [{ query: { ...query, axes: [{ ...query.axes[0], steps: 1e9 }, query.axes[1]] } }, /2 to 100 steps/],
    [{ query: { ...query, axes: [{ ...query.axes[0], path: "bp" }, query.axes[1]] } }, /no parameter with numbers/], [{ query: { ...query, axes: [{ ...query.axes[0], least: 0 }, query.axes[1]] } }, /far from/],
    [{ query: { ...query, changes: [["__proto__.x", 1]] } }, /no parameter of/],
  ] as const) {
    told.length = 0;
    await say({ type: "export", format: "csv", wanted: { ...wanted, ...change } as unknown as Wanted });
    assert.match(told.join("\n"), says);
  }
});

test("nothing that the page says is taken on trust, and what it saved is taken where it fits", () => {
  const wanted = { start: "x", program: "", query: START.query };
  for (const yes of [{ type: "ready", start: null }, { type: "start", name: "x" }, { type: "predict" }, { type: "export", format: "csv", wanted }, { type: "save", start: "x", changes: [["a", 1], ["b", "c"], ["d", true]] }]) assert.ok(isToHost(yes), JSON.stringify(yes));
  for (const no of [null, "ready", {}, { type: "ready" }, { type: "export", format: "exe", wanted }, { type: "export", format: "csv", wanted: { ...wanted, query: { ...START.query, axes: [] } } }, { type: "save", start: "x", changes: [["a"]] },
    { type: "save", start: "x", changes: [["a", NaN]] }, { type: "save", start: 1, changes: [] }]) {
    assert.equal(isToHost(no), false, JSON.stringify(no));
  }
  for (const saved of [undefined, 1, {}, { ...START, query: {} }, { ...START, query: { ...START.query, axes: [1, 2] } }]) assert.equal(stateOf(saved), undefined);
  assert.deepEqual(stateOf(JSON.parse(JSON.stringify({ ...START, shade: "time" }))), { ...START, shade: "time" });
});

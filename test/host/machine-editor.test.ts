/** Machines of the user's own: where they are read, how one is made, edited and deleted. */
import { commands, EventEmitter, Uri, vscode } from "./vscode-mock";
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { readLibrary } from "../../src/engine/assets";
import { MachineEditors } from "../../src/host/machine-editor";
import { OwnMachines } from "../../src/host/own-machines";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { isToHost, type MachineView, type Price, type ToHost, type ToPage } from "../../webview/machine/protocol";

const root = mkdtempSync(path.join(tmpdir(), "perfvec-own-"));
after(() => rmSync(root, { recursive: true, force: true }));
const shipped = readLibrary("models");
const p550 = shipped.machines.find((m) => m.name === "p550-class")!;
const told: string[] = [];
const asked: string[] = [];
/** what is answered to a question */
let answer: string | undefined;
const panels: ReturnType<typeof panel>[] = [];

function panel() {
  const said = new EventEmitter<unknown>();
  const gone = new EventEmitter<void>();
  const messages: ToPage[] = [];
  const webview = { options: {}, html: "", cspSource: "https://csp.test", asWebviewUri: (uri: Uri) => `https://csp.test${uri.fsPath}`, onDidReceiveMessage: said.event, postMessage: async (m: ToPage) => (messages.push(m), true) };
  return { webview, title: "", said, gone, messages, revealed: 0, onDidDispose: gone.event, reveal() { this.revealed++; } };
}

Object.assign(vscode.window, {
  createOutputChannel: () => ({ warn: (text: string) => told.push(text), error: (text: string) => told.push(text), dispose: () => undefined }),
  createWebviewPanel: () => (panels.push(panel()), panels.at(-1)!),
  showWarningMessage: async (text: string, options?: { modal?: boolean }) => (options?.modal ? (asked.push(text), answer) : void told.push(text)),
  showInformationMessage: async (text: string) => void told.push(text),
  showErrorMessage: async (text: string) => void told.push(text),
});

let folders = 0;
function setUp() {
  const folder = path.join(root, `ws${folders++}`);
  const at = (name: string): string => path.join(folder, ".perfvec", "machines", name);
  mkdirSync(path.dirname(at("x")), { recursive: true });
  const put = (name: string, machine: object | string): void => writeFileSync(at(name), typeof machine === "string" ? machine : JSON.stringify(machine));
  Object.assign(vscode.workspace, { workspaceFolders: [{ uri: Uri.file(folder) }], fs: { delete: async (uri: Uri) => rmSync(uri.fsPath) } });
  const own = new OwnMachines(() => shipped, () => [folder]);
  const values = new Map<string, unknown>();
  const results = new Results({ get: (key: string) => values.get(key), update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [] } as never, () => own.read());
  own.onDidChange(() => results.reload());
  results.select(["p550-class"]);
  [told, asked, panels, commands].forEach((list) => (list.length = 0));
  answer = undefined;
  const editors = new MachineEditors(Uri.file("/ext") as never, results, own);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await setImmediate();
  };
  const say = async (message: ToHost | unknown, to = panels.at(-1)!): Promise<ToPage[]> => {
    const before = to.messages.length;
    to.said.fire(message);
    await settle();
    return to.messages.slice(before);
  };
  const shown = async (): Promise<MachineView> => {
    const [message] = await say({ type: "ready" });
    return message?.type === "show" ? message.view : assert.fail(JSON.stringify(message));
  };
  return { folder, at, put, own, results, editors, say, shown, settle };
}

const names = (results: Results): string[] => results.library.machines.slice(shipped.machines.length).map((m) => m.name);
const OWN = { ...p550, name: "mine", title: "Mine", origin: "parameters" };

/** All of its time in one dimension each: enough to be priced. */
function result(): Result {
  const { dimensions, name } = shipped.model;
  const profile = {
    provenance: { program: "a.c", model: name, arguments: [], executed: 100, warnings: [] }, dimensions, pcs: Float64Array.of(0), executions: Float64Array.of(1), encodings: new Uint32Array(1),
    sums: new Float32Array(dimensions).fill(1000), measured: null, functions: ["f"], files: [], fileHashes: [], frameStart: Uint32Array.of(0, 1), frameFunction: new Uint32Array(1),
    frameFile: Uint32Array.of(0xffffffff), frameLine: new Uint32Array(1),
  };
  return new Result("/ws/a.c", "a.c", profile as never, "/ws");
}

test("machines of the workspace are among the others; what is no machine is left out and told once, by its file", () => {
  const { own, results, put, at } = setUp();
  put("mine.json", OWN);
  put("broken.json", "{");
  put("old.json", { ...OWN, name: "old", vector: [1, 2] });
  put("taken.json", { ...OWN, name: "u74-class" });
  put("notes.txt", "no machine");
  mkdirSync(at("folder.json"));
  symlinkSync("/dev/zero", at("endless.json"));
  own.changed();
  assert.deepEqual(names(results), ["mine"]);
  assert.equal(own.fileOf("mine"), at("mine.json"));
  assert.equal(own.fileOf("p550-class"), undefined);
  const log = told.filter((text) => text.startsWith("left out"));
  for (const name of ["broken", "old", "taken", "folder", "endless"]) assert.equal(log.filter((text) => text.includes(at(`${name}.json`))).length, 1, name);
  assert.equal(log.length, 5);
  assert.ok(told.some((text) => text.startsWith("PerfVec: a machine is left out: ") && text.includes("broken.json")));
  const before = told.length;
  own.changed();
  assert.deepEqual(names(results), ["mine"]);
  assert.equal(told.length, before, "told once");
  put("broken.json", { ...OWN, name: "mended" });
  own.changed();
  assert.deepEqual(names(results), ["mended", "mine"]);
  put("broken.json", "[");
  own.changed();
  void results.library;
  assert.ok(told.length > before, "broken again, told again");
});

test("a machine that changes under its name is priced anew", () => {
  const { own, results, put } = setUp();
  put("mine.json", OWN);
  own.changed();
  const a = result();
  const time = (): number => a.on(results.library.machines.find((m) => m.name === "mine")!).time;
  const before = time();
  put("mine.json", { ...OWN, vector: p550.vector.map((v) => 2 * v) });
  own.changed();
  assert.ok(Math.abs(time() / before - 2) < 1e-6);
});

test("a new machine: every parameter in groups; the price follows; it is saved into the workspace and known at once", async () => {
  const { editors, results, shown, say, at } = setUp();
  results.add(result());
  await editors.create("p550-class");
  const view = await shown();
  assert.deepEqual([view.start, view.editing, view.name, view.changes], ["p550-class", "", "", []]);
  assert.deepEqual(view.groups.map((g) => g.name), ["Clock", "Core", "Branch prediction", "Prefetchers", "L1 instruction cache", "L1 data cache", "L2 cache", "Memory"]);
  const all = view.groups.flatMap((g) => g.parameters);
  assert.equal(new Set(all.map((p) => p.path)).size, view.before.length, "every parameter is in one group");
  assert.deepEqual(all.filter((p) => p.path.includes("size_kb")).map((p) => [p.label, p.unit, p.whole]), Array.from({ length: 3 }, () => ["Size", "kB", true]));
  const price = async (message: ToHost): Promise<Price> => {
    const [told] = await say(message);
    return told?.type === "price" ? told.price : assert.fail(JSON.stringify(told));
  };
  const slow = await price({ type: "change", path: "freq_ghz", value: 0.9 });
  assert.equal(slow.program, "a.c");
  assert.ok(slow.after > 1.5 * slow.before, `${slow.before} ${slow.after}`);
  for (const [path, value] of [["freq_ghz", -1], ["no.such", 1], ["bp", "oracle"], ["__proto__", 1], ["l1d.size_kb", 1e6]] as const) {
    const same = await price({ type: "change", path, value });
    assert.equal(same.after, slow.after, path);
  }
  const back = await price({ type: "change", path: "freq_ghz", value: null });
  assert.ok(Math.abs(back.after / back.before - 1) < 1e-9, "without a change it is the machine that it starts from");
  await price({ type: "change", path: "l1d.size_kb", value: 64 });
  for (const [name, says] of [["", /no name/], ["a b", /no plain word/], ["../x", /no plain word/], [".hidden", /no plain word/], ["U74-class", /there is a machine called "u74-class"/]] as const) {
    await say({ type: "call", name, title: "" });
    const [problem] = await say({ type: "save" });
    assert.match(problem?.type === "problem" ? problem.text : "", says, name);
  }
  await say({ type: "call", name: "p550-64k", title: "" });
  await say({ type: "save" });
  const saved = JSON.parse(readFileSync(at("p550-64k.json"), "utf8"));
  assert.deepEqual([saved.name, saved.title, saved.base, saved.origin, saved.l1d.size_kb, saved.vector.length], ["p550-64k", "p550-class with l1d.size_kb 64", "p550-class", "parameters", 64, shipped.model.dimensions]);
  assert.deepEqual(names(results), ["p550-64k"]);
  assert.equal(panels[0]!.title, "Machine p550-64k");
});

test("nothing is written over without asking, nor into a workspace that is not trusted", async () => {
  const { editors, say, put, at, own } = setUp();
  put("mine.json", OWN);
  own.changed();
  await editors.create("p550-class");
  await say({ type: "change", path: "l1d.size_kb", value: 64 });
  await say({ type: "call", name: "mine", title: "New" });
  await say({ type: "save" });
  assert.equal(asked.length, 1);
  assert.equal(JSON.parse(readFileSync(at("mine.json"), "utf8")).title, "Mine", "turned away");
  answer = "Write Over";
  await say({ type: "save" });
  assert.equal(JSON.parse(readFileSync(at("mine.json"), "utf8")).title, "New");
  vscode.workspace.isTrusted = false;
  await say({ type: "call", name: "other", title: "" });
  const [problem] = await say({ type: "save" });
  vscode.workspace.isTrusted = true;
  assert.match(problem?.type === "problem" ? problem.text : "", /not trusted/);
  assert.ok(!existsSync(at("other.json")));
});

test("a machine of one's own is edited against what it was made from, and written where it lies", async () => {
  const { editors, results, say, shown, put, at, own } = setUp();
  put("file.json", { ...OWN, name: "mine", base: "p550-class", l1d: { ...(p550["l1d"] as object), size_kb: 64 } });
  own.changed();
  await editors.change("mine");
  const view = await shown();
  assert.deepEqual([view.start, view.editing, view.name, view.title, view.changes], ["p550-class", "mine", "mine", "Mine", [["l1d.size_kb", 64]]]);
  await editors.change("mine");
  assert.deepEqual([panels.length, panels[0]!.revealed], [1, 1], "one editor a machine");
  await say({ type: "change", path: "l1d.size_kb", value: 128 });
  await say({ type: "save" });
  assert.equal(JSON.parse(readFileSync(at("file.json"), "utf8")).l1d.size_kb, 128);
  assert.equal(asked.length, 0);
  await say({ type: "start", name: "boom-large-class" });
  const moved = await shown();
  assert.deepEqual([moved.start, new Map(moved.changes).get("l1d.size_kb")], ["boom-large-class", 128], "what differs stays");
  answer = "Delete";
  await editors.remove("mine");
  assert.ok(!existsSync(at("file.json")));
  assert.deepEqual(names(results), []);
  await editors.remove("p550-class");
  assert.match(told.at(-1)!, /no machine of your own/);
});

test("a machine that was fitted to runs alone has no parameters: its file opens", async () => {
  const { editors, put, own, at } = setUp();
  put("fitted.json", { name: "fitted", title: "Fitted", core: "o3", freq_ghz: 1, origin: "fit", vector: p550.vector });
  own.changed();
  await editors.change("fitted");
  await editors.create("fitted");
  assert.equal(panels.length, 0);
  assert.equal((commands.at(-1)![1] as Uri).fsPath, at("fitted.json"));
});

test("nothing that the page says is taken on trust", () => {
  for (const yes of [{ type: "ready" }, { type: "save" }, { type: "start", name: "x" }, { type: "change", path: "x", value: null }, { type: "change", path: "x", value: true }, { type: "call", name: "", title: "" }]) assert.ok(isToHost(yes), JSON.stringify(yes));
  for (const no of [null, "save", [], { type: "start" }, { type: "change", path: "x" }, { type: "change", path: "x", value: Infinity }, { type: "change", path: "x", value: {} }, { type: "change", path: 1, value: 1 }, { type: "call", name: "x" }]) {
    assert.equal(isToHost(no), false, JSON.stringify(no));
  }
});

/** What a chat is told, what it must ask the user for, and what it may not have. */
import { documents, events, Range, tools, Uri, vscode } from "./vscode-mock";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, beforeEach, test } from "node:test";
import { UserError } from "../../src/core/errors";
import { compareMachines, hotLines } from "../../src/core/profile/answers";
import { COMPARE_MACHINES, HOT_LINES } from "../../src/core/profile/questions";
import { readLibrary } from "../../src/engine/assets";
import { activate, AssistantTools } from "../../src/host/assistant-tools";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { Tracking } from "../../src/host/tracking";
import { profileOf } from "../vscode/synthetic";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-tools-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const TEXT = "int a;\nint b;\nint c;\n";

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["ws", "other"]) mkdirSync(at(name), { recursive: true });
  for (const name of ["ws/a.c", "ws/b`*.c", "other/c.c"]) writeFileSync(at(name), TEXT);
  documents.length = 0;
  vscode.workspace.isTrusted = true;
  vscode.workspace.workspaceFolders = [{ uri: Uri.file(at("ws")) }];
});

interface Tool {
  prepareInvocation(options: { input: unknown }): { invocationMessage: string; confirmationMessages?: { message: { value: string } } };
  invoke(options: { input: unknown }, token: unknown): Promise<{ content: { value: string }[] }>;
}

function setUp({ predicted = true } = {}) {
  const results = new Results({ get: () => undefined, update: async () => undefined, keys: () => [] } as never, () => readLibrary("models"));
  results.select(["p550-class", "u74-class"]);
  const tracking = new Tracking(results);
  const ran: { file: string; options: unknown }[] = [];
  let attempt: () => Promise<Result | undefined> = async () => undefined;
  const predictor = {
    attempt: async (uri: Uri, options: unknown) => {
      ran.push({ file: uri.fsPath, options });
      return attempt();
    },
  };
  const made = (name: string): Result => new Result(at(name), path.basename(name), profileOf(at(name), results.library.model, 3), at("ws"));
  if (predicted) results.add(made("ws/a.c"));
  const all = new AssistantTools(results, tracking, predictor as never);
  const hot = all.tool(HOT_LINES, hotLines) as unknown as Tool;
  const compare = all.tool(COMPARE_MACHINES, compareMachines) as unknown as Tool;
  const token = { onCancellationRequested: () => ({ dispose: () => undefined }) };
  /** As VS Code does it: prepared, then invoked. */
  const ask = async (tool: Tool, input: unknown) => {
    tool.prepareInvocation({ input });
    return JSON.parse((await tool.invoke({ input }, token)).content[0]!.value) as Answer;
  };
  interface Answer { machine: { name: string }; machines: { name: string }[]; lines: { file: string; line: number }[]; notes: string[] }
  return { results, ran, hot, compare, ask, made, token, answerWith: (next: typeof attempt) => (attempt = next) };
}

/** Said of the profiles here: a few instructions are like no program. */
const UNLIKE = /^this program is unlike all/;

test("both are registered under the names in package.json; an editor that has no language models has none", () => {
  const context = { subscriptions: [] as unknown[] };
  tools.clear();
  activate(context as never, {} as never, {} as never, {} as never);
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as { contributes: { languageModelTools: { name: string }[] } };
  assert.deepEqual([...tools.keys()], contributes.languageModelTools.map(({ name }) => name));
  const { registerTool } = vscode.lm;
  delete vscode.lm.registerTool;
  activate(context as never, {} as never, {} as never, {} as never);
  vscode.lm.registerTool = registerTool;
  assert.equal(context.subscriptions.length, 2);
});

test("what was predicted is told at once, by any name of it, and nothing is run", async () => {
  const { hot, compare, ask, ran } = setUp();
  for (const file of [undefined, "a.c", "./a.c", at("ws/a.c")]) {
    const input = file === undefined ? {} : { file };
    assert.equal(hot.prepareInvocation({ input }).confirmationMessages, undefined);
    const answer = await ask(hot, input);
    assert.deepEqual([answer.machine.name, answer.lines.length, answer.lines[0]!.file, answer.notes.filter((n) => !UNLIKE.test(n))], ["p550-class", 3, at("ws/a.c"), []]);
  }
  assert.deepEqual((await ask(compare, { file: "a.c", line: 2 })).machines.map((m) => m.name).sort(), ["p550-class", "u74-class"]);
  assert.deepEqual(ran, []);
});

test("a file that was not predicted is run after the user has been asked, and its name cannot format the question", async () => {
  const { hot, ask, ran, made, answerWith } = setUp();
  const prepared = hot.prepareInvocation({ input: { file: "b`*.c" } });
  const { value } = prepared.confirmationMessages!.message;
  assert.ok(value.includes(`\`${at("ws/b *.c")}\``), value);
  assert.equal(prepared.invocationMessage, "Predicting b__.c");
  answerWith(async () => made("ws/b`*.c"));
  assert.equal((await ask(hot, { file: "b`*.c" })).lines.length, 3);
  assert.deepEqual(ran.map(({ file, options }) => [file, (options as { machines: string[] }).machines]), [[at("ws/b`*.c"), []]]);
  answerWith(async () => undefined);
  await assert.rejects(ask(hot, { file: "b`*.c" }), /turned away/);
  answerWith(async () => { throw new UserError("compile", "b.c: no semicolon"); });
  await assert.rejects(ask(hot, { file: "b`*.c" }), /b\.c: no semicolon/);
});

test("an edited file is predicted again; where that cannot be, the answer says that it is old", async () => {
  const { hot, ask, ran, made, answerWith, results } = setUp();
  const document = { uri: Uri.file(at("ws/a.c")), isDirty: true, text: TEXT, getText: () => document.text, lineAt: (line: number) => ({ text: document.text.split("\n")[line] ?? "" }), get lineCount() { return document.text.split("\n").length; } };
  documents.push(document);
  results.refresh();
  document.text = `x${TEXT}`;
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "x" }] });
  assert.ok(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages);
  answerWith(async () => made("ws/a.c"));
  await ask(hot, { file: "a.c" });
  assert.equal(ran.length, 1);
  assert.match((await ask(hot, {})).notes[0]!, /edited since/);
  vscode.workspace.isTrusted = false;
  assert.match((await ask(hot, { file: "a.c" })).notes[0]!, /edited since/);
  documents.length = 0;
  assert.deepEqual((await ask(hot, { file: "a.c" })).notes.filter((n) => !UNLIKE.test(n)), [], "on disk it is as it was");
  writeFileSync(at("ws/a.c"), `// newer\n${TEXT}`);
  assert.match((await ask(hot, { file: "a.c" })).notes[0]!, /edited since/);
  assert.equal(ran.length, 1);
});

test("what nobody was asked about is not run, though the file changed only after the call was prepared", async () => {
  const { hot, ran, token } = setUp();
  await assert.rejects(hot.invoke({ input: { file: "b`*.c" } }, token), /the user was not asked; ask again/);
  const document = { uri: Uri.file(at("ws/a.c")), isDirty: true, getText: () => `x${TEXT}`, lineAt: () => ({ text: "" }), lineCount: 4 };
  assert.equal(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages, undefined);
  documents.push(document);
  events.change.fire({ document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "x" }] });
  const { notes } = JSON.parse((await hot.invoke({ input: { file: "a.c" } }, token)).content[0]!.value) as { notes: string[] };
  assert.match(notes[0]!, /edited since it was predicted/);
  assert.deepEqual(ran, []);
});

test("a refusal stays one: what was asked about earlier is not run by a later call that asks nothing", async () => {
  const { hot, ran, token, results, made } = setUp({ predicted: false });
  assert.ok(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages, "asked, and turned down");
  results.add(made("ws/a.c"));
  assert.equal(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages, undefined);
  results.remove(results.active!);
  await assert.rejects(hot.invoke({ input: { file: "a.c" } }, token), /the user was not asked/);
  assert.ok(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages);
  writeFileSync(at("ws/a.c"), `${TEXT}int d;\n`);
  await assert.rejects(hot.invoke({ input: { file: "a.c" } }, token), /the user was not asked/, "another text than the one asked about");
  assert.deepEqual(ran, []);
});

test("two calls about one file that were both agreed to share one prediction", async () => {
  const { hot, compare, ran, token, made, answerWith, results } = setUp();
  const input = { file: "b`*.c" };
  for (const tool of [hot, compare]) assert.ok(tool.prepareInvocation({ input }).confirmationMessages);
  answerWith(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    const result = made("ws/b`*.c");
    results.add(result);
    return result;
  });
  const both = await Promise.all([hot, compare].map((tool) => tool.invoke({ input }, token)));
  assert.equal(both.length, 2);
  assert.equal(ran.length, 1);
});

test("in an untrusted workspace nothing is run, and nobody is asked whether it may", async () => {
  const { hot, ask, ran } = setUp({ predicted: false });
  vscode.workspace.isTrusted = false;
  assert.equal(hot.prepareInvocation({ input: { file: "a.c" } }).confirmationMessages, undefined);
  await assert.rejects(ask(hot, { file: "a.c" }), /not trusted/);
  await assert.rejects(ask(hot, {}), /nothing was predicted yet; name a file/);
  assert.deepEqual(ran, []);
});

test("files outside the workspace are not looked at, also through links", async () => {
  const { hot, ask, ran } = setUp();
  symlinkSync(at("other/c.c"), at("ws/link.c"));
  for (const file of [at("other/c.c"), "../other/c.c", "link.c", "/etc/passwd"]) {
    assert.equal(hot.prepareInvocation({ input: { file } }).confirmationMessages, undefined);
    await assert.rejects(ask(hot, { file }), /lies outside/);
  }
  assert.deepEqual(ran, []);
});

test("input that is not as the schema has it is refused, and a defect tells the chat no more than that", async () => {
  const { hot, compare, ask, answerWith } = setUp();
  for (const input of [null, [], { file: 1 }, { fiel: "a.c" }, { count: 1000 }]) await assert.rejects(ask(hot, input), /must|has no/);
  assert.ok(hot.prepareInvocation({ input: null }).invocationMessage);
  await assert.rejects(ask(compare, { machines: ["p551-class"] }), /the nearest is "p550-class"/);
  vscode.window.createOutputChannel = () => ({ error: () => undefined });
  answerWith(async () => { throw new TypeError("secret"); });
  await assert.rejects(ask(hot, { file: "b`*.c" }), (error: Error) => !error.message.includes("secret"));
  const cancelled = new vscode.CancellationError();
  answerWith(async () => { throw cancelled; });
  await assert.rejects(ask(hot, { file: "b`*.c" }), (error) => error === cancelled);
});

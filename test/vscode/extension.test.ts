/** The extension in a trusted workspace (test/vscode/workspace). */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Parts } from "../../src/extension";
import type { Stage } from "../../src/host/predict";
import { runBuild } from "../../src/host/program-choice";
import { writeReport } from "../../src/core/report/report";
import type { ComparisonView, ToPage } from "../../webview/compare/protocol";

const ID = "perfvec-lens.perfvec-lens";
const FAST = ["p550-class", "c906-class"];

const folder = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const at = (name: string): vscode.Uri => vscode.Uri.file(path.join(folder(), name));
const parts = async (): Promise<Parts> => (await vscode.extensions.getExtension<Parts>(ID)!.activate())!;

async function open(name: string): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(at(name), { viewColumn: vscode.ViewColumn.One, preview: false });
}

async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, ms = 20_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function hover(uri: vscode.Uri, line: number, character: number): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", uri, new vscode.Position(line, character));
  return hovers.flatMap((h) => h.contents.map((c) => (typeof c === "string" ? c : c.value))).join("\n");
}

/** Answers the next question of a kind. */
function answer<K extends "showErrorMessage" | "showWarningMessage" | "showQuickPick" | "showInformationMessage" | "showSaveDialog">(kind: K, reply: (...args: any[]) => unknown): { asked: any[][]; restore: () => void } {
  const original = vscode.window[kind];
  const asked: any[][] = [];
  (vscode.window as any)[kind] = async (...args: any[]) => {
    asked.push(args);
    return reply(...args);
  };
  return { asked, restore: () => ((vscode.window as any)[kind] = original) };
}

/** Engine processes of this window. */
const engines = (): string => {
  try {
    return execFileSync("pgrep", ["-P", String(process.pid), "-f", "dist/engine.js"], { encoding: "utf8" });
  } catch {
    return "";
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function withSetting(name: string, value: unknown, act: () => Promise<void>): Promise<void> {
  const values = vscode.workspace.getConfiguration("perfvec");
  await values.update(name, value, vscode.ConfigurationTarget.Workspace);
  try {
    await act();
  } finally {
    await values.update(name, undefined, vscode.ConfigurationTarget.Workspace);
  }
}

/** A compiler that passes everything on, and stops for good where `when` holds, once it has said its process number. */
function slowCompiler(name: string, when: string): { compiler: string; pid: () => number | undefined } {
  const compiler = at(`${name}-riscv64-linux-gnu-gcc`).fsPath;
  const pidFile = `${compiler}.pid`;
  fs.writeFileSync(compiler, `#!/bin/sh\ncase "$*" in ${when}) echo $$ > "${pidFile}.part"; mv "${pidFile}.part" "${pidFile}"; exec sleep 300;; esac\nexec riscv64-linux-gnu-gcc "$@"\n`, { mode: 0o755 });
  return { compiler, pid: () => (fs.existsSync(pidFile) ? Number(fs.readFileSync(pidFile, "utf8")) : undefined) };
}

suite("extension", () => {
  suiteSetup(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  test("it activates only when asked", async () => {
    const extension = vscode.extensions.getExtension<Parts>(ID)!;
    assert.equal(extension.isActive, false);
    await extension.activate();
  });

  test("a prediction paints the hot lines, fills hover, tree and status bar", async () => {
    const { predictor, results, heatmap, tree, status } = await parts();
    const editor = await open("hot.c");
    const stages: Stage[] = [];
    const result = await predictor.predict(undefined, { machines: FAST, onStage: (s) => stages.push(s) });
    assert.ok(result);
    assert.deepEqual([...new Set(stages)].filter((s) => s !== "running"), ["compiling", "starting", "predicting"]);
    assert.equal(results.active, result);
    const painting = heatmap.painted.get(editor.document.uri.toString())!;
    const painted = [...painting.steps.values()].flat();
    assert.ok(painted.some((line) => line >= 6 && line <= 7), `the loop is painted: ${painted}`);
    assert.ok(painted.every((line) => editor.document.lineAt(line).text.trim() !== ""));
    assert.deepEqual(painting.stale, []);
    const text = await hover(editor.document.uri, 7, 6);
    for (const wanted of ["Line 8", "p550-class", "c906-class", "cycles each", "executed instructions", "fdiv.d", "stopped at the limit of 200000", "not measured"]) assert.ok(text.includes(wanted), `${wanted}:\n${text}`);
    const fn = await hover(editor.document.uri, 4, 16);
    assert.ok(fn.includes("Function `weigh`"), fn);
    assert.match(status.text, /p550-class [\d.]+ [mµ]?s/);
    const [root, functions, lines] = tree.getChildren();
    assert.equal(tree.getTreeItem(root!).label, "hot.c");
    assert.ok(tree.getChildren(functions!).length > 0);
    const line = tree.getTreeItem(tree.getChildren(lines!)[0]!);
    assert.match(String(line.description), /% · /);
    await vscode.commands.executeCommand(line.command!.command, ...line.command!.arguments!);
    assert.equal(vscode.window.activeTextEditor!.selection.active.line, Number(String(line.label).split(":")[1]) - 1);
  });

  test("another machine repaints without running", async () => {
    const { results, heatmap, status } = await parts();
    const editor = await open("hot.c");
    const before = results.active!;
    await vscode.commands.executeCommand("perfvec.changeMachine", "rocket-class");
    assert.equal(results.active, before);
    assert.equal(results.machines[0]!.name, "rocket-class");
    assert.ok(results.machines.some((m) => m.name === "p550-class"), "the one before stays for comparison");
    assert.match(status.text, /rocket-class/);
    assert.match(await hover(editor.document.uri, 7, 6), /on `rocket-class`/);
    assert.ok(heatmap.painted.get(editor.document.uri.toString())!.steps.size > 0);
    assert.equal(engines(), "");
    await vscode.commands.executeCommand("perfvec.changeMachine", "no-such-machine");
    assert.equal(results.machines[0]!.name, "rocket-class");
  });

  test("the disassembly opens beside the source, is linked with it both ways, follows the machine, and has hovers, outline, folds", async () => {
    const { disassembly, results } = await parts();
    const source = await open("hot.c");
    source.selection = new vscode.Selection(7, 4, 7, 4);
    await vscode.commands.executeCommand("perfvec.showDisassemblyOfLine");
    const asm = vscode.window.activeTextEditor!;
    const { document } = asm;
    assert.deepEqual([document.uri.scheme, document.languageId, asm.viewColumn], ["perfvec-asm", "perfvec-riscv", vscode.ViewColumn.Two]);
    assert.match(document.lineAt(0).text, /^; .*hot\.c on rocket-class/);
    const here = (): string => document.lineAt(asm.selection.active.line).text;
    const addressHere = (): string => here().split(/\s+/)[1]!;
    const address = addressHere();
    assert.match(here(), /^ +[0-9a-f]+ +[\d,.]+ cycles +[\d.]+ % +[\d,]+ times +\S/);
    assert.ok(disassembly.painted.size > 0);
    const highlighted = (uri: vscode.Uri): number[] => disassembly.link.highlighted.get(uri.toString()) ?? [];
    await until("the source line is highlighted", () => highlighted(source.document.uri).includes(7));
    assert.ok(highlighted(document.uri).includes(asm.selection.active.line));

    const before = document.getText();
    await vscode.commands.executeCommand("type", { text: "x" });
    assert.equal(document.getText(), before, "nobody writes in it");

    const { line } = asm.selection.active;
    const said = await hover(document.uri, line, 3);
    for (const wanted of ["on `rocket-class`", "cycles each of", "hot.c:8", "Behaves most like these", "not measured"]) assert.ok(said.includes(wanted), `${wanted}:\n${said}`);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>("vscode.executeDocumentSymbolProvider", document.uri);
    assert.match(document.lineAt(symbols[0]!.range.start.line).text, new RegExp(`^${symbols[0]!.name}:  ; ${symbols[0]!.detail} of the time`));
    const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>("vscode.executeFoldingRangeProvider", document.uri);
    assert.equal(folds.length, symbols.length);
    const [definition] = await vscode.commands.executeCommand<vscode.Location[]>("vscode.executeDefinitionProvider", document.uri, new vscode.Position(line, 3));
    assert.deepEqual([definition!.uri.toString(), definition!.range.start.line], [source.document.uri.toString(), 7]);

    await vscode.window.showTextDocument(source.document, { viewColumn: vscode.ViewColumn.One });
    const cursor = asm.selection.active.line;
    const again = vscode.window.activeTextEditor!;
    again.selection = new vscode.Selection(6, 0, 6, 0);
    await until("instructions of the line are highlighted", () => {
      const lines = highlighted(document.uri);
      return lines.length > 0 && lines.every((l) => l < document.lineCount) && !highlighted(source.document.uri).length;
    });
    assert.deepEqual([vscode.window.activeTextEditor, asm.selection.active.line], [again, cursor], "neither focus nor cursor is moved");

    await vscode.commands.executeCommand("perfvec.changeMachine", "p550-class");
    await until("the text of the machine", () => /on p550-class/.test(document.lineAt(0).text));
    assert.equal(vscode.window.activeTextEditor, again);
    await until("the cursor stays on its instruction", () => addressHere() === address);

    const [, link] = /\(command:perfvec\.showDisassembly\?([^)]*)\)/.exec(await hover(source.document.uri, 6, 6))!;
    await vscode.commands.executeCommand("perfvec.showDisassembly", ...(JSON.parse(decodeURIComponent(link!)) as unknown[]));
    assert.equal(vscode.window.activeTextEditor!.document, document);
    assert.notEqual(addressHere(), address, "at an instruction of the other line");
    const shown = results.active!;
    await vscode.commands.executeCommand("perfvec.clear");
    await until("nothing is predicted", () => document.getText().startsWith("; Nothing is predicted"));
    results.add(shown);
    await until("it is back", () => /on p550-class/.test(document.lineAt(0).text));
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await vscode.commands.executeCommand("perfvec.changeMachine", "rocket-class");
  });

  test("calls and phases open in a page beside, and follow the machine", async () => {
    const { calls } = await parts();
    await open("hot.c");
    await vscode.commands.executeCommand("perfvec.showCalls");
    const view = () => (calls.shown?.type === "show" ? calls.shown.view : undefined);
    await until("the page has asked", () => view() !== undefined);
    assert.ok(vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label === "PerfVec: Calls and Phases")));
    assert.ok(view()!.rows.some((row) => row.name === "main" && row.hasSource));
    assert.ok(view()!.phases!.machines.length >= 1);
    await vscode.commands.executeCommand("perfvec.changeMachine", "u74-class");
    await until("the other machine", () => view()!.machine === "u74-class");
    await vscode.commands.executeCommand("perfvec.changeMachine", "rocket-class");
    const tab = vscode.window.tabGroups.all.flatMap((group) => group.tabs).find(({ label }) => label === "PerfVec: Calls and Phases")!;
    await vscode.window.tabGroups.close(tab);
  });

  test("the comparison follows cursor and machine, and paints what is chosen there", async () => {
    const { comparison, results, status } = await parts();
    const shown = (): ComparisonView | undefined => (comparison.shown?.type === "show" ? comparison.shown.view : undefined);
    const editor = await open("hot.c");
    await vscode.commands.executeCommand("perfvec.comparison.focus");
    const program = await until("the page has asked and was told", shown);
    assert.deepEqual([program.name, program.rows.map((r) => r.name), program.machine], ["hot.c", results.machines.map((m) => m.name), "rocket-class"]);
    await vscode.commands.executeCommand("perfvec.changeMachine", "p550-class");
    await until("the view follows the machine", () => shown()!.machine === "p550-class");
    const webview = { onDidReceiveMessage: new vscode.EventEmitter<unknown>(), told: [] as ToPage[] };
    // The page's own part, which no test in this process can click: the same view with a page of ours.
    comparison.resolveWebviewView({
      webview: { options: {}, html: "", cspSource: "x", asWebviewUri: (uri: vscode.Uri) => uri, onDidReceiveMessage: webview.onDidReceiveMessage.event, postMessage: async (m: ToPage) => webview.told.push(m) > 0 },
      visible: true, onDidChangeVisibility: new vscode.EventEmitter<void>().event, onDidDispose: new vscode.EventEmitter<void>().event,
    } as unknown as vscode.WebviewView);
    const last = (): ComparisonView | undefined => {
      const message = webview.told.at(-1);
      return message?.type === "show" ? message.view : undefined;
    };
    webview.onDidReceiveMessage.fire({ type: "want", want: { scope: "line", follow: true, all: true, inlined: false, baseline: "u74-class" } });
    await vscode.window.showTextDocument(editor.document, vscode.ViewColumn.One);
    for (const line of [7, 6]) {
      editor.selection = new vscode.Selection(line, 4, line, 4);
      await until("the cursor's line", () => last()?.name === `hot.c:${line + 1}`);
    }
    assert.equal(last()!.rows.length, results.library.machines.length);
    assert.equal(last()!.rows.find((r) => r.name === "u74-class")!.speedup, 1);
    webview.onDidReceiveMessage.fire({ type: "choose", name: "rocket-class" });
    assert.equal(results.machines[0]!.name, "rocket-class");
    assert.match(status.text, /rocket-class/);
  });

  test("a machine of the workspace is there as soon as its file is, and goes with it; editor and exploration open", async () => {
    const { results, own, machineEditors, exploring } = await parts();
    const start = own.shipped.machines.find((m) => m.name === "p550-class")!;
    const file = vscode.Uri.joinPath(at(".perfvec"), "machines", "mine.json");
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ ...start, name: "mine", title: "Mine", base: "p550-class", origin: "parameters" })));
    await until("the machine is known", () => results.library.machines.some((m) => m.name === "mine"));
    await vscode.commands.executeCommand("perfvec.editMachine", "mine");
    assert.equal([...machineEditors.open][0]!.draft.start.name, "p550-class");
    await vscode.commands.executeCommand("perfvec.explore");
    await until("the page has asked and was told", () => exploring.shown);
    assert.ok(exploring.shown!.starts.includes("mine"));
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(at(".perfvec"), "machines"), { recursive: true });
    await until("the machine is gone", () => !results.library.machines.some((m) => m.name === "mine"));
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    await until("the editor is closed", () => machineEditors.open.size === 0);
  });

  test("edits shift results and grey what was edited; undo brings it back; a save offers to predict again", async () => {
    const { heatmap, offer, predictor, results } = await parts();
    const editor = await open("hot.c");
    const key = editor.document.uri.toString();
    const all = (): number[] => [...heatmap.painted.get(key)!.steps.values()].flat().sort((a, b) => a - b);
    const before = all();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// one\n// two\n"));
    assert.deepEqual(all(), before.map((line) => line + 2));
    assert.deepEqual(heatmap.painted.get(key)!.stale, []);
    await editor.edit((edit) => edit.insert(new vscode.Position(9, 4), "sum += 1; "));
    assert.deepEqual(heatmap.painted.get(key)!.stale, [9]);
    const text = await hover(editor.document.uri, 9, 6);
    assert.ok(text.includes("edited since") && text.includes("not the one predicted"), text);
    await vscode.commands.executeCommand("undo");
    await vscode.commands.executeCommand("undo");
    assert.deepEqual(all(), before);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// saved\n"));
    await editor.document.save();
    assert.ok(offer.command, "predicting again is offered");
    const old = results.active;
    const again = await predictor.again(editor.document.uri);
    assert.ok(again && again !== old);
    assert.deepEqual(all(), before.map((line) => line + 1));
  });

  test("two editors keep a result each", async () => {
    const { predictor, results, heatmap } = await parts();
    const first = await open("hot.c");
    await vscode.window.showTextDocument(at("other.c"), { viewColumn: vscode.ViewColumn.Two, preview: false });
    assert.ok(await predictor.predict(at("other.c"), { machines: FAST }));
    assert.ok(results.active!.id.endsWith("other.c"));
    for (const name of ["hot.c", "other.c"]) assert.ok(heatmap.painted.get(at(name).toString())!.steps.size > 0, name);
    await vscode.window.showTextDocument(first.document, { viewColumn: vscode.ViewColumn.One });
    await until("the result follows the editor", () => results.active!.id.endsWith("hot.c"));
  });

  test("a prediction compiles by itself, though the task provider is asked for the same source meanwhile", async () => {
    const { predictor } = await parts();
    await open("other.c");
    fs.rmSync(at("other.elf").fsPath, { force: true });
    let over = false;
    const predicting = predictor.predict(at("other.c"), { machines: FAST }).finally(() => (over = true));
    while (!over) await vscode.tasks.fetchTasks({ type: "perfvec" });
    assert.ok(await predicting);
    assert.ok(!fs.existsSync(at("other.elf").fsPath), "nothing is left beside the source");
  });

  test("cancel ends a prediction while the compiler is looked for and while it works, with its processes", async () => {
    const { predictor } = await parts();
    for (const [name, when] of [["probed", "--version"], ["working", "*\\ -o\\ *"]] as const) {
      const { compiler, pid } = slowCompiler(name, when);
      await withSetting("compiler", compiler, async () => {
        const cancel = new vscode.CancellationTokenSource();
        const predicting = predictor.predict(at("forever.c"), { machines: FAST, token: cancel.token });
        const compilerPid = await until(`${name}: the compiler runs`, pid);
        assert.ok(isAlive(compilerPid));
        const asked = Date.now();
        cancel.cancel();
        assert.equal(await predicting, undefined);
        assert.ok(Date.now() - asked < 3000, `${name}: ${Date.now() - asked} ms`);
        if (name === "working") await until("the compiler is gone", () => !isAlive(compilerPid), 2000);
        else process.kill(compilerPid, "SIGKILL");
      });
    }
  });

  test("a newer prediction of a file ends the older one and takes its place", async () => {
    const { predictor } = await parts();
    const first = predictor.predict(at("other.c"), { machines: FAST });
    const second = predictor.predict(at("other.c"), { machines: FAST });
    assert.equal(await first, undefined);
    assert.ok(await second);
  });

  test("cancel ends a prediction while it starts and runs, within a second, and leaves no process", async () => {
    const { predictor, results } = await parts();
    const before = results.active;
    for (const stage of ["starting", "predicting"] as const) {
      const cancel = new vscode.CancellationTokenSource();
      let asked = 0;
      const onStage = async (now: Stage): Promise<void> => {
        if (now !== stage || asked) return;
        asked = Infinity;
        await until("an engine", () => engines());
        asked = Date.now();
        cancel.cancel();
      };
      const result = await predictor.predict(at("forever.c"), { machines: FAST, onStage, token: cancel.token });
      assert.equal(result, undefined, stage);
      assert.ok(asked > 0, `${stage} was reached`);
      assert.ok(Date.now() - asked < 1500, `${stage}: ${Date.now() - asked} ms`);
    }
    await until("no engine is left", () => engines() === "");
    assert.equal(results.active, before);
  });

  test("compile errors land in the Problems panel", async () => {
    const { predictor } = await parts();
    const messages = answer("showErrorMessage", () => undefined);
    try {
      assert.equal(await predictor.predict(at("broken.c"), { machines: FAST }), undefined);
      const problem = await until("the problem", () => vscode.languages.getDiagnostics(at("broken.c"))[0]);
      assert.match(problem.message, /undeclared_name/);
      assert.equal(problem.range.start.line, 1);
      const files = answer("showQuickPick", () => undefined);
      await predictor.predict(at("missing.c"), { machines: FAST });
      files.restore();
      const unlinked = await until("the linker's problem", () => vscode.languages.getDiagnostics(at("missing.c"))[0]);
      assert.match(unlinked.message, /undefined reference to .elsewhere/);
      assert.equal(unlinked.range.start.line, 3);
      assert.match(messages.asked[0]![0], /does not compile/);
      assert.equal(messages.asked[0]![1], "Show Problems");
    } finally {
      messages.restore();
    }
  });

  test("a missing compiler gives a message with buttons that help", async () => {
    const { predictor } = await parts();
    const values = vscode.workspace.getConfiguration("perfvec");
    await values.update("compiler", "/nowhere/riscv64-gcc", vscode.ConfigurationTarget.Workspace);
    const messages = answer("showErrorMessage", () => undefined);
    try {
      assert.equal(await predictor.predict(at("hot.c"), { machines: FAST }), undefined);
      assert.match(messages.asked[0]![0], /no such compiler/);
      assert.deepEqual(messages.asked[0]!.slice(1), ["How to Install", "Choose Compiler…", "Open the Sample"]);
    } finally {
      messages.restore();
      await values.update("compiler", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  test("a file without main: its program in the workspace, other sources, a driver", async () => {
    const { predictor, choice, results } = await parts();
    execFileSync("riscv64-linux-gnu-gcc", ["-O2", "-g", "-static", "library.c", "program.c", "-o", "program.elf"], { cwd: folder() });
    await open("library.c");
    vscode.window.activeTextEditor!.selection = new vscode.Selection(4, 0, 4, 0);
    const labels: string[][] = [];
    const choose = (pattern: RegExp) =>
      answer("showQuickPick", (items: any) => {
        labels.push(items.map((i: any) => i.label));
        return items.find((i: any) => pattern.test(i.label));
      });
    let picks = choose(/program\.elf/);
    try {
      const result = await predictor.predict(at("library.c"), { machines: FAST });
      assert.ok(result?.fileAt(at("library.c").fsPath));
      assert.match(labels[0]!.join(), /A driver for checksum/);
      assert.deepEqual(choice.recipe(at("library.c").fsPath), { kind: "elf", elf: at("program.elf").fsPath });
      assert.equal(await predictor.predict(at("library.h"), { machines: FAST }), undefined);
      assert.match(labels[1]!.join(), /Together With.*Build Command.*ELF File/, "a header ends in a choice, not in an error");
      await choice.forget(at("library.c").fsPath);
      picks.restore();
      picks = answer("showQuickPick", (items: any, options: any) => (options.canPickMany ? items.filter((i: any) => i.label === "program.c") : items.find((i: any) => /Together/.test(i.label))));
      assert.ok(await predictor.predict(at("library.c"), { machines: FAST }));
      await choice.forget(at("library.c").fsPath);
      picks.restore();
      picks = choose(/driver for checksum/);
      assert.equal(await predictor.predict(at("library.c"), { machines: FAST }), undefined, "a driver is shown before it runs");
      const driver = await until("the driver", () => vscode.window.visibleTextEditors.find((e) => e.document.fileName.endsWith("checksum_driver.c")));
      const again = await predictor.predict(driver.document.uri, { machines: FAST });
      assert.ok(again?.fileAt(at("library.c").fsPath), "the driver annotates the file it is for");
      assert.equal(results.ofFile(at("library.c").fsPath), again);
      assert.deepEqual(choice.recipe(at("library.c").fsPath), { kind: "driver", driver: driver.document.fileName, of: at("library.c").fsPath });
    } finally {
      picks.restore();
    }
  });

  test("a build command: short, failing, absent and cancelled ones all come to an end", async () => {
    const never = new AbortController().signal;
    await runBuild(["true"], folder(), never);
    const both = await Promise.allSettled([runBuild(["sh", "-c", "sleep 0.5"], folder(), never), runBuild(["sh", "-c", "exit 3"], folder(), never)]);
    assert.deepEqual(both.map((b) => b.status), ["fulfilled", "rejected"], "two at once are two");
    await assert.rejects(runBuild(["false"], folder(), never), /failed \(exit code 1\)/);
    await assert.rejects(runBuild(["/nowhere/make"], folder(), never), /the build command failed/);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new vscode.CancellationError()), 500);
    await assert.rejects(runBuild(["sleep", "60"], folder(), cancel.signal), vscode.CancellationError);
    await assert.rejects(runBuild(["true"], folder(), cancel.signal), vscode.CancellationError);
  });

  test("a driver is compiled with its source's flags, and is not remembered before it was predicted", async () => {
    const { predictor, choice } = await parts();
    fs.mkdirSync(at("include").fsPath, { recursive: true });
    fs.writeFileSync(at("include/scale.h").fsPath, "#define SCALE 3\n");
    fs.writeFileSync(at("scaled.c").fsPath, "#include <scale.h>\nint scaled(int n) {\n  int sum = 0;\n  for (int i = 0; i < n; i++)\n    sum += i * SCALE;\n  return sum;\n}\n");
    fs.writeFileSync(at("compile_commands.json").fsPath, JSON.stringify([{ directory: ".", file: "scaled.c", command: "cc -Iinclude -c scaled.c" }]));
    await open("scaled.c");
    const picks = answer("showQuickPick", (items: any) => items.find((i: any) => /driver for scaled/.test(i.label)));
    try {
      await predictor.predict(at("scaled.c"), { machines: FAST });
    } finally {
      picks.restore();
    }
    const driver = await until("the driver", () => vscode.window.visibleTextEditors.find((e) => e.document.fileName.endsWith("scaled_driver.c")));
    assert.deepEqual(choice.recipe(at("scaled.c").fsPath), { kind: "sources", sources: [at("scaled.c").fsPath] });
    const result = await predictor.predict(driver.document.uri, { machines: FAST });
    assert.ok(result?.fileAt(at("scaled.c").fsPath));
    assert.ok(await predictor.predict(at("scaled.c"), { machines: FAST }), "from now on the source is predicted through it");
    fs.rmSync(at("compile_commands.json").fsPath);
  });

  test("a build command is run, remembered for the workspace, and its program predicted; a source younger than it is grey", async () => {
    const { predictor, choice, heatmap } = await parts();
    fs.writeFileSync(at("build.sh").fsPath, "riscv64-linux-gnu-gcc -O2 -g -static library.c program.c -o built.elf\n");
    await choice.forget(at("library.c").fsPath);
    fs.rmSync(at("program.elf").fsPath, { force: true });
    const input = vscode.window.showInputBox;
    (vscode.window as any).showInputBox = async () => "sh build.sh";
    let picks = answer("showQuickPick", (items: any) => items.find((i: any) => /Run a Build Command/.test(i.label ?? "")) ?? items.find((i: any) => /built\.elf/.test(i)));
    try {
      const editor = await open("library.c");
      assert.ok(await predictor.predict(at("library.c"), { machines: FAST }));
      assert.equal(choice.recipe(at("library.c").fsPath)!.kind, "build");
      const painting = () => heatmap.painted.get(editor.document.uri.toString())!;
      assert.ok(painting().steps.size > 0 && painting().stale.length === 0);
      await choice.forget(at("library.c").fsPath);
      picks.restore();
      picks = answer("showQuickPick", (items: any) => items.find((i: any) => /built\.elf/.test(i.label)));
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// younger\n"));
      await editor.document.save();
      assert.ok(await predictor.predict(at("library.c"), { machines: FAST }));
      assert.ok(painting().stale.length > 0 && painting().steps.size === 0, "the program is older than the source");
      const labels: string[] = [];
      await choice.forget(at("library.c").fsPath);
      picks.restore();
      picks = answer("showQuickPick", (items: any) => void labels.push(...items.map((i: any) => i.label)));
      await choice.ask(at("library.c").fsPath, new AbortController().signal, "x");
      assert.ok(labels.includes("$(tools) Run sh build.sh"), labels.join());
    } finally {
      picks.restore();
      (vscode.window as any).showInputBox = input;
    }
  });

  test("an edit during a prediction shifts its result", async () => {
    const { predictor, heatmap } = await parts();
    const editor = await open("other.c");
    let edited: Thenable<boolean> | undefined;
    const onStage = (stage: Stage): void => {
      if (stage === "predicting") edited ??= editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// meanwhile\n"));
    };
    assert.ok(await predictor.predict(at("other.c"), { machines: FAST, onStage }));
    assert.ok(await edited);
    const painting = heatmap.painted.get(editor.document.uri.toString())!;
    const painted = [...painting.steps.values()].flat();
    assert.ok(painted.length > 0 && painted.every((line) => line >= 3 && line <= 4), `${painted}`);
    assert.deepEqual(painting.stale, []);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  test("a save predicts again when it shall, and is left alone when it shall", async () => {
    const { predictor, results, offer } = await parts();
    const editor = await open("hot.c");
    const first = await predictor.predict(at("hot.c"), { machines: FAST });
    const save = async (): Promise<void> => {
      await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// saved\n"));
      await editor.document.save();
    };
    offer.command = undefined;
    await withSetting("predictOnSave", "never", async () => {
      await save();
      assert.equal(offer.command, undefined);
      assert.equal(results.active, first);
    });
    await withSetting("predictOnSave", "always", async () => {
      await save();
      await until("a new result", () => results.active !== first && results.active?.id === first!.id);
    });
  });

  test("a saved report opens in its editor and annotates, without running anything", async () => {
    const { predictor, results, heatmap } = await parts();
    const result = await predictor.predict(at("other.c"), { machines: FAST });
    fs.writeFileSync(at("saved.perfvec").fsPath, writeReport(result!.profile));
    fs.writeFileSync(at("cut.perfvec").fsPath, writeReport(result!.profile).subarray(0, 1000));
    await vscode.commands.executeCommand("perfvec.clear");
    assert.equal(results.active, undefined);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.commands.executeCommand("vscode.open", at("saved.perfvec"), { preview: false });
    await until("the report", () => results.active?.id.endsWith("saved.perfvec"));
    await until("its tab", () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return tab instanceof vscode.TabInputCustom && tab.viewType === "perfvec.report";
    });
    const editor = await open("other.c");
    await until("annotation", () => (heatmap.painted.get(editor.document.uri.toString())?.steps.size ?? 0) > 0);
    await vscode.commands.executeCommand("vscode.open", at("cut.perfvec")).then(undefined, () => undefined);
    assert.ok(results.active!.id.endsWith("saved.perfvec"), "a damaged report changes nothing");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await until("a closed report is gone", () => results.active === undefined);
  });

  test("the current result, and a report that is not open, are exported; nothing is written over that is read", async () => {
    const { predictor, results } = await parts();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await open("other.c");
    const result = (await predictor.predict(at("other.c"), { machines: FAST }))!;
    fs.writeFileSync(at("kept.perfvec").fsPath, writeReport(result.profile));
    let out = at("exported.html");
    let ending = ".html";
    const picks = answer("showQuickPick", (items: any[]) => items.find((i) => i.description === ending));
    const saves = answer("showSaveDialog", () => out);
    const told = answer("showInformationMessage", () => undefined);
    const errors = answer("showErrorMessage", () => undefined);
    const exported = async (target?: vscode.Uri): Promise<string> => {
      await vscode.commands.executeCommand("perfvec.export", target);
      return fs.readFileSync(out.fsPath, "utf8");
    };
    try {
      const page = await exported();
      assert.match(page, /^<!DOCTYPE html>/);
      assert.ok(page.includes(`${at("other.c").fsPath} (`), "the source is there, so it is shown");
      assert.equal(saves.asked[0]![0].defaultUri.fsPath, at("other.html").fsPath);
      assert.match(picks.asked[0]![1].placeHolder, /On p550-class and 1 more/);
      assert.match(told.asked[0]![0], /exported to exported\.html/);
      assert.deepEqual(picks.asked[0]![0].map((i: any) => i.description), [".json", ".csv", ".cpuprofile", ".speedscope.json", ".callgrind", ".sarif", ".html"]);

      await vscode.commands.executeCommand("perfvec.clear");
      [out, ending] = [at("exported.sarif"), ".sarif"];
      const { runs } = JSON.parse(await exported(at("kept.perfvec")));
      assert.deepEqual(runs.map((run: any) => run.automationDetails.id), FAST.map((name) => `perfvec/${name}`));
      assert.ok(runs[0].results.some((r: any) => r.locations[0].physicalLocation.artifactLocation.uri === "other.c"), "relative to the workspace");
      assert.equal(results.active, undefined, "exporting shows nothing");

      const before = fs.readFileSync(at("kept.perfvec").fsPath);
      out = at("kept.perfvec");
      await exported(at("kept.perfvec"));
      assert.match(errors.asked[0]![0], /is what is read/);
      assert.ok(before.equals(fs.readFileSync(out.fsPath)));

      const asked = saves.asked.length;
      await vscode.commands.executeCommand("perfvec.export");
      assert.match(told.asked.at(-1)![0], /no result to export/);
      assert.equal(saves.asked.length, asked);
    } finally {
      for (const stub of [picks, saves, told, errors]) stub.restore();
    }
  });

  test("the task provider offers cross-compile, and a task of tasks.json makes the ELF", async () => {
    await open("hot.c");
    const tasks = await vscode.tasks.fetchTasks({ type: "perfvec" });
    const task = tasks.find((t) => t.definition["source"] === at("hot.c").fsPath);
    assert.ok(task);
    const exitCode = (source: string): Promise<number | undefined> =>
      new Promise((resolve) => {
        const subscription = vscode.tasks.onDidEndTaskProcess((e) => {
          if (e.execution.task.definition["source"] !== source) return;
          subscription.dispose();
          resolve(e.exitCode);
        });
      });
    let ended = exitCode(at("hot.c").fsPath);
    await vscode.tasks.executeTask(task);
    assert.equal(await ended, 0);
    assert.ok(fs.statSync(at("hot.elf").fsPath).size > 1000);

    fs.mkdirSync(at(".vscode").fsPath, { recursive: true });
    const definition = { type: "perfvec", task: "cross-compile", source: "other.c", output: "made.elf", flags: ["-O1"], label: "make other" };
    fs.writeFileSync(at(".vscode/tasks.json").fsPath, JSON.stringify({ version: "2.0.0", tasks: [definition] }));
    const listed = await until("the task of tasks.json", async () => (await vscode.tasks.fetchTasks({ type: "perfvec" })).find((t) => t.definition["output"] === "made.elf"));
    ended = exitCode("other.c");
    await vscode.tasks.executeTask(listed);
    assert.equal(await ended, 0);
    assert.ok(fs.statSync(at("made.elf").fsPath).size > 1000, "relative paths are relative to the workspace folder");
  });

  test("gem5: a simulation's measured time stands beside the prediction; its trace opens; a task makes one; failures are told", async () => {
    const { results, tree } = await parts();
    const fixtures = path.join(vscode.extensions.getExtension(ID)!.extensionPath, "test", "fixtures", "gem5");
    const elf = vscode.Uri.file(path.join(fixtures, "sample.elf"));
    await withSetting("gem5.path", path.join(fixtures, "..", "..", "gem5", "fake-gem5.mjs"), async () => {
      await vscode.commands.executeCommand("perfvec.gem5Trace", elf, "p550-class");
      const simulated = results.active!;
      assert.equal(simulated.id, elf.fsPath);
      assert.equal(simulated.profile.provenance.measuredOn, "p550-class");
      assert.match(String(tree.getTreeItem(tree.getChildren()[0]!).description), /on p550-class, [+−][\d.]+ % of measured/);

      await vscode.commands.executeCommand("perfvec.openTrace", vscode.Uri.file(path.join(fixtures, "riscv-o3-fork", "trace.txt.gz")), elf);
      assert.ok(results.active!.id.endsWith("trace.txt.gz"));
      const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total(results.active!.profile.measured!) - total(simulated.profile.measured!)) < 1e-6);

      fs.copyFileSync(elf.fsPath, at("sample.elf").fsPath);
      fs.mkdirSync(at(".vscode").fsPath, { recursive: true });
      const definition = { type: "perfvec", task: "gem5-trace", program: "sample.elf", machine: "u74-class", output: "simulated", label: "simulate" };
      fs.writeFileSync(at(".vscode/tasks.json").fsPath, JSON.stringify({ version: "2.0.0", tasks: [definition] }));
      const task = await until("the task of tasks.json", async () => (await vscode.tasks.fetchTasks({ type: "perfvec" })).find((t) => t.definition["machine"] === "u74-class"));
      const ended = new Promise<number | undefined>((resolve) => vscode.tasks.onDidEndTaskProcess((e) => e.execution.task.definition["machine"] === "u74-class" && resolve(e.exitCode)));
      await vscode.tasks.executeTask(task);
      assert.equal(await ended, 0);
      assert.deepEqual(fs.readdirSync(at("simulated").fsPath).sort(), ["gem5.log", "m5out", "machine.json", "sq.trace.txt", "trace.txt"]);
    });
    const messages = answer("showErrorMessage", () => undefined);
    try {
      await withSetting("gem5.path", "/nowhere/gem5.opt", async () => {
        await vscode.commands.executeCommand("perfvec.gem5Trace", elf, "p550-class");
        assert.match(messages.asked[0]![0], /no such gem5/);
        assert.deepEqual(messages.asked[0]!.slice(1), ["Choose gem5…", "Show Log"]);
      });
    } finally {
      messages.restore();
    }
  });

  test("a prediction is compared with its baseline: at the end of lines, in hover, tree and status bar; a report does as well", async () => {
    const { predictor, results, diffMarks, tree, status } = await parts();
    const loop = "    s += 3.0 * i;";
    fs.writeFileSync(at("diffed.c").fsPath, `static volatile double sink;\nint main(void) {\n  double s = 0;\n  for (int i = 1; i < 2000; i++)\n${loop}\n  sink = s;\n  return 0;\n}\n`);
    const editor = await open("diffed.c");
    const key = editor.document.uri.toString();
    const before = (await predictor.predict(editor.document.uri, { machines: FAST }))!;
    await vscode.commands.executeCommand("perfvec.setBaseline");
    const root = (): string => String(tree.getTreeItem(tree.getChildren()[0]!).description);
    assert.match(root(), /, the baseline$/);
    assert.deepEqual(diffMarks.painted.get(key), []);

    await editor.edit((edit) => {
      edit.insert(new vscode.Position(0, 0), "// one\n");
      edit.replace(new vscode.Range(4, 0, 4, loop.length), loop.replace("*", "/"));
    });
    assert.ok(await predictor.again(editor.document.uri));
    const mark = diffMarks.painted.get(key)!.find(({ line }) => line === 5)!;
    assert.match(mark.text, /^▲ \+[\d.]+ % slower$/);
    const text = await hover(editor.document.uri, 5, 6);
    for (const wanted of [/Since `diffed\.c` \(edited\): .* before, .* now on `p550-class`: \*\*\+[\d.]+ % slower\*\*/, /Compared with `diffed\.c`/]) assert.match(text, wanted);
    assert.match(status.text, /^\$\(pulse\) p550-class .* \(\+[\d.]+ % slower\)$/);
    assert.match(root(), /\+[\d.]+ % slower since diffed\.c$/);

    await vscode.commands.executeCommand("perfvec.toggleHeatmap");
    await until("no mark without the heatmap", () => diffMarks.painted.get(key)!.length === 0);
    await vscode.commands.executeCommand("perfvec.toggleHeatmap");
    await until("the mark again", () => diffMarks.painted.get(key)!.length > 0);

    await vscode.commands.executeCommand("perfvec.clearBaseline");
    assert.deepEqual(diffMarks.painted.get(key), []);
    assert.doesNotMatch(status.text, /slower/);

    fs.writeFileSync(at("before.perfvec").fsPath, writeReport(before.profile));
    await vscode.commands.executeCommand("perfvec.compareWithReport", at("before.perfvec"));
    assert.match(diffMarks.painted.get(key)!.find(({ line }) => line === 5)!.text, /slower/);
    assert.match(root(), /slower since before\.perfvec$/);
    fs.writeFileSync(at("broken.perfvec").fsPath, "PK\x03\x04 nothing");
    const messages = answer("showErrorMessage", () => undefined);
    try {
      await vscode.commands.executeCommand("perfvec.compareWithReport", at("broken.perfvec"));
      assert.match(messages.asked[0]![0], /broken\.perfvec: not a report/);
    } finally {
      messages.restore();
    }
    assert.match(root(), /since before\.perfvec$/, "the baseline before stays");
    await vscode.commands.executeCommand("perfvec.clearBaseline");
    assert.equal(results.active!.id, editor.document.uri.fsPath);
  });

  test("the sample needs no compiler", async () => {
    const { results, heatmap } = await parts();
    const values = vscode.workspace.getConfiguration("perfvec");
    await values.update("compiler", "/nowhere/riscv64-gcc", vscode.ConfigurationTarget.Workspace);
    try {
      await vscode.commands.executeCommand("perfvec.openSample");
      assert.ok(results.active!.id.endsWith("matmul_naive.c"));
      const uri = vscode.Uri.file(results.active!.id).toString();
      await until("paint", () => (heatmap.painted.get(uri)?.steps.size ?? 0) > 0);
      assert.deepEqual(heatmap.painted.get(uri)!.stale, []);
    } finally {
      await values.update("compiler", undefined, vscode.ConfigurationTarget.Workspace);
    }
  });
});

/** The extension in a workspace that is not trusted: nothing is compiled or run; saved reports open. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { writeReport } from "../../src/core/report/report";
import type { Parts } from "../../src/extension";
import { profileOf } from "./synthetic";

const parts = async (): Promise<Parts> => (await vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!.activate())!;
const at = (name: string): vscode.Uri => vscode.Uri.file(path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, name));

/** The server itself looks now and then for ports that programs have opened, by a shell; what has ended has lost its arguments. Nothing of ours runs by a shell. */
const OF_VSCODE = ["ls -l /proc/[0-9]*/fd/", "[sh] <defunct>"];

/** Processes that this window has started, whatever else they are. */
function children(): string[] {
  try {
    return execFileSync("pgrep", ["-a", "-P", String(process.pid)], { encoding: "utf8" }).split("\n").filter((line) => line && ![...OF_VSCODE, "pgrep"].some((known) => line.includes(known)));
  } catch {
    return [];
  }
}

const startedSince = (before: readonly string[]): string[] => children().filter((line) => !before.includes(line));

suite("untrusted", () => {
  test("no command compiles or runs anything, and predicting says why", async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const { predictor, results } = await parts();
    const asked: string[] = [];
    const kinds = ["showWarningMessage", "showInformationMessage", "showErrorMessage"] as const;
    const originals = kinds.map((kind) => vscode.window[kind]);
    for (const kind of kinds) (vscode.window as any)[kind] = async (message: string) => void asked.push(message);
    const before = children();
    try {
      await vscode.window.showTextDocument(at("hot.c"));
      assert.equal(await predictor.predict(at("hot.c"), { machines: ["p550-class"] }), undefined);
      assert.match(asked[0]!, /not trusted/);
      for (const command of ["perfvec.predictAgain", "perfvec.crossCompile", "perfvec.chooseProgram", "perfvec.openSample", "perfvec.gem5Trace"]) {
        const told = asked.length;
        await vscode.commands.executeCommand(command, at("hot.c"));
        assert.ok(asked.length > told, `${command} says why it does nothing`);
      }
      assert.deepEqual(startedSince(before), [], "no process was started");
    } finally {
      kinds.forEach((kind, i) => ((vscode.window as any)[kind] = originals[i]));
    }
    assert.equal(results.active, undefined);
    assert.ok(!fs.existsSync(at("hot.elf").fsPath));
  });

  test("a saved report opens and annotates; saving its source runs nothing, whatever the setting", async () => {
    const { results, heatmap } = await parts();
    fs.writeFileSync(at("saved.perfvec").fsPath, writeReport(profileOf(at("hot.c").fsPath, results.library.model, 20)));
    await vscode.commands.executeCommand("vscode.open", at("saved.perfvec"), { preview: false });
    for (let i = 0; i < 200 && !results.active; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(results.active, "the report is open");
    const editor = await vscode.window.showTextDocument(at("hot.c"), { preview: false });
    assert.ok(heatmap.painted.get(editor.document.uri.toString())!.steps.size > 0, "it annotates");
    await vscode.workspace.getConfiguration("perfvec").update("predictOnSave", "always", vscode.ConfigurationTarget.Workspace);
    const before = children();
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// saved\n"));
    await editor.document.save();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(startedSince(before), [], "no process was started");
    await vscode.workspace.getConfiguration("perfvec").update("predictOnSave", undefined, vscode.ConfigurationTarget.Workspace);
  });

  test("a report is exported here, too", async () => {
    fs.writeFileSync(at("kept.perfvec").fsPath, writeReport(profileOf(at("hot.c").fsPath, (await parts()).results.library.model, 20)));
    const { showQuickPick, showSaveDialog, showInformationMessage } = vscode.window;
    Object.assign(vscode.window, {
      showQuickPick: async (items: { description: string }[]) => items.find((i) => i.description === ".csv"),
      showSaveDialog: async () => at("kept.csv"),
      showInformationMessage: async () => undefined,
    });
    try {
      await vscode.commands.executeCommand("perfvec.export", at("kept.perfvec"));
    } finally {
      Object.assign(vscode.window, { showQuickPick, showSaveDialog, showInformationMessage });
    }
    assert.match(fs.readFileSync(at("kept.csv").fsPath, "utf8"), /^machine,file,line,/);
  });
});

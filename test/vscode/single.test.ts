/** A file opened in a window without a folder, no setting touched. */
import assert from "node:assert/strict";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Parts } from "../../src/extension";

suite("single", () => {
  const at = (name: string): vscode.Uri => vscode.Uri.file(path.join(process.env["PERFVEC_FOLDER"]!, name));

  test("one C file, no folder, no settings", async () => {
    assert.equal(vscode.workspace.workspaceFolders, undefined);
    const { predictor, heatmap } = (await vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!.activate())!;
    const editor = await vscode.window.showTextDocument(at("hot.c"));
    const result = await predictor.predict(undefined, { machines: ["p550-class"] });
    assert.ok(result);
    assert.equal(result.profile.provenance.whole, true);
    assert.ok(heatmap.painted.get(editor.document.uri.toString())!.steps.size > 0);
  });

  test("a compile error of it is told and marked", async () => {
    const { predictor } = (await vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!.activate())!;
    const asked: unknown[][] = [];
    const original = vscode.window.showErrorMessage;
    (vscode.window as any).showErrorMessage = async (...args: unknown[]) => void asked.push(args);
    try {
      assert.equal(await predictor.predict(at("broken.c"), { machines: ["p550-class"] }), undefined);
    } finally {
      (vscode.window as any).showErrorMessage = original;
    }
    assert.match(String(asked[0]![0]), /does not compile/);
    for (let i = 0; i < 100 && !vscode.languages.getDiagnostics(at("broken.c")).length; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match(vscode.languages.getDiagnostics(at("broken.c"))[0]!.message, /undeclared_name/);
  });
});

/** The extension in a workspace that is not trusted: nothing is compiled or run. */
import assert from "node:assert/strict";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Parts } from "../../src/extension";

suite("untrusted", () => {
  test("predicting says why it does not, and runs nothing", async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const { predictor, results } = (await vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!.activate())!;
    const asked: unknown[][] = [];
    const original = vscode.window.showWarningMessage;
    (vscode.window as any).showWarningMessage = async (...args: unknown[]) => void asked.push(args);
    try {
      const file = vscode.Uri.file(path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, "hot.c"));
      assert.equal(await predictor.predict(file, { machines: ["p550-class"] }), undefined);
    } finally {
      (vscode.window as any).showWarningMessage = original;
    }
    assert.match(String(asked[0]![0]), /not trusted/);
    assert.equal(results.active, undefined);
  });
});

/** A packaged extension, installed into a VS Code where the repository is no part of it: predicts the sample. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Parts } from "../../src/extension";

suite("installed", () => {
  test(`${process.env["PERFVEC_VSIX"]} predicts the sample with ONNX Runtime ${process.env["PERFVEC_RUNTIME"]}`, async () => {
    const extension = vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!;
    assert.ok(extension.extensionPath.startsWith(process.env["PERFVEC_EXTENSIONS"]!), extension.extensionPath);
    const { results, heatmap } = await extension.activate();
    await vscode.commands.executeCommand("perfvec.openSample");
    assert.ok(results.active, "there is a result");
    const { provenance } = results.active.profile;
    assert.match(provenance.runtime, new RegExp(`^${process.env["PERFVEC_RUNTIME"]}`));
    assert.ok(provenance.executed > 100_000);
    assert.ok(results.active.on(results.machines[0]!).time > 0);
    const painting = heatmap.painted.get(vscode.Uri.file(results.active.id).toString());
    assert.ok(painting && painting.steps.size > 0 && painting.stale.length === 0, "its source is what was compiled, wherever VS Code runs");
    const readme = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension.extensionUri, "docs", "toolchains.md"));
    assert.ok(readme.length > 0, "the help that a missing compiler leads to");
    await vscode.commands.executeCommand("perfvec.showDisassembly");
    assert.equal(vscode.window.activeTextEditor!.document.languageId, "perfvec-riscv");
    const { grammars, languages } = extension.packageJSON.contributes as { grammars: { path: string }[]; languages: { configuration: string }[] };
    for (const file of [grammars[0]!.path, languages[0]!.configuration]) JSON.parse(String(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension.extensionUri, file))));
  });
});

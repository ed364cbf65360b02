/** Command: Open the Sample. A program that ships compiled, so that it works with no compiler. */
import * as vscode from "vscode";
import type { Predictor } from "./predict";
import type { Results } from "./results";
import { settings } from "./settings";

export function activate(context: vscode.ExtensionContext, results: Results, predictor: Predictor): void {
  const root = context.extensionUri;
  const source = vscode.Uri.joinPath(root, "examples", "matmul_naive.c");
  const elf = vscode.Uri.joinPath(root, "examples", "prebuilt", "matmul_naive.elf");
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.openSample", async () => {
      await vscode.window.showTextDocument(source, { viewColumn: vscode.ViewColumn.One });
      const machines = results.active ? [] : settings().machines;
      return predictor.predict(source, { machines, elf: elf.fsPath, folder: root.fsPath });
    }),
  );
}

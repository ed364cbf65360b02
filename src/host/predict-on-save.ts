/** Offers to predict a saved file again, or does. Setting: perfvec.predictOnSave. */
import * as vscode from "vscode";
import type { Results } from "./results";
import { settings } from "./settings";
import type { Tracking } from "./tracking";

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): vscode.StatusBarItem {
  const offer = vscode.window.createStatusBarItem("perfvec.again", vscode.StatusBarAlignment.Right, 89);
  offer.name = "PerfVec: predict again";
  offer.text = "$(refresh) Predict Again";
  context.subscriptions.push(
    offer,
    results.onDidChange(() => offer.hide()),
    vscode.workspace.onDidSaveTextDocument((document) => {
      const shown = tracking.of(document);
      const mode = settings(document.uri).predictOnSave;
      if (!shown?.stale || mode === "never" || !vscode.workspace.isTrusted || !shown.result.canRun) return;
      const again: vscode.Command = { command: "perfvec.predictAgain", title: "Predict Again", arguments: [vscode.Uri.file(shown.result.id)] };
      if (mode === "always") return void vscode.commands.executeCommand(again.command, ...again.arguments!);
      offer.command = again;
      offer.tooltip = `PerfVec: ${shown.result.title} was edited since it was predicted`;
      offer.show();
    }),
  );
  return offer;
}

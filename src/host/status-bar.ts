/** Status bar: the machine that is painted, with the program's time on it; click to change it. */
import * as vscode from "vscode";
import { duration, integer } from "../core/format";
import type { Results } from "./results";

export function activate(context: vscode.ExtensionContext, results: Results): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem("perfvec.machine", vscode.StatusBarAlignment.Right, 90);
  item.name = "PerfVec: microarchitecture";
  item.command = "perfvec.changeMachine";
  const show = (): void => {
    const result = results.active;
    if (!result) return item.hide();
    const machine = results.machines[0]!;
    const { time } = result.on(machine);
    const { executed, whole } = result.profile.provenance;
    item.text = `$(pulse) ${machine.name} ${duration(time)}`;
    item.tooltip = `PerfVec: ${result.title} takes ${duration(time)} on ${machine.title}\n${integer(executed)} executed instructions, ${whole ? "the whole run" : "part of the run"}\nClick to change the machine`;
    item.accessibilityInformation = { label: `PerfVec, machine ${machine.name}, predicted time ${duration(time)}` };
    item.show();
  };
  context.subscriptions.push(item, results.onDidChange(show));
  return item;
}

/** Status bar: the machine that is painted, with the program's time on it; click to change it. */
import * as vscode from "vscode";
import { duration, integer } from "../core/format";
import { changeText } from "../core/profile/diff";
import type { Baselines } from "./baselines";
import type { Results } from "./results";

export function activate(context: vscode.ExtensionContext, results: Results, baselines: Baselines): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem("perfvec.machine", vscode.StatusBarAlignment.Right, 90);
  item.name = "PerfVec: microarchitecture";
  item.command = "perfvec.changeMachine";
  const show = (): void => {
    const result = results.active;
    if (!result) return item.hide();
    const machine = results.machines[0]!;
    const { time } = result.on(machine);
    const { executed, whole } = result.profile.provenance;
    const compared = baselines.compare(result, machine);
    const change = compared ? `${changeText(compared.diff.total)} since ${compared.title}` : "";
    const notes = (compared?.notes ?? []).map((note) => `${note}\n`).join("");
    item.text = `$(pulse) ${machine.name} ${duration(time)}${compared ? ` (${changeText(compared.diff.total)})` : ""}`;
    item.tooltip = `PerfVec: ${result.title} takes ${duration(time)} on ${machine.title}\n${change && `${change}, which took ${duration(compared!.diff.total.before)}\n${notes}`}${integer(executed)} executed instructions, ${whole ? "the whole run" : "part of the run"}\nClick to change the machine`;
    item.accessibilityInformation = { label: `PerfVec, machine ${machine.name}, predicted time ${duration(time)}${change && `, ${change}`}` };
    item.show();
  };
  context.subscriptions.push(item, results.onDidChange(show));
  return item;
}

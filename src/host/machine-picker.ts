/** Command: Change Microarchitecture. Pick lists of machines, last used first. */
import * as vscode from "vscode";
import { describeMachine } from "../core/model/summary";
import type { Microarchitecture } from "../core/model/description";
import type { Results } from "./results";

interface Item extends vscode.QuickPickItem {
  machine?: Microarchitecture;
}

function items(results: Results, fits: (machine: Microarchitecture) => boolean = () => true): Item[] {
  const recent = results.machines.filter(fits);
  const rest = results.library.machines.filter((m) => fits(m) && !recent.includes(m));
  const item = (machine: Microarchitecture): Item => {
    const { core, clock, caches, made } = describeMachine(machine);
    return { label: machine.name, description: [core, clock, made].filter(Boolean).join(", "), detail: [caches, machine.title].filter(Boolean).join(" · "), machine };
  };
  const own = rest.filter((m) => describeMachine(m).made);
  const named = rest.filter((m) => !own.includes(m) && !/^r\d+$|\+/.test(m.name));
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    separator("last used"),
    ...recent.map(item),
    ...(own.length ? [separator("of this workspace"), ...own.map(item)] : []),
    separator("machines"),
    ...named.map(item),
    separator("variants, and machines drawn at random"),
    ...rest.filter((m) => !own.includes(m) && !named.includes(m)).map(item),
  ];
}

/** Several machines, those in use selected. @returns undefined when the user turned away */
export async function pickMachines(results: Results): Promise<string[] | undefined> {
  const used = results.machines;
  const all = items(results).map((item) => ({ ...item, picked: item.machine !== undefined && used.includes(item.machine) }));
  const picked = await vscode.window.showQuickPick(all, {
    title: "Predict on Microarchitecture",
    placeHolder: "One or several; the line colours show the first",
    canPickMany: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  const names = picked?.flatMap((item) => item.machine?.name ?? []);
  if (!names?.length) return undefined;
  return names;
}

/** One machine. @returns undefined when the user turned away */
export async function pickMachine(results: Results, title: string, placeHolder = "", fits?: (machine: Microarchitecture) => boolean): Promise<string | undefined> {
  return (await vscode.window.showQuickPick(items(results, fits), { title, placeHolder, matchOnDescription: true, matchOnDetail: true }))?.machine?.name;
}

export async function changeMachine(results: Results, name?: string): Promise<void> {
  const chosen = name ?? (await pickMachine(results, "Change Microarchitecture", "The program is not run again"));
  if (chosen !== undefined) results.choose(chosen);
}

export function activate(context: vscode.ExtensionContext, results: Results): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.changeMachine", (name?: unknown) => changeMachine(results, typeof name === "string" ? name : undefined)),
  );
}

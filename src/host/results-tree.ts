/** View: Results. Functions and hottest lines of the active result. Command: Go to Source. */
import * as path from "node:path";
import * as vscode from "vscode";
import { duration, integer, percent, shortName, signedPercent } from "../core/format";
import { type FunctionTime, type LineTime, sum } from "../core/profile/attribution";
import { changeText } from "../core/profile/diff";
import { errorOf, isMeasuredOn, total } from "../core/profile/profile";
import type { Baselines } from "./baselines";
import { heatOf } from "./heat";
import { code, comparisonText, provenanceText } from "./hover-text";
import type { Result } from "./result";
import { withoutLinks } from "./log";
import type { Results } from "./results";
import type { Tracking } from "./tracking";

const FUNCTIONS = 12;
const LINES = 25;

export type Node =
  | { kind: "result"; result: Result }
  | { kind: "group"; label: "Functions" | "Lines"; result: Result }
  | { kind: "function"; result: Result; time: FunctionTime }
  | { kind: "line"; result: Result; time: LineTime };

/** Share of time as an icon: its shape tells as much as its colour. */
function icon(share: number): vscode.ThemeIcon {
  const heat = heatOf(share);
  const names = ["circle-outline", "circle-outline", "circle-small-filled", "circle-filled", "flame", "flame"];
  const colour = heat >= 3 ? "perfvec.overviewRuler" : "descriptionForeground";
  return new vscode.ThemeIcon(names[heat]!, new vscode.ThemeColor(colour));
}

export class ResultsTree implements vscode.TreeDataProvider<Node> {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  readonly #subscription: vscode.Disposable;

  constructor(
    private readonly results: Results,
    private readonly baselines?: Baselines,
  ) {
    this.#subscription = results.onDidChange(() => this.#changed.fire(undefined));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  getChildren(node?: Node): Node[] {
    const machine = this.results.active && this.results.machines[0]!;
    if (!node) {
      const result = this.results.active;
      if (!result) return [];
      return [{ kind: "result", result }, { kind: "group", label: "Functions", result }, { kind: "group", label: "Lines", result }];
    }
    if (node.kind !== "group" || !machine) return [];
    const { result } = node;
    const { attribution, time } = result.on(machine);
    const worth = <T extends { exclusive: number }>(all: readonly T[], most: number): T[] => all.filter((t) => t.exclusive / time >= 0.001).slice(0, most);
    return node.label === "Functions"
      ? worth(attribution.functions, FUNCTIONS).map((t): Node => ({ kind: "function", result, time: t }))
      : worth(attribution.lines, LINES).map((t): Node => ({ kind: "line", result, time: t }));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const machine = this.results.machines[0]!;
    const pricing = node.result.on(machine);
    const compared = this.baselines?.compare(node.result, machine);
    if (node.kind === "result") {
      const item = new vscode.TreeItem(node.result.title);
      const error = isMeasuredOn(node.result.profile, machine) ? `, ${signedPercent(errorOf(pricing.time, total(node.result.profile.measured!)))} of measured` : "";
      item.description = `${duration(pricing.time)} on ${machine.name}${error}${compared ? `, ${changeText(compared.diff.total)} since ${compared.title}` : this.baselines?.is(node.result) ? ", the baseline" : ""}`;
      item.iconPath = new vscode.ThemeIcon("pulse");
      item.tooltip = new vscode.MarkdownString([provenanceText(node.result, this.results.library.model, this.results.sureness(node.result)), ...(compared ? [comparisonText(compared)] : [])].join("\n\n"), true);
      return item;
    }
    if (node.kind === "group") {
      const item = new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.label;
      return item;
    }
    const share = node.time.exclusive / pricing.time;
    const local = node.kind === "line" ? node.result.localPath(node.time.file) : undefined;
    const change = node.kind === "line" ? compared?.line(node.time) : compared?.function(node.time);
    const since = change ? changeText(change.time) : "unchanged";
    const label = node.kind === "function" ? shortName(node.time.name) : `${path.basename(node.time.file)}:${node.time.line}`;
    const item = new vscode.TreeItem(label);
    const { measured } = node.result.profile;
    const there = measured ? sum(node.time.own, measured) : undefined;
    const error = isMeasuredOn(node.result.profile, machine) ? `, ${signedPercent(errorOf(node.time.exclusive, there))}` : "";
    const called = node.kind === "function" ? node.result.calledOn(machine)?.functions.get(node.time.number) : undefined;
    const inclusive = called ? `${percent(called.inclusive / pricing.time)} with calls` : "";
    item.description = `${percent(share)} · ${duration(node.time.exclusive)}${inclusive && ` · ${inclusive}`}${there === undefined ? "" : ` · measured ${duration(there)}${error}`}${since === "unchanged" ? "" : ` · ${since}`}`;
    item.iconPath = icon(share);
    item.contextValue = `perfvec.${node.kind}`;
    item.tooltip = new vscode.MarkdownString(
      `${code(node.kind === "function" ? node.time.name : label)}: ${percent(share)} of the time on ${code(machine.name)}, ${duration(node.time.exclusive)}${called ? `; with what it calls ${duration(called.inclusive)}, ${integer(called.calls)} ${called.calls === 1 ? "call" : "calls"}` : ""}` + (local ? `\n\n${code(local)}` : ""),
    );
    item.accessibilityInformation = { label: `${label}, ${percent(share)} of the time, ${duration(node.time.exclusive)}${inclusive && `, ${inclusive}`}${since === "unchanged" ? "" : `, ${since} since the baseline`}` };
    const place = node.kind === "line" ? node.time : node.time.start;
    if (place) item.command = { command: "perfvec.revealPlace", title: "Go to Source", arguments: [node.result.id, place.file, place.line] };
    return item;
  }
}

/** Opens a line of a result where it stands now. @param preview false: in no tab that is in preview, which may be the report's own */
export async function reveal(results: Results, tracking: Tracking, id: unknown, file: unknown, line: unknown, preview?: boolean): Promise<void> {
  const result = typeof id === "string" ? results.get(id) : undefined;
  if (!result || typeof file !== "string" || typeof line !== "number" || !(line >= 1) || !result.profile.files.includes(file)) return;
  const local = result.localPath(file);
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(vscode.Uri.file(local!));
  } catch {
    void vscode.window.showInformationMessage(withoutLinks(`PerfVec: ${file} is not on this machine.`));
    return;
  }
  const now = tracking.now(document, line);
  if (now === undefined) void vscode.window.setStatusBarMessage(`PerfVec: line ${line} is gone; it was deleted since it was predicted`, 5000);
  const editor = await vscode.window.showTextDocument(document, { preserveFocus: false, viewColumn: vscode.ViewColumn.One, ...(preview === undefined ? {} : { preview }) });
  if (now === undefined) return;
  const range = new vscode.Range(now, 0, now, 0);
  editor.selection = new vscode.Selection(range.start, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking, baselines: Baselines): ResultsTree {
  const tree = new ResultsTree(results, baselines);
  context.subscriptions.push(
    tree,
    vscode.window.createTreeView("perfvec.results", { treeDataProvider: tree }),
    vscode.commands.registerCommand("perfvec.revealPlace", (...place: unknown[]) => reveal(results, tracking, place[0], place[1], place[2])),
  );
  return tree;
}

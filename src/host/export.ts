/** Command: Export…. The current result, or a report, in the format of another program. Nothing is run. */
import * as path from "node:path";
import * as vscode from "vscode";
import { FORMAT_NAMES, type FormatName, FORMATS } from "../core/report/exports/formats";
import { exportReport } from "../engine/engine";
import type { ExportJob } from "../engine/job";
import { showError, withoutLinks } from "./log";
import { withProgress } from "./progress";
import type { Results } from "./results";

async function pickFormat(results: Results): Promise<FormatName | undefined> {
  const [first, ...more] = results.machines.map((m) => m.name);
  const items = FORMAT_NAMES.map((format) => ({ label: FORMATS[format].title, description: `.${FORMATS[format].ending}`, detail: FORMATS[format].use, format }));
  const placeHolder = `On ${first}${more.length ? ` and ${more.length} more, where the format has several machines` : ""}`;
  return (await vscode.window.showQuickPick(items, { title: "Export Report", placeHolder, matchOnDescription: true, matchOnDetail: true }))?.format;
}

/** What is exported: what a view shows, or a report that none shows. */
function reportOf(results: Results, target: vscode.Uri | undefined): Pick<ExportJob, "report" | "located"> & { id: string } | undefined {
  const result = target ? (results.get(target.fsPath) ?? results.get(target.toString())) : results.active;
  if (!result) return target && { id: target.fsPath, report: target.fsPath, located: [] };
  const located = result.profile.files.flatMap((file): [string, string][] => {
    const local = result.localPath(file);
    return local === undefined ? [] : [[file, local]];
  });
  return { id: result.id, report: result.profile, located };
}

/** @returns the file that was written */
async function exportAs(results: Results, target: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  const from = reportOf(results, target);
  if (!from) return void vscode.window.showInformationMessage("PerfVec: there is no result to export; predict a file first.");
  const format = await pickFormat(results);
  if (!format) return undefined;
  const { title, ending } = FORMATS[format];
  const file = vscode.Uri.file(from.id);
  const base = (vscode.workspace.getWorkspaceFolder(file) ?? vscode.workspace.workspaceFolders?.[0])?.uri ?? vscode.Uri.file(path.dirname(from.id));
  const name = `${path.basename(from.id).replace(/\.[^.]*$/, "")}.${ending}`;
  const out = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(base, name), filters: { [title]: [ending] }, title: `Export as ${title}`, saveLabel: "Export" });
  if (!out) return undefined;
  const { machines, library } = results;
  const { id, ...rest } = from;
  const job = { ...rest, format, machines, model: library.model, folder: path.dirname(id), base: base.fsPath, out: out.fsPath, inputs: [id] };
  try {
    await withProgress(`exporting ${path.basename(out.fsPath)}`, (_say, signal) => exportReport(job, { signal }));
  } catch (error) {
    if (!(error instanceof vscode.CancellationError)) await showError(error);
    return undefined;
  }
  void offerToOpen(out, format);
  return out;
}

/** A page is for the browser; what VS Code has no viewer for, it opens as text. */
async function offerToOpen(file: vscode.Uri, format: FormatName): Promise<void> {
  if (!(await vscode.window.showInformationMessage(withoutLinks(`PerfVec: exported to ${path.basename(file.fsPath)}.`), "Open"))) return;
  if (format === "html") await vscode.env.openExternal(file);
  else await vscode.commands.executeCommand("vscode.open", file);
}

export function activate(context: vscode.ExtensionContext, results: Results): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.export", (target?: unknown) => exportAs(results, target instanceof vscode.Uri ? target : undefined)),
  );
}

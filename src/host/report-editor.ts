/**
 * Custom editor perfvec.report: `*.perfvec` files open with a summary, choice of machine, hottest functions and lines,
 * and annotate the sources they name. Nothing is run. Command: Save Report….
 */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { duration, integer, percent, short, shortName, signedPercent } from "../core/format";
import { describedBriefly, describeMachine, howSure } from "../core/model/summary";
import { errorOf, isMeasuredOn, total } from "../core/profile/profile";
import { locate, open, save } from "../engine/engine";
import { isToHost, type ReportView, type Row, type ToPage } from "../../webview/report/protocol";
import { tokenOf, withSignal } from "./abort";
import { log, showError } from "./log";
import { pageOf } from "./page";
import { Result } from "./result";
import type { Results } from "./results";
import { reveal } from "./results-tree";
import type { Tracking } from "./tracking";

const SHOWN = 50;
/** Sources that are looked for at most, and places that are looked at for each. */
const SOUGHT = 200;
const CANDIDATES = 20;

interface ReportDocument extends vscode.CustomDocument {
  result: Result;
}

/** What the page shows of a result. */
export function viewOf(result: Result, results: Results): ReportView {
  const { machines, library } = results;
  const machine = machines[0]!;
  const { clock, caches, made } = describeMachine(machine);
  const { time, attribution } = result.on(machine);
  const p = result.profile.provenance;
  const cycles = time * machine.freq_ghz;
  const slowest = Math.max(...machines.map((m) => result.on(m).time));
  const row = (name: string, own: number, inclusive: number, executions: number, place: Row["place"]): Row => ({
    name,
    share: own / time,
    cells: [percent(own / time), percent(inclusive / time), duration(own), short(own * machine.freq_ghz), integer(executions)],
    place,
  });
  const worth = <T extends { exclusive: number }>(all: readonly T[]): T[] => all.filter((t) => t.exclusive / time >= 0.001).slice(0, SHOWN);
  const sure = howSure(library.model);
  const { measured } = result.profile;
  return {
    title: result.title,
    provenance:
      [p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : "") +
      `: ${integer(p.executed)} executed instructions${p.skipped ? ` after ${integer(p.skipped)} passed over` : ""}, ` +
      `${p.whole ? "the whole run" : "part of the run"} (${p.ended}). Predicted by ${p.model}, ${measured ? "beside what the trace measured" : "not measured"}${sure && `: ${sure}`}.`,
    warnings: p.warnings,
    machines: library.machines.map((m) => ({ name: m.name, description: describedBriefly(m) })),
    machine: machine.name,
    facts: [
      { name: "time", value: duration(time) },
      ...(measured ? [{ name: `measured by the trace${p.measuredOn ? ` on ${p.measuredOn}` : ""}`, value: duration(total(measured)) }] : []),
      ...(measured && isMeasuredOn(result.profile, machine) ? [{ name: "error of the prediction", value: signedPercent(errorOf(time, total(measured))) }] : []),
      { name: "cycles", value: short(cycles) },
      { name: "cycles per instruction", value: (cycles / p.executed).toFixed(2) },
      { name: "machine", value: [machine.title, clock, caches, made].filter(Boolean).join(", ") },
    ],
    comparison: machines.map((m): Row => {
      const t = result.on(m).time;
      return { name: m.name, share: t / slowest, cells: [duration(t), short(t * m.freq_ghz), ((t * m.freq_ghz) / p.executed).toFixed(2), `${(slowest / t).toFixed(2)}×`], place: undefined };
    }),
    functions: worth(attribution.functions).map((f) => row(shortName(f.name), f.exclusive, f.inclusive, f.executions, f.start)),
    lines: worth(attribution.lines).map((l) => row(`${path.basename(l.file)}:${l.line}`, l.exclusive, l.inclusive, l.executions, { file: l.file, line: l.line })),
  };
}

/** Finds the files of a report from another machine or folder. @returns whether any was found */
async function locateFiles(result: Result, signal: AbortSignal): Promise<boolean> {
  const token = tokenOf(signal);
  const sources: { file: string; hash: string; candidates: string[] }[] = [];
  for (const file of result.profile.files.filter((name) => result.hashOf(name) !== "").slice(0, SOUGHT)) {
    if (existsSync(result.localPath(file) ?? "")) continue;
    const name = path.posix.basename(file).replace(/[{}[\]*?]/g, "?");
    const found = await vscode.workspace.findFiles(`**/${name}`, "**/node_modules/**", CANDIDATES, token);
    signal.throwIfAborted();
    if (found.length) sources.push({ file, hash: result.hashOf(file), candidates: found.map((uri) => uri.fsPath) });
  }
  if (!sources.length) return false;
  const located = await locate({ sources }, { signal });
  located.forEach((local, i) => local !== undefined && result.locate(sources[i]!.file, local));
  return located.some((local) => local !== undefined);
}

class ReportEditor implements vscode.CustomReadonlyEditorProvider<ReportDocument> {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {}

  async openCustomDocument(uri: vscode.Uri, _context: vscode.CustomDocumentOpenContext, token: vscode.CancellationToken): Promise<ReportDocument> {
    // A report that git or another provider has is no file.
    const bytes = uri.scheme === "file" ? {} : { bytes: await vscode.workspace.fs.readFile(uri) };
    const profile = await withSignal(token, (signal) => open({ file: uri.fsPath, ...bytes }, { signal }));
    const id = uri.scheme === "file" ? uri.fsPath : uri.toString();
    const result = new Result(id, path.basename(uri.fsPath), profile, path.dirname(uri.fsPath), false);
    this.results.add(result);
    const gone = new AbortController();
    void locateFiles(result, gone.signal).then((found) => found && this.results.refresh(), (error: unknown) => gone.signal.aborted || log().warn(String(error)));
    return {
      uri,
      result,
      dispose: () => {
        gone.abort();
        this.results.remove(result);
      },
    };
  }

  resolveCustomEditor({ result }: ReportDocument, panel: vscode.WebviewPanel): void {
    const { webview } = panel;
    const post = (): void => void webview.postMessage({ type: "show", view: viewOf(result, this.results) } satisfies ToPage);
    const subscriptions = [
      this.results.onDidChange(post),
      webview.onDidReceiveMessage((message: unknown) => {
        if (!isToHost(message)) return;
        if (message.type === "ready") post();
        else if (message.type === "machine") this.results.choose(message.name);
        else {
          this.results.activate(result);
          void reveal(this.results, this.tracking, result.id, message.file, message.line, false);
        }
      }),
      panel.onDidChangeViewState(() => panel.active && this.results.activate(result)),
    ];
    panel.onDidDispose(() => subscriptions.forEach((s) => s.dispose()));
    webview.html = pageOf(webview, this.context.extensionUri, "report", "PerfVec report");
  }
}

async function saveReport(results: Results): Promise<void> {
  const result = results.active;
  if (!result) return void vscode.window.showInformationMessage("PerfVec: there is no result to save; predict a file first.");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(result.id));
  const name = `${path.basename(result.id).replace(/\.[^.]*$/, "")}.perfvec`;
  const uri = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, name), filters: { "PerfVec report": ["perfvec"] } });
  if (!uri) return;
  try {
    await save(result.profile, uri.fsPath);
  } catch (error) {
    await showError(error);
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): void {
  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider("perfvec.report", new ReportEditor(context, results, tracking), {
      webviewOptions: { retainContextWhenHidden: false },
      supportsMultipleEditorsPerDocument: true,
    }),
    vscode.commands.registerCommand("perfvec.saveReport", () => saveReport(results)),
  );
}

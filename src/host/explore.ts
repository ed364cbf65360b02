/**
 * Exploration: a page that prices a grid of designs around a machine, for a program or for all that are open.
 * Command: Explore Designs….
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { exploring } from "../core/explore/explore";
import { designsCsv, designsJson } from "../core/explore/output";
import { planOf } from "../core/explore/plan";
import { knownParameters } from "../core/model/derive";
import type { Microarchitecture } from "../core/model/description";
import { parameterGroups } from "../core/model/parameters";
import { encoderText } from "../engine/assets";
import { writeAll, writeOutput } from "../engine/output-file";
import { type ExploreView, type Format, isToHost, type ToHost, type ToPage, type Wanted } from "../../webview/explore/protocol";
import { showError } from "./log";
import { canStart } from "./machine-draft";
import type { MachineEditors } from "./machine-editor";
import type { OwnMachines } from "./own-machines";
import { pageOf } from "./page";
import { inSlices } from "./slices";
import type { Results } from "./results";

/** Programs that a set has at most, the newest. */
const PROGRAMS = 20;

export class Exploring {
  #panel: vscode.WebviewPanel | undefined;
  #start: string | undefined;
  /** what the page was told last; for tests */
  shown: ExploreView | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly results: Results,
    private readonly own: OwnMachines,
    private readonly editors: MachineEditors,
    private readonly readEncoderText: () => string,
  ) {}

  open(): void {
    if (this.#panel) return this.#panel.reveal();
    const panel = vscode.window.createWebviewPanel("perfvec.explore", "Explore Designs", vscode.ViewColumn.Active, {});
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => isToHost(message) && void this.#receive(message).catch(showError)),
      this.results.onDidChange(() => this.#show()),
    ];
    panel.onDidDispose(() => {
      subscriptions.forEach((s) => s.dispose());
      this.#panel = undefined;
    });
    this.#panel = panel;
    panel.webview.html = pageOf(panel.webview, this.extension, "explore", "PerfVec exploration");
  }

  #post(message: ToPage): void {
    void this.#panel?.webview.postMessage(message);
  }

  #machine(name: string | undefined): Microarchitecture | undefined {
    return this.results.library.machines.find((m) => m.name === name && canStart(m));
  }

  /** A page that was hidden is made anew, and asks again. */
  #show(): void {
    if (!this.#panel?.visible) return;
    const { library, machines, all, active } = this.results;
    const start = this.#machine(this.#start) ?? this.#machine(machines[0]!.name) ?? library.machines[0]!;
    this.shown = {
      start,
      starts: library.machines.filter(canStart).map(({ name }) => name),
      groups: parameterGroups(this.own.shipped.machines, start),
      programs: all.slice(-PROGRAMS).map((result) => ({ id: result.id, title: result.title.slice(0, 200), representation: [...result.sumOf()] })),
      active: active?.id ?? "",
    };
    this.#post({ type: "show", view: this.shown });
  }

  async #receive(message: ToHost): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#start ??= message.start ?? undefined;
        this.#post({ type: "encoder", text: this.readEncoderText(), dimensions: this.own.shipped.model.dimensions });
        return this.#show();
      case "start":
        if (this.#machine(message.name)) this.#start = message.name;
        return this.#show();
      case "export":
        return this.#export(message.format, message.wanted);
      case "save":
        return this.editors.create(message.start, message.changes);
      case "predict":
        return void (await vscode.commands.executeCommand("perfvec.predict"));
    }
  }

  async #export(format: Format, { start: name, program, query }: Wanted): Promise<void> {
    const start = this.#machine(name);
    const programs = this.results.all.slice(-PROGRAMS).filter(({ id }) => program === "" || id === program);
    if (!start || !programs.length) throw new UserError("explore", "the machine or the program is gone; choose another");
    const { space, cost, objective } = planOf(start, query, knownParameters(this.own.shipped.machines, start.core), this.own.encoder);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(programs[0]!.id));
    const out = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.joinPath(folder, `designs.${format}`), filters: { [format.toUpperCase()]: [format] }, title: "Export Designs", saveLabel: "Export" });
    if (!out) return;
    const found = (await inSlices(exploring(space, programs.map((p) => p.sumOf()), cost, objective), () => false))!;
    const titles = programs.map((p) => p.title);
    const text = await inSlices(format === "csv" ? designsCsv(space, found, titles) : designsJson(space, found, titles, start.name, cost, objective), () => false);
    await writeOutput(out.fsPath, [], (fd) => writeAll(fd, Buffer.from(text!)));
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, own: OwnMachines, editors: MachineEditors): Exploring {
  const exploring = new Exploring(context.extensionUri, results, own, editors, encoderText);
  context.subscriptions.push(vscode.commands.registerCommand("perfvec.explore", () => exploring.open()));
  return exploring;
}

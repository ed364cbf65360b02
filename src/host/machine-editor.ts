/**
 * Machine editor: a page with every parameter of a machine, and the time of the active result on it while it changes.
 * Commands: New Machine…, Edit Machine…, Delete Machine….
 */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { timeOn } from "../core/profile/representation";
import type { Value } from "../core/model/derive";
import type { Microarchitecture } from "../core/model/description";
import { ownMachineFile, writeMachine } from "../engine/own-machines";
import { isToHost, type ToHost, type ToPage } from "../../webview/machine/protocol";
import { showError, withoutLinks } from "./log";
import { canStart, changed, checkDraft, type Draft, draftFrom, draftOf, machineOf, viewOf } from "./machine-draft";
import { pickMachine } from "./machine-picker";
import type { OwnMachines } from "./own-machines";
import { pageOf } from "./page";
import type { Results } from "./results";

/** One page. */
class Editor {
  constructor(
    readonly panel: vscode.WebviewPanel,
    public draft: Draft,
    private readonly editors: MachineEditors,
  ) {
    const { results } = editors;
    const subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => isToHost(message) && void this.#receive(message).catch(showError)),
      results.onDidChange(() => this.#price()),
    ];
    panel.onDidDispose(() => {
      subscriptions.forEach((s) => s.dispose());
      editors.open.delete(this);
    });
    panel.webview.html = pageOf(panel.webview, editors.extension, "machine", "PerfVec machine");
    this.#call();
  }

  #post(message: ToPage): void {
    void this.panel.webview.postMessage(message);
  }

  #show(): void {
    this.#post({ type: "show", view: viewOf(this.draft, this.editors.results.library.machines, this.editors.own.shipped.machines) });
    this.#price();
  }

  #call(): void {
    this.panel.title = this.draft.editing ? `Machine ${this.draft.editing.name}` : `New Machine${this.draft.name && ` ${this.draft.name.slice(0, 40)}`}`;
  }

  #price(): void {
    const result = this.editors.results.active;
    if (!result) return this.#post({ type: "price", price: { program: "", before: 0, after: 0 } });
    const representation = result.sumOf();
    const after = timeOn(representation, machineOf(this.draft, this.editors.own.encoder));
    this.#post({ type: "price", price: { program: result.title.slice(0, 200), before: timeOn(representation, this.draft.start), after } });
  }

  async #receive(message: ToHost): Promise<void> {
    const library = this.editors.own.shipped.machines;
    switch (message.type) {
      case "ready":
        return this.#show();
      case "start": {
        const start = this.editors.results.library.machines.find((m) => m.name === message.name);
        if (!start || !canStart(start)) return;
        const { editing, name, title, changes } = this.draft;
        this.draft = { ...draftFrom(start, library, changes), editing, name, title };
        return this.#show();
      }
      case "change":
        this.draft = changed(this.draft, library, message.path, message.value);
        return this.#price();
      case "call":
        this.draft = { ...this.draft, name: message.name.trim(), title: message.title };
        return this.#call();
      case "save":
        return this.#save();
    }
  }

  async #save(): Promise<void> {
    try {
      await this.editors.save(this.draft, this);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#post({ type: "problem", text: error.message });
    }
  }

  saved(draft: Draft): void {
    this.draft = draft;
    this.#call();
    this.#show();
  }
}

export class MachineEditors {
  readonly open = new Set<Editor>();

  constructor(
    readonly extension: vscode.Uri,
    readonly results: Results,
    readonly own: OwnMachines,
  ) {}

  edit(draft: Draft): void {
    const same = draft.editing && [...this.open].find((editor) => editor.draft.editing?.file === draft.editing!.file);
    if (same) return same.panel.reveal();
    const panel = vscode.window.createWebviewPanel("perfvec.machine", "Machine", vscode.ViewColumn.Active, {});
    this.open.add(new Editor(panel, draft, this));
  }

  /** @param from name of the machine to start from; else it is asked */
  async create(from?: string, changes: Iterable<readonly [string, Value]> = []): Promise<void> {
    const { results } = this;
    const name = from ?? (await pickMachine(results, "New Machine", "The machine to start from; its parameters can be changed then", canStart));
    const start = results.library.machines.find((m) => m.name === name);
    if (start && canStart(start)) this.edit(draftFrom(start, this.own.shipped.machines, changes));
  }

  /** @param name of a machine of the workspace; else it is asked */
  async change(name?: string): Promise<void> {
    const machine = await this.#chosen("Edit Machine", name);
    if (!machine) return;
    const file = this.own.fileOf(machine.name)!;
    if (canStart(machine)) return this.edit(draftOf(machine, file, this.results.library.machines, this.own.shipped.machines));
    // Fitted to runs alone: there is nothing but its vector.
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file));
  }

  async remove(name?: string): Promise<void> {
    const machine = await this.#chosen("Delete Machine", name);
    if (!machine) return;
    const file = this.own.fileOf(machine.name)!;
    const sure = await vscode.window.showWarningMessage(`Delete the machine ${machine.name}?`, { modal: true, detail: `${file} goes to the trash.` }, "Delete");
    if (sure !== "Delete") return;
    await vscode.workspace.fs.delete(vscode.Uri.file(file), { useTrash: true });
    this.own.changed();
  }

  /** Writes it into the workspace; where it lay before, or another lies, after asking. @throws UserError that says what keeps it from being saved */
  async save(draft: Draft, editor: Editor): Promise<void> {
    if (!vscode.workspace.isTrusted) throw new UserError("uarch", "this workspace is not trusted, so nothing is written into it");
    checkDraft(draft, this.own.shipped.machines);
    const file = await this.#place(draft);
    if (file === undefined) return;
    const taken = this.own.fileOf(draft.name);
    if (taken !== undefined && taken !== file) throw new UserError("uarch", `a machine called "${draft.name}" is in ${taken}; choose another name`);
    if (existsSync(file) && file !== draft.editing?.file) {
      const sure = await vscode.window.showWarningMessage(`There is a machine called ${draft.name} in this workspace.`, { modal: true, detail: `${file} would be written over.` }, "Write Over");
      if (sure !== "Write Over") return;
    }
    const machine = machineOf(draft, this.own.encoder);
    await writeMachine(file, machine);
    this.own.changed();
    // Its name is what it is called everywhere: under a new one the old machine stays.
    editor.saved({ ...draft, title: machine.title, editing: { name: draft.name, file } });
    void this.#offer(machine.name, file);
  }

  async #offer(name: string, file: string): Promise<void> {
    const choice = await vscode.window.showInformationMessage(withoutLinks(`PerfVec: ${name} is saved in ${path.basename(path.dirname(path.dirname(path.dirname(file))))}.`), "Paint the Editor with It", "Open File");
    if (choice === "Open File") await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file));
    else if (choice) this.results.choose(name);
  }

  /** Where it is to be written; undefined when the user turned away. */
  async #place({ name, editing }: Draft): Promise<string | undefined> {
    if (editing && editing.name === name) return editing.file;
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
    if (!folders.length) throw new UserError("uarch", "no folder is open to keep the machine in; open one");
    const folder = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick({ placeHolder: "The folder to keep the machine in" });
    return folder && ownMachineFile(folder.uri.fsPath, name);
  }

  async #chosen(title: string, name?: string): Promise<Microarchitecture | undefined> {
    const isOwn = (machine: Microarchitecture): boolean => this.own.fileOf(machine.name) !== undefined;
    const own = this.results.library.machines.filter(isOwn);
    if (!own.length) {
      const choice = await vscode.window.showInformationMessage("PerfVec: there is no machine of your own in this workspace.", "New Machine…");
      if (choice) await this.create();
      return undefined;
    }
    const wanted = name ?? (await pickMachine(this.results, title, "", isOwn));
    return own.find((m) => m.name === wanted);
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, own: OwnMachines): MachineEditors {
  const editors = new MachineEditors(context.extensionUri, results, own);
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  const run = (act: (name?: string) => Promise<void>) => (name?: unknown) => act(text(name)).catch(showError);
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.newMachine", run((name) => editors.create(name))),
    vscode.commands.registerCommand("perfvec.editMachine", run((name) => editors.change(name))),
    vscode.commands.registerCommand("perfvec.deleteMachine", run((name) => editors.remove(name))),
  );
  return editors;
}

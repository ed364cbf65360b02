/** What was predicted, and the machines it is shown on. Every view listens to `onDidChange`. Command: Clear Results. */
import * as vscode from "vscode";
import { type Improvements, improvedMachines } from "../core/explore/limits";
import type { Microarchitecture } from "../core/model/description";
import { checkModel } from "../core/profile/profile";
import { type Sureness, surenessOf } from "../core/profile/sureness";
import type { Library } from "../engine/assets";
import type { OwnMachines } from "./own-machines";
import type { Result } from "./result";
import { settings } from "./settings";

const RECENT = "perfvec.machines";
/** Machines that a hover compares at most. */
const COMPARED = 6;

export class Results {
  /** oldest first */
  readonly #results = new Map<string, Result>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #active: Result | undefined;
  #names: string[] | undefined;
  #library: Library | undefined;
  readonly #sureness = new WeakMap<Result, Sureness>();
  readonly #improved = new WeakMap<Microarchitecture, Improvements>();

  constructor(
    private readonly memory: vscode.Memento,
    private readonly readLibrary: () => Library,
  ) {}

  /** Read when first asked for. @throws UserError when the model that ships is damaged */
  get library(): Library {
    return (this.#library ??= this.readLibrary());
  }

  /** A machine with one thing made better at a time, each priced by the encoder. */
  improved(machine: Microarchitecture): Improvements {
    let found = this.#improved.get(machine);
    if (!found) this.#improved.set(machine, (found = improvedMachines(machine, this.library.encoder)));
    return found;
  }

  /** undefined: the model does not know */
  sureness(result: Result): Sureness | undefined {
    const { confidence } = this.library;
    if (!confidence) return undefined;
    let found = this.#sureness.get(result);
    if (!found) this.#sureness.set(result, (found = surenessOf(result.sumOf(), confidence)));
    return found;
  }

  /** Oldest first. */
  get all(): Result[] {
    return [...this.#results.values()];
  }

  get active(): Result | undefined {
    return this.#active;
  }

  /** The machines chosen, at least one; the first is painted. */
  get machines(): Microarchitecture[] {
    const { machines } = this.library;
    this.#names ??= this.memory.get<string[]>(RECENT) ?? settings().machines;
    const chosen = this.#names.flatMap((name) => machines.find((m) => m.name === name) ?? []);
    return chosen.length ? chosen : machines.slice(0, 1);
  }

  /** Chooses the machine to paint; those chosen before stay for comparison. A name that no machine has is passed over: a page may say anything. */
  choose(name: string): void {
    if (!this.library.machines.some((m) => m.name === name)) return;
    this.select([...new Set([name, ...this.machines.map((m) => m.name)])].slice(0, COMPARED));
  }

  /** Chooses these machines and no others. */
  select(names: readonly string[]): void {
    this.#names = [...names];
    void this.memory.update(RECENT, this.#names);
    this.refresh();
  }

  /** The machines of the workspace have changed. */
  reload(): void {
    this.#library = undefined;
    this.refresh();
  }

  /** Every view looks again. */
  refresh(): void {
    this.#changed.fire();
  }

  /** @throws UserError when it was made with another model */
  add(result: Result): void {
    checkModel(result.profile, this.library.model, result.title);
    this.#results.delete(result.id);
    this.#results.set(result.id, result);
    this.#active = result;
    this.#update();
  }

  /** Shows a result; one that was cleared is there again. */
  activate(result: Result): void {
    if (result === this.#active) return;
    if (this.#results.get(result.id) !== result) return this.add(result);
    this.#active = result;
    this.#update();
  }

  remove(result: Result): void {
    if (this.#results.get(result.id) !== result) return;
    this.#results.delete(result.id);
    if (this.#active === result) this.#active = [...this.#results.values()].at(-1);
    this.#update();
  }

  clear(): void {
    this.#results.clear();
    this.#active = undefined;
    this.#update();
  }

  /** The active result when it knows a file, else the newest that does. */
  ofFile(local: string): Result | undefined {
    if (this.#active?.fileAt(local) !== undefined) return this.#active;
    let found: Result | undefined;
    for (const result of this.#results.values()) if (result.fileAt(local) !== undefined) found = result;
    return found;
  }

  /** The result of this very source, program or report. */
  get(id: string): Result | undefined {
    return this.#results.get(id);
  }

  #update(): void {
    void vscode.commands.executeCommand("setContext", "perfvec.hasResult", this.#active !== undefined);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

export function activate(context: vscode.ExtensionContext, own: OwnMachines): Results {
  const results = new Results(context.globalState, () => own.read());
  context.subscriptions.push(
    results,
    own.onDidChange(() => results.reload()),
    vscode.commands.registerCommand("perfvec.clear", () => results.clear()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const { machines } = settings();
      if (event.affectsConfiguration("perfvec.machines") && machines.length) results.select(machines);
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      const result = editor && results.ofFile(editor.document.uri.fsPath);
      if (result) results.activate(result);
    }),
  );
  return results;
}

/**
 * Machines of the user's own: `.perfvec/machines/*.json` of every workspace folder, beside those of the library wherever
 * machines are chosen or compared. Files are watched.
 */
import * as vscode from "vscode";
import type { Encoder } from "../core/model/encoder";
import { encoderOf, type Library, readLibrary, withMachines } from "../engine/assets";
import { readOwnMachines } from "../engine/own-machines";
import { log, withoutLinks } from "./log";

/** Warnings that are shown at once. */
const SHOWN = 3;

export class OwnMachines {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #shipped: Library | undefined;
  /** by name in small letters */
  #files = new Map<string, string>();
  /** what is wrong with files, so that it is told once */
  #told = new Set<string>();

  constructor(
    private readonly readShipped: () => Library,
    private readonly folders: () => readonly string[],
  ) {}

  /** The library as it ships: what parameters may be is known from it. */
  get shipped(): Library {
    return (this.#shipped ??= this.readShipped());
  }

  /** @throws UserError when the encoder that ships is damaged */
  get encoder(): Encoder {
    return encoderOf(this.shipped);
  }

  /** The library, and the machines of these folders. A file that is no machine is left out and told. */
  read(): Library {
    const wrong: string[] = [];
    const own = readOwnMachines(this.folders(), this.shipped.machines, (why) => wrong.push(why));
    this.#files = new Map(own.map(({ file, machine }) => [machine.name.toLowerCase(), file]));
    this.#tell(wrong);
    return withMachines(this.shipped, own.map(({ machine }) => machine));
  }

  /** Where a machine lies; undefined: it is one of the library, or gone. */
  fileOf(name: string): string | undefined {
    return this.#files.get(name.toLowerCase());
  }

  /** Files have changed. */
  changed(): void {
    this.#changed.fire();
  }

  #tell(wrong: readonly string[]): void {
    const news = wrong.filter((why) => !this.#told.has(why));
    this.#told = new Set(wrong);
    for (const why of news) log().warn(`left out: ${why}`);
    for (const why of news.slice(0, SHOWN)) void vscode.window.showWarningMessage(withoutLinks(`PerfVec: a machine is left out: ${why}`));
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

export const workspaceFolders = (): string[] => (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);

export function activate(context: vscode.ExtensionContext): OwnMachines {
  const own = new OwnMachines(readLibrary, workspaceFolders);
  const watcher = vscode.workspace.createFileSystemWatcher("{**/.perfvec,**/.perfvec/machines,**/.perfvec/machines/*.json}");
  const changed = (): void => own.changed();
  context.subscriptions.push(own, watcher, watcher.onDidCreate(changed), watcher.onDidChange(changed), watcher.onDidDelete(changed), vscode.workspace.onDidChangeWorkspaceFolders(changed));
  return own;
}

/** Our own work as a task: what it says appears in a terminal, and closing that cancels it. */
import * as vscode from "vscode";
import { log } from "./log";

export interface Work {
  /** @param write shows text at once @returns what is said at the end */
  run(write: (text: string) => void, signal: AbortSignal): Promise<string>;
}

export class WorkTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly #cancel = new AbortController();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  constructor(private readonly work: Work) {}

  open(): void {
    const write = (text: string): void => this.#write.fire(text.replace(/\r?\n/g, "\r\n"));
    const end = (text: string, code: number): void => {
      log().info(text.trimEnd());
      write(`${text.trimEnd()}\n`);
      this.#close.fire(code);
    };
    this.work.run(write, this.#cancel.signal).then(
      (said) => end(said, 0),
      (error: unknown) => end((error as Error).message, 1),
    );
  }

  close(): void {
    this.#cancel.abort(new vscode.CancellationError());
  }
}

/** Where a task belongs, which is where its relative paths begin. */
export type Scope = vscode.WorkspaceFolder | vscode.TaskScope.Global | vscode.TaskScope.Workspace;

export const folderOf = (scope: Scope): string => (typeof scope === "object" ? scope : vscode.workspace.workspaceFolders?.[0])?.uri.fsPath ?? "";

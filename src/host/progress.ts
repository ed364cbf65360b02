/** Work over a second: a notification that says what it does, and that cancels it. */
import * as vscode from "vscode";
import { withoutLinks } from "./log";

export type Say = (message: string) => void;

/** @param cancel aborted when the user cancels; the caller may abort it, too @throws CancellationError */
export function withProgress<T>(title: string, work: (say: Say, signal: AbortSignal) => Promise<T>, cancel = new AbortController()): Promise<T> {
  return Promise.resolve(
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: withoutLinks(`PerfVec: ${title}`), cancellable: true }, (progress, token) => {
      token.onCancellationRequested(() => cancel.abort(new vscode.CancellationError()));
      return work((message) => progress.report({ message }), cancel.signal);
    }),
  );
}

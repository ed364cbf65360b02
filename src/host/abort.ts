/** Between AbortSignal, which the engine takes, and VS Code's cancellation. */
import * as vscode from "vscode";

/** A token that is cancelled when the signal is aborted. */
export function tokenOf(signal: AbortSignal): vscode.CancellationToken {
  const source = new vscode.CancellationTokenSource();
  if (signal.aborted) source.cancel();
  else signal.addEventListener("abort", () => source.cancel(), { once: true });
  return source.token;
}

/** The work with a signal that is aborted when the token is cancelled. */
export async function withSignal<T>(token: vscode.CancellationToken, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const subscription = token.onCancellationRequested(() => cancel.abort(new vscode.CancellationError()));
  try {
    return await work(cancel.signal);
  } finally {
    subscription.dispose();
  }
}

/** As `work`, but rejected at once when the signal is aborted. What was begun goes on and is forgotten. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Command: Show Log. One output channel for everything that is worth telling and no message. */
import * as vscode from "vscode";
import { UserError } from "../core/errors";

let channel: vscode.LogOutputChannel | undefined;

export function log(): vscode.LogOutputChannel {
  return (channel ??= vscode.window.createOutputChannel("PerfVec", { log: true }));
}

/** A notification turns [text](command:…) into a link that runs the command; names in reports, programs and folders are not to be trusted with that. */
export const withoutLinks = (message: string): string => message.replaceAll("[", "(").replaceAll("]", ")");

/** Shows an error: what the user can act on as it is, a defect of ours with a way to the log. */
export async function showError(error: unknown): Promise<void> {
  if (error instanceof UserError) {
    log().warn(error.message);
    const [first, ...more] = error.message.split("\n");
    const choice = await vscode.window.showErrorMessage(withoutLinks(`PerfVec: ${first}`), ...(more.length ? ["Show Details"] : []));
    if (choice) log().show();
    return;
  }
  log().error(error instanceof Error ? error : String(error));
  if (await vscode.window.showErrorMessage("PerfVec: something went wrong inside PerfVec Lens.", "Show Log")) log().show();
}

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.showLog", () => log().show()),
    { dispose: () => channel?.dispose() },
  );
}

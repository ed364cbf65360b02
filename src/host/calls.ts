/** Page: calls and phases of the active result on the machines chosen. Command: Show Calls and Phases. */
import * as vscode from "vscode";
import { isToHost, type ToHost, type ToPage } from "../../webview/calls/protocol";
import { callsView } from "./calls-view";
import { pageOf } from "./page";
import type { Result } from "./result";
import type { Results } from "./results";
import { reveal } from "./results-tree";
import type { Tracking } from "./tracking";

export class CallsPage {
  #panel: vscode.WebviewPanel | undefined;
  #isReady = false;
  /** what the page shows: its clicks are of that, whatever is active by then */
  #result: Result | undefined;
  /** what the page was told last; for tests */
  shown: ToPage | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {}

  open(): void {
    if (this.#panel) return this.#panel.reveal();
    this.attach(vscode.window.createWebviewPanel("perfvec.calls", "PerfVec: Calls and Phases", vscode.ViewColumn.Beside));
  }

  attach(panel: vscode.WebviewPanel): void {
    this.#panel = panel;
    this.#isReady = false;
    // A page that was hidden is made anew, and asks again.
    const subscription = panel.webview.onDidReceiveMessage((message: unknown) => isToHost(message) && this.#receive(message));
    panel.onDidDispose(() => {
      subscription.dispose();
      if (this.#panel === panel) this.#panel = undefined;
    });
    panel.webview.html = pageOf(panel.webview, this.extension, "calls", "PerfVec calls and phases");
  }

  /** Tells the page what is active now. */
  show(): void {
    if (!this.#panel?.visible || !this.#isReady) return;
    const result = (this.#result = this.results.active);
    const message: ToPage = result ? { type: "show", view: callsView(result, this.results.machines) } : { type: "nothing", why: "Nothing is predicted yet. Predict a C or C++ file, and see here who calls whom and how the run goes on." };
    this.shown = message;
    void this.#panel.webview.postMessage(message);
  }

  #receive(message: ToHost): void {
    switch (message.type) {
      case "ready":
        this.#isReady = true;
        return this.show();
      case "choose":
        return this.results.choose(message.name);
      case "reveal": {
        const start = this.#result?.startOf(message.function);
        if (start) void reveal(this.results, this.tracking, this.#result!.id, start.file, start.line);
      }
    }
  }

  dispose(): void {
    this.#panel?.dispose();
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): CallsPage {
  const page = new CallsPage(context.extensionUri, results, tracking);
  context.subscriptions.push(
    page,
    results.onDidChange(() => page.show()),
    vscode.commands.registerCommand("perfvec.showCalls", () => {
      if (results.active) page.open();
      else void vscode.window.showInformationMessage("PerfVec: there are no calls to show; predict a file first.");
    }),
  );
  return page;
}

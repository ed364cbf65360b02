/**
 * View: Comparison. The program, or the function or line under the cursor, on the machines chosen or on all of them;
 * a machine that is clicked is painted in the editor.
 */
import * as vscode from "vscode";
import type { Microarchitecture } from "../core/model/description";
import { summing } from "../core/profile/representation";
import { isToHost, type ToHost, type ToPage, type Want } from "../../webview/compare/protocol";
import { type Anchor, detailOf, limitsIn, rowsOf, type Target, targetOf } from "./comparison";
import { log } from "./log";
import { pageOf } from "./page";
import type { Result } from "./result";
import type { Results } from "./results";
import { inSlices } from "./slices";
import type { Tracking } from "./tracking";

export class Comparison implements vscode.WebviewViewProvider {
  #view: vscode.WebviewView | undefined;
  #want: Want | undefined;
  /** the line that function and line are found by, and the result that it is of */
  #anchor: { result: Result; at: Anchor } | undefined;
  #isShowing = false;
  #isOld = false;
  /** what the page was told last; for tests */
  shown: ToPage | undefined;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    this.#want = undefined;
    // A page that was hidden is made anew, and asks again.
    const subscription = view.webview.onDidReceiveMessage((message: unknown) => isToHost(message) && this.#receive(message));
    view.onDidDispose(() => {
      subscription.dispose();
      if (this.#view === view) this.#view = undefined;
    });
    view.webview.html = pageOf(view.webview, this.extension, "compare", "PerfVec comparison");
  }

  #receive(message: ToHost): void {
    switch (message.type) {
      case "want":
        if (message.want.follow && !this.#want?.follow) this.#anchor = undefined;
        this.#want = message.want;
        return this.show();
      case "choose":
        return this.results.choose(message.name);
      case "predict":
        return void vscode.commands.executeCommand("perfvec.predict");
      case "sample":
        return void vscode.commands.executeCommand("perfvec.openSample");
    }
  }

  /** The cursor has moved. */
  moved(editor: vscode.TextEditor | undefined): void {
    if (editor && this.#want?.follow) this.edited();
  }

  /** A text has changed. */
  edited(): void {
    if (this.#want && this.#want.scope !== "program") this.show();
  }

  /** Tells the page; while it is being worked out, once more when that is done. */
  show(): void {
    this.#isOld = true;
    if (!this.#isShowing) void this.#work().catch((error: unknown) => log().error(String(error)));
  }

  async #work(): Promise<void> {
    this.#isShowing = true;
    try {
      while (this.#isOld && this.#view?.visible && this.#want) {
        this.#isOld = false;
        const message = await this.#message(this.#want);
        if (message && !this.#isOld) this.#post(message);
      }
    } finally {
      this.#isShowing = false;
    }
  }

  #post(message: ToPage): void {
    if (!this.#view) return;
    this.shown = message;
    this.#view.description = message.type === "show" ? message.view.name : "";
    void this.#view.webview.postMessage(message);
  }

  /** @returns undefined when something newer is to be shown */
  async #message(want: Want): Promise<ToPage | undefined> {
    const result = this.results.active;
    if (!result) return { type: "empty", trusted: vscode.workspace.isTrusted };
    const { library, machines: chosen } = this.results;
    const machine = chosen[0]!;
    const pinned = want.baseline === null ? undefined : this.#machine(want.baseline);
    const baseline = pinned ?? machine;
    const at = this.#anchorIn(result, want.follow);
    const target = targetOf(result, at, want);
    const view = { program: result.title.slice(0, 200), stale: want.scope !== "program" && (at?.stale ?? false), machine: machine.name, baseline: baseline.name };
    if (typeof target === "string") return { type: "show", view: { ...view, name: "", hasInlined: false, nothing: target, rows: [], detail: [], limits: [], unlimited: "" } };
    const representation = await this.#representation(result, target);
    if (!representation) return undefined;
    const { profile } = result;
    const machines = want.all ? library.machines : [...new Set([...chosen, baseline])];
    return {
      type: "show",
      view: {
        ...view,
        name: target.name,
        hasInlined: target.hasInlined,
        nothing: "",
        rows: rowsOf(profile, target, representation, machines, baseline),
        detail: detailOf(profile, target, machine),
        ...limitsIn(representation, machine, this.results.improved(machine)),
      },
    };
  }

  #machine(name: string): Microarchitecture | undefined {
    return this.results.library.machines.find((m) => m.name === name);
  }

  /** The line under the cursor when it is to be followed and is one of the result; else the one before, where it stands now. */
  #anchorIn(result: Result, follow: boolean): Anchor | undefined {
    const editor = vscode.window.activeTextEditor;
    const under = (): Anchor | undefined => editor && this.#anchorAt(editor.document, editor.selection.active.line, result);
    const anchor = follow ? (under() ?? this.#kept(result)) : (this.#kept(result) ?? under());
    this.#anchor = anchor && { result, at: anchor };
    return anchor;
  }

  /** The anchor before, in a text that was edited, and of a newer result of the same file. */
  #kept(result: Result): Anchor | undefined {
    const before = this.#anchor;
    if (!before || !result.profile.files.includes(before.at.file)) return undefined;
    const document = vscode.workspace.textDocuments.find((d) => result.fileAt(d.uri.fsPath) === before.at.file);
    if (!document || this.tracking.of(document)?.result !== result) return before.at;
    const { line, now } = before.at;
    const stands = before.result === result && line !== undefined ? this.tracking.now(document, line) : now - 1;
    return stands === undefined ? before.at : (this.#anchorAt(document, stands, result) ?? before.at);
  }

  /** @param at a line of the document now, from 0 */
  #anchorAt(document: vscode.TextDocument, at: number, result: Result): Anchor | undefined {
    const shown = this.tracking.of(document);
    const file = result.fileAt(document.uri.fsPath);
    if (shown?.result !== result || file === undefined) return undefined;
    return { file, line: this.tracking.before(document, at), near: this.tracking.upTo(document, at) ?? 1, now: at + 1, stale: shown.stale };
  }

  /** @returns [d]; undefined when something newer is to be shown */
  async #representation({ profile, sums }: Result, { parts }: Target): Promise<Float64Array | undefined> {
    const whole = new Float64Array(profile.dimensions);
    for (const part of parts ?? [undefined]) {
      const key = part ?? profile;
      let known = sums.get(key);
      if (!known) {
        known = await inSlices(summing(profile, part), () => this.#isOld);
        if (!known) return undefined;
        sums.set(key, known);
      }
      for (let d = 0; d < whole.length; d++) whole[d]! += known[d]!;
    }
    return whole;
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): Comparison {
  const comparison = new Comparison(context.extensionUri, results, tracking);
  context.subscriptions.push(
    results.onDidChange(() => comparison.show()),
    vscode.window.onDidChangeTextEditorSelection((event) => comparison.moved(event.textEditor)),
    vscode.window.onDidChangeActiveTextEditor((editor) => comparison.moved(editor)),
    tracking.onDidChange(() => comparison.edited()),
    vscode.window.registerWebviewViewProvider("perfvec.comparison", comparison),
  );
  return comparison;
}

/** Says at the end of a hot line what share of the time it takes, or how many cycles each. Setting: perfvec.inlayHints. */
import * as vscode from "vscode";
import { duration, integer, percent, short } from "../core/format";
import { STEPS } from "./heat";
import { LANGUAGES } from "./hover";
import type { Results } from "./results";
import { settings } from "./settings";
import type { ShownLine, Tracking } from "./tracking";

export class InlayHints implements vscode.InlayHintsProvider {
  readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeInlayHints = this.changed.event;

  constructor(
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {}

  provideInlayHints(document: vscode.TextDocument, { start, end }: vscode.Range): vscode.InlayHint[] {
    const { inlayHints: wanted } = settings(document.uri);
    if (wanted === "off") return [];
    const machine = this.results.machines[0]!;
    const shown = this.tracking.linesBetween(document, start.line, Math.min(end.line, document.lineCount - 1), machine);
    if (!shown) return [];
    const { time: all } = shown.pricing;
    // What was edited has no figure here; the heatmap says that it is old.
    return shown.lines.filter(({ stale, time }) => !stale && time.exclusive / all >= STEPS[0]).map(({ now, time }) => {
      const share = percent(time.exclusive / all);
      const each = eachOf(time, machine.freq_ghz);
      const hint = new vscode.InlayHint(new vscode.Position(now, document.lineAt(now).text.length), wanted === "share" || each === undefined ? share : `${each} cycles`);
      hint.paddingLeft = true;
      hint.tooltip = `${share} of the time, ${duration(time.exclusive)}${each === undefined ? "" : `, ${each} cycles each of ${integer(time.executions)} executions`}, on ${machine.name}`;
      return hint;
    });
  }

  dispose(): void {
    this.changed.dispose();
  }
}

const eachOf = ({ exclusive, executions }: ShownLine["time"], ghz: number): string | undefined => (executions ? short((exclusive * ghz) / executions) : undefined);

/** Has a provider asked again whenever what it says may have changed without an edit: after an edit the editor asks by itself. */
export function keepAsked(changed: vscode.EventEmitter<void>, setting: "codeLens" | "inlayHints", results: Results, tracking: Tracking): vscode.Disposable[] {
  return [
    results.onDidChange(() => changed.fire()),
    tracking.onDidChange((document) => {
      if (!document.isDirty) changed.fire();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`perfvec.${setting}`)) changed.fire();
    }),
  ];
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): void {
  const hints = new InlayHints(results, tracking);
  context.subscriptions.push(hints, ...keepAsked(hints.changed, "inlayHints", results, tracking), vscode.languages.registerInlayHintsProvider(LANGUAGES, hints));
}

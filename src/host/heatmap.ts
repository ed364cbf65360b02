/**
 * Colours lines by their share of the predicted time; what was edited since is grey. Command: Toggle Heatmap.
 * Setting: perfvec.heatmap. Colours: perfvec.heat1Background …, perfvec.staleBackground, perfvec.overviewRuler.
 */
import * as vscode from "vscode";
import { heatOf } from "./heat";
import { heatDecorations, lineBackground } from "./heat-decorations";
import type { Results } from "./results";
import { settings, update } from "./settings";
import type { Tracking } from "./tracking";

/** Lines that are painted: by step of heat (1 …), and those that were edited. From 0. */
export interface Painting {
  steps: Map<number, number[]>;
  stale: number[];
}

export class Heatmap {
  readonly #steps: vscode.TextEditorDecorationType[];
  readonly #stale: vscode.TextEditorDecorationType;
  /** what each visible editor shows; for tests */
  readonly painted = new Map<string, Painting>();

  constructor(
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {
    this.#steps = heatDecorations();
    this.#stale = vscode.window.createTextEditorDecorationType(lineBackground("perfvec.staleBackground"));
  }

  paint(editor: vscode.TextEditor): void {
    const painting = this.#paintingOf(editor.document);
    const ranges = (lines: number[] | undefined): vscode.Range[] => (lines ?? []).map((line) => new vscode.Range(line, 0, line, 0));
    this.#steps.forEach((type, i) => editor.setDecorations(type, ranges(painting.steps.get(i + 1))));
    editor.setDecorations(this.#stale, ranges(painting.stale));
    this.painted.set(editor.document.uri.toString(), painting);
  }

  #paintingOf(document: vscode.TextDocument): Painting {
    const painting: Painting = { steps: new Map(), stale: [] };
    const shown = settings(document.uri).heatmap ? this.tracking.lines(document, this.results.machines[0]!) : undefined;
    if (!shown) return painting;
    for (const { now, time, stale } of shown.lines) {
      const step = heatOf(time.exclusive / shown.pricing.time);
      if (step === 0 || now >= document.lineCount) continue;
      if (stale) painting.stale.push(now);
      else painting.steps.set(step, [...(painting.steps.get(step) ?? []), now]);
    }
    return painting;
  }

  dispose(): void {
    for (const type of [...this.#steps, this.#stale]) type.dispose();
  }
}

/** Paints visible editors whenever what is to be seen in them may have changed. */
export function keepPainted(painter: { paint(editor: vscode.TextEditor): void }, results: Results, tracking: Tracking): vscode.Disposable[] {
  const repaint = (): void => vscode.window.visibleTextEditors.forEach((editor) => painter.paint(editor));
  return [
    results.onDidChange(repaint),
    vscode.window.onDidChangeVisibleTextEditors(repaint),
    tracking.onDidChange((document) => {
      for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) painter.paint(editor);
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("perfvec.heatmap")) repaint();
    }),
  ];
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): Heatmap {
  const heatmap = new Heatmap(results, tracking);
  context.subscriptions.push(
    heatmap,
    ...keepPainted(heatmap, results, tracking),
    vscode.commands.registerCommand("perfvec.toggleHeatmap", () => {
      return update("heatmap", !settings().heatmap);
    }),
  );
  return heatmap;
}

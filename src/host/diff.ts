/**
 * Says at the end of a line how much slower or faster it is than in the baseline. Setting: perfvec.heatmap. Colours:
 * perfvec.slowerForeground, perfvec.fasterForeground.
 */
import * as vscode from "vscode";
import { duration } from "../core/format";
import { type Change, changeText } from "../core/profile/diff";
import type { Baselines } from "./baselines";
import { keepPainted } from "./heatmap";
import type { Results } from "./results";
import { settings } from "./settings";
import type { Tracking } from "./tracking";

/** Smaller changes, as shares of the program's time, are not marked. */
const MARKED = 0.01;

/** What stands behind a line, counted from 0. */
export interface Mark {
  line: number;
  text: string;
  slower: boolean;
}

/** "▲ +12.0 % slower": the sign and the word tell as much as the colour. */
function markText(change: Change): string {
  const text = changeText(change);
  return `${change.after > change.before ? "▲" : "▼"} ${text === "new" ? `new, ${duration(change.after)}` : text}`;
}

export class DiffMarks {
  readonly #slower: vscode.TextEditorDecorationType;
  readonly #faster: vscode.TextEditorDecorationType;
  /** what each visible editor shows; for tests */
  readonly painted = new Map<string, Mark[]>();

  constructor(
    private readonly results: Results,
    private readonly tracking: Tracking,
    private readonly baselines: Baselines,
  ) {
    const behind = (colour: string): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({ after: { color: new vscode.ThemeColor(colour), margin: "0 0 0 3em" } });
    this.#slower = behind("perfvec.slowerForeground");
    this.#faster = behind("perfvec.fasterForeground");
  }

  paint(editor: vscode.TextEditor): void {
    const { document } = editor;
    const marks = this.#marksOf(document);
    const options = (slower: boolean): vscode.DecorationOptions[] =>
      marks.filter((mark) => mark.slower === slower).map(({ line, text }) => {
        const end = document.lineAt(line).text.length;
        return { range: new vscode.Range(line, end, line, end), renderOptions: { after: { contentText: text } } };
      });
    editor.setDecorations(this.#slower, options(true));
    editor.setDecorations(this.#faster, options(false));
    this.painted.set(document.uri.toString(), marks);
  }

  #marksOf(document: vscode.TextDocument): Mark[] {
    const machine = this.results.machines[0]!;
    const result = settings(document.uri).heatmap ? this.tracking.of(document)?.result : undefined;
    const comparison = result && this.baselines.compare(result, machine);
    if (!comparison) return [];
    const { total } = comparison.diff;
    const least = MARKED * Math.max(total.before, total.after);
    return this.tracking.lines(document, machine)!.lines.flatMap(({ now, time, stale }): Mark[] => {
      const change = comparison.line(time)?.time;
      if (!change || stale || now >= document.lineCount || Math.abs(change.after - change.before) < least || changeText(change) === "unchanged") return [];
      return [{ line: now, text: markText(change), slower: change.after > change.before }];
    });
  }

  dispose(): void {
    this.#slower.dispose();
    this.#faster.dispose();
  }
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking, baselines: Baselines): DiffMarks {
  const marks = new DiffMarks(results, tracking, baselines);
  context.subscriptions.push(marks, ...keepPainted(marks, results, tracking));
  return marks;
}

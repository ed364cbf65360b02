/** Follows predicted files through edits: results shift with their lines, and what was edited is known. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as vscode from "vscode";
import type { LineTime } from "../core/profile/attribution";
import type { Microarchitecture } from "../core/model/description";
import { EditedLines } from "./edited-lines";
import type { Pricing, Result } from "./result";
import type { Results } from "./results";

interface Tracked {
  result: Result;
  file: string;
  text: string;
  lines: EditedLines;
  /** another text than was predicted, from the start: nothing is known of its lines */
  foreign: boolean;
  changed: boolean;
}

/** One predicted line of an open document. */
export interface ShownLine {
  /** where it stands now, from 0 */
  now: number;
  time: LineTime;
  /** whether its text is not what was predicted */
  stale: boolean;
}

export class Tracking {
  readonly #documents = new Map<vscode.TextDocument, Tracked>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  /** a predicted document was edited */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly results: Results) {
    this.#subscriptions = [
      results.onDidChange(() => vscode.workspace.textDocuments.forEach((document) => this.#track(document))),
      vscode.workspace.onDidOpenTextDocument((document) => this.#track(document)),
      vscode.workspace.onDidCloseTextDocument((document) => void this.#documents.delete(document)),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edit(event)),
    ];
  }

  #track(document: vscode.TextDocument): Tracked | undefined {
    const result = document.uri.scheme === "file" ? this.results.ofFile(document.uri.fsPath) : undefined;
    const known = this.#documents.get(document);
    if (known && known.result === result) return known;
    this.#documents.delete(document);
    const file = result?.fileAt(document.uri.fsPath);
    if (!result || file === undefined) return undefined;
    const foreign = !isAsPredicted(document, result.hashOf(file));
    const tracked = { result, file, text: document.getText(), lines: new EditedLines(document.lineCount), foreign, changed: false };
    this.#documents.set(document, tracked);
    return tracked;
  }

  #edit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const tracked = this.#documents.get(document);
    if (!tracked || contentChanges.length === 0) return;
    // Changes are given last first and in coordinates of the text before.
    for (const { range, text } of contentChanges) {
      const inserted = text.split("\n");
      const last = document.lineCount > range.start.line + inserted.length - 1 ? document.lineAt(range.start.line + inserted.length - 1).text : "";
      tracked.lines.apply({
        start: range.start.line,
        end: range.end.line,
        atLineStart: range.start.character === 0,
        endsAtLineStart: range.end.character === 0,
        empty: range.isEmpty,
        text,
        atLineEnd: last === inserted.at(-1),
      });
    }
    tracked.changed = true;
    if (document.lineCount === tracked.text.split("\n").length && document.getText() === tracked.text) {
      tracked.lines.reset();
      tracked.changed = false;
    }
    this.#changed.fire(document);
  }

  /** The result that a document shows, and whether its text has changed since. */
  of(document: vscode.TextDocument): { result: Result; stale: boolean } | undefined {
    const tracked = this.#track(document);
    return tracked && { result: tracked.result, stale: tracked.foreign || tracked.changed };
  }

  /** The predicted lines of a document. */
  lines(document: vscode.TextDocument, machine: Microarchitecture): { pricing: Pricing; lines: ShownLine[] } | undefined {
    const tracked = this.#track(document);
    if (!tracked) return undefined;
    const pricing = tracked.result.on(machine);
    const lines: ShownLine[] = [];
    for (const time of pricing.lines.get(tracked.file)?.values() ?? []) {
      const now = tracked.lines.now(time.line - 1);
      if (now !== undefined) lines.push({ now, time, stale: tracked.foreign || tracked.lines.isEdited(time.line - 1) });
    }
    return { pricing, lines };
  }

  /** The predicted line that stands at a line now. */
  lineAt(document: vscode.TextDocument, now: number, machine: Microarchitecture): ShownLine | undefined {
    const tracked = this.#track(document);
    const line = tracked?.lines.before(now);
    if (!tracked || line === undefined) return undefined;
    const time = tracked.result.on(machine).lines.get(tracked.file)?.get(line + 1);
    return time && { now, time, stale: tracked.foreign || tracked.lines.isEdited(line) };
  }

  /** Where a line of a result stands in a document now. */
  now(document: vscode.TextDocument, line: number): number | undefined {
    const tracked = this.#documents.get(document);
    return tracked ? tracked.lines.now(line - 1) : line - 1;
  }

  dispose(): void {
    this.#subscriptions.forEach((s) => s.dispose());
    this.#changed.dispose();
  }
}

/** Without a hash (the file could not be read then) a text is believed to be the one predicted. */
function isAsPredicted(document: vscode.TextDocument, hash: string): boolean {
  if (hash === "") return true;
  const of = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  if (of(document.getText()) === hash) return true;
  if (document.isDirty) return false;
  // The editor leaves out a byte order mark, and other encodings than UTF-8 have other bytes.
  try {
    return of(readFileSync(document.uri.fsPath)) === hash;
  } catch {
    return false;
  }
}

export function activate(context: vscode.ExtensionContext, results: Results): Tracking {
  const tracking = new Tracking(results);
  context.subscriptions.push(tracking);
  return tracking;
}

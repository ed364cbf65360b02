/** Follows predicted files through edits: results shift with their lines, and what was edited is known. */
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import type { LineTime } from "../core/profile/attribution";
import type { Microarchitecture } from "../core/model/description";
import { hashOf } from "../engine/source-files";
import { type Change, EditedLines } from "./edited-lines";
import type { Pricing, Result } from "./result";
import type { Results } from "./results";

/** A text, and what has become of its lines. */
interface Followed {
  text: string;
  lineCount: number;
  lines: EditedLines;
  changed: boolean;
}

interface Tracked {
  result: Result;
  file: string;
  followed: Followed;
  /** another text than was predicted, from the start: nothing is known of its lines */
  foreign: boolean;
}

const follow = (document: vscode.TextDocument): Followed => ({
  text: document.getText(),
  lineCount: document.lineCount,
  lines: new EditedLines(document.lineCount),
  changed: false,
});

/** One predicted line of an open document. */
export interface ShownLine {
  /** where it stands now, from 0 */
  now: number;
  time: LineTime;
  /** whether its text is not what was predicted */
  stale: boolean;
}

const shownLine = ({ foreign, followed }: Tracked, time: LineTime, now: number): ShownLine => ({ now, time, stale: foreign || followed.lines.isEdited(time.line - 1) });

export class Tracking {
  readonly #documents = new Map<vscode.TextDocument, Tracked>();
  /** documents that are being predicted, as they were when that began */
  readonly #expected = new Map<vscode.TextDocument, Followed>();
  readonly #changed = new vscode.EventEmitter<vscode.TextDocument>();
  /** a predicted document was edited */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];

  constructor(private readonly results: Results) {
    this.#subscriptions = [
      results.onDidChange(() => vscode.workspace.textDocuments.forEach((document) => this.#track(document))),
      vscode.workspace.onDidOpenTextDocument((document) => this.#track(document)),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.#documents.delete(document);
        this.#expected.delete(document);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => this.#edit(event)),
      vscode.workspace.onDidSaveTextDocument((document) => this.#look(document)),
    ];
  }

  /** A prediction begins: edits of these documents are followed until it has ended, so that its result shifts with them. */
  expect(documents: readonly vscode.TextDocument[]): vscode.Disposable {
    const begun = documents.map((document) => [document, follow(document)] as const);
    for (const [document, followed] of begun) this.#expected.set(document, followed);
    return {
      dispose: () => {
        // A newer prediction may have begun meanwhile.
        for (const [document, followed] of begun) if (this.#expected.get(document) === followed) this.#expected.delete(document);
      },
    };
  }

  #track(document: vscode.TextDocument): Tracked | undefined {
    const result = document.uri.scheme === "file" ? this.results.ofFile(document.uri.fsPath) : undefined;
    const known = this.#documents.get(document);
    if (known && known.result === result) return known;
    this.#documents.delete(document);
    const file = result?.fileAt(document.uri.fsPath);
    if (!result || file === undefined) return undefined;
    const hash = result.hashOf(file);
    const expected = this.#expected.get(document);
    const tracked: Tracked =
      expected?.changed && sha256(expected.text) === hash
        ? { result, file, followed: expected, foreign: false }
        : { result, file, followed: follow(document), foreign: !isAsPredicted(document, hash) };
    this.#documents.set(document, tracked);
    return tracked;
  }

  /** A text that was another one may have become the one predicted: by undo and save, or by a checkout. */
  #look(document: vscode.TextDocument): void {
    const tracked = this.#documents.get(document);
    if (!tracked?.foreign || !isAsPredicted(document, tracked.result.hashOf(tracked.file))) return;
    tracked.followed = follow(document);
    tracked.foreign = false;
    this.#changed.fire(document);
  }

  #edit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const tracked = this.#documents.get(document);
    const expected = this.#expected.get(document);
    if (contentChanges.length === 0) return;
    for (const followed of new Set([tracked?.followed, expected])) if (followed) this.#apply(followed, document, contentChanges);
    if (!tracked) return;
    this.#changed.fire(document);
    if (!document.isDirty) this.#look(document); // read anew from disk
  }

  #apply(followed: Followed, document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): void {
    // Changes are given last first and in coordinates of the text before: those further up move a place in the text after.
    let moved = 0;
    for (const { range, text } of changes) moved += lineBreaks(text) - (range.end.line - range.start.line);
    const edit: Change[] = [];
    for (const { range, text } of changes) {
      const inserted = lineBreaks(text);
      moved -= inserted - (range.end.line - range.start.line);
      const last = range.start.line + moved + inserted;
      edit.push({
        start: range.start.line,
        end: range.end.line,
        atLineStart: range.start.character === 0,
        endsAtLineStart: range.end.character === 0,
        empty: range.isEmpty,
        text,
        atLineEnd: last < document.lineCount && document.lineAt(last).text === text.slice(text.lastIndexOf("\n") + 1),
      });
    }
    followed.lines.apply(edit);
    followed.changed = true;
    if (document.lineCount === followed.lineCount && document.getText() === followed.text) {
      followed.lines.reset();
      followed.changed = false;
    }
  }

  /** The result that a document shows, and whether its text has changed since. */
  of(document: vscode.TextDocument): { result: Result; stale: boolean } | undefined {
    const tracked = this.#track(document);
    return tracked && { result: tracked.result, stale: tracked.foreign || tracked.followed.changed };
  }

  /** The predicted lines of a document. */
  lines(document: vscode.TextDocument, machine: Microarchitecture): { pricing: Pricing; lines: ShownLine[] } | undefined {
    const tracked = this.#track(document);
    if (!tracked) return undefined;
    const pricing = tracked.result.on(machine);
    const lines: ShownLine[] = [];
    for (const time of pricing.lines.get(tracked.file)?.values() ?? []) {
      const now = tracked.followed.lines.now(time.line - 1);
      if (now !== undefined) lines.push(shownLine(tracked, time, now));
    }
    return { pricing, lines };
  }

  /** The predicted lines that stand between two lines now, first and last included: no more work than there are lines between them. */
  linesBetween(document: vscode.TextDocument, first: number, last: number, machine: Microarchitecture): { pricing: Pricing; lines: ShownLine[] } | undefined {
    const tracked = this.#track(document);
    if (!tracked) return undefined;
    const pricing = tracked.result.on(machine);
    const times = pricing.lines.get(tracked.file);
    const { lines: followed } = tracked.followed;
    const lines: ShownLine[] = [];
    for (let line = followed.from(first); line < followed.count; line++) {
      const now = followed.now(line);
      if (now === undefined) continue;
      if (now > last) break;
      const time = times?.get(line + 1);
      if (time) lines.push(shownLine(tracked, time, now));
    }
    return { pricing, lines };
  }

  /** The predicted line that stands at a line now. */
  lineAt(document: vscode.TextDocument, now: number, machine: Microarchitecture): ShownLine | undefined {
    const tracked = this.#track(document);
    const line = tracked?.followed.lines.before(now);
    if (!tracked || line === undefined) return undefined;
    const time = tracked.result.on(machine).lines.get(tracked.file)?.get(line + 1);
    return time && shownLine(tracked, time, now);
  }

  /** The line as predicted, from 1, of one that stands at a line now; undefined when it was not there then. */
  before(document: vscode.TextDocument, now: number): number | undefined {
    const line = this.#track(document)?.followed.lines.before(now);
    return line === undefined ? undefined : line + 1;
  }

  /** The last line as predicted, from 1, of those that stand at a line now or above it; undefined when none does. */
  upTo(document: vscode.TextDocument, now: number): number | undefined {
    const line = this.#track(document)?.followed.lines.upTo(now);
    return line === undefined ? undefined : line + 1;
  }

  /** Where a line of a result stands in a document now; undefined when it is gone. */
  now(document: vscode.TextDocument, line: number): number | undefined {
    const tracked = this.#track(document);
    const now = tracked ? tracked.followed.lines.now(line - 1) : line - 1;
    return now !== undefined && now < document.lineCount ? now : undefined;
  }

  dispose(): void {
    this.#subscriptions.forEach((s) => s.dispose());
    this.#changed.dispose();
  }
}

const lineBreaks = (text: string): number => text.split("\n").length - 1;
const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Without a hash it is not known what was compiled (the program is older than the file, say): no text is believed to be it. */
function isAsPredicted(document: vscode.TextDocument, hash: string): boolean {
  if (hash === "") return false;
  if (sha256(document.getText()) === hash) return true;
  // The editor leaves out a byte order mark, and other encodings than UTF-8 have other bytes.
  return !document.isDirty && hashOf(document.uri.fsPath) === hash;
}

export function activate(context: vscode.ExtensionContext, results: Results): Tracking {
  const tracking = new Tracking(results);
  context.subscriptions.push(tracking);
  return tracking;
}

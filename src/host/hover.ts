/** Hover on a line or a function's name: time on every chosen machine, instructions, and what it was measured with. */
import * as vscode from "vscode";
import { functionText, lineText, provenanceText } from "./hover-text";
import type { Results } from "./results";
import type { FunctionPlace } from "../core/profile/places";
import type { Result } from "./result";
import type { Tracking } from "./tracking";

const LANGUAGES = ["c", "cpp"].map((language) => ({ language, scheme: "file" }));

/** A function by the word under the cursor: its name, or the last part of a qualified one. The one with most code of several. */
function functionNamed(result: Result, word: string): FunctionPlace | undefined {
  const found = result.places.functions.filter((f) => f.name === word || bareName(f.name) === word);
  return found.sort((a, b) => b.own.length + b.inlined.length - a.own.length - a.inlined.length)[0];
}

/** ns::Box<int>::get -> get */
function bareName(name: string): string {
  return name.replace(/\s*\[.*$/, "").replace(/<[^<>]*>/g, "").split("::").at(-1)!;
}

export function hoverAt(document: vscode.TextDocument, position: vscode.Position, results: Results, tracking: Tracking): vscode.Hover | undefined {
  const shown = tracking.of(document);
  if (!shown) return undefined;
  const { result, stale } = shown;
  const { machines } = results;
  const range = document.getWordRangeAtPosition(position, /[A-Za-z_~][A-Za-z0-9_]*/);
  const named = range && functionNamed(result, document.getText(range));
  const line = tracking.lineAt(document, position.line, machines[0]!);
  const parts = [
    ...(named ? [functionText(result, named, machines)] : []),
    ...(line && line.time.inclusive > 0 ? [lineText(result, line.time, machines, line.stale)] : []),
  ];
  if (!parts.length) return undefined;
  const note = stale ? "$(warning) The file was edited after this prediction.\n\n" : "";
  const text = new vscode.MarkdownString([...parts, note + provenanceText(result, results.library.model)].join("\n\n---\n\n"), true);
  return new vscode.Hover(text);
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): void {
  context.subscriptions.push(
    vscode.languages.registerHoverProvider(LANGUAGES, {
      provideHover: (document, position) => hoverAt(document, position, results, tracking),
    }),
  );
}

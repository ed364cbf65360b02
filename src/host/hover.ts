/** Hover on a line or a function's name: time on every chosen machine, instructions, and what it was measured with. */
import * as vscode from "vscode";
import type { Baselines } from "./baselines";
import { comparisonText, functionText, lineText, provenanceText } from "./hover-text";
import type { Results } from "./results";
import type { Tracking } from "./tracking";

export const LANGUAGES = ["c", "cpp"].map((language) => ({ language, scheme: "file" }));

export function hoverAt(document: vscode.TextDocument, position: vscode.Position, results: Results, tracking: Tracking, baselines?: Baselines): vscode.Hover | undefined {
  const shown = tracking.of(document);
  if (!shown) return undefined;
  const { result, stale } = shown;
  const { machines } = results;
  const range = document.getWordRangeAtPosition(position, /[A-Za-z_~][A-Za-z0-9_]*/);
  // A name that is called or defined; a variable may have a function's name.
  const isCalled = range && /^\s*(?:<[^;{}]*>\s*)?\(/.test(document.lineAt(position.line).text.slice(range.end.character));
  const file = result.fileAt(document.uri.fsPath);
  const named = isCalled && file !== undefined ? result.functionNamed(document.getText(range), file) : undefined;
  const line = tracking.lineAt(document, position.line, machines[0]!);
  const comparison = baselines?.compare(result, machines[0]!);
  const known = { sure: results.sureness(result), improved: results.improved(machines[0]!) };
  const parts = [
    ...(named ? [functionText(result, named, machines, known, comparison)] : []),
    ...(line && line.time.inclusive > 0 ? [lineText(result, line.time, machines, line.stale, known, comparison)] : []),
  ];
  if (!parts.length) return undefined;
  const note = stale ? "$(warning) The file is not the one predicted: it was edited since, or is younger than the program.\n\n" : "";
  const links = line && file !== undefined ? [disassemblyLink(result.id, file, line.time.line)] : [];
  const changes = comparison ? [comparisonText(comparison)] : [];
  const text = new vscode.MarkdownString([...parts, ...links, note + provenanceText(result, results.library.model, known.sure), ...changes].join("\n\n---\n\n"), true);
  text.isTrusted = { enabledCommands: ["perfvec.showDisassembly"] };
  return new vscode.Hover(text);
}

/** Encoded, so that no name gets out of the link. */
function disassemblyLink(id: string, file: string, line: number): string {
  const encoded = encodeURIComponent(JSON.stringify([{ id, file, line }])).replace(/[()'!*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `[Show Disassembly of This Line](command:perfvec.showDisassembly?${encoded})`;
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking, baselines: Baselines): void {
  context.subscriptions.push(
    vscode.languages.registerHoverProvider(LANGUAGES, {
      provideHover: (document, position) => hoverAt(document, position, results, tracking, baselines),
    }),
  );
}

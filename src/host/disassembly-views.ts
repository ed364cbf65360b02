/** What the editor knows of the disassembly: hovers, folding, outline and definitions. */
import * as vscode from "vscode";
import { percent } from "../core/format";
import { type Metric, metricOf, neighboursOf } from "../core/profile/neighbours";
import { NO_FILE, type Profile } from "../core/profile/profile";
import { countUpTo } from "../core/program/bytes";
import { type Content, type DisassemblyText, SCHEME } from "./disassembly-text";
import { instructionHover, provenanceText } from "./hover-text";
import type { Results } from "./results";
import type { Tracking } from "./tracking";

/** Made when a hover first asks. */
const metrics = new WeakMap<Profile, Metric>();

export function hoverOn(content: Content, line: number, results: Results): vscode.Hover | undefined {
  const { result, assembly, pricing } = content;
  const i = assembly.instructionAt[line];
  if (i === undefined || i < 0) return undefined;
  const { profile } = result;
  let metric = metrics.get(profile);
  if (!metric) metrics.set(profile, (metric = metricOf(profile, results.library.machines)));
  const machines = [pricing.machine, ...results.machines.filter((m) => m.name !== pricing.machine.name)];
  const text = [instructionHover(result, i, machines, neighboursOf(profile, metric, i)), provenanceText(result, results.library.model)];
  return new vscode.Hover(new vscode.MarkdownString(text.join("\n\n---\n\n"), true));
}

/** A function folds to its label, which says its share. */
export function foldingOf({ assembly }: Content): vscode.FoldingRange[] {
  return assembly.functions.map(({ first, last }) => new vscode.FoldingRange(first, last));
}

export function outlineOf({ assembly }: Content): vscode.DocumentSymbol[] {
  return assembly.functions.map(({ name, share, first, last }) => {
    const label = new vscode.Range(first, 0, first, assembly.lines[first]!.length);
    const range = new vscode.Range(first, 0, last, assembly.lines[last]!.length);
    return new vscode.DocumentSymbol(name, percent(share), vscode.SymbolKind.Function, range, label);
  });
}

/** Of an address its instruction, of the rest of an instruction its source line. */
export function definitionAt({ result, assembly }: Content, document: vscode.TextDocument, position: vscode.Position, tracking: Tracking): vscode.Location | undefined {
  const i = assembly.instructionAt[position.line];
  if (i === undefined || i < 0) return undefined;
  const { pcs, frameStart, frameFile, frameLine, files } = result.profile;
  const address = document.getWordRangeAtPosition(position, /0x[0-9a-f]+/);
  if (address) {
    const pc = Number(document.getText(address));
    const target = countUpTo(pcs, pc) - 1;
    const line = pcs[target] === pc ? assembly.lineOf[target]! : -1;
    if (line >= 0) return new vscode.Location(document.uri, new vscode.Position(line, 0));
  }
  const k = frameStart[i]!;
  const local = frameFile[k] === NO_FILE || frameLine[k] === 0 ? undefined : result.localPath(files[frameFile[k]!]!);
  if (local === undefined) return undefined;
  const uri = vscode.Uri.file(local);
  const source = vscode.workspace.textDocuments.find((d) => d.uri.toString() === uri.toString());
  const now = source ? tracking.now(source, frameLine[k]!) : frameLine[k]! - 1;
  return now === undefined ? undefined : new vscode.Location(uri, new vscode.Position(now, 0));
}

export function activate(context: vscode.ExtensionContext, text: DisassemblyText, results: Results, tracking: Tracking): void {
  const selector = { scheme: SCHEME };
  const { languages } = vscode;
  /** While a newer text is on its way there is nothing to say of the one shown. */
  const on = <T>(document: vscode.TextDocument, ask: (content: Content) => T): T | undefined => {
    const content = text.of(document);
    return content && ask(content);
  };
  context.subscriptions.push(
    languages.registerHoverProvider(selector, { provideHover: (document, { line }) => on(document, (content) => hoverOn(content, line, results)) }),
    languages.registerFoldingRangeProvider(selector, { provideFoldingRanges: (document) => on(document, foldingOf) }),
    languages.registerDocumentSymbolProvider(selector, { provideDocumentSymbols: (document) => on(document, outlineOf) }),
    languages.registerDefinitionProvider(selector, {
      provideDefinition: (document, position) => on(document, (content) => definitionAt(content, document, position, tracking)),
    }),
  );
}

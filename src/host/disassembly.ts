/**
 * Disassembly beside the source: a read-only document (scheme perfvec-asm, language perfvec-riscv) with every executed
 * instruction of the active result on the machine that is painted, coloured by share of the time as the sources are.
 * Commands: Show Disassembly, Show Disassembly of This Line. Setting: perfvec.heatmap.
 */
import * as vscode from "vscode";
import { heatOf } from "./heat";
import { heatDecorations } from "./heat-decorations";
import { type Content, DisassemblyText, DOCUMENT, instructionOf, isDisassembly, SCHEME } from "./disassembly-text";
import { DisassemblyLink } from "./disassembly-link";
import * as views from "./disassembly-views";
import { Result } from "./result";
import type { Results } from "./results";
import { settings } from "./settings";
import type { Tracking } from "./tracking";

/** Instructions that are to be shown. */
interface Target {
  result: Result;
  instructions: readonly number[];
}

export class Disassembly {
  readonly #steps: vscode.TextEditorDecorationType[];
  /** where the cursor was last, to put it there again when the order of functions changes */
  #cursor: { result: Result; instruction: number } | undefined;
  /** lines by step of heat (1 …); for tests */
  painted = new Map<number, number[]>();

  constructor(
    readonly text: DisassemblyText,
    readonly link: DisassemblyLink,
    private readonly results: Results,
  ) {
    this.#steps = heatDecorations();
  }

  /** Opens it beside the source, at the hottest of the wanted instructions. */
  async show(target?: Target): Promise<void> {
    const result = target?.result ?? this.results.active;
    if (!result) return void vscode.window.showInformationMessage("PerfVec: there is nothing to disassemble; predict a file first.");
    this.results.activate(result);
    const document = await vscode.workspace.openTextDocument(DOCUMENT);
    const content = await this.#newest(document);
    if (!content) return;
    const viewColumn = vscode.window.visibleTextEditors.find((editor) => editor.document === document)?.viewColumn ?? vscode.ViewColumn.Beside;
    const { latency } = content.pricing;
    const wanted = target?.instructions.filter((i) => content.assembly.lineOf[i]! >= 0) ?? [];
    const hottest = wanted.length ? wanted.reduce((a, b) => (latency[b]! > latency[a]! ? b : a)) : undefined;
    if (target && hottest === undefined) void vscode.window.setStatusBarMessage("PerfVec: no executed instruction is of this line", 5000);
    const editor = await vscode.window.showTextDocument(document, { viewColumn, preview: false });
    if (hottest !== undefined) {
      const at = new vscode.Position(content.assembly.lineOf[hottest]!, 0);
      editor.selection = new vscode.Selection(at, at);
      editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    this.paintAll();
    this.follow(editor);
  }

  /** Waits until the document holds what it is to hold; undefined when it is closed before. */
  #newest(document: vscode.TextDocument): Promise<Content | undefined> {
    return new Promise((resolve) => {
      const look = (): boolean => {
        const newest = this.text.newest();
        const held = document.isClosed ? undefined : this.text.of(document);
        const done = document.isClosed || held === newest;
        if (done) {
          subscriptions.forEach((s) => s.dispose());
          resolve(held);
        }
        return done;
      };
      const subscriptions: vscode.Disposable[] = [];
      if (look()) return;
      subscriptions.push(
        vscode.workspace.onDidChangeTextDocument((event) => event.document === document && look()),
        vscode.workspace.onDidCloseTextDocument((closed) => closed === document && look()),
      );
    });
  }

  follow(editor: vscode.TextEditor): void {
    if (isDisassembly(editor.document)) {
      const content = this.text.of(editor.document);
      const instruction = content && instructionOf(content.assembly, editor.selection.active.line);
      if (instruction !== undefined) this.#cursor = { result: content!.result, instruction };
    }
    this.link.follow(editor);
  }

  /** Another text has come: colours and cursors go where their instructions went. */
  changed(document: vscode.TextDocument): void {
    const content = this.text.of(document);
    const line = content && this.#cursor?.result === content.result ? content.assembly.lineOf[this.#cursor.instruction]! : -1;
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== document || line < 0) continue;
      // Even to the line where it was: the edit that brought the text has moved it, which is told after the text.
      const { active } = editor.selection;
      const wasSeen = editor.visibleRanges.some(({ start, end }) => start.line <= active.line && active.line <= end.line);
      const at = new vscode.Position(line, active.character);
      editor.selection = new vscode.Selection(at, at);
      if (wasSeen) editor.revealRange(new vscode.Range(line, 0, line, 0), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    this.paintAll();
  }

  paintAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      if (!isDisassembly(editor.document)) continue;
      const content = settings().heatmap ? this.text.of(editor.document) : undefined;
      this.painted = content ? heatOfLines(content) : new Map();
      this.#steps.forEach((type, i) => {
        editor.setDecorations(type, (this.painted.get(i + 1) ?? []).map((line) => new vscode.Range(line, 0, line, 0)));
      });
    }
    this.link.paintAll();
  }

  dispose(): void {
    for (const type of this.#steps) type.dispose();
  }
}

/** Lines by step of heat, as for lines of sources. */
function heatOfLines({ assembly, pricing }: Content): Map<number, number[]> {
  const steps = new Map<number, number[]>();
  pricing.latency.forEach((ns, i) => {
    const step = heatOf(ns / pricing.time);
    const line = assembly.lineOf[i]!;
    if (step > 0 && line >= 0) steps.set(step, [...(steps.get(step) ?? []), line]);
  });
  return steps;
}

/** What a command was called for: a row of the results view, or the link of a hover. Commands may be called by anybody. */
export function targetOf(argument: unknown, results: Results): Target | undefined {
  const { result, time, id, file, line } = (argument ?? {}) as Record<string, unknown>;
  if (result instanceof Result && results.get(result.id) === result) {
    const place = time as Partial<Target & { own: number[]; inlined: number[] }> | undefined;
    return Array.isArray(place?.own) && Array.isArray(place.inlined) ? { result, instructions: [...place.own, ...place.inlined] } : undefined;
  }
  const named = typeof id === "string" ? results.get(id) : undefined;
  if (!named || typeof file !== "string" || typeof line !== "number") return undefined;
  return lineTarget(named, file, line, results);
}

function lineTarget(result: Result, file: string, line: number, results: Results): Target {
  const time = result.on(results.machines[0]!).lines.get(file)?.get(line);
  return { result, instructions: time ? [...time.own, ...time.inlined] : [] };
}

/** The line of the cursor, where it stood when it was predicted. */
function targetAt(editor: vscode.TextEditor, results: Results, tracking: Tracking): Target | undefined {
  const shown = tracking.of(editor.document);
  if (!shown) return undefined;
  const line = tracking.lineAt(editor.document, editor.selection.active.line, results.machines[0]!);
  return { result: shown.result, instructions: line ? [...line.time.own, ...line.time.inlined] : [] };
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): Disassembly {
  const text = new DisassemblyText(results);
  const link = new DisassemblyLink(text, tracking);
  const disassembly = new Disassembly(text, link, results);
  views.activate(context, text, results, tracking);
  context.subscriptions.push(
    text,
    link,
    disassembly,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, text),
    vscode.workspace.onDidChangeTextDocument(({ document }) => isDisassembly(document) && disassembly.changed(document)),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
      // A new text moves the cursor, too; nobody did.
      if (kind !== undefined || !isDisassembly(textEditor.document)) disassembly.follow(textEditor);
    }),
    vscode.window.onDidChangeVisibleTextEditors(() => disassembly.paintAll()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("perfvec.heatmap")) disassembly.paintAll();
    }),
    vscode.commands.registerCommand("perfvec.showDisassembly", (argument?: unknown) => disassembly.show(targetOf(argument, results))),
    vscode.commands.registerCommand("perfvec.showDisassemblyOfLine", () => {
      const editor = vscode.window.activeTextEditor;
      const target = editor && targetAt(editor, results, tracking);
      if (!target) return void vscode.window.showInformationMessage("PerfVec: nothing is predicted for this file.");
      return disassembly.show(target);
    }),
  );
  return disassembly;
}

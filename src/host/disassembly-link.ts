/**
 * Links source and disassembly both ways: what the cursor stands on in one is highlighted in the other, and scrolled to.
 * No cursor and no focus is moved, so neither side answers the other's answer. Colour: perfvec.linkedBorder.
 */
import * as vscode from "vscode";
import { NO_FILE } from "../core/profile/profile";
import { type Content, type DisassemblyText, instructionOf, isDisassembly } from "./disassembly-text";
import type { Tracking } from "./tracking";

/** What belongs together: instructions, and lines of sources, those that are inlined before those that they are inlined at. */
interface Linked {
  content: Content;
  instructions: readonly number[];
  places: readonly { file: string; line: number }[];
}

export class DisassemblyLink {
  readonly #type: vscode.TextEditorDecorationType;
  #linked: Linked | undefined;
  /** lines that are highlighted, by document; for tests */
  readonly highlighted = new Map<string, number[]>();

  constructor(
    private readonly text: DisassemblyText,
    private readonly tracking: Tracking,
  ) {
    const colour = new vscode.ThemeColor("perfvec.linkedBorder");
    this.#type = vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      borderColor: colour,
      borderStyle: "solid",
      borderWidth: "0 0 0 4px",
      overviewRulerColor: colour,
      overviewRulerLane: vscode.OverviewRulerLane.Left,
    });
  }

  /** The cursor was moved. Only the active editor's is somebody's. */
  follow(editor: vscode.TextEditor): void {
    if (editor !== vscode.window.activeTextEditor) return;
    const line = editor.selection.active.line;
    if (isDisassembly(editor.document)) this.#fromInstruction(editor.document, line);
    else if (editor.document.uri.scheme === "file") this.#fromSource(editor.document, line);
  }

  #fromSource(document: vscode.TextDocument, now: number): void {
    const shown = vscode.window.visibleTextEditors.find((editor) => isDisassembly(editor.document))?.document;
    const content = shown && this.text.of(shown);
    const line = content && this.tracking.of(document)?.result === content.result ? this.tracking.lineAt(document, now, content.pricing.machine) : undefined;
    this.#show(content && line && { content, instructions: [...line.time.own, ...line.time.inlined], places: [] }, "disassembly");
  }

  #fromInstruction(document: vscode.TextDocument, at: number): void {
    const content = this.text.of(document);
    const i = content && instructionOf(content.assembly, at);
    if (i === undefined) return this.#show(undefined);
    const { frameStart, frameFile, frameLine, files } = content!.result.profile;
    const places: { file: string; line: number }[] = [];
    for (let k = frameStart[i]!; k < frameStart[i + 1]!; k++) {
      if (frameFile[k] !== NO_FILE && frameLine[k] !== 0) places.push({ file: files[frameFile[k]!]!, line: frameLine[k]! });
    }
    const [own] = places;
    const line = own && content!.pricing.lines.get(own.file)?.get(own.line);
    this.#show({ content: content!, instructions: line ? [...line.own, ...line.inlined] : [i], places }, "source");
  }

  #show(linked: Linked | undefined, reveal?: "source" | "disassembly"): void {
    this.#linked = linked;
    this.paintAll(reveal);
  }

  /** Highlights what is linked, and scrolls one side to it. */
  paintAll(reveal?: "source" | "disassembly"): void {
    const before = new Map(this.highlighted);
    for (const editor of vscode.window.visibleTextEditors) {
      const side = isDisassembly(editor.document) ? "disassembly" : "source";
      const lines = side === "disassembly" ? this.#linesOfText(editor.document) : this.#linesOfSource(editor.document);
      const key = editor.document.uri.toString();
      if (!lines.length && !before.get(key)?.length) continue;
      editor.setDecorations(this.#type, lines.map((line) => new vscode.Range(line, 0, line, 0)));
      this.highlighted.set(key, [...lines].sort((a, b) => a - b));
      if (side === reveal && lines.length) editor.revealRange(new vscode.Range(lines[0]!, 0, lines[0]!, 0), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  /** Hottest first. */
  #linesOfText(document: vscode.TextDocument): number[] {
    const content = this.text.of(document);
    if (!content || content.result !== this.#linked?.content.result) return [];
    const { latency } = content.pricing;
    const hottest = [...this.#linked.instructions].sort((a, b) => latency[b]! - latency[a]!);
    return hottest.map((i) => content.assembly.lineOf[i]!).filter((line) => line >= 0);
  }

  /** The innermost place in the file: the code itself, or the call that it is inlined at. */
  #linesOfSource(document: vscode.TextDocument): number[] {
    const { content, places } = this.#linked ?? {};
    if (!content || !places?.length || this.tracking.of(document)?.result !== content.result) return [];
    const file = content.result.fileAt(document.uri.fsPath);
    const place = places.find((p) => p.file === file);
    const now = place && this.tracking.now(document, place.line);
    return now === undefined ? [] : [now];
  }

  dispose(): void {
    this.#type.dispose();
  }
}

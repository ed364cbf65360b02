/** The document of the disassembly: its text, and which result and machine the text is of. */
import * as vscode from "vscode";
import { type Assembly, assemblyOf } from "../core/profile/assembly";
import { howSure } from "../core/model/summary";
import type { Pricing, Result } from "./result";
import type { Results } from "./results";

export const SCHEME = "perfvec-asm";
/** One document, which follows result and machine; its name is the tab's title, and tells the language (package.json). */
export const DOCUMENT = vscode.Uri.from({ scheme: SCHEME, path: "/PerfVec Disassembly" });

const NOTHING = "; Nothing is predicted: run PerfVec: Predict on Microarchitecture… in a C or C++ file, or open a report.";

/** A text and what it is of. */
export interface Content {
  text: string;
  result: Result;
  pricing: Pricing;
  assembly: Assembly;
}

export const isDisassembly = (document: vscode.TextDocument): boolean => document.uri.scheme === SCHEME;

/** The instruction of a line, or of the one that a comment with a source line stands before; undefined where there is none. */
export function instructionOf({ instructionAt }: Assembly, line: number): number | undefined {
  return [instructionAt[line], instructionAt[line + 1]].find((i) => i !== undefined && i >= 0);
}

export class DisassemblyText implements vscode.TextDocumentContentProvider {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  #newest: Content | undefined;
  /** what a version of the document was found to hold */
  #held: { version: number; content: Content } | undefined;

  readonly #subscription: vscode.Disposable;

  constructor(private readonly results: Results) {
    this.#subscription = results.onDidChange(() => {
      const result = results.active;
      if (result !== this.#newest?.result || result?.on(results.machines[0]!) !== this.#newest?.pricing) this.#changed.fire(DOCUMENT);
    });
  }

  provideTextDocumentContent(): string {
    return this.newest()?.text ?? NOTHING;
  }

  /** Of the active result on the machine that is painted. */
  newest(): Content | undefined {
    const result = this.results.active;
    if (!result) return (this.#newest = undefined);
    const pricing = result.on(this.results.machines[0]!);
    if (this.#newest?.result === result && this.#newest.pricing === pricing) return this.#newest;
    const assembly = assemblyOf(result.profile, pricing.machine, pricing.latency, { sure: howSure(this.results.library.model) });
    return (this.#newest = { text: assembly.lines.join("\n"), result, pricing, assembly });
  }

  /** What the document holds: while a newer text is on its way to it the older one, and undefined where that is not known. */
  of(document: vscode.TextDocument): Content | undefined {
    const held = this.#held?.version === document.version ? this.#held.content : undefined;
    const newest = this.#newest;
    if (held && (!newest || held === newest || held.text !== newest.text)) return held;
    if (!newest || document.getText() !== newest.text) return undefined;
    this.#held = { version: document.version, content: newest };
    return newest;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

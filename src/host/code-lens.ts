/** Says above each function how long it takes on the painted machine; a click goes to its hottest line. Setting: perfvec.codeLens. */
import * as vscode from "vscode";
import { duration, integer, percent, short } from "../core/format";
import { sum } from "../core/profile/attribution";
import type { FunctionPlace } from "../core/profile/places";
import { NO_FILE } from "../core/profile/profile";
import { LANGUAGES } from "./hover";
import { keepAsked } from "./inlay-hints";
import type { Pricing, Result } from "./result";
import type { Results } from "./results";
import { settings } from "./settings";
import type { Tracking } from "./tracking";

/** What stands above a line, from 1 as it was compiled. */
interface Lens {
  first: number;
  title: string;
  hottest: number;
}

export class CodeLenses implements vscode.CodeLensProvider {
  readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;
  /** by file of the profile: the editor asks after every edit, and adding up is linear in the instructions */
  readonly #lenses = new WeakMap<Pricing, Map<string, Lens[]>>();

  constructor(
    private readonly results: Results,
    private readonly tracking: Tracking,
  ) {}

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const shown = settings(document.uri).codeLens ? this.tracking.of(document) : undefined;
    const file = shown?.result.fileAt(document.uri.fsPath);
    if (!shown || file === undefined) return [];
    const { result, stale } = shown;
    return this.#of(result, file).flatMap(({ first, title, hottest }) => {
      const now = this.tracking.now(document, first);
      if (now === undefined) return [];
      const command = { title: `${stale ? "$(history) edited since: " : ""}${title}`, tooltip: "Go to Its Hottest Line", command: "perfvec.revealPlace", arguments: [result.id, file, hottest] };
      return [new vscode.CodeLens(new vscode.Range(now, 0, now, 0), command)];
    });
  }

  #of(result: Result, file: string): Lens[] {
    const pricing = result.on(this.results.machines[0]!);
    let known = this.#lenses.get(pricing);
    if (!known) this.#lenses.set(pricing, (known = new Map()));
    let lenses = known.get(file);
    if (!lenses) {
      lenses = byFirstLine(result, file).map(([first, functions]) => ({ first, title: titleOf(functions, pricing), hottest: hottestLine(result, pricing, functions, file) }));
      known.set(file, lenses);
    }
    return lenses;
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** The functions of a file by the line that they begin at: a template, or what the compiler has split, begins there more than once. */
function byFirstLine(result: Result, file: string): [first: number, functions: FunctionPlace[]][] {
  const found = new Map<number, FunctionPlace[]>();
  for (const { first, place } of result.spans.get(file) ?? []) {
    const there = found.get(first);
    if (there) there.push(place);
    else found.set(first, [place]);
  }
  return [...found];
}

function titleOf(functions: readonly FunctionPlace[], { latency, time, machine }: Pricing): string {
  const own = functions.reduce((n, f) => n + sum(f.own, latency), 0);
  const inlined = functions.reduce((n, f) => n + sum(f.inlined, latency), 0);
  const executions = functions.reduce((n, f) => n + f.executions, 0);
  const parts = [
    duration(own),
    `${percent(own / time)}${inlined > 0 ? ` (${percent((own + inlined) / time)} with inlined calls)` : ""}`,
    ...(executions ? [`${short((own * machine.freq_ghz) / executions)} cycles each of ${integer(executions)} executions`] : []),
    ...(functions.length > 1 ? [`${functions.length} instances`] : []),
    machine.name,
  ];
  return parts.join(" · ");
}

/** The line of a file where functions that have a span in it spend most time. */
function hottestLine({ profile }: Result, { latency }: Pricing, functions: readonly FunctionPlace[], file: string): number {
  const times = new Map<number, number>();
  for (const i of functions.flatMap((f) => f.own)) {
    const k = profile.frameStart[i]!;
    const from = profile.frameFile[k]!;
    const line = profile.frameLine[k]!;
    if (from !== NO_FILE && line !== 0 && profile.files[from] === file) times.set(line, (times.get(line) ?? 0) + latency[i]!);
  }
  return [...times].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking): void {
  const lenses = new CodeLenses(results, tracking);
  context.subscriptions.push(
    lenses,
    ...keepAsked(lenses.changed, "codeLens", results, tracking),
    vscode.languages.registerCodeLensProvider(LANGUAGES, lenses),
  );
}

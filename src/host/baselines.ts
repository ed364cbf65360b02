/**
 * What predictions are compared with: one baseline a program; hover, tree, status bar and marks (diff.ts) show the comparison.
 * Commands: Set as Baseline, Clear Baseline, Compare with Report….
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import type { Microarchitecture } from "../core/model/description";
import { type Diff, match, type Matched, price } from "../core/profile/diff";
import type { FunctionPlace, LinePlace } from "../core/profile/places";
import type { Profile } from "../core/profile/profile";
import { open } from "../engine/engine";
import { log, showError } from "./log";
import type { Result } from "./result";
import type { Results } from "./results";

/** A prediction beside its baseline, on one machine. */
export interface Comparison {
  /** what the baseline is called */
  title: string;
  diff: Diff;
  notes: readonly string[];
  /** of a line of the prediction; undefined where its file's lines could not be matched */
  line(place: Pick<LinePlace, "file" | "line">): Diff["lines"][number] | undefined;
  /** of a function of the prediction; undefined where it has no instructions of its own */
  function(place: FunctionPlace): Diff["functions"][number] | undefined;
}

interface Baseline {
  title: string;
  profile: Profile;
  /** undefined: cannot be compared */
  matched: WeakMap<Result, Matched | undefined>;
  comparisons: WeakMap<Matched, Map<string, Comparison>>;
}

export class Baselines {
  /** by id of the result that it was set for */
  readonly #baselines = new Map<string, Baseline>();

  constructor(private readonly results: Results) {}

  /** Compares what is predicted of this result's program from now on, and the result, with a profile. @throws UserError when their times mean different things */
  set(result: Result, title: string, profile: Profile): void {
    const matched = new WeakMap([[result, match(profile, result.profile)]]);
    this.#baselines.set(result.id, { title, profile, matched, comparisons: new WeakMap() });
    this.results.refresh();
  }

  /** Takes away what a result is compared with. @returns whether there was something */
  clear(result: Result): boolean {
    const baseline = this.#of(result);
    for (const [id, known] of this.#baselines) if (known === baseline) this.#baselines.delete(id);
    if (baseline) this.results.refresh();
    return baseline !== undefined;
  }

  /** Whether a result is itself what others are compared with. */
  is(result: Result): boolean {
    return this.#of(result)?.profile === result.profile;
  }

  /** Undefined: there is no baseline of its program, or it is the baseline. */
  compare(result: Result, machine: Microarchitecture): Comparison | undefined {
    const baseline = this.#of(result);
    if (!baseline || baseline.profile === result.profile) return undefined;
    if (!baseline.matched.has(result)) baseline.matched.set(result, matchOrTell(baseline.profile, result.profile));
    const matched = baseline.matched.get(result);
    if (!matched) return undefined;
    const known = baseline.comparisons.get(matched) ?? new Map<string, Comparison>();
    baseline.comparisons.set(matched, known);
    let comparison = known.get(machine.name);
    if (comparison?.diff.machine !== machine) known.set(machine.name, (comparison = comparisonOf(baseline.title, matched, price(matched, machine))));
    return comparison;
  }

  /** The one set for this source, program or report; else one of a program of the same name: a report's. */
  #of(result: Result): Baseline | undefined {
    const { program } = result.profile.provenance;
    return this.#baselines.get(result.id) ?? [...this.#baselines.values()].findLast((b) => b.profile.provenance.program === program);
  }
}

function matchOrTell(before: Profile, after: Profile): Matched | undefined {
  try {
    return match(before, after);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log().warn(error.message);
    return undefined;
  }
}

function comparisonOf(title: string, { notes }: Matched, diff: Diff): Comparison {
  const lines = new Map(diff.lines.flatMap((line) => (line.after ? [[`${line.after.line}\0${line.after.file}`, line] as const] : [])));
  const functions = new Map(diff.functions.flatMap((f) => (f.after?.own ?? []).map((i) => [i, f] as const)));
  return {
    title,
    diff,
    notes,
    line: ({ file, line }) => lines.get(`${line}\0${file}`),
    function: ({ own }) => functions.get(own[0]!),
  };
}

async function setBaseline(results: Results, baselines: Baselines): Promise<void> {
  const result = results.active;
  if (!result) return void vscode.window.showInformationMessage("PerfVec: there is no result to compare with; predict a file first.");
  baselines.set(result, result.title, result.profile);
  void vscode.window.setStatusBarMessage("PerfVec: the next predictions of this program are compared with this one", 5000);
}

async function compareWithReport(results: Results, baselines: Baselines, target?: vscode.Uri): Promise<void> {
  const result = results.active;
  if (!result) return void vscode.window.showInformationMessage("PerfVec: there is no result to compare; predict a file or open a report first.");
  const [uri] = target ? [target] : ((await vscode.window.showOpenDialog({ title: "Compare with Report", openLabel: "Compare", filters: { "PerfVec report": ["perfvec"] } })) ?? []);
  if (!uri) return;
  try {
    baselines.set(result, path.basename(uri.fsPath), await open({ file: uri.fsPath }));
  } catch (error) {
    await showError(error);
  }
}

export function activate(context: vscode.ExtensionContext, results: Results): Baselines {
  const baselines = new Baselines(results);
  const known = (): unknown => {
    const { active } = results;
    const has = active !== undefined && (baselines.is(active) || baselines.compare(active, results.machines[0]!) !== undefined);
    return vscode.commands.executeCommand("setContext", "perfvec.hasBaseline", has);
  };
  context.subscriptions.push(
    results.onDidChange(known),
    vscode.commands.registerCommand("perfvec.setBaseline", () => setBaseline(results, baselines)),
    vscode.commands.registerCommand("perfvec.clearBaseline", () => results.active && baselines.clear(results.active)),
    vscode.commands.registerCommand("perfvec.compareWithReport", (target?: unknown) => compareWithReport(results, baselines, target instanceof vscode.Uri ? target : undefined)),
  );
  return baselines;
}

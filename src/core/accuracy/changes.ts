import { type Improvements, limitsOf, limitsTold, unlimited } from "../explore/limits";
import type { Microarchitecture } from "../model/description";
import { timeOn } from "../profile/representation";
import { mean, summedBy } from "./metrics";

/** Parts of a program whose time one better thing about a machine changes. */
export const CHANGED = ["program", "function", "line"] as const;

/** How much less time a program, function or line takes when one thing about a machine gets better, as a share of what it takes now. */
export interface ChangeRow {
  run: string;
  machine: string;
  change: string;
  level: (typeof CHANGED)[number];
  predicted: number;
  truth: number;
}

export interface ChangeSummary {
  count: number;
  /** mean |predicted - truth|, in shares of the time before */
  error: number;
  /** the same when no change is predicted at all */
  noChange: number;
}

/** Functions and lines that take less than this part of the predicted time are not compared. */
const COMPARED = 0.05;
/** What waits for its own results takes nearly as many cycles on any machine of the kind. */
const LIKE = 0.9;

/**
 * @param before, after predicted cycles of each instruction; @param trueBefore, trueAfter what gem5 says
 * @param places [P] a number for each function and for each source line, 0: none
 */
export function changeRows(
  place: Pick<ChangeRow, "run" | "machine" | "change">, before: Float64Array, after: Float64Array, trueBefore: Float64Array, trueAfter: Float64Array, places: { functions: Uint32Array; lines: Uint32Array | undefined },
): ChangeRow[] {
  const whole = before.reduce((a, b) => a + b, 0);
  const of: Record<ChangeRow["level"], Uint32Array | undefined> = { program: new Uint32Array(before.length).fill(1), function: places.functions, line: places.lines };
  return CHANGED.flatMap((level): ChangeRow[] => {
    const numbers = of[level];
    if (!numbers) return [];
    const [p, q, t, u] = [before, after, trueBefore, trueAfter].map((values) => summedBy(numbers, values)) as [Map<number, number>, ...Map<number, number>[]];
    const compared = [...p.keys()].filter((n) => n > 0 && t!.get(n)! > 0 && p.get(n)! >= COMPARED * whole);
    return compared.map((n) => ({ ...place, level, predicted: 1 - q!.get(n)! / p.get(n)!, truth: 1 - u!.get(n)! / t!.get(n)! }));
  });
}

/** Of the time of lines that take 5 % or more: that of lines of which a change is named that limits them, and of those that are found to wait for their own results. */
export interface Told {
  hot: number;
  named: number;
  own: number;
  /** of the latter, that of lines which gem5 ran on other machines of the kind, and of them that of lines which took at least LIKE of their cycles on each */
  checked: number;
  held: number;
}

/**
 * @param sums [P * d] representations by instruction; @param lines [P] a number for each source line, 0: none
 * @param truth [P] cycles of each instruction on the machine; @param others the same on others of its kind
 * @returns of lines of 5 % or more, on one machine
 */
export function toldOf(sums: Float64Array, lines: Uint32Array, machine: Microarchitecture, improved: Improvements, truth: Float64Array, others: readonly Float64Array[]): Told {
  const d = sums.length / lines.length;
  const byLine = new Map<number, Float64Array>();
  lines.forEach((line, p) => {
    let own = byLine.get(line);
    if (!own) byLine.set(line, (own = new Float64Array(d)));
    for (let k = 0; k < d; k++) own[k]! += sums[p * d + k]!;
  });
  const times = new Map([...byLine].map(([line, own]) => [line, timeOn(own, machine)]));
  const time = [...times.values()].reduce((a, b) => a + b, 0);
  const here = summedBy(lines, truth);
  const elsewhere = others.map((cycles) => summedBy(lines, cycles));
  const found: Told = { hot: 0, named: 0, own: 0, checked: 0, held: 0 };
  for (const [line, own] of byLine) {
    const share = times.get(line)! / time;
    if (line === 0 || !(share >= COMPARED)) continue;
    found.hot += share;
    const limits = limitsOf(own, machine, improved);
    if (limitsTold(limits).length) found.named += share;
    else if (unlimited(limits)?.own) {
      found.own += share;
      if (elsewhere.length) found.checked += share;
      if (elsewhere.length && elsewhere.every((cycles) => cycles.get(line)! >= LIKE * here.get(line)!)) found.held += share;
    }
  }
  return found;
}

/** What larger caches do that answer as fast as before. */
export interface LargerSummary {
  count: number;
  /** share that is predicted to take longer, beyond noise */
  slower: number;
  /** most that one is predicted to take longer, a share of the time before; 0 when none does */
  worst: number;
}

/** Less than this is noise. */
const NOISE = 0.01;

/** @param gains shares of the time that are predicted to go */
export function summariseLarger(gains: readonly number[]): LargerSummary | undefined {
  if (!gains.length) return undefined;
  return { count: gains.length, slower: gains.filter((gain) => gain < -NOISE).length / gains.length, worst: gains.reduce((worst, gain) => Math.max(worst, -gain), 0) };
}

export function summariseChanges(rows: readonly ChangeRow[], level: ChangeRow["level"]): ChangeSummary | undefined {
  const own = rows.filter((r) => r.level === level);
  const error = mean(own.map((r) => Math.abs(r.predicted - r.truth)));
  return error === undefined ? undefined : { count: own.length, error, noChange: mean(own.map((r) => Math.abs(r.truth)))! };
}

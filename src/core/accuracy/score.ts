import { hotRecall, kendall, mean, profileError, type Spread, spread, summedBy } from "./metrics";

/** How a machine's vector came about: in the library, from its parameters alone, or fitted on three other programs. */
export const KINDS = ["seenMachines", "unseenMachines", "fittedMachines"] as const;
export type Kind = (typeof KINDS)[number];

/** A program's run priced on one machine by one predictor. */
export interface Row {
  run: string;
  machine: string;
  kind: Kind;
  trueNs: number;
  predictedNs: number;
  profileError: number;
  /** undefined: the program has no lines */
  lineError: number | undefined;
  hotLineRecall5: number | undefined;
  /** the part of the truly hottest 5 lines' time that the predicted 5 cover */
  hotLineTime5: number | undefined;
  /** log(true / predicted) of lines that were predicted to take 1 % or more */
  lineLogErrors: number[];
  /** of the same lines: their share of the predicted time */
  lineShares: number[];
  /** of the program to the nearest training run (core/model/confidence.ts); baselines have none */
  distance?: number;
  /** factors between which true / predicted was said to lie, for the program and for each line */
  interval?: [low: number, high: number];
  lineIntervals?: [low: number, high: number][];
}

/** @param cycles, truth [P] of each instruction; @param lines [P] a number for each source line, 0: none */
export function scored(
  place: Pick<Row, "run" | "machine" | "kind">, cycles: Float64Array, truth: Float64Array, ghz: number, lines: Uint32Array | undefined,
): Row {
  /** sums by line, those without one first */
  const byLine = lines && ((values: Float64Array) => Float64Array.from(summedBy(lines, values).values()));
  const p = byLine?.(cycles);
  const t = byLine?.(truth);
  return {
    ...place,
    trueNs: total(truth) / ghz,
    predictedNs: total(cycles) / ghz,
    profileError: profileError(cycles, truth),
    lineError: p && profileError(p, t!),
    // What has no line (number 0) is no line that could be hot.
    hotLineRecall5: p && hotRecall(p.slice(1), t!.slice(1), 5),
    hotLineTime5: p && coveredTime(p.slice(1), t!.slice(1), 5),
    ...(p ? compared(p.slice(1), t!.slice(1)) : { lineLogErrors: [], lineShares: [] }),
  };
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** Lines whose times are compared, as shares of the predicted whole. */
const COMPARED = 0.01;
/** A line that takes no time at all would be infinitely far off. */
const FARTHEST = 5;

function compared(predicted: Float64Array, truth: Float64Array): Pick<Row, "lineLogErrors" | "lineShares"> {
  const whole = total(predicted);
  const lines = Array.from(predicted.keys()).filter((i) => predicted[i]! >= COMPARED * whole);
  return {
    lineLogErrors: lines.map((i) => Math.max(-FARTHEST, Math.min(FARTHEST, Math.log(truth[i]! / predicted[i]!)))),
    lineShares: lines.map((i) => predicted[i]! / whole),
  };
}

function coveredTime(predicted: Float64Array, truth: Float64Array, n: number): number {
  const best = (values: Float64Array): number[] => Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!).slice(0, n);
  const time = (lines: number[]): number => lines.reduce((sum, i) => sum + truth[i]!, 0);
  return time(best(predicted)) / time(best(truth));
}

export interface Summary {
  programError: Partial<Record<Kind, Spread>>;
  profileError: { instruction: number | undefined; line: number | undefined };
  hotLineRecall5: number | undefined;
  hotLineTime5: number | undefined;
  /** how often 80 % intervals held the truth */
  coverage: { program: Partial<Record<Kind, number>>; line: number | undefined };
  /** over all machines that have a vector without a fit, mean over programs; times within 2 % are ties */
  kendall: number | undefined;
}

const errorsOf = (rows: readonly Row[], kind: Kind): number[] => rows.filter((r) => r.kind === kind).map((r) => r.predictedNs / r.trueNs - 1);

/** Profile and line errors are those of machines in the library. */
export function summarise(rows: readonly Row[]): Summary {
  const programError: Summary["programError"] = {};
  for (const kind of KINDS) {
    const found = spread(errorsOf(rows, kind));
    if (found) programError[kind] = found;
  }
  const seen = rows.filter((r) => r.kind === "seenMachines");
  const known = <K extends "lineError" | "hotLineRecall5" | "hotLineTime5">(key: K): number | undefined => mean(seen.flatMap((r) => r[key] ?? []));
  const within = (log: number, [low, high]: [number, number]): number => Number(Math.exp(log) >= low && Math.exp(log) <= high);
  const held = (of: readonly Row[]): number | undefined => mean(of.flatMap((r) => (r.interval ? [within(Math.log(r.trueNs / r.predictedNs), r.interval)] : [])));
  const coverage: Summary["coverage"] = { program: {}, line: mean(seen.flatMap((r) => (r.lineIntervals ?? []).map((between, i) => within(r.lineLogErrors[i]!, between)))) };
  for (const kind of KINDS) {
    const share = held(rows.filter((r) => r.kind === kind));
    if (share !== undefined) coverage.program[kind] = share;
  }
  const runs = [...new Set(rows.map((r) => r.run))];
  const taus = runs.flatMap((run) => {
    const own = rows.filter((r) => r.run === run && r.kind !== "fittedMachines");
    return kendall(own.map((r) => r.predictedNs), own.map((r) => r.trueNs)) ?? [];
  });
  return {
    programError,
    profileError: { instruction: mean(seen.map((r) => r.profileError)), line: known("lineError") },
    hotLineRecall5: known("hotLineRecall5"),
    hotLineTime5: known("hotLineTime5"),
    coverage,
    kendall: mean(taus),
  };
}

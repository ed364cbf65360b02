import { hotRecall, kendall, mean, profileError, type Spread, spread } from "./metrics";

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
}

/** @param cycles, truth [P] of each instruction; @param lines [P] a number for each source line, 0: none */
export function scored(
  place: Pick<Row, "run" | "machine" | "kind">, cycles: Float64Array, truth: Float64Array, ghz: number, lines: Uint32Array | undefined,
): Row {
  const byLine = lines && ((values: Float64Array) => summedBy(lines, values));
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
  };
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** Sums by line, those without one first. */
function summedBy(lines: Uint32Array, values: Float64Array): Float64Array {
  const sums = new Map<number, number>([[0, 0]]);
  for (let i = 0; i < lines.length; i++) sums.set(lines[i]!, (sums.get(lines[i]!) ?? 0) + values[i]!);
  return Float64Array.from(sums.values());
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
  /** over all machines that have a vector without a fit, mean over programs; times within 2 % are ties */
  kendall: number | undefined;
}

export const errorsOf = (rows: readonly Row[], kind: Kind): number[] => rows.filter((r) => r.kind === kind).map((r) => r.predictedNs / r.trueNs - 1);

/** Profile and line errors are those of machines in the library. */
export function summarise(rows: readonly Row[]): Summary {
  const programError: Summary["programError"] = {};
  for (const kind of KINDS) {
    const found = spread(errorsOf(rows, kind));
    if (found) programError[kind] = found;
  }
  const seen = rows.filter((r) => r.kind === "seenMachines");
  const known = <K extends "lineError" | "hotLineRecall5" | "hotLineTime5">(key: K): number | undefined => mean(seen.flatMap((r) => r[key] ?? []));
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
    kendall: mean(taus),
  };
}

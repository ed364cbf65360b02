import type { Microarchitecture } from "./description";
import type { Encoder } from "./encoder";
import { addEquation, inverse, type Quadratic, quadratic, solveNonNegative } from "./least-squares";

/**
 * A machine's vector from a few runs of known time. Three times say little about a hundred unknowns, so the vector is
 * held near a first guess (the encoder's, or the library's mean) in the directions in which the library's machines do
 * not stray from theirs: Bayesian ridge regression, and no number of a vector is negative.
 */
export interface FitRun {
  /** [d] summed representation of the run */
  total: ArrayLike<number>;
  /** nanoseconds */
  time: number;
  /** representations of parts of the run, [parts * d], and their nanoseconds; left out when only the whole time is known */
  parts?: { representations: ArrayLike<number>; times: ArrayLike<number> };
}

export interface Prior {
  /** [d], nanoseconds a unit */
  mean: Float64Array;
  /** [d * d], inverse covariance */
  precision: Float64Array;
}

/** Relative error that a whole time is allowed, and one part of a run. */
const WHOLE = 0.04;
const PART = 0.5;
/** How far off the encoder may be in everything at once, and without a description of the machine. */
const SCALE = 0.07;
const UNKNOWN_SCALE = 2;
/** The encoder has learnt the library's machines: it strays from one that it has not twice as far. */
const UNSEEN = 2;
const FLOOR = 0.02;

/** How large a vector is: 1 for the mean of the library. Unit: of `base`. */
const levelOf = (vector: ArrayLike<number>, base: Float64Array): number => {
  let sum = 0;
  for (let k = 0; k < base.length; k++) sum += vector[k]! / base[k]!;
  return sum / base.length;
};

/** @param machine undefined: nothing is known of the machine but its runs */
export function priorOf(library: readonly Microarchitecture[], encoder: Encoder, machine: Microarchitecture | undefined): Prior {
  const d = encoder.base.length;
  const known = library.map((m) => ({ vector: m.vector, guess: encoder.encode(m) }));
  let mean = machine && encoder.encode(machine);
  if (!mean) {
    mean = new Float64Array(d);
    for (const { vector } of known) for (let k = 0; k < d; k++) mean[k]! += vector[k]! / levelOf(vector, encoder.base) / known.length;
  }
  const level = levelOf(mean, encoder.base);
  const covariance = new Float64Array(d * d);
  for (const { vector, guess } of known) {
    const from = machine ? guess : mean;
    const own = levelOf(vector, encoder.base);
    const off = Float64Array.from(from, (g, k) => (machine ? (UNSEEN * (vector[k]! - g) * level) / own : (vector[k]! * level) / own - g));
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) covariance[i * d + j]! += (off[i]! * off[j]!) / known.length;
  }
  const whole = machine ? SCALE : UNKNOWN_SCALE;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) covariance[i * d + j]! += whole * whole * mean[i]! * mean[j]!;
    covariance[i * d + i]! += (FLOOR * encoder.base[i]! * level) ** 2;
  }
  return { mean, precision: inverse(covariance, d) };
}

/** What the time of each run is predicted to be, as a multiple of what it is, by the fit to the others; none of a single run. */
export function leftOut(runs: readonly FitRun[], prior: Prior): number[] {
  if (runs.length < 2) return [];
  return runs.map((run) => {
    const vector = fitVector(runs.filter((r) => r !== run), prior);
    return vector.reduce((sum, v, k) => sum + v * run.total[k]!, 0) / run.time;
  });
}

/** What a fitted machine says of itself: the mean size of log errors of runs left out; 0 when it is not known. */
export const fitError = (ratios: readonly number[]): number => (ratios.length ? ratios.reduce((sum, ratio) => sum + Math.abs(Math.log(ratio)), 0) / ratios.length : 0);

/** @returns float64 [d], nanoseconds a unit */
export function fitVector(runs: readonly FitRun[], prior: Prior): Float64Array {
  const d = prior.mean.length;
  const problem: Quadratic = quadratic(d);
  problem.H.set(prior.precision);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) problem.g[i]! += prior.precision[i * d + j]! * prior.mean[j]!;
  for (const { total, time, parts } of runs) {
    addEquation(problem, total, 0, time, 1 / (WHOLE * time) ** 2);
    if (!parts) continue;
    const mean = time / parts.times.length;
    for (let p = 0; p < parts.times.length; p++) addEquation(problem, parts.representations, p * d, parts.times[p]!, 1 / (PART * mean) ** 2 / parts.times.length);
  }
  return solveNonNegative(problem, prior.mean);
}

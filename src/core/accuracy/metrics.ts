/** Errors of predictions, as shared by the whole field: program, profile, hot lines, ranking of machines. */

export interface Spread {
  mean: number;
  median: number;
  max: number;
}

/** Of absolute values; undefined without any. */
export function spread(values: readonly number[]): Spread | undefined {
  if (!values.length) return undefined;
  const sizes = values.map(Math.abs).sort((a, b) => a - b);
  const middle = (sizes[(sizes.length - 1) >> 1]! + sizes[sizes.length >> 1]!) / 2;
  return { mean: mean(sizes)!, median: middle, max: sizes.at(-1)! };
}

export const mean = (values: readonly number[]): number | undefined => (values.length ? values.reduce((a, b) => a + b, 0) / values.length : undefined);

/** Half the L1 distance between predicted and true shares of time. */
export function profileError(predicted: Float64Array, truth: Float64Array): number {
  const [p, t] = [sumOf(predicted), sumOf(truth)];
  let distance = 0;
  for (let i = 0; i < truth.length; i++) distance += Math.abs(predicted[i]! / p - truth[i]! / t);
  return distance / 2;
}

/** How many of the n truly hottest are among the n predicted hottest. */
export function hotRecall(predicted: Float64Array, truth: Float64Array, n: number): number {
  const hottest = (values: Float64Array): number[] =>
    Array.from(values.keys()).filter((i) => values[i]! > 0).sort((a, b) => values[b]! - values[a]!).slice(0, n);
  const found = new Set(hottest(predicted));
  const wanted = hottest(truth);
  return wanted.filter((i) => found.has(i)).length / wanted.length;
}

/** Kendall's tau of predicted times; true times within 2 % of each other are no pair. undefined without pairs. */
export function kendall(predicted: readonly number[], truth: readonly number[]): number | undefined {
  let agree = 0;
  let pairs = 0;
  for (let i = 0; i < truth.length; i++) {
    for (let j = 0; j < i; j++) {
      if (Math.abs(truth[i]! - truth[j]!) <= 0.02 * Math.max(truth[i]!, truth[j]!)) continue;
      pairs++;
      agree += Math.sign(predicted[i]! - predicted[j]!) * Math.sign(truth[i]! - truth[j]!);
    }
  }
  return pairs ? agree / pairs : undefined;
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v;
  return sum;
}

/** @returns sums of values with the same key, in the order in which keys appear; 0, which stands for none, first */
export function summedBy(keys: Uint32Array, values: Float64Array): Map<number, number> {
  const sums = new Map<number, number>([[0, 0]]);
  for (let i = 0; i < keys.length; i++) sums.set(keys[i]!, (sums.get(keys[i]!) ?? 0) + values[i]!);
  return sums;
}

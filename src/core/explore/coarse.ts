import { geometricMean, type Space, timesOf } from "./explore";

/**
 * The times of a grid as it moves. A machine's time is smooth in its parameters, so those of a few designs, laid as
 * Chebyshev points, say the others by a polynomial (Berrut and Trefethen, Barycentric Lagrange Interpolation, 2004). At
 * the few, and along axes that have no more, it is exact.
 */

/** Values of an axis that are priced at most. */
export const NODES = 10;

/** From a ratio of this on, values are spread by their logarithm. */
const WIDE = 8;

const isWide = (least: number, most: number): boolean => least > 0 && most / least >= WIDE;

/** `steps` values between two numbers, both among them, evenly or, over a wide range, by ratio; whole ones once each. */
export function spread(least: number, most: number, steps: number, whole: boolean): number[] {
  const values = Array.from({ length: steps }, (_, i) => {
    const part = steps === 1 ? 0 : i / (steps - 1);
    const value = isWide(least, most) ? least * (most / least) ** part : least + (most - least) * part;
    return whole ? Math.round(value) : Number(value.toPrecision(4));
  });
  return [...new Set(values)];
}

/** Indices of the values that are priced: Chebyshev points of the range, each the nearest value. */
function nodesOf(at: Float64Array): number[] {
  const n = at.length;
  if (n <= NODES) return Array.from(at.keys());
  const [first, last] = [at[0]!, at[n - 1]!];
  const nodes = new Set<number>();
  let i = 0;
  for (let k = 0; k < NODES; k++) {
    const wanted = first + ((last - first) * (1 - Math.cos((Math.PI * k) / (NODES - 1)))) / 2;
    while (i < n - 1 && Math.abs(at[i + 1]! - wanted) <= Math.abs(at[i]! - wanted)) i++;
    nodes.add(i);
  }
  return [...nodes];
}

/** [values * nodes] what each node counts for at each value. */
function weightsOf(at: Float64Array, nodes: readonly number[]): Float64Array {
  // Scaled to a capacity of one, products of distances neither overflow nor vanish.
  const scale = 4 / (at[at.length - 1]! - at[0]! || 1);
  const node = nodes.map((i) => at[i]! * scale);
  const barycentric = node.map((x) => 1 / node.reduce((product, other) => (other === x ? product : product * (x - other)), 1));
  const weights = new Float64Array(at.length * nodes.length);
  for (let i = 0; i < at.length; i++) {
    const row = i * nodes.length;
    const exact = nodes.indexOf(i);
    if (exact >= 0) {
      weights[row + exact] = 1;
      continue;
    }
    let sum = 0;
    for (let k = 0; k < node.length; k++) sum += weights[row + k] = barycentric[k]! / (at[i]! * scale - node[k]!);
    for (let k = 0; k < node.length; k++) weights[row + k]! /= sum;
  }
  return weights;
}

/** Where values lie along an axis. */
function positions(values: readonly unknown[]): Float64Array {
  const numbers = Float64Array.from(values, Number);
  return isWide(numbers[0]!, numbers[numbers.length - 1]!) ? numbers.map(Math.log) : numbers;
}

/** As `geometricMean(timesOf(...))` of every design of a space of two numeric axes with rising values, nearly. */
export function coarseTimes(space: Space, programs: readonly ArrayLike<number>[]): Float64Array {
  const [rows, columns] = space.axes.map((axis) => positions(axis.values)) as [Float64Array, Float64Array];
  const [rowNodes, columnNodes] = [nodesOf(rows), nodesOf(columns)];
  const designs = rowNodes.flatMap((i) => columnNodes.map((j) => i * columns.length + j));
  const known = geometricMean(timesOf(space, designs, programs)).map(Math.log);
  const [rowWeights, columnWeights] = [weightsOf(rows, rowNodes), weightsOf(columns, columnNodes)];
  const [m, n] = [rowNodes.length, columnNodes.length];
  const time = new Float64Array(space.count);
  const line = new Float64Array(n);
  for (let i = 0; i < rows.length; i++) {
    line.fill(0);
    for (let a = 0; a < m; a++) {
      const weight = rowWeights[i * m + a]!;
      for (let b = 0; b < n; b++) line[b]! += weight * known[a * n + b]!;
    }
    for (let j = 0; j < columns.length; j++) {
      let sum = 0;
      for (let b = 0; b < n; b++) sum += columnWeights[j * n + b]! * line[b]!;
      time[i * columns.length + j] = Math.exp(sum);
    }
  }
  return time;
}

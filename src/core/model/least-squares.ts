/** Quadratic problems of a hundred unknowns: minimise ½ xᵀHx − gᵀx. H is symmetric, [n * n]. */

export interface Quadratic {
  n: number;
  H: Float64Array;
  g: Float64Array;
}

export const quadratic = (n: number): Quadratic => ({ n, H: new Float64Array(n * n), g: new Float64Array(n) });

/** Adds weight · (row · x − target)² / 2. @param at where the row of n numbers begins */
export function addEquation({ n, H, g }: Quadratic, row: ArrayLike<number>, at: number, target: number, weight: number): void {
  for (let i = 0; i < n; i++) {
    const v = weight * row[at + i]!;
    if (v === 0) continue;
    g[i]! += v * target;
    for (let j = 0; j < n; j++) H[i * n + j]! += v * row[at + j]!;
  }
}

const SWEEPS = 2000;
const TOLERANCE = 1e-9;

/** The non-negative minimum, by coordinate descent from `start`. */
export function solveNonNegative({ n, H, g }: Quadratic, start: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(start);
  const slope = Float64Array.from(g, (v) => -v);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) slope[i]! += H[i * n + j]! * x[j]!;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = 0;
    for (let i = 0; i < n; i++) {
      const diagonal = H[i * n + i]!;
      if (diagonal <= 0) continue;
      const next = Math.max(0, x[i]! - slope[i]! / diagonal);
      const step = next - x[i]!;
      if (step === 0) continue;
      x[i] = next;
      moved = Math.max(moved, step * step * diagonal);
      for (let j = 0; j < n; j++) slope[j]! += step * H[j * n + i]!;
    }
    if (moved < TOLERANCE) break;
  }
  return x;
}

/** The inverse of a positive definite matrix [n * n], by Cholesky. */
export function inverse(matrix: Float64Array, n: number): Float64Array {
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!;
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / L[j * n + j]!;
    }
  }
  const out = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let c = 0; c < n; c++) {
    column.fill(0);
    column[c] = 1;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) column[i]! -= L[i * n + k]! * column[k]!;
      column[i]! /= L[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) column[i]! -= L[k * n + i]! * column[k]!;
      column[i]! /= L[i * n + i]!;
    }
    for (let i = 0; i < n; i++) out[i * n + c] = column[i]!;
  }
  return out;
}

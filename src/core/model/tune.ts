import { UserError } from "../errors";
import type { Microarchitecture } from "./description";
import type { Encoder } from "./encoder";
import { inverse } from "./least-squares";

/**
 * The encoder adapted to a design space, from simulated times of a few programs on some of its designs: kernel ridge
 * regression of what its predictions are off. Designs are as alike as their last hidden layers, times as alike as the
 * dimensions they are spent in, so a correction learnt from one program and design carries over to others like them.
 */
export interface Sample {
  machine: Microarchitecture;
  /** [d] summed representation of the program */
  total: ArrayLike<number>;
  /** nanoseconds, as simulated */
  time: number;
}

/** n samples, as a file keeps them. */
export interface Tuning {
  format: 1;
  /** [n][width of the last hidden layer + 1] */
  places: number[][];
  /** [n][d] relative change of each dimension for a design at that place */
  changes: number[][];
}

/** Relative error of a simulated time that is not to be explained, and how far apart corrections of designs may be. */
const NOISE = 0.02;
const STRENGTH = 1;
const MOST = 4;
const MOST_SAMPLES = 2000;

/** What a design shares with all others is 1, beside what its hidden layer says. */
function placeOf(encoder: Encoder, machine: Microarchitecture): Float64Array {
  const h = encoder.hidden(machine);
  const place = new Float64Array(h.length + 1);
  const size = Math.sqrt(h.reduce((sum, v) => sum + v * v, 0)) || 1;
  h.forEach((v, i) => (place[i] = v / size));
  place[h.length] = 1;
  return place;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** @throws UserError when there are too many samples, or none */
export function tune(encoder: Encoder, samples: readonly Sample[]): Tuning {
  const n = samples.length;
  if (n === 0 || n > MOST_SAMPLES) throw new UserError("uarch", `${n} simulated times: at least one is needed, ${MOST_SAMPLES} are the most`);
  const places = samples.map(({ machine }) => placeOf(encoder, machine));
  // Shares of the predicted time by dimension; the target is what is missing of the true time.
  const shares = samples.map(({ machine, total, time }) => encoder.encode(machine).map((m, k) => (m * total[k]!) / time));
  const target = Float64Array.from(shares, (share) => 1 - share.reduce((a, b) => a + b, 0));
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) kernel[i * n + j] = STRENGTH * dot(places[i]!, places[j]!) * dot(shares[i]!, shares[j]!) * shares[i]!.length + (i === j ? NOISE * NOISE : 0);
  const solve = inverse(kernel, n);
  const weights = target.map((_, i) => dot(solve.subarray(i * n, (i + 1) * n), target));
  return {
    format: 1,
    places: places.map((p) => [...p]),
    changes: shares.map((share, i) => Array.from(share, (s) => STRENGTH * weights[i]! * s * share.length)),
  };
}

export function tuned(encoder: Encoder, { places, changes }: Tuning): Encoder {
  return {
    ...encoder,
    encode(machine) {
      const place = placeOf(encoder, machine);
      const vector = encoder.encode(machine);
      const change = new Float64Array(vector.length);
      places.forEach((p, i) => {
        const like = dot(p, place);
        changes[i]!.forEach((c, k) => (change[k]! += like * c));
      });
      return vector.map((v, k) => v * Math.min(MOST, Math.max(1 / MOST, 1 + change[k]!)));
    },
  };
}

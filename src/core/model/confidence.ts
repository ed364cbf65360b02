import { UserError } from "../errors";
import type { Microarchitecture } from "./description";

/**
 * How sure a prediction is: intervals that held the truth for 80 % of the programs kept out of training, wider the less a
 * program resembles those the model was trained on, and a warning when it resembles none. Written by training/confidence.py.
 */
export interface Confidence {
  /** [d] cycles a unit on the average machine: representations are compared by where they spend its time */
  scale: Float64Array;
  /** [n * d] shares of time of training runs, spread over all of them */
  centres: Float64Array;
  /** spread of log errors = (constant + slope * distance) / share ** power, share: of the program's time, 1 for itself */
  spread: { constant: number; slope: number; power: number };
  /** log(true / predicted) in units of the spread, by what is predicted and how the machine's vector came about */
  quantiles: Record<Level, Record<Origin, [low: number, high: number]>>;
  /** a program that is farther from every centre is unlike them */
  far: number;
  /** the farthest program that the spread was measured on: it is not known to grow beyond */
  farthest: number;
}

/** A line, also stands for a function. */
export type Level = "program" | "line";
const ORIGINS = ["library", "parameters", "fit"] as const;
export type Origin = (typeof ORIGINS)[number];

export const originOf = (machine: Microarchitecture): Origin => ORIGINS.find((o) => o === machine["origin"]) ?? "library";

interface Described {
  format: 1;
  scale: number[];
  /** base64 of bytes [n * d]: 255 * square root of a share */
  centres: string;
  spread: Confidence["spread"];
  quantiles: Confidence["quantiles"];
  far: number;
  farthest: number;
}

/** @throws UserError that names the file */
export function parseConfidence(text: string, path: string, dimensions: number): Confidence {
  const bad = (what: string): UserError => new UserError("model", `${path}: ${what}`);
  let described: Described;
  try {
    described = JSON.parse(text) as Described;
  } catch (error) {
    throw bad(`not valid JSON (${(error as Error).message})`);
  }
  const { scale, centres, spread, quantiles, far, farthest } = described ?? {};
  if (described?.format !== 1) throw bad("no confidence of format 1");
  if (!Array.isArray(scale) || scale.length !== dimensions || !scale.every((v) => v >= 0)) throw bad(`scale must have ${dimensions} numbers`);
  const bytes = typeof centres === "string" ? Uint8Array.from(atob(centres), (c) => c.charCodeAt(0)) : new Uint8Array(0);
  if (!bytes.length || bytes.length % dimensions) throw bad("centres do not fit");
  const isPair = (q: unknown): boolean => Array.isArray(q) && q.length === 2 && q[0] <= 0 && q[1] >= 0;
  const known = (["program", "line"] as const).every((level) => ORIGINS.every((origin) => isPair(quantiles?.[level]?.[origin])));
  if (!known || !(spread?.constant > 0) || !(spread.slope >= 0) || !(spread.power >= 0) || !(far > 0) || !(farthest >= far)) throw bad("spread, quantiles, far or farthest is missing");
  return { scale: Float64Array.from(scale), centres: Float64Array.from(bytes, (b) => (b / 255) ** 2), spread, quantiles, far, farthest };
}

/** How unlike every training run a program is: half the L1 distance of shares of time to the nearest, 0 … 1. @param total [d] summed representation */
export function distanceOf({ scale, centres }: Confidence, total: ArrayLike<number>): number {
  const d = scale.length;
  const share = scale.map((s, k) => s * total[k]!);
  const sum = share.reduce((a, b) => a + b, 0);
  if (!(sum > 0)) return 1;
  let nearest = 1;
  for (let at = 0; at < centres.length; at += d) {
    let distance = 0;
    for (let k = 0; k < d && distance < 2 * nearest; k++) distance += Math.abs(share[k]! / sum - centres[at + k]!);
    nearest = Math.min(nearest, distance / 2);
  }
  return nearest;
}

/** Mean size of the log errors of runs that were left out of a machine's fit (`perfvec uarch fit`); 0 where there are none. */
const fitErrorOf = (machine: Microarchitecture): number => (typeof machine["fitError"] === "number" && machine["fitError"] > 0 ? Math.min(machine["fitError"], LARGEST) : 0);
const LARGEST = 2;

/** Where Laplacian errors are 1 in size on average, four of five are smaller than this. */
const FOUR_OF_FIVE = Math.log(5);

/** As `interval`, but no narrower than what a fitted machine's own fit leaves. */
export function intervalOn(machine: Microarchitecture, confidence: Confidence, distance: number, level: Level, share?: number): [low: number, high: number] {
  const [low, high] = interval(confidence, distance, level, originOf(machine), share);
  const own = Math.exp(FOUR_OF_FIVE * fitErrorOf(machine));
  return [Math.min(low, 1 / own), Math.max(high, own)];
}

/** Smaller places were not looked at. */
const LEAST_SHARE = 0.01;

/** The factors between which true / predicted lies four times of five. @param share of the program's time */
export function interval({ spread, quantiles, farthest }: Confidence, distance: number, level: Level, origin: Origin, share = 1): [low: number, high: number] {
  const width = (spread.constant + spread.slope * Math.min(distance, farthest)) / Math.min(1, Math.max(LEAST_SHARE, share)) ** spread.power;
  const [low, high] = quantiles[level][origin];
  return [Math.exp(low * width), Math.exp(high * width)];
}

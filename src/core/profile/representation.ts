/** Representations add up: once those of a place are summed, each machine costs one dot product. */
import type { Microarchitecture } from "../model/description";
import { atOnce } from "../turns";
import type { Profile } from "./profile";

/** Instructions that are added between two yields: with a hundred dimensions, well below a millisecond. */
const SLICE = 512;

/**
 * Sums representations, a slice at a time, so that who runs it can let others have their turn.
 * @param instructions numbers of instructions of the profile; all of them when left out
 * @returns [d], unit: what a machine's vector turns into nanoseconds
 */
export function* summing({ sums, dimensions, pcs }: Profile, instructions?: readonly number[]): Generator<void, Float64Array> {
  const out = new Float64Array(dimensions);
  const count = instructions?.length ?? pcs.length;
  for (let n = 0; n < count; n++) {
    if (n > 0 && n % SLICE === 0) yield;
    const at = (instructions ? instructions[n]! : n) * dimensions;
    for (let d = 0; d < dimensions; d++) out[d]! += sums[at + d]!;
  }
  return out;
}

/** The same at once. @returns [d] */
export const summed = (profile: Profile, instructions?: readonly number[]): Float64Array => atOnce(summing(profile, instructions));

/** Nanoseconds on a machine. @param representation [d] */
export function timeOn(representation: Float64Array, { vector }: Microarchitecture): number {
  let time = 0;
  for (let d = 0; d < representation.length; d++) time += representation[d]! * vector[d]!;
  return time;
}

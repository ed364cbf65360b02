import type { Microarchitecture } from "./description";
import type { Encoder } from "./encoder";

/**
 * What a machine's known vector has, divided by the encoder's guess of it: machines that are made from this one keep it, so
 * that the encoder only says what the changes change. Undefined where no vector is known.
 */
export function anchorOf(start: Microarchitecture, encoder: Encoder): Float64Array | undefined {
  if (!start.vector.length) return undefined;
  const guess = encoder.encode(start);
  const small = encoder.base.map((b) => (0.02 * b) / start.freq_ghz);
  return guess.map((g, k) => Math.min(4, Math.max(0.25, (start.vector[k]! + small[k]!) / (g + small[k]!))));
}

/** The vector of a machine that was made from another. float64 [d], nanoseconds a unit */
export function encodeFrom(start: Microarchitecture, machine: Microarchitecture, encoder: Encoder): Float64Array {
  const anchor = anchorOf(start, encoder);
  const vector = encoder.encode(machine);
  return anchor ? vector.map((v, k) => v * anchor[k]!) : vector;
}

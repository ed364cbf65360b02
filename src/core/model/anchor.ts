import type { Microarchitecture } from "./description";
import type { Encoder } from "./encoder";

/**
 * Prices machines that are made from one whose vector is known: of each dimension, what the encoder's guess of that one has
 * too much goes in proportion, and what it lacks is added, in cycles. So the encoder only says what the changes change, and
 * without changes the vector is the known one. (Factors above one make changes worse: docs/model-log.md.)
 * @returns as `Encoder.encodeAll`
 */
export function anchoredAt(start: Microarchitecture, encoder: Encoder): Encoder["encodeAll"] {
  if (!start.vector.length) return encoder.encodeAll;
  const guess = encoder.encode(start);
  const factor = guess.map((g, k) => (g > 0 ? Math.min(1, start.vector[k]! / g) : 0));
  const lacking = guess.map((g, k) => Math.max(0, start.vector[k]! - g) * start.freq_ghz);
  const d = guess.length;
  return (count, machineOf) => {
    const vectors = encoder.encodeAll(count, machineOf);
    for (let i = 0; i < count; i++) {
      const ghz = machineOf(i).freq_ghz;
      for (let k = 0, at = i * d; k < d; k++, at++) vectors[at] = vectors[at]! * factor[k]! + lacking[k]! / ghz;
    }
    return vectors;
  };
}

/** The vector of a machine that was made from another. float64 [d], nanoseconds a unit */
export const encodeFrom = (start: Microarchitecture, machine: Microarchitecture, encoder: Encoder): Float64Array => anchoredAt(start, encoder)(1, () => machine);

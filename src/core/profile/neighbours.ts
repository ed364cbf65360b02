import type { Microarchitecture } from "../model/description";
import type { Profile } from "./profile";

/** Instructions whose executions weigh less than this share of the average one have hardly a direction of their own. */
const FLOOR = 0.1;

export interface Neighbour {
  /** number in the profile */
  instruction: number;
  /** 0 … 1: the cosine between the two mean representations, less where one is next to nothing */
  similarity: number;
}

/** What the similarity of a profile's instructions is measured with. One pass over it. */
export interface Metric {
  /** [d] nanoseconds a unit, the mean over the machines: dimensions that no machine pays for do not count */
  prices: Float64Array;
  /** [n] lengths of the priced mean representations, at least the floor; Infinity where nothing was executed */
  lengths: Float64Array;
}

/** @param machines of the model that the profile was made with */
export function metricOf(profile: Profile, machines: readonly Microarchitecture[]): Metric {
  const { dimensions: d, sums, executions, pcs } = profile;
  const prices = new Float64Array(d);
  for (const { vector } of machines) for (let k = 0; k < d; k++) prices[k]! += vector[k]! / machines.length;
  let weight = 0;
  let executed = 0;
  const lengths = Float64Array.from(pcs, (_, i) => {
    let square = 0;
    for (let k = 0, at = i * d; k < d; k++) square += (sums[at++]! * prices[k]!) ** 2;
    weight += Math.sqrt(square);
    executed += executions[i]!;
    return executions[i]! > 0 ? Math.sqrt(square) / executions[i]! : Infinity;
  });
  const floor = (FLOOR * weight) / executed;
  return { prices, lengths: lengths.map((length) => Math.max(length, floor)) };
}

/**
 * The instructions that behave most like one: the cosine of mean representations, each dimension by its price. Between two
 * that weigh something it is exactly that; the shorter one is than the floor, the less counts what it points to. One pass
 * over the profile: n × d multiplications.
 */
export function neighboursOf({ dimensions: d, sums, executions, pcs }: Profile, { prices, lengths }: Metric, instruction: number, count = 5): Neighbour[] {
  if (!(executions[instruction]! > 0)) return [];
  // Priced twice: once for each of the two.
  const mean = Float64Array.from(prices, (price, k) => (price * price * sums[instruction * d + k]!) / executions[instruction]! / lengths[instruction]!);
  const found: Neighbour[] = [];
  for (let i = 0, at = 0; i < pcs.length; i++) {
    let dot = 0;
    for (let k = 0; k < d; k++) dot += sums[at++]! * mean[k]!;
    const similarity = dot / executions[i]! / lengths[i]!;
    if (i === instruction || !(similarity > (found[count - 1]?.similarity ?? 0))) continue;
    found.splice(found.findLastIndex((other) => other.similarity >= similarity) + 1, 0, { instruction: i, similarity });
    found.length = Math.min(found.length, count);
  }
  return found;
}

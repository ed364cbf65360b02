/** How long parts of the run take, in their order. */
import type { Microarchitecture } from "../model/description";
import type { Profile, Slices } from "./profile";

export interface Phase {
  /** executed instructions before it, and in it */
  first: number;
  executed: number;
  /** nanoseconds */
  time: number;
}

export const hasSlices = (profile: Profile): profile is Profile & { slices: Slices } => profile.slices !== undefined;

/** The slices of a run on a machine, as many of them together as make it `most` phases or fewer. */
export function phasesOf({ slices, dimensions: d }: Profile & { slices: Slices }, { vector }: Microarchitecture, most = Infinity): Phase[] {
  const { sums, length, executed } = slices;
  const count = sums.length / d;
  const together = Math.ceil(count / most) || 1;
  const phases: Phase[] = [];
  for (let slice = 0; slice < count; slice += together) {
    const end = Math.min(count, slice + together);
    let time = 0;
    for (let at = slice * d; at < end * d; at++) time += sums[at]! * vector[at % d]!;
    phases.push({ first: slice * length, executed: Math.min(executed, end * length) - slice * length, time });
  }
  return phases;
}

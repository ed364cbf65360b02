/** What a call tree says on one machine: inclusive and exclusive time of paths, functions and callers. */
import type { Microarchitecture } from "../model/description";
import { type CallTree, NO_FUNCTION, type Profile } from "./profile";

/** Nanoseconds of the nodes of a call tree. */
export interface CallTimes {
  /** [m] */
  exclusive: Float64Array;
  /** [m] with everything called; of the root that is the program's */
  inclusive: Float64Array;
}

/** A function in a call tree, or what it does for one caller. */
export interface Called {
  /** number in the profile; NO_FUNCTION: the root */
  function: number;
  exclusive: number;
  /** a recursive call's is part of the outer one's */
  inclusive: number;
  calls: number;
}
export interface CalledFunction extends Called {
  /** by their number, the one that most time goes to first; `exclusive` is what the function takes itself for that caller */
  callers: Called[];
}

export function callTimes({ calls, dimensions: d }: Profile & { calls: CallTree }, { vector }: Microarchitecture): CallTimes {
  const { parents, sums } = calls;
  const exclusive = Float64Array.from(parents, (_, node) => {
    let time = 0;
    for (let k = 0, at = node * d; k < d; k++) time += sums[at++]! * vector[k]!;
    return time;
  });
  const inclusive = exclusive.slice();
  for (let node = parents.length - 1; node > 0; node--) inclusive[parents[node]!]! += inclusive[node]!;
  return { exclusive, inclusive };
}

export const hasCalls = (profile: Profile): profile is Profile & { calls: CallTree } => profile.calls !== undefined;

/** Children of each node, most time first. */
export function childrenOf({ parents }: CallTree, { inclusive }: CallTimes): number[][] {
  const children: number[][] = Array.from(parents, () => []);
  for (let node = 1; node < parents.length; node++) children[parents[node]!]!.push(node);
  for (const list of children) list.sort((a, b) => inclusive[b]! - inclusive[a]! || a - b);
  return children;
}

/** Every function that was called or executed, by its number in the profile. */
export function calledFunctions({ parents, functions, calls }: CallTree, { exclusive, inclusive }: CallTimes): Map<number, CalledFunction> {
  const found = new Map<number, CalledFunction>();
  const callers = new Map<number, Map<number, Called>>();
  for (let node = 1; node < parents.length; node++) {
    const f = functions[node]!;
    const by = functions[parents[node]!]!;
    let isInner = false;
    let isInnerCall = false;
    for (let above = parents[node]!; above !== 0; above = parents[above]!) {
      if (functions[above] !== f) continue;
      isInner = true;
      isInnerCall ||= functions[parents[above]!] === by;
    }
    let one = found.get(f);
    if (!one) {
      found.set(f, (one = { function: f, exclusive: 0, inclusive: 0, calls: 0, callers: [] }));
      callers.set(f, new Map());
    }
    const ofCallers = callers.get(f)!;
    let edge = ofCallers.get(by);
    if (!edge) ofCallers.set(by, (edge = { function: by, exclusive: 0, inclusive: 0, calls: 0 }));
    for (const part of [one, edge]) {
      part.exclusive += exclusive[node]!;
      part.calls += calls[node]!;
    }
    if (!isInner) one.inclusive += inclusive[node]!;
    if (!isInnerCall) edge.inclusive += inclusive[node]!;
  }
  for (const one of found.values()) one.callers = [...callers.get(one.function)!.values()].sort((a, b) => b.inclusive - a.inclusive || a.function - b.function);
  return found;
}

/** What the root is called, and a function by its number. */
export const calledName = ({ functions }: Profile, f: number): string => (f === NO_FUNCTION ? "(program)" : functions[f]!);

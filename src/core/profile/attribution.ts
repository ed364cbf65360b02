import type { FunctionPlace, LinePlace, Place, Places } from "./places";

/** Time of a place on one machine. */
export interface Timed {
  /** nanoseconds of the place's own instructions */
  exclusive: number;
  /** and of everything inlined into it (called functions are not part of it) */
  inclusive: number;
}
export type LineTime = LinePlace & Timed;
export type FunctionTime = FunctionPlace & Timed;

export interface Attribution {
  /** every line, hottest first; the sum of `exclusive` and `withoutLine` is the total */
  lines: LineTime[];
  /** nanoseconds of instructions whose line is not known */
  withoutLine: number;
  /** every function, hottest first; the sum of `exclusive` is the total */
  functions: FunctionTime[];
}

/** Divides the latencies of instructions over lines and functions. @param latency [n] nanoseconds */
export function attribute(places: Places, latency: Float64Array): Attribution {
  const timed = <P extends Place>(place: P): P & Timed => {
    const exclusive = sum(place.own, latency);
    return { ...place, exclusive, inclusive: exclusive + sum(place.inlined, latency) };
  };
  const hottest = (a: Timed, b: Timed): number => b.exclusive - a.exclusive;
  return {
    lines: places.lines.map(timed).sort(hottest),
    withoutLine: sum(places.withoutLine, latency),
    functions: places.functions.map(timed).sort(hottest),
  };
}

/** Nanoseconds of some instructions. */
export function sum(instructions: readonly number[], latency: Float64Array): number {
  let time = 0;
  for (const i of instructions) time += latency[i]!;
  return time;
}

/** The grid's times: nearly, within a frame, while it moves; exactly, in turns, when it rests. Touches no document. */
import { coarseTimes } from "../../src/core/explore/coarse";
import { exploring, judge, type Judgement } from "../../src/core/explore/explore";
import type { Plan } from "../../src/core/explore/plan";

export interface Priced extends Judgement {
  /** [designs] nanoseconds; of several programs the geometric mean */
  time: Float64Array;
  /** whether every design went through the encoder */
  exact: boolean;
}

/** @param programs [d] summed representation of each @throws UserError when the objective is no number anywhere */
export function priceNearly({ space, cost, objective }: Plan, programs: readonly ArrayLike<number>[]): Priced {
  const time = coarseTimes(space, programs);
  return { time, exact: false, ...judge(space, time, cost, objective) };
}

/** As `priceNearly`, exactly; yields after some milliseconds each. */
export function* pricing({ space, cost, objective }: Plan, programs: readonly ArrayLike<number>[]): Generator<void, Priced> {
  return { ...(yield* exploring(space, programs, cost, objective)), exact: true };
}

/** The grid's times: nearly, within a frame, while it moves; exactly, in turns, when it rests. Touches no document. */
import { coarseTimes } from "../../src/core/explore/coarse";
import { geometricMean, judge, type Judgement, timesOf } from "../../src/core/explore/explore";
import type { Plan } from "../../src/core/explore/plan";

export interface Priced extends Judgement {
  /** [designs] nanoseconds; of several programs the geometric mean */
  time: Float64Array;
  /** whether every design went through the encoder */
  exact: boolean;
}

/** Designs of a turn: some milliseconds. */
const TURN = 256;

/** @param programs [d] summed representation of each @throws UserError when the objective is no number anywhere */
export function priceNearly({ space, cost, objective }: Plan, programs: readonly ArrayLike<number>[]): Priced {
  const time = coarseTimes(space, programs);
  return { time, exact: false, ...judge(space, time, cost, objective) };
}

/** As `priceNearly`, exactly; yields after some milliseconds each. */
export function* pricing({ space, cost, objective }: Plan, programs: readonly ArrayLike<number>[]): Generator<void, Priced> {
  const time = new Float64Array(space.count);
  for (let from = 0; from < space.count; from += TURN) {
    const designs = Uint32Array.from({ length: Math.min(TURN, space.count - from) }, (_, i) => from + i);
    time.set(geometricMean(timesOf(space, designs, programs)), from);
    yield;
  }
  return { time, exact: true, ...judge(space, time, cost, objective) };
}

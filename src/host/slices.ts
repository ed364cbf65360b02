/** Long work on the host's thread, which every extension shares, in turns. */
import { setImmediate } from "node:timers/promises";

/** Milliseconds of a turn. */
const TURN = 8;

/** @param isOver asked after every turn: whether nobody wants it any more @returns what the work returns; undefined when it was over before */
export async function inSlices<T>(work: Generator<void, T>, isOver: () => boolean): Promise<T | undefined> {
  for (let end = performance.now() + TURN; ; ) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() < end) continue;
    await setImmediate();
    if (isOver()) return undefined;
    end = performance.now() + TURN;
  }
}

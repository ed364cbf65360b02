import { reserve } from "./layout";
import { newReuse, touch } from "./reuse";
import { newSets, physicalLine, touchSets } from "./sets";

/**
 * Lines of instructions as gem5's cores fetch them. In order, fetch asks for the two next lines as soon as it has one, so they
 * are there when they are wanted, or on their way; after a jump they were asked for in vain, and are there later on. Out of
 * order, that happens where TAGE did not foresee that a branch is taken: what follows it is fetched meanwhile.
 */

@unmanaged
class FetchedLine {
  /** Whether it follows the line before in memory. */
  sequential: bool;
  /** In order: reuse distance of the line and its depths in sets (sets.ts), of lines asked for ahead among the others. */
  distance: u32;
  depths: u32;
  /** The same of the line behind it, where it does not follow the line before: else that has been asked for. */
  nextDistance: u32;
  nextDepths: u32;
  /** The same of the one behind that. */
  secondDistance: u32;
  secondDepths: u32;
  /** The same of the line, out of order. */
  outOfOrderDistance: u32;
  outOfOrderDepths: u32;
  /** The same of the line that was fetched in vain. */
  vainDistance: u32;
  vainDepths: u32;
}

export const fetched = changetype<FetchedLine>(reserve(offsetof<FetchedLine>()));
const ahead = newReuse();
const aheadSets = newSets();
const asFetched = newReuse();
const asFetchedSets = newSets();
let lastLine: u64 = ~0;

/** An instruction is fetched from another line than the one before: `fetched` tells about it. */
export function enterLine(pc: u64): void {
  const line = pc >> 6;
  fetched.sequential = line == lastLine + 1;
  lastLine = line;
  fetched.distance = touch(ahead, line);
  touchSets(aheadSets, physicalLine(pc));
  fetched.depths = load<u32>(aheadSets.depths);
  if (!fetched.sequential) {
    fetched.nextDistance = touch(ahead, line + 1);
    touchSets(aheadSets, physicalLine(pc + 64));
    fetched.nextDepths = load<u32>(aheadSets.depths);
  }
  fetched.secondDistance = touch(ahead, line + 2);
  touchSets(aheadSets, physicalLine(pc + 128));
  fetched.secondDepths = load<u32>(aheadSets.depths);
  fetched.outOfOrderDistance = touch(asFetched, line);
  touchSets(asFetchedSets, physicalLine(pc));
  fetched.outOfOrderDepths = load<u32>(asFetchedSets.depths);
}

/** A branch was taken that TAGE had not foreseen: `fetched` tells about the line behind it. */
export function strayBeyond(pc: u64): void {
  fetched.vainDistance = touch(asFetched, (pc >> 6) + 1);
  touchSets(asFetchedSets, physicalLine(pc + 64));
  fetched.vainDepths = load<u32>(asFetchedSets.depths);
}

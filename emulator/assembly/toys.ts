import { reserve, OP, PLAIN } from "./layout";
import { fetched } from "./fetch";
import { H, KIND } from "./history";
import {
  CYCLE, G, IN_ORDER_ROW, LINES, QUEUE, RING, ROW, WHOLE, committed, drained, fetchMisses, dataMisses, drivenOut, fill, fillLine, groups, loaded, misses, ready, rebase, settled, stored, waiting,
} from "./toy-state";
import { BEFORE_IN_ORDER, GROUPS, IN_ORDER_GROUPS, LATENCY, LATENCY_IN_ORDER, LOAD_QUEUE, OVERTAKING, STORE_QUEUE, TOYS, WINDOW } from "./toy-table";

/**
 * Toy machines: idealised cores (toy-table.ts), each simulated by a few integer operations an executed instruction. What an
 * instruction adds to a toy's commit time is a machine-independent feature, attributed as the labels are
 * (profile/measured.ts): those that commit in one cycle share it, and a refill belongs to the branch. Four toys share one
 * SIMD register and one instruction window. Times and places: toy-state.ts.
 */

const STRIDE: usize = ((PLAIN + TOYS) as usize) * 4; // from one row of features to the next
/** From a trap's commit to the fetch of what follows: by gem5's labels, which have 58 cycles from one to the next in order, 25 to 54 out of order. */
const TRAP_IN_ORDER: i32 = 40;
const TRAP: i32 = 15;
/** Of a miss that hits the L2: the way there and back. */
const TO_L2: i32 = 4 * CYCLE;
let executed: u32 = 0;
let loads: u32 = 0;
let afterTaken: bool = false;
let afterSerializing: bool = false;
let untilRebase: u32 = 1024;

/** The next place after another, by the pitch of places in a cycle. */
@inline
function following(last: v128, pitch: v128): v128 {
  const next = i32x4.add(last, pitch);
  const cycle = v128.and(next, i32x4.splat(WHOLE));
  return v128.bitselect(cycle, next, i32x4.gt_s(cycle, last));
}

/** The first place from `earliest` on that is not before `next`, the next free one. */
@inline
function placed(next: v128, earliest: v128): v128 {
  const cycle = v128.and(i32x4.add(earliest, i32x4.splat(CYCLE - 1)), i32x4.splat(WHOLE));
  return v128.bitselect(cycle, next, i32x4.gt_s(cycle, next));
}

/** When a division that could issue then does: a divider takes none until it is done. */
@inline
function divide(group: usize, divider: usize, issue: v128, latency: i32): v128 {
  const busy = v128.load(group + divider);
  const each = i32x4.shr_s(i32x4.mul(v128.load(group, G.DIVIDERS), i32x4.splat(latency)), 3);
  v128.store(group + divider, i32x4.add(i32x4.max_s(busy, i32x4.sub(issue, i32x4.sub(i32x4.splat(latency), each))), each));
  return i32x4.max_s(issue, busy);
}

/** How long a line of instructions takes that is not in the L1I. `sequential`: it follows one that has been fetched */
@inline
function missedLine(group: usize, distance: u32, depths: u32, sequential: bool, lane: usize): v128 {
  if (!depths) return i32x4.splat(0);
  let far = v128.or(i32x4.gt_u(i32x4.splat(distance as i32), v128.load(group, G.L2)), v128.load(group, G.EXCLUSIVE));
  if (sequential) far = v128.andnot(far, i32x4.ne(v128.and(v128.load(group, G.PREFETCH), i32x4.splat(4)), i32x4.splat(0)));
  return v128.and(v128.bitselect(v128.load(group, G.MEMORY_LATENCY), v128.load(group, G.L2_LATENCY), far), misses(fetchMisses, depths, lane));
}

/** Mask of the toys whose predictor (at G.PREDICTOR or G.CHARGED) is among those of the bits. */
@inline
function suffered(group: usize, at: usize, predictors: u32): v128 {
  return i32x4.ne(v128.and(v128.load(group + at), i32x4.splat(predictors as i32)), i32x4.splat(0));
}

/**
 * An access out of order to a line that misses or is on its way: when more wait for the line than may, the cache takes none
 * until it has come (gem5: tgts_per_mshr; lines of eight stores do not fill registers of eight, by its labels).
 */
@inline
function noteWaiting(group: usize, counts: usize, start: v128, filled: v128, misses: v128): void {
  const waits = i32x4.gt_s(filled, start);
  if (!v128.any_true(waits)) return;
  const count = i32x4.add(v128.andnot(v128.load(counts), misses), i32x4.splat(1));
  v128.store(counts, v128.bitselect(count, v128.load(counts), waits));
  const full = v128.and(waits, i32x4.gt_s(count, v128.load(group, G.TARGETS)));
  const blocked = v128.load(group, G.BLOCKED);
  v128.store(group, v128.bitselect(i32x4.max_s(blocked, filled), blocked, full), G.BLOCKED);
}

/** Those that committed in one cycle of a toy share it: `members` rows before `row`, whose first has it so far. */
function shareCycle(row: usize, toy: u32, members: u32): void {
  const share: f32 = 1 / (members as f32);
  let at = row + ((toy as usize) << 2) - (members as usize) * STRIDE;
  store<f32>(at, load<f32>(at) + share - 1);
  for (let k: u32 = 1; k < members; k++) {
    at += STRIDE;
    store<f32>(at, load<f32>(at) + share);
  }
}

/** Ends the run, and the module's use: what is in the rows before `row` will not change any more. */
export function finishToys(row: usize): void {
  for (let t: u32 = 0; t < TOYS; t++) {
    const members = load<i32>(groups + ((t >> 2) as usize) * G.SIZE + ((t & 3) << 2), G.MEMBERS) as u32;
    if (members > 1) shareCycle(row, t, members);
  }
}

/** An executed instruction as the toys see it. */
@unmanaged
class Instruction {
  /** Its operation. */
  op: u32;
  /** Whether the next instruction is another than the one that follows in memory. */
  taken: bool;
  /** Whether its fetch line is another than the one before: of which `fetched` tells (fetch.ts). */
  newLine: bool;
  /** Reuse distance of the data line (loads, stores, atomics), 0 when there is no access; its depth in each number of sets (sets.ts), a byte each. */
  dataDistance: u32;
  dataDepths: u32;
  /** Its line in physical memory, and those that its sets saw before it (sets.ts). */
  line: u32;
  before: usize;
  /** Whether memory has an older version of the line. */
  dirty: bool;
  /** This store's number, counted over the run, or of the store that a load overlaps; and whether that is one of the last QUEUE. */
  storeNumber: u32;
  forwarded: bool;
  /** Number of the store that an access waits for out of order because their sets say so (store-sets.ts), and of one that a load must not overtake; 0: none. */
  after: u32;
  overtaken: u32;
  /** Bits: 1 by stride, 2 by stream, 8 by one of the two lines before it (tagged). */
  prefetchable: u32;
  /** Bits of the predictors that got it wrong (BP), in order and out of order. */
  wrongInOrder: u32;
  wrongOutOfOrder: u32;
  /** Those out of order after which the refill belongs to what follows, and those that were sent to its target when it was decoded. */
  untold: u32;
  resteered: u32;
  /** Whether a line was fetched in vain out of order (fetch.ts). */
  strays: bool;
  /** Whether what follows is fetched again when it commits, and whether that waits for it. */
  squash: bool;
  serializeAfter: bool;
  /** Whether it ends in a trap: a system call, or the first try of an access that faults. */
  traps: bool;
}

/** What `executeToys` executes. */
export const instruction = changetype<Instruction>(reserve(offsetof<Instruction>()));

/**
 * Executes `instruction` on every toy.
 * @param row takes what the instruction adds to each toy's time, f32 in cycles; if `isFirst` is not set, rows stand before it, and change
 * @param history the record of the static micro-operation (history.ts)
 * @returns whether it overtook the store that it must not, as far as its operands and stores say: units may have held it back
 */
export function executeToys(row: usize, isFirst: bool, history: usize): bool {
  const op = instruction.op;
  const newLine = instruction.newLine;
  const dataDistance = instruction.dataDistance;
  const dataDepths = instruction.dataDepths;
  const line = instruction.line;
  const storeNumber = instruction.storeNumber;
  const forwarded = instruction.forwarded;
  const after = instruction.after;
  const overtaken = instruction.overtaken;
  const resteered = instruction.resteered;
  if (--untilRebase == 0) {
    untilRebase = 1024;
    rebase();
  }
  let tooEarly = false;
  const kind = load<u16>(history, H.KIND) as u32;
  const accesses = dataDistance != 0;
  const reads = accesses && (kind & (KIND.LOAD | KIND.ATOMIC)) != 0;
  const writes = accesses && (kind & KIND.STORE) != 0;
  const unit: usize = accesses ? 2 : kind & KIND.FLOAT ? 1 : 0;
  const source0 = load<i8>(history, H.SOURCES) as usize;
  const source1 = load<i8>(history, H.SOURCES + 1) as usize;
  const source2 = load<i8>(history, H.SOURCES + 2) as usize;
  const destination0 = load<i8>(history, H.DESTINATIONS) as usize;
  const destination1 = load<i8>(history, H.DESTINATIONS + 1) as usize;
  const dataFar = i32x4.splat(dataDistance as i32);
  const one = i32x4.splat(CYCLE);
  const zero = i32x4.splat(0);
  const whole = i32x4.splat(WHOLE);
  const clean = i32x4.splat(instruction.dirty ? 0 : -1);
  const scale = f32x4.splat(1.0 / (CYCLE as f32));
  const fillAt = fill + ((line & (LINES - 1)) as usize) * ROW;
  const waitingAt = waiting + ((line & (LINES - 1)) as usize) * ROW;
  if (accesses) {
    const tag = fillLine + ((line & (LINES - 1)) << 2);
    if (load<u32>(tag) != line + 1) {
      store<u32>(tag, line + 1);
      for (let o: usize = 0; o < ROW; o += 16) v128.store(fillAt + o, i32x4.splat(-(1 << 29)));
    }
  }
  const storeAt = ((storeNumber & (QUEUE - 1)) as usize) * ROW;
  const commitAt = committed + ((executed & (RING - 1)) as usize) * ROW;
  for (let g: u32 = 0; g < GROUPS; g++) {
    const G0 = groups + (g as usize) * G.SIZE;
    const lane = (g as usize) << 4;
    const inOrder = g < IN_ORDER_GROUPS;
    const width = v128.load(G0, G.WIDTH);
    const last = v128.and(v128.load(G0, G.COMMIT), whole);
    const before = v128.load(G0, G.FETCH);
    let fetch = following(before, width);
    let wait = newLine ? v128.load(G0, G.LINE) : zero;
    if (afterTaken) {
      const taking = v128.load(G0, G.TAKEN);
      if (inOrder) wait = i32x4.add(wait, taking);
      else fetch = v128.bitselect(placed(fetch, i32x4.add(v128.and(before, whole), one)), fetch, taking);
    }
    fetch = i32x4.max_s(fetch, v128.load(G0, G.REDIRECT));
    if (newLine && inOrder) {
      let asked = v128.load(G0, G.ASKED);
      let second = v128.load(G0, G.SECOND);
      const oneByOne = v128.load(G0, G.ONE_BY_ONE);
      if (fetched.sequential) {
        fetch = placed(fetch, i32x4.add(i32x4.max_s(v128.and(fetch, whole), asked), wait));
        asked = second;
      } else {
        const busy = v128.bitselect(asked, second, i32x4.gt_s(asked, fetch));
        const free = v128.bitselect(i32x4.max_s(v128.and(fetch, whole), busy), v128.and(fetch, whole), oneByOne);
        wait = i32x4.add(wait, missedLine(G0, fetched.distance, fetched.depths, false, lane));
        fetch = placed(fetch, i32x4.add(free, wait));
        asked = i32x4.add(v128.and(fetch, whole), missedLine(G0, fetched.nextDistance, fetched.nextDepths, true, lane));
      }
      second = v128.bitselect(i32x4.max_s(v128.and(fetch, whole), asked), v128.and(fetch, whole), oneByOne);
      v128.store(G0, asked, G.ASKED);
      v128.store(G0, i32x4.add(second, missedLine(G0, fetched.secondDistance, fetched.secondDepths, true, lane)), G.SECOND);
    } else {
      if (newLine) wait = i32x4.add(wait, missedLine(G0, fetched.outOfOrderDistance, fetched.outOfOrderDepths, fetched.sequential, lane));
      fetch = placed(fetch, i32x4.add(v128.and(fetch, whole), wait));
    }
    let issue = i32x4.add(v128.and(fetch, whole), v128.load(G0, G.FRONT));
    issue = i32x4.max_s(issue, v128.load(committed + (((executed - unchecked(WINDOW[g])) & (RING - 1)) as usize) * ROW + lane));
    const next = following(v128.load(G0, G.ISSUE), width);
    if (inOrder) {
      issue = i32x4.max_s(issue, v128.and(next, whole));
    } else {
      let stall = v128.load(G0, G.STALL);
      if (reads) stall = i32x4.max_s(stall, v128.load(loaded + (((loads - unchecked(LOAD_QUEUE[g])) & (QUEUE - 1)) as usize) * ROW + lane));
      if (writes) stall = i32x4.max_s(stall, v128.load(drained + (((storeNumber - unchecked(STORE_QUEUE[g])) & (QUEUE - 1)) as usize) * ROW + lane));
      v128.store(G0, stall, G.STALL);
      issue = i32x4.max_s(issue, stall);
      fetch = placed(fetch, i32x4.sub(issue, v128.load(G0, G.AHEAD)));
      v128.store(G0, fetch, G.FETCH);
    }
    const early = i32x4.splat(inOrder ? unchecked(BEFORE_IN_ORDER[op]) * CYCLE : 0);
    if (source0) issue = i32x4.max_s(issue, i32x4.sub(v128.load(ready + source0 * ROW + lane), early));
    if (source1) issue = i32x4.max_s(issue, i32x4.sub(v128.load(ready + source1 * ROW + lane), early));
    if (source2) issue = i32x4.max_s(issue, i32x4.sub(v128.load(ready + source2 * ROW + lane), early));
    const base = CYCLE * (inOrder ? unchecked(LATENCY_IN_ORDER[op]) : unchecked(LATENCY[op]));
    let beyondL1 = zero;
    let beyondL2 = zero;
    let miss = zero; // what missing the L1 takes
    let access = zero; // what a load takes from its start on
    let inQueue = zero; // mask: a load finds its data in the queue of stores
    let commitFloor = last;
    let bandwidth = i32x4.splat(-(1 << 29)); // of a store, out of order: when memory is free for it
    if (accesses) {
      if (forwarded) inQueue = i32x4.gt_s(v128.load(drained + storeAt + lane), issue);
      if (dataDepths) beyondL1 = v128.andnot(misses(dataMisses, dataDepths, lane), inQueue);
      const inMemory = v128.or(i32x4.gt_u(dataFar, v128.load(G0, G.L2)), v128.and(v128.load(G0, G.EXCLUSIVE), clean));
      beyondL2 = v128.and(beyondL1, inMemory);
      const prefetches = v128.and(v128.load(G0, G.PREFETCH), i32x4.splat(instruction.prefetchable as i32));
      const prefetched = i32x4.ne(prefetches, zero);
      const tagged = i32x4.ne(v128.and(prefetches, i32x4.splat(8)), zero); // into the L2
      if (v128.any_true(beyondL2)) {
        // Bandwidth, and how many misses can be under way, as one token bucket: a gap between misses, a burst of eight.
        const gap = v128.load(G0, G.GAP);
        const busy = i32x4.max_s(v128.load(G0, G.MEMORY_BUSY), i32x4.sub(issue, i32x4.shl(gap, 3)));
        v128.store(G0, i32x4.add(busy, v128.and(gap, beyondL2)), G.MEMORY_BUSY);
        if (reads) issue = v128.bitselect(i32x4.max_s(issue, i32x4.sub(busy, v128.and(prefetched, i32x4.shl(gap, 4)))), issue, beyondL2);
        else if (inOrder) commitFloor = v128.bitselect(i32x4.max_s(last, i32x4.sub(busy, i32x4.shl(gap, 4))), last, beyondL2);
        else bandwidth = v128.bitselect(busy, bandwidth, beyondL2);
      }
      miss = v128.and(v128.bitselect(v128.load(G0, G.MEMORY_LATENCY), v128.load(G0, G.L2_LATENCY), v128.andnot(beyondL2, tagged)), beyondL1);
      miss = v128.bitselect(i32x4.shr_s(miss, 3), miss, v128.andnot(prefetched, tagged));
      access = i32x4.add(v128.load(G0, G.HIT), miss);
      if (after && !inOrder) issue = i32x4.max_s(issue, v128.load(stored + ((after & (QUEUE - 1)) as usize) * ROW + lane));
      if (overtaken && !inOrder) {
        // It is fetched again when the store has been executed.
        const storeDone = v128.load(stored + ((overtaken & (QUEUE - 1)) as usize) * ROW + lane);
        const ahead = i32x4.lt_s(issue, storeDone);
        if (g == OVERTAKING >> 2) tooEarly = i32x4.extract_lane(ahead, (OVERTAKING & 3) as u8) != 0;
        issue = v128.bitselect(i32x4.add(storeDone, i32x4.splat(7 * CYCLE)), issue, ahead);
      }
      if (reads && forwarded) issue = i32x4.max_s(issue, v128.load(stored + storeAt + lane));
    }
    if (op == OP.INT_DIV) {
      issue = divide(G0, G.DIVIDER, issue, base);
    } else if (!inOrder && (op == OP.FLOAT_DIV || op == OP.FLOAT_SQRT)) {
      issue = divide(G0, G.FLOAT_DIVIDER, issue, base);
    }
    const perUnit = v128.load(G0 + (unit << 4), G.UNIT);
    // Out of order, a unit may have been free up to twelve cycles before.
    const free = inOrder ? i32x4.add(issue, i32x4.splat(CYCLE - 1)) : i32x4.sub(issue, i32x4.splat(12 * CYCLE));
    const busyUnit = i32x4.max_s(v128.load(G0 + (unit << 4), G.BUSY), v128.and(free, whole));
    issue = v128.bitselect(i32x4.max_s(issue, v128.and(busyUnit, whole)), issue, i32x4.ne(perUnit, zero));
    v128.store(G0 + (unit << 4), following(busyUnit, perUnit), G.BUSY);
    if (kind & KIND.SERIALIZING || afterSerializing) {
      // Out of order it goes through the pipeline when what is before has left it.
      const alone = inOrder ? last : i32x4.add(last, i32x4.splat((kind & KIND.SERIALIZING ? 4 : 3) * CYCLE));
      issue = v128.bitselect(i32x4.max_s(issue, alone), issue, v128.load(G0, G.WIDE));
      // What follows is dispatched after it.
      if (!inOrder) v128.store(G0, i32x4.max_s(v128.load(G0, G.FETCH), i32x4.sub(issue, v128.load(G0, G.FRONT))), G.FETCH);
    }
    if (inOrder) {
      const place = placed(next, issue);
      issue = v128.and(place, whole);
      v128.store(G0, place, G.ISSUE);
      v128.store(G0, placed(fetch, i32x4.sub(issue, v128.load(G0, G.AHEAD))), G.FETCH);
    }
    let done = i32x4.add(issue, i32x4.splat(base));
    // In order, others go on as if each load hit, and wait to commit; what an access reads must have been committed.
    let retire = done;
    if (accesses) {
      let start = issue;
      if (inOrder) {
        start = i32x4.add(issue, one);
        if (source0) start = i32x4.max_s(start, v128.load(settled + source0 * IN_ORDER_ROW + lane));
        if (source1) start = i32x4.max_s(start, v128.load(settled + source1 * IN_ORDER_ROW + lane));
        if (source2) start = i32x4.max_s(start, v128.load(settled + source2 * IN_ORDER_ROW + lane));
        if (reads) start = i32x4.max_s(start, v128.load(loaded + (((loads - unchecked(LOAD_QUEUE[g])) & (QUEUE - 1)) as usize) * ROW + lane));
        retire = start;
      } else if (reads) {
        retire = v128.bitselect(retire, i32x4.max_s(retire, v128.load(G0, G.BLOCKED)), inQueue);
      }
      if (reads) {
        const pending = v128.bitselect(i32x4.splat(-(1 << 29)), v128.load(fillAt + lane), inQueue);
        const begun = retire;
        if (dataDepths && v128.any_true(beyondL1)) {
          // It is there until the line that drives it out has come. gem5's L2 takes twice its latency until a line that was
          // written back can be read, and looks for that before it waits.
          const since = i32x4.sub(begun, drivenOut(dataDepths, instruction.before, lane));
          const still = i32x4.lt_s(since, zero);
          const latency = i32x4.sub(v128.load(G0, G.L2_LATENCY), i32x4.splat(TO_L2));
          const writtenBack = v128.andnot(v128.andnot(v128.andnot(beyondL1, beyondL2), clean), i32x4.ge_s(since, latency));
          access = i32x4.add(access, v128.and(i32x4.sub(i32x4.add(latency, latency), since), writtenBack));
          access = v128.bitselect(v128.load(G0, G.HIT), access, still);
          beyondL1 = v128.andnot(beyondL1, still);
        }
        retire = i32x4.max_s(i32x4.add(retire, inOrder ? i32x4.add(access, one) : access), pending);
        const filled = v128.bitselect(retire, pending, beyondL1);
        v128.store(fillAt + lane, v128.bitselect(v128.load(fillAt + lane), filled, inQueue));
        if (inOrder) {
          v128.store(loaded + ((loads & (QUEUE - 1)) as usize) * ROW + lane, retire);
        } else {
          done = retire;
          noteWaiting(G0, waitingAt + lane, begun, filled, beyondL1);
        }
      }
    }
    if (writes) v128.store(stored + storeAt + lane, done);
    if (!inOrder) retire = i32x4.add(done, one);
    if (inOrder && writes) {
      commitFloor = i32x4.max_s(commitFloor, v128.load(drained + (((storeNumber - unchecked(STORE_QUEUE[g])) & (QUEUE - 1)) as usize) * ROW + lane));
    }
    const place = placed(following(v128.load(G0, G.COMMIT), width), i32x4.max_s(retire, commitFloor));
    const commit = v128.and(place, whole);
    if (destination0) v128.store(ready + destination0 * ROW + lane, done);
    if (destination1) v128.store(ready + destination1 * ROW + lane, done);
    if (inOrder) {
      if (destination0) v128.store(settled + destination0 * IN_ORDER_ROW + lane, commit);
      if (destination1) v128.store(settled + destination1 * IN_ORDER_ROW + lane, commit);
    }
    if (writes) {
      let reached: v128;
      if (inOrder) {
        reached = i32x4.add(i32x4.max_s(v128.load(G0, G.DRAIN), commit), i32x4.add(miss, one));
      } else {
        // Stores follow one another into the cache, and those that miss overlap.
        const pending = v128.load(fillAt + lane);
        const start = i32x4.max_s(i32x4.max_s(commit, bandwidth), v128.load(G0, G.BLOCKED));
        const arrived = i32x4.max_s(i32x4.add(start, i32x4.add(miss, one)), pending);
        const filled = v128.bitselect(arrived, pending, beyondL1);
        v128.store(fillAt + lane, filled);
        noteWaiting(G0, waitingAt + lane, start, filled, beyondL1);
        reached = i32x4.max_s(v128.load(G0, G.DRAIN), arrived);
      }
      v128.store(G0, reached, G.DRAIN);
      v128.store(drained + storeAt + lane, reached);
    }
    if (reads && !inOrder) v128.store(loaded + ((loads & (QUEUE - 1)) as usize) * ROW + lane, commit);
    const step = i32x4.sub(commit, last);
    // The refill after a misprediction belongs to the branch before.
    const restart = i32x4.sub(i32x4.add(fetch, i32x4.splat((inOrder ? 6 : 7) * CYCLE)), last);
    const refill = v128.and(i32x4.max_s(zero, i32x4.min_s(i32x4.sub(step, one), restart)), v128.load(G0, G.REFILLING));
    const members = v128.load(G0, G.MEMBERS);
    const first = i32x4.gt_s(step, zero);
    const ended = i32x4.bitmask(v128.and(first, i32x4.gt_s(members, i32x4.splat(1))));
    if (ended) {
      for (let l: u32 = 0; l < 4; l++) {
        if (ended & (1 << l)) shareCycle(row, (g << 2) + l, load<i32>(G0 + (l << 2), G.MEMBERS) as u32);
      }
    }
    v128.store(G0, v128.bitselect(i32x4.splat(1), i32x4.add(members, i32x4.splat(1)), first), G.MEMBERS);
    v128.store(row + lane, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(step, refill)), scale));
    if (!isFirst) {
      const branch = row - STRIDE + lane;
      v128.store(branch, f32x4.add(v128.load(branch), f32x4.mul(f32x4.convert_i32x4_s(refill), scale)));
    }
    v128.store(G0, place, G.COMMIT);
    v128.store(commitAt + lane, commit);
    let redirect = v128.load(G0, G.REDIRECT);
    let refilling = zero;
    const wrong = inOrder ? instruction.wrongInOrder : instruction.wrongOutOfOrder;
    if (wrong) {
      const missed = suffered(G0, G.PREDICTOR, wrong);
      redirect = v128.bitselect(placed(redirect, i32x4.add(inOrder ? i32x4.add(issue, one) : done, v128.load(G0, G.PENALTY))), redirect, missed);
      refilling = suffered(G0, G.CHARGED, inOrder ? wrong : wrong & ~instruction.untold);
      if (instruction.strays && !inOrder) {
        const there = i32x4.add(v128.and(fetch, whole), missedLine(G0, fetched.vainDistance, fetched.vainDepths, true, lane));
        redirect = v128.bitselect(i32x4.max_s(redirect, there), redirect, v128.and(missed, v128.load(G0, G.ONE_BY_ONE)));
      }
    }
    if (resteered && !inOrder) {
      const late = suffered(G0, G.PREDICTOR, resteered);
      redirect = v128.bitselect(placed(redirect, i32x4.add(v128.and(fetch, whole), i32x4.splat(4 * CYCLE))), redirect, late);
      refilling = v128.or(refilling, suffered(G0, G.CHARGED, resteered));
    }
    v128.store(G0, refilling, G.REFILLING);
    if (instruction.squash) redirect = i32x4.max_s(redirect, commit);
    if (instruction.traps) redirect = i32x4.max_s(redirect, i32x4.add(commit, i32x4.splat((inOrder ? TRAP_IN_ORDER : TRAP) * CYCLE)));
    if (instruction.serializeAfter && inOrder) redirect = i32x4.max_s(redirect, i32x4.add(commit, i32x4.splat(4 * CYCLE)));
    v128.store(G0, redirect, G.REDIRECT);
  }
  if (reads) loads++;
  afterTaken = instruction.taken;
  afterSerializing = instruction.serializeAfter;
  executed++;
  return tooEarly;
}

import { reserve, OP } from "./layout";
import { H, KIND } from "./history";
import { MOST_WAYS, SETS } from "./sets";

/**
 * Toy machines: idealised cores, each simulated by a few integer operations an executed instruction. What an
 * instruction adds to a toy's commit time is a machine-independent feature. Four toys share one SIMD register and
 * one instruction window. Time is fixed point, 1/840 of a cycle (840 divides by 1 … 8), rebased now and then, so
 * every machine computes the same bits.
 */

const CYCLE: i32 = 840;
export const TOYS: u32 = 44;
const GROUPS: u32 = TOYS / 4;
const IN_ORDER_GROUPS: u32 = 3;
const NONE: i32 = 1 << 30; // an L2 that always hits

/** Which predictor a toy has: bit of the mispredictions it suffers. */
namespace BP {
  export const PERFECT: i32 = 0;
  export const BIMODAL: i32 = 1;
  export const GSHARE: i32 = 2;
  export const TAGE: i32 = 4;
  export const FILTERED: i32 = 8;
}

/** Instruction windows, by group. In-order groups have none. */
// prettier-ignore
const WINDOW: StaticArray<u32> = [0, 0, 0, 20, 40, 64, 96, 128, 128, 224, 320];

/**
 * width, predictor, L1D in kB and its ways (0 kB: always hits), L2 in lines of 64 bytes (0: none), L1I in kB and its
 * ways, latencies of L1D, L2 and memory, refill penalty, integer, floating-point and memory units (0: unlimited),
 * dividers of each kind, cycles between memory accesses, prefetchers (1: by stride, 2: by stream), cycles that fetch
 * waits for each other line, and after a taken branch (out of order: 1 where it ends the group fetched in a cycle). A toy without an L2 stands for one that is
 * exclusive of clean lines: gem5 finds them in memory again.
 */
const PARAMETERS: u32 = 19;
// prettier-ignore
const TABLE: StaticArray<i32> = [
  // in order
  1, BP.BIMODAL,  16, 4,  8192,  16, 4, 2, 14, 120,  3, 1, 1, 1, 1,  12, 0,  0, 3,
  2, BP.GSHARE,   32, 8, 32768,  32, 4, 2, 18, 120,  5, 2, 1, 1, 1,   8, 3,  0, 5,
  1, BP.PERFECT,   0, 0,  NONE,   0, 0, 2,  0,   0,  3, 1, 1, 1, 1,   0, 0,  0, 0,
  3, BP.PERFECT,   0, 0,  NONE,   0, 0, 4,  0,   0,  3, 3, 2, 2, 1,   0, 0,  0, 0,
  2, BP.PERFECT,  32, 4,  8192,   0, 0, 2, 14, 150,  3, 2, 1, 1, 1, 150, 0,  0, 0,
  1, BP.TAGE,      0, 0,  NONE,   0, 0, 2,  0,   0,  5, 1, 1, 1, 1,   0, 0,  0, 4,
  2, BP.PERFECT,  64, 8,  4096,   0, 0, 3, 12, 200,  3, 2, 1, 1, 1,  10, 3,  0, 3,
  2, BP.PERFECT,   0, 0,  NONE,  16, 2, 2, 14, 150,  3, 2, 1, 1, 1,   0, 0,  0, 6,
  1, BP.PERFECT,  16, 2,     0,   0, 0, 2,  0, 100,  3, 1, 1, 1, 1,  12, 0,  0, 0,
  1, BP.PERFECT,   0, 0,     0,   4, 2, 2,  0, 100,  3, 1, 1, 1, 1,   0, 0,  0, 0,
  2, BP.BIMODAL,   8, 2,  4096,   8, 2, 2, 14, 100,  4, 1, 1, 1, 1,  10, 0,  0, 6,
  1, BP.PERFECT,  32, 2,  NONE,   0, 0, 2, 14,  14,  3, 1, 1, 1, 1,   0, 0,  0, 0,
  // window 20
  4, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0,
  2, BP.TAGE,      8, 2,  4096,  16, 4, 3, 14, 120,  8, 2, 1, 1, 1,  10, 0,  2, 1,
  4, BP.GSHARE,   16, 4,  8192,   0, 0, 3, 14, 150,  8, 0, 0, 0, 2,  20, 0,  1, 1,
  3, BP.PERFECT,  32, 8,  4096,   0, 0, 2, 12, 200,  8, 2, 1, 1, 1,   8, 3,  0, 1,
  // window 40
  2, BP.BIMODAL,  16, 4,  4096,  16, 4, 3, 14, 150,  6, 2, 1, 1, 1,  40, 0,  2, 1,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 2,   0, 0,  0, 0,
  2, BP.PERFECT,   0, 0,  NONE,   0, 0, 2,  0,   0,  0, 0, 0, 0, 1,   0, 0,  0, 0,
  3, BP.TAGE,     32, 8, 16384,  32, 8, 3, 12, 100,  8, 2, 1, 1, 1,  10, 3,  1, 1,
  // window 64
  1, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  0, 0, 0, 0, 1,   0, 0,  0, 0,
  4, BP.PERFECT,   8, 4,  2048,   0, 0, 3, 14, 250,  8, 0, 0, 0, 1,  30, 0,  0, 0,
  4, BP.FILTERED,  0, 0,  NONE,   0, 0, 3,  0,   0, 12, 0, 0, 0, 4,   0, 0,  1, 1,
  3, BP.GSHARE,   32, 2,  8192,  32, 2, 4, 16, 200, 10, 3, 1, 1, 1,  50, 0,  2, 1,
  // window 96
  4, BP.PERFECT,  16, 2,     0,   0, 0, 3,  0, 100,  8, 0, 0, 0, 1,   8, 0,  0, 0,
  4, BP.PERFECT,   0, 0,     0,   4, 2, 3,  0, 100,  8, 0, 0, 0, 2,   0, 0,  0, 0,
  6, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  3, 1,
  3, BP.TAGE,      8, 2,  4096,   8, 4, 3, 14, 120,  8, 2, 1, 1, 1,  10, 0,  4, 1,
  // window 128
  3, BP.GSHARE,   32, 4,  4096,  32, 4, 3, 14, 150,  8, 3, 2, 1, 1,  20, 0,  2, 1,
  4, BP.TAGE,     64, 4, 16384,  64, 4, 4, 12, 200,  8, 3, 2, 2, 2,  10, 3,  1, 1,
  4, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0,
  4, BP.TAGE,      0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 2,   0, 0,  0, 0,
  4, BP.BIMODAL,   0, 0,  NONE,   0, 0, 3,  0,   0, 14, 0, 0, 0, 1,   0, 0,  3, 1,
  4, BP.PERFECT,  16, 8,  NONE,   0, 0, 3, 14,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0,
  4, BP.PERFECT,  64, 8,  4096,   0, 0, 3, 14, 150,  8, 0, 0, 0, 1,  10, 0,  0, 0,
  4, BP.PERFECT,   0, 0,  NONE,  16, 2, 3, 14, 150,  8, 0, 0, 0, 2,   0, 0,  2, 1,
  // window 224
  6, BP.TAGE,     32, 4,  8192,  32, 8, 4, 14, 250, 10, 4, 4, 2, 2,   8, 0,  2, 1,
  4, BP.PERFECT,  32, 8,  8192,   0, 0, 3, 14, 250,  8, 0, 0, 0, 1,   8, 3,  0, 0,
  4, BP.PERFECT,  32, 8,  8192,   0, 0, 3, 14, 250,  8, 0, 0, 0, 4,  60, 0,  0, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 4,  0,   0,  8, 0, 0, 1, 1,   0, 0,  0, 0,
  // window 320
  8, BP.TAGE,    128, 8, 65536, 128, 8, 3, 16, 200,  9, 8, 4, 3, 4,   5, 3,  1, 1,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 0, 0, 0, 8,   0, 0,  0, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 1, 0, 0, 1,   0, 0,  0, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 0, 1, 0, 1,   0, 0,  0, 0,
];

// gem5's unit latencies by operation, out of order (FuncUnitConfig.py) and in order (MinorCPU, as a dependent sees them).
// prettier-ignore
const LATENCY: StaticArray<i32> = [1, 1, 3, 20, 2, 2, 2, 4, 5, 12, 3, 24, 0, 1, 0, 1];
// prettier-ignore
const LATENCY_IN_ORDER: StaticArray<i32> = [1, 1, 3, 9, 4, 4, 4, 4, 4, 4, 4, 4, 0, 1, 0, 1];

/** One group's constants and state: a v128 each. */
namespace G {
  export const WIDTH: usize = 0;
  export const FRONT: usize = 16; // fetch to dispatch
  export const QUEUE: usize = 32; // how far fetch runs ahead of dispatch
  export const PENALTY: usize = 48;
  export const L2: usize = 64;
  export const HIT: usize = 80;
  export const L2_LATENCY: usize = 96;
  export const MEMORY_LATENCY: usize = 112;
  export const GAP: usize = 128;
  export const PREFETCH: usize = 144;
  export const PREDICTOR: usize = 160;
  export const DIVIDERS: usize = 176; // eighths of a division that occupy all of them
  export const LINE: usize = 192; // wait for a line
  export const TAKEN: usize = 208; // in order: wait after a taken branch; else a mask: it ends the group
  export const UNIT: usize = 224; // three: integer, floating point, memory
  export const WIDE: usize = 272; // mask: wider than one
  // state
  export const FETCH: usize = 288;
  export const GROUP: usize = 304; // when the group that is being fetched began
  export const REDIRECT: usize = 320;
  export const COMMIT: usize = 336;
  export const ISSUE: usize = 352;
  export const DIVIDER: usize = 368;
  export const FLOAT_DIVIDER: usize = 384;
  export const BUSY: usize = 400; // three
  export const MEMORY_BUSY: usize = 448;
  export const REFILLING: usize = 464; // mask: the instruction before was mispredicted
  export const SIZE: usize = 480;
}
const STATE: usize = G.FETCH;
const STATE_END: usize = G.REFILLING;
const ROW: usize = (TOYS as usize) * 4;

const groups: usize = reserve((GROUPS as usize) * G.SIZE);
const ready: usize = reserve(64 * ROW); // by register
const RING: u32 = 512;
const committed: usize = reserve((RING as usize) * ROW); // by executed instruction
const STORES: u32 = 1024;
const stored: usize = reserve((STORES as usize) * ROW); // by store
const LINES: u32 = 1024;
const fill: usize = reserve((LINES as usize) * ROW); // by line: when its miss is filled
const fillLine: usize = reserve((LINES as usize) * 8);
let executed: u32 = 0;
let afterTaken: bool = false;
let untilRebase: u32 = 1024;

/** Increment of the commit time of the instruction just executed, less its refill, in 1/840 cycles; and the refill. */
export const increment: usize = reserve(ROW);
export const refill: usize = reserve(ROW);

// Masks of the toys whose L1 misses: by number of sets (sets.ts) and by the line's depth in its set.
const DEPTHS: u32 = MOST_WAYS + 1;
const dataMisses: usize = reserve(((SETS * DEPTHS) as usize) * ROW);
const fetchMisses: usize = reserve(((SETS * DEPTHS) as usize) * ROW);

function setLane(offset: usize, toy: u32, value: i32): void {
  store<i32>(groups + ((toy >> 2) as usize) * G.SIZE + offset + ((toy & 3) << 2), value);
}

function setMisses(masks: usize, toy: u32, kilobytes: u32, ways: u32): void {
  if (!kilobytes) return;
  const k = ctz(kilobytes * 16 / ways) - 5; // 32 sets and up
  for (let depth = ways; depth < DEPTHS; depth++) store<i32>(masks + ((k * DEPTHS + depth) as usize) * ROW + ((toy as usize) << 2), -1);
}

@inline
function misses(masks: usize, depths: u32, lane: usize): v128 {
  let some = v128.load(masks + ((depths & 0xff) as usize) * ROW + lane);
  for (let k: u32 = 1; k < SETS; k++) {
    some = v128.or(some, v128.load(masks + ((k * DEPTHS + ((depths >> (k << 3)) & 0xff)) as usize) * ROW + lane));
  }
  return some;
}

function initialise(): void {
  for (let t: u32 = 0; t < TOYS; t++) {
    const p = (t * PARAMETERS) as i32;
    const width = CYCLE / TABLE[p];
    const inOrder = t < IN_ORDER_GROUPS * 4;
    const front = (inOrder ? 3 : 5) * CYCLE;
    setLane(G.WIDTH, t, width);
    setLane(G.FRONT, t, front);
    setLane(G.QUEUE, t, front + 16 * width);
    setLane(G.PREDICTOR, t, TABLE[p + 1]);
    setMisses(dataMisses, t, TABLE[p + 2], TABLE[p + 3]);
    setLane(G.L2, t, TABLE[p + 4]);
    setMisses(fetchMisses, t, TABLE[p + 5], TABLE[p + 6]);
    setLane(G.HIT, t, TABLE[p + 7] * CYCLE);
    setLane(G.L2_LATENCY, t, TABLE[p + 8] * CYCLE);
    setLane(G.MEMORY_LATENCY, t, TABLE[p + 9] * CYCLE);
    setLane(G.PENALTY, t, (TABLE[p + 10] * CYCLE) / 2);
    for (let u = 0; u < 3; u++) {
      const units = TABLE[p + 11 + u];
      setLane(G.UNIT + ((u as usize) << 4), t, units ? CYCLE / units : 0);
    }
    setLane(G.DIVIDERS, t, 8 / TABLE[p + 14]);
    setLane(G.GAP, t, TABLE[p + 15] * CYCLE);
    setLane(G.PREFETCH, t, TABLE[p + 16]);
    setLane(G.LINE, t, TABLE[p + 17] * CYCLE);
    setLane(G.TAKEN, t, inOrder ? TABLE[p + 18] * CYCLE : -TABLE[p + 18]);
    setLane(G.WIDE, t, TABLE[p] > 1 ? -1 : 0);
  }
}
initialise();

function rebaseRange(from: usize, bytes: usize, by: v128, floor: v128): void {
  for (let p = from; p < from + bytes; p += 16) v128.store(p, i32x4.max_s(i32x4.sub(v128.load(p), by), floor));
}

/** Moves the origin of time to the slowest toy's present, long before 32 bits are full. */
function rebase(): void {
  untilRebase = 1024;
  const floor = i32x4.splat(-(1 << 29));
  for (let g: u32 = 0; g < GROUPS; g++) {
    const state = groups + (g as usize) * G.SIZE;
    const now = v128.load(state, G.COMMIT);
    if (!v128.any_true(i32x4.gt_s(now, i32x4.splat(1 << 29)))) continue;
    rebaseRange(state + STATE, STATE_END - STATE, now, floor);
    const lane = (g as usize) << 4;
    for (let r: usize = 0; r < 64; r++) rebaseRange(ready + r * ROW + lane, 16, now, floor);
    for (let r: usize = 0; r < RING; r++) rebaseRange(committed + r * ROW + lane, 16, now, floor);
    for (let r: usize = 0; r < STORES; r++) rebaseRange(stored + r * ROW + lane, 16, now, floor);
    for (let r: usize = 0; r < LINES; r++) rebaseRange(fill + r * ROW + lane, 16, now, floor);
  }
}

/** When a division that could issue then does: a divider takes none until it is done. */
@inline
function divide(group: usize, divider: usize, issue: v128, latency: i32): v128 {
  const busy = v128.load(group + divider);
  const each = i32x4.shr_s(i32x4.mul(v128.load(group, G.DIVIDERS), i32x4.splat(latency)), 3);
  v128.store(group + divider, i32x4.add(i32x4.max_s(busy, i32x4.sub(issue, i32x4.sub(i32x4.splat(latency), each))), each));
  return i32x4.max_s(issue, busy);
}

/**
 * Executes one instruction on every toy.
 * @param history the record of the static micro-operation (history.ts)
 * @param op operation
 * @param taken whether the next instruction is another than the one that follows in memory
 * @param newLine whether its fetch line is another than the one before
 * @param fetchDistance reuse distance of the fetch line, 1 while in the same line
 * @param fetchDepths its depth in each number of sets (sets.ts), a byte each; `dataDepths` that of the data line
 * @param dataDistance reuse distance of the data line (loads, stores, atomics), 0 when there is no access
 * @param line data line
 * @param storeNumber this store's number, counted over the run, or of the store that a load overlaps
 * @param forwarded whether a load overlaps that store; `near`: so recent that its line needs no cache
 * @param prefetchable bits: 1 by stride, 2 by stream
 * @param mispredicted bits of the predictors that got it wrong (BP)
 */
export function executeToys(
  history: usize,
  op: u32,
  taken: bool,
  newLine: bool,
  fetchDistance: u32,
  fetchDepths: u32,
  dataDistance: u32,
  dataDepths: u32,
  line: u64,
  storeNumber: u32,
  forwarded: bool,
  near: bool,
  prefetchable: u32,
  mispredicted: u32,
  squash: bool,
): void {
  if (--untilRebase == 0) rebase();
  const kind = load<u16>(history, H.KIND) as u32;
  const reads = dataDistance != 0 && (kind & (KIND.LOAD | KIND.ATOMIC)) != 0;
  const writes = (kind & KIND.STORE) != 0;
  const accesses = dataDistance != 0;
  const unit: usize = accesses ? 2 : kind & KIND.FLOAT ? 1 : 0;
  const source0 = load<i8>(history, H.SOURCES) as usize;
  const source1 = load<i8>(history, H.SOURCES + 1) as usize;
  const source2 = load<i8>(history, H.SOURCES + 2) as usize;
  const destination0 = load<i8>(history, H.DESTINATIONS) as usize;
  const destination1 = load<i8>(history, H.DESTINATIONS + 1) as usize;
  const fetchFar = i32x4.splat(fetchDistance as i32);
  const dataFar = i32x4.splat(dataDistance as i32);
  const one = i32x4.splat(CYCLE);
  const wrong = i32x4.splat(mispredicted as i32);
  const zero = i32x4.splat(0);
  const fillAt = fill + (((line as u32) & (LINES - 1)) as usize) * ROW;
  if (reads) {
    const tag = fillLine + (((line as u32) & (LINES - 1)) << 3);
    if (load<u64>(tag) != line + 1) {
      store<u64>(tag, line + 1);
      for (let o: usize = 0; o < ROW; o += 16) v128.store(fillAt + o, i32x4.splat(-(1 << 29)));
    }
  }
  const storeAt = stored + ((storeNumber & (STORES - 1)) as usize) * ROW;
  const commitAt = committed + ((executed & (RING - 1)) as usize) * ROW;
  for (let g: u32 = 0; g < GROUPS; g++) {
    const G0 = groups + (g as usize) * G.SIZE;
    const lane = (g as usize) << 4;
    const inOrder = g < IN_ORDER_GROUPS;
    const width = v128.load(G0, G.WIDTH);
    const last = v128.load(G0, G.COMMIT);
    let fetch = i32x4.add(v128.load(G0, G.FETCH), width);
    const nextGroup = i32x4.add(v128.load(G0, G.GROUP), one);
    if (afterTaken) {
      const wait = v128.load(G0, G.TAKEN);
      fetch = inOrder ? i32x4.add(fetch, wait) : v128.bitselect(i32x4.max_s(fetch, nextGroup), fetch, wait);
    }
    fetch = i32x4.max_s(fetch, v128.load(G0, G.REDIRECT));
    if (newLine) fetch = i32x4.add(fetch, v128.load(G0, G.LINE));
    if (fetchDepths) {
      const latency = v128.bitselect(
        v128.load(G0, G.MEMORY_LATENCY),
        v128.load(G0, G.L2_LATENCY),
        i32x4.gt_u(fetchFar, v128.load(G0, G.L2)),
      );
      fetch = i32x4.add(fetch, v128.and(latency, misses(fetchMisses, fetchDepths, lane)));
    }
    let issue = i32x4.add(fetch, v128.load(G0, G.FRONT));
    if (inOrder) {
      issue = i32x4.max_s(issue, i32x4.add(v128.load(G0, G.ISSUE), width));
    } else {
      issue = i32x4.max_s(issue, v128.load(committed + (((executed - unchecked(WINDOW[g])) & (RING - 1)) as usize) * ROW + lane));
      fetch = i32x4.max_s(fetch, i32x4.sub(issue, v128.load(G0, G.QUEUE)));
      v128.store(G0, v128.bitselect(v128.load(G0, G.GROUP), fetch, i32x4.lt_s(fetch, nextGroup)), G.GROUP);
      v128.store(G0, fetch, G.FETCH);
    }
    if (source0) issue = i32x4.max_s(issue, v128.load(ready + source0 * ROW + lane));
    if (source1) issue = i32x4.max_s(issue, v128.load(ready + source1 * ROW + lane));
    if (source2) issue = i32x4.max_s(issue, v128.load(ready + source2 * ROW + lane));
    const base = CYCLE * (inOrder ? unchecked(LATENCY_IN_ORDER[op]) : unchecked(LATENCY[op]));
    let latency = i32x4.splat(base);
    let commitFloor = last;
    let missing = zero;
    if (accesses) {
      const beyondL1 = near || !dataDepths ? zero : misses(dataMisses, dataDepths, lane);
      const beyondL2 = v128.and(beyondL1, i32x4.gt_u(dataFar, v128.load(G0, G.L2)));
      const prefetched = i32x4.ne(v128.and(v128.load(G0, G.PREFETCH), i32x4.splat(prefetchable as i32)), zero);
      missing = beyondL1;
      if (v128.any_true(beyondL2)) {
        // Bandwidth, and how many misses can be under way, as one token bucket: a gap between misses, a burst of eight.
        const gap = v128.load(G0, G.GAP);
        const busy = i32x4.max_s(v128.load(G0, G.MEMORY_BUSY), i32x4.sub(issue, i32x4.shl(gap, 3)));
        v128.store(G0, i32x4.add(busy, v128.and(gap, beyondL2)), G.MEMORY_BUSY);
        if (reads) issue = v128.bitselect(i32x4.max_s(issue, i32x4.sub(busy, v128.and(prefetched, i32x4.shl(gap, 4)))), issue, beyondL2);
        else commitFloor = v128.bitselect(i32x4.max_s(last, i32x4.sub(busy, i32x4.shl(gap, 4))), last, beyondL2);
      }
      if (reads) {
        let miss = v128.and(
          v128.bitselect(v128.load(G0, G.MEMORY_LATENCY), v128.load(G0, G.L2_LATENCY), beyondL2),
          beyondL1,
        );
        miss = v128.bitselect(i32x4.shr_s(miss, 3), miss, prefetched);
        latency = i32x4.add(latency, i32x4.add(v128.load(G0, G.HIT), miss));
        if (forwarded) issue = i32x4.max_s(issue, v128.load(storeAt + lane));
      }
    }
    if (op == OP.INT_DIV) {
      issue = divide(G0, G.DIVIDER, issue, base);
    } else if (!inOrder && (op == OP.FLOAT_DIV || op == OP.FLOAT_SQRT)) {
      issue = divide(G0, G.FLOAT_DIVIDER, issue, base);
    }
    const perUnit = v128.load(G0 + (unit << 4), G.UNIT);
    const busyUnit = i32x4.max_s(v128.load(G0 + (unit << 4), G.BUSY), i32x4.sub(issue, i32x4.splat(12 * CYCLE)));
    issue = v128.bitselect(i32x4.max_s(issue, busyUnit), issue, i32x4.ne(perUnit, zero));
    v128.store(G0 + (unit << 4), i32x4.add(busyUnit, perUnit), G.BUSY);
    if (kind & KIND.SERIALIZING) issue = v128.bitselect(i32x4.max_s(issue, last), issue, v128.load(G0, G.WIDE));
    v128.store(G0, issue, G.ISSUE);
    if (inOrder) v128.store(G0, i32x4.max_s(fetch, i32x4.sub(issue, v128.load(G0, G.QUEUE))), G.FETCH);
    let done = i32x4.add(issue, latency);
    if (reads) {
      const pending = v128.load(fillAt + lane);
      done = i32x4.max_s(done, pending);
      v128.store(fillAt + lane, v128.bitselect(done, pending, missing));
    }
    if (destination0) v128.store(ready + destination0 * ROW + lane, done);
    if (destination1) v128.store(ready + destination1 * ROW + lane, done);
    if (writes) v128.store(storeAt + lane, done);
    const retire = inOrder && reads && !writes ? i32x4.add(issue, one) : inOrder ? done : i32x4.add(done, one);
    const commit = i32x4.max_s(i32x4.max_s(i32x4.add(last, width), retire), commitFloor);
    const step = i32x4.sub(commit, last);
    // The refill after a misprediction belongs to the branch before.
    const restart = i32x4.sub(i32x4.add(fetch, i32x4.splat((inOrder ? 4 : 7) * CYCLE)), last);
    const share = v128.and(i32x4.max_s(zero, i32x4.min_s(i32x4.sub(step, width), restart)), v128.load(G0, G.REFILLING));
    v128.store(refill + lane, share);
    v128.store(increment + lane, i32x4.sub(step, share));
    v128.store(G0, commit, G.COMMIT);
    v128.store(commitAt + lane, commit);
    const missed = i32x4.ne(v128.and(v128.load(G0, G.PREDICTOR), wrong), zero);
    v128.store(G0, missed, G.REFILLING);
    let redirect = v128.load(G0, G.REDIRECT);
    if (mispredicted) redirect = v128.bitselect(i32x4.add(done, v128.load(G0, G.PENALTY)), redirect, missed);
    if (squash) redirect = i32x4.max_s(redirect, commit);
    v128.store(G0, redirect, G.REDIRECT);
  }
  afterTaken = taken;
  executed++;
}

/** What the toy machines (toys.ts) are like. */

/** Executed instructions that commit in one cycle of the widest toy: so far back a row may still change. */
export const WIDEST: u32 = 8;
export const TOYS: u32 = 48;
export const GROUPS: u32 = TOYS / 4;
export const IN_ORDER_GROUPS: u32 = 3;
const NONE: i32 = 1 << 30; // an L2 that always hits, but for lines never seen before: they take the memory's latency

/** Which predictor a toy has: bit of the mispredictions it suffers. */
export namespace BP {
  export const PERFECT: i32 = 0;
  export const BIMODAL: i32 = 1;
  export const GSHARE: i32 = 2;
  export const TAGE: i32 = 4;
  export const FILTERED: i32 = 8;
  export const ALL: i32 = 15;
}

/** Instructions that are under way at most, by group: those in the pipelines of in-order ones, else the instruction window. */
// prettier-ignore
export const WINDOW: StaticArray<u32> = [3, 6, 10, 20, 40, 64, 96, 128, 128, 128, 224, 320];
/** Loads under way at most: in order those that wait for their data, else those that are dispatched and have not committed. */
// prettier-ignore
export const LOAD_QUEUE: StaticArray<u32> = [2, 2, 4, 16, 16, 24, 32, 64, 24, 32, 64, 96];
/** Stores that have not reached the cache at most: in order those that have committed, else those that are dispatched. */
// prettier-ignore
export const STORE_QUEUE: StaticArray<u32> = [8, 8, 8, 16, 16, 24, 24, 48, 24, 32, 48, 64];

/**
 * width, predictor, L1D in kB and its ways (0 kB: always hits), L2 in lines of 64 bytes (0: none), L1I in kB and its
 * ways, latencies of L1D, L2 and memory, refill penalty in half cycles, integer, floating-point and memory units (0: unlimited),
 * dividers of each kind, cycles between memory accesses, prefetchers (1: by stride, 2: by stream, 4: of instructions, 8: tagged, into the L2), cycles that fetch
 * waits for each other line, and after a taken branch (out of order: 1 where it ends the group fetched in a cycle), whether the
 * L2 is exclusive (gem5 finds clean lines, and instructions, in memory again), and how many accesses may wait for one line that
 * misses (0: unlimited): with one more, the cache takes none until it has come; whether lines of instructions are asked for one at a time.
 */
export const PARAMETERS: u32 = 22;
// prettier-ignore
export const TABLE: StaticArray<i32> = [
  // in order, 3 instructions under way
  1, BP.BIMODAL,  16, 4,  8192,  16, 4, 2, 14, 120,  3, 1, 1, 1, 1,  12, 0,  0, 3, 0,  0, 1,
  1, BP.PERFECT,   0, 0,  NONE,   0, 0, 2,  0,   0,  3, 1, 1, 1, 1,   0, 0,  0, 0, 0,  0, 1,
  1, BP.TAGE,      0, 0,  NONE,   0, 0, 2,  0,   0,  5, 1, 1, 1, 1,   0, 0,  0, 4, 0,  0, 1,
  1, BP.PERFECT,  16, 2,  8192,   0, 0, 2, 14, 100,  3, 1, 1, 1, 1,  12, 0,  0, 0, 1,  0, 1,
  // in order, 6
  2, BP.GSHARE,   32, 8, 32768,  32, 4, 2, 18, 120,  5, 2, 1, 1, 1,   8, 7,  0, 5, 0,  0, 0,
  2, BP.PERFECT,  32, 4,  8192,   0, 0, 2, 14, 150,  3, 2, 1, 1, 1, 150, 0,  0, 0, 0,  0, 1,
  2, BP.PERFECT,  64, 8,  4096,   8, 4, 3, 12, 200,  3, 2, 1, 1, 1,  10, 8,  0, 3, 1,  0, 1,
  2, BP.PERFECT,   8, 2,  4096,   0, 0, 2, 26, 100,  3, 1, 1, 1, 1,  10, 0,  0, 0, 0,  0, 1,
  // in order, 10
  1, BP.PERFECT,   0, 0,     0,   4, 2, 2,  0, 100,  3, 1, 1, 1, 1,   0, 0,  0, 0, 0,  0, 1,
  1, BP.PERFECT,  32, 2,  NONE,   0, 0, 2, 14,  14,  3, 1, 1, 1, 1,   0, 0,  0, 0, 0,  0, 1,
  2, BP.PERFECT,   0, 0,  NONE,  16, 2, 2, 14, 150,  3, 2, 1, 1, 1,   0, 0,  0, 6, 0,  0, 0,
  3, BP.PERFECT,   0, 0,  NONE,   0, 0, 4,  0,   0,  3, 3, 2, 2, 1,   0, 0,  0, 0, 0,  0, 0,
  // window 20
  4, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0, 0,  0, 0,
  2, BP.TAGE,      8, 2,  4096,  16, 4, 3, 14, 120,  8, 2, 1, 1, 1,  10, 0,  2, 1, 0,  4, 0,
  4, BP.GSHARE,   16, 4,  8192,   0, 0, 3, 14, 150,  8, 0, 0, 0, 2,  20, 0,  1, 1, 0,  8, 0,
  3, BP.PERFECT,  32, 8,  4096,   0, 0, 2, 12, 200,  8, 2, 1, 1, 1,   8, 3,  0, 1, 0, 12, 0,
  // window 40
  2, BP.BIMODAL,  16, 4,  4096,  16, 4, 3, 14, 150,  6, 2, 1, 1, 1,  40, 0,  2, 1, 0,  4, 1,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 2,   0, 0,  0, 0, 0,  0, 0,
  2, BP.PERFECT,   0, 0,  NONE,   0, 0, 2,  0,   0,  0, 0, 0, 0, 1,   0, 0,  0, 0, 0,  0, 0,
  3, BP.TAGE,     32, 8, 16384,  32, 8, 3, 12, 100,  8, 2, 1, 1, 1,  10, 7,  1, 1, 0,  8, 0,
  // window 64
  1, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  0, 0, 0, 0, 1,   0, 0,  0, 0, 0,  0, 0,
  4, BP.PERFECT,   8, 4,  2048,   0, 0, 3, 14, 250,  8, 0, 0, 0, 1,  30, 0,  0, 0, 0, 12, 0,
  4, BP.FILTERED,  0, 0,  NONE,   0, 0, 3,  0,   0, 12, 0, 0, 0, 4,   0, 0,  1, 1, 0,  0, 0,
  3, BP.GSHARE,   32, 2,  8192,  32, 2, 4, 16, 200, 10, 4, 1, 1, 1,  50, 0,  2, 1, 0,  0, 1,
  // window 96
  4, BP.PERFECT,  16, 2,  8192,   0, 0, 3, 14, 100,  8, 0, 0, 0, 1,   8, 0,  0, 0, 1,  0, 0,
  4, BP.PERFECT,   0, 0,     0,   4, 2, 3,  0, 100,  8, 0, 0, 0, 2,   0, 0,  0, 0, 0,  0, 0,
  6, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  3, 1, 0,  0, 0,
  3, BP.TAGE,      8, 2,  4096,   8, 4, 3, 14, 120,  8, 2, 1, 1, 1,  10, 0,  4, 1, 0,  8, 1,
  // window 128
  3, BP.GSHARE,   32, 4,  4096,  32, 4, 3, 14, 150,  8, 4, 2, 1, 1,  20, 0,  2, 1, 0,  4, 0,
  4, BP.TAGE,     64, 4, 16384,  64, 4, 4, 12, 200,  8, 4, 2, 2, 2,  10, 3,  1, 1, 0, 12, 0,
  4, BP.PERFECT,   0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0, 0,  0, 0, // OVERTAKING
  4, BP.TAGE,      0, 0,  NONE,   0, 0, 3,  0,   0,  8, 0, 0, 0, 2,   0, 0,  0, 0, 0,  0, 0,
  4, BP.BIMODAL,   0, 0,  NONE,   0, 0, 3,  0,   0, 14, 0, 0, 0, 1,   0, 0,  3, 1, 0,  0, 0,
  4, BP.PERFECT,  16, 8,  NONE,   0, 0, 3, 14,   0,  8, 0, 0, 0, 1,   0, 0,  0, 0, 0,  4, 0,
  4, BP.PERFECT,  64, 8,  4096,   0, 0, 3, 14, 150,  8, 0, 0, 0, 1,  10, 0,  0, 0, 0,  0, 0,
  4, BP.PERFECT,   0, 0,  NONE,  16, 2, 3, 14, 150,  8, 0, 0, 0, 2,   0, 0,  2, 1, 0,  0, 0,
  // window 128
  4, BP.PERFECT,  32, 4,  8192,   0, 0, 3, 14, 150,  8, 0, 0, 0, 1,  10, 0,  0, 0, 1,  0, 0,
  4, BP.PERFECT,  64, 8,  8192,  32, 4, 3, 14, 200,  8, 4, 2, 2, 1,  20, 0,  2, 1, 1,  4, 0,
  3, BP.TAGE,     32, 8,  8192,  16, 4, 3, 14, 150,  8, 2, 1, 1, 1,  10, 3,  2, 1, 1,  8, 0,
  2, BP.GSHARE,    8, 4,  8192,   8, 4, 3, 14, 120,  8, 2, 1, 1, 1,  20, 0,  2, 1, 1,  4, 1,
  // window 224
  6, BP.TAGE,     32, 4,  8192,  32, 8, 4, 14, 250, 10, 4, 4, 2, 2,   8, 0,  2, 1, 0, 12, 1,
  4, BP.PERFECT,  32, 8,  8192,   0, 0, 3, 14, 250,  8, 0, 0, 0, 1,   8, 8,  0, 0, 0,  0, 0,
  4, BP.PERFECT,  32, 8,  8192,   0, 0, 3, 14, 250,  8, 0, 0, 0, 4,  60, 0,  0, 0, 0,  4, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 4,  0,   0,  8, 0, 0, 1, 1,   0, 0,  0, 0, 0,  0, 0,
  // window 320
  8, BP.TAGE,    128, 8, 65536, 128, 8, 3, 16, 200,  9, 8, 4, 4, 4,   5, 7,  1, 1, 0, 16, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 0, 0, 0, 8,   0, 0,  0, 0, 0,  0, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 1, 0, 0, 1,   0, 0,  0, 0, 0,  0, 0,
  8, BP.PERFECT,   0, 0,  NONE,   0, 0, 1,  0,   0,  8, 0, 1, 0, 1,   0, 0,  0, 0, 0,  0, 0,
];

/** The toy that says whether a load was executed before a store that it must not overtake: out of order, with nothing but its window, its queues and its width in the way. */
export const OVERTAKING: u32 = 30;

// gem5's unit latencies by operation, out of order (FuncUnitConfig.py) and in order (BaseMinorCPU.py: opLat, of loads
// extraAssumedLat as well); and how many cycles before its sources are complete an operation issues in order
// (srcRegsRelativeLats).
// prettier-ignore
export const LATENCY: StaticArray<i32> = [1, 1, 3, 20, 2, 2, 2, 4, 5, 12, 3, 24, 0, 1, 0, 1];
// prettier-ignore
export const LATENCY_IN_ORDER: StaticArray<i32> = [1, 3, 3, 9, 6, 6, 6, 6, 6, 6, 6, 6, 3, 1, 3, 1];
// prettier-ignore
export const BEFORE_IN_ORDER: StaticArray<i32> = [0, 2, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1];

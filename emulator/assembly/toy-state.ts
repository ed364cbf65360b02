import { reserve } from "./layout";
import { MOST_WAYS, SETS } from "./sets";
import { BP, GROUPS, IN_ORDER_GROUPS, PARAMETERS, TABLE, TOYS, WIDEST } from "./toy-table";

/**
 * State of the toy machines (toys.ts): the numbers of each (toy-table.ts), and when what it did was done. Time is fixed point, 1/1024 of a cycle, rebased
 * now and then, so every machine computes the same bits. A place (of fetch, issue, commit or a unit) is a cycle and, in its
 * fraction, how many instructions that cycle has taken.
 */

export const CYCLE: i32 = 1024;
export const WHOLE: i32 = ~(CYCLE - 1);

/** One group's constants and state: a v128 each. */
export namespace G {
  export const WIDTH: usize = 0;
  export const FRONT: usize = 16; // fetch to dispatch
  export const AHEAD: usize = 32; // how far fetch runs ahead of dispatch
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
  export const EXCLUSIVE: usize = 288; // mask: the L2 has dirty lines only
  export const TARGETS: usize = 304; // accesses that may wait for one line
  export const CHARGED: usize = 320; // predictor whose mispredictions a refill is charged to: its own, of a perfect one TAGE's
  export const ONE_BY_ONE: usize = 336; // mask: lines are asked for one at a time, and waited for though it was in vain
  // state
  export const FETCH: usize = 352;
  export const REDIRECT: usize = 368;
  export const COMMIT: usize = 384;
  export const ISSUE: usize = 400;
  export const DIVIDER: usize = 416;
  export const FLOAT_DIVIDER: usize = 432;
  export const BUSY: usize = 448; // three
  export const MEMORY_BUSY: usize = 496;
  export const DRAIN: usize = 512; // when the last store has reached the cache
  export const BLOCKED: usize = 528; // out of order: until when the cache takes no access
  export const STALL: usize = 544; // out of order: until when the queues let nothing be dispatched
  export const ASKED: usize = 560; // in order: when the line behind the present one is there
  export const SECOND: usize = 576; // and the one behind that
  export const REFILLING: usize = 592; // mask: the instruction before was mispredicted
  export const MEMBERS: usize = 608; // instructions that commit in the present cycle
  export const SIZE: usize = 624;
}
const STATE: usize = G.FETCH;
const STATE_END: usize = G.REFILLING; // what is time
export const ROW: usize = (TOYS as usize) * 4;

export const groups: usize = reserve((GROUPS as usize) * G.SIZE);
export const ready: usize = reserve(64 * ROW); // by register
export const IN_ORDER_ROW: usize = (IN_ORDER_GROUPS as usize) << 4;
export const settled: usize = reserve(64 * IN_ORDER_ROW); // by register, in order: when what wrote it committed
/** At least as many loads or stores as the longest queue of a toy. */
export const QUEUE: u32 = 128;
export const stored: usize = reserve((QUEUE as usize) * ROW); // by store: when it has been executed
export const drained: usize = reserve((QUEUE as usize) * ROW); // by store: when it has reached the cache, each after the one before
export const loaded: usize = reserve((QUEUE as usize) * ROW); // by load: in order when its data came, else when it committed
export const RING: u32 = 512;
export const committed: usize = reserve((RING as usize) * ROW); // by executed instruction
export const LINES: u32 = 1024;
export const fill: usize = reserve((LINES as usize) * ROW); // by line: when its miss is filled
export const fillLine: usize = reserve((LINES as usize) * 4); // line + 1
export const waiting: usize = reserve((LINES as usize) * ROW); // by line: accesses that miss it or wait for it

// Masks of the toys whose L1 misses: by number of sets (sets.ts) and by the line's depth in its set.
const DEPTHS: u32 = MOST_WAYS + 1;
export const dataMisses: usize = reserve(((SETS * DEPTHS) as usize) * ROW);
export const fetchMisses: usize = reserve(((SETS * DEPTHS) as usize) * ROW);

function setLane(offset: usize, toy: u32, value: i32): void {
  store<i32>(groups + ((toy >> 2) as usize) * G.SIZE + offset + ((toy & 3) << 2), value);
}

function setMisses(masks: usize, toy: u32, kilobytes: u32, ways: u32): void {
  if (!kilobytes) return;
  const k = ctz(kilobytes * 16 / ways) - 5; // 32 sets and up
  for (let depth = ways; depth < DEPTHS; depth++) store<i32>(masks + ((k * DEPTHS + depth) as usize) * ROW + ((toy as usize) << 2), -1);
}

/** When the line was filled that drove this one out of a toy's L1: the one that its set has seen since. `before`: sets.ts */
@inline
export function drivenOut(depths: u32, before: usize, lane: usize): v128 {
  let when = i32x4.splat(-(1 << 29));
  for (let k: u32 = 0; k < SETS; k++) {
    const depth = (depths >> (k << 3)) & 0xff;
    const other = load<u32>(before + ((k as usize) << 2));
    const place = ((other - 1) & (LINES - 1)) as usize;
    if (depth < 2 || load<u32>(fillLine + (place << 2)) != other) continue;
    when = v128.bitselect(v128.load(fill + place * ROW + lane), when, v128.load(dataMisses + ((k * DEPTHS + depth) as usize) * ROW + lane));
  }
  return when;
}

@inline
export function misses(masks: usize, depths: u32, lane: usize): v128 {
  let some = v128.load(masks + ((depths & 0xff) as usize) * ROW + lane);
  for (let k: u32 = 1; k < SETS; k++) {
    some = v128.or(some, v128.load(masks + ((k * DEPTHS + ((depths >> (k << 3)) & 0xff)) as usize) * ROW + lane));
  }
  return some;
}

/** From one place to the next, of a cycle that takes so many. */
function pitch(each: i32): i32 {
  return (CYCLE + each - 1) / each;
}

function initialise(): void {
  for (let t: u32 = 0; t < TOYS; t++) {
    const p = (t * PARAMETERS) as i32;
    if (TABLE[p] as u32 > WIDEST) unreachable();
    const width = pitch(TABLE[p]);
    const inOrder = t < IN_ORDER_GROUPS * 4;
    const front = (inOrder ? 3 : 5) * CYCLE;
    setLane(G.WIDTH, t, width);
    setLane(G.FRONT, t, front);
    setLane(G.AHEAD, t, front + 16 * width);
    setLane(G.PREDICTOR, t, TABLE[p + 1]);
    setLane(G.CHARGED, t, TABLE[p + 1] ? TABLE[p + 1] : BP.TAGE);
    setMisses(dataMisses, t, TABLE[p + 2], TABLE[p + 3]);
    setLane(G.L2, t, TABLE[p + 4]);
    setMisses(fetchMisses, t, TABLE[p + 5], TABLE[p + 6]);
    setLane(G.HIT, t, TABLE[p + 7] * CYCLE);
    setLane(G.L2_LATENCY, t, TABLE[p + 8] * CYCLE);
    setLane(G.MEMORY_LATENCY, t, TABLE[p + 9] * CYCLE);
    setLane(G.PENALTY, t, (TABLE[p + 10] * CYCLE) / 2);
    for (let u = 0; u < 3; u++) {
      const units = TABLE[p + 11 + u];
      setLane(G.UNIT + ((u as usize) << 4), t, units ? pitch(units) : 0);
    }
    setLane(G.DIVIDERS, t, 8 / TABLE[p + 14]);
    setLane(G.GAP, t, TABLE[p + 15] * CYCLE);
    setLane(G.PREFETCH, t, TABLE[p + 16]);
    setLane(G.LINE, t, TABLE[p + 17] * CYCLE);
    setLane(G.TAKEN, t, inOrder ? TABLE[p + 18] * CYCLE : -TABLE[p + 18]);
    setLane(G.WIDE, t, TABLE[p] > 1 ? -1 : 0);
    setLane(G.EXCLUSIVE, t, -TABLE[p + 19]);
    setLane(G.ONE_BY_ONE, t, -TABLE[p + 21]);
    setLane(G.TARGETS, t, TABLE[p + 20] ? TABLE[p + 20] : i32.MAX_VALUE);
  }
}
initialise();

function rebaseRange(from: usize, bytes: usize, by: v128, floor: v128): void {
  for (let p = from; p < from + bytes; p += 16) v128.store(p, i32x4.max_s(i32x4.sub(v128.load(p), by), floor));
}

/** Moves each toy's origin of time to its present, long before 32 bits are full. */
export function rebase(): void {
  const floor = i32x4.splat(-(1 << 29));
  for (let g: u32 = 0; g < GROUPS; g++) {
    const state = groups + (g as usize) * G.SIZE;
    const now = v128.and(v128.load(state, G.COMMIT), i32x4.splat(WHOLE));
    if (!v128.any_true(i32x4.gt_s(now, i32x4.splat(1 << 29)))) continue;
    rebaseRange(state + STATE, STATE_END - STATE, now, floor);
    const lane = (g as usize) << 4;
    for (let r: usize = 0; r < 64; r++) rebaseRange(ready + r * ROW + lane, 16, now, floor);
    if (g < IN_ORDER_GROUPS) {
      for (let r: usize = 0; r < 64; r++) rebaseRange(settled + r * IN_ORDER_ROW + lane, 16, now, floor);
    }
    for (let r: usize = 0; r < QUEUE; r++) {
      rebaseRange(stored + r * ROW + lane, 16, now, floor);
      rebaseRange(drained + r * ROW + lane, 16, now, floor);
      rebaseRange(loaded + r * ROW + lane, 16, now, floor);
    }
    for (let r: usize = 0; r < RING; r++) rebaseRange(committed + r * ROW + lane, 16, now, floor);
    for (let r: usize = 0; r < LINES; r++) rebaseRange(fill + r * ROW + lane, 16, now, floor);
  }
}

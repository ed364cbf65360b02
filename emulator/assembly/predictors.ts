import { reserve } from "./layout";
import { H } from "./history";

/**
 * Outcomes of simple branch predictors: bimodal, two gshares, local history, a small TAGE, a perceptron that knows outcomes late; last and path-hashed
 * targets for indirect jumps; a return stack. What they get wrong is a feature, and steers the toy machines.
 *
 * Those of directions are there twice, but for the perceptron, as gem5 24.0's cores tell their predictors different things. In
 * order they learn what happened. Out of order, and so the perceptron, a compressed branch has lost its length by the time it
 * resolves (PCState's copy constructor): one that was predicted wrongly and fell through is noted as taken, for ever; one that
 * was taken over two bytes, as not taken.
 */

/** Bits of what was mispredicted. */
export namespace WRONG {
  export const BIMODAL: u32 = 1 << 0;
  export const GSHARE: u32 = 1 << 1;
  export const GSHARE8: u32 = 1 << 2;
  export const LOCAL: u32 = 1 << 3;
  export const TAGE: u32 = 1 << 4;
  export const TARGET: u32 = 1 << 5; // indirect jump: not the last target (returns: not the stack's)
  export const PATH_TARGET: u32 = 1 << 6; // indirect jump: not the target of the same path
  export const RETURN: u32 = 1 << 7;
  export const FIRST_TAKEN: u32 = 1 << 8; // direct and taken: not in the target buffer yet
  export const LATE: u32 = 1 << 9; // a perceptron that knows outcomes late
  export const FILTERED: u32 = 1 << 10; // the same behind a filter
}

/** By so many places are bits of what is mispredicted out of order above those in order. */
export const OUT_OF_ORDER_SHIFT: u32 = 16;

const TAGE_TABLES: u32 = 5;
const TAGE_SIZE: u32 = 2048;
const pathTargets: usize = reserve(8 << 14);
const returnStack: usize = reserve(8 << 5);
let returnTop: u32 = 0;
let returnDepth: u32 = 0;

@unmanaged
class Predictors {
  bimodal: usize;
  gshare: usize;
  gshare8: usize;
  local: usize;
  tage: usize; // u16 tag, i8 counter, u8 useful
  historyLow: u64; // the last 128 outcomes
  historyHigh: u64;
}

function newPredictors(): Predictors {
  const p = changetype<Predictors>(reserve(offsetof<Predictors>()));
  p.bimodal = reserve(1 << 14);
  p.gshare = reserve(1 << 16);
  p.gshare8 = reserve(1 << 16);
  p.local = reserve(1 << 14);
  p.tage = reserve(((TAGE_TABLES * TAGE_SIZE) << 2) as usize);
  memory.fill(p.bimodal, 1, 1 << 14);
  memory.fill(p.gshare, 1, 1 << 16);
  memory.fill(p.gshare8, 1, 1 << 16);
  memory.fill(p.local, 1, 1 << 14);
  return p;
}

const inOrder = newPredictors();
const outOfOrder = newPredictors();

/** Updates a two-bit counter; `corrected`: what it is told when it was wrong. Returns whether it was. */
@inline
function counter(at: usize, taken: u32, corrected: u32): u32 {
  const c = load<u8>(at) as u32;
  const wrong = (c >> 1) ^ taken;
  store<u8>(at, (wrong ? corrected : taken) ? min<u32>(c + 1, 3) : c - (c != 0 ? 1 : 0));
  return wrong;
}

@inline
function pushHistory(p: Predictors, bit: u64): void {
  p.historyHigh = (p.historyHigh << 1) | (p.historyLow >> 63);
  p.historyLow = (p.historyLow << 1) | bit;
}

@inline
function tageHash(p: Predictors, branch: u32, length: u32): u64 {
  const low = length >= 64 ? p.historyLow : p.historyLow & (((1 as u64) << length) - 1);
  const high = length > 64 ? p.historyHigh & (((1 as u64) << (length - 64)) - 1) : 0;
  let z = (low ^ (high * 0x9e3779b97f4a7c15)) * 0xff51afd7ed558ccd;
  z ^= z >> 29;
  z ^= (branch as u64) * 0xc4ceb9fe1a85ec53;
  return z ^ (z >> 31);
}

/** Where table `t` would hold this branch: address of the entry in the low half, tag in the high half. */
@inline
function tageEntry(p: Predictors, t: u32, branch: u32): u64 {
  const z = tageHash(p, branch, t == 0 ? 4 : t == 1 ? 9 : t == 2 ? 18 : t == 3 ? 36 : 72);
  const at = p.tage + ((t * TAGE_SIZE + ((z as u32) & (TAGE_SIZE - 1))) << 2);
  const tag = ((z >> 20) & 1023) | 1024;
  return (tag << 32) | (at as u64);
}

function tagePredict(p: Predictors, branch: u32, taken: u32, corrected: u32, baseWrong: u32): u32 {
  let provider: i32 = -1;
  let at: usize = 0;
  for (let t: i32 = (TAGE_TABLES as i32) - 1; t >= 0; t--) {
    const e = tageEntry(p, t, branch);
    if (load<u16>(e as usize) == (e >> 32)) {
      provider = t;
      at = e as usize;
      break;
    }
  }
  let wrong = baseWrong;
  if (provider >= 0) {
    const c = load<i8>(at, 2) as i32;
    wrong = ((c >= 0 ? 1 : 0) as u32) ^ taken;
    store<i8>(at, (wrong ? corrected : taken) ? min<i32>(c + 1, 3) : max<i32>(c - 1, -4), 2);
    if (wrong != baseWrong) {
      const u = load<u8>(at, 3) as i32;
      store<u8>(at, wrong ? max<i32>(u - 1, 0) : min<i32>(u + 1, 3), 3);
    }
  }
  if (wrong && provider < (TAGE_TABLES as i32) - 1) {
    for (let t = provider + 1; t < (TAGE_TABLES as i32); t++) {
      const e = tageEntry(p, t, branch);
      if (load<u8>(e as usize, 3) == 0) {
        store<u16>(e as usize, (e >> 32) as u16);
        store<i8>(e as usize, corrected ? 0 : -1, 2);
        return wrong;
      }
    }
    for (let t = provider + 1; t < (TAGE_TABLES as i32); t++) {
      const e = tageEntry(p, t, branch) as usize;
      store<u8>(e, load<u8>(e, 3) - 1, 3);
    }
  }
  return wrong;
}

/**
 * A perceptron whose history ends with the last branch that has retired when it is asked, but is trained by what is known
 * when the branch itself retires, as gem5's multiperspective perceptrons: it looks up other weights than it trains. The
 * larger of gem5's has a filter before it, of branches that went one way so far by the outcome before: the same holds of
 * it, so a branch can be asked for where it is never noted, and is taken for not taken.
 */
const FLIGHT: u32 = 24; // executed instructions that have not retired when a branch is asked
const LATE_TABLES: u32 = 4;
const LATE_SIZE: u32 = 4096;
const LATE_THRESHOLD: i32 = 18;
const LATE_WEIGHT: i32 = 31;
const late: usize = reserve((LATE_TABLES * LATE_SIZE) as usize); // i8 weights
const filter: usize = reserve(1 << 16); // which ways a branch went after an outcome, two bits
const branchTimes: usize = reserve(64 * 4); // of the last 64 conditional branches
let outcomes: u64 = 0;
let branches: u32 = 0;

/** Conditional branches that one of the two knows to have retired. */
let lateKnown: u32 = 0;
let filteredKnown: u32 = 0;

@inline
function lateWeight(t: u32, branch: u32, history: u64): usize {
  const length: u32 = t == 0 ? 0 : t == 1 ? 3 : t == 2 ? 8 : 20;
  const z = ((history & (((1 as u64) << length) - 1)) * 0x9e3779b97f4a7c15 + (branch as u64) * 0xc4ceb9fe1a85ec53) >> 52;
  return late + ((t * LATE_SIZE) as usize) + (z as usize);
}

/** How many conditional branches have retired at `time`, no fewer than `known`. */
@inline
function retired(known: u32, time: u32): u32 {
  known = max(known, branches < 63 ? 0 : branches - 63);
  while (known < branches && load<u32>(branchTimes + ((known & 63) << 2)) + FLIGHT <= time) known++;
  return known;
}

function latePredict(branch: u32, taken: u32, corrected: u32, time: u32): u32 {
  lateKnown = retired(lateKnown, time);
  filteredKnown = retired(filteredKnown, time);
  const seen = outcomes >> (branches - lateKnown);
  let sum: i32 = 0;
  for (let t: u32 = 0; t < LATE_TABLES; t++) sum += load<i8>(lateWeight(t, branch, seen)) as i32;
  const lateWrong = (sum >= 0 ? 1 : 0) ^ taken;
  const told = lateWrong ? corrected : taken;
  if (lateWrong || abs(sum) <= LATE_THRESHOLD) {
    for (let t: u32 = 0; t < LATE_TABLES; t++) {
      const at = lateWeight(t, branch, outcomes);
      const w = load<i8>(at) as i32;
      store<i8>(at, told ? min<i32>(w + 1, LATE_WEIGHT) : max<i32>(w - 1, -LATE_WEIGHT));
    }
  }
  const entry = (branch & 0x7fff) << 1;
  const ways = load<u8>(filter + (entry | (((outcomes >> (branches - filteredKnown)) & 1) as u32))) as u32;
  const filteredWrong = ways == 3 ? lateWrong : (ways == 2 ? 1 : 0) ^ taken;
  const noted = filter + (entry | ((outcomes & 1) as u32));
  store<u8>(noted, load<u8>(noted) | ((filteredWrong ? corrected : taken) ? 2 : 1));
  store<u32>(branchTimes + ((branches & 63) << 2), time);
  outcomes = (outcomes << 1) | (told as u64);
  branches++;
  if (lateWrong) lateKnown = branches; // it has retired when fetch begins anew
  if (filteredWrong) filteredKnown = branches;
  return (lateWrong * WRONG.LATE) | (filteredWrong * WRONG.FILTERED);
}

/** @returns WRONG bits but for those of the perceptron */
function predict(p: Predictors, b: u32, local: u32, taken: u32, corrected: u32): u32 {
  const history = p.historyLow as u32;
  const baseWrong = counter(p.bimodal + (b & 0x3fff), taken, corrected);
  let wrong = baseWrong * WRONG.BIMODAL;
  wrong |= counter(p.gshare + ((b ^ history) & 0xffff), taken, corrected) * WRONG.GSHARE;
  wrong |= counter(p.gshare8 + (((b << 8) ^ (history & 0xff)) & 0xffff), taken, corrected) * WRONG.GSHARE8;
  wrong |= counter(p.local + (((b << 10) ^ (local & 0x3ff)) & 0x3fff), taken, corrected) * WRONG.LOCAL;
  const tageWrong = tagePredict(p, b, taken, corrected, baseWrong);
  pushHistory(p, (tageWrong ? corrected : taken) as u64);
  return wrong | (tageWrong * WRONG.TAGE);
}

/**
 * A conditional branch was executed as the `time`th instruction.
 * @param resolved what gem5's out-of-order core notes, 1 for taken, when it was predicted wrongly; `corrected` above
 * @returns WRONG bits in order; those out of order OUT_OF_ORDER_SHIFT bits further up, and those of the perceptron in both
 */
export function branch(pc: u64, history: usize, taken: u32, resolved: u32, time: u32): u32 {
  const b = (pc >> 1) as u32;
  const local = load<u32>(history, H.LOCAL_HISTORY);
  store<u32>(history, (local << 1) | taken, H.LOCAL_HISTORY);
  // One whose target nobody knows is not predicted taken, whatever is thought of its direction.
  const unknown = !taken && load<u64>(history, H.TARGET) == 0;
  if (unknown) resolved = taken;
  const late = latePredict(b, taken, resolved, time);
  const wrong = late | predict(inOrder, b, local, taken, taken) | ((late | predict(outOfOrder, b, local, taken, resolved)) << OUT_OF_ORDER_SHIFT);
  return unknown ? 0 : wrong;
}

/** A direct branch or jump left for `target`; returns WRONG bits. */
@inline
export function directTarget(history: usize, target: u64): u32 {
  if (load<u64>(history, H.TARGET) == target) return 0;
  store<u64>(history, target, H.TARGET);
  return WRONG.FIRST_TAKEN;
}

/** An indirect jump that is no return left for `target`; returns WRONG bits. */
export function indirectTarget(pc: u64, history: usize, target: u64): u32 {
  let wrong: u32 = 0;
  if (load<u64>(history, H.TARGET) != target) {
    store<u64>(history, target, H.TARGET);
    wrong = WRONG.TARGET;
  }
  const at = pathTargets + (((((pc * 31 + (inOrder.historyLow & 0xffff)) * 0x9e3779b97f4a7c15) >> 50) as usize) << 3);
  if (load<u64>(at) != target) {
    store<u64>(at, target);
    wrong |= WRONG.PATH_TARGET;
  }
  for (let k: u64 = 1; k < 3; k++) {
    pushHistory(inOrder, (target >> k) & 1);
    pushHistory(outOfOrder, (target >> k) & 1);
  }
  return wrong;
}

@inline
export function pushReturn(address: u64): void {
  returnTop = (returnTop + 1) & 31;
  store<u64>(returnStack + ((returnTop as usize) << 3), address);
  if (returnDepth < 32) returnDepth++;
}

/** A return left for `target`; returns WRONG bits. */
export function popReturn(target: u64): u32 {
  if (returnDepth == 0) return WRONG.RETURN | WRONG.TARGET | WRONG.PATH_TARGET;
  const expected = load<u64>(returnStack + ((returnTop as usize) << 3));
  returnTop = (returnTop - 1) & 31;
  returnDepth--;
  return expected == target ? 0 : WRONG.RETURN | WRONG.TARGET | WRONG.PATH_TARGET;
}

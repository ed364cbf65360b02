import { reserve, statics, histories, rowIndex, rowAddress, rowOutcome, PLAIN, ROWS, S, OUTCOME, FLAG, OP } from "./layout";
import { newReuse, touch, distanceOf, COLD } from "./reuse";
import { H, KIND } from "./history";
import { OUT_OF_ORDER_SHIFT, WRONG, branch, directTarget, indirectTarget, pushReturn, popReturn } from "./predictors";
import { wasDirty } from "./dirty";
import { enterLine, fetched, strayBeyond } from "./fetch";
import { MOST_WAYS, SETS, newSets, noteThread, physicalLine, touchSets } from "./sets";
import { join, noteStore, overtakes, waitsFor } from "./store-sets";
import { BP, TOYS, WIDEST } from "./toy-table";
import { QUEUE } from "./toy-state";
import { executeToys, finishToys, instruction } from "./toys";

/** Features of executed instructions that our model reads: PLAIN numbers, then the increments of the toy machines in cycles. */

export const MODEL: u32 = PLAIN + TOYS;

/** Rows of features of either set (perfvec.ts), float32 [ROWS + WIDEST, width]; and the static micro-operation of each. */
export const features: usize = reserve(((ROWS + WIDEST) * MODEL) << 2);
export const featureIndex: usize = reserve(((ROWS + WIDEST) << 2) as usize);

const fetchLines = newReuse();
const dataLines = newReuse();
const dataPages = newReuse();
const fetchSets = newSets();
const dataSets = newSets();

/** log2(1 + n), straight between powers of two: the same bits on every machine, and no call. */
@inline
function lg(n: u32): f32 {
  return ((reinterpret<i32>((n as f32) + 1) - 0x3f800000) as f32) * (1.0 / 8388608.0);
}

@inline
function bit(condition: bool): f32 {
  return condition ? 1 : 0;
}

@inline
function hinge(distance: f32, knot: f32): f32 {
  return min<f32>(1, max<f32>(0, (distance - knot) * 0.5 + 0.5));
}

const DEEPEST: f32 = 1 / lg(MOST_WAYS);
const producer: usize = reserve(64 * 4); // u32: the instruction that wrote a register
const producerOp: usize = reserve(64);
const GRANULES: u32 = 1 << 16; // eight-byte granules, direct mapped: the last store to each
const granuleKey: usize = reserve(8 << 16); // granule + 1
const granuleTime: usize = reserve(4 << 16);
const granuleStore: usize = reserve(4 << 16);
const granuleBytes: usize = reserve(1 << 16); // which bytes it wrote
const NEAR: u32 = 64; // executed instructions within which what a store wrote may still be in a queue
const STREAM: u32 = 256;
const recentLines: usize = reserve((STREAM as usize) * 8);
const TAGGED_FROM: u32 = 64; // a line used more lately is in the L1
const TAGGED_TO: u32 = 1 << 13; // lines that a tagged prefetcher's L2 holds
const THREAD_POINTER: i8 = 4;
let time: u32 = 1; // executed instructions
let stores: u32 = 0;
let lastFetchLine: u64 = ~0;
let lastBranch: u32 = 0;
let lastMispredicted: u32 = 0;

/** The row that waits for its successor: 0 when there is none. */
let pendingKnown: bool = false;
let pendingIndex: u32 = 0;
let pendingAddress: u64 = 0;
let pendingOutcome: u32 = 0;
let pendingWrites: bool = false;
/** Rows in `features`. The last WIDEST of them may still change: those that commit in one cycle share it, and a refill belongs to the branch. */
let emitted: u32 = 0;

function bytesOf(address: u64, size: u32): u32 {
  return (((1 << min<u32>(size, 8)) - 1) << ((address & 7) as u32)) & 0xff;
}

function rememberStore(address: u64, size: u32): void {
  stores++;
  const last = (address + max<u32>(size, 1) - 1) >> 3;
  for (let g = address >> 3; g <= last; g++) {
    const at = ((g * 0x9e3779b97f4a7c15) >> 48) as u32;
    store<u64>(granuleKey + ((at as usize) << 3), g + 1);
    store<u32>(granuleTime + ((at as usize) << 2), time);
    store<u32>(granuleStore + ((at as usize) << 2), stores);
    store<u8>(granuleBytes + at, g == address >> 3 ? bytesOf(address, size) : 0xff);
  }
}

/** Whether one of the two lines before it, in its page, has been used lately: gem5's tagged prefetcher asked for it then. */
function touchedBefore(line: u64): bool {
  const within = (line as u32) & 63;
  if (within > 0 && distanceOf(dataLines, line - 1) <= TAGGED_TO) return true;
  return within > 1 && distanceOf(dataLines, line - 2) <= TAGGED_TO;
}

/** Which of the toys' predictors (BP in toy-table.ts) are wrong: bimodal, gshare, TAGE, the late perceptron with a filter. */
@inline
function ofToys(direction: u32, targets: u32): u32 {
  const target = targets & (WRONG.TARGET | WRONG.FIRST_TAKEN);
  const byPath = targets & (WRONG.PATH_TARGET | WRONG.FIRST_TAKEN);
  return (
    ((direction & WRONG.BIMODAL) | target ? BP.BIMODAL : 0) |
    ((direction & WRONG.GSHARE) | target ? BP.GSHARE : 0) |
    ((direction & WRONG.TAGE) | byPath ? BP.TAGE : 0) |
    ((direction & WRONG.FILTERED) | byPath ? BP.FILTERED : 0)
  );
}

/** Executes the pending row, whose successor starts at `nextPc`. `write`: emit its features; else only keep the histories warm. */
function modelRow(nextPc: u64, write: bool): void {
  const index = pendingIndex;
  const address = pendingAddress;
  const outcome = pendingOutcome;
  const s = statics + ((index as usize) << S.SHIFT);
  const h = histories + ((index as usize) << S.SHIFT);
  const pc = load<u64>(s, S.PC);
  const op = load<u8>(s, S.OP) as u32;
  const size = load<u8>(s, S.SIZE) as u32;
  const length = load<u8>(s, S.LENGTH) as u32;
  const flags = load<u16>(s, S.FLAGS) as u32;
  const kind = load<u16>(h, H.KIND) as u32;
  const taken = outcome & OUTCOME.TAKEN;

  const fetchLine = pc >> 6;
  const newLine = fetchLine != lastFetchLine;
  lastFetchLine = fetchLine;
  const fetchDistance = newLine ? touch(fetchLines, fetchLine) : 1;
  if (newLine) enterLine(pc);
  touchSets(fetchSets, physicalLine(pc));

  const accesses = (outcome & OUTCOME.HAS_ADDRESS) != 0 && (kind & (KIND.LOAD | KIND.STORE | KIND.ATOMIC)) != 0;
  const line = address >> 6;
  let dataDistance: u32 = 0;
  let pageDistance: u32 = 0;
  let stride: i64 = 0;
  let strides: u32 = 0;
  let streaming = false;
  let forwardTime: u32 = 0;
  let storeNumber = stores;
  let after: u32 = 0;
  let overtaken: u32 = 0;
  let dirty = false;
  let physical: u32 = 0;
  let tagged = false;
  if (accesses) {
    if (load<i8>(h, H.SOURCES) == THREAD_POINTER) noteThread(address);
    after = waitsFor(pc, stores);
    dataDistance = touch(dataLines, line);
    dirty = wasDirty(dataLines, line, dataDistance, (kind & KIND.STORE) != 0);
    pageDistance = touch(dataPages, address >> 12);
    physical = physicalLine(address);
    touchSets(dataSets, physical);
    if (dataDistance > TAGGED_FROM) tagged = touchedBefore(line);
    const before = load<u64>(h, H.ADDRESS);
    stride = before ? ((address - before) as i64) : 0;
    strides = load<u8>(h, H.STRIDES);
    strides = before && stride == load<i64>(h, H.STRIDE) ? min<u32>(strides + 1, 7) : 0;
    store<u8>(h, strides, H.STRIDES);
    store<i64>(h, stride, H.STRIDE);
    store<u64>(h, address, H.ADDRESS);
    const slot = recentLines + (((line as u32) & (STREAM - 1)) << 3);
    if (load<u64>(slot) != line + 1) {
      streaming =
        (load<u64>(recentLines + ((((line as u32) - 1) & (STREAM - 1)) << 3)) == line &&
          load<u64>(recentLines + ((((line as u32) - 2) & (STREAM - 1)) << 3)) == line - 1) ||
        (load<u64>(recentLines + ((((line as u32) + 1) & (STREAM - 1)) << 3)) == line + 2 &&
          load<u64>(recentLines + ((((line as u32) + 2) & (STREAM - 1)) << 3)) == line + 3);
      store<u64>(slot, line + 1);
    }
    if (kind & (KIND.LOAD | KIND.ATOMIC)) {
      overtaken = overtakes(address, stores);
      const g = address >> 3;
      const at = ((g * 0x9e3779b97f4a7c15) >> 48) as u32;
      if (load<u64>(granuleKey + ((at as usize) << 3)) == g + 1 && (load<u8>(granuleBytes + at) as u32) & bytesOf(address, size)) {
        forwardTime = time - load<u32>(granuleTime + ((at as usize) << 2));
        storeNumber = load<u32>(granuleStore + ((at as usize) << 2));
      }
    }
  }
  if (kind & KIND.STORE && accesses) {
    rememberStore(address, size);
    storeNumber = stores;
    noteStore(pc, address, stores);
  }

  let wrong: u32 = 0;
  let outcomes: u32 = 0;
  if (kind & KIND.CONDITIONAL) {
    outcomes = load<u32>(h, H.LOCAL_HISTORY);
    let resolved = taken;
    if (length == 2) resolved = nextPc != pc + 4 ? 1 : 0;
    wrong = branch(pc, h, taken, resolved, time);
  }
  if (kind & KIND.UNCONDITIONAL && !(kind & KIND.DIRECT)) {
    wrong |= kind & KIND.RETURN ? popReturn(nextPc) : indirectTarget(pc, h, nextPc);
  } else if (taken) {
    wrong |= directTarget(h, nextPc);
  }
  if (kind & KIND.CALL) pushReturn(pc + length);
  const inOrder = ofToys(wrong, wrong);
  // Out of order, the target of a direct jump is known when it is decoded.
  const decoded = (kind & (KIND.UNCONDITIONAL | KIND.DIRECT)) == (KIND.UNCONDITIONAL | KIND.DIRECT) && (wrong & WRONG.FIRST_TAKEN) != 0;
  const outOfOrder = decoded ? 0 : ofToys(wrong >> OUT_OF_ORDER_SHIFT, wrong);
  const strays = taken != 0 && (outOfOrder & BP.TAGE) != 0;
  if (strays) strayBeyond(pc);
  // A compressed branch that fell through against the prediction is noted as one that jumps to what follows it. Predicted so
  // again, it is sent to its true target when it is decoded, and back when it resolves, but is not said to be mispredicted.
  let untold: u32 = 0;
  let resteered: u32 = decoded ? BP.ALL : 0;
  if (kind & KIND.CONDITIONAL && length == 2) {
    const fell = load<u8>(h, H.FELL) as u32;
    if (taken) resteered = fell & ~outOfOrder;
    else untold = fell & outOfOrder;
    store<u8>(h, taken ? 0 : fell | outOfOrder, H.FELL);
  }

  if (write) {
    const near = forwardTime > 0 && forwardTime < NEAR;
    let x = features + ((emitted * MODEL) << 2);
    instruction.op = op;
    instruction.taken = taken != 0;
    instruction.newLine = newLine;
    instruction.dataDistance = accesses ? dataDistance : 0;
    instruction.dataDepths = load<u32>(dataSets.depths);
    instruction.line = physical;
    instruction.before = dataSets.before;
    instruction.dirty = dirty;
    instruction.storeNumber = storeNumber;
    instruction.forwarded = forwardTime > 0 && !(kind & KIND.STORE) && stores - storeNumber < QUEUE;
    instruction.after = after;
    instruction.overtaken = overtaken;
    instruction.prefetchable = (strides && stride ? 1 : 0) | (streaming ? 2 : 0) | (tagged ? 8 : 0);
    instruction.wrongInOrder = inOrder;
    instruction.wrongOutOfOrder = outOfOrder;
    instruction.untold = untold;
    instruction.resteered = resteered;
    instruction.strays = strays;
    instruction.squash = (flags & FLAG.SQUASH_AFTER) != 0;
    instruction.serializeAfter = (flags & FLAG.SERIALIZE_AFTER) != 0;
    instruction.traps = (outcome & OUTCOME.FAULT) != 0;
    const tooEarly = executeToys(x + (PLAIN << 2), emitted == 0, h);
    if (tooEarly) join(pc, overtaken);
    store<u32>(featureIndex + ((emitted as usize) << 2), index);
    for (let o: usize = 0; o < 64; o += 16) v128.store(x + o, i32x4.splat(0));
    store<f32>(x + (op << 2), 1);
    store<f32>(x, bit((flags & FLAG.MICROOP) != 0), 64);
    store<f32>(x, bit((kind & KIND.CONDITIONAL) != 0), 68);
    store<f32>(x, bit((kind & KIND.UNCONDITIONAL) != 0), 72);
    store<f32>(x, bit((kind & KIND.DIRECT) != 0), 76);
    store<f32>(x, bit((flags & FLAG.SQUASH_AFTER) != 0), 80);
    store<f32>(x, bit((kind & KIND.SERIALIZING) != 0), 84);
    store<f32>(x, bit((kind & KIND.ATOMIC) != 0), 88);
    store<f32>(x, bit((flags & FLAG.STORE_CONDITIONAL) != 0), 92);
    store<f32>(x, bit((flags & (FLAG.READ_BARRIER | FLAG.WRITE_BARRIER)) != 0), 96);
    store<f32>(x, taken as f32, 100);
    store<f32>(x, bit((outcome & OUTCOME.FAULT) != 0), 104);
    store<f32>(x, accesses ? lg(size) * 0.3 : 0, 108);
    store<f32>(x, bit(length == 2), 112);
    store<f32>(x, bit(newLine), 116);
    const fetchCold = fetchDistance == COLD;
    store<f32>(x, bit(fetchCold), 120);
    store<f32>(x, fetchCold ? 0 : lg(fetchDistance) * (1.0 / 16.0), 124);
    const known = accesses && dataDistance != COLD;
    const far: f32 = known ? lg(dataDistance) : 0;
    store<f32>(x, bit(accesses && !known), 128);
    store<f32>(x, far * (1.0 / 16.0), 132);
    store<f32>(x, known ? hinge(far, 6) : 0, 136);
    store<f32>(x, known ? hinge(far, 7.5) : 0, 140);
    store<f32>(x, known ? hinge(far, 9) : 0, 144);
    store<f32>(x, known ? hinge(far, 10.5) : 0, 148);
    store<f32>(x, known ? hinge(far, 12) : 0, 152);
    store<f32>(x, known ? hinge(far, 13.5) : 0, 156);
    store<f32>(x, known ? hinge(far, 15) : 0, 160);
    store<f32>(x, known ? hinge(far, 17) : 0, 164);
    const pageKnown = accesses && pageDistance != COLD;
    store<f32>(x, bit(accesses && !pageKnown), 168);
    store<f32>(x, pageKnown ? lg(pageDistance) * 0.1 : 0, 172);
    store<f32>(x, (strides as f32) * (1.0 / 7.0), 176);
    store<f32>(x, bit(accesses && stride < 64 && stride > -64), 180);
    store<f32>(x, bit(streaming), 184);
    store<f32>(x, forwardTime ? 1 - lg(min<u32>(forwardTime, 0xfffff)) * 0.05 : 0, 188);
    store<f32>(x, bit(near), 192);
    store<f32>(x, bit((wrong & WRONG.BIMODAL) != 0), 196);
    store<f32>(x, bit((wrong & WRONG.GSHARE) != 0), 200);
    store<f32>(x, bit((wrong & WRONG.GSHARE8) != 0), 204);
    store<f32>(x, bit((wrong & WRONG.LOCAL) != 0), 208);
    store<f32>(x, bit((wrong & WRONG.TAGE) != 0), 212);
    store<f32>(x, bit((wrong & WRONG.TARGET) != 0), 216);
    store<f32>(x, bit((wrong & WRONG.PATH_TARGET) != 0), 220);
    store<f32>(x, bit((wrong & WRONG.RETURN) != 0), 224);
    store<f32>(x, bit((wrong & WRONG.FIRST_TAKEN) != 0), 228);
    let behindLoad = false;
    let behindFloat = false;
    let behindMultiply = false;
    for (let i: usize = 0; i < 3; i++) {
      const r = load<i8>(h + i, H.SOURCES) as usize;
      let closeness: f32 = 0;
      if (r) {
        const ago = time - load<u32>(producer + (r << 2));
        closeness = 1 - min<f32>(1, lg(ago) * 0.1);
        if (ago < 512) {
          const by = load<u8>(producerOp + r) as u32;
          if (by >= OP.MEM_READ) behindLoad = true;
          else if (by >= OP.FLOAT_ADD) behindFloat = true;
          else if (by >= OP.INT_MULT) behindMultiply = true;
        }
      }
      store<f32>(x + (i << 2), closeness, 232);
    }
    store<f32>(x, bit(behindLoad), 244);
    store<f32>(x, bit(behindFloat), 248);
    store<f32>(x, bit(behindMultiply), 252);
    store<f32>(x, bit(load<i8>(h, H.DESTINATIONS) != 0), 256);
    store<f32>(x, lg(min<u32>(time - lastBranch, 255)) * (1.0 / 8.0), 260);
    store<f32>(x, lg(min<u32>(time - lastMispredicted, 4095)) * (1.0 / 12.0), 264);
    // gem5 24.0 mispredicts every compressed branch that skips one compressed instruction (PCState copy).
    store<f32>(x, bit(taken != 0 && length == 2 && nextPc == pc + 4), 268);
    store<f32>(x, bit((kind & KIND.CALL) != 0), 272);
    store<f32>(x, bit((kind & KIND.RETURN) != 0), 276);
    store<f32>(x, (popcnt<u32>(outcomes & 0xffff) as f32) * (1.0 / 16.0), 280);
    store<f32>(x, (popcnt<u32>((outcomes ^ (outcomes << 1)) & 0xfffe) as f32) * (1.0 / 16.0), 284);
    store<f32>(x, lg(min<u32>((stride < 0 ? -stride : stride) as u32, 0xffff)) * (1.0 / 16.0), 288);
    store<f32>(x, bit(stride < 0), 292);
    for (let k: usize = 0; k < SETS; k++) {
      store<f32>(x + (k << 2), lg(load<u8>(fetchSets.depths + k)) * DEEPEST, 296);
      store<f32>(x + (k << 2), accesses ? lg(load<u8>(dataSets.depths + k)) * DEEPEST : 0, 296 + 4 * SETS);
    }
    store<f32>(x, bit((wrong & WRONG.LATE) != 0), 296 + 8 * SETS);
    store<f32>(x, bit((wrong & WRONG.FILTERED) != 0), 300 + 8 * SETS);
    store<f32>(x, bit(dirty), 304 + 8 * SETS);
    store<f32>(x, (((pc as u32) & 63) as f32) * (1.0 / 64.0), 308 + 8 * SETS);
    store<f32>(x, bit(after != 0), 312 + 8 * SETS);
    store<f32>(x, bit(overtaken != 0), 316 + 8 * SETS);
    const wrongOutOfOrder = wrong >> OUT_OF_ORDER_SHIFT;
    store<f32>(x, bit((wrongOutOfOrder & WRONG.BIMODAL) != 0), 320 + 8 * SETS);
    store<f32>(x, bit((wrongOutOfOrder & WRONG.GSHARE) != 0), 324 + 8 * SETS);
    store<f32>(x, bit((wrongOutOfOrder & WRONG.GSHARE8) != 0), 328 + 8 * SETS);
    store<f32>(x, bit((wrongOutOfOrder & WRONG.LOCAL) != 0), 332 + 8 * SETS);
    store<f32>(x, bit((wrongOutOfOrder & WRONG.TAGE) != 0), 336 + 8 * SETS);
    store<f32>(x, bit(untold != 0), 340 + 8 * SETS);
    store<f32>(x, bit(resteered != 0), 344 + 8 * SETS);
    store<f32>(x, bit(load<u8>(h, H.FELL) != 0), 348 + 8 * SETS);
    store<f32>(x, bit(newLine && fetched.sequential), 352 + 8 * SETS);
    store<f32>(x, bit(newLine && fetched.distance == COLD), 356 + 8 * SETS);
    store<f32>(x, bit(tagged), 360 + 8 * SETS);
    store<f32>(x, bit(newLine && fetched.outOfOrderDistance == COLD), 364 + 8 * SETS);
    emitted++;
  }

  for (let i: usize = 0; i < 2; i++) {
    const r = load<i8>(h + i, H.DESTINATIONS) as usize;
    if (r) {
      store<u32>(producer + (r << 2), time);
      store<u8>(producerOp + r, op as u8);
    }
  }
  if (kind & (KIND.CONDITIONAL | KIND.UNCONDITIONAL)) lastBranch = time;
  if (outOfOrder & BP.TAGE) lastMispredicted = time;
  time++;
}

/**
 * Takes `count` rows of the batch. A row is executed when its successor is known, and complete when WIDEST more have been
 * (toys.ts). Returns how many rows of `features` are complete; what is not yet stays and leads the next call. `write`
 * false: these rows only keep the histories warm.
 */
export function modelFeatures(first: u32, count: u32, write: bool): u32 {
  keepIncomplete();
  for (let row = first; row < first + count; row++) {
    const index = load<u32>(rowIndex + ((row as usize) << 2));
    if (pendingKnown) modelRow(load<u64>(statics + ((index as usize) << S.SHIFT), S.PC), pendingWrites);
    pendingKnown = true;
    pendingIndex = index;
    pendingAddress = load<u64>(rowAddress + ((row as usize) << 3));
    pendingOutcome = load<u8>(rowOutcome + row) as u32;
    pendingWrites = write;
  }
  return max<u32>(emitted, WIDEST) - WIDEST;
}

/** Ends the run: executes the last row, whose successor is not known, and completes what is left. */
export function finishModelFeatures(): u32 {
  keepIncomplete();
  if (pendingKnown) {
    const s = statics + ((pendingIndex as usize) << S.SHIFT);
    modelRow(load<u64>(s, S.PC) + load<u8>(s, S.LENGTH), pendingWrites);
  }
  pendingKnown = false;
  finishToys(features + ((emitted * MODEL + PLAIN) << 2));
  const complete = emitted;
  emitted = 0;
  return complete;
}

/** Moves the rows that are not complete to the front. */
function keepIncomplete(): void {
  if (emitted <= WIDEST) return;
  const first = emitted - WIDEST;
  memory.copy(features, features + ((first * MODEL) << 2), (WIDEST * MODEL) << 2);
  memory.copy(featureIndex, featureIndex + (first << 2), WIDEST << 2);
  emitted = WIDEST;
}

import { reserve } from "./layout";

/**
 * Which store an access waits for out of order though its address may be another: a load that read too early what a store
 * wrote is in one set with it ever after, and an access waits for the last store of its set. Like gem5's StoreSet (Chrysos and
 * Emer, ISCA 1998), with 1024 entries and addresses compared by 16 bytes (LSQDepCheckShift); but forgotten every 250,000
 * accesses, where gem5 counts stores, and atomics write into no set. Whether a load was too early, a toy says (toys.ts).
 */
const ENTRIES: u32 = 1024;
const PERIOD: u32 = 250000;
const sets: usize = reserve((ENTRIES as usize) << 1); // u16, by pc: set + 1
const lastStores: usize = reserve((ENTRIES as usize) << 2); // u32, by set: number of its last store
const writers: usize = reserve((ENTRIES as usize) << 1); // u16, by store: entry of its pc
const blockStores: usize = reserve((ENTRIES as usize) << 2); // u32, by block of 16 bytes, direct mapped: the last store to it
const blocks: usize = reserve((ENTRIES as usize) << 3); // u64: block + 1
/** Stores that can still be under way. */
const RECENT: u32 = 64;
let untilForgotten: u32 = PERIOD;

@inline
function entryOf(pc: u64): usize {
  return ((pc >> 2) & (ENTRIES - 1)) as usize;
}

/** @returns number of the store that the access at pc waits for, 0: none. `stores`: how many there were before */
export function waitsFor(pc: u64, stores: u32): u32 {
  if (--untilForgotten == 0) {
    untilForgotten = PERIOD;
    memory.fill(sets, 0, (ENTRIES as usize) << 1);
  }
  const set = load<u16>(sets + (entryOf(pc) << 1)) as usize;
  if (!set) return 0;
  const last = load<u32>(lastStores + ((set - 1) << 2));
  return last && stores - last < RECENT ? last : 0;
}

@inline
function slotOf(block: u64): usize {
  return ((block * 0x9e3779b97f4a7c15) >> 54) as usize;
}

/** A store is executed; its number counts from 1. */
export function noteStore(pc: u64, address: u64, store_: u32): void {
  const block = address >> 4;
  store<u64>(blocks + (slotOf(block) << 3), block + 1);
  store<u32>(blockStores + (slotOf(block) << 2), store_);
  const entry = entryOf(pc);
  store<u16>(writers + (((store_ & (ENTRIES - 1)) as usize) << 1), entry as u16);
  const set = load<u16>(sets + (entry << 1)) as usize;
  if (set) store<u32>(lastStores + ((set - 1) << 2), store_);
}

/** @returns number of the store that a load of this address must not overtake, 0: none. `stores`: how many there were before */
export function overtakes(address: u64, stores: u32): u32 {
  const block = address >> 4;
  const store_ = load<u32>(blockStores + (slotOf(block) << 2));
  return load<u64>(blocks + (slotOf(block) << 3)) == block + 1 && stores - store_ < RECENT ? store_ : 0;
}

/** The load at pc was executed before a store, whose number is given, that it must not overtake. */
export function join(pc: u64, store_: u32): void {
  const reader = sets + (entryOf(pc) << 1);
  const writer = sets + ((load<u16>(writers + (((store_ & (ENTRIES - 1)) as usize) << 1)) as usize) << 1);
  const ofReader = load<u16>(reader);
  const ofWriter = load<u16>(writer);
  if (!ofReader && !ofWriter) {
    const made = (((pc ^ (pc >> 10)) & (ENTRIES - 1)) + 1) as u16;
    store<u16>(reader, made);
    store<u16>(writer, made);
  } else if (!ofReader) {
    store<u16>(reader, ofWriter);
  } else if (!ofWriter || ofWriter > ofReader) {
    store<u16>(writer, ofReader);
  } else {
    store<u16>(reader, ofWriter);
  }
}

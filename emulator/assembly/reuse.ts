import { reserve } from "./layout";
import { KeyMap, find, initialiseMap, insert, isThere, valueAt } from "./map";

/** Never seen before. */
export const COLD: u32 = 0xffffffff;

/**
 * Exact LRU stack distance. Every key holds the time slot of its last touch; a bit per slot says whether it is still
 * some key's last; the distance is the number of set bits since. Bits are counted a word at a time, near slots
 * directly and far ones by a Fenwick tree over words: O(log n) in the number of distinct keys. Slots are renumbered
 * when they run out, so memory follows the footprint and not the length of the run.
 */
@unmanaged
export class Reuse extends KeyMap {
  // values: the time slot of each key
  bits: usize; // u64[capacity / 64]
  tree: usize; // u32[capacity / 64 + 1], Fenwick tree of set bits a word
  capacity: u32; // slots
  now: u32; // next slot
  lastKey: u64;
}

export function newReuse(): Reuse {
  const r = changetype<Reuse>(reserve(offsetof<Reuse>()));
  initialiseMap(r, 4096);
  allocateSlots(r, 8192);
  r.lastKey = ~0;
  return r;
}

function allocateSlots(r: Reuse, capacity: u32): void {
  r.capacity = capacity;
  r.bits = reserve((capacity >> 3) as usize);
  r.tree = reserve((((capacity >> 6) + 1) << 2) as usize);
}

/** Set bits in slots below `slot`. */
function before(r: Reuse, slot: u32): u32 {
  let sum = 0 as u32;
  for (let i = slot >> 6; i; i &= i - 1) sum += load<u32>(r.tree + ((i as usize) << 2));
  const word = load<u64>(r.bits + ((slot >> 6) << 3));
  return sum + (popcnt<u64>(word & (((1 as u64) << (slot & 63)) - 1)) as u32);
}

function change(r: Reuse, slot: u32, by: i32): void {
  const at = r.bits + ((slot >> 6) << 3);
  store<u64>(at, load<u64>(at) ^ ((1 as u64) << (slot & 63)));
  const words = r.capacity >> 6;
  for (let i = (slot >> 6) + 1; i <= words; i += i & (0 - i)) {
    const t = r.tree + ((i as usize) << 2);
    store<u32>(t, load<u32>(t) + by);
  }
}

/** Set bits in slots from `slot` on. */
@inline
function since(r: Reuse, slot: u32): u32 {
  const last = (r.now - 1) >> 6;
  let w = slot >> 6;
  if (last - w > 6) return r.live - before(r, slot);
  let sum = popcnt<u64>(load<u64>(r.bits + (w << 3)) >> (slot & 63)) as u32;
  while (w < last) {
    w++;
    sum += popcnt<u64>(load<u64>(r.bits + (w << 3))) as u32;
  }
  return sum;
}

function renumber(r: Reuse): void {
  for (let i: u32 = 0; i <= r.mask; i++) {
    if (isThere(r, i)) store<u32>(valueAt(r, i), before(r, load<u32>(valueAt(r, i))));
  }
  if (r.live > r.capacity >> 1) {
    allocateSlots(r, r.capacity << 1);
  } else {
    memory.fill(r.bits, 0, (r.capacity >> 3) as usize);
    memory.fill(r.tree, 0, (((r.capacity >> 6) + 1) << 2) as usize);
  }
  r.now = r.live;
  for (let i: u32 = 0; i < r.live; i++) change(r, i, 1);
}

/** Distinct keys since the last touch of this one, itself counted (the same again: 1), or COLD. Makes it the latest. */
export function touch(r: Reuse, key: u64): u32 {
  if (key == r.lastKey) return 1;
  r.lastKey = key;
  if (r.now == r.capacity) renumber(r);
  let i = find(r, key);
  let distance = COLD;
  if (isThere(r, i)) {
    const slot = load<u32>(valueAt(r, i));
    distance = since(r, slot);
    change(r, slot, -1);
  } else {
    i = insert(r, i, key);
  }
  store<u32>(valueAt(r, i), r.now);
  change(r, r.now, 1);
  r.now++;
  return distance;
}

/** The distance `touch` would return, without touching. */
export function distanceOf(r: Reuse, key: u64): u32 {
  if (key == r.lastKey) return 1;
  const i = find(r, key);
  return isThere(r, i) ? since(r, load<u32>(valueAt(r, i))) : COLD;
}

import { reserve } from "./layout";

/** Never seen before. */
export const COLD: u32 = 0xffffffff;

/**
 * Exact LRU stack distance. Every key holds the time slot of its last touch; a bit per slot says whether it is still
 * some key's last; the distance is the number of set bits since. Bits are counted a word at a time, near slots
 * directly and far ones by a Fenwick tree over words: O(log n) in the number of distinct keys. Slots are renumbered
 * when they run out, so memory follows the footprint and not the length of the run.
 */
@unmanaged
export class Reuse {
  keys: usize; // u64[mapSize], key + 1, 0 when free
  slots: usize; // u32[mapSize]
  mapMask: u32;
  live: u32; // distinct keys
  bits: usize; // u64[capacity / 64]
  tree: usize; // u32[capacity / 64 + 1], Fenwick tree of set bits a word
  capacity: u32; // slots
  now: u32; // next slot
  lastKey: u64;
}

export function newReuse(): Reuse {
  const r = changetype<Reuse>(reserve(offsetof<Reuse>()));
  r.mapMask = 4095;
  r.keys = reserve(4096 * 8);
  r.slots = reserve(4096 * 4);
  allocateSlots(r, 8192);
  r.lastKey = ~0;
  return r;
}

function allocateSlots(r: Reuse, capacity: u32): void {
  r.capacity = capacity;
  r.bits = reserve((capacity >> 3) as usize);
  r.tree = reserve((((capacity >> 6) + 1) << 2) as usize);
}

@inline
function hash(key: u64): u32 {
  const h = key * 0x9e3779b97f4a7c15;
  return (h >> 32) as u32;
}

/** Position of the key, or of the free place where it belongs. */
@inline
function find(r: Reuse, key: u64): u32 {
  const mask = r.mapMask;
  let i = hash(key) & mask;
  let k = load<u64>(r.keys + ((i as usize) << 3));
  while (k != key + 1 && k != 0) {
    i = (i + 1) & mask;
    k = load<u64>(r.keys + ((i as usize) << 3));
  }
  return i;
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
  for (let i: u32 = 0; i <= r.mapMask; i++) {
    if (load<u64>(r.keys + ((i as usize) << 3))) {
      const s = r.slots + ((i as usize) << 2);
      store<u32>(s, before(r, load<u32>(s)));
    }
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

function growMap(r: Reuse): void {
  const keys = r.keys,
    slots = r.slots,
    size = r.mapMask + 1;
  r.mapMask = size * 2 - 1;
  r.keys = reserve((size as usize) << 4);
  r.slots = reserve((size as usize) << 3);
  for (let i: u32 = 0; i < size; i++) {
    const k = load<u64>(keys + ((i as usize) << 3));
    if (k) {
      const j = find(r, k - 1) as usize;
      store<u64>(r.keys + (j << 3), k);
      store<u32>(r.slots + (j << 2), load<u32>(slots + ((i as usize) << 2)));
    }
  }
}

/** Distinct keys since the last touch of this one, itself counted (the same again: 1), or COLD. Makes it the latest. */
export function touch(r: Reuse, key: u64): u32 {
  if (key == r.lastKey) return 1;
  r.lastKey = key;
  if (r.now == r.capacity) renumber(r);
  let i = find(r, key);
  let distance = COLD;
  if (load<u64>(r.keys + ((i as usize) << 3))) {
    const slot = load<u32>(r.slots + ((i as usize) << 2));
    distance = since(r, slot);
    change(r, slot, -1);
  } else {
    if (r.live * 2 > r.mapMask) {
      growMap(r);
      i = find(r, key);
    }
    store<u64>(r.keys + ((i as usize) << 3), key + 1);
    r.live++;
  }
  store<u32>(r.slots + ((i as usize) << 2), r.now);
  change(r, r.now, 1);
  r.now++;
  return distance;
}

/** The distance `touch` would return, without touching. */
export function distanceOf(r: Reuse, key: u64): u32 {
  if (key == r.lastKey) return 1;
  const i = find(r, key);
  if (!load<u64>(r.keys + ((i as usize) << 3))) return COLD;
  return since(r, load<u32>(r.slots + ((i as usize) << 2)));
}

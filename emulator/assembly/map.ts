import { reserve } from "./layout";

/** An open hash table from u64 keys to u32 values, which grows with the number of keys. */
@unmanaged
export class KeyMap {
  keys: usize; // u64[mask + 1], key + 1, 0 when free
  values: usize; // u32[mask + 1]
  mask: u32;
  live: u32; // keys
}

/** @param size places, a power of two */
export function initialiseMap(m: KeyMap, size: u32): void {
  m.mask = size - 1;
  m.keys = reserve((size as usize) << 3);
  m.values = reserve((size as usize) << 2);
}

@inline
function hash(key: u64): u32 {
  const h = key * 0x9e3779b97f4a7c15;
  return (h >> 32) as u32;
}

/** Position of the key, or of the free place where it belongs. */
@inline
export function find(m: KeyMap, key: u64): u32 {
  const mask = m.mask;
  let i = hash(key) & mask;
  let k = load<u64>(m.keys + ((i as usize) << 3));
  while (k != key + 1 && k != 0) {
    i = (i + 1) & mask;
    k = load<u64>(m.keys + ((i as usize) << 3));
  }
  return i;
}

@inline
export function isThere(m: KeyMap, position: u32): bool {
  return load<u64>(m.keys + ((position as usize) << 3)) != 0;
}

@inline
export function valueAt(m: KeyMap, position: u32): usize {
  return m.values + ((position as usize) << 2);
}

/** Puts in a key that is not there, at the place that `find` gave. Returns where it is now. */
export function insert(m: KeyMap, position: u32, key: u64): u32 {
  if (m.live * 2 > m.mask) {
    grow(m);
    position = find(m, key);
  }
  store<u64>(m.keys + ((position as usize) << 3), key + 1);
  m.live++;
  return position;
}

function grow(m: KeyMap): void {
  const keys = m.keys,
    values = m.values,
    size = m.mask + 1;
  initialiseMap(m, size * 2);
  for (let i: u32 = 0; i < size; i++) {
    const k = load<u64>(keys + ((i as usize) << 3));
    if (!k) continue;
    const j = find(m, k - 1);
    store<u64>(m.keys + ((j as usize) << 3), k);
    store<u32>(valueAt(m, j), load<u32>(values + ((i as usize) << 2)));
  }
}

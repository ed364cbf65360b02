import { reserve } from "./layout";
import { KeyMap, find, initialiseMap, insert, isThere, valueAt } from "./map";
import { Reuse, distanceOf } from "./reuse";

/**
 * Which lines a cache below the first would have to write back. It matters where an L2 is exclusive: gem5 drops clean lines
 * that the L1 evicts and writes dirty ones to the L2, so that only those are found there. Atomics do not count as writing.
 */

const L2: u32 = 1 << 14; // lines: what has not been used for so long has been written to memory
const MOST: u32 = 1 << 17; // keys; half of the table's places
const lines = changetype<KeyMap>(reserve(offsetof<KeyMap>())); // 1: dirty
initialiseMap(lines, 2 * MOST);
const kept: usize = reserve((L2 as usize) << 3);
let lastLine: u64 = ~0;
let lastDirty: bool = false;

/** Forgets lines that have not been used for so long that it makes no difference. */
function forget(all: Reuse): void {
  let count: usize = 0;
  for (let i: u32 = 0; i <= lines.mask; i++) {
    if (!isThere(lines, i) || !load<u32>(valueAt(lines, i))) continue;
    const line = load<u64>(lines.keys + ((i as usize) << 3)) - 1;
    if (distanceOf(all, line) > L2) continue;
    store<u64>(kept + (count++ << 3), line);
  }
  const places = (lines.mask as usize) + 1;
  memory.fill(lines.keys, 0, places << 3);
  lines.live = 0;
  for (let k: usize = 0; k < count; k++) {
    const line = load<u64>(kept + (k << 3));
    store<u32>(valueAt(lines, insert(lines, find(lines, line), line)), 1);
  }
}

/**
 * Notes an access.
 * @param all every data line, by when it was last used, this access included; @param distance reuse distance of the line before it
 * @param stores whether it writes
 * @returns whether the line was dirty before it
 */
export function wasDirty(all: Reuse, line: u64, distance: u32, stores: bool): bool {
  if (line == lastLine && (lastDirty || !stores)) return lastDirty;
  let i = find(lines, line);
  const known = isThere(lines, i);
  const before = known && distance <= L2 && load<u32>(valueAt(lines, i)) != 0;
  if (!known && stores) {
    if (lines.live >= MOST - 1) {
      forget(all);
      i = find(lines, line);
    }
    i = insert(lines, i, line);
  }
  if (known || stores) store<u32>(valueAt(lines, i), before || stores ? 1 : 0);
  lastLine = line;
  lastDirty = before || stores;
  return before;
}

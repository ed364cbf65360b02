import { reserve } from "./layout";
import { KeyMap, find, initialiseMap, insert, isThere, valueAt } from "./map";

/**
 * Set-associative caches with LRU replacement. A list a set, the latest line first, answers for every number of ways:
 * a line hits when fewer than that many others of its set came after it. Four numbers of sets are followed at once.
 */

export const SETS: u32 = 4; // 32, 64, 128 and 256 sets
export const MOST_WAYS: u32 = 8;
const FEWEST: u32 = 32;

@unmanaged
export class Sets {
  lists: usize; // u32[sets, MOST_WAYS] of each number of sets after another, line + 1
  last: u32; // line
  depths: usize; // u8[SETS] of the last line touched: its place in the list, MOST_WAYS when it was in none
  before: usize; // u32[SETS]: the line of its set that was touched before it, line + 1
}

export function newSets(): Sets {
  const s = changetype<Sets>(reserve(offsetof<Sets>()));
  s.lists = reserve(((FEWEST * ((1 << SETS) - 1) * MOST_WAYS) << 2) as usize);
  s.depths = reserve(SETS as usize);
  s.before = reserve((SETS as usize) << 2);
  return s;
}

/** Sets `depths` and `before` for the line and makes it the latest of its sets. */
export function touchSets(s: Sets, line: u32): void {
  if (line + 1 == s.last) {
    store<u32>(s.depths, 0);
    return;
  }
  s.last = line + 1;
  let lists = s.lists;
  let sets = FEWEST;
  for (let k: u32 = 0; k < SETS; k++) {
    const list = lists + (((line & (sets - 1)) * MOST_WAYS) << 2);
    store<u32>(s.before + ((k as usize) << 2), load<u32>(list));
    // Looks for it, and moves what is before it back by one.
    let moved = line + 1;
    let depth: u32 = 0;
    for (; depth < MOST_WAYS; depth++) {
      const at = list + ((depth as usize) << 2);
      const there = load<u32>(at);
      store<u32>(at, moved);
      if (there == line + 1) break;
      moved = there;
    }
    store<u8>(s.depths + k, depth);
    lists += ((sets * MOST_WAYS) << 2) as usize;
    sets <<= 1;
  }
}

/**
 * The line's number in physical memory, so far as it matters to a set: gem5 gives a process the pages of its image in the
 * order of their addresses when it is loaded, and others behind them one after another as they are touched.
 */
export function physicalLine(address: u64): u32 {
  const within = ((address >> 6) as u32) & 63;
  const page = address >> 12;
  if (page < imageEnd) return ((page as u32) << 6) | within;
  return (1 << 31) | (((imageEnd as u32) + frameOf(page)) << 6) | within;
}

const LOW_PAGES: u64 = 1 << 18; // 1 GiB: a program's image is below, unless it is placed anywhere
let imageEnd: u64 = LOW_PAGES; // page
let imageEnds: bool = false;

/** The first access by the thread pointer: a static glibc's thread lies where the break begins, and the image ends there. */
export function noteThread(address: u64): void {
  if (imageEnds) return;
  imageEnds = true;
  if (address >> 12 < LOW_PAGES) imageEnd = address >> 12;
}

const frames = changetype<KeyMap>(reserve(offsetof<KeyMap>())); // of pages, by when they were first touched
initialiseMap(frames, 1024);
let lastPage: u64 = 0;
let lastFrame: u32 = 0;

function frameOf(page: u64): u32 {
  if (page == lastPage) return lastFrame;
  let i = find(frames, page);
  if (!isThere(frames, i)) {
    const frame = frames.live;
    i = insert(frames, i, page);
    store<u32>(valueAt(frames, i), frame);
  }
  lastPage = page;
  lastFrame = load<u32>(valueAt(frames, i));
  return lastFrame;
}

import { reserve } from "./layout";

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
}

export function newSets(): Sets {
  const s = changetype<Sets>(reserve(offsetof<Sets>()));
  s.lists = reserve(((FEWEST * ((1 << SETS) - 1) * MOST_WAYS) << 2) as usize);
  s.depths = reserve(SETS as usize);
  return s;
}

/** Sets `depths` for the line and makes it the latest of its sets. */
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
    let depth: u32 = 0;
    while (depth < MOST_WAYS && load<u32>(list + ((depth as usize) << 2)) != line + 1) depth++;
    memory.copy(list + 4, list, (min(depth, MOST_WAYS - 1) << 2) as usize);
    store<u32>(list, line + 1);
    store<u8>(s.depths + k, depth);
    lists += ((sets * MOST_WAYS) << 2) as usize;
    sets <<= 1;
  }
}

/**
 * The line's number in physical memory, so far as it matters to a set: gem5 gives a process its pages one after another
 * as they are touched, and those of the program's image and of its break in the order of their addresses.
 */
export function physicalLine(address: u64): u32 {
  const within = ((address >> 6) as u32) & 63;
  const page = address >> 12;
  if (page < LOW_PAGES) return ((page as u32) << 6) | within;
  return (1 << 31) | (frameOf(page) << 6) | within;
}

const LOW_PAGES: u64 = 1 << 18; // 1 GiB: below are the image and the break, above are mappings and the stack

let lastPage: u64 = 0;
let lastFrame: u32 = 0;
let frames: u32 = 0;
let mask: u32 = 1023;
let pages: usize = reserve(1024 * 8); // u64[mask + 1], page, 0 when free
let frameOfPage: usize = reserve(1024 * 4); // u32[mask + 1]

/** Position of the page, or of the free place where it belongs. */
function place(page: u64): usize {
  let i = (((page * 0x9e3779b97f4a7c15) >> 32) as u32) & mask;
  let k = load<u64>(pages + ((i as usize) << 3));
  while (k != page && k != 0) {
    i = (i + 1) & mask;
    k = load<u64>(pages + ((i as usize) << 3));
  }
  return i as usize;
}

function frameOf(page: u64): u32 {
  if (page == lastPage) return lastFrame;
  let i = place(page);
  if (load<u64>(pages + (i << 3)) == 0) {
    if (frames * 2 > mask) {
      grow();
      i = place(page);
    }
    store<u64>(pages + (i << 3), page);
    store<u32>(frameOfPage + (i << 2), frames++);
  }
  lastPage = page;
  lastFrame = load<u32>(frameOfPage + (i << 2));
  return lastFrame;
}

function grow(): void {
  const oldPages = pages;
  const oldFrames = frameOfPage;
  const size = mask + 1;
  mask = size * 2 - 1;
  pages = reserve((size as usize) << 4);
  frameOfPage = reserve((size as usize) << 3);
  for (let i: usize = 0; i < size; i++) {
    const page = load<u64>(oldPages + (i << 3));
    if (!page) continue;
    const at = place(page);
    store<u64>(pages + (at << 3), page);
    store<u32>(frameOfPage + (at << 2), load<u32>(oldFrames + (i << 2)));
  }
}

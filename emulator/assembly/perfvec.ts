import { features, featureIndex } from "./features";
import { H, KIND } from "./history";
import { reserve, statics, histories, rowIndex, rowAddress, rowOutcome, S, OUTCOME, FLAG } from "./layout";
import { distanceOf, newReuse, touch } from "./reuse";

/** The 51 features of PerfVec (Li et al., arXiv 2310.16792). */

export const PERFVEC: u32 = 51;
const fetchLines = newReuse();
const loadLines = newReuse();
const storeLines = newReuse();

const FAR: f32 = 1e8;

@inline
function perfvecDistance(d: u32): f32 {
  return d > 100000000 ? FAR : (d as f32);
}

/** Binary entropy of the last 8 outcomes; missing ones count one half. */
function entropy(history: u32, seen: u32): f32 {
  const known = min<u32>(seen, 8);
  const ones = popcnt<u32>(history & ((1 << known) - 1)) as f64;
  const p = (ones + 0.5 * ((8 - known) as f64)) / 8;
  if (p <= 0 || p >= 1) return 0;
  return (-p * Math.log(p) - (1 - p) * Math.log(1 - p)) as f32;
}

// Start addresses of the last 1000 .. 2000 executed instructions, in two generations of an open hash table.
const RECENT: u32 = 1000;
const RECENT_MASK: u32 = 4095;
const recentKeys: usize = reserve(2 * 8 * 4096);
const recentTimes: usize = reserve(2 * 4 * 4096);
let generation: u32 = 0;
let perfvecTime: u32 = 0;

@inline
function recentFind(table: u32, key: u64): u32 {
  let i = (((key * 0x9e3779b97f4a7c15) >> 40) as u32) & RECENT_MASK;
  let k = load<u64>(recentKeys + (((table << 12) | i) << 3));
  while (k != key + 1 && k != 0) {
    i = (i + 1) & RECENT_MASK;
    k = load<u64>(recentKeys + (((table << 12) | i) << 3));
  }
  return (table << 12) | i;
}

/** Instructions since the last access with this start address, at most 1000. */
function sinceAddress(address: u64): u32 {
  const current = recentFind(generation, address);
  let since = RECENT;
  if (load<u64>(recentKeys + (current << 3))) {
    since = perfvecTime - load<u32>(recentTimes + (current << 2));
  } else {
    const old = recentFind(generation ^ 1, address);
    if (load<u64>(recentKeys + (old << 3))) since = perfvecTime - load<u32>(recentTimes + (old << 2));
  }
  store<u64>(recentKeys + (current << 3), address + 1);
  store<u32>(recentTimes + (current << 2), perfvecTime);
  return min(since, RECENT);
}

function advanceRecent(): void {
  perfvecTime++;
  if (perfvecTime % RECENT == 0) {
    generation ^= 1;
    memory.fill(recentKeys + (generation << 15), 0, 8 * 4096);
  }
}

/** Computes PerfVec's 51 features of `count` rows of the batch; writes nothing when `count` rows only warm the histories. */
export function perfvecFeatures(first: u32, count: u32, write: bool): u32 {
  for (let row = first; row < first + count; row++) {
    const index = load<u32>(rowIndex + ((row as usize) << 2));
    const s = statics + ((index as usize) << S.SHIFT);
    const h = histories + ((index as usize) << S.SHIFT);
    const kind = load<u16>(h, H.KIND) as u32;
    const flags = load<u16>(s, S.FLAGS) as u32;
    const outcome = load<u8>(rowOutcome + row) as u32;
    const address = load<u64>(rowAddress + ((row as usize) << 3));
    const fetchDistance = touch(fetchLines, load<u64>(s, S.PC) >> 6);
    let loadDistance: f32 = 0;
    let storeDistance: f32 = 0;
    let sameAddress: f32 = 0;
    if (outcome & OUTCOME.HAS_ADDRESS) {
      const line = address >> 6;
      const isLoad = (kind & KIND.LOAD) != 0;
      loadDistance = perfvecDistance(isLoad ? touch(loadLines, line) : distanceOf(loadLines, line));
      storeDistance = perfvecDistance(isLoad ? distanceOf(storeLines, line) : touch(storeLines, line));
      sameAddress = sinceAddress(address) as f32;
    }
    let entropyBefore: f32 = 0;
    let entropyAfter: f32 = 0;
    if (kind & KIND.CONDITIONAL) {
      const old = load<u32>(h, H.LOCAL_HISTORY);
      const seen = load<u8>(h, H.SEEN) as u32;
      const now = (old << 1) | (outcome & OUTCOME.TAKEN);
      if (write) {
        entropyBefore = entropy(old, seen);
        entropyAfter = entropy(now, seen + 1);
      }
      store<u32>(h, now, H.LOCAL_HISTORY);
      store<u8>(h, min<u32>(seen + 1, 8), H.SEEN);
    }
    advanceRecent();
    if (!write) continue;
    const at = row - first;
    store<u32>(featureIndex + ((at as usize) << 2), index);
    const x = features + ((at * PERFVEC) << 2);
    const conditional = (flags & FLAG.STORE_CONDITIONAL) != 0;
    const atomic = (flags & FLAG.ATOMIC) != 0;
    store<f32>(x, (outcome & OUTCOME.FAULT ? 1 : 0) as f32);
    store<f32>(x, (load<u16>(s, S.OP_NUMBER) + 1) as f32, 4);
    store<f32>(x, (kind & KIND.STORE && !conditional && !atomic ? 1 : 0) as f32, 8);
    store<f32>(x, (kind & KIND.LOAD ? 1 : 0) as f32, 12);
    store<f32>(x, (flags & FLAG.MICROOP ? 1 : 0) as f32, 16);
    store<f32>(x, (flags & FLAG.CONDITIONAL ? 1 : 0) as f32, 20);
    store<f32>(x, (flags & FLAG.UNCONDITIONAL ? 1 : 0) as f32, 24);
    store<f32>(x, (flags & FLAG.DIRECT ? 1 : 0) as f32, 28);
    store<f32>(x, (flags & FLAG.SQUASH_AFTER ? 1 : 0) as f32, 32);
    store<f32>(x, (flags & FLAG.SERIALIZE_AFTER ? 1 : 0) as f32, 36);
    store<f32>(x, (flags & FLAG.SERIALIZE_BEFORE ? 1 : 0) as f32, 40);
    store<f32>(x, ((conditional ? 1 : 0) + (atomic ? 2 : 0)) as f32, 44);
    store<f32>(x, (flags & FLAG.READ_BARRIER ? 1 : 0) as f32, 48);
    store<f32>(x, (flags & FLAG.WRITE_BARRIER ? 1 : 0) as f32, 52);
    store<f32>(x, (flags & FLAG.NON_SPECULATIVE ? 1 : 0) as f32, 56);
    store<f32>(x, (outcome & OUTCOME.TAKEN) as f32, 60);
    store<f32>(x, entropyBefore, 64);
    store<f32>(x, entropyAfter, 68);
    store<f32>(x, perfvecDistance(fetchDistance), 72);
    store<f32>(x, (outcome & OUTCOME.HAS_ADDRESS ? 1 : 0) as f32, 76);
    store<f32>(x, loadDistance, 80);
    store<f32>(x, storeDistance, 84);
    store<f32>(x, sameAddress, 88);
    memory.fill(x + 92, 0, 28 << 2);
    const sources = min<u32>(load<u8>(s, S.SOURCES), 8);
    for (let i: u32 = 0; i < sources; i++) {
      store<f32>(x + (i << 3), (load<i8>(s + i, S.SOURCE_CLASS) + 1) as f32, 92);
      store<f32>(x + (i << 3), (load<i16>(s + (i << 1), S.SOURCE_INDEX) + 1) as f32, 96);
    }
    const destinations = min<u32>(load<u8>(s, S.DESTINATIONS), 6);
    for (let i: u32 = 0; i < destinations; i++) {
      store<f32>(x + (i << 3), (load<i8>(s + i, S.DESTINATION_CLASS) + 1) as f32, 156);
      store<f32>(x + (i << 3), (load<i16>(s + (i << 1), S.DESTINATION_INDEX) + 1) as f32, 160);
    }
  }
  return write ? count : 0;
}

import type { GuestFiles } from "./files";
import { type Guest, PROTECTION } from "./guest";
import { type Calls, E, fail, int32, int64, size } from "./linux-abi";

/** A range of mapped pages. */
export interface Region {
  start: bigint;
  end: bigint;
  protection: number;
  /** its content came from a file */
  file: boolean;
}

/** What the calls need to know of the address space that load.ts made. */
export interface Space {
  brk: bigint;
  mmap: bigint;
  /** first address beyond the user's */
  limit: bigint;
  regions: readonly Region[];
}

const PAGE = 4096n;
const MAP = { shared: 1, private: 2, fixed: 0x10, anonymous: 0x20, keep: 0x100000 } as const;
const MREMAP = { mayMove: 1n, fixed: 2n, keepOld: 4n } as const;
const MADV_DONTNEED = 4;
/** As vm.mmap_min_addr and vm.max_map_count of Linux. */
const LOWEST = 0x10000n;
const REGIONS = 65530;
const COPY = 65536;

export const pageUp = (n: bigint): bigint => (n + PAGE - 1n) & ~(PAGE - 1n);
export const pageDown = (n: bigint): bigint => n & ~(PAGE - 1n);
const aligned = (n: bigint): boolean => (n & (PAGE - 1n)) === 0n;

/** brk, mmap and their kin. Under gem5 every page may be read, written and executed, and mmap takes addresses upwards, none twice. */
export function memoryCalls(guest: Guest, files: GuestFiles, space: Space, gem5: boolean): Calls {
  /** sorted by address, disjoint */
  const regions: Region[] = space.regions.map((region) => ({ ...region }));
  const lowestBreak = space.brk;
  let brk = space.brk;
  let gem5Next = space.mmap;

  // riscv has no page that is written and not read (manual volume II, table of PTE encodings).
  const protectionOf = (prot: number): number =>
    gem5 ? PROTECTION.read | PROTECTION.write | PROTECTION.execute : (prot & 7) | (prot & PROTECTION.write ? PROTECTION.read : 0);

  /** Index of the first region that ends after `address`. */
  function after(address: bigint): number {
    let low = 0;
    for (let high = regions.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (regions[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  function isFree(start: bigint, end: bigint): boolean {
    const next = regions[after(start)];
    return !next || next.start >= end;
  }

  /** Takes a range out of the list; returns the parts of it that were mapped. */
  function carve(start: bigint, end: bigint): Region[] {
    const first = after(start);
    const taken: Region[] = [];
    const left: Region[] = [];
    let last = first;
    for (; last < regions.length && regions[last]!.start < end; last++) {
      const region = regions[last]!;
      if (region.start < start) left.push({ ...region, end: start });
      if (region.end > end) left.push({ ...region, start: end });
      taken.push({ ...region, start: region.start > start ? region.start : start, end: region.end < end ? region.end : end });
    }
    regions.splice(first, last - first, ...left);
    return taken;
  }

  function insert(region: Region): void {
    carve(region.start, region.end);
    const at = after(region.start);
    const joins = (other: Region | undefined): boolean => !!other && other.protection === region.protection && other.file === region.file;
    const before = regions[at - 1];
    const next = regions[at];
    const start = joins(before) && before!.end === region.start ? before!.start : region.start;
    const end = joins(next) && next!.start === region.end ? next!.end : region.end;
    regions.splice(start === region.start ? at : at - 1, Number(start !== region.start) + Number(end !== region.end), { ...region, start, end });
  }

  function map(start: bigint, end: bigint, protection: number, file: boolean): void {
    if (regions.length >= REGIONS || !guest.map(start, end - start, protection)) fail(E.NOMEM);
    insert({ start, end, protection, file });
  }

  function unmap(start: bigint, end: bigint): void {
    guest.unmap(start, end - start);
    carve(start, end);
  }

  /** A free place: the highest below the mmap base, as Linux takes. */
  function place(length: bigint): bigint {
    if (gem5) return placeUpwards(length);
    let end = space.mmap;
    for (let i = after(end - 1n); i >= 0; i--) {
      const region = regions[i];
      if (!region || region.start >= end) continue;
      if (region.end + length <= end) return end - length;
      end = region.start;
    }
    return end - length >= LOWEST ? end - length : fail(E.NOMEM);
  }

  /** gem5, src/sim/mem_state.cc, MemState::extendMmap. */
  function placeUpwards(length: bigint): bigint {
    for (let region = regions[after(gem5Next)]; region && region.start < gem5Next + length; region = regions[after(gem5Next)]) {
      gem5Next = region.end;
    }
    const start = gem5Next;
    gem5Next += length;
    if (gem5Next > space.limit) fail(E.NOMEM);
    return start;
  }

  function lengthOf(bytes: bigint): bigint {
    if (bytes === 0n) fail(E.INVAL);
    return bytes > space.limit ? fail(E.NOMEM) : pageUp(bytes);
  }

  /** The end of a range that must be whole pages of the user's. */
  function endOf(start: bigint, bytes: bigint): bigint {
    if (!aligned(start) || bytes > space.limit || start + pageUp(bytes) > space.limit) fail(E.INVAL);
    return start + pageUp(bytes);
  }

  /** Moves content, but not pages of zeros: they need no frame. */
  function move(from: bigint, to: bigint, length: bigint): void {
    for (let done = 0n; done < length; done += BigInt(COPY)) {
      const left = length - done;
      const bytes = guest.read(from + done, left < BigInt(COPY) ? Number(left) : COPY);
      for (let page = 0; page < bytes.length; page += 4096) {
        const content = bytes.subarray(page, page + 4096);
        if (content.some((byte) => byte !== 0)) guest.write(to + done + BigInt(page), content);
      }
    }
  }

  function coveredBy(start: bigint, end: bigint): boolean {
    for (let i = after(start), at = start; at < end; i++) {
      const region = regions[i];
      if (!region || region.start > at) return false;
      at = region.end;
    }
    return true;
  }

  return {
    brk(to) {
      if (to < lowestBreak || to > space.limit) return brk;
      const from = pageUp(brk);
      const end = pageUp(to);
      if (end > from) {
        if (!isFree(from, end) || !guest.map(from, end - from, protectionOf(3))) return brk;
        insert({ start: from, end, protection: protectionOf(3), file: false });
      } else if (end < from) unmap(end, from);
      return (brk = to);
    },

    mmap(address, bytes, prot, flagBits, fd, offset) {
      const flags = int32(flagBits);
      const length = lengthOf(bytes);
      const sharing = flags & (MAP.shared | MAP.private);
      if (sharing === 0 || !aligned(offset)) return -E.INVAL;
      const protection = protectionOf(int32(prot));
      let content: Uint8Array | undefined;
      if (!(flags & MAP.anonymous)) {
        files.check(int32(fd));
        if (!files.isRegular(int32(fd))) return -E.NODEV;
        // What is written to such a mapping would have to reach the file.
        if (flags & MAP.shared && int32(prot) & PROTECTION.write) return -E.NODEV;
        content = files.read(int32(fd), size(length), int64(offset));
      }
      let start = pageDown(address);
      if (flags & (MAP.fixed | MAP.keep)) {
        if (!aligned(address)) return -E.INVAL;
        if (address < LOWEST) return -E.PERM;
        if (address + length > space.limit) return -E.NOMEM;
        if (flags & MAP.keep && !isFree(start, start + length)) return -E.EXIST;
      } else if (start < LOWEST || start + length > space.limit || !isFree(start, start + length)) start = place(length);
      map(start, start + length, protection, content !== undefined);
      if (content) guest.write(start, content);
      return start;
    },

    munmap(address, bytes) {
      if (bytes === 0n) return -E.INVAL;
      unmap(address, endOf(address, bytes));
      return 0;
    },

    mprotect(address, bytes, prot) {
      const end = endOf(address, bytes);
      const protection = protectionOf(int32(prot));
      if (!coveredBy(address, end) || regions.length >= REGIONS) return -E.NOMEM;
      if (end > address) guest.protect(address, end - address, protection);
      for (const part of carve(address, end)) insert({ ...part, protection });
      return 0;
    },

    mremap(address, oldBytes, newBytes, flags, wanted) {
      const oldEnd = endOf(address, oldBytes);
      const length = lengthOf(newBytes);
      const fixed = (flags & MREMAP.fixed) !== 0n;
      if (flags & ~(MREMAP.mayMove | MREMAP.fixed) || (fixed && !(flags & MREMAP.mayMove)) || oldEnd === address) return -E.INVAL;
      if (fixed && (!aligned(wanted) || wanted < LOWEST || wanted + length > space.limit)) return -E.INVAL;
      if (fixed && wanted < oldEnd && wanted + length > address) return -E.INVAL;
      const region = regions[after(address)];
      if (!region || region.start > address || region.end < oldEnd) return -E.FAULT;
      const newEnd = address + length;
      if (!fixed) {
        if (newEnd < oldEnd) unmap(newEnd, oldEnd);
        if (newEnd <= oldEnd) return address;
        // gem5 only extends what mmap gave out last (mremapFunc).
        const extends_ = gem5 ? oldEnd === gem5Next : newEnd <= space.limit;
        if (extends_ && isFree(oldEnd, newEnd)) {
          map(oldEnd, newEnd, region.protection, region.file);
          if (gem5) gem5Next = newEnd;
          return address;
        }
        if (!(flags & MREMAP.mayMove)) return -E.NOMEM;
      }
      const { protection, file } = region;
      const to = fixed ? wanted : place(length);
      map(to, to + length, protection, file);
      move(address, to, oldEnd - address < length ? oldEnd - address : length);
      unmap(address, oldEnd);
      return to;
    },

    madvise(address, bytes, advice) {
      const end = endOf(address, bytes);
      if (!coveredBy(address, end)) return -E.NOMEM;
      if (int32(advice) !== MADV_DONTNEED) return 0;
      for (const part of carve(address, end)) {
        if (!part.file) guest.map(part.start, part.end - part.start, part.protection);
        insert(part);
      }
      return 0;
    },

    msync: () => 0,
    mlock: () => 0,
    mlock2: () => 0,
    munlock: () => 0,
    mlockall: () => 0,
    munlockall: () => 0,
  };
}

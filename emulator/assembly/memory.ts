import { reserve } from "./layout";

/**
 * Guest memory: 4 KiB pages in a hash table, frames taken on first touch, and direct-mapped look-aside tables in front.
 * A look-aside entry matches the page of an access's last byte against the slot of its first, so one comparison
 * also finds accesses that cross a page.
 */

export const PAGE: u64 = 4096;

export namespace PROT {
  export const READ: u32 = 1;
  export const WRITE: u32 = 2;
  export const EXECUTE: u32 = 4;
  export const MAPPED: u32 = 8;
}

/** Why execution stopped at a memory access. */
export namespace FAULT {
  export const NONE: u32 = 0;
  export const READ: u32 = 1;
  export const WRITE: u32 = 2;
  export const EXECUTE: u32 = 3;
  export const OUT_OF_MEMORY: u32 = 4;
  export const TOO_MUCH_CODE: u32 = 5; // more than MAX_STATIC static micro-operations
}
export let faultKind: u32 = FAULT.NONE;
export let faultAddress: u64 = 0;

/** A page's record in the table (32 bytes). */
namespace P {
  export const KEY: usize = 0; // u64, page number + 1, 0 when free
  export const FRAME: usize = 8; // u32, 0 before the first touch
  export const PROTECTION: usize = 12; // u32, PROT bits
  export const CODE: usize = 16; // u32, decoded instructions (decode.ts), 0 when none
}

let tableBits: u32 = 14;
let table: usize = reserve(32 << 14);
let pages: u32 = 0; // keys in the table
let mappedPages: u32 = 0;
let frames: u32 = 0;
let frameLimit: u32 = 1 << 18;
let freeFrame: usize = 0; // linked through their first word
let freshFrame: usize = 0;
let freshEnd: usize = 0;
const MAPPED_LIMIT: u32 = 1 << 21; // 8 GiB of address space

const SLOTS: u64 = 1024;
export const readSide: usize = reserve(1024 * 16); // u64 page address, u32 host minus guest address
export const writeSide: usize = reserve(1024 * 16);
const bounce: usize = reserve(64);
flushSides();

export function setMemoryLimit(bytes: u64): void {
  frameLimit = min<u64>(bytes >> 12, 0xe0000) as u32;
}

function flushSides(): void {
  for (let o: usize = 0; o < 1024 * 16; o += 16) {
    store<u64>(readSide + o, ~0);
    store<u64>(writeSide + o, ~0);
  }
}

function place(page: u64): usize {
  const mask = ((1 as usize) << tableBits) - 1;
  let i = ((page * 0x9e3779b97f4a7c15) >> 32) as usize & mask;
  let k = load<u64>(table + (i << 5));
  while (k != page + 1 && k != 0) {
    i = (i + 1) & mask;
    k = load<u64>(table + (i << 5));
  }
  return table + (i << 5);
}

function growTable(): void {
  const old = table,
    size = (1 as usize) << tableBits;
  tableBits++;
  table = reserve((32 as usize) << tableBits);
  for (let i: usize = 0; i < size; i++) {
    const from = old + (i << 5);
    const key = load<u64>(from);
    if (key) memory.copy(place(key - 1), from, 32);
  }
}

/** The page's record, or 0 when it is not mapped. */
export function pageOf(address: u64): usize {
  const p = place(address >> 12);
  return load<u32>(p, P.PROTECTION) & PROT.MAPPED ? p : 0;
}

export function protectionOf(page: usize): u32 {
  return load<u32>(page, P.PROTECTION);
}

export function codeOf(page: usize): usize {
  return load<u32>(page, P.CODE);
}

export function setCode(page: usize, code: usize): void {
  store<u32>(page, code as u32, P.CODE);
}

/** gem5 executes an instruction that touches a page first twice: once to fault. `touched`: it has just happened. */
let repeatsFirstTouch: bool = false;
export let touched: bool = false;

export function setRepeatsFirstTouch(value: bool): void {
  repeatsFirstTouch = value;
}

export function clearTouched(): void {
  touched = false;
}

function takeFrame(): usize {
  if (freeFrame) {
    const f = freeFrame;
    freeFrame = load<u32>(f);
    memory.fill(f, 0, 4096);
    frames++;
    return f;
  }
  if (frames >= frameLimit) return 0;
  if (freshFrame == freshEnd) {
    freshFrame = (reserve(1 << 20) + 4095) & ~4095;
    freshEnd = freshFrame + (1 << 20) - 4096;
  }
  const f = freshFrame;
  freshFrame += 4096;
  frames++;
  return f;
}

/** Host address of a mapped page's frame; 0 when the memory limit is reached. */
export function frameOf(page: usize): usize {
  let f = load<u32>(page, P.FRAME) as usize;
  if (!f) {
    f = takeFrame();
    store<u32>(page, f as u32, P.FRAME);
  }
  return f;
}

/** Maps zeroed pages over [address, address + length), both multiples of a page. False when too many are mapped. */
export function map(address: u64, length: u64, protection: u32): bool {
  const count = length >> 12;
  if (count > (MAPPED_LIMIT as u64) || mappedPages + (count as u32) > MAPPED_LIMIT) return false;
  unmap(address, length);
  for (let n = address >> 12; n < (address >> 12) + count; n++) {
    if (pages * 2 > (1 as u32) << tableBits) growTable();
    const p = place(n);
    if (!load<u64>(p)) {
      store<u64>(p, n + 1);
      pages++;
    }
    store<u32>(p, protection | PROT.MAPPED, P.PROTECTION);
  }
  mappedPages += count as u32;
  return true;
}

function release(p: usize): void {
  if (!(load<u32>(p, P.PROTECTION) & PROT.MAPPED)) return;
  const f = load<u32>(p, P.FRAME) as usize;
  if (f) {
    store<u32>(f, freeFrame as u32);
    freeFrame = f;
    frames--;
  }
  store<u32>(p, 0, P.FRAME);
  store<u32>(p, 0, P.PROTECTION);
  mappedPages--;
}

@inline
function setProtection(p: usize, protection: u32): void {
  if (load<u32>(p, P.PROTECTION) & PROT.MAPPED) store<u32>(p, protection | PROT.MAPPED, P.PROTECTION);
}

export function unmap(address: u64, length: u64): void {
  changeRange(address >> 12, length >> 12, 0);
}

export function protect(address: u64, length: u64, protection: u32): void {
  changeRange(address >> 12, length >> 12, protection | PROT.MAPPED);
}

/** Protects `count` pages, or releases them (protection 0). A range larger than the table is walked by the table. */
function changeRange(first: u64, count: u64, protection: u32): void {
  if (count > (pages as u64)) {
    for (let i: usize = 0; i < (1 as usize) << tableBits; i++) {
      const p = table + (i << 5);
      const key = load<u64>(p);
      if (key && key - 1 - first < count) {
        if (protection) setProtection(p, protection);
        else release(p);
      }
    }
  } else {
    for (let n = first; n < first + count; n++) {
      if (protection) setProtection(place(n), protection);
      else release(place(n));
    }
  }
  flushSides();
}

/** Host address of one guest byte for the host's own copies (protection is not asked); 0 when not mapped or out of memory. */
export function hostAddress(address: u64): usize {
  const p = pageOf(address);
  if (!p) return 0;
  const f = frameOf(p);
  return f ? f + ((address & 4095) as usize) : 0;
}

export function fault(kind: u32, address: u64): void {
  faultKind = kind;
  faultAddress = address;
  unreachable(); // the host catches the trap and asks why; registers are in memory and lose nothing
}

/** Host address of a byte that may be accessed so; fills the look-aside entry. Traps on a fault. */
function resolve(address: u64, need: u32, kind: u32): usize {
  const p = pageOf(address);
  if (!p || !(load<u32>(p, P.PROTECTION) & need)) fault(kind, address);
  if (repeatsFirstTouch && !load<u32>(p, P.FRAME)) touched = true;
  const f = frameOf(p);
  if (!f) fault(FAULT.OUT_OF_MEMORY, address);
  const side = (need == PROT.WRITE ? writeSide : readSide) + ((((address >> 12) & (SLOTS - 1)) as usize) << 4);
  store<u64>(side, address & ~(PAGE - 1));
  store<u32>(side, (f as u32) - ((address & ~(PAGE - 1)) as u32), 8);
  return f + ((address & 4095) as usize);
}

/** Slow path of a load: the look-aside missed, or the access crosses a page. */
export function readSlow(address: u64, size: u32): usize {
  const within = (address & 4095) + size <= PAGE;
  const first = resolve(address, PROT.READ, FAULT.READ);
  if (within) return first;
  for (let i: u32 = 0; i < size; i++) store<u8>(bounce + i, load<u8>(resolve(address + i, PROT.READ, FAULT.READ)));
  return bounce;
}

/** Slow path of a store. */
export function writeSlow(address: u64, value: u64, size: u32): void {
  const first = resolve(address, PROT.WRITE, FAULT.WRITE);
  if ((address & 4095) + size <= PAGE) {
    writeValue(first, value, size);
    return;
  }
  // The other page is tried before the first byte is written: a fault leaves memory as it was.
  resolve(address + size - 1, PROT.WRITE, FAULT.WRITE);
  for (let i: u32 = 0; i < size; i++) {
    store<u8>(resolve(address + i, PROT.WRITE, FAULT.WRITE), value as u8);
    value >>= 8;
  }
}

@inline
function writeValue(at: usize, value: u64, size: u32): void {
  if (size == 8) store<u64>(at, value);
  else if (size == 4) store<u32>(at, value as u32);
  else if (size == 2) store<u16>(at, value as u16);
  else store<u8>(at, value as u8);
}

/** Host address of `size` readable bytes. */
@inline
export function readable(address: u64, size: u32): usize {
  const side = readSide + ((((address >> 12) & (SLOTS - 1)) as usize) << 4);
  if (load<u64>(side) == ((address + (size - 1)) & ~(PAGE - 1))) return (address as u32) + load<u32>(side, 8);
  return readSlow(address, size);
}

@inline
export function write<T>(address: u64, value: T): void {
  const side = writeSide + ((((address >> 12) & (SLOTS - 1)) as usize) << 4);
  if (load<u64>(side) == ((address + (sizeof<T>() - 1)) & ~(PAGE - 1))) store<T>((address as u32) + load<u32>(side, 8), value);
  else writeSlow(address, value as u64, sizeof<T>() as u32);
}

/** Two bytes of code; traps when they may not be executed. */
export function fetchHalf(address: u64): u32 {
  const p = pageOf(address);
  if (!p || !(load<u32>(p, P.PROTECTION) & PROT.EXECUTE)) fault(FAULT.EXECUTE, address);
  const f = frameOf(p);
  if (!f) fault(FAULT.OUT_OF_MEMORY, address);
  return load<u16>(f + ((address & 4095) as usize));
}

/** Clears what the last fault left. */
export function clearFault(): void {
  faultKind = FAULT.NONE;
}

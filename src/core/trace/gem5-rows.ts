import type { Tokens } from "./gem5-lines";
import type { StaticInstruction } from "./trace";

/**
 * Token numbers of a whole line. A store-queue line has two more (storeLat, sqOutLat) before OP, so everything
 * from there on is shifted by two.
 */
export const T = {
  FAULT: 0, SQ: 1, FETCH: 2, COMMIT: 4, DECODE: 5, DISPATCH: 7, ISSUE: 8,
  OP: 9, FLAGS: 10, HAS_ADDRESS: 23, ADDRESS: 24, SIZE: 25, PC: 36, TAKEN: 37, MISPREDICTED: 38, SOURCES: 48, REGISTERS: 50,
} as const;
export const SHORT = 9;
const FLAG_COUNT = 13;
const MOST_SOURCES = 8;
const MOST_DESTINATIONS = 6;

/** Tokens that precede OP beyond a whole line's: two in the store-queue file, and in Minor's store-conditionals and atomics. */
export function shiftOf(tokens: Tokens): 0 | 2 {
  if (tokens.value[T.SQ]! >= 0 && tokens.value[T.FAULT] === 0) return 2;
  // Minor's atomics have no number in the store queue.
  return fits(tokens, 0) || !fits(tokens, 2) ? 0 : 2;
}

const fits = ({ value, count }: Tokens, shift: number): boolean => count === T.REGISTERS + shift + 2 * (value[T.SOURCES + shift]! + value[T.SOURCES + 1 + shift]!);

/** Why a line is not a whole line, or undefined. Registers are checked by `StaticTable.find`. */
export function malformed({ value, count }: Tokens, shift: number): string | undefined {
  if (count < T.REGISTERS + shift) return `it has ${count} numbers, where a whole line has at least ${T.REGISTERS + shift}`;
  const sources = value[T.SOURCES + shift]!;
  const destinations = value[T.SOURCES + 1 + shift]!;
  const whole = T.REGISTERS + shift + 2 * (sources + destinations);
  if (sources < 0 || destinations < 0 || count !== whole) return `it has ${count} numbers, its ${sources} + ${destinations} registers make ${whole}`;
  for (let i = T.FLAGS + shift; i <= T.HAS_ADDRESS + shift; i++) {
    if (value[i] !== 0 && value[i] !== 1) return `number ${i + 1} is ${value[i]} and should be 0 or 1`;
  }
  const taken = value[T.TAKEN + shift]!;
  if (taken !== 0 && taken !== 1) return `the taken bit is ${taken}`;
  const fault = value[T.FAULT]!;
  if (fault !== 0 && fault !== 1) return `the fault bit is ${fault}`;
  const size = value[T.SIZE + shift]!;
  if (size < 0 || size > 255) return `${size} bytes are accessed`;
  const pc = value[T.PC + shift]!;
  if (pc < 0 || pc > Number.MAX_SAFE_INTEGER) return `pc ${pc} is beyond 2^53`;
}

/** Words of a static record. */
const R = { PC: 0, PC_HIGH: 1, OP: 2, FLAGS: 3, SIZE_MICRO: 4, COUNTS: 5, REGISTERS: 6 } as const;
const STRIDE = R.REGISTERS + MOST_SOURCES + MOST_DESTINATIONS;

/** Static micro-operations: a hash table over everything that tells two apart. `number`s count up from 0 in order of appearance. */
export interface StaticTable {
  /** The number of the micro-operation that a well-formed line executes, new or old; -1 when a register or op class is out of range. */
  find(tokens: Tokens, shift: number, micro: number): number;
  /** The length as learnt from the stream: 2, 4, or 0 while unknown. By number. */
  length: Uint8Array;
  /** What the sink calls it, -1 before it is defined. By number. */
  index: Int32Array;
  flagsOf(number: number): number;
  describe(number: number, length: number): StaticInstruction;
}

function longer<A extends Int32Array | Uint8Array>(old: A, fresh: A): A {
  fresh.set(old);
  return fresh;
}

export function createStaticTable(operations: Uint8Array): StaticTable {
  let capacity = 4096;
  let count = 0;
  let records = new Int32Array(STRIDE * capacity);
  let hashes = new Int32Array(capacity);
  let places = new Int32Array(2 * capacity).fill(-1);

  /** Writes the line's micro-operation as record `count`; returns its hash, or undefined. */
  function fill({ value }: Tokens, shift: number, micro: number): number | undefined {
    const at = STRIDE * count;
    const op = value[T.OP + shift]!;
    if (op < 0 || op >= operations.length) return undefined;
    let flags = 0;
    for (let i = 0; i < FLAG_COUNT; i++) flags |= value[T.FLAGS + shift + i]! << i;
    const pc = value[T.PC + shift]!;
    const sources = value[T.SOURCES + shift]!;
    const keptSources = Math.min(sources, MOST_SOURCES);
    const keptDestinations = Math.min(value[T.SOURCES + 1 + shift]!, MOST_DESTINATIONS);
    records[at + R.PC] = pc;
    records[at + R.PC_HIGH] = pc / 0x100000000;
    records[at + R.OP] = op;
    records[at + R.FLAGS] = flags;
    records[at + R.SIZE_MICRO] = (value[T.SIZE + shift]! << 8) | micro;
    records[at + R.COUNTS] = (keptSources << 8) | keptDestinations;
    let hash = Math.imul(records[at]!, 0x9e3779b1) ^ records[at + R.PC_HIGH]!;
    hash = Math.imul(hash ^ (op << 16) ^ flags, 0x85ebca6b) ^ (hash >>> 15);
    hash = Math.imul(hash ^ records[at + R.SIZE_MICRO]! ^ (records[at + R.COUNTS]! << 16), 0xc2b2ae35);
    for (let i = 0; i < keptSources + keptDestinations; i++) {
      const token = T.REGISTERS + shift + 2 * (i < keptSources ? i : sources + i - keptSources);
      const class_ = value[token]!;
      const register = value[token + 1]!;
      if (class_ < -1 || class_ > 127 || register < 0 || register > 0xffff) return undefined;
      const packed = (class_ << 16) | register;
      records[at + R.REGISTERS + i] = packed;
      hash = Math.imul(hash ^ packed, 0x9e3779b1) ^ (hash >>> 16);
    }
    return hash ^ (hash >>> 13);
  }

  function grow(table: StaticTable): void {
    capacity *= 2;
    records = longer(records, new Int32Array(STRIDE * capacity));
    hashes = longer(hashes, new Int32Array(capacity));
    table.length = longer(table.length, new Uint8Array(capacity));
    table.index = longer(table.index, new Int32Array(capacity).fill(-1));
    places = new Int32Array(2 * capacity).fill(-1);
    for (let n = 0; n < count; n++) {
      let place = hashes[n]! & (2 * capacity - 1);
      while (places[place]! >= 0) place = (place + 1) & (2 * capacity - 1);
      places[place] = n;
    }
  }

  function same(a: number, b: number): boolean {
    for (let i = 0; i < R.REGISTERS; i++) if (records[a + i] !== records[b + i]) return false;
    const counts = records[a + R.COUNTS]!;
    const end = R.REGISTERS + (counts >> 8) + (counts & 0xff);
    for (let i: number = R.REGISTERS; i < end; i++) if (records[a + i] !== records[b + i]) return false;
    return true;
  }

  return {
    length: new Uint8Array(capacity),
    index: new Int32Array(capacity).fill(-1),
    find(tokens, shift, micro) {
      const hash = fill(tokens, shift, micro);
      if (hash === undefined) return -1;
      const mask = 2 * capacity - 1;
      let place = hash & mask;
      for (let n = places[place]!; n >= 0; n = places[place]!) {
        if (hashes[n] === hash && same(STRIDE * n, STRIDE * count)) return n;
        place = (place + 1) & mask;
      }
      places[place] = count;
      hashes[count] = hash;
      const found = count++;
      if (count === capacity) grow(this);
      return found;
    },
    flagsOf: (number) => records[STRIDE * number + R.FLAGS]!,
    describe(number, length) {
      const record = records.subarray(STRIDE * number, STRIDE * (number + 1));
      const counts = record[R.COUNTS]!;
      const registers = Array.from(record.subarray(R.REGISTERS), (r) => [r >> 16, r & 0xffff] as const);
      const sources = counts >> 8;
      return {
        pc: (record[R.PC]! >>> 0) + record[R.PC_HIGH]! * 0x100000000,
        micro: record[R.SIZE_MICRO]! & 0xff,
        op: operations[record[R.OP]!]!,
        opNumber: record[R.OP]!,
        size: record[R.SIZE_MICRO]! >> 8,
        length,
        flags: record[R.FLAGS]!,
        sources: registers.slice(0, sources),
        destinations: registers.slice(sources, sources + (counts & 0xff)),
      };
    },
  };
}

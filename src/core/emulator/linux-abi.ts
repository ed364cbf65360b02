import { UserError } from "../errors";
import type { Guest } from "./guest";

/** Error numbers of Linux (asm-generic/errno.h). */
export const E = {
  PERM: 1, NOENT: 2, SRCH: 3, INTR: 4, NXIO: 6, BADF: 9, CHILD: 10, AGAIN: 11, NOMEM: 12, ACCES: 13, FAULT: 14, BUSY: 16, EXIST: 17, NODEV: 19,
  NOTDIR: 20, ISDIR: 21, INVAL: 22, MFILE: 24, NOTTY: 25, FBIG: 27, NOSPC: 28, SPIPE: 29, ROFS: 30, RANGE: 34, NAMETOOLONG: 36,
  NOSYS: 38, NOTEMPTY: 39, LOOP: 40, NODATA: 61, OPNOTSUPP: 95, TIMEDOUT: 110,
} as const;

/** A system call that fails; the program sees -errno. */
export class LinuxError extends Error {
  override name = "LinuxError";
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}

export function fail(errno: number): never {
  throw new LinuxError(errno);
}

/** The program asked for something that is not emulated and that it could not go on without. */
export class GuestRefusal extends UserError {
  override name = "GuestRefusal";
}

export type Personality = "linux" | "gem5";

/** The end of the program: its status as a shell sees it, and the signal that ended it, if one did (status 128 + signal). */
export interface End {
  exit: number;
  signal?: number;
}

/** A call's answer when it has set every register itself. */
export const RESUMED = "resumed";

/** One system call; arguments are the registers a0 … a5, unsigned. */
export type Call = (...args: bigint[]) => number | bigint | End | typeof RESUMED;
export type Calls = Record<string, Call>;

export const int32 = (value: bigint): number => Number(BigInt.asIntN(32, value));
export const int64 = (value: bigint): number => Number(BigInt.asIntN(64, value));
/** A size_t as a number; beyond 2^53 it is inexact, and far beyond every limit. */
export const size = (value: bigint): number => Number(BigInt.asUintN(64, value));

export const PATH_MAX = 4096;
const utf8 = new TextDecoder();

/** The path at `address`. */
export function readPath(guest: Guest, address: bigint): string {
  let text = new Uint8Array(0);
  while (text.length < PATH_MAX) {
    const at = address + BigInt(text.length);
    // Up to the end of the page and no further: the next page need not exist.
    const piece = guest.read(at, 4096 - Number(at & 4095n));
    const end = piece.indexOf(0);
    const joined = new Uint8Array(text.length + (end < 0 ? piece.length : end));
    joined.set(text);
    joined.set(end < 0 ? piece : piece.subarray(0, end), text.length);
    if (end >= 0 && joined.length < PATH_MAX) return utf8.decode(joined);
    text = joined;
  }
  return fail(E.NAMETOOLONG);
}

export function readU64(guest: Guest, address: bigint): bigint {
  return new DataView(guest.read(address, 8).buffer).getBigUint64(0, true);
}

/** 64-bit little-endian words, as most kernel structures are. */
export function words(...values: (bigint | number)[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigUint64(8 * i, BigInt.asUintN(64, BigInt(value)), true));
  return new Uint8Array(view.buffer);
}

import { UserError } from "../errors";

const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const RETURN = 13;
const LONGEST_LINE = 1 << 16;
const MOST_TOKENS = 256;
/** Doubles are exact up to 2^53: 15 digits always. */
const EXACT_DIGITS = 15;
const MOST_DIGITS = 20;
/** So many digits behind the first fit 31 bits. */
const SMALL_DIGITS = 8;
const BILLION = 1e9;
const TWO32 = 0x100000000;

/** Complete lines of a byte stream, a block at a time. */
export interface Lines {
  readonly name: string;
  /** The block: lines from `at` to `end`, each ended by a newline. */
  bytes: Uint8Array;
  at: number;
  end: number;
  /** number of the line at `at`, from 1 */
  line: number;
  /** The stream is exhausted: no block follows this one. */
  ended: boolean;
  /** The last line had no newline: it may be cut off. */
  cut: boolean;
  /** Fetches a block, once all lines of the last one are taken, of `atLeast` bytes if there are so many. */
  next(atLeast?: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws UserError (from `next`) when a line exceeds 64 KiB */
export function readLines(name: string, source: AsyncIterable<Uint8Array>): Lines {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    name,
    bytes: rest,
    at: 0,
    end: 0,
    line: 1,
    ended: false,
    cut: false,
    async next(atLeast = 1) {
      const parts = [rest];
      let total = rest.length;
      let lineEnd = 0; // past the last newline, from the start of parts
      while (!this.ended && lineEnd < atLeast) {
        const { value: chunk, done } = await iterator.next();
        if (done) {
          this.ended = true;
          this.cut = total > lineEnd;
          if (this.cut) {
            parts.push(Uint8Array.of(NEWLINE));
            lineEnd = ++total;
          }
          break;
        }
        const last = chunk.lastIndexOf(NEWLINE);
        if (last >= 0) lineEnd = total + last + 1;
        parts.push(chunk);
        total += chunk.length;
        if (total - lineEnd > LONGEST_LINE) throw new UserError("trace", `${name} is not a gem5 trace: it has a line of more than 64 KiB`);
      }
      const bytes = new Uint8Array(total);
      let at = 0;
      for (const part of parts) {
        bytes.set(part, at);
        at += part.length;
      }
      rest = bytes.subarray(lineEnd);
      this.bytes = bytes;
      this.at = 0;
      this.end = lineEnd;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

/** The integers of one line. */
export interface Tokens {
  /** exact up to 15 digits, see `address` */
  value: Float64Array;
  /** where each begins in the block */
  start: Int32Array;
  count: number;
  /** past the line's newline */
  next: number;
  /** why the line is bad, when `count` is -1 */
  reason: string;
}

export function createTokens(): Tokens {
  return { value: new Float64Array(MOST_TOKENS), start: new Int32Array(MOST_TOKENS), count: 0, next: 0, reason: "" };
}

function bad(tokens: Tokens, bytes: Uint8Array, at: number, first: number): number {
  tokens.next = bytes.indexOf(NEWLINE, at) + 1;
  let text = "";
  for (let i = first; i < tokens.next - 1 && text.length < 20 && bytes[i]! > SPACE; i++) text += String.fromCharCode(bytes[i]!);
  tokens.reason = `${JSON.stringify(text)} is not an integer`;
  return (tokens.count = -1);
}

/** Parses the line at `at`, which must end in a newline; returns the number of its integers, or -1 and sets `reason`. */
export function parseLine(tokens: Tokens, bytes: Uint8Array, at: number): number {
  const { value, start } = tokens;
  let n = 0;
  let i = at;
  for (;;) {
    let c = bytes[i]!;
    while (c === SPACE || c === TAB || c === RETURN) c = bytes[++i]!;
    if (c === NEWLINE) break;
    const first = i;
    const negative = c === 45;
    if (negative) c = bytes[++i]!;
    let v = c - 48;
    if (v < 0 || v > 9) return bad(tokens, bytes, i, first);
    c = bytes[++i]!;
    if (c !== SPACE) {
      // Most are small: integers are faster than doubles as long as they last.
      const small = i + SMALL_DIGITS;
      for (; c >= 48 && c <= 57 && i < small; c = bytes[++i]!) v = (v * 10 + c - 48) | 0;
      for (; c >= 48 && c <= 57; c = bytes[++i]!) v = v * 10 + c - 48;
      if ((c !== SPACE && c !== NEWLINE && c !== RETURN && c !== TAB) || i - first > MOST_DIGITS) return bad(tokens, bytes, i, first);
    }
    if (n === MOST_TOKENS) {
      tokens.next = bytes.indexOf(NEWLINE, i) + 1;
      tokens.reason = `it has more than ${MOST_TOKENS} numbers`;
      return (tokens.count = -1);
    }
    start[n] = first;
    value[n++] = negative ? -v : v;
  }
  tokens.next = i + 1;
  return (tokens.count = n);
}

/** The 64-bit unsigned token `n` into two 32-bit halves; false when it is negative or exceeds 64 bits. */
export function readAddress(tokens: Tokens, bytes: Uint8Array, n: number, halves: Uint32Array): boolean {
  const v = tokens.value[n]!;
  if (v < 10 ** EXACT_DIGITS) {
    const high = Math.floor(v / TWO32);
    halves[0] = v;
    halves[1] = high;
    return high >= 0;
  }
  // v = billions · 10^9 + rest, in steps that doubles hold exactly: billions has at most 11 digits.
  const first = tokens.start[n]!;
  let end = first;
  while (bytes[end]! >= 48) end++;
  let billions = 0;
  for (let i = first; i < end - 9; i++) billions = billions * 10 + bytes[i]! - 48;
  let rest = 0;
  for (let i = end - 9; i < end; i++) rest = rest * 10 + bytes[i]! - 48;
  const upper = Math.floor(billions / 65536) * BILLION; // · 2^16
  const lower = (billions % 65536) * BILLION + rest;
  const low = (upper % 65536) * 65536 + (lower % TWO32);
  const high = Math.floor(upper / 65536) + Math.floor(lower / TWO32) + (low >= TWO32 ? 1 : 0);
  halves[0] = low % TWO32;
  halves[1] = high;
  return high < TWO32;
}

/** Debug or attribute data that contradicts itself; callers turn it into a warning or a UserError. */
export class Malformed extends Error {
  override name = "Malformed";
}

const utf8 = new TextDecoder();

/** A little-endian cursor over bytes that never reads past `end`: it throws Malformed instead. */
export class Reader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public pos = 0,
    public end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!(pos >= 0 && pos <= end && end <= bytes.length)) throw new Malformed("an offset points outside the section");
  }

  /** Moves past `count` bytes and returns where they start. */
  skip(count: number): number {
    const at = this.pos;
    if (!(count >= 0 && at + count <= this.end)) throw new Malformed("the data ends early");
    this.pos = at + count;
    return at;
  }

  u8(): number {
    if (this.pos >= this.end) throw new Malformed("the data ends early");
    return this.bytes[this.pos++]!;
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u24(): number {
    return this.u16() + this.u8() * 0x10000;
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** As a JS number: exact below 2^53, rounded above (2^64 - 1 reads as 2^64). */
  u64(): number {
    const at = this.skip(8);
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 0x1_0000_0000;
  }

  /** An offset or length in the DWARF format of the unit: 4 or 8 bytes. */
  offset(size: number): number {
    return size === 8 ? this.u64() : this.u32();
  }

  uleb(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      // Linker relaxation leaves padded numbers, but never longer ones than 64 bits need.
      if (scale > 2 ** 70) throw new Malformed("a LEB128 number is too long");
      byte = this.u8();
      value += (byte & 0x7f) * scale;
    }
    return value;
  }

  sleb(): number {
    const start = this.pos;
    const value = this.uleb();
    const negative = (this.bytes[this.pos - 1]! & 0x40) !== 0;
    return negative ? value - 2 ** (7 * (this.pos - start)) : value;
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  /** A zero-terminated UTF-8 string. */
  string(): string {
    const start = this.pos;
    this.skipString();
    return utf8.decode(this.bytes.subarray(start, this.pos - 1));
  }

  skipString(): void {
    const { bytes, end } = this;
    let at = this.pos;
    while (at < end && bytes[at] !== 0) at++;
    if (at >= end) throw new Malformed("the data ends early");
    this.pos = at + 1;
  }
}

/** Number of leading elements of a sorted array that are <= value. */
export function countUpTo(sorted: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

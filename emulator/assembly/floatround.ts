/**
 * Bit-level ground of the floating point: accrued flags, classification of patterns, and the one rounding step.
 * Soft arithmetic works on double patterns for both formats (a single widens exactly); `single` says how the
 * result is rounded. Patterns are integers because NaN payloads do not survive an f64.
 */

export const RNE: u32 = 0;
export const RTZ: u32 = 1;
export const RDN: u32 = 2;
export const RUP: u32 = 3;
export const RMM: u32 = 4;

export const NX: u32 = 1;
export const UF: u32 = 2;
export const OF: u32 = 4;
export const DZ: u32 = 8;
export const NV: u32 = 16;

/** The accrued exceptions of fcsr, bits as in the ISA manual (F, "Floating-Point Control and Status Register"). */
export let fflags: u32 = 0;

export function setFflags(v: u32): void {
  fflags = v & 31;
}

// @ts-ignore: decorator
@inline
export function raise(flags: u32): void {
  fflags |= flags;
}

export const SIGN64: u64 = 0x8000000000000000;
export const INF64: u64 = 0x7ff0000000000000;
export const NAN64: u64 = 0x7ff8000000000000;
export const QUIET64: u64 = 0x0008000000000000;
export const FRACTION64: u64 = 0x000fffffffffffff;
export const SIGN32: u32 = 0x80000000;
export const INF32: u32 = 0x7f800000;
export const NAN32: u32 = 0x7fc00000;
export const QUIET32: u32 = 0x00400000;
export const FRACTION32: u32 = 0x007fffff;

// @ts-ignore: decorator
@inline
export function isNan(a: u64): bool {
  return (a & ~SIGN64) > INF64;
}

// @ts-ignore: decorator
@inline
export function isInf(a: u64): bool {
  return (a & ~SIGN64) == INF64;
}

// @ts-ignore: decorator
@inline
export function isZero(a: u64): bool {
  return (a & ~SIGN64) == 0;
}

// @ts-ignore: decorator
@inline
export function isSignalling(a: u64): bool {
  return isNan(a) && (a & QUIET64) == 0;
}

/** The same number, or NaN of the same kind, as a double pattern. */
export function widen(a: u32): u64 {
  if ((a & INF32) == INF32) return ((a & SIGN32) as u64) << 32 | INF64 | ((a & FRACTION32) as u64) << 29;
  return reinterpret<u64>(reinterpret<f32>(a) as f64);
}

// @ts-ignore: decorator
@inline
export function nan(single: bool): u64 {
  return single ? (NAN32 as u64) : NAN64;
}

// @ts-ignore: decorator
@inline
export function infinity(sign: u64, single: bool): u64 {
  return single ? sign << 31 | (INF32 as u64) : sign << 63 | INF64;
}

// @ts-ignore: decorator
@inline
export function zero(sign: u64, single: bool): u64 {
  return sign << (single ? 31 : 63);
}

export function invalid(single: bool): u64 {
  raise(NV);
  return nan(single);
}

/** Unbiased exponent of the leading one of a finite, non-zero double. */
export function exponentOf(a: u64): i32 {
  const field = ((a >> 52) as i32) & 0x7ff;
  return field ? field - 1023 : -1011 - (clz(a & FRACTION64) as i32);
}

/** Significand of a finite, non-zero double, its leading one at bit 63. */
export function significandOf(a: u64): u64 {
  const fraction = a & FRACTION64;
  return a & INF64 ? SIGN64 | fraction << 11 : fraction << clz(fraction);
}

/** Shifts right; what falls out stays as a sticky lowest bit. */
export function shiftSticky(a: u64, by: i32): u64 {
  if (by == 0) return a;
  if (by > 63) return (a != 0) as u64;
  return a >> by | ((a << (64 - by)) != 0) as u64;
}

/**
 * Rounds ±significand · 2^(exponent-63), leading one at bit 63 and lowest bit sticky, and raises NX, UF and OF.
 * Tininess is detected after rounding (ISA manual, F, "Subnormal Arithmetic").
 */
export function roundPack(sign: u64, exponent: i32, significand: u64, rm: u32, single: bool): u64 {
  const drop: u64 = single ? 40 : 11;
  const width: u64 = single ? 23 : 52;
  const top: i32 = single ? 255 : 2047;
  const mask = ((1 as u64) << drop) - 1;
  const half = (1 as u64) << (drop - 1);
  const away = rm == (sign ? RDN : RUP);
  const increment: u64 = rm == RNE || rm == RMM ? half : away ? mask : 0;
  let field = exponent + (top >> 1);
  let tiny = false;
  if (field <= 0) {
    tiny = field < 0 || significand + increment >= significand;
    significand = shiftSticky(significand, 1 - field);
    field = 1;
  }
  const rest = significand & mask;
  const sum = significand + increment;
  let rounded = sum < significand ? SIGN64 >> (drop - 1) : sum >> drop;
  if (rm == RNE && rest == half) rounded &= ~(1 as u64);
  // The leading one, or the carry of the rounding, counts the exponent field up.
  const packed = (((field - 1) as u64) << width) + rounded;
  if (packed >= (top as u64) << width) {
    raise(OF | NX);
    return infinity(sign, single) - (increment == 0 ? 1 : 0);
  }
  if (rest) raise(tiny ? UF | NX : NX);
  return zero(sign, single) | packed;
}

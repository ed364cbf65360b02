/**
 * Arithmetic for every rounding mode and flag. Operands are double patterns; with `single` they are widened singles
 * and the result is a single pattern. softfloat.ts keeps ordinary cases away from here.
 */
import {
  DZ, INF64, NV, RDN, SIGN64, exponentOf, infinity, invalid, isInf, isNan, isSignalling, isZero, nan, raise, roundPack,
  shiftSticky, significandOf, zero,
} from "./floatround";

function propagate(a: u64, b: u64, single: bool): u64 {
  if (isSignalling(a) || isSignalling(b)) raise(NV);
  return nan(single);
}

function exact(a: u64, rm: u32, single: bool): u64 {
  return roundPack(a >> 63, exponentOf(a), significandOf(a), rm, single);
}

// @ts-ignore: decorator
@inline
function cancelled(rm: u32, single: bool): u64 {
  return zero((rm == RDN) as u64, single);
}

export function softAdd(a: u64, b: u64, rm: u32, single: bool): u64 {
  if (isNan(a) || isNan(b)) return propagate(a, b, single);
  if (a << 1 < b << 1) {
    const t = a;
    a = b;
    b = t;
  }
  const sign = a >> 63;
  const differ = sign != b >> 63;
  if (isInf(a)) return isInf(b) && differ ? invalid(single) : infinity(sign, single);
  if (isZero(b)) {
    if (isZero(a)) return differ ? cancelled(rm, single) : zero(sign, single);
    return exact(a, rm, single);
  }
  const exponent = exponentOf(a);
  const large = significandOf(a) >> 1;
  const small = shiftSticky(significandOf(b) >> 1, exponent - exponentOf(b));
  const sum = differ ? large - small : large + small;
  if (sum == 0) return cancelled(rm, single);
  const shift = clz(sum);
  return roundPack(sign, exponent + 1 - (shift as i32), sum << shift, rm, single);
}

function multiplyHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const middle = ah * bl + (al * bl >> 32);
  return ah * bh + (middle >> 32) + (al * bh + (middle & 0xffffffff) >> 32);
}

export function softMul(a: u64, b: u64, rm: u32, single: bool): u64 {
  if (isNan(a) || isNan(b)) return propagate(a, b, single);
  const sign = (a ^ b) >> 63;
  if (isInf(a) || isInf(b)) return isZero(a) || isZero(b) ? invalid(single) : infinity(sign, single);
  if (isZero(a) || isZero(b)) return zero(sign, single);
  const sa = significandOf(a);
  const sb = significandOf(b);
  const high = multiplyHigh(sa, sb);
  const shift = clz(high);
  const product = high << shift | (sa * sb != 0) as u64;
  return roundPack(sign, exponentOf(a) + exponentOf(b) + 1 - (shift as i32), product, rm, single);
}

/**
 * The nearest quotient comes from the hardware; the residual, small enough to be had modulo 2^64, says on which side
 * of it the exact one lies. No quotient of two doubles is halfway between two 53-bit numbers.
 */
export function softDiv(a: u64, b: u64, rm: u32, single: bool): u64 {
  if (isNan(a) || isNan(b)) return propagate(a, b, single);
  const sign = (a ^ b) >> 63;
  if (isInf(a)) return isInf(b) ? invalid(single) : infinity(sign, single);
  if (isInf(b)) return zero(sign, single);
  if (isZero(b)) {
    if (isZero(a)) return invalid(single);
    raise(DZ);
    return infinity(sign, single);
  }
  if (isZero(a)) return zero(sign, single);
  const sa = significandOf(a) >> 11;
  const sb = significandOf(b) >> 11;
  const below = sa < sb;
  const q = significandOf(reinterpret<u64>((sa as f64) / (sb as f64)));
  const residual = ((sa << (below ? 53 : 52)) - (q >> 11) * sb) as i64;
  const side = ((residual > 0) as u64) - ((residual < 0) as u64);
  return roundPack(sign, exponentOf(a) - exponentOf(b) - (below as i32), q + side, rm, single);
}

/** As softDiv: the nearest root, and the side on which the exact one lies. */
export function softSqrt(a: u64, rm: u32, single: bool): u64 {
  if (isNan(a)) return propagate(a, a, single);
  if (isZero(a)) return zero(a >> 63, single);
  if (a & SIGN64) return invalid(single);
  if (isInf(a)) return infinity(0, single);
  const exponent = exponentOf(a);
  const radicand = significandOf(a) >> (exponent & 1 ? 10 : 11);
  const root = sqrt<f64>((radicand as f64) * 4503599627370496.0) as u64;
  const residual = ((radicand << 52) - root * root) as i64;
  const side = ((residual > 0) as u64) - ((residual < 0) as u64);
  return roundPack(0, exponent >> 1, (root << 11) + side, rm, single);
}

export function softFma(a: u64, b: u64, c: u64, rm: u32, single: bool): u64 {
  const zeroTimesInf = (isZero(a) && isInf(b)) || (isInf(a) && isZero(b));
  if (isNan(a) || isNan(b) || isNan(c)) {
    // NV is raised even when the addend is a quiet NaN (ISA manual, F, fused multiply-add).
    if (zeroTimesInf || isSignalling(a) || isSignalling(b) || isSignalling(c)) raise(NV);
    return nan(single);
  }
  if (zeroTimesInf) return invalid(single);
  let sign = (a ^ b) >> 63;
  const differ = sign != c >> 63;
  if (isInf(a) || isInf(b)) return isInf(c) && differ ? invalid(single) : infinity(sign, single);
  if (isInf(c)) return infinity(c >> 63, single);
  if (isZero(a) || isZero(b)) {
    if (isZero(c)) return differ ? cancelled(rm, single) : zero(sign, single);
    return exact(c, rm, single);
  }
  if (isZero(c)) return softMul(a, b, rm, single);

  // 128-bit significands (high, low), leading one at bit 126.
  const sa = significandOf(a);
  const sb = significandOf(b);
  let exponent = exponentOf(a) + exponentOf(b);
  let high = multiplyHigh(sa, sb);
  let low = sa * sb;
  if (high & SIGN64) {
    low = low >> 1 | high << 63;
    high >>= 1;
    ++exponent;
  }
  let otherExponent = exponentOf(c);
  let otherHigh = significandOf(c) >> 1;
  let otherLow: u64 = 0;
  if (exponent < otherExponent || (exponent == otherExponent && high < otherHigh)) {
    const e = exponent;
    exponent = otherExponent;
    otherExponent = e;
    const h = high;
    high = otherHigh;
    otherHigh = h;
    otherLow = low;
    low = 0;
    sign = c >> 63;
  }
  const by = exponent - otherExponent;
  if (by > 63) {
    otherLow = shiftSticky(otherHigh | (otherLow != 0) as u64, by - 64);
    otherHigh = 0;
  } else if (by) {
    otherLow = shiftSticky(otherLow, by) | otherHigh << (64 - by);
    otherHigh >>= by;
  }
  if (differ) {
    high -= otherHigh + (low < otherLow) as u64;
    low -= otherLow;
  } else {
    low += otherLow;
    high += otherHigh + (low < otherLow) as u64;
  }
  if (high == 0) {
    if (low == 0) return cancelled(rm, single);
    high = low;
    low = 0;
    exponent -= 64;
  }
  const shift = clz(high);
  if (shift) {
    high = high << shift | low >> (64 - shift);
    low <<= shift;
  }
  return roundPack(sign, exponent + 1 - (shift as i32), high | (low != 0) as u64, rm, single);
}

/**
 * The F and D extensions, on bit patterns. In round-to-nearest, and while operands and result are ordinary numbers,
 * WebAssembly's own arithmetic gives the result and an error-free transformation tells whether it is inexact; every
 * other case is computed bit by bit (floatsoft.ts). Rounding modes arrive resolved, 0 to 4.
 */
import {
  FRACTION32, FRACTION64, NAN32, NAN64, NV, NX, QUIET32, QUIET64, RDN, RMM, RNE, RTZ, RUP, SIGN32, SIGN64,
  exponentOf, fflags, infinity, isInf, isNan, isSignalling, isZero, raise, roundPack, setFflags, shiftSticky, significandOf, widen, zero,
} from "./floatround";
import { softAdd, softDiv, softFma, softMul, softSqrt } from "./floatsoft";

export { fflags } from "./floatround";

export function setFlags(v: u32): void {
  setFflags(v);
}

@inline
function d(a: u64): f64 {
  return reinterpret<f64>(a);
}

@inline
function s(a: u32): f32 {
  return reinterpret<f32>(a);
}

/** A finite result away from where underflow or overflow could be raised. */
@inline
function ordinary64(bits: u64): bool {
  return ((bits >> 52) & 0x7ff) - 2 < 0x7fc;
}

@inline
function ordinary32(bits: u32): bool {
  return ((bits >> 23) & 0xff) - 2 < 0xfc;
}

@inline
function mark(inexact: bool): void {
  if (inexact) raise(NX);
}

/** What x + y = sum leaves out, exactly (Knuth's TwoSum). */
@inline
function sumError(x: f64, y: f64, sum: f64): f64 {
  const t = sum - x;
  return x - (sum - t) + (y - t);
}

@inline
function sumError32(x: f32, y: f32, sum: f32): f32 {
  const t = sum - x;
  return x - (sum - t) + (y - t);
}

export function f64Add(a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const sum = d(a) + d(b);
    const bits = reinterpret<u64>(sum);
    if (ordinary64(bits)) {
      if (!(fflags & NX)) mark(sumError(d(a), d(b), sum) != 0);
      return bits;
    }
  }
  return softAdd(a, b, rm, false);
}

export function f64Sub(a: u64, b: u64, rm: u32): u64 {
  // A NaN keeps its kind whatever its sign.
  return f64Add(a, b ^ SIGN64, rm);
}

/** Bits of an ordinary number's significand between its first and last one. */
@inline
function significantBits(a: u64): u32 {
  return 53 - (ctz(a | ((1 as u64) << 52)) as u32);
}

export function f64Mul(a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const bits = reinterpret<u64>(d(a) * d(b));
    if (ordinary64(bits)) {
      if (fflags & NX) return bits;
      // The product of odd significands of m and n bits is odd and has m + n - 1 or m + n bits.
      const n = significantBits(a) + significantBits(b);
      if (ordinary64(a) && ordinary64(b) && n != 54) {
        mark(n > 54);
        return bits;
      }
    }
  }
  return softMul(a, b, rm, false);
}

export function f64Div(a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE && fflags & NX) {
    const bits = reinterpret<u64>(d(a) / d(b));
    if (ordinary64(bits)) return bits;
  }
  return softDiv(a, b, rm, false);
}

export function f64Sqrt(a: u64, rm: u32): u64 {
  if (rm == RNE && fflags & NX && ordinary64(a) && !(a & SIGN64)) return reinterpret<u64>(sqrt<f64>(d(a)));
  return softSqrt(a, rm, false);
}

/** An exponent far enough from both ends for the error-free transformations of a fused multiply-add. */
@inline
function moderate(a: u64): bool {
  return ((a >> 52) & 0x7ff) - 543 < 960;
}

@inline
function highHalf(x: f64): f64 {
  const t = x * 134217729.0; // Veltkamp's splitting, 2^27 + 1
  return t - (t - x);
}

/** x + y rounded to odd: the last bit is set when it is inexact, so that a second rounding is not fooled. */
@inline
function oddSum(x: f64, y: f64): f64 {
  const sum = x + y;
  const error = sumError(x, y, sum);
  if (error == 0) return sum;
  const bits = reinterpret<u64>(sum);
  if (bits & 1) return sum;
  return reinterpret<f64>(error > 0 == sum > 0 ? bits + 1 : bits - 1);
}

export function f64Fma(a: u64, b: u64, c: u64, rm: u32): u64 {
  if (rm == RNE && moderate(a) && moderate(b) && (moderate(c) || isZero(c))) {
    // Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008.
    const x = d(a);
    const y = d(b);
    const z = d(c);
    const product = x * y;
    const xh = highHalf(x);
    const xl = x - xh;
    const yh = highHalf(y);
    const yl = y - yh;
    const productError = xl * yl - (product - xh * yh - xl * yh - xh * yl);
    const t = z + productError;
    const tl = sumError(z, productError, t);
    const v = product + t;
    const vl = sumError(product, t, v);
    const tail = oddSum(tl, vl);
    const result = v + tail;
    const bits = reinterpret<u64>(result);
    if (ordinary64(bits)) {
      if (!(fflags & NX)) mark(sumError(tl, vl, tl + vl) != 0 || sumError(v, tail, result) != 0);
      return bits;
    }
  }
  return softFma(a, b, c, rm, false);
}

export function f32Add(a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const sum = s(a) + s(b);
    const bits = reinterpret<u32>(sum);
    if (ordinary32(bits)) {
      if (!(fflags & NX)) mark(sumError32(s(a), s(b), sum) != 0);
      return bits;
    }
  }
  return softAdd(widen(a), widen(b), rm, true) as u32;
}

export function f32Sub(a: u32, b: u32, rm: u32): u32 {
  return f32Add(a, b ^ SIGN32, rm);
}

export function f32Mul(a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const product = s(a) * s(b);
    const bits = reinterpret<u32>(product);
    if (ordinary32(bits)) {
      mark((product as f64) != (s(a) as f64) * (s(b) as f64));
      return bits;
    }
  }
  return softMul(widen(a), widen(b), rm, true) as u32;
}

export function f32Div(a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE && fflags & NX) {
    const bits = reinterpret<u32>(s(a) / s(b));
    if (ordinary32(bits)) return bits;
  }
  return softDiv(widen(a), widen(b), rm, true) as u32;
}

export function f32Sqrt(a: u32, rm: u32): u32 {
  if (rm == RNE && fflags & NX && ordinary32(a) && !(a & SIGN32)) return reinterpret<u32>(sqrt<f32>(s(a)));
  return softSqrt(widen(a), rm, true) as u32;
}

export function f32Fma(a: u32, b: u32, c: u32, rm: u32): u32 {
  if (rm == RNE) {
    // The product is exact in double, and a sum rounded to odd in 53 bits rounds right to 24.
    const product = (s(a) as f64) * (s(b) as f64);
    const sum = oddSum(product, s(c) as f64);
    const result = sum as f32;
    const bits = reinterpret<u32>(result);
    if (ordinary32(bits)) {
      mark((result as f64) != sum || sumError(product, s(c) as f64, product + (s(c) as f64)) != 0);
      return bits;
    }
  }
  return softFma(widen(a), widen(b), widen(c), rm, true) as u32;
}

// ---- conversions between formats

export function f64ToF32(a: u64, rm: u32): u32 {
  if (isNan(a)) {
    if (isSignalling(a)) raise(NV);
    return NAN32;
  }
  if (isInf(a)) return infinity(a >> 63, true) as u32;
  if (isZero(a)) return zero(a >> 63, true) as u32;
  return roundPack(a >> 63, exponentOf(a), significandOf(a), rm, true) as u32;
}

export function f32ToF64(a: u32): u64 {
  const wide = widen(a);
  if (!isNan(wide)) return wide;
  if (isSignalling(wide)) raise(NV);
  return NAN64;
}

/** Rounds to an integer of `bits` bits, with RISC-V's saturation (ISA manual, F, table of fcvt). */
function toInteger(a: u64, rm: u32, bits: u32, signed: bool): i64 {
  const negative = a >> 63 != 0 && !isNan(a);
  const most: u64 = signed ? ((1 as u64) << (bits - 1)) - 1 : bits == 64 ? ~0 : 0xffffffff;
  const least: u64 = signed ? most + 1 : 0; // magnitude of the least value
  let magnitude: u64 = 0;
  let inexact = false;
  let over = isNan(a) || isInf(a);
  if (!over && !isZero(a)) {
    const exponent = exponentOf(a);
    if (exponent > 63) over = true;
    else {
      const significand = significandOf(a);
      // `rest` holds what lies below the point, left-aligned, its lowest bit sticky.
      let rest: u64;
      if (exponent >= 0) {
        magnitude = significand >> (63 - exponent);
        rest = exponent == 63 ? 0 : significand << (exponent + 1);
      } else {
        rest = shiftSticky(significand, -1 - exponent);
      }
      inexact = rest != 0;
      const half = SIGN64;
      let up = false;
      if (rm == RNE) up = rest > half || (rest == half && (magnitude & 1) != 0);
      else if (rm == RMM) up = rest >= half;
      else if (rm == RDN) up = negative && inexact;
      else if (rm == RUP) up = !negative && inexact;
      if (up) {
        magnitude++;
        if (magnitude == 0) over = true;
      }
    }
  }
  if (over || magnitude > (negative ? least : most)) {
    raise(NV);
    const saturated = negative ? 0 - least : most;
    return bits == 32 ? ((saturated as i32) as i64) : (saturated as i64);
  }
  mark(inexact);
  const value = negative ? 0 - magnitude : magnitude;
  return bits == 32 ? ((value as i32) as i64) : (value as i64);
}

export function f64ToI32(a: u64, rm: u32): i64 {
  const x = d(a);
  if (rm == RTZ && x > -2147483648.0 && x < 2147483648.0) {
    const n = x as i32;
    mark((n as f64) != x);
    return n as i64;
  }
  return toInteger(a, rm, 32, true);
}

export function f64ToU32(a: u64, rm: u32): i64 {
  return toInteger(a, rm, 32, false);
}

export function f64ToI64(a: u64, rm: u32): i64 {
  const x = d(a);
  if (rm == RTZ && x > -9007199254740992.0 && x < 9007199254740992.0) {
    const n = x as i64;
    mark((n as f64) != x);
    return n;
  }
  return toInteger(a, rm, 64, true);
}

export function f64ToU64(a: u64, rm: u32): i64 {
  return toInteger(a, rm, 64, false);
}

export function f32ToI32(a: u32, rm: u32): i64 {
  return f64ToI32(widen(a), rm);
}

export function f32ToU32(a: u32, rm: u32): i64 {
  return toInteger(widen(a), rm, 32, false);
}

export function f32ToI64(a: u32, rm: u32): i64 {
  return f64ToI64(widen(a), rm);
}

export function f32ToU64(a: u32, rm: u32): i64 {
  return toInteger(widen(a), rm, 64, false);
}

function fromInteger(magnitude: u64, sign: u64, rm: u32, single: bool): u64 {
  if (magnitude == 0) return 0;
  const shift = clz(magnitude);
  return roundPack(sign, 63 - (shift as i32), magnitude << shift, rm, single);
}

function fromSigned(x: i64, rm: u32, single: bool): u64 {
  return fromInteger(x < 0 ? 0 - (x as u64) : (x as u64), (x < 0 ? 1 : 0) as u64, rm, single);
}

export function i32ToF64(x: i32, rm: u32): u64 {
  return reinterpret<u64>(x as f64);
}

export function u32ToF64(x: u32, rm: u32): u64 {
  return reinterpret<u64>(x as f64);
}

export function i64ToF64(x: i64, rm: u32): u64 {
  return fromSigned(x, rm, false);
}

export function u64ToF64(x: u64, rm: u32): u64 {
  return fromInteger(x, 0, rm, false);
}

export function i32ToF32(x: i32, rm: u32): u32 {
  return fromSigned(x as i64, rm, true) as u32;
}

export function u32ToF32(x: u32, rm: u32): u32 {
  return fromInteger(x as u64, 0, rm, true) as u32;
}

export function i64ToF32(x: i64, rm: u32): u32 {
  return fromSigned(x, rm, true) as u32;
}

export function u64ToF32(x: u64, rm: u32): u32 {
  return fromInteger(x, 0, rm, true) as u32;
}

// ---- comparisons

@inline
function quietly(a: u64, b: u64): void {
  if (isSignalling(a) || isSignalling(b)) raise(NV);
}

@inline
function loudly(a: u64, b: u64): void {
  if (isNan(a) || isNan(b)) raise(NV);
}

export function f64Eq(a: u64, b: u64): u64 {
  quietly(a, b);
  return d(a) == d(b) ? 1 : 0;
}

export function f64Lt(a: u64, b: u64): u64 {
  loudly(a, b);
  return d(a) < d(b) ? 1 : 0;
}

export function f64Le(a: u64, b: u64): u64 {
  loudly(a, b);
  return d(a) <= d(b) ? 1 : 0;
}

export function f32Eq(a: u32, b: u32): u64 {
  return f64Eq(widen(a), widen(b));
}

export function f32Lt(a: u32, b: u32): u64 {
  return f64Lt(widen(a), widen(b));
}

export function f32Le(a: u32, b: u32): u64 {
  return f64Le(widen(a), widen(b));
}

/** minimumNumber and maximumNumber: the other operand when one is NaN; -0 below +0 (ISA manual, F). */
function select(a: u64, b: u64, largest: bool): bool {
  const x = d(a);
  const y = d(b);
  if (x == y) return (a >> 63 != 0) != largest; // only zeros differ
  return largest ? x > y : x < y;
}

function extreme64(a: u64, b: u64, largest: bool): u64 {
  quietly(a, b);
  if (isNan(a)) return isNan(b) ? NAN64 : b;
  if (isNan(b)) return a;
  return select(a, b, largest) ? a : b;
}

function extreme32(a: u32, b: u32, largest: bool): u32 {
  const x = widen(a);
  const y = widen(b);
  quietly(x, y);
  if (isNan(x)) return isNan(y) ? NAN32 : b;
  if (isNan(y)) return a;
  return select(x, y, largest) ? a : b;
}

export function f64Min(a: u64, b: u64): u64 {
  return extreme64(a, b, false);
}

export function f64Max(a: u64, b: u64): u64 {
  return extreme64(a, b, true);
}

export function f32Min(a: u32, b: u32): u32 {
  return extreme32(a, b, false);
}

export function f32Max(a: u32, b: u32): u32 {
  return extreme32(a, b, true);
}

/** Bits of fclass: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf, signalling NaN, quiet NaN. */
function classify(negative: bool, exponent: u32, top: u32, fraction: u64, quiet: bool): u64 {
  if (exponent == top && fraction) return quiet ? 1 << 9 : 1 << 8;
  const n: u32 = exponent == top ? 0 : exponent ? 1 : fraction ? 2 : 3;
  return 1 << ((negative ? n : 7 - n) as u64);
}

export function f64Class(a: u64): u64 {
  return classify(a >> 63 != 0, ((a >> 52) & 0x7ff) as u32, 0x7ff, a & FRACTION64, (a & QUIET64) != 0);
}

export function f32Class(a: u32): u64 {
  return classify(a >> 31 != 0, (a >> 23) & 0xff, 0xff, (a & FRACTION32) as u64, (a & QUIET32) != 0);
}

/**
 * RISC-V floating point (F and D) on bit patterns: u64 a double, u32 a single; rm is a resolved rounding mode 0-4.
 * Exceptions accrue in `fflags`; NaN results are canonical.
 *
 * Three tiers. With rounding to nearest and NX already accrued, an ordinary result of the WebAssembly operation is all
 * there is to know (the idea of qemu's hardfloat). Otherwise a result shown to be exact needs no flag and no rounding
 * mode. The rest is floatsoft.ts, and most of that accrues NX, so a program gets there seldom.
 */
import { NX, RNE, SIGN32, SIGN64, fflags, raise, widen } from "./floatround";
import { softAdd, softDiv, softFma, softMul, softSqrt } from "./floatsoft";

export { fflags, setFflags } from "./floatround";
export {
  f32Class, f32Eq, f32Le, f32Lt, f32Max, f32Min, f32ToF64, f32ToI32, f32ToI64, f32ToU32, f32ToU64,
  f64Class, f64Eq, f64Le, f64Lt, f64Max, f64Min, f64ToF32, f64ToI32, f64ToI64, f64ToU32, f64ToU64,
  i32ToF32, i32ToF64, i64ToF32, i64ToF64, u32ToF32, u32ToF64, u64ToF32, u64ToF64,
} from "./floatconvert";

/** Smallest normal numbers. Results above them cannot have been tiny before or after rounding. */
const LEAST64: f64 = 2.2250738585072014e-308;
const LEAST32: f32 = 1.1754943508222875e-38;

// @ts-ignore: decorator
@inline
function hardware(rm: u32): bool {
  return (rm | (~fflags & NX)) == 0;
}

/** What x + y = sum leaves out, exactly; NaN where an intermediate overflows (Knuth, TwoSum). */
// @ts-ignore: decorator
@inline
function sumError<T>(x: T, y: T, sum: T): T {
  const part = sum - x;
  return (x - (sum - part)) + (y - part);
}

// @ts-ignore: decorator
@inline
export function f64Add(a: u64, b: u64, rm: u32): u64 {
  const r = reinterpret<f64>(a) + reinterpret<f64>(b);
  // A sum in the subnormal range is exact.
  if (hardware(rm) && abs<f64>(r) < Infinity) return reinterpret<u64>(r);
  return f64AddRest(a, b, rm);
}

// @ts-ignore: decorator
@inline
export function f64Sub(a: u64, b: u64, rm: u32): u64 {
  const r = reinterpret<f64>(a) - reinterpret<f64>(b);
  if (hardware(rm) && abs<f64>(r) < Infinity) return reinterpret<u64>(r);
  return f64AddRest(a, b ^ SIGN64, rm);
}

function f64AddRest(a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const x = reinterpret<f64>(a);
    const y = reinterpret<f64>(b);
    const r = x + y;
    if (sumError<f64>(x, y, r) == 0) return reinterpret<u64>(r);
  }
  return softAdd(a, b, rm, false);
}

// @ts-ignore: decorator
@inline
export function f64Mul(a: u64, b: u64, rm: u32): u64 {
  const r = reinterpret<f64>(a) * reinterpret<f64>(b);
  if (hardware(rm) && abs<f64>(r) > LEAST64 && abs<f64>(r) < Infinity) return reinterpret<u64>(r);
  return f64MulRest(a, b, rm);
}

function f64MulRest(a: u64, b: u64, rm: u32): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const r = x * y;
  if (abs<f64>(r) < Infinity) {
    if (x == 0 || y == 0) return reinterpret<u64>(r);
    // 53 of the at most 106 bits of the product are trailing zeros: it fits.
    const zeros = min<u64>(ctz(a), 52) + min<u64>(ctz(b), 52);
    if (abs<f64>(r) > LEAST64 && zeros >= 53) return reinterpret<u64>(r);
  }
  return softMul(a, b, rm, false);
}

// @ts-ignore: decorator
@inline
export function f64Div(a: u64, b: u64, rm: u32): u64 {
  const r = reinterpret<f64>(a) / reinterpret<f64>(b);
  if (hardware(rm) && abs<f64>(r) > LEAST64 && abs<f64>(r) < Infinity) return reinterpret<u64>(r);
  return softDiv(a, b, rm, false);
}

// @ts-ignore: decorator
@inline
export function f64Sqrt(a: u64, rm: u32): u64 {
  const x = reinterpret<f64>(a);
  // -0 and infinity are their own roots.
  if (hardware(rm) && x >= 0) return reinterpret<u64>(sqrt<f64>(x));
  return softSqrt(a, rm, false);
}

/**
 * a · b + c with one rounding. As a · b = u + ul and u + c = s + sl exactly, the result is s + (sl + ul) rounded once.
 * That |sl + ul| is a few units in the last place of s, or sl is 0, makes rounding sl + ul to odd first harmless
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008); in most cases any rounding would do.
 */
export function f64Fma(a: u64, b: u64, c: u64, rm: u32): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  const z = reinterpret<f64>(c);
  const u = x * y;
  // 2^-960: the last bit of the product is a double. 2^1000: nothing below overflows, unless y splits to infinity.
  if (rm == RNE && abs<f64>(u) > 1.0261342003245941e-289 && abs<f64>(u) < 1.0715086071862673e301 && abs<f64>(z) < 1.0715086071862673e301) {
    const s = u + z;
    const sl = sumError<f64>(u, z, s);
    // Dekker's product, split by integer arithmetic: y to nearest, so that 27 times 26 low bits fit.
    const xh = reinterpret<f64>(a & ~(0x7ffffff as u64));
    const yh = reinterpret<f64>((b + 0x4000000) & ~(0x7ffffff as u64));
    const xl = x - xh;
    const yl = y - yh;
    const ul = xl * yl - (((u - xh * yh) - xl * yh) - xh * yl);
    if (fflags & NX) {
      const e = sl + ul;
      // 1 ∓ 2^-50: on both sides of what the rounding of e can hide.
      const r = s + e * 0.99999999999999911182;
      if (r == s + e * 1.00000000000000088818) return reinterpret<u64>(r);
    }
    return f64FmaOdd(a, b, c, s, sl, ul);
  }
  const r = u + z;
  if ((x == 0 || y == 0) && (rm == RNE || z != 0) && abs<f64>(r) < Infinity) return reinterpret<u64>(r);
  return softFma(a, b, c, rm, false);
}

function f64FmaOdd(a: u64, b: u64, c: u64, s: f64, sl: f64, ul: f64): u64 {
  let e = sl + ul;
  if (e != e) return softFma(a, b, c, RNE, false);
  const lost = sumError<f64>(sl, ul, e);
  if (lost != 0) {
    const bits = reinterpret<u64>(e);
    if (!(bits & 1)) e = reinterpret<f64>(lost > 0 == e > 0 ? bits + 1 : bits - 1);
  }
  const r = s + e;
  if (sumError<f64>(s, e, r) != 0) raise(NX);
  return reinterpret<u64>(r);
}

// @ts-ignore: decorator
@inline
export function f32Add(a: u32, b: u32, rm: u32): u32 {
  const r = reinterpret<f32>(a) + reinterpret<f32>(b);
  if (hardware(rm) && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
  return f32AddRest(a, b, rm);
}

// @ts-ignore: decorator
@inline
export function f32Sub(a: u32, b: u32, rm: u32): u32 {
  const r = reinterpret<f32>(a) - reinterpret<f32>(b);
  if (hardware(rm) && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
  return f32AddRest(a, b ^ SIGN32, rm);
}

function f32AddRest(a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const x = reinterpret<f32>(a);
    const y = reinterpret<f32>(b);
    const r = x + y;
    if (sumError<f32>(x, y, r) == 0) return reinterpret<u32>(r);
  }
  return softAdd(widen(a), widen(b), rm, true) as u32;
}

// @ts-ignore: decorator
@inline
export function f32Mul(a: u32, b: u32, rm: u32): u32 {
  const r = reinterpret<f32>(a) * reinterpret<f32>(b);
  if (hardware(rm) && abs<f32>(r) > LEAST32 && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
  return f32MulRest(a, b, rm);
}

function f32MulRest(a: u32, b: u32, rm: u32): u32 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  const r = x * y;
  // The product of two singles is exact as a double.
  if (((x as f64) * (y as f64)) == (r as f64)) return reinterpret<u32>(r);
  return softMul(widen(a), widen(b), rm, true) as u32;
}

// @ts-ignore: decorator
@inline
export function f32Div(a: u32, b: u32, rm: u32): u32 {
  const r = reinterpret<f32>(a) / reinterpret<f32>(b);
  if (hardware(rm) && abs<f32>(r) > LEAST32 && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
  return softDiv(widen(a), widen(b), rm, true) as u32;
}

// @ts-ignore: decorator
@inline
export function f32Sqrt(a: u32, rm: u32): u32 {
  const x = reinterpret<f32>(a);
  if (hardware(rm) && x >= 0) return reinterpret<u32>(sqrt<f32>(x));
  return softSqrt(widen(a), rm, true) as u32;
}

/** Through double: only a sum that rounds to halfway between two singles can round wrongly the second time. */
export function f32Fma(a: u32, b: u32, c: u32, rm: u32): u32 {
  const product = (reinterpret<f32>(a) as f64) * (reinterpret<f32>(b) as f64);
  const z = reinterpret<f32>(c) as f64;
  const s = product + z;
  const r = s as f32;
  if (rm == RNE) {
    if (fflags & NX) {
      const halfway = (reinterpret<u64>(s) & 0x1fffffff) == 0x10000000;
      if (!halfway && abs<f32>(r) > LEAST32 && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
    }
    if ((r as f64) == s && sumError<f64>(product, z, s) == 0) return reinterpret<u32>(r);
  }
  return softFma(widen(a), widen(b), widen(c), rm, true) as u32;
}

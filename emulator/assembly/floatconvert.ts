/** Conversions, comparisons, minimum and maximum, classification. Ranges and NaN as in the ISA manual, F and D. */
import {
  FRACTION32, INF32, INF64, NAN32, NAN64, NV, NX, QUIET32, QUIET64, RDN, RNE, RTZ, RUP, SIGN32, SIGN64,
  exponentOf, fflags, invalid, isInf, isNan, isSignalling, isZero, nan, raise, roundPack, significandOf, widen,
} from "./floatround";

export function f64ToF32(a: u64, rm: u32): u32 {
  const x = reinterpret<f64>(a);
  const r = x as f32;
  if ((r as f64) == x) return reinterpret<u32>(r);
  if ((rm | (~fflags & NX)) == 0 && abs<f32>(r) > 1.1754943508222875e-38 && abs<f32>(r) < Infinity) return reinterpret<u32>(r);
  if (isNan(a)) return (isSignalling(a) ? invalid(true) : nan(true)) as u32;
  return roundPack(a >> 63, exponentOf(a), significandOf(a), rm, true) as u32;
}

export function f32ToF64(a: u32): u64 {
  const x = reinterpret<f32>(a);
  if (x == x) return reinterpret<u64>(x as f64);
  return isSignalling(widen(a)) ? invalid(false) : NAN64;
}

// @ts-ignore: decorator
@inline
function toIntegral(x: f64, rm: u32): f64 {
  if (rm == RTZ) return trunc<f64>(x);
  if (rm == RNE) return nearest<f64>(x);
  if (rm == RDN) return floor<f64>(x);
  if (rm == RUP) return ceil<f64>(x);
  const t = trunc<f64>(x);
  return abs<f64>(x - t) >= 0.5 ? t + copysign<f64>(1, x) : t;
}

// @ts-ignore: decorator
@inline
function inexactIf(differs: bool): void {
  if (differs) raise(NX);
}

// @ts-ignore: decorator
@inline
function saturate(negative: bool, least: i64, most: i64): i64 {
  raise(NV);
  return negative ? least : most;
}

// @ts-ignore: decorator
@inline
function toI32(x: f64, rm: u32): i64 {
  const t = toIntegral(x, rm);
  if (!(t >= -2147483648.0 && t <= 2147483647.0)) return saturate(x < 0, i32.MIN_VALUE, i32.MAX_VALUE);
  inexactIf(t != x);
  return t as i32 as i64;
}

// @ts-ignore: decorator
@inline
function toU32(x: f64, rm: u32): i64 {
  const t = toIntegral(x, rm);
  if (!(t >= 0 && t <= 4294967295.0)) return saturate(x < 0, 0, -1);
  inexactIf(t != x);
  return t as u32 as i32 as i64;
}

// @ts-ignore: decorator
@inline
function toI64(x: f64, rm: u32): i64 {
  const t = toIntegral(x, rm);
  if (!(t >= -9223372036854775808.0 && t < 9223372036854775808.0)) return saturate(x < 0, i64.MIN_VALUE, i64.MAX_VALUE);
  inexactIf(t != x);
  return t as i64;
}

// @ts-ignore: decorator
@inline
function toU64(x: f64, rm: u32): i64 {
  const t = toIntegral(x, rm);
  if (!(t >= 0 && t < 18446744073709551616.0)) return saturate(x < 0, 0, -1);
  inexactIf(t != x);
  return t as u64 as i64;
}

export function f64ToI32(a: u64, rm: u32): i64 {
  return toI32(reinterpret<f64>(a), rm);
}

/** The 32-bit result sign-extended, as fcvt.wu.d leaves it in a register. */
export function f64ToU32(a: u64, rm: u32): i64 {
  return toU32(reinterpret<f64>(a), rm);
}

export function f64ToI64(a: u64, rm: u32): i64 {
  return toI64(reinterpret<f64>(a), rm);
}

export function f64ToU64(a: u64, rm: u32): i64 {
  return toU64(reinterpret<f64>(a), rm);
}

export function f32ToI32(a: u32, rm: u32): i64 {
  return toI32(reinterpret<f32>(a) as f64, rm);
}

/** The 32-bit result sign-extended, as fcvt.wu.s leaves it in a register. */
export function f32ToU32(a: u32, rm: u32): i64 {
  return toU32(reinterpret<f32>(a) as f64, rm);
}

export function f32ToI64(a: u32, rm: u32): i64 {
  return toI64(reinterpret<f32>(a) as f64, rm);
}

export function f32ToU64(a: u32, rm: u32): i64 {
  return toU64(reinterpret<f32>(a) as f64, rm);
}

function fromInteger(sign: u64, magnitude: u64, rm: u32, single: bool): u64 {
  if (magnitude == 0) return 0;
  const shift = clz(magnitude);
  return roundPack(sign, 63 - (shift as i32), magnitude << shift, rm, single);
}

export function i32ToF32(x: i32, rm: u32): u32 {
  return i64ToF32(x as i64, rm);
}

export function u32ToF32(x: u32, rm: u32): u32 {
  return u64ToF32(x as u64, rm);
}

export function i64ToF32(x: i64, rm: u32): u32 {
  const magnitude = abs<i64>(x) as u64;
  if (magnitude <= 0x1000000) return reinterpret<u32>(x as f32);
  return fromInteger((x < 0) as u64, magnitude, rm, true) as u32;
}

export function u64ToF32(x: u64, rm: u32): u32 {
  if (x <= 0x1000000) return reinterpret<u32>(x as f32);
  return fromInteger(0, x, rm, true) as u32;
}

/** Exact in every rounding mode. */
export function i32ToF64(x: i32, rm: u32): u64 {
  return reinterpret<u64>(x as f64);
}

/** Exact in every rounding mode. */
export function u32ToF64(x: u32, rm: u32): u64 {
  return reinterpret<u64>(x as f64);
}

export function i64ToF64(x: i64, rm: u32): u64 {
  const magnitude = abs<i64>(x) as u64;
  if (magnitude <= 0x20000000000000) return reinterpret<u64>(x as f64);
  return fromInteger((x < 0) as u64, magnitude, rm, false);
}

export function u64ToF64(x: u64, rm: u32): u64 {
  if (x <= 0x20000000000000) return reinterpret<u64>(x as f64);
  return fromInteger(0, x, rm, false);
}

/** A NaN among a and b: NV if one signals. */
function quietNan(a: u64, b: u64): void {
  if (isSignalling(a) || isSignalling(b)) raise(NV);
}

export function f64Eq(a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (x != x || y != y) quietNan(a, b);
  return (x == y) as u64;
}

export function f64Lt(a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (x != x || y != y) raise(NV);
  return (x < y) as u64;
}

export function f64Le(a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  if (x != x || y != y) raise(NV);
  return (x <= y) as u64;
}

export function f32Eq(a: u32, b: u32): u64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (x != x || y != y) quietNan(widen(a), widen(b));
  return (x == y) as u64;
}

export function f32Lt(a: u32, b: u32): u64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (x != x || y != y) raise(NV);
  return (x < y) as u64;
}

export function f32Le(a: u32, b: u32): u64 {
  const x = reinterpret<f32>(a);
  const y = reinterpret<f32>(b);
  if (x != x || y != y) raise(NV);
  return (x <= y) as u64;
}

/** The operand that is a number, else the canonical NaN. */
function number64(a: u64, b: u64): u64 {
  quietNan(a, b);
  return isNan(a) ? (isNan(b) ? NAN64 : b) : a;
}

function number32(a: u32, b: u32): u32 {
  const wide = number64(widen(a), widen(b));
  return isNan(wide) ? NAN32 : reinterpret<u32>(reinterpret<f64>(wide) as f32);
}

export function f64Min(a: u64, b: u64): u64 {
  // WebAssembly orders -0 below +0 too.
  const r = min<f64>(reinterpret<f64>(a), reinterpret<f64>(b));
  return r == r ? reinterpret<u64>(r) : number64(a, b);
}

export function f64Max(a: u64, b: u64): u64 {
  const r = max<f64>(reinterpret<f64>(a), reinterpret<f64>(b));
  return r == r ? reinterpret<u64>(r) : number64(a, b);
}

export function f32Min(a: u32, b: u32): u32 {
  const r = min<f32>(reinterpret<f32>(a), reinterpret<f32>(b));
  return r == r ? reinterpret<u32>(r) : number32(a, b);
}

export function f32Max(a: u32, b: u32): u32 {
  const r = max<f32>(reinterpret<f32>(a), reinterpret<f32>(b));
  return r == r ? reinterpret<u32>(r) : number32(a, b);
}

/** One bit of ten: -inf, -normal, -subnormal, -0, +0, +subnormal, +normal, +inf, signalling NaN, quiet NaN. */
function classBit(negative: bool, kind: u32): u64 {
  return (1 as u64) << (negative ? 3 - kind : 4 + kind);
}

export function f64Class(a: u64): u64 {
  if (isNan(a)) return a & QUIET64 ? 0x200 : 0x100;
  const kind = isZero(a) ? 0 : (a & INF64) == 0 ? 1 : isInf(a) ? 3 : 2;
  return classBit((a & SIGN64) != 0, kind);
}

export function f32Class(a: u32): u64 {
  const magnitude = a & ~SIGN32;
  if (magnitude > INF32) return a & QUIET32 ? 0x200 : 0x100;
  const kind = magnitude == 0 ? 0 : magnitude <= FRACTION32 ? 1 : magnitude == INF32 ? 3 : 2;
  return classBit((a & SIGN32) != 0, kind);
}

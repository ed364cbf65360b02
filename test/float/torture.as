/**
 * AssemblyScript: the cases of torture.c, computed by softfloat.ts. float.test.ts compiles it (the ending keeps
 * TypeScript's own compiler off). Operation numbers are the rows of `ops` in torture.c.
 */
import * as F from "../../emulator/assembly/softfloat";

export function getFflags(): u32 {
  return F.fflags;
}

export function setFflags(v: u32): void {
  F.setFflags(v);
}

function f64Op(op: i32, a: u64, b: u64, c: u64, rm: u32): u64 {
  const sign: u64 = 0x8000000000000000;
  switch (op) {
    case 0: return F.f64Add(a, b, rm);
    case 1: return F.f64Sub(a, b, rm);
    case 2: return F.f64Mul(a, b, rm);
    case 3: return F.f64Div(a, b, rm);
    case 4: return F.f64Sqrt(a, rm);
    case 5: return F.f64Fma(a, b, c, rm);
    case 6: return F.f64Fma(a, b, c ^ sign, rm);
    case 7: return F.f64Fma(a ^ sign, b, c, rm);
    case 8: return F.f64Fma(a ^ sign, b, c ^ sign, rm);
    case 9: return F.f64ToI32(a, rm);
    case 10: return F.f64ToU32(a, rm);
    case 11: return F.f64ToI64(a, rm);
    case 12: return F.f64ToU64(a, rm);
    case 13: return F.i64ToF64(a as i64, rm);
    case 14: return F.u64ToF64(a, rm);
    case 15: return F.f64Min(a, b);
    case 16: return F.f64Max(a, b);
    case 17: return F.f64Eq(a, b);
    case 18: return F.f64Lt(a, b);
    case 19: return F.f64Le(a, b);
    default: return F.f64Class(a);
  }
}

function f32Op(op: i32, a: u32, b: u32, c: u32, rm: u32): u64 {
  const sign: u32 = 0x80000000;
  switch (op) {
    case 0: return F.f32Add(a, b, rm) as u64;
    case 1: return F.f32Sub(a, b, rm) as u64;
    case 2: return F.f32Mul(a, b, rm) as u64;
    case 3: return F.f32Div(a, b, rm) as u64;
    case 4: return F.f32Sqrt(a, rm) as u64;
    case 5: return F.f32Fma(a, b, c, rm) as u64;
    case 6: return F.f32Fma(a, b, c ^ sign, rm) as u64;
    case 7: return F.f32Fma(a ^ sign, b, c, rm) as u64;
    case 8: return F.f32Fma(a ^ sign, b, c ^ sign, rm) as u64;
    case 9: return F.f32ToI32(a, rm);
    case 10: return F.f32ToU32(a, rm);
    case 11: return F.f32ToI64(a, rm);
    case 12: return F.f32ToU64(a, rm);
    case 15: return F.f32Min(a, b) as u64;
    case 16: return F.f32Max(a, b) as u64;
    case 17: return F.f32Eq(a, b);
    case 18: return F.f32Lt(a, b);
    case 19: return F.f32Le(a, b);
    default: return F.f32Class(a);
  }
}

export function compute(op: i32, a: u64, b: u64, c: u64, rm: u32): u64 {
  switch (op) {
    case 34: return F.i64ToF32(a as i64, rm) as u64;
    case 35: return F.u64ToF32(a, rm) as u64;
    case 42: return F.i32ToF32(a as i32, rm) as u64;
    case 43: return F.u32ToF32(a as u32, rm) as u64;
    case 44: return F.i32ToF64(a as i32, rm);
    case 45: return F.u32ToF64(a as u32, rm);
    case 46: return F.f64ToF32(a, rm) as u64;
    case 47: return F.f32ToF64(a as u32);
    default: return op < 21 ? f64Op(op, a, b, c, rm) : f32Op(op - 21, a as u32, b as u32, c as u32, rm);
  }
}

let state: u64 = 0;

function next(): u64 {
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

function below(n: i32): i32 {
  return ((next() >> 33) % (n as u64)) as i32;
}

let width: i32 = 0;
let top: i32 = 0;
let bias: i32 = 0;
let sign: u64 = 0;
let mask: u64 = 0;

function use(single: bool): void {
  width = single ? 23 : 52;
  top = single ? 255 : 2047;
  bias = top >> 1;
  sign = (1 as u64) << (single ? 31 : 63);
  mask = ((1 as u64) << width) - 1;
}

function build(s: u64, e: i32, f: u64): u64 {
  return (s & 1 ? sign : 0) | (min(max(e, 0), top - 1) as u64) << width | (f & mask);
}

function exponent(x: u64): i32 {
  return ((x >> width) as i32) & top;
}

const CORNERS: i32 = 68;
function corner(k: i32): u64 {
  const s = (k & 1) as u64;
  switch (k >> 1) {
    case 0: return build(s, 0, 0);
    case 1: return build(s, 0, 1);
    case 2: return build(s, 0, mask);
    case 3: return build(s, 0, mask - 1);
    case 4: return build(s, 1, 0);
    case 5: return build(s, 1, 1);
    case 6: return build(s, 1, mask);
    case 7: return build(s, 2, 0);
    case 8: return build(s, bias - 1, 0);
    case 9: return build(s, bias - 1, mask);
    case 10: return build(s, bias, 0);
    case 11: return build(s, bias, 1);
    case 12: return build(s, bias, mask >> 1 ^ mask);
    case 13: return build(s, bias + 1, 0);
    case 14: return build(s, bias + 1, mask >> 2 ^ mask);
    case 15: return build(s, bias + width, 0);
    case 16: return build(s, bias + width, 1);
    case 17: return build(s, bias + 31, 0);
    case 18: return build(s, bias + 30, mask);
    case 19: return build(s, bias + 32, 0);
    case 20: return build(s, bias + 31, mask);
    case 21: return build(s, bias + 63, 0);
    case 22: return build(s, bias + 62, mask);
    case 23: return build(s, bias + 64, 0);
    case 24: return build(s, bias + 63, mask);
    case 25: return build(s, top - 1, 0);
    case 26: return build(s, top - 1, mask);
    case 27: return build(s, top - 1, mask - 1);
    case 28: return build(s, 0, 0) | (top as u64) << width;
    case 29: return build(s, 0, 1) | (top as u64) << width;
    case 30: return build(s, 0, mask >> 1 ^ mask) | (top as u64) << width;
    case 31: return build(s, bias - 127, mask ^ 0x1fffffff);
    case 32: return build(s, bias + 127, mask ^ 0x0fffffff);
    default: return build(s, 0, mask) | (top as u64) << width;
  }
}

function fraction(): u64 {
  const kind = below(8);
  const f = next();
  const tail = mask >> below(width + 1);
  if (kind < 3) return f;
  if (kind == 3) return f & ~tail;
  if (kind == 4) return f | tail;
  if (kind == 5) return (f & ~tail) | (tail ^ tail >> 1);
  if (kind == 6) return (f & ~(0x1fffffff as u64)) | ((0x0fffffff + below(3)) as u64);
  return (below(3) - 1) as i64 as u64;
}

function operand(previous: u64): u64 {
  const kind = below(12);
  const s = next();
  const f = fraction();
  const p = exponent(previous);
  const r = below(1 << 20);
  switch (kind) {
    case 0: return corner(r % CORNERS);
    case 1: return next() & (sign | (sign - 1));
    case 2: return build(s, p + r % 129 - 64, f);
    case 3: return ((previous ^ sign) + ((r % 5 - 2) as i64 as u64)) & (sign | (sign - 1));
    case 4: return build(s, bias + r % 64 - 32, f);
    case 5: return build(s, r % 4, f);
    case 6: return build(s, 1 + bias - p + r % (width + 12) - width - 4, f);
    case 7: return build(s, p + bias - 1 + r % (width + 12) - 8, f);
    case 8: return build(s, 3 * bias - p + r % 5 - 2, f);
    case 9: {
      const bits = 31 - clz<u32>((r | 1) as u32) as i32;
      return build(s, bias + bits, (r as u64) << 32 >> bits << 20 >> (52 - width));
    }
    case 10: return build(s, bias + r % 68 - 2, f);
    default: return build(s, bias + r % 300 - 160, f);
  }
}

function product(a: u64, b: u64): u64 {
  if (width == 52) {
    const r = reinterpret<f64>(a) * reinterpret<f64>(b);
    return r == r ? reinterpret<u64>(r) : 0x7ff8000000000000;
  }
  const r = reinterpret<f32>(a as u32) * reinterpret<f32>(b as u32);
  return r == r ? reinterpret<u32>(r) as u64 : 0x7fc00000;
}

function reciprocal(a: u64): u64 {
  if (width == 52) {
    const r = 1.0 / reinterpret<f64>(a);
    return r == r ? reinterpret<u64>(r) : 0x7ff8000000000000;
  }
  const r = (1 as f32) / reinterpret<f32>(a as u32);
  return r == r ? reinterpret<u32>(r) as u64 : 0x7fc00000;
}

function partner(a: u64): u64 {
  const odd = (a & mask) | 1;
  let inverse = odd;
  for (let i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  const f = ((mask ^ mask >> 1) + (below(5) as u64) - 2) * inverse;
  const s = next();
  return build(s, bias + below(64) - 32, f);
}

function addend(a: u64, b: u64): u64 {
  const kind = below(4);
  const p = product(a, b);
  const s = next();
  const r = below(1 << 20);
  if (kind == 0) return operand(b);
  if (kind == 1) return ((p ^ sign) + ((r % 5 - 2) as i64 as u64)) & (sign | (sign - 1));
  if (kind == 2) return build(s, exponent(p) + width + r % 3, fraction());
  return build(s, exponent(p) + r % (2 * width + 40) - width - 20, fraction());
}

function integer(): u64 {
  const kind = below(4);
  let x = next() >> below(64);
  const tail = (-1 as u64) >> below(64);
  const d = (below(5) - 2) as i64 as u64;
  if (kind == 0) x = tail + d;
  if (kind == 1) x = (x & ~tail) | (tail ^ tail >> 1);
  if (kind == 2) x = (x & ~tail) + (tail ^ tail >> 1) + d;
  return next() & 1 ? 0 - x : x;
}

/** Cases whose result, or whose flags other than NX, change when NX has accrued before. */
export let depends: i32 = 0;

/**
 * The hash that torture.c prints, with flags cleared before each case.
 * @param format 0 double, 1 single, 2 integer operands
 */
export function run(op: i32, rm: u32, format: i32, arity: i32, random: i32): u64 {
  let hash: u64 = 0;
  const corners = arity == 1 ? CORNERS : CORNERS * CORNERS;
  state = op as u64;
  use(format == 1);
  for (let i = 0; i < corners + random; ++i) {
    let a: u64 = 0;
    let b: u64 = 0;
    let c: u64 = 0;
    if (format == 2) {
      a = integer();
    } else if (i < corners) {
      a = corner(i % CORNERS);
      b = corner(i / CORNERS);
      c = corner(below(CORNERS));
    } else if (arity > 1 && !below(4)) {
      a = operand(0) | 1;
      b = partner(a);
      if (arity > 2) {
        const e = exponent(product(a, b)) - 2 * width + below(3) - 2;
        c = build(0, e, fraction());
        c ^= next() & sign;
      }
    } else {
      a = operand(0);
      if (arity == 1 && !below(4)) a = (product(a, a) + ((below(3) - 1) as i64 as u64)) & (sign | (sign - 1));
      if (arity > 1) b = operand(a);
      if (arity > 2 && !below(4)) b = reciprocal(a);
      if (arity > 2) c = addend(a, b);
    }
    F.setFflags(0);
    const r = compute(op, a, b, c, rm);
    const f = F.fflags;
    F.setFflags(1);
    if (compute(op, a, b, c, rm) != r || F.fflags != (f | 1)) ++depends;
    hash = (hash ^ r) * 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 32 ^ (f as u64)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return hash;
}

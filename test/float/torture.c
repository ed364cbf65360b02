/* Every F and D computation on corner and seeded random operands, in every rounding mode, static and dynamic.
 *   riscv64-linux-gnu-gcc -O2 -static -o torture torture.c
 *   qemu-riscv64 torture 20000 > torture.golden.txt      one hash over (result, fflags) per instruction and mode
 *   qemu-riscv64 torture 20000 fadd.d rdn                every case: a b c result fflags
 * torture.as makes the same cases. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t u64;
typedef uint32_t u32;

static u32 flags;

#define BODY(IN, INS, OUT)                                                                                 \
  asm volatile(IN "\n csrwi fflags, 0\n" INS "\n csrr %1, fflags\n" OUT                                    \
               : "=&r"(r), "=&r"(f) : "r"(a), "r"(b), "r"(c) : "ft0", "ft1", "ft2", "ft3", "t0")
#define ROUNDED(ID, IN, INS, OUT, MASK)                                                                    \
  static u64 ID(u64 a, u64 b, u64 c, int rm) {                                                             \
    u64 r, f;                                                                                              \
    switch (rm) {                                                                                          \
      case 0: BODY(IN, INS ", rne", OUT); break;                                                           \
      case 1: BODY(IN, INS ", rtz", OUT); break;                                                           \
      case 2: BODY(IN, INS ", rdn", OUT); break;                                                           \
      case 3: BODY(IN, INS ", rup", OUT); break;                                                           \
      case 4: BODY(IN, INS ", rmm", OUT); break;                                                           \
      default: BODY(IN, INS ", dyn", OUT); break;                                                          \
    }                                                                                                      \
    flags = f;                                                                                             \
    return r & MASK;                                                                                       \
  }
#define PLAIN(ID, IN, INS, OUT, MASK)                                                                      \
  static u64 ID(u64 a, u64 b, u64 c, int rm) {                                                             \
    u64 r, f;                                                                                              \
    BODY(IN, INS, OUT);                                                                                    \
    flags = f;                                                                                             \
    return r & MASK;                                                                                       \
  }

#define IND "fmv.d.x ft0, %2\n fmv.d.x ft1, %3\n fmv.d.x ft2, %4"
#define INS_ "fmv.w.x ft0, %2\n fmv.w.x ft1, %3\n fmv.w.x ft2, %4"
#define INI "mv t0, %2"
#define OUTD "fmv.x.d %0, ft3"
#define OUTS "fmv.x.w %0, ft3"
#define OUTI "mv %0, t0"
#define ALL (~0ull)
#define LOW 0xffffffffull

#define FORMAT(F, IN, OUT, MASK)                                                                           \
  ROUNDED(add_##F, IN, "fadd." #F " ft3, ft0, ft1", OUT, MASK)                                             \
  ROUNDED(sub_##F, IN, "fsub." #F " ft3, ft0, ft1", OUT, MASK)                                             \
  ROUNDED(mul_##F, IN, "fmul." #F " ft3, ft0, ft1", OUT, MASK)                                             \
  ROUNDED(div_##F, IN, "fdiv." #F " ft3, ft0, ft1", OUT, MASK)                                             \
  ROUNDED(sqrt_##F, IN, "fsqrt." #F " ft3, ft0", OUT, MASK)                                                \
  ROUNDED(madd_##F, IN, "fmadd." #F " ft3, ft0, ft1, ft2", OUT, MASK)                                      \
  ROUNDED(msub_##F, IN, "fmsub." #F " ft3, ft0, ft1, ft2", OUT, MASK)                                      \
  ROUNDED(nmsub_##F, IN, "fnmsub." #F " ft3, ft0, ft1, ft2", OUT, MASK)                                    \
  ROUNDED(nmadd_##F, IN, "fnmadd." #F " ft3, ft0, ft1, ft2", OUT, MASK)                                    \
  ROUNDED(to_w_##F, IN, "fcvt.w." #F " t0, ft0", OUTI, ALL)                                                \
  ROUNDED(to_wu_##F, IN, "fcvt.wu." #F " t0, ft0", OUTI, ALL)                                              \
  ROUNDED(to_l_##F, IN, "fcvt.l." #F " t0, ft0", OUTI, ALL)                                                \
  ROUNDED(to_lu_##F, IN, "fcvt.lu." #F " t0, ft0", OUTI, ALL)                                              \
  ROUNDED(of_l_##F, INI, "fcvt." #F ".l ft3, t0", OUT, MASK)                                               \
  ROUNDED(of_lu_##F, INI, "fcvt." #F ".lu ft3, t0", OUT, MASK)                                             \
  PLAIN(min_##F, IN, "fmin." #F " ft3, ft0, ft1", OUT, MASK)                                               \
  PLAIN(max_##F, IN, "fmax." #F " ft3, ft0, ft1", OUT, MASK)                                               \
  PLAIN(eq_##F, IN, "feq." #F " t0, ft0, ft1", OUTI, ALL)                                                  \
  PLAIN(lt_##F, IN, "flt." #F " t0, ft0, ft1", OUTI, ALL)                                                  \
  PLAIN(le_##F, IN, "fle." #F " t0, ft0, ft1", OUTI, ALL)                                                  \
  PLAIN(class_##F, IN, "fclass." #F " t0, ft0", OUTI, ALL)
FORMAT(d, IND, OUTD, ALL)
FORMAT(s, INS_, OUTS, LOW)
ROUNDED(of_w_s, INI, "fcvt.s.w ft3, t0", OUTS, LOW)
ROUNDED(of_wu_s, INI, "fcvt.s.wu ft3, t0", OUTS, LOW)
PLAIN(of_w_d, INI, "fcvt.d.w ft3, t0", OUTD, ALL)
PLAIN(of_wu_d, INI, "fcvt.d.wu ft3, t0", OUTD, ALL)
ROUNDED(d_to_s, IND, "fcvt.s.d ft3, ft0", OUTS, LOW)
PLAIN(s_to_d, INS_, "fcvt.d.s ft3, ft0", OUTD, ALL)

/* Operands: format 'd', 's' or 'i' (64-bit integer), and how many. The order is torture.as's operation number. */
static const struct { const char *name; u64 (*run)(u64, u64, u64, int); char format; int arity, modes; } ops[] = {
#define ROWS(F, C)                                                                                         \
  {"fadd." #F, add_##F, C, 2, 5}, {"fsub." #F, sub_##F, C, 2, 5}, {"fmul." #F, mul_##F, C, 2, 5},          \
  {"fdiv." #F, div_##F, C, 2, 5}, {"fsqrt." #F, sqrt_##F, C, 1, 5}, {"fmadd." #F, madd_##F, C, 3, 5},      \
  {"fmsub." #F, msub_##F, C, 3, 5}, {"fnmsub." #F, nmsub_##F, C, 3, 5}, {"fnmadd." #F, nmadd_##F, C, 3, 5}, \
  {"fcvt.w." #F, to_w_##F, C, 1, 5}, {"fcvt.wu." #F, to_wu_##F, C, 1, 5}, {"fcvt.l." #F, to_l_##F, C, 1, 5}, \
  {"fcvt.lu." #F, to_lu_##F, C, 1, 5}, {"fcvt." #F ".l", of_l_##F, 'i', 1, 5},                             \
  {"fcvt." #F ".lu", of_lu_##F, 'i', 1, 5}, {"fmin." #F, min_##F, C, 2, 1}, {"fmax." #F, max_##F, C, 2, 1}, \
  {"feq." #F, eq_##F, C, 2, 1}, {"flt." #F, lt_##F, C, 2, 1}, {"fle." #F, le_##F, C, 2, 1},                \
  {"fclass." #F, class_##F, C, 1, 1},
  ROWS(d, 'd') ROWS(s, 's')
  {"fcvt.s.w", of_w_s, 'i', 1, 5}, {"fcvt.s.wu", of_wu_s, 'i', 1, 5}, {"fcvt.d.w", of_w_d, 'i', 1, 1},
  {"fcvt.d.wu", of_wu_d, 'i', 1, 1}, {"fcvt.s.d", d_to_s, 'd', 1, 5}, {"fcvt.d.s", s_to_d, 's', 1, 1},
};

static u64 state;

static u64 next(void) {
  u64 z = state += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

static int below(int n) { return (next() >> 33) % n; }

/* The format in use: fraction bits, infinity's exponent, bias, sign bit, fraction mask. */
static int width, top, bias;
static u64 sign, mask;

static void use(int single) {
  width = single ? 23 : 52;
  top = single ? 255 : 2047;
  bias = top >> 1;
  sign = 1ull << (single ? 31 : 63);
  mask = (1ull << width) - 1;
}

static u64 build(u64 s, int e, u64 f) {
  if (e < 0) e = 0;
  if (e >= top) e = top - 1;
  return (s & 1 ? sign : 0) | (u64)e << width | (f & mask);
}

static int exponent(u64 x) { return (x >> width) & top; }

#define CORNERS 68
static u64 corner(int k) {
  u64 s = k & 1;
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
    case 28: return build(s, 0, 0) | (u64)top << width;
    case 29: return build(s, 0, 1) | (u64)top << width;
    case 30: return build(s, 0, mask >> 1 ^ mask) | (u64)top << width;
    /* As a double: halfway to the least normal and to the infinity of the single format. */
    case 31: return build(s, bias - 127, mask ^ 0x1fffffff);
    case 32: return build(s, bias + 127, mask ^ 0x0fffffff);
    default: return build(s, 0, mask) | (u64)top << width;
  }
}

/* Fractions: random, with trailing zeros, with trailing ones, halfway to a neighbour in a shorter format. */
static u64 fraction(void) {
  int kind = below(8);
  u64 f = next();
  u64 tail = mask >> below(width + 1);
  if (kind < 3) return f;
  if (kind == 3) return f & ~tail;
  if (kind == 4) return f | tail;
  if (kind == 5) return (f & ~tail) | (tail ^ tail >> 1);
  if (kind == 6) return (f & ~0x1fffffffull) | (0x0fffffff + below(3));
  return below(3) - 1;
}

static u64 operand(u64 previous) {
  int kind = below(12);
  u64 s = next();
  u64 f = fraction();
  int p = exponent(previous);
  int r = below(1 << 20);
  switch (kind) {
    case 0: return corner(r % CORNERS);
    case 1: return next() & (sign | (sign - 1));
    case 2: return build(s, p + r % 129 - 64, f);
    case 3: return ((previous ^ sign) + r % 5 - 2) & (sign | (sign - 1));
    case 4: return build(s, bias + r % 64 - 32, f);
    case 5: return build(s, r % 4, f);
    case 6: return build(s, 1 + bias - p + r % (width + 12) - width - 4, f); /* product near the least */
    case 7: return build(s, p + bias - 1 + r % (width + 12) - 8, f);         /* quotient near the least */
    case 8: return build(s, 3 * bias - p + r % 5 - 2, f);                    /* product near the greatest */
    case 9: {                                                                /* small integer */
      int bits = 31 - __builtin_clz(r | 1);
      return build(s, bias + bits, (u64)r << 32 >> bits << 20 >> (52 - width));
    }
    case 10: return build(s, bias + r % 68 - 2, f);
    default: return build(s, bias + r % 300 - 160, f);
  }
}

static u64 product(u64 a, u64 b) { return width == 52 ? mul_d(a, b, 0, 0) : mul_s(a, b, 0, 0); }

/* A factor whose product is next to 1: with an addend far above or below, next to halfway. */
static u64 reciprocal(u64 a) {
  u64 one = build(0, bias, 0);
  return width == 52 ? div_d(one, a, 0, 0) : div_s(one, a, 0, 0);
}

/* A factor that gives an odd significand a product next to halfway: its low bits by an inverse modulo 2^64. */
static u64 partner(u64 a) {
  u64 odd = (a & mask) | 1;
  u64 inverse = odd;
  for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
  u64 f = ((mask ^ mask >> 1) + below(5) - 2) * inverse;
  u64 s = next();
  return build(s, bias + below(64) - 32, f);
}

/* Addends that cancel, or that lie anywhere beside the product. */
static u64 addend(u64 a, u64 b) {
  int kind = below(4);
  u64 p = product(a, b);
  u64 s = next();
  int r = below(1 << 20);
  if (kind == 0) return operand(b);
  if (kind == 1) return ((p ^ sign) + r % 5 - 2) & (sign | (sign - 1));
  if (kind == 2) return build(s, exponent(p) + width + r % 3, fraction());
  return build(s, exponent(p) + r % (2 * width + 40) - width - 20, fraction());
}

static u64 integer(void) {
  int kind = below(4);
  u64 x = next() >> below(64);
  u64 tail = ~0ull >> below(64);
  int d = below(5) - 2;
  if (kind == 0) x = tail + d;
  if (kind == 1) x = (x & ~tail) | (tail ^ tail >> 1);
  if (kind == 2) x = (x & ~tail) + (tail ^ tail >> 1) + d;
  return next() & 1 ? -x : x;
}

static u64 run(int op, int rm, int random, int print) {
  u64 hash = 0;
  int arity = ops[op].arity;
  int corners = arity == 1 ? CORNERS : CORNERS * CORNERS;
  state = op;
  use(ops[op].format == 's');
  asm volatile("fsrm %0" ::"r"(rm));
  for (int i = 0; i < corners + random; ++i) {
    u64 a = 0, b = 0, c = 0;
    if (ops[op].format == 'i') {
      a = integer();
    } else if (i < corners) {
      a = corner(i % CORNERS);
      b = corner(i / CORNERS);
      c = corner(below(CORNERS));
    } else if (arity > 1 && !below(4)) {
      a = operand(0) | 1;
      b = partner(a);
      if (arity > 2) {
        int e = exponent(product(a, b)) - 2 * width + below(3) - 2;
        c = build(0, e, fraction());
        c ^= next() & sign;
      }
    } else {
      a = operand(0);
      if (arity == 1 && !below(4)) a = (product(a, a) + below(3) - 1) & (sign | (sign - 1));
      if (arity > 1) b = operand(a);
      if (arity > 2 && !below(4)) b = reciprocal(a);
      if (arity > 2) c = addend(a, b);
    }
    u64 r = ops[op].run(a, b, c, rm);
    u32 f = flags;
    if (ops[op].run(a, b, c, 7) != r || flags != f) {
      fprintf(stderr, "%s: dynamic and static rounding mode %d differ\n", ops[op].name, rm);
      exit(1);
    }
    if (print) printf("%016lx %016lx %016lx %016lx %02x\n", a, b, c, r, f);
    hash = (hash ^ r) * 0x9E3779B97F4A7C15;
    hash = (hash ^ hash >> 32 ^ f) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 29;
  }
  return hash;
}

int main(int argc, char **argv) {
  static const char *const modes[] = {"rne", "rtz", "rdn", "rup", "rmm"};
  int random = argc > 1 ? atoi(argv[1]) : 20000;
  for (int op = 0; op < (int)(sizeof ops / sizeof ops[0]); ++op) {
    for (int rm = 0; rm < ops[op].modes; ++rm) {
      int print = argc > 3 && !strcmp(argv[2], ops[op].name) && !strcmp(argv[3], modes[rm]);
      if (argc > 3 && !print) continue;
      u64 hash = run(op, rm, random, print);
      if (!print) printf("%s %s %016lx\n", ops[op].name, modes[rm], hash);
    }
  }
}

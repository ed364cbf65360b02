// Chains and independent work of each kind of unit, and branches of each kind of pattern.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define SEEN_F(v) __asm__ volatile("" : "+f"(v))
#define HIDDEN(v) __asm__ volatile("" : "+r"(v))
#define APART __attribute__((noinline))
#define PLAIN __attribute__((noinline, optimize("O0")))

static uint64_t state = 1181783497276652981ull;
static uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }

static APART void divide_chain(long n) { uint64_t x = ~0ull, y = 7; HIDDEN(y); for (long i = 0; i < n; i++) { x = x / y + 0xfedcba9876543ull * i; } SEEN(x); }
static APART void divide_many(long n) { unsigned c = 0; for (long i = 3; i < n; i++) { unsigned y = i * 5 + 2; c += (7919u * i + 100000u) % y; c ^= 999331u / y; c += (int)(i * 77) % 19; } SEEN(c); }
static APART void remainders(long n) { long c = 0; for (long i = 1; i < n; i++) { long a = i * 7919, b = i * 271 + 5; c += a % b + (a + 3) % (b + 1); if (a / b & 1) c++; } SEEN(c); }
static APART void multiply_chain(long n) { uint64_t x = 3; for (long i = 0; i < n; i++) x = x * 0x9E3779B97F4A7C15ull + 1; SEEN(x); }
static APART void multiply_many(long n) { uint64_t a = 1, b = 2, c = 3, d = 4; for (long i = 0; i < n; i++) { a *= 0x9E3779B97F4A7C15ull; b *= 0xD1B54A32D192ED03ull; c = (__uint128_t)c * b >> 64; d += a * c; } SEEN(d); }
static APART void float_divide(long n) { double x = 1e9, s = 0; for (long i = 1; i < n; i++) { x = x / 1.0001 + 1; s += 1.0 / (double)i; } SEEN_F(x); SEEN_F(s); }
static APART void roots(long n) { double x = 2, s = 0; for (long i = 1; i < n; i++) { x = sqrt(x + 3); s += sqrt((double)i); } SEEN_F(x); SEEN_F(s); }
static APART void roots_float(long n) { float s = 0; for (long i = 1; i < n; i++) { float t = i; s += 1 / sqrtf(t) + t / (t + 2); } SEEN_F(s); }
static APART void add_chain(long n) { double x = 0; for (long i = 0; i < n; i++) { x += 1.25; x *= 0.999; } SEEN_F(x); }
static APART void add_four(long n) { double a = 0, b = 1, c = 2, d = 3; for (long i = 0; i < n; i++) { a = a * 0.9 + 1; b = b * 0.8 + 1; c = c * 0.7 + 1; d = d * 0.6 + 1; } a += b + c + d; SEEN_F(a); }
static APART void add_eight(long n) { float a[8] = {1, 2, 3, 4, 5, 6, 7, 8}; for (long i = 0; i < n; i++) for (int k = 0; k < 8; k++) a[k] = a[k] * 0.99f + 0.5f; for (int k = 1; k < 8; k++) a[0] += a[k]; SEEN_F(a[0]); }
static APART void convert(long n) { double s = 0; long t = 0; for (long i = 0; i < n; i++) { s += (double)(i * 3) * 0.5; t += (long)s; if (s > 1e6) s -= 1e6; s = fmin(s, 1e7) + fabs(s - 3); if (s > 1e5) s *= 1e-3; } SEEN(t); SEEN_F(s); }
static APART void functions(long n) { double s = 0; for (long i = 1; i < n; i++) s += sin(i * 0.1) * exp(-i * 0.01) + log(i + s * s) + pow(1.01, i); SEEN_F(s); }
static APART void period(long n, int every) { long a = 0, b = 0; HIDDEN(every); int at = 0; for (long i = 0; i < n; i++) { if (at == 0) a += i; else b ^= i; if (++at == every) at = 0; } SEEN(a); SEEN(b); }
static APART void odds(long n, unsigned of256) { long a = 0, b = 0; for (long i = 0; i < n; i++) { if ((next() >> 20 & 255) < of256) a += i * 3; else b -= a; } SEEN(a); SEEN(b); }
static APART void related(long n) { long a = 0; for (long i = 0; i < n; i++) { unsigned r = next() >> 30; if (r & 1) a++; if (r & 2) a += 2; if ((r & 3) == 3) a ^= i; if (r & 1 && !(r & 2)) a -= 5; } SEEN(a); }
static PLAIN void nested(long n) { long s = 0; for (long i = 0; i < n; i++) for (long j = 0; j < i % 5; j++) for (long k = 0; k < 3; k++) s += i ^ j * k; SEEN(s); }
static APART void trips(long n) { long s = 0; for (long i = 0; i < n; i++) { long t = next() >> 60; while (t-- > 0) s += t * i; } SEEN(s); }
static APART void stored(long n) { volatile long slot[4] = {0}; for (long i = 0; i < n; i++) { slot[i & 3] += i; slot[(i + 1) & 3] ^= slot[i & 3]; } }
static APART void queue(long n) { static int ring[64]; unsigned head = 0, tail = 0; long s = 0; for (long i = 0; i < n; i++) { ring[tail++ & 63] = i; if (i & 1) s += ring[head++ & 63]; } SEEN(s); }
static APART void clip(long n) { int s = 0; for (long i = 0; i < n; i++) { int v = (int)(i * 2654435761u) >> 16; v = v < -9000 ? -9000 : v; v = v > 9000 ? 9000 : v; s += v < 0 ? -v : v; } SEEN(s); }

int main(void) {
  for (int turn = 0;; turn++) {
    divide_chain(60); divide_many(120); remainders(60); multiply_chain(300); multiply_many(120);
    float_divide(100); roots(80); roots_float(100); add_chain(300); add_four(150); add_eight(40); convert(120); functions(6);
    clip(150);
    period(400, 2 + turn % 9); period(300, 17 + turn); odds(200, 8 << turn % 5); odds(100, 128); related(150);
    nested(30); trips(80); stored(150); queue(300);
  }
}

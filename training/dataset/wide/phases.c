// One loop after another, each for some thousand instructions: what a loop alone costs once it runs warm, optimised and not.
#include <math.h>
#include <stdint.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define SEEN_F(v) __asm__ volatile("" : "+f"(v))
#define HIDDEN(v) __asm__ volatile("" : "+r"(v))
#define EACH(name, ...)                                                                                                          \
  static __attribute__((noinline)) void name __VA_ARGS__ static __attribute__((noinline, optimize("O0"))) void name##_plain __VA_ARGS__ \
  static __attribute__((noinline, optimize("O3,unroll-loops"))) void name##_long __VA_ARGS__

static uint64_t state = 0x9E3779B97F4A7C15ull;
static inline uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }

EACH(digits, (long n) { long s = 0; for (long i = 0; i < n; i++) { unsigned long x = 123456789ul * (i + 1); while (x) { s += x % 10; x /= 10; HIDDEN(x); } } SEEN(s); })
EACH(based, (long n) { unsigned base = 7, s = 0; HIDDEN(base); for (unsigned i = 1; i < n; i++) { unsigned x = i * 40503u; while (x) { s += x % base; x /= base; } } SEEN(s); })
EACH(euclid, (long n) { long s = 0; for (long i = 1; i < n; i++) { long a = i * 1001, b = 7 * i + 5040; while (b) { long t = a % b; a = b; b = t; } s += a; } SEEN(s); })
EACH(residues, (long n) { unsigned p = 251, q = 241, r = 239, s = 0; HIDDEN(p); HIDDEN(q); HIDDEN(r); for (unsigned i = 0; i < n; i++) { s += (i * 31u) % p; s ^= (i * 37u) % q; s += (i * 41u) % r; } SEEN(s); })
EACH(quotients, (long n) { long d = 3, s = 0; HIDDEN(d); for (long i = 0; i < n; i++) { s += (i << 20) / d + (i << 10) / (d + 1); d += i & 1; } SEEN(s); })
EACH(power, (long n) { uint64_t x = 5, m = 1000003, y = 1; HIDDEN(m); for (long i = 0; i < n; i++) { if (i & 1) y = y * x % m; x = x * x % m + 2; } SEEN(y); })
EACH(means, (long n) { double a = 3, b = 5, s = 0; for (long i = 1; i < n; i++) { a = (a + b) / 2; b = 2 * a * b / (a + b) + 0.001; s += a / (b + i); } SEEN_F(s); })
EACH(norms, (long n) { float s = 0; for (long i = 1; i < n; i++) { float x = i, y = i * 0.5f, z = 1; float r = 1 / sqrtf(x * x + y * y + z * z); s += x * r + y * r; } SEEN_F(s); })
EACH(horner4, (long n) { double s = 0; for (long i = 0; i < n; i++) { double x = i * 1e-3; s += (((0.1 * x + 0.2) * x + 0.3) * x + 0.4) * x + 0.5; } SEEN_F(s); })
EACH(ratio, (long n) { double x = 0.3; for (long i = 0; i < n; i++) { x = (x + 1.5) * 0.4; if (x > 0.9) x -= 0.35; } SEEN_F(x); })
EACH(mixer, (long n) { uint64_t a = 1, b = 2, c = 3, d = 4; for (long i = 0; i < n; i++) { a += b; d ^= a; d = d << 16 | d >> 48; c += d; b ^= c; b = b << 12 | b >> 52; } SEEN(a + d); })
EACH(select, (long n) { int s = 0; for (long i = 0; i < n; i++) { int v = next() >> 40 & 1023; if (v < 100) s += v; else if (v < 400) s -= v; else if (v < 900) s ^= v; else s = s >> 1; } SEEN(s); })
EACH(machine, (long n) { static const unsigned char to[4][4] = {{1, 2, 0, 3}, {2, 0, 3, 1}, {3, 1, 1, 0}, {0, 3, 2, 2}}; unsigned s = 0, c = 0; for (long i = 0; i < n; i++) { s = to[s][next() >> 50 & 3]; if (s == 2) c++; } SEEN(c); })
EACH(collate, (long n) { long s = 0; for (long i = 1; i < n; i++) { unsigned x = i * 97; while (x > 40) { x = x & 1 ? (x >> 1) + 9 : x - (x >> 2); s++; } } SEEN(s); })
EACH(apart, (long n) { static short a[256]; static short b[256]; int s = 0; for (long r = 0; r < n; r++) { for (int i = 0; i < 240; i++) { int v = a[i] - b[i + 3]; s += v < 0 ? -v : v; } a[r & 255] += s + r; } SEEN(s); })
EACH(cheapest, (long n) { static int a[64]; static int b[64]; for (long r = 0; r < n; r++) for (int i = 1; i < 63; i++) { int m = a[i - 1] < a[i + 1] ? a[i - 1] : a[i + 1]; b[i] = m + (i & 7); a[i] = (b[i] + a[i]) >> 1; } SEEN(a); })
EACH(scaled, (long n) { static int a[64]; for (long r = 0; r < n; r++) for (int i = 0; i < 64; i++) a[i] = ((long)a[i] * 1518500249 >> 31) + i; SEEN(a); })
EACH(between, (long n) { static double a[64] = {1, 2, 3}; for (long r = 0; r < n; r++) for (int i = 0; i < 48; i++) { double t = i * 0.3; int k = t; a[i] += (t - k) * (a[k + 1] - a[k]); } SEEN(a); })
EACH(squared, (long n) { static float w[8][8] = {{0.1f, 0.2f}}; static float x[8] = {1}; for (long r = 0; r < n; r++) for (int i = 0; i < 8; i++) { float s = 0.1f; for (int j = 0; j < 8; j++) s += w[i][j] * x[j]; x[(i + r) & 7] = s * 0.3f; } SEEN(x); })
EACH(dots, (long n) { static signed char a[128]; static signed char b[128]; int s = 0; for (long r = 0; r < n; r++) { for (int i = 0; i < 128; i++) s += a[i] * b[i]; a[r & 127] = s; b[r & 63] = r; } SEEN(s); })
EACH(pulls, (long n) { static float x[16] = {1, 2, 3, 4, 5}; static float v[16]; for (long r = 0; r < n; r++) for (int i = 0; i < 15; i++) { float d = x[i + 1] - x[i], f = d / (d * d + 0.1f); v[i] += f * 0.01f; x[i] += v[i]; } SEEN(x); })
EACH(matched, (long n) { static char a[64] = "the quick brown fox jumps over the lazy dog and the cat"; long s = 0; for (long r = 0; r < n; r++) for (int i = 0; a[i]; i++) if (a[i] == 't' && a[i + 1] == 'h') s += i; SEEN(s); })
EACH(stack, (long n) { static long s[64]; long sp = 0; for (long i = 0; i < n; i++) { if (sp < 60 && (i & 7) < 5) s[sp++] = i; else { long a = s[--sp]; sp += sp == 0; s[sp - 1] += a; } } SEEN(s); })

#define RUN(name, n) (turn % 3 == 0 ? name(n) : turn % 3 == 1 ? name##_plain((n) / 3 + 1) : name##_long(n))

int main(void) {
  for (int turn = 0;; turn++) {
    RUN(digits, 25); RUN(based, 35); RUN(euclid, 30); RUN(residues, 150); RUN(quotients, 180); RUN(power, 150);
    RUN(means, 150); RUN(norms, 150); RUN(horner4, 200); RUN(ratio, 250); RUN(mixer, 200); RUN(collate, 40); RUN(select, 150);
    RUN(machine, 140); RUN(apart, 2); RUN(cheapest, 4); RUN(scaled, 5); RUN(between, 4); RUN(squared, 5); RUN(dots, 2);
    RUN(pulls, 12); RUN(matched, 6); RUN(stack, 200);
  }
}

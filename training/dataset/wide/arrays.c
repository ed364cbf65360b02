// Loops over arrays: many of them in step, through rows and columns, of sizes about those of caches; each optimised and not.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define BOTH(name, ...)                                                                                                          \
  static __attribute__((noinline)) void name __VA_ARGS__ static __attribute__((noinline, optimize("O0"))) void name##_plain __VA_ARGS__

/** Arrays that begin `apart` bytes after a multiple of a page of each other: 0 puts them all into the same sets of a cache. */
static char *arrays(int count, size_t bytes, size_t apart) {
  size_t each = ((bytes + 4095) & ~(size_t)4095) + apart;
  char *all = aligned_alloc(4096, (count * each + 4095) & ~(size_t)4095);
  for (size_t i = 0; i < count * each; i += 64) all[i] = i;
  return all;
}
static size_t step_of(size_t bytes, size_t apart) { return ((bytes + 4095) & ~(size_t)4095) + apart; }

BOTH(sum2, (long n, double *a, double *b) { for (long i = 0; i < n; i++) a[i] = a[i] * 0.5 + b[i]; SEEN(a); })
BOTH(triad, (long n, double *a, double *b, double *c) { for (long i = 0; i < n; i++) a[i] = b[i] + 1.5 * c[i]; SEEN(a); })
BOTH(mix5, (long n, float *a, float *b, float *c, float *d, float *e) { for (long i = 0; i < n; i++) a[i] = b[i] * c[i] + d[i] * e[i]; SEEN(a); })
BOTH(shift3, (long n, int *a, int *b, int *c) { for (long i = 1; i < n; i++) { a[i] = b[i] + c[i - 1]; c[i] = a[i - 1] ^ b[i]; } SEEN(a); })
BOTH(upwind, (long w, long h, double *q, double *u, double *v) {
  for (long y = 1; y < h; y++) for (long x = 1; x < w; x++) q[y * w + x] += 0.1 * (u[y * w + x] * (q[y * w + x - 1] - q[y * w + x]) + v[y * w + x] * (q[(y - 1) * w + x] - q[y * w + x]));
  SEEN(q);
})
BOTH(smooth3, (long n, float *a, float *b) {
  for (long z = 1; z + 1 < n; z++) for (long y = 1; y + 1 < n; y++) for (long x = 1; x + 1 < n; x++) {
    long i = (z * n + y) * n + x;
    b[i] = (a[i] + a[i - 1] + a[i + 1] + a[i - n] + a[i + n] + a[i - n * n] + a[i + n * n]) * 0.14f;
  }
  SEEN(b);
})
BOTH(columns, (long w, long h, double *m, double *y) { for (long x = 0; x < w; x++) { double s = 0; for (long i = 0; i < h; i++) s += m[i * w + x] * y[i]; y[x % h] = s * 1e-3; } SEEN(y); })
BOTH(rank2, (long n, double *m, double *a, double *b) { for (long i = 0; i < n; i++) for (long j = 0; j <= i; j++) m[i * n + j] += a[i] * b[j] + b[i] * a[j]; SEEN(m); })
BOTH(product, (long n, double *a, double *b, double *c) {
  for (long i = 0; i < n; i++) for (long j = 0; j < n; j++) { double s = 0; for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j]; c[i * n + j] = s; }
  SEEN(c);
})
BOTH(eliminate, (long n, double *m) {
  for (long i = 0; i < n; i++) m[i * n + i] += n;
  for (long k = 0; k < n; k++) for (long i = k + 1; i < n; i++) { double f = m[i * n + k] /= m[k * n + k]; for (long j = k + 1; j < n; j++) m[i * n + j] -= f * m[k * n + j]; }
  SEEN(m);
})
BOTH(back, (long n, double *m, double *x) { for (long i = n - 1; i >= 0; i--) { double s = x[i]; for (long j = i + 1; j < n; j++) s -= m[i * n + j] * x[j]; x[i] = s / (m[i * n + i] + 3); } SEEN(x); })
BOTH(flip, (long n, int *a, int *b) { for (long i = 0; i < n; i++) for (long j = 0; j < n; j++) b[j * n + i] = a[i * n + j]; SEEN(b); })
BOTH(shortest, (long n, int *d) { for (long k = 0; k < n; k++) for (long i = 0; i < n; i++) for (long j = 0; j < n; j++) { int t = d[i * n + k] + d[k * n + j]; if (t < d[i * n + j]) d[i * n + j] = t; } SEEN(d); })
BOTH(strided, (long n, long step, long *a) { long s = 0; for (long i = 0; i < n; i++) s += a[i * step]++; SEEN(s); SEEN(a); })
BOTH(bytes, (long n, unsigned char *a, unsigned char *b) { unsigned h = 0; for (long i = 2; i < n; i++) { b[i] = (a[i - 2] + 2 * a[i - 1] + a[i]) >> 2; h = h * 31 + b[i]; } SEEN(h); SEEN(b); })
BOTH(count, (long n, unsigned *table, long mask) { uint64_t s = 88172645463325252ull; for (long i = 0; i < n; i++) { s ^= s << 13; s ^= s >> 7; s ^= s << 17; table[s & mask]++; } SEEN(table); })
BOTH(prefix, (long n, long *a) { for (long i = 1; i < n; i++) a[i] += a[i - 1]; SEEN(a); })

#define EITHER(plain, name, ...) ((plain) ? name##_plain(__VA_ARGS__) : name(__VA_ARGS__))
#define A(k) (void *)(all + (k) * step)

int main(void) {
  static const int kb[] = {2, 3, 5, 8, 12, 24, 48};
  for (int turn = 0;; turn++) {
    int plain = turn % 3 == 1;
    size_t apart = turn % 2 ? 0 : 64 * (5 + turn % 7 * 4);
    size_t size = 1024u * kb[turn % 7];
    size_t step = step_of(size, apart);
    char *all = arrays(5, size, apart);
    long few = size / 8 < 700 ? 3 : 1;
    long n = size / 8 < 2000 ? size / 8 : 2000;
    for (long r = 0; r < few; r++) {
      switch (turn % 5) {
        case 0: EITHER(plain, triad, n, A(0), A(1), A(2)); EITHER(plain, sum2, n, A(3), A(4)); break;
        case 1: EITHER(plain, mix5, n, A(0), A(1), A(2), A(3), A(4)); break;
        case 2: EITHER(plain, shift3, n, A(0), A(1), A(2)); EITHER(plain, prefix, n, A(3)); break;
        case 3: EITHER(plain, sum2, n, A(0), A(1)); EITHER(plain, bytes, n, A(2), A(3)); break;
        default: EITHER(plain, strided, n / 8, 8, A(1)); EITHER(plain, strided, n / 16, 16, A(2)); break;
      }
    }
    long w = turn % 4 == 0 ? 32 : turn % 4 == 1 ? 20 : turn % 4 == 2 ? 64 : 45;
    long h = size / 8 / w;
    if (h > 14) h = 14;
    if (h > 3) {
      switch (turn % 2) {
        case 0: EITHER(turn % 3 == 2, upwind, w, h, A(0), A(1), A(2)); break;
        default: for (int r = 0; r < 2; r++) EITHER(turn % 3 == 2, columns, w, h, A(0), A(1));
      }
    }
    long side = size > 8192 ? 22 : 14;
    switch (turn % 8) {
      case 0: EITHER(plain, product, 14, A(0), A(1), A(2)); break;
      case 1: EITHER(plain, eliminate, 11, A(0)); EITHER(plain, back, 11, A(0), A(1)); break;
      case 2: EITHER(plain, flip, 2 * side, A(0), A(1)); break;
      case 3: EITHER(plain, shortest, 13, A(0)); break;
      case 4: EITHER(plain, rank2, 2 * side, A(0), A(1), A(2)); break;
      case 5: if (size > 5000) EITHER(plain, smooth3, 10, A(0), A(1)); break;
      case 6: EITHER(plain, count, 800, A(0), 255 >> (size < 8192) | (size >= 16384 ? 2047 : 0)); break;
      default: memcpy(A(0), A(1), size); memset(A(2), turn, size / 2); memmove((char *)A(3) + 72, A(3), size / 2);
    }
    // Half of them is given back, so that later ones lie elsewhere.
    if (turn % 2) free(all);
  }
}

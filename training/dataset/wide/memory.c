// Data larger than caches: streams side by side at distances that are powers of two, rows of a pitch, tables at random.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define BOTH(name, ...)                                                                                                          \
  static __attribute__((noinline)) void name __VA_ARGS__ static __attribute__((noinline, optimize("O0"))) void name##_plain __VA_ARGS__

static uint64_t state = 0x2545F4914F6CDD1Dull;
static inline uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }

BOTH(add, (long n, const double *a, const double *b, double *c) { for (long i = 0; i < n; i++) c[i] = a[i] + b[i]; SEEN(c); })
BOTH(scale, (long n, float *a) { for (long i = 0; i < n; i++) a[i] *= 1.01f; SEEN(a); })
BOTH(total, (long n, const long *a) { long s = 0; for (long i = 0; i < n; i++) s += a[i]; SEEN(s); })
BOTH(largest, (long n, const int *a) { int m = a[0]; for (long i = 1; i < n; i++) if (a[i] > m) m = a[i]; SEEN(m); })
BOTH(fill, (long n, long *a, long v) { for (long i = 0; i < n; i++) a[i] = v + i; SEEN(a); })
BOTH(back, (long n, short *a, const short *b) { for (long i = n - 1; i >= 0; i--) a[i] = b[i] - a[i]; SEEN(a); })
BOTH(blend, (long rows, long n, long pitch, const float *a, float *out) {
  for (long i = 0; i < n; i++) { float s = 0; for (long r = 0; r < rows; r++) s += a[r * pitch + i]; out[i] = s * 0.25f; }
  SEEN(out);
})
BOTH(down, (long rows, long n, long pitch, long *a) {
  for (long i = 0; i < n; i++) for (long r = 1; r < rows; r++) a[r * pitch + i] += a[(r - 1) * pitch + i] >> 1;
  SEEN(a);
})
BOTH(across, (long rows, long n, long pitch, double *a, const double *k) {
  for (long r = 0; r < rows; r++) for (long i = 0; i + 4 < n; i++) a[r * pitch + i] = k[0] * a[r * pitch + i] + k[1] * a[r * pitch + i + 2] + k[2] * a[r * pitch + i + 4];
  SEEN(a);
})
BOTH(turned, (long side, long pitch, const int *a, int *b) { for (long i = 0; i < side; i++) for (long j = 0; j < side; j++) b[j * pitch + i] = a[i * pitch + j] + 1; SEEN(b); })
BOTH(steps, (long n, long step, long *a) { for (long i = 0; i < n; i++) a[i * step] += i; SEEN(a); })
BOTH(jumps, (long n, long mask, const long *a) { long s = 0; uint64_t x = state; for (long i = 0; i < n; i++) { x = x * 6364136223846793005ull + 1442695040888963407ull; s += a[x >> 33 & mask]; } state ^= x; SEEN(s); })
BOTH(scatter, (long n, long mask, int *a) { uint64_t x = state; for (long i = 0; i < n; i++) { x = x * 6364136223846793005ull + 1442695040888963407ull; a[x >> 33 & mask] = i; } state ^= x; SEEN(a); })
BOTH(exchange, (long n, long mask, short *a) { for (long i = 0; i < n; i++) { uint64_t x = next(); long p = x & mask; long q = x >> 32 & mask; short t = a[p]; a[p] = a[q]; a[q] = t; } SEEN(a); })
BOTH(halves, (long n, long size, const int *a) {
  long s = 0;
  for (long i = 0; i < n; i++) { int key = next() >> 34; long low = 0, high = size; while (low < high) { long mid = (low + high) / 2; if (a[mid] < key) low = mid + 1; else high = mid; } s += low; }
  SEEN(s);
})
BOTH(hops, (long n, long mask, const unsigned *a) { unsigned p = state; for (long i = 0; i < n; i++) p = (a[p & mask] ^ p * 2654435761u) + i; SEEN(p); })
BOTH(apart, (long n, long distance, long *a) { for (long i = 0; i < n; i++) { a[i] = a[i + distance] + a[i + 2 * distance]; a[i + 3 * distance] ^= a[i]; } SEEN(a); })

#define EITHER(plain, name, ...) ((plain) ? name##_plain(__VA_ARGS__) : name(__VA_ARGS__))

int main(void) {
  const size_t whole = 32u << 20;
  char *all = aligned_alloc(1 << 20, whole);
  static const double k[] = {0.5, 0.3, 0.2};
  for (int turn = 0;; turn++) {
    int plain = turn % 4 == 3;
    // Some turns go on where an earlier one was, some are the first to touch what they use.
    char *a = all + (turn % 3 == 0 ? 0 : (size_t)(turn * 7 % 23) * 0x2a0c0);
    long distance = 1l << (12 + turn % 8);
    long pitch = 1l << (10 + turn * 5 % 7), odd = turn % 2 ? 0 : 24;
    long mask = (1l << (13 + turn * 3 % 9)) - 1;
    switch (turn % 17) {
      case 0: EITHER(plain, add, 500, (double *)a, (double *)(a + distance), (double *)(a + 2 * distance)); break;
      case 1: EITHER(plain, blend, 3 + turn % 4, 150, pitch + odd, (float *)a, (float *)(a + (2 << 20))); break;
      case 2: EITHER(plain, jumps, 400, mask, (long *)all); break;
      case 3: EITHER(plain, down, 12, 30, pitch + odd, (long *)a); break;
      case 4: EITHER(plain, fill, 900, (long *)a, turn); EITHER(plain, total, 600, (long *)(a + distance)); break;
      case 5: EITHER(plain, scatter, 400, 2 * mask + 1, (int *)all); break;
      case 6: EITHER(plain, apart, 200, distance / 8, (long *)a); break;
      case 7: EITHER(plain, turned, 20, pitch + odd, (int *)a, (int *)(a + (3 << 20))); break;
      case 8: EITHER(plain, steps, 250, 8l << turn % 5, (long *)a); EITHER(plain, steps, 150, 513, (long *)a); break;
      case 9: EITHER(plain, across, 4, 60, pitch + odd, (double *)a, k); break;
      case 10: EITHER(plain, exchange, 150, 4 * mask + 3, (short *)all); break;
      case 11: EITHER(plain, largest, 800, (int *)a); EITHER(plain, scale, 500, (float *)(a + distance)); break;
      case 12: EITHER(plain, halves, 25, 2 * mask, (int *)all); break;
      case 13: EITHER(plain, hops, 300, 2 * mask + 1, (unsigned *)all); break;
      case 14: EITHER(plain, back, 500, (short *)a, (short *)(a + distance)); break;
      case 15: EITHER(plain, add, 400, (double *)a, (double *)a + 3, (double *)(a + (4 << 20))); break;
      default: memcpy(a + distance, a, 6000); memset(a + 3 * distance, turn, 5000);
    }
  }
}

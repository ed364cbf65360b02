// Code larger than caches: long bodies in turn and at random, deep calls, methods of objects, a switch of many cases, the library.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define APART __attribute__((noinline))
#define PLAIN __attribute__((noinline, optimize("O0")))

static uint64_t state = 0xD1B54A32D192ED03ull;
static inline uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
static long a[256];
static double d[64];

#define T4(f, n) f(n##0) f(n##1) f(n##2) f(n##3)
#define T16(f, n) T4(f, n##0) T4(f, n##1) T4(f, n##2) T4(f, n##3)
#define T64(f, n) T16(f, n##0) T16(f, n##1) T16(f, n##2) T16(f, n##3)
#define ALL(f) T64(f, 1) T64(f, 2)

// Straight lines of 40 to 200 instructions.
#define L(n) a[n & 127] += (x << (n & 7)) ^ a[(n * 7) & 127]; x = x * 33 + a[(n + 5) & 127];
#define L4(n) L(n##0) L(n##1) L(n##2) L(n##3)
#define S(n) static APART long s##n(long x) { L4(n) if (x & 4) { L4(n) L4(n) } L4(n) return x; }
ALL(S)
#define P(n) static PLAIN long p##n(long x) { for (int i = 0; i < (n & 3) + 1; i++) { a[(n + i) & 255] ^= x + i; if (a[i] > x) x += n; d[n & 63] = d[n & 63] * 0.5 + x; } return x; }
ALL(P)
// A tree of calls: 2 n below n.
#define C(n) static PLAIN long c##n(long x, int depth) { long y = s##n(x) & 255; return depth == 0 ? y : p##n(y) + (depth > 1 ? s##n(y + 1) : y); }
ALL(C)
#define NAME_S(n) s##n,
#define NAME_P(n) p##n,
#define NAME_C(n) c##n,
static long (*const straight[])(long) = {ALL(NAME_S)}, (*const plain[])(long) = {ALL(NAME_P)};
static long (*const deep[])(long, int) = {ALL(NAME_C)};
#define COUNT (long)(sizeof straight / sizeof *straight)

static APART long in_turn(long many, long first, long among) { long x = 1; for (long i = 0; i < many; i++) x = straight[(first + i % among) % COUNT](x); return x; }
static APART long at_random(long many, long among) { long x = 1; for (long i = 0; i < many; i++) x = (next() & 64 ? plain : straight)[next() % among](x); return x; }
static APART long deeply(long many, long among) { long x = 1; for (long i = 0; i < many; i++) x += deep[(i * 11) % among](x, i % 3); return x; }

static APART long cases(long many) {
  long x = 1;
  for (long i = 0; i < many; i++) switch (next() >> 20 & 31) {
#define W(n) case n: x = x * (n + 3) + a[n]; a[(n * 5) & 255] = x; if (x & n) x += a[n + 1]; break;
    W(0) W(1) W(2) W(3) W(4) W(5) W(6) W(7) W(8) W(9) W(10) W(11) W(12) W(13) W(14) W(15) W(16) W(17) W(18) W(19) W(20) W(21) W(22) W(23) W(24) W(25) W(26) W(27) W(28)
    default: x >>= 1;
  }
  return x;
}

struct shape { double (*area)(const struct shape *); void (*grow)(struct shape *); double x, y; struct shape *next; };
static PLAIN double circle(const struct shape *s) { return 3.14159 * s->x * s->x; }
static PLAIN double box(const struct shape *s) { return s->x * s->y; }
static PLAIN double wedge(const struct shape *s) { return 0.5 * s->x * s->y; }
static PLAIN void more(struct shape *s) { s->x *= 1.01; s->y += 0.1; }
static PLAIN void less(struct shape *s) { s->x *= 0.98; if (s->y > 1) s->y -= 0.2; }
static APART double shapes(int many, int turns) {
  static double (*const areas[])(const struct shape *) = {circle, box, wedge};
  struct shape *first = NULL;
  double sum = 0;
  for (int i = 0; i < many; i++) { struct shape *s = malloc(sizeof *s + next() % 60); *s = (struct shape){areas[next() % 3], next() & 8 ? more : less, i, 1, first}; first = s; }
  for (int t = 0; t < turns; t++) for (struct shape *s = first; s; s = s->next) { sum += s->area(s); s->grow(s); }
  while (first) { struct shape *s = first->next; free(first); first = s; }
  return sum;
}

static int by_text(const void *p, const void *q) { return strcmp(*(char *const *)p, *(char *const *)q); }
static APART void library(int many) {
  char text[40][24], *order[40], all[1200] = "";
  double sum = 0;
  for (int i = 0; i < many; i++) { snprintf(text[i], sizeof text[i], "%c%lx:%.3f", (char)('a' + next() % 26), (unsigned long)(next() & 0xfff), i * 0.37); order[i] = text[i]; }
  qsort(order, many, sizeof *order, by_text);
  for (int i = 0; i < many; i++) { strcat(all, order[i]); sum += strtod(strchr(order[i], ':') + 1, NULL); }
  sum += sin(sum) + log1p(sum) + fmod(sum, 7) + floor(sum / 3) + atan2(sum, 2);
  SEEN(all);
  d[3] = sum;
}

int main(void) {
  for (int turn = 0;; turn++) {
    long x = in_turn(60, turn * 16, 8l << turn % 5);
    x += at_random(50, 16l << turn % 4);
    x += deeply(14, 16l << turn % 4);
    x += cases(90);
    d[0] += shapes(20, 3);
    if (turn % 3 == 0) library(6);
    SEEN(x);
  }
}

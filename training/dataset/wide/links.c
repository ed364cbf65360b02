// What follows pointers, calls and branches: lists, trees, tables, sorting, text, an interpreter, more code than a small cache holds.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN(v) __asm__ volatile("" : : "r"(v) : "memory")
#define PLAIN __attribute__((noinline, optimize("O0")))
#define APART __attribute__((noinline))

static uint64_t state = 88172645463325252ull;
static uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }

struct node { struct node *next, *left, *right; long key; char rest[32]; };

static APART void chase(long nodes, long hops) {
  struct node *all = aligned_alloc(64, nodes * sizeof *all);
  long *order = malloc(nodes * sizeof *order);
  for (long i = 0; i < nodes; i++) order[i] = i;
  for (long i = nodes - 1; i > 0; i--) { long j = next() % (i + 1), t = order[i]; order[i] = order[j]; order[j] = t; }
  for (long i = 0; i < nodes; i++) { all[order[i]].next = &all[order[(i + 1) % nodes]]; all[order[i]].key = i; }
  struct node *p = all;
  long s = 0;
  for (long i = 0; i < hops; i++) { s += p->key; p = p->next; }
  SEEN(s);
  free(order);
  free(all);
}

static struct node *insert(struct node *root, struct node *new) {
  struct node **at = &root;
  while (*at) at = new->key < (*at)->key ? &(*at)->left : &(*at)->right;
  *at = new;
  return root;
}
static PLAIN long depth(const struct node *n) { if (!n) return 0; long a = depth(n->left), b = depth(n->right); return 1 + (a > b ? a : b); }
static APART long in_order(const struct node *n, long s) { return n ? in_order(n->right, in_order(n->left, s) * 3 + n->key) : s; }
static APART void tree(long nodes, long searches) {
  struct node *all = calloc(nodes, sizeof *all), *root = NULL;
  for (long i = 0; i < nodes; i++) { all[i].key = next() >> 40; root = insert(root, &all[i]); }
  long found = 0;
  for (long i = 0; i < searches; i++) { long key = next() >> 40; const struct node *p = root; while (p && p->key != key) p = key < p->key ? p->left : p->right; found += p != NULL; }
  found += depth(root) + in_order(root, 0);
  SEEN(found);
  free(all);
}

static APART void table(long slots, long operations) {
  struct { uint64_t key; long value; } *t = calloc(slots, sizeof *t);
  for (long i = 0; i < operations; i++) {
    uint64_t key = next() % (slots / 2) + 1;
    long at = key * 0x9E3779B97F4A7C15ull >> 20 & (slots - 1);
    while (t[at].key && t[at].key != key) at = (at + 1) & (slots - 1);
    t[at].key = key;
    t[at].value += i;
  }
  SEEN(t);
  free(t);
}

static int by_value(const void *a, const void *b) { long x = *(const long *)a, y = *(const long *)b; return x < y ? -1 : x > y; }
static APART void quick(long *a, long n) {
  while (n > 8) {
    long pivot = a[n / 2], i = 0, j = n - 1;
    while (i <= j) { while (a[i] < pivot) i++; while (a[j] > pivot) j--; if (i <= j) { long t = a[i]; a[i++] = a[j]; a[j--] = t; } }
    quick(a, j + 1);
    a += i;
    n -= i;
  }
  for (long i = 1; i < n; i++) { long v = a[i], j = i; while (j > 0 && a[j - 1] > v) { a[j] = a[j - 1]; j--; } a[j] = v; }
}
static PLAIN void heap(int *a, long n) {
  for (long top = n / 2 - 1, end = n; end > 1;) {
    if (top >= 0) top--; else { end--; int t = a[0]; a[0] = a[end]; a[end] = t; }
    for (long i = top < 0 ? 0 : top;;) { long c = 2 * i + 1; if (c >= end) break; if (c + 1 < end && a[c + 1] > a[c]) c++; if (a[i] >= a[c]) break; int t = a[i]; a[i] = a[c]; a[c] = t; i = c; }
  }
}
static void sorts(long n) {
  long *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b);
  int *c = malloc(n * sizeof *c);
  for (long i = 0; i < n; i++) { a[i] = b[i] = next() >> 30; c[i] = a[i]; }
  quick(a, n);
  qsort(b, n / 2, sizeof *b, by_value);
  heap(c, n / 2);
  SEEN(a); SEEN(b); SEEN(c);
  free(a); free(b); free(c);
}

static APART void words(int many) {
  char text[600], out[80];
  int n = 0;
  for (int i = 0; n < 560; i++) n += sprintf(text + n, "%s%lu%c", i % 3 ? "key" : "value-", (unsigned long)(next() & 0xffff), i % 5 ? ' ' : ',');
  for (int r = 0; r < many; r++) {
    long total = 0;
    for (char *p = text; *p;) { size_t l = strcspn(p, " ,"); if (p[0] == 'k') total += strtol(p + 3, NULL, 10); else total ^= l; p += l; if (*p) p++; }
    snprintf(out, sizeof out, "%ld %x %s", total, (unsigned)total, strchr(text, ',') ? "yes" : "no");
    total += strlen(out) + strcmp(out, text);
    SEEN(total);
  }
}

static APART long interpret(const unsigned char *code, long steps) {
  long stack[16] = {1, 2, 3}, sp = 3, pc = 0, acc = 0;
  while (steps-- > 0) {
    switch (code[pc++ & 63] & 7) {
      case 0: stack[sp & 15] = acc; sp++; break;
      case 1: sp--; acc += stack[sp & 15]; break;
      case 2: acc = acc * 5 + 1; break;
      case 3: acc ^= acc >> 7; break;
      case 4: if (acc & 1) pc += code[pc & 63] & 15; break;
      case 5: stack[sp & 15] ^= acc; break;
      case 6: acc -= stack[(sp - 1) & 15]; break;
      default: pc -= 3;
    }
  }
  return acc;
}

// 192 functions of some hundred bytes each.
#define F(n) static APART long f##n(long x, long *a) { for (long i = 0; i < (n & 3) + 1; i++) { x = x * (2 * n + 3) + a[(x >> 8) & 63]; a[(n + i) & 63] ^= x; if (x & (1 << (n & 7))) x += n; else x ^= x >> (n % 13 + 2); } return x + a[n & 63]; }
#define F4(n) F(n##0) F(n##1) F(n##2) F(n##3)
#define F16(n) F4(n##0) F4(n##1) F4(n##2) F4(n##3)
#define F64(n) F16(n##0) F16(n##1) F16(n##2) F16(n##3)
F64(1) F64(2) F64(3)
#define G(n) f##n,
#define G4(n) G(n##0) G(n##1) G(n##2) G(n##3)
#define G16(n) G4(n##0) G4(n##1) G4(n##2) G4(n##3)
#define G64(n) G16(n##0) G16(n##1) G16(n##2) G16(n##3)
static long (*const functions[])(long, long *) = {G64(1) G64(2) G64(3)};
static APART void calls(long many, long among, int random) {
  static long a[64];
  long x = 1;
  for (long i = 0; i < many; i++) x = functions[(random ? next() : (uint64_t)i) % among](x, a);
  SEEN(x);
}

static PLAIN long ackermann(long m, long n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
static APART void flood(int side) {
  unsigned char *map = calloc(side + 2, side + 2);
  int *queue = malloc(side * side * sizeof *queue);
  for (int i = 0; i < (side + 2) * (side + 2); i++) map[i] = next() % 4 == 0;
  int w = side + 2, head = 0, tail = 0;
  map[w + 1] = 1; queue[tail++] = w + 1;
  static const int dx[] = {1, -1, 0, 0}, dy[] = {0, 0, 1, -1};
  while (head < tail) { int at = queue[head++]; for (int d = 0; d < 4; d++) { int to = at + dx[d] + dy[d] * w, x = to % w, y = to / w; if (x < 1 || y < 1 || x > side || y > side || map[to]) continue; map[to] = 1; queue[tail++] = to; } }
  SEEN(tail);
  free(queue); free(map);
}

int main(void) {
  unsigned char code[64];
  for (int turn = 0;; turn++) {
    chase(64l << turn % 6, 1500);
    tree(40 << turn % 3, 60);
    table(256l << turn % 5, 500);
    sorts(120 + 90 * (turn % 3));
    words(2);
    for (int i = 0; i < 64; i++) code[i] = next() >> 33;
    long acc = interpret(code, 900);
    SEEN(acc);
    calls(220, 24 << turn % 4 > 192 ? 192 : 24 << turn % 4, turn % 2);
    acc = ackermann(2, 6);
    SEEN(acc);
    flood(18 + 6 * (turn % 3));
  }
}

/* Calls of every kind: recursion, function pointers, a tail call, longjmp out of deep calls, and two phases. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#define OWN __attribute__((noinline, noclone))

static jmp_buf out;
static volatile int sink;

OWN int leaf(int n) { int s = 0; for (int i = 0; i < n; i++) s += i ^ n; return s; }
OWN int twice(int n) { return leaf(n) + leaf(n + 1); }
OWN int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
OWN int last(int n) { sink = n; return leaf(n); }
OWN int tail(int n) { sink = n; return last(n + 1); }
OWN void dive(int n) { if (n == 0) longjmp(out, 1); sink = leaf(2); dive(n - 1); sink = n; }
OWN int catcher(void) { if (setjmp(out)) return leaf(3); dive(20); return 0; }
OWN int walk(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[a[i]]; return s; }

static int (*const table[])(int) = {leaf, twice, tail};

int main(void) {
  int s = 0;
  for (int i = 0; i < 300; i++) s += table[i % 3](20);
  s += fib(12);
  for (int i = 0; i < 5; i++) s += catcher();
  int n = 1 << 14, *a = malloc(n * sizeof *a);
  for (int i = 0; i < n; i++) a[i] = (i * 7919) & (n - 1);
  s += walk(a, n);
  printf("%d\n", s);
  return 0;
}

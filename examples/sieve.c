/* The sieve of Eratosthenes. The store in the inner loop strides through half a megabyte, more than a first-level cache
 * holds; the test in main takes a branch that follows no pattern. */
#include <stdio.h>

#define LIMIT 500000

static char composite[LIMIT + 1];

static void sieve(void) {
  for (int i = 2; i * i <= LIMIT; i++) {
    if (composite[i]) continue;
    for (int j = i * i; j <= LIMIT; j += i) {
      composite[j] = 1;
    }
  }
}

int main(void) {
  int count = 0, last = 0;
  sieve();
  for (int i = 2; i <= LIMIT; i++) {
    if (!composite[i]) {
      count++;
      last = i;
    }
  }
  printf("sieve: %d primes up to %d, the last is %d\n", count, LIMIT, last);
  return 0;
}

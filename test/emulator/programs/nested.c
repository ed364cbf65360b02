/* A nested function of GNU C whose address is taken needs a stack that code can run on. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  int order = -1, values[] = {3, 1, 9, 4, 7}, calls = 0;
  int compare(const void *a, const void *b) {
    calls++;
    return order * (*(const int *)a - *(const int *)b);
  }
  qsort(values, 5, sizeof *values, compare);
  for (int i = 0; i < 5; i++) printf("%d ", values[i]);
  printf("%d\n", calls > 0);
  return 0;
}

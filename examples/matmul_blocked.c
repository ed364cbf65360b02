/* The matrix product in blocks that fit the first-level cache, the innermost loop along rows: the same products as
 * matmul_naive.c, but the reads are sequential and the additions do not wait for one another. */
#include <stdio.h>

#define N 96
#define BLOCK 16

static double a[N][N], b[N][N], c[N][N];

static void multiply_block(int i0, int k0, int j0) {
  for (int i = i0; i < i0 + BLOCK; i++) {
    for (int k = k0; k < k0 + BLOCK; k++) {
      double factor = a[i][k];
      for (int j = j0; j < j0 + BLOCK; j++) {
        c[i][j] += factor * b[k][j];
      }
    }
  }
}

static void multiply(void) {
  for (int i = 0; i < N; i += BLOCK) {
    for (int k = 0; k < N; k += BLOCK) {
      for (int j = 0; j < N; j += BLOCK) {
        multiply_block(i, k, j);
      }
    }
  }
}

int main(void) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      a[i][j] = (i * 7 + j * 3) % 11;
      b[i][j] = (i * 5 + j * 13) % 17;
    }
  }
  multiply();
  double trace = 0;
  for (int i = 0; i < N; i++) trace += c[i][(i * 31) % N];
  printf("matmul_blocked: %.1f\n", trace);
  return 0;
}

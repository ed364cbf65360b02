/* The matrix product as the textbook writes it. The innermost line reads b column by column: every access is another
 * cache line, and every addition waits for the one before. matmul_blocked.c computes the same. */
#include <stdio.h>

#define N 96

static double a[N][N], b[N][N], c[N][N];

static void multiply(void) {
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < N; j++) {
      double sum = 0;
      for (int k = 0; k < N; k++) {
        sum += a[i][k] * b[k][j];
      }
      c[i][j] = sum;
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
  printf("matmul_naive: %.1f\n", trace);
  return 0;
}

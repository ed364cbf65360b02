#include <stdio.h>

static double weights[256];

static double weigh(const double *values, int count) {
  double sum = 0;
  for (int i = 0; i < count; i++)
    sum += values[i] / (1.0 + i);
  return sum;
}

int main(void) {
  double all = 0;
  for (int round = 0; round < 200; round++) {
    weights[round] = round;
    all += weigh(weights, 256);
  }
  printf("%f\n", all);
  return 0;
}

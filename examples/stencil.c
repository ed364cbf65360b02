/* Heat spreading over a plate: each cell becomes the mean of its neighbours, step by step. A stencil: few operations for
 * each number loaded, all rows streaming through the cache. */
#include <stdio.h>

#define SIZE 130
#define STEPS 20

static double grid[2][SIZE][SIZE];

static void step(double from[SIZE][SIZE], double to[SIZE][SIZE]) {
  for (int y = 1; y < SIZE - 1; y++) {
    for (int x = 1; x < SIZE - 1; x++) {
      double neighbours = from[y - 1][x] + from[y + 1][x] + from[y][x - 1] + from[y][x + 1];
      to[y][x] = 0.5 * from[y][x] + 0.125 * neighbours;
    }
  }
}

int main(void) {
  for (int now = 0; now < 2; now++) {
    for (int x = 0; x < SIZE; x++) {
      grid[now][0][x] = 100.0;
      grid[now][SIZE - 1][x] = -20.0;
    }
  }
  for (int i = 0; i < STEPS; i++) step(grid[i % 2], grid[(i + 1) % 2]);

  double sum = 0;
  for (int y = 0; y < SIZE; y++) {
    for (int x = 0; x < SIZE; x++) sum += grid[STEPS % 2][y][x];
  }
  printf("stencil: mean %.6f\n", sum / (SIZE * SIZE));
  return 0;
}

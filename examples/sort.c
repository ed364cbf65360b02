/* Four ways to sort random integers. In each, the comparison decides a branch that nobody can predict; qsort also pays
 * for a call by pointer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 7000
#define FEW 600

static unsigned seed;

static unsigned next_random(void) {
  seed = seed * 1664525u + 1013904223u;
  return seed >> 8;
}

static void insertion_sort(int *v, int n) {
  for (int i = 1; i < n; i++) {
    int x = v[i];
    int j = i;
    while (j > 0 && v[j - 1] > x) {
      v[j] = v[j - 1];
      j--;
    }
    v[j] = x;
  }
}

static void quick_sort(int *v, int low, int high) {
  while (high - low > 16) {
    int pivot = v[low + (high - low) / 2];
    int i = low, j = high;
    while (i <= j) {
      while (v[i] < pivot) i++;
      while (v[j] > pivot) j--;
      if (i <= j) {
        int t = v[i];
        v[i++] = v[j];
        v[j--] = t;
      }
    }
    if (j - low < high - i) {
      quick_sort(v, low, j);
      low = i;
    } else {
      quick_sort(v, i, high);
      high = j;
    }
  }
  insertion_sort(v + low, high - low + 1);
}

static void merge_sort(int *v, int *buffer, int n) {
  if (n < 2) return;
  int half = n / 2;
  merge_sort(v, buffer, half);
  merge_sort(v + half, buffer, n - half);
  memcpy(buffer, v, half * sizeof *v);
  int left = 0, right = half, out = 0;
  while (left < half && right < n) {
    if (buffer[left] <= v[right])
      v[out++] = buffer[left++];
    else
      v[out++] = v[right++];
  }
  while (left < half) v[out++] = buffer[left++];
}

static int compare(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}

static void fill(int *v, int n) {
  seed = 12345;
  for (int i = 0; i < n; i++) v[i] = (int)next_random();
}

static unsigned checksum(const int *v, int n) {
  unsigned sum = 0;
  for (int i = 0; i < n; i++) {
    if (i > 0 && v[i - 1] > v[i]) return 0;
    sum = sum * 31 + (unsigned)v[i];
  }
  return sum;
}

int main(void) {
  static int v[COUNT], buffer[COUNT];

  fill(v, FEW);
  insertion_sort(v, FEW);
  printf("sort: insertion %08x", checksum(v, FEW));

  fill(v, COUNT);
  quick_sort(v, 0, COUNT - 1);
  printf(", quick %08x", checksum(v, COUNT));

  fill(v, COUNT);
  merge_sort(v, buffer, COUNT);
  printf(", merge %08x", checksum(v, COUNT));

  fill(v, COUNT);
  qsort(v, COUNT, sizeof *v, compare);
  printf(", qsort %08x\n", checksum(v, COUNT));
  return 0;
}

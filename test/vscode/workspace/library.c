#include "library.h"

long checksum(const unsigned char *bytes, int count) {
  long sum = 1;
  for (int i = 0; i < count; i++)
    sum = sum * 31 + bytes[i];
  return sum;
}

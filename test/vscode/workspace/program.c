#include "library.h"

static unsigned char bytes[4096];

int main(void) {
  long sum = 0;
  for (int i = 0; i < 4; i++)
    sum += checksum(bytes, sizeof bytes);
  return sum == 42;
}

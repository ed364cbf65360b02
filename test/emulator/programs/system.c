/* System calls that static programs lean on: files in memory, heap, mappings, time, standard input, self-modified code. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("argument %s\n", argv[i]);
  char line[64];
  while (fgets(line, sizeof line, stdin)) printf("input %s", line);
  FILE *f = fopen("/tmp/perfvec-test", "w+");
  if (!f) return 1;
  for (int i = 0; i < 1000; i++) fprintf(f, "%d\n", i);
  fseek(f, 0, SEEK_SET);
  long sum = 0;
  int n;
  while (fscanf(f, "%d", &n) == 1) sum += n;
  printf("sum %ld at %ld\n", sum, ftell(f));
  fclose(f);
  struct stat s;
  printf("size %d %ld\n", stat("/tmp/perfvec-test", &s), (long)s.st_size);
  printf("unlink %d\n", unlink("/tmp/perfvec-test"));
  printf("gone %d %d\n", open("/tmp/perfvec-test", O_RDONLY), errno == ENOENT);
  errno = 0;
  printf("bad address %d %d\n", (int)write(1, (void *)8, 4), errno == EFAULT);
  char *big = malloc(8 << 20);
  memset(big, 1, 8 << 20);
  big = realloc(big, 24 << 20);
  printf("realloc %d\n", big[(8 << 20) - 1]);
  free(big);
  unsigned char *p = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p[4096] = 3;
  munmap(p + 4096, 4096);
  p[0] = p[8192] = 1;
  printf("mapped %d\n", p[0] + p[8192]);
  uint32_t *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*call)(void) = (int (*)(void))code;
  for (int i = 1; i <= 3; i++) {
    code[0] = 0x00000513u | (uint32_t)i << 20; /* li a0, i */
    code[1] = 0x00008067u;                     /* ret */
    asm volatile("fence.i" ::: "memory");
    printf("made %d\n", call());
  }
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("time goes on %d\n", b.tv_sec > a.tv_sec || b.tv_nsec > a.tv_nsec);
  fflush(stdout);
  return 42;
}

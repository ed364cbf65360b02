/* How often words occur in a text, searched character by character and by Horspool's algorithm, which looks at the last
 * character of the window and skips ahead. Fewer instructions, but each skip waits for a table lookup. */
#include <stdio.h>
#include <string.h>

#define LENGTH 45000

static char text[LENGTH + 1];

static void make_text(void) {
  static const char *words[] = {"the",  "quick", "brown", "fox",   "jumps",      "over",     "a",      "lazy",
                                "dog",  "and",   "then",  "there", "thereafter", "sleeps",   "until",  "the",
                                "next", "fox",   "comes", "along", "quickly",    "browsing", "jumpers"};
  unsigned seed = 7;
  size_t used = 0;
  for (;;) {
    seed = seed * 1103515245u + 12345u;
    const char *word = words[(seed >> 16) % (sizeof words / sizeof *words)];
    size_t n = strlen(word);
    if (used + n + 1 > LENGTH) break;
    memcpy(text + used, word, n);
    text[used + n] = ' ';
    used += n + 1;
  }
  text[used] = '\0';
}

static int count_naive(const char *haystack, size_t n, const char *needle) {
  size_t m = strlen(needle);
  int count = 0;
  for (size_t i = 0; i + m <= n; i++) {
    size_t j = 0;
    while (j < m && haystack[i + j] == needle[j]) j++;
    count += j == m;
  }
  return count;
}

static int count_horspool(const char *haystack, size_t n, const char *needle) {
  size_t m = strlen(needle);
  size_t skip[256];
  for (int c = 0; c < 256; c++) skip[c] = m;
  for (size_t j = 0; j + 1 < m; j++) skip[(unsigned char)needle[j]] = m - 1 - j;
  int count = 0;
  size_t i = 0;
  while (i + m <= n) {
    unsigned char last = (unsigned char)haystack[i + m - 1];
    if (last == (unsigned char)needle[m - 1] && memcmp(haystack + i, needle, m - 1) == 0) count++;
    i += skip[last];
  }
  return count;
}

int main(void) {
  static const char *needles[] = {"there", "thereafter", "fox jumps", "quickly", "zebra", "the next"};
  int naive = 0, horspool = 0;
  make_text();
  size_t n = strlen(text);
  for (size_t i = 0; i < sizeof needles / sizeof *needles; i++) {
    naive += count_naive(text, n, needles[i]);
    horspool += count_horspool(text, n, needles[i]);
  }
  printf("string_search: naive %d, horspool %d\n", naive, horspool);
  return 0;
}

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double a[32][32], b[32][32], c[32][32];

static inline double cell(int i, int j)
{
    double s = 0;
    for (int k = 0; k < 32; k++)
        s += a[i][k] * b[k][j];
    return s;
}

__attribute__((noinline)) static void multiply(void)
{
    for (int i = 0; i < 32; i++)
        for (int j = 0; j < 32; j++)
            c[i][j] = cell(i, j);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "crash"))
        *(volatile int *)8 = 1;
    if (!strcmp(what, "loop"))
        for (volatile int i = 0;; i++)
            ;
    if (!strcmp(what, "memory"))
        for (char *p;;)
            if ((p = malloc(1 << 20)))
                memset(p, 1, 1 << 20);
            else
                abort();
    if (!strcmp(what, "read"))
        return getchar() == EOF ? 0 : 5;
    if (!strcmp(what, "list")) {
        DIR *folder = opendir(".");
        for (struct dirent *entry; (entry = readdir(folder));)
            printf("%s %d\n", entry->d_name, entry->d_type);
        return 0;
    }
    for (int i = 0; i < 32; i++)
        for (int j = 0; j < 32; j++)
            a[i][j] = i + j, b[i][j] = i - j;
    multiply();
    printf("%g\n", c[3][5]);
    return !strcmp(what, "fail") ? 7 : 0;
}

/* A bytecode interpreter: a stack machine that counts the steps of Collatz sequences. Everything goes through one
 * indirect jump, the `switch`, whose target changes with every operation. */
#include <stdio.h>

enum operation { PUSH, LOAD, STORE, ADD, MULTIPLY, HALVE, IS_ODD, LESS, JUMP, JUMP_IF, HALT };

struct instruction {
  enum operation operation;
  int operand;
};

enum { N, X, STEPS, VARIABLES };                        /* variables */
enum { OUTER = 4, LOOP = 6, ODD = 21, NEXT = 28, LIMIT = 450 }; /* labels */

static const struct instruction program[] = {
    {PUSH, 1}, {STORE, N},                              /*  0 n = 1 */
    {PUSH, 0}, {STORE, STEPS},                          /*  2 steps = 0 */
    {LOAD, N}, {STORE, X},                              /*  4 OUTER: x = n */
    {LOAD, X}, {PUSH, 2}, {LESS, 0}, {JUMP_IF, NEXT},   /*  6 LOOP: if x < 2 goto NEXT */
    {LOAD, STEPS}, {PUSH, 1}, {ADD, 0}, {STORE, STEPS}, /* 10 steps = steps + 1 */
    {LOAD, X}, {IS_ODD, 0}, {JUMP_IF, ODD},             /* 14 if x is odd goto ODD */
    {LOAD, X}, {HALVE, 0}, {STORE, X}, {JUMP, LOOP},    /* 17 x = x / 2; goto LOOP */
    {LOAD, X}, {PUSH, 3}, {MULTIPLY, 0},                /* 21 ODD: x = 3 * x + 1; goto LOOP */
    {PUSH, 1}, {ADD, 0}, {STORE, X}, {JUMP, LOOP},
    {LOAD, N}, {PUSH, 1}, {ADD, 0}, {STORE, N},         /* 28 NEXT: n = n + 1 */
    {LOAD, N}, {PUSH, LIMIT}, {LESS, 0}, {JUMP_IF, OUTER},
    {HALT, 0},
};

static long run(const struct instruction *code, long *variables) {
  long stack[16];
  long *top = stack; /* the first free place */
  long executed = 0;
  for (const struct instruction *at = code;; executed++) {
    int operand = at->operand;
    switch ((at++)->operation) {
      case PUSH:
        *top++ = operand;
        break;
      case LOAD:
        *top++ = variables[operand];
        break;
      case STORE:
        variables[operand] = *--top;
        break;
      case ADD:
        top--;
        top[-1] += top[0];
        break;
      case MULTIPLY:
        top--;
        top[-1] *= top[0];
        break;
      case HALVE:
        top[-1] /= 2;
        break;
      case IS_ODD:
        top[-1] &= 1;
        break;
      case LESS:
        top--;
        top[-1] = top[-1] < top[0];
        break;
      case JUMP:
        at = code + operand;
        break;
      case JUMP_IF:
        if (*--top) at = code + operand;
        break;
      case HALT:
        return executed;
    }
  }
}

int main(void) {
  long variables[VARIABLES] = {0};
  long executed = run(program, variables);
  printf("interpreter: %ld steps in %ld operations\n", variables[STEPS], executed);
  return 0;
}

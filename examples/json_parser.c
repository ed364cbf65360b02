/* A small JSON parser by recursive descent, over a text it generates, or over the file named as argument. One branch
 * after the other depends on the next character. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 7

enum type { T_NULL, T_BOOL, T_NUMBER, T_STRING, T_ARRAY, T_OBJECT };

struct value {
  enum type type;
  double number;      /* of a number or bool */
  const char *text;   /* of a string: in the source, not unescaped */
  size_t length;
  struct value *child; /* first element of an array or object */
  struct value *next;  /* next element of the same parent */
  const char *key;     /* of a member of an object */
  size_t key_length;
};

static const char *at;
static int depth;

static void fail(const char *expected) {
  fprintf(stderr, "json: expected %s at \"%.12s\"\n", expected, at);
  exit(1);
}

static void *take(size_t size) {
  static char *block;
  static size_t left;
  if (left < size) {
    left = 1 << 16;
    block = malloc(left);
    if (!block) fail("memory");
  }
  left -= size;
  return block + left;
}

static void skip_space(void) {
  while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++;
}

static const char *parse_string(size_t *length) {
  if (*at != '"') fail("a string");
  const char *start = ++at;
  while (*at != '"') {
    if (*at == '\\') at++;
    if (*at == '\0') fail("\"");
    at++;
  }
  *length = (size_t)(at - start);
  at++;
  return start;
}

static double parse_number(void) {
  int negative = *at == '-';
  if (negative) at++;
  if (!isdigit((unsigned char)*at)) fail("a value");
  double number = 0;
  while (isdigit((unsigned char)*at)) number = number * 10 + (*at++ - '0');
  if (*at == '.') {
    double place = 0.1;
    for (at++; isdigit((unsigned char)*at); at++) {
      number += (*at - '0') * place;
      place *= 0.1;
    }
  }
  return negative ? -number : number;
}

static struct value *parse_value(void);

static void parse_elements(struct value *parent, char end) {
  struct value **last = &parent->child;
  if (++depth > 200) fail("less nesting");
  at++;
  skip_space();
  while (*at != end) {
    const char *key = NULL;
    size_t key_length = 0;
    if (parent->type == T_OBJECT) {
      key = parse_string(&key_length);
      skip_space();
      if (*at++ != ':') fail(":");
    }
    struct value *element = parse_value();
    element->key = key;
    element->key_length = key_length;
    *last = element;
    last = &element->next;
    skip_space();
    if (*at == ',') {
      at++;
      skip_space();
    } else if (*at != end) {
      fail(", or the end");
    }
  }
  at++;
  depth--;
}

static int word(const char *expected) {
  size_t n = strlen(expected);
  if (strncmp(at, expected, n) != 0) return 0;
  at += n;
  return 1;
}

static struct value *parse_value(void) {
  struct value *v = take(sizeof *v);
  memset(v, 0, sizeof *v);
  skip_space();
  switch (*at) {
    case '{':
      v->type = T_OBJECT;
      parse_elements(v, '}');
      break;
    case '[':
      v->type = T_ARRAY;
      parse_elements(v, ']');
      break;
    case '"':
      v->type = T_STRING;
      v->text = parse_string(&v->length);
      break;
    default:
      if (word("true")) {
        v->type = T_BOOL;
        v->number = 1;
      } else if (word("false")) {
        v->type = T_BOOL;
      } else if (!word("null")) {
        v->type = T_NUMBER;
        v->number = parse_number();
      }
  }
  return v;
}

static double sum_of_numbers(const struct value *v) {
  double sum = v->type == T_NUMBER ? v->number : 0;
  for (const struct value *element = v->child; element; element = element->next) sum += sum_of_numbers(element);
  return sum;
}

static char *generate(void) {
  static const char *names[] = {"Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances"};
  size_t capacity = 60000, used = 0;
  char *text = malloc(capacity);
  if (!text) exit(1);
  text[used++] = '[';
  for (int i = 0; i < 250; i++) {
    used += (size_t)sprintf(text + used,
                            "%s{\"id\": %d, \"name\": \"%s \\\"%d\\\"\", \"active\": %s,\n  \"scores\": [%d, -%d.%d, %d], \"next\": null}",
                            i ? ",\n" : "", i, names[i * 7 % 6], i % 10, i % 3 ? "true" : "false", i * 17 % 100, i % 50,
                            i % 10, i * i % 1000);
  }
  strcpy(text + used, "]\n");
  return text;
}

static char *read_file(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) {
    perror(name);
    exit(1);
  }
  size_t capacity = 1 << 20;
  char *text = malloc(capacity + 1);
  if (!text) exit(1);
  text[fread(text, 1, capacity, file)] = '\0';
  fclose(file);
  return text;
}

int main(int argc, char **argv) {
  char *text = argc > 1 ? read_file(argv[1]) : generate();
  double sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    at = text;
    struct value *root = parse_value();
    skip_space();
    if (*at) fail("the end");
    sum += sum_of_numbers(root);
  }
  printf("json_parser: %d times %zu characters, sum %.1f\n", ROUNDS, strlen(text), sum);
  return 0;
}

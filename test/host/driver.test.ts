import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { driverFor, functionsIn } from "../../src/host/driver";

const C = `#include <stddef.h>
#define WRONG(x) int wrong(int x) { return x; }
/* int commented(void) { } */
struct point { double x, y; };
static const char *text = "int quoted(void) {";
static inline double dot(const double *a, const double b[], size_t n)
{
  double s = 0;
  for (size_t i = 0; i < n; i++) { s += a[i] * b[i]; }
  return s;
}
int declared(int a);
void nothing(void) {}
struct point move(struct point p, float by) { p.x += by; return p; }
long rows(long m[][8], int n) { return m[0][n & 7]; }
enum { A, B };
int array[] = { 1, 2 };
`;
const CPP = `#include <vector>
namespace inner {
template <typename T> T generic(T t) { return t; }
struct Box { int get() const { return 1; } };
int total(const std::vector<int> &values, unsigned long from) { int s = 0; for (int v : values) { s += v; } return s + from; }
}
extern "C" { int plain(int x) { return x + 1; } }
`;

test("free functions are found with their parameters and lines", () => {
  assert.deepEqual(functionsIn(C).map((f) => [f.name, f.parameters.length, f.start, f.end]), [["dot", 3, 5, 10], ["nothing", 0, 12, 12], ["move", 2, 13, 13], ["rows", 2, 14, 14]]);
  assert.deepEqual(functionsIn(CPP).map((f) => f.name), ["total", "plain"]);
  for (const hostile of ["", "{", "}}}}", "int f(", "((((((", "int f() {{{{", "/*", '"', "#\\\n".repeat(1000), "x ".repeat(1 << 20), "f(".repeat(1 << 19), "/* ".repeat(300_000), '"'.repeat(100_001)]) functionsIn(hostile);
  const start = Date.now();
  functionsIn(`${"a b(c) ".repeat(100_000)}{}`);
  functionsIn("int f(void) { return 1; }\n".repeat(20_000));
  assert.ok(Date.now() - start < 2000, `${Date.now() - start} ms`);
});

const missing = spawnSync("riscv64-linux-gnu-gcc", ["--version"]).error ? "riscv64-linux-gnu-gcc is not installed" : false;

test("a driver of every function compiles", { skip: missing }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "perfvec-driver-"));
  try {
    for (const [text, name, compiler] of [[C, "a.c", "gcc"], [CPP, "a.cpp", "g++"]] as const) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      for (const fn of functionsIn(text)) {
        // A name in a namespace has to be qualified by hand: the driver is for editing.
        const driver = driverFor(fn, file, name.endsWith("pp")).replace("= total(", "= inner::total(");
        const main = path.join(folder, `driver_${name}`);
        writeFileSync(main, driver);
        execFileSync(`riscv64-linux-gnu-${compiler}`, ["-O2", "-w", "-c", main, "-o", path.join(folder, "out.o")], { stdio: ["ignore", "ignore", "inherit"] });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinPath } from "../../src/core/program/paths";

test("paths are joined as a compiler means them and normalised", () => {
  assert.equal(joinPath("/home/me", "../you/./src", "a.c"), "/home/you/src/a.c");
  assert.equal(joinPath("/home/me", "/usr/include", "stdio.h"), "/usr/include/stdio.h");
  assert.equal(joinPath(undefined, "", "a.c"), "a.c");
  assert.equal(joinPath("src", "../lib", "a.c"), "lib/a.c");
  assert.equal(joinPath("..", "..", "a.c"), "../../a.c");
  assert.equal(joinPath("/", "../a.c"), "/a.c");
  assert.equal(joinPath("/odd\\name", "a.c"), "/odd\\name/a.c", "a backslash is a letter on Linux");
});

test("paths of Windows compilers keep their drive and get slashes", () => {
  assert.equal(joinPath("C:\\work\\app", "..\\lib", "a.c"), "C:/work/lib/a.c");
  assert.equal(joinPath("C:/work", "D:/other/a.c"), "D:/other/a.c");
  assert.equal(joinPath("\\\\server\\share", "a.c"), "//server/share/a.c");
});

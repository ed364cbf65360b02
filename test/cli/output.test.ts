import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-output-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const perfvec = (...args: string[]) => spawnSync(process.execPath, ["dist/cli.js", ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
const commands = { predict: ["--limit", "2000"], features: ["--set", "perfvec", "--limit", "2000"], trace: ["--limit", "2000"] };

for (const [command, options] of Object.entries(commands)) {
  test(`${command} --out: neither what is read nor a device is written over, a link stays one, and failures leave nothing`, () => {
    const elf = at(`${command}.elf`);
    copyFileSync("examples/prebuilt/matmul_naive.elf", elf);
    const before = readFileSync(elf);
    const link = at(`${command}-to-elf`);
    symlinkSync(elf, link);
    for (const out of [elf, link]) {
      const { status, stderr } = perfvec(command, elf, ...options, "--out", out);
      assert.equal(status, 1);
      assert.match(stderr, /is what is read/);
      assert.ok(before.equals(readFileSync(elf)));
    }
    const folderAsOut = perfvec(command, elf, ...options, "--out", folder);
    assert.equal(folderAsOut.status, 1);
    assert.match(folderAsOut.stderr, /is no regular file/);
    const nowhere = perfvec(command, elf, ...options, "--out", at("none/x"));
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /none\/x: cannot be written \(ENOENT\)/);
    const target = at(`${command}-target`);
    const sl = at(`${command}-link`);
    writeFileSync(target, "old");
    symlinkSync(target, sl);
    const written = perfvec(command, elf, ...options, "--out", sl);
    assert.equal(written.status, 0, written.stderr);
    assert.equal(readlinkSync(sl), target);
    assert.ok(statSync(target).size > 100);
    assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".part")), []);
  });
}

test("a folder that is none, and a standard input that is no file, are told", () => {
  const elf = "examples/prebuilt/matmul_naive.elf";
  for (const [args, message] of [
    [["run", elf, "--read", at("none")], /none: cannot be given .* \(ENOENT\)/],
    [["run", elf, "--read", elf], /is no folder/],
    [["predict", elf, "--limit", "1000", "--stdin", folder], /is no file, so it cannot be standard input/],
  ] as const) {
    const { status, stderr } = perfvec(...args);
    assert.equal(status, args[0] === "run" ? 125 : 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /, "no stack");
  }
  assert.ok(!existsSync(at("none")));
});

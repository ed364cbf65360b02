import assert from "node:assert/strict";
import { test } from "node:test";
import { E } from "../../src/core/emulator/linux-abi";
import { BAD, BRK, DATA, MMAP, process, type Process } from "./linux-guest";

const PAGE = 4096n;
const PRIVATE = 2;
const FIXED = 0x10;
const ANONYMOUS = 0x20;
const KEEP = 0x100000;

function result(p: Process, name: string, ...args: (number | bigint)[]): bigint {
  const outcome = p.outcome(name, ...args);
  if (!("result" in outcome)) throw new Error("ended");
  return outcome.result;
}
const map = (p: Process, length: number | bigint, at: number | bigint = 0, flags = PRIVATE | ANONYMOUS, prot = 3): bigint =>
  result(p, "mmap", at, length, prot, flags, -1, 0);
const isMapped = (p: Process, address: bigint): boolean => p.guest.pages.has(address / PAGE);

test("brk grows, shrinks to zeroed pages, and stops at what is in its way", () => {
  const p = process();
  assert.equal(result(p, "brk", 0), BRK);
  assert.equal(result(p, "brk", BRK + 10n), BRK + 10n);
  assert.ok(isMapped(p, BRK) && !isMapped(p, BRK + PAGE));
  assert.equal(result(p, "brk", BRK + 3n * PAGE), BRK + 3n * PAGE);
  p.guest.write(BRK + PAGE, Uint8Array.of(1));
  assert.equal(result(p, "brk", BRK + 5n), BRK + 5n);
  assert.ok(!isMapped(p, BRK + PAGE));
  assert.equal(result(p, "brk", BRK + 2n * PAGE), BRK + 2n * PAGE);
  assert.equal(p.guest.read(BRK + PAGE, 1)[0], 0);
  assert.equal(result(p, "brk", BRK - 1n), BRK + 2n * PAGE, "not below its start");
  assert.equal(map(p, PAGE, BRK + 4n * PAGE, PRIVATE | ANONYMOUS | FIXED), BRK + 4n * PAGE);
  assert.equal(result(p, "brk", BRK + 5n * PAGE), BRK + 2n * PAGE, "not over a mapping");
  assert.equal(result(p, "brk", BRK + 4n * PAGE), BRK + 4n * PAGE);
  assert.equal(result(p, "brk", (1n << 64n) - 1n), BRK + 4n * PAGE);
});

test("brk and mmap stop at the memory limit", () => {
  const p = process({ pageLimit: 100 });
  assert.equal(result(p, "brk", BRK + 1000n * PAGE), BRK);
  assert.equal(map(p, 1000n * PAGE), BigInt(-E.NOMEM));
  assert.equal(map(p, 10n * PAGE), MMAP - 10n * PAGE);
});

test("mmap: places from the top down, first fit, addresses used again", () => {
  const p = process();
  const a = map(p, 100);
  const b = map(p, 3n * PAGE);
  const c = map(p, PAGE);
  assert.deepEqual([a, b, c], [MMAP - PAGE, MMAP - 4n * PAGE, MMAP - 5n * PAGE]);
  assert.equal(result(p, "munmap", b, 3n * PAGE), 0n);
  assert.ok(!isMapped(p, b));
  assert.equal(map(p, 4n * PAGE), MMAP - 9n * PAGE, "the gap is too small");
  assert.equal(map(p, 2n * PAGE), MMAP - 3n * PAGE, "the upper end of the gap");
  assert.equal(map(p, PAGE), MMAP - 4n * PAGE);
});

test("mmap: hints, fixed places, errors", () => {
  const p = process();
  const hint = 0x1000_0000n;
  assert.equal(map(p, PAGE, hint + 5n), hint, "a hint is rounded down");
  assert.equal(map(p, PAGE, hint), MMAP - PAGE, "a hint that is taken");
  p.guest.write(hint, Uint8Array.of(9));
  assert.equal(map(p, PAGE, hint, PRIVATE | ANONYMOUS | FIXED), hint);
  assert.equal(p.guest.read(hint, 1)[0], 0, "fixed replaces");
  assert.equal(map(p, PAGE, hint, PRIVATE | ANONYMOUS | KEEP), BigInt(-E.EXIST));
  assert.equal(map(p, PAGE, hint + PAGE, PRIVATE | ANONYMOUS | KEEP), hint + PAGE);
  assert.equal(map(p, PAGE, hint + 1n, PRIVATE | ANONYMOUS | FIXED), BigInt(-E.INVAL));
  assert.equal(map(p, PAGE, 0, PRIVATE | ANONYMOUS | FIXED), BigInt(-E.PERM));
  assert.equal(map(p, PAGE, 1n << 38n, PRIVATE | ANONYMOUS | FIXED), BigInt(-E.NOMEM));
  assert.equal(map(p, 0), BigInt(-E.INVAL));
  assert.equal(map(p, (1n << 64n) - 1n), BigInt(-E.NOMEM));
  assert.equal(map(p, 1n << 37n), BigInt(-E.NOMEM));
  assert.equal(map(p, PAGE, 0, ANONYMOUS), BigInt(-E.INVAL), "neither shared nor private");
  assert.equal(result(p, "mmap", 0, PAGE, 3, PRIVATE | ANONYMOUS, -1, 5), BigInt(-E.INVAL));
  assert.equal(result(p, "mmap", 0, PAGE, 3, PRIVATE, 77, 0), BigInt(-E.BADF));
  assert.equal(result(p, "mmap", 0, PAGE, 3, PRIVATE, 1, 0), BigInt(-E.NODEV));
  assert.equal(p.guest.pages.get(map(p, PAGE, 0, PRIVATE | ANONYMOUS, 2) / PAGE)!.protection, 3, "what is written is read");
  assert.equal(p.guest.pages.get(map(p, PAGE, 0, PRIVATE | ANONYMOUS, 0) / PAGE)!.protection, 0);
});

test("mmap of a file: private content, zeros after its end", () => {
  const p = process();
  const fd = p.call("openat", -100, p.put("/tmp/f"), 0o102, 0o600);
  p.call("pwrite64", fd, p.put("page two"), 8, 4096);
  const at = result(p, "mmap", 0, 2n * PAGE, 3, PRIVATE, fd, 4096);
  assert.equal(p.guest.text(at), "page two");
  assert.equal(p.guest.read(at + PAGE, 1)[0], 0);
  p.guest.write(at, Uint8Array.of(88));
  p.call("pread64", fd, DATA, 8, 4096);
  assert.equal(p.guest.text(DATA), "page two");
  assert.equal(p.call("mmap", 0, PAGE, 1, 1, fd, 0) > 0, true, "shared for reading");
  assert.equal(result(p, "mmap", 0, PAGE, 3, 1, fd, 0), BigInt(-E.NODEV), "shared for writing");
  assert.equal(p.call("madvise", at, PAGE, 4), 0);
  assert.equal(p.guest.text(at), "Xage two", "content from a file stays");
});

test("munmap and mprotect cut regions", () => {
  const p = process();
  const at = map(p, 8n * PAGE);
  assert.equal(result(p, "munmap", at + 2n * PAGE, PAGE), 0n);
  assert.deepEqual([0n, 1n, 2n, 3n].map((i) => isMapped(p, at + i * PAGE)), [true, true, false, true]);
  assert.equal(result(p, "mprotect", at + 4n * PAGE, 2n * PAGE, 1), 0n);
  assert.deepEqual([3n, 4n, 5n, 6n].map((i) => p.guest.pages.get(at / PAGE + i)!.protection), [3, 1, 1, 3]);
  assert.equal(result(p, "mprotect", at, 4n * PAGE, 1), BigInt(-E.NOMEM), "over a hole");
  assert.equal(result(p, "mprotect", at + 1n, PAGE, 1), BigInt(-E.INVAL));
  assert.equal(result(p, "mprotect", at, 0, 1), 0n);
  assert.equal(result(p, "mprotect", BAD, PAGE, 1), BigInt(-E.NOMEM));
  assert.equal(result(p, "munmap", at, 0), BigInt(-E.INVAL));
  assert.equal(result(p, "munmap", at + 1n, PAGE), BigInt(-E.INVAL));
  assert.equal(result(p, "munmap", at, 1n << 63n), BigInt(-E.INVAL));
  assert.equal(result(p, "munmap", 0x5000_0000n, PAGE), 0n, "nothing there is no error");
  assert.equal(result(p, "munmap", at, 8n * PAGE), 0n);
  assert.equal(map(p, 8n * PAGE), at);
});

test("mremap: shrinks, grows in place, moves content", () => {
  const p = process();
  const at = map(p, 4n * PAGE);
  p.guest.write(at, Uint8Array.of(1));
  p.guest.write(at + 3n * PAGE, Uint8Array.of(4));
  assert.equal(result(p, "mremap", at, 4n * PAGE, 2n * PAGE, 0), at);
  assert.ok(!isMapped(p, at + 3n * PAGE));
  assert.equal(result(p, "mremap", at, 2n * PAGE, 4n * PAGE, 0), at);
  assert.equal(p.guest.read(at + 3n * PAGE, 1)[0], 0);
  p.guest.write(at + 3n * PAGE, Uint8Array.of(5));
  assert.equal(result(p, "mremap", at, 4n * PAGE, 5n * PAGE, 0), at, "nothing is mapped above the base");
  const below = map(p, PAGE);
  p.guest.write(below, Uint8Array.of(7));
  assert.equal(result(p, "mremap", below, PAGE, 2n * PAGE, 0), BigInt(-E.NOMEM), "the neighbour is in the way");
  const moved = result(p, "mremap", below, PAGE, 2n * PAGE, 1);
  assert.ok(moved > 0n && moved !== below && !isMapped(p, below) && isMapped(p, moved + PAGE));
  assert.equal(p.guest.read(moved, 1)[0], 7);
  const wanted = 0x2000_0000n;
  assert.equal(result(p, "mremap", at, 5n * PAGE, 5n * PAGE, 3, wanted), wanted);
  assert.deepEqual([0n, 3n].map((i) => p.guest.read(wanted + i * PAGE, 1)[0]), [1, 5]);
  assert.ok(!isMapped(p, at));
  const bad: [(number | bigint)[], number][] = [
    [[wanted + 1n, PAGE, PAGE, 1], E.INVAL], [[wanted, PAGE, 0, 1], E.INVAL], [[wanted, 0, PAGE, 1], E.INVAL], [[wanted, PAGE, PAGE, 2, BAD], E.INVAL],
    [[wanted, PAGE, PAGE, 3, wanted], E.INVAL], [[wanted, PAGE, PAGE, 3, 5], E.INVAL], [[wanted, PAGE, PAGE, 8], E.INVAL],
    [[BAD, PAGE, 2n * PAGE, 1], E.FAULT], [[wanted, 9n * PAGE, 10n * PAGE, 1], E.FAULT], [[wanted, 5n * PAGE, 1n << 60n, 1], E.NOMEM],
  ];
  for (const [args, errno] of bad) assert.equal(result(p, "mremap", ...args), BigInt(-errno), args.join(" "));
});

test("mremap does not write the pages of zeros it moves", () => {
  const p = process();
  map(p, PAGE);
  const at = map(p, 64n * PAGE);
  p.guest.write(at + 20n * PAGE + 5n, Uint8Array.of(3));
  const written: bigint[] = [];
  const write = p.guest.write.bind(p.guest);
  p.guest.write = (address, bytes) => {
    written.push(address);
    write(address, bytes);
  };
  const to = result(p, "mremap", at, 64n * PAGE, 65n * PAGE, 1);
  assert.deepEqual(written, [to + 20n * PAGE]);
  assert.equal(p.guest.read(to + 20n * PAGE + 5n, 1)[0], 3);
});

test("madvise: MADV_DONTNEED zeroes, the rest does nothing", () => {
  const p = process();
  const at = map(p, 3n * PAGE);
  for (const i of [0n, 1n, 2n]) p.guest.write(at + i * PAGE, Uint8Array.of(1));
  result(p, "mprotect", at + PAGE, PAGE, 1);
  assert.equal(result(p, "madvise", at + PAGE, 2n * PAGE, 4), 0n);
  assert.deepEqual([0n, 1n, 2n].map((i) => p.guest.read(at + i * PAGE, 1)[0]), [1, 0, 0]);
  assert.deepEqual([0n, 1n, 2n].map((i) => p.guest.pages.get(at / PAGE + i)!.protection), [3, 1, 3]);
  assert.equal(result(p, "madvise", at, PAGE, 8), 0n);
  assert.equal(result(p, "madvise", at + 1n, PAGE, 4), BigInt(-E.INVAL));
  assert.equal(result(p, "madvise", BAD, PAGE, 4), BigInt(-E.NOMEM));
  assert.equal(result(p, "mlock", at, PAGE), 0n);
});

test("random mapping work agrees with a page-by-page account", () => {
  const p = process();
  const base = 0x3000_0000n;
  const account = new Set<bigint>();
  let state = 99;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let step = 0; step < 3000; step++) {
    const start = base / PAGE + BigInt(next(60));
    const count = BigInt(1 + next(8));
    const pages = Array.from({ length: Number(count) }, (_, i) => start + BigInt(i));
    const free = pages.every((page) => !account.has(page));
    const full = pages.every((page) => account.has(page));
    switch (next(4)) {
      case 0:
        assert.equal(map(p, count * PAGE, start * PAGE, PRIVATE | ANONYMOUS | KEEP, 1 + next(2) * 2), free ? start * PAGE : BigInt(-E.EXIST));
        if (free) for (const page of pages) account.add(page);
        break;
      case 1:
        assert.equal(map(p, count * PAGE, start * PAGE, PRIVATE | ANONYMOUS | FIXED), start * PAGE);
        for (const page of pages) account.add(page);
        break;
      case 2:
        assert.equal(result(p, "munmap", start * PAGE, count * PAGE), 0n);
        for (const page of pages) account.delete(page);
        break;
      default:
        assert.equal(result(p, "mprotect", start * PAGE, count * PAGE, 1 + next(2) * 2), full ? 0n : BigInt(-E.NOMEM));
    }
    for (let page = base / PAGE; page < base / PAGE + 70n; page++) assert.equal(p.guest.pages.has(page), account.has(page));
  }
});

test("as gem5: mmap goes upwards and takes no address twice, pages are not protected, only the last mapping grows in place", () => {
  const p = process({ personality: "gem5" });
  const base = 0x4000_0000_0000_0000n;
  const a = map(p, 100);
  const b = map(p, 2n * PAGE, 0, PRIVATE | ANONYMOUS, 0);
  assert.deepEqual([a, b], [base, base + PAGE]);
  assert.equal(p.guest.pages.get(b / PAGE)!.protection, 7);
  assert.equal(result(p, "munmap", a, PAGE), 0n);
  assert.equal(map(p, PAGE), base + 3n * PAGE);
  assert.equal(result(p, "mremap", base + 3n * PAGE, PAGE, 2n * PAGE, 1), base + 3n * PAGE);
  assert.equal(result(p, "mremap", b, 2n * PAGE, 3n * PAGE, 1), base + 5n * PAGE);
  assert.equal(result(p, "brk", BRK + 7n), BRK + 7n);
  assert.equal(result(p, "brk", 0), BRK + 7n);
  const hint = 0x5000_0000n;
  assert.equal(map(p, PAGE, hint), hint);
  assert.equal(map(p, PAGE, base + 8n * PAGE), base + 8n * PAGE);
  assert.equal(map(p, PAGE), base + 9n * PAGE, "past a mapping in the way");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoadableProgram, loadProgram } from "../../src/core/emulator/load";
import { UserError } from "../../src/core/errors";
import { mockGuest, type MockGuest } from "./linux-guest";

/** sample.elf of the recorded runs: program headers as readelf prints them. */
const SAMPLE: LoadableProgram = {
  name: "sample.elf",
  entry: 0x10614,
  segments: [
    { address: 0x10000, memorySize: 0x6052c, fileBytes: new Uint8Array(0x6052c).fill(1), readable: true, writable: false, executable: true },
    { address: 0x71dc0, memorySize: 0xaec0, fileBytes: new Uint8Array(0x5600).fill(2), readable: true, writable: true, executable: false },
  ],
  programHeaders: { address: 0x10040, entrySize: 0x38, count: 7 },
};
const ARGUMENTS = { argv: ["sample.elf"], env: [], seed: 7 };

function u64(guest: MockGuest, address: bigint): bigint {
  return new DataView(guest.read(address, 8).buffer).getBigUint64(0, true);
}

test("gem5: the stack that the recorded ExecAll run's start-up code read", () => {
  const guest = mockGuest();
  const layout = loadProgram(guest, SAMPLE, { ...ARGUMENTS, personality: "gem5" });
  assert.equal(layout.stackPointer, 0x7fff_ffff_ffff_ff40n);
  assert.equal(layout.entry, 0x10614);
  assert.equal(layout.brk, 0x7d000n);
  // address and value (D=) of the loads of _start, __libc_start_main and _dl_aux_init
  const loads: [bigint, bigint][] = [
    [0xff40n, 1n], [0xff48n, 0x7fff_ffff_ffff_ffe4n], [0xff50n, 0n], [0xff58n, 0n],
    [0xff60n, 9n], [0xff68n, 0x10614n], [0xff70n, 5n], [0xff78n, 7n], [0xff80n, 4n], [0xff88n, 0x38n], [0xff90n, 3n], [0xff98n, 0x10040n],
    [0xffa0n, 6n], [0xffa8n, 0x1000n], [0xffb0n, 0x17n], [0xffb8n, 0n], [0xffc0n, 0x19n], [0xffc8n, 0x7fff_ffff_ffff_ffe0n], [0xffd0n, 0n],
    // strchr's load of "le.elf", its NUL, and the first byte of gem5's generator
    [0xffe8n, 0xc900_666c_652e_656cn],
  ];
  for (const [low, value] of loads) assert.equal(u64(guest, 0x7fff_ffff_ffff_0000n + low), value, `at ${low.toString(16)}`);
  assert.equal(guest.text(0x7fff_ffff_ffff_ffe4n), "sample.elf");
});

test("gem5: the bytes of AT_RANDOM are the upper ones of mt19937_64's first outputs", () => {
  const guest = mockGuest();
  loadProgram(guest, SAMPLE, { ...ARGUMENTS, personality: "gem5" });
  // 14514284786278117030 is the first output for seed 5489 in the C++ standard library's documentation
  assert.equal(Number(14514284786278117030n >> 56n), 0xc9);
  assert.deepEqual([...guest.read(0x7fff_ffff_ffff_ffefn, 4)], [0xc9, 0x40, 0xb5, 0xf2]);
});

test("gem5: arguments and environment go down the stack in order", () => {
  const guest = mockGuest();
  const { stackPointer } = loadProgram(guest, SAMPLE, { argv: ["ab", "c"], env: ["X=1", "Y=2"], seed: 7, personality: "gem5" });
  assert.equal(stackPointer % 16n, 0n);
  assert.equal(u64(guest, stackPointer), 2n);
  const strings = [1n, 2n, 4n, 5n].map((i) => guest.text(u64(guest, stackPointer + 8n * i)));
  assert.deepEqual(strings, ["ab", "c", "X=1", "Y=2"]);
  assert.ok(u64(guest, stackPointer + 8n) > u64(guest, stackPointer + 16n));
  assert.equal(u64(guest, stackPointer + 8n), 0x7fff_ffff_ffff_ffecn);
});

test("gem5: the pages of zeros are written while loading, so that they are touched", () => {
  const touched = new Set<bigint>();
  const guest = mockGuest();
  const write = guest.write.bind(guest);
  guest.write = (address, bytes) => {
    for (let at = address; at < address + BigInt(bytes.length); at += 4096n) touched.add(at >> 12n);
    write(address, bytes);
  };
  loadProgram(guest, SAMPLE, { ...ARGUMENTS, personality: "gem5" });
  assert.ok(touched.has(0x7bn) && touched.has(0x78n));
});

function auxiliaryOf(guest: MockGuest, stackPointer: bigint): Map<number, bigint> {
  let at = stackPointer + 8n;
  while (u64(guest, at)) at += 8n;
  at += 8n;
  while (u64(guest, at)) at += 8n;
  at += 8n;
  const entries = new Map<number, bigint>();
  for (; u64(guest, at); at += 16n) entries.set(Number(u64(guest, at)), u64(guest, at + 8n));
  return entries;
}

test("linux: stack, auxiliary vector and layout", () => {
  const guest = mockGuest();
  const options = { argv: ["prog", "two words", ""], env: ["HOME=/", "Ä=ß"], seed: 7, personality: "linux" as const };
  const { stackPointer, brk, mmap, regions } = loadProgram(guest, SAMPLE, options);
  assert.equal(stackPointer % 16n, 0n);
  assert.equal(u64(guest, stackPointer), 3n);
  const pointers = [1n, 2n, 3n, 5n, 6n].map((i) => u64(guest, stackPointer + 8n * i));
  assert.deepEqual(pointers.map((at) => guest.text(at)), ["prog", "two words", "", "HOME=/", "Ä=ß"]);
  assert.deepEqual([...pointers].sort((a, b) => Number(a - b)), pointers);
  const auxiliary = auxiliaryOf(guest, stackPointer);
  const expected: [number, bigint][] = [
    [3, 0x10040n], [4, 56n], [5, 7n], [6, 4096n], [7, 0n], [8, 0n], [9, 0x10614n], [11, 1000n], [12, 1000n], [13, 1000n], [14, 1000n],
    [16, 0x112dn], [17, 100n], [23, 0n],
  ];
  for (const [key, value] of expected) assert.equal(auxiliary.get(key), value, `AT ${key}`);
  assert.equal(guest.text(auxiliary.get(31)!), "prog");
  const random = guest.read(auxiliary.get(25)!, 16);
  assert.ok(new Set(random).size > 8);
  assert.equal(brk, 0x7d000n);
  assert.ok(mmap < 1n << 38n && stackPointer < 1n << 38n);
  assert.equal(regions.length, 3);
  assert.ok(guest.pages.has((0x3f_ffff_f000n - (8n << 20n)) / 4096n), "all of the stack is mapped");

  const again = mockGuest();
  loadProgram(again, SAMPLE, options);
  assert.deepEqual(again.read(auxiliary.get(25)!, 16), random);
  const other = mockGuest();
  loadProgram(other, SAMPLE, { ...options, seed: 8 });
  assert.notDeepEqual(other.read(auxiliary.get(25)!, 16), random);
});

test("segments: content, zeros and protection", () => {
  const guest = mockGuest();
  loadProgram(guest, SAMPLE, { ...ARGUMENTS, personality: "linux" });
  assert.equal(guest.pages.get(0x10n)!.protection, 5);
  assert.equal(guest.pages.get(0x71n)!.protection, 3);
  assert.deepEqual([...guest.read(0x70529n, 5)], [1, 1, 1, 0, 0]);
  assert.deepEqual([...guest.read(0x71dbfn, 2)], [0, 2]);
  assert.deepEqual([...guest.read(0x773bfn, 2)], [2, 0]);
  assert.ok(!guest.pages.has(0x7dn));
});

test("segments that share a page keep both contents and both protections", () => {
  const guest = mockGuest();
  const segment = (address: number, fill: number, writable: boolean) => ({
    address, memorySize: 0x100, fileBytes: new Uint8Array(0x100).fill(fill), readable: true, writable, executable: !writable,
  });
  const segments = [segment(0x10000, 1, false), segment(0x10200, 2, true), segment(0x10f80, 3, true)];
  const { regions, brk } = loadProgram(guest, { ...SAMPLE, segments }, { ...ARGUMENTS, personality: "linux" });
  assert.deepEqual([0x10010n, 0x10210n, 0x10f80n, 0x11010n].map((at) => guest.read(at, 1)[0]), [1, 2, 3, 3]);
  assert.equal(guest.pages.get(0x10n)!.protection, 7);
  assert.equal(guest.pages.get(0x11n)!.protection, 3);
  assert.equal(brk, 0x12000n);
  assert.deepEqual(regions.slice(0, -1).map(({ start, end }) => [start, end]), [[0x10000n, 0x11000n], [0x11000n, 0x12000n]]);
});

test("what does not fit is named", () => {
  const user = (pattern: RegExp) => (error: unknown) => error instanceof UserError && pattern.test(error.message);
  const options = { ...ARGUMENTS, personality: "linux" as const };
  assert.throws(() => loadProgram(mockGuest(50), SAMPLE, options), user(/sample\.elf: its segments do not fit/));
  assert.throws(() => loadProgram(mockGuest(200), SAMPLE, options), user(/sample\.elf: its stack does not fit/));
  const high = { ...SAMPLE.segments[0]!, address: 2 ** 38 };
  assert.throws(() => loadProgram(mockGuest(), { ...SAMPLE, segments: [high] }, options), user(/segment at 0x4000000000 does not fit/));
  assert.throws(
    () => loadProgram(mockGuest(), SAMPLE, { ...options, argv: ["x".repeat(3 << 20)] }),
    user(/sample\.elf: its arguments and environment take \d+ bytes/),
  );
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { parseNpy } from "../../src/core/npy";
import { gem5Trace } from "../../src/core/trace/gem5";
import { FLAG, OPERATIONS, OUTCOME } from "../../src/core/trace/trace";
import { chunks, collect, fixtures, readTrace, type Rows, unzipped } from "./gem5-sink";

const arm = { trace: unzipped("arm-o3-fork/trace.txt.gz"), stores: unzipped("arm-o3-fork/trace.sq.txt.gz") };
const o3 = { trace: unzipped("riscv-o3-fork/trace.txt.gz"), stores: unzipped("riscv-o3-fork/sq.trace.txt.gz") };
const minor = { trace: unzipped("riscv-minor-fork/trace.txt.gz"), stores: unzipped("riscv-minor-fork/sq.trace.txt.gz") };

/** Instruction lengths of sample.elf, from the low two bits of each instruction (ISA manual, base instruction-length encoding). */
function sampleLengths(): (pc: number) => 2 | 4 | undefined {
  const elf = readFileSync(new URL("sample.elf", fixtures));
  const segments = Array.from({ length: elf.readUInt16LE(56) }, (_, i) => Number(elf.readBigUInt64LE(32)) + 56 * i)
    .filter((at) => elf.readUInt32LE(at) === 1)
    .map((at) => [8, 16, 32].map((field) => Number(elf.readBigUInt64LE(at + field))));
  return (pc) => {
    for (const [offset, start, size] of segments as [number, number, number][]) {
      if (pc >= start && pc < start + size) return (elf[offset + pc - start]! & 3) === 3 ? 4 : 2;
    }
  };
}

const pcs = (r: Rows): number[] => r.index.map((n) => r.statics[n]!.pc);

test("the Arm sample gives what PerfVec's own features say", async () => {
  const r = await readTrace(arm.trace, arm.stores);
  assert.deepEqual(r.statistics, {
    lines: 10442, rows: 10442, stores: 1964, faults: 20, phases: 0, droppedStores: 0, undrained: 0, badLines: 0, bad: [],
    opClasses: "v22", isa: "arm",
  });
  const { data, shape } = parseNpy(gunzipSync(readFileSync(new URL("arm-o3-fork/perfvec51.npy.gz", fixtures))), "perfvec51");
  assert.deepEqual(shape, [10442, 51]);
  r.index.forEach((n, row) => {
    const s = r.statics[n]!;
    const flag = (bit: number): number => (s.flags & bit ? 1 : 0);
    const outcome = (bit: number): number => (r.outcome[row]! & bit ? 1 : 0);
    const registers = (list: typeof s.sources, most: number): number[] =>
      Array.from({ length: most }, (_, i) => list[i] ?? [-1, -1]).flatMap(([c, x]) => [c + 1, x + 1]);
    const mine = [
      outcome(OUTCOME.fault), s.opNumber + 1, OPERATIONS[s.op] === "MemRead" ? 1 : 0, flag(FLAG.microop),
      flag(FLAG.conditional), flag(FLAG.unconditional), flag(FLAG.direct),
      flag(FLAG.squashAfter), flag(FLAG.serializeAfter), flag(FLAG.serializeBefore), flag(FLAG.storeConditional) + 2 * flag(FLAG.atomic),
      flag(FLAG.readBarrier), flag(FLAG.writeBarrier), flag(FLAG.nonSpeculative), outcome(OUTCOME.taken), outcome(OUTCOME.hasAddress),
      ...registers(s.sources, 8), ...registers(s.destinations, 6),
    ];
    const theirs = [...data.subarray(51 * row, 51 * row + 51)].filter((_, i) => ![2, 16, 17, 18, 20, 21, 22].includes(i));
    assert.deepEqual(mine, theirs, `row ${row}`);
  });
});

test("O3 and Minor execute the same micro-operations", async () => {
  const lengthAt = sampleLengths();
  const a = await readTrace(o3.trace, o3.stores, { lengthAt });
  const b = await readTrace(minor.trace, minor.stores, { lengthAt });
  assert.equal(a.index.length, 16436);
  assert.equal(a.statistics.stores, 1809);
  assert.deepEqual([a.statistics.opClasses, a.statistics.isa, b.statistics.opClasses, b.statistics.isa], ["v24", "riscv", "v24", "riscv"]);
  assert.equal(b.statistics.badLines + a.statistics.badLines, 0);
  assert.deepEqual(pcs(a), pcs(b));
  const faulting = new Set(a.outcome.flatMap((o, i) => (o & OUTCOME.fault ? [i] : [])));
  assert.equal(faulting.size, 17);
  a.index.forEach((n, i) => {
    const s = a.statics[n]!;
    const t = b.statics[b.index[i]!]!;
    // O3 prints no address for a store that faults, Minor does.
    const same = faulting.has(i) ? { ...t, size: s.size } : t;
    assert.deepEqual(s, same);
    if (!faulting.has(i)) assert.deepEqual([a.address[i], a.outcome[i]], [b.address[i], b.outcome[i]]);
  });
});

test("taken is recomputed for RISC-V, from the ELF's lengths", async () => {
  const lengthAt = sampleLengths();
  const r = await readTrace(o3.trace, o3.stores, { lengthAt });
  const at = pcs(r);
  let taken = 0;
  for (let i = 0; i + 1 < at.length; i++) {
    const s = r.statics[r.index[i]!]!;
    assert.equal(s.length, lengthAt(s.pc));
    const want = s.flags & (FLAG.conditional | FLAG.unconditional) && at[i + 1] !== at[i]! + s.length;
    assert.equal(Boolean(r.outcome[i]! & OUTCOME.taken), Boolean(want));
    if (want) taken++;
  }
  assert.ok(taken > 1000 && taken < 4000);
});

test("without an ELF the stream shows lengths", async () => {
  const lengthAt = sampleLengths();
  const known = await readTrace(o3.trace, o3.stores, { lengthAt });
  const learnt = await readTrace(o3.trace, o3.stores);
  // Compressed branches by 4 that have not fallen through yet, which nothing distinguishes from 4-byte ones that do.
  assert.equal(learnt.outcome.filter((o, i) => o !== known.outcome[i]).length, 3);
  const wrong = learnt.statics.filter((s) => !(s.flags & (FLAG.conditional | FLAG.unconditional)) && s.size === 0 && s.length !== lengthAt(s.pc));
  assert.ok(wrong.length <= 2, `${wrong.length} lengths are wrong`);
});

test("Minor's atomics and store-conditionals are read with and without a number in the store queue", async () => {
  let changed = 0;
  const text = Buffer.from(minor.trace).toString("latin1").replace(/^0 0 (?=(?:\S+ +){20})/gm, () => (changed++, "0 -1 "));
  assert.ok(changed > 20, `${changed} lines`);
  const { statistics, ...r } = await readTrace(Buffer.from(text, "latin1"), minor.stores, {});
  const { statistics: _, ...whole } = await readTrace(minor.trace, minor.stores, {});
  assert.equal(statistics.badLines, 0);
  assert.deepEqual(r, whole);
});

test("chunks and batches of any size give the same rows", async () => {
  const { statistics: _, ...whole } = await readTrace(minor.trace, minor.stores, {}, 1 << 24);
  for (const chunk of [61, 4096]) {
    const { statistics: __, ...r } = await readTrace(minor.trace, minor.stores, {}, chunk);
    assert.deepEqual(r, whole);
  }
  const small = await collect(gem5Trace(chunks(minor.trace), chunks(minor.stores), { name: "t" }), 7);
  assert.deepEqual(small.index, whole.index);
  assert.equal(small.flushes, Math.ceil(16436 / 7));
});

test("reading ends when no more rows are wanted, and closes the files", async () => {
  let closed = 0;
  async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks(bytes, 1000);
    } finally {
      closed++;
    }
  }
  const r = await collect(gem5Trace(stream(o3.trace), stream(o3.stores), { name: "t" }), 100, 3);
  assert.equal(r.index.length, 300);
  assert.equal(closed, 2);
});

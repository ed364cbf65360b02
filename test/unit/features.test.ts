import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { featureFingerprint } from "../../src/core/features/fingerprint";
import { createSink } from "../../src/core/trace/sink";
import { FLAG, OUTCOME, type StaticInstruction } from "../../src/core/trace/trace";
import { type Exports, instantiate, u32 } from "../../src/core/wasm";

const module = new WebAssembly.Module(new Uint8Array(readFileSync("dist/emulator.wasm")));
const PLAIN = u32(instantiate(module).PLAIN);

const base: StaticInstruction = { pc: 0x1000, micro: 0, op: 1, opNumber: 1, size: 0, length: 4, flags: 0, sources: [], destinations: [] };

/** One executed instruction of a made-up trace. */
interface Row {
  static: number;
  address?: number;
  taken?: boolean;
  fault?: boolean;
}

function randomTrace(seed: number, length: number): { statics: StaticInstruction[]; rows: Row[] } {
  let state = seed;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const statics = Array.from({ length: 300 }, (_, i): StaticInstruction => {
    const kind = random(5);
    if (kind === 0) return { ...base, pc: 0x1000 + 4 * i, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 6]] };
    if (kind === 1) return { ...base, pc: 0x1000 + 4 * i, op: 13, opNumber: 53, size: 8, sources: [[0, 5], [-1, 0]] };
    if (kind === 2) return { ...base, pc: 0x1000 + 4 * i, flags: FLAG.conditional | FLAG.direct, sources: [[0, 5], [0, 6]] };
    return { ...base, pc: 0x1000 + 4 * i, sources: [[0, 7]], destinations: [[0, 5]] };
  });
  const rows: Row[] = [];
  for (let i = 0, at = 0; i < length; i++) {
    const s = statics[at]!;
    const row: Row = { static: at };
    // Few and many lines, so that near and far distances occur and slots are renumbered.
    if (s.op >= 12) row.address = 64 * random(random(3) ? 40 : 20000) + 8 * random(8);
    if (s.flags) row.taken = random(3) !== 0;
    rows.push(row);
    at = row.taken ? random(statics.length) : (at + 1) % statics.length;
  }
  return { statics, rows };
}

/** Features of a trace, given in pieces of `batch` rows. @param passed pieces that only keep the histories warm */
function extract(trace: ReturnType<typeof randomTrace>, set: "perfvec" | "model", batch: number, passed = 0): Float32Array[] {
  const exports: Exports = instantiate(module);
  const sink = createSink(exports);
  const numbers = trace.statics.map((s) => sink.define(s));
  const width = u32(set === "model" ? exports.MODEL : exports.PERFVEC);
  const out: Float32Array[] = [];
  const take = (count: number): void => {
    for (let r = 0; r < count; r++) out.push(new Float32Array(exports.memory.buffer, u32(exports.features) + 4 * r * width, width).slice());
  };
  for (let i = 0; i < trace.rows.length; ) {
    for (const end = Math.min(i + batch, trace.rows.length); i < end; i++) {
      const row = trace.rows[i]!;
      sink.push(numbers[row.static]!, row.address ?? 0, 0, (row.taken ? OUTCOME.taken : 0) | (row.fault ? OUTCOME.fault : 0) | (row.address === undefined ? 0 : OUTCOME.hasAddress));
    }
    const write = i > passed * batch;
    take(set === "model" ? exports.modelFeatures(0, sink.count(), write) : exports.perfvecFeatures(0, sink.count(), write));
    sink.clear();
  }
  if (set === "model") take(exports.finishModelFeatures());
  return out;
}

/** Distinct lines since the last touch, itself counted; the slow and obvious way. */
class SlowStack {
  private readonly lines: number[] = [];
  distance(line: number): number {
    const at = this.lines.lastIndexOf(line);
    return at < 0 ? 1e8 : this.lines.length - at;
  }
  touch(line: number): number {
    const distance = this.distance(line);
    if (distance !== 1e8) this.lines.splice(this.lines.length - distance, 1);
    this.lines.push(line);
    return distance;
  }
}

test("rows that are passed over are not given, and those after them are as if all were, but for the toys", () => {
  const trace = randomTrace(5, 3000);
  for (const set of ["perfvec", "model"] as const) {
    const rows = extract(trace, set, 500, 3);
    assert.equal(rows.length, 1500, set);
    // Toy machines begin where counting does, and one of them says which accesses wait for a store.
    const plain = (x: Float32Array): Float32Array => x.slice(0, set === "model" ? PLAIN : x.length).fill(0, PLAIN - 14, PLAIN - 13);
    assert.deepEqual(rows.map(plain), extract(trace, set, 500).slice(1500).map(plain), set);
  }
});

test("reuse distances, entropies and addresses of PerfVec's set equal a slow reference", () => {
  const trace = randomTrace(1, 30000);
  const rows = extract(trace, "perfvec", 16384);
  assert.equal(rows.length, trace.rows.length);
  const fetch = new SlowStack();
  const loads = new SlowStack();
  const stores = new SlowStack();
  const outcomes = new Map<number, number[]>();
  const last = new Map<number, number>();
  const entropy = (list: number[]): number => {
    const recent = list.slice(-8);
    const p = (recent.reduce((a, b) => a + b, 0) + 0.5 * (8 - recent.length)) / 8;
    return p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);
  };
  trace.rows.forEach((row, i) => {
    const s = trace.statics[row.static]!;
    const x = rows[i]!;
    const where = `row ${i}`;
    assert.equal(x[18], fetch.touch(s.pc >> 6), `${where}: fetch`);
    assert.equal(x[19], row.address === undefined ? 0 : 1, where);
    if (row.address !== undefined) {
      const line = row.address >> 6;
      const isLoad = s.op === 12;
      assert.equal(x[20], isLoad ? loads.touch(line) : loads.distance(line), `${where}: loads`);
      assert.equal(x[21], isLoad ? stores.distance(line) : stores.touch(line), `${where}: stores`);
      assert.equal(x[22], Math.min(1000, i - (last.get(row.address) ?? -1e9)), `${where}: same address`);
      last.set(row.address, i);
    }
    if (s.flags & FLAG.conditional) {
      const list = outcomes.get(row.static) ?? [];
      outcomes.set(row.static, list);
      assert.ok(Math.abs(x[16]! - entropy(list)) < 1e-6, `${where}: entropy before`);
      list.push(row.taken ? 1 : 0);
      assert.ok(Math.abs(x[17]! - entropy(list)) < 1e-6, `${where}: entropy after`);
    }
    assert.equal(x[1], s.opNumber + 1);
    assert.deepEqual([...x.slice(23, 27)], s.sources.length ? [...[0, 1].flatMap((k) => (s.sources[k] ? [s.sources[k]![0] + 1, s.sources[k]![1] + 1] : [0, 0]))] : [0, 0, 0, 0]);
  });
});

test("depths in sets equal caches of 32 to 256 sets, whose pages above 1 GiB follow one another as they are touched", () => {
  const trace = randomTrace(4, 20000);
  const HIGH = 0x4000_0000;
  for (const row of trace.rows) if (row.address !== undefined && (row.address >> 12) % 3 === 0) row.address += HIGH;
  const rows = extract(trace, "model", 16384);
  const level = (depth: number): number => Math.fround(Math.log2(1 + depth)); // the features' is straight between powers of two
  const frames = new Map<number, string>();
  const line = (address: number): { name: string; set: number } => {
    const page = Math.floor(address / 4096);
    const within = (address >>> 6) & 63;
    if (address < HIGH) return { name: `${page}.${within}`, set: (page << 6) | within };
    if (!frames.has(page)) frames.set(page, `frame ${frames.size}`);
    const frame = Number(frames.get(page)!.slice(6));
    return { name: `frame ${frame}.${within}`, set: (frame << 6) | within };
  };
  const caches = { fetch: new Map<string, string[]>(), data: new Map<string, string[]>() };
  const depth = (kind: keyof typeof caches, sets: number, at: { name: string; set: number }): number => {
    const key = `${sets}:${at.set % sets}`;
    const list = caches[kind].get(key) ?? [];
    const found = list.indexOf(at.name);
    caches[kind].set(key, [at.name, ...list.filter((l) => l !== at.name)].slice(0, 8));
    return found < 0 ? 8 : found;
  };
  let conflicts = 0;
  trace.rows.forEach((row, i) => {
    const code = line(trace.statics[row.static]!.pc);
    const data = row.address === undefined ? undefined : line(row.address);
    [32, 64, 128, 256].forEach((sets, k) => {
      const f = depth("fetch", sets, code);
      const d = data ? depth("data", sets, data) : 0;
      if (d > 1 && d < 8) conflicts++;
      assert.ok(Math.abs(rows[i]![74 + k]! * level(8) - level(f)) < 0.1, `row ${i}, ${sets} sets: code`);
      assert.ok(Math.abs(rows[i]![78 + k]! * level(8) - level(d)) < 0.1, `row ${i}, ${sets} sets: data`);
    });
  });
  assert.ok(conflicts > 100);
});

/** What the toy at this place of toy-table.ts takes for the same executed instructions again and again, mean of an instruction in cycles. */
function steadyToy(statics: readonly StaticInstruction[], rows: readonly Row[], toy: number): number {
  const times = Math.ceil(2000 / rows.length);
  const features = extract({ statics: [...statics], rows: Array.from({ length: times }, () => rows).flat() }, "model", 2048);
  const late = features.slice(-rows.length * Math.ceil(500 / rows.length) - 1, -1);
  return late.reduce((sum, row) => sum + row[PLAIN + toy]!, 0) / late.length;
}

const close = (value: number, expected: number): void => assert.ok(Math.abs(value - expected) < 0.02 * expected, `${value} is not ${expected}`);

test("taken branches: an in-order toy waits for its fetch, an out-of-order one ends its group", () => {
  const jump: StaticInstruction = { ...base, flags: FLAG.unconditional | FLAG.direct };
  const toy = (at: number): number => steadyToy([jump], [{ static: 0, taken: true }], at);
  close(toy(1), 1); // 1 wide, no wait
  close(toy(2), 1 + 4); // 1 wide, four cycles
  close(toy(30), 1 / 4); // 4 wide
  close(toy(26), 1); // 6 wide, one group a cycle
});

test("fetch waits for each other line", () => {
  const straight = Array.from({ length: 64 }, (_, i): StaticInstruction => ({ ...base, pc: 0x1000 + 4 * i }));
  const rows = straight.map((_, i): Row => ({ static: i }));
  close(steadyToy(straight, rows, 43), 1 / 8); // 8 wide
  close(steadyToy(straight, rows, 26), (3 + 2) / 16); // 6 wide: three cycles for sixteen instructions, and the next line comes three cycles after the last of them
});

test("three lines in one set are too many for two ways, not for eight", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const toy = (at: number, lines: number): number => steadyToy([load], Array.from({ length: lines }, (_, i) => ({ static: 0, address: 0x100000 + 8192 * i })), at);
  const hit = toy(24, 2); // 16 kB in two ways, 100 cycles to memory
  close(toy(24, 3), hit + 100);
  close(toy(33, 3), toy(33, 2)); // 16 kB in eight ways
});

/** Executed again and again: what each instruction takes on a toy. */
function loopOnToy(statics: readonly StaticInstruction[], rows: readonly Row[], toy: number): number[] {
  const times = 300;
  const features = extract({ statics: [...statics], rows: Array.from({ length: times }, () => rows).flat() }, "model", 2048);
  return features.slice(-20 * rows.length, -19 * rows.length).map((x) => Number(x[PLAIN + toy]!.toFixed(3)));
}

const add = (pc: number, from: number, to: number): StaticInstruction => ({ ...base, pc, sources: [[0, from]], destinations: [[0, to]] });

test("those that commit in one cycle share it", () => {
  const independent = [0, 1, 2].map((i) => add(0x1000 + 4 * i, 5, 6 + i));
  const each = (statics: readonly StaticInstruction[], toy: number): number[] => loopOnToy(statics, statics.map((_, static_) => ({ static: static_ })), toy);
  const division: StaticInstruction = { ...add(0x100c, 9, 9), op: 3, opNumber: 3 };
  assert.deepEqual(each([division, ...independent], 30), [19.25, 0.25, 0.25, 0.25], "out of order: what waited behind it leaves with it");
  const [first, second, third] = independent as [StaticInstruction, StaticInstruction, StaticInstruction];
  assert.deepEqual(each([{ ...first, sources: [[0, 8]] }, { ...second, sources: [[0, 6]] }, third], 5), [1, 0.5, 0.5], "the second waits for the first, and with it goes the third, for which the first of the next round waits");
});

test("in order, as gem5's MinorCPU: a load holds up what follows by what its access takes, and a multiplication waits for its sources to be complete", () => {
  const load: StaticInstruction = { ...base, pc: 0x1004, op: 12, opNumber: 52, size: 8, sources: [[0, 6]], destinations: [[0, 7]] };
  const rows: Row[] = [{ static: 0 }, { static: 1, address: 0x2000 }, { static: 2 }];
  // It issues a cycle later than another addition would, and takes two cycles more than its access of two.
  assert.deepEqual(loopOnToy([add(0x1000, 5, 6), load, add(0x1008, 7, 8)], rows, 1), [1, 3, 1]);
  const multiply: StaticInstruction = { ...base, pc: 0x1004, op: 2, opNumber: 2, sources: [[0, 6]], destinations: [[0, 7]] };
  assert.deepEqual(loopOnToy([add(0x1000, 5, 6), multiply, add(0x1008, 7, 8)], [{ static: 0 }, { static: 1 }, { static: 2 }], 1), [1, 3, 1]);
});

test("in order, stores that miss leave the store buffer one after the other", () => {
  const store: StaticInstruction = { ...base, op: 13, opNumber: 53, size: 8, sources: [[0, 5], [0, 6]] };
  const lines = Array.from({ length: 9000 }, (_, i): Row => ({ static: 0, address: 0x100000 + 64 * i }));
  const toy = extract({ statics: [store], rows: lines }, "model", 2048).map((x) => x[PLAIN + 3]!);
  assert.ok(toy.slice(1, 8).every((cycles) => cycles === 1), "seven more find room in the buffer");
  // 100 cycles to memory; beyond 524,288 cycles the origin of time has been moved.
  assert.ok(toy.slice(20).every((cycles) => cycles === 1 + 100), toy.slice(20).find((cycles) => cycles !== 101)?.toString());
});

test("out of order, a load that once overtook a store to its sixteen bytes waits for it, whatever it reads then", () => {
  const slow: StaticInstruction = { ...base, pc: 0x1000, op: 3, opNumber: 3, sources: [[0, 7]], destinations: [[0, 5]] };
  const store: StaticInstruction = { ...base, pc: 0x1004, op: 13, opNumber: 53, size: 8, sources: [[0, 2], [0, 5]] };
  const load: StaticInstruction = { ...base, pc: 0x1008, op: 12, opNumber: 52, size: 8, sources: [[0, 2]], destinations: [[0, 7]] };
  const round = (reads: number): Row[] => [{ static: 0 }, { static: 1, address: 0x2000 }, { static: 2, address: reads }];
  const cycles = (first: number): number => {
    const rows = [...round(first), ...Array.from({ length: 600 }, () => round(0x3000)).flat()];
    return extract({ statics: [slow, store, load], rows }, "model", 4096).slice(-300).reduce((sum, x) => sum + x[PLAIN + 30]!, 0) / 100;
  };
  close(cycles(0x2010), 20); // the load runs ahead, and the divider is what limits
  close(cycles(0x2008), 20 + 1 + 3); // the division waits for the load of the round before, and that for the store, which waits for the division
});

test("out of order, what serializes goes through the pipeline alone, and what follows it too", () => {
  const read: StaticInstruction = { ...base, op: 0, opNumber: 0, flags: FLAG.serializeAfter | FLAG.nonSpeculative, destinations: [[0, 5]] };
  assert.deepEqual(loopOnToy([read, add(0x1004, 6, 7)], [{ static: 0 }, { static: 1 }], 30), [6, 5]);
});

test("a machine with more dividers divides more often", () => {
  const division: StaticInstruction = { ...base, op: 3, opNumber: 3, sources: [[0, 5]], destinations: [[0, 6]] };
  close(steadyToy([division], [{ static: 0 }], 45), 20 / 8); // eight
  close(steadyToy([division], [{ static: 0 }], 46), 20); // one
});

test("a branch that is always taken, behind one that never is, escapes a filter that is noted late, and no other predictor", () => {
  const never: StaticInstruction = { ...base, flags: FLAG.conditional | FLAG.direct };
  const always: StaticInstruction = { ...never, pc: 0x1004 };
  const rows = extract({ statics: [never, always], rows: Array.from({ length: 400 }, (_, i) => ({ static: i & 1, taken: (i & 1) === 1 })) }, "model", 400);
  const wrong = rows.slice(-3, -1).map((x) => ({ bimodal: x[49], gshare: x[50], tage: x[53], late: x[82], filtered: x[83] }));
  const right = { bimodal: 0, gshare: 0, tage: 0, late: 0, filtered: 0 };
  assert.deepEqual(wrong, [{ ...right, filtered: 1 }, right]);
});

test("a compressed branch that fell through against the prediction is mispredicted for ever out of order, as gem5's are, and learnt in order", () => {
  const branch: StaticInstruction = { ...base, length: 2, flags: FLAG.conditional | FLAG.direct };
  const ahead = (length: number): Float32Array[] => {
    const statics = [{ ...branch, length }, { ...base, pc: 0x1000 + length }, { ...base, pc: 0x1010 }];
    const round = (taken: boolean): Row[] => [{ static: 0, taken }, taken ? { static: 2 } : { static: 1 }];
    const outcomes = [...Array.from({ length: 20 }, () => true), ...Array.from({ length: 100 }, () => false)];
    return extract({ statics, rows: outcomes.flatMap(round) }, "model", 4096).filter((_, i) => i % 2 === 0).slice(-50);
  };
  const bimodal = { inOrder: 49, outOfOrder: PLAIN - 12 };
  assert.ok(ahead(2).every((x) => x[bimodal.inOrder] === 0 && x[bimodal.outOfOrder] === 1));
  assert.ok(ahead(4).every((x) => x[bimodal.inOrder] === 0 && x[bimodal.outOfOrder] === 0), "one of four bytes is learnt");
});

test("out of order, the refill after such a branch is what follows it's, from the second time on", () => {
  const branch: StaticInstruction = { ...base, length: 2, flags: FLAG.conditional | FLAG.direct };
  const jump = (pc: number): StaticInstruction => ({ ...base, pc, flags: FLAG.unconditional | FLAG.direct });
  const statics = [branch, add(0x1002, 5, 6), jump(0x1006), add(0x1010, 5, 6), jump(0x1014)];
  const round = (taken: boolean): Row[] => [{ static: 0, taken }, { static: taken ? 3 : 1 }, { static: taken ? 4 : 2, taken: true }];
  const rows = [...Array.from({ length: 40 }, () => true), ...Array.from({ length: 60 }, () => false)].flatMap(round);
  const [ofBranch, behind] = extract({ statics, rows }, "model", 4096).slice(-30, -28).map((x) => x[PLAIN + 31]!); // TAGE, nothing else in the way
  assert.ok(ofBranch! < 2 && behind! > 8, `${ofBranch}, ${behind}`);
});

test("out of order, the target of a new jump is known when it is decoded, that of a branch when it is executed", () => {
  const mean = (kind: number): number => {
    const statics = Array.from({ length: 500 }, (_, i): StaticInstruction => ({ ...base, pc: 0x1000 + 16 * i, flags: kind | FLAG.direct }));
    const rows = extract({ statics, rows: statics.map((_, i) => ({ static: i, taken: true })) }, "model", 4096).slice(100, -1);
    return rows.reduce((sum, x) => sum + x[PLAIN + 31]!, 0) / rows.length;
  };
  assert.ok(mean(FLAG.conditional) - mean(FLAG.unconditional) > 4, `${mean(FLAG.conditional)}, ${mean(FLAG.unconditional)}`);
});

test("out of order, a line fetched in vain is waited for where lines are fetched one at a time", () => {
  const from: StaticInstruction = { ...base, flags: FLAG.unconditional, sources: [[0, 5]] };
  const back = Array.from({ length: 600 }, (_, i): StaticInstruction => ({ ...base, pc: 0x10000 + 512 * i, flags: FLAG.conditional | FLAG.direct }));
  const rows = extract({ statics: [from, ...back], rows: back.flatMap((_, i): Row[] => [{ static: 0, taken: true }, { static: 1 + i, taken: true }]) }, "model", 4096).slice(201, -1);
  const round = (toy: number): number => rows.reduce((sum, x) => sum + x[PLAIN + toy]!, 0) / (rows.length / 2);
  assert.ok(round(38) < 150 + 40, `${round(38)}: the new line, once`);
  assert.ok(round(27) > 2 * 120, `${round(27)}: that and the one behind it`);
});

test("an exclusive L2 has the lines that were written", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const store: StaticInstruction = { ...base, pc: 0x1004, op: 13, opNumber: 53, size: 8, sources: [[0, 6], [0, 7]] };
  const lines = [0, 1, 2].map((i) => 0x100000 + 8192 * i);
  const toy = (written: boolean): number => {
    const rows = [...(written ? lines.map((address) => ({ static: 1, address })) : []), ...Array.from({ length: 900 }, (_, i) => ({ static: 0, address: lines[i % 3]! }))];
    return extract({ statics: [load, store], rows }, "model", 4096).slice(-301, -1).reduce((sum, x) => sum + x[PLAIN + 24]!, 0) / 300;
  };
  close(toy(false), 3 + 100);
  close(toy(true), 3 + 14 + 2 * 10); // written back just before: the L2, ten cycles away, waits twice
});

test("a line is there until the one that drives it out has come, and can be read again when the L2 has written it", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const store: StaticInstruction = { ...base, pc: 0x1004, op: 13, opNumber: 53, size: 8, sources: [[0, 6], [0, 7]] };
  const chain: StaticInstruction = { ...base, pc: 0x1008, op: 3, opNumber: 3, sources: [[0, 5]], destinations: [[0, 5]] };
  const lines = [0, 1, 2].map((i) => 0x100000 + 8192 * i);
  const toy = (pause: boolean): number => {
    const warm = lines.map((address): Row => ({ static: 1, address }));
    const round = (i: number): Row[] => [{ static: 0, address: lines[i % 3]! }, ...(pause ? [{ static: 2 }] : [])];
    const rows = [...warm, ...Array.from({ length: 900 }, (_, i) => round(i)).flat()];
    const each = pause ? 2 : 1;
    return extract({ statics: [load, store, chain], rows }, "model", 4096).slice(-300 * each - 1, -1).reduce((sum, x) => sum + x[PLAIN + 24]!, 0) / 300;
  };
  close(toy(true), 3 + 14 + 20); // a division later it has been written
  const apart: StaticInstruction = { ...load, sources: [[0, 6]] };
  const rows = [...lines.map((address): Row => ({ static: 1, address })), ...Array.from({ length: 900 }, (_, i): Row => ({ static: 0, address: lines[i % 3]! }))];
  const late = extract({ statics: [apart, store], rows }, "model", 4096).slice(-301, -1).reduce((sum, x) => sum + x[PLAIN + 24]!, 0) / 300;
  assert.ok(late < 3, `${late}: most find the line before it has gone`);
});

test("a tagged prefetcher has asked for the two lines behind one that was used", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const fourth = Array.from({ length: 1000 }, (_, i) => 0x100000 + 256 * i);
  const rows = [0, 64, 192].flatMap((by) => fourth.map((address): Row => ({ static: 0, address: address + by })));
  const x = extract({ statics: [load], rows }, "model", 4096);
  const mean = (from: number): number => x.slice(from + 500, from + 900).reduce((sum, row) => sum + row[PLAIN + 41]!, 0) / 400;
  close(mean(0), 3 + 250);
  close(mean(1000), 3 + 14);
  close(mean(2000), 3 + 14);
});

test("lines written long ago are clean, however many there were since", () => {
  const store: StaticInstruction = { ...base, op: 13, opNumber: 53, size: 8, sources: [[0, 6], [0, 7]] };
  const load: StaticInstruction = { ...base, pc: 0x1004, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const many = 140_000; // more than are remembered at a time
  const line = (i: number): number => 0x100000 + 64 * i;
  const rows = [...Array.from({ length: many }, (_, i): Row => ({ static: 0, address: line(i) })), ...[0, 1, many - 16_000, many - 1].map((i): Row => ({ static: 1, address: line(i) }))];
  const dirty = extract({ statics: [store, load], rows }, "model", 16384).slice(-4).map((x) => x[PLAIN - 16]);
  assert.deepEqual(dirty, [0, 0, 1, 1]);
});

test("in order, no more loads are under way than may be", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 6]] };
  const lines = Array.from({ length: 4000 }, (_, i): Row => ({ static: 0, address: 0x100000 + 64 * i }));
  const late = extract({ statics: [load], rows: lines }, "model", 4096).slice(-1001, -1);
  close(late.reduce((sum, x) => sum + x[PLAIN + 3]!, 0) / 1000, (100 + 3) / 2); // two
});

test("a trap holds up what follows", () => {
  const call: StaticInstruction = { ...base, op: 0, opNumber: 0, flags: FLAG.serializeAfter | FLAG.nonSpeculative };
  const next = (fault: boolean): number[] => {
    const rows = Array.from({ length: 200 }, (_, i): Row => (i % 2 ? { static: 1 } : { static: 0, fault }));
    const [x] = extract({ statics: [call, add(0x1004, 6, 7)], rows }, "model", 4096).slice(-21, -20);
    return [1, 30].map((toy) => x![PLAIN + toy]!);
  };
  const [inOrder, outOfOrder] = next(true).map((cycles, i) => cycles - next(false)[i]!);
  assert.ok(inOrder! > 30 && outOfOrder! > 10, `${inOrder}, ${outOfOrder}`);
});

test("when more accesses wait for a line than may, the cache takes none until it has come", () => {
  const load: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 6]] };
  const rows = Array.from({ length: 8000 }, (_, i): Row => ({ static: 0, address: 0x100000 + 8 * i }));
  const toy = (at: number): number => extract({ statics: [load], rows }, "model", 4096).slice(-801, -1).reduce((sum, x) => sum + x[PLAIN + at]!, 0) / 100;
  close(toy(37), 3 + 200); // four may wait, of a line's eight: nothing behind it begins before it has come
  close(toy(36), (3 + 150) / 4); // no limit but the queue of 32 loads
});

test("a thread pointer tells where the image ends: pages beyond it follow one another as they are touched", () => {
  const thread: StaticInstruction = { ...base, op: 12, opNumber: 52, size: 8, sources: [[0, 4]], destinations: [[0, 6]] };
  const load: StaticInstruction = { ...base, pc: 0x1004, op: 12, opNumber: 52, size: 8, sources: [[0, 5]], destinations: [[0, 5]] };
  const pages = [0x84, 0x82, 0x86].map((page): Row => ({ static: 1, address: page << 12 })); // alike in two ways of 128 sets by their addresses
  const toy = (first: Row): number => extract({ statics: [thread, load], rows: [first, ...Array.from({ length: 300 }, () => pages).flat()] }, "model", 4096).slice(-300, -1).reduce((sum, x) => sum + x[PLAIN + 24]!, 0) / 299;
  close(toy({ static: 0, address: 0x90000 }), 3 + 100);
  close(toy({ static: 0, address: 0x80000 }), 3);
});

test("in order, the lines that follow are fetched ahead; a jump waits for the one that was asked for", () => {
  const straight = Array.from({ length: 4096 }, (_, i): StaticInstruction => ({ ...base, pc: 0x1000 + 4 * i }));
  const toy = (statics: readonly StaticInstruction[], taken: boolean): number =>
    extract({ statics: [...statics], rows: statics.map((_, i) => ({ static: i, taken })) }, "model", 4096).slice(1000).reduce((sum, x) => sum + x[PLAIN + 8]!, 0) / (statics.length - 1000);
  close(toy(straight, false) * 16, 100); // one line after the other, each while the one before is executed
  const jumps = Array.from({ length: 2000 }, (_, i): StaticInstruction => ({ ...base, pc: 0x1000 + 512 * i, flags: FLAG.unconditional | FLAG.direct }));
  assert.ok(toy(jumps, true) > 190, "the line asked for in vain, and the one that is wanted");
});

test("features do not depend on how the trace is cut into batches", () => {
  const trace = randomTrace(2, 9000);
  for (const set of ["perfvec", "model"] as const) {
    const whole = extract(trace, set, 9000);
    for (const batch of [1, 7, 1024]) assert.deepEqual(extract(trace, set, batch), whole, `${set}, batches of ${batch}`);
  }
});

test("toy machines: increments are not negative and a dependence chain takes its latency", () => {
  const rows = extract(randomTrace(3, 5000), "model", 4096);
  for (const row of rows) for (const toy of row.slice(PLAIN)) assert.ok(toy >= 0 && Number.isFinite(toy));
  const chain: StaticInstruction = { ...base, op: 7, opNumber: 7, sources: [[1, 3]], destinations: [[1, 3]] };
  close(steadyToy([chain], [{ static: 0 }], 45), 4); // 8 wide, window 320, nothing limited: only the chain of multiplications
});

test("the fingerprint names the features the shipped model was trained on", () => {
  const model = JSON.parse(readFileSync("models/model.json", "utf8")) as { featureSet: string };
  assert.equal(featureFingerprint(module), model.featureSet);
});

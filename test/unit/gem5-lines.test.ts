import assert from "node:assert/strict";
import { test } from "node:test";
import { gem5Trace } from "../../src/core/trace/gem5";
import { OPERATIONS, OUTCOME } from "../../src/core/trace/trace";
import { chunks, collect, readTrace } from "./gem5-sink";

interface Line {
  fault?: number;
  sq?: number;
  fetch?: number;
  op?: number;
  /** the 13 flags */
  flags?: string;
  /** hasAddr addr size */
  data?: string;
  pc?: number;
  taken?: number;
  registers?: string;
}

const NO_FLAGS = "0 0 0 0 0 0 0 0 0 0 0 0 0";
const MICRO = "1 0 0 0 0 0 0 0 0 0 0 0 0";
const BRANCH = "0 1 0 1 0 0 0 0 0 0 0 0 0";

function head({ fault = 0, sq = -1, fetch = 1000 }: Line): string {
  return `${fault} ${sq} ${fetch} 500 600 100 200 300 400`;
}

function tail({ op = 1, flags = NO_FLAGS, data = "0 0 0", pc = 0x1000, taken = 0, registers = "1 1   0 10  0 11" }: Line): string {
  return ` ${op} ${flags}  ${data} -1 -1 -1 -1 0 0 0 0 0 0  ${pc} ${taken} 0 0 -1 -1 -1 0 0 0 0 0  ${registers}\n`;
}

const whole = (l: Line): string => head(l) + tail(l);
const short = (l: Line): string => `${head(l)}\n`;
const inQueue = (l: Line): string => `${head(l)} 700 800${tail({ op: 53, data: "1 4096 8", registers: "2 0  0 2 0 9", ...l })}`;

/** n loads at successive pcs */
const filler = (n: number): string => Array.from({ length: n }, (_, i) => whole({ op: 52, data: "1 64 8", pc: 0x2000 + 4 * i })).join("");
const rejects = (trace: string, stores: string | undefined, message: RegExp): Promise<void> =>
  assert.rejects(readTrace(trace, stores), (e: Error) => e.name === "UserError" && message.test(e.message) || assert.fail(e));

test("a line's fields", async () => {
  const r = await readTrace(
    whole({ op: 54, data: "1 18446744073709551615 8", pc: 0x7fffffffff, registers: "2 1  -1 0 1 31  1 5", flags: "0 0 0 0 0 0 0 0 0 1 1 0 0" }),
    undefined,
  );
  assert.deepEqual(r.statics, [
    {
      pc: 0x7fffffffff, micro: 0, op: OPERATIONS.indexOf("FloatMemRead"), opNumber: 54, size: 8, length: 4, flags: 0x600,
      sources: [[-1, 0], [1, 31]], destinations: [[1, 5]],
    },
  ]);
  assert.deepEqual(r.address, [0xffffffffffffffffn]);
  assert.deepEqual(r.outcome, [OUTCOME.hasAddress]);
});

test("addresses are exact in all 64 bits", async () => {
  const addresses = [0n, 4294967295n, 4294967296n, 999999999999999n, 9007199254740993n, 9223372036854775592n, 2n ** 63n + 1n];
  const r = await readTrace(addresses.map((a) => whole({ op: 52, data: `1 ${a} 8` })).join(""), undefined);
  assert.deepEqual(r.address, addresses);
  assert.equal(r.statics.length, 1);
});

test("eight sources and six destinations are kept", async () => {
  const list = Array.from({ length: 17 }, (_, i) => `0 ${i}`).join(" ");
  const r = await readTrace(whole({ registers: `10 7  ${list}` }), undefined);
  assert.deepEqual(r.statics[0]!.sources.map(([, n]) => n), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(r.statics[0]!.destinations.map(([, n]) => n), [10, 11, 12, 13, 14, 15]);
});

test("op class tables: found out, named, own", async () => {
  const names = async (text: string, options = {}): Promise<string[]> => {
    const r = await readTrace(text, undefined, options);
    return r.statics.map((s) => OPERATIONS[s.op]!);
  };
  const old = whole({ op: 47, data: "1 64 8" }) + whole({ op: 50, data: "1 64 8" }) + whole({ op: 30 });
  assert.deepEqual(await names(old), ["MemRead", "FloatMemWrite", "FloatMult"]);
  const recent = whole({ op: 52, data: "1 64 8" }) + whole({ op: 32 }) + whole({ op: 58, data: "1 64 16" }) + whole({ op: 12 });
  assert.deepEqual(await names(recent), ["MemRead", "FloatMultAcc", "FloatMemRead", "IntAlu"]);
  assert.deepEqual(await names(whole({ op: 48 }), { opClasses: "v22" }), ["MemWrite"]);
  assert.deepEqual(await names(whole({ op: 1 }), { opClasses: ["IntAlu", "IntDiv"] }), ["IntDiv"]);
  await rejects(whole({ op: 20, data: "1 64 8" }), undefined, /--op-classes/);
});

test("micro-operations are numbered; one that faults is executed again", async () => {
  const micros = [{ op: 1 }, { op: 53, fault: 1, sq: 3 }, { op: 53, sq: 3 }, { op: 1 }];
  const lines = micros.map((m) => (m.sq && !m.fault ? short(m) : whole({ ...m, flags: MICRO })));
  const r = await readTrace(lines.join("") + whole({ pc: 0x1004 }), inQueue({ sq: 3, flags: MICRO }));
  assert.deepEqual(r.index.map((n) => r.statics[n]!.micro), [0, 1, 1, 2, 0]);
  assert.deepEqual(r.outcome, [0, OUTCOME.fault, OUTCOME.hasAddress, 0, 0]);
});

test("phase marks and empty lines are skipped", async () => {
  const r = await readTrace(`-99 5000\n\n${whole({})}0 -99 7000\r\n${whole({ pc: 0x1004 })}`, undefined);
  assert.equal(r.index.length, 2);
  assert.equal(r.statistics.phases, 2);
});

test("a branch by 4 over a compressed instruction is taken once its length is known", async () => {
  const step = (pc: number, l: Line = {}): string => whole({ pc, ...l });
  const branch = step(0x1002, { flags: BRANCH, taken: 1 });
  const r = await readTrace(branch + step(0x1004) + branch + step(0x1006) + branch + step(0x2000), undefined);
  assert.deepEqual(r.outcome.filter((_, i) => i % 2 === 0), [0, OUTCOME.taken, OUTCOME.taken]);
  const asPrinted = await readTrace(branch + step(0x1004), undefined, { isa: "arm" });
  assert.deepEqual(asPrinted.outcome, [OUTCOME.taken, 0]);
});

test("bad lines are counted, named and left out", async () => {
  const lines = filler(500).split("\n").slice(0, -1);
  lines[3] = "0 -1 12x 500";
  lines[7] = lines[7]!.replace("0 0 0", "0 2 0");
  lines[9] = lines[9]!.slice(0, 120);
  const r = await readTrace(`${lines.join("\n")}\n`, undefined);
  assert.equal(r.index.length, 497);
  assert.deepEqual(r.statistics.bad.map(({ file, line }) => [file, line]), [["trace.txt", 4], ["trace.txt", 8], ["trace.txt", 10]]);
  assert.match(r.statistics.bad[0]!.reason, /"12x" is not an integer/);
  assert.match(r.statistics.bad[1]!.reason, /should be 0 or 1/);
  const many = lines.map((l, i) => (i % 50 === 0 ? "junk" : l));
  await rejects(`${many.join("\n")}\n`, undefined, /trace\.txt: 13 of 500 lines .* line 1 of trace\.txt/);
});

test("a last line that is cut off does no harm", async () => {
  const r = await readTrace(whole({}) + whole({ pc: 0x1004 }).slice(0, 60), undefined);
  assert.equal(r.index.length, 1);
  assert.equal(r.statistics.badLines, 1);
  const complete = await readTrace(whole({}).trimEnd(), undefined);
  assert.equal(complete.index.length, 1);
});

test("undrained stores are left out", async () => {
  const text = filler(5) + short({ sq: 1 }) + whole({ pc: 0x1004 }) + short({ sq: 2, fetch: 2000 }) + whole({ pc: 0x1008 });
  const r = await readTrace(text, inQueue({ sq: 1 }));
  assert.equal(r.index.length, 8);
  assert.deepEqual([r.statistics.stores, r.statistics.droppedStores, r.statistics.undrained, r.statistics.badLines], [1, 1, 1, 0]);
});

test("store-queue lines that are lost, damaged or of another store cost only their own store", async () => {
  const stores = Array.from({ length: 600 }, (_, i) => ({ sq: i + 1, fetch: 1000 + 10 * (i >> 1), pc: 0x4000 + 4 * i }));
  const trace = stores.map(short);
  const queue = stores.map(inQueue);
  const read = async (t: string[], q: string[]): Promise<[number, number]> => {
    const { statistics, ...r } = await readTrace(t.join(""), q.join(""));
    for (const [i, n] of r.index.entries()) if (i) assert.ok(r.statics[n]!.pc > r.statics[r.index[i - 1]!]!.pc);
    return [r.index.length, statistics.badLines];
  };
  assert.deepEqual(await read(trace, queue), [600, 0]);
  const damaged = queue.with(300, "0 301 oops\n");
  assert.deepEqual(await read(trace, damaged), [599, 1]);
  const lost = queue.toSpliced(300, 1);
  const [rows, bad] = await read(trace, lost);
  assert.ok(rows >= 597 && bad <= 3, `${rows} rows, ${bad} bad lines`);
  const [rest, badToo] = await read(trace.toSpliced(300, 1), queue);
  assert.ok(rest >= 596 && badToo <= 4, `${rest} rows, ${badToo} bad lines`);
  const wrongTime = queue.with(300, inQueue({ ...stores[300]!, fetch: 99 }));
  assert.deepEqual(await read(trace, wrongTime), [599, 1]);
  await rejects(trace.join(""), stores.map((s) => inQueue({ ...s, fetch: s.fetch + 7 })).join(""), /lines cannot be used/);
});

test("a store-queue file that is cut off is refused", async () => {
  const trace = Array.from({ length: 1100 }, (_, i) => short({ sq: i + 1, fetch: 1000 + i })).join("");
  await rejects(trace, inQueue({ sq: 1, fetch: 1000 }), /sq\.trace\.txt ends 1099 stores before/);
});

test("files of another kind are refused", async () => {
  await rejects("", "", /trace\.txt is empty/);
  await rejects("\n\n", undefined, /no line that is an executed instruction/);
  await rejects("int main() {}\n", undefined, /not a trace of PerfVec's gem5 fork; line 1: "int" is not an integer/);
  await rejects("\x7fELF\0\0\0\x01\x02", undefined, /not a trace/);
  await rejects("1".repeat(70000), undefined, /line of more than 64 KiB/);
  await rejects("1".repeat(60000), undefined, /not a trace/);
  await rejects("1 2 3\n4 5 6\n", undefined, /it has 3 numbers/);
  await rejects("-99 5\n-99 6\n", undefined, /trace\.txt/);
  await rejects(inQueue({ sq: 1 }) + inQueue({ sq: 2 }), short({ sq: 1 }), /trace\.txt is a store-queue file/);
  await rejects(short({ sq: 1 }), "nonsense\n", /sq\.trace\.txt is not a store-queue file/);
  await rejects(short({ sq: 1 }), short({ sq: 1 }), /it looks like the trace itself/);
  await rejects(whole({}) + short({ sq: 1 }), undefined, /line 2 of trace\.txt is a store.*sq\.trace\.txt/);
  await rejects(whole({ pc: 2 ** 60 }), undefined, /beyond 2\^53/);
  await rejects(`${whole({})}${Array(400).fill("1").join(" ")}\n`, undefined, /more than 256 numbers/);
});

test("numbers out of range are bad lines, never something else", async () => {
  const lines = [
    whole({ data: "1 18446744073709551616 8" }), whole({ data: "1 -5 8" }), whole({ registers: "1 0  900 1" }), whole({ registers: "1 0  0 70000" }),
    whole({ registers: "-1 2  0 1" }), whole({ registers: "99999999999999999999 0  0 1" }), whole({ op: 99 }), whole({ op: -1 }),
    whole({ data: "1 5 99999" }), whole({ fault: 7 }), whole({ pc: -4 }), whole({ taken: 3 }), "0 0 0 0 0 0 0 0 -\n", "--5\n", "0 -1 5\0 1\n",
  ];
  const r = await readTrace(filler(2000) + lines.join(""), undefined);
  assert.equal(r.index.length, 2000);
  assert.equal(r.statistics.badLines, lines.length);
});

test("an error of the stream passes through", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* chunks(filler(3));
    throw new Error("disk");
  }
  await assert.rejects(collect(gem5Trace(broken(), undefined, { name: "t" })), /disk/);
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { zipSync } from "fflate";
import { npyHeader, parseNpy } from "../../src/core/npy";
import { record } from "../../src/core/trace/record";
import { recordedTrace } from "../../src/core/trace/recorded";
import { FLAG, OUTCOME } from "../../src/core/trace/trace";
import { collect } from "./gem5-sink";

const npy = (dtype: string, shape: number[], data: ArrayBufferView): Uint8Array => {
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const length = Math.ceil((text.length + 11) / 64) * 64;
  const header = Buffer.from(`\x93NUMPY\x01\0..${text.padEnd(length - 11)}\n`, "latin1");
  header.writeUInt16LE(length - 10, 8);
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
};

/** Two static instructions, ten executed. */
const arrays = (): Record<string, Uint8Array> => ({
  index: npy("<u4", [10], Uint32Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 1)),
  address: npy("<u8", [10], BigUint64Array.of(0n, 2n ** 63n + 5n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 8n)),
  taken: npy("|u1", [2], Uint8Array.of(0b10100000, 0b10000000)),
  fault: npy("|u1", [2], Uint8Array.of(0, 0b01000000)),
  static_pc: npy("<u8", [2], BigUint64Array.of(0x12345678an, 0x1000n)),
  static_micro: npy("|u1", [2], Uint8Array.of(0, 2)),
  static_op: npy("|u1", [2], Uint8Array.of(1, 15)),
  static_size: npy("|u1", [2], Uint8Array.of(0, 8)),
  static_length: npy("|u1", [2], Uint8Array.of(2, 4)),
  static_flags: npy("<u2", [2], Uint16Array.of(FLAG.conditional | FLAG.direct, FLAG.nonSpeculative)),
  static_src: npy("|i1", [2, 4], Int8Array.of(5, 0, -1, -1, 2, 33, -1, -1)),
  static_dst: npy("|i1", [2, 2], Int8Array.of(-1, -1, 0, 63)),
});

const pack = (files: Record<string, Uint8Array>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, data]) => [`${name}.npy`, data])));

test("rows and static instructions", async () => {
  const r = await collect(recordedTrace(pack({ ...arrays(), static_line: npy("<u2", [1], Uint16Array.of(1)) }), "x.npz"), 4);
  assert.deepEqual(r.statics, [
    { pc: 0x12345678a, micro: 0, op: 1, opNumber: 1, size: 0, length: 2, flags: 10, sources: [[0, 5], [-1, 0]], destinations: [] },
    { pc: 0x1000, micro: 2, op: 15, opNumber: 55, size: 8, length: 4, flags: 4096, sources: [[0, 2], [1, 1]], destinations: [[-1, 0], [1, 31]] },
  ]);
  assert.deepEqual(r.index, [0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  assert.deepEqual(r.address, [0n, 2n ** 63n + 5n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 8n]);
  const { taken, fault, hasAddress } = OUTCOME;
  assert.deepEqual(r.outcome, [taken, hasAddress, taken, 0, 0, 0, 0, 0, taken, fault | hasAddress]);
  assert.equal(r.flushes, 3);
});

test("a recording has a bound, and says how to stay below it", async () => {
  assert.equal((await record(recordedTrace(pack(arrays()), "x.npz"), 10)).index.length, 10);
  await assert.rejects(record(recordedTrace(pack(arrays()), "x.npz"), 9), /more than 9 executed instructions[^]*--limit N/);
});

test("a recorded trace is predicted from the command line, though it is a zip as a report is", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "perfvec-recorded-"));
  try {
    const file = path.join(folder, "x.trace.npz");
    writeFileSync(file, pack(arrays()));
    const { status, stdout, stderr } = spawnSync(process.execPath, ["dist/cli.js", "predict", file, "--uarch", "p550-class", "--json"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.equal((JSON.parse(stdout) as { executed: number }).executed, 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is no recorded trace is refused by name", async () => {
  const rejects = (bytes: Uint8Array, message: RegExp): Promise<void> =>
    assert.rejects(collect(recordedTrace(bytes, "x.npz")), (e: Error) => (e.name === "UserError" && message.test(e.message)) || assert.fail(e));
  const change = (name: string, data: Uint8Array): Uint8Array => pack({ ...arrays(), [name]: data });
  const good = pack(arrays());
  await rejects(new Uint8Array(0), /x\.npz .* no zip file/);
  await rejects(Buffer.from("hello"), /no zip file/);
  await rejects(new Uint8Array(300000), /no zip file/);
  await rejects(good.subarray(0, good.length - 30), /no zip file/);
  await rejects(zipSync({ "a.txt": new Uint8Array(3) }), /no array "index"/);
  await rejects(change("index", npy("<i8", [10], new BigInt64Array(10))), /"index" is of type i8, not u4/);
  await rejects(change("index", npy(">u4", [10], new Uint32Array(10))), /"index" in x\.npz/);
  await rejects(change("index", npy("<u4", [10], new Uint32Array(9))), /36 bytes of data, its shape needs 40/);
  const outside = Uint32Array.of(0, 0, 0, 2, 0, 0, 0, 0, 0, 0);
  await rejects(change("index", npy("<u4", [10], outside)), /executed instruction 3 is static instruction 2, of 2/);
  await rejects(change("taken", npy("|u1", [1], new Uint8Array(1))), /"taken" has shape 1, not 2/);
  await rejects(change("static_src", npy("|i1", [2, 3], new Int8Array(6))), /"static_src" has shape 2 x 3, not 2 x 4/);
  await rejects(change("static_op", npy("|u1", [2], Uint8Array.of(1, 16))), /operation 16, of 16/);
  await rejects(change("static_pc", npy("<u8", [2], BigUint64Array.of(2n ** 60n, 0n))), /beyond 2\^53/);
  await rejects(change("static_pc", Buffer.from("junk")), /does not begin like one/);
  const others = Array.from({ length: 200 }, (_, i) => [`other${i}`, new Uint8Array(1)] as const);
  await rejects(pack({ ...arrays(), ...Object.fromEntries(others) }), /more than 100 files/);
  const none = (dtype: string): Uint8Array => npy(dtype, [0], new Uint8Array(0));
  const empty = { index: none("<u4"), address: none("<u8"), taken: none("|u1"), fault: none("|u1") };
  await rejects(pack({ ...arrays(), ...empty }), /no executed instruction/);
});

test("damaged bytes give a UserError or a trace, never anything else", async () => {
  const good = pack(arrays());
  let random = 1;
  for (let round = 0; round < 400; round++) {
    const bytes = good.slice();
    for (let i = 0; i < 3; i++) {
      random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
      bytes[(random >> 8) % bytes.length] = random;
    }
    await collect(recordedTrace(bytes, "x.npz")).catch((e: Error) => assert.equal(e.name, "UserError", e.stack));
  }
});

test("a header that is written is read", () => {
  const header = npyHeader([3, 51], "<f4");
  assert.equal(header.length % 64, 0);
  assert.equal(Buffer.from(header.subarray(0, 6)).toString("latin1"), "\x93NUMPY");
  const data = Float32Array.from({ length: 153 }, (_, i) => i / 4);
  const bytes = Buffer.concat([header, new Uint8Array(data.buffer)]);
  assert.deepEqual(parseNpy(bytes, "x"), { data, shape: [3, 51], dtype: "f4" });
  // Not aligned for float32.
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual(parseNpy(shifted.subarray(1), "x").data, data);
});

test("arrays that cannot be read", () => {
  const parse = (text: string): unknown => parseNpy(Buffer.from(text, "latin1"), "x.npy");
  const header = (text: string): string => `\x93NUMPY\x01\0${String.fromCharCode(text.length)}\0${text}`;
  const refuses = (text: string, message: RegExp): void =>
    assert.throws(() => parse(text), (e: Error) => (e.name === "UserError" && message.test(e.message)) || assert.fail(e));
  refuses("", /x\.npy is not a numpy array/);
  refuses("\x93NUMPY\x01\0\xff\xff{'descr'", /header is cut off/);
  refuses(header("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }") + "0".repeat(16), /Fortran/);
  refuses(header("{'descr': '<f1', 'fortran_order': False, 'shape': (2,), }"), /type f1/);
  refuses(header("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }"), /header/);
  refuses(header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"), /shape/);
  refuses(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2,), }"), /shape/);
});

const shared = path.resolve(import.meta.dirname, "../../../shared/dataset");
const skip = existsSync(shared) ? false : `${shared} is absent: no trace written by numpy is read`;
if (skip) console.error(`SKIPPED: ${skip}`);

test("a trace of the data set", { skip }, async () => {
  const { runs } = JSON.parse(readFileSync(path.join(shared, "runs.json"), "utf8")) as { runs: { name: string; executed: number; static: number }[] };
  const folder = path.join(shared, "train");
  const traces = readdirSync(folder).filter((f) => f.endsWith(".trace.npz"));
  const size = (f: string): number => statSync(path.join(folder, f)).size;
  const smallest = traces.slice(0, 50).reduce((a, b) => (size(b) < size(a) ? b : a));
  const run = runs.find((r) => r.name === smallest.replace(".trace.npz", ""))!;
  const r = await collect(recordedTrace(readFileSync(path.join(folder, smallest)), smallest), 16384);
  assert.deepEqual([r.index.length, r.statics.length], [run.executed, run.static]);
  for (const [i, n] of r.index.entries()) {
    const s = r.statics[n]!;
    const next = r.index[i + 1];
    if (!(s.flags & FLAG.conditional) || next === undefined) continue;
    assert.equal(Boolean(r.outcome[i]! & OUTCOME.taken), r.statics[next]!.pc !== s.pc + s.length, `row ${i}`);
  }
});

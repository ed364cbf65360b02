import assert from "node:assert/strict";
import { test } from "node:test";
import { assemblyOf } from "../../src/core/profile/assembly";
import { metricOf, neighboursOf } from "../../src/core/profile/neighbours";
import { latencies, NO_FILE, type Profile } from "../../src/core/profile/profile";

/** cold: one instruction; hot: four, the second inlined from helper, the third without a line, the fourth without an encoding. */
const profile: Profile = {
  provenance: {
    program: "a.c", programHash: "", arguments: ["-n", "5"], stdin: "in.txt", model: "m", featureSet: "f", traceSource: "emulator", measuredOn: null, runtime: "native",
    limit: null, executed: 5001, skipped: 1200, ended: "exit status 0", whole: true, exitStatus: 0, warnings: ["odd\nnews"],
  },
  dimensions: 2,
  pcs: Float64Array.of(0x100, 0x10400, 0x10404, 0x10408, 0x1040a),
  executions: Float64Array.of(1, 1250, 1250, 1250, 1250),
  encodings: Uint32Array.of(0x13, 0x02a58533, 0xfe0518e3, 0x8082, 0),
  sums: Float32Array.of(0.25, 0, 5000, 0, 2500, 250, 1000, 0, 0, 1),
  measured: null,
  functions: ["cold", "hot", "helper"],
  files: ["/a.c", "/a.h"],
  fileHashes: ["", ""],
  frameStart: Uint32Array.of(0, 1, 2, 4, 5, 6),
  frameFunction: Uint32Array.of(0, 1, 2, 1, 1, 1),
  frameFile: Uint32Array.of(0, 0, 1, 0, NO_FILE, 0),
  frameLine: Uint32Array.of(3, 7, 2, 8, 0, 9),
};
const machine = { name: "x-class", title: "X", core: "o3" as const, freq_ghz: 2, vector: [1, 10] };
const assembly = (of: Profile, options = {}) => assemblyOf(of, machine, latencies(of, machine), options);

test("the text: hottest function first, its instructions by address, source lines where they change, units behind figures", () => {
  const { lines, instructionAt, lineOf, functions } = assembly(profile, { sure: "off by 5 %" });
  assert.deepEqual(lines, [
    "; a.c -n 5 < in.txt on x-class (X, 2 GHz): 11.01 µs, 22.02 k cycles",
    "; 5,001 executed instructions after 1,200 passed over, whole run: exit status 0",
    "; predicted by model m; off by 5 %",
    "; note: odd\ufffdnews",
    "; Columns: address, cycles of all executions, share of the program's time, executions, instruction.",
    "; Functions by time, the hottest first; their instructions by address, only those that were executed.",
    "",
    "hot:  ; 100.0 % of the time, 22.02 k cycles, 4 instructions",
    "; /a.c:7",
    "  10400  10,000 cycles   45.4 %  1,250 times  mul       a0,a1,a0",
    "; /a.h:2",
    "  10404  10,000 cycles   45.4 %  1,250 times  bnez      a0,0x103f4",
    "; no line known",
    "  10408   2,000 cycles    9.1 %  1,250 times  ret",
    "; /a.c:9",
    "  1040a    20.0 cycles    0.1 %  1,250 times  (encoding not recorded)",
    "",
    "cold:  ; 0.0 % of the time, 0.500 cycles, 1 instruction",
    "; /a.c:3",
    "    100     0.5 cycles    0.0 %      1 times  nop",
  ]);
  assert.deepEqual(functions.map(({ name, first, last }) => [name, first, last]), [["hot", 7, 15], ["cold", 17, 19]]);
  assert.deepEqual([...lineOf], [19, 9, 11, 13, 15]);
  lineOf.forEach((line, i) => assert.equal(instructionAt[line], i));
  assert.equal(instructionAt.filter((i) => i >= 0).length, 5);
});

test("what is left out is told: functions without time, and instructions beyond the limit, the coldest functions first", () => {
  const hot = assembly(profile, { least: 0.005 });
  assert.equal(hot.lines.at(-1), "; 1 more instruction (1 whole function), 0.0 % of the time, not listed");
  assert.deepEqual([...hot.lineOf], [-1, 9, 11, 13, 15]);
  const few = assembly(profile, { most: 2 });
  assert.equal(few.lines.at(-1), "; 3 more instructions (1 whole function), 9.2 % of the time, not listed");
  assert.deepEqual([...few.lineOf], [-1, 9, 11, -1, -1]);
  assert.deepEqual(few.functions.map(({ name, last }) => [name, last]), [["hot", 11]]);
});

test("no name makes a line of its own, turns the direction of writing, or is endless", () => {
  const evil = "x\r\n\u2028main:\u202e\x1b[31m";
  const { lines, functions } = assembly({ ...profile, functions: [evil, "y".repeat(10_000), ""], files: [evil, "/a.h"] });
  assert.ok(lines.every((line) => !/[\x00-\x1f\u2028\u202e]/.test(line) && line.length < 400));
  assert.deepEqual(functions.map((f) => f.name), [`${"y".repeat(199)}…`, "x\ufffd\ufffd\ufffdmain:\ufffd\ufffd[31m"]);
  assert.equal(assembly({ ...profile, functions: ["", "", ""] }).functions[0]!.name, "(unnamed)");
});

/** Neighbours by representations of two dimensions that cost the same. */
function neighbours(means: [number, number][], of: number, executions = means.map(() => 10), prices = [1, 1]) {
  const n = means.length;
  const made: Profile = {
    ...profile,
    pcs: Float64Array.from({ length: n }, (_, i) => i),
    executions: Float64Array.from(executions),
    sums: Float32Array.from(means.flatMap((mean, i) => mean.map((v) => v * executions[i]!))),
  };
  return neighboursOf(made, metricOf(made, [{ ...machine, vector: prices }]), of, 3);
}

test("neighbours: the nearest directions first, whatever their length and however often they were executed", () => {
  const found = neighbours([[1, 1], [1, 0], [30, 30], [0, 1], [1, 0.9]], 0, [10, 10, 1, 10, 400]);
  assert.deepEqual(found.map((f) => f.instruction), [2, 4, 1]);
  assert.ok(Math.abs(found[0]!.similarity - 1) < 1e-6 && Math.abs(found[2]!.similarity - Math.SQRT1_2) < 1e-6);
});

test("neighbours: one that is next to nothing is near to nothing, though it points the same way", () => {
  const found = neighbours([[1, 1], [1e-4, 1e-4], [1, 0.5]], 0);
  assert.deepEqual(found.map((f) => f.instruction), [2, 1]);
  assert.ok(found[1]!.similarity < 0.01);
});

test("neighbours: a dimension that no machine pays for does not count; nothing executed has none and is none", () => {
  assert.equal(neighbours([[1, 50], [1, 0], [0.1, 50]], 0, undefined, [1, 0]).length, 2);
  assert.ok(Math.abs(neighbours([[1, 50], [1, 0], [0.1, 50]], 0, undefined, [1, 0])[0]!.similarity - 1) < 1e-6);
  assert.deepEqual(neighbours([[1, 1], [1, 1]], 0, [0, 10]), []);
  assert.deepEqual(neighbours([[1, 1], [1, 1]], 1, [0, 10]), []);
});

test("a hundred thousand instructions: text and neighbours come at once", () => {
  const n = 100_000;
  const d = 112;
  const big: Profile = {
    ...profile,
    dimensions: d,
    pcs: Float64Array.from({ length: n }, (_, i) => 0x10000 + 4 * i),
    executions: new Float64Array(n).fill(3),
    encodings: new Uint32Array(n).fill(0x02a58533),
    sums: Float32Array.from({ length: n * d }, (_, i) => Math.imul(i, 2654435761) >>> 24),
    functions: Array.from({ length: 1000 }, (_, i) => `f${i}`),
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: Uint32Array.from({ length: n }, (_, i) => Math.floor(i / 100)),
    frameFile: new Uint32Array(n),
    frameLine: Uint32Array.from({ length: n }, (_, i) => i >> 1),
  };
  const priced = { ...machine, vector: Array.from({ length: d }, (_, k) => k / d) };
  const start = process.cpuUsage();
  assert.equal(assemblyOf(big, priced, latencies(big, priced)).functions.length, 1000);
  assert.equal(neighboursOf(big, metricOf(big, [priced]), 5).length, 5);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 5e6, `${(user + system) / 1000} ms of processor time`);
});

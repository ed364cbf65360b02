import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { attribute } from "../../src/core/profile/attribution";
import { placesOf } from "../../src/core/profile/places";
import { latencies, NO_FILE, type Profile, total } from "../../src/core/profile/profile";
import { readReport, writeReport } from "../../src/core/report/report";
import { refusesDamage } from "./damage";

/** Three instructions: one of a line, one inlined into that line, one without a line. */
const profile: Profile = {
  provenance: {
    program: "a.c", programHash: "00", arguments: [], stdin: null, model: "m", featureSet: "f", traceSource: "emulator", measuredOn: null, runtime: "native",
    limit: null, executed: 30, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
  },
  dimensions: 2,
  pcs: Float64Array.of(0x100, 0x104, 0x108),
  executions: Float64Array.of(10, 20, 5),
  encodings: Uint32Array.of(0x13, 0x8082, 0),
  sums: Float32Array.of(1, 2, 3, 4, 5, 6),
  measured: null,
  functions: ["main", "helper", "libc"],
  linkageNames: ["main", "_Z6helperi", "libc"],
  files: ["/a.c", "/a.h"],
  fileHashes: ["ab", ""],
  lineHashes: [Uint32Array.of(1, 2, 3), new Uint32Array(0)],
  frameStart: Uint32Array.of(0, 1, 3, 4),
  frameFunction: Uint32Array.of(0, 1, 0, 2),
  frameFile: Uint32Array.of(0, 1, 0, NO_FILE),
  frameLine: Uint32Array.of(7, 3, 7, 0),
};
const machine = { name: "x", title: "X", core: "o3" as const, freq_ghz: 2, vector: [1, 10] };

test("latency is the dot product, and lines and functions add up to the total", () => {
  const latency = latencies(profile, machine);
  assert.deepEqual([...latency], [21, 43, 65]);
  const { lines, functions, withoutLine } = attribute(placesOf(profile), latency);
  assert.equal(withoutLine, 65);
  const at = (file: string, line: number) => lines.find((l) => l.file === file && l.line === line);
  assert.deepEqual(at("/a.c", 7), { file: "/a.c", line: 7, own: [0], inlined: [1], exclusive: 21, inclusive: 64, executions: 10 });
  assert.deepEqual(at("/a.h", 3), { file: "/a.h", line: 3, own: [1], inlined: [], exclusive: 43, inclusive: 43, executions: 20 });
  assert.deepEqual(functions.map((f) => [f.name, f.exclusive, f.inclusive]), [["libc", 65, 65], ["helper", 43, 43], ["main", 21, 64]]);
  assert.equal(lines.reduce((s, l) => s + l.exclusive, withoutLine), total(latency));
  assert.equal(functions.reduce((s, f) => s + f.exclusive, 0), total(latency));
});

test("a report comes back as it was", () => {
  assert.deepEqual(readReport(writeReport(profile), "r"), profile);
  const { linkageNames: _, lineHashes: __, ...older } = profile;
  assert.deepEqual(readReport(writeReport(older), "r"), older, "one that is older than the hashes of lines");
});

test("damaged, truncated and foreign reports are refused by name", () => {
  const bytes = writeReport(profile);
  for (const length of [0, 3, 30, bytes.length >> 1, bytes.length - 1]) {
    assert.throws(() => readReport(bytes.subarray(0, length), "cut.perfvec"), (e) => e instanceof UserError && e.message.includes("cut.perfvec"), `${length} bytes`);
  }
  refusesDamage(bytes, profile);
});

/** The first instruction is inlined `depth` times. */
function deep(depth: number): Partial<Profile> {
  const all = depth + 2;
  return {
    frameStart: Uint32Array.of(0, depth, depth + 1, all), frameFunction: new Uint32Array(all), frameFile: new Uint32Array(all), frameLine: new Uint32Array(all).fill(7),
  };
}

test("values that no prediction gives are refused, though the file is sound", () => {
  const p = profile.provenance;
  const cases: [Partial<Profile>, RegExp][] = [
    [{ sums: profile.sums.map((v) => -v) }, /representation is negative/],
    [{ pcs: Float64Array.of(0x104, 0x100, 0x108) }, /addresses are out of order/],
    [{ pcs: Float64Array.of(0x100, 0x104, NaN) }, /addresses are out of order/],
    [{ executions: Float64Array.of(1, -1, 1) }, /number of executions/],
    [{ executions: Float64Array.of(1, 1.5, 1) }, /number of executions/],
    [{ measured: Float64Array.of(1, Infinity, 1) }, /measured time/],
    [{ frameStart: Uint32Array.of(0, 1, 1, 4) }, /no function/],
    [{ linkageNames: ["main"] }, /linkage names/],
    [{ linkageNames: ["main", "helper", "x".repeat(20_000)] }, /linkage names/],
    [{ lineHashes: [new Uint32Array(3)] }, /numbers of lines/],
    [{ lineHashes: [{ length: 0.5 } as Uint32Array, { length: 0.5 } as Uint32Array] }, /numbers of lines/],
    [{ functions: ["main", "helper", "x".repeat(20_000)] }, /more than a program does/],
    [{ files: Array.from({ length: 40_000 }, (_, i) => `/${i}`), fileHashes: Array.from({ length: 40_000 }, () => "") }, /more than a program does/],
    [deep(300), /in too many/],
    [{ frameFunction: Uint32Array.of(0, 1, 0, 9) }, /function is out of range/],
    [{ frameFile: Uint32Array.of(0, 1, 0, 5) }, /file is out of range/],
    [{ frameLine: Uint32Array.of(7, 3, 7, 0xffffffff) }, /line is out of range/],
    [{ provenance: { ...p, executed: -3 } }, /incomplete/],
    [{ provenance: { ...p, warnings: [5] as unknown as string[] } }, /incomplete/],
    [{ provenance: { ...p, traceSource: "guess" as typeof p.traceSource } }, /incomplete/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => readReport(writeReport({ ...profile, ...change }), "odd.perfvec"), (e) => e instanceof UserError && message.test(e.message), String(message));
  }
});

/** A made-up profile: every line of a file has instructions. Numbers are alike on every run. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Profile } from "../../src/core/profile/profile";

export function profileOf(file: string, model: { name: string; dimensions: number }, lines: number, instructions = lines): Profile {
  const n = instructions;
  const numbers = Uint32Array.from({ length: n }, (_, i) => i);
  return {
    provenance: {
      program: file, programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "none",
      limit: null, executed: n * 100, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: model.dimensions,
    pcs: Float64Array.from(numbers, (i) => 0x10000 + 4 * i),
    executions: new Float64Array(n).fill(100),
    encodings: new Uint32Array(n).fill(0x02a58533),
    sums: Float32Array.from({ length: n * model.dimensions }, (_, i) => 1 + (Math.imul(i, 2654435761) >>> 20)),
    measured: null,
    functions: ["f"],
    files: [file],
    fileHashes: [createHash("sha256").update(readFileSync(file)).digest("hex")],
    frameStart: Uint32Array.from({ length: n + 1 }, (_, i) => i),
    frameFunction: new Uint32Array(n),
    frameFile: new Uint32Array(n),
    frameLine: Uint32Array.from(numbers, (i) => 1 + (i % lines)),
  };
}

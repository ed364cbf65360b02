/** A profile with a call tree and slices, made by hand. */
import { NO_FILE, NO_FUNCTION, type CallTree, type Profile } from "../../src/core/profile/profile";

/**
 * main calls work twice and fib; work calls helper, as fib does, which calls itself. Of an instruction of each function, in that
 * order, the representations are (1, 2), (3, 4) …; helper's is divided over its two paths, fib's over its two.
 */
export const tree: CallTree = {
  //              root, main, work, helper, fib, fib, helper
  parents: Uint32Array.of(0, 0, 1, 2, 1, 4, 5),
  functions: Uint32Array.of(NO_FUNCTION, 0, 1, 2, 3, 3, 2),
  calls: Float64Array.of(0, 1, 2, 10, 1, 8, 4),
  executed: Float64Array.of(0, 10, 20, 15, 10, 30, 15),
  sums: Float32Array.of(0, 0, 1, 2, 3, 4, 2, 2, 3, 4, 4, 4, 3, 4),
  isCut: false,
};

export const profile: Profile & { calls: CallTree } = {
  provenance: {
    program: "a.c", programHash: "", arguments: [], stdin: null, model: "m", featureSet: "f", traceSource: "emulator", measuredOn: null, runtime: "native",
    limit: null, executed: 100, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
  },
  dimensions: 2,
  pcs: Float64Array.of(0x100, 0x200, 0x300, 0x400),
  executions: Float64Array.of(10, 20, 30, 40),
  encodings: new Uint32Array(4),
  sums: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  measured: null,
  functions: ["main", "work", "helper", "fib"],
  linkageNames: ["main", "work", "helper", "fib"],
  files: ["/ws/a.c"],
  fileHashes: [""],
  frameStart: Uint32Array.of(0, 1, 2, 3, 4),
  frameFunction: Uint32Array.of(0, 1, 2, 3),
  frameFile: Uint32Array.of(0, 0, NO_FILE, 0),
  frameLine: Uint32Array.of(20, 2, 0, 10),
  calls: tree,
  slices: { length: 32, executed: 100, sums: Float32Array.of(4, 8, 4, 4, 4, 4, 4, 4) },
};

/** Latency: 1 for the first dimension, 10 for the second. */
export const machine = { name: "x-class", title: "X", core: "o3" as const, freq_ghz: 2, vector: [1, 10] };

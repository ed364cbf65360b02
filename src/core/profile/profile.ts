import { UserError } from "../errors";
import type { Microarchitecture, ModelDescription } from "../model/description";

/** How a prediction came about: shown beside every number. */
export interface Provenance {
  /** what was predicted: path of the source or ELF as given */
  program: string;
  /** SHA-256 of the ELF, hexadecimal; "" when a trace was given without one */
  programHash: string;
  arguments: string[];
  /** path of standard input, or null for an empty one */
  stdin: string | null;
  model: string;
  featureSet: string;
  traceSource: "emulator" | "gem5" | "gem5-exec" | "recorded";
  /** the machine whose times the trace has; null when it has none, or its machine is not known */
  measuredOn: string | null;
  /** "native 1.30.0" or "wasm 1.30.0" */
  runtime: string;
  /** executed instructions that were to be counted at most, or null */
  limit: number | null;
  /** executed instructions that are counted, micro-operations of atomics each for itself */
  executed: number;
  /** executed before counting began (`--skip`, `--from`) */
  skipped: number;
  /** how the run ended, in words */
  ended: string;
  /** whether the program came to its end (false: a limit cut it) */
  whole: boolean;
  /** exit status of the program, or null when it did not exit */
  exitStatus: number | null;
  /** what is not known and why, in words */
  warnings: string[];
}

/** Number that stands for "no file" in `frameFile`. */
export const NO_FILE = 0xffffffff;

/** Function of the root of a call tree. */
export const NO_FUNCTION = 0xffffffff;

/**
 * Summed representations by call path: a node is a function as it was reached by the calls of its parent. `m` nodes, of which 0 is
 * the root; parents stand before their children. Inlined calls are none.
 */
export interface CallTree {
  /** [m] of the root: 0 */
  parents: Uint32Array;
  /** [m] number in `functions`; of the root NO_FUNCTION */
  functions: Uint32Array;
  /** [m] */
  calls: Float64Array;
  /** [m] executed instructions of its own */
  executed: Float64Array;
  /** [m * d] its own */
  sums: Float32Array;
  /** whether there were more or deeper paths than are kept: they count as their callers' own */
  isCut: boolean;
}

/** Summed representations of slices of the run, in order. */
export interface Slices {
  /** executed instructions of each; the last may be shorter */
  length: number;
  /** of all of them */
  executed: number;
  /** [slices * d] */
  sums: Float32Array;
}

/**
 * Summed representations of every executed pc. Everything that is shown derives from it.
 * `n` instructions, sorted by pc; `d` dimensions.
 */
export interface Profile {
  provenance: Provenance;
  dimensions: number;
  /** [n] */
  pcs: Float64Array;
  /** [n] */
  executions: Float64Array;
  /** [n] the instruction words, 16 or 32 bits; 0 where not known (recorded traces) */
  encodings: Uint32Array;
  /** [n * d], unit: what a machine's vector turns into nanoseconds */
  sums: Float32Array;
  /** [n] nanoseconds as the trace has them; null when it has none */
  measured: Float64Array | null;
  functions: string[];
  /** the linker's name of each function, which tells overloads apart; undefined in reports that are older than it */
  linkageNames?: string[];
  files: string[];
  /** SHA-256 of each file as it was compiled, hexadecimal; "" where that is not known */
  fileHashes: string[];
  /** hash of each line of each file as it was compiled (line-hashes.ts), empty where that is not known; undefined in reports that are older than it */
  lineHashes?: Uint32Array[];
  /** frames of instruction i are frameStart[i] … frameStart[i + 1], innermost first: its own line, then the calls it is inlined in */
  frameStart: Uint32Array;
  frameFunction: Uint32Array;
  frameFile: Uint32Array;
  /** 0: not known */
  frameLine: Uint32Array;
  /** undefined in reports that are older than it, as `slices` */
  calls?: CallTree;
  slices?: Slices;
}

/** How far a prediction is off what was measured, as a signed share of it; undefined where nothing was. */
export function errorOf(predicted: number, measured: number | undefined): number | undefined {
  return measured ? predicted / measured - 1 : undefined;
}

/** Whether what the trace measured is of this machine, as far as is known. */
export function isMeasuredOn(profile: Profile, machine: Microarchitecture): boolean {
  return profile.measured !== null && profile.provenance.measuredOn === machine.name;
}

/** Predicted nanoseconds of every instruction on a machine: [n]. */
export function latencies(profile: Profile, machine: Microarchitecture): Float64Array {
  const { dimensions, sums } = profile;
  const vector = Float64Array.from(machine.vector);
  const out = new Float64Array(profile.pcs.length);
  for (let i = 0, at = 0; i < out.length; i++) {
    let t = 0;
    for (let d = 0; d < dimensions; d++) t += sums[at++]! * vector[d]!;
    out[i] = t;
  }
  return out;
}

export function total(values: Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v;
  return sum;
}

/** @param name of the report or program, for the message. @throws UserError when it was made with another model: no machine here prices it */
export function checkModel({ dimensions, provenance }: Profile, model: Pick<ModelDescription, "name" | "dimensions">, name: string): void {
  if (dimensions === model.dimensions && provenance.model === model.name) return;
  throw new UserError("report", `${name}: made with model ${provenance.model}; the machines here belong to ${model.name}. Predict again`);
}

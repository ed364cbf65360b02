/**
 * The trace: executed instructions in program order, as rows that point into a table of static micro-operations.
 * Rows live in WebAssembly memory (structure of arrays); nothing here makes an object per executed instruction.
 */

/** Names of operations by number, as in the data set: gem5's op classes that RV64GC uses. */
export const OPERATIONS = [
  "No_OpClass", "IntAlu", "IntMult", "IntDiv", "FloatAdd", "FloatCmp", "FloatCvt", "FloatMult",
  "FloatMultAcc", "FloatDiv", "FloatMisc", "FloatSqrt", "MemRead", "MemWrite", "FloatMemRead", "FloatMemWrite",
] as const;

/** Bits of `StaticInstruction.flags`, as in the data set. */
export const FLAG = {
  microop: 1 << 0,
  conditional: 1 << 1,
  unconditional: 1 << 2,
  direct: 1 << 3,
  squashAfter: 1 << 4,
  serializeAfter: 1 << 5,
  serializeBefore: 1 << 6,
  atomic: 1 << 7,
  storeConditional: 1 << 8,
  readBarrier: 1 << 9,
  writeBarrier: 1 << 10,
  quiesce: 1 << 11,
  nonSpeculative: 1 << 12,
} as const;

/** Bits of a row's outcome. */
export const OUTCOME = { taken: 1, fault: 2, hasAddress: 4 } as const;

/** gem5's register classes as traces print them; -1 is x0 (or an invalid register). */
export const REGISTER_CLASS = { zero: -1, int: 0, float: 1 } as const;

/** What is known of one static micro-operation. Atomics have up to three of them at one pc. */
export interface StaticInstruction {
  pc: number;
  /** n-th micro-operation of this pc, from 0 */
  micro: number;
  /** index into OPERATIONS */
  op: number;
  /** the op class number the trace prints (gem5 24.0's for our own streams) */
  opNumber: number;
  /** bytes of memory accessed, 0 when none */
  size: number;
  /** length of the encoding in bytes, 2 or 4 */
  length: number;
  /** FLAG bits */
  flags: number;
  /** registers as [class, index], x0 as [-1, 0]; at most 8 sources and 6 destinations are kept */
  sources: readonly (readonly [number, number])[];
  destinations: readonly (readonly [number, number])[];
}

/** Takes rows from a trace source. */
export interface TraceSink {
  /** Registers a static micro-operation and returns its index. Each is registered once. */
  define(instruction: StaticInstruction): number;
  /** Appends one executed instruction. `outcome`: OUTCOME bits. The address is given in two 32-bit halves. Only while not `full`. */
  push(index: number, addressLow: number, addressHigh: number, outcome: number): void;
  /**
   * Of a trace with latencies, once for each row pushed, in order: picoseconds between the retirement of the executed
   * instruction before and this one, and the part of them in which the pipeline refilled after that one had been mispredicted.
   */
  retire?(index: number, time: number, refill: number): void;
  /** The batch holds as many rows as it can: call `flush` before the next `push`. */
  readonly full: boolean;
  /** Hands the batch on; resolves to false when no more rows are wanted (a limit was reached). */
  flush(): Promise<boolean>;
}

/** Delivers a whole trace to a sink; throws UserError on bad input. */
export type TraceSource = (sink: TraceSink) => Promise<void>;

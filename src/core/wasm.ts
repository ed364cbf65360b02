/**
 * The WebAssembly module (emulator/): guest memory and interpreter, batch, features. One instance serves one run;
 * its memory goes with it. Addresses are byte offsets in `memory`; a view must be made anew after every call,
 * since memory may have grown.
 */
export interface Exports {
  memory: WebAssembly.Memory;

  // the batch and the table of static micro-operations (layout.ts)
  ROWS: WebAssembly.Global;
  MAX_STATIC: WebAssembly.Global;
  statics: WebAssembly.Global;
  rowIndex: WebAssembly.Global;
  rowAddress: WebAssembly.Global;
  rowOutcome: WebAssembly.Global;
  staticCount: WebAssembly.Global;
  takeStatic(count: number): number;
  deriveStatic(index: number): void;

  // features (features.ts): rows complete in `features`, their static micro-operations in `featureIndex`
  PERFVEC: WebAssembly.Global;
  PLAIN: WebAssembly.Global;
  TOYS: WebAssembly.Global;
  MODEL: WebAssembly.Global;
  features: WebAssembly.Global;
  featureIndex: WebAssembly.Global;
  perfvecFeatures(first: number, count: number, write: boolean): number;
  modelFeatures(first: number, count: number, write: boolean): number;
  finishModelFeatures(): number;

  // guest memory (memory.ts)
  map(address: bigint, length: bigint, protection: number): number;
  unmap(address: bigint, length: bigint): void;
  protect(address: bigint, length: bigint, protection: number): void;
  hostAddress(address: bigint): number;
  pageOf(address: bigint): number;
  setMemoryLimit(bytes: bigint): void;
  setRepeatsFirstTouch(value: boolean): void;
  faultKind: WebAssembly.Global;
  faultAddress: WebAssembly.Global;
  clearFault(): void;

  // execution (interpret.ts)
  run(budget: bigint): number;
  runTraced(budget: bigint): number;
  recover(): void;
  setPc(pc: bigint): void;
  fcsr(): number;
  setFcsr(value: number): void;
  clearRows(): void;
  flushCode(): void;
  /** first static micro-operation of the instruction at pc, 0 for none; traps where nothing may be executed */
  staticAt(pc: bigint): number;
  pc: WebAssembly.Global;
  executed: WebAssembly.Global;
  rows: WebAssembly.Global;
  registers: WebAssembly.Global;
  floatRegisters: WebAssembly.Global;
}

export const STOP = { budget: 0, ecall: 1, ebreak: 2, illegal: 3 } as const;
export const FAULT = { none: 0, read: 1, write: 2, execute: 3, outOfMemory: 4, tooMuchCode: 5 } as const;

/** A fresh instance. `module` is compiled once for the process. */
export function instantiate(module: WebAssembly.Module): Exports {
  const abort = (): never => {
    throw new Error("the emulator module aborted");
  };
  return new WebAssembly.Instance(module, { env: { abort } }).exports as unknown as Exports;
}

/** The value of an unsigned 32-bit global or address. */
export function u32(global: WebAssembly.Global): number {
  return (global.value as number) >>> 0;
}

/** The value of an unsigned 64-bit global. */
export function u64(global: WebAssembly.Global): bigint {
  return BigInt.asUintN(64, global.value as bigint);
}

/** What the Linux personality may ask of the machine that executes the program. Addresses are guest virtual addresses. */
export interface Guest {
  /** Copies out `length` bytes; throws GuestFault when a page is not mapped. */
  read(address: bigint, length: number): Uint8Array;
  /** Copies in; throws GuestFault when a page is not mapped. Write protection is not checked. */
  write(address: bigint, bytes: Uint8Array): void;
  /** Maps zero-filled pages (4096 bytes; replaces what was there). False when the memory limit is reached. */
  map(address: bigint, length: bigint, protection: number): boolean;
  unmap(address: bigint, length: bigint): void;
  protect(address: bigint, length: bigint, protection: number): void;
  /** Whether any page of the range is mapped. */
  mapped(address: bigint, length: bigint): boolean;
  /** Instructions executed so far: the only clock there is. */
  instructions(): number;
  /** Code at this range may have changed (riscv_flush_icache). */
  flushCode(): void;
  /** [65]: pc, x1 … x31, f0 … f31, fcsr (as the kernel's struct sigcontext begins). pc is that of the instruction to be executed next. */
  context(): BigUint64Array;
  setContext(context: BigUint64Array): void;
}

export const PROTECTION = { read: 1, write: 2, execute: 4 } as const;

export class GuestFault extends Error {
  override name = "GuestFault";
  constructor(readonly address: bigint) {
    super(`no memory at 0x${address.toString(16)}`);
  }
}

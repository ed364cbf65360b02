import { type Guest, GuestFault } from "../../src/core/emulator/guest";
import { createLinux, type LinuxOptions, type LinuxProcess, type Outcome } from "../../src/core/emulator/linux";
import { callNumbers } from "../../src/core/emulator/linux-names";

const PAGE = 4096n;

/** Guest memory over a map of pages. */
export interface MockGuest extends Guest {
  pages: Map<bigint, { bytes: Uint8Array; protection: number }>;
  executed: number;
  flushed: number;
  /** pc, x1 … x31, f0 … f31, fcsr */
  registers: BigUint64Array;
  text(address: bigint): string;
}

export function mockGuest(pageLimit = 1 << 17): MockGuest {
  const pages: MockGuest["pages"] = new Map();
  function visit(address: bigint, length: number, act: (page: Uint8Array, at: number, done: number, count: number) => void): void {
    for (let done = 0; done < length; ) {
      const at = address + BigInt(done);
      const page = pages.get(at / PAGE);
      if (!page) throw new GuestFault(at);
      const count = Math.min(length - done, Number(PAGE - (at % PAGE)));
      act(page.bytes, Number(at % PAGE), done, count);
      done += count;
    }
  }
  return {
    pages,
    executed: 0,
    flushed: 0,
    read(address, length) {
      const bytes = new Uint8Array(length);
      visit(address, length, (page, at, done, count) => bytes.set(page.subarray(at, at + count), done));
      return bytes;
    },
    write(address, bytes) {
      visit(address, bytes.length, (page, at, done, count) => page.set(bytes.subarray(done, done + count), at));
    },
    map(address, length, protection) {
      if (address % PAGE || length % PAGE) throw new Error("map takes whole pages");
      if (BigInt(pages.size) + length / PAGE > BigInt(pageLimit)) return false;
      for (let n = 0n; n < length / PAGE; n++) pages.set(address / PAGE + n, { bytes: new Uint8Array(4096), protection });
      return true;
    },
    unmap(address, length) {
      if (address % PAGE || length % PAGE) throw new Error("unmap takes whole pages");
      for (const page of [...pages.keys()]) if (page >= address / PAGE && page < (address + length) / PAGE) pages.delete(page);
    },
    protect(address, length, protection) {
      for (let n = 0n; n < length / PAGE; n++) pages.get(address / PAGE + n)!.protection = protection;
    },
    mapped: (address, length) => [...pages.keys()].some((page) => page >= address / PAGE && page * PAGE < address + length),
    instructions() {
      return this.executed;
    },
    flushCode() {
      this.flushed++;
    },
    registers: new BigUint64Array(65),
    context() {
      return this.registers.slice();
    },
    setContext(context) {
      this.registers = context.slice();
    },
    text(address) {
      let end = 0;
      while (this.read(address + BigInt(end), 1)[0] !== 0) end++;
      return new TextDecoder().decode(this.read(address, end));
    },
  };
}

/** Where the tests' programs keep their data: 16 pages. */
export const DATA = 0x20000n;
/** Nothing is mapped here. */
export const BAD = 0x7000_0000n;
export const BRK = 0x100000n;
export const MMAP = 0x3f_f800_0000n;

export interface Process {
  guest: MockGuest;
  linux: LinuxProcess;
  out: string[];
  err: string[];
  /** Performs a call by its name. */
  outcome(name: string, ...args: (number | bigint)[]): Outcome;
  /** The value in a0; throws when the program ended. */
  call(name: string, ...args: (number | bigint)[]): number;
  /** Puts text with its NUL at DATA + offset and returns the address. */
  put(text: string, offset?: number): bigint;
  u64(address: bigint): bigint;
}

export function process(options: Partial<LinuxOptions> & { input?: string; pageLimit?: number } = {}): Process {
  const guest = mockGuest(options.pageLimit);
  guest.map(DATA, 0x10000n, 3);
  const out: string[] = [];
  const err: string[] = [];
  let input = new TextEncoder().encode(options.input ?? "");
  const gem5 = options.personality === "gem5";
  const linux = createLinux(guest, {
    streams: {
      read(max) {
        const next = input.subarray(0, max);
        input = input.subarray(next.length);
        return next;
      },
      stdout: (bytes) => void out.push(new TextDecoder().decode(bytes)),
      stderr: (bytes) => void err.push(new TextDecoder().decode(bytes)),
    },
    host: undefined,
    directory: "/",
    executable: "/tmp/program",
    layout: {
      entry: 0, stackPointer: 0n, brk: BRK,
      mmap: gem5 ? 0x4000_0000_0000_0000n : MMAP,
      limit: gem5 ? 1n << 63n : 0x3f_ffff_f000n,
      regions: [{ start: DATA, end: DATA + 0x10000n, protection: 3, file: false }],
    },
    personality: "linux",
    seed: 1,
    ...options,
  });
  const self: Process = {
    guest,
    linux,
    out,
    err,
    outcome: (name, ...args) => {
      const six = [...args, 0, 0, 0, 0, 0, 0].slice(0, 6).map((arg) => BigInt.asUintN(64, BigInt(arg)));
      const number = callNumbers.get(name);
      if (number === undefined) throw new Error(`no call ${name}`);
      return linux(number, six, 0x1234);
    },
    call(name, ...args) {
      const outcome = self.outcome(name, ...args);
      if (!("result" in outcome)) throw new Error(`${name} ended the program`);
      return Number(outcome.result);
    },
    put(text, offset = 0) {
      guest.write(DATA + BigInt(offset), new TextEncoder().encode(`${text}\0`));
      return DATA + BigInt(offset);
    },
    u64: (address) => new DataView(guest.read(address, 8).buffer).getBigUint64(0, true),
  };
  return self;
}

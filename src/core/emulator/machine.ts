import { type Guest, GuestFault } from "./guest";
import { type Exports, FAULT, STOP, u32, u64 } from "../wasm";

/** Why the program stopped, beside reaching the end of what it was given to execute. */
export type Stop =
  | { kind: "budget" }
  | { kind: "ecall" }
  | { kind: "ebreak" }
  | { kind: "illegal"; encoding: number }
  | { kind: "fault"; access: "read" | "write" | "execute"; address: bigint }
  | { kind: "memory" }
  | { kind: "code" };

/** The emulated hart and its memory. */
export interface Machine extends Guest {
  readonly exports: Exports;
  /** Executes up to `budget` instructions; traced ones fill the batch and stop before it overflows. */
  execute(budget: number, traced: boolean): Stop;
  pc(): number;
  setPc(pc: number): void;
  register(n: number): bigint;
  setRegister(n: number, value: bigint): void;
}

const PAGE = 4096n;
/** The largest range that is looked through page by page. */
const SEARCHED = 1n << 33n;

/** @param memoryLimit bytes of memory the program may touch */
export function createMachine(exports: Exports, memoryLimit: number): Machine {
  exports.setMemoryLimit(BigInt(memoryLimit));

  /** Calls `visit` for each piece of a guest range that lies in one page. */
  function pieces(address: bigint, length: number, visit: (host: number, offset: number, size: number) => void): void {
    for (let offset = 0; offset < length; ) {
      const at = BigInt.asUintN(64, address + BigInt(offset));
      const size = Math.min(length - offset, Number(PAGE - (at & (PAGE - 1n))));
      const host = exports.hostAddress(at) >>> 0;
      if (!host) throw new GuestFault(at);
      visit(host, offset, size);
      offset += size;
    }
  }

  function stopOf(reason: number): Stop {
    switch (reason) {
      case STOP.ecall:
        return { kind: "ecall" };
      case STOP.ebreak:
        return { kind: "ebreak" };
      case STOP.illegal:
        return { kind: "illegal", encoding: encodingAt(u64(exports.pc)) };
      default:
        return { kind: "budget" };
    }
  }

  function encodingAt(pc: bigint): number {
    const half = (at: bigint): number => {
      const host = exports.hostAddress(at) >>> 0;
      return host ? new DataView(exports.memory.buffer).getUint16(host, true) : 0;
    };
    const low = half(pc);
    return (low & 3) === 3 ? (low | (half(pc + 2n) << 16)) >>> 0 : low;
  }

  /** What a trap of the module meant; a trap that is no fault of the guest is a defect and thrown on. */
  function stopOfTrap(error: unknown): Stop {
    const kind = u32(exports.faultKind);
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    if (kind === FAULT.none) {
      // `reserve` could not grow: WebAssembly's own 4 GiB are spent.
      if (exports.memory.buffer.byteLength >= 0xf0000000) return { kind: "memory" };
      throw error;
    }
    exports.recover();
    exports.clearFault();
    if (kind === FAULT.outOfMemory) return { kind: "memory" };
    if (kind === FAULT.tooMuchCode) return { kind: "code" };
    const access = kind === FAULT.read ? "read" : kind === FAULT.write ? "write" : "execute";
    return { kind: "fault", access, address: u64(exports.faultAddress) };
  }

  return {
    exports,
    execute(budget, traced) {
      try {
        return stopOf(traced ? exports.runTraced(BigInt(budget)) : exports.run(BigInt(budget)));
      } catch (error) {
        return stopOfTrap(error);
      }
    },
    pc: () => Number(u64(exports.pc)),
    setPc: (pc) => exports.setPc(BigInt(pc)),
    register: (n) => new DataView(exports.memory.buffer).getBigUint64(u32(exports.registers) + 8 * n, true),
    setRegister(n, value) {
      if (n) new DataView(exports.memory.buffer).setBigUint64(u32(exports.registers) + 8 * n, BigInt.asUintN(64, value), true);
    },
    read(address, length) {
      const bytes = new Uint8Array(length);
      pieces(address, length, (host, offset, size) => bytes.set(new Uint8Array(exports.memory.buffer, host, size), offset));
      return bytes;
    },
    write(address, bytes) {
      pieces(address, bytes.length, (host, offset, size) =>
        new Uint8Array(exports.memory.buffer).set(bytes.subarray(offset, offset + size), host),
      );
    },
    map: (address, length, protection) => exports.map(address, length, protection) !== 0,
    unmap: (address, length) => exports.unmap(address, length),
    protect: (address, length, protection) => exports.protect(address, length, protection),
    mapped(address, length) {
      if (length > SEARCHED) return true; // no program maps so much next to nothing
      for (let at = address & ~(PAGE - 1n); at < address + length; at += PAGE) if (exports.pageOf(at)) return true;
      return false;
    },
    instructions: () => Number(u64(exports.executed)),
    context() {
      const context = new BigUint64Array(65);
      context.set(new BigUint64Array(exports.memory.buffer, u32(exports.registers), 32));
      context.set(new BigUint64Array(exports.memory.buffer, u32(exports.floatRegisters), 32), 32);
      context[0] = u64(exports.pc);
      context[64] = BigInt(exports.fcsr());
      return context;
    },
    setContext(context) {
      new BigUint64Array(exports.memory.buffer, u32(exports.registers), 32).set(context.subarray(1, 32), 1);
      new BigUint64Array(exports.memory.buffer, u32(exports.floatRegisters), 32).set(context.subarray(32, 64));
      exports.setPc(context[0]! & ~1n);
      exports.setFcsr(Number(context[64]! & 255n));
    },
    flushCode: () => exports.flushCode(),
  };
}

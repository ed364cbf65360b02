import { UserError } from "../errors";
import { type Exports, u32 } from "../wasm";
import type { StaticInstruction } from "./trace";

/** The batch in the module's memory, filled row by row. */
export interface BatchSink {
  define(instruction: StaticInstruction): number;
  push(index: number, addressLow: number, addressHigh: number, outcome: number): void;
  /** rows in the batch */
  count(): number;
  capacity: number;
  clear(): void;
}

export function createSink(exports: Exports): BatchSink {
  const capacity = u32(exports.ROWS);
  const limit = u32(exports.MAX_STATIC);
  let buffer: ArrayBuffer | undefined;
  let index!: Uint32Array, address!: Uint32Array, outcome!: Uint8Array, view!: DataView;
  let rows = 0;

  /** Growing memory detaches views: they are made anew when the buffer is another. */
  function refresh(): void {
    if (buffer === exports.memory.buffer) return;
    buffer = exports.memory.buffer;
    index = new Uint32Array(buffer, u32(exports.rowIndex), capacity);
    address = new Uint32Array(buffer, u32(exports.rowAddress), 2 * capacity);
    outcome = new Uint8Array(buffer, u32(exports.rowOutcome), capacity);
    view = new DataView(buffer);
  }
  refresh();

  return {
    capacity,
    define(s) {
      if (u32(exports.staticCount) >= limit) throw new UserError("trace", `the trace has more than ${limit} static instructions`);
      const number = exports.takeStatic(1);
      refresh();
      const at = u32(exports.statics) + 64 * number;
      view.setBigUint64(at, BigInt(s.pc), true);
      view.setUint8(at + 8, s.op);
      view.setUint8(at + 9, s.size);
      view.setUint8(at + 10, s.micro);
      view.setUint8(at + 11, s.length);
      view.setUint16(at + 12, s.flags, true);
      view.setUint16(at + 14, s.opNumber, true);
      const sources = s.sources.slice(0, 8);
      const destinations = s.destinations.slice(0, 6);
      view.setUint8(at + 16, sources.length);
      view.setUint8(at + 17, destinations.length);
      sources.forEach(([class_, n], i) => {
        view.setInt8(at + 18 + i, class_);
        view.setInt16(at + 32 + 2 * i, n, true);
      });
      destinations.forEach(([class_, n], i) => {
        view.setInt8(at + 26 + i, class_);
        view.setInt16(at + 48 + 2 * i, n, true);
      });
      exports.deriveStatic(number);
      return number;
    },
    push(number, low, high, bits) {
      index[rows] = number;
      address[2 * rows] = low;
      address[2 * rows + 1] = high;
      outcome[rows] = bits;
      rows++;
    },
    count: () => rows,
    clear() {
      rows = 0;
      refresh();
    },
  };
}

/** What `define` wrote. @param at its 64 bytes in the module's memory */
export function readStatic(view: DataView, at: number): StaticInstruction {
  const registers = (count: number, classes: number, indices: number): [number, number][] =>
    Array.from({ length: count }, (_, i) => [view.getInt8(classes + i), view.getInt16(indices + 2 * i, true)]);
  return {
    pc: Number(view.getBigUint64(at, true)),
    op: view.getUint8(at + 8),
    size: view.getUint8(at + 9),
    micro: view.getUint8(at + 10),
    length: view.getUint8(at + 11),
    flags: view.getUint16(at + 12, true),
    opNumber: view.getUint16(at + 14, true),
    sources: registers(view.getUint8(at + 16), at + 18, at + 32),
    destinations: registers(view.getUint8(at + 17), at + 26, at + 48),
  };
}

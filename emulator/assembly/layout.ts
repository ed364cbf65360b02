/**
 * Where things live in linear memory. Regions are reserved once at start, in order, and grow never;
 * tables that grow with the program's footprint take fresh blocks with `reserve`.
 * Untouched pages cost nothing: the host maps them lazily.
 */

let top: usize = (__heap_base + 63) & ~63;

/** Takes `bytes` of zeroed memory (64-byte aligned). Traps when WebAssembly's 4 GiB are spent. */
export function reserve(bytes: usize): usize {
  const start = top;
  top = (top + bytes + 63) & ~63;
  const pages = ((top + 0xffff) >>> 16) as i32;
  const have = memory.size();
  if (pages > have) {
    // Growing in large steps keeps the host from remapping often.
    const step = max(pages - have, 256);
    if (memory.grow(step) < 0 && memory.grow(pages - have) < 0) unreachable();
  }
  return start;
}

/** Rows that one batch holds. */
export const ROWS: u32 = 16384;

/** Columns of our model's features besides the toys'. */
export const PLAIN: u32 = 100;

/** Static micro-operations that one trace can have. */
export const MAX_STATIC: u32 = 1 << 20;

/** Fields of a static record (64 bytes), see StaticInstruction in src/core/trace/trace.ts. */
export namespace S {
  export const SHIFT: usize = 6;
  export const PC: usize = 0; // u64
  export const OP: usize = 8; // u8
  export const SIZE: usize = 9; // u8
  export const MICRO: usize = 10; // u8
  export const LENGTH: usize = 11; // u8
  export const FLAGS: usize = 12; // u16
  export const OP_NUMBER: usize = 14; // u16
  export const SOURCES: usize = 16; // u8, how many
  export const DESTINATIONS: usize = 17; // u8
  export const SOURCE_CLASS: usize = 18; // i8[8]
  export const DESTINATION_CLASS: usize = 26; // i8[6]
  export const SOURCE_INDEX: usize = 32; // i16[8]
  export const DESTINATION_INDEX: usize = 48; // i16[6]
}

/** Bits of flags, as in the data set. */
export namespace FLAG {
  export const MICROOP: u32 = 1 << 0;
  export const CONDITIONAL: u32 = 1 << 1;
  export const UNCONDITIONAL: u32 = 1 << 2;
  export const DIRECT: u32 = 1 << 3;
  export const SQUASH_AFTER: u32 = 1 << 4;
  export const SERIALIZE_AFTER: u32 = 1 << 5;
  export const SERIALIZE_BEFORE: u32 = 1 << 6;
  export const ATOMIC: u32 = 1 << 7;
  export const STORE_CONDITIONAL: u32 = 1 << 8;
  export const READ_BARRIER: u32 = 1 << 9;
  export const WRITE_BARRIER: u32 = 1 << 10;
  export const QUIESCE: u32 = 1 << 11;
  export const NON_SPECULATIVE: u32 = 1 << 12;
}

/** Operations by number, as in the data set. */
export namespace OP {
  export const NONE: u32 = 0;
  export const INT_ALU: u32 = 1;
  export const INT_MULT: u32 = 2;
  export const INT_DIV: u32 = 3;
  export const FLOAT_ADD: u32 = 4;
  export const FLOAT_CMP: u32 = 5;
  export const FLOAT_CVT: u32 = 6;
  export const FLOAT_MULT: u32 = 7;
  export const FLOAT_MULT_ACC: u32 = 8;
  export const FLOAT_DIV: u32 = 9;
  export const FLOAT_MISC: u32 = 10;
  export const FLOAT_SQRT: u32 = 11;
  export const MEM_READ: u32 = 12;
  export const MEM_WRITE: u32 = 13;
  export const FLOAT_MEM_READ: u32 = 14;
  export const FLOAT_MEM_WRITE: u32 = 15;
}

/** Bits of a row's outcome. */
export namespace OUTCOME {
  export const TAKEN: u32 = 1;
  export const FAULT: u32 = 2;
  export const HAS_ADDRESS: u32 = 4;
}

/** The table of static micro-operations, and what the histories remember of each (64 bytes too, see history.ts). */
export const statics: usize = reserve((MAX_STATIC as usize) << S.SHIFT);
export const histories: usize = reserve((MAX_STATIC as usize) << 6);

/** The batch: structure of arrays. */
export const rowIndex: usize = reserve((ROWS as usize) * 4); // u32
export const rowAddress: usize = reserve((ROWS as usize) * 8); // u64
export const rowOutcome: usize = reserve((ROWS as usize) + 16); // u8

export let staticCount: u32 = 0;

export function takeStatic(count: u32): u32 {
  const first = staticCount;
  staticCount += count;
  return first;
}

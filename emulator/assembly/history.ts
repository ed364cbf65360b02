import { statics, histories, S, OP, FLAG } from "./layout";

/** What is remembered of every static micro-operation (64 bytes, zero at first). */
export namespace H {
  export const ADDRESS: usize = 0; // u64, of the last access
  export const STRIDE: usize = 8; // i64, between the last two
  export const TARGET: usize = 16; // u64, last target of a jump or taken branch
  export const LOCAL_HISTORY: usize = 24; // u32, outcomes, the latest in bit 0
  export const SEEN: usize = 28; // u8, outcomes known, at most 8
  export const STRIDES: usize = 29; // u8, repeats of the stride, at most 7
  // Derived once from the static record:
  export const KIND: usize = 30; // u16, KIND bits
  export const SOURCES: usize = 32; // i8[4], registers 1-31 integer, 32-63 floating point, 0 none (or x0)
  export const DESTINATIONS: usize = 36; // i8[2]
  export const FELL: usize = 38; // u8, toys' predictors whose target buffer has what follows the branch as its target
}

/** Properties that many features ask for. */
export namespace KIND {
  export const LOAD: u32 = 1 << 0;
  export const STORE: u32 = 1 << 1;
  export const ATOMIC: u32 = 1 << 2;
  export const CONDITIONAL: u32 = 1 << 3;
  export const UNCONDITIONAL: u32 = 1 << 4;
  export const DIRECT: u32 = 1 << 5;
  export const CALL: u32 = 1 << 6;
  export const RETURN: u32 = 1 << 7;
  export const SERIALIZING: u32 = 1 << 8;
  export const FLOAT: u32 = 1 << 9;
}

@inline
function register(class_: i32, index: i32): i32 {
  if (class_ == 0 && index > 0 && index < 32) return index;
  if (class_ == 1 && index >= 0 && index < 32) return 32 + index;
  return 0;
}

/** Fills in what is derived from a static record. Called once for each, after the record is written. */
export function deriveStatic(index: u32): void {
  const s = statics + ((index as usize) << S.SHIFT);
  const h = histories + ((index as usize) << S.SHIFT);
  const op = load<u8>(s, S.OP) as u32;
  const flags = load<u16>(s, S.FLAGS) as u32;
  const sources = load<u8>(s, S.SOURCES) as i32;
  for (let i = 0, n = 0; i < min(sources, 8) && n < 4; i++) {
    const r = register(load<i8>(s + i, S.SOURCE_CLASS), load<i16>(s + (i << 1), S.SOURCE_INDEX));
    if (r) store<i8>(h + n++, r, H.SOURCES);
  }
  const destinations = load<u8>(s, S.DESTINATIONS) as i32;
  for (let i = 0, n = 0; i < min(destinations, 6) && n < 2; i++) {
    const r = register(load<i8>(s + i, S.DESTINATION_CLASS), load<i16>(s + (i << 1), S.DESTINATION_INDEX));
    if (r) store<i8>(h + n++, r, H.DESTINATIONS);
  }
  let kind: u32 = 0;
  if (op == OP.MEM_READ || op == OP.FLOAT_MEM_READ) kind |= KIND.LOAD;
  if (op == OP.MEM_WRITE || op == OP.FLOAT_MEM_WRITE) kind |= KIND.STORE;
  if (flags & FLAG.ATOMIC) kind |= KIND.ATOMIC;
  if (flags & FLAG.CONDITIONAL) kind |= KIND.CONDITIONAL;
  if (flags & FLAG.DIRECT) kind |= KIND.DIRECT;
  if (flags & FLAG.UNCONDITIONAL) {
    kind |= KIND.UNCONDITIONAL;
    // Link registers are x1 and x5 (ISA manual, JALR, return-address stack hints).
    const d = load<i8>(h, H.DESTINATIONS);
    if (d == 1 || d == 5) kind |= KIND.CALL;
    else if (d == 0 && !(flags & FLAG.DIRECT) && load<i8>(h, H.SOURCES) == 1) kind |= KIND.RETURN;
  }
  const serializing =
    FLAG.SERIALIZE_AFTER | FLAG.SERIALIZE_BEFORE | FLAG.READ_BARRIER | FLAG.WRITE_BARRIER | FLAG.NON_SPECULATIVE | FLAG.ATOMIC;
  if (flags & serializing) kind |= KIND.SERIALIZING;
  if (op >= OP.FLOAT_ADD && op <= OP.FLOAT_SQRT) kind |= KIND.FLOAT;
  store<u16>(h, kind as u16, H.KIND);
}

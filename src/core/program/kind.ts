import { expand } from "./expand";

/** What an instruction does, as far as one asks what makes a line slow. */
export const KINDS = ["load", "store", "branch", "jump", "integer", "multiply", "divide", "float", "float divide", "atomic", "system", "other", "unknown"] as const;
export type Kind = (typeof KINDS)[number];

/** By major opcode (ISA manual, "RV32/64G Instruction Set Listings"). */
const BY_OPCODE: Record<number, Kind> = {
  0x03: "load", 0x07: "load", 0x23: "store", 0x27: "store", 0x63: "branch", 0x67: "jump", 0x6f: "jump", 0x13: "integer", 0x1b: "integer", 0x17: "integer", 0x37: "integer",
  0x2f: "atomic", 0x43: "float", 0x47: "float", 0x4b: "float", 0x4f: "float", 0x0f: "system", 0x73: "system",
};

/** @param encoding 16 or 32 bits, unsigned; 0: not known */
export function kindOf(encoding: number): Kind {
  if (encoding === 0) return "unknown";
  const word = (encoding & 3) === 3 ? encoding : expand(encoding);
  const opcode = word & 0x7f;
  const function7 = word >>> 25;
  if (opcode === 0x33 || opcode === 0x3b) {
    if (function7 !== 1) return "integer";
    return (word & 0x4000) === 0 ? "multiply" : "divide";
  }
  // fdiv and fsqrt: bits 31 to 27 are 00011 and 01011.
  if (opcode === 0x53) return (function7 >>> 2) === 3 || (function7 >>> 2) === 11 ? "float divide" : "float";
  return BY_OPCODE[opcode] ?? "other";
}

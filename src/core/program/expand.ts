/** Compressed instructions as the 32-bit instructions they stand for (ISA manual, chapter "C", table of RVC instructions). */

/** A field: bits of the parcel, from the highest of the result down; `at` names where the lowest one goes. */
function gather(c: number, ...fields: [from: number, width: number, to: number][]): number {
  return fields.reduce((value, [from, width, to]) => value | (((c >>> from) & ((1 << width) - 1)) << to), 0);
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);
const iType = (opcode: number, f3: number, rd: number, rs1: number, imm: number): number => ((imm << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | opcode) >>> 0;
const rType = (opcode: number, f3: number, f7: number, rd: number, rs1: number, rs2: number): number =>
  ((f7 << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | opcode) >>> 0;
const sType = (opcode: number, f3: number, rs1: number, rs2: number, imm: number): number =>
  (((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | ((imm & 31) << 7) | opcode) >>> 0;
const bType = (f3: number, rs1: number, imm: number): number =>
  ((((imm >> 12) & 1) << 31) | (((imm >> 5) & 63) << 25) | (rs1 << 15) | (f3 << 12) | (((imm >> 1) & 15) << 8) | (((imm >> 11) & 1) << 7) | 0x63) >>> 0;
const jType = (rd: number, imm: number): number =>
  ((((imm >> 20) & 1) << 31) | (((imm >> 1) & 0x3ff) << 21) | (((imm >> 11) & 1) << 20) | (((imm >> 12) & 0xff) << 12) | (rd << 7) | 0x6f) >>> 0;

const OP = 0x33, OP_IMM = 0x13, OP_32 = 0x3b, OP_IMM_32 = 0x1b, LOAD = 0x03, LOAD_FP = 0x07, STORE = 0x23, STORE_FP = 0x27, LUI = 0x37;
const JALR = 0x67, EBREAK = 0x00100073, UNIMP = 0xc0001073;
const SP = 2;

/** @returns 0 for what is no instruction of RV64C */
export function expand(c: number): number {
  if (c === 0) return UNIMP;
  const f3 = c >>> 13;
  switch (c & 3) {
    case 0: return quadrant0(c, f3);
    case 1: return quadrant1(c, f3);
    default: return quadrant2(c, f3);
  }
}

function quadrant0(c: number, f3: number): number {
  const rd = 8 + ((c >>> 2) & 7);
  const rs1 = 8 + ((c >>> 7) & 7);
  const word = gather(c, [5, 1, 6], [10, 3, 3], [6, 1, 2]);
  const double = gather(c, [5, 2, 6], [10, 3, 3]);
  switch (f3) {
    case 0: return iType(OP_IMM, 0, rd, SP, gather(c, [7, 4, 6], [11, 2, 4], [5, 1, 3], [6, 1, 2]));
    case 1: return iType(LOAD_FP, 3, rd, rs1, double);
    case 2: return iType(LOAD, 2, rd, rs1, word);
    case 3: return iType(LOAD, 3, rd, rs1, double);
    case 5: return sType(STORE_FP, 3, rs1, rd, double);
    case 6: return sType(STORE, 2, rs1, rd, word);
    case 7: return sType(STORE, 3, rs1, rd, double);
    default: return 0;
  }
}

function quadrant1(c: number, f3: number): number {
  const rd = (c >>> 7) & 31;
  const short = 8 + (rd & 7);
  const imm = signed(gather(c, [12, 1, 5], [2, 5, 0]), 6);
  const branch = signed(gather(c, [12, 1, 8], [5, 2, 6], [2, 1, 5], [10, 2, 3], [3, 2, 1]), 9);
  switch (f3) {
    case 0: return iType(OP_IMM, 0, rd, rd, imm);
    case 1: return rd ? iType(OP_IMM_32, 0, rd, rd, imm) : 0;
    case 2: return iType(OP_IMM, 0, rd, 0, imm);
    case 3:
      if (rd !== SP) return imm ? ((imm << 12) | (rd << 7) | LUI) >>> 0 : 0;
      return iType(OP_IMM, 0, SP, SP, signed(gather(c, [12, 1, 9], [3, 2, 7], [5, 1, 6], [2, 1, 5], [6, 1, 4]), 10));
    case 4: return arithmetic(c, short, imm);
    case 5: return jType(0, signed(gather(c, [12, 1, 11], [8, 1, 10], [9, 2, 8], [6, 1, 7], [7, 1, 6], [2, 1, 5], [11, 1, 4], [3, 3, 1]), 12));
    case 6: return bType(0, short, branch);
    default: return bType(1, short, branch);
  }
}

function arithmetic(c: number, rd: number, imm: number): number {
  const rs2 = 8 + ((c >>> 2) & 7);
  switch ((c >>> 10) & 3) {
    case 0: return iType(OP_IMM, 5, rd, rd, imm & 63);
    case 1: return iType(OP_IMM, 5, rd, rd, 0x400 | (imm & 63));
    case 2: return iType(OP_IMM, 7, rd, rd, imm);
    default: {
      const [opcode, f, f7] = ([[OP, 0, 32], [OP, 4, 0], [OP, 6, 0], [OP, 7, 0], [OP_32, 0, 32], [OP_32, 0, 0]] as const)[gather(c, [12, 1, 2], [5, 2, 0])] ?? [0, 0, 0];
      return opcode ? rType(opcode, f, f7, rd, rd, rs2) : 0;
    }
  }
}

function quadrant2(c: number, f3: number): number {
  const rd = (c >>> 7) & 31;
  const rs2 = (c >>> 2) & 31;
  const loadDouble = gather(c, [2, 3, 6], [12, 1, 5], [5, 2, 3]);
  const storeDouble = gather(c, [7, 3, 6], [10, 3, 3]);
  switch (f3) {
    case 0: return iType(OP_IMM, 1, rd, rd, gather(c, [12, 1, 5], [2, 5, 0]));
    case 1: return iType(LOAD_FP, 3, rd, SP, loadDouble);
    case 2: return rd ? iType(LOAD, 2, rd, SP, gather(c, [2, 2, 6], [12, 1, 5], [4, 3, 2])) : 0;
    case 3: return rd ? iType(LOAD, 3, rd, SP, loadDouble) : 0;
    case 4: {
      const links = (c >>> 12) & 1;
      // c.mv is an addition to x0, but reads as a move.
      if (rs2) return links ? rType(OP, 0, 0, rd, rd, rs2) : iType(OP_IMM, 0, rd, rs2, 0);
      if (!rd) return links ? EBREAK : 0;
      return iType(JALR, 0, links, rd, 0);
    }
    case 5: return sType(STORE_FP, 3, SP, rs2, storeDouble);
    case 6: return sType(STORE, 2, SP, rs2, gather(c, [7, 2, 6], [9, 4, 2]));
    default: return sType(STORE, 3, SP, rs2, storeDouble);
  }
}

/**
 * The C extension: every 16-bit encoding as the 32-bit one it stands for (ISA manual, "C" Standard Extension,
 * tables of RVC instructions). 0 means reserved or not of RV64GC.
 */

const ZERO: u32 = 0;
const RA: u32 = 1;
const SP: u32 = 2;

@inline
function iType(imm: i32, rs1: u32, funct3: u32, rd: u32, opcode: u32): u32 {
  return ((imm as u32) << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

@inline
function sType(imm: u32, rs2: u32, rs1: u32, funct3: u32, opcode: u32): u32 {
  return ((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((imm & 31) << 7) | opcode;
}

@inline
function rType(funct7: u32, rs2: u32, rs1: u32, funct3: u32, rd: u32, opcode: u32): u32 {
  return (funct7 << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;
}

function bType(imm: i32, rs1: u32, funct3: u32): u32 {
  const i = imm as u32;
  return (
    (((i >> 12) & 1) << 31) | (((i >> 5) & 63) << 25) | (rs1 << 15) | (funct3 << 12) | (((i >> 1) & 15) << 8) | (((i >> 11) & 1) << 7) | 0x63
  );
}

function jType(imm: i32, rd: u32): u32 {
  const i = imm as u32;
  return (((i >> 20) & 1) << 31) | (((i >> 1) & 0x3ff) << 21) | (((i >> 11) & 1) << 20) | (((i >> 12) & 0xff) << 12) | (rd << 7) | 0x6f;
}

/** Bits [high:low] of c, moved to start at `to`. */
@inline
function field(c: u32, high: u32, low: u32, to: u32): u32 {
  return ((c >> low) & ((1 << (high - low + 1)) - 1)) << to;
}

@inline
function signed(value: u32, bits: u32): i32 {
  return ((value << (32 - bits)) as i32) >> (32 - bits);
}

export function expand(c: u32): u32 {
  const funct3 = c >> 13;
  const rd = (c >> 7) & 31;
  const rs2 = (c >> 2) & 31;
  const a = ((c >> 7) & 7) + 8; // rs1' or rd'
  const b = ((c >> 2) & 7) + 8; // rs2' or rd'
  const imm6 = signed(field(c, 12, 12, 5) | field(c, 6, 2, 0), 6);
  switch (((c & 3) << 3) | funct3) {
    case 0: {
      const imm = field(c, 12, 11, 4) | field(c, 10, 7, 6) | field(c, 6, 6, 2) | field(c, 5, 5, 3);
      return imm ? iType(imm, SP, 0, b, 0x13) : 0; // c.addi4spn
    }
    case 1: return iType(field(c, 12, 10, 3) | field(c, 6, 5, 6), a, 3, b, 0x07); // c.fld
    case 2: return iType(field(c, 12, 10, 3) | field(c, 6, 6, 2) | field(c, 5, 5, 6), a, 2, b, 0x03); // c.lw
    case 3: return iType(field(c, 12, 10, 3) | field(c, 6, 5, 6), a, 3, b, 0x03); // c.ld
    case 5: return sType(field(c, 12, 10, 3) | field(c, 6, 5, 6), b, a, 3, 0x27); // c.fsd
    case 6: return sType(field(c, 12, 10, 3) | field(c, 6, 6, 2) | field(c, 5, 5, 6), b, a, 2, 0x23); // c.sw
    case 7: return sType(field(c, 12, 10, 3) | field(c, 6, 5, 6), b, a, 3, 0x23); // c.sd
    case 8: return iType(imm6, rd, 0, rd, 0x13); // c.nop, c.addi
    case 9: return rd ? iType(imm6, rd, 0, rd, 0x1b) : 0; // c.addiw
    case 10: return iType(imm6, ZERO, 0, rd, 0x13); // c.li
    case 11: {
      if (rd == SP) {
        const imm = field(c, 12, 12, 9) | field(c, 6, 6, 4) | field(c, 5, 5, 6) | field(c, 4, 3, 7) | field(c, 2, 2, 5);
        return imm ? iType(signed(imm, 10), SP, 0, SP, 0x13) : 0; // c.addi16sp
      }
      return imm6 ? ((imm6 as u32) << 12) | (rd << 7) | 0x37 : 0; // c.lui
    }
    case 12: {
      const shift = field(c, 12, 12, 5) | field(c, 6, 2, 0);
      switch ((c >> 10) & 3) {
        case 0: return iType(shift, a, 5, a, 0x13); // c.srli
        case 1: return iType(shift | 0x400, a, 5, a, 0x13); // c.srai
        case 2: return iType(imm6, a, 7, a, 0x13); // c.andi
      }
      switch (((c >> 10) & 4) | ((c >> 5) & 3)) {
        case 0: return rType(0x20, b, a, 0, a, 0x33); // c.sub
        case 1: return rType(0, b, a, 4, a, 0x33); // c.xor
        case 2: return rType(0, b, a, 6, a, 0x33); // c.or
        case 3: return rType(0, b, a, 7, a, 0x33); // c.and
        case 4: return rType(0x20, b, a, 0, a, 0x3b); // c.subw
        case 5: return rType(0, b, a, 0, a, 0x3b); // c.addw
      }
      return 0;
    }
    case 13: {
      const imm =
        field(c, 12, 12, 11) | field(c, 11, 11, 4) | field(c, 10, 9, 8) | field(c, 8, 8, 10) | field(c, 7, 7, 6) | field(c, 6, 6, 7) |
        field(c, 5, 3, 1) | field(c, 2, 2, 5);
      return jType(signed(imm, 12), ZERO); // c.j
    }
    case 14:
    case 15: {
      const imm = field(c, 12, 12, 8) | field(c, 11, 10, 3) | field(c, 6, 5, 6) | field(c, 4, 3, 1) | field(c, 2, 2, 5);
      return bType(signed(imm, 9), a, funct3 - 6); // c.beqz, c.bnez
    }
    case 16: return iType(field(c, 12, 12, 5) | field(c, 6, 2, 0), rd, 1, rd, 0x13); // c.slli
    case 17: return iType(field(c, 12, 12, 5) | field(c, 6, 5, 3) | field(c, 4, 2, 6), SP, 3, rd, 0x07); // c.fldsp
    case 18: return rd ? iType(field(c, 12, 12, 5) | field(c, 6, 4, 2) | field(c, 3, 2, 6), SP, 2, rd, 0x03) : 0; // c.lwsp
    case 19: return rd ? iType(field(c, 12, 12, 5) | field(c, 6, 5, 3) | field(c, 4, 2, 6), SP, 3, rd, 0x03) : 0; // c.ldsp
    case 20: {
      if (!(c & 0x1000)) return rs2 ? rType(0, rs2, ZERO, 0, rd, 0x33) : rd ? iType(0, rd, 0, ZERO, 0x67) : 0; // c.mv, c.jr
      if (rs2) return rType(0, rs2, rd, 0, rd, 0x33); // c.add
      return rd ? iType(0, rd, 0, RA, 0x67) : 0x00100073; // c.jalr, c.ebreak
    }
    case 21: return sType(field(c, 12, 10, 3) | field(c, 9, 7, 6), rs2, SP, 3, 0x27); // c.fsdsp
    case 22: return sType(field(c, 12, 9, 2) | field(c, 8, 7, 6), rs2, SP, 2, 0x23); // c.swsp
    case 23: return sType(field(c, 12, 10, 3) | field(c, 9, 7, 6), rs2, SP, 3, 0x23); // c.sdsp
  }
  return 0;
}

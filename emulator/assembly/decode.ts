import { reserve, statics, takeStatic, staticCount, MAX_STATIC, S, FLAG, OP } from "./layout";
import { deriveStatic } from "./history";
import { FAULT, fault, fetchHalf, pageOf, codeOf, setCode } from "./memory";
import { expand } from "./compressed";
import { I } from "./instructions";

/**
 * Decoded code: per page a slot of 16 bytes for every two bytes of code, filled when first executed.
 * Two slots past the end lead over to the next page.
 */
export namespace E {
  export const OP: usize = 0; // u8, I
  export const STEP: usize = 1; // u8, bytes to the next instruction's slot: 16 or 32
  export const RD: usize = 2; // u16, address of the register
  export const RS1: usize = 4; // u16
  export const RS2: usize = 6; // u16
  export const IMM: usize = 8; // i32; of jumps in slots; of floating point: rounding mode | address of rs3 << 8
  export const STATIC: usize = 12; // u32, first static micro-operation; 0 before the first decoding
}
export const PAGE_SLOTS: usize = 2048 * 16;
const PAGE_BYTES: usize = 2050 * 16;

/** Registers, below the module's data so that their addresses fit in 16 bits: x0-x31, a bin for writes to x0, f0-f31. */
export const X: usize = 1024;
export const BIN: usize = X + 32 * 8;
export const F: usize = X + 40 * 8;
/** The static record's raw encoding (its last four bytes are free). */
const RAW: usize = 60;

let codeChain: usize = 0; // every decoded page: u32 link in front of it

/** Decoded slots of the page at `address`. Traps when it may not be executed. */
export function codePage(address: u64): usize {
  fetchHalf(address);
  const page = pageOf(address);
  let code = codeOf(page);
  if (!code) {
    code = reserve(PAGE_BYTES + 64) + 64;
    store<u32>(code - 4, codeChain as u32);
    codeChain = code;
    store<u8>(code + PAGE_SLOTS, I.CROSS);
    store<u8>(code + PAGE_SLOTS + 16, I.CROSS);
    setCode(page, code);
  }
  return code;
}

/** Forgets what was decoded (fence.i): slots are decoded again, and keep their static number while the encoding is the same. */
export function forgetCode(): void {
  for (let code = codeChain; code; code = load<u32>(code - 4)) {
    for (let o: usize = 0; o < PAGE_SLOTS; o += 16) store<u8>(code + o, I.UNDECODED);
  }
}

@inline
function x(n: u32): u16 {
  return (X + ((n as usize) << 3)) as u16;
}

@inline
function f(n: u32): u16 {
  return (F + ((n as usize) << 3)) as u16;
}

// What the encoding being decoded turns out to be.
let code: i32 = I.ILLEGAL;
let rd: u16 = 0;
let rs1: u16 = 0;
let rs2: u16 = 0;
let imm: i32 = 0;
let operation: u32 = OP.NONE;
let size: u32 = 0;
let flags: u32 = 0;

function set(op: i32, class_: u32): void {
  code = op;
  operation = class_;
}

/** Integer register destination; writes to x0 go to the bin. */
@inline
function toX(n: u32): void {
  rd = n ? x(n) : (BIN as u16);
}

function decodeLoad(w: u32, funct3: u32): void {
  if (funct3 == 7) return;
  set(funct3 == 0 ? I.LB : funct3 == 1 ? I.LH : funct3 == 2 ? I.LW : funct3 == 3 ? I.LD : funct3 == 4 ? I.LBU : funct3 == 5 ? I.LHU : I.LWU, OP.MEM_READ);
  imm = (w as i32) >> 20;
  size = 1 << (funct3 & 3);
}

function decodeStore(w: u32, funct3: u32): void {
  if (funct3 > 3) return;
  set(funct3 == 0 ? I.SB : funct3 == 1 ? I.SH : funct3 == 2 ? I.SW : I.SD, OP.MEM_WRITE);
  imm = (((w as i32) >> 25) << 5) | (((w >> 7) & 31) as i32);
  size = 1 << funct3;
}

function decodeBranch(w: u32, funct3: u32): void {
  if (funct3 == 2 || funct3 == 3) return;
  set(funct3 == 0 ? I.BEQ : funct3 == 1 ? I.BNE : funct3 == 4 ? I.BLT : funct3 == 5 ? I.BGE : funct3 == 6 ? I.BLTU : I.BGEU, OP.INT_ALU);
  const offset = (((w as i32) >> 31) << 12) | ((((w >> 7) & 1) << 11) as i32) | ((((w >> 25) & 63) << 5) as i32) | ((((w >> 8) & 15) << 1) as i32);
  imm = offset << 3;
  flags = FLAG.CONDITIONAL | FLAG.DIRECT;
}

function decodeImmediate(w: u32, funct3: u32): void {
  imm = (w as i32) >> 20;
  const shift = ((w >> 20) & 63) as i32;
  const funct6 = w >> 26;
  const funct12 = w >> 20;
  let op: i32 = I.ILLEGAL;
  if (funct3 == 1) {
    if (funct6 == 0) op = I.SLLI;
    else if (funct6 == 0x12) op = I.BCLRI;
    else if (funct6 == 0x1a) op = I.BINVI;
    else if (funct6 == 0x0a) op = I.BSETI;
    else if (funct12 == 0x600) op = I.CLZ;
    else if (funct12 == 0x601) op = I.CTZ;
    else if (funct12 == 0x602) op = I.CPOP;
    else if (funct12 == 0x604) op = I.SEXT_B;
    else if (funct12 == 0x605) op = I.SEXT_H;
    imm = shift;
  } else if (funct3 == 5) {
    if (funct6 == 0) op = I.SRLI;
    else if (funct6 == 0x10) op = I.SRAI;
    else if (funct6 == 0x18) op = I.RORI;
    else if (funct6 == 0x12) op = I.BEXTI;
    else if (funct12 == 0x287) op = I.ORC_B;
    else if (funct12 == 0x6b8) op = I.REV8;
    imm = shift;
  } else {
    op = funct3 == 0 ? I.ADDI : funct3 == 2 ? I.SLTI : funct3 == 3 ? I.SLTIU : funct3 == 4 ? I.XORI : funct3 == 6 ? I.ORI : I.ANDI;
  }
  set(op, OP.INT_ALU);
}

function decodeImmediateWord(w: u32, funct3: u32): void {
  imm = (w as i32) >> 20;
  const funct7 = w >> 25;
  const funct12 = w >> 20;
  let op: i32 = I.ILLEGAL;
  if (funct3 == 0) op = I.ADDIW;
  else if (funct3 == 1) {
    if (funct7 == 0) op = I.SLLIW;
    else if (w >> 26 == 2) op = I.SLLI_UW;
    else if (funct12 == 0x600) op = I.CLZW;
    else if (funct12 == 0x601) op = I.CTZW;
    else if (funct12 == 0x602) op = I.CPOPW;
    imm = ((w >> 20) & 63) as i32;
  } else if (funct3 == 5) {
    op = funct7 == 0 ? I.SRLIW : funct7 == 0x20 ? I.SRAIW : funct7 == 0x30 ? I.RORIW : I.ILLEGAL;
    imm = ((w >> 20) & 31) as i32;
  }
  set(op, OP.INT_ALU);
}

function decodeRegister(w: u32, funct3: u32): void {
  let op: i32 = I.ILLEGAL;
  let class_: u32 = OP.INT_ALU;
  switch (w >> 25) {
    case 0x00: op = I.ADD + (funct3 == 0 ? 0 : (funct3 as i32) + 1); if (funct3 > 5) op = funct3 == 6 ? I.OR : I.AND; break;
    case 0x20: op = funct3 == 0 ? I.SUB : funct3 == 5 ? I.SRA : funct3 == 7 ? I.ANDN : funct3 == 6 ? I.ORN : funct3 == 4 ? I.XNOR : I.ILLEGAL; break;
    case 0x01:
      op = I.MUL + (funct3 as i32);
      class_ = funct3 < 4 ? OP.INT_MULT : OP.INT_DIV;
      break;
    case 0x10: op = funct3 == 2 ? I.SH1ADD : funct3 == 4 ? I.SH2ADD : funct3 == 6 ? I.SH3ADD : I.ILLEGAL; break;
    case 0x05: op = funct3 == 6 ? I.MAX : funct3 == 7 ? I.MAXU : funct3 == 4 ? I.MIN : funct3 == 5 ? I.MINU : I.ILLEGAL; break;
    case 0x30: op = funct3 == 1 ? I.ROL : funct3 == 5 ? I.ROR : I.ILLEGAL; break;
    case 0x24: op = funct3 == 1 ? I.BCLR : funct3 == 5 ? I.BEXT : I.ILLEGAL; break;
    case 0x34: op = funct3 == 1 ? I.BINV : I.ILLEGAL; break;
    case 0x14: op = funct3 == 1 ? I.BSET : I.ILLEGAL; break;
  }
  set(op, class_);
}

function decodeRegisterWord(w: u32, funct3: u32): void {
  let op: i32 = I.ILLEGAL;
  let class_: u32 = OP.INT_ALU;
  switch (w >> 25) {
    case 0x00: op = funct3 == 0 ? I.ADDW : funct3 == 1 ? I.SLLW : funct3 == 5 ? I.SRLW : I.ILLEGAL; break;
    case 0x20: op = funct3 == 0 ? I.SUBW : funct3 == 5 ? I.SRAW : I.ILLEGAL; break;
    case 0x01:
      op = funct3 == 0 ? I.MULW : funct3 == 4 ? I.DIVW : funct3 == 5 ? I.DIVUW : funct3 == 6 ? I.REMW : funct3 == 7 ? I.REMUW : I.ILLEGAL;
      class_ = funct3 == 0 ? OP.INT_MULT : OP.INT_DIV;
      break;
    case 0x04: op = funct3 == 0 ? I.ADD_UW : funct3 == 4 && ((w >> 20) & 31) == 0 ? I.ZEXT_H : I.ILLEGAL; break;
    case 0x10: op = funct3 == 2 ? I.SH1ADD_UW : funct3 == 4 ? I.SH2ADD_UW : funct3 == 6 ? I.SH3ADD_UW : I.ILLEGAL; break;
    case 0x30: op = funct3 == 1 ? I.ROLW : funct3 == 5 ? I.RORW : I.ILLEGAL; break;
  }
  set(op, class_);
}

function decodeAtomic(w: u32, funct3: u32): void {
  if (funct3 != 2 && funct3 != 3) return;
  const base: i32 = funct3 == 2 ? I.LR_W : I.LR_D;
  const funct5 = w >> 27;
  let n: i32 = -1;
  switch (funct5) {
    case 0x02: n = (w >> 20) & 31 ? -1 : 0; break;
    case 0x03: n = 1; break;
    case 0x01: n = 2; break;
    case 0x00: n = 3; break;
    case 0x04: n = 4; break;
    case 0x0c: n = 5; break;
    case 0x08: n = 6; break;
    case 0x10: n = 7; break;
    case 0x14: n = 8; break;
    case 0x18: n = 9; break;
    case 0x1c: n = 10; break;
  }
  if (n < 0) return;
  set(base + n, n == 1 ? OP.MEM_WRITE : OP.MEM_READ);
  size = funct3 == 2 ? 4 : 8;
  flags = FLAG.MICROOP | (n == 0 ? 0 : n == 1 ? FLAG.STORE_CONDITIONAL : FLAG.ATOMIC);
}

function decodeSystem(w: u32, funct3: u32): void {
  flags = FLAG.SERIALIZE_AFTER | FLAG.NON_SPECULATIVE;
  if (funct3 == 0) {
    if (w == 0x00000073) code = I.ECALL;
    else if (w == 0x00100073) code = I.EBREAK;
  } else if (funct3 != 4) {
    code = funct3 == 1 ? I.CSRRW : funct3 == 2 ? I.CSRRS : funct3 == 3 ? I.CSRRC : funct3 == 5 ? I.CSRRWI : funct3 == 6 ? I.CSRRSI : I.CSRRCI;
    imm = ((w >> 20) | (((w >> 15) & 31) << 12)) as i32; // CSR number, and rs1 or the immediate
  }
}

function decodeFloat(w: u32, funct3: u32): void {
  const funct7 = w >> 25;
  const n1 = (w >> 15) & 31;
  const n2 = (w >> 20) & 31;
  const wide = funct7 & 1;
  if ((funct7 & 3) > 1) return; // half and quad precision
  rd = f((w >> 7) & 31);
  rs1 = f(n1);
  rs2 = f(n2);
  imm = funct3;
  const rounds = funct3 < 5 || funct3 == 7;
  switch (funct7 >> 2) {
    case 0x00: if (rounds) set(wide ? I.FADD_D : I.FADD_S, OP.FLOAT_ADD); break;
    case 0x01: if (rounds) set(wide ? I.FSUB_D : I.FSUB_S, OP.FLOAT_ADD); break;
    case 0x02: if (rounds) set(wide ? I.FMUL_D : I.FMUL_S, OP.FLOAT_MULT); break;
    case 0x03: if (rounds) set(wide ? I.FDIV_D : I.FDIV_S, OP.FLOAT_DIV); break;
    case 0x0b: if (rounds && !n2) set(wide ? I.FSQRT_D : I.FSQRT_S, OP.FLOAT_SQRT); break;
    case 0x04: if (funct3 < 3) set((wide ? I.FSGNJ_D : I.FSGNJ_S) + (funct3 as i32), OP.FLOAT_MISC); break;
    case 0x05: if (funct3 < 2) set((wide ? I.FMIN_D : I.FMIN_S) + (funct3 as i32), OP.FLOAT_CMP); break;
    case 0x08:
      if (rounds && wide && n2 == 0) set(I.FCVT_D_S, OP.FLOAT_CVT);
      else if (rounds && !wide && n2 == 1) set(I.FCVT_S_D, OP.FLOAT_CVT);
      break;
    case 0x14:
      toX((w >> 7) & 31);
      if (funct3 < 3) set((wide ? I.FEQ_D : I.FEQ_S) + (2 - (funct3 as i32)), OP.FLOAT_CMP);
      break;
    case 0x18:
      toX((w >> 7) & 31);
      if (rounds && n2 < 4) set((wide ? I.FCVT_W_D : I.FCVT_W_S) + (n2 as i32), OP.FLOAT_CVT);
      break;
    case 0x1a:
      rs1 = x(n1);
      if (rounds && n2 < 4) set((wide ? I.FCVT_D_W : I.FCVT_S_W) + (n2 as i32), OP.FLOAT_CVT);
      break;
    case 0x1c:
      toX((w >> 7) & 31);
      if (!n2 && funct3 == 0) set(wide ? I.FMV_X_D : I.FMV_X_W, OP.FLOAT_CVT);
      else if (!n2 && funct3 == 1) set(wide ? I.FCLASS_D : I.FCLASS_S, OP.FLOAT_MISC);
      break;
    case 0x1e:
      rs1 = x(n1);
      if (!n2 && funct3 == 0) set(wide ? I.FMV_D_X : I.FMV_W_X, OP.FLOAT_CVT);
      break;
  }
}

function decodeFused(w: u32, funct3: u32): void {
  const format = (w >> 25) & 3;
  if (format > 1 || funct3 == 5 || funct3 == 6) return;
  rd = f((w >> 7) & 31);
  rs1 = f((w >> 15) & 31);
  rs2 = f((w >> 20) & 31);
  imm = (funct3 | ((f(w >> 27) as u32) << 8)) as i32;
  set((format ? I.FMADD_D : I.FMADD_S) + (((w >> 2) & 3) as i32), OP.FLOAT_MULT_ACC);
}

function decode32(w: u32): void {
  const funct3 = (w >> 12) & 7;
  toX((w >> 7) & 31);
  rs1 = x((w >> 15) & 31);
  rs2 = x((w >> 20) & 31);
  switch ((w >> 2) & 31) {
    case 0x00: decodeLoad(w, funct3); break;
    case 0x01:
      if (funct3 != 2 && funct3 != 3) break;
      set(funct3 == 2 ? I.FLW : I.FLD, OP.FLOAT_MEM_READ);
      rd = f((w >> 7) & 31);
      imm = (w as i32) >> 20;
      size = 1 << funct3;
      break;
    case 0x03:
      if (funct3 == 0) {
        code = I.FENCE;
        flags = FLAG.READ_BARRIER | FLAG.WRITE_BARRIER;
      } else if (funct3 == 1) {
        code = I.FENCE_I;
        flags = FLAG.NON_SPECULATIVE | FLAG.SERIALIZE_AFTER | FLAG.SQUASH_AFTER;
      }
      break;
    case 0x04: decodeImmediate(w, funct3); break;
    case 0x05: set(I.AUIPC, OP.INT_ALU); imm = (w & 0xfffff000) as i32; break;
    case 0x06: decodeImmediateWord(w, funct3); break;
    case 0x08: decodeStore(w, funct3); break;
    case 0x09:
      if (funct3 != 2 && funct3 != 3) break;
      decodeStore(w, funct3);
      set(funct3 == 2 ? I.FSW : I.FSD, OP.FLOAT_MEM_WRITE);
      rs2 = f((w >> 20) & 31);
      break;
    case 0x0b: decodeAtomic(w, funct3); break;
    case 0x0c: decodeRegister(w, funct3); break;
    case 0x0d: set(I.LUI, OP.INT_ALU); imm = (w & 0xfffff000) as i32; break;
    case 0x0e: decodeRegisterWord(w, funct3); break;
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13: decodeFused(w, funct3); break;
    case 0x14: decodeFloat(w, funct3); break;
    case 0x18: decodeBranch(w, funct3); break;
    case 0x19:
      if (funct3) break;
      set(I.JALR, OP.INT_ALU);
      imm = (w as i32) >> 20;
      flags = FLAG.UNCONDITIONAL;
      break;
    case 0x1b: {
      set(I.JAL, OP.INT_ALU);
      const offset = (((w as i32) >> 31) << 20) | ((w & 0xff000) as i32) | ((((w >> 20) & 1) << 11) as i32) | ((((w >> 21) & 0x3ff) << 1) as i32);
      imm = offset << 3;
      flags = FLAG.UNCONDITIONAL | FLAG.DIRECT;
      break;
    }
    case 0x1c: decodeSystem(w, funct3); break;
  }
}

// ---- the static record

let record: usize = 0;

function source(n: u32, float: bool): void {
  const i = load<u8>(record, S.SOURCES) as usize;
  store<i8>(record + i, float ? 1 : n ? 0 : -1, S.SOURCE_CLASS);
  store<i16>(record + (i << 1), n as i16, S.SOURCE_INDEX);
  store<u8>(record, (i + 1) as u8, S.SOURCES);
}

function destination(n: u32, float: bool): void {
  const i = load<u8>(record, S.DESTINATIONS) as usize;
  store<i8>(record + i, float ? 1 : n ? 0 : -1, S.DESTINATION_CLASS);
  store<i16>(record + (i << 1), n as i16, S.DESTINATION_INDEX);
  store<u8>(record, (i + 1) as u8, S.DESTINATIONS);
}

/** gem5 24.0's numbers of the op classes of RV64GC. */
@inline
function opNumber(op: u32): u32 {
  return op < OP.MEM_READ ? op : op + 40;
}

function writeRecord(index: u32, pc: u64, micro: u32, length: u32, raw: u32, op: u32, bytes: u32, bits: u32): void {
  record = statics + ((index as usize) << S.SHIFT);
  memory.fill(record, 0, 64);
  store<u64>(record, pc, S.PC);
  store<u8>(record, op as u8, S.OP);
  store<u8>(record, bytes as u8, S.SIZE);
  store<u8>(record, micro as u8, S.MICRO);
  store<u8>(record, length as u8, S.LENGTH);
  store<u16>(record, bits as u16, S.FLAGS);
  store<u16>(record, opNumber(op) as u16, S.OP_NUMBER);
  store<u32>(record, raw, RAW);
}

/** Register operands as gem5 lists them: those the operation names, x0 included; compressed forms name fewer. */
function writeOperands(w: u32, raw: u32, length: u32): void {
  const d = (w >> 7) & 31;
  const a = (w >> 15) & 31;
  const b = (w >> 20) & 31;
  const quadrant = raw & 3;
  const short = length == 2;
  const funct3 = raw >> 13; // of a compressed encoding
  switch ((w >> 2) & 31) {
    case 0x00: source(a, false); destination(d, false); break;
    case 0x01: source(a, false); destination(d, true); break;
    case 0x03:
    case 0x1c:
      if (code >= I.CSRRW && code <= I.CSRRC) source(a, false);
      if (code >= I.CSRRW && code <= I.CSRRCI) destination(d, false);
      break;
    case 0x04:
    case 0x06:
      if (!(short && quadrant == 1 && funct3 == 2)) source(a, false); // c.li names no source
      destination(d, false);
      break;
    case 0x05:
    case 0x0d: destination(d, false); break;
    case 0x08: source(a, false); source(b, false); break;
    case 0x09: source(a, false); source(b, true); break;
    case 0x0b:
      source(a, false);
      if (code != I.LR_W && code != I.LR_D) source(b, false);
      destination(d, false);
      break;
    case 0x0c:
    case 0x0e:
      if (!(short && quadrant == 2 && funct3 == 4 && !(raw & 0x1000))) source(a, false); // c.mv names one
      if (code != I.ZEXT_H) source(b, false);
      destination(d, false);
      break;
    case 0x10:
    case 0x11:
    case 0x12:
    case 0x13: source(a, true); source(b, true); source(w >> 27, true); destination(d, true); break;
    case 0x14: {
      const group = w >> 27;
      const fromInteger = group == 0x1a || group == 0x1e;
      source(a, !fromInteger);
      if (group < 0x08 || group == 0x14) source(b, true);
      destination(d, group < 0x14 || fromInteger);
      break;
    }
    case 0x18:
      source(a, false);
      if (!short) source(b, false); // c.beqz, c.bnez
      break;
    case 0x19:
      source(a, false);
      if (!(short && d == 0)) destination(d, false); // c.jr
      break;
    case 0x1b:
      if (!short) destination(d, false); // c.j
      break;
  }
}

/** The encoding of a static micro-operation, 16 or 32 bits. */
export function encodingOf(index: u32): u32 {
  return load<u32>(statics + ((index as usize) << S.SHIFT), RAW);
}

/** First static micro-operation of the instruction at `pc`, decoded but not executed; 0 when it is none. Traps as `decode` does. */
export function staticAt(pc: u64): u32 {
  const slot = codePage(pc) + (((pc & 4095) >> 1) << 4) as usize;
  if (load<u8>(slot) == I.UNDECODED) decode(slot, pc);
  return load<u32>(slot, E.STATIC);
}

/** Decodes the instruction at `pc` into its slot. Traps when its bytes may not be executed. */
export function decode(slot: usize, pc: u64): void {
  const low = fetchHalf(pc);
  const length: u32 = (low & 3) == 3 ? 4 : 2;
  const raw = length == 4 ? low | (fetchHalf(pc + 2) << 16) : low;
  const w = length == 4 ? raw : expand(raw);
  code = I.ILLEGAL;
  operation = OP.NONE;
  size = 0;
  flags = 0;
  imm = 0;
  if ((w & 3) == 3) decode32(w);
  store<u8>(slot, code as u8, E.OP);
  store<u8>(slot, (length << 3) as u8, E.STEP);
  store<u16>(slot, rd, E.RD);
  store<u16>(slot, rs1, E.RS1);
  store<u16>(slot, rs2, E.RS2);
  store<i32>(slot, imm, E.IMM);
  if (code == I.ILLEGAL) return;
  const known = load<u32>(slot, E.STATIC);
  if (known && load<u32>(statics + ((known as usize) << S.SHIFT), RAW) == raw) return;
  if (!staticCount) takeStatic(1); // number 0 means none
  const atomic = (flags & FLAG.MICROOP) != 0;
  const before: u32 = atomic && (w >> 25) & 1 ? 1 : 0; // release fence
  const after: u32 = atomic && (w >> 26) & 1 ? 1 : 0; // acquire fence
  if (staticCount + 1 + before + after > MAX_STATIC) fault(FAULT.TOO_MUCH_CODE, pc);
  const first = takeStatic(1 + before + after);
  store<u32>(slot, first, E.STATIC);
  const fence = FLAG.MICROOP | FLAG.READ_BARRIER | FLAG.WRITE_BARRIER;
  if (before) writeRecord(first, pc, 0, length, raw, OP.NONE, 0, fence);
  if (after) writeRecord(first + before + 1, pc, before + 1, length, raw, OP.NONE, 0, fence);
  writeRecord(first + before, pc, before, length, raw, operation, size, flags);
  writeOperands(w, raw, length);
  for (let i: u32 = 0; i < 1 + before + after; i++) deriveStatic(first + i);
}

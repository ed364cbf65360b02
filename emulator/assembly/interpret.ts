import { rowIndex, rowAddress, rowOutcome, ROWS, OUTCOME } from "./layout";
import { clearTouched, readable, touched, write } from "./memory";
import { codePage, decode, encodingOf, forgetCode, E, X, F, PAGE_SLOTS } from "./decode";
import { I } from "./instructions";
import {
  fflags, setFflags,
  f32Add, f32Sub, f32Mul, f32Div, f32Sqrt, f32Fma, f32Eq, f32Lt, f32Le, f32Min, f32Max, f32Class,
  f64Add, f64Sub, f64Mul, f64Div, f64Sqrt, f64Fma, f64Eq, f64Lt, f64Le, f64Min, f64Max, f64Class,
  f64ToF32, f32ToF64, f32ToI32, f32ToU32, f32ToI64, f32ToU64, f64ToI32, f64ToU32, f64ToI64, f64ToU64,
  i32ToF32, u32ToF32, i64ToF32, u64ToF32, i32ToF64, u32ToF64, i64ToF64, u64ToF64,
} from "./softfloat";

/** Why `run` came back. A memory fault traps instead (memory.ts). */
export namespace STOP {
  export const BUDGET: u32 = 0; // the instructions it was given, or a full batch
  export const ECALL: u32 = 1;
  export const EBREAK: u32 = 2;
  export const ILLEGAL: u32 = 3;
}

export const registers: usize = X;
export const floatRegisters: usize = F;
export let pc: u64 = 0;
/** Instructions executed; exact whenever `run` has returned or trapped. */
export let executed: u64 = 0;
/** Rows in the batch. */
export let rows: u32 = 0;

let frm: u32 = 0;
let reservation: u64 = ~0;
// The page being executed, and its slots.
let here: u64 = ~0;
let slots: usize = 0;
// Kept for a trap: the slot of the instruction under way (0: none) and what was left of the budget.
let trapSlot: usize = 0;
let trapBudget: u64 = 0;

/** The floating-point control and status register. */
export function fcsr(): u32 {
  return (frm << 5) | fflags;
}

export function setFcsr(value: u32): void {
  setFflags(value & 31);
  frm = (value >> 5) & 7;
}

export function setPc(value: u64): void {
  pc = value;
}

export function clearRows(): void {
  rows = 0;
  memory.fill(rowOutcome, 0, ROWS as usize);
}

/** fence.i, and the system call of the same effect: code is decoded again when next executed. */
export function flushCode(): void {
  forgetCode();
  here = ~0;
}

/** After a trap: makes `pc`, `executed` and `rows` those before the instruction that could not be executed. */
export function recover(): void {
  executed -= trapBudget;
  if (!trapSlot) return; // the code page of `pc` itself could not be entered
  pc = pcOf(trapSlot);
  executed--;
  if (rows) rows--;
}

@inline
function pcOf(slot: usize): u64 {
  return here + ((((slot as i32) - (slots as i32)) >> 3) as i64);
}

/** The slot of `address`, whose page becomes the current one. */
function enter(address: u64): usize {
  const page = address & ~4095;
  if (page != here) {
    pc = address;
    slots = codePage(page);
    here = page;
  }
  return slots + ((address & 4094) << 3) as usize;
}

@inline
function a(slot: usize): u64 {
  return load<u64>(load<u16>(slot, E.RS1) as usize);
}

@inline
function b(slot: usize): u64 {
  return load<u64>(load<u16>(slot, E.RS2) as usize);
}

@inline
function imm(slot: usize): u64 {
  return load<i32>(slot, E.IMM) as i64;
}

@inline
function shift(slot: usize): u64 {
  return load<u32>(slot, E.IMM) as u64;
}

@inline
function put(slot: usize, value: u64): void {
  store<u64>(load<u16>(slot, E.RD) as usize, value);
}

@inline
function putWord(slot: usize, value: u64): void {
  store<u64>(load<u16>(slot, E.RD) as usize, (value as i32) as i64);
}

/** A single in a register is boxed in ones; anything else reads as the canonical NaN (ISA manual, NaN boxing). */
@inline
function unbox(value: u64): u32 {
  return (value >> 32) == 0xffffffff ? (value as u32) : 0x7fc00000;
}

@inline
function as(slot: usize): u32 {
  return unbox(a(slot));
}

@inline
function bs(slot: usize): u32 {
  return unbox(b(slot));
}

@inline
function putSingle(slot: usize, value: u32): void {
  put(slot, 0xffffffff00000000 | (value as u64));
}

@inline
function third(slot: usize): u64 {
  return load<u64>((load<u32>(slot, E.IMM) >> 8) as usize);
}

/** Rounding mode of an instruction, the dynamic one resolved. */
@inline
function mode(slot: usize): u32 {
  const m = load<u32>(slot, E.IMM) & 7;
  return m == 7 ? frm : m;
}

function highUnsigned(x: u64, y: u64): u64 {
  const xl = x & 0xffffffff,
    xh = x >> 32,
    yl = y & 0xffffffff,
    yh = y >> 32;
  const middle = xh * yl + ((xl * yl) >> 32);
  return xh * yh + (middle >> 32) + ((xl * yh + (middle & 0xffffffff)) >> 32);
}

function divide(x: i64, y: i64): i64 {
  if (y == 0) return -1;
  if (y == -1) return -x;
  return x / y;
}

function remainder(x: i64, y: i64): i64 {
  if (y == 0) return x;
  if (y == -1) return 0;
  return x % y;
}

function divideWord(x: i32, y: i32): i64 {
  if (y == 0) return -1;
  if (y == -1) return 0 - (x as i64); // the caller keeps the low half
  return (x / y) as i64;
}

function remainderWord(x: i32, y: i32): i64 {
  if (y == 0) return x as i64;
  if (y == -1) return 0;
  return (x % y) as i64;
}

function orCombine(x: u64): u64 {
  // A byte that is not zero becomes ones: its low seven bits carry into the top one.
  const low: u64 = 0x7f7f7f7f7f7f7f7f;
  const top = (((x & low) + low) | x) & ~low;
  return (top >> 7) * 0xff;
}

/** Reads and writes a CSR; false when user mode has no such register or may not write it. */
function accessCsr(slot: usize, op: i32, instructions: u64): bool {
  const field = load<u32>(slot, E.IMM);
  const number = field & 0xfff;
  const operand = (field >> 12) & 31;
  const immediate = op >= I.CSRRWI;
  const value = immediate ? (operand as u64) : a(slot);
  const kind = immediate ? op - I.CSRRWI : op - I.CSRRW; // 0 write, 1 set, 2 clear
  const writes = kind == 0 || operand != 0;
  let old: u64 = 0;
  if (number == 1) old = fflags as u64;
  else if (number == 2) old = frm as u64;
  else if (number == 3) old = ((frm << 5) | fflags) as u64;
  else if (number >= 0xc00 && number <= 0xc02) {
    if (writes) return false;
    old = instructions; // cycle, time and instret: the instruction count is the only clock
  } else return false;
  if (writes) {
    const next = kind == 0 ? value : kind == 1 ? old | value : old & ~value;
    if (number == 1) setFflags((next as u32) & 31);
    else if (number == 2) frm = (next as u32) & 7;
    else {
      setFflags((next as u32) & 31);
      frm = ((next as u32) >> 5) & 7;
    }
  }
  put(slot, old);
  return true;
}

function combine(op: i32, old: u64, operand: u64, word: bool): u64 {
  switch (op) {
    case 0: return operand;
    case 1: return old + operand;
    case 2: return old ^ operand;
    case 3: return old & operand;
    case 4: return old | operand;
    case 5: return (word ? (old as i32) < (operand as i32) : (old as i64) < (operand as i64)) ? old : operand;
    case 6: return (word ? (old as i32) > (operand as i32) : (old as i64) > (operand as i64)) ? old : operand;
    case 7: return (word ? (old as u32) < (operand as u32) : old < operand) ? old : operand;
    default: return (word ? (old as u32) > (operand as u32) : old > operand) ? old : operand;
  }
}

/** LR, SC and the AMOs. The reservation is one address: there is one hart, and only its own SC ends it. */
function atomic(slot: usize, op: i32): void {
  const address = a(slot);
  const word = op <= I.AMOMAXU_W;
  const n = op - (word ? I.LR_W : I.LR_D);
  const bytes: u32 = word ? 4 : 8;
  if (n == 1) {
    const holds = reservation == address;
    reservation = ~0;
    if (holds) {
      if (word) write<u32>(address, b(slot) as u32);
      else write<u64>(address, b(slot));
    }
    put(slot, holds ? 0 : 1);
    return;
  }
  const p = readable(address, bytes);
  const old: u64 = word ? (load<i32>(p) as i64) : load<u64>(p);
  if (n == 0) {
    reservation = address;
  } else {
    const value = combine(n - 2, old, b(slot), word);
    if (word) write<u32>(address, value as u32);
    else write<u64>(address, value);
  }
  put(slot, old);
}

/** Adds the rows of an atomic in place of the last one: its fences, and the access between them. Returns the next row. */
function traceAtomic(slot: usize, address: u64, row: u32): u32 {
  const first = load<u32>(slot, E.STATIC);
  const encoding = encodingOf(first);
  const before = (encoding >> 25) & 1; // release fence
  const count: u32 = 1 + before + ((encoding >> 26) & 1);
  row--;
  for (let i: u32 = 0; i < count; i++, row++) {
    store<u32>(rowIndex + ((row as usize) << 2), first + i);
    if (i == before) traceAddress(row, address);
  }
  return row;
}

@inline
function traceAddress(row: u32, address: u64): void {
  store<u64>(rowAddress + ((row as usize) << 3), address);
  store<u8>(rowOutcome + row, OUTCOME.HAS_ADDRESS as u8);
}

/** Gives the last row its address. Returns the next row. */
@inline
function traceAccess(row: u32, address: u64): u32 {
  if (touched) row = repeatRow(row);
  traceAddress(row - 1, address);
  return row;
}

/** The last row becomes a fault, and its instruction is executed again. */
function repeatRow(row: u32): u32 {
  clearTouched();
  store<u8>(rowOutcome + (row - 1), OUTCOME.FAULT as u8);
  store<u32>(rowIndex + ((row as usize) << 2), load<u32>(rowIndex + (((row - 1) as usize) << 2)));
  return row + 1;
}

/** What is needed to tell where a trap happened. */
@inline
function note(slot: usize, left: u64, row: u32): void {
  trapSlot = slot;
  trapBudget = left;
  rows = row;
}

/**
 * Executes up to `budget` instructions from `pc`. With a signed type parameter every one becomes a row of the batch
 * (atomics up to three), and it stops when the batch may not hold the next. The host calls again and again with
 * small budgets: V8 replaces a function by its optimised version only between calls.
 */
function interpret<Traced>(budget: u64): u32 {
  executed += budget;
  let left = budget;
  let row = rows;
  note(0, left, row);
  let s = enter(pc);
  while (true) {
    if (left == 0 || (isSigned<Traced>() && row > ROWS - 4)) return leave(s, left, row, STOP.BUDGET);
    left--;
    if (isSigned<Traced>()) {
      store<u32>(rowIndex + ((row as usize) << 2), load<u32>(s, E.STATIC));
      row++;
    }
    const op = load<u8>(s) as i32;
    switch (op) {
      case I.UNDECODED:
        note(s, left, row);
        decode(s, pcOf(s));
        left++;
        if (isSigned<Traced>()) row--;
        continue;
      case I.CROSS: {
        left++;
        if (isSigned<Traced>()) row--;
        note(0, left, row);
        s = enter(pcOf(s));
        continue;
      }
      case I.ILLEGAL:
        return leaveIllegal<Traced>(s, left, row);
      case I.LUI: put(s, imm(s)); break;
      case I.AUIPC: put(s, pcOf(s) + imm(s)); break;
      case I.ADDI: put(s, a(s) + imm(s)); break;
      case I.SLTI: put(s, ((a(s) as i64) < (imm(s) as i64) ? 1 : 0) as u64); break;
      case I.SLTIU: put(s, (a(s) < imm(s) ? 1 : 0) as u64); break;
      case I.XORI: put(s, a(s) ^ imm(s)); break;
      case I.ORI: put(s, a(s) | imm(s)); break;
      case I.ANDI: put(s, a(s) & imm(s)); break;
      case I.SLLI: put(s, a(s) << shift(s)); break;
      case I.SRLI: put(s, a(s) >> shift(s)); break;
      case I.SRAI: put(s, (a(s) as i64) >> (shift(s) as i64)); break;
      case I.ADD: put(s, a(s) + b(s)); break;
      case I.SUB: put(s, a(s) - b(s)); break;
      case I.SLL: put(s, a(s) << (b(s) & 63)); break;
      case I.SLT: put(s, ((a(s) as i64) < (b(s) as i64) ? 1 : 0) as u64); break;
      case I.SLTU: put(s, (a(s) < b(s) ? 1 : 0) as u64); break;
      case I.XOR: put(s, a(s) ^ b(s)); break;
      case I.SRL: put(s, a(s) >> (b(s) & 63)); break;
      case I.SRA: put(s, (a(s) as i64) >> ((b(s) & 63) as i64)); break;
      case I.OR: put(s, a(s) | b(s)); break;
      case I.AND: put(s, a(s) & b(s)); break;
      case I.ADDIW: putWord(s, a(s) + imm(s)); break;
      case I.SLLIW: putWord(s, a(s) << shift(s)); break;
      case I.SRLIW: putWord(s, ((a(s) as u32) >> (shift(s) as u32)) as u64); break;
      case I.SRAIW: putWord(s, ((a(s) as i32) >> (shift(s) as i32)) as u64); break;
      case I.ADDW: putWord(s, a(s) + b(s)); break;
      case I.SUBW: putWord(s, a(s) - b(s)); break;
      case I.SLLW: putWord(s, a(s) << (b(s) & 31)); break;
      case I.SRLW: putWord(s, ((a(s) as u32) >> ((b(s) as u32) & 31)) as u64); break;
      case I.SRAW: putWord(s, ((a(s) as i32) >> ((b(s) as i32) & 31)) as u64); break;
      case I.FENCE: break;
      case I.MUL: put(s, a(s) * b(s)); break;
      case I.MULH: put(s, highUnsigned(a(s), b(s)) - ((a(s) as i64) < 0 ? b(s) : 0) - ((b(s) as i64) < 0 ? a(s) : 0)); break;
      case I.MULHSU: put(s, highUnsigned(a(s), b(s)) - ((a(s) as i64) < 0 ? b(s) : 0)); break;
      case I.MULHU: put(s, highUnsigned(a(s), b(s))); break;
      case I.DIV: put(s, divide(a(s), b(s))); break;
      case I.DIVU: put(s, b(s) ? a(s) / b(s) : ~0); break;
      case I.REM: put(s, remainder(a(s), b(s))); break;
      case I.REMU: put(s, b(s) ? a(s) % b(s) : a(s)); break;
      case I.MULW: putWord(s, a(s) * b(s)); break;
      case I.DIVW: putWord(s, divideWord(a(s) as i32, b(s) as i32)); break;
      case I.DIVUW: putWord(s, (b(s) as u32 ? (a(s) as u32) / (b(s) as u32) : 0xffffffff) as u64); break;
      case I.REMW: putWord(s, remainderWord(a(s) as i32, b(s) as i32)); break;
      case I.REMUW: putWord(s, (b(s) as u32 ? (a(s) as u32) % (b(s) as u32) : (a(s) as u32)) as u64); break;
      case I.BEQ:
        if (a(s) == b(s)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.BNE:
        if (a(s) != b(s)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.BLT:
        if ((a(s) as i64) < (b(s) as i64)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.BGE:
        if ((a(s) as i64) >= (b(s) as i64)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.BLTU:
        if (a(s) < b(s)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.BGEU:
        if (a(s) >= b(s)) {
          s = jump<Traced>(s, left, row);
          continue;
        }
        break;
      case I.JAL:
        put(s, pcOf(s) + (load<u8>(s, E.STEP) >> 3));
        s = jump<Traced>(s, left, row);
        continue;
      case I.JALR: {
        const target = (a(s) + imm(s)) & ~1;
        const next = pcOf(s) + (load<u8>(s, E.STEP) >> 3);
        put(s, next);
        if (isSigned<Traced>() && target != next) store<u8>(rowOutcome + (row - 1), OUTCOME.TAKEN as u8);
        note(0, left, row);
        s = enter(target);
        continue;
      }
      case I.LB: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<i8>(readable(address, 1)) as i64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LH: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<i16>(readable(address, 2)) as i64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LW: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<i32>(readable(address, 4)) as i64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LD: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<u64>(readable(address, 8)) as u64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LBU: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<u8>(readable(address, 1)) as u64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LHU: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<u16>(readable(address, 2)) as u64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LWU: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<u32>(readable(address, 4)) as u64);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.FLW: {
        const address = a(s) + imm(s);
        note(s, left, row);
        putSingle(s, load<u32>(readable(address, 4)));
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.FLD: {
        const address = a(s) + imm(s);
        note(s, left, row);
        put(s, load<u64>(readable(address, 8)));
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.SB: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u8>(address, b(s) as u8);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.SH: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u16>(address, b(s) as u16);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.SW: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u32>(address, b(s) as u32);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.SD: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u64>(address, b(s));
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.FSW: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u32>(address, b(s) as u32);
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.FSD: {
        const address = a(s) + imm(s);
        note(s, left, row);
        write<u64>(address, b(s));
        if (isSigned<Traced>()) row = traceAccess(row, address);
        break;
      }
      case I.LR_W:
      case I.SC_W:
      case I.AMOSWAP_W:
      case I.AMOADD_W:
      case I.AMOXOR_W:
      case I.AMOAND_W:
      case I.AMOOR_W:
      case I.AMOMIN_W:
      case I.AMOMAX_W:
      case I.AMOMINU_W:
      case I.AMOMAXU_W:
      case I.LR_D:
      case I.SC_D:
      case I.AMOSWAP_D:
      case I.AMOADD_D:
      case I.AMOXOR_D:
      case I.AMOAND_D:
      case I.AMOOR_D:
      case I.AMOMIN_D:
      case I.AMOMAX_D:
      case I.AMOMINU_D:
      case I.AMOMAXU_D: {
        const address = a(s);
        note(s, left, row);
        atomic(s, op);
        if (isSigned<Traced>()) row = traceAtomic(s, address, row);
        break;
      }
      case I.CSRRW:
      case I.CSRRS:
      case I.CSRRC:
      case I.CSRRWI:
      case I.CSRRSI:
      case I.CSRRCI:
        if (!accessCsr(s, op, executed - left - 1)) {
          return leaveIllegal<Traced>(s, left, row);
        }
        break;
      case I.FENCE_I: {
        const next = pcOf(s) + (load<u8>(s, E.STEP) >> 3);
        flushCode();
        note(0, left, row);
        s = enter(next);
        continue;
      }
      case I.ECALL:
        if (isSigned<Traced>()) store<u8>(rowOutcome + (row - 1), OUTCOME.FAULT as u8);
        return leave(s + load<u8>(s, E.STEP), left, row, STOP.ECALL);
      case I.EBREAK:
        if (isSigned<Traced>()) row--;
        return leave(s, left + 1, row, STOP.EBREAK);
      case I.FMADD_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Fma(as(s), bs(s), unbox(third(s)), mode(s)));
        break;
      case I.FMSUB_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Fma(as(s), bs(s), unbox(third(s)) ^ 0x80000000, mode(s)));
        break;
      case I.FNMSUB_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Fma(as(s) ^ 0x80000000, bs(s), unbox(third(s)), mode(s)));
        break;
      case I.FNMADD_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Fma(as(s) ^ 0x80000000, bs(s), unbox(third(s)) ^ 0x80000000, mode(s)));
        break;
      case I.FADD_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Add(as(s), bs(s), mode(s)));
        break;
      case I.FSUB_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Sub(as(s), bs(s), mode(s)));
        break;
      case I.FMUL_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Mul(as(s), bs(s), mode(s)));
        break;
      case I.FDIV_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Div(as(s), bs(s), mode(s)));
        break;
      case I.FSQRT_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f32Sqrt(as(s), mode(s)));
        break;
      case I.FSGNJ_S: putSingle(s, (as(s) & ~0x80000000) | (bs(s) & 0x80000000)); break;
      case I.FSGNJN_S: putSingle(s, (as(s) & ~0x80000000) | (~bs(s) & 0x80000000)); break;
      case I.FSGNJX_S: putSingle(s, as(s) ^ (bs(s) & 0x80000000)); break;
      case I.FMIN_S: putSingle(s, f32Min(as(s), bs(s))); break;
      case I.FMAX_S: putSingle(s, f32Max(as(s), bs(s))); break;
      case I.FCVT_W_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f32ToI32(as(s), mode(s)));
        break;
      case I.FCVT_WU_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f32ToU32(as(s), mode(s)));
        break;
      case I.FCVT_L_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f32ToI64(as(s), mode(s)));
        break;
      case I.FCVT_LU_S:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f32ToU64(as(s), mode(s)));
        break;
      case I.FCVT_S_W:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, i32ToF32(a(s) as i32, mode(s)));
        break;
      case I.FCVT_S_WU:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, u32ToF32(a(s) as u32, mode(s)));
        break;
      case I.FCVT_S_L:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, i64ToF32(a(s) as i64, mode(s)));
        break;
      case I.FCVT_S_LU:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, u64ToF32(a(s), mode(s)));
        break;
      case I.FCLASS_S: put(s, f32Class(as(s)) as u64); break;
      case I.FEQ_S: put(s, f32Eq(as(s), bs(s)) as u64); break;
      case I.FLT_S: put(s, f32Lt(as(s), bs(s)) as u64); break;
      case I.FLE_S: put(s, f32Le(as(s), bs(s)) as u64); break;
      case I.FMADD_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Fma(a(s), b(s), third(s), mode(s)));
        break;
      case I.FMSUB_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Fma(a(s), b(s), third(s) ^ 0x8000000000000000, mode(s)));
        break;
      case I.FNMSUB_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Fma(a(s) ^ 0x8000000000000000, b(s), third(s), mode(s)));
        break;
      case I.FNMADD_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Fma(a(s) ^ 0x8000000000000000, b(s), third(s) ^ 0x8000000000000000, mode(s)));
        break;
      case I.FADD_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Add(a(s), b(s), mode(s)));
        break;
      case I.FSUB_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Sub(a(s), b(s), mode(s)));
        break;
      case I.FMUL_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Mul(a(s), b(s), mode(s)));
        break;
      case I.FDIV_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Div(a(s), b(s), mode(s)));
        break;
      case I.FSQRT_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64Sqrt(a(s), mode(s)));
        break;
      case I.FSGNJ_D: put(s, (a(s) & ~0x8000000000000000) | (b(s) & 0x8000000000000000)); break;
      case I.FSGNJN_D: put(s, (a(s) & ~0x8000000000000000) | (~b(s) & 0x8000000000000000)); break;
      case I.FSGNJX_D: put(s, a(s) ^ (b(s) & 0x8000000000000000)); break;
      case I.FMIN_D: put(s, f64Min(a(s), b(s))); break;
      case I.FMAX_D: put(s, f64Max(a(s), b(s))); break;
      case I.FCVT_W_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64ToI32(a(s), mode(s)));
        break;
      case I.FCVT_WU_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64ToU32(a(s), mode(s)));
        break;
      case I.FCVT_L_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64ToI64(a(s), mode(s)));
        break;
      case I.FCVT_LU_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, f64ToU64(a(s), mode(s)));
        break;
      case I.FCVT_D_W:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, i32ToF64(a(s) as i32, mode(s)));
        break;
      case I.FCVT_D_WU:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, u32ToF64(a(s) as u32, mode(s)));
        break;
      case I.FCVT_D_L:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, i64ToF64(a(s) as i64, mode(s)));
        break;
      case I.FCVT_D_LU:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        put(s, u64ToF64(a(s), mode(s)));
        break;
      case I.FCLASS_D: put(s, f64Class(a(s)) as u64); break;
      case I.FEQ_D: put(s, f64Eq(a(s), b(s)) as u64); break;
      case I.FLT_D: put(s, f64Lt(a(s), b(s)) as u64); break;
      case I.FLE_D: put(s, f64Le(a(s), b(s)) as u64); break;
      case I.FCVT_S_D:
        if (mode(s) > 4) return leaveIllegal<Traced>(s, left, row);
        putSingle(s, f64ToF32(a(s), mode(s)));
        break;
      case I.FCVT_D_S: put(s, f32ToF64(as(s))); break;
      case I.FMV_X_W: putWord(s, a(s)); break;
      case I.FMV_W_X: putSingle(s, a(s) as u32); break;
      case I.FMV_X_D: put(s, a(s)); break;
      case I.FMV_D_X: put(s, a(s)); break;
      case I.ADD_UW: put(s, (a(s) & 0xffffffff) + b(s)); break;
      case I.SLLI_UW: put(s, (a(s) & 0xffffffff) << shift(s)); break;
      case I.SH1ADD: put(s, (a(s) << 1) + b(s)); break;
      case I.SH1ADD_UW: put(s, ((a(s) & 0xffffffff) << 1) + b(s)); break;
      case I.SH2ADD: put(s, (a(s) << 2) + b(s)); break;
      case I.SH2ADD_UW: put(s, ((a(s) & 0xffffffff) << 2) + b(s)); break;
      case I.SH3ADD: put(s, (a(s) << 3) + b(s)); break;
      case I.SH3ADD_UW: put(s, ((a(s) & 0xffffffff) << 3) + b(s)); break;
      case I.ANDN: put(s, a(s) & ~b(s)); break;
      case I.ORN: put(s, a(s) | ~b(s)); break;
      case I.XNOR: put(s, ~(a(s) ^ b(s))); break;
      case I.CLZ: put(s, clz<u64>(a(s))); break;
      case I.CTZ: put(s, ctz<u64>(a(s))); break;
      case I.CPOP: put(s, popcnt<u64>(a(s))); break;
      case I.CLZW: put(s, clz<u32>(a(s) as u32) as u64); break;
      case I.CTZW: put(s, ctz<u32>(a(s) as u32) as u64); break;
      case I.CPOPW: put(s, popcnt<u32>(a(s) as u32) as u64); break;
      case I.MAX: put(s, (a(s) as i64) > (b(s) as i64) ? a(s) : b(s)); break;
      case I.MAXU: put(s, a(s) > b(s) ? a(s) : b(s)); break;
      case I.MIN: put(s, (a(s) as i64) < (b(s) as i64) ? a(s) : b(s)); break;
      case I.MINU: put(s, a(s) < b(s) ? a(s) : b(s)); break;
      case I.SEXT_B: put(s, (a(s) as i8) as i64); break;
      case I.SEXT_H: put(s, (a(s) as i16) as i64); break;
      case I.ZEXT_H: put(s, a(s) & 0xffff); break;
      case I.ROL: put(s, rotl<u64>(a(s), b(s) & 63)); break;
      case I.ROR: put(s, rotr<u64>(a(s), b(s) & 63)); break;
      case I.RORI: put(s, rotr<u64>(a(s), shift(s))); break;
      case I.ROLW: putWord(s, rotl<u32>(a(s) as u32, (b(s) as u32) & 31) as u64); break;
      case I.RORW: putWord(s, rotr<u32>(a(s) as u32, (b(s) as u32) & 31) as u64); break;
      case I.RORIW: putWord(s, rotr<u32>(a(s) as u32, shift(s) as u32) as u64); break;
      case I.ORC_B: put(s, orCombine(a(s))); break;
      case I.REV8: put(s, bswap<u64>(a(s))); break;
      case I.BCLR: put(s, a(s) & ~((1 as u64) << (b(s) & 63))); break;
      case I.BCLRI: put(s, a(s) & ~((1 as u64) << shift(s))); break;
      case I.BEXT: put(s, (a(s) >> (b(s) & 63)) & 1); break;
      case I.BEXTI: put(s, (a(s) >> shift(s)) & 1); break;
      case I.BINV: put(s, a(s) ^ ((1 as u64) << (b(s) & 63))); break;
      case I.BINVI: put(s, a(s) ^ ((1 as u64) << shift(s))); break;
      case I.BSET: put(s, a(s) | ((1 as u64) << (b(s) & 63))); break;
      case I.BSETI: put(s, a(s) | ((1 as u64) << shift(s))); break;
    }
    s += load<u8>(s, E.STEP);
  }
}

/** Follows a direct branch or jump to its target's slot. */
@inline
function jump<Traced>(s: usize, left: u64, row: u32): usize {
  const offset = load<i32>(s, E.IMM);
  if (isSigned<Traced>() && offset != (load<u8>(s, E.STEP) as i32)) store<u8>(rowOutcome + (row - 1), OUTCOME.TAKEN as u8);
  const target = s + offset;
  if (target - slots < PAGE_SLOTS) return target;
  note(0, left, row);
  return enter(pcOf(target));
}

function leave(s: usize, left: u64, row: u32, reason: u32): u32 {
  pc = pcOf(s);
  executed -= left;
  rows = row;
  return reason;
}

@inline
function leaveIllegal<Traced>(s: usize, left: u64, row: u32): u32 {
  return leave(s, left + 1, isSigned<Traced>() ? row - 1 : row, STOP.ILLEGAL);
}

/** Executes up to `budget` instructions and adds their rows to the batch; returns STOP. */
export function runTraced(budget: u64): u32 {
  return interpret<i32>(budget);
}

/** Executes up to `budget` instructions; returns STOP. */
export function run(budget: u64): u32 {
  return interpret<u32>(budget);
}

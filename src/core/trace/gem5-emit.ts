import { readAddress, type Tokens } from "./gem5-lines";
import { type StaticTable, T } from "./gem5-rows";
import { FLAG, OUTCOME, type TraceSink } from "./trace";

const CONTROL = FLAG.conditional | FLAG.unconditional;
const MOST_MICRO = 255;

export interface Emitter {
  /** Takes a well-formed line; false when a register, op class or address is out of range. Pushes the row before it. */
  take(tokens: Tokens, bytes: Uint8Array, shift: number): boolean;
  /** A row is missing here: the one before it has no known successor. */
  gap(): void;
  /** Pushes the last row. */
  finish(): void;
  /** Static micro-operations defined, and those of them that `lengthAt` does not know or that are of another length there. */
  readonly defined: number;
  readonly strange: number;
}

/**
 * Turns lines into rows, one behind: whether a RISC-V branch was taken and how long an instruction is shows in the
 * next pc. `lengthAt` undefined: printed `taken` bits are right, and every instruction is 4 bytes long.
 */
export function createEmitter(sink: TraceSink, table: StaticTable, lengthAt: ((pc: number) => 2 | 4 | undefined) | undefined): Emitter {
  const halves = new Uint32Array(2);
  // The row that waits; number -1: none.
  let number = -1;
  let pc = 0;
  let micro = 0;
  let flags = 0;
  let outcome = 0;
  let printedTaken = false;
  let low = 0;
  let high = 0;
  let known = false; // its successor is known
  let elapsed = 0;
  let refill = 0;
  let retired = NaN; // picoseconds; of the last line taken
  let mispredicted = false;
  let defined = 0;
  let strange = 0;

  /** Retirement never goes back: what gem5 prints earlier than the line before is a store that left the store queue. */
  function measure({ value }: Tokens, shift: number): void {
    const fetched = value[T.FETCH]!;
    const before = Number.isNaN(retired) ? fetched : retired;
    const now = Math.max(before, fetched + value[T.COMMIT]!);
    elapsed = now - before;
    refill = mispredicted ? Math.min(elapsed, Math.max(0, fetched + value[T.DISPATCH]! - before)) : 0;
    retired = now;
    mispredicted = value[T.MISPREDICTED + shift] === 1;
  }

  /** Length of the waiting row's instruction, 0 while unknown. A fall-through shows it; so does a conditional branch that goes on 2 bytes later. */
  function learn(delta: number): number {
    let length = table.length[number]!;
    if (length === 0 && table.index[number]! < 0) length = lengthAt!(pc) ?? 0;
    if (length === 0 && (delta === 2 || (delta === 4 && !(flags & CONTROL)))) length = delta;
    return (table.length[number] = length);
  }

  function emit(next: number): void {
    let taken = printedTaken;
    let length = 4;
    if (lengthAt) {
      const delta = known ? next - pc : NaN;
      length = learn(delta) || 4;
      if (!(flags & CONTROL)) taken = false;
      else if (known) taken = delta !== length;
    }
    let index = table.index[number]!;
    if (index < 0) {
      table.index[number] = index = sink.define(table.describe(number, length));
      defined++;
      const sequential = known && !(flags & CONTROL) && !(outcome & OUTCOME.fault) && next !== pc;
      if (lengthAt && (lengthAt(pc) === undefined || (sequential && next - pc !== length))) strange++;
    }
    sink.push(index, low, high, taken ? outcome | OUTCOME.taken : outcome);
    sink.retire?.(index, elapsed, refill);
    number = -1;
  }

  return {
    take(tokens, bytes, shift) {
      const { value } = tokens;
      if (!readAddress(tokens, bytes, T.ADDRESS + shift, halves)) return false;
      const thisPc = value[T.PC + shift]!;
      const isMicro = value[T.FLAGS + shift] === 1;
      const follows = isMicro && number >= 0 && known && pc === thisPc && (flags & FLAG.microop) !== 0;
      // A micro-operation that faults is executed again.
      const thisMicro = !follows ? 0 : outcome & OUTCOME.fault ? micro : Math.min(micro + 1, MOST_MICRO);
      const found = table.find(tokens, shift, thisMicro);
      if (found < 0) return false;
      if (number >= 0) emit(thisPc);
      measure(tokens, shift);
      number = found;
      pc = thisPc;
      micro = thisMicro;
      flags = table.flagsOf(found);
      printedTaken = value[T.TAKEN + shift] === 1;
      outcome = (value[T.FAULT] === 1 ? OUTCOME.fault : 0) | (value[T.HAS_ADDRESS + shift] === 1 ? OUTCOME.hasAddress : 0);
      low = halves[0]!;
      high = halves[1]!;
      known = true;
      return true;
    },
    gap() {
      known = false;
    },
    get defined() {
      return defined;
    },
    get strange() {
      return strange;
    },
    finish() {
      known = false;
      if (number >= 0) emit(pc);
    },
  };
}

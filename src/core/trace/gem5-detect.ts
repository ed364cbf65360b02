import { UserError } from "../errors";
import type { Lines, Tokens } from "./gem5-lines";
import { parseLine } from "./gem5-lines";
import type { OpClasses } from "./gem5-ops";
import { malformed, SHORT, shiftOf, T } from "./gem5-rows";

/** What the first lines of a trace and its store-queue file tell. */
interface Evidence {
  /** well-formed lines: short, of a trace, and of the form of a store-queue file */
  short: number;
  whole: number;
  storeQueue: number;
  /** memory accesses with an op class number from 47 to 50, from 52 to 55, others */
  v22: number;
  v24: number;
  otherMemory: number;
  /** pcs that are no multiple of 4 */
  halfPcs: number;
  /** operands of a register class beyond the vector ones, or of an integer register beyond 32 */
  foreignRegisters: number;
  firstReason: string;
}

function scan(lines: Lines, tokens: Tokens, evidence: Evidence): void {
  const { value } = tokens;
  for (let at = lines.at, line = lines.line; at < lines.end; at = tokens.next, line++) {
    const count = parseLine(tokens, lines.bytes, at);
    if (count === SHORT) {
      evidence.short++;
      continue;
    }
    const shift = shiftOf(tokens);
    const reason = count < 0 ? tokens.reason : malformed(tokens, shift);
    if (reason !== undefined) {
      if (count !== 0) evidence.firstReason ||= `line ${line}: ${reason}`;
      continue;
    }
    if (shift) evidence.storeQueue++;
    else evidence.whole++;
    const op = value[T.OP + shift]!;
    if (value[T.HAS_ADDRESS + shift] === 1) {
      if (op >= 47 && op <= 50) evidence.v22++;
      else if (op >= 52 && op <= 55) evidence.v24++;
      else evidence.otherMemory++;
    }
    if (value[T.PC + shift]! % 4 !== 0) evidence.halfPcs++;
    for (let i = T.REGISTERS + shift; i < count; i += 2) {
      if (value[i]! > 4 || (value[i] === 0 && value[i + 1]! > 32)) evidence.foreignRegisters++;
    }
  }
}

export interface Kind {
  opClasses: OpClasses;
  isa: "riscv" | "arm";
}

/**
 * Looks at the first block of both files. Op classes: numbers of memory accesses decide, "v24" when there are none.
 * The instruction set: RISC-V when some pc is no multiple of 4 and no register is one that RISC-V has not
 * (RV64GC prints integer registers up to 32 and floating-point ones). Where nothing is compressed, gem5's
 * `taken` is right as printed, so that the other answer does no harm.
 * @throws UserError when a file is of another kind
 */
export function detect(trace: Lines, stores: Lines | undefined, tokens: Tokens, given: Partial<Kind>): Kind {
  const e: Evidence = { short: 0, whole: 0, storeQueue: 0, v22: 0, v24: 0, otherMemory: 0, halfPcs: 0, foreignRegisters: 0, firstReason: "" };
  scan(trace, tokens, e);
  if (e.short + e.whole + e.storeQueue === 0) {
    const cause = e.firstReason || "it has no line that is an executed instruction";
    throw new UserError("trace", `${trace.name} is not a trace of PerfVec's gem5 fork; ${cause}`);
  }
  if (e.short + e.whole === 0 && e.storeQueue > 1) {
    throw new UserError("trace", `${trace.name} is a store-queue file; give the trace (trace.txt) first and this file second`);
  }
  if (stores && stores.at < stores.end) {
    const s: Evidence = { ...e, short: 0, whole: 0, storeQueue: 0, firstReason: "" };
    scan(stores, tokens, s);
    if (s.storeQueue === 0) {
      const cause = s.firstReason || (s.short + s.whole ? "it looks like the trace itself" : "it has no line of a store");
      throw new UserError("trace", `${stores.name} is not a store-queue file of PerfVec's gem5 fork; ${cause}`);
    }
    Object.assign(e, { v22: s.v22, v24: s.v24, otherMemory: s.otherMemory, halfPcs: s.halfPcs, foreignRegisters: s.foreignRegisters });
  }
  if (!given.opClasses && e.v22 + e.v24 === 0 && e.otherMemory) {
    throw new UserError("trace", `${trace.name}: its op class numbers are of no known gem5 version; name them with --op-classes`);
  }
  return {
    opClasses: given.opClasses ?? (e.v22 > e.v24 ? "v22" : "v24"),
    isa: given.isa ?? (e.halfPcs && !e.foreignRegisters ? "riscv" : "arm"),
  };
}

import { UserError } from "../errors";
import { detect } from "./gem5-detect";
import { createEmitter } from "./gem5-emit";
import { createJoin } from "./gem5-join";
import { createTokens, type Lines, parseLine, readLines } from "./gem5-lines";
import { type OpClasses, operationTable } from "./gem5-ops";
import { createStaticTable, malformed, SHORT, shiftOf, T } from "./gem5-rows";
import type { TraceSink, TraceSource } from "./trace";

/** What a gem5 trace consisted of. */
export interface Gem5Statistics {
  /** lines read of the trace, phase marks and bad ones included */
  lines: number;
  /** executed micro-operations delivered, and how many of them were stores and faults */
  rows: number;
  stores: number;
  faults: number;
  /** `-99 <tick>` lines */
  phases: number;
  /** stores left out because their store-queue line is missing, and how many of those had not drained at the end */
  droppedStores: number;
  undrained: number;
  /** lines that could not be used and are left out (undrained stores not counted), and the first of them */
  badLines: number;
  bad: { file: string; line: number; reason: string }[];
  opClasses: OpClasses;
  isa: "riscv" | "arm";
}

export interface Gem5Options {
  /** how messages call the trace and the store-queue file */
  name: string;
  storesName?: string | undefined;
  /** undefined: found out from the first lines */
  opClasses?: OpClasses | undefined;
  /** riscv: `taken` is recomputed; arm: as printed. Undefined: found out from the first lines */
  isa?: "riscv" | "arm" | undefined;
  /** bytes of the RISC-V instruction at a pc, where known (from the ELF) */
  lengthAt?: ((pc: number) => 2 | 4 | undefined) | undefined;
  /** called at the end, and before an error about bad lines is thrown */
  onStatistics?: ((statistics: Gem5Statistics) => void) | undefined;
}

const HEAD = 1 << 20;
const PHASE = -99;
const REPORTED = 8;
/** More bad lines than this end the reading early when they are more than 1 % of what was read. */
const MANY_BAD = 1000;
/** After so many static micro-operations a program of another run shows. */
const ENOUGH = 200;
/** No store queue holds more: this many may be undrained at the end. */
const LARGEST_STORE_QUEUE = 1024;

/**
 * The trace of PerfVec's gem5 fork (O3 and Minor): trace.txt, and the store-queue file (sq.trace.txt or
 * trace.sq.txt) that holds the second half of each store. Both are read side by side, a chunk at a time.
 *
 * Stores that had not drained at the end have no second half and are left out; so are lines that are malformed.
 * `taken` on RISC-V is "the next pc is not that of the next instruction", since gem5 24.0 prints "not pc + 4";
 * without `lengthAt` an instruction is 2 or 4 bytes long as the stream shows, 4 until it does. Of a row whose
 * successor is missing it is as printed.
 *
 * The source throws UserError when a file is empty or of another kind, when the store-queue file is missing or cut
 * off, and when more than 1 % of the lines are bad (an unfinished last line excepted).
 */
export function gem5Trace(trace: AsyncIterable<Uint8Array>, stores: AsyncIterable<Uint8Array> | undefined, options: Gem5Options): TraceSource {
  return async (sink) => {
    const traceLines = readLines(options.name, trace);
    const storeLines = stores && readLines(options.storesName ?? "the store-queue file", stores);
    try {
      await traceLines.next(HEAD);
      await storeLines?.next(HEAD);
      if (traceLines.end === 0) throw new UserError("trace", `${options.name} is empty; it should be a trace of PerfVec's gem5 fork`);
      await read(traceLines, storeLines, options, sink);
    } finally {
      await traceLines.close();
      await storeLines?.close();
    }
  };
}

async function read(trace: Lines, stores: Lines | undefined, options: Gem5Options, sink: TraceSink): Promise<void> {
  const tokens = createTokens();
  const { opClasses, isa } = detect(trace, stores, tokens, options);
  const statistics: Gem5Statistics = {
    lines: 0, rows: 0, stores: 0, faults: 0, phases: 0, droppedStores: 0, undrained: 0, badLines: 0, bad: [], opClasses, isa,
  };
  const lengthAt = isa === "riscv" ? (options.lengthAt ?? (() => undefined)) : undefined;
  const rows = createEmitter(sink, createStaticTable(operationTable(opClasses)), lengthAt);
  const join = stores && createJoin(stores, (reason) => reportBad(stores, reason));

  let lastBad = 0; // line of the trace

  function reportBad(lines: Lines, reason: string): void {
    statistics.badLines++;
    if (lines === trace) lastBad = trace.line;
    if (statistics.bad.length < REPORTED) statistics.bad.push({ file: lines.name, line: lines.line, reason });
  }

  function refuseMany(bad: number): void {
    if (bad * 100 <= statistics.lines) return;
    options.onStatistics?.(statistics);
    const first = statistics.bad.slice(0, 3).map(({ file, line, reason }) => `line ${line} of ${file}: ${reason}`);
    throw new UserError("trace", `${trace.name}: ${bad} of ${statistics.lines} lines cannot be used, which is more than 1 %; ${first.join("; ")}`);
  }

  /** Takes the line at hand, whose first half is in the tokens; false when the store-queue file's next block is needed. */
  function takeLine(count: number): boolean {
    const { value } = tokens;
    let bytes = trace.bytes;
    if (count === 0) return true;
    if (count > 0 && count <= 3 && (value[0] === PHASE || value[1] === PHASE)) {
      statistics.phases++;
      return true;
    }
    if (count === SHORT && value[T.SQ]! >= 0 && value[T.FAULT] === 0) {
      if (!join) {
        const half = "whose other half gem5 writes to sq.trace.txt (or trace.sq.txt): give that file too";
        throw new UserError("trace", `line ${trace.line} of ${trace.name} is a store, ${half}`);
      }
      const found = join.find(tokens);
      if (found === "block") return false;
      if (found === "found") bytes = stores!.bytes;
      else {
        statistics.droppedStores++;
        if (found === "undrained") statistics.undrained++;
        else reportBad(trace, join.reason);
        rows.gap();
        return true;
      }
    }
    const shift = shiftOf(tokens);
    let reason = count < 0 ? tokens.reason : malformed(tokens, shift);
    if (reason === undefined && !rows.take(tokens, bytes, shift)) reason = "an op class, register or address is out of range";
    if (reason === undefined) {
      statistics.rows++;
      if (shift) statistics.stores++;
      if (value[T.FAULT] === 1) statistics.faults++;
    } else {
      rows.gap();
      reportBad(trace, reason);
    }
    return true;
  }

  /** Takes lines until something is needed. */
  function pump(): "space" | "lines" | "stores" {
    while (trace.at < trace.end) {
      if (sink.full) return "space";
      const count = parseLine(tokens, trace.bytes, trace.at);
      const next = tokens.next;
      if (!takeLine(count)) return "stores";
      statistics.lines++;
      trace.line++;
      trace.at = next;
    }
    return "lines";
  }

  /** Its program is of another length at many places, or has no code there. */
  function refuseOther(fewest: number): void {
    if (!options.lengthAt || rows.defined < fewest || rows.strange * 10 <= rows.defined) return;
    const cause = `${rows.strange} of its ${rows.defined} instructions are not there, or of another length`;
    throw new UserError("trace", `${trace.name} is no trace of the program that was given (--elf): ${cause}`);
  }

  for (;;) {
    const need = pump();
    refuseOther(ENOUGH);
    if (statistics.badLines > MANY_BAD) refuseMany(statistics.badLines);
    if (need === "stores") await stores!.next();
    else if (need === "space") {
      if (!(await sink.flush())) return options.onStatistics?.(statistics);
    } else if (trace.ended) break;
    else await trace.next();
  }
  if (sink.full && !(await sink.flush())) return options.onStatistics?.(statistics);
  rows.finish();
  refuseOther(1);
  refuseMany(statistics.badLines - (trace.cut && lastBad === trace.line - 1 ? 1 : 0));
  if (statistics.undrained > LARGEST_STORE_QUEUE) {
    throw new UserError("trace", `${stores!.name} ends ${statistics.undrained} stores before ${trace.name}: it is cut off, or of another run`);
  }
  if (statistics.rows === 0) throw new UserError("trace", `${trace.name} has no executed instruction`);
  options.onStatistics?.(statistics);
  await sink.flush();
}

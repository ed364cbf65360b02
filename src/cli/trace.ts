import { UserError } from "../core/errors";
import { type Program, readProgram } from "../core/program/program";
import type { Emulator } from "../core/trace/emulator";
import { record, traceFile } from "../core/trace/record";
import { createSink, readStatic } from "../core/trace/sink";
import { FLAG, OPERATIONS, OUTCOME, type StaticInstruction, type TraceSource } from "../core/trace/trace";
import { type Exports, instantiate, u32 } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { startProgram } from "../engine/predict";
import type { RecordedTrace } from "../engine/job";
import { openTrace } from "../engine/trace-file";
import { readArguments } from "./arguments";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, openProgram, TRACE_OPTIONS, TRACE_USAGE, traceOf } from "./input";
import { writeAll, writeOutput } from "../engine/output-file";

const USAGE = `perfvec trace FILE [--out F.csv|F.trace.npz] [options] [-- ARGUMENTS]
  writes a row for every executed instruction (docs/trace.md): pc, micro-operation, operation, encoding length, flags,
  address, size, taken, fault, sources, destinations; or the whole as a data set records it (docs/gem5.md)
  --compare TRACE    says instead where the run and a gem5 trace of it first differ; exit code 1 when they do
${TRACE_USAGE}
${EXECUTION_USAGE.replace(/ *--from .*\n/, "")}`;

const SILENT = { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} };

/** The constant part of a static micro-operation's rows, before and after what changes. */
function describeStatic({ pc, micro, op, length, flags, size, sources, destinations }: StaticInstruction): { before: string; size: number; after: string; control: boolean } {
  const names = (registers: StaticInstruction["sources"]): string => registers.map(([kind, n]) => (kind < 0 ? "x0" : `${kind ? "f" : "x"}${n}`)).join(" ");
  const flagged = Object.entries(FLAG).filter(([, bit]) => flags & bit).map(([name]) => name);
  return {
    before: `0x${pc.toString(16)},${micro},${OPERATIONS[op]},${length},${flagged.join(" ")}`,
    size,
    after: `${names(sources)},${names(destinations)}`,
    control: (flags & (FLAG.conditional | FLAG.unconditional)) !== 0,
  };
}

/** The rows of the batch as text, from `first` on. */
function createRowText(exports: Exports): (first: number, count: number) => string[] {
  const described = new Map<number, ReturnType<typeof describeStatic>>();
  return (first, count) => {
    const { buffer } = exports.memory;
    const index = new Uint32Array(buffer, u32(exports.rowIndex), first + count);
    const address = new BigUint64Array(buffer, u32(exports.rowAddress), first + count);
    const outcome = new Uint8Array(buffer, u32(exports.rowOutcome), first + count);
    const view = new DataView(buffer);
    const lines: string[] = [];
    for (let r = first; r < first + count; r++) {
      let s = described.get(index[r]!);
      if (!s) described.set(index[r]!, (s = describeStatic(readStatic(view, u32(exports.statics) + 64 * index[r]!))));
      const bits = outcome[r]!;
      const where = bits & OUTCOME.hasAddress ? `0x${address[r]!.toString(16)},${s.size}` : ",";
      lines.push(`${s.before},${where},${s.control ? bits & OUTCOME.taken : ""},${bits & OUTCOME.fault ? 1 : 0},${s.after}`);
    }
    return lines;
  };
}

/** Executes on demand; an empty list is the end (a step that ends nothing fills the batch). @param read rows of the batch */
function createRowReader<Row>(exports: Exports, emulator: Emulator, file: string, read: (first: number, count: number) => Row[]): () => Row[] {
  let ended = false;
  let crash: string | undefined;
  return () => {
    if (crash !== undefined) throw new UserError("crash", `${file}: ${crash}`);
    if (ended) return [];
    const ending = emulator.step(true, Number.MAX_SAFE_INTEGER);
    ended = ending !== undefined;
    const rows = read(0, u32(exports.rows));
    exports.clearRows();
    // The rows up to a crash are what one looks for: it is told after them.
    if (ending?.kind === "crash") crash = ending.message;
    if (crash !== undefined && !rows.length) throw new UserError("crash", `${file}: ${crash}`);
    return rows;
  };
}

/** The rows of the range, some at a time. */
function* within<Row>({ skip, limit }: { skip: number; limit: number }, next: () => Row[]): Generator<Row[]> {
  for (let rows = next(); rows.length; rows = next()) {
    const wanted = rows.slice(Math.min(skip, rows.length), Math.min(rows.length, skip + limit));
    skip -= Math.min(skip, rows.length);
    limit -= wanted.length;
    if (wanted.length) yield wanted;
    if (limit <= 0) return;
  }
}

/** What is executed, as other traces are read. */
function sourceOf(exports: Exports, emulator: Emulator, file: string, range: { skip: number; limit: number }): TraceSource {
  const next = createRowReader(exports, emulator, file, (first, count) => {
    const { buffer } = exports.memory;
    const index = new Uint32Array(buffer, u32(exports.rowIndex), first + count);
    const address = new Uint32Array(buffer, u32(exports.rowAddress), 2 * (first + count));
    const outcome = new Uint8Array(buffer, u32(exports.rowOutcome), first + count);
    return Array.from({ length: count }, (_, i) => [index[first + i]!, address[2 * (first + i)]!, address[2 * (first + i) + 1]!, outcome[first + i]!] as const);
  });
  return async (sink) => {
    const numbers = new Map<number, number>();
    for (const rows of within(range, next)) {
      for (const [index, low, high, outcome] of rows) {
        let number = numbers.get(index);
        if (number === undefined) numbers.set(index, (number = sink.define(readStatic(new DataView(exports.memory.buffer), u32(exports.statics) + 64 * index))));
        if (sink.full) await sink.flush();
        sink.push(number, low, high, outcome);
      }
    }
  };
}

/** gem5's CPU models differ in whether an access that faults shows its address. */
const withoutFaultAddress = (row: string): string => row.replace(/^((?:[^,]*,){5})[^,]*,[^,]*,([^,]*,1,)/, "$1,,$2");

/** Says where the program's own run and a recorded trace first differ. @returns the exit code */
async function compareWith(trace: RecordedTrace, program: Program, next: () => string[]): Promise<number> {
  const exports = instantiate(emulatorModule());
  const batch = createSink(exports);
  const textOf = createRowText(exports);
  const warnings: string[] = [];
  let ours: string[] = [];
  let at = 0;
  let row = 0;
  let difference: { ours: string | undefined; theirs: string | undefined } | undefined;

  const pull = (): string | undefined => {
    if (at === ours.length) [ours, at] = [next(), 0];
    return ours[at++];
  };
  const flush = async (): Promise<boolean> => {
    for (const theirs of textOf(0, batch.count())) {
      const own = pull();
      if (own !== theirs && (own === undefined || withoutFaultAddress(own) !== withoutFaultAddress(theirs))) {
        difference = { ours: own, theirs };
        break;
      }
      row++;
    }
    batch.clear();
    return !difference;
  };
  const { source } = await openTrace(exports, trace, program, warnings);
  await source({ define: batch.define, push: batch.push, get full() { return batch.count() === batch.capacity; }, flush });
  if (!difference && batch.count()) await flush();
  const own = difference ? undefined : pull();
  if (own !== undefined) difference = { ours: own, theirs: undefined };
  for (const warning of warnings) console.error(`perfvec: ${trace.file}: ${warning}`);
  if (!difference) {
    console.log(`equal: all ${row} executed micro-operations`);
    return 0;
  }
  console.log(`equal: the first ${row} executed micro-operations; then\n  emulator  ${difference.ours ?? "(ended)"}\n  trace     ${difference.theirs ?? "(ended)"}\n  columns   ${COLUMNS}`);
  return 1;
}

const COLUMNS = "pc,micro,operation,length,flags,address,size,taken,fault,sources,destinations";

export async function traceCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { ...EXECUTION_OPTIONS, ...TRACE_OPTIONS, out: { type: "string" }, compare: { type: "string" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...more] = args.positionals;
  if (file === undefined || more.length) throw new UserError("usage", `trace takes one FILE\n${USAGE}`);
  const compare = args.text("compare");
  if (compare === undefined) args.refuseOptions(Object.keys(TRACE_OPTIONS), "nothing is compared (--compare)");
  else args.refuseOptions(["out", "skip", "limit", "elf"], `${file} is compared with ${compare} as a whole`);
  args.refuseOptions(["from"], "trace has --skip and --limit, but no --from");
  const { execution, range } = await openProgram(file, args, Infinity);
  const exports = instantiate(emulatorModule());
  const program = readProgram(readFileOrFail(execution.program), file);
  const emulator = startProgram(exports, program, execution, SILENT);
  const out = args.text("out");
  const inputs = [file, args.text("stdin")];
  if (out?.endsWith(".trace.npz")) {
    const recorded = async (): Promise<Uint8Array> => traceFile(await record(sourceOf(exports, emulator, file, range)), program.hasLines ? program.lineAt : undefined);
    await writeOutput(out, inputs, async (fd) => writeAll(fd, await recorded()));
    return 0;
  }
  const next = createRowReader(exports, emulator, file, createRowText(exports));
  if (compare !== undefined) return compareWith({ ...traceOf(compare, args), elf: execution.program }, program, next);
  const write = (fd: number): void => {
    writeAll(fd, Buffer.from(`${COLUMNS}\n`));
    for (const rows of within(range, next)) writeAll(fd, Buffer.from(`${rows.join("\n")}\n`));
  };
  if (out === undefined) write(1);
  else await writeOutput(out, inputs, write);
  return 0;
}

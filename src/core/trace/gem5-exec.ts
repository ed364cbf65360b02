import { UserError } from "../errors";
import { type Lines, readLines } from "./gem5-lines";
import { FLAG, OUTCOME, type TraceSink, type TraceSource } from "./trace";

/** What the program has at a pc: its first static micro-operation, and of each of them the flags, length and whether it accesses memory. */
export interface DecodedInstruction {
  first: number;
  micros: { flags: number; memory: boolean }[];
  length: number;
  isEcall: boolean;
}

export interface ExecOptions {
  name: string;
  /** decodes the program; undefined where it has no instruction */
  decode: (pc: number) => DecodedInstruction | undefined;
  onStatistics?: ((statistics: ExecStatistics) => void) | undefined;
}

export interface ExecStatistics {
  lines: number;
  rows: number;
  badLines: number;
  bad: { line: number; reason: string }[];
}

const REPORTED = 8;
const MANY_BAD = 1000;
const NEWLINE = 10;
const SPACE = 32;
const COLON = 58;
const CONTROL = FLAG.conditional | FLAG.unconditional;
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const HEX = bytesOf("0x");
const ADDRESS = bytesOf("A=0x");
const SEQUENCE = bytesOf("FetchSeq=");
const PIPE_VIEW = bytesOf("O3PipeView:");
const FETCH = bytesOf("O3PipeView:fetch:");
const RETIRE = bytesOf("O3PipeView:retire:");
/** Rows that may wait for their retirement: more than any window holds. */
const IN_FLIGHT = 8192;

/** Whether `pattern` stands at `at`. */
function stands(bytes: Uint8Array, pattern: Uint8Array, at: number): boolean {
  for (let k = 0; k < pattern.length; k++) if (bytes[at + k] !== pattern[k]) return false;
  return true;
}

/** Where the fields of a line begin; -1: it has none. Filled by `scan`, once for all lines. */
const field = { pc: -1, text: -1, operation: -1, address: -1, sequence: -1 };

/** Finds the fields in one pass: "tick: cpu: A0 T0 : 0xPC @symbol : disassembly : operation : D=… A=0x… FetchSeq=… flags=…". */
function scan(bytes: Uint8Array, at: number, end: number): void {
  field.pc = field.text = field.operation = field.address = field.sequence = -1;
  for (let i = at + 1; i < end; i++) {
    if (bytes[i - 1] !== SPACE) continue;
    const c = bytes[i];
    if (c === COLON && bytes[i + 1] === SPACE) {
      if (field.pc < 0) {
        if (stands(bytes, HEX, i + 2)) field.pc = i + 4;
      } else if (field.text < 0) field.text = i + 2;
      else if (field.operation < 0) field.operation = i + 2;
    } else if (field.operation < 0) continue;
    else if (c === ADDRESS[0] && field.address < 0 && stands(bytes, ADDRESS, i)) field.address = i + ADDRESS.length;
    else if (c === SEQUENCE[0] && field.sequence < 0 && stands(bytes, SEQUENCE, i)) field.sequence = i + SEQUENCE.length;
  }
}

/** Hexadecimal digits at `at` into two halves; returns how many there were. */
function hex(bytes: Uint8Array, at: number, halves: Uint32Array): number {
  let low = 0;
  let high = 0;
  let n = 0;
  for (; n < 17; n++) {
    const c = bytes[at + n]!;
    const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
    if (digit < 0) break;
    high = ((high << 4) | (low >>> 28)) >>> 0;
    low = ((low << 4) | digit) >>> 0;
  }
  halves[0] = low;
  halves[1] = high;
  return n;
}

/** Decimal number at `at`. */
function decimal(bytes: Uint8Array, at: number): number {
  let n = 0;
  for (let c = bytes[at]!; c >= 48 && c <= 57; c = bytes[++at]!) n = 10 * n + c - 48;
  return n;
}

/** Past the n-th colon from `at` on. */
function pastColons(bytes: Uint8Array, at: number, n: number): number {
  for (; n > 0; n--) at = bytes.indexOf(58, at) + 1;
  return at;
}

/**
 * Retirement times of O3PipeView, which come later than the rows of ExecAll, joined by sequence number. Rows that never
 * retire (those that fault) take no time. Which branches were mispredicted is not printed, so there is no refill.
 */
function createRetirement(sink: TraceSink): { row(index: number, sequence: number): void; line(bytes: Uint8Array, at: number): void; finish(): void } {
  let waiting: { index: number; sequence: number }[] = [];
  let head = 0;
  const retired = new Map<number, number>();
  let sequence = 0;
  let fetched = NaN;
  let last = NaN;

  function advance(all: boolean): void {
    for (; head < waiting.length; head++) {
      const { index, sequence } = waiting[head]!;
      const tick = retired.get(sequence);
      if (tick === undefined && !all && waiting.length - head < IN_FLIGHT) break;
      retired.delete(sequence);
      const now = Math.max(last, tick || last);
      sink.retire?.(index, now - last, 0);
      last = now;
    }
    if (head > IN_FLIGHT) {
      waiting = waiting.slice(head);
      head = 0;
    }
  }

  return {
    row: (index, number) => void waiting.push({ index, sequence: number }),
    line(bytes, at) {
      if (stands(bytes, FETCH, at)) {
        sequence = decimal(bytes, pastColons(bytes, at, 5));
        if (Number.isNaN(fetched)) last = fetched = decimal(bytes, at + FETCH.length);
      } else if (stands(bytes, RETIRE, at)) {
        const tick = decimal(bytes, at + RETIRE.length);
        // Wrong-path instructions are never asked for.
        if (tick > 0 || waiting[head]?.sequence === sequence) retired.set(sequence, tick);
        advance(false);
      }
    },
    finish: () => void (Number.isNaN(fetched) || advance(true)),
  };
}

/**
 * What stock gem5 prints with `--debug-flags=ExecAll`, joined with the program: a line holds pc and address, the program
 * the rest, and the next pc whether a branch was taken. Lines of O3PipeView between them give latencies.
 */
export function execTrace(source: AsyncIterable<Uint8Array>, options: ExecOptions): TraceSource {
  return async (sink) => {
    const lines = readLines(options.name, source);
    try {
      await read(lines, options, sink);
    } finally {
      await lines.close();
    }
  };
}

async function read(lines: Lines, options: ExecOptions, sink: TraceSink): Promise<void> {
  const statistics: ExecStatistics = { lines: 0, rows: 0, badLines: 0, bad: [] };
  const decoded = new Map<number, DecodedInstruction | undefined>();
  const halves = new Uint32Array(2);
  const retirement = createRetirement(sink);
  // The row that waits for its successor; index -1: none.
  const waiting = { index: -1, pc: 0, next: 0, flags: 0, low: 0, high: 0, outcome: 0, memory: false };

  function bad(reason: string): void {
    statistics.badLines++;
    if (statistics.bad.length < REPORTED) statistics.bad.push({ line: lines.line, reason });
  }

  function refuseMany(): void {
    if (statistics.badLines * 100 <= statistics.lines) return;
    options.onStatistics?.(statistics);
    const first = statistics.bad.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
    throw new UserError("trace", `${options.name}: ${statistics.badLines} of ${statistics.lines} lines cannot be used, which is more than 1 %; ${first.join("; ")}`);
  }

  function emit(nextPc: number, nextMicro: number): void {
    if (waiting.index < 0) return;
    let { outcome } = waiting;
    if (waiting.flags & CONTROL && nextPc !== waiting.next) outcome |= OUTCOME.taken;
    // The first touch of a page faults: gem5 prints the access, handles the fault, and executes it again.
    if (waiting.memory && nextPc === waiting.pc && nextMicro === 0 && !(waiting.flags & FLAG.microop)) {
      outcome = OUTCOME.fault;
      waiting.low = waiting.high = 0;
    }
    sink.push(waiting.index, waiting.low, waiting.high, outcome);
    statistics.rows++;
    waiting.index = -1;
  }

  /** Takes the line from `at` to `end`. */
  function take(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 2) return;
    if (bytes[at] === PIPE_VIEW[0] && stands(bytes, PIPE_VIEW, at)) return retirement.line(bytes, at);
    scan(bytes, at, end);
    const digits = field.pc < 0 ? 0 : hex(bytes, field.pc, halves);
    if (digits === 0 || digits > 16 || halves[1]! > 0x1fffff) return bad("it is no line of ExecAll");
    const pc = halves[0]! + halves[1]! * 2 ** 32;
    if (field.operation < 0) return; // the head of a macro-operation is not executed
    let instruction = decoded.get(pc);
    if (instruction === undefined && !decoded.has(pc)) decoded.set(pc, (instruction = options.decode(pc)));
    if (!instruction) return bad(`pc 0x${pc.toString(16)} is no instruction of the program`);
    const micro = instruction.micros.length === 1 ? 0 : microOf(bytes, field.pc + digits, field.text - 3);
    const kind = instruction.micros[micro];
    if (!kind) return bad(`pc 0x${pc.toString(16)} has no micro-operation ${micro}`);
    emit(pc, micro);
    halves[0] = halves[1] = 0;
    if (field.address >= 0) hex(bytes, field.address, halves);
    waiting.index = instruction.first + micro;
    if (field.sequence >= 0) retirement.row(waiting.index, decimal(bytes, field.sequence));
    waiting.pc = pc;
    waiting.next = pc + instruction.length;
    waiting.flags = kind.flags;
    waiting.memory = kind.memory;
    waiting.low = halves[0]!;
    waiting.high = halves[1]!;
    waiting.outcome = (field.address >= 0 && kind.memory ? OUTCOME.hasAddress : 0) | (instruction.isEcall ? OUTCOME.fault : 0);
  }

  for (;;) {
    while (lines.at < lines.end) {
      if (sink.full && !(await sink.flush())) return options.onStatistics?.(statistics);
      const end = lines.bytes.indexOf(NEWLINE, lines.at);
      take(lines.bytes, lines.at, end);
      statistics.lines++;
      lines.line++;
      lines.at = end + 1;
    }
    if (statistics.badLines > MANY_BAD) refuseMany();
    if (lines.ended) break;
    await lines.next();
  }
  if (sink.full && !(await sink.flush())) return options.onStatistics?.(statistics);
  emit(NaN, 0);
  retirement.finish();
  refuseMany();
  if (statistics.rows === 0) throw new UserError("trace", `${options.name} has no executed instruction`);
  options.onStatistics?.(statistics);
  await sink.flush();
}

/** "@symbol+4. 1   : text": the number after the point. */
function microOf(bytes: Uint8Array, from: number, to: number): number {
  for (let i = to; i > from; i--) {
    const c = bytes[i]!;
    if (c >= 48 && c <= 57) {
      let first = i;
      while (bytes[first - 1]! >= 48 && bytes[first - 1]! <= 57) first--;
      let n = 0;
      for (let k = first; k <= i; k++) n = 10 * n + bytes[k]! - 48;
      return n;
    }
  }
  return 0;
}

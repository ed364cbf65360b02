import { createReadStream, existsSync } from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Extractor } from "../core/features/extract";
import type { Program } from "../core/program/program";
import { UserError } from "../core/errors";
import { loadProgram } from "../core/emulator/load";
import { createMachine } from "../core/emulator/machine";
import { parseMachine } from "../core/model/description";
import { type Attributing, MeasuredTime } from "../core/profile/measured";
import type { Provenance } from "../core/profile/profile";
import { gem5Trace } from "../core/trace/gem5";
import { type DecodedInstruction, execTrace } from "../core/trace/gem5-exec";
import { recordedTrace } from "../core/trace/recorded";
import { createSink } from "../core/trace/sink";
import type { TraceSource } from "../core/trace/trace";
import { type Exports, u32 } from "../core/wasm";
import { readFileOrFail } from "./input-file";
import type { RecordedTrace } from "./job";

/** Names of the store-queue file: of the fork's main branch, and of the tutorial's. */
const STORE_QUEUE = ["sq.trace.txt", "trace.sq.txt", "sq.trace.txt.gz", "trace.sq.txt.gz"];

/** Bytes of the encoding at a pc, from the ELF (ISA manual, "Base Instruction-Length Encoding"). */
function instructionLength(program: Program, pc: number): 2 | 4 | undefined {
  const segment = program.segments.find((s) => pc >= s.address && pc < s.address + s.fileBytes.length);
  return segment && ((segment.fileBytes[pc - segment.address]! & 3) === 3 ? 4 : 2);
}

/** The bytes of a file, unzipped when its name says so. Opened when the first are asked for. @throws UserError that names it */
async function* stream(file: string): AsyncGenerator<Uint8Array> {
  try {
    const raw = createReadStream(file, { highWaterMark: 1 << 20 });
    // What goes wrong reaches the loop below through the last stream.
    yield* file.endsWith(".gz") ? pipeline(raw, createGunzip({ chunkSize: 1 << 20 }), () => undefined) : raw;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError("input", code?.startsWith("Z_") ? `${file}: damaged, it cannot be unzipped (${message})` : `${file}: cannot be read (${code ?? message})`);
  }
}

/** Text that every trace of ExecAll begins with sooner or later, and none of the fork's. */
const EXEC_ALL = /^ *\d+: \S+: (?:A\d+ )?T\d+ : 0x|^O3PipeView:/m;
const HEAD = 1 << 16;

async function beginning(file: string): Promise<string> {
  let text = "";
  for await (const chunk of stream(file)) {
    text += Buffer.from(chunk.subarray(0, HEAD)).toString("latin1");
    if (text.length >= HEAD) break;
  }
  return text;
}

/** Decodes instructions of a program that is laid into the module's memory and not run. */
export function decoderOf(exports: Exports, program: Program): (pc: number) => DecodedInstruction | undefined {
  const machine = createMachine(exports, CODE_MEMORY);
  loadProgram(machine, program, { argv: [program.name], env: [], personality: "gem5", seed: 0 });
  return (pc) => {
    let first: number;
    try {
      first = exports.staticAt(BigInt(pc));
    } catch {
      exports.clearFault();
      return undefined;
    }
    if (!first) return undefined;
    const view = new DataView(exports.memory.buffer);
    const at = (n: number): number => u32(exports.statics) + 64 * n;
    const count = u32(exports.staticCount);
    const micros: DecodedInstruction["micros"] = [];
    for (let n = first; n < count && view.getBigUint64(at(n), true) === BigInt(pc) && view.getUint8(at(n) + 10) === n - first; n++) {
      micros.push({ flags: view.getUint16(at(n) + 12, true), memory: view.getUint8(at(n) + 9) > 0 });
    }
    return { first, micros, length: view.getUint8(at(first) + 11), isEcall: program.encodingAt(pc) === ECALL };
  };
}

const ECALL = 0x73;
const CODE_MEMORY = 2 ** 30;

export interface OpenedTrace {
  kind: Provenance["traceSource"];
  source: TraceSource;
}

/** The store-queue file that PerfVec's fork has written beside a trace. */
export const storeQueueBeside = (trace: string): string | undefined => STORE_QUEUE.map((name) => path.join(path.dirname(trace), name)).find((file) => existsSync(file));

/**
 * A recorded trace as a source; its kind is told by its name and its beginning.
 * @param warnings takes what has to be left out, while the source is read
 */
export async function openTrace(exports: Exports, trace: RecordedTrace, program: Program | undefined, warnings: string[]): Promise<OpenedTrace> {
  const { file } = trace;
  if (file.endsWith(".npz")) return { kind: "recorded", source: recordedTrace(readFileOrFail(file), file) };
  const leftOut = (lines: number, bad: { line: number; reason: string } | undefined): void => {
    if (lines) warnings.push(`${lines} bad ${lines === 1 ? "line" : "lines"} of ${path.basename(file)} left out, the first: line ${bad?.line} (${bad?.reason})`);
  };
  if (EXEC_ALL.test(await beginning(file))) {
    if (!program) throw new UserError("usage", `${file}: text of ExecAll needs the program that was traced: --elf FILE`);
    const decode = decoderOf(exports, program);
    return { kind: "gem5-exec", source: execTrace(stream(file), { name: file, decode, onStatistics: (s) => leftOut(s.badLines, s.bad[0]) }) };
  }
  const storeQueue = trace.storeQueue ?? storeQueueBeside(file);
  const source = gem5Trace(stream(file), storeQueue === undefined ? undefined : stream(storeQueue), {
    name: file,
    storesName: storeQueue,
    opClasses: trace.opClasses ?? undefined,
    lengthAt: program && ((pc) => instructionLength(program, pc)),
    onStatistics(s) {
      leftOut(s.badLines, s.bad[0]);
      if (s.droppedStores) warnings.push(`${s.droppedStores} ${s.droppedStores === 1 ? "store" : "stores"} without a store-queue line left out`);
    },
  });
  return { kind: "gem5", source };
}

/** The machine that a trace was made on: `perfvec gem5` leaves its description beside the trace (or above stock gem5's m5out). */
export function machineOf(trace: string): string | null {
  for (const folder of [path.dirname(trace), path.dirname(path.dirname(trace))]) {
    const file = path.join(folder, "machine.json");
    try {
      return parseMachine(Buffer.from(readFileOrFail(file)).toString("utf8"), file).name;
    } catch {
      // not there, or something else of that name
    }
  }
  return null;
}

/** Extracts the features of a recorded trace, and what it measured where it has latencies. */
export async function extractFromTrace(
  exports: Exports, source: TraceSource, extractor: Extractor, onBatch: () => void = () => {}, attributing: Attributing = "proportional",
): Promise<{ measured: MeasuredTime | undefined }> {
  const batch = createSink(exports);
  let measured: MeasuredTime | undefined;
  const flush = async (): Promise<boolean> => {
    const more = await extractor.take(batch.count());
    batch.clear();
    onBatch();
    return more;
  };
  await source({
    define: batch.define,
    push: batch.push,
    retire: (index, time, refill) => (measured ??= new MeasuredTime(attributing)).add(index, time, refill),
    get full() {
      return batch.count() === batch.capacity;
    },
    flush,
  });
  if (batch.count()) await flush();
  await extractor.finish();
  return { measured };
}

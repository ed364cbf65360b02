import { createReadStream, existsSync } from "node:fs";
import * as path from "node:path";
import { createGunzip } from "node:zlib";
import type { Extractor } from "../core/features/extract";
import type { Program } from "../core/program/program";
import { gem5Trace, type Gem5Options, type Gem5Statistics } from "../core/trace/gem5";
import { recordedTrace } from "../core/trace/recorded";
import { createSink } from "../core/trace/sink";
import type { TraceSource } from "../core/trace/trace";
import type { Exports } from "../core/wasm";
import { readFileOrFail } from "./predict";

export interface TraceFileOptions {
  /** the fork's store-queue file; undefined: looked for beside the trace */
  storeQueue?: string | undefined;
  opClasses?: Gem5Options["opClasses"];
  /** the program that was traced: lengths of its instructions */
  program?: Program | undefined;
  onStatistics?: ((statistics: Gem5Statistics) => void) | undefined;
}

/** Names of the store-queue file: of the fork's main branch, and of the tutorial's. */
const STORE_QUEUE = ["sq.trace.txt", "trace.sq.txt", "sq.trace.txt.gz", "trace.sq.txt.gz"];

/** Bytes of the encoding at a pc, from the ELF (ISA manual, "Base Instruction-Length Encoding"). */
function instructionLength(program: Program, pc: number): 2 | 4 | undefined {
  const segment = program.segments.find((s) => pc >= s.address && pc < s.address + s.fileBytes.length);
  return segment && ((segment.fileBytes[pc - segment.address]! & 3) === 3 ? 4 : 2);
}

/** Whether a file's name says that it is a recorded trace. */
export function isTraceFile(file: string): boolean {
  return /\.(npz|txt|txt\.gz)$/.test(file);
}

function stream(file: string): AsyncIterable<Uint8Array> {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  if (!file.endsWith(".gz")) return raw;
  const unzipped = createGunzip({ chunkSize: 1 << 20 });
  raw.on("error", (error) => unzipped.destroy(error));
  return raw.pipe(unzipped);
}

/** A recorded trace as a source: a data set's `.trace.npz`, or trace.txt of PerfVec's gem5 fork (gzipped or not). */
export function openTrace(file: string, options: TraceFileOptions): TraceSource {
  if (file.endsWith(".npz")) return recordedTrace(readFileOrFail(file), file);
  const beside = STORE_QUEUE.map((name) => path.join(path.dirname(file), name)).find((f) => existsSync(f));
  const storeQueue = options.storeQueue ?? beside;
  const { program } = options;
  return gem5Trace(stream(file), storeQueue === undefined ? undefined : stream(storeQueue), {
    name: file,
    storesName: storeQueue,
    opClasses: options.opClasses,
    lengthAt: program && ((pc) => instructionLength(program, pc)),
    onStatistics: options.onStatistics,
  });
}

/** Extracts the features of a recorded trace. */
export async function extractFromTrace(exports: Exports, source: TraceSource, extractor: Extractor): Promise<void> {
  const batch = createSink(exports);
  const flush = async (): Promise<boolean> => {
    const more = await extractor.take(batch.count());
    batch.clear();
    return more;
  };
  await source({
    define: batch.define,
    push: batch.push,
    get full() {
      return batch.count() === batch.capacity;
    },
    flush,
  });
  if (batch.count()) await flush();
  await extractor.finish();
}

/**
 * npm run bench:traces: how fast and in how much memory gem5's traces are read, at any length. A recorded run is repeated until
 * 2 GB of text have gone through the reader, as a file would.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { readProgram } from "../src/core/program/program";
import { gem5Trace } from "../src/core/trace/gem5";
import { decoderOf } from "../src/engine/trace-file";
import { execTrace } from "../src/core/trace/gem5-exec";
import { createSink } from "../src/core/trace/sink";
import type { TraceSource } from "../src/core/trace/trace";
import { type Exports, instantiate } from "../src/core/wasm";

const BYTES = 2e9;
const BLOCK = 1 << 20;
const fixtures = "test/fixtures/gem5";
const read = (file: string): Buffer => gunzipSync(readFileSync(`${fixtures}/${file}`));

/** A text again and again, in blocks as a file comes. */
async function* repeated(text: Buffer, times: number): AsyncGenerator<Uint8Array> {
  for (let t = 0; t < times; t++) {
    most = Math.max(most, process.memoryUsage.rss());
    for (let at = 0; at < text.length; at += BLOCK) yield text.subarray(at, at + BLOCK);
  }
}

/** Bytes of memory of this process at most. */
let most = 0;

async function consume(exports: Exports, source: TraceSource): Promise<number> {
  const batch = createSink(exports);
  let rows = 0;
  await source({
    define: batch.define,
    push: batch.push,
    retire: () => {},
    get full() {
      return batch.count() === batch.capacity;
    },
    flush: () => {
      rows += batch.count();
      batch.clear();
      return Promise.resolve(true);
    },
  });
  return rows + batch.count();
}

const module = new WebAssembly.Module(new Uint8Array(readFileSync("dist/emulator.wasm")));
const program = readProgram(readFileSync(`${fixtures}/sample.elf`), "sample.elf");
const lineCount = (text: Buffer): number => text.reduce((n, byte) => n + (byte === 10 ? 1 : 0), 0);

for (const kind of ["PerfVec's fork, O3", "ExecAll", "ExecAll and O3PipeView"]) {
  const exports = instantiate(module);
  const text = read(kind === "ExecAll" ? "riscv-atomic-exec/exec.txt.gz" : kind === "ExecAll and O3PipeView" ? "riscv-o3-pipeview/pipe-exec.txt.gz" : "riscv-o3-fork/trace.txt.gz");
  const stores = kind.startsWith("PerfVec") ? read("riscv-o3-fork/sq.trace.txt.gz") : undefined;
  const times = Math.ceil(BYTES / (text.length + (stores?.length ?? 0)));
  most = 0;
  const start = process.hrtime.bigint();
  const source = stores
    ? gem5Trace(repeated(text, times), repeated(stores, times), { name: "trace.txt", storesName: "sq.trace.txt" })
    : execTrace(repeated(text, times), { name: "trace.txt", decode: decoderOf(exports, program) });
  const rows = await consume(exports, source);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const lines = times * (lineCount(text) + (stores ? lineCount(stores) : 0));
  console.log(`${kind.padEnd(26)} ${((times * text.length) / 1e9).toFixed(1)} GB, ${(lines / seconds / 1e6).toFixed(2)} M lines/s, ${(rows / seconds / 1e6).toFixed(2)} M instructions/s, ${(most / 2 ** 20).toFixed(0)} MiB at most`);
}

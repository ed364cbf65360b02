import { gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { type Gem5Options, type Gem5Statistics, gem5Trace } from "../../src/core/trace/gem5";
import type { StaticInstruction, TraceSink, TraceSource } from "../../src/core/trace/trace";

export interface Rows {
  statics: StaticInstruction[];
  index: number[];
  address: bigint[];
  outcome: number[];
  flushes: number;
}

/** Keeps all rows that a source delivers, `capacity` a batch, at most `limit` batches. */
export async function collect(source: TraceSource, capacity = 1000, limit = Infinity): Promise<Rows> {
  const rows: Rows = { statics: [], index: [], address: [], outcome: [], flushes: 0 };
  let batch = 0;
  const sink: TraceSink = {
    define: (instruction) => rows.statics.push(instruction) - 1,
    push(index, low, high, outcome) {
      if (batch++ === capacity) throw new Error("a row was pushed into a full batch");
      rows.index.push(index);
      rows.address.push((BigInt(high) << 32n) | BigInt(low));
      rows.outcome.push(outcome);
    },
    get full() {
      return batch === capacity;
    },
    async flush() {
      batch = 0;
      return ++rows.flushes < limit;
    },
  };
  await source(sink);
  return rows;
}

export const fixtures = new URL("../fixtures/gem5/", import.meta.url);

export function unzipped(path: string): Buffer {
  return gunzipSync(readFileSync(new URL(path, fixtures)));
}

/** The bytes in chunks of `size`, so that lines straddle them. */
export async function* chunks(bytes: Uint8Array | string, size = 65536): AsyncGenerator<Uint8Array> {
  const all = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
}

/** Reads a trace given as text or bytes; the statistics come along. */
export async function readTrace(
  trace: Uint8Array | string,
  stores: Uint8Array | string | undefined,
  options: Partial<Gem5Options> = {},
  chunk = 65536,
): Promise<Rows & { statistics: Gem5Statistics }> {
  let statistics: Gem5Statistics | undefined;
  const onStatistics = (s: Gem5Statistics): void => void (statistics = s);
  const source = gem5Trace(chunks(trace, chunk), stores === undefined ? undefined : chunks(stores, chunk), {
    name: "trace.txt",
    storesName: "sq.trace.txt",
    onStatistics,
    ...options,
  });
  const rows = await collect(source);
  if (!statistics) throw new Error("no statistics were given");
  return { ...rows, statistics };
}

import { zipSync } from "fflate";
import { UserError } from "../errors";
import { npyFile, npyTexts } from "../npy";
import { OUTCOME, REGISTER_CLASS, type StaticInstruction, type TraceSource } from "./trace";

/** A trace in memory, as the data set records it; `recorded.ts` reads it back. Times where the trace has them. */
export interface Recording {
  statics: StaticInstruction[];
  /** [n] into `statics` */
  index: Uint32Array;
  address: BigUint64Array;
  /** [n] OUTCOME bits */
  outcome: Uint8Array;
  /** [n] picoseconds since the retirement before; undefined when the trace has no latencies */
  time: Float64Array | undefined;
  /** [n] the part of it in which the pipeline refilled after the instruction before was mispredicted */
  refill: Float64Array | undefined;
}

/** Executed instructions that are held in memory at most, about 30 bytes each. */
const MOST = 50_000_000;

/** Reads a whole trace into memory. @throws UserError when it has more than `most` rows */
export async function record(source: TraceSource, most = MOST): Promise<Recording> {
  const statics: StaticInstruction[] = [];
  let n = 0;
  let timed = 0;
  let index = new Uint32Array(1 << 16);
  let address = new BigUint64Array(1 << 16);
  let outcome = new Uint8Array(1 << 16);
  let time = new Float64Array(1 << 16);
  let refill = new Float64Array(1 << 16);
  const grow = <A extends Uint32Array | BigUint64Array | Uint8Array | Float64Array>(array: A): A => {
    const larger = new (array.constructor as new (length: number) => A)(2 * array.length);
    (larger as Uint8Array).set(array as Uint8Array);
    return larger;
  };
  await source({
    define: (instruction) => statics.push(instruction) - 1,
    push(i, low, high, bits) {
      if (n === most) throw new UserError("trace", `more than ${most} executed instructions: a recording is held in memory; a limit (--limit N) makes it shorter`);
      if (n === index.length) [index, address, outcome, time, refill] = [grow(index), grow(address), grow(outcome), grow(time), grow(refill)];
      index[n] = i;
      address[n] = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      outcome[n++] = bits;
    },
    retire(_, elapsed, part) {
      time[timed] = elapsed;
      refill[timed++] = part;
    },
    full: false,
    flush: () => Promise.resolve(true),
  });
  const hasTimes = timed === n;
  return {
    statics,
    index: index.slice(0, n),
    address: address.slice(0, n),
    outcome: outcome.slice(0, n),
    time: hasTimes ? time.slice(0, n) : undefined,
    refill: hasTimes ? refill.slice(0, n) : undefined,
  };
}

/** Bits as numpy.packbits has them: the first in the highest. */
function packBits(length: number, isSet: (i: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(length / 8));
  for (let i = 0; i < length; i++) if (isSet(i)) bits[i >> 3]! |= 128 >> (i & 7);
  return bits;
}

/** The place of an instruction in the source. */
type LineAt = (pc: number) => { file: string; line: number } | undefined;

/** NAME.trace.npz. @param lineAt undefined: no lines are written */
export function traceFile({ statics, index, address, outcome }: Recording, lineAt: LineAt | undefined): Uint8Array {
  const S = statics.length;
  const N = index.length;
  const bytes = (of: (s: StaticInstruction) => number): Uint8Array => npyFile(Uint8Array.from(statics, of), [S], "|u1");
  const registers = (of: (s: StaticInstruction) => StaticInstruction["sources"], columns: number): Uint8Array => {
    const numbers = new Int8Array(S * columns).fill(-1);
    statics.forEach((s, i) => of(s).slice(0, columns).forEach(([kind, n], k) => (numbers[i * columns + k] = kind === REGISTER_CLASS.float ? 32 + n : n)));
    return npyFile(numbers, [S, columns], "|i1");
  };
  const files = {
    "index.npy": npyFile(index, [N], "<u4"),
    "address.npy": npyFile(address, [N], "<u8"),
    "taken.npy": npyFile(packBits(N, (i) => (outcome[i]! & OUTCOME.taken) !== 0), [Math.ceil(N / 8)], "|u1"),
    "fault.npy": npyFile(packBits(N, (i) => (outcome[i]! & OUTCOME.fault) !== 0), [Math.ceil(N / 8)], "|u1"),
    "static_pc.npy": npyFile(BigUint64Array.from(statics, (s) => BigInt(s.pc)), [S], "<u8"),
    "static_micro.npy": bytes((s) => s.micro),
    "static_op.npy": bytes((s) => s.op),
    "static_size.npy": bytes((s) => s.size),
    "static_length.npy": bytes((s) => s.length),
    "static_flags.npy": npyFile(Uint16Array.from(statics, (s) => s.flags), [S], "<u2"),
    "static_src.npy": registers((s) => s.sources, 4),
    "static_dst.npy": registers((s) => s.destinations, 2),
    ...(lineAt ? linesOf(statics, lineAt) : {}),
  };
  return zipSync(files, { level: 6, mtime: "1980-01-01" });
}

function linesOf(statics: readonly StaticInstruction[], lineAt: LineAt): Record<string, Uint8Array> {
  const files: string[] = [];
  const numbers = new Map<string, number>();
  const file = new Uint8Array(statics.length);
  const line = new Uint16Array(statics.length);
  statics.forEach(({ pc }, i) => {
    const place = lineAt(pc);
    if (!place || place.line > 0xffff) return;
    let number = numbers.get(place.file);
    if (number === undefined) numbers.set(place.file, (number = files.push(place.file.split("/").at(-1)!) - 1));
    if (number > 255) return;
    file[i] = number;
    line[i] = place.line;
  });
  return { "static_line.npy": npyFile(line, [statics.length], "<u2"), "static_file.npy": npyFile(file, [statics.length], "|u1"), "files.npy": npyTexts(files.length ? files : [""]) };
}

/** NAME.labels.npz of one machine. @param cycles, refill [n] of each executed instruction */
export function labelsFile(machine: string, cycles: Uint16Array, refill: Uint16Array): Uint8Array {
  const files = {
    "machine.npy": npyTexts([machine]),
    "valid.npy": npyFile(Uint32Array.of(cycles.length), [1], "<u4"),
    "cycles.npy": npyFile(cycles, [1, cycles.length], "<u2"),
    "refill.npy": npyFile(refill, [1, refill.length], "<u2"),
  };
  return zipSync(files, { level: 6, mtime: "1980-01-01" });
}

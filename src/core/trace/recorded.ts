import { UserError } from "../errors";
import type { Npy } from "../npy";
import { readNpz } from "../npz";
import { GEM5_24_NUMBER } from "./gem5-ops";
import { OPERATIONS, OUTCOME, REGISTER_CLASS, type StaticInstruction, type TraceSource } from "./trace";

/** The arrays of a recorded trace: type, and dimension: static instructions (S), executed ones (N), bits of N, columns. */
const ARRAYS = {
  index: ["u4", "N"],
  address: ["u8", "N"],
  taken: ["u1", "bits"],
  fault: ["u1", "bits"],
  static_pc: ["u8", "S"],
  static_micro: ["u1", "S"],
  static_op: ["u1", "S"],
  static_size: ["u1", "S"],
  static_length: ["u1", "S"],
  static_flags: ["u2", "S"],
  static_src: ["i1", "S", 4],
  static_dst: ["i1", "S", 2],
} as const;
type Name = keyof typeof ARRAYS;

/**
 * A trace as the data set records it (NAME.trace.npz): compressed numpy arrays. `bytes`: the whole file.
 * @throws UserError (from the source) when an array is missing, of another type or shape, or holds what no trace can
 */
export function recordedTrace(bytes: Uint8Array, name: string): TraceSource {
  return async (sink) => {
    const { static_pc, static_micro, static_op, static_size, static_length, static_flags, static_src, static_dst, index, address, taken, fault } =
      readArrays(bytes, name);
    const statics = static_op.length;
    const numbers = new Int32Array(statics);
    for (let s = 0; s < statics; s++) {
      const op = static_op[s]!;
      const high = static_pc[2 * s + 1]!;
      if (op >= OPERATIONS.length) throw new UserError("trace", `${name}: static instruction ${s} has operation ${op}, of ${OPERATIONS.length}`);
      if (high >= 1 << 21) throw new UserError("trace", `${name}: static instruction ${s} is at a pc beyond 2^53`);
      numbers[s] = sink.define({
        pc: high * 2 ** 32 + static_pc[2 * s]!,
        micro: static_micro[s]!,
        op,
        opNumber: GEM5_24_NUMBER[op]!,
        size: static_size[s]!,
        length: static_length[s]!,
        flags: static_flags[s]!,
        sources: registers(static_src.subarray(4 * s, 4 * s + 4)),
        destinations: registers(static_dst.subarray(2 * s, 2 * s + 2)),
      });
    }
    const rows = index.length;
    for (let i = 0; i < rows; i++) {
      if (sink.full && !(await sink.flush())) return;
      const s = index[i]!;
      if (s >= statics) throw new UserError("trace", `${name}: executed instruction ${i} is static instruction ${s}, of ${statics}`);
      const bit = 7 - (i & 7); // numpy.packbits: the first in the highest bit
      const low = address[2 * i]!;
      const high = address[2 * i + 1]!;
      const outcome =
        ((taken[i >> 3]! >> bit) & 1) * OUTCOME.taken + ((fault[i >> 3]! >> bit) & 1) * OUTCOME.fault + (low | high ? OUTCOME.hasAddress : 0);
      sink.push(numbers[s]!, low, high, outcome);
    }
    await sink.flush();
  };
}

/** -1 absent, 0 x0, 1 to 31 integer, 32 to 63 floating point. */
function registers(numbers: ArrayLike<number>): StaticInstruction["sources"] {
  return Array.from(numbers)
    .filter((n) => n >= 0)
    .map((n) => (n === 0 ? [REGISTER_CLASS.zero, 0] : n < 32 ? [REGISTER_CLASS.int, n] : [REGISTER_CLASS.float, n - 32]));
}

function readArrays(bytes: Uint8Array, name: string): Record<Name, Npy["data"]> {
  const fail = (cause: string): never => {
    throw new UserError("trace", `${name} is not a recorded trace: ${cause}`);
  };
  const arrays = readNpz(bytes, name, Object.keys(ARRAYS), fail) as Record<Name, Npy>;
  for (const key of Object.keys(ARRAYS) as Name[]) {
    if (!arrays[key]) fail(`it has no array "${key}"`);
    if (arrays[key].dtype !== ARRAYS[key][0]) fail(`"${key}" is of type ${arrays[key].dtype}, not ${ARRAYS[key][0]}`);
  }
  const S = arrays.static_op.shape[0] ?? 0;
  const N = arrays.index.shape[0] ?? 0;
  for (const key of Object.keys(ARRAYS) as Name[]) {
    const [, rows, columns] = ARRAYS[key] as readonly [string, "S" | "N" | "bits", number?];
    const wanted = [{ S, N, bits: Math.ceil(N / 8) }[rows], ...(columns ? [columns] : [])].join(" x ");
    const found = arrays[key].shape.join(" x ");
    if (found !== wanted) fail(`"${key}" has shape ${found}, not ${wanted}`);
  }
  if (N === 0) fail("it has no executed instruction");
  return Object.fromEntries(Object.entries(arrays).map(([key, { data }]) => [key, data])) as Record<Name, Npy["data"]>;
}

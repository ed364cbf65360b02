/** The parts of a report that older ones lack: the call tree, and slices of the run. */
import type { Unzipped } from "fflate";
import type { UserError } from "../errors";
import { MOST } from "../profile/call-paths";
import { NO_FUNCTION, type CallTree, type Profile, type Slices } from "../profile/profile";
import { summed } from "../profile/representation";
import { MOST_SLICES } from "../profile/spread";

export interface CallsHeader {
  calls?: { nodes: number; isCut: boolean };
  slices?: { slices: number; length: number; executed: number };
}

type Bad = (what: string) => UserError;

/** Sums are of 32 bits: two ways to add them up differ by so much. */
const TOLERANCE = 1e-3;

const ARRAYS = { parents: Uint32Array, functions: Uint32Array, calls: Float64Array, executed: Float64Array, sums: Float32Array } as const;
type ArrayName = keyof typeof ARRAYS;

const bytesOf = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

export function callEntries({ calls, slices, dimensions }: Profile): { header: CallsHeader; entries: Record<string, Uint8Array> } {
  const header: CallsHeader = {};
  const entries: Record<string, Uint8Array> = {};
  if (calls) {
    header.calls = { nodes: calls.parents.length, isCut: calls.isCut };
    for (const name of Object.keys(ARRAYS) as ArrayName[]) entries[`calls/${name}`] = bytesOf(calls[name]);
  }
  if (slices) {
    header.slices = { slices: slices.sums.length / dimensions, length: slices.length, executed: slices.executed };
    entries["slices/sums"] = bytesOf(slices.sums);
  }
  return { header, entries };
}

/** @param profile what they are of, already checked. @throws what `bad` makes */
export function readCalls(header: CallsHeader, entries: Unzipped, profile: Profile, bad: Bad): Pick<Profile, "calls" | "slices"> {
  const array = <A extends Float64Array | Float32Array | Uint32Array>(key: string, type: { new (buffer: ArrayBuffer): A; BYTES_PER_ELEMENT: number }, length: number): A => {
    const entry = entries[key];
    if (!entry || entry.byteLength !== length * type.BYTES_PER_ELEMENT) throw bad(`damaged: ${key} does not hold ${length} numbers`);
    return new type(entry.slice().buffer);
  };
  const { dimensions: d } = profile;
  const found: Pick<Profile, "calls" | "slices"> = {};
  if (header.calls !== undefined) {
    const { nodes, isCut } = header.calls ?? {};
    if (!isCount(nodes) || nodes < 1 || nodes > MOST.nodes || typeof isCut !== "boolean") throw bad("damaged: the size of the call tree is none");
    found.calls = {
      parents: array("calls/parents", ARRAYS.parents, nodes),
      functions: array("calls/functions", ARRAYS.functions, nodes),
      calls: array("calls/calls", ARRAYS.calls, nodes),
      executed: array("calls/executed", ARRAYS.executed, nodes),
      sums: array("calls/sums", ARRAYS.sums, nodes * d),
      isCut,
    };
    checkTree(found.calls, profile, bad);
  }
  if (header.slices !== undefined) {
    const { slices, length, executed } = header.slices ?? {};
    const sizes = isCount(slices) && isCount(length) && isCount(executed) && slices >= 1 && slices <= MOST_SLICES && length >= 1 && Math.ceil(executed / length) === slices;
    if (!sizes) throw bad("damaged: the slices of the run do not fit it");
    found.slices = { length, executed, sums: array("slices/sums", Float32Array, slices * d) };
    checkSums(found.slices, profile, "slices", bad);
  }
  return found;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function checkTree(tree: CallTree, profile: Profile, bad: Bad): void {
  const { parents, functions, calls, executed } = tree;
  const depths = new Uint16Array(parents.length);
  parents.forEach((parent, node) => {
    if (node === 0 ? parent !== 0 : parent >= node) throw bad("damaged: a call stands before its caller");
    if (node) depths[node] = depths[parent]! + 1;
    if (depths[node]! > MOST.depth) throw bad("damaged: calls are deeper than are kept");
    if (node === 0 ? functions[node] !== NO_FUNCTION : functions[node]! >= profile.functions.length) throw bad("damaged: a called function is out of range");
  });
  if (!calls.every(isCount) || !executed.every(isCount)) throw bad("damaged: a number of calls is none");
  checkSums(tree, profile, "calls", bad);
}

/** What they add up to is the program. */
function checkSums({ sums }: CallTree | Slices, profile: Profile, what: string, bad: Bad): void {
  const { dimensions: d } = profile;
  if (!sums.every((v) => v >= 0 && Number.isFinite(v))) throw bad(`damaged: a representation of ${what} is negative or not a number`);
  const parts = new Float64Array(d);
  sums.forEach((v, i) => (parts[i % d]! += v));
  if (!summed(profile).every((v, k) => Math.abs(parts[k]! - v) <= TOLERANCE * v + 1e-6)) throw bad(`damaged: ${what} do not add up to the program`);
}

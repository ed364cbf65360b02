/** A run of a labelled data set through the shipped features and model: what can be predicted of it, and what gem5 says. */
import * as path from "node:path";
import { CLASSES, classOf } from "../core/accuracy/baselines";
import { UserError } from "../core/errors";
import { createExtractor } from "../core/features/extract";
import type { FitRun } from "../core/model/fit";
import { createInstructionModel } from "../core/model/instruction-model";
import type { Runtime } from "../core/model/runtime";
import type { Npy } from "../core/npy";
import { readNpz } from "../core/npz";
import { CallPaths, flowsOf } from "../core/profile/call-paths";
import { MeasuredTime } from "../core/profile/measured";
import { readLabels } from "../core/trace/labels";
import { recordedTrace } from "../core/trace/recorded";
import { instantiate } from "../core/wasm";
import type { ModelFiles } from "./assets";
import { readFileOrFail } from "./input-file";
import { extractFromTrace } from "./trace-file";

/** Executed instructions whose representations are added up for fitting machines. */
export const WINDOW = 1024;
/** A machine whose labels end earlier is left out: the rest of the run may be another kind of work. */
const LEAST_LABELLED = 0.9;

/** The first `executed` instructions of a run: P instructions (pcs), d dimensions. */
export interface Prefix {
  executed: number;
  /** [P * d] representations */
  sums: Float64Array;
  /** [P * CLASSES] executions by class of the baselines */
  classes: Float64Array;
}

/** What gem5 says of a run on one machine, in cycles. */
export interface Truth {
  machine: string;
  /** the part that is labelled */
  prefix: Prefix;
  total: number;
  /** [P] time-proportional */
  cycles: Float64Array;
  /** [W] of full windows */
  windows: Float64Array;
}

export interface LabelledRun {
  name: string;
  executed: number;
  /** [P] a number for each function; a trace has no symbols: where it begins, and where calls lead, one begins, so that what is only jumped to belongs to the one before */
  functions: Uint32Array;
  /** [P] a number for each source line, 0: none; undefined: the run's program has no lines */
  lines: Uint32Array | undefined;
  /** [W * d] representations of full windows */
  windows: Float32Array;
  truths: Truth[];
}

/** A run on one machine, as machines and encoders are fitted to it: the labelled part, and its full windows. */
export function fitRunOf(run: LabelledRun, { prefix, total, windows }: Truth, ghz: number): Required<FitRun> {
  const d = prefix.sums.length / run.functions.length;
  return { total: addedUp(prefix.sums, d), time: total / ghz, parts: { representations: run.windows.subarray(0, windows.length * d), times: windows.map((c) => c / ghz) } };
}

/** @param representations [n * d]. @returns [d] */
export function addedUp(representations: ArrayLike<number>, d: number): Float64Array {
  const sum = new Float64Array(d);
  for (let i = 0; i < representations.length; i++) sum[i % d]! += representations[i]!;
  return sum;
}

/** Static micro-operations of a trace as instructions: those of one pc are one. */
function instructionsOf(bytes: Uint8Array, file: string): { index: Uint32Array; place: Uint32Array; pcs: number[]; lines: Uint32Array | undefined } {
  const fail = (cause: string): never => {
    throw new UserError("trace", `${file} is not a recorded trace: ${cause}`);
  };
  const arrays = readNpz(bytes, file, ["index", "static_pc", "static_line", "static_file"], fail);
  if (arrays["index"]?.dtype !== "u4" || arrays["static_pc"]?.dtype !== "u8") fail("index or static_pc is missing, or of another type");
  const pc = arrays["static_pc"]!.data;
  const place = new Uint32Array(pc.length / 2);
  const known = new Map<number, number>();
  for (let s = 0; s < place.length; s++) {
    const at = pc[2 * s + 1]! * 2 ** 32 + pc[2 * s]!;
    if (!known.has(at)) known.set(at, known.size);
    place[s] = known.get(at)!;
  }
  const data = (array: Npy | undefined): Npy["data"] | undefined => (array?.data.length === place.length ? array.data : undefined);
  const line = data(arrays["static_line"]);
  const sourceFile = data(arrays["static_file"]);
  let lines: Uint32Array | undefined;
  if (line && sourceFile && line.some((l) => l > 0)) {
    lines = new Uint32Array(known.size);
    place.forEach((p, s) => (lines![p] = line[s] ? sourceFile[s]! * 65536 + line[s]! : 0));
  }
  return { index: arrays["index"]!.data as Uint32Array, place, pcs: [...known.keys()], lines };
}

/** @returns [pcs] which of the entries begins the function that each is in, from 1 on; 0: none */
export function functionsOf(pcs: readonly number[], entries: readonly number[]): Uint32Array {
  const sorted = [...entries].sort((a, b) => a - b);
  const out = new Uint32Array(pcs.length);
  let begun = 0;
  for (const p of [...pcs.keys()].sort((a, b) => pcs[a]! - pcs[b]!)) {
    while (begun < sorted.length && sorted[begun]! <= pcs[p]!) begun++;
    out[p] = begun;
  }
  return out;
}

/** @param folder holds NAME.trace.npz and NAME.labels.npz. @throws UserError that names the file */
export async function labelledRun(folder: string, name: string, module: WebAssembly.Module, model: ModelFiles, runtime: Runtime): Promise<LabelledRun> {
  const traceFile = path.join(folder, `${name}.trace.npz`);
  const labelsFile = path.join(folder, `${name}.labels.npz`);
  const bytes = readFileOrFail(traceFile);
  const { index, place, pcs, lines } = instructionsOf(bytes, traceFile);
  const count = pcs.length;
  const labels = readLabels(readFileOrFail(labelsFile), labelsFile, index.length);
  const labelled = labels.machines.map((machine, m) => ({ machine, m, n: labels.valid[m]! })).filter(({ n }) => n >= LEAST_LABELLED * index.length);
  const cuts = [...new Set(labelled.map(({ n }) => n))].sort((a, b) => a - b);

  const exports = instantiate(module);
  const d = model.description.dimensions;
  const sums = new Float64Array(count * d);
  const classes = new Float64Array(count * CLASSES);
  const windows = new Float32Array(Math.floor(index.length / WINDOW) * d);
  const prefixes = new Map<number, Prefix>();
  let seen = 0;
  let classed = 0;
  const rowClass = new Uint8Array(index.length);
  const calls = new CallPaths(flowsOf(exports), () => undefined);
  const network = await createInstructionModel(model.description, model.onnx, model.onnxPath, runtime, (r, numbers, rows) => {
    for (let row = 0, at = 0; row < rows; row++) {
      calls.step(numbers[row]!);
      const p = place[index[seen]!]!;
      const base = p * d;
      const window = Math.floor(seen / WINDOW) * d;
      for (let k = 0; k < d; k++) {
        const v = r[at++]!;
        sums[base + k]! += v;
        if (window < windows.length) windows[window + k]! += v;
      }
      classes[p * CLASSES + rowClass[seen]!]!++;
      if (++seen === cuts[0]) prefixes.set(cuts.shift()!, { executed: seen, sums: sums.slice(), classes: classes.slice() });
    }
  });
  const extractor = createExtractor(exports, "model", { skip: 0, limit: Infinity }, (features, _, rows) => {
    const width = features.length / rows;
    for (let row = 0; row < rows; row++) rowClass[classed++] = classOf(features, row * width);
    return network.push(features, _, rows);
  });
  await extractFromTrace(exports, recordedTrace(bytes, traceFile), extractor);
  await network.finish();

  const truths = labelled.map(({ machine, m, n }): Truth => {
    const cycles = labels.cycles.subarray(m * index.length, m * index.length + n);
    const refill = labels.refill.subarray(m * index.length, m * index.length + n);
    const time = new MeasuredTime();
    const inWindow = new Float64Array(Math.floor(n / WINDOW));
    let total = 0;
    for (let i = 0; i < n; i++) {
      const t = cycles[i]!;
      time.add(place[index[i]!]!, 1000 * t, 1000 * refill[i]!);
      total += t;
      const w = Math.floor(i / WINDOW);
      if (w < inWindow.length) inWindow[w]! += t;
    }
    return { machine, prefix: prefixes.get(n)!, total, cycles: Float64Array.from({ length: count }, (_, p) => time.of(p)), windows: inWindow };
  });
  return { name, executed: seen, functions: functionsOf(pcs, calls.entries), lines, windows, truths };
}

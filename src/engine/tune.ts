/** The encoder adapted to a design space: reads the runs, and writes a folder of models that has the tuned one. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { tune, type TuneExample, type Tuned } from "../core/model/tune";
import { emulatorModule, encoderOf, readLibrary, readModel } from "./assets";
import { fitRunOf, labelledRun } from "./labelled-run";
import { programOf, readLabelledSet } from "./labelled-set";
import { loadRuntime, type RuntimeChoice } from "./onnx";
import { writeAll, writeOutput } from "./output-file";

/** Parts of a run. */
const PARTS = 8;

export interface TuneOptions {
  models: string;
  runtime: RuntimeChoice;
  onRun(done: number, of: number, name: string): void;
  /** before a program is left out */
  onProgram(program: string): void;
}

/** @param dataset laid out as docs/gem5.md says: every run that has labels is learnt from. @throws UserError that names the file */
export async function tuneEncoder(dataset: string, { models, runtime, onRun, onProgram }: TuneOptions): Promise<{ tuned: Tuned; machines: number; text: string }> {
  const { machine, runs } = readLabelledSet(dataset);
  const encoder = encoderOf(readLibrary(models), models);
  const model = readModel(models);
  const d = model.description.dimensions;
  const module = emulatorModule();
  const ort = await loadRuntime(runtime, 2);
  const described = new Map<string, TuneExample["machine"]>();
  const examples: TuneExample[] = [];
  for (const [i, { name, folder }] of runs.entries()) {
    onRun(i, runs.length, name);
    const run = await labelledRun(folder, name, module, model, ort);
    for (const truth of run.truths) {
      if (!(truth.total > 0)) throw new UserError("labels", `${path.join(folder, name)}.labels.npz: the run takes no time on ${truth.machine}`);
      if (!described.has(truth.machine)) described.set(truth.machine, machine(truth.machine));
      const own = described.get(truth.machine)!;
      const { parts, ...whole } = fitRunOf(run, truth, own.freq_ghz);
      examples.push({ program: programOf(name), machine: own, ...whole, parts: coarser(parts, d) });
    }
  }
  const programs = new Set(examples.map((e) => e.program)).size;
  if (programs < 2 || described.size < 2) {
    throw new UserError("dataset", `${dataset}: tuning takes runs of two programs on two machines, better of three on many; it has ${programs} on ${described.size}`);
  }
  const tuned = tune(encoder, examples, onProgram);
  return { tuned, machines: described.size, text: encoder.withLast(tuned.last) };
}

/** Parts of a run as a few longer ones: every step of learning reads them all. */
function coarser({ representations, times }: TuneExample["parts"], d: number): TuneExample["parts"] {
  const count = Math.min(PARTS, times.length);
  const sums = { representations: new Float64Array(count * d), times: new Float64Array(count) };
  for (let w = 0; w < times.length; w++) {
    const part = Math.floor((w * count) / times.length);
    sums.times[part]! += times[w]!;
    for (let k = 0; k < d; k++) sums.representations[part * d + k]! += representations[w * d + k]!;
  }
  return sums;
}

/** A folder of models as another, but for its encoder. @throws UserError when it is there */
export async function writeModels(folder: string, models: string, encoder: string): Promise<void> {
  if (existsSync(folder)) throw new UserError("output", `${folder}: is there; name a new folder`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of ["instruction.onnx", "model.json", "machines.json", "confidence.json", "baselines.json"]) {
      if (existsSync(path.join(models, name))) copyFileSync(path.join(models, name), path.join(folder, name));
    }
  } catch (error) {
    throw new UserError("output", `${folder}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  await writeOutput(path.join(folder, "encoder.json"), [], (fd) => writeAll(fd, Buffer.from(`${encoder}\n`)));
}

import { writeSync } from "node:fs";
import { UserError } from "../core/errors";
import { createExtractor, type FeatureSet, type FeatureSink, featureWidth } from "../core/features/extract";
import { featureFingerprint } from "../core/features/fingerprint";
import { MACHINE_FEATURES, machineFeatures } from "../core/model/machine-features";
import { parseDescriptions } from "../core/model/description";
import { npyFile, npyHeader } from "../core/npy";
import { readProgram } from "../core/program/program";
import { type Exports, instantiate } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { extractFromProgram, startProgram, windowOf } from "../engine/predict";
import { extractFromTrace, openTrace } from "../engine/trace-file";
import { windowSums } from "../engine/window-sums";
import { isTraceFile } from "../engine/trace-file-name";
import { type Arguments, readArguments } from "./arguments";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, modelsOf, openProgram, rangeOf, refuseRunOptions, TRACE_OPTIONS, TRACE_USAGE, traceOf } from "./input";
import { writeAll, writeOutput } from "../engine/output-file";
import { createProgressLine } from "./progress";

const USAGE = `perfvec features FILE --set perfvec|model|sums --out X.npy [options] [-- ARGUMENTS]
  FILE               a program, or a recorded trace: .trace.npz of a data set, trace.txt (.gz) of PerfVec's gem5 fork,
                     or ExecAll text of stock gem5
${TRACE_USAGE}
  writes float32 [executed instructions, features], one row an executed instruction; of "sums", for each --window N
  executed instructions (1024) one row: their summed representation, and their number in each class of the baselines
  perfvec features --machines FILE --out X.npy   float32 [machines, features] of descriptions as models/machines.json has them
  perfvec features --fingerprint     the name of the model's feature set
${EXECUTION_USAGE}`;

const SILENT = { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} };

const OPTIONS = {
  ...EXECUTION_OPTIONS,
  set: { type: "string" },
  window: { type: "string" },
  machines: { type: "string" },
  models: { type: "string" },
  out: { type: "string" },
  ...TRACE_OPTIONS,
  fingerprint: { type: "boolean" },
} as const;

export async function featuresCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, OPTIONS, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const module = emulatorModule();
  if (args.flag("fingerprint")) {
    console.log(featureFingerprint(module));
    return 0;
  }
  const [file, ...more] = args.positionals;
  const out = args.text("out");
  const machines = args.text("machines");
  if (machines !== undefined && out !== undefined) {
    await writeMachineFeatures(machines, out);
    return 0;
  }
  const named = args.text("set");
  if (file === undefined || more.length || out === undefined || (named !== "perfvec" && named !== "model" && named !== "sums")) {
    throw new UserError("usage", `features takes one FILE, --set perfvec, model or sums, and --out\n${USAGE}`);
  }
  if (named !== "sums") args.refuseOptions(["window", "models"], `they belong to --set sums`);
  const set = named === "perfvec" ? "perfvec" : "model";
  const exports = instantiate(module);
  const progress = createProgressLine();
  const onProgress = (counted: number, skipped: number): void =>
    progress.show({ stage: counted ? "predicting" : "running", counted, skipped, limit: null });
  try {
    await writeOutput(out, [file, args.text("elf"), args.text("sq"), args.text("stdin")], async (fd) => {
      let rows = 0;
      const write = (values: Float32Array): void => writeAll(fd, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      const sums = named === "sums" ? await windowSums(modelsOf(args), args.count("window", 1024), (row) => (write(row), rows++)) : undefined;
      const width = sums?.width ?? featureWidth(exports, set);
      writeAll(fd, npyHeader([0, width], "<f4"));
      const sink: FeatureSink = sums?.push ?? ((features, _, count) => (write(features), void (rows += count)));
      if (isTraceFile(file)) await fromTrace(file, args, exports, set, sink);
      else await fromProgram(file, args, exports, set, sink, onProgress);
      await sums?.finish();
      writeSync(fd, npyHeader([rows, width], "<f4"), 0, undefined, 0);
    });
  } finally {
    progress.clear();
  }
  return 0;
}

async function fromProgram(
  file: string, args: Arguments, exports: Exports, set: FeatureSet, sink: FeatureSink, onProgress: (counted: number, skipped: number) => void,
): Promise<void> {
  args.refuseOptions(Object.keys(TRACE_OPTIONS), `${file} is no trace`);
  const { execution, range } = await openProgram(file, args, Infinity);
  const program = readProgram(readFileOrFail(execution.program), file);
  const emulator = startProgram(exports, program, execution, SILENT);
  const run = await extractFromProgram(exports, emulator, set, windowOf(program, range), sink, onProgress);
  if (run.ending?.kind === "crash") throw new UserError("crash", `${file}: ${run.ending.message}`);
}

async function fromTrace(file: string, args: Arguments, exports: Exports, set: FeatureSet, sink: FeatureSink): Promise<void> {
  refuseRunOptions(file, args);
  const trace = traceOf(file, args);
  const program = trace.elf === null ? undefined : readProgram(readFileOrFail(trace.elf), trace.elf);
  const { skip, limit, from } = rangeOf(args, Infinity);
  if (from !== null && !program) throw new UserError("usage", "--from needs the program of the trace: --elf FILE");
  const extractor = createExtractor(exports, set, program ? windowOf(program, { skip, limit, from }) : { skip, limit }, sink);
  const warnings: string[] = [];
  try {
    const { source } = await openTrace(exports, trace, program, warnings);
    await extractFromTrace(exports, source, extractor);
  } finally {
    for (const warning of warnings) console.error(`perfvec: ${file}: ${warning}`);
  }
}

async function writeMachineFeatures(file: string, out: string): Promise<void> {
  const features = parseDescriptions(Buffer.from(readFileOrFail(file)).toString("utf8"), file).map(machineFeatures);
  await writeOutput(out, [file], (fd) => writeAll(fd, npyFile(Float32Array.from(features.flatMap((f) => [...f])), [features.length, MACHINE_FEATURES.length], "<f4")));
}

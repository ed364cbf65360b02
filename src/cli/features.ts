import { writeSync } from "node:fs";
import { UserError } from "../core/errors";
import { createExtractor, type FeatureSet, type FeatureSink, featureWidth } from "../core/features/extract";
import { featureFingerprint } from "../core/features/fingerprint";
import { npyHeader } from "../core/npy";
import { readProgram } from "../core/program/program";
import { type Exports, instantiate } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { extractFromProgram, startProgram, windowOf } from "../engine/predict";
import { extractFromTrace, openTrace } from "../engine/trace-file";
import { isTraceFile } from "../engine/trace-file-name";
import { type Arguments, readArguments } from "./arguments";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, openProgram, rangeOf, refuseRunOptions, TRACE_OPTIONS, TRACE_USAGE, traceOf } from "./input";
import { writeAll, writeOutput } from "../engine/output-file";
import { createProgressLine } from "./progress";

const USAGE = `perfvec features FILE --set perfvec|model --out X.npy [options] [-- ARGUMENTS]
  FILE               a program, or a recorded trace: .trace.npz of a data set, trace.txt (.gz) of PerfVec's gem5 fork,
                     or ExecAll text of stock gem5
${TRACE_USAGE}
  writes float32 [executed instructions, features], one row an executed instruction
  perfvec features --fingerprint     the name of the model's feature set
${EXECUTION_USAGE}`;

const SILENT = { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} };

const OPTIONS = {
  ...EXECUTION_OPTIONS,
  set: { type: "string" },
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
  const set = args.text("set");
  const out = args.text("out");
  if (file === undefined || more.length || out === undefined || (set !== "perfvec" && set !== "model")) {
    throw new UserError("usage", `features takes one FILE, --set perfvec or model, and --out\n${USAGE}`);
  }
  const exports = instantiate(module);
  const progress = createProgressLine();
  const onProgress = (counted: number, skipped: number): void =>
    progress.show({ stage: counted ? "predicting" : "running", counted, skipped, limit: null });
  try {
    await writeOutput(out, [file, args.text("elf"), args.text("sq"), args.text("stdin")], async (fd) => {
      const width = featureWidth(exports, set);
      writeAll(fd, npyHeader([0, width], "<f4"));
      const sink: FeatureSink = (features) => writeAll(fd, new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
      const rows = isTraceFile(file) ? await fromTrace(file, args, exports, set, sink) : await fromProgram(file, args, exports, set, sink, onProgress);
      writeSync(fd, npyHeader([rows, width], "<f4"), 0, undefined, 0);
    });
  } finally {
    progress.clear();
  }
  return 0;
}

async function fromProgram(
  file: string, args: Arguments, exports: Exports, set: FeatureSet, sink: FeatureSink, onProgress: (counted: number, skipped: number) => void,
): Promise<number> {
  args.refuseOptions(Object.keys(TRACE_OPTIONS), `${file} is no trace`);
  const { execution, range } = await openProgram(file, args, Infinity);
  const program = readProgram(readFileOrFail(execution.program), file);
  const emulator = startProgram(exports, program, execution, SILENT);
  const run = await extractFromProgram(exports, emulator, set, windowOf(program, range), sink, onProgress);
  if (run.ending?.kind === "crash") throw new UserError("crash", `${file}: ${run.ending.message}`);
  return run.executed;
}

async function fromTrace(file: string, args: Arguments, exports: Exports, set: FeatureSet, sink: FeatureSink): Promise<number> {
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
  return extractor.counted();
}

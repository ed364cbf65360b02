import { createHash } from "node:crypto";
import { openSync, readSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { Streams } from "../core/emulator/files";
import { createExtractor, type FeatureSet, type FeatureSink, type Window } from "../core/features/extract";
import { featureFingerprint } from "../core/features/fingerprint";
import { createInstructionModel } from "../core/model/instruction-model";
import { CallPaths, flowsOf } from "../core/profile/call-paths";
import { type Code, Collector } from "../core/profile/collect";
import type { MeasuredTime } from "../core/profile/measured";
import type { Profile, Provenance } from "../core/profile/profile";
import { nearest } from "../core/nearest";
import { type Program, readProgram } from "../core/program/program";
import { createEmulator, type Emulator, type Ending } from "../core/trace/emulator";
import { type Exports, instantiate, u32 } from "../core/wasm";
import { emulatorModule, readModel } from "./assets";
import { readFileOrFail } from "./input-file";
import { hostFolder } from "./host-files";
import type { Execution, PredictJob, Progress, Range, RecordedTrace } from "./job";
import { loadRuntime } from "./onnx";
import { isRemote, type Source, sourceAt, UNKNOWN_SOURCE } from "./source-files";
import { extractFromTrace, machineOf, openTrace } from "./trace-file";

/** What of the program's own output is kept. */
const OUTPUT_LIMIT = 8192;
/** Executed instructions that may pass before counting begins. */
const SKIP_LIMIT = 20e9;
const THREADS = 2;
const PROGRESS_MS = 100;

function placeOf(program: Program, pc: number): string {
  const frame = program.frames(pc)[0]!;
  return frame.file ? `in ${frame.functionName} (${frame.file}:${frame.line ?? "?"})` : `in ${frame.functionName}`;
}

/** Standard input from a file, read as it is asked for. */
function inputFrom(file: string | null): Streams["read"] {
  if (file === null) return () => new Uint8Array(0);
  let fd: number;
  try {
    if (!statSync(file).isFile()) throw new UserError("input", `${file}: is no file, so it cannot be standard input`);
    fd = openSync(file, "r");
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("input", `${file}: cannot be read as standard input (${(error as NodeJS.ErrnoException).code})`);
  }
  return (max) => {
    const buffer = new Uint8Array(Math.min(max, 1 << 20));
    return buffer.subarray(0, readSync(fd, buffer));
  };
}

/** A program in the emulator, with what the user allowed it to read. */
export function startProgram(exports: Exports, program: Program, execution: Execution, streams: Streams): Emulator {
  return createEmulator(exports, program, {
    arguments: execution.arguments,
    environment: execution.environment,
    streams,
    host: execution.readable === null ? undefined : hostFolder(execution.readable),
    directory: execution.readable ?? "/",
    executable: execution.executable ?? path.join("/", path.basename(execution.program)),
    personality: execution.personality,
    memoryLimit: execution.memoryLimit,
    describe: (pc) => placeOf(program, pc),
  });
}

interface Run {
  /** undefined: the limit came first */
  ending: Ending | undefined;
  executed: number;
  skipped: number;
}

/** Executes a program and extracts the features of the instructions that count. */
export async function extractFromProgram(
  exports: Exports,
  emulator: Emulator,
  set: FeatureSet,
  window: Window,
  sink: FeatureSink,
  onProgress: (counted: number, skipped: number) => void,
  passed?: (index: Uint32Array) => void,
): Promise<Run> {
  const extractor = createExtractor(exports, set, window, sink, passed);
  const clock = ticker();
  let ending: Ending | undefined;
  for (let more = true; more && !ending; ) {
    ending = emulator.step(true, Number.MAX_SAFE_INTEGER);
    more = await extractor.take(u32(exports.rows));
    exports.clearRows();
    if (extractor.beyond()) ending = undefined;
    if (clock()) onProgress(extractor.counted(), extractor.skipped());
    if (extractor.skipped() > SKIP_LIMIT && !extractor.counted()) {
      throw new UserError("from", `counting has not begun after ${SKIP_LIMIT} executed instructions; is the function of --from ever called?`);
    }
  }
  await extractor.finish();
  return { ending, executed: extractor.counted(), skipped: extractor.skipped() };
}

/** True when it is time to say something. */
function ticker(): () => boolean {
  let last = 0;
  return () => {
    const now = Date.now();
    if (now - last < PROGRESS_MS) return false;
    last = now;
    return true;
  };
}

export function windowOf(program: Program, range: Range): Window {
  const from = range.from === null ? undefined : program.functionNamed(range.from);
  if (range.from !== null && !from) {
    const near = nearest(range.from, program.functions.map((f) => f.name));
    const why = near === undefined ? "it is stripped, no function is known; compile it with -g" : `the nearest is "${near}" (inlined functions have no start of their own)`;
    throw new UserError("from", `${program.name}: there is no function called "${range.from}": ${why}`);
  }
  return { from: from?.start, skip: range.skip, limit: range.limit };
}

/** What a run or a trace gave, besides representations. */
interface Counted extends Run {
  source: Pick<Provenance, "traceSource" | "programHash" | "arguments" | "stdin">;
  code: Code;
  warnings: string[];
  measured: MeasuredTime | undefined;
  measuredOn: string | null;
  output: string;
  /** each source, read before the run: it may take long enough for an edit */
  sources: Map<string, Source>;
}

type Report = (counted: number, skipped: number) => void;

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

async function countProgram(job: PredictJob, execution: Execution, exports: Exports, collector: Collector, sink: FeatureSink, onProgress: Report): Promise<Counted> {
  const bytes = readFileOrFail(execution.program);
  const program = readProgram(bytes, job.title);
  const window = windowOf(program, job.range);
  const sources = sourcesOf(program, job);
  let output = "";
  const keep = (piece: Uint8Array): void => void (output = (output + Buffer.from(piece).toString("latin1")).slice(-OUTPUT_LIMIT));
  const emulator = startProgram(exports, program, execution, { read: inputFrom(execution.stdin), stdout: keep, stderr: keep });
  collector.follow(new CallPaths(flowsOf(exports), entryOf(program)));
  const run = await extractFromProgram(exports, emulator, "model", window, sink, onProgress, (index) => collector.pass(index));
  if (run.ending?.kind === "crash") {
    const said = output && `\nthe last of its output:\n${Buffer.from(output, "latin1").toString("utf8").trimEnd()}`;
    throw new UserError("crash", `${job.title}: ${run.ending.message}${said}`);
  }
  return {
    ...run,
    source: { traceSource: "emulator", programHash: sha256(bytes), arguments: execution.arguments.slice(1), stdin: execution.stdin },
    code: program,
    warnings: [...program.warnings, ...[...emulator.unanswered].map((call) => `the program asked for what is not there: ${call}`)],
    measured: undefined,
    measuredOn: null,
    sources,
    output: Buffer.from(output, "latin1").toString("utf8"),
  };
}

async function countTrace(job: PredictJob, trace: RecordedTrace, exports: Exports, collector: Collector, sink: FeatureSink, onProgress: Report): Promise<Counted> {
  const bytes = trace.elf === null ? undefined : readFileOrFail(trace.elf);
  const program = bytes && readProgram(bytes, trace.elf!);
  const { skip, limit, from } = job.range;
  if (from !== null && !program) throw new UserError("usage", "--from needs the program of the trace: --elf FILE");
  const extractor = createExtractor(exports, "model", program ? windowOf(program, job.range) : { skip, limit }, sink, (index) => collector.pass(index));
  collector.follow(new CallPaths(flowsOf(exports), entryOf(program)));
  const warnings = program ? [...program.warnings] : ["without the program of the trace (--elf), only addresses are known"];
  const sources = program ? sourcesOf(program, job) : new Map<string, Source>();
  const opened = await openTrace(exports, trace, program, warnings);
  const clock = ticker();
  const { measured } = await extractFromTrace(exports, opened.source, extractor, () => {
    if (clock()) onProgress(extractor.counted(), extractor.skipped());
  }, trace.attributing);
  return {
    ending: undefined,
    executed: extractor.counted(),
    skipped: extractor.skipped(),
    source: { traceSource: opened.kind, programHash: bytes ? sha256(bytes) : "", arguments: [], stdin: null },
    code: program ?? UNKNOWN_CODE,
    warnings,
    measured: extractor.skipped() === 0 && extractor.counted() < limit ? measured : undefined,
    measuredOn: measured ? machineOf(trace.file) : null,
    output: "",
    sources,
  };
}

const sourcesOf = (program: Program, job: PredictJob): Map<string, Source> =>
  new Map(program.files().map((file) => [file, sourceIn(job, file)]));

const sourceIn = ({ folder, builtAt }: PredictJob, file: string): Source => (isRemote(file) ? UNKNOWN_SOURCE : sourceAt(path.resolve(folder, file), builtAt));

const entryOf = (program: Program | undefined) => (pc: number): number | undefined => program?.functionAt(pc)?.start;

const UNKNOWN_CODE: Code = {
  frames: (pc) => [{ functionName: `0x${pc.toString(16)}`, linkageName: `0x${pc.toString(16)}` }],
  encodingAt: () => 0,
};

/** Executes or reads, extracts, infers and adds up: the whole way to a profile. Runs in the child process. */
export async function predictProfile(
  job: PredictJob,
  onProgress: (progress: Progress) => void,
): Promise<{ profile: Profile; output: string }> {
  const { source, range } = job;
  onProgress({ stage: "starting", skipped: 0, counted: 0, limit: null });
  const module = emulatorModule();
  const model = readModel(job.models);
  const fingerprint = featureFingerprint(module);
  if (model.description.featureSet !== fingerprint) {
    throw new UserError("model", `${model.onnxPath}: it was made for feature set ${model.description.featureSet}; this version computes ${fingerprint}`);
  }
  const runtime = await loadRuntime(job.runtime, THREADS);
  const exports = instantiate(module);
  const collector = new Collector(model.description.dimensions);
  const instructionModel = await createInstructionModel(model.description, model.onnx, model.onnxPath, runtime, (r, index, count) =>
    collector.add(r, index, count),
  );
  const sink: FeatureSink = (features, index, count) => instructionModel.push(features, index, count);
  const report: Report = (counted, skipped) => onProgress({ stage: counted ? "predicting" : "running", skipped, counted, limit: range.limit });
  const run =
    source.kind === "program"
      ? await countProgram(job, source.execution, exports, collector, sink, report)
      : await countTrace(job, source.trace, exports, collector, sink, report);
  await instructionModel.finish();
  if (!run.executed) {
    const reason = range.from === null ? "it ended before --skip was over" : `it ended, and ${range.from} was never called (or --skip was not over)`;
    throw new UserError("from", `${job.title}: nothing was counted: ${reason}`);
  }
  const status = run.ending?.kind === "exit" ? run.ending.status : null;
  const whole = source.kind === "program" ? run.ending !== undefined : run.executed < range.limit;
  const profile = collector.profile(
    exports,
    {
      program: job.title,
      ...run.source,
      model: model.description.name,
      featureSet: fingerprint,
      measuredOn: run.measuredOn,
      runtime: runtime.name,
      limit: Number.isFinite(range.limit) ? range.limit : null,
      executed: run.executed,
      skipped: run.skipped,
      ended: !whole ? `stopped at the limit of ${range.limit} executed instructions` : status === null ? "the trace's end" : `exit status ${status}`,
      whole,
      exitStatus: status,
      warnings: run.warnings,
    },
    run.code,
    run.measured,
  );
  if (profile.calls?.isCut) profile.provenance.warnings.push("the program has more, or deeper, call paths than are kept: what is called beyond counts as its caller's own");
  const sources = profile.files.map((file) => run.sources.get(file) ?? sourceIn(job, file));
  profile.fileHashes = sources.map(({ hash }) => hash);
  profile.lineHashes = sources.map(({ lines }) => lines);
  return { profile, output: run.output };
}


import { readFileSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { howSure } from "../core/model/summary";
import { assemblyOf } from "../core/profile/assembly";
import { WORTH } from "../core/profile/hot";
import { checkModel, latencies, type Profile } from "../core/profile/profile";
import { predictionCsv } from "../core/report/exports/csv";
import { besideOf } from "../core/profile/beside";
import { predictionJson } from "../core/report/exports/json";
import { readReport, writeReport } from "../core/report/report";
import { predict } from "../engine/engine";
import type { PredictJob } from "../engine/job";
import type { RuntimeChoice } from "../engine/onnx";
import { isTraceFile } from "../engine/trace-file-name";
import { firstBytes, looksLikeReport, readFileOrFail } from "../engine/input-file";
import { type Arguments, readArguments } from "./arguments";
import { callListing, phaseListing } from "./calls-listing";
import { cancellable } from "./cancellable";
import { printable } from "../core/format";
import { isSource } from "../engine/source-files";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, machinesHere, machinesNamed, modelsOf, openProgram, rangeOf, refuseRunOptions, RUN_OPTIONS, TRACE_OPTIONS, TRACE_USAGE, traceOf } from "./input";
import { annotatedListing, comparison, heading, limitTable } from "./listing";
import { writeAll, writeOutput } from "../engine/output-file";

const DEFAULT_LIMIT = 20e6;

const USAGE = `perfvec predict FILE [options] [-- ARGUMENTS OF THE PROGRAM]
  FILE               a C or C++ source, a static RISC-V ELF, a .perfvec report (printed again, nothing is run), or a trace:
                     trace.txt of PerfVec's gem5 fork, ExecAll text of stock gem5 (with --elf), .trace.npz of a data set
  --uarch NAME,…     machines, separated by commas, or "all"; the first one's lines are listed
  --out R.perfvec    write a report
  --json, --csv      print for programs (schema: docs/schema/predict.schema.json)
  --asm [all]        print the executed instructions, on the first machine: of functions with 0.5 % of the time or more, or of all
  --calls            print who calls whom, with inclusive and exclusive time on the first machine: what has 1 % of it or more
  --phases           print the run in about 20 parts, with time and cycles per instruction on every machine
  --runtime NAME     native or wasm ONNX Runtime (otherwise native where it loads)
  --models FOLDER    another model and machine library
  --limit is 20M unless given
${TRACE_USAGE}
${EXECUTION_USAGE}`;

/** The share of the time below which `--asm` leaves a function out. */

/** `--asm` may stand alone or before `all`, which no parser of options knows. */
function withAsmValue(argv: readonly string[]): string[] {
  const at = argv.indexOf("--asm");
  if (at < 0 || argv.slice(0, at).includes("--")) return [...argv];
  const all = argv[at + 1] === "all";
  return [...argv.slice(0, at), all ? "--asm=all" : "--asm=hot", ...argv.slice(at + (all ? 2 : 1))];
}

/** @returns undefined when it was interrupted */
async function profileOf(file: string, args: Arguments, models: string): Promise<Profile | undefined> {
  const absolute = path.resolve(file);
  // A data set's trace is a zip, as a report is.
  if (!isTraceFile(file) && looksLikeReport(firstBytes(absolute))) {
    const why = `${file} is a report, nothing is run`;
    args.refuseOptions([...RUN_OPTIONS, ...Object.keys(TRACE_OPTIONS), "from", "skip", "limit", "runtime"], why);
    args.refuseRest(why);
    return readReport(readFileOrFail(absolute), file);
  }
  const runtime = args.text("runtime") ?? "auto";
  if (!["auto", "native", "wasm"].includes(runtime)) throw new UserError("usage", `--runtime is native or wasm, not "${runtime}"`);
  return cancellable(async (signal, line) => {
    const { source, range, builtAt } = await sourceOf(file, args, signal, () => line.say("compiling"));
    const job = { title: file, folder: process.cwd(), source, range, builtAt, models, runtime: runtime as RuntimeChoice };
    const { profile, output } = await predict(job, { signal, onProgress: line.show });
    line.clear();
    if (profile.provenance.exitStatus && output) console.error(printable(`the last output of ${file}:\n${output.trimEnd()}`));
    return profile;
  });
}

async function sourceOf(file: string, args: Arguments, signal: AbortSignal, onCompile: () => void): Promise<Pick<PredictJob, "source" | "range" | "builtAt">> {
  if (isTraceFile(file)) refuseRunOptions(file, args);
  else args.refuseOptions(Object.keys(TRACE_OPTIONS), `${file} is no trace`);
  if (isTraceFile(file)) return { source: { kind: "trace", trace: traceOf(file, args) }, range: rangeOf(args, Infinity), builtAt: builtAtOf(args.text("elf")) };
  onCompile();
  const { execution, range, builtAt } = await openProgram(file, args, DEFAULT_LIMIT, signal);
  return { source: { kind: "program", execution }, range, builtAt };
}

function builtAtOf(elf: string | undefined): number | null {
  try {
    return elf === undefined ? null : statSync(elf).mtimeMs;
  } catch {
    return null; // reading it will tell
  }
}

function linesOf(file: string): string[] | undefined {
  try {
    return isSource(file) ? readFileSync(file, "utf8").split(/\r?\n/) : undefined;
  } catch {
    return undefined;
  }
}

export async function predictCommand(argv: string[]): Promise<number> {
  const options = {
    ...EXECUTION_OPTIONS,
    ...TRACE_OPTIONS,
    uarch: { type: "string", multiple: true },
    out: { type: "string" },
    json: { type: "boolean" },
    csv: { type: "boolean" },
    asm: { type: "string" },
    calls: { type: "boolean" },
    phases: { type: "boolean" },
    runtime: { type: "string" },
    models: { type: "string" },
  } as const;
  const args = readArguments(withAsmValue(argv), options, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...more] = args.positionals;
  if (file === undefined || more.length) throw new UserError("usage", `predict takes one FILE\n${USAGE}`);
  const asm = args.text("asm");
  if (asm !== undefined && asm !== "hot" && asm !== "all") throw new UserError("usage", `--asm stands alone or before "all", not "${asm}"`);
  const spread = args.flag("calls") || args.flag("phases");
  if ([args.flag("json"), args.flag("csv"), asm !== undefined, spread].filter(Boolean).length > 1) {
    throw new UserError("usage", "--json, --csv, --asm, and --calls with --phases are forms of the same; name one");
  }
  const models = modelsOf(args);
  const library = machinesHere(args);
  const { model } = library;
  const machines = machinesNamed(args, library.machines);
  const profile = await profileOf(file, args, models);
  if (!profile) return 130;
  checkModel(profile, model, file);
  const out = args.text("out");
  if (out !== undefined) {
    const inputs = [file, args.text("stdin"), args.text("elf"), args.text("sq")];
    await writeOutput(path.resolve(out), inputs, (fd) => writeAll(fd, writeReport(profile)));
  }
  const beside = besideOf(profile, library);
  if (args.flag("json")) process.stdout.write(predictionJson(profile, machines, beside));
  else if (args.flag("csv")) process.stdout.write(predictionCsv(profile, machines));
  else if (asm !== undefined) {
    const limits = asm === "all" ? { most: Infinity } : { least: WORTH };
    const { lines } = assemblyOf(profile, machines[0]!, latencies(profile, machines[0]!), { ...limits, sure: howSure(model) });
    // In pieces: all instructions of a large program are longer than a string can be.
    for (let i = 0; i < lines.length; i += 10_000) console.log(lines.slice(i, i + 10_000).join("\n"));
  } else {
    const listing = spread
      ? [...(args.flag("calls") ? [callListing(profile, machines[0]!, file)] : []), ...(args.flag("phases") ? [phaseListing(profile, machines, file)] : [])]
      : [annotatedListing(profile, machines[0]!, linesOf), limitTable(profile, machines[0]!, beside.improvedOf(machines[0]!)), comparison(profile, machines, beside.sure)];
    const parts = [heading(profile, howSure(model), beside.sure?.unlike), ...listing].filter(Boolean);
    console.log(parts.map(printable).join("\n\n"));
  }
  const { exitStatus } = profile.provenance;
  if (exitStatus) console.error(`perfvec: ${file}: the program ended with exit status ${exitStatus}; what is shown is the time of that run`);
  return exitStatus ? 3 : 0;
}

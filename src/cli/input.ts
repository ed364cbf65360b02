import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { type Microarchitecture, type ModelDescription, selectMachines } from "../core/model/description";
import { checkModel, type Profile } from "../core/profile/profile";
import { readReport } from "../core/report/report";
import { type Library, MODELS, readLibrary, withMachines } from "../engine/assets";
import { readOwnMachines } from "../engine/own-machines";
import { splitCommand } from "../engine/compile-commands";
import type { Execution, Range, RecordedTrace } from "../engine/job";
import { firstBytes, looksLikeElf, looksLikeReport, readFileOrFail } from "../engine/input-file";
import { compile, findToolchain, languageOf } from "../engine/toolchain";
import type { Arguments } from "./arguments";

/** Options of every command that executes a program. */
export const EXECUTION_OPTIONS = {
  stdin: { type: "string" },
  read: { type: "string" },
  memory: { type: "string" },
  like: { type: "string" },
  exe: { type: "string" },
  compiler: { type: "string" },
  cflags: { type: "string" },
  from: { type: "string" },
  skip: { type: "string" },
  limit: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Those that say how a program is made and run: a trace and a report have none of it. */
export const RUN_OPTIONS = ["stdin", "read", "memory", "like", "exe", "compiler", "cflags"] as const;

/** Options of every command that reads a recorded trace. */
export const TRACE_OPTIONS = { sq: { type: "string" }, "op-classes": { type: "string" }, elf: { type: "string" }, "measured-as": { type: "string" } } as const;

export const TRACE_USAGE = `  --elf FILE         the program that a gem5 trace is of (needed for ExecAll text; otherwise it names functions and lines)
  --sq FILE          the store-queue file of PerfVec's gem5 fork (otherwise looked for beside trace.txt)
  --measured-as HOW  whom a trace's times are given to: proportional (default), or commit, as PerfVec's labels
  --op-classes NAME  v22 or v24: op class numbers of the fork's trace (otherwise detected)`;

export const EXECUTION_USAGE = `  --stdin FILE       the program's standard input (otherwise empty)
  --read FOLDER      a folder the program may read (otherwise none); it never writes outside memory
  --memory MIB       memory the program may touch (1024; 3072 at most)
  --from FUNCTION    count from the first execution of this function on
  --skip N           pass over N executed instructions before counting
  --limit N          count at most N executed instructions
  --like gem5        start the program as gem5's system-call emulation does; --exe PATH names it as gem5 was told
  --compiler PATH    the cross compiler; --cflags "FLAGS" after all others`;

export interface Input {
  execution: Execution;
  builtAt: number;
  range: Range;
}

const MIB = 2 ** 20;
/** The emulator's own memory is of 32 bits; pages of the program lie in it. */
const MOST_MEMORY = 3072;
/** One of each kind, from small to large: what is compared when no machine is named. */
const DEFAULT_MACHINES = ["p550-class", "c906-class", "u74-class", "boom-large-class", "neoverse-n1-class"];

/** A folder that goes when the process does, however it ends. */
function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "perfvec-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The folder of the model and its machines. */
export const modelsOf = (args: Arguments): string => path.resolve(args.text("models") ?? MODELS);

/** The machine library, and the machines that were made in a folder. */
export function machinesHere(args: Arguments, folder = process.cwd()): Library {
  const library = readLibrary(modelsOf(args));
  const own = readOwnMachines([folder], library.machines, (why) => console.error(`perfvec: left out: ${why}`));
  return withMachines(library, own.map(({ machine }) => machine));
}

/** Those of `--uarch`, or the default ones. @throws UserError that suggests the nearest name */
export function machinesNamed(args: Arguments, library: readonly Microarchitecture[]): Microarchitecture[] {
  const named = args.list("uarch");
  return named.length ? selectMachines(library, named) : defaultMachines(library);
}

/** At least one. */
export function defaultMachines(library: readonly Microarchitecture[]): Microarchitecture[] {
  const machines = DEFAULT_MACHINES.flatMap((name) => library.find((m) => m.name === name) ?? []);
  return machines.length ? machines : library.slice(0, DEFAULT_MACHINES.length);
}

/** A report that the machines here can price. @throws UserError that names it */
export function openReport(file: string, model: ModelDescription): Profile {
  const profile = readReport(readFileOrFail(path.resolve(file)), file);
  checkModel(profile, model, file);
  return profile;
}

export function rangeOf(args: Arguments, defaultLimit: number): Range {
  const limit = args.count("limit", defaultLimit);
  if (limit === 0) throw new UserError("usage", "--limit 0 counts nothing; leave it out for the default");
  return { from: args.text("from") ?? null, skip: args.count("skip", 0), limit };
}

/** @throws UserError when an option that says how a program is run was given beside a trace */
export function refuseRunOptions(file: string, args: Arguments): void {
  const why = `${file} is a recorded trace, nothing is run`;
  args.refuseOptions(RUN_OPTIONS, why);
  args.refuseRest(why);
}

export function traceOf(file: string, args: Arguments): RecordedTrace {
  const [elf, storeQueue, opClasses] = [args.text("elf"), args.text("sq"), args.text("op-classes")];
  if (opClasses !== undefined && opClasses !== "v22" && opClasses !== "v24") throw new UserError("usage", `--op-classes is v22 or v24, not "${opClasses}"`);
  const attributing = args.text("measured-as") ?? "proportional";
  if (attributing !== "proportional" && attributing !== "commit") throw new UserError("usage", `--measured-as is proportional or commit, not "${attributing}"`);
  return {
    attributing,
    file: path.resolve(file),
    storeQueue: storeQueue === undefined ? null : path.resolve(storeQueue),
    opClasses: opClasses ?? null,
    elf: elf === undefined ? null : path.resolve(elf),
  };
}

/** Compiles FILE when it is a source; resolves what the options say about its execution. */
export async function openProgram(file: string, args: Arguments, defaultLimit: number, signal?: AbortSignal): Promise<Input> {
  const absolute = path.resolve(file);
  let program = absolute;
  let builtAt = Date.now();
  const first = firstBytes(absolute);
  if (looksLikeElf(first)) {
    args.refuseOptions(["compiler", "cflags"], `${file} is compiled already`);
    builtAt = statSync(absolute).mtimeMs;
  } else {
    if (looksLikeReport(first)) throw new UserError("input", `${file}: is a report, which cannot be run; perfvec predict prints it`);
    if (!languageOf(absolute)) throw new UserError("input", `${file}: is no C or C++ source, no ELF and no report`);
    program = path.join(temporaryFolder(), path.basename(file).replace(/\.[^.]*$/, ""));
    const compiler = args.text("compiler");
    const toolchain = await findToolchain(compiler === undefined ? {} : { compiler });
    const flags = splitCommand(args.text("cflags") ?? "");
    if (!flags) throw new UserError("usage", "--cflags has a quote that is not closed");
    const { warnings } = await compile(toolchain, { sources: [absolute], output: program, flags, ...(signal ? { signal } : {}) });
    if (warnings) console.error(warnings.trimEnd());
  }
  const like = args.text("like");
  if (like !== undefined && like !== "gem5") throw new UserError("usage", `--like knows gem5 only, not "${like}"`);
  const memory = args.count("memory", 1024);
  if (memory < 1 || memory > MOST_MEMORY) throw new UserError("usage", `--memory is 1 to ${MOST_MEMORY} MiB, not ${memory}`);
  const read = args.text("read");
  const stdin = args.text("stdin");
  return {
    execution: {
      program,
      arguments: [path.basename(program), ...args.rest],
      environment: [],
      stdin: stdin === undefined ? null : path.resolve(stdin),
      readable: read === undefined ? null : path.resolve(read),
      personality: like ?? "linux",
      executable: args.text("exe") ?? null,
      memoryLimit: memory * MIB,
    },
    range: rangeOf(args, defaultLimit),
    builtAt,
  };
}

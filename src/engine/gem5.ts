/** Runs gem5 with our configuration script (gem5/machine.py). Knows PerfVec's fork, which writes its traces by itself, and stock gem5. */
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { Microarchitecture } from "../core/model/description";
import { ROOT } from "./assets";
import { findExecutable, run } from "./run-process";

export interface Gem5 {
  file: string;
  /** e.g. 24.0.0.0 */
  version: string;
  /** PerfVec's: it writes trace.txt where it runs */
  fork: boolean;
  /** RISC-V cores it has */
  cores: string[];
}

/** What is simulated. Paths are absolute. */
export interface Simulation {
  /** a static RISC-V ELF */
  program: string;
  arguments: string[];
  stdin: string | null;
  machine: Microarchitecture;
  /** instructions after which it ends, or null */
  limit: number | null;
  /** whether every executed instruction is written down */
  trace: boolean;
  /** a folder of its own, empty or to be made: gem5's files, the log and the trace go there */
  folder: string;
}

export interface Simulated {
  instructions: number;
  /** of the whole run */
  nanoseconds: number;
  /** gem5's words for how it ended */
  cause: string;
  /** exit status of the program */
  code: number;
  /** the trace, when one was asked for */
  trace: string | null;
}

export interface Simulating {
  signal?: AbortSignal;
  onProgress?: (instructions: number, nanoseconds: number) => void;
}

const NAMES = ["gem5.opt", "gem5.debug", "gem5.fast", "gem5"];
const PROBE_MS = 60_000;
/** Lines of a log that a message shows. */
const SHOWN = 6;
const SAYS = "perfvec-gem5: ";
const script = (name: string): string => path.join(ROOT, "gem5", name);

const HOW = `build one as https://www.gem5.org/documentation/general_docs/building says (scons build/RISCV/gem5.opt), then name it:
  the setting perfvec.gem5.path, the option --gem5 or the environment variable PERFVEC_GEM5`;

/**
 * Finds gem5 and asks what it is.
 * @param given a path or a name in PATH; else PERFVEC_GEM5, else the first of gem5.opt, gem5.debug, gem5.fast, gem5 in PATH
 * @throws UserError "gem5" saying what is missing, or wrong with it, and what to do
 */
export async function findGem5(given?: string, options: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {}): Promise<Gem5> {
  const env = options.env ?? process.env;
  const named = given || env["PERFVEC_GEM5"];
  const file = named ? findExecutable(named, env) : NAMES.map((name) => findExecutable(name, env)).find((found) => found !== null);
  if (!file) throw new UserError("gem5", named ? `${named}: no such gem5; ${HOW}` : `gem5 is not in PATH (${NAMES.join(", ")}); ${HOW}`);
  const folder = mkdtempSync(path.join(tmpdir(), "perfvec-gem5-"));
  try {
    const timeout = AbortSignal.timeout(PROBE_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const { code, stdout, stderr } = await run([file, `--outdir=${folder}`, script("probe.py")], { cwd: folder, env, signal }).catch((error: unknown) => {
      if (timeout.aborted && !options.signal?.aborted) throw new UserError("gem5", `${file}: does not say what it is within ${PROBE_MS / 1000} s; is it gem5?`);
      throw error;
    });
    const answer = said(stdout);
    const what = answer && (JSON.parse(answer) as Omit<Gem5, "file"> & { tracing: boolean });
    if (code !== 0 || !what) throw new UserError("gem5", `${file}: is no gem5 that runs a configuration script\n${lastLines(stdout + stderr)}`);
    if (!what.cores.includes("o3") && !what.cores.includes("minor")) {
      throw new UserError("gem5", `${file}: gem5 ${what.version} without RISC-V (or without O3 and Minor); build it with: scons build/RISCV/gem5.opt`);
    }
    if (what.fork && path.basename(file) === "gem5.fast") throw new UserError("gem5", `${file}: PerfVec's fork traces in gem5.opt and gem5.debug only; build it with: scons build/RISCV/gem5.opt`);
    return { file, version: what.version, fork: what.fork, cores: what.cores };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The last thing that our scripts said. */
function said(output: string): string | undefined {
  const lines = output.split("\n").filter((line) => line.startsWith(`${SAYS}{`));
  return lines.at(-1)?.slice(SAYS.length);
}

const lastLines = (text: string): string => text.trimEnd().split("\n").slice(-SHOWN).join("\n");

/** Files of the trace, in the order in which they are looked for. The fork writes to where it runs, stock gem5 to its output folder. */
const TRACES = ["trace.txt", "m5out/trace.txt.gz"];
const STORES = ["sq.trace.txt", "trace.sq.txt"];

/**
 * Simulates. The folder keeps gem5's own files (m5out), the log and, when asked for, the trace.
 * @throws UserError "gem5" with the log's last lines when it fails; the signal's reason
 */
export async function simulate(gem5: Gem5, simulation: Simulation, { signal, onProgress }: Simulating = {}): Promise<Simulated> {
  const { machine, folder, trace, limit, stdin } = simulation;
  if (!gem5.cores.includes(machine.core)) throw new UserError("gem5", `${gem5.file}: gem5 ${gem5.version} has no ${machine.core} core for RISC-V, which ${machine.name} needs`);
  takeFolder(folder);
  const { vector: _, ...parameters } = machine as Partial<Microarchitecture>;
  const machineFile = path.join(folder, "machine.json");
  writeFileSync(machineFile, `${JSON.stringify(parameters, null, 1)}\n`);
  // ExecAll gives the stream of any core; latencies have only O3's pipeline events.
  const flags = machine.core === "o3" ? "ExecAll,O3PipeView" : "ExecAll";
  const command = [
    gem5.file, "--outdir=m5out", ...(trace && !gem5.fork ? [`--debug-flags=${flags}`, "--debug-file=trace.txt.gz"] : []),
    script("machine.py"), "--machine", machineFile, ...(limit === null ? [] : ["--limit", String(limit)]), ...(stdin === null ? [] : ["--stdin", stdin]),
    simulation.program, ...simulation.arguments,
  ];
  const logFile = path.join(folder, "gem5.log");
  const log = openSync(logFile, "w");
  writeSync(log, `${command.join(" ")}\n`);
  let line = "";
  let tail = "";
  let end: string | undefined;
  const onOutput = (piece: Buffer): void => {
    writeSync(log, piece);
    const text = piece.toString("utf8");
    tail = (tail + text).slice(-8192);
    const lines = (line + text).split("\n");
    line = lines.pop()!.slice(-8192);
    for (const each of lines) {
      const progress = /^perfvec-gem5: progress (\d+) (\d+)$/.exec(each);
      if (progress) onProgress?.(Number(progress[1]), Number(progress[2]) / 1000);
      end = said(each) ?? end;
    }
  };
  try {
    const { code, killedBy } = await run(command, { cwd: folder, env: process.env, signal, onOutput });
    if (code !== 0 || end === undefined) {
      const how = killedBy ? `ended by ${killedBy}` : code === 0 ? "ended without a result" : `ended with status ${code}`;
      throw new UserError("gem5", `${simulation.program} on ${machine.name}: gem5 ${how}; the log is ${logFile}\n${lastLines(tail)}`);
    }
  } finally {
    closeSync(log);
    if (!trace) for (const name of [...TRACES, ...STORES]) rmSync(path.join(folder, name), { force: true });
  }
  const { instructions, ticks, cause, code } = JSON.parse(end) as { instructions: number; ticks: number; cause: string; code: number };
  const written = TRACES.map((name) => path.join(folder, name)).find((file) => existsSync(file));
  if (trace && !written) throw new UserError("gem5", `${simulation.program} on ${machine.name}: gem5 wrote no trace; the log is ${logFile}`);
  return { instructions, nanoseconds: ticks / 1000, cause, code, trace: trace ? written! : null };
}

/** Every run has a folder of its own: the fork writes to where it runs. */
function takeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length) throw new UserError("gem5", `${folder}: is not empty; a run of gem5 needs a folder of its own`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("gem5", `${folder}: cannot be used for a run of gem5 (${(error as NodeJS.ErrnoException).code})`);
  }
}

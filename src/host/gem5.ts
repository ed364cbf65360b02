/**
 * gem5 in the editor. Commands: Simulate with gem5…, Open gem5 Trace…. Tasks `perfvec: gem5 trace`. Setting: perfvec.gem5.path.
 * A simulation's trace is predicted like any other, and what gem5 measured stands beside the prediction.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { duration, integer } from "../core/format";
import { type Microarchitecture, selectMachines } from "../core/model/description";
import { MODELS, readLibrary } from "../engine/assets";
import { predict } from "../engine/engine";
import { findGem5, simulate, type Simulated } from "../engine/gem5";
import { isTraceFile } from "../engine/trace-file-name";
import { log, showError, withoutLinks } from "./log";
import { pickMachine } from "./machine-picker";
import { type Say, withProgress } from "./progress";
import type { Predictor } from "./predict";
import { Result } from "./result";
import type { Results } from "./results";
import { settings } from "./settings";
import { folderOf, type Scope, WorkTerminal } from "./work-terminal";

export interface Gem5Definition extends vscode.TaskDefinition {
  type: "perfvec";
  task: "gem5-trace";
  program: string;
  machine: string;
  arguments?: string[];
  limit?: number;
  output?: string;
}

/** Simulates into a folder and keeps a trace there. */
async function traceWith(program: string, machine: Microarchitecture, options: { arguments: string[]; limit: number | null; folder: string }, say: Say, signal: AbortSignal): Promise<Simulated & { trace: string }> {
  const { gem5Path, stdin } = settings(vscode.Uri.file(program));
  say("looking for gem5");
  const gem5 = await findGem5(gem5Path, { signal });
  say(`simulating on ${machine.name} with gem5 ${gem5.version}${gem5.fork ? ", PerfVec's fork" : ""}`);
  const done = await simulate(
    gem5,
    { program, machine, stdin, trace: true, ...options },
    { signal, onProgress: (instructions, ns) => say(`simulating: ${integer(instructions)} instructions, ${duration(ns)}`) },
  );
  return { ...done, trace: done.trace! };
}

/** `perfvec: gem5 trace` of tasks.json; relative paths are relative to the task's folder. */
export function gem5Task(definition: Gem5Definition, scope: Scope): vscode.Task {
  const execution = new vscode.CustomExecution(async (resolved) => new WorkTerminal({ run: (write, signal) => runTask(resolved as Gem5Definition, scope, write, signal) }));
  const task = new vscode.Task(definition, scope, `gem5 trace ${path.basename(definition.program)} on ${definition.machine}`, "perfvec", execution, []);
  task.group = vscode.TaskGroup.Build;
  return task;
}

async function runTask(definition: Gem5Definition, scope: Scope, write: Say, signal: AbortSignal): Promise<string> {
  if (typeof definition.program !== "string" || typeof definition.machine !== "string") throw new UserError("task", "a gem5 trace needs a program and a machine");
  const program = path.resolve(folderOf(scope), definition.program);
  const [machine] = selectMachines(readLibrary().machines, [definition.machine]);
  const folder = path.resolve(folderOf(scope), definition.output ?? `gem5-${path.basename(program)}-${machine!.name}`);
  const options = { arguments: definition.arguments ?? [], limit: definition.limit ?? null, folder };
  const { nanoseconds, instructions, trace, cause } = await traceWith(program, machine!, options, (message) => write(`${message}\n`), signal);
  return `${duration(nanoseconds)}, ${integer(instructions)} instructions; ${cause}\n${trace}`;
}

/** Predicts a trace and shows it. @param elf the program that was traced, or null */
async function predictTrace(results: Results, trace: string, elf: string | null, source: string | undefined, say: Say, signal: AbortSignal): Promise<Result> {
  const title = vscode.workspace.asRelativePath(trace);
  const builtAt = elf === null ? null : statSync(elf).mtimeMs;
  const { profile } = await predict(
    {
      title, builtAt, folder: path.dirname(elf ?? trace), source: { kind: "trace", trace: { file: trace, storeQueue: null, opClasses: null, elf } },
      range: { from: null, skip: 0, limit: Infinity }, models: MODELS, runtime: "auto",
    },
    { signal, onProgress: ({ counted }) => say(`predicting: ${integer(counted)} executed instructions`) },
  );
  for (const warning of profile.provenance.warnings) log().warn(`${title}: ${warning}`);
  const { measuredOn } = profile.provenance;
  if (measuredOn !== null) results.choose(measuredOn);
  const result = new Result(source ?? trace, title, profile, path.dirname(elf ?? trace), source !== undefined);
  results.add(result);
  return result;
}

/** As work with progress; what goes wrong is told. */
async function attempt<T>(title: string, work: (say: Say, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  try {
    return await withProgress(title, work);
  } catch (error) {
    if (!(error instanceof vscode.CancellationError)) await explain(error);
    return undefined;
  }
}

async function explain(error: unknown): Promise<void> {
  if (!(error instanceof UserError) || error.code !== "gem5") return showError(error);
  log().warn(error.message);
  const choice = await vscode.window.showErrorMessage(withoutLinks(`PerfVec: ${error.message.split("\n")[0]}`), "Choose gem5…", "Show Log");
  if (choice === "Show Log") log().show();
  if (choice === "Choose gem5…") await vscode.commands.executeCommand("workbench.action.openSettings", "perfvec.gem5.path");
}

const isTrusted = (): boolean => {
  if (!vscode.workspace.isTrusted) void vscode.window.showWarningMessage("PerfVec: this workspace is not trusted, so nothing in it is run.");
  return vscode.workspace.isTrusted;
};

/** The open source or a program, on one machine: simulated, and the trace predicted. */
async function simulateOpen(results: Results, predictor: Predictor, target: vscode.Uri | undefined, name: string | undefined): Promise<Result | undefined> {
  const file = (target ?? vscode.window.activeTextEditor?.document.uri)?.fsPath;
  if (!isTrusted()) return undefined;
  if (file === undefined) return void vscode.window.showInformationMessage("PerfVec: open a C or C++ file first, or choose an ELF in the explorer.");
  const machine = name ?? (await pickMachine(results, "Simulate with gem5"));
  if (machine === undefined) return undefined;
  return attempt(`gem5 on ${path.basename(file)}`, async (say, signal) => {
    const elf = await predictor.programOf(file, signal, say);
    if (elf === undefined) return undefined;
    const { arguments: args, instructionLimit } = settings(vscode.Uri.file(file));
    const folder = mkdtempSync(path.join(tmpdir(), "perfvec-gem5-"));
    const [found] = selectMachines(results.library.machines, [machine]);
    let keep = false;
    try {
      const { trace } = await traceWith(elf, found!, { arguments: args, limit: instructionLimit, folder }, say, signal);
      return await predictTrace(results, trace, elf, file, say, signal);
    } catch (error) {
      keep = !signal.aborted; // its log tells why
      throw error;
    } finally {
      if (!keep) rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function openTrace(results: Results, target: vscode.Uri | undefined, program: vscode.Uri | undefined): Promise<Result | undefined> {
  const ask = async (title: string, filters?: Record<string, string[]>): Promise<vscode.Uri | undefined> =>
    (await vscode.window.showOpenDialog({ title, openLabel: "Open", ...(filters ? { filters } : {}) }))?.[0];
  const trace = target ?? (await ask("A trace of gem5: trace.txt of PerfVec's fork, ExecAll or O3PipeView text", { Traces: ["txt", "gz", "npz"], "All Files": ["*"] }));
  if (!trace) return undefined;
  if (!isTraceFile(trace.fsPath)) return void vscode.window.showErrorMessage(withoutLinks(`PerfVec: ${path.basename(trace.fsPath)} is no trace (.txt, .txt.gz, .npz).`));
  const elf = program ?? (await ask("The program that was traced (Cancel: only addresses are known)"));
  return attempt(path.basename(trace.fsPath), (say, signal) => predictTrace(results, trace.fsPath, elf?.fsPath ?? null, undefined, say, signal));
}

const asUri = (value: unknown): vscode.Uri | undefined => (value instanceof vscode.Uri ? value : undefined);
const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export function activate(context: vscode.ExtensionContext, results: Results, predictor: Predictor): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("perfvec.gem5Trace", (target?: unknown, machine?: unknown) => simulateOpen(results, predictor, asUri(target), asText(machine))),
    vscode.commands.registerCommand("perfvec.openTrace", (target?: unknown, program?: unknown) => openTrace(results, asUri(target), asUri(program))),
  );
}

/**
 * Tasks `perfvec: cross-compile` (and gem5's, gem5.ts, since a type of tasks has one provider), and the compilation before a prediction, which is one of them: its problem matcher
 * (`$perfvec-compiler`, `$perfvec-linker`) puts errors into the Problems panel. Command: Cross-Compile to RISC-V.
 */
import { existsSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { flagsOf } from "../engine/engine";
import { compile, type Compiled, findToolchain, languageOf, type Toolchain } from "../engine/toolchain";
import { abortable } from "./abort";
import { showError, withoutLinks } from "./log";
import { type Gem5Definition, gem5Task } from "./gem5";
import { withProgress } from "./progress";
import type { Results } from "./results";
import { settings } from "./settings";
import { folderOf, type Scope, type Work, WorkTerminal } from "./work-terminal";

interface Job {
  sources: string[];
  output: string;
  flags: string[];
  compiler: string | undefined;
  /** the source that a driver is for */
  like?: string;
}

/** A program, and when its compilation began. */
export type Built = Pick<Compiled, "elf" | "builtAt">;

interface Definition extends vscode.TaskDefinition {
  type: "perfvec";
  task: "cross-compile";
  source?: string;
  output?: string;
  flags?: string[];
}

const MATCHERS = ["$perfvec-compiler", "$perfvec-linker"];
const SOURCE = "perfvec";

/** The work of a compile task. `settle` gets the outcome when it begins. */
const compilation = (job: () => Job, settle: (outcome: Promise<Compiled>) => void = () => undefined): Work => ({
  async run(write, signal) {
    const compiled = (async () => {
      const { sources, compiler } = job();
      write(`cross-compiling ${sources.join(" ")}\n`);
      return build(await abortable(toolchainFor(compiler), signal), job(), signal);
    })();
    settle(compiled);
    const { warnings, elf } = await compiled;
    return `${warnings}${elf}`;
  },
});

/** Compiles; a large compilation database is read in a process of its own. */
async function build(toolchain: Toolchain, job: Job, signal: AbortSignal): Promise<Compiled> {
  try {
    return await compile(toolchain, { ...job, signal, readFlags: (database, source) => flagsOf(database, source, { signal }) });
  } catch (error) {
    if (error instanceof UserError && error.code === "toolchain") toolchains.clear();
    throw error;
  }
}

const toolchains = new Map<string, { found: Promise<Toolchain>; at: number }>();
/** Milliseconds after which it is looked whether another compiler has been installed. */
const REMEMBERED = 5 * 60_000;

/** Found once a compiler and while; a failure is not remembered, for the user may install one. */
function toolchainFor(compiler: string | undefined): Promise<Toolchain> {
  const key = compiler ?? "";
  const known = toolchains.get(key);
  if (known && Date.now() - known.at < REMEMBERED) return known.found;
  const found = findToolchain(compiler === undefined ? {} : { compiler });
  toolchains.set(key, { found, at: Date.now() });
  found.catch(() => toolchains.delete(key));
  return found;
}

function makeTask(definition: Definition, scope: Scope, workOf: (resolved: Definition) => Work): vscode.Task {
  const name = `cross-compile${definition.source ? ` ${path.basename(definition.source)}` : ""}`;
  const execution = new vscode.CustomExecution(async (resolved) => new WorkTerminal(workOf(resolved as Definition)));
  const task = new vscode.Task(definition, scope, name, SOURCE, execution, MATCHERS);
  task.group = vscode.TaskGroup.Build;
  return task;
}

let problems: vscode.DiagnosticCollection | undefined;

/** The problem matchers that package.json contributes. */
interface Matcher {
  severity?: string;
  pattern: { regexp: string; file: number; line: number; column?: number; severity?: number; message: number };
}
let matchers: Matcher[] = [];

/** VS Code runs tasks in a workspace only: in a window without a folder the problems are read here. */
async function compileDirectly(toolchain: Toolchain, job: Job, signal: AbortSignal): Promise<Compiled> {
  problems ??= vscode.languages.createDiagnosticCollection("perfvec");
  problems.clear();
  try {
    const compiled = await build(toolchain, job, signal);
    publish(problems, compiled.warnings);
    return compiled;
  } catch (error) {
    if (error instanceof UserError) publish(problems, error.message);
    throw error;
  }
}

function publish(collection: vscode.DiagnosticCollection, diagnostics: string): void {
  for (const { pattern, severity } of matchers) {
    for (const found of diagnostics.matchAll(new RegExp(pattern.regexp, "gm"))) {
      const number = (group: number | undefined): number => Math.max(0, Number(found[group ?? 0] ?? 1) - 1) || 0;
      const uri = vscode.Uri.file(found[pattern.file]!);
      const at = new vscode.Position(number(pattern.line), number(pattern.column));
      const isError = (severity ?? found[pattern.severity!]) === "error";
      const problem = new vscode.Diagnostic(new vscode.Range(at, at), found[pattern.message]!, isError ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
      problem.source = "cross compiler";
      collection.set(uri, [...(collection.get(uri) ?? []), problem]);
    }
  }
}

/** Compiles, as a task where VS Code has tasks. @throws UserError as engine/toolchain.ts does, CancellationError */
export async function compileAsTask(job: Job, signal: AbortSignal): Promise<Built> {
  const toolchain = await abortable(toolchainFor(job.compiler), signal);
  return vscode.workspace.workspaceFolders?.length ? runTask(job, signal) : compileDirectly(toolchain, job, signal);
}

async function runTask(job: Job, signal: AbortSignal): Promise<Compiled> {
  // With its output, or VS Code takes it for the provider's task of this source, and runs that one in its place.
  const definition: Definition = { type: "perfvec", task: "cross-compile", source: job.sources[0]!, output: job.output };
  let settle!: (outcome: Promise<Compiled>) => void;
  const outcome = new Promise<Compiled>((resolve) => (settle = resolve));
  const task = makeTask(definition, vscode.TaskScope.Workspace, () => compilation(() => job, settle));
  // A terminal of its own: in a shared one, the closing of the compilation before would end this one.
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Never, panel: vscode.TaskPanelKind.New, echo: false, close: true };
  const execution = await vscode.tasks.executeTask(task);
  const cancel = (): void => execution.terminate();
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  const ended = new Promise<void>((resolve) => {
    const subscription = vscode.tasks.onDidEndTask((event) => {
      if (event.execution !== execution) return;
      subscription.dispose();
      resolve();
    });
  });
  // A task that is ended before its terminal opens says so only by its end.
  const unopened = ended.then(async () => {
    await delay(1000);
    throw new vscode.CancellationError();
  });
  unopened.catch(() => undefined);
  try {
    return await Promise.race([outcome, unopened]);
  } finally {
    signal.removeEventListener("abort", cancel);
    // VS Code does not start a task that is still running: the next compilation of this source would be lost.
    await Promise.race([ended, delay(2000)]);
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const elfBeside = (source: string): string => `${source.replace(/\.[^./\\]*$/, "")}.elf`;

/** What a definition of tasks.json asks for; variables are resolved by then. Relative paths are relative to the task's folder. */
function jobOf(definition: Definition, scope: Scope): Job {
  const folder = folderOf(scope);
  const named = definition.source ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  if (!named) throw new UserError("task", "no source: name one in the task, or open a C or C++ file");
  const source = path.resolve(folder, named);
  const uri = vscode.Uri.file(source);
  const { compiler, flags } = settings(uri);
  return {
    sources: [source],
    output: definition.output === undefined ? elfBeside(source) : path.resolve(folder, definition.output),
    flags: definition.flags ?? flags,
    compiler,
  };
}

class Provider implements vscode.TaskProvider {
  /** @param machine the one that is painted */
  constructor(private readonly machine: () => string) {}

  provideTasks(): vscode.Task[] {
    const source = vscode.window.activeTextEditor?.document.uri;
    if (source?.scheme !== "file" || !languageOf(source.fsPath)) return [];
    const scope = vscode.workspace.getWorkspaceFolder(source) ?? vscode.TaskScope.Workspace;
    const elf = elfBeside(source.fsPath);
    const { machine } = this;
    return [
      this.#task({ type: "perfvec", task: "cross-compile", source: source.fsPath }, scope),
      ...(existsSync(elf) ? [gem5Task({ type: "perfvec", task: "gem5-trace", program: elf, machine: machine() }, scope)] : []),
    ];
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const definition = task.definition as Definition | Gem5Definition;
    const scope = task.scope ?? vscode.TaskScope.Workspace;
    if (definition.task === "gem5-trace") return gem5Task(definition, scope);
    return definition.task === "cross-compile" ? this.#task(definition, scope) : undefined;
  }

  #task(definition: Definition, scope: Scope): vscode.Task {
    return makeTask(definition, scope, (resolved) => compilation(() => jobOf(resolved, scope)));
  }
}

/** Compiles the open file, as the task provider would; in a window without a folder, where there are no tasks, directly. */
async function crossCompile(provider: Provider): Promise<void> {
  if (!vscode.workspace.isTrusted) return void vscode.window.showWarningMessage("PerfVec: this workspace is not trusted, so nothing in it is compiled.");
  const [task] = provider.provideTasks();
  if (!task) return void vscode.window.showInformationMessage("PerfVec: open a C or C++ file to cross-compile it.");
  if (vscode.workspace.workspaceFolders?.length) return void (await vscode.tasks.executeTask(task));
  try {
    const job = jobOf(task.definition as Definition, vscode.TaskScope.Workspace);
    await withProgress("compiling", async (_, signal) => compileDirectly(await abortable(toolchainFor(job.compiler), signal), job, signal));
    void vscode.window.showInformationMessage(withoutLinks(`PerfVec: made ${job.output}`));
  } catch (error) {
    if (!(error instanceof vscode.CancellationError)) await showError(error);
  }
}

export function activate(context: vscode.ExtensionContext, results: Results): void {
  const provider = new Provider(() => results.machines[0]!.name);
  matchers = (context.extension.packageJSON as { contributes: { problemMatchers: Matcher[] } }).contributes.problemMatchers;
  context.subscriptions.push(
    { dispose: () => problems?.dispose() },
    vscode.tasks.registerTaskProvider(SOURCE, provider),
    vscode.commands.registerCommand("perfvec.crossCompile", () => crossCompile(provider)),
  );
}

/**
 * Tasks `perfvec: cross-compile`, and the compilation before a prediction, which is one of them: its problem matcher
 * (`$perfvec-compiler`) puts errors into the Problems panel. Command: Cross-Compile to RISC-V.
 */
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { compile, type Compiled, findToolchain, languageOf, type Toolchain } from "../engine/toolchain";
import { log } from "./log";
import { settings } from "./settings";

interface Job {
  sources: string[];
  output: string;
  flags: string[];
  compiler: string | undefined;
}

interface Definition extends vscode.TaskDefinition {
  type: "perfvec";
  task: "cross-compile";
  source?: string;
  output?: string;
  flags?: string[];
}

const MATCHER = "$perfvec-compiler";
const SOURCE = "perfvec";

/** A compilation in a terminal that nobody needs to see. Closing the terminal cancels it. */
class CompileTerminal implements vscode.Pseudoterminal {
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number>();
  readonly #cancel = new AbortController();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  constructor(
    private readonly job: Job,
    private readonly settle: (outcome: Promise<Compiled>) => void,
  ) {}

  open(): void {
    const outcome = this.#run();
    this.settle(outcome);
    outcome.then(
      ({ warnings, elf }) => this.#end(`${warnings}${elf}\n`, 0),
      (error: unknown) => this.#end(`${(error as Error).message}\n`, 1),
    );
  }

  close(): void {
    this.#cancel.abort(new vscode.CancellationError());
  }

  async #run(): Promise<Compiled> {
    const { sources, output, flags, compiler } = this.job;
    this.#write.fire(`cross-compiling ${sources.join(" ")}\r\n`);
    return compile(await toolchainFor(compiler), { sources, output, flags, signal: this.#cancel.signal });
  }

  #end(text: string, code: number): void {
    log().info(text.trimEnd());
    this.#write.fire(text.replaceAll("\n", "\r\n"));
    this.#close.fire(code);
  }
}

const toolchains = new Map<string, Promise<Toolchain>>();

/** Found once a compiler; a failure is not remembered, for the user may install one. */
export function toolchainFor(compiler: string | undefined): Promise<Toolchain> {
  const key = compiler ?? "";
  let found = toolchains.get(key);
  if (!found) {
    found = findToolchain(compiler === undefined ? {} : { compiler });
    toolchains.set(key, found);
    found.catch(() => toolchains.delete(key));
  }
  return found;
}

function makeTask(definition: Definition, open: (resolved: Definition) => CompileTerminal): vscode.Task {
  const name = `cross-compile${definition.source ? ` ${path.basename(definition.source)}` : ""}`;
  const execution = new vscode.CustomExecution(async (resolved) => open(resolved as Definition));
  const task = new vscode.Task(definition, vscode.TaskScope.Workspace, name, SOURCE, execution, MATCHER);
  task.group = vscode.TaskGroup.Build;
  return task;
}

let problems: vscode.DiagnosticCollection | undefined;

/** As the pattern of `$perfvec-compiler` in package.json. */
const PROBLEM = /^(.*?):(\d+):(\d+):\s+(?:fatal\s+)?(warning|error):\s+(.*)$/gm;

/** VS Code runs tasks in a workspace only: in a window without a folder the problems are read here. */
async function compileDirectly(toolchain: Toolchain, job: Job, signal: AbortSignal): Promise<string> {
  problems ??= vscode.languages.createDiagnosticCollection("perfvec");
  problems.clear();
  try {
    const { elf, warnings } = await compile(toolchain, { ...job, signal });
    publish(problems, warnings);
    return elf;
  } catch (error) {
    if (error instanceof UserError) publish(problems, error.message);
    throw error;
  }
}

function publish(collection: vscode.DiagnosticCollection, diagnostics: string): void {
  for (const [, file, line, column, severity, message] of diagnostics.matchAll(PROBLEM)) {
    const uri = vscode.Uri.file(path.resolve(file!));
    const at = new vscode.Position(Math.max(0, Number(line) - 1), Math.max(0, Number(column) - 1));
    const kind = severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
    const problem = new vscode.Diagnostic(new vscode.Range(at, at), message!, kind);
    problem.source = "cross compiler";
    collection.set(uri, [...(collection.get(uri) ?? []), problem]);
  }
}

/** Compiles, as a task where VS Code has tasks. @throws UserError as engine/toolchain.ts does, CancellationError */
export async function compileAsTask(job: Job, signal: AbortSignal): Promise<string> {
  const toolchain = await toolchainFor(job.compiler);
  signal.throwIfAborted();
  if (!vscode.workspace.workspaceFolders?.length) return compileDirectly(toolchain, job, signal);
  // With its output, or VS Code takes it for the provider's task of this source, and runs that one in its place.
  const definition: Definition = { type: "perfvec", task: "cross-compile", source: job.sources[0]!, output: job.output };
  let settle!: (outcome: Promise<Compiled>) => void;
  const outcome = new Promise<Compiled>((resolve) => (settle = resolve));
  const task = makeTask(definition, () => new CompileTerminal(job, settle));
  // A terminal of its own: in a shared one, the closing of the compilation before would end this one.
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Never, panel: vscode.TaskPanelKind.New, echo: false, close: true };
  const execution = await vscode.tasks.executeTask(task);
  const cancel = (): void => execution.terminate();
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  // A task that is ended before its terminal opens says so only here.
  const ended = new Promise<never>((_, reject) => {
    const subscription = vscode.tasks.onDidEndTask((event) => {
      if (event.execution !== execution) return;
      subscription.dispose();
      setTimeout(() => reject(new vscode.CancellationError()), 1000);
    });
  });
  try {
    return (await Promise.race([outcome, ended])).elf;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** What a definition of tasks.json asks for; variables are resolved by then. */
function jobOf(definition: Definition): Job {
  const source = definition.source ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  if (!source) throw new UserError("task", "no source: name one in the task, or open a C or C++ file");
  const uri = vscode.Uri.file(source);
  const { compiler, flags } = settings(uri);
  return {
    sources: [source],
    output: definition.output ?? `${source.replace(/\.[^./\\]*$/, "")}.elf`,
    flags: definition.flags ?? flags,
    compiler,
  };
}

class Provider implements vscode.TaskProvider {
  provideTasks(): vscode.Task[] {
    const source = vscode.window.activeTextEditor?.document.uri;
    if (source?.scheme !== "file" || !languageOf(source.fsPath)) return [];
    return [this.#task({ type: "perfvec", task: "cross-compile", source: source.fsPath })];
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const definition = task.definition as Definition;
    return definition.task === "cross-compile" ? this.#task(definition) : undefined;
  }

  #task(definition: Definition): vscode.Task {
    return makeTask(definition, (resolved) => new CompileTerminal(jobOf(resolved), () => undefined));
  }
}

export function activate(context: vscode.ExtensionContext): void {
  const provider = new Provider();
  context.subscriptions.push(
    { dispose: () => problems?.dispose() },
    vscode.tasks.registerTaskProvider(SOURCE, provider),
    vscode.commands.registerCommand("perfvec.crossCompile", async () => {
      const [task] = provider.provideTasks();
      if (task) await vscode.tasks.executeTask(task);
      else void vscode.window.showInformationMessage("PerfVec: open a C or C++ file to cross-compile it.");
    }),
  );
}

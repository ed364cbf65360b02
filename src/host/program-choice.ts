/**
 * How a source becomes a program when it is none by itself: an ELF of the workspace, a build command, other sources, or
 * a driver for the function under the cursor. Remembered in the workspace. Command: Choose How This File Becomes a Program….
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { splitCommand } from "../engine/compile-commands";
import { search } from "../engine/engine";
import { languageOf } from "../engine/toolchain";
import { abortable, tokenOf } from "./abort";
import { driverFor, functionsIn } from "./driver";

/** How the program of a source is had. Paths are absolute. */
export type Recipe =
  | { kind: "sources"; sources: string[] }
  | { kind: "driver"; driver: string; of: string }
  | { kind: "elf"; elf: string }
  | { kind: "build"; command: string[]; folder: string; elf: string };

/** Files that are looked into at most, of each kind. */
const CANDIDATES = 5000;
// Groups in groups are refused by ripgrep, which searches.
const FOLDERS = "**/node_modules/**,**/.git/**,**/CMakeFiles/**";
const EXCLUDED = `{${FOLDERS}}`;
const PROGRAMS = "**/*.{elf,out,exe,bin,riscv,rv64}";
/** With everything that has a dot in its name left out, what is left has no extension: as programs have. */
const DOTTED = `{${FOLDERS},**/*.*}`;

const key = (source: string): string => `perfvec.recipe:${source}`;
const driverKey = (driver: string): string => `perfvec.driver:${driver}`;
/** The workspace's build command. */
const BUILD = "perfvec.build";

interface Build {
  command: string[];
  folder: string;
}

/** What is remembered of a driver: the source it is for, and what was written, to tell whether the user has edited it. */
interface Driver {
  of: string;
  written: string;
}

const HEADERS = /\.(h|hh|hpp|hxx|inc|ipp|tpp)$/i;
/** A file that is part of programs and never one by itself. */
export const isHeader = (file: string): boolean => HEADERS.test(file);

export class ProgramChoice {
  constructor(private readonly context: vscode.ExtensionContext) {}

  /** @returns undefined when the user has to be asked */
  recipe(source: string): Recipe | undefined {
    const driver = this.context.workspaceState.get<Driver>(driverKey(source));
    if (driver) return { kind: "driver", driver: source, of: driver.of };
    const known = this.context.workspaceState.get<Recipe>(key(source));
    const files = known?.kind === "sources" ? known.sources : known?.kind === "elf" ? [known.elf] : known?.kind === "driver" ? [known.driver] : [];
    if (known && files.every((file) => existsSync(file))) return known;
    return isHeader(source) ? undefined : { kind: "sources", sources: [source] };
  }

  /** The source that a driver is for: its settings are the driver's. Else the file itself. */
  sourceOf(file: string): string {
    return this.context.workspaceState.get<Driver>(driverKey(file))?.of ?? file;
  }

  /** A driver that has been predicted has been seen: from now on it stands for its source. */
  seen(recipe: Recipe): Thenable<void> | undefined {
    return recipe.kind === "driver" ? this.context.workspaceState.update(key(recipe.of), recipe) : undefined;
  }

  forget(source: string): Thenable<void> {
    return this.context.workspaceState.update(key(source), undefined);
  }

  /** A folder of our own for what is made from a source. */
  folder(source: string): string {
    const storage = (this.context.storageUri ?? this.context.globalStorageUri).fsPath;
    const folder = path.join(storage, "programs", createHash("sha256").update(source).digest("hex").slice(0, 16));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Asks. @returns undefined when the user turned away, or has a driver to look at first */
  async ask(source: string, signal: AbortSignal, why: string): Promise<Recipe | undefined> {
    const programs = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: "PerfVec: looking for programs" }, () => this.#programs(source, signal));
    signal.throwIfAborted();
    const functions = await this.#functionsAtCursor(source);
    type Item = vscode.QuickPickItem & { make?: () => Promise<Recipe | undefined> };
    const relative = (file: string): string => vscode.workspace.asRelativePath(file);
    // A task, which a window without a folder has not.
    const known = this.context.workspaceState.get<Build>(BUILD);
    const build: Item[] = [
      ...(known ? [{ label: `$(tools) Run ${known.command.join(" ")}`, description: "the build command of this workspace", make: () => this.#build(source, signal, known) }] : []),
      { label: "$(tools) Run a Build Command…", description: "remembered for this workspace", make: () => this.#build(source, signal) },
    ];
    const items: Item[] = [
      ...programs.map((elf): Item => ({ label: `$(file-binary) ${relative(elf)}`, description: "a program that this file is part of", make: async () => ({ kind: "elf", elf }) })),
      ...functions.map((fn): Item => ({ label: `$(beaker) A driver for ${fn.name}()`, description: "a small program that calls it, for you to edit", make: () => this.#driver(source, fn) })),
      { label: "$(files) Compile It Together With…", description: "other sources of the workspace", make: () => this.#together(source, signal) },
      ...(vscode.workspace.workspaceFolders ? build : []),
      { label: "$(folder-opened) Choose an ELF File…", description: "static, for RISC-V", make: () => this.#elf() },
    ];
    const picked = await vscode.window.showQuickPick(items, { title: `${path.basename(source)}: ${why}`, placeHolder: "How does it become a program?" }, tokenOf(signal));
    const recipe = await picked?.make?.();
    signal.throwIfAborted();
    if (recipe) await this.context.workspaceState.update(key(source), recipe);
    return recipe;
  }

  async #programs(source: string, signal: AbortSignal): Promise<string[]> {
    const token = tokenOf(signal);
    const found = await Promise.all([vscode.workspace.findFiles(PROGRAMS, EXCLUDED, CANDIDATES, token), vscode.workspace.findFiles("**/*", DOTTED, CANDIDATES, token)]);
    const candidates = found.flat().map((uri) => uri.fsPath);
    return candidates.length ? search({ source, candidates }, { signal }) : [];
  }

  async #functionsAtCursor(source: string): Promise<ReturnType<typeof functionsIn>> {
    const editor = vscode.window.visibleTextEditors.find((e) => e.document.uri.fsPath === source);
    const document = editor?.document ?? (await vscode.workspace.openTextDocument(vscode.Uri.file(source)));
    const functions = functionsIn(document.getText());
    const line = editor?.selection.active.line;
    const here = functions.filter((f) => line !== undefined && line >= f.start && line <= f.end);
    return here.length ? here : functions.slice(0, 5);
  }

  /** The driver is shown and not run: its arguments are a guess. */
  async #driver(source: string, fn: ReturnType<typeof functionsIn>[number]): Promise<undefined> {
    const cpp = languageOf(source) === "cxx" || (isHeader(source) && (await isCpp(source)));
    const file = path.join(this.folder(source), `${fn.name}_driver${cpp ? ".cpp" : ".c"}`);
    const text = driverFor(fn, source, cpp);
    const known = this.context.workspaceState.get<Driver>(driverKey(file));
    const isEdited = existsSync(file) && readFileSync(file, "utf8") !== known?.written;
    if (!isEdited) writeFileSync(file, text);
    await this.context.workspaceState.update(driverKey(file), { of: source, written: isEdited ? (known?.written ?? "") : text } satisfies Driver);
    await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: vscode.ViewColumn.Beside });
    void vscode.window
      .showInformationMessage(isEdited ? `PerfVec: this is the driver of ${fn.name}() as you edited it.` : `PerfVec: this calls ${fn.name}() with made-up arguments. Edit them, then predict.`, "Predict")
      .then((choice) => choice && vscode.commands.executeCommand("perfvec.predict", vscode.Uri.file(file)));
    return undefined;
  }

  async #together(source: string, signal: AbortSignal): Promise<Recipe | undefined> {
    const files = (await vscode.workspace.findFiles("**/*.{c,cc,cpp,cxx,C}", EXCLUDED, CANDIDATES)).map((uri) => uri.fsPath).filter((file) => file !== source);
    const near = files.sort((a, b) => Number(path.dirname(b) === path.dirname(source)) - Number(path.dirname(a) === path.dirname(source)) || (a < b ? -1 : 1));
    const picked = await vscode.window.showQuickPick(
      near.map((file) => ({ label: path.basename(file), description: vscode.workspace.asRelativePath(file), file })),
      { title: `Compile ${path.basename(source)} together with`, canPickMany: true, matchOnDescription: true },
      tokenOf(signal),
    );
    return picked?.length ? { kind: "sources", sources: [...(isHeader(source) ? [] : [source]), ...picked.map((p) => p.file)] } : undefined;
  }

  async #build(source: string, signal: AbortSignal, known?: Build): Promise<Recipe | undefined> {
    const build = known ?? (await this.#askBuild(source, signal));
    if (!build) return undefined;
    const { command, folder } = build;
    await runBuild(command, folder, signal);
    await this.context.workspaceState.update(BUILD, build);
    const programs = await this.#programs(source, signal);
    const elf = programs.length > 1 ? await vscode.window.showQuickPick(programs, { title: "Which program?" }, tokenOf(signal)) : programs[0];
    if (elf) return { kind: "build", command, folder, elf };
    const chosen = await this.#elf();
    return chosen && { kind: "build", command, folder, elf: chosen.elf };
  }

  async #askBuild(source: string, signal: AbortSignal): Promise<Build | undefined> {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(source))?.uri.fsPath ?? path.dirname(source);
    const text = await vscode.window.showInputBox({ title: `Build command, run in ${folder}`, prompt: "Run without a shell: the program and its arguments", placeHolder: "make CC=riscv64-linux-gnu-gcc LDFLAGS=-static" }, tokenOf(signal));
    const command = text?.trim() ? splitCommand(text) : undefined;
    if (command === null) throw new UserError("build", "the build command has a quote that is not closed");
    return command?.length ? { command, folder } : undefined;
  }

  async #elf(): Promise<{ kind: "elf"; elf: string } | undefined> {
    const [uri] = (await vscode.window.showOpenDialog({ title: "A static RISC-V ELF", openLabel: "Predict" })) ?? [];
    return uri && { kind: "elf", elf: uri.fsPath };
  }
}

/** What VS Code takes a header for: the name does not tell. */
async function isCpp(header: string): Promise<boolean> {
  return (await vscode.workspace.openTextDocument(vscode.Uri.file(header))).languageId === "cpp";
}

let building: Promise<unknown> = Promise.resolve();

/** Runs a build command as a task, one after another: to VS Code all of them are one task. @throws UserError when it fails */
export async function runBuild(command: string[], folder: string, signal: AbortSignal): Promise<void> {
  const build = abortable(building.catch(() => undefined), signal).then(() => runBuildNow(command, folder, signal));
  building = build;
  return build;
}

async function runBuildNow(command: string[], folder: string, signal: AbortSignal): Promise<void> {
  const [file, ...args] = command;
  const definition = { type: "perfvec", task: "build" };
  const task = new vscode.Task(definition, vscode.TaskScope.Workspace, "build", "perfvec", new vscode.ProcessExecution(file!, args, { cwd: folder }), ["$perfvec-compiler", "$perfvec-linker"]);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent, panel: vscode.TaskPanelKind.New, close: true };
  signal.throwIfAborted();
  const codes = new Map<vscode.TaskExecution, number | undefined>();
  const ended = new Set<vscode.TaskExecution>();
  let look = (): void => undefined;
  // Listened to before it starts: a short build is over before executeTask returns, and one that cannot start has no process.
  const subscriptions = [
    vscode.tasks.onDidEndTaskProcess((event) => (codes.set(event.execution, event.exitCode), look())),
    vscode.tasks.onDidEndTask((event) => {
      ended.add(event.execution);
      setTimeout(() => (codes.has(event.execution) || codes.set(event.execution, undefined), look()), 500);
    }),
  ];
  let cancel = (): void => undefined;
  let code: number | undefined;
  try {
    const execution = await vscode.tasks.executeTask(task);
    cancel = () => execution.terminate();
    signal.addEventListener("abort", cancel);
    if (signal.aborted) cancel();
    await new Promise<void>((resolve, reject) => {
      look = () => void (codes.has(execution) && resolve());
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      if (signal.aborted) reject(signal.reason as Error);
      look();
    });
    code = codes.get(execution);
    // Until it has ended, VS Code takes the next for this one.
    for (let waited = 0; !ended.has(execution) && waited < 2000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    signal.removeEventListener("abort", cancel);
    for (const subscription of subscriptions) subscription.dispose();
  }
  if (code !== 0) throw new UserError("build", `the build command failed (${code === undefined ? "it could not be started, or was ended" : `exit code ${code}`}): ${command.join(" ")}`);
}

export function activate(context: vscode.ExtensionContext): ProgramChoice {
  return new ProgramChoice(context);
}

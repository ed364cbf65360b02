/** Commands: Predict on Microarchitecture…, Predict Again. From a file to a result, with progress, and cancel at every stage. */
import { statSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { integer } from "../core/format";
import { predict } from "../engine/engine";
import { firstBytes, looksLikeElf, looksLikeReport } from "../engine/input-file";
import type { Execution, Progress } from "../engine/job";
import { MODELS } from "../engine/assets";
import { languageOf } from "../engine/toolchain";
import { type Built, compileAsTask } from "./compile-task";
import { log, showError, withoutLinks } from "./log";
import { pickMachines } from "./machine-picker";
import { isHeader, type ProgramChoice, type Recipe, runBuild } from "./program-choice";
import { Result } from "./result";
import type { Results } from "./results";
import { type Say, withProgress } from "./progress";
import { settings, update } from "./settings";
import type { Tracking } from "./tracking";

const MEMORY = 2 ** 30;
const INSTALL = "How to Install";
const CHOOSE = "Choose Compiler…";
const SAMPLE = "Open the Sample";

/** Where a run of `Predictor.predict` is, for its progress notification and for tests. */
export type Stage = "compiling" | Progress["stage"];

export interface PredictOptions {
  /** machines to show it on; the user is asked when left out */
  machines?: string[];
  /** an ELF to run in place of the source's own program */
  elf?: string;
  /** what relative paths in the program's line table are relative to */
  folder?: string | undefined;
  onStage?: (stage: Stage) => void;
  token?: vscode.CancellationToken;
}

export class Predictor {
  readonly #running = new Map<string, { cancel: AbortController; over: Promise<unknown> }>();
  /** programs that were given, for predicting again */
  readonly #given = new Map<string, Pick<PredictOptions, "elf" | "folder">>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly results: Results,
    private readonly choice: ProgramChoice,
    private readonly tracking: Tracking,
  ) {}

  /** @returns the result; undefined when the user turned away, or was told why there is none */
  async predict(target: vscode.Uri | undefined, options: PredictOptions = {}): Promise<Result | undefined> {
    try {
      return await this.attempt(target ?? vscode.window.activeTextEditor?.document.uri, options);
    } catch (error) {
      if (!(error instanceof vscode.CancellationError)) await this.#explain(error);
      return undefined;
    }
  }

  /** The same program on the same machines. */
  again(target: vscode.Uri | undefined): Promise<Result | undefined> {
    return this.predict(target, { machines: [], ...this.#given.get(target?.fsPath ?? "") });
  }

  /** As predict, for a caller that tells itself why there is none. @throws UserError, CancellationError */
  async attempt(target: vscode.Uri | undefined, options: PredictOptions): Promise<Result | undefined> {
    if (!vscode.workspace.isTrusted) {
      const choice = await vscode.window.showWarningMessage("PerfVec: this workspace is not trusted, so nothing in it is compiled or run. Saved reports open all the same.", "Manage Workspace Trust");
      if (choice) await vscode.commands.executeCommand("workbench.trust.manage");
      return undefined;
    }
    if (!target) throw new UserError("input", "open a C or C++ file first, or choose an ELF in the explorer");
    if (target.scheme !== "file") throw new UserError("input", `${path.basename(target.path) || "this file"} is not saved on disk; save it first`);
    const file = target.fsPath;
    const document = vscode.workspace.textDocuments.find((d) => d.uri.toString() === target.toString());
    if (document?.isDirty && !(await document.save())) throw new UserError("input", `${file}: cannot be saved`);
    const start = firstBytes(file);
    if (looksLikeReport(start)) {
      await vscode.commands.executeCommand("vscode.open", target);
      return undefined;
    }
    const isElf = looksLikeElf(start);
    if (!isElf && !languageOf(file) && !isHeader(file)) throw new UserError("input", `${path.basename(file)} is no C or C++ source and no ELF`);
    const machines = options.machines ?? (await pickMachines(this.results));
    if (!machines) return undefined;
    // Of every open source: a program has several.
    const expected = this.tracking.expect(vscode.workspace.textDocuments.filter((open) => open.languageId === "c" || open.languageId === "cpp"));
    try {
      return await this.#predictOn(machines, file, isElf, options);
    } finally {
      expected.dispose();
    }
  }

  async #predictOn(machines: string[], file: string, isElf: boolean, options: PredictOptions): Promise<Result | undefined> {
    const result = await this.#alone(file, options, async (signal, say) => {
      const built = options.elf !== undefined ? { elf: options.elf, builtAt: null } : isElf ? existing(file) : await this.#program(file, signal, say);
      return built && this.#run(file, built, options, signal, say);
    });
    if (!result) return undefined;
    if (!isElf && result.fileAt(file) === undefined) {
      void vscode.window.showWarningMessage(withoutLinks(`PerfVec: nothing that was executed of this program is in ${path.basename(file)}; the Results view lists what was.`));
    }
    if (options.elf !== undefined) this.#given.set(file, { elf: options.elf, folder: options.folder! });
    if (machines.length) this.results.select(machines);
    this.results.add(result);
    return result;
  }

  /** Runs `work` with a notification, one at a time for a file; a newer prediction of the same file ends an older one. */
  async #alone<T>(
    file: string,
    options: PredictOptions,
    work: (signal: AbortSignal, say: (stage: Stage, message: string) => void) => Promise<T>,
  ): Promise<T> {
    const cancel = new AbortController();
    const before = this.#running.get(file);
    before?.cancel.abort(new vscode.CancellationError());
    const subscription = options.token?.onCancellationRequested(() => cancel.abort(new vscode.CancellationError()));
    const begin = async (say: Say, signal: AbortSignal): Promise<T> => {
      await before?.over.catch(() => undefined);
      signal.throwIfAborted();
      return work(signal, (stage, message) => {
        say(message);
        options.onStage?.(stage);
      });
    };
    const over = withProgress(path.basename(file), begin, cancel);
    const running = { cancel, over };
    this.#running.set(file, running);
    try {
      return await over;
    } finally {
      subscription?.dispose();
      if (this.#running.get(file) === running) this.#running.delete(file);
    }
  }

  /** The ELF of a source, by the recipe that is remembered; asks when there is no program in it. */
  async #program(source: string, signal: AbortSignal, say: (stage: Stage, message: string) => void): Promise<Built | undefined> {
    let recipe = this.choice.recipe(source) ?? (await this.choice.ask(source, signal, "a header is part of programs"));
    if (!recipe) return undefined;
    for (;;) {
      say("compiling", "compiling");
      try {
        const built = await this.#make(recipe, source, signal);
        await this.choice.seen(recipe);
        return built;
      } catch (error) {
        const code = error instanceof UserError ? error.code : "";
        if (code !== "no-main" && code !== "link") throw error;
        log().info((error as Error).message);
        const why = code === "no-main" ? "it has no main function" : "it needs functions that are elsewhere";
        recipe = await this.choice.ask(source, signal, why);
        if (!recipe) return undefined;
      }
    }
  }

  /** The ELF that a source or a program stands for. */
  async programOf(file: string, signal: AbortSignal, say: (message: string) => void): Promise<string | undefined> {
    if (looksLikeElf(firstBytes(file))) return file;
    if (!languageOf(file) && !isHeader(file)) throw new UserError("input", `${path.basename(file)} is no C or C++ source and no ELF`);
    return (await this.#program(file, signal, (_, message) => say(message)))?.elf;
  }

  async #make(recipe: Recipe, source: string, signal: AbortSignal): Promise<Built> {
    if (recipe.kind === "elf") return existing(recipe.elf);
    if (recipe.kind === "build") {
      const began = Date.now();
      await runBuild(recipe.command, recipe.folder, signal);
      // Its sources may have been edited before the program was written.
      const { elf, builtAt } = existing(recipe.elf);
      return { elf, builtAt: Math.min(began, builtAt) };
    }
    const { flags, compiler } = settings(vscode.Uri.file(recipe.kind === "driver" ? recipe.of : source));
    const output = path.join(this.choice.folder(source), path.basename(source).replace(/\.[^.]*$/, "") || "program");
    const job = { output, flags, compiler };
    return compileAsTask(recipe.kind === "driver" ? { ...job, sources: [recipe.driver], like: recipe.of } : { ...job, sources: recipe.sources }, signal);
  }

  async #run(file: string, { elf, builtAt }: Pick<Built, "elf"> & { builtAt: number | null }, options: PredictOptions, signal: AbortSignal, say: (stage: Stage, message: string) => void): Promise<Result> {
    const { arguments: args, stdin, readableFolder, instructionLimit } = settings(vscode.Uri.file(this.choice.sourceOf(file)));
    const title = vscode.workspace.asRelativePath(file);
    const execution: Execution = {
      program: elf,
      arguments: [path.basename(elf), ...args],
      environment: [],
      stdin,
      readable: readableFolder,
      personality: "linux",
      executable: null,
      memoryLimit: MEMORY,
    };
    const folder = options.folder ?? path.dirname(elf);
    say("starting", "starting");
    const { profile, output } = await predict(
      { title, folder, source: { kind: "program", execution }, builtAt, range: { from: null, skip: 0, limit: instructionLimit }, models: MODELS, runtime: "auto" },
      { signal, onProgress: (progress) => say(progress.stage, describe(progress)) },
    );
    const { exitStatus, runtime } = profile.provenance;
    log().info(`${title}: ${integer(profile.provenance.executed)} executed instructions, ${profile.provenance.ended}, ONNX Runtime ${runtime}`);
    if (exitStatus) {
      log().warn(`${title} ended with exit status ${exitStatus}; the last of its output:\n${output}`);
      void vscode.window
        .showWarningMessage(withoutLinks(`PerfVec: ${title} ended with exit status ${exitStatus}; what is shown is the time of that run.`), "Show Output")
        .then((choice) => choice && log().show());
    }
    return new Result(file, title, profile, folder);
  }

  async #explain(error: unknown): Promise<void> {
    const code = error instanceof UserError ? error.code : "";
    const [first] = (error as Error).message.split("\n");
    if (code === "compile") {
      if (await vscode.window.showErrorMessage(withoutLinks(`PerfVec: ${first!.replace(/ with: .*$/, "")}`), "Show Problems")) await vscode.commands.executeCommand("workbench.actions.view.problems");
    } else if (code === "toolchain") {
      log().warn((error as Error).message);
      const choice = await vscode.window.showErrorMessage(withoutLinks(`PerfVec: ${first}`), INSTALL, CHOOSE, SAMPLE);
      if (choice === INSTALL) await vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.joinPath(this.context.extensionUri, "docs", "toolchains.md"));
      if (choice === CHOOSE) await chooseCompiler();
      if (choice === SAMPLE) await vscode.commands.executeCommand("perfvec.openSample");
    } else await showError(error);
  }

  dispose(): void {
    for (const { cancel } of this.#running.values()) cancel.abort(new vscode.CancellationError());
  }
}

/** A program that somebody else has compiled. */
function existing(elf: string): Built {
  try {
    return { elf, builtAt: statSync(elf).mtimeMs };
  } catch (error) {
    throw new UserError("input", `${elf}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function describe({ stage, skipped, counted, limit }: Progress): string {
  if (stage === "starting") return "starting";
  if (stage === "running") return `running: ${integer(skipped)} instructions passed over`;
  return `running and predicting: ${integer(counted)} of at most ${integer(limit ?? counted)} executed instructions`;
}

async function chooseCompiler(): Promise<void> {
  const [uri] = (await vscode.window.showOpenDialog({ title: "A RISC-V cross compiler", openLabel: "Use This Compiler" })) ?? [];
  if (uri) await update("compiler", uri.fsPath);
}

const asUri = (value: unknown): vscode.Uri | undefined => (value instanceof vscode.Uri ? value : undefined);

export function activate(context: vscode.ExtensionContext, results: Results, choice: ProgramChoice, tracking: Tracking): Predictor {
  const predictor = new Predictor(context, results, choice, tracking);
  context.subscriptions.push(
    predictor,
    vscode.commands.registerCommand("perfvec.predict", (target?: unknown) => predictor.predict(asUri(target))),
    vscode.commands.registerCommand("perfvec.predictAgain", async (target?: unknown) => {
      const active = results.active?.id;
      const file = asUri(target) ?? (active === undefined ? undefined : vscode.Uri.file(active));
      return predictor.again(file);
    }),
    vscode.commands.registerCommand("perfvec.chooseProgram", async (target?: unknown) => {
      const file = (asUri(target) ?? vscode.window.activeTextEditor?.document.uri)?.fsPath;
      if (file === undefined || !vscode.workspace.isTrusted || !(languageOf(file) || isHeader(file))) {
        void vscode.window.showInformationMessage("PerfVec: open a C or C++ file of a trusted workspace first.");
        return;
      }
      await choice.forget(file);
      const recipe = await choice.ask(file, new AbortController().signal, "choose its program").catch(showError);
      if (recipe) await predictor.predict(vscode.Uri.file(file));
    }),
  );
  return predictor;
}

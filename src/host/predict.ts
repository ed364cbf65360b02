/** Commands: Predict on Microarchitecture…, Predict Again. From a file to a result, with progress, and cancel at every stage. */
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { integer } from "../core/format";
import { predict } from "../engine/engine";
import { firstBytes, looksLikeElf, looksLikeReport } from "../engine/input-file";
import type { Execution, Progress } from "../engine/job";
import { MODELS } from "../engine/assets";
import { languageOf } from "../engine/toolchain";
import { compileAsTask } from "./compile-task";
import { log, showError, withoutLinks } from "./log";
import { pickMachines } from "./machine-picker";
import { type ProgramChoice, type Recipe, runBuild } from "./program-choice";
import { Result } from "./result";
import type { Results } from "./results";
import { settings } from "./settings";

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
  readonly #running = new Map<string, AbortController>();
  /** programs that were given, for predicting again */
  readonly #given = new Map<string, Pick<PredictOptions, "elf" | "folder">>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly results: Results,
    private readonly choice: ProgramChoice,
  ) {}

  /** @returns the result; undefined when the user turned away, or was told why there is none */
  async predict(target: vscode.Uri | undefined, options: PredictOptions = {}): Promise<Result | undefined> {
    try {
      return await this.#predict(target ?? vscode.window.activeTextEditor?.document.uri, options);
    } catch (error) {
      if (!(error instanceof vscode.CancellationError)) await this.#explain(error);
      return undefined;
    }
  }

  /** The same program on the same machines. */
  again(target: vscode.Uri | undefined): Promise<Result | undefined> {
    return this.predict(target, { machines: [], ...this.#given.get(target?.fsPath ?? "") });
  }

  async #predict(target: vscode.Uri | undefined, options: PredictOptions): Promise<Result | undefined> {
    if (!vscode.workspace.isTrusted) {
      const choice = await vscode.window.showWarningMessage("PerfVec: this workspace is not trusted, so nothing in it is compiled or run. Saved reports open all the same.", "Manage Workspace Trust");
      if (choice) await vscode.commands.executeCommand("workbench.trust.manage");
      return undefined;
    }
    if (!target) throw new UserError("input", "open a C or C++ file first, or choose an ELF in the explorer");
    if (target.scheme !== "file") throw new UserError("input", `${path.basename(target.path) || "this file"} is not saved on disk; save it first`);
    const file = target.fsPath;
    const document = vscode.workspace.textDocuments.find((d) => d.uri.fsPath === file);
    if (document?.isDirty && !(await document.save())) throw new UserError("input", `${file}: cannot be saved`);
    const start = firstBytes(file);
    if (looksLikeReport(start)) {
      await vscode.commands.executeCommand("vscode.open", target);
      return undefined;
    }
    const isElf = looksLikeElf(start);
    if (!isElf && !languageOf(file)) throw new UserError("input", `${path.basename(file)} is no C or C++ source and no ELF`);
    const machines = options.machines ?? (await pickMachines(this.results));
    if (!machines) return undefined;
    const result = await this.#withProgress(file, options, async (signal, say) => {
      const elf = options.elf ?? (isElf ? file : await this.#program(file, signal, say));
      return elf === undefined ? undefined : this.#run(file, elf, options, signal, say);
    });
    if (!result) return undefined;
    if (options.elf !== undefined) this.#given.set(file, { elf: options.elf, folder: options.folder! });
    if (machines.length) this.results.choose(machines);
    this.results.add(result);
    return result;
  }

  /** Runs `work` with a notification; a newer prediction of the same file ends an older one. */
  async #withProgress<T>(
    file: string,
    options: PredictOptions,
    work: (signal: AbortSignal, say: (stage: Stage, message: string) => void) => Promise<T>,
  ): Promise<T> {
    const cancel = new AbortController();
    const abort = (): void => cancel.abort(new vscode.CancellationError());
    this.#running.get(file)?.abort(new vscode.CancellationError());
    this.#running.set(file, cancel);
    options.token?.onCancellationRequested(abort);
    const title = `PerfVec: ${path.basename(file)}`;
    try {
      return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
        token.onCancellationRequested(abort);
        return work(cancel.signal, (stage, message) => {
          progress.report({ message });
          options.onStage?.(stage);
        });
      });
    } finally {
      if (this.#running.get(file) === cancel) this.#running.delete(file);
    }
  }

  /** The ELF of a source, by the recipe that is remembered; asks when there is no program in it. */
  async #program(source: string, signal: AbortSignal, say: (stage: Stage, message: string) => void): Promise<string | undefined> {
    let recipe: Recipe | undefined = this.choice.recipe(source);
    for (;;) {
      say("compiling", "compiling");
      try {
        return await this.#make(recipe, source, signal);
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

  async #make(recipe: Recipe, source: string, signal: AbortSignal): Promise<string> {
    if (recipe.kind === "elf") return recipe.elf;
    if (recipe.kind === "build") {
      await runBuild(recipe.command, recipe.folder, signal);
      return recipe.elf;
    }
    const { flags, compiler } = settings(vscode.Uri.file(source));
    const output = path.join(this.choice.folder(source), path.basename(source).replace(/\.[^.]*$/, "") || "program");
    return compileAsTask({ sources: recipe.sources, output, flags, compiler }, signal);
  }

  async #run(file: string, elf: string, options: PredictOptions, signal: AbortSignal, say: (stage: Stage, message: string) => void): Promise<Result> {
    const { arguments: args, stdin, readableFolder, instructionLimit } = settings(vscode.Uri.file(file));
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
    say("starting", "starting");
    const { profile, output } = await predict(
      { title, source: { kind: "program", execution }, range: { from: null, skip: 0, limit: instructionLimit }, models: MODELS, runtime: "auto" },
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
    return new Result(file, title, profile, options.folder ?? path.dirname(elf));
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
    for (const cancel of this.#running.values()) cancel.abort(new vscode.CancellationError());
  }
}

function describe({ stage, skipped, counted, limit }: Progress): string {
  if (stage === "starting") return "starting";
  if (stage === "running") return `running: ${integer(skipped)} instructions passed over`;
  return `predicting: ${integer(counted)} of at most ${integer(limit ?? counted)} executed instructions`;
}

async function chooseCompiler(): Promise<void> {
  const [uri] = (await vscode.window.showOpenDialog({ title: "A RISC-V cross compiler", openLabel: "Use This Compiler" })) ?? [];
  if (uri) await vscode.workspace.getConfiguration("perfvec").update("compiler", uri.fsPath, vscode.ConfigurationTarget.Global);
}

const asUri = (value: unknown): vscode.Uri | undefined => (value instanceof vscode.Uri ? value : undefined);

export function activate(context: vscode.ExtensionContext, results: Results, choice: ProgramChoice): Predictor {
  const predictor = new Predictor(context, results, choice);
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
      if (file === undefined || !vscode.workspace.isTrusted || !languageOf(file)) {
        void vscode.window.showInformationMessage("PerfVec: open a C or C++ file of a trusted workspace first.");
        return;
      }
      await choice.forget(file);
      if (await choice.ask(file, new AbortController().signal, "choose its program")) await predictor.predict(vscode.Uri.file(file));
    }),
  );
  return predictor;
}

/**
 * What a chat may ask: which lines are hot and why, how machines compare. Language model tools: perfvec_hot_lines,
 * perfvec_compare_machines. A file that was not predicted is, once the user has agreed; in an untrusted workspace nothing is.
 */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../core/errors";
import { type Asked, compareMachines, hotLines } from "../core/profile/answers";
import { checkModel, type Profile } from "../core/profile/profile";
import { checked, COMPARE_MACHINES, HOT_LINES, type ObjectSchema } from "../core/profile/questions";
import { type Beside, besideOf } from "../core/profile/beside";
import { fileWithin } from "../engine/confined";
import { open } from "../engine/engine";
import { firstBytes, looksLikeReport } from "../engine/input-file";
import { hashOf } from "../engine/source-files";
import { withSignal } from "./abort";
import { code } from "./hover-text";
import { log } from "./log";
import { workspaceFolders } from "./own-machines";
import type { Predictor } from "./predict";
import type { Result } from "./result";
import type { Results } from "./results";
import type { Tracking } from "./tracking";

/** Where an answer comes from. */
type Source = { kind: "result"; file: string; result: Result; isOld: boolean } | { kind: "report" | "program"; file: string };

const OLD = "The file was edited since it was predicted: lines are those of the text that was predicted.";

export class AssistantTools {
  /** Files that the user was asked about last, and what was in them then. */
  readonly #agreed = new Map<string, string>();
  /** Predictions under way: calls about one file share one. */
  readonly #running = new Map<string, Promise<Result | undefined>>();

  constructor(
    private readonly results: Results,
    private readonly tracking: Tracking,
    private readonly predictor: Pick<Predictor, "attempt">,
  ) {}

  tool<Q extends { file?: string }>(schema: ObjectSchema, answer: (asked: Asked, question: Q) => object): vscode.LanguageModelTool<unknown> {
    return {
      prepareInvocation: ({ input }) => this.#prepare(input),
      invoke: async ({ input }, token) => {
        try {
          const question = checked<Q>(schema, input);
          return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(answer(await this.#sought(question.file, token), question)))]);
        } catch (error) {
          if (error instanceof vscode.CancellationError) throw error;
          if (error instanceof UserError) throw new Error(error.message);
          log().error(error instanceof Error ? error : String(error));
          throw new Error("something went wrong inside PerfVec Lens; its log says what");
        }
      },
    };
  }

  #prepare(input: unknown): vscode.PreparedToolInvocation {
    const { file } = (input ?? {}) as { file?: unknown };
    const source = this.#tried(typeof file === "string" ? file : undefined);
    if (source?.kind !== "program") {
      // What the user said of it earlier is no answer to this call.
      if (source?.kind === "result") this.#agreed.delete(source.file);
      return { invocationMessage: "Asking PerfVec Lens" };
    }
    this.#agreed.set(source.file, contentOf(source.file));
    const name = path.basename(source.file);
    const message = new vscode.MarkdownString(
      `Compile ${code(source.file, 400)} to RISC-V, if it is a source, and execute it once in the emulator of PerfVec Lens? It is saved and compiled as the command *Predict* does it; the program reads no files but those that the settings \`perfvec.stdin\` and \`perfvec.readableFolder\` name.`,
    );
    return { invocationMessage: `Predicting ${name.replace(/[^\w.+-]/g, "_")}`, confirmationMessages: { title: "Run This Program in PerfVec Lens's Emulator", message } };
  }

  #tried(file: string | undefined): Source | undefined {
    try {
      return this.#source(file);
    } catch {
      return undefined; // the call will tell
    }
  }

  async #sought(name: string | undefined, token: vscode.CancellationToken): Promise<Asked> {
    const source = this.#source(name);
    if (source.kind === "report") {
      const profile = await this.#report(source.file, token);
      return this.#about(profile, besideOf(profile, this.results.library));
    }
    if (source.kind === "result") return this.#aboutResult(source.result, source.isOld);
    if (this.#agreed.get(source.file) !== contentOf(source.file)) {
      // It has changed since the call was prepared, so nobody was asked whether it may run.
      const older = this.results.get(source.file) ?? this.results.ofFile(source.file);
      if (older) return this.#aboutResult(older, true);
      throw new UserError("question", `${name}: it would have to be run, and the user was not asked; ask again`);
    }
    const running = this.#running.get(source.file) ?? this.#run(source.file, token);
    const result = await running;
    if (!result) throw new UserError("question", `${name}: there is no prediction of it; PerfVec Lens asked the user, who turned away`);
    return this.#aboutResult(result, false);
  }

  #run(file: string, token: vscode.CancellationToken): Promise<Result | undefined> {
    const running = this.predictor.attempt(vscode.Uri.file(file), { machines: [], token }).finally(() => this.#running.delete(file));
    this.#running.set(file, running);
    return running;
  }

  async #report(file: string, token: vscode.CancellationToken): Promise<Profile> {
    const profile = await withSignal(token, (signal) => open({ file }, { signal }));
    checkModel(profile, this.results.library.model, file);
    return profile;
  }

  #aboutResult(result: Result, isOld: boolean): Asked {
    return this.#about(result.profile, { sure: this.results.sureness(result), improvedOf: (machine) => this.results.improved(machine) }, isOld ? [OLD] : []);
  }

  #about(profile: Profile, beside: Beside, notes: string[] = []): Asked {
    const { library, machines } = this.results;
    return { profile, model: library.model, library: library.machines, machines, beside, notes };
  }

  /** @throws UserError when there is none, or it may not be read or run */
  #source(name: string | undefined): Source {
    if (name === undefined) {
      const result = this.results.active;
      if (!result) throw new UserError("question", "nothing was predicted yet; name a file");
      return { kind: "result", file: result.id, result, isOld: this.#isOld(result, result.id) };
    }
    const folders = workspaceFolders();
    for (const file of [...folders, ""].map((folder) => path.resolve(folder, name))) {
      const result = this.results.get(file) ?? this.results.ofFile(file);
      if (!result) continue;
      const isOld = this.#isOld(result, file);
      if (isOld && result.canRun && vscode.workspace.isTrusted) return { kind: "program", file };
      return { kind: "result", file, result, isOld };
    }
    const opened = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === name);
    const file = opened?.uri.fsPath ?? fileWithin(folders, name);
    if (looksLikeReport(firstBytes(file))) return { kind: "report", file };
    if (!vscode.workspace.isTrusted) throw new UserError("untrusted", "this workspace is not trusted, so nothing in it is compiled or run; saved reports (.perfvec) can be asked about");
    return { kind: "program", file };
  }

  /** Whether a source is known not to be the one predicted any more. */
  #isOld(result: Result, local: string): boolean {
    const file = result.fileAt(local);
    const hash = file === undefined ? "" : result.hashOf(file);
    if (hash === "") return false;
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === local);
    const shown = document && this.tracking.of(document);
    return shown?.result === result ? shown.stale : hashOf(local) !== hash;
  }
}

/** What changes when a file or its open document does. */
function contentOf(file: string): string {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "file" && uri.fsPath === file);
  if (document) return `text ${createHash("sha256").update(document.getText()).digest("hex")}`;
  const { mtimeMs, size, ino } = statSync(file);
  return `file ${mtimeMs} ${size} ${ino}`;
}

export function activate(context: vscode.ExtensionContext, results: Results, tracking: Tracking, predictor: Predictor): void {
  if (typeof vscode.lm?.registerTool !== "function") return; // an editor without language models
  const tools = new AssistantTools(results, tracking, predictor);
  context.subscriptions.push(
    vscode.lm.registerTool("perfvec_hot_lines", tools.tool(HOT_LINES, hotLines)),
    vscode.lm.registerTool("perfvec_compare_machines", tools.tool(COMPARE_MACHINES, compareMachines)),
  );
}

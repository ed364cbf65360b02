import { fork } from "node:child_process";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { Profile } from "../core/profile/profile";
import type { ExportJob, FromChild, Jobs, LocateJob, PredictJob, Progress, SearchJob } from "./job";

export type Prediction = Jobs["predict"]["answer"];

export interface EngineOptions {
  onProgress?: (progress: Progress) => void;
  /** ends the child at once; the promise is rejected with an AbortError */
  signal?: AbortSignal;
}

export const predict = (job: PredictJob, options?: EngineOptions): Promise<Prediction> => ask("predict", job, options);

/** Reads a report. @throws UserError that names the file */
export const open = (job: Jobs["open"]["job"], options?: EngineOptions): Promise<Profile> => ask("open", job, options);

/** Writes a report, whole or not at all. @throws UserError that names the file */
export const save = async (profile: Profile, file: string): Promise<void> => void (await ask("save", { profile, file }));

/** Writes a report in another format, whole or not at all. @throws UserError that names the file */
export const exportReport = async (job: ExportJob, options?: EngineOptions): Promise<void> => void (await ask("export", job, options));

/** The programs among `candidates` whose line table names the source. */
export const search = (job: SearchJob, options?: EngineOptions): Promise<string[]> => ask("search", job, options);

/** Where the sources of a report are here. */
export const locate = (job: LocateJob, options?: EngineOptions): Promise<(string | undefined)[]> => ask("locate", job, options);

/** As flagsFromDatabase (compile-commands.ts). */
export const flagsOf = (database: string, source: string, options?: EngineOptions): Promise<string[] | null> => ask("flags", { database, source }, options);

/**
 * Works in a child process: killing it cancels at any point, its memory comes back, and a native crash
 * stays its own. Arrays travel by structured clone.
 */
function ask<K extends keyof Jobs>(kind: K, job: Jobs[K]["job"], options: EngineOptions = {}): Promise<Jobs[K]["answer"]> {
  const { signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = fork(path.join(__dirname, "engine.js"), [], {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      execArgv: [],
    });
    let settled = false;
    let errors = "";
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener("abort", abort);
      child.kill("SIGKILL");
      act();
    };
    const abort = (): void => settle(() => reject(signal!.reason as Error));
    signal?.addEventListener("abort", abort);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4000)));
    child.on("error", (error) => settle(() => reject(new UserError("engine", `the engine process cannot be started (${error.message})`))));
    child.on("exit", (code, killedBy) =>
      settle(() => {
        // Killed from outside: by someone, or by the kernel when memory is short. Anything else is our defect.
        if (killedBy === "SIGKILL" || killedBy === "SIGTERM") reject(new UserError("engine", `the engine process was ended by ${killedBy}; is memory short?`));
        else reject(new Error(`the engine process ended unexpectedly (${killedBy ?? `exit code ${code}`})\n${errors}`.trim()));
      }),
    );
    child.on("message", (message: FromChild) => {
      if (message.kind === "progress") onProgress?.(message.progress);
      else if (message.kind === "done") settle(() => resolve(message.answer));
      else settle(() => reject(message.defect ? new Error(message.message) : new UserError(message.code, message.message)));
    });
    child.send({ kind, job });
  });
}

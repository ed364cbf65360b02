import { fork } from "node:child_process";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { Profile } from "../core/profile/profile";
import type { FromChild, PredictJob, Progress } from "./job";

export interface Prediction {
  profile: Profile;
  /** the last of what the program wrote to stdout and stderr */
  output: string;
}

export interface EngineOptions {
  onProgress?: (progress: Progress) => void;
  /** ends the child at once; the promise is rejected with an AbortError */
  signal?: AbortSignal;
}

/**
 * Predicts in a child process: killing it cancels at any point, its memory comes back, and a native crash
 * stays its own. Arrays travel by structured clone.
 */
export function predict(job: PredictJob, options: EngineOptions = {}): Promise<Prediction> {
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
      else if (message.kind === "done") settle(() => resolve({ profile: message.profile, output: message.output }));
      else settle(() => reject(message.defect ? new Error(message.message) : new UserError(message.code, message.message)));
    });
    child.send(job);
  });
}

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";

export interface RunOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
  /** takes what comes, beside being kept */
  onOutput?: (piece: Buffer) => void;
}

export interface Ran {
  code: number | null;
  killedBy: string | null;
  stdout: string;
  stderr: string;
}

/** What is kept of each output stream; the first diagnostics matter most. */
const KEPT_OUTPUT = 1 << 20;

/**
 * Runs a command to its end, without a shell. It leads a process group, so that killing it takes what it has started along.
 * @throws UserError("toolchain") when it cannot be started; the signal's reason when that was aborted
 */
export function run(command: string[], options: RunOptions): Promise<Ran> {
  const { cwd, env, signal, onOutput } = options;
  const [file, ...rest] = command;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(file!, rest, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: process.platform !== "win32", windowsHide: true });
    const collect = (stream: NodeJS.ReadableStream): (() => string) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on("data", (chunk: Buffer) => {
        if (size < KEPT_OUTPUT) chunks.push(chunk.subarray(0, KEPT_OUTPUT - size));
        size += chunk.length;
        onOutput?.(chunk);
      });
      return () => Buffer.concat(chunks).toString("utf8");
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        if (process.platform === "win32") child.kill("SIGKILL");
        else process.kill(-child.pid, "SIGKILL");
      } catch {
        // already gone
      }
    };
    signal?.addEventListener("abort", kill);
    child.on("error", (error) => reject(new UserError("toolchain", `${file}: cannot be started (${error.message})`)));
    child.on("close", (code, killedBy) => {
      signal?.removeEventListener("abort", kill);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve({ code, killedBy, stdout: stdout(), stderr: stderr() });
    });
  });
}

/** The absolute path of an executable that is given as a path or as a name in PATH. */
export function findExecutable(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = path.basename(name) === name ? (env["PATH"] ?? "").split(path.delimiter).filter(Boolean) : [""];
  const endings = process.platform === "win32" ? ["", ".exe"] : [""];
  for (const folder of folders) {
    for (const ending of endings) {
      const file = path.resolve(folder, name + ending);
      try {
        fs.accessSync(file, fs.constants.X_OK);
        if (fs.statSync(file).isFile()) return file;
      } catch {
        // not here
      }
    }
  }
  return null;
}

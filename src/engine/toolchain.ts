import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { flagsFor } from "./compile-commands";

/** A cross compiler: one command for C and one for C++, each with the arguments that make it one for RISC-V. */
export interface Toolchain {
  kind: string;
  c: string[];
  cpp: string[];
}

const DEFAULT_FLAGS = ["-O2", "-g"];
const TARGET_FLAGS = ["-static", "-march=rv64gc", "-mabi=lp64d"];
const CPP_EXTENSIONS = new Set([".cc", ".cpp", ".cxx", ".c++", ".C", ".cp"]);
const C_EXTENSIONS = new Set([".c"]);
const DIAGNOSTICS_LIMIT = 1 << 20;

const GNU_PREFIXES = ["riscv64-linux-gnu-", "riscv64-unknown-linux-gnu-", "riscv64-unknown-elf-"];
const SYSROOTS = ["/usr/riscv64-linux-gnu", "/opt/riscv/sysroot"];

const INSTALL = `no RISC-V cross compiler was found. Install one:
  Debian, Ubuntu   sudo apt install gcc-riscv64-linux-gnu g++-riscv64-linux-gnu
  Fedora           sudo dnf install gcc-riscv64-linux-gnu gcc-c++-riscv64-linux-gnu (and a sysroot), or use the Dockerfile
  macOS            brew install riscv64-elf-gcc, or use the Dockerfile
  Windows          in WSL, as on Ubuntu
  anywhere         docker build -t perfvec . && docker run --rm -v "$PWD:/work" perfvec predict FILE
or name one with --compiler, or give a static RISC-V ELF instead of a source`;

export function isSource(file: string): boolean {
  return isCpp(file) || C_EXTENSIONS.has(path.extname(file));
}

function isCpp(file: string): boolean {
  return CPP_EXTENSIONS.has(path.extname(file));
}

function onPath(name: string, search: string): string | undefined {
  for (const folder of search.split(path.delimiter)) {
    if (!folder) continue;
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** The C++ compiler beside a C compiler, and the other way round: gcc and g++, clang and clang++, cc and c++. */
function sibling(compiler: string): { c: string; cpp: string } {
  const folder = path.dirname(compiler);
  const name = path.basename(compiler);
  const swap = (from: RegExp, to: string): string => path.join(folder, name.replace(from, to));
  if (/g\+\+/.test(name)) return { c: swap(/g\+\+/, "gcc"), cpp: compiler };
  if (/clang\+\+/.test(name)) return { c: swap(/clang\+\+/, "clang"), cpp: compiler };
  if (/clang/.test(name)) return { c: compiler, cpp: swap(/clang/, "clang++") };
  return { c: compiler, cpp: swap(/gcc/, "g++") };
}

/**
 * @param compiler path or name given by the user, tried alone
 * @param search value of PATH
 * @throws UserError that says what to install
 */
export async function findToolchain(compiler: string | undefined, search = process.env["PATH"] ?? ""): Promise<Toolchain> {
  if (compiler !== undefined) {
    const file = compiler.includes(path.sep) ? path.resolve(compiler) : onPath(compiler, search);
    if (!file || !existsSync(file)) throw new UserError("toolchain", `the compiler ${compiler} does not exist`);
    const { c, cpp } = sibling(file);
    const target = /clang/.test(path.basename(file)) ? clangTarget() : [];
    return { kind: path.basename(file), c: [c, ...target], cpp: [cpp, ...target] };
  }
  for (const prefix of GNU_PREFIXES) {
    const c = onPath(`${prefix}gcc`, search);
    if (c) return { kind: `${prefix}gcc`, c: [c], cpp: [sibling(c).cpp] };
  }
  const clang = onPath("clang", search);
  const sysroot = SYSROOTS.find((s) => existsSync(s));
  if (clang && sysroot && (await run([clang, "--print-targets"])).output.includes("riscv64")) {
    return { kind: "clang", c: [clang, ...clangTarget()], cpp: [sibling(clang).cpp, ...clangTarget()] };
  }
  const zig = onPath("zig", search);
  if (zig) {
    const target = ["-target", "riscv64-linux-musl"];
    return { kind: "zig cc", c: [zig, "cc", ...target], cpp: [zig, "c++", ...target] };
  }
  throw new UserError("toolchain", INSTALL);
}

function clangTarget(): string[] {
  const sysroot = SYSROOTS.find((s) => existsSync(s));
  return ["--target=riscv64-linux-gnu", ...(sysroot ? [`--sysroot=${sysroot}`] : [])];
}

export interface Compilation {
  /** absolute path */
  source: string;
  /** absolute path of the ELF to make */
  output: string;
  /** the user's own, in place of those of compile_commands.json and -O2 -g */
  flags?: string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** Compiles and links one source statically. Returns the command. @throws UserError with the compiler's diagnostics */
export async function compile(toolchain: Toolchain, { source, output, flags, signal }: Compilation): Promise<string[]> {
  if (!existsSync(source)) throw new UserError("input", `${source}: there is no such file`);
  const chosen = flags ?? flagsFor(source) ?? DEFAULT_FLAGS;
  const debug = chosen.some((f) => /^-g/.test(f)) ? [] : ["-g"];
  const arch = chosen.some((f) => f.startsWith("-march=")) ? TARGET_FLAGS.filter((f) => !f.startsWith("-march=")) : TARGET_FLAGS;
  const command = [...(isCpp(source) ? toolchain.cpp : toolchain.c), ...chosen, ...debug, ...arch, "-o", output, source, "-lm"];
  const { code, output: diagnostics } = await run(command, signal);
  if (code !== 0) {
    throw new UserError("compile", `${source}: it does not compile (${command.join(" ")})\n${diagnostics.trim()}`);
  }
  return command;
}

/** Runs a tool without a shell; stdout and stderr together, bounded. */
function run(command: string[], signal?: AbortSignal): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"], ...(signal ? { signal, killSignal: "SIGKILL" as const } : {}) });
    let output = "";
    const keep = (text: string): void => {
      if (output.length < DIAGNOSTICS_LIMIT) output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (error) =>
      reject(signal?.aborted ? (signal.reason as Error) : new UserError("toolchain", `${command[0]}: cannot be run (${(error as NodeJS.ErrnoException).code})`)),
    );
    child.on("close", (code) => resolve({ code, output }));
  });
}

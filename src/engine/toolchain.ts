import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { findDatabase, flagsFromDatabase } from "./compile-commands";
import { findExecutable, run, type RunOptions } from "./run-process";

/** A compiler that makes static RISC-V programs. */
export interface Toolchain {
  kind: "gcc" | "clang" | "zig";
  /** what C and C++ are compiled with: an executable and its first arguments; null when that half is not installed */
  c: string[] | null;
  cxx: string[] | null;
  /** what makes the result a static program for rv64gc */
  target: string[];
  /** the first line that the compiler says about its version */
  version: string;
}

export interface Compilation {
  /** C and C++ files that make one program; usually one */
  sources: string[];
  /** where the ELF goes; the folder exists. Written whole or not at all */
  output: string;
  /** options of the user's, after all others */
  flags?: string[];
  /** a compile_commands.json, or null for none; when left out it is looked for from each source's folder upwards */
  compileCommands?: string | null;
  /** a source whose command in the database is taken for each of `sources` that is a driver written for it */
  like?: string;
  /** reads the database; it may be large, and is then better read elsewhere */
  readFlags?: (database: string, source: string) => Promise<string[] | null>;
  /** ends the compiler and what it has started; the promise is rejected with the signal's reason */
  signal?: AbortSignal;
}

export interface Compiled {
  elf: string;
  /** milliseconds since 1970: a source that is younger may have been another text when it was compiled */
  builtAt: number;
  /** what was run last: compiler and arguments */
  command: string[];
  /** the diagnostics of a compilation that succeeded, and the flags it had to leave out; "" when there is nothing to say */
  warnings: string;
}

const GCC_TARGET = ["-static", "-march=rv64gc", "-mabi=lp64d"];
const GCC_PREFIXES = ["riscv64-linux-gnu-", "riscv64-unknown-linux-gnu-", "riscv64-unknown-elf-"];
/** Where distributions and riscv-gnu-toolchain keep the libraries clang needs; clang finds Debian's by itself. */
const SYSROOTS = ["/usr/riscv64-linux-gnu", "/usr/riscv64-linux-gnu/sys-root", "/opt/riscv/sysroot"];
// zig takes no -march; its baseline for riscv64 is rv64gc. Without -O it would add the undefined-behaviour sanitizer.
const ZIG_TARGET = ["-target", "riscv64-linux-musl", "-static", "-fno-sanitize=undefined"];

const HOW_TO_INSTALL = `install one:
  Debian, Ubuntu  sudo apt install gcc-riscv64-linux-gnu g++-riscv64-linux-gnu
  Fedora          sudo dnf install zig
  macOS           brew install zig
  Windows         wsl --install, then in WSL as on Debian
or use the Dockerfile of this repository:
  docker build -t perfvec . && docker run --rm -v "$PWD":/work perfvec predict /work/FILE
A static RISC-V ELF that is already compiled needs no compiler.`;

const LANGUAGES: Record<string, "c" | "cxx"> = {
  ".c": "c",
  ".cc": "cxx",
  ".cpp": "cxx",
  ".cxx": "cxx",
  ".c++": "cxx",
  ".C": "cxx",
};

/** Which language a file name stands for; null when it is no C or C++ source. */
export function languageOf(file: string): "c" | "cxx" | null {
  return LANGUAGES[path.extname(file)] ?? null;
}

/**
 * Finds a RISC-V compiler: the one given, or the first in PATH that works, in the order of docs/toolchains.md.
 * @param options.compiler a C or C++ compiler, as a path or a name in PATH; its sibling for the other language is derived
 * @throws UserError "toolchain" saying what is wrong with the compiler given, or what to install
 */
export async function findToolchain(options: { compiler?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Toolchain> {
  const env = options.env ?? process.env;
  if (options.compiler !== undefined) {
    const file = findExecutable(options.compiler, env);
    if (file === null) throw new UserError("toolchain", `${options.compiler}: no such compiler`);
    const found = await examine(file, env, false);
    if (typeof found === "string") throw new UserError("toolchain", `${file}: ${found}`);
    return found;
  }
  const rejected: string[] = [];
  for (const names of [...GCC_PREFIXES.map((prefix) => [`${prefix}gcc`, `${prefix}g++`]), ["clang", "clang++"], ["zig"]]) {
    const file = names.map((name) => findExecutable(name, env)).find((found) => found !== null);
    if (!file) continue;
    const found = await examine(file, env, true);
    if (typeof found !== "string") return found;
    rejected.push(`\n  ${file}: ${found}`);
  }
  const unusable = rejected.length > 0 ? `; found, but cannot be used:${rejected.join("")}` : "";
  const names = [...GCC_PREFIXES.map((prefix) => `${prefix}gcc`), "clang", "zig"].join(", ");
  throw new UserError("toolchain", `no RISC-V compiler in PATH (${names})${unusable}\n${HOW_TO_INSTALL}`);
}

/** The toolchain that a compiler belongs to, or what is wrong with it. `strict`: it must also show that it can link. */
async function examine(file: string, env: NodeJS.ProcessEnv, strict: boolean): Promise<Toolchain | string> {
  const name = path.basename(file);
  const kind = /^zig\b/.test(name) ? "zig" : name.includes("clang") ? "clang" : "gcc";
  if (kind === "zig") {
    const version = await ask([file, "version"], env);
    if (version === null) return "it does not run";
    return { kind, c: [file, "cc"], cxx: [file, "c++"], target: ZIG_TARGET, version: `zig ${firstLine(version)}` };
  }
  const version = await ask([file, "--version"], env);
  if (version === null) return "it does not run";
  const toolchain: Toolchain = { kind, ...siblings(file, env), target: GCC_TARGET, version: firstLine(version) };
  if (kind === "clang") {
    if (!/^\s*riscv64\b/m.test((await ask([file, "--print-targets"], env)) ?? "")) return "it has no riscv64 target";
    const target = ["--target=riscv64-linux-gnu", ...GCC_TARGET];
    for (const sysroot of [[], ...SYSROOTS.map((folder) => [`--sysroot=${folder}`])]) {
      for (const linker of [[], ["-fuse-ld=lld"]]) {
        toolchain.target = [...target, ...sysroot, ...linker];
        if (await canLink(file, toolchain.target, env)) return toolchain;
      }
    }
    return "it cannot link a static RISC-V program (no RISC-V C library was found)";
  }
  const machine = firstLine((await ask([file, "-dumpmachine"], env)) ?? "");
  if (!machine.startsWith("riscv64")) return `it compiles for ${machine || "an unknown machine"}, not for riscv64`;
  // A bare-metal compiler often comes without a C library; a better one may follow in PATH.
  if (strict && machine.endsWith("-elf") && !(await canLink(file, GCC_TARGET, env))) {
    return "it cannot link a static program (no C library was found)";
  }
  return toolchain;
}

/** The C and the C++ compiler of which one is given: gcc and g++, clang and clang++, cc and c++, with any prefix and version. */
function siblings(file: string, env: NodeJS.ProcessEnv): Pick<Toolchain, "c" | "cxx"> {
  const name = path.basename(file);
  const sibling = (own: string, other: string): string[] | null => {
    const at = name.lastIndexOf(own);
    const wanted = name.slice(0, at) + other + name.slice(at + own.length);
    const found = findExecutable(path.join(path.dirname(file), wanted), env) ?? findExecutable(wanted, env);
    return found === null ? null : [found];
  };
  for (const [c, cxx] of [["clang", "clang++"], ["gcc", "g++"], ["cc", "c++"]] as const) {
    if (name.includes(cxx)) return { c: sibling(cxx, c), cxx: [file] };
    if (name.includes(c)) return { c: [file], cxx: sibling(c, cxx) };
  }
  return { c: [file], cxx: [file] };
}

/** What a compiler prints on stdout; null when it cannot be started or fails. */
async function ask(command: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const { code, stdout } = await run(command, { env, cwd: os.tmpdir(), signal: AbortSignal.timeout(20_000) });
    return code === 0 ? stdout : null;
  } catch {
    return null;
  }
}

async function canLink(compiler: string, target: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "perfvec-probe-"));
  try {
    const source = path.join(folder, "probe.c");
    fs.writeFileSync(source, "#include <stdio.h>\nint main(void) { return puts(\"\") < 0; }\n");
    return (await ask([compiler, ...target, source, "-o", path.join(folder, "probe")], env)) !== null;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0]!.trim();
}

/**
 * Compiles one or several sources to a static RISC-V ELF. Without a database and flags of the user's: -O2 -g.
 * @throws UserError "compile" with the compiler's diagnostics ("no-main", "link" when only that is missing), "compile-commands", "toolchain" when the compiler cannot be started
 */
export async function compile(toolchain: Toolchain, job: Compilation): Promise<Compiled> {
  job.signal?.throwIfAborted();
  const builtAt = Date.now();
  const output = path.resolve(job.output);
  // Absolute names: none can be taken for an option. The folder also keeps what an interrupted compiler leaves lying about.
  const sources = job.sources.map((source) => path.resolve(source));
  const languages = sources.map(checkSource);
  const drivers = { c: toolchain.c, cxx: toolchain.cxx };
  const scratch = scratchBeside(output);
  const built = path.join(scratch, "program");
  let warnings = "";
  const invoke = async (language: "c" | "cxx", source: string, flags: string[], rest: string[]): Promise<string[]> => {
    const driver = drivers[language] ?? missingHalf(toolchain, language, source);
    const result = await invokeCompiler([...driver, "-O2", "-g"], flags, [...toolchain.target, ...(job.flags ?? []), ...rest], {
      cwd: path.dirname(source),
      env: { ...process.env, TMPDIR: scratch },
      signal: job.signal,
      source,
    });
    warnings += result.warnings;
    return result.command;
  };
  try {
    const link = languages.includes("cxx") ? "cxx" : "c";
    const flags = await Promise.all(sources.map((source) => databaseFlags(job.like ?? source, job)));
    let command: string[];
    if (sources.length === 1) {
      command = await invoke(link, sources[0]!, flags[0]!, [sources[0]!, "-o", built, "-lm"]);
    } else {
      const objects = sources.map((_, i) => path.join(scratch, `${i}.o`));
      for (const [i, source] of sources.entries()) await invoke(languages[i]!, source, flags[i]!, ["-c", source, "-o", objects[i]!]);
      command = await invoke(link, sources[0]!, [], [...objects, "-o", built, "-lm"]);
    }
    if (!fs.existsSync(built)) throw new UserError("compile", `${sources[0]}: no program was made by: ${command.join(" ")}`);
    fs.renameSync(built, output);
    return { elf: output, builtAt, command: command.map((word) => (word === built ? output : word)), warnings };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function scratchBeside(output: string): string {
  try {
    return fs.mkdtempSync(`${output}.`);
  } catch (error) {
    throw new UserError("compile", `${output}: cannot be written (${(error as Error).message})`);
  }
}

function checkSource(source: string): "c" | "cxx" {
  const language = languageOf(source);
  if (language === null) throw new UserError("compile", `${source}: not a C or C++ source (${Object.keys(LANGUAGES).join(", ")})`);
  if (!fs.existsSync(source)) throw new UserError("compile", `${source}: no such file`);
  if (!fs.statSync(source).isFile()) throw new UserError("compile", `${source}: not a file`);
  return language;
}

function missingHalf(toolchain: Toolchain, language: "c" | "cxx", source: string): never {
  const [present] = (toolchain.c ?? toolchain.cxx)!;
  const wanted = language === "cxx" ? "C++" : "C";
  const install = "on Debian and Ubuntu: sudo apt install gcc-riscv64-linux-gnu g++-riscv64-linux-gnu";
  throw new UserError("toolchain", `${source}: ${present} has no ${wanted} compiler beside it; ${install}`);
}

async function databaseFlags(source: string, { compileCommands: given, readFlags }: Compilation): Promise<string[]> {
  if (given === null) return [];
  const database = given === undefined ? findDatabase(source) : path.resolve(given);
  if (database === null) return [];
  const flags = readFlags ? await readFlags(database, source) : flagsFromDatabase(database, source);
  if (flags === null && given !== undefined) throw new UserError("compile-commands", `${database}: no command for ${source}`);
  return flags ?? [];
}

/** Runs the compiler; when it fails and names flags of the database that it does not know, once more without them. */
async function invokeCompiler(
  before: string[],
  flags: string[],
  after: string[],
  options: RunOptions & { source: string },
): Promise<{ command: string[]; warnings: string }> {
  let command = [...before, ...flags, ...after];
  let result = await run(command, options);
  let note = "";
  if (result.code !== 0) {
    const known = flags.filter((flag) => !isNamed(flag, result.stderr));
    if (known.length < flags.length) {
      note = `left out, because ${path.basename(before[0]!)} does not know it: ${flags.filter((flag) => !known.includes(flag)).join(" ")}\n`;
      const retried = [...before, ...known, ...after];
      const second = await run(retried, options);
      if (second.code === 0) [command, result] = [retried, second];
    }
  }
  const stderr = withAbsoluteNames(result.stderr, options.cwd);
  if (result.code === 0) return { command, warnings: note + stderr };
  const ended = result.killedBy ? ` (ended by ${result.killedBy})` : "";
  throw new UserError(failureOf(result.stderr), `${options.source}: does not compile${ended} with: ${command.join(" ")}\n${stderr.trimEnd()}`.trimEnd());
}

/** A compiler names a header as it was found, relative to where it runs; whoever reads the message is elsewhere. */
function withAbsoluteNames(diagnostics: string, cwd: string): string {
  return diagnostics.replace(/^([^\s:<>][^:\n]*):(\d+)(?=:)/gm, (_, name: string, line: string) => `${path.resolve(cwd, name)}:${line}`);
}

/** Error code: a source without main, or one that needs others, compiles and does not link. GNU ld and lld word it differently. */
function failureOf(diagnostics: string): "no-main" | "link" | "compile" {
  if (/undefined (reference to|symbol:) [`'‘]?main\b/.test(diagnostics)) return "no-main";
  return /undefined (reference to|symbol:) /.test(diagnostics) ? "link" : "compile";
}

/** Whether a diagnostic quotes the flag, in whatever language and quotation marks. */
function isNamed(flag: string, diagnostics: string): boolean {
  return flag.startsWith("-") && ["'’", "‘’", "''", "“”", "«»"].some(([open, close]) => diagnostics.includes(open! + flag + close!));
}

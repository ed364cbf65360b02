import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";

/** Larger databases are not read (a whole browser has about 500 MB). */
const LARGEST_DATABASE = 256 << 20;

/** Options whose value is the next argument, and which are dropped with it. */
const DROPPED_WITH_VALUE = new Set(
  ("-o -MF -MT -MQ -MJ -x -arch -target --target -isysroot --sysroot -L -l -B -T -z -u -e -G --param -aux-info -specs " +
    "-Xlinker -Xassembler -Xpreprocessor -mllvm -include-pch -imultilib -iprefix -iwithprefix").split(" "),
);
/** Options that are kept, with a value in the next argument or joined. The second group's value is a path. */
const KEPT_WITH_VALUE = ["-D", "-U"];
const KEPT_WITH_PATH = ["-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I"];
const KEPT = /^(-O[0-9a-z]*|-f[a-z0-9+-]+|-W[a-z0-9+=-]*|-w|-std=[a-z0-9+:]+|--std=[a-z0-9+:]+|-ansi|-pedantic|-pedantic-errors|-pthread)$/;
/**
 * A database may come with somebody else's folder, and the value of an -f option may be a program that the compiler runs
 * (-fplugin, -fmodule-mapper) or a file that it writes (-fopt-info): only these options keep a value, and it is a word.
 */
const KEPT_WITH_WORD = /^-f(template-depth|constexpr-depth|constexpr-loop-limit|constexpr-ops-limit|abi-version|visibility|fp-contract|excess-precision|strict-flex-arrays|max-errors|tls-model|lto|inline-limit)=[a-z0-9-]+$/;
/**
 * Among the kept, those that belong to the other machine, that run or link something else, that need a shared library,
 * that write files of their own, or that turn the cross compiler's other opinions into errors.
 */
const DROPPED = [
  /^-f(cf-protection|plugin|pass-plugin|use-ld|sanitize|no-sanitize|profile-|test-coverage|dump-|syntax-only|diagnostics-)/,
  /^-f(module|opt-info|callgraph-info|save-|auto-profile|branch-probabilities|stack-usage|time-trace|wrapper|integrated-cc1)/,
  /^-f(no-)?color-diagnostics$/,
  /^-f(debug|file|macro)-prefix-map/,
  /^-Werror/,
];
/** Headers of the machine we run on. */
const HOST_HEADERS = /^\/usr(\/local)?\/include(\/[^/]+-linux-gnu)?\/?$/;

/**
 * Splits a command line by the POSIX shell's quoting rules (XCU 2.2), without expansions.
 * Null when a quote is not closed.
 */
export function splitCommand(command: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < command.length; i++) {
    const c = command[i]!;
    if (/[ \t\r\n]/.test(c)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    word ??= "";
    if (c === "'") {
      const end = command.indexOf("'", i + 1);
      if (end < 0) return null;
      word += command.slice(i + 1, end);
      i = end;
    } else if (c === '"') {
      for (i++; command[i] !== '"'; i++) {
        if (i >= command.length) return null;
        if (command[i] === "\\" && /["\\$`\n]/.test(command[i + 1] ?? "")) i++;
        word += command[i];
      }
    } else if (c === "\\") {
      i++;
      if (command[i] !== "\n") word += command[i] ?? "";
    } else word += c;
  }
  if (word !== null) words.push(word);
  return words;
}

/**
 * The flags of a database's command that mean the same to another compiler and machine: headers, macros, language,
 * optimisation. Paths become absolute.
 * @param commandLine the compiler and its arguments
 */
export function portableFlags(commandLine: string[], directory: string): string[] {
  // clang takes an option and its value with -Xclang before each.
  const command = commandLine.filter((word) => word !== "-Xclang");
  const flags: string[] = [];
  for (let i = 1; i < command.length; i++) {
    const argument = command[i]!;
    if (DROPPED_WITH_VALUE.has(argument)) i++;
    else if (KEPT_WITH_VALUE.includes(argument)) {
      if (i + 1 < command.length) flags.push(argument + command[++i]!);
    } else if (KEPT_WITH_VALUE.some((option) => argument.startsWith(option))) flags.push(argument);
    else {
      const option = KEPT_WITH_PATH.find((known) => argument.startsWith(known));
      if (option === undefined) {
        if ((KEPT.test(argument) || KEPT_WITH_WORD.test(argument)) && !DROPPED.some((dropped) => dropped.test(argument))) flags.push(argument);
        continue;
      }
      const value = argument.length > option.length ? argument.slice(option.length) : command[++i];
      if (value === undefined) continue;
      const resolved = path.resolve(directory, value);
      if (!HOST_HEADERS.test(resolved)) flags.push(option, resolved);
    }
  }
  return flags;
}

interface Entry {
  directory?: unknown;
  file?: unknown;
  command?: unknown;
  arguments?: unknown;
}

/**
 * The portable flags that a compile_commands.json gives for a source.
 * @returns null when the database does not name the source
 * @throws UserError "compile-commands" when the database cannot be read
 */
export function flagsFromDatabase(database: string, source: string): string[] | null {
  const fail = (cause: string): never => {
    throw new UserError("compile-commands", `${database}: ${cause}`);
  };
  let entries: unknown;
  try {
    if (fs.statSync(database).size > LARGEST_DATABASE) fail(`larger than ${LARGEST_DATABASE >> 20} MB`);
    entries = JSON.parse(fs.readFileSync(database, "utf8"));
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(error instanceof SyntaxError ? `not valid JSON (${error.message})` : `cannot be read (${(error as Error).message})`);
  }
  if (!Array.isArray(entries)) return fail("not a compilation database (a JSON array of commands)");
  const base = path.dirname(database);
  const name = path.basename(source);
  const real = realPath(source);
  for (const entry of entries as (Entry | null)[]) {
    if (typeof entry?.file !== "string" || path.basename(entry.file) !== name) continue;
    const directory = path.resolve(base, typeof entry.directory === "string" ? entry.directory : "");
    if (realPath(path.resolve(directory, entry.file)) !== real) continue;
    if (Array.isArray(entry.arguments) && entry.arguments.every((argument) => typeof argument === "string")) {
      return portableFlags(entry.arguments, directory);
    }
    if (typeof entry.command !== "string") return fail(`the entry of ${entry.file} has neither "command" nor "arguments"`);
    return portableFlags(splitCommand(entry.command) ?? fail(`the command of ${entry.file} has a quote that is not closed`), directory);
  }
  return null;
}

/**
 * The nearest compile_commands.json, in the source's folder or one above, or in its `build`; null when there is none.
 * The search ends with the repository, and looks into no folder that everybody shares (/tmp).
 */
export function findDatabase(source: string): string | null {
  for (let folder = path.dirname(source); ; folder = path.dirname(folder)) {
    if (isPublic(folder)) return null;
    for (const place of ["compile_commands.json", "build/compile_commands.json"]) {
      const database = path.join(folder, place);
      if (fs.existsSync(database)) return database;
    }
    if (folder === path.dirname(folder) || fs.existsSync(path.join(folder, ".git"))) return null;
  }
}

/** Writable by anybody, each their own files (sticky): mode 1777. */
function isPublic(folder: string): boolean {
  try {
    return process.platform !== "win32" && (fs.statSync(folder).mode & 0o1002) === 0o1002;
  } catch {
    return true;
  }
}

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

import { readFileSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";

/** One entry of compile_commands.json (Clang, "JSON Compilation Database Format Specification"). */
interface Entry {
  directory: string;
  file: string;
  command?: string;
  arguments?: string[];
}

/** Flags that name a target, an output or dependencies, and those of them that take the next argument. */
const DROPPED = /^(-c|-S|-E|-M[MPGD]*|-m(arch|cpu|tune|abi|fpu|float-abi|cmodel)=.*|-m(64|32|sse.*|avx.*|bmi.*|fma.*|no-.*)|--target=.*|--sysroot=.*|-static|-shared|-pie|-o.+)$/;
const DROPPED_WITH_VALUE = new Set(["-o", "-MF", "-MT", "-MQ", "-target", "--sysroot", "-arch", "-isysroot"]);
/** Flags whose value is a path, joined or as the next argument. */
const PATH_FLAGS = ["-isystem", "-iquote", "-idirafter", "-include", "-I", "-L"];

/** Compiler flags of a source from the nearest compile_commands.json, target flags left out; undefined when there is none for it. */
export function flagsFor(source: string): string[] | undefined {
  for (let folder = path.dirname(source); ; folder = path.dirname(folder)) {
    for (const candidate of [path.join(folder, "compile_commands.json"), path.join(folder, "build", "compile_commands.json")]) {
      const entry = read(candidate)?.find((e) => path.resolve(e.directory, e.file) === source);
      if (entry) return clean(entry, source);
    }
    if (folder === path.dirname(folder)) return undefined;
  }
}

function read(file: string): Entry[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    const entries = JSON.parse(text) as Entry[];
    const wellFormed = (e: Entry): boolean => typeof e?.directory === "string" && typeof e.file === "string";
    if (Array.isArray(entries)) return entries.filter(wellFormed);
  } catch {
    // falls through to the same message
  }
  throw new UserError("input", `${file}: not a compilation database (a JSON list of entries)`);
}

function clean(entry: Entry, source: string): string[] {
  const given = Array.isArray(entry.arguments) ? entry.arguments.map(String) : splitCommand(entry.command ?? "");
  const flags: string[] = [];
  for (let i = 1; i < given.length; i++) {
    const flag = given[i]!;
    if (DROPPED_WITH_VALUE.has(flag)) i++;
    else if (DROPPED.test(flag) || path.resolve(entry.directory, flag) === source) continue;
    else {
      const kind = PATH_FLAGS.find((f) => flag.startsWith(f));
      if (!kind) flags.push(flag);
      else if (flag === kind) flags.push(flag, path.resolve(entry.directory, given[++i] ?? ""));
      else flags.push(kind + path.resolve(entry.directory, flag.slice(kind.length)));
    }
  }
  return flags;
}

/** Splits as a POSIX shell does: blanks, quotes and backslashes, nothing else. */
export function splitCommand(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let i = 0; i < command.length; i++) {
    const c = command[i]!;
    if (quote) {
      if (c === quote) quote = "";
      else if (c === "\\" && quote === '"' && /["\\$`]/.test(command[i + 1] ?? "")) word += command[++i]!;
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + (c === "\\" ? (command[++i] ?? "") : c);
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

import { countUpTo, Malformed } from "./bytes";
import { readLines, type LineRows, NO_FILE } from "./dwarf-lines";
import { dwarfNames, type Names } from "./dwarf-names";
import { readScopes, scopeAt, type Scopes } from "./dwarf-scopes";
import { debugSections } from "./dwarf-sections";
import { readUnits } from "./dwarf-units";
import { type Elf, readElf, type Segment } from "./elf";
import { readCodeSymbols } from "./symbols";

/** A function of the symbol table. Addresses include the load base. */
export interface FunctionSymbol {
  /** for people: demangled where the debug information knows how */
  name: string;
  linkageName: string;
  start: number;
  size: number;
}

/** One frame of an instruction, as `addr2line -i -f` gives them. */
export interface SourceFrame {
  functionName: string;
  file: string | undefined;
  line: number | undefined;
}

/** An ELF, its functions, its line table and its inlined calls. Everything of the debug information is read on first use. */
export interface Program {
  name: string;
  entry: number;
  loadBase: number;
  pie: boolean;
  segments: Segment[];
  programHeaders: Elf["programHeaders"];
  isaAttributes: string | undefined;
  functions: FunctionSymbol[];
  functionAt(pc: number): FunctionSymbol | undefined;
  /** by display name, linkage name, or the name before the parameters where only one function has it */
  functionNamed(name: string): FunctionSymbol | undefined;
  lineAt(pc: number): { file: string; line: number; column: number } | undefined;
  /** innermost first: the inlined calls around a pc, then the function; never empty */
  frames(pc: number): SourceFrame[];
  hasLines: boolean;
  hasSymbols: boolean;
  /** what is not known and why, in words */
  warnings: string[];
}

interface DebugInformation {
  lines: LineRows;
  scopes: Scopes;
  names: Names;
}

/** @throws UserError when it is no program that can be executed here */
export function readProgram(bytes: Uint8Array, name: string): Program {
  const elf = readElf(bytes, name);
  const warnings: string[] = [];
  const debug = readDebug(elf, warnings);
  const functions = readFunctions(elf, debug, warnings);
  const starts = Float64Array.from(functions, (f) => f.start);
  const { lines, scopes, names } = debug;
  const hasLines = lines.files.length > 0;
  const hasSymbols = functions.length > 0;
  if (!hasSymbols) warnings.push(`${name} is stripped: functions are not known, only addresses are`);
  else if (!hasLines) warnings.push(`${name} was compiled without -g: source lines are not known, functions are`);

  const functionAt = (pc: number): FunctionSymbol | undefined => {
    const f = functions[countUpTo(starts, pc) - 1];
    return f && pc < f.start + f.size ? f : undefined;
  };
  const lineAt: Program["lineAt"] = (pc) => {
    const row = countUpTo(lines.address, pc) - 1;
    const file = row < 0 ? NO_FILE : lines.file[row]!;
    if (file === NO_FILE || lines.line[row] === 0) return undefined;
    return { file: lines.files[file]!, line: lines.line[row]!, column: lines.column[row]! };
  };

  return {
    name,
    entry: elf.entry,
    loadBase: elf.loadBase,
    pie: elf.pie,
    segments: elf.segments,
    programHeaders: elf.programHeaders,
    isaAttributes: elf.isaAttributes,
    functions,
    functionAt,
    functionNamed(wanted) {
      const exact = functions.find((f) => f.linkageName === wanted || f.name === wanted);
      if (exact) return exact;
      const base = functions.filter((f) => f.name.replace(/\(.*$/, "") === wanted);
      return base.length === 1 ? base[0] : undefined;
    },
    lineAt,
    frames(pc) {
      const here = lineAt(pc);
      const symbol = functionAt(pc);
      const outermost = symbol?.name ?? `0x${pc.toString(16)}`;
      const frames: SourceFrame[] = [];
      let file = here?.file;
      let line = here?.line;
      for (let scope = scopeAt(scopes, pc); scope >= 0; scope = scopes.parent[scope]!) {
        const inlined = scopes.parent[scope]! >= 0;
        const known = names.functionName(scopes.die[scope]!)?.name;
        frames.push({ functionName: (inlined ? known : (symbol?.name ?? known)) ?? outermost, file, line });
        if (!inlined) return frames;
        file = lines.files[scopes.callFile[scope]!];
        line = scopes.callLine[scope] || undefined;
      }
      frames.push({ functionName: outermost, file, line });
      return frames;
    },
    hasLines,
    hasSymbols,
    warnings,
  };
}

function readDebug(elf: Elf, warnings: string[]): DebugInformation {
  const debug = debugSections(elf, warnings);
  const units = attempt(() => readUnits(debug), [], (error) => debug.damaged(".debug_info", error));
  const lines = readLines(debug, units, elf.loadBase);
  const scopes = readScopes(debug, units, lines.tables, elf.loadBase);
  return { lines, scopes, names: dwarfNames(debug, units, scopes) };
}

function readFunctions(elf: Elf, { names }: DebugInformation, warnings: string[]): FunctionSymbol[] {
  const symbols = attempt(() => readCodeSymbols(elf), [], (error) =>
    warnings.push(`the symbol table is damaged (${(error as Error).message}): functions are not known`),
  );
  const display = names.findLinkageNames(new Set(symbols.map((s) => s.name).filter((n) => n.startsWith("_Z"))));
  return symbols.map((s) => ({ name: display.get(s.name) ?? s.name, linkageName: s.name, start: s.start, size: s.size }));
}

/** Damage in debug information or symbols costs information, not the program. */
function attempt<T>(read: () => T, otherwise: T, damaged: (error: unknown) => void): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    damaged(error);
    return otherwise;
  }
}

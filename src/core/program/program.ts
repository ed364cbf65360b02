import { countUpTo, Malformed } from "./bytes";
import { type LineRows, NO_FILE, readLines } from "./dwarf-lines";
import { dwarfNames, type Names } from "./dwarf-names";
import { readScopes, scopeAt, type Scopes } from "./dwarf-scopes";
import { debugSections } from "./dwarf-sections";
import { readUnits } from "./dwarf-units";
import { type Elf, readElf, type Segment } from "./elf";
import { buildFunctions, type CodeSymbol, type FunctionSymbol, type FunctionTable, readCodeSymbols } from "./symbols";

export type { FunctionSymbol } from "./symbols";

/** One frame of an instruction, as `addr2line -i -f` gives them. */
export interface SourceFrame {
  /** for people: qualified, e.g. `ns::Box<int>::get`; the address of the instruction where nothing is known */
  functionName: string;
  /** the linker's name, e.g. `_ZNK2ns3BoxIiE3getEv`; the same as functionName where there is none */
  linkageName: string;
  /** the file that the function is in, where that is known */
  home: string | undefined;
  /** of the instruction, or of the call that was inlined; full path, normalised, with "/" */
  file: string | undefined;
  line: number | undefined;
}

/** A static RISC-V program: what to load, and the function and line of each pc. Every address includes `loadBase`. */
export interface Program {
  name: string;
  entry: number;
  /** what was added to the addresses of the file: 0, or where a static-PIE program is put */
  loadBase: number;
  pie: boolean;
  /** sorted by address, without overlap; they need not start at a page */
  segments: Segment[];
  executableStack: boolean;
  /** for AT_PHDR, AT_PHENT and AT_PHNUM; address 0 when the table is not in memory */
  programHeaders: Elf["programHeaders"];
  /** e.g. `rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0` */
  isaAttributes: string | undefined;
  /** sorted by address. A function may lie inside another one. */
  readonly functions: FunctionSymbol[];
  /** the innermost function of the symbol table that covers the pc */
  functionAt(pc: number): FunctionSymbol | undefined;
  /** by linkage or display name (the first of several), else by the bare name (`get`) when only one function has it */
  functionNamed(name: string): FunctionSymbol | undefined;
  /** the instruction word at an address, 16 or 32 bits; 0 where no segment has one */
  encodingAt(pc: number): number;
  /** the row of the line table that covers the pc; undefined also for code of no line. Column 0 is unknown. */
  lineAt(pc: number): { file: string; line: number; column: number } | undefined;
  /** innermost first: the calls inlined at the pc, then the function itself; never empty */
  frames(pc: number): SourceFrame[];
  /** the files that have code, sorted */
  files(): string[];
  /** the lines of one of `files()` that have code, ascending */
  linesOf(file: string): number[];
  hasLines: boolean;
  hasSymbols: boolean;
  /** what is not known and why, in words; names and frames are read when first asked for, which may add to it */
  warnings: string[];
}

/**
 * Reads a static ELF64 little-endian RISC-V program. Damaged symbols or debug information cost information, not the program.
 * @param name names the file in errors
 * @throws UserError("elf") when it cannot be executed here
 */
export function readProgram(bytes: Uint8Array, name: string): Program {
  const elf = readElf(bytes, name);
  const warnings: string[] = [];
  const symbols = symbolsOrWarning(elf, warnings);
  const debug = debugSections(elf, warnings);
  const units = readUnits(debug);
  const lines = readLines(debug, units, elf.loadBase);
  const hasLines = lines.address.length > 0;
  const hasSymbols = symbols.length > 0;
  if (!hasLines && hasSymbols) warnings.push("compiled without -g: lines are not known, functions are");
  else if (!hasLines) warnings.push("stripped: neither lines nor functions are known, only addresses");
  else if (!hasSymbols) warnings.push("without a symbol table: only functions compiled with -g are known");
  if (units.some((unit) => unit.split)) warnings.push("compiled with -gsplit-dwarf: .dwo files are not read, inlined calls are not known");

  const info = once(() => {
    const scopes = readScopes(debug, units, lines.tables, elf.loadBase);
    return { scopes, names: dwarfNames(debug, units, scopes) };
  });
  const functions = once((): FunctionTable => buildFunctions(symbols, (wanted) => displayNames(symbols, wanted, info())));
  const codeLines = once(() => linesByFile(lines));

  const lineAt: Program["lineAt"] = (pc) => {
    const row = countUpTo(lines.address, pc) - 1;
    const file = row < 0 ? NO_FILE : lines.file[row]!;
    if (file === NO_FILE || lines.line[row] === 0) return undefined;
    return { file: lines.files[file]!, line: lines.line[row]!, column: lines.column[row]! };
  };
  const frames: Program["frames"] = (pc) => {
    const { scopes, names } = info();
    const symbol = functions().at(pc);
    const found: SourceFrame[] = [];
    const here = lineAt(pc);
    let file = here?.file;
    let line = here?.line;
    let scope = scopeAt(scopes, pc);
    for (; scope >= 0 && scopes.parent[scope]! >= 0; scope = scopes.parent[scope]!) {
      const known = names.functionName(scopes.die[scope]!);
      const functionName = known?.name ?? "(unnamed)";
      found.push({ functionName, linkageName: known?.linkageName ?? functionName, home: file, file, line });
      file = lines.files[scopes.callFile[scope]!];
      line = scopes.callLine[scope] || undefined;
    }
    const known = scope >= 0 ? names.functionName(scopes.die[scope]!) : undefined;
    // The symbol knows which copy of a function (`[clone .cold]`) it is.
    const functionName = symbol?.name ?? known?.name ?? `0x${pc.toString(16)}`;
    const linkageName = known?.linkageName ?? symbol?.linkageName ?? functionName;
    const home = symbol ? lineAt(symbol.start)?.file : file;
    found.push({ functionName, linkageName, home, file, line });
    return found;
  };

  return {
    name,
    entry: elf.entry,
    loadBase: elf.loadBase,
    pie: elf.pie,
    segments: elf.segments,
    executableStack: elf.executableStack,
    programHeaders: elf.programHeaders,
    isaAttributes: elf.isaAttributes,
    get functions() {
      return functions().list;
    },
    functionAt: (pc) => functions().at(pc),
    functionNamed: (wanted) => functions().named(wanted),
    encodingAt: (pc) => encodingAt(elf.segments, pc),
    lineAt,
    frames,
    files: () => [...codeLines().keys()],
    linesOf: (file) => codeLines().get(file) ?? [],
    hasLines,
    hasSymbols,
    warnings,
  };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function symbolsOrWarning(elf: Elf, warnings: string[]): CodeSymbol[] {
  try {
    return readCodeSymbols(elf);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    warnings.push(`the symbol table is damaged (${error.message}): functions are not known`);
    return [];
  }
}

/** Display names of mangled symbols: by linkage name, else by the function that has code at the symbol. */
function displayNames(symbols: CodeSymbol[], wanted: Set<string>, { scopes, names }: { scopes: Scopes; names: Names }): Map<string, string> {
  const found = names.findLinkageNames(wanted);
  for (const symbol of symbols) {
    if (!wanted.has(symbol.name) || found.has(symbol.name)) continue;
    let scope = scopeAt(scopes, symbol.start);
    while (scope >= 0 && scopes.parent[scope]! >= 0) scope = scopes.parent[scope]!;
    const name = scope >= 0 ? names.functionName(scopes.die[scope]!)?.name : undefined;
    if (name !== undefined) found.set(symbol.name, name);
  }
  return found;
}

/** Instruction parcels are little-endian; the low two bits of the first tell the length (ISA manual, section 1.5). */
function encodingAt(segments: Segment[], pc: number): number {
  const segment = segments.find(({ address, fileBytes }) => pc >= address && pc + 2 <= address + fileBytes.length);
  if (!segment) return 0;
  const { fileBytes: bytes, address } = segment;
  const at = pc - address;
  const low = bytes[at]! | (bytes[at + 1]! << 8);
  if ((low & 3) !== 3) return low;
  return at + 4 <= bytes.length ? (low | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0 : 0;
}

function linesByFile(lines: LineRows): Map<string, number[]> {
  const byFile = new Map<number, Set<number>>();
  lines.line.forEach((line, row) => {
    if (line === 0) return;
    const known = byFile.get(lines.file[row]!);
    if (known) known.add(line);
    else byFile.set(lines.file[row]!, new Set([line]));
  });
  return new Map(
    [...byFile]
      .map(([file, found]): [string, number[]] => [lines.files[file]!, [...found].sort((a, b) => a - b)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

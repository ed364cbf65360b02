import { countUpTo, Malformed, Reader } from "./bytes";
import { sectionBytes, SHF_EXECINSTR, SHT } from "./elf";
import type { Elf, Section } from "./elf";

/** A function of the symbol table. Addresses include the load base. */
export interface CodeSymbol {
  name: string;
  start: number;
  size: number;
  /** other names of the same address */
  aliases: string[];
}

const STT = { none: 0, function: 2, indirectFunction: 10 } as const;
const BINDING_RANK = [1, 3, 2];

interface RawSymbol {
  name: string;
  address: number;
  size: number;
  typed: boolean;
  binding: number;
  section: Section;
}

/**
 * The functions of the symbol table, sorted by address, one for each address.
 * @throws Malformed when the table is damaged
 */
export function readCodeSymbols(elf: Elf): CodeSymbol[] {
  const table = elf.sections.find((s) => s.type === SHT.symtab) ?? elf.sections.find((s) => s.type === SHT.dynsym);
  if (!table) return [];
  const raw = readRawSymbols(elf, table);
  raw.sort((a, b) => a.address - b.address || preference(b) - preference(a) || compareNames(a.name, b.name));
  const chosen: { symbol: RawSymbol; aliases: string[] }[] = [];
  let covered = 0;
  for (const symbol of raw) {
    const last = chosen[chosen.length - 1];
    if (last && last.symbol.address === symbol.address) {
      last.aliases.push(symbol.name);
    } else if (symbol.typed || symbol.address >= covered) {
      // A label without type inside a sized function is a local label of hand-written assembly.
      chosen.push({ symbol, aliases: [] });
      covered = Math.max(covered, symbol.address + symbol.size);
    }
  }
  return chosen.map(({ symbol, aliases }, i) => {
    const sectionEnd = symbol.section.address + symbol.section.size;
    const next = chosen[i + 1]?.symbol.address ?? sectionEnd;
    const end = symbol.size > 0 ? symbol.address + symbol.size : next;
    return { name: symbol.name, start: symbol.address + elf.loadBase, size: Math.min(end, sectionEnd) - symbol.address, aliases };
  });
}

function readRawSymbols(elf: Elf, table: Section): RawSymbol[] {
  const bytes = sectionBytes(elf, table);
  const stringSection = elf.sections[table.link];
  if (!stringSection) throw new Malformed("it names no string table");
  const strings = sectionBytes(elf, stringSection);
  const found: RawSymbol[] = [];
  // Names of a sound table hardly overlap; those of a hostile one could all be one long string.
  let textLeft = 4 * strings.length + 4096;
  const text = new Reader(strings);
  const r = new Reader(bytes);
  while (r.pos + 24 <= bytes.length) {
    const nameOffset = r.u32();
    const info = r.u8();
    r.skip(1);
    const section = elf.sections[r.u16()];
    const address = r.u64();
    const size = r.u64();
    const type = info & 15;
    if (type !== STT.none && type !== STT.function && type !== STT.indirectFunction) continue;
    if (!section || (section.flags & SHF_EXECINSTR) === 0) continue;
    if (address < section.address || address >= section.address + section.size) continue;
    text.pos = nameOffset;
    const name = text.string();
    textLeft -= name.length;
    if (textLeft < 0) throw new Malformed("its names overlap");
    // Mapping symbols ($x, $d) mark code and data (RISC-V ELF psABI, "Mapping Symbol"); .L are an assembler's own labels.
    if (name === "" || name.startsWith("$x") || name.startsWith("$d") || name.startsWith(".L")) continue;
    found.push({ name, address, size, typed: type !== STT.none, binding: BINDING_RANK[info >> 4] ?? 0, section });
  }
  return found;
}

/** Which of several names at one address to show: a sized function, global over weak over local, then few leading underscores. */
function preference(s: RawSymbol): number {
  const underscores = s.name.length - s.name.replace(/^_+/, "").length;
  return (s.typed ? 1000 : 0) + (s.size > 0 ? 500 : 0) + s.binding * 100 - Math.min(underscores, 50);
}

function compareNames(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** A function of the program. Addresses include the load base. */
export interface FunctionSymbol {
  /** for people: qualified but without parameters, e.g. `ns::Box<int>::get`; the linkage name when nothing else is known */
  name: string;
  linkageName: string;
  start: number;
  /** bytes */
  size: number;
}

export interface FunctionTable {
  list: FunctionSymbol[];
  at(pc: number): FunctionSymbol | undefined;
  named(name: string): FunctionSymbol | undefined;
}

/**
 * @param symbols sorted by start
 * @param displayNames the display names of those mangled names that are known; only called when there are mangled names
 */
export function buildFunctions(symbols: CodeSymbol[], displayNames: (mangled: Set<string>) => Map<string, string>): FunctionTable {
  const mangled = symbols.map((s) => s.name).filter((name) => name.startsWith("_Z"));
  // GCC numbers its copies of a function: _Z3fooi.constprop.0, _Z3fooi.cold.
  const known = mangled.length > 0 ? displayNames(new Set([...mangled, ...mangled.map((name) => splitClone(name)[0])])) : new Map<string, string>();
  const list = symbols.map(({ name, start, size }): FunctionSymbol => {
    const [original, clone] = splitClone(name);
    const display = name.startsWith("_Z") ? (known.get(original) ?? known.get(name)) : undefined;
    return { name: display === undefined ? name : display + (clone && ` [clone ${clone}]`), linkageName: name, start, size };
  });

  const starts = Float64Array.from(list, (f) => f.start);
  const enclosing = enclosingFunctions(list);
  const byLinkage = new Map<string, FunctionSymbol>();
  const byName = new Map<string, FunctionSymbol>();
  list.forEach((f, i) => {
    for (const name of [f.linkageName, ...symbols[i]!.aliases]) if (!byLinkage.has(name)) byLinkage.set(name, f);
    if (!byName.has(f.name)) byName.set(f.name, f);
  });
  return {
    list,
    at(pc) {
      let i = countUpTo(starts, pc) - 1;
      while (i >= 0 && pc >= list[i]!.start + list[i]!.size) i = enclosing[i]!;
      return list[i];
    },
    named(name) {
      const exact = byLinkage.get(name) ?? byName.get(name);
      if (exact) return exact;
      const bare = list.filter((f) => bareName(f.name) === name);
      return bare.length === 1 ? bare[0] : undefined;
    },
  };
}

/** For each function the nearest one before it that ends after it, or -1. */
function enclosingFunctions(list: FunctionSymbol[]): Int32Array {
  const enclosing = new Int32Array(list.length).fill(-1);
  const open: number[] = [];
  list.forEach((f, i) => {
    const endOf = (j: number): number => list[j]!.start + list[j]!.size;
    while (open.length > 0 && endOf(open[open.length - 1]!) <= f.start + f.size) open.pop();
    enclosing[i] = open[open.length - 1] ?? -1;
    open.push(i);
  });
  return enclosing;
}

function splitClone(name: string): [string, string] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot)];
}

/** The last part of a qualified name, without template arguments: `get` of `ns::Box<int>::get<long>`. */
function bareName(name: string): string {
  const operator = /(?:^|::)(operator\W.*)$/.exec(name);
  if (operator) return operator[1]!;
  let depth = 0;
  let bare = "";
  for (let i = 0; i < name.length; i++) {
    const c = name[i]!;
    if (c === "<" || c === "(") depth++;
    else if (c === ">" || c === ")") depth--;
    else if (depth > 0) continue;
    else if (c === " ") break;
    else bare = c === ":" ? "" : bare + c;
  }
  return bare;
}

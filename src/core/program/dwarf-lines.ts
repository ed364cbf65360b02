import { countUpTo, Malformed } from "./bytes";
import type { Reader } from "./bytes";
import type { Debug } from "./dwarf-sections";
import { readNumber, readText, skipForm, unitLength } from "./dwarf-units";
import type { Format, Unit } from "./dwarf-units";
import { isAbsolute, joinPath } from "./paths";

/** Where a row has no file, and where code has no row. */
export const NO_FILE = 0xffff_ffff;

/**
 * All line tables as one: row i covers the addresses from address[i] up to address[i + 1].
 * Sorted by address; what no row covers has rows with NO_FILE and line 0.
 */
export interface LineRows {
  /** load base included */
  address: Float64Array;
  /** index into `files` */
  file: Uint32Array;
  line: Uint32Array;
  column: Uint32Array;
  files: string[];
  /** by offset of a table in .debug_line: its file numbers as indices into `files` */
  tables: Map<number, Uint32Array>;
}

interface Sequence {
  low: number;
  high: number;
  first: number;
  count: number;
}

interface Builder {
  address: Float64Array;
  file: Uint32Array;
  line: Uint32Array;
  column: Uint32Array;
  count: number;
  sequences: Sequence[];
  files: string[];
  fileIndex: Map<string, number>;
}

/** Reads every table of .debug_line (DWARF 5, section 6.2; versions 2 to 5). */
export function readLines(debug: Debug, units: Unit[], loadBase: number): LineRows {
  const bytes = debug.section("line");
  // Type units share the table of a compilation without naming its directory.
  const compDirs = new Map(units.filter((u) => u.compDir !== undefined).map((u) => [u.stmtList, u.compDir]));
  const b: Builder = {
    address: new Float64Array(1024), file: new Uint32Array(1024), line: new Uint32Array(1024), column: new Uint32Array(1024),
    count: 0, sequences: [], files: [], fileIndex: new Map(),
  };
  const tables = new Map<number, Uint32Array>();
  let next = 0;
  try {
    while (next < bytes.length) {
      const { reader, start, offsetSize } = unitLength(bytes, next);
      next = reader.end;
      if (reader.pos === reader.end) continue;
      try {
        readTable(debug, b, reader, start, offsetSize, compDirs.get(start), tables);
      } catch (error) {
        debug.damaged(".debug_line", error);
      }
    }
  } catch (error) {
    debug.damaged(".debug_line", error);
  }
  return { ...mergeSequences(b, loadBase), files: b.files, tables };
}

function readTable(
  debug: Debug, b: Builder, r: Reader, start: number, offsetSize: number, compDir: string | undefined, tables: Map<number, Uint32Array>,
): void {
  const version = r.u16();
  if (version < 2 || version > 5) throw new Malformed(`line table version ${version} is not known`);
  const addressSize = version >= 5 ? r.u8() : 8;
  if (version >= 5) r.skip(1);
  const headerLength = r.offset(offsetSize);
  const programStart = r.pos + headerLength;
  if (programStart > r.end) throw new Malformed("the header of a line table is longer than the table");
  const unitInstruction = r.u8();
  // RISC-V has one operation for each instruction: maximum_operations_per_instruction and op_index do not matter.
  if (version >= 4) r.skip(1);
  r.skip(1);
  const lineBase = r.i8();
  const lineRange = r.u8();
  const opcodeBase = r.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new Malformed("a line table has no special opcodes");
  const operands = Array.from({ length: opcodeBase - 1 }, () => r.u8());
  const format: Format = { start, version, offsetSize, addressSize, strOffsetsBase: 0, addrBase: 0 };
  const names = version >= 5 ? readNames5(debug, r, format, compDir) : readNames2(debug, r, compDir);
  let files = Uint32Array.from(names.files, (path) => internFile(b, path));
  tables.set(start, files);
  r.pos = programStart;

  let address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let first = b.count;
  const addRow = (): void => {
    // A later row at the same address leaves the earlier one an empty range.
    const replaces = b.count > first && b.address[b.count - 1] === address;
    const at = replaces ? b.count - 1 : newRow(b);
    b.address[at] = address;
    b.file[at] = files[file] ?? NO_FILE;
    b.line[at] = line > 0 && line < 2 ** 31 ? line : 0;
    b.column[at] = column;
  };
  while (r.pos < r.end) {
    const opcode = r.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += Math.floor(adjusted / lineRange) * unitInstruction;
      line += lineBase + (adjusted % lineRange);
      addRow();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = r.uleb();
        const end = r.skip(length) + length;
        if (length === 0) break;
        const after = r.pos;
        r.pos = end - length;
        const extended = r.u8();
        if (extended === 1) {
          closeSequence(debug, b, first, address);
          first = b.count;
          address = 0;
          file = 1;
          line = 1;
          column = 0;
        } else if (extended === 2) {
          address = length === 5 ? r.u32() : r.u64();
        } else if (extended === 3) {
          const path = names.resolve(r.string(), r.uleb());
          debug.spend(files.length);
          files = Uint32Array.from([...files, internFile(b, path)]);
          tables.set(start, files);
        }
        r.pos = after;
        break;
      }
      case 1: addRow(); break;
      case 2: address += r.uleb() * unitInstruction; break;
      case 3: line += r.sleb(); break;
      case 4: file = r.uleb(); break;
      case 5: column = r.uleb(); break;
      case 6: case 7: case 10: case 11: break;
      case 8: address += Math.floor((255 - opcodeBase) / lineRange) * unitInstruction; break;
      case 9: address += r.u16(); break;
      default:
        for (let left = operands[opcode - 1]!; left > 0; left--) r.skipLeb();
    }
  }
}

interface Names {
  /** by file number; undefined where there is none */
  files: (string | undefined)[];
  /** the path of a name in a directory of the table */
  resolve(name: string, directory: number): string;
}

/** The file table of versions 2 to 4: numbers from 1, directory 0 is that of the compilation. */
function readNames2(debug: Debug, r: Reader, compDir: string | undefined): Names {
  const directories: string[] = [""];
  for (let name = r.string(); name !== ""; name = r.string()) directories.push(name);
  const resolve = (name: string, directory: number): string => {
    const path = joinPath(compDir, directories[directory], name);
    debug.spend(path.length);
    return path;
  };
  const files: (string | undefined)[] = [undefined];
  for (let name = r.string(); name !== ""; name = r.string()) {
    files.push(resolve(name, r.uleb()));
    r.skipLeb();
    r.skipLeb();
  }
  return { files, resolve };
}

/** The file table of version 5: numbers from 0, directory 0 is that of the compilation. */
function readNames5(debug: Debug, r: Reader, format: Format, compDir: string | undefined): Names {
  const directories = readEntries(debug, r, format).map((entry) => entry.path);
  const base = isAbsolute(directories[0] ?? "") ? directories[0] : (compDir ?? directories[0]);
  const resolve = (name: string, directory: number): string => {
    const path = joinPath(base, directory === 0 ? "" : directories[directory], name);
    debug.spend(path.length);
    return path;
  };
  const files = readEntries(debug, r, format).map((entry) => resolve(entry.path, entry.directory));
  return { files, resolve };
}

/** DWARF 5, section 6.2.4.1: a description of the fields, then the entries. */
function readEntries(debug: Debug, r: Reader, format: Format): { path: string; directory: number }[] {
  const DW_LNCT = { path: 1, directory: 2 };
  const fields = Array.from({ length: r.u8() }, () => ({ content: r.uleb(), form: r.uleb() }));
  const count = r.uleb();
  if (count > r.end - r.pos) throw new Malformed("a line table claims more files than it can hold");
  return Array.from({ length: count }, () => {
    const entry = { path: "", directory: 0 };
    for (const { content, form } of fields) {
      if (content === DW_LNCT.path) entry.path = readText(debug, format, r, form) ?? "";
      else if (content === DW_LNCT.directory) entry.directory = readNumber(debug, format, r, form, 0) ?? 0;
      else skipForm(format, r, form);
    }
    debug.spend(fields.length);
    return entry;
  });
}

function internFile(b: Builder, path: string | undefined): number {
  if (path === undefined) return NO_FILE;
  let index = b.fileIndex.get(path);
  if (index === undefined) {
    index = b.files.push(path) - 1;
    b.fileIndex.set(path, index);
  }
  return index;
}

function newRow(b: Builder): number {
  if (b.count === b.address.length) {
    const grow = <T extends Float64Array | Uint32Array>(old: T, bigger: T): T => {
      bigger.set(old);
      return bigger;
    };
    b.address = grow(b.address, new Float64Array(b.count * 2));
    b.file = grow(b.file, new Uint32Array(b.count * 2));
    b.line = grow(b.line, new Uint32Array(b.count * 2));
    b.column = grow(b.column, new Uint32Array(b.count * 2));
  }
  return b.count++;
}

/** Keeps the rows since `first` as a sequence that ends at `high`, or drops them when their code was discarded by the linker. */
function closeSequence(debug: Debug, b: Builder, first: number, high: number): void {
  const count = b.count - first;
  if (count > 0) {
    sortRows(b, first, count);
    const low = b.address[first]!;
    if (high > low && debug.isCode(low)) {
      b.sequences.push({ low, high, first, count });
      return;
    }
  }
  b.count = first;
}

/** Addresses only increase within a sequence (DWARF 5, section 6.2.5), but not every assembler knows. */
function sortRows(b: Builder, first: number, count: number): void {
  let sorted = true;
  for (let i = first + 1; i < first + count && sorted; i++) sorted = b.address[i]! >= b.address[i - 1]!;
  if (sorted) return;
  const order = Array.from({ length: count }, (_, i) => first + i).sort((x, y) => b.address[x]! - b.address[y]! || x - y);
  for (const column of [b.address, b.file, b.line, b.column]) column.set(order.map((i) => column[i]!), first);
}

/** Puts the sequences in order. Of two that overlap the first, or longer, wins: the other is a copy that the linker discarded. */
function mergeSequences(b: Builder, loadBase: number): Pick<LineRows, "address" | "file" | "line" | "column"> {
  const sequences = b.sequences.sort((x, y) => x.low - y.low || y.high - x.high || y.count - x.count);
  const size = b.count + sequences.length;
  const rows = { address: new Float64Array(size), file: new Uint32Array(size), line: new Uint32Array(size), column: new Uint32Array(size) };
  let count = 0;
  let end = -1;
  const put = (address: number, from: number): void => {
    // A row at the same address replaces the end of the sequence before it.
    if (count > 0 && rows.address[count - 1] === address + loadBase) count--;
    rows.address[count] = address + loadBase;
    rows.file[count] = from < 0 ? NO_FILE : b.file[from]!;
    rows.line[count] = from < 0 || rows.file[count] === NO_FILE ? 0 : b.line[from]!;
    rows.column[count] = from < 0 ? 0 : b.column[from]!;
    count++;
  };
  for (const { low, high, first, count: length } of sequences) {
    if (high <= end) continue;
    const addresses = b.address.subarray(first, first + length);
    const skipped = low < end ? Math.max(countUpTo(addresses, end) - 1, 0) : 0;
    for (let i = skipped; i < length && addresses[i]! < high; i++) put(Math.max(addresses[i]!, end), first + i);
    put(high, -1);
    end = high;
  }
  return {
    address: rows.address.slice(0, count),
    file: rows.file.slice(0, count),
    line: rows.line.slice(0, count),
    column: rows.column.slice(0, count),
  };
}

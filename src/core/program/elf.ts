import { unzlibSync } from "fflate";
import { UserError } from "../errors";
import { Malformed, Reader } from "./bytes";

/** A PT_LOAD segment. Addresses include the load base. */
export interface Segment {
  address: number;
  memorySize: number;
  /** what the file holds of it, a view; the rest of memorySize is zero */
  fileBytes: Uint8Array;
  readable: boolean;
  writable: boolean;
  executable: boolean;
}

export interface Section {
  name: string;
  type: number;
  flags: number;
  /** link-time address: without the load base */
  address: number;
  offset: number;
  size: number;
  link: number;
}

export interface Elf {
  bytes: Uint8Array;
  /** guest address of the first instruction, load base included */
  entry: number;
  pie: boolean;
  loadBase: number;
  segments: Segment[];
  /** PT_GNU_STACK asks for a stack that code may run on, as nested functions of GNU C do */
  executableStack: boolean;
  /** for AT_PHDR, AT_PHENT and AT_PHNUM; address is 0 when no segment holds the table */
  programHeaders: { address: number; entrySize: number; count: number };
  sections: Section[];
  /** Tag_RISCV_arch of .riscv.attributes */
  isaAttributes: string | undefined;
}

/** Where a static-PIE program is put. */
const PIE_BASE = 0x400_0000;
const MAX_MEMORY = 2 ** 30;
const MAX_SECTION = 2 ** 28;

const ET = { relocatable: 1, executable: 2, dynamic: 3, core: 4 } as const;
export const EM_RISCV = 243;
const MACHINES: Record<number, string> = {
  2: "SPARC", 3: "x86 (32-bit)", 8: "MIPS", 20: "PowerPC", 21: "PowerPC 64", 22: "IBM Z (s390)", 40: "Arm (32-bit)", 43: "SPARC V9",
  50: "IA-64", 62: "x86-64", 183: "AArch64", 247: "BPF", 252: "C-SKY", 258: "LoongArch",
};
const PT = { load: 1, dynamic: 2, interp: 3, riscvAttributes: 0x7000_0003, gnuStack: 0x6474e551 } as const;
export const SHT = { symtab: 2, nobits: 8, dynsym: 11, riscvAttributes: 0x7000_0003 } as const;
const SHF_COMPRESSED = 0x800;
export const SHF_EXECINSTR = 4;

interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
}

/**
 * Reads the headers of a static ELF64 little-endian RISC-V program.
 * @throws UserError("elf") that names the file and why it cannot be executed here
 */
export function readElf(bytes: Uint8Array, name: string): Elf {
  const fail = (cause: string): never => {
    throw new UserError("elf", `${name}: ${cause}`);
  };
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    fail(bytes.length === 0 ? "the file is empty" : "not an ELF file");
  }
  try {
    return readHeaders(bytes, fail);
  } catch (error) {
    if (error instanceof Malformed) return fail("truncated or damaged: a header lies beyond the end of the file");
    throw error;
  }
}

function readHeaders(bytes: Uint8Array, fail: (cause: string) => never): Elf {
  const r = new Reader(bytes, 4);
  const elfClass = r.u8();
  const encoding = r.u8();
  if (elfClass === 1) fail("a 32-bit program; compile for rv64 (-march=rv64gc -mabi=lp64d)");
  if (elfClass !== 2) fail(`damaged: unknown ELF class ${elfClass}`);
  if (encoding === 2) fail("a big-endian program; only little-endian RISC-V is known");
  if (encoding !== 1) fail(`damaged: unknown byte order ${encoding}`);
  r.pos = 16;
  const type = r.u16();
  const machine = r.u16();
  if (machine !== EM_RISCV) fail(`a program for ${MACHINES[machine] ?? `ELF machine ${machine}`}, not for RISC-V`);
  if (type === ET.relocatable) fail("a relocatable object file; link it into a program first");
  if (type === ET.core) fail("a core file (the memory of a crashed program), not a program");
  if (type !== ET.executable && type !== ET.dynamic) fail(`damaged: unknown ELF type ${type}`);
  const pie = type === ET.dynamic;
  const loadBase = pie ? PIE_BASE : 0;
  r.pos = 24;
  const entry = r.u64() + loadBase;
  const phoff = r.u64();
  const shoff = r.u64();
  r.pos = 54;
  const phentsize = r.u16();
  const phnum = r.u16();
  const shentsize = r.u16();
  const shnum = r.u16();
  const shstrndx = r.u16();

  if (phnum === 0) fail("nothing to load: the file has no program headers");
  if (phentsize !== 56) fail(`damaged: program headers of ${phentsize} bytes (56 expected)`);
  const headers = readProgramHeaders(bytes, phoff, phnum);
  if (headers.some((h) => h.type === PT.interp)) fail("dynamically linked; link with -static");
  const dynamic = headers.find((h) => h.type === PT.dynamic);
  if (dynamic && needsLibraries(bytes, dynamic)) {
    fail("dynamically linked or a shared library; link a program with -static");
  }
  const segments = readSegments(bytes, headers, loadBase, fail);
  if (!segments.some((s) => s.executable && entry >= s.address && entry < s.address + s.memorySize)) {
    fail(`the entry point 0x${entry.toString(16)} is in no executable segment`);
  }
  const holder = headers.find((h) => h.type === PT.load && phoff >= h.offset && phoff + phnum * 56 <= h.offset + h.fileSize);
  const sections = shoff === 0 ? [] : readSections(bytes, shoff, shnum, shentsize, shstrndx, fail);
  return {
    bytes,
    entry,
    pie,
    loadBase,
    segments,
    executableStack: headers.some((h) => h.type === PT.gnuStack && (h.flags & 1) !== 0),
    programHeaders: { address: holder ? holder.address + (phoff - holder.offset) + loadBase : 0, entrySize: phentsize, count: phnum },
    sections,
    isaAttributes: readIsa(bytes, headers, sections),
  };
}

function readProgramHeaders(bytes: Uint8Array, offset: number, count: number): ProgramHeader[] {
  const r = new Reader(bytes, offset);
  return Array.from({ length: count }, () => {
    const type = r.u32();
    const flags = r.u32();
    const fileOffset = r.u64();
    const address = r.u64();
    r.skip(8);
    const fileSize = r.u64();
    const memorySize = r.u64();
    r.skip(8);
    return { type, flags, offset: fileOffset, address, fileSize, memorySize };
  });
}

function needsLibraries(bytes: Uint8Array, dynamic: ProgramHeader): boolean {
  const DT_NEEDED = 1;
  const r = new Reader(bytes, dynamic.offset);
  for (let left = Math.floor(dynamic.fileSize / 16); left > 0; left--) {
    const tag = r.u64();
    r.skip(8);
    if (tag === 0) return false;
    if (tag === DT_NEEDED) return true;
  }
  return false;
}

function readSegments(bytes: Uint8Array, headers: ProgramHeader[], loadBase: number, fail: (cause: string) => never): Segment[] {
  const loads = headers.filter((h) => h.type === PT.load && h.memorySize > 0).sort((a, b) => a.address - b.address);
  if (loads.length === 0) fail("nothing to load: the file has no loadable segment");
  let total = 0;
  let end = 0;
  return loads.map((h) => {
    const where = `the segment at 0x${h.address.toString(16)}`;
    if (h.address + h.memorySize + loadBase > Number.MAX_SAFE_INTEGER) fail(`${where} lies above 2^53`);
    if (h.fileSize > h.memorySize) fail(`damaged: ${where} is larger in the file than in memory`);
    if (h.offset + h.fileSize > bytes.length) fail(`truncated: ${where} ends beyond the end of the file`);
    if (h.address < end) fail(`damaged: ${where} overlaps the one before it`);
    end = h.address + h.memorySize;
    total += h.memorySize;
    if (total > MAX_MEMORY) fail("its segments need more than 1 GiB of memory");
    return {
      address: h.address + loadBase,
      memorySize: h.memorySize,
      fileBytes: bytes.subarray(h.offset, h.offset + h.fileSize),
      readable: (h.flags & 4) !== 0,
      writable: (h.flags & 2) !== 0,
      executable: (h.flags & 1) !== 0,
    };
  });
}

function readSections(
  bytes: Uint8Array, offset: number, count: number, entrySize: number, namesIndex: number, fail: (cause: string) => never,
): Section[] {
  if (entrySize !== 64) fail(`damaged: section headers of ${entrySize} bytes (64 expected)`);
  const r = new Reader(bytes, offset);
  const nameOffsets: number[] = [];
  const sections = Array.from({ length: count }, () => {
    nameOffsets.push(r.u32());
    const section = { name: "", type: r.u32(), flags: r.u64(), address: r.u64(), offset: r.u64(), size: r.u64(), link: r.u32() };
    r.skip(20);
    return section;
  });
  const names = sections[namesIndex];
  if (names && names.type !== SHT.nobits && names.offset + names.size <= bytes.length) {
    const table = bytes.subarray(names.offset, names.offset + names.size);
    sections.forEach((section, i) => {
      // Longer than any name that is looked for: a search of the whole table for each section would take a hostile file too long.
      const head = table.subarray(nameOffsets[i]!, nameOffsets[i]! + 64);
      if (head.includes(0)) section.name = new Reader(head).string();
    });
  }
  return sections;
}

/**
 * The content of a section, decompressed where SHF_COMPRESSED says so.
 * @throws Malformed when it lies outside the file, or is compressed in a way that is not known
 */
export function sectionBytes(elf: Elf, section: Section): Uint8Array {
  if (section.type === SHT.nobits) return new Uint8Array(0);
  if (section.offset + section.size > elf.bytes.length) throw new Malformed("it ends beyond the end of the file");
  const raw = elf.bytes.subarray(section.offset, section.offset + section.size);
  if ((section.flags & SHF_COMPRESSED) === 0) return raw;
  const header = new Reader(raw);
  const method = header.u32();
  header.skip(4);
  const size = header.u64();
  if (method === 2) throw new Malformed("it is compressed with zstd; compile with -gz=zlib or without -gz");
  if (method !== 1) throw new Malformed(`it is compressed with an unknown method ${method}`);
  // Deflate cannot expand more than 1032 times.
  if (size > MAX_SECTION || size > raw.length * 1032) throw new Malformed(`it claims an absurd size of ${size} bytes`);
  let content: Uint8Array;
  try {
    // One byte of room shows data that is longer than claimed.
    content = unzlibSync(raw.subarray(24), { out: new Uint8Array(size + 1) });
  } catch {
    throw new Malformed("its compressed data is damaged");
  }
  if (content.length !== size) throw new Malformed("its compressed data has another size than it claims");
  return content;
}

/** Tag_RISCV_arch; the layout is in the RISC-V ELF psABI, "Attributes". */
function readIsa(bytes: Uint8Array, headers: ProgramHeader[], sections: Section[]): string | undefined {
  const section = sections.find((s) => s.type === SHT.riscvAttributes);
  const segment = headers.find((h) => h.type === PT.riscvAttributes);
  const [offset, size] = section ? [section.offset, section.size] : [segment?.offset ?? 0, segment?.fileSize ?? 0];
  if (size === 0) return undefined;
  try {
    const r = new Reader(bytes, offset, offset + size);
    if (r.u8() !== 0x41) return undefined;
    while (r.pos < offset + size) {
      const start = r.pos;
      const length = r.u32();
      if (r.string() === "riscv" && r.u8() === 1) {
        r.skip(4);
        while (r.pos < start + length) {
          const tag = r.uleb();
          if (tag === 5) return r.string();
          if (tag % 2 === 1) r.skipString();
          else r.skipLeb();
        }
      }
      r.pos = start;
      r.skip(Math.max(length, 4));
    }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return undefined;
}

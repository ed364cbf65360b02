import { UserError } from "../errors";
import { type Guest, PROTECTION } from "./guest";

/** What loading asks of a program (core/program/program.ts has it). Addresses include the load base. */
export interface LoadableProgram {
  name: string;
  entry: number;
  segments: { address: number; memorySize: number; fileBytes: Uint8Array; readable: boolean; writable: boolean; executable: boolean }[];
  programHeaders: { address: number; entrySize: number; count: number };
}

/** "linux": as qemu and Linux start a static program; "gem5": as gem5's system-call emulation does, address by address. */
export type Personality = "linux" | "gem5";

export interface LoadOptions {
  argv: readonly string[];
  env: readonly string[];
  personality: Personality;
  /** 16 bytes of AT_RANDOM come from it */
  seed: number;
}

export interface Layout {
  entry: number;
  stackPointer: bigint;
  /** first address after the image, where the heap begins */
  brk: bigint;
  /** mmap gives out addresses downwards from here */
  mmapTop: bigint;
}

const PAGE = 4096n;
const AT = { null: 0, phdr: 3, phent: 4, phnum: 5, pagesz: 6, base: 7, flags: 8, entry: 9, uid: 11, euid: 12, gid: 13, egid: 14, hwcap: 16, clktck: 17, secure: 23, random: 25, execfn: 31 };
/** IMAFDC as bits of AT_HWCAP (Linux, arch/riscv/include/uapi/asm/hwcap.h). */
const HWCAP = [..."IMAFDC"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 65)), 0);

const LAYOUT = {
  // Below 2^38, as on a core with Sv39.
  linux: { stackTop: 0x3f_ffff_f000n, stackSize: 8n << 20n, mmapTop: 0x3f_f000_0000n },
  // gem5 24.0, src/arch/riscv/process.cc, RiscvProcess64.
  gem5: { stackTop: 0x7fff_ffff_ffff_ffffn, stackSize: 8n << 20n, mmapTop: 0x4000_0000_0000_0000n },
} as const;

const up = (address: bigint): bigint => (address + PAGE - 1n) & ~(PAGE - 1n);
const down = (address: bigint): bigint => address & ~(PAGE - 1n);

/** Maps the program and builds its first stack. @throws UserError when it does not fit in memory */
export function loadProgram(guest: Guest, program: LoadableProgram, options: LoadOptions): Layout {
  const gem5 = options.personality === "gem5";
  let end = 0n;
  for (const s of program.segments) {
    const start = BigInt(s.address);
    const stop = start + BigInt(s.memorySize);
    const protection =
      (s.readable ? PROTECTION.read : 0) | (s.writable ? PROTECTION.write : 0) | (s.executable ? PROTECTION.execute : 0);
    // Segments may share a page: what an earlier one put there stays, with both protections.
    for (let page = down(start); page < stop; page += PAGE) {
      if (guest.mapped(page, PAGE)) guest.protect(page, PAGE, protection | PROTECTION.read);
      else if (!guest.map(page, PAGE, protection)) throw new UserError("memory", `${program.name}: its segments do not fit in memory`);
    }
    guest.write(start, s.fileBytes);
    // gem5's loader writes the zeros of .bss, so these pages never fault.
    const zeros = start + BigInt(s.fileBytes.length);
    for (let at = zeros; gem5 && at < stop; at = down(at) + PAGE) guest.write(at, new Uint8Array(1));
    if (up(stop) > end) end = up(stop);
  }
  const layout = LAYOUT[options.personality];
  const stackTop = up(layout.stackTop);
  guest.map(stackTop - layout.stackSize, layout.stackSize, PROTECTION.read | PROTECTION.write);
  const stackPointer = gem5 ? gem5Stack(guest, program, options) : linuxStack(guest, program, options);
  return { entry: program.entry, stackPointer, brk: end, mmapTop: layout.mmapTop };
}

function randomBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(16);
  for (let i = 0, state = seed >>> 0; i < 16; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Writes strings upwards from `at`; returns the address of each and the end. */
function writeStrings(guest: Guest, at: bigint, strings: readonly string[]): { addresses: bigint[]; end: bigint } {
  const addresses = strings.map((s) => {
    const bytes = new TextEncoder().encode(`${s}\0`);
    guest.write(at, bytes);
    const address = at;
    at += BigInt(bytes.length);
    return address;
  });
  return { addresses, end: at };
}

const sizeOf = (strings: readonly string[]): bigint => strings.reduce((n, s) => n + BigInt(new TextEncoder().encode(s).length + 1), 0n);

function writeWords(guest: Guest, at: bigint, words: readonly bigint[]): void {
  guest.write(at, new Uint8Array(BigUint64Array.from(words).buffer));
}

function pairs(entries: readonly (readonly [number, bigint | number])[]): bigint[] {
  return entries.flatMap(([key, value]) => [BigInt(key), BigInt(value)]);
}

function linuxStack(guest: Guest, program: LoadableProgram, { argv, env, seed }: LoadOptions): bigint {
  const strings = (LAYOUT.linux.stackTop - sizeOf(argv) - sizeOf(env) - 64n) & ~15n;
  const random = strings - 16n;
  guest.write(random, randomBytes(seed));
  const args = writeStrings(guest, strings, argv);
  const envs = writeStrings(guest, args.end, env);
  const { address, entrySize, count } = program.programHeaders;
  const auxv = pairs([
    [AT.phdr, address], [AT.phent, entrySize], [AT.phnum, count], [AT.pagesz, PAGE], [AT.base, 0], [AT.flags, 0],
    [AT.entry, program.entry], [AT.uid, 1000], [AT.euid, 1000], [AT.gid, 1000], [AT.egid, 1000], [AT.hwcap, HWCAP],
    [AT.clktck, 100], [AT.secure, 0], [AT.random, random], [AT.execfn, args.addresses[0] ?? 0n], [AT.null, 0],
  ]);
  const words = [BigInt(argv.length), ...args.addresses, 0n, ...envs.addresses, 0n, ...auxv];
  const stackPointer = (random - 8n * BigInt(words.length)) & ~15n;
  writeWords(guest, stackPointer, words);
  return stackPointer;
}

/** gem5 24.0, src/arch/riscv/process.cc, RiscvProcess::argsInit, from the top of the stack down. */
function gem5Stack(guest: Guest, program: LoadableProgram, { argv, env, seed }: LoadOptions): bigint {
  let top = LAYOUT.gem5.stackTop;
  top -= 16n;
  guest.write(top, randomBytes(seed));
  const place = (s: string): bigint => {
    const bytes = new TextEncoder().encode(`${s}\0`);
    top -= BigInt(bytes.length);
    guest.write(top, bytes);
    return top;
  };
  const argPointers = argv.map(place);
  const envPointers = env.map(place);
  top &= ~7n;
  const { address, entrySize, count } = program.programHeaders;
  // AT_RANDOM points at the aligned strings, not at the random bytes above them: so does gem5's.
  const auxv = pairs([
    [AT.entry, program.entry], [AT.phnum, count], [AT.phent, entrySize], [AT.phdr, address], [AT.pagesz, PAGE],
    [AT.secure, 0], [AT.random, top], [AT.null, 0],
  ]);
  const words = [BigInt(argv.length), ...argPointers, 0n, ...envPointers, 0n, ...auxv];
  const stackPointer = (top - 8n * BigInt(words.length)) & ~15n;
  writeWords(guest, stackPointer, words);
  return stackPointer;
}

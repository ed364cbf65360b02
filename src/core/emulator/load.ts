import { UserError } from "../errors";
import { type Guest, GuestFault, PROTECTION } from "./guest";
import { type Personality, words } from "./linux-abi";
import { GEM5 } from "./linux-gem5";
import { pageDown, pageUp, type Region, type Space } from "./linux-memory";
import { createRandomBytes, type RandomBytes } from "./linux-random";
import { identity } from "./linux-system";

/** "linux": as Linux starts a static program; "gem5": as gem5's system-call emulation does, address by address. */
export type { Personality } from "./linux-abi";

/** What loading asks of a program (core/program/program.ts has it). Addresses include the load base; segments are sorted and disjoint. */
export interface LoadableProgram {
  name: string;
  entry: number;
  segments: { address: number; memorySize: number; fileBytes: Uint8Array; readable: boolean; writable: boolean; executable: boolean }[];
  programHeaders: { address: number; entrySize: number; count: number };
  executableStack?: boolean;
}

export interface LoadOptions {
  argv: readonly string[];
  env: readonly string[];
  personality: Personality;
  /** what createLinux gets too: AT_RANDOM holds the first 16 bytes */
  seed: number;
}

export interface Layout extends Space {
  entry: number;
  stackPointer: bigint;
}

const PAGE = 4096n;
/** linux/auxvec.h */
const AT = {
  null: 0, phdr: 3, phent: 4, phnum: 5, pageSize: 6, base: 7, flags: 8, entry: 9, uid: 11, euid: 12, gid: 13, egid: 14, hwcap: 16,
  clockTick: 17, secure: 23, random: 25, execfn: 31,
} as const;
/** IMAFDC as bits of AT_HWCAP (Linux, arch/riscv/include/uapi/asm/hwcap.h). */
const HWCAP = [..."IMAFDC"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 65)), 0);
const STACK_SIZE = 8n << 20n;
/** Most that arguments and environment may take of the stack (a quarter of it, as in Linux). */
const STRINGS = Number(STACK_SIZE / 4n);

const SPACES = {
  // Sv39: 2^38 bytes; mmap begins 128 MiB below the top (arch_pick_mmap_layout with an 8 MiB stack).
  linux: { stackEnd: 0x3f_ffff_f000n, mmap: 0x3f_f800_0000n, limit: 0x3f_ffff_f000n },
  gem5: { stackEnd: GEM5.stackBase + 1n, mmap: GEM5.mmapBase, limit: GEM5.stackBase + 1n },
} as const;

/** Maps the program and builds its first stack. @throws UserError when it does not fit in memory */
export function loadProgram(guest: Guest, program: LoadableProgram, options: LoadOptions): Layout {
  const space = SPACES[options.personality];
  const tooMuch = (what: string): never => {
    throw new UserError("memory", `${program.name}: ${what} not fit in the emulated memory`);
  };
  try {
    const regions = mapSegments(guest, program, space.mmap - (1n << 32n), options.personality === "gem5", tooMuch);
    const brk = regions.at(-1)!.end;
    const stack = { start: space.stackEnd - STACK_SIZE, end: space.stackEnd, protection: PROTECTION.read | PROTECTION.write | (program.executableStack ? PROTECTION.execute : 0), file: false };
    if (!guest.map(stack.start, STACK_SIZE, stack.protection)) tooMuch("its stack does");
    const argv = options.argv.map(terminated);
    const env = options.env.map(terminated);
    const bytes = [...argv, ...env].reduce((total, text) => total + text.length + 8, 0);
    if (bytes > STRINGS) {
      const cause = `its arguments and environment take ${bytes} bytes of the stack, at most ${STRINGS} are possible`;
      throw new UserError("usage", `${program.name}: ${cause}`);
    }
    const build = options.personality === "gem5" ? gem5Stack : linuxStack;
    const stackPointer = build(guest, program, argv, env, createRandomBytes(options.personality, options.seed));
    return { entry: program.entry, stackPointer, brk, mmap: space.mmap, limit: space.limit, regions: [...regions, stack] };
  } catch (error) {
    // Everything written to was mapped before: no frame was left.
    if (error instanceof GuestFault) return tooMuch("it does");
    throw error;
  }
}

/**
 * Maps every segment and fills it. Neighbours that share a page share both their protections.
 * @param clear touch the pages of zeros too
 */
function mapSegments(
  guest: Guest, program: LoadableProgram, highest: bigint, clear: boolean, tooMuch: (what: string) => never,
): Region[] {
  const regions: Region[] = [];
  for (const segment of program.segments) {
    const { address, memorySize, readable, writable, executable } = segment;
    const protection = (readable ? PROTECTION.read : 0) | (writable ? PROTECTION.write : 0) | (executable ? PROTECTION.execute : 0);
    const start = pageDown(BigInt(address));
    const end = pageUp(BigInt(address) + BigInt(memorySize));
    const last = regions.at(-1);
    const shared = last !== undefined && last.end > start;
    const from = shared ? last.end : start;
    if (end > highest) tooMuch(`its segment at 0x${address.toString(16)} does`);
    if (shared) {
      const both = last.protection | protection;
      guest.protect(last.end - PAGE, PAGE, both);
      regions.push({ start: last.end - PAGE, end: last.end, protection: both, file: true });
      last.end -= PAGE;
    }
    if (end > from) {
      if (!guest.map(from, end - from, protection)) tooMuch("its segments do");
      regions.push({ start: from, end, protection, file: true });
    }
    guest.write(BigInt(address), segment.fileBytes);
    if (clear) clearRest(guest, segment);
  }
  return regions.filter((region) => region.end > region.start);
}

/** gem5 writes the zeros behind a segment's file content itself (src/base/loader/memory_image.cc), so these pages never fault. */
function clearRest(guest: Guest, { address, memorySize, fileBytes }: LoadableProgram["segments"][number]): void {
  const zeros = new Uint8Array(65536);
  for (let done = fileBytes.length; done < memorySize; done += zeros.length) {
    guest.write(BigInt(address + done), zeros.subarray(0, memorySize - done));
  }
}

function terminated(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

type BuildStack = (guest: Guest, program: LoadableProgram, argv: Uint8Array[], env: Uint8Array[], random: RandomBytes) => bigint;

/** As create_elf_tables of Linux (fs/binfmt_elf.c): strings upwards in order, the executable's name above them. */
const linuxStack: BuildStack = (guest, program, argv, env, random) => {
  const name = argv[0] ?? terminated(program.name);
  const top = SPACES.linux.stackEnd - 8n;
  const nameAddress = top - BigInt(name.length);
  let at = nameAddress - BigInt([...argv, ...env].reduce((total, text) => total + text.length, 0));
  const randomAddress = (at & ~15n) - 16n;
  const put = (text: Uint8Array): bigint => {
    guest.write(at, text);
    at += BigInt(text.length);
    return at - BigInt(text.length);
  };
  const argPointers = argv.map(put);
  const envPointers = env.map(put);
  put(name);
  guest.write(randomAddress, random(16));
  const { address, entrySize, count } = program.programHeaders;
  const { user } = identity(false);
  const auxiliary = [
    [AT.hwcap, HWCAP], [AT.pageSize, PAGE], [AT.clockTick, 100], [AT.phdr, address], [AT.phent, entrySize], [AT.phnum, count], [AT.base, 0],
    [AT.flags, 0], [AT.entry, program.entry], [AT.uid, user], [AT.euid, user], [AT.gid, user], [AT.egid, user], [AT.secure, 0],
    [AT.random, randomAddress], [AT.execfn, nameAddress], [AT.null, 0],
  ];
  return pushWords(guest, randomAddress, argPointers, envPointers, auxiliary);
};

/** gem5 24.0, src/arch/riscv/process.cc, RiscvProcess::argsInit: from the top of the stack down. */
const gem5Stack: BuildStack = (guest, program, argv, env, random) => {
  let top = GEM5.stackBase - 16n;
  guest.write(top, random(16));
  const put = (text: Uint8Array): bigint => {
    top -= BigInt(text.length);
    guest.write(top, text);
    return top;
  };
  const argPointers = argv.map(put);
  const envPointers = env.map(put);
  top &= ~7n;
  const { address, entrySize, count } = program.programHeaders;
  // AT_RANDOM names the aligned end of the strings, not the random bytes: so it is in gem5.
  const auxiliary = [
    [AT.entry, program.entry], [AT.phnum, count], [AT.phent, entrySize], [AT.phdr, address], [AT.pageSize, PAGE], [AT.secure, 0],
    [AT.random, top], [AT.null, 0],
  ];
  return pushWords(guest, top, argPointers, envPointers, auxiliary);
};

/** argc, argv, envp and the auxiliary vector below `top`; returns the stack pointer, aligned to 16. */
function pushWords(guest: Guest, top: bigint, argv: bigint[], env: bigint[], auxiliary: (number | bigint)[][]): bigint {
  const content = words(argv.length, ...argv, 0, ...env, 0, ...auxiliary.flat());
  const stackPointer = (top - BigInt(content.length)) & ~15n;
  guest.write(stackPointer, content);
  return stackPointer;
}

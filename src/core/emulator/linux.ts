import { UserError } from "../errors";
import { ERRNO, GuestFiles, type HostFiles, type OpenFile, type Streams } from "./files";
import { type Guest, GuestFault, PROTECTION } from "./guest";
import type { Layout, Personality } from "./load";

/** How a system call ends: a value for a0, or the end of the program. */
export type Outcome = { result: bigint } | { exit: number } | { signal: number };

export interface LinuxOptions {
  streams: Streams;
  host: HostFiles | undefined;
  /** working directory as the program sees it */
  directory: string;
  /** what /proc/self/exe names */
  executable: string;
  layout: Layout;
  personality: Personality;
  seed: number;
}

const PAGE = 4096n;
const AT_FDCWD = -100;
/** Wall-clock time at the first instruction: 1 January 2025, so that runs repeat. */
const EPOCH = 1735689600n;
const HEAP_LIMIT = 4n << 30n;
const IO_LIMIT = 1 << 24;
const STACK_SIZE = 8n << 20n;

/** What a program asks for and cannot have. */
const REFUSED: Record<number, string> = {
  220: "a thread or another process (clone)", 435: "a thread or another process (clone3)", 221: "to start another program (execve)",
  281: "to start another program (execveat)", 198: "a network socket (socket)", 199: "a socket pair (socketpair)", 59: "a pipe (pipe2)",
  117: "to trace a process (ptrace)", 20: "an event queue (epoll_create1)", 19: "an event descriptor (eventfd2)",
  279: "a memory file (memfd_create)", 425: "an I/O ring (io_uring_setup)",
};

/** Signals of rt_sigaction are accepted and never delivered: only the program itself could raise one. */
const SIGNAL_NAMES: Record<number, string> = { 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM" };

export function signalName(signal: number): string {
  return SIGNAL_NAMES[signal] ?? `signal ${signal}`;
}

/** The Linux system calls that static programs use. Deterministic: one instruction is one nanosecond, randomness is seeded. */
export function createLinux(guest: Guest, options: LinuxOptions): (number: number, args: readonly bigint[]) => Outcome {
  const { layout, personality } = options;
  const gem5 = personality === "gem5";
  let randomState = options.seed >>> 0 || 1;
  const random = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) {
      // xorshift32 (Marsaglia 2003)
      randomState ^= randomState << 13;
      randomState ^= randomState >>> 17;
      randomState = (randomState ^ (randomState << 5)) >>> 0;
      bytes[i] = randomState >>> 8;
    }
  };
  const files = new GuestFiles(options.streams, options.host, options.directory, random);
  let brk = layout.brk;
  let mmapTop = layout.mmapTop;
  let slept = 0n;

  const up = (n: bigint): bigint => (n + PAGE - 1n) & ~(PAGE - 1n);
  const now = (): bigint => BigInt(guest.instructions()) + slept;
  const int = (n: bigint): number => Number(BigInt.asIntN(32, n));
  const length = (n: bigint): number => (n > BigInt(IO_LIMIT) ? IO_LIMIT : Number(n));
  const words = (...values: (bigint | number)[]): Uint8Array => new Uint8Array(BigUint64Array.from(values, (v) => BigInt.asUintN(64, BigInt(v))).buffer);

  function text(address: bigint): string {
    const bytes: number[] = [];
    for (let at = address; bytes.length < 4096; at++) {
      const byte = guest.read(at, 1)[0]!;
      if (byte === 0) return new TextDecoder().decode(Uint8Array.from(bytes));
      bytes.push(byte);
    }
    throw new GuestFault(address);
  }

  function pathAt(fd: bigint, address: bigint): string {
    const path = text(address);
    const directory = int(fd) === AT_FDCWD ? undefined : files.get(int(fd));
    return files.resolve(path, directory?.kind === "directory" ? directory.path : undefined);
  }

  function vector(address: bigint, count: bigint): [bigint, bigint][] {
    const n = Math.min(Number(count), 1024);
    const v = new BigUint64Array(guest.read(address, 16 * n).buffer);
    return Array.from({ length: n }, (_, i) => [v[2 * i]!, v[2 * i + 1]!]);
  }

  function transfer(fd: bigint, pieces: [bigint, bigint][], act: (file: OpenFile, address: bigint, size: number) => number): number {
    const file = files.get(int(fd));
    if (!file) return -ERRNO.EBADF;
    let done = 0;
    for (const [address, size] of pieces) {
      const n = act(file, address, length(size));
      if (n < 0) return done || n;
      done += n;
      if (n < Number(size)) break;
    }
    return done;
  }

  const readInto = (position?: number) => (file: OpenFile, address: bigint, size: number): number => {
    const bytes = files.read(file, size, position);
    if (typeof bytes === "number") return bytes;
    guest.write(address, bytes);
    return bytes.length;
  };
  const writeFrom = (position?: number) => (file: OpenFile, address: bigint, size: number): number =>
    files.write(file, guest.read(address, size), position);

  /** struct stat of riscv64 (asm-generic/stat.h), 128 bytes. */
  function stat(file: OpenFile): Uint8Array {
    const out = new DataView(new ArrayBuffer(128));
    const size = file.kind === "file" ? file.content.size : 0;
    const mode = file.kind === "file" ? 0o100644 : file.kind === "directory" ? 0o040755 : 0o020666;
    out.setBigUint64(0, 1n, true);
    out.setBigUint64(8, BigInt(file.kind === "file" ? file.content.inode : 2), true);
    out.setUint32(16, mode, true);
    out.setUint32(20, 1, true);
    if (mode === 0o020666) out.setBigUint64(32, 0x103n, true); // rdev of /dev/null
    out.setBigUint64(48, BigInt(size), true);
    out.setInt32(56, gem5 ? 0x2000 : 4096, true);
    out.setBigUint64(64, BigInt(Math.ceil(size / 512)), true);
    for (const at of [72, 88, 104]) out.setBigUint64(at, EPOCH, true);
    return new Uint8Array(out.buffer);
  }

  function statTo(file: OpenFile | undefined, address: bigint): number {
    if (!file) return -ERRNO.ENOENT;
    guest.write(address, stat(file));
    return 0;
  }

  function seek(fd: bigint, offset: bigint, whence: bigint): number {
    const file = files.get(int(fd));
    if (!file) return -ERRNO.EBADF;
    if (file.kind !== "file") return -ERRNO.ESPIPE;
    const base = whence === 0n ? 0 : whence === 1n ? file.position : whence === 2n ? file.content.size : NaN;
    const to = base + Number(BigInt.asIntN(64, offset));
    if (!(to >= 0)) return -ERRNO.EINVAL;
    return (file.position = to);
  }

  function setBrk(to: bigint): bigint {
    if (to < layout.brk || to > layout.brk + HEAP_LIMIT) return brk;
    const from = up(brk);
    if (up(to) > from && !guest.map(from, up(to) - from, PROTECTION.read | PROTECTION.write)) return brk;
    if (up(to) < from) guest.unmap(up(to), from - up(to));
    return (brk = to);
  }

  function mmap(address: bigint, size: bigint, protection: bigint, flags: bigint, fd: bigint, offset: bigint): bigint {
    if (size === 0n || size > HEAP_LIMIT) return BigInt(-(size ? ERRNO.ENOMEM : ERRNO.EINVAL));
    const bytes = up(size);
    const fixed = (flags & 0x10n) !== 0n;
    const anonymous = (flags & 0x20n) !== 0n;
    const file = anonymous ? undefined : files.get(int(fd));
    if (!anonymous && file?.kind !== "file") return BigInt(-ERRNO.EBADF);
    if (fixed && address & (PAGE - 1n)) return BigInt(-ERRNO.EINVAL);
    const at = fixed ? address : (mmapTop -= bytes);
    if (!guest.map(at, bytes, Number(protection & 7n))) return BigInt(-ERRNO.ENOMEM);
    if (file?.kind === "file") guest.write(at, file.content.bytes.slice(Number(offset), Math.min(file.content.size, Number(offset + size))));
    return at;
  }

  function mremap(old: bigint, oldSize: bigint, newSize: bigint, flags: bigint): bigint {
    if (up(newSize) <= up(oldSize)) {
      guest.unmap(old + up(newSize), up(oldSize) - up(newSize));
      return old;
    }
    if (!(flags & 1n) || newSize > HEAP_LIMIT) return BigInt(-ERRNO.ENOMEM);
    const at = (mmapTop -= up(newSize));
    if (!guest.map(at, up(newSize), PROTECTION.read | PROTECTION.write)) return BigInt(-ERRNO.ENOMEM);
    for (let o = 0n; o < up(oldSize); o += 1n << 20n) {
      const left = up(oldSize) - o;
      guest.write(at + o, guest.read(old + o, Number(left < 1n << 20n ? left : 1n << 20n)));
    }
    guest.unmap(old, up(oldSize));
    return at;
  }

  function uname(address: bigint): number {
    const field = 65;
    const out = new Uint8Array(6 * field);
    const names = gem5
      ? ["Linux", "sim.gem5.org", "5.1.0", "#1 Mon Aug 18 11:32:15 EDT 2003", "riscv64"]
      : ["Linux", "perfvec", "6.1.0", "#1 SMP", "riscv64"];
    names.forEach((name, i) => out.set(new TextEncoder().encode(name), i * field));
    guest.write(address, out);
    return 0;
  }

  function timeTo(address: bigint, ns: bigint, unit: bigint): number {
    if (address) guest.write(address, words(ns / 1_000_000_000n, (ns % 1_000_000_000n) / unit));
    return 0;
  }

  function readlink(path: string, buffer: bigint, size: bigint): number {
    if (path !== "/proc/self/exe") return files.look(path) ? -ERRNO.EINVAL : -ERRNO.ENOENT;
    const bytes = new TextEncoder().encode(options.executable).slice(0, length(size));
    guest.write(buffer, bytes);
    return bytes.length;
  }

  function fcntl(fd: bigint, command: bigint, argument: bigint): number {
    const file = files.get(int(fd));
    if (!file) return -ERRNO.EBADF;
    if (command === 0n || command === 1030n) return files.add(file, int(argument));
    return command === 3n ? (file.kind === "stdin" ? 0 : 2) : command <= 4n ? 0 : -ERRNO.EINVAL;
  }

  function limits(resource: bigint, old: bigint): number {
    const limit = resource === 3n ? STACK_SIZE : resource === 7n ? 1024n : 0xffffffffffffffffn;
    if (old) guest.write(old, words(limit, limit));
    return 0;
  }

  function sleep(request: bigint): number {
    const [seconds, ns] = new BigUint64Array(guest.read(request, 16).buffer);
    slept += seconds! * 1_000_000_000n + ns!;
    return 0;
  }

  function fillRandom(address: bigint, size: bigint): number {
    const bytes = new Uint8Array(length(size));
    random(bytes);
    guest.write(address, bytes);
    return bytes.length;
  }

  /** Value for a0; undefined: no such call here. */
  function dispatch(n: number, a: readonly bigint[]): bigint | number | undefined {
    const [a0, a1, a2, a3, a4, a5] = a as [bigint, bigint, bigint, bigint, bigint, bigint];
    switch (n) {
      case 17: {
        const bytes = new TextEncoder().encode(`${files.directory}\0`);
        if (BigInt(bytes.length) > a1) return -34;
        guest.write(a0, bytes);
        return bytes.length;
      }
      case 23: case 24: {
        const file = files.get(int(a0));
        return file ? (n === 23 ? files.add(file) : files.put(int(a1), file)) : -ERRNO.EBADF;
      }
      case 25: return fcntl(a0, a1, a2);
      case 29: return files.get(int(a0)) ? -ERRNO.ENOTTY : -ERRNO.EBADF;
      case 34: return files.makeDirectory(pathAt(a0, a1));
      case 35: return files.unlink(pathAt(a0, a1));
      case 38: case 276: return files.rename(pathAt(a0, a1), pathAt(a2, a3));
      case 46: {
        const file = files.get(int(a0));
        if (file?.kind !== "file" || !file.mayWrite) return -ERRNO.EBADF;
        return files.truncate(file.content, Number(a1)) ? 0 : -ERRNO.ENOSPC;
      }
      case 48: case 439: return files.look(pathAt(a0, a1)) ? 0 : -ERRNO.ENOENT;
      case 56: return files.open(pathAt(a0, a1), int(a2));
      case 57: return files.close(int(a0));
      case 62: return seek(a0, a1, a2);
      case 63: return transfer(a0, [[a1, a2]], readInto());
      case 64: return transfer(a0, [[a1, a2]], writeFrom());
      case 65: return transfer(a0, vector(a1, a2), readInto());
      case 66: return transfer(a0, vector(a1, a2), writeFrom());
      case 67: return transfer(a0, [[a1, a2]], readInto(Number(a3)));
      case 68: return transfer(a0, [[a1, a2]], writeFrom(Number(a3)));
      case 78: return readlink(pathAt(a0, a1), a2, a3);
      case 79: {
        const empty = (a3 & 0x1000n) !== 0n && text(a1) === "";
        return statTo(empty ? files.get(int(a0)) : files.look(pathAt(a0, a1)), a2);
      }
      case 80: return files.get(int(a0)) ? statTo(files.get(int(a0)), a1) : -ERRNO.EBADF;
      case 96: case 178: case 172: return gem5 ? 100 : 1000;
      case 98: return (a1 & 127n) === 0n ? -ERRNO.EAGAIN : 0;
      case 101: case 115: return gem5 ? 0 : sleep(n === 101 ? a0 : a2);
      case 113: return timeTo(a1, (a0 === 0n ? EPOCH * 1_000_000_000n : 0n) + now(), 1n);
      case 114: return timeTo(a1, 1n, 1n);
      case 123: {
        if (a1 < 8n) return -ERRNO.EINVAL;
        guest.write(a2, words(1));
        return 8;
      }
      case 99: case 124: case 132: case 134: case 135: case 164: case 166: case 233: return 0;
      case 153: {
        const ticks = now() / 10_000_000n;
        if (a0) guest.write(a0, words(ticks, 0, 0, 0));
        return ticks;
      }
      case 160: return uname(a0);
      case 163: return limits(a0, a1);
      case 165: {
        guest.write(a1, new Uint8Array(144));
        return timeTo(a1, now(), 1000n);
      }
      case 169: return timeTo(a0, EPOCH * 1_000_000_000n + now(), 1000n);
      case 173: return 1;
      case 174: case 175: case 176: case 177: return gem5 ? 100 : 1000;
      case 179: {
        guest.write(a0, new Uint8Array(112));
        guest.write(a0 + 32n, words(1n << 30n, 1n << 29n));
        return 0;
      }
      case 214: return setBrk(a0);
      case 215: {
        guest.unmap(a0 & ~(PAGE - 1n), up(a1));
        return 0;
      }
      case 216: return mremap(a0, a1, a2, a3);
      case 222: return mmap(a0, a1, a2, a3, a4, a5);
      case 226: {
        if (!gem5) guest.protect(a0 & ~(PAGE - 1n), up(a1), Number(a2 & 7n));
        return 0;
      }
      case 259: {
        guest.flushCode();
        return 0;
      }
      case 261: return gem5 && a1 !== 3n && a1 !== 2n ? -1 : limits(a1, a3);
      case 278: return fillRandom(a0, a1);
      // newlib's libgloss still uses these
      case 1024: return files.open(files.resolve(text(a0)), int(a1));
      case 1026: return files.unlink(files.resolve(text(a0)));
      case 1033: return files.look(files.resolve(text(a0))) ? 0 : -ERRNO.ENOENT;
      case 1038: case 1039: return statTo(files.look(files.resolve(text(a0))), a1);
      case 1062: return EPOCH + now() / 1_000_000_000n;
    }
    return undefined;
  }

  return (number, args) => {
    if (number === 93 || number === 94) return { exit: int(args[0]!) & 255 };
    if (number === 129 || number === 130 || number === 131) {
      const signal = int(args[number === 131 ? 2 : 1]!);
      return signal ? { signal } : { result: 0n };
    }
    const refused = REFUSED[number];
    if (refused) {
      throw new UserError("refused", `the program asks for ${refused}: system call ${number}. The emulator runs one static program in one thread and gives it no network`);
    }
    try {
      return { result: BigInt(dispatch(number, args) ?? -ERRNO.ENOSYS) };
    } catch (error) {
      if (error instanceof GuestFault) return { result: BigInt(-ERRNO.EFAULT) };
      throw error;
    }
  };
}

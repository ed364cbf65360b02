import { AT_FDCWD, type Attributes, type DirectoryEntry, DESCRIPTORS, type GuestFiles, O } from "./files";
import type { Guest } from "./guest";
import { type Calls, E, fail, int32, int64, LinuxError, readPath, readU64, size, words } from "./linux-abi";
import { GEM5 } from "./linux-gem5";
import { identity } from "./linux-system";

/** Most that Linux moves in one call. */
const MOST = 0x7ffff000;
/** Most that is copied out of the guest at once. */
const PIECE = 1024 * 1024;
const VECTORS = 1024;
const AT = { removeDirectory: 0x200, emptyPath: 0x1000 } as const;
const F = { dup: 0, getFd: 1, setFd: 2, getFl: 3, setFl: 4, getLk: 5, setLk: 6, setLkw: 7, dupCloseOnExec: 1030 } as const;
const IOCTL = { closeOnExec: 0x5451, keepOnExec: 0x5450 } as const;
const encoder = new TextEncoder();

/** O_ flags of newlib (sys/_default_fcntl.h), which its legacy `open` passes on as they are. */
const NEWLIB_FLAGS: [number, number][] = [[0x8, O.APPEND], [0x200, O.CREAT], [0x400, O.TRUNC], [0x800, O.EXCL], [0x4000, O.NONBLOCK]];

interface FileCallOptions {
  /** seconds; every file has it */
  time: number;
  /** what /proc/self/exe names */
  executable: string;
  gem5: boolean;
  /** waits for the time in the timespec at an address; 0: for ever */
  idle(timeout: bigint): void;
}

export function fileCalls(guest: Guest, files: GuestFiles, options: FileCallOptions): Calls {
  const { gem5, time } = options;
  let mask = 0o022;
  const blockSize = gem5 ? GEM5.blockSize : 4096;
  const { user } = identity(gem5);

  /** Reads `count` bytes at a file's own position or at `at`. */
  function read(fd: number, address: bigint, count: number, at?: number): number {
    const bytes = files.read(fd, Math.min(count, MOST), at);
    guest.write(address, bytes);
    return bytes.length;
  }

  function write(fd: number, address: bigint, count: number, at?: number): number {
    files.check(fd);
    const most = Math.min(count, MOST);
    let done = 0;
    try {
      do {
        const piece = guest.read(address + BigInt(done), Math.min(most - done, PIECE));
        const taken = files.write(fd, piece, at === undefined ? undefined : at + done);
        done += taken;
        if (taken < piece.length) break;
      } while (done < most);
    } catch (error) {
      if (done === 0) throw error;
    }
    return done;
  }

  /** readv and writev: stops at the first buffer that was not filled or emptied. */
  function each(vector: bigint, count: bigint, act: (address: bigint, length: number, done: number) => number): number {
    if (size(count) > VECTORS) fail(E.INVAL);
    const table = new BigUint64Array(guest.read(vector, 16 * size(count)).buffer);
    let done = 0;
    for (let i = 0; i < table.length; i += 2) {
      const length = size(table[i + 1]!);
      if (length === 0) continue;
      let moved: number;
      try {
        moved = act(table[i]!, length, done);
      } catch (error) {
        if (done === 0) throw error;
        break;
      }
      done += moved;
      if (moved < length) break;
    }
    return done;
  }

  /** struct stat, asm-generic/stat.h. */
  function putStat(address: bigint, of: Attributes): number {
    const view = new DataView(new ArrayBuffer(128));
    view.setBigUint64(0, 1n, true);
    view.setBigUint64(8, BigInt(of.inode), true);
    view.setUint32(16, of.mode, true);
    view.setUint32(20, 1, true);
    view.setUint32(24, user, true);
    view.setUint32(28, user, true);
    view.setBigUint64(32, BigInt(of.rdev), true);
    view.setBigUint64(48, BigInt(of.size), true);
    view.setUint32(56, blockSize, true);
    view.setBigUint64(64, BigInt(Math.ceil(of.size / 512)), true);
    for (const at of [72, 88, 104]) view.setBigUint64(at, BigInt(time), true);
    guest.write(address, new Uint8Array(view.buffer));
    return 0;
  }

  /** struct statx, linux/stat.h. */
  function putStatx(address: bigint, of: Attributes): number {
    const view = new DataView(new ArrayBuffer(256));
    view.setUint32(0, 0x7ff, true);
    view.setUint32(4, blockSize, true);
    view.setUint32(16, 1, true);
    view.setUint32(20, user, true);
    view.setUint32(24, user, true);
    view.setUint16(28, of.mode, true);
    view.setBigUint64(32, BigInt(of.inode), true);
    view.setBigUint64(40, BigInt(of.size), true);
    view.setBigUint64(48, BigInt(Math.ceil(of.size / 512)), true);
    for (const at of [64, 80, 96, 112]) view.setBigUint64(at, BigInt(time), true);
    view.setUint32(128, of.rdev >> 8, true);
    view.setUint32(132, of.rdev & 255, true);
    view.setUint32(140, 1, true);
    guest.write(address, new Uint8Array(view.buffer));
    return 0;
  }

  function attributesAt(fd: number, address: bigint, flags: bigint): Attributes {
    const path = readPath(guest, address);
    if (path !== "") return files.attributesAt(fd, path);
    // gem5 looks up the name of the file again (atSyscallPath), whatever the flags say.
    if (gem5) return files.attributesAt(AT_FDCWD, files.pathOf(fd));
    if (!(int32(flags) & AT.emptyPath)) fail(E.NOENT);
    return fd === AT_FDCWD ? files.attributesAt(fd, ".") : files.attributes(fd);
  }

  function openAt(fd: number, address: bigint, flags: number, mode: bigint): number {
    return files.open(fd, readPath(guest, address), flags, int32(mode) & ~mask);
  }

  function readLink(fd: number, path: string, buffer: bigint, room: number): number {
    const absolute = files.absolute(fd, path);
    if (absolute !== "/proc/self/exe") {
      files.attributesAt(fd, path);
      return -E.INVAL;
    }
    if (room <= 0) return -E.INVAL;
    const bytes = encoder.encode(options.executable).subarray(0, room);
    guest.write(buffer, bytes);
    return bytes.length;
  }

  /** struct linux_dirent64 */
  function directoryRecord(entry: DirectoryEntry, next: number): Uint8Array {
    const name = encoder.encode(entry.name);
    const record = new Uint8Array((19 + name.length + 1 + 7) & ~7);
    record.set(words(entry.inode, next));
    record[16] = record.length & 255;
    record[17] = record.length >> 8;
    record[18] = entry.type;
    record.set(name, 19);
    return record;
  }

  function makeDirectory(fd: number, address: bigint, mode: bigint): number {
    files.makeDirectory(fd, readPath(guest, address), int32(mode) & ~mask);
    return 0;
  }
  function remove(fd: number, address: bigint, isDirectory: boolean): number {
    files.remove(fd, readPath(guest, address), isDirectory);
    return 0;
  }
  function rename(fromFd: number, from: bigint, toFd: number, to: bigint, flags: number): number {
    if (flags & ~1) return -E.INVAL;
    files.rename(fromFd, readPath(guest, from), toFd, readPath(guest, to), flags === 1);
    return 0;
  }
  function access(fd: number, address: bigint, mode: bigint): number {
    files.access(fd, readPath(guest, address), int32(mode));
    return 0;
  }
  function changeMode(fd: number, address: bigint, mode: bigint): number {
    files.changeMode(fd, readPath(guest, address), int32(mode));
    return 0;
  }
  const checked = (fd: bigint): number => {
    files.check(int32(fd));
    return 0;
  };
  const exists = (fd: bigint, address: bigint): number => {
    files.attributesAt(int32(fd), readPath(guest, address));
    return 0;
  };
  const HERE = AT_FDCWD;

  return {
    read: (fd, address, count) => read(int32(fd), address, size(count)),
    write: (fd, address, count) => write(int32(fd), address, size(count)),
    pread64: (fd, address, count, at) => read(int32(fd), address, size(count), int64(at)),
    pwrite64: (fd, address, count, at) => write(int32(fd), address, size(count), int64(at)),
    readv: (fd, vector, count) => checked(fd) || each(vector, count, (address, length) => read(int32(fd), address, length)),
    writev: (fd, vector, count) => checked(fd) || each(vector, count, (address, length) => write(int32(fd), address, length)),
    preadv: (fd, vector, count, at) =>
      checked(fd) || each(vector, count, (address, length, done) => read(int32(fd), address, length, int64(at) + done)),
    pwritev: (fd, vector, count, at) =>
      checked(fd) || each(vector, count, (address, length, done) => write(int32(fd), address, length, int64(at) + done)),

    openat: (fd, path, flags, mode) => openAt(int32(fd), path, int32(flags), mode),
    open(path, flagBits, mode) {
      const flags = int32(flagBits);
      if (gem5) return openAt(HERE, path, flags, mode);
      return openAt(HERE, path, NEWLIB_FLAGS.reduce((all, [newlib, linux]) => (flags & newlib ? all | linux : all), flags & O.ACCMODE), mode);
    },
    close(fd) {
      files.close(int32(fd));
      return 0;
    },
    close_range(first, last) {
      for (let fd = size(first); fd <= Math.min(size(last), DESCRIPTORS - 1); fd++) {
        try {
          files.close(fd);
        } catch (error) {
          if (!(error instanceof LinuxError)) throw error;
        }
      }
      return 0;
    },
    dup: (fd) => files.duplicate(int32(fd), 0, undefined, false),
    dup2: (fd, to) => (fd === to ? checked(fd) || int32(fd) : files.duplicate(int32(fd), 0, int32(to), false)),
    dup3: (fd, to, flags) => (fd === to ? -E.INVAL : files.duplicate(int32(fd), 0, int32(to), (int32(flags) & O.CLOEXEC) !== 0)),
    lseek: (fd, offset, whence) => files.seek(int32(fd), int64(offset), int32(whence)),
    fcntl(fdBits, command, argument) {
      const fd = int32(fdBits);
      files.check(fd);
      switch (int32(command)) {
        case F.dup:
        case F.dupCloseOnExec:
          if (size(argument) >= DESCRIPTORS) return -E.INVAL;
          return files.duplicate(fd, size(argument), undefined, int32(command) === F.dupCloseOnExec);
        case F.getFd:
          return Number(files.closeOnExec(fd));
        case F.setFd:
          files.setCloseOnExec(fd, (argument & 1n) !== 0n);
          return 0;
        case F.getFl:
          return files.flags(fd);
        case F.setFl:
          files.setFlags(fd, int32(argument));
          return 0;
        case F.getLk:
          guest.write(argument, Uint8Array.of(2, 0)); // F_UNLCK: nobody else holds a lock
          return 0;
        case F.setLk:
        case F.setLkw:
          return 0;
        default:
          return -E.INVAL;
      }
    },
    ioctl(fdBits, request) {
      const fd = int32(fdBits);
      files.check(fd);
      const asked = int32(request);
      if (asked !== IOCTL.closeOnExec && asked !== IOCTL.keepOnExec) return -E.NOTTY;
      files.setCloseOnExec(fd, asked === IOCTL.closeOnExec);
      return 0;
    },

    fstat: (fd, buffer) => putStat(buffer, files.attributes(int32(fd))),
    newfstatat: (fd, path, buffer, flags) => putStat(buffer, attributesAt(int32(fd), path, flags)),
    stat: (path, buffer) => putStat(buffer, attributesAt(HERE, path, 0n)),
    lstat: (path, buffer) => putStat(buffer, attributesAt(HERE, path, 0n)),
    statx: (fd, path, flags, _mask, buffer) => putStatx(buffer, attributesAt(int32(fd), path, flags)),
    readlinkat: (fd, path, buffer, room) => readLink(int32(fd), readPath(guest, path), buffer, int32(room)),
    readlink: (path, buffer, room) => readLink(HERE, readPath(guest, path), buffer, int32(room)),
    faccessat: (fd, path, mode) => access(int32(fd), path, mode),
    faccessat2: (fd, path, mode) => access(int32(fd), path, mode),
    access: (path, mode) => access(HERE, path, mode),
    getcwd(buffer, room) {
      const bytes = encoder.encode(`${files.workingDirectory()}\0`);
      if (bytes.length > size(room)) return -E.RANGE;
      guest.write(buffer, bytes);
      return gem5 ? bytes.length - 1 : bytes.length; // gem5 leaves the NUL uncounted (getcwdFunc)
    },
    chdir(path) {
      files.changeDirectory(readPath(guest, path));
      return 0;
    },
    fchdir(fd) {
      files.changeDirectory(files.pathOf(int32(fd)));
      return 0;
    },
    umask(to) {
      const before = mask;
      mask = int32(to) & 0o777;
      return before;
    },

    getdents64(fd, buffer, room) {
      let done = 0;
      let first = true;
      files.list(int32(fd), (entry, next) => {
        const record = directoryRecord(entry, next);
        if (done + record.length > size(room)) return first ? fail(E.INVAL) : false;
        guest.write(buffer + BigInt(done), record);
        done += record.length;
        first = false;
        return true;
      });
      return done;
    },
    mkdirat: (fd, path, mode) => makeDirectory(int32(fd), path, mode),
    mkdir: (path, mode) => makeDirectory(HERE, path, mode),
    unlinkat: (fd, path, flags) => remove(int32(fd), path, (int32(flags) & AT.removeDirectory) !== 0),
    unlink: (path) => remove(HERE, path, false),
    rmdir: (path) => remove(HERE, path, true),
    renameat: (fromFd, from, toFd, to) => rename(int32(fromFd), from, int32(toFd), to, 0),
    renameat2: (fromFd, from, toFd, to, flags) => rename(int32(fromFd), from, int32(toFd), to, int32(flags)),
    rename: (from, to) => rename(HERE, from, HERE, to, 0),
    linkat: () => -E.PERM,
    symlinkat: () => -E.PERM,
    mknodat: () => -E.PERM,
    link: () => -E.PERM,
    symlink: () => -E.PERM,
    mknod: () => -E.PERM,
    truncate(path, length) {
      files.truncate(HERE, readPath(guest, path), int64(length));
      return 0;
    },
    ftruncate(fd, length) {
      files.truncateOpen(int32(fd), int64(length));
      return 0;
    },
    fallocate: (fd) => checked(fd) || -E.OPNOTSUPP,
    fchmodat: (fd, path, mode) => changeMode(int32(fd), path, mode),
    chmod: (path, mode) => changeMode(HERE, path, mode),
    fchmod: checked,
    fchown: checked,
    fchownat: exists,
    chown: (path) => exists(BigInt(HERE), path),
    utimensat: (fd, path) => (path === 0n ? checked(fd) : exists(fd, path)),
    utimes: (path) => exists(BigInt(HERE), path),
    fsync: checked,
    fdatasync: checked,
    fadvise64: checked,
    flock: checked,
    sync: () => 0,

    /** Every valid descriptor is ready at once: input is there or at its end, output is taken. */
    ppoll(table, count, timeout) {
      if (size(count) > DESCRIPTORS) return -E.INVAL;
      let ready = 0;
      for (let i = 0n; i < count; i++) {
        const entry = new DataView(guest.read(table + 8n * i, 8).buffer);
        const fd = entry.getInt32(0, true);
        const IN_OUT = 5;
        const NOT_OPEN = 0x20;
        let events = 0;
        if (fd >= 0) events = files.isOpen(fd) ? entry.getInt16(4, true) & IN_OUT : NOT_OPEN;
        guest.write(table + 8n * i + 6n, Uint8Array.of(events, 0));
        if (events) ready++;
      }
      if (ready === 0) options.idle(timeout!);
      return ready;
    },
    pselect6(count, readable, writable, exceptional, timeout) {
      const bytes = Math.ceil(Math.min(size(count), DESCRIPTORS) / 64) * 8;
      let ready = 0;
      for (const set of [readable, writable]) {
        if (set === 0n) continue;
        for (let at = 0; at < bytes; at += 8) {
          for (let bits = readU64(guest, set + BigInt(at)); bits; bits &= bits - 1n) ready++;
        }
      }
      if (exceptional) guest.write(exceptional, new Uint8Array(bytes));
      if (ready === 0) options.idle(timeout!);
      return ready;
    },
  };
}

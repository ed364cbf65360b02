import { E, fail } from "./linux-abi";
import type { RandomBytes } from "./linux-random";
import { createTree, type DirectoryEntry, type HostFiles, normalise, type Node, S } from "./linux-tree";

export type { DirectoryEntry, HostFiles } from "./linux-tree";

export interface Streams {
  /** bytes: standard input is a regular file; a function: a pipe, whose next bytes (at most `max`, none at its end) it gives */
  read: Uint8Array | ((max: number) => Uint8Array);
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

export interface FilesOptions {
  streams: Streams;
  /** what lies below `directory` on the host; nothing of the host is visible without it */
  host: HostFiles | undefined;
  /** the program's working directory, absolute; it exists */
  directory: string;
  /** standard output is /dev/null as far as the program can tell, not a pipe */
  stdoutIsNull: boolean;
  /** what the three standard streams are called when a call names them by descriptor and empty path */
  standardPaths: readonly string[];
  random: RandomBytes;
}

/** What stat tells. */
export interface Attributes {
  mode: number;
  inode: number;
  size: number;
  rdev: number;
}

/** An open file description, shared by the descriptors that dup made. */
interface Open {
  node: Node;
  path: string;
  flags: number;
  offset: number;
  uses: number;
  /** a directory's content when its reading began */
  entries: DirectoryEntry[] | undefined;
}

export const AT_FDCWD = -100;
export const O = {
  WRONLY: 1, RDWR: 2, ACCMODE: 3, CREAT: 0o100, EXCL: 0o200, TRUNC: 0o1000, APPEND: 0o2000, NONBLOCK: 0o4000,
  DIRECTORY: 0o200000, CLOEXEC: 0o2000000, TMPFILE: 0o20000000,
} as const;

export const DESCRIPTORS = 1024;
/** Most that one read of a device gives. */
const DEVICE_READ = 1024 * 1024;
const NOTHING = new Uint8Array(0);

export type GuestFiles = ReturnType<typeof createFiles>;

/** Files of the guest: devices, the host's folder (never written), and a file system in memory for whatever the program creates. */
export function createFiles(options: FilesOptions) {
  const { streams } = options;
  const root = normalise("/", options.directory);
  const tree = createTree(root, options.host);
  const descriptors: ({ open: Open; closeOnExec: boolean } | undefined)[] = [];
  let cwd = root;

  const ignore = (): void => {};
  const random = { read: options.random, write: ignore };
  const [outputMode, outputDevice] = options.stdoutIsNull ? [S.IFCHR | 0o666, 0x103] : [S.IFIFO | 0o600, 0];
  tree.addDevice("/dev/null", S.IFCHR | 0o666, 0x103, { read: () => NOTHING, write: ignore });
  tree.addDevice("/dev/zero", S.IFCHR | 0o666, 0x105, { read: (most) => new Uint8Array(most), write: ignore });
  tree.addDevice("/dev/random", S.IFCHR | 0o666, 0x108, random);
  tree.addDevice("/dev/urandom", S.IFCHR | 0o666, 0x109, random);
  tree.addDevice("/dev/stdout", outputMode, outputDevice, { write: (bytes) => streams.stdout(bytes) });
  tree.addDevice("/dev/stderr", S.IFIFO | 0o600, 0, { write: (bytes) => streams.stderr(bytes) });
  const { read } = streams;
  if (typeof read === "function") tree.addDevice("/dev/stdin", S.IFIFO | 0o600, 0, { read: (most) => read.call(streams, most) });
  else tree.addFile("/dev/stdin", 0o444, read);
  ["/dev/stdin", "/dev/stdout", "/dev/stderr"].forEach((path, i) => {
    const open = openNode(tree.get(path), normalise(root, options.standardPaths[i]!), i === 0 ? 0 : O.WRONLY);
    descriptors.push({ open, closeOnExec: false });
  });

  function entry(fd: number): { open: Open; closeOnExec: boolean } {
    return descriptors[fd] ?? fail(E.BADF);
  }

  function absolute(fd: number, path: string): string {
    if (path === "") fail(E.NOENT);
    if (path.startsWith("/") || fd === AT_FDCWD) return normalise(cwd, path);
    const { open } = entry(fd);
    if (open.node.kind !== "directory") fail(E.NOTDIR);
    return normalise(open.path, path);
  }

  function openNode(node: Node, path: string, flags: number): Open {
    if (node.kind === "file") node.opens++;
    return { node, path, flags, offset: 0, uses: 1, entries: undefined };
  }

  /** The lowest free descriptor from `from` on. */
  function allot(open: Open, from: number, closeOnExec: boolean): number {
    let fd = from;
    while (descriptors[fd]) fd++;
    if (fd >= DESCRIPTORS) fail(E.MFILE);
    descriptors[fd] = { open, closeOnExec };
    return fd;
  }

  function attributesOf(node: Node): Attributes {
    const { mode, inode, kind } = node;
    return { mode, inode, size: kind === "file" ? node.size : kind === "directory" ? 4096 : 0, rdev: kind === "device" ? node.rdev : 0 };
  }

  return {
    workingDirectory: () => cwd,
    changeDirectory(path: string): void {
      const target = absolute(AT_FDCWD, path);
      if (tree.get(target).kind !== "directory") fail(E.NOTDIR);
      cwd = target;
    },
    pathOf: (fd: number): string => entry(fd).open.path,
    /** @throws LinuxError(EBADF) */
    check: (fd: number): void => void entry(fd),
    isOpen: (fd: number): boolean => descriptors[fd] !== undefined,
    isRegular: (fd: number): boolean => entry(fd).open.node.kind === "file",
    absolute,

    open(directory: number, path: string, flags: number, mode: number): number {
      const at = absolute(directory, path);
      const writes = (flags & O.ACCMODE) !== 0;
      if (flags & O.TMPFILE) fail(E.OPNOTSUPP);
      let node = tree.find(at);
      if (node && flags & O.CREAT && flags & O.EXCL) fail(E.EXIST);
      if (!node) {
        if (!(flags & O.CREAT)) node = tree.get(at);
        else {
          if (path.endsWith("/")) fail(E.ISDIR);
          node = tree.addFile(at, mode);
        }
      } else if ((flags & O.DIRECTORY || path.endsWith("/")) && node.kind !== "directory") fail(E.NOTDIR);
      if (node.kind === "directory" && (writes || flags & O.CREAT)) fail(E.ISDIR);
      if (node.kind === "file" && node.host && (writes || flags & O.TRUNC)) fail(E.ROFS);
      const open = openNode(node, at, flags & ~(O.CREAT | O.EXCL | O.TRUNC | O.CLOEXEC));
      try {
        const fd = allot(open, 0, (flags & O.CLOEXEC) !== 0);
        if (flags & O.TRUNC && node.kind === "file") tree.resize(node, 0);
        return fd;
      } catch (error) {
        if (node.kind === "file") node.opens--;
        tree.drop(node);
        throw error;
      }
    },

    close(fd: number): void {
      const { open } = entry(fd);
      descriptors[fd] = undefined;
      if (--open.uses > 0) return;
      if (open.node.kind === "file") open.node.opens--;
      tree.drop(open.node);
    },

    /** @param to a descriptor to replace; undefined: the lowest free one from `from` on */
    duplicate(fd: number, from: number, to: number | undefined, closeOnExec: boolean): number {
      const { open } = entry(fd);
      if (to !== undefined) {
        if (to < 0 || to >= DESCRIPTORS) fail(E.BADF);
        if (descriptors[to]) this.close(to);
      }
      const made = allot(open, to ?? from, closeOnExec);
      open.uses++;
      return made;
    },

    closeOnExec: (fd: number): boolean => entry(fd).closeOnExec,
    setCloseOnExec(fd: number, on: boolean): void {
      entry(fd).closeOnExec = on;
    },
    flags: (fd: number): number => entry(fd).open.flags,
    setFlags(fd: number, flags: number): void {
      const { open } = entry(fd);
      const changeable = O.APPEND | O.NONBLOCK;
      open.flags = (open.flags & ~changeable) | (flags & changeable);
    },

    /** @returns a view that holds until the next call; shorter at the end, and a device gives at most a MiB */
    read(fd: number, count: number, at?: number): Uint8Array {
      const { open } = entry(fd);
      const { node } = open;
      if ((open.flags & O.ACCMODE) === O.WRONLY) fail(E.BADF);
      if (node.kind === "directory") return fail(E.ISDIR);
      if (node.kind === "device") {
        if (at !== undefined && (node.mode & S.IFCHR) === 0) fail(E.SPIPE);
        return count === 0 ? NOTHING : (node.read ?? (() => fail(E.BADF)))(Math.min(count, DEVICE_READ));
      }
      if (at !== undefined && at < 0) fail(E.INVAL);
      const from = at ?? open.offset;
      const bytes = node.bytes.subarray(Math.min(from, node.size), Math.min(from + count, node.size));
      if (at === undefined) open.offset += bytes.length;
      return bytes;
    },

    /** @returns how many bytes fitted */
    write(fd: number, bytes: Uint8Array, at?: number): number {
      const { open } = entry(fd);
      const { node } = open;
      if ((open.flags & O.ACCMODE) === 0 || node.kind === "directory") return fail(E.BADF);
      if (node.kind === "device") {
        if (at !== undefined && (node.mode & S.IFCHR) === 0) fail(E.SPIPE);
        (node.write ?? (() => fail(E.BADF)))(bytes);
        return bytes.length;
      }
      if (at !== undefined && at < 0) fail(E.INVAL);
      if (bytes.length === 0) return 0;
      const from = open.flags & O.APPEND ? node.size : (at ?? open.offset);
      const end = Math.min(from + bytes.length, node.size + tree.room());
      if (end <= from) fail(E.NOSPC);
      if (end > node.size) tree.resize(node, end);
      node.bytes.set(bytes.subarray(0, end - from), from);
      if (at === undefined) open.offset = end;
      return end - from;
    },

    seek(fd: number, offset: number, whence: number): number {
      const { open } = entry(fd);
      const { node } = open;
      if (node.kind === "device") return (node.mode & S.IFCHR) !== 0 ? 0 : fail(E.SPIPE);
      const length = node.kind === "file" ? node.size : 0;
      const base = whence === 0 ? 0 : whence === 1 ? open.offset : whence === 2 ? length : fail(E.INVAL);
      if (base + offset < 0 || base + offset > Number.MAX_SAFE_INTEGER) fail(E.INVAL);
      open.offset = base + offset;
      if (open.offset === 0) open.entries = undefined;
      return open.offset;
    },

    attributes: (fd: number): Attributes => attributesOf(entry(fd).open.node),
    attributesAt(directory: number, path: string): Attributes {
      const node = tree.get(absolute(directory, path));
      if (path.endsWith("/") && node.kind !== "directory") fail(E.NOTDIR);
      return attributesOf(node);
    },

    /** @param mode R_OK 4, W_OK 2, X_OK 1 */
    access(directory: number, path: string, mode: number): void {
      const node = tree.get(absolute(directory, path));
      if (mode & 2 && node.kind !== "device" && node.host) fail(E.ROFS);
      if (mode & 1 && (node.mode & 0o111) === 0) fail(E.ACCES);
    },

    changeMode(directory: number, path: string, mode: number): void {
      const node = tree.get(absolute(directory, path));
      if (node.kind === "device") return;
      if (node.host) fail(E.ROFS);
      node.mode = (node.mode & ~0o777) | (mode & 0o777);
    },

    truncate(directory: number, path: string, length: number): void {
      tree.truncate(tree.get(absolute(directory, path)), length);
    },
    truncateOpen(fd: number, length: number): void {
      const { open } = entry(fd);
      if ((open.flags & O.ACCMODE) === 0) fail(E.INVAL);
      tree.truncate(open.node, length);
    },
    makeDirectory: (directory: number, path: string, mode: number): void => tree.makeDirectory(absolute(directory, path), mode),
    remove: (directory: number, path: string, isDirectory: boolean): void => tree.remove(absolute(directory, path), isDirectory),
    rename(fromDirectory: number, from: string, toDirectory: number, to: string, keep: boolean): void {
      tree.rename(absolute(fromDirectory, from), absolute(toDirectory, to), keep);
    },

    /** Entries of an open directory that were not taken yet; `take` says for each whether it fitted. */
    list(fd: number, take: (entry: DirectoryEntry, next: number) => boolean): void {
      const { open } = entry(fd);
      if (open.node.kind !== "directory") fail(E.NOTDIR);
      open.entries ??= [
        ...[".", ".."].map((name) => ({ name, inode: tree.get(normalise(open.path, name)).inode, type: S.IFDIR >> 12 })),
        ...tree.children(open.path),
      ];
      while (open.offset < open.entries.length && take(open.entries[open.offset]!, open.offset + 1)) open.offset++;
    },
  };
}

/**
 * The files a guest program sees: standard streams, a few devices, a scratch file system in memory, and, if the user
 * names a folder, that folder for reading. Nothing is ever written outside memory. Errors are negative errno values.
 */

export const ERRNO = {
  ENOENT: 2, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EFAULT: 14, EEXIST: 17, ENOTDIR: 20, EISDIR: 21, EINVAL: 22,
  EMFILE: 24, ENOTTY: 25, ENOSPC: 28, ESPIPE: 29, EROFS: 30, ENAMETOOLONG: 36, ENOSYS: 38, ENOTEMPTY: 39,
} as const;

/** The user's folder; paths are absolute, normalised, and inside it. Checking links is the implementation's. */
export interface HostFiles {
  /** contents, "directory", or undefined when there is no such file or it may not be read */
  read(path: string): Uint8Array | "directory" | undefined;
}

export interface Streams {
  /** the next bytes of standard input, at most `max`; empty at its end */
  read(max: number): Uint8Array;
  stdout(bytes: Uint8Array): void;
  stderr(bytes: Uint8Array): void;
}

interface Content {
  bytes: Uint8Array;
  size: number;
  writable: boolean;
  inode: number;
}

export type OpenFile =
  | { kind: "stdin" }
  | { kind: "stdout" }
  | { kind: "stderr" }
  | { kind: "null" | "zero" | "random" }
  | { kind: "directory"; path: string }
  | { kind: "file"; content: Content; position: number; append: boolean; mayRead: boolean; mayWrite: boolean };

const SCRATCH_LIMIT = 64 << 20;
const DESCRIPTORS = 1024;
const O = { accessMode: 3, create: 0o100, exclusive: 0o200, truncate: 0o1000, append: 0o2000, directory: 0o200000 } as const;

const DEVICES: Record<string, OpenFile> = {
  "/dev/null": { kind: "null" }, "/dev/zero": { kind: "zero" }, "/dev/urandom": { kind: "random" }, "/dev/random": { kind: "random" },
  "/dev/stdin": { kind: "stdin" }, "/dev/stdout": { kind: "stdout" }, "/dev/stderr": { kind: "stderr" }, "/dev/tty": { kind: "null" },
};

export class GuestFiles {
  private readonly scratch = new Map<string, Content>();
  private readonly directories = new Set(["/", "/tmp"]);
  private readonly descriptors: (OpenFile | undefined)[] = [{ kind: "stdin" }, { kind: "stdout" }, { kind: "stderr" }];
  private used = 0;
  private inodes = 10;

  /** @param directory the program's working directory, absolute */
  constructor(
    private readonly streams: Streams,
    private readonly host: HostFiles | undefined,
    readonly directory: string,
    private readonly random: (bytes: Uint8Array) => void,
  ) {}

  get(fd: number): OpenFile | undefined {
    return this.descriptors[fd];
  }

  close(fd: number): number {
    if (!this.descriptors[fd]) return -ERRNO.EBADF;
    this.descriptors[fd] = undefined;
    return 0;
  }

  /** Gives `file` the lowest free descriptor from `lowest` on. */
  add(file: OpenFile, lowest = 0): number {
    for (let fd = lowest; fd < DESCRIPTORS; fd++) {
      if (this.descriptors[fd]) continue;
      this.descriptors[fd] = file;
      return fd;
    }
    return -ERRNO.EMFILE;
  }

  put(fd: number, file: OpenFile): number {
    if (fd < 0 || fd >= DESCRIPTORS) return -ERRNO.EBADF;
    this.descriptors[fd] = file;
    return fd;
  }

  /** Absolute and without ".", ".." or doubled slashes; ".." never leaves "/". */
  resolve(path: string, base = this.directory): string {
    const parts: string[] = [];
    for (const part of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "" && part !== ".") parts.push(part);
    }
    return `/${parts.join("/")}`;
  }

  /** What a path names, or undefined. */
  look(path: string): OpenFile | undefined {
    const device = DEVICES[path];
    if (device) return device;
    if (this.directories.has(path)) return { kind: "directory", path };
    let content = this.scratch.get(path);
    if (!content) {
      const bytes = this.host?.read(path);
      if (bytes === "directory") return { kind: "directory", path };
      if (bytes) content = { bytes, size: bytes.length, writable: false, inode: this.inodes++ };
    }
    return content && { kind: "file", content, position: 0, append: false, mayRead: true, mayWrite: content.writable };
  }

  open(path: string, flags: number): number {
    let file = this.look(path);
    const mode = flags & O.accessMode;
    if (file && flags & O.create && flags & O.exclusive) return -ERRNO.EEXIST;
    if (!file) {
      if (!(flags & O.create)) return -ERRNO.ENOENT;
      const parent = this.look(this.resolve("..", path));
      if (parent?.kind !== "directory") return -ERRNO.ENOENT;
      const content: Content = { bytes: new Uint8Array(0), size: 0, writable: true, inode: this.inodes++ };
      this.scratch.set(path, content);
      file = { kind: "file", content, position: 0, append: false, mayRead: true, mayWrite: true };
    }
    if (file.kind === "directory") return mode ? -ERRNO.EISDIR : this.add(file);
    if (flags & O.directory) return -ERRNO.ENOTDIR;
    if (file.kind !== "file") return this.add(file);
    if (mode && !file.content.writable) return -ERRNO.EROFS;
    if (mode && flags & O.truncate) this.truncate(file.content, 0);
    return this.add({ ...file, append: (flags & O.append) !== 0, mayRead: mode !== 1, mayWrite: mode !== 0 });
  }

  /** Bytes read, or a negative errno. `position` undefined: at the file's own, which moves. */
  read(file: OpenFile, max: number, position?: number): Uint8Array | number {
    switch (file.kind) {
      case "stdin":
        return this.streams.read(max);
      case "null":
        return new Uint8Array(0);
      case "zero":
        return new Uint8Array(max);
      case "random": {
        const bytes = new Uint8Array(max);
        this.random(bytes);
        return bytes;
      }
      case "directory":
        return -ERRNO.EISDIR;
      case "file": {
        if (!file.mayRead) return -ERRNO.EBADF;
        const at = position ?? file.position;
        const bytes = file.content.bytes.slice(at, Math.max(at, Math.min(file.content.size, at + max)));
        if (position === undefined) file.position += bytes.length;
        return bytes;
      }
      default:
        return -ERRNO.EBADF;
    }
  }

  write(file: OpenFile, bytes: Uint8Array, position?: number): number {
    switch (file.kind) {
      case "stdout":
        this.streams.stdout(bytes);
        return bytes.length;
      case "stderr":
        this.streams.stderr(bytes);
        return bytes.length;
      case "null":
      case "zero":
      case "random":
        return bytes.length;
      case "file": {
        if (!file.mayWrite) return -ERRNO.EBADF;
        const at = position ?? (file.append ? file.content.size : file.position);
        const end = at + bytes.length;
        if (end > file.content.size && !this.truncate(file.content, end)) return -ERRNO.ENOSPC;
        file.content.bytes.set(bytes, at);
        if (position === undefined) file.position = end;
        return bytes.length;
      }
      default:
        return -ERRNO.EBADF;
    }
  }

  /** Sets a scratch file's size; false when the scratch file system is full. */
  truncate(content: Content, size: number): boolean {
    if (size > SCRATCH_LIMIT || this.used + size - content.size > SCRATCH_LIMIT) return false;
    if (size > content.bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * content.bytes.length));
      grown.set(content.bytes.subarray(0, content.size));
      content.bytes = grown;
    } else {
      content.bytes.fill(0, size, Math.max(size, content.size));
    }
    this.used += size - content.size;
    content.size = size;
    return true;
  }

  makeDirectory(path: string): number {
    if (this.look(path)) return -ERRNO.EEXIST;
    if (this.look(this.resolve("..", path))?.kind !== "directory") return -ERRNO.ENOENT;
    this.directories.add(path);
    return 0;
  }

  unlink(path: string): number {
    const content = this.scratch.get(path);
    if (content) {
      this.used -= content.size;
      this.scratch.delete(path);
      return 0;
    }
    if (this.directories.has(path)) {
      const occupied = [...this.scratch.keys(), ...this.directories].some((p) => p.startsWith(`${path}/`));
      if (occupied || path === "/") return -ERRNO.ENOTEMPTY;
      this.directories.delete(path);
      return 0;
    }
    return this.look(path) ? -ERRNO.EROFS : -ERRNO.ENOENT;
  }

  rename(from: string, to: string): number {
    const content = this.scratch.get(from);
    if (!content) return this.look(from) ? -ERRNO.EROFS : -ERRNO.ENOENT;
    if (this.look(this.resolve("..", to))?.kind !== "directory") return -ERRNO.ENOENT;
    const replaced = this.scratch.get(to);
    if (replaced && to !== from) this.used -= replaced.size;
    this.scratch.delete(from);
    this.scratch.set(to, content);
    return 0;
  }
}

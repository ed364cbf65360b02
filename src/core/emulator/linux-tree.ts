import { E, fail, PATH_MAX } from "./linux-abi";

/**
 * The folder of the host that the program may read. Paths are those the program uses: absolute, normalised, below the folder.
 * Checking links is the implementation's.
 */
export interface HostFiles {
  /** contents, "directory", or undefined when there is no such file or it may not be read */
  read(path: string): Uint8Array | "directory" | undefined;
  /** what is in a directory, in any order */
  list(path: string): { name: string; directory: boolean }[];
}

export interface FileNode {
  kind: "file";
  inode: number;
  mode: number;
  bytes: Uint8Array;
  size: number;
  host: boolean;
  linked: boolean;
  opens: number;
}
export interface DirectoryNode {
  kind: "directory";
  inode: number;
  mode: number;
  host: boolean;
}
export interface DeviceNode {
  kind: "device";
  inode: number;
  mode: number;
  rdev: number;
  read?: (most: number) => Uint8Array;
  write?: (bytes: Uint8Array) => void;
}
export type Node = FileNode | DirectoryNode | DeviceNode;

export interface DirectoryEntry {
  name: string;
  inode: number;
  /** DT_ value */
  type: number;
}

export const S = { IFIFO: 0o010000, IFCHR: 0o020000, IFDIR: 0o040000, IFREG: 0o100000 } as const;

const CAPACITY = 64 * 1024 * 1024;
const NODES = 16384;
/** Bytes of the host's files that one run may look at; they are kept, so that a run sees one version of each. */
const HOST_BYTES = 512 * 1024 * 1024;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

export type Tree = ReturnType<typeof createTree>;

/** The names of the guest's file system: what is in memory, and below `root` what the host has. */
export function createTree(root: string, host: HostFiles | undefined) {
  const nodes = new Map<string, Node>();
  const hostNodes = new Map<string, Node>();
  let used = 0;
  let hostUsed = 0;
  let inodes = 1;

  for (const path of ["/tmp", "/dev", "/proc", root]) makeDirectories(path);
  const fixed = new Set(nodes.keys());

  function makeDirectories(path: string): void {
    if (nodes.has(path)) return;
    if (path !== "/") makeDirectories(dirname(path));
    nodes.set(path, { kind: "directory", inode: inodes++, mode: S.IFDIR | 0o755, host: false });
  }

  /** What the host has below the folder. */
  function findHost(path: string): Node | undefined {
    const inside = path === root || path.startsWith(root === "/" ? root : root + "/");
    // A backslash would be a separator on another host.
    if (!host || !inside || path.includes("\\")) return undefined;
    const known = hostNodes.get(path);
    if (known) return known;
    const found = host.read(path);
    if (found === undefined) return undefined;
    const inode = hostInode(path);
    const node: Node =
      found === "directory"
        ? { kind: "directory", inode, mode: S.IFDIR | 0o555, host: true }
        : { kind: "file", inode, mode: S.IFREG | 0o444, bytes: found, size: found.length, host: true, linked: true, opens: 0 };
    if (found.length > HOST_BYTES - hostUsed) fail(E.FBIG);
    if (found !== "directory") hostUsed += found.length;
    hostNodes.set(path, node);
    return node;
  }

  const find = (path: string): Node | undefined => nodes.get(path) ?? findHost(path);

  function get(path: string): Node {
    const node = find(path);
    if (node) return node;
    for (let up = dirname(path); up !== "/"; up = dirname(up)) {
      const parent = find(up);
      if (parent) return fail(parent.kind !== "directory" ? E.NOTDIR : path.startsWith("/proc/") ? E.ACCES : E.NOENT);
    }
    return fail(E.NOENT);
  }

  /** A path that something new may be made at. */
  function vacant(path: string): void {
    const parent = get(dirname(path));
    if (parent.kind !== "directory") fail(E.NOTDIR);
    if (path.startsWith("/dev/") || path.startsWith("/proc/")) fail(E.ACCES);
    if (nodes.size >= NODES) fail(E.NOSPC);
  }

  /** Memory is given back when neither a name nor a descriptor is left. */
  function drop(node: Node): void {
    if (node.kind !== "file" || node.opens > 0 || node.linked) return;
    used -= node.size;
    node.size = 0;
    node.bytes = NOTHING;
  }

  function resize(node: FileNode, length: number): void {
    if (length - node.size > CAPACITY - used) fail(E.NOSPC);
    if (length > node.bytes.length) {
      const larger = new Uint8Array(Math.max(length, Math.min(2 * node.bytes.length, CAPACITY), 4096));
      larger.set(node.bytes.subarray(0, node.size));
      node.bytes = larger;
    } else if (length < node.size) node.bytes.fill(0, length, node.size);
    used += length - node.size;
    node.size = length;
  }

  /** What is in a directory, by name. The host's files are not read for it. */
  function children(path: string): DirectoryEntry[] {
    const prefix = path === "/" ? "/" : path + "/";
    const found = new Map<string, DirectoryEntry>();
    if (findHost(path)?.kind === "directory") {
      for (const { name, directory } of host!.list(path)) {
        if (!name.includes("\\")) found.set(name, { name, inode: hostInode(prefix + name), type: typeOf(directory ? S.IFDIR : S.IFREG) });
      }
    }
    for (const [key, node] of nodes) {
      const name = key.slice(prefix.length);
      if (key.startsWith(prefix) && name && !name.includes("/")) found.set(name, { name, inode: node.inode, type: typeOf(node.mode) });
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A node that may be taken away or renamed. */
  function movable(path: string): Node {
    const node = get(path);
    if (fixed.has(path)) fail(E.BUSY);
    if (!nodes.has(path)) fail(E.ROFS);
    if (path.startsWith("/dev/")) fail(E.ACCES);
    return node;
  }

  function detach(path: string, node: Node): void {
    nodes.delete(path);
    if (node.kind !== "file") return;
    node.linked = false;
    drop(node);
  }

  function truncate(node: Node, length: number): void {
    if (node.kind === "directory") fail(E.ISDIR);
    if (node.kind !== "file" || length < 0) return fail(E.INVAL);
    if (node.host) fail(E.ROFS);
    resize(node, length);
  }

  return {
    find,
    get,
    children,
    drop,
    resize,
    truncate,
    /** How many more bytes the file system can hold. */
    room: () => CAPACITY - used,

    addDevice(path: string, mode: number, rdev: number, io: Pick<DeviceNode, "read" | "write">): void {
      nodes.set(path, { kind: "device", inode: inodes++, mode, rdev, ...io });
    },
    /** @param bytes content of a file that cannot be written; undefined: an empty one that can */
    addFile(path: string, mode: number, bytes?: Uint8Array): FileNode {
      if (!bytes) vacant(path);
      const content = bytes ?? NOTHING;
      const node: FileNode = {
        kind: "file", inode: inodes++, mode: S.IFREG | (mode & 0o777), bytes: content, size: content.length, host: !!bytes,
        linked: true, opens: 0,
      };
      nodes.set(path, node);
      return node;
    },

    makeDirectory(path: string, mode: number): void {
      if (find(path)) fail(E.EXIST);
      vacant(path);
      nodes.set(path, { kind: "directory", inode: inodes++, mode: S.IFDIR | (mode & 0o777), host: false });
    },

    remove(path: string, isDirectory: boolean): void {
      const node = movable(path);
      if (isDirectory) {
        if (node.kind !== "directory") fail(E.NOTDIR);
        if (children(path).length > 0) fail(E.NOTEMPTY);
      } else if (node.kind === "directory") fail(E.ISDIR);
      detach(path, node);
    },

    /** @param keep fail when there is something at `target` */
    rename(source: string, target: string, keep: boolean): void {
      const node = movable(source);
      const there = find(target);
      if (there && keep) fail(E.EXIST);
      if (source === target) return;
      if (target.startsWith(source + "/")) fail(E.INVAL);
      if (!there) vacant(target);
      else {
        movable(target);
        if (node.kind !== "directory" && there.kind === "directory") fail(E.ISDIR);
        if (node.kind === "directory" && there.kind !== "directory") fail(E.NOTDIR);
        if (there.kind === "directory" && children(target).length > 0) fail(E.NOTEMPTY);
        detach(target, there);
      }
      nodes.delete(source);
      nodes.set(target, node);
      for (const [path, inner] of [...nodes]) {
        if (!path.startsWith(source + "/")) continue;
        nodes.delete(path);
        nodes.set(target + path.slice(source.length), inner);
      }
    },
  };
}

/** "." and ".." resolved (the guest has no symbolic links), so that nothing above the root can be named. */
export function normalise(from: string, path: string): string {
  if (path.length >= PATH_MAX) fail(E.NAMETOOLONG);
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${from}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
    if (part.length > 63 && encoder.encode(part).length > 255) fail(E.NAMETOOLONG);
  }
  return "/" + parts.join("/");
}

function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

const typeOf = (mode: number): number => (mode >> 12) & 15;

/** FNV-1a above 2^32: the same in every run, and none of the guest's own. */
function hostInode(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h + 2 ** 32;
}

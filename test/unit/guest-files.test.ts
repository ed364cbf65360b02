import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_FDCWD, createFiles, type FilesOptions, O } from "../../src/core/emulator/files";
import { E, LinuxError } from "../../src/core/emulator/linux-abi";
import { createRandomBytes } from "../../src/core/emulator/linux-random";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const fails = (errno: number, act: () => unknown): void =>
  assert.throws(act, (error) => error instanceof LinuxError && error.errno === errno, `expected errno ${errno}`);

const HOST: Record<string, Uint8Array | "directory"> = {
  "/home/data": "directory",
  "/home/data/in.txt": bytes("from the host"),
  "/home/data/sub": "directory",
  "/home/data/sub/deep.txt": bytes("deep"),
  "/home/secret": bytes("secret"),
  "/etc/passwd": bytes("root"),
};

function make(options: Partial<FilesOptions> = {}) {
  const asked: string[] = [];
  const out: string[] = [];
  const files = createFiles({
    streams: { read: () => new Uint8Array(0), stdout: (b) => void out.push(text(b)), stderr: () => {} },
    host: {
      read(path) {
        asked.push(path);
        return HOST[path];
      },
      list(path) {
        const below = Object.keys(HOST).filter((key) => key.startsWith(`${path}/`)).map((key) => key.slice(path.length + 1));
        return below.filter((name) => !name.includes("/")).map((name) => ({ name, directory: HOST[`${path}/${name}`] === "directory" }));
      },
    },
    directory: "/home/data",
    stdoutIsNull: false,
    standardPaths: ["/dev/stdin", "/dev/stdout", "/dev/stderr"],
    random: createRandomBytes("linux", 1),
    ...options,
  });
  const open = (path: string, flags = 0): number => files.open(AT_FDCWD, path, flags, 0o644);
  const names = (path: string): string[] => {
    const all: string[] = [];
    const fd = open(path, O.DIRECTORY);
    files.list(fd, ({ name }) => all.push(name) > 0);
    files.close(fd);
    return all;
  };
  return { files, open, names, asked, out };
}

test("the host's folder is read, by relative and absolute paths", () => {
  const { files, open, names } = make();
  for (const path of ["in.txt", "/home/data/in.txt", "./sub/../in.txt", "../data//in.txt"]) {
    const fd = open(path);
    assert.equal(text(files.read(fd, 4)), "from");
    assert.equal(text(files.read(fd, 100)), " the host");
    assert.equal(files.read(fd, 100).length, 0);
    assert.equal(text(files.read(fd, 3, 5)), "the");
    files.close(fd);
  }
  assert.deepEqual(names("."), [".", "..", "in.txt", "sub"]);
  const directory = open("sub", O.DIRECTORY);
  assert.equal(text(files.read(files.open(directory, "deep.txt", 0, 0), 9)), "deep");
  assert.equal(files.attributesAt(AT_FDCWD, "in.txt").size, 13);
});

test("nothing outside the folder is asked of the host", () => {
  const { open, asked } = make();
  for (const path of [
    "/etc/passwd", "../secret", "../../etc/passwd", "/home/data/../secret", "/home/database", "/../../../etc/passwd", "sub/../../secret",
    "..\\secret", "sub\\..\\..\\..\\secret", "/home/secret",
  ]) {
    fails(E.NOENT, () => open(path));
  }
  for (const path of asked) assert.ok(path === "/home/data" || path.startsWith("/home/data/"), path);
  for (const path of asked) assert.ok(!path.includes("..") && !path.includes("\\"), path);
});

test("without a folder nothing of the host is there", () => {
  const { open, names } = make({ host: undefined, directory: "/" });
  for (const path of ["/etc/passwd", "/home/data/in.txt", "in.txt"]) fails(E.NOENT, () => open(path));
  fails(E.ACCES, () => open("/proc/self/maps"));
  assert.deepEqual(names("/"), [".", "..", "dev", "proc", "tmp"]);
});

test("the host's files cannot be changed", () => {
  const { files, open } = make();
  for (const flags of [O.WRONLY, O.RDWR, O.TRUNC, O.WRONLY | O.CREAT | O.TRUNC]) fails(E.ROFS, () => open("in.txt", flags));
  fails(E.ROFS, () => files.remove(AT_FDCWD, "in.txt", false));
  fails(E.ROFS, () => files.remove(AT_FDCWD, "sub", true));
  fails(E.ROFS, () => files.rename(AT_FDCWD, "in.txt", AT_FDCWD, "out.txt", false));
  fails(E.ROFS, () => files.truncate(AT_FDCWD, "in.txt", 0));
  fails(E.ROFS, () => files.access(AT_FDCWD, "in.txt", 2));
  fails(E.ROFS, () => files.changeMode(AT_FDCWD, "in.txt", 0o777));
  const made = open("scratch", O.CREAT | O.WRONLY);
  files.close(made);
  fails(E.ROFS, () => files.rename(AT_FDCWD, "scratch", AT_FDCWD, "in.txt", false));
  assert.equal(text(files.read(open("in.txt"), 99)), "from the host");
});

test("files the program makes, beside the host's and in /tmp", () => {
  const { files, open, names } = make();
  for (const path of ["result.txt", "/tmp/result.txt", "sub/new.txt"]) {
    const fd = open(path, O.CREAT | O.RDWR | O.EXCL);
    assert.equal(files.write(fd, bytes("hello ")), 6);
    assert.equal(files.write(fd, bytes("world")), 5);
    assert.equal(files.seek(fd, 0, 1), 11);
    assert.equal(files.write(fd, bytes("J"), 0), 1);
    assert.equal(files.seek(fd, -5, 2), 6);
    assert.equal(text(files.read(fd, 99)), "world");
    assert.equal(text(files.read(open(path), 99)), "Jello world");
    fails(E.EXIST, () => open(path, O.CREAT | O.EXCL));
  }
  assert.ok(names(".").includes("result.txt") && names("sub").includes("new.txt"));
  const append = open("result.txt", O.WRONLY | O.APPEND);
  files.write(append, bytes("!"));
  assert.equal(files.attributes(append).size, 12);
  fails(E.BADF, () => files.read(append, 1));
  const truncated = open("result.txt", O.RDWR | O.TRUNC);
  assert.equal(files.attributes(truncated).size, 0);
  files.seek(truncated, 5, 0);
  files.write(truncated, bytes("x"));
  assert.deepEqual([...files.read(truncated, 6, 0)], [0, 0, 0, 0, 0, 120]);
  files.truncateOpen(truncated, 2);
  files.truncateOpen(truncated, 6);
  assert.deepEqual([...files.read(truncated, 9, 0)], [0, 0, 0, 0, 0, 0]);
  fails(E.BADF, () => files.write(open("result.txt"), bytes("x")));
  fails(E.INVAL, () => files.seek(truncated, -1, 0));
});

test("what cannot be made", () => {
  const { open, files } = make();
  fails(E.NOENT, () => open("missing/file", O.CREAT | O.WRONLY));
  fails(E.NOTDIR, () => open("in.txt/file", O.CREAT | O.WRONLY));
  fails(E.NOTDIR, () => open("in.txt/file"));
  fails(E.NOTDIR, () => open("in.txt/"));
  fails(E.NOTDIR, () => open("in.txt", O.DIRECTORY));
  fails(E.ISDIR, () => open("sub", O.WRONLY));
  fails(E.ISDIR, () => open("new/", O.CREAT | O.WRONLY));
  fails(E.ACCES, () => open("/dev/new", O.CREAT | O.WRONLY));
  fails(E.ACCES, () => open("/proc/new", O.CREAT | O.WRONLY));
  fails(E.NOENT, () => open(""));
  fails(E.NAMETOOLONG, () => open("x".repeat(300)));
  fails(E.NAMETOOLONG, () => open("a/".repeat(2100)));
  fails(E.OPNOTSUPP, () => open("/tmp", O.TMPFILE | O.RDWR));
  fails(E.EXIST, () => files.makeDirectory(AT_FDCWD, "sub", 0o755));
  fails(E.NOTDIR, () => files.changeDirectory("in.txt"));
});

test("directories: make, rename, remove", () => {
  const { files, open, names } = make();
  files.makeDirectory(AT_FDCWD, "/tmp/a", 0o755);
  files.makeDirectory(AT_FDCWD, "/tmp/a/b", 0o700);
  files.close(open("/tmp/a/b/f", O.CREAT | O.WRONLY));
  fails(E.NOTEMPTY, () => files.remove(AT_FDCWD, "/tmp/a", true));
  fails(E.ISDIR, () => files.remove(AT_FDCWD, "/tmp/a", false));
  fails(E.NOTDIR, () => files.remove(AT_FDCWD, "/tmp/a/b/f", true));
  fails(E.INVAL, () => files.rename(AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/a/b/c", false));
  files.rename(AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/z", false);
  assert.deepEqual(names("/tmp/z/b"), [".", "..", "f"]);
  assert.deepEqual(names("/tmp"), [".", "..", "z"]);
  files.close(open("/tmp/g", O.CREAT | O.WRONLY));
  fails(E.EXIST, () => files.rename(AT_FDCWD, "/tmp/g", AT_FDCWD, "/tmp/z/b/f", true));
  files.rename(AT_FDCWD, "/tmp/g", AT_FDCWD, "/tmp/z/b/f", false);
  files.remove(AT_FDCWD, "/tmp/z/b/f", false);
  files.remove(AT_FDCWD, "/tmp/z/b", true);
  files.remove(AT_FDCWD, "/tmp/z", true);
  assert.deepEqual(names("/tmp"), [".", ".."]);
  fails(E.NOENT, () => files.remove(AT_FDCWD, "/tmp/z", true));
  for (const path of ["/", "/tmp", "/home/data"]) fails(E.BUSY, () => files.remove(AT_FDCWD, path, true));
  fails(E.ACCES, () => files.remove(AT_FDCWD, "/dev/null", false));
  files.changeDirectory("/tmp");
  assert.equal(files.workingDirectory(), "/tmp");
});

test("devices", () => {
  const { files, open, out } = make();
  assert.equal(files.read(open("/dev/null"), 10).length, 0);
  assert.equal(files.write(open("/dev/null", O.WRONLY), bytes("gone")), 4);
  assert.deepEqual([...files.read(open("/dev/zero"), 3)], [0, 0, 0]);
  assert.equal(files.read(open("/dev/zero"), 1e9).length, 1 << 20);
  const random = files.read(open("/dev/urandom"), 64);
  assert.ok(new Set(random).size > 30);
  assert.deepEqual(files.read(make().files.open(AT_FDCWD, "/dev/urandom", 0, 0), 0).length, 0);
  const same = make();
  assert.deepEqual(same.files.read(same.open("/dev/random"), 64), random);
  files.write(1, bytes("a"));
  files.write(open("/dev/stdout", O.WRONLY), bytes("b"));
  assert.deepEqual(out, ["a", "b"]);
  fails(E.SPIPE, () => files.seek(1, 0, 1));
  fails(E.SPIPE, () => files.write(1, bytes("x"), 4));
  fails(E.BADF, () => files.read(1, 1));
  fails(E.BADF, () => files.write(0, bytes("x")));
  assert.equal(files.attributes(1).mode, 0o010600);
  const null_ = make({ stdoutIsNull: true });
  assert.deepEqual([null_.files.attributes(1).mode, null_.files.attributes(1).rdev], [0o020666, 0x103]);
});

test("standard input given as bytes is a regular file", () => {
  const { files } = make({ streams: { read: bytes("abcdef"), stdout: () => {}, stderr: () => {} } });
  assert.equal(text(files.read(0, 2)), "ab");
  assert.equal(files.seek(0, 0, 2), 6);
  assert.equal(files.seek(0, 1, 0), 1);
  assert.equal(text(files.read(0, 99)), "bcdef");
  assert.equal(files.attributes(0).mode, 0o100444);
});

test("descriptors: lowest free one, shared offsets, and an end", () => {
  const { files, open } = make();
  const first = open("in.txt");
  assert.equal(first, 3);
  const copy = files.duplicate(first, 0, undefined, false);
  files.read(first, 5);
  assert.equal(text(files.read(copy, 3)), "the");
  files.close(first);
  assert.equal(text(files.read(copy, 9)), " host");
  assert.equal(open("in.txt"), 3);
  assert.equal(files.duplicate(3, 0, 7, true), 7);
  assert.ok(files.closeOnExec(7) && !files.closeOnExec(3));
  assert.equal(files.duplicate(3, 100, undefined, false), 100);
  fails(E.BADF, () => files.duplicate(3, 0, 1024, false));
  fails(E.BADF, () => files.close(50));
  fails(E.BADF, () => files.close(-1));
  let made = 0;
  assert.throws(() => {
    for (; made < 2000; made++) open("in.txt");
  }, (error) => error instanceof LinuxError && error.errno === E.MFILE);
  assert.equal(made, 1024 - 7);
});

test("the scratch file system is bounded and gives space back", () => {
  const { files, open } = make();
  const MIB = new Uint8Array(1 << 20);
  const fill = (fd: number): number => {
    let written = 0;
    assert.throws(() => {
      for (;;) written += files.write(fd, MIB);
    }, (error) => error instanceof LinuxError && error.errno === E.NOSPC);
    return written;
  };
  const big = open("/tmp/big", O.CREAT | O.RDWR);
  assert.equal(files.write(big, bytes("x")), 1);
  assert.equal(fill(big) + 1, 64 << 20);
  const other = open("/tmp/other", O.CREAT | O.RDWR);
  fails(E.NOSPC, () => files.write(other, bytes("x")));
  fails(E.NOSPC, () => files.truncateOpen(other, 1));
  // A removed file keeps its space while it is open.
  files.remove(AT_FDCWD, "/tmp/big", false);
  fails(E.NOSPC, () => files.write(other, bytes("x")));
  files.close(big);
  assert.equal(fill(other), 64 << 20);
  files.truncateOpen(other, 0);
  assert.equal(files.write(other, bytes("x"), 1000), 1);
  fails(E.NOSPC, () => files.write(other, bytes("x"), 1e15));
});

test("the number of files is bounded", () => {
  const { files, open } = make();
  let made = 0;
  assert.throws(() => {
    for (; made < 20000; made++) files.close(open(`/tmp/${made}`, O.CREAT | O.WRONLY));
  }, (error) => error instanceof LinuxError && error.errno === E.NOSPC);
  assert.ok(made > 10000);
});

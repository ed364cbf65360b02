import assert from "node:assert/strict";
import { test } from "node:test";
import { E } from "../../src/core/emulator/linux-abi";
import { GuestRefusal } from "../../src/core/emulator/linux";
import { createRandomBytes } from "../../src/core/emulator/linux-random";
import { UserError } from "../../src/core/errors";
import { BAD, DATA, process } from "./linux-guest";

const HERE = -100;
const EPOCH = 1_000_000_000n;

test("write and writev: to the streams, in pieces, with bad pointers", () => {
  const p = process();
  assert.equal(p.call("write", 1, p.put("hello"), 5), 5);
  assert.equal(p.call("write", 2, p.put("oops"), 4), 4);
  assert.equal(p.call("write", 1, BAD, 0), 0);
  assert.equal(p.call("write", 1, BAD, 5), -E.FAULT);
  assert.equal(p.call("write", 9, DATA, 5), -E.BADF);
  assert.equal(p.call("write", 0, DATA, 5), -E.BADF);
  const vector = DATA + 0x100n;
  p.put("ab", 0x200);
  p.put("cde", 0x300);
  p.guest.write(vector, new Uint8Array(BigUint64Array.of(DATA + 0x200n, 2n, 0n, 0n, DATA + 0x300n, 3n, BAD, 1n).buffer));
  assert.equal(p.call("writev", 1, vector, 3), 5);
  assert.equal(p.call("writev", 1, vector, 4), 5, "what was written before the bad buffer counts");
  assert.equal(p.call("writev", 1, vector + 48n, 1), -E.FAULT);
  assert.equal(p.call("writev", 1, vector, 1025), -E.INVAL);
  assert.equal(p.call("writev", 1, BAD, 1), -E.FAULT);
  assert.equal(p.call("writev", 8, vector, 1), -E.BADF);
  assert.equal(p.out.join(""), "helloabcdeabcde");
  assert.equal(p.err.join(""), "oops");
  // A count of 2^62 neither takes memory nor time.
  assert.equal(p.call("openat", HERE, p.put("/dev/null"), 1), 3);
  assert.equal(p.call("write", 3, DATA, 1n << 62n), -E.FAULT);
});

test("read and readv", () => {
  const p = process({ input: "line one\nline two\n" });
  assert.equal(p.call("read", 0, DATA, 4), 4);
  assert.equal(p.guest.text(DATA), "line");
  const vector = DATA + 0x100n;
  p.guest.write(vector, new Uint8Array(BigUint64Array.of(DATA + 0x200n, 5n, DATA + 0x300n, 100n, DATA + 0x400n, 100n).buffer));
  assert.equal(p.call("readv", 0, vector, 3), 14);
  assert.equal(p.guest.text(DATA + 0x300n), "line two\n");
  assert.equal(p.call("read", 0, DATA, 4), 0);
  assert.equal(p.call("read", 1, DATA, 4), -E.BADF);
  assert.equal(p.call("readv", 0, BAD, 1), -E.FAULT);
  const file = process({ input: "x" });
  assert.equal(file.call("read", 0, BAD, 4), -E.FAULT);
  assert.equal(file.call("lseek", 0, 0, 0), -E.SPIPE);
});

test("a file from making to removing", () => {
  const p = process();
  const path = p.put("/tmp/file", 0x800);
  const fd = p.call("openat", HERE, path, 0o102, 0o666);
  assert.equal(fd, 3);
  assert.equal(p.call("write", fd, p.put("0123456789"), 10), 10);
  assert.equal(p.call("pwrite64", fd, p.put("ab"), 2, 4), 2);
  assert.equal(p.call("pread64", fd, DATA + 0x40n, 4, 3), 4);
  assert.equal(p.guest.text(DATA + 0x40n), "3ab6");
  assert.equal(p.call("pread64", fd, DATA, 4, -1), -E.INVAL);
  assert.equal(p.call("lseek", fd, 2, 0), 2);
  assert.equal(p.call("read", fd, BAD, 4), -E.FAULT);
  assert.equal(p.call("lseek", fd, 0, 9), -E.INVAL);
  assert.equal(p.call("ftruncate", fd, 5), 0);
  assert.equal(p.call("ftruncate", fd, -1), -E.INVAL);
  assert.equal(p.call("truncate", path, 7), 0);
  assert.equal(p.call("fstat", fd, DATA), 0);
  const view = new DataView(p.guest.read(DATA, 128).buffer);
  assert.equal(view.getUint32(16, true), 0o100644, "the umask is taken off");
  assert.equal(view.getUint32(20, true), 1);
  assert.equal(view.getBigUint64(48, true), 7n);
  assert.equal(view.getUint32(56, true), 4096);
  assert.equal(view.getBigUint64(72, true), EPOCH);
  assert.equal(p.call("fstat", fd, BAD), -E.FAULT);
  assert.equal(p.call("fstat", 77, DATA), -E.BADF);
  for (const name of ["fsync", "fdatasync", "fchmod", "fchown", "flock", "fadvise64"]) {
    assert.equal(p.call(name, fd), 0, name);
    assert.equal(p.call(name, 77), -E.BADF, name);
  }
  assert.equal(p.call("fallocate", fd), -E.OPNOTSUPP);
  assert.equal(p.call("fchmodat", HERE, path, 0o600), 0);
  assert.equal(p.call("utimensat", HERE, path, 0), 0);
  assert.equal(p.call("fchownat", HERE, path, 1, 1), 0);
  assert.equal(p.call("faccessat", HERE, path, 4), 0);
  assert.equal(p.call("faccessat2", HERE, path, 1), -E.ACCES);
  assert.equal(p.call("renameat2", HERE, path, HERE, p.put("/tmp/other", 0x900), 0), 0);
  assert.equal(p.call("renameat2", HERE, path, HERE, DATA + 0x900n, 2), -E.INVAL);
  assert.equal(p.call("renameat", HERE, path, HERE, DATA + 0x900n), -E.NOENT);
  assert.equal(p.call("faccessat", HERE, path, 0), -E.NOENT);
  assert.equal(p.call("unlinkat", HERE, DATA + 0x900n, 0), 0);
  assert.equal(p.call("close", fd), 0);
  assert.equal(p.call("close", fd), -E.BADF);
  for (const [name, ...args] of [
    ["openat", HERE, BAD, 0], ["unlinkat", HERE, BAD, 0], ["mkdirat", HERE, BAD, 0], ["renameat", HERE, path, HERE, BAD], ["faccessat", HERE, BAD, 0],
    ["newfstatat", HERE, BAD, DATA, 0], ["statx", HERE, BAD, 0, 0, DATA], ["readlinkat", HERE, BAD, DATA, 9], ["chdir", BAD], ["truncate", BAD, 0],
    ["fchmodat", HERE, BAD, 0], ["utimensat", HERE, BAD, 0],
  ] as [string, ...(number | bigint)[]][]) {
    assert.equal(p.call(name, ...args), -E.FAULT, name);
  }
});

test("stat in its forms", () => {
  const p = process();
  const empty = p.put("", 0x10);
  const path = p.put("/dev/null", 0x100);
  const mode = (): number => new DataView(p.guest.read(DATA + 0x800n, 128).buffer).getUint32(16, true);
  assert.equal(p.call("newfstatat", HERE, path, DATA + 0x800n, 0), 0);
  assert.equal(mode(), 0o020666);
  assert.equal(p.call("newfstatat", 1, empty, DATA + 0x800n, 0x1000), 0);
  assert.equal(mode(), 0o010600);
  assert.equal(p.call("newfstatat", HERE, empty, DATA + 0x800n, 0x1000), 0);
  assert.equal(mode(), 0o040755);
  assert.equal(p.call("newfstatat", 1, empty, DATA + 0x800n, 0), -E.NOENT);
  assert.equal(p.call("newfstatat", 1, p.put("name", 0x200), DATA + 0x800n, 0), -E.NOTDIR);
  assert.equal(p.call("newfstatat", HERE, path, BAD, 0), -E.FAULT);
  assert.equal(p.call("statx", HERE, path, 0, 0x7ff, DATA + 0x800n), 0);
  const statx = new DataView(p.guest.read(DATA + 0x800n, 256).buffer);
  assert.deepEqual([statx.getUint16(28, true), statx.getUint32(128, true), statx.getUint32(132, true)], [0o020666, 1, 3]);
  assert.equal(p.call("statx", HERE, path, 0, 0, BAD), -E.FAULT);
  assert.equal(p.call("stat", path, DATA + 0x800n), 0);
  assert.equal(p.call("lstat", p.put("/none", 0x300), DATA + 0x800n), -E.NOENT);
});

test("links, the working directory, and /proc/self/exe", () => {
  const p = process();
  const exe = p.put("/proc/self/exe", 0x100);
  assert.equal(p.call("readlinkat", HERE, exe, DATA, 100), 12);
  assert.equal(p.guest.text(DATA), "/tmp/program");
  assert.equal(p.call("readlinkat", HERE, exe, DATA, 4), 4);
  assert.equal(p.call("readlinkat", HERE, exe, DATA, 0), -E.INVAL);
  assert.equal(p.call("readlinkat", HERE, exe, BAD, 9), -E.FAULT);
  assert.equal(p.call("readlinkat", HERE, p.put("/tmp", 0x200), DATA, 9), -E.INVAL);
  assert.equal(p.call("readlink", p.put("/none", 0x300), DATA, 9), -E.NOENT);
  assert.equal(p.call("mkdirat", HERE, p.put("/tmp/d", 0x400), 0o777), 0);
  assert.equal(p.call("chdir", DATA + 0x400n), 0);
  assert.equal(p.call("getcwd", DATA, 100), 7);
  assert.equal(p.guest.text(DATA), "/tmp/d");
  assert.equal(p.call("getcwd", DATA, 6), -E.RANGE);
  assert.equal(p.call("getcwd", BAD, 100), -E.FAULT);
  const root = p.call("openat", HERE, p.put("/"), 0o200000);
  assert.equal(p.call("fchdir", root), 0);
  assert.equal(p.call("getcwd", DATA, 100), 2);
  assert.equal(p.call("rmdir", DATA + 0x400n), 0);
  for (const name of ["linkat", "symlinkat", "mknodat"]) assert.equal(p.call(name), -E.PERM);
  assert.equal(p.call("umask", 0o077), 0o022);
  assert.equal(p.call("umask", 0), 0o077);
});

test("getdents64", () => {
  const p = process();
  for (const name of ["one", "two", "three"]) p.call("close", p.call("openat", HERE, p.put(`/tmp/${name}`), 0o101, 0o600));
  const fd = p.call("openat", HERE, p.put("/tmp"), 0o200000);
  const names: string[] = [];
  let calls = 0;
  for (let length; (length = p.call("getdents64", fd, DATA, 60)) > 0; calls++) {
    for (let at = 0; at < length; at += new DataView(p.guest.read(DATA + BigInt(at), 20).buffer).getUint16(16, true)) {
      names.push(p.guest.text(DATA + BigInt(at + 19)));
    }
  }
  assert.deepEqual(names, [".", "..", "one", "three", "two"]);
  assert.ok(calls >= 2);
  assert.equal(p.call("lseek", fd, 0, 0), 0);
  assert.equal(p.call("getdents64", fd, DATA, 8), -E.INVAL);
  assert.equal(p.call("getdents64", fd, BAD, 100), -E.FAULT);
  assert.equal(p.call("getdents64", 0, DATA, 100), -E.NOTDIR);
});

test("descriptors: dup, fcntl, ioctl, close_range, poll, select", () => {
  const p = process();
  assert.equal(p.call("dup", 1), 3);
  assert.equal(p.call("dup3", 1, 10, 0o2000000), 10);
  assert.equal(p.call("dup3", 1, 1, 0), -E.INVAL);
  assert.equal(p.call("dup2", 1, 1), 1);
  assert.equal(p.call("dup2", 1, 11), 11);
  assert.equal(p.call("dup", 99), -E.BADF);
  assert.equal(p.call("fcntl", 10, 1), 1);
  assert.equal(p.call("fcntl", 10, 2, 0), 0);
  assert.equal(p.call("fcntl", 10, 1), 0);
  assert.equal(p.call("fcntl", 1, 0, 20), 20);
  assert.equal(p.call("fcntl", 1, 1030, 20), 21);
  assert.equal(p.call("fcntl", 1, 0, 5000), -E.INVAL);
  assert.equal(p.call("fcntl", 1, 3), 1);
  assert.equal(p.call("fcntl", 1, 4, 0o2000), 0);
  assert.equal(p.call("fcntl", 1, 3), 0o2001);
  assert.equal(p.call("fcntl", 1, 5, DATA), 0);
  assert.equal(p.call("fcntl", 1, 5, BAD), -E.FAULT);
  assert.equal(p.call("fcntl", 1, 6, DATA), 0);
  assert.equal(p.call("fcntl", 1, 77), -E.INVAL);
  assert.equal(p.call("fcntl", 99, 1), -E.BADF);
  assert.equal(p.call("ioctl", 1, 0x5401, DATA), -E.NOTTY);
  assert.equal(p.call("ioctl", 1, 0x5413, DATA), -E.NOTTY);
  assert.equal(p.call("ioctl", 1, 0x5451), 0);
  assert.equal(p.call("fcntl", 1, 1), 1);
  assert.equal(p.call("ioctl", 99, 0x5401), -E.BADF);
  assert.equal(p.call("close_range", 3, 0xffffffff), 0);
  assert.equal(p.call("dup", 1), 3);
  p.guest.write(DATA, new Uint8Array(Int32Array.of(0, 1, 1, 4, 55, 1, -1, 1).buffer));
  assert.equal(p.call("ppoll", DATA, 4, 0), 3);
  assert.deepEqual([6n, 14n, 22n, 30n].map((at) => p.guest.read(DATA + at, 1)[0]), [1, 4, 0x20, 0]);
  assert.equal(p.call("ppoll", BAD, 1, 0), -E.FAULT);
  p.guest.write(DATA, new Uint8Array(BigUint64Array.of(1n, 6n).buffer));
  assert.equal(p.call("pselect6", 3, DATA, DATA + 8n, 0, 0), 3);
  assert.equal(p.call("pselect6", 3, BAD, 0, 0, 0), -E.FAULT);
});

test("time is counted in instructions, and sleeping moves it", () => {
  const p = process();
  const now = (clock: number): bigint => {
    assert.equal(p.call("clock_gettime", clock, DATA), 0);
    return p.u64(DATA) * EPOCH + p.u64(DATA + 8n);
  };
  p.guest.executed = 1_500_000_000;
  assert.equal(now(0), EPOCH * EPOCH + 1_500_000_000n);
  assert.equal(now(1), 1_500_000_000n);
  p.guest.write(DATA + 64n, new Uint8Array(BigUint64Array.of(3n, 5n).buffer));
  assert.equal(p.call("nanosleep", DATA + 64n, 0), 0);
  assert.equal(now(1), 4_500_000_005n);
  assert.equal(now(2), 1_500_000_000n, "sleep is no work");
  assert.equal(p.call("clock_nanosleep", 1, 0, DATA + 64n, 0), 0);
  assert.equal(now(7), 7_500_000_010n);
  assert.equal(p.call("clock_nanosleep", 1, 1, DATA + 64n, 0), 0);
  assert.equal(now(1), 7_500_000_010n, "a time that has passed is not waited for");
  p.guest.write(DATA + 64n, new Uint8Array(BigUint64Array.of(9n, 0n).buffer));
  assert.equal(p.call("clock_nanosleep", 1, 1, DATA + 64n, 0), 0);
  assert.equal(now(1), 9_000_000_000n);
  p.guest.write(DATA + 64n, new Uint8Array(BigUint64Array.of(0n, EPOCH).buffer));
  assert.equal(p.call("nanosleep", DATA + 64n), -E.INVAL);
  assert.equal(p.call("nanosleep", BAD), -E.FAULT);
  assert.equal(p.call("ppoll", 0, 0, DATA + 64n), -E.INVAL);
  p.guest.write(DATA + 64n, new Uint8Array(BigUint64Array.of(1n, 0n).buffer));
  assert.equal(p.call("ppoll", 0, 0, DATA + 64n), 0);
  assert.equal(p.call("pselect6", 0, 0, 0, 0, DATA + 64n), 0);
  assert.equal(now(1), 11_000_000_000n);
  assert.equal(p.call("clock_gettime", 99, DATA), -E.INVAL);
  assert.equal(p.call("clock_gettime", 0, BAD), -E.FAULT);
  assert.equal(p.call("clock_getres", 1, DATA), 0);
  assert.deepEqual([p.u64(DATA), p.u64(DATA + 8n)], [0n, 1n]);
  assert.equal(p.call("clock_getres", 1, 0), 0);
  assert.equal(p.call("clock_getres", 99, 0), -E.INVAL);
  assert.equal(p.call("gettimeofday", DATA, 0), 0);
  assert.deepEqual([p.u64(DATA), p.u64(DATA + 8n)], [EPOCH + 11n, 0n]);
  assert.equal(p.call("gettimeofday", BAD, 0), -E.FAULT);
  assert.equal(p.call("time", DATA), Number(EPOCH) + 11);
  assert.equal(p.call("times", DATA), 1100);
  assert.equal(p.u64(DATA), 150n);
  assert.equal(p.call("times", BAD), -E.FAULT);
  assert.equal(p.call("getrusage", 0, DATA), 0);
  assert.deepEqual([p.u64(DATA), p.u64(DATA + 8n)], [1n, 500_000n]);
  assert.equal(p.call("getrusage", 0, BAD), -E.FAULT);
  assert.equal(p.call("sysinfo", DATA), 0);
  assert.equal(p.u64(DATA), 11n);
  assert.equal(p.call("sysinfo", BAD), -E.FAULT);
  assert.equal(p.call("clock_settime"), -E.PERM);
});

test("identity and limits are constant", () => {
  const p = process();
  assert.deepEqual(
    ["getpid", "gettid", "set_tid_address", "getppid", "getuid", "geteuid", "getgid", "getegid"].map((name) => p.call(name)),
    [1000, 1000, 1000, 1, 1000, 1000, 1000, 1000],
  );
  for (const name of ["set_robust_list", "sched_yield", "setpgid", "personality", "sched_setaffinity", "getgroups"]) assert.equal(p.call(name), 0);
  assert.equal(p.call("uname", DATA), 0);
  assert.deepEqual([0n, 1n, 2n, 4n].map((i) => p.guest.text(DATA + 65n * i)), ["Linux", "perfvec", "6.1.0", "riscv64"]);
  assert.equal(p.call("uname", BAD), -E.FAULT);
  assert.equal(p.call("prlimit64", 0, 3, 0, DATA), 0);
  assert.deepEqual([p.u64(DATA), p.u64(DATA + 8n)], [8n << 20n, 8n << 20n]);
  assert.equal(p.call("prlimit64", 0, 7, 0, DATA), 0);
  assert.equal(p.u64(DATA), 1024n);
  assert.equal(p.call("getrlimit", 9, DATA), 0);
  assert.equal(p.u64(DATA), (1n << 64n) - 1n);
  assert.equal(p.call("getrlimit", 99, DATA), -E.INVAL);
  assert.equal(p.call("prlimit64", 0, 3, 0, BAD), -E.FAULT);
  assert.equal(p.call("prlimit64", 77, 3, 0, DATA), -E.SRCH);
  p.guest.write(DATA, new Uint8Array(8).fill(255));
  assert.equal(p.call("sched_getaffinity", 0, 128, DATA), 8);
  assert.equal(p.u64(DATA), 1n);
  assert.equal(p.call("sched_getaffinity", 0, 4, DATA), -E.INVAL);
  assert.equal(p.call("sched_getaffinity", 0, 8, BAD), -E.FAULT);
  assert.equal(p.call("getcpu", DATA, 0), 0);
  assert.equal(p.call("getcpu", BAD, 0), -E.FAULT);
  assert.equal(p.call("wait4"), -E.CHILD);
  for (const name of ["rseq", "riscv_hwprobe"]) assert.equal(p.call(name), -E.NOSYS);
  assert.equal(p.call("riscv_flush_icache"), 0);
  assert.equal(p.guest.flushed, 1);
  assert.equal(p.linux.ignored.size, 0);
});

test("getrandom is seeded, and goes on where AT_RANDOM ended", () => {
  const draw = (seed: number): string => {
    const p = process({ seed });
    assert.equal(p.call("getrandom", DATA, 16), 16);
    return Buffer.from(p.guest.read(DATA, 16)).toString("hex");
  };
  assert.equal(draw(5), draw(5));
  assert.notEqual(draw(5), draw(6));
  const stream = createRandomBytes("linux", 5);
  stream(16);
  assert.equal(draw(5), Buffer.from(stream(16)).toString("hex"));
  // SplitMix64's published first output for seed 1234567
  assert.equal(Buffer.from(createRandomBytes("linux", 1234567)(8)).readBigUInt64LE(), 6457827717110365317n);
  const p = process();
  assert.equal(p.call("getrandom", BAD, 16), -E.FAULT);
  assert.equal(p.call("getrandom", DATA, 0), 0);
});

test("the end of the program", () => {
  assert.deepEqual(process().outcome("exit_group", 3), { exit: 3 });
  assert.deepEqual(process().outcome("exit", 0x1ff), { exit: 255 });
});

test("signals: default actions, ignoring, blocking", () => {
  const PID = 1000;
  assert.deepEqual(process().outcome("tgkill", PID, PID, 6), { signal: 6 });
  assert.deepEqual(process().outcome("kill", PID, 15), { signal: 15 });
  assert.deepEqual(process().outcome("kill", 0, 9), { signal: 9 });
  assert.deepEqual(process().outcome("tkill", PID, 11), { signal: 11 });
  const p = process();
  assert.equal(p.call("kill", PID, 0), 0);
  assert.equal(p.call("kill", 1, 9), -E.SRCH);
  assert.equal(p.call("tgkill", PID, PID, 65), -E.INVAL);
  assert.equal(p.call("tgkill", PID, PID, 17), 0, "SIGCHLD does nothing");
  const action = (handler: bigint): bigint => {
    p.guest.write(DATA, new Uint8Array(BigUint64Array.of(handler, 4n, 0n).buffer));
    return DATA;
  };
  assert.equal(p.call("rt_sigaction", 15, action(1n), 0, 8), 0);
  assert.equal(p.call("kill", PID, 15), 0, "ignored");
  assert.equal(p.call("rt_sigaction", 15, action(0x4000n), DATA + 64n, 8), 0);
  assert.equal(p.u64(DATA + 64n), 1n);
  p.guest.registers.set([0x1000n, 0x1111n, DATA + 0x8000n]);
  assert.deepEqual(p.outcome("kill", PID, 15), { resumed: true }, "its handler is entered");
  assert.equal(p.guest.registers[0], 0x4000n);
  assert.equal(p.guest.registers[10], 15n);
  assert.equal(p.guest.registers[2]! % 16n, 0n);
  assert.deepEqual(p.outcome("rt_sigreturn"), { resumed: true });
  assert.deepEqual([...p.guest.registers.subarray(0, 3)], [0x1000n, 0x1111n, DATA + 0x8000n]);
  p.guest.registers[2] = BAD;
  assert.deepEqual(p.outcome("kill", PID, 15), { signal: 11 }, "no stack to run it on");
  assert.ok(!p.linux.fault(11, 8n), "a fault without a handler");
  p.guest.registers[2] = DATA + 0x8000n;
  assert.equal(p.call("rt_sigaction", 11, action(0x4000n), 0, 8), 0);
  assert.ok(p.linux.fault(11, 8n));
  assert.equal(p.u64(p.guest.registers[11]! + 16n), 8n, "si_addr");
  assert.ok(!p.linux.fault(11, 8n), "a fault in its own handler");
  assert.deepEqual(p.outcome("rt_sigreturn"), { resumed: true });
  const likeGem5 = process({ personality: "gem5" });
  likeGem5.guest.write(DATA, new Uint8Array(BigUint64Array.of(0x4000n, 4n, 0n).buffer));
  assert.equal(likeGem5.call("rt_sigaction", 6, DATA, 0, 8), 0);
  assert.deepEqual(likeGem5.outcome("tgkill", 100, 100, 6), { signal: 6 }, "gem5 ignores handlers");
  assert.equal(p.call("rt_sigaction", 9, action(1n), 0, 8), -E.INVAL);
  assert.equal(p.call("rt_sigaction", 99, 0, 0, 8), -E.INVAL);
  assert.equal(p.call("rt_sigaction", 15, BAD, 0, 8), -E.FAULT);
  assert.equal(p.call("rt_sigaction", 15, 0, BAD, 8), -E.FAULT);
  p.guest.write(DATA, new Uint8Array(BigUint64Array.of(1n << 5n, 0n).buffer));
  assert.equal(p.call("rt_sigprocmask", 0, DATA, DATA + 8n, 8), 0);
  assert.equal(p.u64(DATA + 8n), 0n);
  assert.equal(p.call("tgkill", PID, PID, 6), 0, "blocked");
  assert.equal(p.call("rt_sigpending", DATA + 16n), 0);
  assert.equal(p.u64(DATA + 16n), 1n << 5n);
  assert.equal(p.call("rt_sigprocmask", 3, DATA, 0, 8), -E.INVAL);
  assert.equal(p.call("rt_sigprocmask", 0, BAD, 0, 8), -E.FAULT);
  assert.equal(p.call("rt_sigprocmask", 0, 0, DATA, 8), 0);
  assert.equal(p.u64(DATA), 1n << 5n);
  assert.deepEqual(p.outcome("rt_sigprocmask", 1, DATA, 0, 8), { signal: 6 });
  assert.deepEqual(process().outcome("kill", PID, 9), { signal: 9 });
  assert.equal(p.call("sigaltstack", 0, DATA), 0);
  assert.equal(p.u64(DATA + 8n), 2n);
  assert.equal(p.call("sigaltstack", BAD, 0), -E.FAULT);
  p.guest.write(DATA, new Uint8Array(BigUint64Array.of(1n << 4n, 0n).buffer));
  assert.equal(p.call("rt_sigtimedwait", DATA, 0, DATA), -E.AGAIN);
});

test("futexes of a single thread", () => {
  const p = process();
  p.guest.write(DATA, Uint8Array.of(7, 0, 0, 0));
  assert.equal(p.call("futex", DATA, 129, 1), 0);
  assert.equal(p.call("futex", DATA, 128, 8, 0), -E.AGAIN);
  p.guest.write(DATA + 64n, new Uint8Array(BigUint64Array.of(1n, 0n).buffer));
  assert.equal(p.call("futex", DATA, 128, 7, DATA + 64n), -E.TIMEDOUT);
  assert.throws(() => p.outcome("futex", DATA, 128, 7, 0), /wait for another thread.*wait for ever/);
  assert.equal(p.call("futex", BAD, 128, 7, 0), -E.FAULT);
  assert.equal(p.call("futex", BAD, 129, 1, 0), -E.FAULT);
  assert.equal(p.call("futex", DATA, 60, 1, 0), -E.NOSYS);
});

test("what is refused is named, with its call and pc", () => {
  const p = process();
  const refused = (pattern: RegExp, name: string, ...args: (number | bigint)[]): void => {
    const fits = (error: unknown): boolean => error instanceof UserError && error instanceof GuestRefusal && pattern.test(error.message);
    assert.throws(() => p.outcome(name, ...args), fits, name);
  };
  refused(/for a thread \(clone, system call 220, at pc 0x1234\): threads are not emulated/, "clone", 0x3d0f00);
  refused(/for another process \(fork\) \(clone,/, "clone", 17);
  refused(/to start another program/, "clone", 0x4111);
  p.guest.write(DATA, new Uint8Array(BigUint64Array.of(0x10000n).buffer));
  refused(/for a thread \(clone3, system call 435/, "clone3", DATA);
  assert.equal(p.call("clone3", BAD), -E.FAULT);
  refused(/execve, system call 221.*only one process/, "execve");
  refused(/socket, system call 198.*no network/, "socket");
  const others = "pipe2 connect accept epoll_create1 eventfd2 io_uring_setup timer_create setitimer ptrace mount shmget";
  for (const name of others.split(" ")) {
    refused(new RegExp(`asks for ${name} `), name);
  }
  p.guest.write(DATA, new Uint8Array(8));
  refused(/wait for a signal/, "rt_sigsuspend", DATA);
  refused(/wait for a signal/, "rt_sigtimedwait", DATA, 0, 0);
  refused(/nothing it waits for can happen/, "ppoll", 0, 0, 0);
});

test("unknown calls get ENOSYS and are remembered once", () => {
  const p = process();
  for (let i = 0; i < 3; i++) assert.equal(p.call("membarrier"), -E.NOSYS);
  assert.deepEqual([...p.linux.ignored], ["membarrier, system call 283"]);
  for (let number = 5000; number < 6000; number++) assert.deepEqual(p.linux(number, []), { result: BigInt(-E.NOSYS) });
  assert.ok(p.linux.ignored.size <= 100 && p.linux.ignored.has("unknown, system call 5000"));
});

test("newlib's own numbers and flags", () => {
  const p = process();
  const path = p.put("/tmp/n", 0x100);
  const fd = p.linux(1024, [path, 0x601n, 0o644n]);
  assert.deepEqual(fd, { result: 3n }, "O_WRONLY | O_CREAT | O_TRUNC of newlib");
  assert.equal(p.call("write", 3, p.put("abc"), 3), 3);
  assert.deepEqual(p.linux(1024, [path, 0xa01n, 0o644n]), { result: BigInt(-E.EXIST) });
  assert.deepEqual(p.linux(1038, [path, DATA + 0x800n]), { result: 0n });
  assert.equal(p.u64(DATA + 0x800n + 48n), 3n);
  assert.deepEqual(p.linux(1033, [path, 4n]), { result: 0n });
  assert.deepEqual(p.linux(1034, [path, p.put("/tmp/m", 0x200)]), { result: 0n });
  assert.deepEqual(p.linux(1026, [DATA + 0x200n]), { result: 0n });
  assert.deepEqual(p.linux(1030, [path, 0o755n]), { result: 0n });
  assert.deepEqual(p.linux(1031, [path]), { result: 0n });
  assert.deepEqual(p.linux(1062, [0n]), { result: EPOCH });
});

test("as gem5 answers", () => {
  const p = process({ personality: "gem5" });
  // as the recorded ExecAll run: set_tid_address, set_robust_list, prlimit64, readlinkat, getrandom, mprotect, fstatat, ioctl
  assert.equal(p.call("set_tid_address", DATA), 100);
  assert.equal(p.call("set_robust_list", DATA, 24), 0);
  assert.equal(p.call("prlimit64", 0, 3, 0, DATA), 0);
  assert.equal(p.u64(DATA), 0x800000n);
  assert.equal(p.call("prlimit64", 0, 2, 0, DATA), 0);
  assert.equal(p.u64(DATA), 0x10000000n);
  assert.equal(p.call("prlimit64", 0, 7, 0, DATA), -E.INVAL);
  assert.equal(p.call("readlinkat", HERE, p.put("/proc/self/exe", 0x100), DATA, 0x1000), 12);
  assert.equal(p.call("getrandom", DATA, 8, 1), 8);
  assert.deepEqual([...p.guest.read(DATA, 8)], [0x7f, 0x6b, 0xbe, 0x3f, 0x3d, 0x51, 0xe9, 0x2a], "outputs 17 to 24 of the generator");
  assert.equal(p.call("mprotect", 0x71000, 0x4000, 1), 0);
  assert.equal(p.call("newfstatat", 1, p.put("", 0x200), DATA, 0x1000), 0);
  const stat = new DataView(p.guest.read(DATA, 128).buffer);
  assert.deepEqual([stat.getUint32(16, true), stat.getBigUint64(32, true), stat.getUint32(56, true)], [0x21b6, 0x103n, 0x2000]);
  assert.equal(p.call("ioctl", 1, 0x5401, DATA), -25);
  assert.equal(p.call("newfstatat", 0, DATA + 0x200n, DATA, 0x1000), -E.NOENT, "the file \"cin\"");
  assert.equal(p.call("rt_sigaction", 11, BAD, BAD, 8), 0, "ignored without a look");
  assert.equal(p.call("nanosleep", BAD), 0);
  assert.equal(p.call("getcwd", DATA, 9), 1, "without the NUL");
  assert.equal(p.call("uname", DATA), 0);
  assert.equal(p.guest.text(DATA + 130n), "5.1.0");
  assert.deepEqual(["getpid", "getppid", "getuid"].map((name) => p.call(name)), [100, 0, 100]);
  p.guest.executed = 5;
  assert.equal(p.call("clock_gettime", 1, DATA), 0);
  assert.deepEqual([p.u64(DATA), p.u64(DATA + 8n)], [EPOCH, 5n]);
  assert.equal(p.call("tgkill", 100, 100, 15), -E.INVAL);
  assert.deepEqual(p.outcome("tgkill", 100, 100, 6), { signal: 6 });
  assert.equal(p.linux.ignored.size, 0);
  p.call("statx", HERE, DATA, 0, 0, DATA);
  assert.deepEqual([...p.linux.ignored], ["statx, system call 291: gem5 24.0 would have stopped here"]);
});

test("hostile arguments end in an answer, whatever the call", () => {
  const values = [0n, 1n, 3n, 0xffff_ffff_ffff_ffffn, 1n << 63n, (1n << 63n) - 1n, BAD, DATA, DATA + 0xfff0n, 0xffff_ffff_ffff_f000n, 0x8000_0000n];
  let state = 1;
  const next = (): bigint => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return values[(state >>> 16) % values.length]!;
  };
  for (const personality of ["linux", "gem5"] as const) {
    const p = process({ personality, pageLimit: 2000 });
    for (let round = 0; round < 3; round++) {
      for (const number of [...Array(460).keys(), ...Array.from({ length: 50 }, (_, i) => 1024 + i)]) {
        try {
          const outcome = p.linux(number, [next(), next(), next(), next(), next(), next()]);
          assert.ok("result" in outcome || "exit" in outcome || "signal" in outcome || "resumed" in outcome);
        } catch (error) {
          assert.ok(error instanceof UserError, `call ${number}: ${(error as Error).stack}`);
        }
      }
    }
  }
});

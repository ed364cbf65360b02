import type { Guest } from "./guest";
import { type Calls, E, fail, int32, size, words } from "./linux-abi";
import { GEM5 } from "./linux-gem5";
import type { RandomBytes } from "./linux-random";

const SECOND = 1_000_000_000n;
/** Seconds of the wall clock at the first instruction, in both personalities: gem5's (seconds_since_epoch, syscall_emul.hh). */
export const EPOCH = 1_000_000_000;
/** Most random bytes one call gives, as /dev/urandom of Linux gives at most 32 MiB. */
const RANDOM_MOST = 1024 * 1024;
const CLOCK = { realtime: 0, process: 2, thread: 3, realtimeCoarse: 5, tai: 11 } as const;
const RLIMIT = { data: 2, stack: 3, files: 7 } as const;
const RLIM_INFINITY = (1n << 64n) - 1n;
const STACK = 8 * 1024 * 1024;
const MEMORY = 1n << 30n;
const NAMES = { sysname: "Linux", nodename: "perfvec", release: "6.1.0", version: "#1", machine: "riscv64", domainname: "(none)" };

/** Constants of the process. */
export function identity(gem5: boolean): { pid: number; parent: number; user: number } {
  return gem5 ? GEM5 : { pid: 1000, parent: 1, user: 1000 };
}

/** Virtual time: an executed instruction takes one nanosecond, and sleeping takes what was asked for. */
export interface Clock {
  /** nanoseconds of work */
  worked(): bigint;
  /** nanoseconds since the start, sleep included */
  now(): bigint;
  sleep(ns: bigint): void;
}

export function createClock(guest: Guest): Clock {
  let slept = 0n;
  const worked = (): bigint => BigInt(guest.instructions());
  return {
    worked,
    now: () => worked() + slept,
    sleep(ns) {
      slept += ns;
    },
  };
}

/** A struct timespec in nanoseconds. @throws LinuxError(EINVAL) */
export function readTimespec(guest: Guest, address: bigint): bigint {
  const [seconds, ns] = new BigInt64Array(guest.read(address, 16).buffer);
  if (seconds! < 0n || ns! < 0n || ns! >= SECOND) fail(E.INVAL);
  return seconds! * SECOND + ns!;
}

export function timeCalls(guest: Guest, clock: Clock, gem5: boolean): Calls {
  const wall = (): bigint => BigInt(EPOCH) * SECOND + clock.now();

  function put(address: bigint, ns: bigint, unit: bigint): number {
    guest.write(address, words(ns / SECOND, (ns % SECOND) / unit));
    return 0;
  }

  function sleepUntil(id: number, until: bigint): void {
    const now = id === CLOCK.realtime ? wall() : clock.now();
    if (until > now) clock.sleep(until - now);
  }

  return {
    clock_gettime(idBits, time) {
      const id = int32(idBits);
      if (gem5 || id === CLOCK.realtime || id === CLOCK.realtimeCoarse || id === CLOCK.tai) return put(time, wall(), 1n);
      if (id === CLOCK.process || id === CLOCK.thread) return put(time, clock.worked(), 1n);
      return id > 0 && id < CLOCK.tai ? put(time, clock.now(), 1n) : -E.INVAL;
    },
    clock_getres: (id, time) => (int32(id) < 0 || int32(id) > CLOCK.tai ? -E.INVAL : time ? put(time, 1n, 1n) : 0),
    gettimeofday: (time) => (time ? put(time, wall(), 1000n) : 0),
    time(address) {
      const seconds = wall() / SECOND;
      if (address) guest.write(address, words(seconds));
      return seconds;
    },
    times(buffer) {
      const ticks = clock.worked() / 10_000_000n;
      if (buffer) guest.write(buffer, words(ticks, 0, 0, 0));
      return clock.now() / 10_000_000n;
    },
    nanosleep(request) {
      clock.sleep(readTimespec(guest, request));
      return 0;
    },
    clock_nanosleep(id, flags, request) {
      const asked = readTimespec(guest, request);
      const ABSOLUTE = 1n;
      if (flags & ABSOLUTE) sleepUntil(int32(id), asked);
      else clock.sleep(asked);
      return 0;
    },
    getrusage(_who, usage) {
      const bytes = new Uint8Array(144);
      const ns = clock.worked();
      bytes.set(words(ns / SECOND, (ns % SECOND) / 1000n));
      guest.write(usage, bytes);
      return 0;
    },
    sysinfo(info) {
      const bytes = new Uint8Array(112);
      bytes.set(words(clock.now() / SECOND, 0, 0, 0, MEMORY, MEMORY / 2n));
      bytes.set(words(1), 80); // procs
      bytes[104] = 1; // mem_unit
      guest.write(info, bytes);
      return 0;
    },
    clock_settime: () => -E.PERM,
    settimeofday: () => -E.PERM,
    adjtimex: () => -E.PERM,
  };
}

/** Who and where the process is, and what it may use. */
export function identityCalls(guest: Guest, random: RandomBytes, gem5: boolean): Calls {
  const { pid, parent, user } = identity(gem5);
  const same = (): number => user;
  const encoder = new TextEncoder();

  function limitOf(resource: number): bigint {
    if (resource === RLIMIT.stack) return BigInt(STACK);
    if (gem5) return resource === RLIMIT.data ? BigInt(GEM5.dataLimit) : fail(E.INVAL);
    if (resource < 0 || resource > 15) fail(E.INVAL);
    return resource === RLIMIT.files ? 1024n : RLIM_INFINITY;
  }
  function putLimit(resource: bigint, old: bigint): number {
    const limit = limitOf(int32(resource));
    if (old) guest.write(old, words(limit, limit));
    return 0;
  }

  return {
    getpid: () => pid,
    gettid: () => pid,
    set_tid_address: () => pid,
    getppid: () => parent,
    getpgid: () => pid,
    getsid: () => pid,
    getuid: same,
    geteuid: same,
    getgid: same,
    getegid: same,
    getgroups: () => 0,
    setuid: () => 0,
    setgid: () => 0,
    setpgid: () => 0,
    personality: () => 0,
    wait4: () => -E.CHILD,
    waitid: () => -E.CHILD,
    set_robust_list: () => 0,
    rseq: () => -E.NOSYS,
    riscv_hwprobe: () => -E.NOSYS, // callers fall back to AT_HWCAP
    riscv_flush_icache() {
      guest.flushCode();
      return 0;
    },
    sched_yield: () => 0,
    sched_getscheduler: () => 0,
    sched_get_priority_max: () => 0,
    sched_get_priority_min: () => 0,
    sched_setaffinity: () => 0,
    sched_getaffinity(_pid, bytes, mask) {
      if (size(bytes) < 8) return -E.INVAL;
      guest.write(mask, words(1));
      return 8;
    },
    getcpu(cpu, node) {
      for (const address of [cpu, node]) if (address) guest.write(address!, new Uint8Array(4));
      return 0;
    },
    getpriority: () => 20, // the kernel's 20 - nice
    setpriority: () => 0,
    prctl: () => -E.INVAL,
    uname(address) {
      Object.values(gem5 ? GEM5.names : NAMES).forEach((name, i) => guest.write(address + BigInt(65 * i), encoder.encode(`${name}\0`)));
      return 0;
    },
    getrlimit: (resource, old) => putLimit(resource, old),
    setrlimit: () => 0,
    prlimit64(of, resource, _new, old) {
      if (int32(of) !== 0 && int32(of) !== pid) return -E.SRCH;
      if (gem5 && int32(of) !== 0) return -E.PERM;
      return gem5 && old === 0n ? 0 : putLimit(resource, old);
    },
    getrandom(buffer, count) {
      const bytes = random(Math.min(size(count), RANDOM_MOST));
      guest.write(buffer, bytes);
      return bytes.length;
    },
  };
}

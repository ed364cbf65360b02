import { createFiles, type HostFiles, type Streams } from "./files";
import { type Guest, GuestFault } from "./guest";
import { type Call, type Calls, E, GuestRefusal, int32, LinuxError, type Personality, readU64, RESUMED } from "./linux-abi";
import { fileCalls } from "./linux-files";
import { GEM5, GEM5_IGNORED, GEM5_KNOWN } from "./linux-gem5";
import { memoryCalls } from "./linux-memory";
import { callNames, callNumbers } from "./linux-names";
import { createRandomBytes } from "./linux-random";
import { createSignals } from "./linux-signals";
import { createClock, EPOCH, identity, identityCalls, readTimespec, timeCalls } from "./linux-system";
import type { Layout } from "./load";

export { GuestRefusal } from "./linux-abi";
export { signalName } from "./linux-signals";

/** How a system call ends: a value for a0, the end of the program by its own wish or by a signal (a shell's status 128 + signal), or nothing: every register is set. */
export type Outcome = { result: bigint } | { exit: number } | { signal: number } | { resumed: true };

export interface LinuxOptions {
  streams: Streams;
  /** what of the host lies below `directory` */
  host: HostFiles | undefined;
  /** working directory as the program sees it */
  directory: string;
  /** what /proc/self/exe names */
  executable: string;
  layout: Layout;
  personality: Personality;
  /** the one that loadProgram was given */
  seed: number;
}

export interface LinuxProcess {
  /**
   * @param args a0 … a5, unsigned
   * @throws GuestRefusal when the program asks for what is not emulated
   */
  (number: number, args: readonly bigint[], pc?: number): Outcome;
  /** Calls that were answered with ENOSYS, or that gem5 would not have known, each once. */
  readonly ignored: ReadonlySet<string>;
  /** Lets the program's handler run on a fault. False: it has none. */
  fault(signal: number, address: bigint): boolean;
}

const THREAD = "threads are not emulated";
const PROCESS = "only one process is emulated";
const NETWORK = "there is no network";
const REFUSED: Record<string, string> = {
  execve: PROCESS, execveat: PROCESS, pipe2: PROCESS, pipe: PROCESS, ptrace: PROCESS, unshare: PROCESS, setns: PROCESS,
  process_vm_readv: PROCESS, process_vm_writev: PROCESS,
  shmget: PROCESS, shmat: PROCESS, semget: PROCESS, msgget: PROCESS, mq_open: PROCESS,
  socket: NETWORK, socketpair: NETWORK, bind: NETWORK, listen: NETWORK, accept: NETWORK, accept4: NETWORK, connect: NETWORK,
  sendto: NETWORK, recvfrom: NETWORK, sendmsg: NETWORK, recvmsg: NETWORK, sendmmsg: NETWORK, recvmmsg: NETWORK,
  epoll_create1: "event queues are not emulated", eventfd2: "event queues are not emulated", io_uring_setup: "event queues are not emulated",
  timer_create: "timers are not emulated", timerfd_create: "timers are not emulated", setitimer: "timers are not emulated",
  mount: "file systems cannot be mounted", chroot: "file systems cannot be mounted", reboot: "there is no machine to restart",
};
const CLONE = { memory: 0x100n, waits: 0x4000n, thread: 0x10000n } as const;
/** Distinct calls that are remembered for the log. */
const IGNORED = 100;
const FUTEX = { command: 0x7f, wait: 0, wake: 1, requeue: 3, compareRequeue: 4, wakeOperation: 5, waitBits: 9, wakeBits: 10 } as const;

/**
 * The system calls of one process. Deterministic: time is counted in instructions (one nanosecond each, plus what the program sleeps),
 * randomness is seeded, and identities are constant.
 */
export function createLinux(guest: Guest, options: LinuxOptions): LinuxProcess {
  const { layout, executable } = options;
  const gem5 = options.personality === "gem5";
  const random = createRandomBytes(options.personality, options.seed);
  random(16); // loadProgram's AT_RANDOM
  const clock = createClock(guest);
  const ignored = new Set<string>();
  let current = "";

  function refuse(what: string, why?: string): never {
    throw new GuestRefusal("refused", `the program asks ${what} (${current})${why ? `: ${why}` : ""}`);
  }

  const files = createFiles({
    streams: options.streams,
    host: options.host,
    directory: options.directory,
    stdoutIsNull: gem5,
    standardPaths: gem5 ? GEM5.standardPaths : ["/dev/stdin", "/dev/stdout", "/dev/stderr"],
    random,
  });

  /** A new thread and a new process are one call; its flags tell which. */
  function refuseClone(flags: bigint): never {
    if (flags & CLONE.thread) return refuse("for a thread", THREAD);
    return refuse(flags & CLONE.memory && flags & CLONE.waits ? "to start another program" : "for another process (fork)", PROCESS);
  }

  function futex(address: bigint, operation: bigint, expected: bigint, timeout: bigint): number {
    switch (int32(operation) & FUTEX.command) {
      case FUTEX.wait:
      case FUTEX.waitBits: {
        const value = new DataView(guest.read(address, 4).buffer).getInt32(0, true);
        if (value !== int32(expected)) return -E.AGAIN;
        if (timeout === 0n) refuse("to wait for another thread", "there is none, so it would wait for ever");
        clock.sleep(readTimespec(guest, timeout));
        return -E.TIMEDOUT;
      }
      case FUTEX.wake:
      case FUTEX.wakeBits:
      case FUTEX.requeue:
      case FUTEX.compareRequeue:
      case FUTEX.wakeOperation:
        guest.read(address, 4);
        return 0;
      default:
        return -E.NOSYS;
    }
  }

  const signals = createSignals(guest, identity(gem5).pid, gem5, (what) => refuse(what, "nothing would run it, or wake the program"));
  const calls: Calls = {
    ...fileCalls(guest, files, {
      time: EPOCH,
      executable,
      gem5,
      idle(timeout) {
        if (timeout === 0n) refuse("to wait for an event", "nothing it waits for can happen");
        clock.sleep(readTimespec(guest, timeout));
      },
    }),
    ...memoryCalls(guest, files, layout, gem5),
    ...timeCalls(guest, clock, gem5),
    ...identityCalls(guest, random, gem5),
    ...signals.calls,
    futex: (address, operation, expected, timeout) => futex(address!, operation!, expected!, timeout!),
    clone: (flags) => refuseClone(flags!),
    clone3: (structure) => refuseClone(readU64(guest, structure!)),
    exit: (status) => ({ exit: int32(status!) & 255 }),
    exit_group: (status) => ({ exit: int32(status!) & 255 }),
  };
  for (const [name, why] of Object.entries(REFUSED)) calls[name] = () => refuse(`for ${name}`, why);

  const table = new Map<number, Call>();
  for (const [name, call] of Object.entries(calls)) table.set(callNumbers.get(name)!, call);
  if (gem5) for (const number of GEM5_IGNORED) table.set(number, () => 0);

  function call(number: number, args: readonly bigint[], pc?: number): Outcome {
    const name = `${callNames.get(number) ?? "unknown"}, system call ${number}`;
    current = pc === undefined ? name : `${name}, at pc 0x${pc.toString(16)}`;
    const handler = table.get(number);
    const strange = gem5 && number < 1024 && !GEM5_KNOWN.has(number);
    if ((strange || !handler) && ignored.size < IGNORED) ignored.add(strange ? `${name}: gem5 24.0 would have stopped here` : name);
    if (!handler) return { result: BigInt(-E.NOSYS) };
    try {
      const answer = handler(...args);
      if (answer === RESUMED) return { resumed: true };
      if (typeof answer !== "object") return { result: BigInt(answer) };
      return answer.signal === undefined ? { exit: answer.exit } : { signal: answer.signal };
    } catch (error) {
      if (error instanceof LinuxError) return { result: BigInt(-error.errno) };
      if (error instanceof GuestFault) return { result: BigInt(-E.FAULT) };
      throw error;
    }
  }
  return Object.assign(call, { ignored, fault: signals.fault });
}

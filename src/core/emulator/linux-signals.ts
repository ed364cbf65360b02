import type { Guest } from "./guest";
import { type Calls, E, type End, int32, readU64, words } from "./linux-abi";

const SIG = {
  abort: 6, kill: 9, chld: 17, cont: 18, stop: 19, tstp: 20, ttin: 21, ttou: 22, urg: 23, winch: 28, highest: 64,
} as const;
const SIG_DFL = 0n;
const SIG_IGN = 1n;
/** Signals that do nothing by default; one that stops a process would stop it for ever, so it does nothing either. */
const HARMLESS: Set<number> = new Set([SIG.chld, SIG.cont, SIG.stop, SIG.tstp, SIG.ttin, SIG.ttou, SIG.urg, SIG.winch]);
const NAMES = (
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT " +
  "CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split(" ");

export function signalName(signal: number): string {
  const name = NAMES[signal - 1];
  return name ? `SIG${name}` : `signal ${signal}`;
}

/**
 * Signals can only come from the program itself. Their default actions are carried out; running a handler is not possible, and a
 * program that sends itself a signal it handles is refused.
 */
export function signalCalls(guest: Guest, pid: number, gem5: boolean, refuse: (what: string) => never): Calls {
  const handlers = new Map<number, Uint8Array>();
  let alternateStack = words(0, 2, 0); // SS_DISABLE
  let mask = 0n;
  let pending = 0n;
  const bit = (signal: number): bigint => 1n << BigInt(signal - 1);

  function deliver(signal: number): number | End {
    const action = handlers.get(signal);
    const handler = action ? new DataView(action.buffer).getBigUint64(0, true) : SIG_DFL;
    if (handler === SIG_IGN || (handler === SIG_DFL && HARMLESS.has(signal))) return 0;
    if (handler !== SIG_DFL) refuse(`to run its handler of ${signalName(signal)}`);
    return { exit: 128 + signal, signal };
  }

  function raise(target: number, signal: number): number | End {
    if (target !== pid) return -E.SRCH;
    if (signal < 0 || signal > SIG.highest) return -E.INVAL;
    if (signal === 0) return 0;
    if (mask & bit(signal) && signal !== SIG.kill) {
      pending |= bit(signal);
      return 0;
    }
    return deliver(signal);
  }

  return {
    kill: (target, signal) => raise(Math.abs(int32(target)) || pid, int32(signal)),
    tkill: (target, signal) => raise(int32(target), int32(signal)),
    tgkill(_group, target, signal) {
      if (gem5 && int32(signal) !== 0 && int32(signal) !== SIG.abort) return -E.INVAL; // tgkillFunc
      return raise(int32(target), int32(signal));
    },
    /** struct sigaction of the kernel: handler, flags, mask. */
    rt_sigaction(signalBits, action, old) {
      const signal = int32(signalBits);
      if (signal < 1 || signal > SIG.highest || (action && (signal === SIG.kill || signal === SIG.stop))) return -E.INVAL;
      const bytes = action ? guest.read(action, 24) : undefined;
      if (old) guest.write(old, handlers.get(signal) ?? new Uint8Array(24));
      if (bytes) handlers.set(signal, bytes);
      return 0;
    },
    rt_sigprocmask(how, set, old) {
      const before = mask;
      if (set) {
        const bits = readU64(guest, set);
        if (how > 2n) return -E.INVAL;
        mask = how === 0n ? mask | bits : how === 1n ? mask & ~bits : bits;
      }
      if (old) guest.write(old, words(before));
      for (let signal = 1; signal <= SIG.highest; signal++) {
        if (!(pending & ~mask & bit(signal))) continue;
        pending &= ~bit(signal);
        const end = deliver(signal);
        if (typeof end === "object") return end;
      }
      return 0;
    },
    rt_sigpending(set) {
      guest.write(set, words(pending));
      return 0;
    },
    rt_sigsuspend: () => refuse("to wait for a signal that nobody sends"),
    rt_sigtimedwait: () => -E.AGAIN,
    sigaltstack(stack, old) {
      const bytes = stack ? guest.read(stack, 24) : undefined;
      if (old) guest.write(old, alternateStack);
      if (bytes) alternateStack = bytes;
      return 0;
    },
  };
}

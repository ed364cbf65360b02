import { type Guest, GuestFault, PROTECTION } from "./guest";
import { type Calls, E, type End, int32, readU64, RESUMED, words } from "./linux-abi";

const SIG = {
  ill: 4, trap: 5, abort: 6, kill: 9, segv: 11, chld: 17, cont: 18, stop: 19, tstp: 20, ttin: 21, ttou: 22, urg: 23, winch: 28, highest: 64,
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

/** Flags of sigaction (asm-generic/signal-defs.h), and the one of sigaltstack. */
const SA = { onStack: 0x08000000n, noDefer: 0x40000000n, resetHandler: 0x80000000n } as const;
const SS_DISABLE = 2;
/** si_code */
const CODE = { tkill: -6, mapError: 1, accessError: 2, illegalOpcode: 1, breakpoint: 1 } as const;
/** struct rt_sigframe of RISC-V: siginfo (128 bytes), then ucontext, whose parts stand at these offsets. */
const FRAME = { context: 128, stack: 128 + 16, mask: 128 + 40, registers: 128 + 176, floats: 128 + 176 + 256, size: 128 + 176 + 256 + 528 } as const;
/** The page above everything that a program can map: where a handler returns to. In Linux that is in the vDSO. */
const TRAMPOLINE = 0x3f_ffff_f000n;
/** li a7, 139 (rt_sigreturn); ecall */
const SIGINFO = 128;
const RETURN_CODE = Uint32Array.of(0x08b00893, 0x00000073);

interface Action {
  handler: bigint;
  flags: bigint;
  mask: bigint;
}

export interface Signals {
  calls: Calls;
  /** A signal of an instruction that cannot be executed. False: there is no handler that could run, so it ends the program. */
  fault(signal: number, address: bigint): boolean;
}

/**
 * Signals can only come from the program itself: sent by a call, or by an instruction that cannot be executed. Their default
 * actions are carried out and handlers run (as gem5, there are none: it ignores rt_sigaction).
 */
export function createSignals(guest: Guest, pid: number, gem5: boolean, refuse: (what: string) => never): Signals {
  const actions = new Map<number, Uint8Array>();
  let alternateStack = words(0, SS_DISABLE, 0);
  let mask = 0n;
  let pending = 0n;
  /** siginfo of what is pending */
  const pendingInfo = new Map<number, Uint8Array>();
  let trampoline = false;
  const bit = (signal: number): bigint => 1n << BigInt(signal - 1);

  function actionOf(signal: number): Action {
    const bytes = actions.get(signal);
    const [handler, flags, blocked] = bytes ? new BigUint64Array(bytes.slice().buffer) : [SIG_DFL, 0n, 0n];
    return { handler: handler!, flags: flags!, mask: blocked! };
  }

  function stackFor(flags: bigint, stackPointer: bigint): bigint {
    const [base, state, size] = new BigUint64Array(alternateStack.slice().buffer) as unknown as [bigint, bigint, bigint];
    const inUse = stackPointer > base && stackPointer <= base + size;
    const usable = flags & SA.onStack && (Number(state) & SS_DISABLE) === 0;
    return usable && !inUse ? base + size : stackPointer;
  }

  /**
   * Makes the program enter its handler.
   * @param context the registers it shall return to
   * @throws GuestFault when its stack has no room
   */
  function enter(signal: number, action: Action, context: BigUint64Array, info: Uint8Array, maskBefore = mask): void {
    if (!trampoline) {
      if (!guest.map(TRAMPOLINE, 4096n, PROTECTION.read | PROTECTION.write)) throw new GuestFault(TRAMPOLINE);
      guest.write(TRAMPOLINE, new Uint8Array(RETURN_CODE.buffer));
      guest.protect(TRAMPOLINE, 4096n, PROTECTION.read | PROTECTION.execute);
      trampoline = true;
    }
    const frame = (stackFor(action.flags, context[2]!) - BigInt(FRAME.size)) & ~15n;
    const bytes = new Uint8Array(FRAME.size);
    bytes.set(info);
    bytes.set(alternateStack, FRAME.stack);
    bytes.set(words(maskBefore), FRAME.mask);
    bytes.set(new Uint8Array(context.buffer), FRAME.registers);
    guest.write(frame, bytes);
    mask |= action.mask | (action.flags & SA.noDefer ? 0n : bit(signal));
    if (action.flags & SA.resetHandler) actions.delete(signal);
    const entered = context.slice();
    entered[0] = action.handler;
    entered[1] = TRAMPOLINE;
    entered[2] = frame;
    entered[10] = BigInt(signal);
    entered[11] = frame;
    entered[12] = frame + BigInt(FRAME.context);
    guest.setContext(entered);
  }

  /**
   * @param answer the call's, in the registers that the handler returns to; RESUMED: they are set
   * @returns what is left to answer
   */
  function deliver(signal: number, answer: number | typeof RESUMED, info = infoOf(signal, CODE.tkill, BigInt(pid)), maskBefore = mask): number | End | typeof RESUMED {
    const action = actionOf(signal);
    if (action.handler === SIG_IGN || (action.handler === SIG_DFL && HARMLESS.has(signal))) return answer;
    if (action.handler === SIG_DFL) return { exit: 128 + signal, signal };
    const context = guest.context();
    if (answer !== RESUMED) context[10] = BigInt.asUintN(64, BigInt(answer));
    try {
      enter(signal, action, context, info, maskBefore);
    } catch (error) {
      if (error instanceof GuestFault) return { exit: 128 + SIG.segv, signal: SIG.segv };
      throw error;
    }
    return RESUMED;
  }

  function takePending(signal: number): Uint8Array | undefined {
    const info = pendingInfo.get(signal);
    pendingInfo.delete(signal);
    pending &= ~bit(signal);
    return info;
  }

  /** Delivers what is pending and not blocked, the lowest first: the highest one's handler is the first to run. */
  function deliverPending(answer: number | typeof RESUMED, maskBefore = mask): number | End | typeof RESUMED {
    let left = answer;
    for (let signal = 1; signal <= SIG.highest; signal++) {
      if (!(pending & ~mask & bit(signal))) continue;
      const result = deliver(signal, left, takePending(signal), left === RESUMED ? mask : maskBefore);
      if (typeof result === "object") return result;
      left = result;
    }
    return left;
  }

  function raise(target: number, signal: number, info?: Uint8Array): number | End | typeof RESUMED {
    if (target !== pid) return -E.SRCH;
    if (signal < 0 || signal > SIG.highest) return -E.INVAL;
    if (signal === 0) return 0;
    if (mask & bit(signal) && signal !== SIG.kill) {
      pending |= bit(signal);
      if (info) pendingInfo.set(signal, info);
      return 0;
    }
    return deliver(signal, 0, info);
  }

  const calls: Calls = {
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
      if (old) guest.write(old, actions.get(signal) ?? new Uint8Array(24));
      if (bytes) actions.set(signal, bytes);
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
      return deliverPending(0);
    },
    rt_sigreturn() {
      const frame = guest.context()[2]!;
      guest.setContext(new BigUint64Array(guest.read(frame + BigInt(FRAME.registers), 520).slice().buffer));
      mask = readU64(guest, frame + BigInt(FRAME.mask));
      return deliverPending(RESUMED);
    },
    rt_sigpending(set) {
      guest.write(set, words(pending));
      return 0;
    },
    rt_sigsuspend(set) {
      const before = mask;
      mask = readU64(guest, set);
      if (pending & ~mask) {
        const answer = deliverPending(-E.INTR, before);
        // What does nothing wakes nobody.
        if (answer !== -E.INTR) return answer;
      }
      mask = before;
      return refuse("to wait for a signal that nobody sends");
    },
    rt_sigtimedwait(set, info, timeout) {
      const wanted = readU64(guest, set) & pending;
      for (let signal = 1; signal <= SIG.highest; signal++) {
        if (!(wanted & bit(signal))) continue;
        const told = takePending(signal) ?? infoOf(signal, CODE.tkill, BigInt(pid));
        if (info) guest.write(info, told);
        return signal;
      }
      return timeout ? -E.AGAIN : refuse("to wait for a signal that nobody sends");
    },
    rt_sigqueueinfo: (target, signal, info) => raise(int32(target), int32(signal), guest.read(info, SIGINFO)),
    sigaltstack(stack, old) {
      const bytes = stack ? guest.read(stack, 24) : undefined;
      if (old) guest.write(old, alternateStack);
      if (bytes) alternateStack = bytes;
      return 0;
    },
  };

  return {
    calls,
    fault(signal, address) {
      const action = actionOf(signal);
      if (action.handler === SIG_DFL || action.handler === SIG_IGN || mask & bit(signal)) return false;
      const code = signal === SIG.segv ? (guest.mapped(address, 1n) ? CODE.accessError : CODE.mapError) : signal === SIG.trap ? CODE.breakpoint : CODE.illegalOpcode;
      try {
        enter(signal, action, guest.context(), infoOf(signal, code, address));
      } catch (error) {
        if (error instanceof GuestFault) return false; // its stack is what has overflowed
        throw error;
      }
      return true;
    },
  };
}

/** siginfo_t; `what` is the address of a fault, or who sent it. */
function infoOf(signal: number, code: number, what: bigint): Uint8Array {
  const bytes = new Uint8Array(SIGINFO);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(8, code, true);
  view.setBigUint64(16, what, true);
  return bytes;
}

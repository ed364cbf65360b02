import { extensionOf } from "../emulator/extensions";
import type { HostFiles, Streams } from "../emulator/files";
import { createLinux, GuestRefusal, type Outcome, signalName } from "../emulator/linux";
import { type LoadableProgram, loadProgram, type Personality } from "../emulator/load";
import { createMachine, type Machine, type Stop } from "../emulator/machine";
import { type Exports, u32 } from "../wasm";

export interface EmulatorOptions {
  arguments: readonly string[];
  environment: readonly string[];
  streams: Streams;
  host: HostFiles | undefined;
  /** working directory, and what /proc/self/exe names, as the program sees them */
  directory: string;
  executable: string;
  personality: Personality;
  /** bytes */
  memoryLimit: number;
  /** names a pc in messages: function, file and line */
  describe: (pc: number) => string;
}

/** How a program ended. */
export type Ending =
  | { kind: "exit"; status: number }
  /** `signal`: what Linux would have ended it by; undefined when the emulator gave up */
  | { kind: "crash"; message: string; signal?: number };

export interface Emulator {
  readonly machine: Machine;
  /** system calls that were answered with ENOSYS, in words */
  readonly unanswered: ReadonlySet<string>;
  /**
   * Executes until the batch is nearly full (traced) or `budget` instructions have been executed, or to the end.
   * Undefined: there is more.
   */
  step(traced: boolean, budget: number): Ending | undefined;
}

/** Arbitrary and fixed: runs repeat. */
const SEED = 20251123;
/** V8 replaces an interpreter by its optimised version only between calls: they are kept short. */
const SLICE = 20000;
/** So far below its stack an access is taken for one of the stack. */
const STACK_GUARD = 1n << 20n;
const SIGNAL = { illegal: 4, trap: 5, fault: 11 };
const NAMES = "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");

/** Loads a program into a fresh module. @throws UserError when it does not fit */
export function createEmulator(exports: Exports, program: LoadableProgram, options: EmulatorOptions): Emulator {
  const machine = createMachine(exports, options.memoryLimit);
  const layout = loadProgram(machine, program, {
    argv: options.arguments,
    env: options.environment,
    personality: options.personality,
    seed: SEED,
  });
  machine.setPc(layout.entry);
  machine.setRegister(2, layout.stackPointer);
  exports.setRepeatsFirstTouch(options.personality === "gem5");
  exports.clearRows();
  const stackBottom = layout.regions.at(-1)!.start;
  const call = createLinux(machine, { ...options, layout, seed: SEED });
  const capacity = u32(exports.ROWS);

  const hex = (n: bigint): string => `0x${n.toString(16)}`;
  const isCode = (pc: number): boolean => program.segments.some((s) => s.executable && pc >= s.address && pc < s.address + s.memorySize);
  function here(): string {
    const pc = machine.pc();
    if (isCode(pc)) return `at pc 0x${pc.toString(16)}, ${options.describe(pc)}`;
    // A call through a bad pointer: where it came from tells more.
    const caller = Number(machine.register(1));
    return `at pc 0x${pc.toString(16)}${isCode(caller) ? `, called ${options.describe(caller - 2)}` : ""}`;
  }

  /** A fault that the program's own handler takes is none. */
  function faulted(stop: Stop): Ending | undefined {
    const [signal, address] =
      stop.kind === "fault" ? [SIGNAL.fault, stop.address]
      : stop.kind === "illegal" ? [SIGNAL.illegal, BigInt(machine.pc())]
      : stop.kind === "ebreak" ? [SIGNAL.trap, BigInt(machine.pc())]
      : [0, 0n];
    return signal && call.fault(signal, address) ? undefined : crash(stop);
  }

  function systemCall(): Ending | undefined {
    const args = [10, 11, 12, 13, 14, 15].map((n) => machine.register(n));
    let outcome: Outcome;
    try {
      outcome = call(Number(machine.register(17)), args, machine.pc());
    } catch (error) {
      if (error instanceof GuestRefusal) return { kind: "crash", message: `${error.message}; ${here()}` };
      throw error;
    }
    if ("resumed" in outcome) return undefined;
    if ("exit" in outcome) return { kind: "exit", status: outcome.exit };
    if ("signal" in outcome) return { kind: "crash", signal: outcome.signal, message: `the program ended itself by ${signalName(outcome.signal)} ${here()}` };
    machine.setRegister(10, outcome.result);
    return undefined;
  }

  function crash(stop: Stop): Ending {
    const at = here();
    switch (stop.kind) {
      case "illegal": {
        // All zeros is defined to be illegal: what is no code reads so (ISA manual, "Expanded Instruction-Length Encoding").
        if (stop.encoding === 0) return { kind: "crash", signal: SIGNAL.illegal, message: `the program executes zeros, which are no instruction, ${at}` };
        const digits = stop.encoding.toString(16).padStart((stop.encoding & 3) === 3 ? 8 : 4, "0");
        return {
          kind: "crash",
          signal: SIGNAL.illegal,
          message: `instruction 0x${digits} ${at} is not of RV64GC, Zba, Zbb or Zbs: ${extensionOf(stop.encoding)}. Compile with -march=rv64gc`,
        };
      }
      case "ebreak":
        return { kind: "crash", signal: SIGNAL.trap, message: `breakpoint (ebreak) ${at}` };
      case "memory":
        return { kind: "crash", message: `the program needs more than its ${Math.round(options.memoryLimit / 2 ** 20)} MiB of memory (--memory), ${at}` };
      case "code":
        return { kind: "crash", message: `the program executes more distinct instructions than can be followed, ${at}` };
      case "fault": {
        const does = { read: "reads", write: "writes", execute: "executes" }[stop.access];
        const why = stackBottom - STACK_GUARD <= stop.address && stop.address < stackBottom
          ? "below its stack, which is full (8 MiB): recursion that does not end?"
          : machine.mapped(stop.address, 1n) ? `which it may not ${stop.access}` : "where it has no memory";
        const registers = NAMES.map((name, n) => `${name}=${hex(machine.register(n))}`).slice(1);
        const lines = Array.from({ length: 4 }, (_, i) => `  ${registers.slice(8 * i, 8 * i + 8).join(" ")}`);
        const message = `segmentation fault: the program ${does} ${hex(stop.access === "execute" ? BigInt(machine.pc()) : stop.address)}, ${why}, ${at}\n${lines.join("\n")}`;
        return { kind: "crash", signal: SIGNAL.fault, message };
      }
      default:
        throw new Error(`unexpected stop ${stop.kind}`);
    }
  }

  return {
    machine,
    unanswered: call.ignored,
    step(traced, budget) {
      for (let left = budget; left > 0; ) {
        const before = machine.instructions();
        const stop = machine.execute(Math.min(left, SLICE), traced);
        left -= machine.instructions() - before;
        const ending = stop.kind === "budget" ? undefined : stop.kind === "ecall" ? systemCall() : faulted(stop);
        if (ending) return ending;
        if (traced && u32(exports.rows) > capacity - 64) return undefined;
      }
      return undefined;
    },
  };
}

import { readSync } from "node:fs";
import { UserError } from "../core/errors";
import type { Streams } from "../core/emulator/files";
import { readProgram } from "../core/program/program";
import type { Emulator } from "../core/trace/emulator";
import { instantiate } from "../core/wasm";
import type { Range } from "../engine/job";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { startProgram } from "../engine/predict";
import { readArguments } from "./arguments";
import { EXECUTION_OPTIONS, openProgram } from "./input";
import { writeAll } from "../engine/output-file";

const USAGE = `perfvec run FILE [--read FOLDER] [--memory MIB] [--limit N] [--like gem5] [-- ARGUMENTS]
  executes a static RISC-V ELF (or compiles a source first) with this terminal's standard input, output and exit code; otherwise 128 + n after signal n, 124 at the limit,
  125 when it cannot be executed or asks for what is not emulated`;

/** As timeout and env have them (GNU coreutils): a program's own status is rarely one of these. */
const EXIT = { limit: 124, failed: 125 } as const;
/** Instructions between looks at the limit. */
const SLICE = 1e7;

/** This process's own streams. */
const ownStreams: Streams = {
  read(max) {
    const buffer = new Uint8Array(Math.min(max, 1 << 16));
    try {
      return buffer.subarray(0, readSync(0, buffer));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EOF") return buffer.subarray(0, 0);
      throw error;
    }
  },
  stdout: (bytes) => writeAll(1, bytes),
  stderr: (bytes) => writeAll(2, bytes),
};

export async function runCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, EXECUTION_OPTIONS, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...more] = args.positionals;
  if (file === undefined || more.length) throw new UserError("usage", `run takes one FILE; arguments of the program follow --\n${USAGE}`);
  try {
    const { execution, range } = await openProgram(file, args, Infinity);
    const program = readProgram(readFileOrFail(execution.program), file);
    return execute(file, startProgram(instantiate(emulatorModule()), program, execution, ownStreams), range);
  } catch (error) {
    const { syscall, code, message } = error as NodeJS.ErrnoException;
    const full = syscall === "write" && code !== "EPIPE";
    if (!full && (!(error instanceof UserError) || error.code === "usage")) throw error;
    console.error(`perfvec: ${full ? `the output cannot be written (${code})` : message}`);
    return EXIT.failed;
  }
}

function execute(file: string, emulator: Emulator, range: Range): number {
  for (;;) {
    const left = range.limit - emulator.machine.instructions();
    if (left <= 0) {
      console.error(`perfvec: ${file}: stopped at the limit of ${range.limit} instructions`);
      return EXIT.limit;
    }
    const ending = emulator.step(false, Math.min(SLICE, left));
    if (ending?.kind === "exit") return ending.status;
    if (ending) {
      console.error(`perfvec: ${file}: ${ending.message}`);
      return ending.signal === undefined ? EXIT.failed : 128 + ending.signal;
    }
  }
}

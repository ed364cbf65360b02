import { readSync } from "node:fs";
import { UserError } from "../core/errors";
import type { Streams } from "../core/emulator/files";
import { readProgram } from "../core/program/program";
import { instantiate } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { startProgram } from "../engine/predict";
import { readArguments } from "./arguments";
import { EXECUTION_OPTIONS, openProgram } from "./input";
import { writeAll } from "./output";

const USAGE = `perfvec run FILE [--read FOLDER] [--memory MIB] [--limit N] [--like gem5] [-- ARGUMENTS]
  executes a static RISC-V ELF (or compiles a source first) with this terminal's standard input, output and exit code (128 + n after signal n)`;

/** Instructions between looks at the limit. */
const SLICE = 1e7;

/** This process's own streams. */
export const ownStreams: Streams = {
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
  const { execution, range } = await openProgram(file, args, Infinity);
  const program = readProgram(readFileOrFail(execution.program), file);
  const emulator = startProgram(instantiate(emulatorModule()), program, execution, ownStreams);
  for (;;) {
    const left = range.limit - emulator.machine.instructions();
    if (left <= 0) throw new UserError("limit", `${file}: stopped at the limit of ${range.limit} instructions`);
    const ending = emulator.step(false, Math.min(SLICE, left));
    if (ending?.kind === "exit") return ending.status;
    if (ending) {
      console.error(`perfvec: ${file}: ${ending.message}`);
      return ending.signal === undefined ? 1 : 128 + ending.signal;
    }
  }
}

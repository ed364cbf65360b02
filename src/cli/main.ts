#!/usr/bin/env node
/** The command line: perfvec predict | diff | export | run | trace | features | uarch | explore | evaluate | gem5 | mcp. */
import { UserError } from "../core/errors";
import { printable } from "../core/format";
import { diffCommand } from "./diff";
import { evaluateCommand } from "./evaluate";
import { exploreCommand } from "./explore";
import { exportCommand } from "./export";
import { featuresCommand } from "./features";
import { gem5Command } from "./gem5";
import { mcpCommand } from "./mcp";
import { predictCommand } from "./predict";
import { runCommand } from "./run";
import { traceCommand } from "./trace";
import { uarchCommand } from "./uarch";

const USAGE = `perfvec: how long each line of C or C++ takes on a RISC-V machine you do not have

  perfvec predict FILE [options] [-- ARGUMENTS]   predict a C or C++ source, a static RISC-V ELF, or print a report again
  perfvec export REPORT --format FORMAT           a report as JSON, CSV, HTML, SARIF, for flame graphs and KCachegrind
  perfvec diff OLD NEW [--threshold 5%]           what became slower and faster between two reports
  perfvec uarch list|show|compare|add|fit         the machines, their parameters, what differs, machines of your own
  perfvec explore REPORT…                         price designs around a machine: best, Pareto front
  perfvec run ELF [-- ARGUMENTS]                  execute a program in the emulator
  perfvec trace FILE [options] [-- ARGUMENTS]     write every executed instruction
  perfvec features FILE --set SET --out F.npy     write the features of every executed instruction
  perfvec evaluate DATASET                        how far predictions are off the times of a labelled data set
  perfvec gem5 run|trace|label FILE --machine M   simulate with gem5: time, a trace, or a run of a data set
  perfvec mcp [--root FOLDER]                     answer an assistant over standard input and output
  perfvec COMMAND --help                          options of a command

Exit codes: 0 done; 1 bad input; 2 wrong usage; 3 the program was predicted and ended with a status of its own;
4 of diff: slower by more than the threshold; 130 cancelled;
of run: the program's own, see perfvec run --help`;

const COMMANDS: Record<string, (argv: string[]) => Promise<number>> = {
  predict: predictCommand,
  export: exportCommand,
  diff: diffCommand,
  uarch: uarchCommand,
  run: runCommand,
  trace: traceCommand,
  features: featuresCommand,
  explore: exploreCommand,
  evaluate: evaluateCommand,
  gem5: gem5Command,
  mcp: mcpCommand,
};

async function main(): Promise<number> {
  const [name, ...argv] = process.argv.slice(2);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(USAGE);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS[name];
  if (!command) throw new UserError("usage", `there is no command "${name}"\n${USAGE}`);
  return command(argv);
}

/** A reader that closed the pipe (head, less) has had enough. */
const hasHadEnough = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EPIPE";
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (!hasHadEnough(error)) console.error(`perfvec: the output cannot be written (${error.code})`);
  process.exit(hasHadEnough(error) ? 0 : 1);
});

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    if (hasHadEnough(error)) return;
    const known = error instanceof UserError;
    const { syscall, code, stack } = error as NodeJS.ErrnoException;
    console.error(printable(`perfvec: ${known ? error.message : syscall === "write" ? `the output cannot be written (${code})` : (stack ?? String(error))}`));
    process.exitCode = known && error.code === "usage" ? 2 : 1;
  },
);

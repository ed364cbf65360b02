import * as path from "node:path";
import { UserError } from "../core/errors";
import { duration, integer } from "../core/format";
import { type Microarchitecture, parseMachine, selectMachines } from "../core/model/description";
import { findGem5, simulate } from "../engine/gem5";
import { readFileOrFail } from "../engine/input-file";
import { labelRun } from "../engine/label";
import { type Arguments, readArguments } from "./arguments";
import { cancellable } from "./cancellable";
import { machinesHere, openProgram } from "./input";
import type { ProgressLine } from "./progress";

const USAGE = `perfvec gem5 run|trace|label FILE --machine NAME [options] [-- ARGUMENTS]
  FILE               a C or C++ source, or a static RISC-V ELF
  run                simulates, and prints the time
  trace              and writes down every executed instruction: perfvec predict TRACE --elf FILE shows it beside a prediction
  label              and makes one run of a data set of it: NAME.trace.npz and NAME.labels.npz (docs/gem5.md)
  --machine NAME     a machine of the library, or a file of one machine (NAME.json)
  --limit N          end after N instructions
  --stdin FILE       the program's standard input (otherwise empty)
  --gem5 PATH        the gem5 to use (otherwise PERFVEC_GEM5, or the one in PATH)
  --out FOLDER       where it goes (otherwise gem5-PROGRAM-MACHINE); empty, or not there yet
  --compiler PATH    the cross compiler; --cflags "FLAGS" after all others`;

const OPTIONS = {
  machine: { type: "string" },
  limit: { type: "string" },
  stdin: { type: "string" },
  gem5: { type: "string" },
  out: { type: "string" },
  compiler: { type: "string" },
  cflags: { type: "string" },
  models: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const ACTIONS = ["run", "trace", "label"] as const;
type Action = (typeof ACTIONS)[number];

function machineOf(args: Arguments): Microarchitecture {
  const name = args.text("machine");
  if (!name) throw new UserError("usage", `name a machine: --machine NAME\n${USAGE}`);
  if (name.endsWith(".json")) return parseMachine(Buffer.from(readFileOrFail(path.resolve(name))).toString("utf8"), name);
  return selectMachines(machinesHere(args).machines, [name])[0]!;
}

async function simulateAs(action: Action, file: string, args: Arguments, signal: AbortSignal, line: ProgressLine): Promise<void> {
  const machine = machineOf(args);
  line.say("looking for gem5");
  const gem5 = await findGem5(args.text("gem5"), { signal });
  if (action === "label" && !gem5.fork && machine.core === "minor") {
    throw new UserError("gem5", `${gem5.file}: stock gem5 tells no latencies of Minor; labels of it need PerfVec's fork`);
  }
  line.say("compiling");
  const { execution } = await openProgram(file, args, Infinity, signal);
  const name = path.basename(execution.program).replace(/\.elf$/, "");
  const out = path.resolve(args.text("out") ?? `gem5-${name}-${machine.name}`);
  const { program: elf, stdin } = execution;
  const ran = await simulate(
    gem5,
    { program: elf, arguments: execution.arguments.slice(1), stdin, machine, limit: args.count("limit", 0) || null, trace: action !== "run", folder: out },
    { signal, onProgress: (instructions, ns) => line.say(`${machine.name}: ${integer(instructions)} instructions, ${duration(ns)} simulated`) },
  );
  line.clear();
  const version = `gem5 ${gem5.version}${gem5.fork ? ", PerfVec's fork" : ""}`;
  const cpi = (ran.nanoseconds * machine.freq_ghz) / ran.instructions;
  console.log(`${name} on ${machine.name} (${version}): ${duration(ran.nanoseconds)}, ${integer(ran.instructions)} instructions, CPI ${cpi.toFixed(2)}; ${ran.cause}${ran.code ? `, status ${ran.code}` : ""}`);
  const trace = ran.trace && path.relative("", ran.trace);
  if (action === "trace") console.log(`trace: ${trace}\nnext:  perfvec predict ${trace} --elf ${file} --uarch ${machine.name}`);
  if (action === "label") {
    line.say("labelling");
    const made = await labelRun({ name, elf, machine, trace: ran.trace!, folder: out, gem5: version });
    line.clear();
    console.log(`labels: ${integer(made.instructions)} instructions in ${path.relative("", out) || "."}`);
    for (const warning of made.warnings) console.error(`perfvec: ${warning}`);
  }
}

export async function gem5Command(argv: string[]): Promise<number> {
  const args = readArguments(argv, OPTIONS, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [word, file, ...more] = args.positionals;
  const action = ACTIONS.find((known) => known === word);
  if (!action || file === undefined || more.length) throw new UserError("usage", `gem5 takes run, trace or label, and one FILE\n${USAGE}`);
  const done = await cancellable(async (signal, line) => {
    await simulateAs(action, file, args, signal, line);
    return true;
  });
  return done ? 0 : 130;
}

import { existsSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { duration, integer } from "../core/format";
import { type Microarchitecture, parseMachine, selectMachines } from "../core/model/description";
import { MODELS, readMachines, readModelDescription } from "../engine/assets";
import { findGem5, simulate } from "../engine/gem5";
import { readFileOrFail } from "../engine/input-file";
import { labelRun } from "../engine/label";
import { type Arguments, readArguments } from "./arguments";
import { openProgram } from "./input";
import { createProgressLine, type ProgressLine } from "./progress";

const USAGE = `perfvec gem5 run|trace|label FILE --machine NAME… [options] [-- ARGUMENTS]
  FILE               a C or C++ source, or a static RISC-V ELF
  run                simulates, and prints the time
  trace              and writes down every executed instruction: perfvec predict TRACE --elf FILE shows it beside a prediction
  label              and makes one run of a data set of it: NAME.trace.npz and NAME.labels.npz (docs/gem5.md)
  --machine NAME,…   machines of the library, or files of one machine each (NAME.json); label takes several
  --limit N          end after N instructions
  --stdin FILE       the program's standard input (otherwise empty)
  --gem5 PATH        the gem5 to use (otherwise PERFVEC_GEM5, or the one in PATH)
  --out FOLDER       where it goes (otherwise gem5-PROGRAM-MACHINE); empty, or not there yet
  --compiler PATH    the cross compiler; --cflags "FLAGS" after all others`;

const OPTIONS = {
  machine: { type: "string", multiple: true },
  limit: { type: "string" },
  stdin: { type: "string" },
  gem5: { type: "string" },
  out: { type: "string" },
  compiler: { type: "string" },
  cflags: { type: "string" },
  models: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function machinesOf(args: Arguments): Microarchitecture[] {
  const models = path.resolve(args.text("models") ?? MODELS);
  const library = readMachines(readModelDescription(models).dimensions, models);
  return args.list("machine").flatMap((name) => {
    if (!name.endsWith(".json")) return selectMachines(library, [name]);
    return [parseMachine(Buffer.from(readFileOrFail(path.resolve(name))).toString("utf8"), name)];
  });
}

/** Runs one after the other; each needs a core for itself. */
async function simulateAll(action: "run" | "trace" | "label", file: string, args: Arguments, signal: AbortSignal, line: ProgressLine): Promise<void> {
  const machines = machinesOf(args);
  if (!machines.length) throw new UserError("usage", `name a machine: --machine NAME\n${USAGE}`);
  if (machines.length > 1 && action !== "label") throw new UserError("usage", `${action} takes one machine`);
  line.say("looking for gem5");
  const gem5 = await findGem5(args.text("gem5"), { signal });
  if (action === "label" && !gem5.fork && machines.some((m) => m.core === "minor")) {
    throw new UserError("gem5", `${gem5.file}: stock gem5 tells no latencies of Minor; labels of it need PerfVec's fork`);
  }
  line.say("compiling");
  const { execution } = await openProgram(file, args, Infinity, signal);
  const name = path.basename(execution.program).replace(/\.elf$/, "");
  const limit = args.count("limit", 0) || null;
  const out = path.resolve(args.text("out") ?? `gem5-${name}-${action === "label" ? "labels" : machines[0]!.name}`);
  const traces: { machine: Microarchitecture; trace: string }[] = [];
  for (const machine of machines) {
    const folder = action === "label" ? path.join(out, "runs", machine.name) : out;
    if (action === "label" && existsSync(path.join(out, `${name}.labels.npz`))) throw new UserError("output", `${out}: holds labels of ${name}; name another folder`);
    const ran = await simulate(
      gem5,
      { program: execution.program, arguments: execution.arguments.slice(1), stdin: execution.stdin, machine, limit, trace: action !== "run", folder },
      { signal, onProgress: (instructions, ns) => line.say(`${machine.name}: ${integer(instructions)} instructions, ${duration(ns)} simulated`) },
    );
    line.clear();
    const cpi = (ran.nanoseconds * machine.freq_ghz) / ran.instructions;
    console.log(`${name} on ${machine.name} (gem5 ${gem5.version}${gem5.fork ? ", PerfVec's fork" : ""}): ${duration(ran.nanoseconds)}, ${integer(ran.instructions)} instructions, CPI ${cpi.toFixed(2)}; ${ran.cause}${ran.code ? `, status ${ran.code}` : ""}`);
    if (ran.trace) traces.push({ machine, trace: ran.trace });
  }
  if (action === "trace") console.log(`trace: ${path.relative("", traces[0]!.trace)}\nnext:  perfvec predict ${path.relative("", traces[0]!.trace)} --elf ${file} --uarch ${machines[0]!.name}`);
  if (action !== "label") return;
  line.say("labelling");
  const made = await labelRun({ name, elf: execution.program, traces, folder: out, gem5 });
  line.clear();
  console.log(`labels: ${integer(made.instructions)} instructions × ${machines.length} ${machines.length === 1 ? "machine" : "machines"} in ${path.relative("", out) || "."}`);
  for (const warning of made.warnings) console.error(`perfvec: ${warning}`);
}

export async function gem5Command(argv: string[]): Promise<number> {
  const args = readArguments(argv, OPTIONS, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [action, file, ...more] = args.positionals;
  if ((action !== "run" && action !== "trace" && action !== "label") || file === undefined || more.length) throw new UserError("usage", `gem5 takes run, trace or label, and one FILE\n${USAGE}`);
  const cancel = new AbortController();
  const interrupted = (): void => cancel.abort(new UserError("cancelled", "cancelled"));
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const line = createProgressLine();
  try {
    await simulateAll(action, file, args, cancel.signal, line);
    return 0;
  } catch (error) {
    if (error instanceof UserError && error.code === "cancelled") return 130;
    throw error;
  } finally {
    line.clear();
    process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
  }
}

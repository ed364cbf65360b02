import { UserError } from "../core/errors";
import { duration, integer, printable, table } from "../core/format";
import { checkValue, knownParameters } from "../core/model/derive";
import { selectMachines } from "../core/model/description";
import { createSpace, DEFAULT_COST, DEFAULT_OBJECTIVE, type Exploration, explore, parseAxis, readFormula, type Space } from "../core/explore/explore";
import { summed } from "../core/profile/representation";
import { designsCsv, designsJson } from "../core/explore/output";
import { atOnce } from "../core/turns";
import { encoderOf } from "../engine/assets";
import { readArguments } from "./arguments";
import { machinesHere, modelsOf, openReport } from "./input";

const DEFAULT_BASE = "p550-class";
const DEFAULT_AXES = ["l1d.size_kb=4..128", "l2.size_kb=256..8192"];
const SHOWN = 10;

const USAGE = `perfvec explore REPORT… [options]   prices designs around a machine, for one program or several (nothing is run)
  --base NAME            the machine in the middle (${DEFAULT_BASE})
  --vary PARAMETER=…     4..128 doubles, 1..3+0.5 adds, 2,4,8 lists; may be given often (${DEFAULT_AXES.join(", ")})
  --cost FORMULA         what a design costs, of parameters (${DEFAULT_COST})
  --objective FORMULA    what should be small, of time (nanoseconds; of several programs the geometric mean), cost and
                         parameters (${DEFAULT_OBJECTIVE}, which is PerfVec's)
  --json, --csv          every design, for programs
  reports are written by perfvec predict --out; times of designs are the encoder's, anchored at the machine in the middle`;

const text = { type: "string" } as const;

export async function exploreCommand(argv: string[]): Promise<number> {
  const args = readArguments(
    argv,
    { base: text, vary: { type: "string", multiple: true }, cost: text, objective: text, json: { type: "boolean" }, csv: { type: "boolean" }, models: text, help: { type: "boolean", short: "h" } },
    USAGE,
  );
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  if (!args.positionals.length) throw new UserError("usage", `explore takes one REPORT or several\n${USAGE}`);
  if (args.flag("json") && args.flag("csv")) throw new UserError("usage", "--json and --csv are two forms of the same; name one");
  const library = machinesHere(args);
  const base = selectMachines(library.machines, [args.text("base") ?? DEFAULT_BASE])[0]!;
  const known = knownParameters(library.shipped, base.core);
  // Values of one axis have commas between them, so options are not split at those.
  const given = argv.flatMap((word, i) => (word === "--vary" ? [argv[i + 1]!] : word.startsWith("--vary=") ? [word.slice(7)] : []));
  const space = createSpace(base, (given.length ? given : DEFAULT_AXES).map((axis) => parseAxis(axis, known)), encoderOf(library, modelsOf(args)));
  for (const { path: parameter, values } of space.axes) {
    const notes = values.map((value) => checkValue(parameter, value, known.get(parameter)!).warning).filter(Boolean);
    if (notes.length) console.error(`perfvec: note: ${notes[0]}${notes.length > 1 ? `; so are ${notes.length - 1} other values of it` : ""}`);
  }
  const cost = readFormula(args.text("cost") ?? DEFAULT_COST, "--cost", known, []);
  const objective = readFormula(args.text("objective") ?? DEFAULT_OBJECTIVE, "--objective", known, ["time", "cost"]);
  const profiles = args.positionals.map((file) => openReport(file, library.model));
  const programs = profiles.map((profile) => summed(profile));
  const started = performance.now();
  const found = explore(space, programs, cost, objective);
  const milliseconds = performance.now() - started;
  if (args.flag("csv")) process.stdout.write(printable(atOnce(designsCsv(space, found, args.positionals))));
  else if (args.flag("json")) process.stdout.write(atOnce(designsJson(space, found, args.positionals, base.name, cost, objective)));
  else {
    console.log(`${integer(space.count)} designs around ${base.name} (${base.title}) in ${duration(1e6 * milliseconds)}, for ${args.positionals.map(printable).join(", ")}\n`);
    console.log(listing(space, found));
  }
  return 0;
}

function listing(space: Space, found: Exploration): string {
  const order = Array.from(found.objective.keys()).filter((i) => Number.isFinite(found.objective[i]!)).sort((a, b) => found.objective[a]! - found.objective[b]!);
  const head = [...space.axes.map((axis) => axis.path), "time", "cost", "objective"];
  const row = (i: number): string[] => [...space.valuesOf(i).map(String), duration(found.time[i]!), found.cost[i]!.toPrecision(4), (found.objective[i]! / found.objective[found.best]!).toFixed(3)];
  const more = (all: number, shown: number): string => (all > shown ? `\n… and ${integer(all - shown)} more (--csv has all)` : "");
  const front = found.front.slice(0, SHOWN);
  return [
    "the best by the objective (as a multiple of the best):", table([head, ...order.slice(0, SHOWN).map(row)], []) + more(order.length, SHOWN), "",
    "none is both faster and cheaper than these (Pareto front):", table([head, ...front.map(row)], []) + more(found.front.length, front.length),
  ].join("\n");
}

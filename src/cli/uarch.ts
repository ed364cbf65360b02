import { UserError } from "../core/errors";
import { table } from "../core/format";
import { type Microarchitecture, selectMachines } from "../core/model/description";
import { parametersOf } from "../core/model/derive";
import { describeMachine } from "../core/model/summary";
import { readArguments } from "./arguments";
import { machinesHere } from "./input";
import { uarchAdd, uarchFit } from "./uarch-make";
import { uarchTune } from "./uarch-tune";

const USAGE = `perfvec uarch list [--json]           the machines of the library: name, core, clock, caches, description
perfvec uarch show NAME [--json]      every parameter of a machine, by gem5's names
perfvec uarch compare NAME NAME… [--json]   what differs between machines
perfvec uarch add MACHINE.json        a machine that nobody simulated, priced by its parameters
perfvec uarch add --like NAME --set l1d.size_kb=128 --name NEW
perfvec uarch fit [MACHINE.json] …    a machine priced by a few runs of known time, and by its parameters where they are given
  --labels RUN.labels.npz   a run of a data set (--machine: its name there)
  --report R.perfvec        a report of a gem5 trace that has times
  --time R.perfvec=12.3ms   a report, and what the whole program took; each of these may be given often
  --name NEW --ghz G        of a machine whose parameters are not known
  both write .perfvec/machines/NAME.json (or --out FILE); machines of that folder are known to every command run there
  --title TEXT       what is shown of it
perfvec uarch tune DATASET --out FOLDER   what prices machines by their parameters, adapted to a design space
  DATASET: two programs or more, simulated on machines of the space (docs/gem5.md, A data set); --models FOLDER then uses it
  --models FOLDER    another model and machine library`;

interface Cache {
  size_kb?: number;
}

const size = (cache: unknown): string => {
  const kb = (cache as Cache | undefined)?.size_kb;
  return kb === undefined ? "-" : `${kb} kB`;
};

function list(machines: readonly Microarchitecture[]): string {
  const rows = machines.map((m) => [m.name, m.core, m.freq_ghz.toFixed(2), size(m["l1i"]), size(m["l1d"]), size(m["l2"]), [m.title, describeMachine(m).made].filter(Boolean).join(", ")]);
  return table([["name", "core", "GHz", "L1I", "L1D", "L2", ""], ...rows], [0, 1, 6]);
}

function show(machine: Microarchitecture): string {
  const { core, clock, caches, made } = describeMachine(machine);
  return `${machine.name}: ${machine.title}\n  ${[core, clock, caches, made].filter(Boolean).join(", ")}\n\n${table([["parameter", "value"], ...[...parametersOf(machine)].map(([path, value]) => [path, String(value)])], [0])}`;
}

function compare(machines: readonly Microarchitecture[]): string {
  const parameters = machines.map((machine) => parametersOf(machine));
  const names = [...new Set(parameters.flatMap((p) => [...p.keys()]))];
  const rows = names.map((name) => [name, ...parameters.map((p) => String(p.get(name) ?? "-"))]).filter(([, ...values]) => new Set(values).size > 1);
  if (!rows.length) return "they are the same in every parameter";
  const same = names.length - rows.length;
  return `${table([["", ...machines.map((m) => m.name)], ...rows], [0])}\n\nthe same: ${same} ${same === 1 ? "parameter" : "parameters"}`;
}

const TEXT = { type: "string" } as const;
const LIST = { type: "string", multiple: true } as const;
const MAKING = { like: TEXT, set: LIST, name: TEXT, title: TEXT, out: TEXT } as const;
const FITTING = { labels: LIST, report: LIST, time: LIST, machine: TEXT, ghz: TEXT } as const;

export async function uarchCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { json: { type: "boolean" }, models: TEXT, help: { type: "boolean", short: "h" }, ...MAKING, ...FITTING }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [action, ...names] = args.positionals;
  if (action !== "fit") args.refuseOptions(Object.keys(FITTING), "belongs to uarch fit");
  if (action === "tune") {
    args.refuseOptions(["json", ...Object.keys(MAKING).filter((name) => name !== "out")], "says nothing to uarch tune");
    if (names.length > 1) throw new UserError("usage", `uarch tune takes one DATASET\n${USAGE}`);
    await uarchTune(names[0], args);
    return 0;
  }
  if (action === "add" || action === "fit") {
    args.refuseOptions(["json"], `uarch ${action} writes a file`);
    if (names.length > 1) throw new UserError("usage", `uarch ${action} takes one MACHINE.json\n${USAGE}`);
    await (action === "add" ? uarchAdd : uarchFit)(names[0], args);
    return 0;
  }
  args.refuseOptions(Object.keys(MAKING), "belongs to uarch add and fit");
  const wanted = action === "list" ? names.length === 0 : action === "show" ? names.length === 1 : action === "compare" && names.length > 1;
  if (!wanted) throw new UserError("usage", `uarch knows list, show NAME, compare NAME NAME…, add, fit and tune\n${USAGE}`);
  const { machines: library } = machinesHere(args);
  const machines = action === "list" ? library : selectMachines(library, names);
  if (args.flag("json")) console.log(JSON.stringify(action === "show" ? machines[0] : machines));
  else console.log(action === "list" ? list(machines) : action === "show" ? show(machines[0]!) : compare(machines));
  return 0;
}

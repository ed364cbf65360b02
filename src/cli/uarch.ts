import { UserError } from "../core/errors";
import { table } from "../core/format";
import { type Microarchitecture, selectMachines } from "../core/model/description";
import { describeMachine } from "../core/model/summary";
import { readLibrary } from "../engine/assets";
import { readArguments } from "./arguments";
import { modelsOf } from "./input";

const USAGE = `perfvec uarch list [--json]           the machines of the library: name, core, clock, caches, description
perfvec uarch show NAME [--json]      every parameter of a machine, by gem5's names
perfvec uarch compare NAME NAME… [--json]   what differs between machines
  --models FOLDER    another model and machine library`;

interface Cache {
  size_kb?: number;
}

const size = (cache: unknown): string => {
  const kb = (cache as Cache | undefined)?.size_kb;
  return kb === undefined ? "-" : `${kb} kB`;
};

function list(machines: readonly Microarchitecture[]): string {
  const rows = machines.map((m) => [m.name, m.core, m.freq_ghz.toFixed(2), size(m["l1i"]), size(m["l1d"]), size(m["l2"]), m.title]);
  return table([["name", "core", "GHz", "L1I", "L1D", "L2", ""], ...rows], [0, 1, 6]);
}

/** Parameters by their path: "l1d.size_kb" -> 32. The vector is no parameter. */
function parametersOf(value: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, inner] of Object.entries(value)) {
    if (prefix === "" && ["name", "title", "vector"].includes(name)) continue;
    if (typeof inner === "object" && inner !== null) for (const [key, text] of parametersOf(inner as object, `${prefix}${name}.`)) found.set(key, text);
    else found.set(prefix + name, String(inner));
  }
  return found;
}

function show(machine: Microarchitecture): string {
  const { core, clock, caches } = describeMachine(machine);
  return `${machine.name}: ${machine.title}\n  ${core}, ${clock}, ${caches}\n\n${table([["parameter", "value"], ...parametersOf(machine)], [0])}`;
}

function compare(machines: readonly Microarchitecture[]): string {
  const parameters = machines.map((machine) => parametersOf(machine));
  const names = [...new Set(parameters.flatMap((p) => [...p.keys()]))];
  const rows = names.map((name) => [name, ...parameters.map((p) => p.get(name) ?? "-")]).filter(([, ...values]) => new Set(values).size > 1);
  if (!rows.length) return "they are the same in every parameter";
  const same = names.length - rows.length;
  return `${table([["", ...machines.map((m) => m.name)], ...rows], [0])}\n\nthe same: ${same} ${same === 1 ? "parameter" : "parameters"}`;
}

export async function uarchCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { json: { type: "boolean" }, models: { type: "string" }, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [action, ...names] = args.positionals;
  const wanted = action === "list" ? names.length === 0 : action === "show" ? names.length === 1 : action === "compare" && names.length > 1;
  if (!wanted) throw new UserError("usage", `uarch knows list, show NAME, and compare NAME NAME…\n${USAGE}`);
  const library = readLibrary(modelsOf(args)).machines;
  const machines = action === "list" ? library : selectMachines(library, names);
  if (args.flag("json")) console.log(JSON.stringify(action === "show" ? machines[0] : machines));
  else console.log(action === "list" ? list(machines) : action === "show" ? show(machines[0]!) : compare(machines));
  return 0;
}

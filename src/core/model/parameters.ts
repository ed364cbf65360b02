import { type Known, knownParameters, parametersOf } from "./derive";
import type { Microarchitecture } from "./description";

/** Parameters for people: grouped, with a name, a unit, and what the library has. */
export interface Parameter extends Known {
  path: string;
  label: string;
  unit: string;
}

export interface ParameterGroup {
  name: string;
  parameters: Parameter[];
}

/** The first that fits a path says its group. */
const GROUPS: readonly (readonly [name: string, path: RegExp])[] = [
  ["Clock", /^freq_ghz$/],
  ["Core", /^(params|fu)\./],
  ["Branch prediction", /^bp$/],
  ["Prefetchers", /\.prefetcher$/],
  ["L1 instruction cache", /^l1i\./],
  ["L1 data cache", /^l1d\./],
  ["L2 cache", /^l2\./],
  ["Memory", /^mem\./],
  ["Others", /./],
];

/** The first that fits a path says its unit. */
const UNITS: readonly (readonly [unit: string, path: RegExp])[] = [
  ["GHz", /ghz$/],
  ["kB", /size_kb$/],
  ["ways", /\.assoc$/],
  ["cycles", /latency$|delay$/i],
  ["misses", /\.mshrs$/],
  ["targets a miss", /tgts_per_mshr$/],
  ["units", /^fu\./],
  ["channels", /channels$/],
  ["entries", /write_buffers$|^params\.(num|LQ|SQ)|QueueSize$|BufferSize$/],
  ["instructions a cycle", /Width$|Limit$|PerCycle$/],
];

const LABELS: Record<string, string> = {
  freq_ghz: "Clock", bp: "Branch predictor", size_kb: "Size", assoc: "Associativity", latency: "Hit latency", mshrs: "Misses in flight", tgts_per_mshr: "Targets a miss",
  write_buffers: "Write buffers", exclusive: "Exclusive", type: "Kind", channels: "Channels",
};

function labelOf(path: string): string {
  const [group, name] = path.includes(".") ? (path.split(".", 2) as [string, string]) : ["", path];
  if (name === "prefetcher") return `${group.toUpperCase()} prefetcher`;
  // gem5's own names: who knows them shall find them, and who does not gains nothing by others.
  return LABELS[name] ?? name;
}

const ofPath = (path: string, rules: readonly (readonly [string, RegExp])[]): string => rules.find(([, fits]) => fits.test(path))?.[0] ?? "";

/** Those that a machine has and the library knows, in groups. */
export function parameterGroups(library: readonly Microarchitecture[], machine: Microarchitecture): ParameterGroup[] {
  const own = parametersOf(machine);
  const groups = GROUPS.map(([name]): ParameterGroup => ({ name, parameters: [] }));
  for (const [path, known] of knownParameters(library, machine.core)) {
    if (!own.has(path)) continue;
    const values = known.kind === "number" ? [...(known.values as number[])].sort((a, b) => a - b) : known.values;
    const parameter = { ...known, path, label: labelOf(path), unit: ofPath(path, UNITS), values };
    groups.find((group) => group.name === ofPath(path, GROUPS))!.parameters.push(parameter);
  }
  return groups.filter((group) => group.parameters.length);
}

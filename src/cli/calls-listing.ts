/** What `--calls` and `--phases` print. */
import { UserError } from "../core/errors";
import { bar, duration, integer, oneLine, percent, table } from "../core/format";
import type { Microarchitecture } from "../core/model/description";
import { calledName, callTimes, childrenOf, hasCalls } from "../core/profile/call-tree";
import { hasSlices, phasesOf } from "../core/profile/phases";
import type { Profile } from "../core/profile/profile";

/** Paths with a smaller share of the time, or deeper, are not listed. */
const LEAST = 0.01;
const DEEPEST = 24;
const PHASES = 20;
const BAR = 12;
/** Characters of a name: arguments of templates tell instances apart. */
const NAME = 120;

const older = (name: string, what: string): UserError => new UserError("report", `${name}: it was made before reports had ${what}. Predict again`);

/** The call tree on a machine: inclusive and exclusive time. @param name of the report, for the message */
export function callListing(profile: Profile, machine: Microarchitecture, name: string): string {
  if (!hasCalls(profile)) throw older(name, "calls");
  const { calls } = profile;
  const times = callTimes(profile, machine);
  const children = childrenOf(calls, times);
  const time = times.inclusive[0]!;
  const rows = [["inclusive", "", "exclusive", "time", "calls", "function"]];
  const left = { paths: 0, time: 0 };
  const visit = (node: number, depth: number): void => {
    const share = times.inclusive[node]! / time;
    rows.push([percent(share), bar(share, BAR), percent(times.exclusive[node]! / time), duration(times.inclusive[node]!), node ? integer(calls.calls[node]!) : "", `${"  ".repeat(depth)}${oneLine(calledName(profile, calls.functions[node]!), NAME)}`]);
    for (const child of children[node]!) {
      if (times.inclusive[child]! / time >= LEAST && depth < DEEPEST) visit(child, depth + 1);
      else {
        left.paths++;
        left.time += times.inclusive[child]!;
      }
    }
  };
  visit(0, 0);
  const more = left.paths ? `\n${integer(left.paths)} more ${left.paths === 1 ? "call" : "calls"} with what is below, together ${percent(left.time / time)}, not listed` : "";
  return `calls on ${machine.name}\n${table(rows, [1, 5])}${more}`;
}

/** Parts of the run in their order, with time and cycles per instruction on every machine. */
export function phaseListing(profile: Profile, machines: readonly Microarchitecture[], name: string): string {
  if (!hasSlices(profile)) throw older(name, "phases");
  const phases = machines.map((machine) => phasesOf(profile, machine, PHASES));
  const cpi = (m: number, row: number): number => (phases[m]![row]!.time * machines[m]!.freq_ghz) / phases[m]![row]!.executed;
  const highest = Math.max(...phases[0]!.map((_, row) => cpi(0, row)));
  const rows = [
    ["executed", ...machines.flatMap((machine) => [machine.name, "CPI"]), `CPI of ${machines[0]!.name}`],
    ...phases[0]!.map(({ first }, row) => [
      integer(first), ...machines.flatMap((_, m) => [duration(phases[m]![row]!.time), cpi(m, row).toFixed(2)]), bar(highest > 0 ? cpi(0, row) / highest : 0, BAR),
    ]),
  ];
  const { executed } = phases[0]![0]!;
  return `phases of the run, ${integer(executed)} executed instructions each\n${table(rows, [rows[0]!.length - 1])}`;
}

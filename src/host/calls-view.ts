/** What the page of calls and phases shows of a result. Knows nothing of VS Code. */
import { shortName } from "../core/format";
import type { Microarchitecture } from "../core/model/description";
import { calledName, childrenOf, hasCalls } from "../core/profile/call-tree";
import { hasSlices, phasesOf } from "../core/profile/phases";
import type { CallTree, Profile } from "../core/profile/profile";
import type { CallRow, CallsView } from "../../webview/calls/protocol";
import type { Result } from "./result";

/** Paths with a smaller share of the time are not sent, nor more than so many. */
const LEAST = 0.0001;
const ROWS = 5000;
/** Names are cut: a report may come from anybody. */
const LONGEST = 500;

/** @param machines those chosen; the first is painted */
export function callsView(result: Result, machines: readonly Microarchitecture[]): CallsView {
  const { profile } = result;
  const machine = machines[0]!;
  const { rows, left } = hasCalls(profile) ? rowsOf(result, profile, machine) : { rows: [], left: 0 };
  return {
    program: result.title.slice(0, LONGEST),
    machine: machine.name,
    machines: machines.map((m) => m.name),
    rows,
    left,
    phases: hasSlices(profile)
      ? { length: profile.slices.length, executed: profile.slices.executed, machines: machines.map((m) => ({ name: m.name, ghz: m.freq_ghz, times: phasesOf(profile, m).map(({ time }) => time) })) }
      : null,
    notes: profile.calls?.isCut ? ["There were more, or deeper, paths than are kept: what is called beyond counts as its caller's own."] : [],
  };
}

function rowsOf(result: Result, profile: Profile & { calls: CallTree }, machine: Microarchitecture): { rows: CallRow[]; left: number } {
  const { calls } = profile;
  const { times } = result.calledOn(machine)!;
  const children = childrenOf(calls, times);
  const least = Math.max(LEAST * times.inclusive[0]!, [...times.inclusive].sort((a, b) => b - a)[ROWS - 1] ?? 0);
  const rows: CallRow[] = [];
  const visit = (node: number, parent: number): void => {
    const f = node ? calls.functions[node]! : -1;
    const full = node ? calledName(profile, f).slice(0, LONGEST) : "(program)";
    const at = rows.push({
      parent, function: f, name: shortName(full), full, inclusive: times.inclusive[node]!, exclusive: times.exclusive[node]!, calls: calls.calls[node]!,
      hasSource: result.startOf(f) !== undefined,
    }) - 1;
    for (const child of children[node]!) if (times.inclusive[child]! >= least && rows.length < ROWS) visit(child, at);
  };
  visit(0, -1);
  return { rows, left: calls.parents.length - rows.length };
}

import type { Microarchitecture } from "../../model/description";
import { calledFunctions, callTimes, hasCalls } from "../../profile/call-tree";
import { type CallTree, latencies, NO_FILE, NO_FUNCTION, type Profile } from "../../profile/profile";
import type { Here } from "./here";
import { commandOf, inOneText, oneLine, whole } from "./text";

/** What Callgrind calls that which has no name. */
const UNKNOWN = "???";

/**
 * Callgrind's format (valgrind manual, "Callgrind Format Specification"): a line of costs an instruction, picoseconds on
 * every machine and executions (Ir); and who calls whom, with inclusive costs, where the report has it. Inlined code is part of the function that the linker knows; fi and fe say whose file it is of.
 */
export function callgrind(profile: Profile, machines: readonly Microarchitecture[], here: Here): string {
  const { pcs, frameStart, frameFunction, frameFile, frameLine } = profile;
  const columns = [...machines.map((machine) => whole(latencies(profile, machine).map((ns) => ns * 1000))), Array.from(profile.executions)];
  const events = eventsOf(machines);
  const functions = compressor(profile.functions);
  const files = compressor([...profile.files.map((file) => here.localOf(file)), UNKNOWN]);
  const fileOf = (k: number): number => (frameFile[k] === NO_FILE ? profile.files.length : frameFile[k]!);
  const { provenance: p } = profile;
  const out = [
    "# callgrind format",
    "version: 1",
    "creator: PerfVec Lens",
    `cmd: ${commandOf(p)}`,
    `desc: Trigger: ${oneLine(`${p.ended}; predicted by ${p.model}${here.sure && `: ${here.sure}`}`)}`,
    "part: 1",
    "",
    "positions: instr line",
    ...machines.map((machine, i) => `event: ${events[i]} : ${oneLine(machine.name)}, picoseconds`),
    "event: Ir : executions",
    `events: ${[...events, "Ir"].join(" ")}`,
    `summary: ${columns.map((column) => digits(column.reduce((a, b) => a + b, 0))).join(" ")}`,
  ];
  let inFunction = -1;
  let home = -1;
  let file = -1;
  for (let i = 0; i < pcs.length; i++) {
    const innermost = frameStart[i]!;
    const outermost = frameStart[i + 1]! - 1;
    if (frameFunction[outermost] !== inFunction) {
      inFunction = frameFunction[outermost]!;
      file = home = fileOf(outermost);
      out.push("", `fl=${files(home)}`, `fn=${functions(inFunction)}`);
    }
    if (fileOf(innermost) !== file) {
      file = fileOf(innermost);
      out.push(`${file === home ? "fe" : "fi"}=${files(file)}`);
    }
    out.push(`0x${pcs[i]!.toString(16)} ${frameLine[innermost]} ${columns.map((column) => digits(column[i]!)).join(" ")}`);
  }
  if (hasCalls(profile)) {
    const homes = firstInstructions(profile);
    const homeOf = (f: number): string => files(homes.has(f) ? fileOf(frameStart[homes.get(f)! + 1]! - 1) : profile.files.length);
    const position = (f: number): string => (homes.has(f) ? `0x${pcs[homes.get(f)!]!.toString(16)} ${frameLine[frameStart[homes.get(f)! + 1]! - 1]}` : "0x0 0");
    let caller = NO_FUNCTION;
    for (const { from, to, calls, costs } of edgesOf(profile, machines)) {
      if (from !== caller) out.push("", `fl=${homeOf(from)}`, `fn=${functions(from)}`);
      caller = from;
      out.push(`cfi=${homeOf(to)}`, `cfn=${functions(to)}`, `calls=${calls} ${position(to)}`, `${position(from)} ${costs.map(digits).join(" ")}`);
    }
  }
  return inOneText(() => `${out.join("\n")}\n`);
}

interface Edge {
  from: number;
  to: number;
  calls: number;
  /** inclusive, in the order of the columns */
  costs: number[];
}

/** Who calls whom, by caller. */
function edgesOf(profile: Profile & { calls: CallTree }, machines: readonly Microarchitecture[]): Edge[] {
  const { calls } = profile;
  const executed = calls.executed.slice();
  for (let node = executed.length - 1; node > 0; node--) executed[calls.parents[node]!]! += executed[node]!;
  const columns = [...machines.map((machine) => calledFunctions(calls, callTimes(profile, machine))), calledFunctions(calls, { exclusive: calls.executed, inclusive: executed })];
  const factors = [...machines.map(() => 1000), 1];
  const edges: Edge[] = [];
  for (const [to, { callers }] of columns[0] ?? []) {
    for (const { function: from, calls: count } of callers) {
      if (from === NO_FUNCTION) continue;
      // What a function costs when it calls itself is in its own cost already.
      edges.push({ from, to, calls: count, costs: columns.map((column, c) => (from === to ? 0 : 1) * Math.round(factors[c]! * column.get(to)!.callers.find((caller) => caller.function === from)!.inclusive)) });
    }
  }
  return edges.sort((a, b) => a.from - b.from || a.to - b.to);
}

/** The first instruction of each function that the linker knows. */
function firstInstructions({ pcs, frameStart, frameFunction }: Profile): Map<number, number> {
  const first = new Map<number, number>();
  pcs.forEach((_, i) => {
    const f = frameFunction[frameStart[i + 1]! - 1]!;
    if (!first.has(f)) first.set(f, i);
  });
  return first;
}

/** A whole number, however large, without an exponent. */
const digits = (n: number): string => (n < Number.MAX_SAFE_INTEGER ? String(n) : String(BigInt(n)));

/** Names of columns: a word each, no two alike. */
function eventsOf(machines: readonly Microarchitecture[]): string[] {
  const taken = new Set<string>();
  return machines.map(({ name }) => {
    const word = `ps_${name.replace(/\W/g, "_")}`;
    let event = word;
    for (let n = 2; taken.has(event); n++) event = `${word}_${n}`;
    taken.add(event);
    return event;
  });
}

/** A name is written in full once, behind its number, which stands for it from then on. */
function compressor(names: readonly string[]): (number: number) => string {
  const written = new Set<number>();
  return (number) => {
    if (written.has(number)) return `(${number + 1})`;
    written.add(number);
    return `(${number + 1}) ${oneLine(names[number]!).trim() || UNKNOWN}`;
  };
}

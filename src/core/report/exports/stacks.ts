/** What stands below what in flame graphs: functions by their callers where the report has calls, and what is inlined into them. */
import type { Microarchitecture } from "../../model/description";
import { sum } from "../../profile/attribution";
import { callTimes, hasCalls } from "../../profile/call-tree";
import { latencies, NO_FILE, type CallTree, type Profile } from "../../profile/profile";
import { type InlineNode, inlineTree } from "./inline-tree";

/** A function as it was reached. */
export interface StackNode {
  /** what is alike is the same frame */
  key: string;
  name: string;
  /** of its lines, a number in the profile, or NO_FILE */
  file: number;
  /** its lowest known line; 0 where none is known */
  start: number;
  children: StackNode[];
  lines: StackLine[];
}

/** Own time of a line of a node. */
export interface StackLine {
  /** 0: not known */
  line: number;
  /** [machines] nanoseconds */
  times: Float64Array;
}

/** Nodes with a smaller share of the time on every machine are not divided into lines. */
const DIVIDED = 1e-4;

/** @returns the functions that nothing known calls; all of their lines add up to the program */
export function stacksOf(profile: Profile, machines: readonly Microarchitecture[]): StackNode[] {
  const latency = machines.map((machine) => latencies(profile, machine));
  const starts = firstLines(profile);
  const ofInline = (node: InlineNode): StackNode => ({
    key: `${node.functionNumber} ${node.file}`,
    name: profile.functions[node.functionNumber]!,
    file: node.file,
    start: starts.get(node.functionNumber * 2 ** 32 + node.file) ?? 0,
    children: [...node.children.values()].map(ofInline),
    lines: [...node.lines].map(([line, instructions]) => ({ line, times: Float64Array.from(latency, (ns) => sum(instructions, ns)) })),
  });
  const code = [...inlineTree(profile).children.values()].map((node) => ({ functionNumber: node.functionNumber, node: ofInline(node) }));
  if (!hasCalls(profile)) return code.map(({ node }) => node);
  const byFunction = new Map<number, StackNode[]>();
  for (const { functionNumber, node } of code) byFunction.set(functionNumber, [...(byFunction.get(functionNumber) ?? []), node]);
  return callStacks(profile, machines, byFunction);
}

/** Own time of a path is divided over its function's lines as that function's whole time is: which lines a caller makes slow is not recorded. */
function callStacks(profile: Profile & { calls: CallTree }, machines: readonly Microarchitecture[], byFunction: ReadonlyMap<number, StackNode[]>): StackNode[] {
  const { calls } = profile;
  const times = machines.map((machine) => callTimes(profile, machine));
  const wholes = new Map([...byFunction].map(([f, nodes]) => [f, Float64Array.from(machines, (_, m) => nodes.reduce((ns, node) => ns + timeOf(node, m), 0))]));
  const made: StackNode[] = [];
  const roots: StackNode[] = [];
  for (let node = 0; node < calls.parents.length; node++) {
    const f = calls.functions[node]!;
    const own = Float64Array.from(times, ({ exclusive }) => exclusive[node]!);
    const parts = node ? byFunction.get(f) : undefined;
    const whole = wholes.get(f);
    const isDivided = parts && whole!.every((ns, m) => ns > 0 || own[m] === 0) && own.some((ns, m) => ns > DIVIDED * times[m]!.inclusive[0]!);
    const first = parts?.[0];
    const stacks = isDivided
      ? parts.map((part) => scaled(part, own.map((ns, m) => (whole![m] ? ns / whole![m]! : 0))))
      : [{ key: first?.key ?? `${f}`, name: node ? profile.functions[f]! : "(program)", file: first?.file ?? NO_FILE, start: first?.start ?? 0, children: [], lines: own.some((ns) => ns > 0) ? [{ line: 0, times: own }] : [] }];
    made.push(stacks[0]!);
    if (node === 0) {
      if (stacks[0]!.lines.length) roots.push(stacks[0]!);
      continue;
    }
    const parent = calls.parents[node]!;
    (parent ? made[parent]!.children : roots).push(...stacks);
  }
  return roots;
}

const timeOf = (node: StackNode, m: number): number => node.lines.reduce((ns, { times }) => ns + times[m]!, 0) + node.children.reduce((ns, child) => ns + timeOf(child, m), 0);

const scaled = (node: StackNode, by: Float64Array): StackNode => ({
  ...node,
  children: node.children.map((child) => scaled(child, by)),
  lines: node.lines.map(({ line, times }) => ({ line, times: times.map((ns, m) => ns * by[m]!) })),
});

/** The lowest line of each function in each of its files, as far as it was executed, by function * 2^32 + file. 0: not known */
function firstLines({ frameFunction, frameFile, frameLine }: Profile): Map<number, number> {
  const first = new Map<number, number>();
  frameLine.forEach((line, k) => {
    const key = frameFunction[k]! * 2 ** 32 + frameFile[k]!;
    const known = first.get(key);
    if (!known || (line && line < known)) first.set(key, line);
  });
  return first;
}

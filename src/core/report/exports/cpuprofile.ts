import type { Microarchitecture } from "../../model/description";
import { NO_FILE, type Profile } from "../../profile/profile";
import { fileUri, type Here } from "./here";
import { type StackNode, stacksOf } from "./stacks";
import { jsonText, oneLine, whole } from "./text";

/** A node of V8's format (Chrome DevTools Protocol, Profiler.ProfileNode). Lines of call frames count from 0, those of ticks from 1. */
interface Node {
  id: number;
  callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number };
  hitCount: number;
  children: number[];
  positionTicks?: { line: number; ticks: number }[];
}

const ROOT = { functionName: "(root)", scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 };

/**
 * V8's .cpuprofile of one machine. A node is a function, below the one it is called from or inlined in; a tick is a nanosecond.
 * Every node is sampled once, for as long as it takes: the order says nothing. Times are microseconds with fractions,
 * though V8 writes whole ones: a short run would be lost.
 */
export function cpuprofile(profile: Profile, machine: Microarchitecture, here: Here): string {
  const nodes: Node[] = [];
  /** of every line of every node */
  const places: { node: Node; line: number; ns: number }[] = [];
  const urls = profile.files.map((file) => fileUri(here.localOf(file)) ?? "");
  const visit = (stack: Pick<StackNode, "children" | "lines">, callFrame: Node["callFrame"]): number => {
    const node: Node = { id: nodes.length + 1, callFrame, hitCount: 0, children: [] };
    nodes.push(node);
    for (const { line, times } of stack.lines) places.push({ node, line, ns: times[0]! });
    for (const child of stack.children) {
      const known = child.file !== NO_FILE;
      node.children.push(
        visit(child, {
          functionName: oneLine(child.name),
          scriptId: known ? String(child.file + 1) : "0",
          url: known ? urls[child.file]! : "",
          lineNumber: child.start - 1,
          columnNumber: child.start ? 0 : -1,
        }),
      );
    }
    return node.id;
  };
  visit({ children: stacksOf(profile, [machine]), lines: [] }, ROOT);
  const ticks = whole(places.map(({ ns }) => ns));
  const picoseconds = whole(places.map(({ ns }) => ns * 1000));
  const own = new Map<Node, number>();
  places.forEach(({ node, line }, i) => {
    node.hitCount += ticks[i]!;
    if (line && ticks[i]) (node.positionTicks ??= []).push({ line, ticks: ticks[i]! });
    own.set(node, (own.get(node) ?? 0) + picoseconds[i]!);
  });
  const sampled = [...own].filter(([, time]) => time > 0);
  // A sample lasts until the next one, so one of the root ends the last.
  return jsonText({
    nodes,
    startTime: 0,
    endTime: picoseconds.reduce((a, b) => a + b, 0) / 1e6,
    samples: [...sampled.map(([node]) => node.id), 1],
    timeDeltas: [0, ...sampled.map(([, time]) => time / 1e6)],
  });
}

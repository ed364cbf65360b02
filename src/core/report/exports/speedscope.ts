import type { Microarchitecture } from "../../model/description";
import { sum } from "../../profile/attribution";
import { latencies, NO_FILE, type Profile } from "../../profile/profile";
import type { Here } from "./here";
import { firstLines, type InlineNode, inlineTree } from "./inline-tree";
import { commandOf, jsonText, oneLine } from "./text";

interface Frame {
  name: string;
  file?: string;
  line?: number;
}

/**
 * A file for https://www.speedscope.app: one profile a machine, weights in nanoseconds. A stack is the functions that code is
 * inlined in, outermost first, and below them its source line.
 */
export function speedscope(profile: Profile, machines: readonly Microarchitecture[], here: Here): string {
  const frames: Frame[] = [];
  const numbers = new Map<string, number>();
  const starts = firstLines(profile);
  const paths = profile.files.map((file) => oneLine(here.localOf(file)));
  const frameOf = (key: string, name: string, file: number, line: number): number => {
    let number = numbers.get(key);
    if (number === undefined) {
      number = frames.push({ name, ...(file === NO_FILE ? {} : { file: paths[file]! }), ...(line ? { line } : {}) }) - 1;
      numbers.set(key, number);
    }
    return number;
  };
  const samples: number[][] = [];
  const places: number[][] = [];
  const visit = (node: InlineNode, stack: number[]): void => {
    for (const [line, instructions] of node.lines) {
      const named = line && node.file !== NO_FILE;
      samples.push(named ? [...stack, frameOf(`line ${node.file} ${line}`, `${basename(paths[node.file]!)}:${line}`, node.file, line)] : stack);
      places.push(instructions);
    }
    for (const [key, child] of node.children) {
      const frame = frameOf(`function ${key}`, oneLine(profile.functions[child.functionNumber]!), child.file, starts.get(key)!);
      visit(child, [...stack, frame]);
    }
  };
  visit(inlineTree(profile), []);
  const profiles = machines.map((machine) => {
    const latency = latencies(profile, machine);
    const weights = places.map((instructions) => sum(instructions, latency));
    return { type: "sampled", name: oneLine(machine.name), unit: "nanoseconds", startValue: 0, endValue: weights.reduce((a, b) => a + b, 0), samples, weights };
  });
  return jsonText({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: commandOf(profile.provenance),
    exporter: "PerfVec Lens",
    activeProfileIndex: 0,
    shared: { frames },
    profiles,
  });
}

const basename = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

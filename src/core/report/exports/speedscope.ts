import type { Microarchitecture } from "../../model/description";
import { NO_FILE, type Profile } from "../../profile/profile";
import type { Here } from "./here";
import { type StackNode, stacksOf } from "./stacks";
import { commandOf, jsonText, oneLine } from "./text";

interface Frame {
  name: string;
  file?: string;
  line?: number;
}

/**
 * A file for https://www.speedscope.app: one profile a machine, weights in nanoseconds. A stack is the functions that code is
 * called from and inlined in, outermost first, and below them its source line.
 */
export function speedscope(profile: Profile, machines: readonly Microarchitecture[], here: Here): string {
  const frames: Frame[] = [];
  const numbers = new Map<string, number>();
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
  const times: Float64Array[] = [];
  const visit = (node: StackNode, above: number[]): void => {
    const stack = [...above, frameOf(`function ${node.key}`, oneLine(node.name), node.file, node.start)];
    for (const line of node.lines) {
      const named = line.line && node.file !== NO_FILE;
      samples.push(named ? [...stack, frameOf(`line ${node.file} ${line.line}`, `${basename(paths[node.file]!)}:${line.line}`, node.file, line.line)] : stack);
      times.push(line.times);
    }
    for (const child of node.children) visit(child, stack);
  };
  for (const node of stacksOf(profile, machines)) visit(node, []);
  const profiles = machines.map((machine, m) => {
    const weights = times.map((ofMachine) => ofMachine[m]!);
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

import type { Profile } from "../../profile/profile";

/** A function where its code stands: by itself, or inlined into its parent. What it calls is not below it. */
export interface InlineNode {
  /** its number in the profile; -1: the root, which is no function */
  functionNumber: number;
  /** of its lines, a number in the profile, or NO_FILE: a function whose lines are in two files has a node for each */
  file: number;
  /** by function and file */
  children: Map<number, InlineNode>;
  /** its own instructions by line; 0: the line is not known */
  lines: Map<number, number[]>;
}

const nodeOf = (functionNumber: number, file: number): InlineNode => ({ functionNumber, file, children: new Map(), lines: new Map() });

/** Every instruction of the profile is in one line of one node. */
export function inlineTree(profile: Profile): InlineNode {
  const { frameStart, frameFunction, frameFile, frameLine } = profile;
  const root = nodeOf(-1, -1);
  for (let i = 0; i < profile.pcs.length; i++) {
    let node = root;
    for (let k = frameStart[i + 1]! - 1; k >= frameStart[i]!; k--) {
      const key = frameFunction[k]! * 2 ** 32 + frameFile[k]!;
      let child = node.children.get(key);
      if (!child) node.children.set(key, (child = nodeOf(frameFunction[k]!, frameFile[k]!)));
      node = child;
    }
    const line = frameLine[frameStart[i]!]!;
    const own = node.lines.get(line);
    if (own) own.push(i);
    else node.lines.set(line, [i]);
  }
  return root;
}

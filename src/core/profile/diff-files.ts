import { grouped } from "../grouped";
import { type Alignment, align, type Work, work } from "./line-hashes";
import type { Profile } from "./profile";

/** A file of two profiles: its names there, undefined where it is not. */
export interface FilePair {
  before: string | undefined;
  after: string | undefined;
  /**
   * how its lines are matched. text: it is the same text, by hash, so by their numbers; lines: by a line diff; functions: not at
   * all, only functions are compared
   */
  by: "text" | "lines" | "functions";
  /** of a line diff */
  alignment: Alignment | undefined;
}

/** The name without its folders. */
export const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/**
 * Matches the files of two profiles: by path, by content, then by base name, where of several that share one the paths agree
 * longest from their ends (two checkouts lie in two folders). Where two fit equally well, none is taken.
 */
export function pairFiles(before: Profile, after: Profile): FilePair[] {
  const [left, right] = [before, after].map((p) => new Set(p.files.keys())) as [Set<number>, Set<number>];
  const pairs: FilePair[] = [];
  const affordable = work();
  const take = (b: number, a: number): void => {
    left.delete(b);
    right.delete(a);
    pairs.push({ before: before.files[b], after: after.files[a], ...matching(before, b, after, a, affordable) });
  };
  const takeUnique = (keys: (profile: Profile, file: number) => string): void => {
    const there = grouped([...left], (file) => keys(before, file));
    for (const [key, files] of grouped([...right], (file) => keys(after, file))) {
      const same = there.get(key);
      if (key !== "" && files.length === 1 && same?.length === 1) take(same[0]!, files[0]!);
    }
  };
  takeUnique((profile, file) => profile.files[file]!);
  takeUnique((profile, file) => profile.fileHashes[file]!);
  for (let most = LONGEST_END; most > 0; most--) takeUnique((profile, file) => ending(profile.files[file]!, most));
  for (const b of left) pairs.push({ before: before.files[b], after: undefined, by: "text", alignment: undefined });
  for (const a of right) pairs.push({ before: undefined, after: after.files[a], by: "text", alignment: undefined });
  return pairs;
}

/** Parts of a path that are looked at, from its end. */
const LONGEST_END = 16;

/** The last parts of a path; "" when it has fewer. */
function ending(path: string, parts: number): string {
  const all = path.split(/[\\/]/);
  return all.length < parts ? "" : all.slice(-parts).join("/");
}

function matching(before: Profile, b: number, after: Profile, a: number, affordable: Work): Pick<FilePair, "by" | "alignment"> {
  const hash = before.fileHashes[b]!;
  if (hash !== "" && hash === after.fileHashes[a]) return { by: "text", alignment: undefined };
  const [left, right] = [before.lineHashes?.[b], after.lineHashes?.[a]];
  const alignment = left?.length && right?.length ? align(left, right, affordable) : undefined;
  return { by: alignment ? "lines" : "functions", alignment };
}

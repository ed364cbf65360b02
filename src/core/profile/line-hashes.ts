import { diffArrays } from "diff";

/** FNV-1a of each line without the white space around it: [lines]. Enough to align two texts, and not to read one. */
export function lineHashesOf(text: string): Uint32Array {
  return Uint32Array.from(text.split("\n"), fnv1a);
}

function fnv1a(line: string): number {
  const text = line.trim();
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Insertions and deletions after which two texts have nothing to do with each other. */
const MOST_EDITS = 1500;

/** The work of aligning is quadratic in insertions and deletions: what is left of it for all files of a report, which may be hostile. */
export interface Work {
  left: number;
}
/** About two seconds. */
export const work = (): Work => ({ left: 8e6 });

/** Lines of two texts that belong together. Lines are counted from 1. */
export interface Alignment {
  /** [lines before + 1]; 0: gone */
  after: Int32Array;
  /** [lines before + 1]; 1: stands where the line after stands, and is another text */
  edited: Uint8Array;
}

/**
 * Aligns two texts by the fewest insertions and deletions (Myers 1986). Where as many lines are put in a place as are taken
 * from it, each is the edit of one.
 * @returns undefined when they differ too much, or no work is left
 */
export function align(before: Uint32Array, after: Uint32Array, work: Work): Alignment | undefined {
  const most = Math.min(MOST_EDITS, Math.floor(Math.sqrt(work.left)));
  const changes = most > 0 ? diffArrays(Array.from(before), Array.from(after), { maxEditLength: most }) : undefined;
  const edits = changes ? changes.reduce((n, { count, added, removed }) => n + (added || removed ? count : 0), 0) : most;
  work.left -= edits * edits;
  if (!changes) return undefined;
  const found: Alignment = { after: new Int32Array(before.length + 1), edited: new Uint8Array(before.length + 1) };
  const at = { before: 1, after: 1 };
  const hunk = { removed: 0, added: 0 };
  const pair = (count: number, edited: 0 | 1): void => {
    for (let i = 0; i < count; i++) {
      found.after[at.before] = at.after++;
      found.edited[at.before++] = edited;
    }
  };
  const close = (): void => {
    if (hunk.removed === hunk.added) pair(hunk.removed, 1);
    else {
      at.before += hunk.removed;
      at.after += hunk.added;
    }
    hunk.removed = hunk.added = 0;
  };
  for (const { count, added, removed } of changes) {
    if (added) hunk.added += count;
    else if (removed) hunk.removed += count;
    else {
      close();
      pair(count, 0);
    }
  }
  close();
  return found;
}

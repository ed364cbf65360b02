/**
 * Two streams of the same program that part for a while (it read the time, or an address of the host) and meet again.
 * `row[i]`: the row of `theirs` that is row i of `ours`, or -1 when there is none. `end`: rows of `ours` that were reached.
 */
export interface Alignment {
  row: Int32Array;
  end: number;
}

/** So many equal instructions in a row are where they meet. */
const MEETING = 64;
/** So far ahead they are looked for in each stream. */
const AHEAD = 4096;

/** @param ours, theirs what is compared: numbers that name an instruction alike in both */
export function align(ours: ArrayLike<number>, theirs: ArrayLike<number>): Alignment {
  const row = new Int32Array(ours.length).fill(-1);
  let i = 0;
  let j = 0;
  for (; i < ours.length && j < theirs.length; i++, j++) {
    if (ours[i] !== theirs[j]) {
      const gap = meeting(ours, theirs, i, j);
      if (!gap) break;
      i += gap[0];
      j += gap[1];
    }
    row[i] = j;
  }
  return { row, end: Math.min(i, ours.length) };
}

/** The nearest place behind i and j from which the streams are equal again: how many rows of each are left out. */
function meeting(ours: ArrayLike<number>, theirs: ArrayLike<number>, i: number, j: number): [number, number] | undefined {
  const equal = (a: number, b: number): boolean => {
    const length = Math.min(MEETING, ours.length - a, theirs.length - b);
    if (length <= 0) return false;
    for (let k = 0; k < length; k++) if (ours[a + k] !== theirs[b + k]) return false;
    return true;
  };
  for (let together = 1; together <= AHEAD; together++) {
    for (let a = 0; a <= together; a++) if (equal(i + a, j + together - a)) return [a, together - a];
  }
  return undefined;
}

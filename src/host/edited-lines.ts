/** Follows the lines of a file through edits. Lines are counted from 0, as the editor does. Knows nothing of VS Code. */

export interface Change {
  /** lines of the text replaced, and whether the replaced text begins at the start of its first line */
  start: number;
  end: number;
  atLineStart: boolean;
  /** whether the replaced text ends at the start of its last line */
  endsAtLineStart: boolean;
  empty: boolean;
  /** what is put there */
  text: string;
  /** whether nothing but the new text stands behind the place, on its last line */
  atLineEnd: boolean;
}

export class EditedLines {
  /** line as predicted -> line now, ascending; -1 when it is gone */
  #now: Int32Array;
  #edited: Uint8Array;

  constructor(count: number) {
    this.#now = Int32Array.from({ length: count }, (_, i) => i);
    this.#edited = new Uint8Array(count);
  }

  /** Where a line stands now; undefined when it was deleted. */
  now(line: number): number | undefined {
    const at = this.#now[line] ?? line;
    return at < 0 ? undefined : at;
  }

  /** The line as predicted of one that stands here now. */
  before(now: number): number | undefined {
    const line = this.from(now);
    return this.#now[line] === now ? line : undefined;
  }

  /** The last line, as predicted, that stands at a line now or above it. */
  upTo(now: number): number | undefined {
    let line = this.from(now + 1) - 1;
    while (line >= 0 && this.#now[line]! < 0) line--;
    return line < 0 ? undefined : line;
  }

  /** The first line, as predicted, that stands at a line now or below it. */
  from(now: number): number {
    let [low, high] = [0, this.#now.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      let there = middle; // those that are gone stand nowhere
      while (there < high && this.#now[there]! < 0) there++;
      if (there < high && this.#now[there]! < now) low = there + 1;
      else high = middle;
    }
    while (low < this.#now.length && this.#now[low]! < 0) low++;
    return low;
  }

  get count(): number {
    return this.#now.length;
  }

  isEdited(line: number): boolean {
    return this.#edited[line] === 1;
  }

  reset(): void {
    this.#now.forEach((_, i) => (this.#now[i] = i));
    this.#edited.fill(0);
  }

  /** @param changes those of one edit, in coordinates of the text before, none touching another, in any order */
  apply(changes: readonly Change[]): void {
    const sorted = [...changes].sort((a, b) => a.start - b.start || a.end - b.end);
    const above: number[] = [0]; // lines that the first n changes add
    for (const { start, end, text } of sorted) above.push(above.at(-1)! + lineBreaks(text) - (end - start));
    let first = 0; // the first change that does not end above the line
    for (let line = 0; line < this.#now.length; line++) {
      let at = this.#now[line]!;
      if (at < 0) continue;
      while (first < sorted.length && sorted[first]!.end < at) first++;
      let last = first;
      while (last < sorted.length && sorted[last]!.start <= at) last++;
      // From the bottom up: a change moves nothing above it, so the others are still where they say.
      for (let n = last - 1; n >= first && at >= 0; n--) at = this.#move(line, at, sorted[n]!);
      this.#now[line] = at < 0 ? -1 : at + above[first]!;
    }
  }

  /** Where a line at `at`, at or behind the start of a change and not behind its end, stands after it. */
  #move(line: number, at: number, { start, end, text, empty, atLineStart, endsAtLineStart, atLineEnd }: Change): number {
    const inserted = lineBreaks(text);
    const shift = inserted - (end - start);
    // Whole lines are replaced by whole lines, or by nothing: the line behind them is only moved.
    const whole = !empty && atLineStart && endsAtLineStart && (text === "" || text.endsWith("\n"));
    if (at > end || (whole && at === end)) return at + shift;
    if (whole && at - start >= inserted) return -1;
    if (empty && atLineStart && /\n[ \t]*$/.test(text)) return at + shift;
    if (empty && atLineEnd && /^\r?\n/.test(text)) return at;
    this.#edited[line] = 1;
    if (whole || at === start) return at;
    return at === end ? start + inserted : -1;
  }
}

function lineBreaks(text: string): number {
  let count = 0;
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) count++;
  return count;
}

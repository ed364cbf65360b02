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
  /** line as predicted -> line now, -1 when it is gone */
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
    const line = this.#now.indexOf(now);
    return line < 0 ? undefined : line;
  }

  isEdited(line: number): boolean {
    return this.#edited[line] === 1;
  }

  reset(): void {
    this.#now.forEach((_, i) => (this.#now[i] = i));
    this.#edited.fill(0);
  }

  apply(change: Change): void {
    const { start, end, text } = change;
    const inserted = text.split("\n").length - 1;
    const shift = inserted - (end - start);
    const above = change.empty && change.atLineStart && /\n[ \t]*$/.test(text);
    const below = change.empty && change.atLineEnd && /^\r?\n/.test(text);
    // Whole lines are replaced by whole lines, or by nothing: the line behind them is only moved.
    const whole = !change.empty && change.atLineStart && change.endsAtLineStart && (text === "" || text.endsWith("\n"));
    for (let line = 0; line < this.#now.length; line++) {
      const at = this.#now[line]!;
      if (at < start) continue;
      if (at > end || (whole && at === end)) this.#now[line] = at + shift;
      else if (whole && at - start >= inserted) this.#now[line] = -1;
      else if (above) this.#now[line] = at + shift;
      else if (!below) {
        this.#edited[line] = 1;
        if (whole) continue;
        if (at > start) this.#now[line] = at === end ? start + inserted : -1;
      }
    }
  }
}

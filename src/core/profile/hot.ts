import type { Attribution, LineTime } from "./attribution";

/** Shares of the time: of a line below the first no figures are shown; one of the second or more is shown with lines around it. */
export const SHOWN = 0.001;
export const WORTH = 0.005;
/** Lines of context above and below. */
const CONTEXT = 2;

/** Lines file by file, the file with most time first. */
export function byFile(attribution: Attribution): [file: string, lines: LineTime[]][] {
  const files = new Map<string, LineTime[]>();
  for (const line of attribution.lines) {
    const list = files.get(line.file);
    if (list) list.push(line);
    else files.set(line.file, [line]);
  }
  return [...files].sort((a, b) => timeOf(b[1]) - timeOf(a[1]));
}

/** Nanoseconds of some lines. */
export const timeOf = (lines: readonly LineTime[]): number => lines.reduce((sum, l) => sum + l.exclusive, 0);

/** Numbers of the lines of a file that are worth showing, with those around them, in order. @param last the file's last line */
export function shownLines(lines: readonly LineTime[], time: number, last: number): number[] {
  const shown = new Set<number>();
  for (const l of lines) {
    if (l.exclusive / time < WORTH) continue;
    for (let n = l.line - CONTEXT; n <= l.line + CONTEXT; n++) if (n >= 1 && n <= last) shown.add(n);
  }
  return [...shown].sort((a, b) => a - b);
}

/**
 * A name as part of a line: control characters, line ends of every kind, and marks that turn the direction of writing
 * (which can make a line read as another) become U+FFFD.
 */
export const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** JSON on one line, and no character in it that could command a terminal. */
export const jsonText = (value: unknown): string =>
  `${JSON.stringify(value).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)}\n`;

/** What was run, as one would type it. */
export const commandOf = ({ program, arguments: words, stdin }: { program: string; arguments: readonly string[]; stdin: string | null }): string =>
  oneLine([program, ...words].join(" ") + (stdin === null ? "" : ` < ${stdin}`));

/** Whole numbers, each less than 1 off, whose sum is the rounded sum. */
export function whole(values: readonly number[] | Float64Array): number[] {
  let sum = 0;
  let given = 0;
  return Array.from(values, (value) => {
    sum += value;
    const part = Math.round(sum) - given;
    given += part;
    return part;
  });
}

import { UserError } from "../../errors";

/** Control characters, line ends of every kind, and marks that turn the direction of writing, which make a line read as another. */
const COMMANDS = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A name as part of a line of text: what is none in it becomes U+FFFD. */
export const oneLine = (text: string): string => text.replace(COMMANDS, "\ufffd").replace(/\p{Surrogate}/gu, "\ufffd");

/** JSON on one line; names are as they were, and no character in it commands a terminal. @throws UserError when it is too long */
export const jsonText = (value: unknown): string =>
  inOneText(() => `${JSON.stringify(value).replace(COMMANDS, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`);

/** What `write` gives. @throws UserError when that is longer than a text can be, which is half a gigabyte */
export function inOneText(write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof RangeError) || error.message !== "Invalid string length") throw error;
    throw new UserError("output", "so much cannot be written at once; name fewer machines");
  }
}

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

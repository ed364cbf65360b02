import type { Beside } from "../../profile/beside";
import { isAbsolute, joinPath } from "../../program/paths";

/** What an export knows of the model and the computer it is made with. */
export interface Here {
  /** how far off the model's totals are, in words; "" when nobody measured it */
  sure: string;
  /** how sure, and what limits the program */
  readonly beside: Beside;
  /** path of a file of the profile as it is found here; its own name when it is not */
  localOf(file: string): string;
  /** lines of a file as it was compiled; undefined when it cannot be read here, or holds another text */
  sourceOf(file: string): string[] | undefined;
  /** names of one folder, absolute: paths below it are written relative to it where a format wants that */
  folders: readonly string[];
}

/** A path's parts are free to hold what ends a part of a URI; what is no Unicode text cannot be in one. */
const encoded = (path: string): string =>
  path.replace(/\p{Surrogate}/gu, "\ufffd").split("/").map((part, i) => (i === 0 && /^[A-Za-z]:$/.test(part) ? part : encodeURIComponent(part))).join("/");

/** file:///… of an absolute path; undefined for a relative one, and for one of another computer: opening it would call there. */
export function fileUri(path: string): string | undefined {
  const plain = joinPath(path);
  if (!isAbsolute(plain) || plain.startsWith("//")) return undefined;
  return `file:///${encoded(plain.replace(/^\//, ""))}`;
}

/** Relative to one of the folders when it is below it, else as fileUri has it. @returns undefined when there is none */
export function relativeUri(path: string, folders: readonly string[]): string | undefined {
  const plain = joinPath(path);
  if (plain === "") return undefined;
  if (!isAbsolute(plain)) return encoded(`./${plain}`).slice(2);
  const folder = folders.map((name) => joinPath(name).replace(/\/?$/, "/")).find((name) => plain.startsWith(name));
  return folder === undefined ? fileUri(plain) : encoded(`./${plain.slice(folder.length)}`).slice(2);
}

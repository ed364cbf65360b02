/** The sources that a program or a report names: what they held, and where they are here. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { lineHashesOf } from "../core/profile/line-hashes";
import type { LocateJob } from "./job";

/** The largest source that is hashed. */
const SOURCE_LIMIT = 2 ** 24;

/** A source as it was compiled. */
export interface Source {
  /** SHA-256, hexadecimal; "" where it is not known */
  hash: string;
  /** [lines] as lineHashesOf has them; empty where they are not known */
  lines: Uint32Array;
}
export const UNKNOWN_SOURCE: Source = { hash: "", lines: new Uint32Array(0) };

/**
 * SHA-256 of a source as it was compiled; "" when that is not known: it cannot be read, is too large, or is younger than the
 * program. (A program may name anything as its source, devices too.)
 * @param builtAt milliseconds since 1970; null: whatever its age
 */
export function hashOf(file: string, builtAt: number | null = null): string {
  const bytes = bytesOf(file, builtAt);
  return bytes ? sha256(bytes) : "";
}

/** As hashOf, with the hash of each line. */
export function sourceAt(file: string, builtAt: number | null): Source {
  const bytes = bytesOf(file, builtAt);
  return bytes ? { hash: sha256(bytes), lines: lineHashesOf(bytes.toString("utf8")) } : UNKNOWN_SOURCE;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

function bytesOf(file: string, builtAt: number | null): Buffer | undefined {
  try {
    return !isSource(file) || (builtAt !== null && statSync(file).mtimeMs > builtAt) ? undefined : readFileSync(file);
  } catch {
    return undefined;
  }
}

/** The lines of a source whose content has this hash; undefined when it has another, or cannot be read. */
export function compiledLines(file: string, hash: string): string[] | undefined {
  try {
    if (hash === "" || !isSource(file)) return undefined;
    const bytes = readFileSync(file);
    return sha256(bytes) === hash ? bytes.toString("utf8").split(/\r?\n/) : undefined;
  } catch {
    return undefined;
  }
}

/** What compilers take or include; headers of C++ have no ending. A program may name anything as its source. */
const SOURCE = /\.([chsly]|cc|hh|cp|[ch]pp|[ch]xx|[ch]\+\+|i|ii|inl|ipp|tcc|tpp|inc|def|asm)$|[\\/](include|c\+\+)[\\/].*[\\/]\w+$/i;

/** Whether a file is what a source can be: by its name, no device or pipe, and not too large. */
export function isSource(file: string): boolean {
  try {
    if (isRemote(file) || !SOURCE.test(file)) return false;
    const stat = statSync(file);
    return stat.isFile() && stat.size <= SOURCE_LIMIT;
  } catch {
    return false;
  }
}

/** A name that Windows looks up on another computer, and sends the user's credentials to. */
export const isRemote = (file: string): boolean => /^[\\/]{2}/.test(file);

export function locateSources({ sources }: LocateJob): (string | undefined)[] {
  return sources.map(({ hash, candidates }) => candidates.find((file) => hashOf(file) === hash));
}

/** The sources that a program or a report names: what they held, and where they are here. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { LocateJob } from "./job";

/** The largest source that is hashed. */
const SOURCE_LIMIT = 2 ** 24;

/**
 * SHA-256 of a source as it was compiled; "" when that is not known: it cannot be read, is too large, or is younger than the
 * program. (A program may name anything as its source, devices too.)
 * @param builtAt milliseconds since 1970; null: whatever its age
 */
export function hashOf(file: string, builtAt: number | null = null): string {
  try {
    if (!isSource(file) || (builtAt !== null && statSync(file).mtimeMs > builtAt)) return "";
    return sha256(readFileSync(file));
  } catch {
    return "";
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

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Whether a file is what a source can be: no device or pipe, and not too large. */
export function isSource(file: string): boolean {
  try {
    if (isRemote(file)) return false;
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

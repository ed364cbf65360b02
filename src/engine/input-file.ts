import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { UserError } from "../core/errors";

export function readFileOrFail(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError("input", `${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Opens a file only to learn how it begins. */
export function firstBytes(file: string): Uint8Array {
  try {
    if (!statSync(file).isFile()) throw new UserError("input", `${file}: is not a file`);
    const fd = openSync(file, "r");
    try {
      const buffer = new Uint8Array(4);
      return buffer.subarray(0, readSync(fd, buffer));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("input", `${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** Whether bytes begin like an ELF. */
export function looksLikeElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45;
}

/** Whether bytes begin like a report: a zip. */
export function looksLikeReport(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

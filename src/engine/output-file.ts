import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, type Stats, writeSync } from "node:fs";
import { UserError } from "../core/errors";

/** Writes all of it: to a pipe, one call may write a part, or nothing while the reader is busy. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

/**
 * Writes a file that appears whole or not at all; behind a symbolic link, the file it names.
 * @param inputs files that are read, and must not be written over
 * @throws UserError when it cannot be written, is one of `inputs`, or is no regular file; what `write` throws
 */
export async function writeOutput(file: string, inputs: readonly (string | null | undefined)[], write: (fd: number) => void | Promise<void>): Promise<void> {
  const there = statOf(file);
  if (there && !there.isFile()) throw new UserError("output", `${file}: is no regular file, so it is not written over`);
  for (const input of inputs) {
    const stat = input ? statOf(input) : undefined;
    if (there && stat && stat.dev === there.dev && stat.ino === there.ino) throw new UserError("output", `${file}: is what is read (${input}); name another file to write to`);
  }
  const cannot = (error: unknown): UserError => new UserError("output", `${file}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  const target = there ? realpathSync(file) : file;
  const part = `${target}.part${process.pid}`;
  let fd: number;
  try {
    fd = openSync(part, "wx");
  } catch (error) {
    throw cannot(error);
  }
  try {
    await write(fd);
    renameSync(part, target);
  } catch (error) {
    rmSync(part, { force: true });
    throw (error as NodeJS.ErrnoException).syscall === "write" || (error as NodeJS.ErrnoException).syscall === "rename" ? cannot(error) : error;
  } finally {
    closeSync(fd);
  }
}

import { closeSync, openSync, readSync, readFileSync, realpathSync, statSync } from "node:fs";
import { EM_RISCV } from "../core/program/elf";
import { readProgram } from "../core/program/program";
import type { SearchJob } from "./job";

/** Larger programs are not read. */
const LIMIT = 2 ** 28;

/** Runs in the child process: a workspace may hold many programs, and reading their line tables takes a while. */
export async function searchPrograms({ source, candidates }: SearchJob): Promise<string[]> {
  const real = realPath(source);
  return candidates.filter((file) => {
    try {
      return isRiscv(file) && readProgram(readFileSync(file), file).files().some((named) => named === source || realPath(named) === real);
    } catch {
      return false; // damaged, dynamic, of another kind: nothing to choose
    }
  });
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

function isRiscv(file: string): boolean {
  const stat = statSync(file);
  if (!stat.isFile() || stat.size > LIMIT || stat.size < 64) return false;
  const fd = openSync(file, "r");
  try {
    const header = Buffer.alloc(20);
    readSync(fd, header);
    return header.readUInt32BE(0) === 0x7f454c46 && header.readUInt16LE(18) === EM_RISCV;
  } finally {
    closeSync(fd);
  }
}

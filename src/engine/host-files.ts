import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { HostFiles } from "../core/emulator/files";

/** The largest file that is handed to a program. */
const LIMIT = 2 ** 30;

function rootOf(folder: string): string {
  let real: string;
  try {
    real = realpathSync(folder);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw new UserError("input", `${folder}: cannot be given to the program to read (${(error as NodeJS.ErrnoException).code})`);
  }
  throw new UserError("input", `${folder}: is no folder, so the program cannot be given it to read`);
}

function realPathOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** Reading below one folder; a link that leads out of it is no file. */
export function hostFolder(folder: string): HostFiles {
  const root = rootOf(folder);
  const inside = (real: string): boolean => real === root || real.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
  return {
    read(guestPath) {
      try {
        const real = realpathSync(guestPath);
        if (!inside(real)) return undefined;
        const stat = statSync(real);
        if (stat.isDirectory()) return "directory";
        return stat.isFile() && stat.size <= LIMIT ? readFileSync(real) : undefined;
      } catch {
        return undefined;
      }
    },
    list(guestPath) {
      try {
        const real = realpathSync(guestPath);
        if (!inside(real)) return [];
        // A link is shown as what `read` would find.
        return readdirSync(real, { withFileTypes: true }).flatMap((entry) => {
          if (entry.isFile() || entry.isDirectory()) return [{ name: entry.name, directory: entry.isDirectory() }];
          if (!entry.isSymbolicLink()) return [];
          const target = realPathOf(path.join(real, entry.name));
          if (target === undefined || !inside(target)) return [];
          const stat = statSync(target);
          return stat.isFile() || stat.isDirectory() ? [{ name: entry.name, directory: stat.isDirectory() }] : [];
        });
      } catch {
        return [];
      }
    },
  };
}

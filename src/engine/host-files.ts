import { readFileSync, realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import type { HostFiles } from "../core/emulator/files";

/** The largest file that is handed to a program. */
const LIMIT = 2 ** 30;

/** Reading below one folder; a link that leads out of it is no file. */
export function hostFolder(folder: string): HostFiles {
  const root = realpathSync(folder);
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
  };
}

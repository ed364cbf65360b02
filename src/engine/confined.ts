/** Files that an assistant names: only those of folders that the user gave. */
import { realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { isRemote } from "./source-files";

/**
 * The real path of a file in one of the folders, also behind symbolic links; a relative name is of the first folder that has it.
 * @throws UserError when it lies elsewhere (whether there is something is not told), or is no file
 */
export function fileWithin(folders: readonly string[], name: string): string {
  const outside = new UserError("outside", `${name}: lies outside ${folders.join(", ") || "every folder that may be read"}; only files in there are read`);
  if (name.includes("\0") || isRemote(name)) throw outside;
  let missing: UserError | undefined;
  for (const folder of folders) {
    const root = realpathSync(folder);
    const file = path.resolve(root, name);
    if (!isUnder(root, file) && !isUnder(path.resolve(folder), file)) continue;
    try {
      const real = realpathSync(file);
      if (!isUnder(root, real)) continue;
      if (!statSync(real).isFile()) throw new UserError("input", `${name}: is not a file`);
      return real;
    } catch (error) {
      if (error instanceof UserError) throw error;
      missing ??= new UserError("input", `${name}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  throw missing ?? outside;
}

function isUnder(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

import { unzipSync } from "fflate";
import { UserError } from "./errors";
import { type Npy, parseNpy } from "./npy";

/** Bytes and files that a zip may claim to hold: a guard against damaged and hostile ones. Ours have 14 MB at most. */
const LARGEST = 1 << 30;
const MOST_FILES = 100;

/**
 * Arrays of numpy's .npz format, those of `names` that are there.
 * @param fail throws what is told when the file is no such zip
 * @throws UserError that names `name` and the array that cannot be read
 */
export function readNpz(bytes: Uint8Array, name: string, names: readonly string[], fail: (cause: string) => never): Record<string, Npy | undefined> {
  let files: Record<string, Uint8Array>;
  let count = 0;
  let total = 0;
  try {
    files = unzipSync(bytes, {
      filter: (file) => {
        if (++count > MOST_FILES) fail(`it holds more than ${MOST_FILES} files`);
        const wanted = names.includes(file.name.replace(/\.npy$/, ""));
        if (wanted && (total += file.originalSize) > LARGEST) fail("its arrays have more than 1 GiB");
        return wanted;
      },
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    return fail(`it is no zip file, or damaged (${(error as Error).message})`);
  }
  const arrays: Record<string, Npy | undefined> = {};
  for (const key of names) {
    const file = files[`${key}.npy`];
    if (file) arrays[key] = parseNpy(file, `"${key}" in ${name}`);
  }
  return arrays;
}

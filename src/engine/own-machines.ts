/** The machines that a user made: one JSON file each in .perfvec/machines of a folder. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { type Microarchitecture, parseMachine } from "../core/model/description";
import { readFileOrFail } from "./input-file";
import { writeAll, writeOutput } from "./output-file";

const FOLDER = path.join(".perfvec", "machines");
/** A folder with more, and a file with more bytes, is somebody else's. */
const MOST = 1000;
const LARGEST = 1 << 20;

export interface OwnMachine {
  file: string;
  machine: Microarchitecture;
}

export const ownMachineFile = (folder: string, name: string): string => path.join(folder, FOLDER, `${name}.json`);

/** @param failed takes what cannot be read, in words. @param dimensions of the model: a machine of another model has no price */
export function readOwnMachines(folder: string, dimensions: number, failed: (why: string) => void): OwnMachine[] {
  let names: string[];
  try {
    names = readdirSync(path.join(folder, FOLDER)).filter((name) => name.endsWith(".json")).sort();
  } catch {
    return []; // there is none
  }
  return names.slice(0, MOST).flatMap((name) => {
    const file = path.join(folder, FOLDER, name);
    try {
      return [{ file, machine: readOwnMachine(file, dimensions) }];
    } catch (error) {
      failed((error as Error).message);
      return [];
    }
  });
}

function readOwnMachine(file: string, dimensions: number): Microarchitecture {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat && (!stat.isFile() || stat.size > LARGEST)) throw new UserError("uarch", `${file}: is no machine (${stat.isFile() ? "too large" : "no file"})`);
  const machine = parseMachine(Buffer.from(readFileOrFail(file)).toString("utf8"), file);
  if (machine.vector.length === dimensions && machine.vector.every((v) => Number.isFinite(v) && v >= 0)) return machine;
  throw new UserError("uarch", `${file}: its vector is not of this version's model; make it again`);
}

export async function writeMachine(file: string, machine: Microarchitecture): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  const vector = machine.vector.map((v) => Number(v.toPrecision(6)));
  await writeOutput(file, [], (fd) => writeAll(fd, Buffer.from(`${JSON.stringify({ ...machine, vector }, null, 1)}\n`)));
}

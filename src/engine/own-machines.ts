/** The machines that a user made: one JSON file each in .perfvec/machines of a folder. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { checkParameters, parametersOf } from "../core/model/derive";
import { type Microarchitecture, parseMachine } from "../core/model/description";
import { readFileOrFail } from "./input-file";
import { writeAll, writeOutput } from "./output-file";

const FOLDER = path.join(".perfvec", "machines");
/** A folder with more, and a file with more bytes, is somebody else's. */
const MOST = 1000;
const LARGEST = 1 << 20;
/** Nanoseconds a unit, and GHz, beyond which a number is a mistake. */
const SLOWEST = 1e6;
const FASTEST = 100;

export interface OwnMachine {
  file: string;
  machine: Microarchitecture;
}

export const ownMachineFile = (folder: string, name: string): string => path.join(folder, FOLDER, `${name}.json`);

/**
 * Machines of these folders, one folder after the other. What cannot be one, or has a name that is taken, is left out.
 * @param shipped the library, whose model and parameters they must fit @param failed takes why one is left out, in words
 */
export function readOwnMachines(folders: readonly string[], shipped: readonly Microarchitecture[], failed: (why: string) => void): OwnMachine[] {
  const found: OwnMachine[] = [];
  for (const file of folders.flatMap((folder) => filesOf(folder, failed))) {
    try {
      const machine = readOwnMachine(file, shipped);
      const why = whyNotCalled(machine.name, [...shipped, ...found.map((own) => own.machine)]);
      const other = found.find((own) => own.machine.name.toLowerCase() === machine.name.toLowerCase());
      if (why !== undefined) throw new UserError("uarch", `${file}: ${why}${other ? `, in ${other.file}` : ""}; give this one another name`);
      found.push({ file, machine });
    } catch (error) {
      failed((error as Error).message);
    }
  }
  return found;
}

function filesOf(folder: string, failed: (why: string) => void): string[] {
  const machines = path.join(folder, FOLDER);
  let names: string[];
  try {
    names = readdirSync(machines).filter((name) => name.endsWith(".json")).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") failed(`${machines}: cannot be read (${code})`);
    return [];
  }
  if (names.length > MOST) failed(`${machines}: has ${names.length} machines; the first ${MOST} are taken`);
  return names.slice(0, MOST).map((name) => path.join(machines, name));
}

function readOwnMachine(file: string, shipped: readonly Microarchitecture[]): Microarchitecture {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat && (!stat.isFile() || stat.size > LARGEST)) throw new UserError("uarch", `${file}: is no machine (${stat.isFile() ? "too large" : "no file"})`);
  const machine = parseMachine(Buffer.from(readFileOrFail(file)).toString("utf8"), file);
  const { vector } = machine;
  if (vector.length !== shipped[0]!.vector.length) throw new UserError("uarch", `${file}: its vector is not of this version's model; make it again`);
  if (!vector.every((v) => v >= 0 && v <= SLOWEST) || !vector.some((v) => v > 0)) throw new UserError("uarch", `${file}: its vector holds what no machine has; make it again`);
  if (isDescribed(machine)) checkParameters(machine, shipped, file);
  else if (machine.freq_ghz > FASTEST) throw new UserError("uarch", `${file}: freq_ghz is ${machine.freq_ghz}`);
  return machine;
}

/** A machine that was fitted to runs alone has no parameters beside its clock. */
const isDescribed = (machine: Microarchitecture): boolean => [...parametersOf(machine).keys()].some((parameter) => parameter.includes("."));

/** Why a machine cannot have a name: all are told apart whatever their capitals. undefined: it can */
export function whyNotCalled(name: string, taken: readonly Microarchitecture[]): string | undefined {
  if (name.toLowerCase() === "all") return `"${name}" stands for every machine`;
  const other = taken.find((m) => m.name.toLowerCase() === name.toLowerCase());
  return other && `there is a machine called "${other.name}"`;
}

/** @param inputs files that were read to make it, which it must not be written over. @throws UserError when it cannot be written */
export async function writeMachine(file: string, machine: Microarchitecture, inputs: readonly string[] = []): Promise<void> {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
  } catch (error) {
    throw new UserError("output", `${path.dirname(file)}: cannot be made a folder (${(error as NodeJS.ErrnoException).code})`);
  }
  const vector = machine.vector.map((v) => Number(v.toPrecision(6)));
  await writeOutput(file, inputs, (fd) => writeAll(fd, Buffer.from(`${JSON.stringify({ ...machine, vector }, null, 1)}\n`)));
}

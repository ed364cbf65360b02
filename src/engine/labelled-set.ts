/** A labelled data set, laid out as docs/gem5.md says: its machines, and the runs that have labels. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { type Microarchitecture, parseDescriptions } from "../core/model/description";
import { readFileOrFail } from "./input-file";

export interface ListedRun {
  name: string;
  split: string;
  /** holds NAME.trace.npz and NAME.labels.npz */
  folder: string;
}

export interface LabelledSet {
  /** @throws UserError for a machine that is not described */
  machine(name: string): Microarchitecture;
  runs: ListedRun[];
}

/** What a run executes, whatever its build and size: kO2_binary_search_18 -> k_binary_search. */
export function programOf(run: string): string {
  const [build, ...rest] = run.split("_");
  return `${/^[kog]O/.test(build!) ? build![0] : build}_${rest.join("_").replace(/[0-9]+$/, "").replace(/_+$/, "")}`;
}

/** Hand-written kernels (k*, o*) of the training split that training leaves out, as training/data.py does: by kernel, never by build. */
export const isHeldOut = (run: string): boolean => /^[ko]O/.test(run) && createHash("sha256").update(programOf(run)).digest()[0]! % 5 === 0;

/** @throws UserError that names the file */
export function readLabelledSet(dataset: string): LabelledSet {
  const machinesFile = path.join(dataset, "machines.json");
  const described = new Map(parseDescriptions(Buffer.from(readFileOrFail(machinesFile)).toString("utf8"), machinesFile).map((m) => [m.name, m]));
  const runs = listedRuns(dataset).map(({ name, split }) => ({ name, split, folder: path.join(dataset, split) }));
  return {
    machine(name) {
      const machine = described.get(name);
      if (!machine) throw new UserError("dataset", `${machinesFile}: does not describe ${name}, which runs are labelled for`);
      return machine;
    },
    runs: runs.filter(({ name, folder }) => existsSync(path.join(folder, `${name}.labels.npz`))),
  };
}

function listedRuns(dataset: string): { name: string; split: string }[] {
  const file = path.join(dataset, "runs.json");
  let runs: { name: string; split: string }[];
  try {
    ({ runs } = JSON.parse(Buffer.from(readFileOrFail(file)).toString("utf8")) as { runs: { name: string; split: string }[] });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("dataset", `${file}: not valid JSON (${(error as Error).message})`);
  }
  const plain = (value: unknown): boolean => typeof value === "string" && /^[\w.+-]{1,200}$/.test(value);
  if (!Array.isArray(runs) || !runs.every((r) => plain(r?.name) && plain(r.split))) throw new UserError("dataset", `${file}: runs must be a list, each with name and split`);
  return runs;
}

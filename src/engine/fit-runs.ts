/** Runs of known time, from what users have: reports of gem5 traces, reports and a stopwatch, runs of a data set. */
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { FitRun } from "../core/model/fit";
import { type Profile, total } from "../core/profile/profile";
import { summed } from "../core/profile/representation";
import { readReport } from "../core/report/report";
import { emulatorModule, readModel } from "./assets";
import { readFileOrFail } from "./input-file";
import { fitRunOf, labelledRun } from "./labelled-run";
import { loadRuntime } from "./onnx";

export interface NamedRun extends FitRun {
  name: string;
  executed: number;
}

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 };

function readProfile(file: string, model: string): Profile {
  const profile = readReport(readFileOrFail(file), file);
  if (profile.provenance.model !== model) throw new UserError("report", `${file}: made with model ${profile.provenance.model}, not ${model}. Predict again`);
  return profile;
}

/** A report of a trace that has times: of the whole, and of every instruction. @throws UserError */
export function runFromReport(file: string, model: string): NamedRun {
  const profile = readProfile(file, model);
  const { measured } = profile;
  if (!measured) throw new UserError("uarch", `${file}: has no measured time (it is of no gem5 trace); say how long the program took: --time ${file}=12.3ms`);
  return {
    name: path.basename(file),
    executed: profile.provenance.executed,
    total: summed(profile),
    time: total(measured),
    parts: { representations: profile.sums, times: measured },
  };
}

/** "r.perfvec=12.3ms": a report, and what the whole program took. @throws UserError */
export function runFromTime(text: string, model: string): NamedRun {
  const match = /^(.+)=([\d.]+(?:e[+-]?\d+)?)\s*(ns|us|µs|ms|s)$/.exec(text);
  const time = match ? Number(match[2]) * UNITS[match[3]!]! : NaN;
  if (!(time > 0)) throw new UserError("usage", `--time wants REPORT=TIME with a unit, such as a.perfvec=12.3ms, not "${text}"`);
  const profile = readProfile(match![1]!, model);
  if (!profile.provenance.whole) throw new UserError("uarch", `${match![1]}: is of a part of the run (${profile.provenance.ended}); the time of the whole says nothing about it`);
  return { name: path.basename(match![1]!), executed: profile.provenance.executed, total: summed(profile), time };
}

/** A run of a data set: NAME.labels.npz, NAME.trace.npz beside it. @throws UserError */
export async function runFromLabels(file: string, machine: string, ghz: number, models: string): Promise<NamedRun> {
  if (!file.endsWith(".labels.npz")) throw new UserError("usage", `--labels wants NAME.labels.npz, with NAME.trace.npz beside it, not "${file}"`);
  const name = path.basename(file, ".labels.npz");
  const model = readModel(models);
  const run = await labelledRun(path.dirname(file), name, emulatorModule(), model, await loadRuntime("auto", 2));
  const truth = run.truths.find((t) => t.machine === machine);
  if (!truth) throw new UserError("labels", `${file}: has no labels of "${machine}" (or of too small a part of the run); it has ${run.truths.map((t) => t.machine).slice(0, 8).join(", ")}`);
  return { name, executed: truth.prefix.executed, ...fitRunOf(run, truth, ghz) };
}

/** perfvec uarch add | fit: machines that are not in the library. */
import * as path from "node:path";
import { UserError } from "../core/errors";
import { duration, integer, percent, signedPercent, table } from "../core/format";
import { encodeFrom } from "../core/model/anchor";
import { checkParameters, knownParameters, pathOf, valueOf, withParameters } from "../core/model/derive";
import { type Microarchitecture, parseMachine, selectMachines } from "../core/model/description";
import { fitError, type FitRun, fitVector, leftOut, priorOf } from "../core/model/fit";
import { encoderOf, type Library } from "../engine/assets";
import { type NamedRun, runFromLabels, runFromReport, runFromTime } from "../engine/fit-runs";
import { readFileOrFail } from "../engine/input-file";
import { ownMachineFile, whyNotCalled, writeMachine } from "../engine/own-machines";
import type { Arguments } from "./arguments";
import { machinesHere, modelsOf } from "./input";

/** A fit that is off by more in a run that it was made from is none. */
const POOR = 0.5;

/** The machine that is described: by a file, or as another with changes. */
function describedMachine(file: string | undefined, args: Arguments, { machines, shipped }: Library): Microarchitecture {
  const like = args.text("like");
  if ((file === undefined) === (like === undefined)) throw new UserError("usage", "describe the machine by a FILE.json, or by --like NAME and --set parameter=value");
  const base = file === undefined ? selectMachines(machines, [like!])[0]! : parseMachine(Buffer.from(readFileOrFail(file)).toString("utf8"), file);
  const known = knownParameters(shipped, base.core);
  const changes = new Map(
    args.list("set").map((text) => {
      const [name, value] = [text.slice(0, Math.max(0, text.indexOf("="))), text.slice(text.indexOf("=") + 1)];
      if (!name) throw new UserError("usage", `--set wants parameter=value, not "${text}"`);
      const parameter = pathOf(name, known);
      return [parameter, valueOf(value, parameter, known.get(parameter)!)] as const;
    }),
  );
  const name = args.text("name") ?? (file === undefined ? undefined : base.name);
  if (name === undefined) throw new UserError("usage", "--name is missing: what the new machine is to be called");
  if (!/^[\w.+-]{1,100}$/.test(name)) throw new UserError("usage", `--name "${name}" is no plain word`);
  const changed = [...changes].map(([parameter, value]) => `${parameter} ${value}`).join(", ");
  const title = args.text("title") ?? (like === undefined ? base.title : changed ? `${base.name} with ${changed}` : base.title);
  const machine = { ...withParameters(base, changes), name, title };
  for (const warning of checkParameters(machine, shipped, file ?? name)) console.error(`perfvec: note: ${warning}`);
  return machine;
}

/** @param inputs files that were read to make it */
async function save(machine: Microarchitecture, args: Arguments, machines: readonly Microarchitecture[], inputs: readonly string[]): Promise<void> {
  const why = whyNotCalled(machine.name, machines);
  const own = machines.find((m) => m["origin"] !== undefined && m.name.toLowerCase() === machine.name.toLowerCase());
  if (why !== undefined) throw new UserError("uarch", `${why}; choose another --name${own ? `, or delete ${ownMachineFile(".", own.name)} first` : ""}`);
  const out = args.text("out");
  const file = out === undefined ? ownMachineFile(process.cwd(), machine.name) : path.resolve(out);
  await writeMachine(file, machine, inputs);
  console.log(`written to ${path.relative("", file)}${out === undefined ? `; perfvec predict --uarch ${machine.name} prices it in this folder` : ""}`);
}

export async function uarchAdd(file: string | undefined, args: Arguments): Promise<void> {
  const models = modelsOf(args);
  const library = machinesHere(args);
  const machine = describedMachine(file, args, library);
  // Made from another, it keeps what that one is known to differ from the encoder's guess.
  const like = args.text("like");
  const start = like === undefined ? { ...machine, vector: [] } : selectMachines(library.machines, [like])[0]!;
  const vector = [...encodeFrom(start, machine, encoderOf(library, models))];
  await save({ ...machine, vector, origin: "parameters" }, args, library.machines, file === undefined ? [] : [file]);
}

export async function uarchFit(file: string | undefined, args: Arguments): Promise<void> {
  const models = modelsOf(args);
  const library = machinesHere(args);
  const { model, machines } = library;
  const bare = file === undefined && args.text("like") === undefined;
  const ghz = Number(args.text("ghz") ?? NaN);
  let machine: Microarchitecture;
  if (!bare) machine = describedMachine(file, args, library);
  else {
    const name = args.text("name");
    if (name === undefined || !(ghz > 0)) throw new UserError("usage", "without a description, a fit needs --name and --ghz");
    machine = parseMachine(JSON.stringify({ name, title: args.text("title") ?? `${name}, fitted`, core: "o3", freq_ghz: ghz }), "--name");
  }
  const labelled = args.text("machine") ?? machine.name;
  const runs: NamedRun[] = [
    ...args.list("report").map((report) => runFromReport(report, model.name)),
    ...args.list("time").map((text) => runFromTime(text, model.name)),
  ];
  for (const labels of args.list("labels")) runs.push(await runFromLabels(labels, labelled, machine.freq_ghz, models));
  if (!runs.length) throw new UserError("usage", "a fit needs runs: --labels RUN.labels.npz, --report R.perfvec (of a gem5 trace), or --time R.perfvec=12.3ms");
  const prior = priorOf(library.shipped, encoderOf(library, models), bare ? undefined : machine);
  const vector = fitVector(runs, prior);
  const price = (run: FitRun, by: ArrayLike<number>): number => Array.prototype.reduce.call(run.total, (sum, r, k) => (sum as number) + (r as number) * by[k]!, 0) as number;
  const left = leftOut(runs, prior);
  const rows = runs.map((run, i) => {
    const error = (by: ArrayLike<number>): string => signedPercent(price(run, by) / run.time - 1);
    return [run.name, integer(run.executed), duration(run.time), error(prior.mean), error(vector), left.length ? signedPercent(left[i]! - 1) : "-"];
  });
  console.log(table([["run", "executed", "time", "before", "fitted", "left out"], ...rows], [0]));
  const executed = integer(runs.reduce((n, r) => n + r.executed, 0));
  const mean = left.length ? `; a run is off by ${percent(left.reduce((sum, ratio) => sum + Math.abs(ratio - 1), 0) / left.length)} on average when it is left out of the fit` : "; one run cannot tell how good the fit is";
  const worst = Math.max(...runs.map((run) => Math.abs(price(run, vector) / run.time - 1)));
  if (worst > POOR) console.error(`perfvec: warning: the fit leaves ${percent(worst)} in one of its own runs; are the times those of one machine, and of these programs?`);
  console.log(`fitted to ${runs.length} ${runs.length === 1 ? "run" : "runs"} of ${executed} executed instructions${mean}`);
  await save({ ...machine, vector: [...vector], origin: "fit", ...(left.length ? { fitError: fitError(left) } : {}) }, args, machines, [...(file === undefined ? [] : [file]), ...args.list("report"), ...args.list("labels"), ...args.list("time").map((text) => text.slice(0, text.lastIndexOf("=")))]);
}

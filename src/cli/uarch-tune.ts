/** perfvec uarch tune: the encoder adapted to a design space. */
import * as path from "node:path";
import { UserError } from "../core/errors";
import { percent, table } from "../core/format";
import { tuneEncoder, writeModels } from "../engine/tune";
import type { Arguments } from "./arguments";
import { modelsOf } from "./input";
import { createProgressLine } from "./progress";

export async function uarchTune(dataset: string | undefined, args: Arguments): Promise<void> {
  const out = args.text("out");
  if (dataset === undefined || out === undefined) throw new UserError("usage", "uarch tune takes a DATASET, and --out FOLDER for the models");
  const models = modelsOf(args);
  const progress = createProgressLine();
  const onRun = (done: number, of: number, name: string): void => progress.say(`${done} of ${of} runs: ${name}`);
  const onProgram = (program: string): void => progress.say(`learning without ${program}`);
  const { tuned, machines, text } = await tuneEncoder(path.resolve(dataset), { models, runtime: "auto", onRun, onProgram }).finally(() => progress.clear());
  const off = (log: number): string => percent(Math.expm1(log));
  const mean = (key: "before" | "leftOut"): string => off(tuned.programs.reduce((sum, p) => sum + p[key], 0) / tuned.programs.length);
  console.log(table([["program", "before", "left out", "tuned"], ...tuned.programs.map((p) => [p.program, off(p.before), off(p.leftOut), off(p.after)])], [0]));
  const told = `on ${machines} machines, programs left out of the tuning are off by ${mean("leftOut")} in place of ${mean("before")}`;
  if (tuned.steps === 0) throw new UserError("uarch", `${told}: it does not help here, and nothing is written`);
  await writeModels(path.resolve(out), models, text);
  console.log(`${told}, after ${tuned.steps} steps\nwritten to ${out}; --models ${out} prices machines by it`);
}

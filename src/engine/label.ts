/** Labels for training: a program's run on one machine, from its gem5 trace, in the data set's format (docs/gem5.md). */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import type { Microarchitecture } from "../core/model/description";
import { readProgram } from "../core/program/program";
import { labelsFile, record, traceFile } from "../core/trace/record";
import { FLAG, OPERATIONS } from "../core/trace/trace";
import { instantiate } from "../core/wasm";
import { emulatorModule } from "./assets";
import { readFileOrFail } from "./input-file";
import { openTrace } from "./trace-file";

export interface LabelJob {
  /** of the run: its files are NAME.trace.npz, NAME.labels.npz, NAME.json */
  name: string;
  elf: string;
  machine: Microarchitecture;
  trace: string;
  folder: string;
  /** which gem5 it is from */
  gem5: string;
}

const MOST_CYCLES = 0xffff;

/** Writes the run. @returns executed instructions, and what is left out in words. @throws UserError */
export async function labelRun({ name, elf, machine, trace, folder, gem5 }: LabelJob): Promise<{ instructions: number; warnings: string[] }> {
  const program = readProgram(readFileOrFail(elf), elf);
  const warnings: string[] = [];
  const { source } = await openTrace(instantiate(emulatorModule()), { file: trace, storeQueue: null, opClasses: null, elf }, program, warnings);
  const recording = await record(source);
  const { time, refill, index, statics } = recording;
  if (!time || !refill) throw new UserError("gem5", `${trace}: has no latencies: labels need PerfVec's fork, or stock gem5 and an O3 machine`);
  const period = Math.round(1000 / machine.freq_ghz); // gem5 counts in whole picoseconds a cycle
  const cycles = Uint16Array.from(time, (ps) => Math.min(MOST_CYCLES, Math.round(ps / period)));
  const refilled = Uint16Array.from(refill, (ps, i) => Math.min(cycles[i]!, Math.round(ps / period)));
  writeFileSync(path.join(folder, `${name}.trace.npz`), traceFile(recording, program.hasLines ? program.lineAt : undefined));
  writeFileSync(path.join(folder, `${name}.labels.npz`), labelsFile(machine.name, cycles, refilled));
  const run = { name, executed: index.length, static: statics.length, machines: [machine.name], gem5, ops: OPERATIONS, flags: Object.keys(FLAG) };
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(run, null, 1)}\n`);
  return { instructions: index.length, warnings };
}

/** Labels for training: one program's run on several machines, from gem5 traces, in the data set's format (docs/gem5.md). */
import * as path from "node:path";
import { writeFileSync } from "node:fs";
import { UserError } from "../core/errors";
import type { Microarchitecture } from "../core/model/description";
import { readProgram } from "../core/program/program";
import { align } from "../core/trace/align";
import { type Labels, labelsFile, type LineAt, record, type Recording, traceFile } from "../core/trace/record";
import { instantiate } from "../core/wasm";
import { emulatorModule } from "./assets";
import type { Gem5 } from "./gem5";
import { readFileOrFail } from "./input-file";
import { openTrace } from "./trace-file";

export interface LabelJob {
  /** of the run: its files are NAME.trace.npz, NAME.labels.npz, NAME.json */
  name: string;
  elf: string;
  traces: { machine: Microarchitecture; trace: string }[];
  folder: string;
  gem5: Gem5;
}

const MOST_CYCLES = 0xffff;

/** gem5 counts in whole picoseconds a cycle. */
export const periodOf = (machine: Microarchitecture): number => Math.round(1000 / machine.freq_ghz);

/** Numbers that name a static micro-operation alike in every recording. */
function createNames(): (recording: Recording) => Int32Array {
  const numbers = new Map<string, number>();
  return ({ statics, index }) => {
    const own = Int32Array.from(statics, ({ pc, micro }) => {
      const key = `${pc}/${micro}`;
      let n = numbers.get(key);
      if (n === undefined) numbers.set(key, (n = numbers.size));
      return n;
    });
    return Int32Array.from(index, (s) => own[s]!);
  };
}

function labelsOf(machine: Microarchitecture, recording: Recording, row: Int32Array, end: number): Labels {
  const { time, refill } = recording;
  if (!time || !refill) throw new UserError("gem5", `the trace of ${machine.name} has no latencies: labels need PerfVec's fork, or stock gem5 and an O3 machine`);
  const period = periodOf(machine);
  const rows = row.length;
  const labels: Labels = { machine: machine.name, valid: end, cycles: new Uint16Array(rows), refill: new Uint16Array(rows), unlabelled: new Set() };
  const missing = labels.unlabelled as Set<number>;
  for (let i = 0; i < end; i++) {
    const at = row[i]!;
    if (at < 0) missing.add(i);
    else {
      labels.cycles[i] = Math.min(MOST_CYCLES, Math.round(time[at]! / period));
      labels.refill[i] = Math.min(labels.cycles[i]!, Math.round(refill[at]! / period));
    }
  }
  return labels;
}

/** Writes the run. @returns executed instructions, and what is left out in words. @throws UserError */
export async function labelRun({ name, elf, traces, folder, gem5 }: LabelJob): Promise<{ instructions: number; warnings: string[] }> {
  const program = readProgram(readFileOrFail(elf), elf);
  const warnings: string[] = [];
  const named = createNames();
  let first: { recording: Recording; names: Int32Array } | undefined;
  const labels: Labels[] = [];
  for (const { machine, trace } of traces) {
    const exports = instantiate(emulatorModule());
    const { source } = await openTrace(exports, { file: trace, storeQueue: null, opClasses: null, elf }, program, warnings);
    const recording = await record(source);
    const names = named(recording);
    first ??= { recording, names };
    const { row, end } = align(first.names, names);
    const made = labelsOf(machine, recording, row, end);
    if (end < row.length - 1) warnings.push(`${name}: on ${machine.name} the run differs for good after ${end} of ${row.length} instructions; the rest has no labels`);
    if (made.unlabelled.size) warnings.push(`${name}: on ${machine.name} ${made.unlabelled.size} instructions were not executed and have no labels`);
    labels.push(made);
  }
  const rows = first!.recording.index.length;
  const lineAt: LineAt | undefined = program.hasLines ? program.lineAt : undefined;
  writeFileSync(path.join(folder, `${name}.trace.npz`), traceFile(first!.recording, lineAt));
  writeFileSync(path.join(folder, `${name}.labels.npz`), labelsFile(labels, rows));
  const run = { name, executed: rows, machines: labels.map((l) => l.machine), gem5: `${gem5.version}${gem5.fork ? " (PerfVec's fork)" : ""}` };
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(run, null, 1)}\n`);
  return { instructions: rows, warnings };
}

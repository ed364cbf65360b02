import { duration, integer, oneLine, percent, short } from "../format";
import type { Microarchitecture } from "../model/description";
import { disassemble } from "../program/disassemble";
import { NO_FILE, type Profile, total } from "./profile";

/** The instructions of one function as they stand in the text. Lines from 0. */
export interface AssemblyFunction {
  /** in one line */
  name: string;
  /** of the program's time */
  share: number;
  /** the line of its label, and the last of its instructions */
  first: number;
  last: number;
}

/** Executed instructions as text, and what stands where. */
export interface Assembly {
  lines: string[];
  /** [lines] the instruction of a line by its number in the profile; -1: label, comment or blank */
  instructionAt: Int32Array;
  /** [n] the line of an instruction; -1 where it is left out */
  lineOf: Int32Array;
  functions: AssemblyFunction[];
}

export interface AssemblyOptions {
  /** functions with a smaller share of the time are left out */
  least?: number;
  /** instructions at most; the coldest functions are left out first */
  most?: number;
  /** how sure the model is, in words; "" when nobody measured it */
  sure?: string;
}

/** What an editor takes without giving up on a text: about 20 MB. */
const MOST = 200_000;
const NO_LINE = "; no line known";

interface Group {
  name: string;
  /** ascending, as pcs are */
  instructions: number[];
  time: number;
}

/**
 * The executed instructions by function, the hottest first, since that is what one opens it for: by address it would begin
 * with the start-up code. Within a function by address, so that its branches can be followed. A function is the one whose
 * code it is, with what is inlined into it; comments say from which source line the instructions after them are.
 * @param latency [n] nanoseconds on the machine
 */
export function assemblyOf(profile: Profile, machine: Microarchitecture, latency: Float64Array, { least = 0, most = MOST, sure = "" }: AssemblyOptions = {}): Assembly {
  const time = total(latency);
  const share = (ns: number): number => (time > 0 ? ns / time : 0);
  const lines = heading(profile, machine, time, sure);
  const at: [line: number, instruction: number][] = [];
  const functions: AssemblyFunction[] = [];
  const figures = figuresOf(profile, latency, machine.freq_ghz, share);
  const left = { functions: 0, instructions: 0, time: 0 };
  for (const group of groups(profile, latency)) {
    const room = share(group.time) < least ? 0 : Math.min(group.instructions.length, most - at.length);
    if (room < group.instructions.length) {
      if (room === 0) left.functions++;
      for (const i of group.instructions.slice(room)) left.time += latency[i]!;
      left.instructions += group.instructions.length - room;
      if (room === 0) continue;
    }
    const first = lines.length + 1;
    const cycles = group.time * machine.freq_ghz;
    lines.push("", `${group.name}:  ; ${percent(share(group.time))} of the time, ${short(cycles)} cycles, ${counted(group.instructions.length, "instruction")}`);
    let place = "";
    for (const i of group.instructions.slice(0, room)) {
      const here = placeComment(profile, i);
      if (here !== place && (place || here !== NO_LINE)) lines.push(here);
      place = here;
      at.push([lines.length, i]);
      lines.push(figures(i));
    }
    functions.push({ name: group.name, share: share(group.time), first, last: lines.length - 1 });
  }
  if (left.instructions) {
    const whole = left.functions ? ` (${counted(left.functions, "whole function")})` : "";
    lines.push("", `; ${counted(left.instructions, "more instruction")}${whole}, ${percent(share(left.time))} of the time, not listed`);
  }
  const instructionAt = new Int32Array(lines.length).fill(-1);
  const lineOf = new Int32Array(profile.pcs.length).fill(-1);
  for (const [line, i] of at) {
    instructionAt[line] = i;
    lineOf[i] = line;
  }
  return { lines, instructionAt, lineOf, functions };
}

/** Text of one instruction as its encoding says. */
export function instructionText({ encodings, pcs }: Profile, i: number): string {
  return encodings[i] ? disassemble(encodings[i]!, pcs[i]!) : "(encoding not recorded)";
}

function heading(profile: Profile, machine: Microarchitecture, time: number, sure: string): string[] {
  const p = profile.provenance;
  const command = [p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : "");
  const start = p.skipped ? ` after ${grouped(p.skipped)} passed over` : "";
  return [
    `${command} on ${machine.name} (${machine.title}, ${machine.freq_ghz} GHz): ${duration(time)}, ${short(time * machine.freq_ghz)} cycles`,
    `${counted(p.executed, "executed instruction")}${start}, ${p.whole ? "whole run" : "part of the run"}: ${p.ended}`,
    `predicted by model ${p.model}${sure && `; ${sure}`}`,
    ...p.warnings.map((w) => `note: ${w}`),
    "Columns: address, cycles of all executions, share of the program's time, executions, instruction.",
    "Functions by time, the hottest first; their instructions by address, only those that were executed.",
  ].map((line) => `; ${oneLine(line, 1000)}`);
}

/** By the function whose code it is (the outermost frame), hottest first; alike ones by address. */
function groups(profile: Profile, latency: Float64Array): Group[] {
  const { frameStart, frameFunction, functions, pcs } = profile;
  const byFunction = new Map<number, Group>();
  for (let i = 0; i < pcs.length; i++) {
    const f = frameFunction[frameStart[i + 1]! - 1]!;
    let group = byFunction.get(f);
    if (!group) byFunction.set(f, (group = { name: oneLine(functions[f]!) || "(unnamed)", instructions: [], time: 0 }));
    group.instructions.push(i);
    group.time += latency[i]!;
  }
  return [...byFunction.values()].sort((a, b) => b.time - a.time || a.instructions[0]! - b.instructions[0]!);
}

/** The source line that an instruction is of, which may be one inlined from elsewhere. */
function placeComment({ frameStart, frameFile, frameLine, files }: Profile, i: number): string {
  const k = frameStart[i]!;
  const file = frameFile[k]!;
  return file === NO_FILE || frameLine[k] === 0 ? NO_LINE : `; ${oneLine(files[file]!)}:${frameLine[k]}`;
}

/** Makes the line of an instruction. A unit stands behind every figure: the line makes sense when it is read alone. */
function figuresOf(profile: Profile, latency: Float64Array, ghz: number, share: (ns: number) => number): (i: number) => string {
  const { pcs, executions } = profile;
  const most = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);
  const widths = { pc: (pcs.at(-1) ?? 0).toString(16).length, cycles: cyclesText(most(latency) * ghz).length, executions: grouped(most(executions)).length };
  return (i) => {
    const ns = latency[i]!;
    const text = instructionText(profile, i);
    const blank = text.indexOf(" ");
    const columns = [
      pcs[i]!.toString(16).padStart(widths.pc),
      `${cyclesText(ns * ghz).padStart(widths.cycles)} cycles`,
      percent(share(ns)).padStart(7),
      `${grouped(executions[i]!).padStart(widths.executions)} times`,
      profile.encodings[i] && blank > 0 ? `${text.slice(0, blank).padEnd(9)} ${text.slice(blank + 1)}` : text,
    ];
    return `  ${columns.join("  ")}`;
  };
}

const cyclesText = (cycles: number): string => (cycles < 99.95 ? cycles.toFixed(1) : grouped(Math.round(cycles)));

/** A whole number as `integer` has it: that takes far longer, and a text may have hundreds of thousands. */
function grouped(n: number): string {
  if (!(n < 1e15)) return integer(n);
  let digits = String(n);
  let out = "";
  for (; digits.length > 3; digits = digits.slice(0, -3)) out = `,${digits.slice(-3)}${out}`;
  return digits + out;
}

const counted = (n: number, what: string): string => `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;

/** What a hover says, as Markdown. Names from programs are not to be trusted: they go in as code. Knows nothing of VS Code. */
import { duration, integer, percent, short, signedDuration, signedPercent } from "../core/format";
import type { Microarchitecture, ModelDescription } from "../core/model/description";
import { type Improvements, limitsOf, limitWords } from "../core/explore/limits";
import { describeMachine, howSure } from "../core/model/summary";
import { errorOf, isMeasuredOn, NO_FILE, type Profile, total } from "../core/profile/profile";
import { instructionText } from "../core/profile/assembly";
import type { Neighbour } from "../core/profile/neighbours";
import { calledName } from "../core/profile/call-tree";
import type { Sureness } from "../core/profile/sureness";
import type { Place, FunctionPlace } from "../core/profile/places";
import { sum, type LineTime } from "../core/profile/attribution";
import { changeText, type Diff } from "../core/profile/diff";
import type { Comparison } from "./baselines";
import type { Result } from "./result";

/** Instructions that are listed at most, the slowest of a line. */
const INSTRUCTIONS = 12;
/** Inlined calls that are listed at most, and characters of a path. */
const FRAMES = 8;
const PATH = 60;
/** Callers that are named at most, those that most time goes to. */
const CALLERS = 4;

/** Text as inline code that neither ends early nor splits a table. */
export function code(text: string, longest = 120): string {
  const clean = text.replace(/[`\r\n]/g, " ").replaceAll("|", "\\|").slice(0, longest);
  return `\`${clean || " "}\``;
}

/** What is known beside a result: how sure it is, and what limits it on the first machine. */
export interface Known {
  sure: Sureness | undefined;
  improved: Improvements;
}

export function lineText(result: Result, line: LineTime, machines: readonly Microarchitecture[], stale: boolean, known: Known, compared?: Comparison): string {
  return [
    summary(`Line ${line.line}${stale ? " *(edited since)*" : ""}`, result, line, machines[0]!) + sureOf(result, line, machines[0]!, known),
    ...limits(result, line, machines[0]!, known),
    ...(compared ? [changeOf("This line", compared, compared.line(line))] : []),
    comparison(result, line, machines),
    instructions(result, line, machines[0]!),
  ].join("\n\n");
}

export function functionText(result: Result, place: FunctionPlace, machines: readonly Microarchitecture[], known: Known, compared?: Comparison): string {
  return [
    summary(`Function ${code(place.name)}`, result, place, machines[0]!) + sureOf(result, place, machines[0]!, known),
    ...callsText(result, place, machines[0]!),
    ...limits(result, place, machines[0]!, known),
    ...(compared ? [changeOf("This function", compared, compared.function(place))] : []),
    comparison(result, place, machines),
  ].join("\n\n");
}

/** Inclusive time of a function, and who calls it. */
function callsText(result: Result, { number }: FunctionPlace, machine: Microarchitecture): string[] {
  const called = result.calledOn(machine)?.functions.get(number);
  if (!called) return [];
  const { time } = result.on(machine);
  const share = (ns: number): string => `${percent(ns / time)} of the time`;
  const callers = called.callers
    .slice(0, CALLERS)
    .map((caller) => `${code(calledName(result.profile, caller.function), 60)} (${integer(caller.calls)} ${caller.calls === 1 ? "call" : "calls"}, ${share(caller.inclusive)})`);
  const more = called.callers.length - callers.length;
  return [`With what it calls: **${percent(called.inclusive / time)}** of the time · ${duration(called.inclusive)} · called by ${callers.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`];
}

/** Between what the time lies, four times of five. */
function sureOf(result: Result, { own }: Place, machine: Microarchitecture, { sure }: Known): string {
  if (!sure) return "";
  const pricing = result.on(machine);
  const time = sum(own, pricing.latency);
  const [low, high] = sure.interval("line", machine, time / pricing.time);
  return ` · four times of five within ${duration(low * time)} … ${duration(high * time)}`;
}

/** What the place waits for: what would go of its time if one thing about the machine were better. */
function limits(result: Result, { own }: Place, machine: Microarchitecture, { improved }: Known): string[] {
  const words = limitWords(limitsOf(result.sumOf(own), machine, improved));
  return words ? [words] : [];
}

/** What has become of a line or function since the baseline. */
function changeOf(what: string, { title, diff }: Comparison, pair: Diff["lines"][number] | Diff["functions"][number] | undefined): string {
  if (!pair) return `${what} is not compared with ${code(title)}: which one it was there is not known.`;
  const { before, after, time, how } = pair;
  if (!before) return `${what} is **new** since ${code(title)}.`;
  const moved = how === "same" ? "" : "name" in before && how === "renamed" ? ` (was ${code(before.name)})` : ` (${how})`;
  return (
    `Since ${code(title)}${moved}: ${duration(time.before)} before, ${duration(time.after)} now on ${code(diff.machine.name)}: **${changeText(time)}** (${signedDuration(time.after - time.before)})` +
    ` · ${integer(before.executions)} executions before, ${integer(after!.executions)} now`
  );
}

/** The whole program beside its baseline. */
export function comparisonText({ title, diff, notes }: Comparison): string {
  const { before, after } = diff.total;
  const total = `Compared with ${code(title)}: ${duration(before)} before, ${duration(after)} now on ${code(diff.machine.name)}: **${changeText(diff.total)}**.`;
  return [total, ...notes.map((note) => `$(info) ${code(note, 300)}`)].join("\n\n");
}

/** One instruction of the disassembly. @param neighbours those that behave most like it */
export function instructionHover(result: Result, i: number, machines: readonly Microarchitecture[], neighbours: readonly Neighbour[]): string {
  const { profile } = result;
  const place: Place = { own: [i], inlined: [], executions: profile.executions[i]! };
  return [
    summary(`${code(instructionText(profile, i))} at ${code(profile.pcs[i]!.toString(16))}`, result, place, machines[0]!),
    sourcePlace(profile, i),
    comparison(result, place, machines),
    ...(neighbours.length ? [alike(result, neighbours, machines[0]!)] : []),
  ].join("\n\n");
}

/** Where an instruction is from: its line, and the calls that it is inlined at. */
function sourcePlace(profile: Profile, i: number): string {
  const { frameStart, frameFunction, functions } = profile;
  const frames: string[] = [];
  for (let k = frameStart[i]!; k < frameStart[i + 1]!; k++) {
    frames.push(`${lineOfFrame(profile, k) ?? "a line that is not known"} in ${code(functions[frameFunction[k]!]!)}`);
  }
  const more = frames.length > FRAMES ? `, and ${frames.length - FRAMES} more calls` : "";
  return `From ${frames.slice(0, FRAMES).join(", inlined at ")}${more}.`;
}

/** Of a long path the end is shown: it is what tells. */
function lineOfFrame({ frameFile, frameLine, files }: Profile, k: number): string | undefined {
  if (frameFile[k] === NO_FILE || frameLine[k] === 0) return undefined;
  const file = files[frameFile[k]!]!;
  return code(`${file.length > PATH ? `…${file.slice(1 - PATH)}` : file}:${frameLine[k]}`);
}

function alike(result: Result, neighbours: readonly Neighbour[], machine: Microarchitecture): string {
  const { profile } = result;
  const { latency } = result.on(machine);
  const rows = neighbours.map(({ instruction: i, similarity }) => {
    const each = short((latency[i]! * machine.freq_ghz) / profile.executions[i]!);
    const from = lineOfFrame(profile, profile.frameStart[i]!) ?? "";
    return tableRow(code(profile.pcs[i]!.toString(16)), code(instructionText(profile, i)), from, each, similarity.toFixed(3));
  });
  return [
    "Behaves most like these (1: the mean representations point the same way):\n",
    tableRow("pc", "instruction", "source", "cycles each", "likeness"),
    "|:--|:--|:--|--:|--:|",
    ...rows,
  ].join("\n");
}

/** What the numbers were measured with: input, how much of the run, model, how sure. */
export function provenanceText(result: Result, model: ModelDescription, sure?: Sureness): string {
  const p = result.profile.provenance;
  const command = [p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : "");
  const part = p.whole ? `the whole run${p.limit === null ? "" : `, which stayed below the limit of ${integer(p.limit)}`}` : "part of the run";
  const skipped = p.skipped ? ` after ${integer(p.skipped)} passed over` : "";
  const accuracy = howSure(model);
  const warning = sure?.unlike === undefined ? "" : `$(warning) ${sure.unlike[0]!.toUpperCase()}${sure.unlike.slice(1)}. `;
  return (
    `${warning}${code(command)}: ${integer(p.executed)} executed instructions${skipped}, ${part} (${code(p.ended)}). ` +
    `Predicted by ${code(p.model)}, ${result.profile.measured ? "beside what the trace measured" : "not measured"}${accuracy && `: ${accuracy}`}.`
  );
}

function summary(title: string, result: Result, place: Place, machine: Microarchitecture): string {
  const pricing = result.on(machine);
  const own = sum(place.own, pricing.latency);
  const inlined = sum(place.inlined, pricing.latency);
  const cycles = own * machine.freq_ghz;
  const each = place.executions ? `, ${short(cycles / place.executions)} cycles each of ${integer(place.executions)} executions` : "";
  const inclusive = inlined > 0 ? `, with inlined calls ${percent((own + inlined) / pricing.time)}` : "";
  return `${title}: **${percent(own / pricing.time)}** of the time${inclusive} · ${duration(own)} · ${short(cycles)} cycles${each} · on ${code(machine.name)}`;
}

/** A hover sets table cells close together: hard spaces keep the columns apart. */
const tableRow = (first: string, ...cells: string[]): string => `| ${first} | ${cells.map((cell) => `&nbsp;&nbsp;${cell}`).join(" | ")} |`;

function comparison(result: Result, place: Place, machines: readonly Microarchitecture[]): string {
  const { measured, provenance } = result.profile;
  const there = measured && sum(place.own, measured);
  const rows = machines.flatMap((machine) => {
    const pricing = result.on(machine);
    const row = (name: string, time: number, share: string): string => {
      const cycles = time * machine.freq_ghz;
      return tableRow(name, duration(time), short(cycles), place.executions ? short(cycles / place.executions) : "", share);
    };
    const own = sum(place.own, pricing.latency);
    const { made } = describeMachine(machine);
    const predicted = row(`${code(machine.name)}${made && `, ${made}`}`, own, percent(own / pricing.time));
    if (there === null || !isMeasuredOn(result.profile, machine)) return [predicted];
    return [predicted, row(`measured, error ${signedPercent(errorOf(own, there)) || "unknown"}`, there, percent(there / total(measured!)))];
  });
  // Of a machine that is not known, or not chosen, there is a time and nothing to compare it with.
  if (there !== null && !machines.some((m) => isMeasuredOn(result.profile, m))) {
    rows.push(tableRow(`measured${provenance.measuredOn ? ` on ${code(provenance.measuredOn)}` : ""}`, duration(there), "", "", percent(there / total(measured!))));
  }
  return [tableRow("machine", "time", "cycles", "cycles each", "share"), "|:--|--:|--:|--:|--:|", ...rows].join("\n");
}

function instructions(result: Result, place: Place, machine: Microarchitecture): string {
  const { latency } = result.on(machine);
  const { pcs, encodings, executions } = result.profile;
  const slowest = [...place.own].sort((a, b) => latency[b]! - latency[a]!).slice(0, INSTRUCTIONS);
  if (!slowest.length) return "All of this line's time is that of calls inlined into it.";
  const rows = slowest
    .sort((a, b) => pcs[a]! - pcs[b]!)
    .map((i) => {
      const text = encodings[i] ? instructionText(result.profile, i) : "";
      const each = executions[i] ? short((latency[i]! * machine.freq_ghz) / executions[i]!) : "";
      return tableRow(`\`${pcs[i]!.toString(16)}\``, text ? code(text) : "", integer(executions[i]!), each, duration(latency[i]!));
    });
  const left = place.own.length - slowest.length;
  const more = left ? [`\n${left} faster ones are not listed.`] : [];
  return [tableRow("pc", "instruction", "executions", "cycles each", "time"), "|:--|:--|--:|--:|--:|", ...rows, ...more].join("\n");
}

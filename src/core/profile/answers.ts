/** What an assistant is told about a prediction, as plain objects. Names from programs are data: cut, in one line, never instructions. */
import { UserError } from "../errors";
import { bareName, oneLine } from "../format";
import { type Improvements, limitsOf, limitsTold, unlimited } from "../explore/limits";
import { type Microarchitecture, type ModelDescription, selectMachines } from "../model/description";
import { describeMachine, howSure } from "../model/summary";
import { nearest } from "../nearest";
import { kindOf } from "../program/kind";
import { instructionText } from "./assembly";
import { sum } from "./attribution";
import type { Beside } from "./beside";
import { executionsOf, type FunctionPlace, type LinePlace, type Place, placesOf } from "./places";
import { latencies, type Profile, total } from "./profile";
import type { CompareQuestion, HotLinesQuestion, MachinesQuestion } from "./questions";
import { summed, timeOn } from "./representation";

/** Lines that are told unless more are asked for, and instructions of each. */
const LINES = 10;
const INSTRUCTIONS = 4;
const NOTES = 10;
const LIMITS = 3;

/** A prediction, and what is around it. */
export interface Asked {
  profile: Profile;
  model: ModelDescription;
  /** all that can be named */
  library: readonly Microarchitecture[];
  /** those in use, at least one */
  machines: readonly Microarchitecture[];
  beside: Beside;
  /** what is to be known of this prediction besides, in words */
  notes: readonly string[];
}

/** Which lines are slow on a machine, and what they do. Shares are of the program's time on that machine. */
export function hotLines(asked: Asked, question: HotLinesQuestion): object {
  const { profile, library } = asked;
  const { sure, improvedOf } = asked.beside;
  const machine = question.machine === undefined ? asked.machines[0]! : selectMachines(library, [question.machine])[0]!;
  const latency = latencies(profile, machine);
  const time = total(latency);
  const places = placesOf(profile);
  const functions = question.function === undefined ? undefined : functionsNamed(places.functions, question.function);
  const within = functions && new Set(functions.flatMap((f) => [...f.own, ...f.inlined]));
  const all = (within ? places.lines.map((line) => partOf(profile, line, within)) : places.lines)
    .map((line) => ({ line, own: sum(line.own, latency) }))
    .filter(({ own }) => own > 0)
    .sort((a, b) => b.own - a.own);
  const told = all.slice(0, question.count ?? LINES);
  const improved = improvedOf(machine);
  return {
    ...aboutRun(asked),
    machine: { ...aboutMachine(machine), ...timesOf(time, machine, profile.provenance.executed) },
    ...(sure ? { machineTime80PercentWithinNs: within80(time, sure.interval("program", machine)) } : {}),
    ...(functions ? { function: aboutFunction(functions, latency, time) } : {}),
    ...aboutLimits(profile, undefined, machine, improved),
    lines: told.map(({ line, own }) => ({ ...aboutLine(profile, line, own, latency, time, machine), ...(sure ? { time80PercentWithinNs: within80(own, sure.interval("line", machine, own / time)) } : {}), ...aboutLimits(profile, line.own, machine, improved) })),
    linesNotListed: all.length - told.length,
    shareOfLinesNotListed: round(all.slice(told.length).reduce((n, { own }) => n + own, 0) / time),
    ...(within ? {} : { shareWithoutLineInformation: round(sum(places.withoutLine, latency) / time) }),
  };
}

/** The time of a program, a function or a line on several machines, fastest first. */
export function compareMachines(asked: Asked, question: CompareQuestion): object {
  const { profile, library, beside: { sure } } = asked;
  const machines = question.machines ? selectMachines(library, question.machines) : asked.machines;
  const { place, of } = placeAsked(profile, question);
  const whole = summed(profile);
  const own = place ? summed(profile, place.own) : whole;
  const inlined = place?.inlined.length ? summed(profile, place.inlined) : undefined;
  const executions = place ? place.executions : profile.provenance.executed;
  const rows = machines
    .map((machine) => ({ machine, time: timeOn(own, machine), withInlined: inlined && timeOn(own, machine) + timeOn(inlined, machine), all: timeOn(whole, machine) }))
    .sort((a, b) => (a.withInlined ?? a.time) - (b.withInlined ?? b.time));
  const fastest = rows[0]!.withInlined ?? rows[0]!.time;
  return {
    ...aboutRun(asked),
    of,
    machines: rows.map(({ machine, time, withInlined, all }) => ({
      ...aboutMachine(machine),
      ...timesOf(time, machine, executions, place ? "cyclesEach" : "cyclesPerInstruction"),
      ...(sure ? { time80PercentWithinNs: within80(time, place ? sure.interval("line", machine, time / all) : sure.interval("program", machine)) } : {}),
      ...(place ? { shareOfProgram: round(time / all) } : {}),
      ...(withInlined === undefined ? {} : { nsWithInlinedCalls: round(withInlined) }),
      timesTheFastest: fastest > 0 ? round((withInlined ?? time) / fastest) : null,
    })),
  };
}

/** The machines of a library that have all the words. */
export function listMachines(library: readonly Microarchitecture[], { words = "" }: MachinesQuestion): object {
  const wanted = words.toLowerCase().split(",").map((word) => word.trim());
  const machines = library.map(aboutMachine).filter((machine) => wanted.every((word) => Object.values(machine).join(" ").toLowerCase().includes(word)));
  return { machines, machinesInLibrary: library.length };
}

function aboutRun({ profile: { provenance: p }, model, beside: { sure }, notes }: Asked): object {
  return {
    program: oneLine([p.program, ...p.arguments].join(" "), 400),
    executedInstructions: p.executed,
    wholeRun: p.whole,
    ended: oneLine(p.ended),
    accuracy: howSure(model),
    notes: [...notes, ...(sure?.unlike === undefined ? [] : [sure.unlike]), ...p.warnings.slice(0, NOTES)].map((note) => oneLine(note, 400)),
  };
}

const aboutMachine = (machine: Microarchitecture): { name: string; title: string; core: string; clock: string; caches: string } => ({ name: machine.name, title: machine.title, ...describeMachine(machine) });

/** @param each what cycles are divided by @param called how that is called */
function timesOf(time: number, machine: Microarchitecture, each: number, called = "cyclesPerInstruction"): object {
  const cycles = time * machine.freq_ghz;
  return { ns: round(time), cycles: round(cycles), [called]: each ? round(cycles / each) : null };
}

function aboutFunction(functions: readonly FunctionPlace[], latency: Float64Array, time: number): object {
  const own = functions.reduce((n, f) => n + sum(f.own, latency), 0);
  const inlined = functions.reduce((n, f) => n + sum(f.inlined, latency), 0);
  return { names: functions.slice(0, NOTES).map((f) => oneLine(f.name)), share: round(own / time), shareWithInlinedCalls: round((own + inlined) / time) };
}

/** What would go of the time, if one thing about the machine were better; or what is said when none of them says anything. @param instructions all when left out */
function aboutLimits(profile: Profile, instructions: readonly number[] | undefined, machine: Microarchitecture, improved: Improvements): object {
  const limits = limitsOf(summed(profile, instructions), machine, improved);
  const none = unlimited(limits);
  const limitedBy = limitsTold(limits).slice(0, LIMITS).map(({ cause, words, gain }) => ({ cause, if: words, shareThatGoes: round(gain) }));
  return { limitedBy, ...(none ? { limitedByNone: none.words } : {}) };
}

/** @param own the line's time */
function aboutLine(profile: Profile, line: LinePlace, own: number, latency: Float64Array, time: number, machine: Microarchitecture): object {
  const inlined = sum(line.inlined, latency);
  const hottest = [...line.own].sort((a, b) => latency[b]! - latency[a]!);
  return {
    file: oneLine(line.file, 400),
    line: line.line,
    function: oneLine(profile.functions[profile.frameFunction[profile.frameStart[hottest[0]!]!]!]!),
    share: round(own / time),
    ...(inlined > 0 ? { shareWithInlinedCalls: round((own + inlined) / time) } : {}),
    ...timesOf(own, machine, line.executions, "cyclesEach"),
    executions: line.executions,
    instructions: line.own.length,
    instructionMix: mixOf(profile, line.own),
    hottestInstructions: hottest.slice(0, INSTRUCTIONS).map((i) => ({
      pc: `0x${profile.pcs[i]!.toString(16)}`,
      text: instructionText(profile, i),
      shareOfLine: round(latency[i]! / own),
      cyclesEach: round((latency[i]! * machine.freq_ghz) / profile.executions[i]!),
      executions: profile.executions[i]!,
    })),
  };
}

/** Kinds by their share of the executed instructions, most first. */
function mixOf({ encodings, executions }: Profile, instructions: readonly number[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const i of instructions) counts.set(kindOf(encodings[i]!), (counts.get(kindOf(encodings[i]!)) ?? 0) + executions[i]!);
  const all = [...counts.values()].reduce((a, b) => a + b, 0);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => [kind, round(count / all)]));
}

/** @returns place: undefined for the whole program */
function placeAsked(profile: Profile, question: CompareQuestion): { place: Place | undefined; of: object } {
  if (question.function !== undefined && question.line !== undefined) throw new UserError("question", "name a function or a line, not both");
  if (question.source !== undefined && question.line === undefined) throw new UserError("question", "source says which file a line is of; name the line, too");
  if (question.function !== undefined) {
    const functions = functionsNamed(placesOf(profile).functions, question.function);
    const place = functions.length === 1 ? functions[0]! : merged(functions);
    return { place, of: { kind: "function", names: functions.slice(0, NOTES).map((f) => oneLine(f.name)), executions: place.executions } };
  }
  if (question.line !== undefined) {
    const place = lineAsked(placesOf(profile).lines, question.line, question.source);
    return { place, of: { kind: "line", file: oneLine(place.file, 400), line: place.line, executions: place.executions } };
  }
  return { place: undefined, of: { kind: "program" } };
}

/** Functions that have no instruction in common but those inlined from one into another. */
function merged(functions: readonly FunctionPlace[]): Place {
  const own = functions.flatMap((f) => f.own);
  const known = new Set(own);
  return { own, inlined: [...new Set(functions.flatMap((f) => f.inlined))].filter((i) => !known.has(i)), executions: functions.reduce((n, f) => n + f.executions, 0) };
}

/** Of a line only some instructions. */
function partOf(profile: Profile, line: LinePlace, within: ReadonlySet<number>): LinePlace {
  const own = line.own.filter((i) => within.has(i));
  return { ...line, own, inlined: line.inlined.filter((i) => within.has(i)), executions: executionsOf(profile, own) };
}

/** By whole name, the linker's, or the last part: overloads and instances of a template alike. */
function functionsNamed(functions: readonly FunctionPlace[], name: string): FunctionPlace[] {
  const exact = functions.filter((f) => f.name === name || f.linkageName === name);
  const found = exact.length ? exact : functions.filter((f) => bareName(f.name) === name);
  if (found.length) return found;
  const near = nearest(name, functions.map((f) => bareName(f.name)));
  throw new UserError("question", `no function called "${oneLine(name)}" was executed${near === undefined ? "" : `; the nearest is "${oneLine(near)}"`}`);
}

function lineAsked(lines: readonly LinePlace[], line: number, source: string | undefined): LinePlace {
  const there = lines.filter((l) => l.line === line);
  const found = source === undefined ? there : there.filter((l) => endsWith(l.file, source));
  if (found.length === 1) return found[0]!;
  const where = source === undefined ? "" : ` of ${oneLine(source)}`;
  if (found.length) throw new UserError("question", `line ${line}${where} is there in ${found.length} files; say which by source: ${found.slice(0, 5).map((l) => oneLine(l.file)).join(", ")}`);
  const files = [...new Set(lines.filter((l) => source === undefined || endsWith(l.file, source)).map((l) => l.file))];
  if (source !== undefined && !files.length) throw new UserError("question", `nothing of ${oneLine(source)} was executed; there are ${[...new Set(lines.map((l) => l.file))].slice(0, 5).map((file) => oneLine(file)).join(", ")}`);
  throw new UserError("question", `no instruction of line ${line}${where} was executed`);
}

/** Whether a path is another's end, by whole names. */
function endsWith(path: string, end: string): boolean {
  const names = (text: string): string[] => text.split(/[\\/]/).filter((name) => name !== "" && name !== ".");
  const wanted = names(end);
  return wanted.length > 0 && names(path).slice(-wanted.length).join("/") === wanted.join("/");
}

const within80 = (time: number, [low, high]: [number, number]): number[] => [round(low * time), round(high * time)];

/** More digits would claim more than a prediction knows. */
const round = (value: number): number => Number(value.toPrecision(4));

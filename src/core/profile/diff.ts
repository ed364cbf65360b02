import { UserError } from "../errors";
import { integer, signedPercent } from "../format";
import { grouped } from "../grouped";
import type { Microarchitecture } from "../model/description";
import { sum } from "./attribution";
import { baseName, type FilePair, pairFiles } from "./diff-files";
import { type FunctionPlace, type LinePlace, type Place, type Places, placesOf } from "./places";
import { latencies, type Profile, type Provenance, total } from "./profile";

/**
 * What changed between two profiles: of two versions of the code, two sets of flags, two inputs. Matched once, priced on any machine.
 *
 * Lines are matched across edits by a line diff, though a report holds no text: it holds a hash of each line of the sources as
 * they were compiled (line-hashes.ts), and those are aligned. So a report that was made last year, or on another computer, can be
 * compared to what is there today, and neither its old sources nor git are asked. Where both are the same text, line numbers are
 * enough; where one is not known, only functions are compared, and `files` says so.
 *
 * Functions are matched by linkage name in the same file, then by name in it, then by linkage name in another file (moved), then
 * by where most of their lines went (renamed). Those that share all of a name and file are added up.
 */
export interface Matched {
  before: Profile;
  after: Profile;
  functions: Pair<FunctionPlace>[];
  lines: Pair<LinePlace>[];
  files: (FilePair & Instructions)[];
  /** instructions whose line is not known */
  withoutLine: Instructions;
  /** what the figures may not be compared without, in words */
  notes: string[];
}

/** What has become of a function or line. */
export type How = "same" | "edited" | "moved" | "renamed" | "new" | "gone";

export interface Pair<P extends Place> {
  how: How;
  /** undefined: new */
  before: P | undefined;
  /** undefined: gone */
  after: P | undefined;
}

/** Instructions of both profiles, by their numbers there. */
interface Instructions {
  ownBefore: number[];
  ownAfter: number[];
}

/** Nanoseconds on one machine. */
export interface Change {
  before: number;
  after: number;
}

interface Timed {
  time: Change;
}

/** A comparison on one machine. The changes of functions add up to the total's; so do those of lines, files that are compared by functions only, and `withoutLine`. */
export interface Diff {
  machine: Microarchitecture;
  total: Change;
  functions: (Pair<FunctionPlace> & Timed)[];
  lines: (Pair<LinePlace> & Timed)[];
  files: (FilePair & Timed)[];
  withoutLine: Change;
}

/** A change as a signed share of the time before; undefined where there was none. */
export const relative = ({ before, after }: Change): number | undefined => (before > 0 ? after / before - 1 : undefined);

/** Whether the time grew by more than a share of the time before. */
export const isSlower = (change: Change, threshold: number): boolean => change.after > change.before * (1 + threshold);

/** @throws UserError when times of the two mean different things: other models, other features */
export function match(before: Profile, after: Profile): Matched {
  const [b, a] = [before.provenance, after.provenance];
  if (b.model !== a.model || b.featureSet !== a.featureSet || before.dimensions !== after.dimensions) {
    const name = (p: typeof a): string => `${p.model}${b.model === a.model ? ` (features ${p.featureSet})` : ""}`;
    throw new UserError("report", `the two were made with different models, ${name(b)} before and ${name(a)} after: their times cannot be compared. Predict the older one again`);
  }
  const files = pairFiles(before, after);
  const places = [placesOf(before), placesOf(after)] as const;
  const lines = pairLines(files, places[0].lines, places[1].lines);
  return {
    before,
    after,
    lines: lines.pairs,
    functions: pairFunctions(files, places, lines.pairs),
    files: files.map((file) => ({ ...file, ...lines.byFile.get(file)! })),
    withoutLine: { ownBefore: places[0].withoutLine, ownAfter: places[1].withoutLine },
    notes: notesOf(before, after),
  };
}

export function price({ before, after, functions, lines, files, withoutLine }: Matched, machine: Microarchitecture): Diff {
  const [left, right] = [latencies(before, machine), latencies(after, machine)];
  const change = ({ ownBefore, ownAfter }: Instructions): Change => ({ before: sum(ownBefore, left), after: sum(ownAfter, right) });
  const priced = <P extends Place>(pair: Pair<P>): Pair<P> & Timed => ({ ...pair, time: change({ ownBefore: pair.before?.own ?? [], ownAfter: pair.after?.own ?? [] }) });
  return {
    machine,
    total: { before: total(left), after: total(right) },
    functions: functions.map(priced),
    lines: lines.map(priced),
    files: files.map(({ ownBefore, ownAfter, ...file }) => ({ ...file, time: change({ ownBefore, ownAfter }) })),
    withoutLine: change(withoutLine),
  };
}

function pairLines(files: readonly FilePair[], before: readonly LinePlace[], after: readonly LinePlace[]): { pairs: Pair<LinePlace>[]; byFile: Map<FilePair, Instructions> } {
  const [left, right] = [before, after].map((places) => grouped(places, (place) => place.file)) as [Map<string, LinePlace[]>, Map<string, LinePlace[]>];
  const pairs: Pair<LinePlace>[] = [];
  const byFile = new Map<FilePair, Instructions>();
  for (const file of files) {
    const there = left.get(file.before ?? "") ?? [];
    const here = new Map((right.get(file.after ?? "") ?? []).map((place) => [place.line, place]));
    byFile.set(file, { ownBefore: there.flatMap((place) => place.own), ownAfter: [...here.values()].flatMap((place) => place.own) });
    if (file.by === "functions") continue;
    for (const place of there) {
      const line = file.alignment ? file.alignment.after[place.line] : place.line;
      const partner = line === undefined ? undefined : here.get(line);
      if (partner) here.delete(partner.line);
      pairs.push({ before: place, after: partner, how: !partner ? "gone" : file.alignment?.edited[place.line] ? "edited" : "same" });
    }
    for (const place of here.values()) pairs.push({ before: undefined, after: place, how: "new" });
  }
  return { pairs, byFile };
}

function pairFunctions(files: readonly FilePair[], [left, right]: readonly [Places, Places], lines: readonly Pair<LinePlace>[]): Pair<FunctionPlace>[] {
  const homes = {
    before: new Map(files.map(({ before, after }) => [before, after ?? baseName(before!)] as const)),
    after: new Map(files.map(({ before, after }) => [after, before === undefined ? baseName(after!) : after!] as const)),
  };
  const home = (f: FunctionPlace, side: Side): string => homes[side].get(f.start?.file) ?? "";
  const rest = { before: left.functions, after: right.functions };
  const pairs: Pair<FunctionPlace>[] = [];
  const take = (how: How, key: (f: FunctionPlace, side: Side) => string): void => {
    const [there, here] = [grouped(rest.before, (f) => key(f, "before")), grouped(rest.after, (f) => key(f, "after"))];
    for (const [k, group] of here) {
      const partners = there.get(k);
      if (!partners) continue;
      pairs.push({ how, before: together(partners), after: together(group) });
      there.delete(k);
      here.delete(k);
    }
    rest.before = [...there.values()].flat();
    rest.after = [...here.values()].flat();
  };
  take("same", (f, side) => `${f.linkageName}\0${home(f, side)}`);
  take("same", (f, side) => `${f.name}\0${home(f, side)}`);
  take("moved", (f) => f.linkageName);
  const renamed = renamedTo(rest.before, rest.after, lines);
  const taken = new Set(renamed.values());
  for (const [before, after] of renamed) pairs.push({ how: "renamed", before, after });
  for (const before of rest.before) if (!renamed.has(before)) pairs.push({ how: "gone", before, after: undefined });
  for (const after of rest.after) if (!taken.has(after)) pairs.push({ how: "new", before: undefined, after });
  return pairs;
}

type Side = "before" | "after";

function together(functions: readonly FunctionPlace[]): FunctionPlace {
  if (functions.length === 1) return functions[0]!;
  return {
    ...functions[0]!,
    own: functions.flatMap((f) => f.own),
    inlined: functions.flatMap((f) => f.inlined),
    executions: functions.reduce((n, f) => n + f.executions, 0),
  };
}

/** Functions whose lines are, for the most part, lines of one other function now. */
function renamedTo(before: readonly FunctionPlace[], after: readonly FunctionPlace[], lines: readonly Pair<LinePlace>[]): Map<FunctionPlace, FunctionPlace> {
  const pairOf = (side: Side): Map<number, number> => new Map(lines.flatMap((pair, n) => (pair[side]?.own ?? []).map((i) => [i, n] as const)));
  const [left, right] = [pairOf("before"), pairOf("after")];
  const owner = new Map<number | undefined, FunctionPlace>();
  for (const f of after) for (const i of f.own) if (right.has(i)) owner.set(right.get(i), f);
  const found = new Map<FunctionPlace, FunctionPlace>();
  const taken = new Set<FunctionPlace>();
  for (const f of before) {
    const own = new Set(f.own.flatMap((i) => left.get(i) ?? []));
    const votes = new Map<FunctionPlace, number>();
    for (const n of own) {
      const to = owner.get(n);
      if (to) votes.set(to, (votes.get(to) ?? 0) + 1);
    }
    const most = [...votes].find(([to, count]) => 2 * count > own.size && !taken.has(to));
    if (!most) continue;
    found.set(f, most[0]);
    taken.add(most[0]);
  }
  return found;
}

/** What makes the two runs, and so their times, differ besides the code. */
function notesOf({ provenance: b }: Profile, { provenance: a }: Profile): string[] {
  const input = (p: Provenance): string => JSON.stringify(p.arguments) + (p.stdin === null ? "" : ` < ${p.stdin}`);
  const part = (p: Provenance): string => (p.whole ? "the whole run" : `a part of the run, ${integer(p.executed)} executed instructions${p.limit === null ? "" : ` (limit ${integer(p.limit)})`}`);
  const notes: string[] = [];
  if (b.programHash !== "" && b.programHash === a.programHash) notes.push("both are of the very same program");
  if (input(b) !== input(a)) notes.push(`the inputs differ: ${input(b)} before, ${input(a)} after`);
  if (!b.whole || !a.whole) {
    notes.push(`before is ${part(b)}, after is ${part(a)}: ${b.whole === a.whole ? "as many instructions need not be the same work" : "a part takes less time than the whole"}`);
  }
  if (b.skipped !== a.skipped) notes.push(`counting began after ${integer(b.skipped)} executed instructions before, after ${integer(a.skipped)} after`);
  if (b.exitStatus !== a.exitStatus) notes.push(`the runs ended in different ways: ${b.ended} before, ${a.ended} after`);
  if (b.traceSource !== a.traceSource) notes.push(`the traces are from different sources: ${b.traceSource} before, ${a.traceSource} after`);
  return notes;
}

/** Files of both whose lines are not compared, with the time of either on a machine, longest first. */
export function comparedByFunctions(diff: Diff): Diff["files"] {
  const longest = ({ time }: Timed): number => Math.max(time.before, time.after);
  return diff.files.filter((file) => file.by === "functions" && longest(file) > 0).sort((x, y) => longest(y) - longest(x));
}

/** "+12.0 % slower", "\u22123.0 % faster", "unchanged", "new", "gone". */
export function changeText(change: Change): string {
  const share = relative(change);
  if (share === undefined) return change.after > 0 ? "new" : "unchanged";
  if (change.after === 0) return "gone";
  return Math.abs(share) < 0.0005 ? "unchanged" : `${signedPercent(share)} ${share > 0 ? "slower" : "faster"}`;
}

import { duration, integer, percent, shortName, signedPercent, table } from "../core/format";
import { baseName } from "../core/profile/diff-files";
import { type Change, changeText, comparedByFunctions, type Diff, type Matched, relative } from "../core/profile/diff";
import type { Place } from "../core/profile/places";
import type { Profile } from "../core/profile/profile";

/** Changes below this share of the time are not listed, and no more than this many slower and faster ones. */
const WORTH = 0.001;
const SHOWN = 10;
const NAMED = 4;

/** What is compared, what differs besides the code, and how it was matched. */
export function diffHeading(oldName: string, newName: string, matched: Matched): string {
  const run = ({ provenance: p }: Profile): string => [p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : "") + `, ${integer(p.executed)} executed instructions, ${p.whole ? "whole run" : "part of the run"}: ${p.ended}`;
  return [`before: ${oldName}: ${run(matched.before)}`, `after:  ${newName}: ${run(matched.after)}`, ...matched.notes.map((note) => `  note: ${note}`), ...matchedBy(matched)].join("\n");
}

function matchedBy({ files }: Matched): string[] {
  const named = (what: string, wanted: Matched["files"]): string[] =>
    wanted.length ? [`  ${what}: ${wanted.slice(0, NAMED).map((f) => baseName(f.after ?? f.before!)).join(", ")}${wanted.length > NAMED ? ` and ${wanted.length - NAMED} more` : ""}`] : [];
  const both = files.filter((f) => f.before !== undefined && f.after !== undefined);
  return [
    ...named("lines matched by a line diff", both.filter((f) => f.by === "lines")),
    ...named("lines matched by number, the text is the same", both.filter((f) => f.by === "text")),
    ...named("by functions only, the text of either is not known or too different", both.filter((f) => f.by === "functions")),
    ...named("only before", files.filter((f) => f.after === undefined)),
    ...named("only after", files.filter((f) => f.before === undefined)),
  ];
}

/** @param texts a line of a source; "" where it is not as it was compiled */
export function diffListing(diff: Diff, texts: { before: Text; after: Text }): string {
  const { machine, total } = diff;
  const least = WORTH * Math.max(total.before, total.after);
  const functions = listed(diff.functions, least, "function", ({ how, before, after }) => {
    const name = shortName((after ?? before)!.name);
    return how === "same" ? name : how === "renamed" ? `${name} (was ${shortName(before!.name)})` : `${name} (${how})`;
  });
  const lines = listed(diff.lines, least, "line", ({ how, before, after }) => {
    const place = (after ?? before)!;
    const was = before && after && before.line !== after.line ? `, was ${before.line}` : "";
    const said = how === "same" ? was : `, ${how}${was}`;
    const text = (after ? texts.after : texts.before)(place.file, place.line).slice(0, 80);
    return `${baseName(place.file)}:${place.line}${said && ` (${said.slice(2)})`}${text && `  | ${text}`}`;
  });
  const unmatched = comparedByFunctions(diff);
  const time = unmatched.reduce<Change>((sum, f) => ({ before: sum.before + f.time.before, after: sum.after + f.time.after }), diff.withoutLine);
  return [
    `${machine.name}: ${machine.title}, ${machine.freq_ghz} GHz`,
    `  total ${duration(total.before)} before, ${duration(total.after)} after: ${signedNs(total)} ns, ${changeText(total)}`,
    "", functions ?? `no function changed by ${percent(WORTH)} of the time`,
    "", lines ?? `no line changed by ${percent(WORTH)} of the time`,
    ...(time.before || time.after ? ["", `without lines to compare: ${duration(time.before)} before, ${duration(time.after)} after`] : []),
  ].join("\n");
}

type Text = (file: string, line: number) => string;

/** Slower ones first, the largest change at the top; then faster ones. Undefined: nothing is worth a row. */
function listed<P extends { before: Place | undefined; after: Place | undefined; time: Change }>(pairs: readonly P[], least: number, what: string, name: (pair: P) => string): string | undefined {
  const change = ({ time }: P): number => time.after - time.before;
  const worth = pairs.filter((pair) => Math.abs(change(pair)) >= least && change(pair) !== 0).sort((a, b) => change(b) - change(a));
  const slower = worth.filter((pair) => change(pair) > 0);
  const faster = worth.filter((pair) => change(pair) < 0).reverse();
  if (!worth.length) return undefined;
  const executions = (place: Place | undefined): string => (place ? integer(place.executions) : "-");
  const row = (pair: P): string[] => [
    integer(pair.time.before), integer(pair.time.after), signedNs(pair.time), signedPercent(relative(pair.time)) || "new", executions(pair.before), executions(pair.after), name(pair),
  ];
  const rest = (all: P[], what: string): string[][] => (all.length > SHOWN ? [["", "", "", "", "", "", `… and ${all.length - SHOWN} more ${what} ones (--json has all)`]] : []);
  return table([
    ["ns before", "ns after", "change", "", "executions before", "after", what],
    ...slower.slice(0, SHOWN).map(row), ...rest(slower, "slower"),
    ...faster.slice(0, SHOWN).map(row), ...rest(faster, "faster"),
  ], [6]);
}

function signedNs({ before, after }: Change): string {
  const change = after - before;
  return `${change < 0 ? "\u2212" : "+"}${integer(Math.abs(change))}`;
}

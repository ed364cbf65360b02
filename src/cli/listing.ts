import { type Improvements, limitsOf, limitsTold, unlimited } from "../core/explore/limits";
import type { Microarchitecture } from "../core/model/description";
import { type Attribution, attribute, sum } from "../core/profile/attribution";
import type { Sureness } from "../core/profile/sureness";
import { byFile, SHOWN, shownLines, timeOf, WORTH } from "../core/profile/hot";
import { placesOf } from "../core/profile/places";
import { type CalledFunction, calledFunctions, callTimes, hasCalls } from "../core/profile/call-tree";
import { errorOf, isMeasuredOn, latencies, type Profile, total } from "../core/profile/profile";
import { summed } from "../core/profile/representation";
import { bar, duration, integer, oneLine, percent, short, signedPercent, table } from "../core/format";

const BAR = 12;
/** Characters of a command line. */
const COMMAND = 1000;

/** What the figures below it mean: program, input, machine, model, how much of the run, how sure. */
export function heading(profile: Profile, sure: string, unlike: string | undefined): string {
  const p = profile.provenance;
  const command = oneLine([p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : ""), COMMAND);
  const start = p.skipped ? ` after ${integer(p.skipped)} passed over` : "";
  return [
    `${command}`,
    `  ${integer(p.executed)} executed instructions${start}, ${p.whole ? "whole run" : "part of the run"}: ${p.ended}`,
    `  model ${p.model} (${p.runtime})${sure && `; ${sure}`}`,
    ...(profile.measured ? [`  measured by the trace${p.measuredOn ? ` on ${p.measuredOn}` : ""}: ${duration(total(profile.measured))}`] : []),
    ...(unlike === undefined ? [] : [`  warning: ${unlike}`]),
    ...p.warnings.map((w) => `  note: ${w}`),
  ].join("\n");
}

/**
 * The source with figures beside the lines that take time, file by file, and the hottest functions.
 * @param sourceOf text of a source file, or undefined when it cannot be read
 */
export function annotatedListing(profile: Profile, machine: Microarchitecture, sourceOf: (file: string) => string[] | undefined): string {
  const latency = latencies(profile, machine);
  const time = total(latency);
  const attribution = attribute(placesOf(profile), latency);
  const out = [
    `${machine.name}: ${machine.title}, ${machine.freq_ghz} GHz`,
    `  ${duration(time)}, ${short(time * machine.freq_ghz)} cycles, ${((time * machine.freq_ghz) / profile.provenance.executed).toFixed(2)} cycles per instruction`,
  ];
  const unread: string[] = [];
  for (const [file, lines] of byFile(attribution)) {
    const share = timeOf(lines) / time;
    if (share < WORTH) continue;
    const source = sourceOf(file);
    if (!source) unread.push(`${percent(share)} in ${file}`);
    else out.push("", `${file} (${percent(share)})`, fileListing(source, lines, time, machine.freq_ghz, profile.measured, isMeasuredOn(profile, machine)));
  }
  if (attribution.withoutLine / time >= WORTH) unread.push(`${percent(attribution.withoutLine / time)} in code without line information`);
  if (unread.length) out.push("", `elsewhere: ${unread.slice(0, 6).join("; ")}${unread.length > 6 ? "; …" : ""}`);
  out.push("", functionTable(attribution, time, machine.freq_ghz, hasCalls(profile) ? calledFunctions(profile.calls, callTimes(profile, machine)) : undefined));
  return out.join("\n");
}

/**
 * @param measured nanoseconds of every instruction as the trace has them: a column of its own
 * @param comparable it is of this machine: another column has the error
 */
function fileListing(source: string[], lines: Attribution["lines"], time: number, ghz: number, measured: Float64Array | null, comparable: boolean): string {
  const timed = new Map(lines.filter((l) => l.exclusive / time >= SHOWN).map((l) => [l.line, l]));
  const extra = (text: string, error = text): string[] => (measured ? [text, ...(comparable ? [error] : [])] : []);
  const rows = [["share", "", "ns", ...extra("measured", "error"), "cycles", "executions", "line", ""]];
  let previous = 0;
  for (const n of shownLines(lines, time, source.length)) {
    if (n !== previous + 1) rows.push(["", "", "", ...extra(""), "", "", "…", ""]);
    previous = n;
    const l = timed.get(n);
    const there = l && measured ? sum(l.own, measured) : 0;
    const text = `| ${source[n - 1]!.replaceAll("\t", "    ").slice(0, 100)}`;
    rows.push(
      l
        ? [percent(l.exclusive / time), bar(l.exclusive / time, BAR), integer(l.exclusive), ...extra(integer(there), signedPercent(errorOf(l.exclusive, there))), integer(l.exclusive * ghz), integer(l.executions), String(n), text]
        : ["", "", "", ...extra(""), "", "", String(n), text],
    );
  }
  return table(rows, [1, rows[0]!.length - 1]);
}

/** @param called with what they call, by their number; undefined where calls are not known */
function functionTable(attribution: Attribution, time: number, ghz: number, called: ReadonlyMap<number, CalledFunction> | undefined): string {
  const withCalls = (f: number): string => (called?.has(f) ? percent(called.get(f)!.inclusive / time) : "");
  const rows = [["share", "", "ns", "cycles", "inclusive", ...(called ? ["with calls"] : []), "function"]];
  for (const f of attribution.functions.slice(0, 8)) {
    if (f.exclusive / time < WORTH) break;
    rows.push([percent(f.exclusive / time), bar(f.exclusive / time, BAR), integer(f.exclusive), integer(f.exclusive * ghz), percent(f.inclusive / time), ...(called ? [withCalls(f.number)] : []), f.name]);
  }
  return table(rows, [1, rows[0]!.length - 1]);
}

/** What would go of the whole time if one thing about the machine were better; "" for a machine that is not described. */
export function limitTable(profile: Profile, machine: Microarchitecture, improved: Improvements): string {
  const limits = limitsOf(summed(profile), machine, improved);
  const told = limitsTold(limits).map(({ gain, cause, words }) => [percent(gain), bar(gain, BAR), cause, `if ${words}`]);
  if (!told.length) return unlimited(limits)?.words ?? "";
  return table([["less time", "", `what limits it on ${machine.name}`, ""], ...told], [1, 2, 3]);
}

/** Time, with the interval that holds it for four programs of five, and cycles per instruction on every machine, fastest first. */
export function comparison(profile: Profile, machines: readonly Microarchitecture[], sure: Sureness | undefined): string {
  const times = machines.map((machine) => ({ machine, time: total(latencies(profile, machine)) })).sort((a, b) => a.time - b.time);
  const slowest = times.at(-1)!.time;
  const rows = [["machine", "GHz", "time", ...(sure ? ["80 % within"] : []), "", "cycles", "CPI", "speed-up", ""]];
  const measured = profile.measured && total(profile.measured);
  for (const { machine, time } of times) {
    const cycles = time * machine.freq_ghz;
    rows.push([
      machine.name, machine.freq_ghz.toFixed(2), duration(time), ...(sure ? [between(time, sure.interval("program", machine))] : []), bar(time / slowest, BAR), short(cycles),
      (cycles / profile.provenance.executed).toFixed(2), `${(slowest / time).toFixed(2)}x`,
      isMeasuredOn(profile, machine) ? `${machine.title}; measured ${duration(measured!)}, error ${signedPercent(errorOf(time, measured!))}` : machine.title,
    ]);
  }
  return table(rows, sure ? [0, 4, 8] : [0, 3, 7]);
}

const between = (time: number, [low, high]: [number, number]): string => `${duration(low * time)} \u2026 ${duration(high * time)}`;

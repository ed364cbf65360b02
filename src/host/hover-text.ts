/** What a hover says, as Markdown. Names from programs are not to be trusted: they go in as code. Knows nothing of VS Code. */
import { duration, integer, percent, short, signedDuration, signedPercent } from "../core/format";
import type { Microarchitecture, ModelDescription } from "../core/model/description";
import { howSure } from "../core/model/summary";
import { errorOf, isMeasuredOn, total } from "../core/profile/profile";
import type { Place, FunctionPlace } from "../core/profile/places";
import { sum, type LineTime } from "../core/profile/attribution";
import { changeText, type Diff } from "../core/profile/diff";
import { disassemble } from "../core/program/disassemble";
import type { Comparison } from "./baselines";
import type { Result } from "./result";

/** Instructions that are listed at most, the slowest of a line. */
const INSTRUCTIONS = 12;

/** Text as inline code that neither ends early nor splits a table. */
export function code(text: string, longest = 120): string {
  const clean = text.replace(/[`\r\n]/g, " ").replaceAll("|", "\\|").slice(0, longest);
  return `\`${clean || " "}\``;
}

export function lineText(result: Result, line: LineTime, machines: readonly Microarchitecture[], stale: boolean, compared?: Comparison): string {
  return [
    summary(`Line ${line.line}${stale ? " *(edited since)*" : ""}`, result, line, machines[0]!),
    ...(compared ? [changeOf("This line", compared, compared.line(line))] : []),
    comparison(result, line, machines),
    instructions(result, line, machines[0]!),
  ].join("\n\n");
}

export function functionText(result: Result, place: FunctionPlace, machines: readonly Microarchitecture[], compared?: Comparison): string {
  return [
    summary(`Function ${code(place.name)}`, result, place, machines[0]!),
    ...(compared ? [changeOf("This function", compared, compared.function(place))] : []),
    comparison(result, place, machines),
  ].join("\n\n");
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

/** What the numbers were measured with: input, how much of the run, model, how sure. */
export function provenanceText(result: Result, model: ModelDescription): string {
  const p = result.profile.provenance;
  const command = [p.program, ...p.arguments].join(" ") + (p.stdin ? ` < ${p.stdin}` : "");
  const part = p.whole ? `the whole run${p.limit === null ? "" : `, which stayed below the limit of ${integer(p.limit)}`}` : "part of the run";
  const skipped = p.skipped ? ` after ${integer(p.skipped)} passed over` : "";
  const sure = howSure(model);
  return (
    `${code(command)}: ${integer(p.executed)} executed instructions${skipped}, ${part} (${code(p.ended)}). ` +
    `Predicted by ${code(p.model)}, ${result.profile.measured ? "beside what the trace measured" : "not measured"}${sure && `: ${sure}`}.`
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
    const predicted = row(code(machine.name), own, percent(own / pricing.time));
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
      const text = encodings[i] ? disassemble(encodings[i]!, pcs[i]!) : "";
      const each = executions[i] ? short((latency[i]! * machine.freq_ghz) / executions[i]!) : "";
      return tableRow(`\`${pcs[i]!.toString(16)}\``, text ? code(text) : "", integer(executions[i]!), each, duration(latency[i]!));
    });
  const left = place.own.length - slowest.length;
  const more = left ? [`\n${left} faster ones are not listed.`] : [];
  return [tableRow("pc", "instruction", "executions", "cycles each", "time"), "|:--|:--|--:|--:|--:|", ...rows, ...more].join("\n");
}

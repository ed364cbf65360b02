import { duration, integer, percent, short, signedPercent } from "../../format";
import type { Microarchitecture } from "../../model/description";
import { describeMachine } from "../../model/summary";
import { type Attribution, attribute, type Timed } from "../../profile/attribution";
import { type CalledFunction, calledFunctions, calledName, callTimes, hasCalls } from "../../profile/call-tree";
import { byFile, SHOWN, shownLines, timeOf, WORTH } from "../../profile/hot";
import { placesOf } from "../../profile/places";
import { type CallTree, errorOf, isMeasuredOn, latencies, type Profile, total } from "../../profile/profile";
import type { Here } from "./here";
import { html, type Markup } from "./markup";
import { STYLE } from "./html-style";
import { commandOf } from "./text";

/** Rows of the tables of lines and functions, and characters of a source line. */
const ROWS = 50;
const COLUMNS = 200;
const BAR = 120;

/**
 * A page that stands alone: no script, nothing from elsewhere. All machines are compared; lines, functions and source are of
 * the first. Every time is a <data> element whose value is nanoseconds, and those of a table's body add up to its foot, where it has one.
 */
export function page(profile: Profile, machines: readonly Microarchitecture[], here: Here): string {
  const { provenance: p, measured } = profile;
  const machine = machines[0]!;
  const latency = latencies(profile, machine);
  const time = total(latency);
  const attribution = attribute(placesOf(profile), latency);
  const command = commandOf(p);
  const { core, clock, caches, made } = describeMachine(machine);
  const start = p.skipped ? ` after ${integer(p.skipped)} passed over` : "";
  const body = html`<header>
<h1>Predicted time of <code>${command}</code></h1>
<p>${integer(p.executed)} executed instructions${start}, ${p.whole ? "the whole run" : "part of the run"}: ${p.ended}.
Predicted by ${p.model} (${p.runtime})${measured ? html`, beside what the trace measured${p.measuredOn ? ` on ${p.measuredOn}` : ""}: ${timed(total(measured))}` : ", not measured"}${here.sure && `: ${here.sure}`}.</p>
${p.warnings.length ? html`<ul>${p.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>` : ""}
</header>
<main>
<h2>Machines</h2>
${comparison(profile, machines)}
<h2>On ${machine.name}</h2>
<p>${machine.title}: ${[core, clock, caches, made].filter(Boolean).join(", ")}. Lines, functions and source below are of this machine.</p>
${lineTable(attribution, time, machine)}
${functionTable(attribution, time, machine)}
${hasCalls(profile) ? callTable(profile, time, machine) : ""}
<h2>Source on ${machine.name}</h2>
${sources(attribution, time, machine, here)}
</main>`;
  return `${html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>PerfVec: ${command}</title>
${STYLE}
</head>
<body>
${body}
</body>
</html>`.markup}\n`;
}

const timed = (ns: number): Markup => html`<data value="${ns}">${duration(ns)}</data>`;

/** Its figure stands beside it, so a bar says nothing to who cannot see it. */
const bar = (share: number): Markup =>
  html`<svg width="${BAR}" height="10" viewBox="0 0 ${BAR} 10" aria-hidden="true"><rect width="${(BAR * share).toFixed(1)}" height="10"></rect></svg>`;

/** `part` / `whole`; 0 where there is no time at all. */
const shareOf = (part: number, whole: number): number => (whole ? part / whole : 0);

const textual = (name: string): Markup => html`<th scope="col" class="text">${name}</th>`;
const columns = (...names: (string | Markup)[]): Markup[] => names.map((name) => (typeof name === "string" ? html`<th scope="col">${name}</th>` : name));

/** A table that scrolls by itself, also from the keyboard. */
const table = (caption: string, head: Markup[], rows: Markup[], foot?: Markup): Markup => html`<div class="wide" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody>
${foot ? html`<tfoot>${foot}</tfoot>` : ""}
</table></div>`;

function comparison(profile: Profile, machines: readonly Microarchitecture[]): Markup {
  const { executed } = profile.provenance;
  const all = machines.map((machine) => ({ machine, time: total(latencies(profile, machine)) })).sort((a, b) => a.time - b.time);
  const slowest = all.at(-1)!.time;
  const measured = profile.measured ? total(profile.measured) : undefined;
  const rows = all.map(({ machine, time }) => {
    const cycles = time * machine.freq_ghz;
    const error = isMeasuredOn(profile, machine) ? `; ${signedPercent(errorOf(time, measured))} of what was measured` : "";
    return html`<tr><th scope="row" class="text">${machine.name}</th><td>${machine.freq_ghz.toFixed(2)}</td><td>${timed(time)}${bar(shareOf(time, slowest))}</td><td>${short(cycles)}</td><td>${(cycles / executed).toFixed(2)}</td><td>${time ? `${(slowest / time).toFixed(2)}×` : ""}</td><td class="text">${machine.title}${error}</td></tr>\n`;
  });
  return table("Predicted time of the run, fastest machine first", columns(textual("Machine"), "GHz", "Time", "Cycles", "Cycles per instruction", "Speed-up", textual("What it is")), rows);
}

/** Hottest first, as long as they are worth a row. */
const worth = <T extends Timed>(all: readonly T[], time: number): T[] => all.filter((t) => t.exclusive > 0 && t.exclusive / time >= SHOWN).slice(0, ROWS);

function figures(own: number, time: number, { freq_ghz }: Microarchitecture): Markup {
  return html`<td>${percent(shareOf(own, time))}${bar(shareOf(own, time))}</td><td>${timed(own)}</td><td>${short(own * freq_ghz)}</td>`;
}

const FIGURES = ["Share", "Time", "Cycles"];
const row = (head: Markup, figures: Markup, executions: number | undefined, inclusive: string): Markup =>
  html`<tr>${head}${figures}<td>${executions === undefined ? "" : integer(executions)}</td><td>${inclusive}</td></tr>\n`;

const rest = (name: string, ns: number, time: number, machine: Microarchitecture): Markup[] =>
  ns > 0 ? [row(html`<th scope="row" class="text">${name}</th>`, figures(ns, time, machine), undefined, "")] : [];

function lineTable(attribution: Attribution, time: number, machine: Microarchitecture): Markup {
  const lines = worth(attribution.lines, time);
  const rows = lines.map((l) =>
    row(html`<th scope="row" class="text"><code>${l.file}:${l.line}</code></th>`, figures(l.exclusive, time, machine), l.executions, percent(shareOf(l.inclusive, time))),
  );
  rows.push(...rest("code without line information", attribution.withoutLine, time, machine));
  rows.push(...rest("all other lines", timeOf(attribution.lines.slice(lines.length)), time, machine));
  return table(`Hottest lines on ${machine.name}`, columns(textual("Line"), ...FIGURES, "Executions", "With inlined calls"), rows, foot(time, machine));
}

function functionTable(attribution: Attribution, time: number, machine: Microarchitecture): Markup {
  const functions = worth(attribution.functions, time);
  const rows = functions.map((f) =>
    row(html`<th scope="row" class="text"><code>${f.name}</code></th>`, figures(f.exclusive, time, machine), f.executions, percent(shareOf(f.inclusive, time))),
  );
  const others = attribution.functions.slice(functions.length).reduce((ns, f) => ns + f.exclusive, 0);
  rows.push(...rest("all other functions", others, time, machine));
  return table(`Hottest functions on ${machine.name}`, columns(textual("Function"), ...FIGURES, "Executions", "With inlined calls"), rows, foot(time, machine));
}

/** Functions by what they take with everything they call; a recursive call's time is part of the outer one's. */
function callTable(profile: Profile & { calls: CallTree }, time: number, machine: Microarchitecture): Markup {
  const called = [...calledFunctions(profile.calls, callTimes(profile, machine)).values()].filter((f) => f.inclusive > 0 && f.inclusive / time >= SHOWN);
  called.sort((a, b) => b.inclusive - a.inclusive || a.function - b.function);
  // Calls of itself are no one else's.
  const callerOf = ({ function: f, callers }: CalledFunction): string => {
    const caller = callers.find((c) => c.function !== f);
    return caller ? calledName(profile, caller.function) : "";
  };
  const rows = called.slice(0, ROWS).map((one) => ({ ...one, f: one.function, caller: callerOf(one) })).map(({ f, inclusive, exclusive, calls, caller }) =>
    html`<tr><th scope="row" class="text"><code>${calledName(profile, f)}</code></th>${figures(inclusive, time, machine)}<td>${percent(shareOf(exclusive, time))}</td><td>${integer(calls)}</td><td class="text"><code>${caller}</code></td></tr>\n`,
  );
  return table(`Functions with everything they call, on ${machine.name}`, columns(textual("Function"), ...FIGURES, "Itself", "Calls", textual("Most of it for")), rows);
}

const foot = (time: number, machine: Microarchitecture): Markup => row(html`<th scope="row" class="text">total</th>`, figures(time, time, machine), undefined, "");

function sources(attribution: Attribution, time: number, machine: Microarchitecture, here: Here): Markup {
  const hot = byFile(attribution).filter(([, lines]) => lines.some((l) => l.exclusive > 0 && l.exclusive / time >= WORTH));
  const missing: Markup[] = [];
  const tables = hot.flatMap(([file, lines]) => {
    const share = percent(shareOf(timeOf(lines), time));
    const source = here.sourceOf(file);
    if (source) return [html`${sourceTable(file, share, source, lines, time, machine)}\n`];
    missing.push(html`<li>${share} in <code>${file}</code></li>`);
    return [];
  });
  return html`${tables}${missing.length ? html`<p>Not shown, for the source cannot be read here, or is not the one that was compiled:</p>\n<ul>${missing}</ul>` : ""}`;
}

function sourceTable(file: string, share: string, source: string[], lines: Attribution["lines"], time: number, machine: Microarchitecture): Markup {
  const timedLines = new Map(lines.filter((l) => l.exclusive / time >= SHOWN).map((l) => [l.line, l]));
  let previous = 0;
  const rows = shownLines(lines, time, source.length).map((n) => {
    const gap = n === previous + 1 ? "" : html`<tr><td colspan="6" class="text">…</td></tr>\n`;
    previous = n;
    const l = timedLines.get(n);
    const text = source[n - 1]!.replaceAll("\t", "    ");
    const cut = text.length > COLUMNS ? `${text.slice(0, COLUMNS)}…` : text;
    return html`${gap}<tr><th scope="row">${n}</th><td class="text"><code>${cut}</code></td>${l ? figures(l.exclusive, time, machine) : html`<td colspan="3"></td>`}<td>${l ? integer(l.executions) : ""}</td></tr>\n`;
  });
  return table(`${file} (${share} of the time)`, columns("Line", textual("Source"), ...FIGURES, "Executions"), rows);
}

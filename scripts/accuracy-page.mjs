// docs/accuracy.md and its pictures, from what `perfvec evaluate --json` wrote.
// usage: node scripts/accuracy-page.mjs EVALUATION.json
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const PICTURES = path.join(root, "docs", "accuracy");
const KINDS = { seenMachines: "machines of the library", unseenMachines: "machines by their parameters", fittedMachines: "machines fitted on three programs" };
const BASELINES = { instructionCounts: "executed instructions", opClass: "mean per op class", opClassLru: "op class and LRU" };
const COLOURS = { seenMachines: "#1f77b4", unseenMachines: "#d95f02", fittedMachines: "#1b9e77" };

const percent = (share) => (share === undefined || share === null ? "–" : `${(100 * share).toFixed(1)} %`);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const errorOf = (row) => Math.abs(row.predictedNs / row.trueNs - 1);
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** White behind it, so that it can be read on a dark page, too. */
const svg = (width, height, title, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="12"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>${body.join("")}</svg>\n`;
const label = (x, y, text, more = "") => `<text x="${x}" y="${y}" fill="#222" ${more}>${escaped(text)}</text>`;

/** Horizontal bars, a value each; a thin one to its largest. */
function bars(title, rows) {
  const [left, right, step] = [230, 90, 18];
  const width = 760;
  const most = Math.max(...rows.map((r) => r.value));
  const scale = (v) => ((width - left - right) * v) / most;
  const body = rows.flatMap(({ name, value, colour = "#1f77b4" }, i) => {
    const y = 34 + i * step;
    return [label(left - 8, y + 11, name, 'text-anchor="end"'), `<rect x="${left}" y="${y}" width="${scale(value).toFixed(1)}" height="13" fill="${colour}"/>`, label(left + scale(value) + 6, y + 11, percent(value))];
  });
  return svg(width, 44 + rows.length * step, title, [label(12, 20, title, 'font-weight="bold"'), ...body]);
}

function scatter(title, rows) {
  const [size, margin] = [520, 60];
  const logs = rows.flatMap((r) => [Math.log10(r.trueNs), Math.log10(r.predictedNs)]);
  const [low, high] = [Math.floor(4 * Math.min(...logs)) / 4, Math.ceil(4 * Math.max(...logs)) / 4];
  const at = (log) => margin + ((log - low) / (high - low)) * (size - 2 * margin);
  const ticks = Array.from({ length: 20 }, (_, power) => power).filter((power) => power >= low && power <= high);
  const tick = (power) => (power >= 6 ? `${10 ** (power - 6)} ms` : power >= 3 ? `${10 ** (power - 3)} µs` : `${10 ** power} ns`);
  const dots = Object.keys(KINDS).flatMap((kind) => rows.filter((r) => r.kind === kind).map((r) => `<circle cx="${at(Math.log10(r.trueNs)).toFixed(1)}" cy="${(size - at(Math.log10(r.predictedNs))).toFixed(1)}" r="2" fill="${COLOURS[kind]}" fill-opacity="0.6"/>`));
  return svg(size, size, title, [
    label(12, 20, title, 'font-weight="bold"'),
    ...ticks.flatMap((t) => [
      `<path d="M${at(t)} ${margin}V${size - margin}M${margin} ${size - at(t)}H${size - margin}" stroke="#ddd"/>`,
      label(at(t), size - margin + 18, tick(t), 'text-anchor="middle"'), label(margin - 6, size - at(t) + 4, tick(t), 'text-anchor="end"'),
    ]),
    `<path d="M${margin} ${size - margin}L${size - margin} ${margin}" stroke="#888"/>`,
    ...dots,
    label(size / 2, size - 18, "gem5", 'text-anchor="middle"'), label(14, size / 2, "predicted", `transform="rotate(-90 14 ${size / 2})" text-anchor="middle"`),
    ...Object.entries(KINDS).map(([kind, words], i) => `<circle cx="${margin + 14}" cy="${margin + 16 + i * 18}" r="4" fill="${COLOURS[kind]}"/>${label(margin + 24, margin + 20 + i * 18, words)}`),
  ]);
}

function by(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return [...groups].map(([name, own]) => ({ name, rows: own, value: mean(own.map(errorOf)) })).sort((a, b) => b.value - a.value);
}

const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${head.map((_, i) => (i ? "--:" : ":--")).join("|")}|`, ...rows.map((r) => `| ${r.join(" | ")} |`)].join("\n");
const picture = (file, words) => `![${words}](accuracy/${file})`;

function groupSection({ title, programError, profileError, hotLineRecall5, hotLineTime5, coverage, kendall, baselines }, rows, name) {
  const seen = rows.filter((r) => r.kind === "seenMachines");
  const errors = (of, kind) => (of.programError[kind] ? ["mean", "median", "max"].map((k) => percent(of.programError[kind][k])) : ["–", "–", "–"]);
  const main = Object.entries(KINDS).filter(([kind]) => programError[kind]).map(([kind, words]) => [`PerfVec Lens, ${words}`, ...errors({ programError }, kind), percent(coverage.program[kind])]);
  const others = Object.entries(BASELINES).flatMap(([key, words]) => Object.entries(KINDS).filter(([kind]) => baselines[key].programError[kind]).map(([kind, where]) => [`${words}, ${where}`, ...errors(baselines[key], kind), ""]));
  writeFileSync(path.join(PICTURES, `${name}-times.svg`), scatter("Predicted and simulated times, a dot a program and machine", rows));
  writeFileSync(path.join(PICTURES, `${name}-programs.svg`), bars("Mean error of each program, machines of the library", by(seen, "run").slice(0, 40)));
  writeFileSync(path.join(PICTURES, `${name}-machines.svg`), bars("Mean error of each machine: the 20 worst, and all that are not in the library", [
    ...by(seen, "machine").slice(0, 20), ...by(rows.filter((r) => r.kind === "unseenMachines"), "machine").map((m) => ({ ...m, name: `${m.name} (by parameters)`, colour: COLOURS.unseenMachines })),
  ]));
  writeFileSync(path.join(PICTURES, `${name}-baselines.svg`), bars("Mean error, machines of the library", [
    { name: "PerfVec Lens", value: programError.seenMachines.mean }, ...Object.entries(BASELINES).map(([key, words]) => ({ name: words, value: baselines[key].programError.seenMachines.mean, colour: "#999" })),
  ]));
  const lines = profileError.line === undefined ? [] : [["per source line", percent(profileError.line), ...Object.keys(BASELINES).map((b) => percent(baselines[b].profileError.line))], ["hot-line recall of 5", percent(hotLineRecall5), ...Object.keys(BASELINES).map((b) => percent(baselines[b].hotLineRecall5))], ["time that the predicted five cover", percent(hotLineTime5), ...Object.keys(BASELINES).map((b) => percent(baselines[b].hotLineTime5))]];
  return [
    `## ${title[0].toUpperCase()}${title.slice(1)}`,
    `${new Set(rows.map((r) => r.run)).size} runs on ${new Set(rows.map((r) => r.machine)).size} machines. Error of the whole time, and how often 80 % intervals held the truth.`,
    table(["", "mean", "median", "worst", "in 80 %"], [...main, ...others]),
    table(["Profile, ranking", "PerfVec Lens", ...Object.values(BASELINES)], [["profile error per instruction", percent(profileError.instruction), ...Object.keys(BASELINES).map((b) => percent(baselines[b].profileError.instruction))], ...lines, ["Kendall's tau over machines", kendall?.toFixed(3) ?? "–", ...Object.keys(BASELINES).map((b) => baselines[b].kendall?.toFixed(3) ?? "–")]]),
    ...(coverage.line === undefined ? [] : [`80 % intervals of lines held ${percent(coverage.line)} of those predicted to take 1 % or more.`]),
    picture(`${name}-times.svg`, "predicted against simulated times"),
    picture(`${name}-baselines.svg`, "mean errors beside three baselines"),
    picture(`${name}-programs.svg`, "mean error of each program"),
    picture(`${name}-machines.svg`, "mean error of machines"),
    `<details><summary>Every program and machine</summary>\n\n${table(["program", "mean", "machines"], by(seen, "run").map((g) => [g.name, percent(g.value), g.rows.length]))}\n\n${table(["machine", "mean", "programs"], by(rows.filter((r) => r.kind !== "fittedMachines"), "machine").map((g) => [g.name, percent(g.value), g.rows.length]))}\n\n</details>`,
  ].join("\n\n");
}

const evaluation = JSON.parse(readFileSync(process.argv[2], "utf8"));
mkdirSync(PICTURES, { recursive: true });
const rowsOf = (group) => evaluation.runs.filter((r) => r.group === group.title);
const { changes, largerCaches, limitsTold } = evaluation;
const change = (level) => changes[level] && [`of a ${level}'s time`, percent(changes[level].error), percent(changes[level].noChange), changes[level].count];
const parts = [
  "# How accurate",
  "Made by `npm run evaluate` from the shipped model, features and machines, and gem5's times of a labelled data set ([gem5.md](gem5.md), A data set). Nothing that is scored was used for training or fitting. Program error: |predicted − gem5| / gem5 of the whole time. Profile error: half the L1 distance of shares of time. A fitted machine is fitted on three other programs.",
  groupSection(evaluation, rowsOf(evaluation), "kept-out"),
  ...evaluation.others.map((group, i) => groupSection(group, rowsOf(group), `others-${i + 1}`)),
  ...(changes.program ? ["## What one change of a machine does", "Where the data set has a machine and the same with one thing made better (`base+change`): how far off the predicted change is, in shares of the time before, by the encoder alone. Functions and lines are those of 5 % of the time and more; a trace has no symbols, so a function begins where a call leads.", table(["", "error", "when no change is predicted", "how many"], ["program", "function", "line"].map(change).filter(Boolean)), ...(limitsTold === undefined ? [] : [`Of ${percent(limitsTold.named)} of the time of lines that take 5 % or more, the product names a change that takes 5 % of it away. Of ${percent(limitsTold.ownResults)} it finds that all changes at once take less than 5 %, so that it seems to wait for its own results${limitsTold.ownHeld === undefined ? "" : ` (the data set has no machine with all of them; but of this time, ${percent(limitsTold.ownHeld)} is of lines that take no tenth fewer cycles on any other machine of the kind that gem5 ran them on)`}. Of the rest it says that several things hold it up, and which cannot be told.`])] : []),
  ...(largerCaches ? ["## Larger caches", `A cache four times as large that answers as fast as before cannot hurt. Of ${largerCaches.count} such changes (L1I, L1D, L2; every machine of the library, every run) the encoder says of ${percent(largerCaches.slower)} that the run takes over 1 % longer, at worst ${percent(largerCaches.worst)}.`] : []),
];
writeFileSync(path.join(root, "docs", "accuracy.md"), `${parts.join("\n\n")}\n`);

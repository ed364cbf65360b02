/** The page of the exploration: a heatmap of a grid of designs, time against cost, and tables of the best. It prices by itself. */
import { UserError } from "../../src/core/errors";
import { duration, integer } from "../../src/core/format";
import { parametersOf, type Value } from "../../src/core/model/derive";
import { type Encoder, parseEncoder } from "../../src/core/model/encoder";
import type { Parameter } from "../../src/core/model/parameters";
import { type Plan, planOf, type Query } from "../../src/core/explore/plan";
import { element, labelled, onTheme } from "../dom";
import { axisFields, otherFields, select } from "./controls";
import { Heatmap } from "./heatmap";
import { Pareto } from "./pareto";
import { type Priced, priceNearly, pricing } from "./pricing";
import type { ExploreView, Format, ToHost, ToPage } from "./protocol";
import { RAMP, rangeOf } from "./ramp";
import { fitted, START, type State, stateOf } from "./state";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void; getState(): unknown; setState(state: State): void };
const host = acquireVsCodeApi();
const main = document.getElementById("main")!;
const status = document.getElementById("status")!;

/** Designs in a table. */
const SHOWN = 20;
/** Milliseconds without a change after which it is priced exactly, and those of a turn of that. */
const REST = 150;
const TURN = 8;

const saved = stateOf(host.getState());
let state = saved ?? START;
let encoder: Encoder | undefined;
let view: ExploreView | undefined;
let parameters = new Map<string, Parameter>();
let plan: Plan | undefined;
let priced: Priced | undefined;

function remember(change: Partial<State>): void {
  state = { ...state, ...change };
  host.setState(state);
}

function ask(change: Partial<Query>): void {
  remember({ query: { ...state.query, ...change } });
  move();
}

const programs = (): ExploreView["programs"] => view!.programs.filter(({ id }) => state.program === "" || id === state.program);

const problem = element("p", { class: "problem", role: "alert" });
const readout = element("output", { class: "readout" });
const about = element("p", { class: "about" });
const legend = element("figcaption", { class: "legend" });
const heatmap = new Heatmap((design) => (readout.textContent = tell(design)));
const pareto = new Pareto();
const rowsLabel = element("p", { class: "axis-label" });
const columnsLabel = element("p", { class: "axis-label columns" });
const paretoLabel = element("figcaption");
const tables = element("div", { class: "tables" });

const action = (text: string, act: () => void): HTMLElement => {
  const button = element("button", { class: "action", type: "button" }, text);
  button.addEventListener("click", act);
  return button;
};
const exported = (format: Format): void => host.postMessage({ type: "export", format, wanted: { start: view!.start.name, program: state.program, query: state.query } });
const actions = element(
  "div",
  { class: "actions" },
  action("Save as machine…", () => priced && save(heatmap.at < 0 ? priced.best : heatmap.at)),
  action("Export CSV…", () => exported("csv")),
  action("Export JSON…", () => exported("json")),
);
const seen = element("div", { class: "seen" });
seen.append(
  element("figure", {}, rowsLabel, heatmap.canvas, columnsLabel, legend, readout),
  element("figure", {}, pareto.canvas, paretoLabel),
);

function save(design: number): void {
  if (!plan) return;
  const values = plan.space.valuesOf(design);
  host.postMessage({ type: "save", start: view!.start.name, changes: [...state.query.changes, ...plan.space.axes.map((axis, a): [string, Value] => [axis.path, values[a]!])] });
}

/** Of several programs, there is no time but that relative to the machine in the middle. */
function timeText(time: number): string {
  const chosen = programs();
  if (chosen.length === 1) return duration(time);
  return `${(time / startTime()).toFixed(3)}×`;
}

function startTime(): number {
  const { vector } = view!.start;
  const logs = programs().map(({ representation }) => Math.log(representation.reduce((t, r, k) => t + r * vector[k]!, 0)));
  return Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
}

const unitOf = (path: string): string => parameters.get(path)?.unit ?? "";

function designText(design: number): string {
  const values = plan!.space.valuesOf(design);
  return plan!.space.axes.map((axis, a) => `${axis.path} ${String(values[a])} ${unitOf(axis.path)}`.trim()).join(", ");
}

function tell(design: number): string {
  const { time, cost, objective, best } = priced!;
  const ratio = (objective[design]! / objective[best]!).toFixed(3);
  return `${designText(design)}: time ${timeText(time[design]!)}, cost ${cost[design]!.toPrecision(4)}, objective ${design === best ? "the best" : `${ratio} of the best`}`;
}

let frame = 0;
let rest: ReturnType<typeof setTimeout> | undefined;

/** Something has changed: the next frame shows it, and when it rests it is priced exactly. */
function move(): void {
  clearTimeout(rest);
  if (frame === 0) frame = requestAnimationFrame(draw);
}

function draw(): void {
  frame = 0;
  if (!view || !encoder || programs().length === 0) return;
  try {
    plan = planOf(view.start, state.query, parameters, encoder);
    show(priceNearly(plan, programs().map((p) => p.representation)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problem.textContent = error.message;
    main.classList.add("wrong");
    return;
  }
  problem.textContent = "";
  main.classList.remove("wrong");
  tables.setAttribute("aria-busy", "true");
  rest = setTimeout(() => refine(pricing(plan!, programs().map((p) => p.representation))), REST);
}

function refine(work: Generator<void, Priced>): void {
  for (const end = performance.now() + TURN; performance.now() < end; ) {
    const step = work.next();
    if (!step.done) continue;
    show(step.value);
    showTables();
    return;
  }
  rest = setTimeout(() => refine(work), 0);
}

function show(now: Priced): void {
  priced = now;
  const [rows, columns] = plan!.space.axes as [Plan["space"]["axes"][0], Plan["space"]["axes"][0]];
  const values = state.shade === "time" ? now.time : now.objective;
  heatmap.show(values, rows.values.length, columns.values.length, now.best);
  pareto.show(now);
  const text = state.shade === "time" ? timeText : (v: number): string => `${(v / now.objective[now.best]!).toFixed(2)} of the best`;
  const range = rangeOf(values);
  legend.replaceChildren(`${state.shade}: ${text(range.least)}`, ramp, text(range.most), element("span", {}, "○ best design"));
  const ends = ({ path, values: own }: typeof rows): string => `${path}: ${String(own[0])} to ${String(own.at(-1))} ${unitOf(path)}`;
  rowsLabel.textContent = `↑ ${ends(rows)}`;
  columnsLabel.textContent = `→ ${ends(columns)}`;
  const ranges = [rangeOf(now.cost), rangeOf(now.time)] as const;
  paretoLabel.textContent = `→ cost: ${ranges[0].least.toPrecision(4)} to ${ranges[0].most.toPrecision(4)}, ↑ time: ${timeText(ranges[1].least)} to ${timeText(ranges[1].most)}; the line is the Pareto front`;
  heatmap.canvas.setAttribute("aria-label", `${state.shade} of ${integer(plan!.space.count)} designs. Arrow keys move, with shift by ten; b goes to the best: ${tell(now.best)}`);
  readout.textContent = tell(heatmap.at < 0 ? now.best : heatmap.at);
  about.textContent = `${integer(plan!.space.count)} designs around ${view!.start.name}, by the encoder${now.exact ? "" : ", between some of them while it moves"}.`;
}

const ramp = element("canvas", { width: "128", height: "10", "aria-hidden": "true" });
{
  const pen = ramp.getContext("2d")!;
  const image = pen.createImageData(128, 10);
  const pixels = new Uint32Array(image.data.buffer);
  pixels.forEach((_, i) => (pixels[i] = RAMP[2 * (i % 128)]!));
  pen.putImageData(image, 0, 0);
}

function tableOf(caption: string, designs: readonly number[]): HTMLElement {
  const { time, cost, objective, best } = priced!;
  const axes = plan!.space.axes;
  const head = [...axes.map(({ path }) => path), "time", "cost", "objective", "machine"];
  const row = (i: number): HTMLElement => {
    const cells = [...plan!.space.valuesOf(i).map(String), timeText(time[i]!), cost[i]!.toPrecision(4), (objective[i]! / objective[best]!).toFixed(3)];
    const keep = element("button", { class: "link", type: "button", "aria-label": `Save ${designText(i)} as a machine` }, "save…");
    keep.addEventListener("click", () => save(i));
    return element("tr", i === best ? { "aria-current": "true" } : {}, ...cells.map((cell) => element("td", { class: "number" }, cell)), element("td", {}, keep));
  };
  return element("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption }, element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, ...head.map((h) => element("th", { scope: "col" }, h)))), element("tbody", {}, ...designs.map(row))));
}

function showTables(): void {
  const { objective, front, best } = priced!;
  const order = Uint32Array.from(objective.keys()).filter((i) => Number.isFinite(objective[i]!)).sort((a, b) => objective[a]! - objective[b]!);
  const more = (all: number): string => (all > SHOWN ? `, ${SHOWN} of ${integer(all)}` : "");
  tables.replaceChildren(tableOf(`Best by the objective${more(order.length)}`, Array.from(order.subarray(0, SHOWN))), tableOf(`Pareto front: none is faster and cheaper${more(front.length)}`, front.slice(0, SHOWN)));
  tables.setAttribute("aria-busy", "false");
  if (document.hasFocus()) status.textContent = `Best design: ${tell(best)}`;
}

function build(): void {
  const { start, starts, groups, programs: all } = view!;
  const { query } = state;
  if (!all.length) {
    const nothing = element("p", {}, "Predict a C or C++ file, or open a report (*.perfvec), and see here what a grid of machines makes of it.");
    main.replaceChildren(element("h1", {}, "Nothing is predicted yet"), nothing, action("Predict current file", () => host.postMessage({ type: "predict" })));
    return;
  }
  const formula = (label: string, key: "cost" | "objective"): HTMLElement => {
    const input = element("input", { type: "text", value: query[key], spellcheck: "false" });
    input.addEventListener("input", () => ask({ [key]: input.value }));
    return labelled(label, input, "formula");
  };
  const list = [...parameters.values()];
  const axis = (title: string, i: 0 | 1): HTMLElement => axisFields(title, query.axes[i], list, (now) => ask({ axes: state.query.axes.map((a, k) => (k === i ? now : a)) as Query["axes"] }));
  const own = parametersOf(start);
  const others = otherFields(groups, own, new Map(query.changes), (path, value) =>
    ask({ changes: [...state.query.changes.filter(([p]) => p !== path), ...(own.get(path) === value ? [] : [[path, value] as [string, Value]])] }),
  );
  const sets = [...(all.length > 1 ? [["", `All ${all.length} that are open`] as const] : []), ...all.map(({ id, title }) => [id, title] as const)];
  main.replaceChildren(
    element("h1", {}, "Explore designs"),
    element(
      "div",
      { class: "head" },
      labelled("Around", select(starts.map((name) => [name, name] as const), start.name, (name) => host.postMessage({ type: "start", name }))),
      labelled("Program", select(sets, state.program, (program) => { remember({ program }); move(); })),
      labelled("Colours show", select([["objective", "Objective"], ["time", "Time"]], state.shade, (shade) => { remember({ shade: shade as State["shade"] }); move(); })),
    ),
    element("div", { class: "head" }, axis("Rows", 0), axis("Columns", 1)),
    element("div", { class: "head" }, formula("Cost", "cost"), formula("Objective, to be small: of time, cost and parameters", "objective")),
    problem,
    about,
    seen,
    actions,
    tables,
    element("details", {}, element("summary", {}, "Other parameters"), others),
  );
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.type === "encoder") {
    encoder = parseEncoder(data.text, "encoder.json", data.dimensions);
    return;
  }
  const before = view;
  view = data.view;
  const isSame = JSON.stringify({ ...before, active: "" }) === JSON.stringify({ ...view, active: "" });
  if (isSame) return;
  parameters = new Map(view.groups.flatMap((group) => group.parameters).map((p) => [p.path, p]));
  const known = view.programs.some(({ id }) => id === state.program) || (state.program === "" && saved !== undefined && view.programs.length > 1);
  remember({ start: view.start.name, query: fitted(state.query, parameters), program: known ? state.program : view.active || view.programs[0]?.id || "" });
  build();
  move();
});

onTheme(() => pareto.draw());
host.postMessage({ type: "ready", start: state.start });

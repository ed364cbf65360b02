/** The page of calls and phases: a flame graph with its table, and lines along the run with theirs. */
import "@vscode-elements/elements/dist/vscode-option/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { announce, element, onTheme } from "../dom";
import { Flame } from "./flame";
import { DRAWN, PhaseChart, phaseTable } from "./phases";
import type { CallsView, ToHost, ToPage } from "./protocol";
import { type Drawn, type State, stateOf } from "./state";
import { CallTable } from "./table";
import { COLUMNS, describe, matching, pathOf, rowAt, searchText, type Tree, treeOf } from "./tree";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void; getState(): unknown; setState(state: State): void };
const host = acquireVsCodeApi();
const main = document.getElementById("main")!;
const status = document.getElementById("status")!;

let state = stateOf(host.getState());
let shown: CallsView | undefined;
let tree: Tree = treeOf([]);
let found: ReadonlySet<number> = new Set();

function remember(change: Partial<State>): void {
  state = { ...state, ...change };
  host.setState(state);
}

const reveal = (row: number): void => {
  const call = tree.rows[row];
  if (call?.hasSource) host.postMessage({ type: "reveal", function: call.function });
};

const flame = new Flame({ zoom: (row) => zoomTo(row), focused: (row) => detailOf(row) });
const table = new CallTable({
  sort: (sort) => {
    remember({ sort, descending: sort === state.sort ? !state.descending : COLUMNS[sort].descending });
    draw();
  },
  reveal,
});
const chart = new PhaseChart();

const search = element("vscode-textfield", { label: "Search functions", placeholder: "Search functions" });
search.value = state.search;
search.addEventListener("input", () => {
  remember({ search: search.value });
  find();
  draw();
  announce(status, matches.textContent ?? "");
});
const matches = element("p", { class: "matches" });
const out = element("button", { class: "action" }, "Whole program");
out.addEventListener("click", () => zoomTo(0));
const machines = element("div", { class: "machine" });
const drawn = element("vscode-single-select", { label: "What is drawn" }, ...(Object.keys(DRAWN) as Drawn[]).map((value) => element("vscode-option", { value, ...(value === state.drawn ? { selected: "" } : {}) }, DRAWN[value].label)));
drawn.addEventListener("change", () => {
  remember({ drawn: drawn.value as Drawn });
  draw();
});

const heading = element("h1");
const notes = element("div");
const controls = element("div", { class: "controls", role: "group", "aria-label": "Calls" }, machines, search, out);
const detail = element("div", { class: "detail" });
const hints = [
  element("p", { id: "flame-keys", class: "hidden" }, "Arrow keys move: down to what is called, up to the caller, left and right beside. Enter zooms in, Escape shows the whole program again. The table has the same figures."),
  element("p", { id: "table-keys", class: "hidden" }, "Arrow keys move; right opens a row, left closes it. Enter goes to the source."),
];
const calls = element("section", { "aria-label": "Calls" }, ...hints, controls, matches, flame.frame, detail, table.frame);
const noCalls = element("p", {}, "This report is older than call trees. Predict again to see who calls whom.");
const phases = element("section", { "aria-label": "Phases" });
const noPhases = element("p", {}, "This report is older than phases. Predict again to see them.");

const zoomed = (): number => rowAt(tree, state.zoom);

function zoomTo(row: number): void {
  remember({ zoom: pathOf(tree, row) });
  draw();
  detailOf(row);
  const { name } = tree.rows[row]!;
  announce(status, row ? `Zoomed to ${name}: ${describe(tree.rows[row]!, tree.time)}` : "The whole program");
}

/** What is known of a box that the pointer need not rest on. */
function detailOf(row: number): void {
  const call = tree.rows[row];
  if (!call) return detail.replaceChildren();
  const parts: (HTMLElement | string)[] = [element("bdi", { class: "what" }, call.full), ` ${describe(call, tree.time)}`];
  if (call.hasSource) {
    const button = element("button", { class: "link" }, "Go to source");
    button.addEventListener("click", () => reveal(row));
    parts.push(" ", button);
  }
  detail.replaceChildren(element("p", {}, ...parts));
}

function find(): void {
  found = matching(tree, state.search);
  matches.textContent = state.search.trim() ? searchText(tree, found) : "";
}

function draw(): void {
  if (!shown) return;
  if (shown.rows.length) {
    const zoom = zoomed();
    out.toggleAttribute("disabled", zoom === 0);
    flame.show(tree, zoom, found);
    table.show(shown, tree, state, found);
  }
  if (shown.phases) chart.show(shown.phases, state.drawn);
}

function show(view: CallsView): void {
  const isFirst = shown === undefined;
  shown = view;
  tree = treeOf(view.rows);
  find();
  if (heading.parentElement !== main) main.replaceChildren(heading, notes, calls, noCalls, element("h2", {}, "Phases"), phases, noPhases);
  heading.replaceChildren("Calls of ", element("bdi", {}, view.program), ` on ${view.machine}`);
  const left = view.left ? [view.left === 1 ? "The path that takes least time is not shown." : `The ${view.left} paths that take least time are not shown.`] : [];
  notes.replaceChildren(...[...view.notes, ...left].map((note) => element("p", { class: "note" }, note)));
  const hasCalls = view.rows.length > 0;
  calls.hidden = !hasCalls;
  noCalls.hidden = hasCalls;
  const select = element("vscode-single-select", { label: "Machine" }, ...view.machines.map((name) => element("vscode-option", { value: name, ...(name === view.machine ? { selected: "" } : {}) }, name)));
  select.addEventListener("change", () => host.postMessage({ type: "choose", name: select.value }));
  machines.replaceChildren(select);
  noPhases.hidden = view.phases !== null;
  phases.hidden = view.phases === null;
  if (view.phases) phases.replaceChildren(element("div", { class: "controls" }, drawn), chart.frame, phaseTable(view.phases));
  draw();
  detailOf(zoomed());
  if (!isFirst && document.hasFocus()) announce(status, `Calls of ${view.program} on ${view.machine}`);
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.type === "nothing") {
    shown = undefined;
    main.replaceChildren(element("h1", {}, "Calls and phases"), element("p", {}, data.why));
    return;
  }
  if (JSON.stringify(data.view) !== JSON.stringify(shown)) show(data.view);
});

onTheme(() => chart.draw());

host.postMessage({ type: "ready" });

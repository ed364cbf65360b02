/** The page of the comparison view: bars and a table of machines, sorted and filtered here; the host does the sums. */
import "@vscode-elements/elements/dist/vscode-checkbox/index.js";
import "@vscode-elements/elements/dist/vscode-option/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { announce, element, onTheme } from "../dom";
import { Bars, drawnColumn, SHOWN_BARS } from "./chart";
import type { ComparisonView, Scope, ToHost, ToPage, Want } from "./protocol";
import { arrange, COLUMNS, columnsOf, type CoreFilter, summaryOf } from "./rows";
import { limitsTable } from "./limits";
import { type State, stateOf } from "./state";
import { tableOf } from "./table";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void; getState(): unknown; setState(state: State): void };
const host = acquireVsCodeApi();
const main = document.getElementById("main")!;
const status = document.getElementById("status")!;

let state = stateOf(host.getState());
let shown: ComparisonView | undefined;

function remember(change: Partial<State>): void {
  state = { ...state, ...change };
  host.setState(state);
}

function want(change: Partial<Want>): void {
  remember({ want: { ...state.want, ...change } });
  host.postMessage({ type: "want", want: state.want });
}

function arrangeBy(change: Partial<State>): void {
  remember(change);
  if (shown) show(shown);
}

function select(label: string, options: readonly [value: string, text: string][], value: string, change: (value: string) => void): HTMLElement {
  const made = element("vscode-single-select", { label }, ...options.map(([v, text]) => element("vscode-option", { value: v, ...(v === value ? { selected: "" } : {}) }, text)));
  made.addEventListener("change", () => change(made.value));
  return made;
}

function checkbox(label: string, title: string, checked: boolean, change: (checked: boolean) => void): HTMLElement {
  const made = element("vscode-checkbox", { label, title, ...(checked ? { checked: "" } : {}) });
  made.addEventListener("change", () => change(made.checked));
  return made;
}

const filter = element("vscode-textfield", { label: "Filter machines", placeholder: "Filter machines" });
filter.value = state.filter;
filter.addEventListener("input", () => arrangeBy({ filter: filter.value }));

const inlined = checkbox("With inlined calls", "Count calls that are inlined into it, too", state.want.inlined, (checked) => want({ inlined: checked }));
const controls = element(
  "div",
  { class: "controls", role: "group", "aria-label": "What is compared" },
  select("Compare", [["program", "Program"], ["function", "Function"], ["line", "Line"]], state.want.scope, (value) => want({ scope: value as Scope })),
  checkbox("Follow selection", "Function and line are those under the editor's cursor", state.want.follow, (checked) => want({ follow: checked })),
  inlined,
);
const filters = element(
  "div",
  { class: "controls", role: "group", "aria-label": "Which machines" },
  checkbox("All machines", "Every machine of the library, not only those chosen", state.want.all, (checked) => want({ all: checked })),
  select("Kind of core", [["", "Every core"], ["o3", "Out of order"], ["minor", "In order"]], state.core, (value) => arrangeBy({ core: value as CoreFilter })),
  filter,
);

const heading = element("h1");
const stale = element("p", { class: "warning" }, "The file was edited since it was predicted.");
const nothing = element("p", { class: "nothing" });
const summary = element("p", { class: "summary" });
const detail = element("section", { class: "detail", "aria-label": "The painted machine" });
const limits = element("div");
const bars = new Bars((name) => host.postMessage({ type: "choose", name }));
const legend = element("figcaption");
const figure = element("figure", {}, bars.frame, legend);
const table = element("div");

/** A key of a bar's look, as the chart draws it. */
const key = (look: string, text: string): HTMLElement => element("span", { class: "key" }, element("span", { class: `swatch ${look}`, "aria-hidden": "true" }), text);

function show(view: ComparisonView): void {
  const focused = (document.activeElement as HTMLElement | null)?.dataset["focus"];
  const rows = arrange(view.rows, state);
  if (heading.parentElement !== main) main.replaceChildren(heading, stale, controls, nothing, summary, detail, limits, filters, figure, table);
  heading.replaceChildren(element("bdi", {}, view.name || view.program));
  stale.hidden = !view.stale;
  inlined.hidden = !view.hasInlined;
  nothing.textContent = view.nothing || (rows.length ? "" : "No machine fits the filter.");
  for (const part of [summary, detail, limits, filters]) part.hidden = view.nothing !== "";
  for (const part of [figure, table]) part.hidden = rows.length === 0;
  summary.textContent = summaryOf(rows, view.baseline);
  detail.replaceChildren(...view.detail.map((sentence) => element("p", {}, sentence)));

  limits.replaceChildren(...limitsTable(view));
  const drawn = drawnColumn(state.sort);
  const isShown = (name: string): boolean => rows.some((row) => row.name === name);
  const more = rows.length > SHOWN_BARS ? `, ${SHOWN_BARS} of ${rows.length} machines` : "";
  legend.replaceChildren(
    element("span", { class: "what" }, `${COLUMNS[drawn].title}${more}`),
    ...(isShown(view.machine) ? [key("painted", `painted: ${view.machine}`)] : []),
    ...(view.baseline === view.machine || !isShown(view.baseline) ? [] : [key("baseline", `baseline: ${view.baseline}`)]),
    ...(columnsOf(view.rows).includes("measured") ? [key("measured", "measured")] : []),
  );
  bars.show(view, rows, drawn);
  table.replaceChildren(
    tableOf(view, rows, state, {
      sort: (column) => arrangeBy({ sort: column, descending: column === state.sort ? !state.descending : COLUMNS[column].descending }),
      choose: (name) => host.postMessage({ type: "choose", name }),
      pin: (name) => want({ baseline: state.want.baseline === name ? null : name }),
    }),
  );
  if (focused) Array.from(table.querySelectorAll<HTMLElement>("[data-focus]")).find((e) => e.dataset["focus"] === focused)?.focus();
  // Whoever works in the editor shall not be told of every line that the cursor passes.
  if (document.hasFocus()) announce(status, view.nothing || `${view.name}. Painted: ${view.machine}. ${nothing.textContent}${summary.textContent}`);
}

function empty(trusted: boolean): void {
  const button = (text: string, message: ToHost): HTMLElement => {
    const made = element("button", { class: "action" }, text);
    made.addEventListener("click", () => host.postMessage(message));
    return made;
  };
  main.replaceChildren(
    element("h1", {}, "Nothing is predicted yet"),
    ...(trusted
      ? [element("p", {}, "Predict a C or C++ file, and see here how long it takes on each machine."), button("Predict current file", { type: "predict" }), button("Open the sample", { type: "sample" })]
      : [element("p", {}, "This workspace is not trusted: nothing in it is compiled or run. Open a saved report (*.perfvec) to compare machines.")]),
  );
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.type === "empty") {
    shown = undefined;
    empty(data.trusted);
    return;
  }
  if (JSON.stringify(data.view) === JSON.stringify(shown)) return;
  shown = data.view;
  show(shown);
});

onTheme(() => bars.draw());
matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", () => bars.draw());

host.postMessage({ type: "want", want: state.want });

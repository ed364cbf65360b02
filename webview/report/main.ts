/** The page of the report editor: shows what the host sends, sends back what is clicked. */
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import "@vscode-elements/elements/dist/vscode-option/index.js";
import { element } from "../dom";
import type { ReportView, Row, ToHost, ToPage } from "./protocol";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void };
const host = acquireVsCodeApi();
const main = document.getElementById("main")!;

/** A share as a bar; the number stands beside it, so that readers need not look at it. */
function bar(share: number): HTMLElement {
  const inner = element("span", { class: "bar" });
  inner.style.width = `${Math.max(0.5, 100 * Math.min(1, share))}%`;
  return element("td", { class: "bars", "aria-hidden": "true" }, inner);
}

function nameCell(row: Row): HTMLElement {
  const { place } = row;
  if (!place) return element("th", { scope: "row" }, row.name);
  const button = element("button", { class: "link", title: `${place.file}:${place.line}` }, row.name);
  button.addEventListener("click", () => host.postMessage({ type: "reveal", ...place }));
  return element("th", { scope: "row" }, button);
}

function table(caption: string, first: string, columns: string[], rows: Row[]): HTMLElement {
  const head = element("tr", {}, element("th", { scope: "col" }, first), element("th", { "aria-hidden": "true" }), ...columns.map((c) => element("th", { scope: "col", class: "number" }, c)));
  const body = rows.map((row) => element("tr", {}, nameCell(row), bar(row.share), ...row.cells.map((cell) => element("td", { class: "number" }, cell))));
  return element("section", {}, element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body)));
}

function machineSelect(view: ReportView): HTMLElement {
  const options = view.machines.map((m) => {
    const option = element("vscode-option", { value: m.name, description: m.description }, m.name);
    if (m.name === view.machine) option.setAttribute("selected", "");
    return option;
  });
  const select = element("vscode-single-select", { id: "machine", combobox: "", label: "Microarchitecture" }, ...options) as HTMLElement & { value: string };
  select.addEventListener("change", () => host.postMessage({ type: "machine", name: select.value }));
  return element("div", { class: "machine" }, element("label", { for: "machine" }, "Microarchitecture"), select);
}

const status = document.getElementById("status")!;
let shown: ReportView | undefined;

/** Shows a view in place of the one before: scroll and focus stay, and a reader hears what has changed. */
function update(view: ReportView): void {
  if (JSON.stringify(view) === JSON.stringify(shown)) return;
  const { scrollY } = window;
  const focused = focusable().indexOf(document.activeElement as HTMLElement);
  const changed = shown && shown.machine !== view.machine;
  shown = view;
  show(view);
  window.scrollTo(0, scrollY);
  focusable()[focused]?.focus();
  if (changed) status.textContent = `${view.machine}: ${view.facts[0]!.value}`;
}

const focusable = (): HTMLElement[] => Array.from(main.querySelectorAll<HTMLElement>("button, vscode-single-select"));

function show(view: ReportView): void {
  const times = ["share", "with inlined", "time", "cycles", "executions"];
  const facts = view.facts.flatMap(({ name, value }) => [element("dt", {}, name), element("dd", {}, value)]);
  main.replaceChildren(
    element("h1", {}, view.title),
    element("p", { class: "provenance" }, view.provenance),
    ...view.warnings.map((warning) => element("p", { class: "warning" }, warning)),
    machineSelect(view),
    element("dl", {}, ...facts),
    table("Hottest functions", "function", times, view.functions),
    table("Hottest lines", "line", times, view.lines),
    table("Machines chosen", "machine", ["time", "cycles", "CPI", "speed-up"], view.comparison),
  );
}

window.addEventListener("message", (event: MessageEvent<ToPage>) => {
  if (event.data.type === "show") update(event.data.view);
});
host.postMessage({ type: "ready" });

/** The table of machines. Headers sort; one row at a time takes the focus, arrow keys move it. */
import { element, sortHeader } from "../dom";
import type { ComparisonView, MachineRow } from "./protocol";
import { COLUMNS, type ColumnKey, columnsOf } from "./rows";
import type { State } from "./state";

export interface Asked {
  sort: (column: ColumnKey) => void;
  choose: (name: string) => void;
  pin: (name: string) => void;
}

/** @param rows those of the view that are shown, in their order */
export function tableOf(view: ComparisonView, rows: readonly MachineRow[], state: State, asked: Asked): HTMLElement {
  const columns = columnsOf(view.rows);
  const head = element("tr", {}, ...columns.map((key) => header(key, state, asked)));
  const body = element("tbody", {}, ...rows.map((row) => bodyRow(row, columns, view, state, asked)));
  body.addEventListener("keydown", (event) => moveFocus(body, event));
  body.addEventListener("focusin", (event) => takeFocus(body, event.target as HTMLElement));
  const first = body.querySelector<HTMLElement>("tr[aria-current] .choose") ?? body.querySelector<HTMLElement>(".choose");
  first?.setAttribute("tabindex", "0");
  const caption = element("caption", {}, element("bdi", {}, view.name), ` on ${rows.length} of ${view.rows.length} machines`);
  const hint = element("p", { id: "keys", class: "hidden" }, "Arrow keys move between the machines. Enter paints the editor with a machine; right arrow and Enter pin it as the baseline.");
  const table = element("table", { "aria-describedby": "keys" }, caption, element("thead", {}, head), body);
  return element("div", {}, hint, element("div", { class: "scroll", role: "region", "aria-label": "Machines, table", tabindex: "0" }, table));
}

function header(key: ColumnKey, { sort, descending }: State, asked: Asked): HTMLElement {
  const { label, title } = COLUMNS[key];
  return sortHeader(key, label, key === sort ? (descending ? "descending" : "ascending") : undefined, key !== "machine", () => asked.sort(key), `Sort by ${title}`);
}

function bodyRow(row: MachineRow, columns: readonly ColumnKey[], view: ComparisonView, { want }: State, asked: Asked): HTMLElement {
  const isPainted = row.name === view.machine;
  const isPinned = row.name === want.baseline;
  const choose = element("button", { class: "choose", title: `Paint the editor with ${row.name}: ${row.title}`, tabindex: "-1", "data-focus": `choose ${row.name}` }, row.name);
  choose.addEventListener("click", () => asked.choose(row.name));
  const pin = element(
    "button",
    { class: "pin", "aria-label": `Baseline ${row.name}`, "aria-pressed": String(isPinned), title: isPinned ? "Unpin the baseline" : "Pin as the baseline of speed-ups", tabindex: "-1", "data-focus": `pin ${row.name}` },
    isPinned ? "◆" : "◇",
  );
  pin.addEventListener("click", () => asked.pin(row.name));
  const name = element("th", { scope: "row" }, element("div", { class: "name" }, choose, pin), element("span", { class: "kind" }, row.kind));
  const cells = columns.slice(1).map((key) => element("td", { class: "number" }, COLUMNS[key].text(row)));
  return element("tr", isPainted ? { "aria-current": "true" } : {}, name, ...cells);
}

function moveFocus(body: HTMLElement, event: KeyboardEvent): void {
  const from = event.target as HTMLElement;
  const rows = Array.from(body.children);
  const at = rows.indexOf(from.closest("tr")!);
  const kind = from.classList.contains("pin") ? ".pin" : ".choose";
  const goals: Record<string, [number, string]> = {
    ArrowDown: [at + 1, kind],
    ArrowUp: [at - 1, kind],
    Home: [0, kind],
    End: [rows.length - 1, kind],
    ArrowRight: [at, ".pin"],
    ArrowLeft: [at, ".choose"],
  };
  const goal = goals[event.key];
  if (!goal || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  rows[goal[0]]?.querySelector<HTMLElement>(goal[1])?.focus();
}

/** What has the focus is what the tab key comes back to. */
function takeFocus(body: HTMLElement, focused: HTMLElement): void {
  body.querySelectorAll("[tabindex='0']").forEach((button) => button.setAttribute("tabindex", "-1"));
  focused.setAttribute("tabindex", "0");
}

/** The call tree as a table whose rows open and close. */
import { element, sortHeader } from "../dom";
import type { CallsView } from "./protocol";
import { COLUMNS, type ColumnKey, listed, type Order, type Tree } from "./tree";

interface TableAsked {
  sort: (column: ColumnKey) => void;
  reveal: (row: number) => void;
}

/** Callers with a larger share of the time are open at first. */
const OPEN = 0.1;

export class CallTable {
  readonly frame = element("div", { class: "scroll" });
  #tree: Tree | undefined;
  #order: Order = { sort: "inclusive", descending: true };
  #found: ReadonlySet<number> = new Set();
  #open = new Set<number>();
  #current = 0;
  #program = "";

  constructor(private readonly asked: TableAsked) {
    this.frame.addEventListener("keydown", (event) => this.#key(event));
  }

  show(view: CallsView, tree: Tree, order: Order, found: ReadonlySet<number>): void {
    if (tree !== this.#tree) this.#open = new Set(tree.rows.flatMap((row, i) => (row.inclusive >= OPEN * tree.time ? [i] : [])));
    // What is searched for shall be seen.
    if (found !== this.#found) for (const row of found) for (let at = tree.rows[row]!.parent; at >= 0; at = tree.rows[at]!.parent) this.#open.add(at);
    this.#tree = tree;
    this.#order = order;
    this.#found = found;
    this.#program = view.program;
    this.#draw();
  }

  #draw(): void {
    const tree = this.#tree!;
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-focus]")?.dataset["focus"];
    const had = this.frame.contains(document.activeElement);
    const rows = listed(tree, this.#open, this.#order);
    if (!rows.includes(this.#current)) this.#current = 0;
    const head = element("tr", {}, ...(Object.keys(COLUMNS) as ColumnKey[]).map((key) => this.#header(key)));
    const table = element(
      "table",
      { role: "treegrid", "aria-describedby": "table-keys" },
      element("caption", {}, "Calls of ", element("bdi", {}, this.#program)),
      element("thead", {}, head),
      element("tbody", {}, ...rows.map((row) => this.#row(row))),
    );
    this.frame.replaceChildren(table);
    if (had && focused) Array.from(this.frame.querySelectorAll<HTMLElement>("[data-focus]")).find((e) => e.dataset["focus"] === focused)?.focus();
  }

  #header(key: ColumnKey): HTMLElement {
    const { sort, descending } = this.#order;
    return sortHeader(key, COLUMNS[key].label, key === sort ? (descending ? "descending" : "ascending") : undefined, key !== "function", () => this.asked.sort(key));
  }

  #row(row: number): HTMLElement {
    const tree = this.#tree!;
    const call = tree.rows[row]!;
    const hasChildren = tree.children[row]!.length > 0;
    const twist = element("span", { class: "twist", "aria-hidden": "true" }, hasChildren ? (this.#open.has(row) ? "▾" : "▸") : "");
    twist.addEventListener("click", () => this.#toggle(row));
    const name = element("span", { class: call.hasSource ? "link" : "plain", title: call.full }, call.name);
    if (call.hasSource) name.addEventListener("click", () => this.asked.reveal(row));
    const first = element("th", { scope: "row", role: "rowheader" }, element("div", { class: "name" }, twist, name));
    (first.firstChild as HTMLElement).style.paddingInlineStart = `${12 * Math.min(40, tree.depths[row]!)}px`;
    const cells = (Object.keys(COLUMNS) as ColumnKey[]).slice(1).map((key) => element("td", { class: "number", role: "gridcell" }, COLUMNS[key].text(call, tree.time)));
    const made = element(
      "tr",
      {
        "data-row": String(row), "data-focus": `row ${row}`, tabindex: row === this.#current ? "0" : "-1", "aria-level": String(tree.depths[row]! + 1),
        ...(hasChildren ? { "aria-expanded": String(this.#open.has(row)) } : {}), ...(this.#found.has(row) ? { class: "found" } : {}),
      },
      first, ...cells,
    );
    made.addEventListener("focus", () => {
      this.frame.querySelector("tr[tabindex='0']")?.setAttribute("tabindex", "-1");
      made.setAttribute("tabindex", "0");
      this.#current = row;
    });
    return made;
  }

  #toggle(row: number): void {
    if (!this.#open.delete(row)) this.#open.add(row);
    this.#current = row;
    this.#draw();
    this.#focus(row);
  }

  #focus(row: number): void {
    this.frame.querySelector<HTMLElement>(`tr[data-row="${row}"]`)?.focus();
  }

  #key(event: KeyboardEvent): void {
    const tree = this.#tree;
    if (!tree || !(event.target as HTMLElement).dataset["row"] || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = listed(tree, this.#open, this.#order);
    const row = this.#current;
    const at = rows.indexOf(row);
    const isOpen = this.#open.has(row) && tree.children[row]!.length > 0;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.#focus(rows[Math.min(rows.length - 1, at + 1)]!),
      ArrowUp: () => this.#focus(rows[Math.max(0, at - 1)]!),
      Home: () => this.#focus(rows[0]!),
      End: () => this.#focus(rows.at(-1)!),
      ArrowRight: () => (isOpen ? this.#focus(rows[at + 1]!) : tree.children[row]!.length ? this.#toggle(row) : undefined),
      ArrowLeft: () => (isOpen ? this.#toggle(row) : this.#focus(Math.max(0, tree.rows[row]!.parent))),
      Enter: () => this.asked.reveal(row),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}

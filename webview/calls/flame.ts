/** The flame graph: a box a function, below its caller. The table beside it has the same figures. */
import { percent } from "../../src/core/format";
import { element } from "../dom";
import { type Box, boxesOf, describe, type Tree } from "./tree";

const HEIGHT = 22;

interface FlameAsked {
  zoom: (row: number) => void;
  focused: (row: number) => void;
}

export class Flame {
  readonly frame = element("div", { class: "flame", role: "group", "aria-label": "Flame graph", "aria-describedby": "flame-keys" });
  #tree: Tree | undefined;
  #boxes: Box[] = [];
  #zoom = 0;
  /** the box that the tab key comes to */
  #current = 0;

  constructor(private readonly asked: FlameAsked) {
    this.frame.addEventListener("click", (event) => {
      const row = rowOf(event.target);
      if (row !== undefined) asked.zoom(row);
    });
    this.frame.addEventListener("focusin", (event) => {
      const row = rowOf(event.target);
      if (row !== undefined) this.#take(row);
    });
    this.frame.addEventListener("keydown", (event) => this.#key(event));
  }

  show(tree: Tree, zoom: number, found: ReadonlySet<number>): void {
    const had = this.frame.contains(document.activeElement);
    this.#tree = tree;
    this.#zoom = zoom;
    this.#boxes = boxesOf(tree, zoom);
    if (!this.#boxes.some((box) => box.row === this.#current)) this.#current = zoom;
    const boxes = this.#boxes.map(({ row, depth, left, width }) => {
      const { name, exclusive, inclusive } = tree.rows[row]!;
      const own = inclusive > 0 ? exclusive / inclusive : 0;
      const classes = ["box", `own${Math.min(3, Math.floor(own * 4))}`, ...(found.has(row) ? ["found"] : []), ...(depth < tree.depths[zoom]! ? ["above"] : [])];
      const share = percent(tree.time > 0 ? inclusive / tree.time : 0);
      const made = element("button", { class: classes.join(" "), "data-row": String(row), tabindex: row === this.#current ? "0" : "-1", "aria-label": `${name}, ${describe(tree.rows[row]!, tree.time)}`, title: `${name} ${share}` }, width > 0.02 ? element("span", {}, `${name} ${share}`) : "");
      made.style.left = `${100 * left}%`;
      made.style.width = `${100 * width}%`;
      made.style.top = `${HEIGHT * depth}px`;
      return made;
    });
    this.frame.style.height = `${HEIGHT * (1 + Math.max(...this.#boxes.map((box) => box.depth)))}px`;
    this.frame.replaceChildren(...boxes);
    if (had) this.#focus(this.#current);
  }

  #take(row: number): void {
    this.#current = row;
    for (const box of Array.from(this.frame.children)) box.setAttribute("tabindex", (box as HTMLElement).dataset["row"] === String(row) ? "0" : "-1");
    this.asked.focused(row);
  }

  #focus(row: number): void {
    this.frame.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus();
  }

  #key(event: KeyboardEvent): void {
    if (!this.#tree || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.#boxes.find((box) => box.row === this.#current);
    if (!at) return;
    const level = this.#boxes.filter((box) => box.depth === at.depth);
    const beside = (step: number): number | undefined => level[level.indexOf(at) + step]?.row;
    const goals: Record<string, () => number | undefined> = {
      ArrowUp: () => this.#boxes.find((box) => box.row === this.#tree!.rows[at.row]!.parent)?.row,
      ArrowDown: () => this.#boxes.find((box) => this.#tree!.rows[box.row]!.parent === at.row)?.row,
      ArrowLeft: () => beside(-1),
      ArrowRight: () => beside(1),
      Home: () => this.#zoom,
    };
    if (event.key === "Escape") {
      this.asked.zoom(0);
      return event.preventDefault();
    }
    const goal = goals[event.key];
    if (!goal) return;
    event.preventDefault();
    const row = goal();
    if (row !== undefined) this.#focus(row);
  }
}

function rowOf(target: EventTarget | null): number | undefined {
  const row = (target as HTMLElement | null)?.closest<HTMLElement>("[data-row]")?.dataset["row"];
  return row === undefined ? undefined : Number(row);
}

/** The call tree as it is zoomed, searched and sorted. Touches no document. */
import { duration, integer, percent } from "../../src/core/format";
import type { CallRow } from "./protocol";

/** Boxes with a smaller share of what is zoomed to are not drawn. */
const LEAST = 0.001;

export interface Tree {
  rows: readonly CallRow[];
  /** of each row, in the order of their time */
  children: number[][];
  depths: number[];
  /** of the program */
  time: number;
}

/** A row as a box: `left` and `width` are shares of the whole width. */
export interface Box {
  row: number;
  depth: number;
  left: number;
  width: number;
}

export function treeOf(rows: readonly CallRow[]): Tree {
  const children: number[][] = rows.map(() => []);
  const depths: number[] = [];
  rows.forEach(({ parent }, row) => {
    depths.push(parent < 0 ? 0 : depths[parent]! + 1);
    if (parent >= 0) children[parent]!.push(row);
  });
  return { rows, children, depths, time: rows[0]?.inclusive ?? 0 };
}

/** Names along the way from the program: they are the same in the next view. */
export function pathOf({ rows }: Tree, row: number): number[] {
  const path: number[] = [];
  for (let at = row; at > 0; at = rows[at]!.parent) path.unshift(rows[at]!.function);
  return path;
}

/** The row at a path, or as far along it as there is one. */
export function rowAt({ rows, children }: Tree, path: readonly number[]): number {
  let at = 0;
  for (const f of path) {
    const next = children[at]!.find((child) => rows[child]!.function === f);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Those above what is zoomed to span the width; those below share it. */
export function boxesOf(tree: Tree, zoom: number): Box[] {
  const { rows, children, depths } = tree;
  const boxes: Box[] = [];
  for (let at = rows[zoom]!.parent; at >= 0; at = rows[at]!.parent) boxes.unshift({ row: at, depth: depths[at]!, left: 0, width: 1 });
  const whole = rows[zoom]!.inclusive;
  const visit = (row: number, left: number): void => {
    const width = whole > 0 ? Math.min(1, rows[row]!.inclusive / whole) : 0;
    if (width < LEAST) return;
    boxes.push({ row, depth: depths[row]!, left, width });
    let at = left;
    for (const child of children[row]!) {
      visit(child, at);
      at += whole > 0 ? rows[child]!.inclusive / whole : 0;
    }
  };
  visit(zoom, 0);
  return boxes;
}

/** Rows whose name holds all words. */
export function matching({ rows }: Tree, search: string): Set<number> {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set<number>();
  if (!words.length) return found;
  rows.forEach(({ full, function: f }, row) => {
    const name = full.toLowerCase();
    if (f >= 0 && words.every((word) => name.includes(word))) found.add(row);
  });
  return found;
}

/** Share of the time that matching functions take, with what they call; what one calls is counted once. */
export function shareOf({ rows, time }: Tree, found: ReadonlySet<number>): number {
  const inside: boolean[] = [];
  let sum = 0;
  rows.forEach(({ parent, inclusive }, row) => {
    const above = parent >= 0 && inside[parent]!;
    inside.push(above || found.has(row));
    if (found.has(row) && !above) sum += inclusive;
  });
  return time > 0 ? sum / time : 0;
}

/** What is said of the search. */
export function searchText(tree: Tree, found: ReadonlySet<number>): string {
  const names = new Set([...found].map((row) => tree.rows[row]!.function)).size;
  return names ? `${names} ${names === 1 ? "function matches" : "functions match"}: ${percent(shareOf(tree, found))} of the time, with what they call.` : "No function matches.";
}

export interface Column {
  label: string;
  value: (row: CallRow) => string | number;
  text: (row: CallRow, time: number) => string;
  /** which end is put first when sorting by it begins */
  descending: boolean;
}

const share = (ns: number, time: number): string => `${percent(time > 0 ? ns / time : 0)} · ${duration(ns)}`;

export const COLUMNS = {
  function: { label: "function", value: (r) => r.name, text: (r) => r.name, descending: false },
  inclusive: { label: "with calls", value: (r) => r.inclusive, text: (r, time) => share(r.inclusive, time), descending: true },
  exclusive: { label: "itself", value: (r) => r.exclusive, text: (r, time) => share(r.exclusive, time), descending: true },
  calls: { label: "calls", value: (r) => r.calls, text: (r) => (r.function < 0 ? "" : integer(r.calls)), descending: true },
} satisfies Record<string, Column>;

export type ColumnKey = keyof typeof COLUMNS;

export interface Order {
  sort: ColumnKey;
  descending: boolean;
}

/** Rows in the order of the table: children stand below their callers, where those are open. */
export function listed({ rows, children }: Tree, open: ReadonlySet<number>, { sort, descending }: Order): number[] {
  const { value } = COLUMNS[sort];
  const out: number[] = [];
  const visit = (row: number): void => {
    out.push(row);
    if (!open.has(row)) return;
    const sorted = [...children[row]!].sort((a, b) => {
      const [x, y] = [value(rows[a]!), value(rows[b]!)];
      const order = typeof x === "string" ? x.localeCompare(String(y), "en", { numeric: true }) : x - Number(y);
      return descending ? -order : order;
    });
    for (const child of sorted) visit(child);
  };
  if (rows.length) visit(0);
  return out;
}

/** What is said of a row where there is room. */
export function describe(row: CallRow, time: number): string {
  const calls = row.function < 0 ? "" : `, ${integer(row.calls)} ${row.calls === 1 ? "call" : "calls"}`;
  return `${percent(time > 0 ? row.inclusive / time : 0)} of the time with what it calls (${duration(row.inclusive)}), ${percent(time > 0 ? row.exclusive / time : 0)} itself (${duration(row.exclusive)})${calls}`;
}

/** The columns of the comparison, and its rows as they are sorted and filtered. Touches no document. */
import { duration, short, signedPercent } from "../../src/core/format";
import type { MachineRow } from "./protocol";

export interface Column {
  label: string;
  /** the label in full, for the header's tooltip and the chart */
  title: string;
  value: (row: MachineRow) => string | number | null;
  text: (row: MachineRow) => string;
  /** which end is put first when sorting by it begins */
  descending: boolean;
}

const known = (value: number | null, text: (value: number) => string): string => (value === null ? "" : text(value));

/** In the order that they are shown. */
export const COLUMNS = {
  machine: { label: "machine", title: "machine", value: (r) => r.name, text: (r) => r.name, descending: false },
  time: { label: "time", title: "predicted time", value: (r) => r.time, text: (r) => duration(r.time), descending: false },
  cycles: { label: "cycles", title: "predicted cycles", value: (r) => r.cycles, text: (r) => short(r.cycles), descending: false },
  cpi: { label: "CPI", title: "cycles per executed instruction", value: (r) => r.cpi, text: (r) => known(r.cpi, (v) => v.toFixed(2)), descending: false },
  speedup: { label: "speed-up", title: "speed-up against the baseline", value: (r) => r.speedup, text: (r) => known(r.speedup, (v) => `${v.toFixed(2)}×`), descending: true },
  measured: { label: "measured", title: "time that the trace measured", value: (r) => r.measured, text: (r) => known(r.measured, duration), descending: false },
  error: { label: "error", title: "error of the prediction", value: (r) => r.error, text: (r) => known(r.error, signedPercent), descending: true },
} satisfies Record<string, Column>;

export type ColumnKey = keyof typeof COLUMNS;
export type CoreFilter = "" | MachineRow["core"];

export interface Arrangement {
  sort: ColumnKey;
  descending: boolean;
  /** words that all have to occur in what is said of a machine */
  filter: string;
  core: CoreFilter;
}

/** Those of measured times only where there are any. */
export function columnsOf(rows: readonly MachineRow[]): ColumnKey[] {
  const isMeasured = rows.some((r) => r.measured !== null);
  return (Object.keys(COLUMNS) as ColumnKey[]).filter((key) => isMeasured || (key !== "measured" && key !== "error"));
}

/** Rows as they are shown. What is not known comes last, whichever way is sorted. */
export function arrange(rows: readonly MachineRow[], { sort, descending, filter, core }: Arrangement): MachineRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const { value } = COLUMNS[sort];
  return rows
    .filter((row) => {
      const said = `${row.name} ${row.title} ${row.kind}`.toLowerCase();
      return (core === "" || row.core === core) && words.every((word) => said.includes(word));
    })
    .sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      const order = typeof x === "string" ? x.localeCompare(String(y), "en", { numeric: true }) : x - Number(y);
      return (descending ? -order : order) || a.name.localeCompare(b.name, "en", { numeric: true });
    });
}

/** Rows that get a bar: the first of those shown; the marked ones (painted, baseline) are always among them. */
export function barsOf(rows: readonly MachineRow[], marked: readonly string[], most: number): MachineRow[] {
  const isMarked = (row: MachineRow): boolean => marked.includes(row.name);
  let room = most - rows.filter(isMarked).length;
  return rows.filter((row) => isMarked(row) || room-- > 0);
}

/** A name that fits: ends tell more than middles, u74-class+l1d-x4 from u74-class+l1i-x4. */
export function fitted(name: string, most: number): string {
  if (name.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(-end)}`;
}

/** What a reader is told first. "" when no row is left. */
export function summaryOf(rows: readonly MachineRow[], baseline: string): string {
  if (!rows.length) return "";
  const fastest = rows.reduce((a, b) => (b.time < a.time ? b : a));
  const against = fastest.name === baseline || fastest.speedup === null ? "" : `, ${fastest.speedup.toFixed(2)} times as fast as ${baseline}`;
  return `Fastest of ${rows.length === 1 ? "1 machine" : `${rows.length} machines`}: ${fastest.name}, ${duration(fastest.time)}${against}.`;
}

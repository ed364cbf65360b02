/** What the page remembers while it is hidden. */
import { COLUMNS, type ColumnKey, type Order } from "./tree";

export type Drawn = "cpi" | "time";

export interface State extends Order {
  search: string;
  /** functions from the program down to what is zoomed to */
  zoom: number[];
  drawn: Drawn;
}

export const START: State = { search: "", zoom: [], drawn: "cpi", sort: "inclusive", descending: true };

/** @param saved what another version may have saved: what does not fit counts as never saved */
export function stateOf(saved: unknown): State {
  if (typeof saved !== "object" || saved === null) return START;
  const s = saved as Partial<State>;
  return {
    search: typeof s.search === "string" ? s.search : "",
    zoom: Array.isArray(s.zoom) && s.zoom.every((f) => Number.isSafeInteger(f)) ? s.zoom : [],
    drawn: s.drawn === "time" ? "time" : "cpi",
    sort: typeof s.sort === "string" && Object.hasOwn(COLUMNS, s.sort) ? (s.sort as ColumnKey) : START.sort,
    descending: s.descending !== false,
  };
}

/** What the page remembers while it is hidden, and when VS Code starts again. */
import { isWant, type Want } from "./protocol";
import { type Arrangement, COLUMNS, type ColumnKey } from "./rows";

export interface State extends Arrangement {
  want: Want;
}

export const START: State = {
  want: { scope: "program", follow: true, all: false, inlined: false, baseline: null },
  sort: "time",
  descending: false,
  filter: "",
  core: "",
};

/** @param saved what another version may have saved: what does not fit counts as never saved */
export function stateOf(saved: unknown): State {
  if (typeof saved !== "object" || saved === null) return START;
  const s = saved as Partial<State>;
  return {
    want: isWant(s.want) ? s.want : START.want,
    sort: typeof s.sort === "string" && Object.hasOwn(COLUMNS, s.sort) ? (s.sort as ColumnKey) : START.sort,
    descending: s.descending === true,
    filter: typeof s.filter === "string" ? s.filter : "",
    core: s.core === "o3" || s.core === "minor" ? s.core : "",
  };
}

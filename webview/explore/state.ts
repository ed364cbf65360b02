/** What the page shows and remembers. Touches no document. */
import { DEFAULT_COST, DEFAULT_OBJECTIVE } from "../../src/core/explore/explore";
import { type AxisRange, isQuery, type Query } from "../../src/core/explore/plan";
import type { Parameter } from "../../src/core/model/parameters";

type Shade = "time" | "objective";

export interface State {
  start: string | null;
  query: Query;
  /** id of the program; "" for all */
  program: string;
  shade: Shade;
}

export const START: State = {
  start: null,
  query: {
    axes: [{ path: "l1d.size_kb", least: 4, most: 128, steps: 50 }, { path: "l2.size_kb", least: 256, most: 4096, steps: 50 }],
    changes: [],
    cost: DEFAULT_COST,
    objective: DEFAULT_OBJECTIVE,
  },
  program: "",
  shade: "objective",
};

/** @param saved what another version may have saved: what does not fit counts as never saved */
export function stateOf(saved: unknown): State | undefined {
  if (typeof saved !== "object" || saved === null) return undefined;
  const s = saved as Partial<State>;
  if (!isQuery(s.query) || typeof s.program !== "string") return undefined;
  return { start: typeof s.start === "string" ? s.start : null, query: s.query, program: s.program, shade: s.shade === "time" ? "time" : "objective" };
}

/** The whole range that the library has. */
export const wholeRange = ({ path, least, most }: Parameter, steps: number): AxisRange => ({ path, least: least || 1, most, steps });

/** A query for another machine: what it does not have is left out. */
export function fitted(query: Query, parameters: ReadonlyMap<string, Parameter>): Query {
  const taken = new Set(query.axes.map(({ path }) => path).filter((path) => parameters.get(path)?.kind === "number"));
  const axes = query.axes.map((axis) => {
    if (taken.has(axis.path)) return axis;
    const free = [...parameters.values()].find((p) => canVary(p) && !taken.has(p.path))!;
    taken.add(free.path);
    return wholeRange(free, axis.steps);
  }) as Query["axes"];
  return { ...query, axes, changes: query.changes.filter(([path]) => parameters.has(path)) };
}

export const canVary = ({ kind, least, most }: Parameter): boolean => kind === "number" && least < most;

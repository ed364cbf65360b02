/** Every design of an exploration, for other programs. */
import { csv } from "../format";
import type { Exploration, Space } from "./explore";
import type { Formula } from "./expression";

/** @param programs what they are called */
export function designsCsv(space: Space, found: Exploration, programs: readonly string[]): string {
  const head = [...space.axes.map((axis) => axis.path), ...programs.map((name) => `ns ${name}`), "cost", "objective"];
  const rows = Array.from({ length: space.count }, (_, i) => [...space.valuesOf(i).map(String), ...found.times.map((t) => t[i]!), found.cost[i]!, found.objective[i]!]);
  return csv([head, ...rows]);
}

export function designsJson(space: Space, found: Exploration, programs: readonly string[], base: string, cost: Formula, objective: Formula): string {
  const columns = space.axes.map((axis) => axis.path);
  const designs = Array.from({ length: space.count }, (_, i) => {
    const values = space.valuesOf(i);
    return { parameters: Object.fromEntries(columns.map((c, a) => [c, values[a]])), ns: found.times.map((t) => t[i]!), cost: found.cost[i]!, objective: found.objective[i]! };
  });
  return `${JSON.stringify({ format: 1, programs, base, cost: cost.text, objective: objective.text, best: found.best, front: found.front, designs })}\n`;
}

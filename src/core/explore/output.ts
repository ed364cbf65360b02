/** Every design of an exploration, for other programs; in turns, as there may be a million. */
import { csv } from "../format";
import { type Exploration, type Space, turnsOf } from "./explore";
import type { Formula } from "./expression";

/** @param pieceOf text of the designs from one to another */
function* inTurns(space: Space, head: string, pieceOf: (designs: number[]) => string, tail: string): Generator<void, string> {
  const pieces = [head];
  for (const designs of turnsOf(space)) {
    pieces.push(pieceOf(Array.from(designs)));
    yield;
  }
  return pieces.join("") + tail;
}

/** @param programs what they are called */
export function designsCsv(space: Space, found: Exploration, programs: readonly string[]): Generator<void, string> {
  const head = [...space.axes.map((axis) => axis.path), ...programs.map((name) => `ns ${name}`), "cost", "objective"];
  const row = (i: number): (string | number)[] => [...space.valuesOf(i).map(String), ...found.times.map((t) => t[i]!), found.cost[i]!, found.objective[i]!];
  return inTurns(space, csv([head]), (designs) => csv(designs.map(row)), "");
}

export function designsJson(space: Space, found: Exploration, programs: readonly string[], base: string, cost: Formula, objective: Formula): Generator<void, string> {
  const columns = space.axes.map((axis) => axis.path);
  const about = JSON.stringify({ format: 1, programs, base, cost: cost.text, objective: objective.text, best: found.best, front: found.front });
  const design = (i: number): string => {
    const values = space.valuesOf(i);
    const described = { parameters: Object.fromEntries(columns.map((c, a) => [c, values[a]])), ns: found.times.map((t) => t[i]!), cost: found.cost[i]!, objective: found.objective[i]! };
    return (i ? "," : "") + JSON.stringify(described);
  };
  return inTurns(space, `${about.slice(0, -1)},"designs":[`, (designs) => designs.map(design).join(""), "]}\n");
}

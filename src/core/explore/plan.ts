import { UserError } from "../errors";
import { checkValue, type Known, parametersOf, type Value } from "../model/derive";
import type { Microarchitecture } from "../model/description";
import type { Encoder } from "../model/encoder";
import { spread } from "./coarse";
import { type Axis, checked, createSpace, readFormula, type Space } from "./explore";
import type { Formula } from "./expression";

/** Values of an axis at most. */
export const MOST_STEPS = 100;

export interface AxisRange {
  path: string;
  least: number;
  most: number;
  steps: number;
}

/** A grid of designs around a machine, and what is thought good. */
export interface Query {
  /** rows and columns of the grid */
  axes: [AxisRange, AxisRange];
  /** what all designs have other than the machine in the middle */
  changes: [path: string, value: Value][];
  cost: string;
  objective: string;
}

export interface Plan {
  space: Space;
  cost: Formula;
  objective: Formula;
}

const text = (value: unknown): value is string => typeof value === "string";
const isAxis = (value: unknown): value is AxisRange => {
  const axis = value as AxisRange | null;
  return typeof axis === "object" && axis !== null && text(axis.path) && [axis.least, axis.most, axis.steps].every((v) => typeof v === "number");
};
const isValue = (value: unknown): boolean => (typeof value === "number" ? Number.isFinite(value) : text(value) || typeof value === "boolean");

/** A parameter and a value it may have. */
export const isChange = (value: unknown): value is [path: string, value: Value] => Array.isArray(value) && value.length === 2 && text(value[0]) && isValue(value[1]);

export function isQuery(value: unknown): value is Query {
  if (typeof value !== "object" || value === null) return false;
  const q = value as Record<string, unknown>;
  return Array.isArray(q["axes"]) && q["axes"].length === 2 && q["axes"].every(isAxis) && Array.isArray(q["changes"]) && q["changes"].every(isChange) && text(q["cost"]) && text(q["objective"]);
}

function axisOf({ path, least, most, steps }: AxisRange, known: ReadonlyMap<string, Known>): Axis {
  const one = known.get(path);
  const bad = (what: string): UserError => new UserError("explore", `${path}: ${what}`);
  if (one?.kind !== "number") throw bad("is no parameter with numbers");
  if (!Number.isInteger(steps) || steps < 2 || steps > MOST_STEPS) throw bad(`2 to ${MOST_STEPS} steps are possible, not ${steps}`);
  if (!(least < most)) throw bad(`the range must rise; it is ${least} to ${most}`);
  checked({ path, values: [least, most] }, one);
  return { path, values: spread(least, most, steps, one.whole) };
}

/** @throws UserError that says what of the query is not possible */
export function planOf(start: Microarchitecture, { axes, changes, cost, objective }: Query, known: ReadonlyMap<string, Known>, encoder: Encoder): Plan {
  const own = parametersOf(start);
  for (const [path, value] of changes) {
    const one = known.get(path);
    if (!one || !own.has(path)) throw new UserError("explore", `${path} is no parameter of ${start.name}`);
    const { error } = checkValue(path, value, one);
    if (error) throw new UserError("explore", error);
  }
  return {
    space: createSpace(start, axes.map((axis) => axisOf(axis, known)), encoder, new Map(changes)),
    cost: readFormula(cost, "cost", known, []),
    objective: readFormula(objective, "objective", known, ["time", "cost"]),
  };
}

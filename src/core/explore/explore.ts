import { UserError } from "../errors";
import { nearest } from "../nearest";
import { type Known, parametersOf, pathOf, type Value, valueOf, withParameters } from "../model/derive";
import type { Microarchitecture } from "../model/description";
import { type Encoder, encoderAround } from "../model/encoder";
import { type Formula, parseFormula } from "./expression";

/** One parameter and the values it takes. */
export interface Axis {
  path: string;
  values: Value[];
}

/** PerfVec's own objective: time, weighed by what the caches cost. */
export const DEFAULT_COST = "1000 + 10 * l1d.size_kb + l2.size_kb";
export const DEFAULT_OBJECTIVE = "time * cost";
const MOST_DESIGNS = 1e6;

/** "l1d.size_kb=4..128" doubles, "freq_ghz=1..3+0.5" adds, "bp=tage,local" lists. @throws UserError */
export function parseAxis(text: string, known: ReadonlyMap<string, Known>): Axis {
  const at = text.indexOf("=");
  if (at < 1) throw new UserError("usage", `"${text}" is not parameter=values`);
  const path = pathOf(text.slice(0, at).trim(), known);
  const one = known.get(path)!;
  const range = /^([\d.]+)\.\.([\d.]+)(?:\+([\d.]+))?$/.exec(text.slice(at + 1).trim());
  if (!range) return { path, values: [...new Set(text.slice(at + 1).split(",").map((v) => valueOf(v.trim(), path, one)))] };
  const [from, to] = [Number(range[1]), Number(range[2])];
  const step = range[3] === undefined ? undefined : Number(range[3]);
  if (one.kind !== "number" || !(from > 0) || !(to >= from) || (step !== undefined && !(step > 0))) throw new UserError("usage", `"${text}" is not a range of numbers such as ${path}=${one.least}..${one.most}`);
  const values: number[] = [];
  for (let v = from; v <= to * (1 + 1e-9) && values.length <= MOST_DESIGNS; v = step === undefined ? 2 * v : from + step * values.length) values.push(v);
  return { path, values };
}

/** Prices designs around one machine. */
export interface Space {
  axes: Axis[];
  count: number;
  /** values of design i, one an axis */
  valuesOf(i: number): Value[];
  machineOf(i: number): Microarchitecture;
  /** float64 [d], nanoseconds a unit */
  vectorOf(i: number): Float64Array;
}

/** Every combination of the axes' values, the last axis fastest. */
export function createSpace(base: Microarchitecture, axes: Axis[], encoder: Encoder): Space {
  const count = axes.reduce((n, axis) => n * axis.values.length, 1);
  if (!(count >= 1) || count > MOST_DESIGNS) throw new UserError("usage", `${count} designs: one has to be there, and ${MOST_DESIGNS} are the most`);
  const twice = axes.map((a) => a.path).find((path, i, all) => all.indexOf(path) !== i);
  if (twice !== undefined) throw new UserError("usage", `${twice} is varied twice`);
  const valuesOf = (i: number): Value[] => {
    const values: Value[] = [];
    for (let a = axes.length - 1, rest = i; a >= 0; a--) {
      const { values: own } = axes[a]!;
      values[a] = own[rest % own.length]!;
      rest = Math.floor(rest / own.length);
    }
    return values;
  };
  // Machines are changed in place: a copy of each of ten thousand would take longer than pricing it.
  const changed = withParameters(base, new Map());
  const places = axes.map(({ path }) => {
    const steps = path.split(".");
    const holder = steps.slice(0, -1).reduce<Record<string, unknown>>((at, step) => (at[step] ??= {}) as Record<string, unknown>, changed);
    return { holder, key: steps.at(-1)! };
  });
  const set = (i: number): Microarchitecture => {
    valuesOf(i).forEach((value, a) => (places[a]!.holder[places[a]!.key] = value));
    return changed;
  };
  const vectorOf = encoderAround(base, encoder);
  return {
    axes,
    count,
    valuesOf,
    machineOf: (i) => structuredClone(set(i)),
    vectorOf: (i) => vectorOf(set(i)),
  };
}

export interface Exploration {
  /** [programs][designs] nanoseconds */
  times: Float64Array[];
  /** [designs] geometric mean of the programs' times */
  time: Float64Array;
  /** [designs] */
  cost: Float64Array;
  /** [designs] smaller is better */
  objective: Float64Array;
  best: number;
  /** designs than which none is both faster and cheaper, fastest first */
  front: number[];
}

/** Formulas of a space's designs: names of parameters are completed. @throws UserError that suggests the nearest name */
export function readFormula(text: string, what: string, known: ReadonlyMap<string, Known>, more: readonly string[]): Formula {
  const formula = parseFormula(text, what);
  for (const name of formula.names) {
    if (more.includes(name)) continue;
    const found = known.get(name) ?? known.get(`params.${name}`);
    if (!found) throw new UserError("formula", `${what} "${text}": there is nothing called "${name}"; the nearest is "${nearest(name, [...more, ...known.keys()])}"`);
    if (found.kind !== "number") throw new UserError("formula", `${what} "${text}": ${name} is no number`);
  }
  return formula;
}

/** @param programs [d] summed representation of each */
export function explore(space: Space, programs: readonly ArrayLike<number>[], cost: Formula, objective: Formula): Exploration {
  const times = programs.map(() => new Float64Array(space.count));
  const time = new Float64Array(space.count);
  const costs = new Float64Array(space.count);
  const objectives = new Float64Array(space.count);
  const fixed = parametersOf(space.machineOf(0));
  const axisOf = new Map(space.axes.map((axis, a) => [axis.path, a]));
  for (let i = 0; i < space.count; i++) {
    const vector = space.vectorOf(i);
    let product = 0;
    programs.forEach((sum, p) => {
      let t = 0;
      for (let k = 0; k < vector.length; k++) t += sum[k]! * vector[k]!;
      times[p]![i] = t;
      product += Math.log(t);
    });
    time[i] = Math.exp(product / programs.length);
    const values = space.valuesOf(i);
    const parameter = (name: string): number => {
      const path = fixed.has(name) ? name : `params.${name}`;
      const axis = axisOf.get(path);
      return Number(axis === undefined ? fixed.get(path) : values[axis]);
    };
    costs[i] = cost.evaluate(parameter);
    objectives[i] = objective.evaluate((name) => (name === "time" ? time[i]! : name === "cost" ? costs[i]! : parameter(name)));
  }
  let best = -1;
  for (let i = 0; i < space.count; i++) if (Number.isFinite(objectives[i]!) && (best < 0 || objectives[i]! < objectives[best]!)) best = i;
  if (best < 0) throw new UserError("formula", `the objective "${objective.text}" is no number for any design`);
  return { times, time, cost: costs, objective: objectives, best, front: frontOf(time, costs) };
}

/** Indices of points than which none is smaller in both, by `a`. */
export function frontOf(a: Float64Array, b: Float64Array): number[] {
  const order = Array.from(a.keys()).sort((i, j) => a[i]! - a[j]! || b[i]! - b[j]!);
  let least = Infinity;
  return order.filter((i) => b[i]! < least && ((least = b[i]!), true));
}

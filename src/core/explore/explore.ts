import { UserError } from "../errors";
import { nearest } from "../nearest";
import { checkValue, type Known, parametersOf, pathOf, type Value, valueOf, withParameters } from "../model/derive";
import type { Microarchitecture } from "../model/description";
import { anchoredAt } from "../model/anchor";
import type { Encoder } from "../model/encoder";
import { atOnce } from "../turns";
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
  if (!range) return checked({ path, values: [...new Set(text.slice(at + 1).split(",").map((v) => valueOf(v.trim(), path, one)))] }, one);
  const [from, to] = [Number(range[1]), Number(range[2])];
  const step = range[3] === undefined ? undefined : Number(range[3]);
  if (one.kind !== "number" || !(from > 0) || !(to >= from) || (step !== undefined && !(step > 0))) throw new UserError("usage", `"${text}" is not a range of numbers such as ${path}=${one.least}..${one.most}`);
  const values: number[] = [];
  for (let v = from; v <= to * (1 + 1e-9) && values.length <= MOST_DESIGNS; v = step === undefined ? 2 * v : from + step * values.length) values.push(v);
  return checked({ path, values }, one);
}

/** What `uarch add` refuses is no design either. @throws UserError */
export function checked(axis: Axis, known: Known): Axis {
  for (const value of axis.values) {
    const { error } = checkValue(axis.path, value, known);
    if (error) throw new UserError("uarch", error);
  }
  return axis;
}

/** Designs around one machine. */
export interface Space {
  axes: Axis[];
  count: number;
  /** the machine in the middle, with the changes that all designs have */
  start: Microarchitecture;
  /** values of design i, one an axis */
  valuesOf(i: number): Value[];
  machineOf(i: number): Microarchitecture;
  /** float64 [designs * d], nanoseconds a unit */
  vectorsOf(designs: ArrayLike<number>): Float64Array;
}

/**
 * Every combination of the axes' values, the last axis fastest. Where the machine in the middle has a vector of its own,
 * designs are anchored at it (model/anchor.ts).
 * @param changes that all designs have
 */
export function createSpace(base: Microarchitecture, axes: Axis[], encoder: Encoder, changes: ReadonlyMap<string, Value> = new Map()): Space {
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
  const start = withParameters(base, changes);
  const changed = structuredClone(start);
  const places = axes.map(({ path }) => {
    const steps = path.split(".");
    const holder = steps.slice(0, -1).reduce<Record<string, unknown>>((at, step) => (at[step] ??= {}) as Record<string, unknown>, changed);
    return { holder, key: steps.at(-1)! };
  });
  const set = (i: number): Microarchitecture => {
    valuesOf(i).forEach((value, a) => (places[a]!.holder[places[a]!.key] = value));
    return changed;
  };
  const encodeAll = anchoredAt(base, encoder);
  return {
    axes,
    count,
    start,
    valuesOf,
    machineOf: (i) => structuredClone(set(i)),
    vectorsOf: (designs) => encodeAll(designs.length, (i) => set(designs[i]!)),
  };
}

/** What designs cost, and which are good. */
export interface Judgement {
  /** [designs] */
  cost: Float64Array;
  /** [designs] smaller is better */
  objective: Float64Array;
  best: number;
  /** designs than which none is both faster and cheaper, fastest first */
  front: number[];
}

export interface Exploration extends Judgement {
  /** [programs][designs] nanoseconds */
  times: Float64Array[];
  /** [designs] geometric mean of the programs' times */
  time: Float64Array;
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

/** Times of some designs, [programs][designs]. @param programs [d] summed representation of each */
export function timesOf(space: Space, designs: ArrayLike<number>, programs: readonly ArrayLike<number>[]): Float64Array[] {
  const vectors = space.vectorsOf(designs);
  const d = vectors.length / designs.length;
  return programs.map((sum) =>
    Float64Array.from({ length: designs.length }, (_, i) => {
      let t = 0;
      for (let k = 0, at = i * d; k < d; k++, at++) t += sum[k]! * vectors[at]!;
      return t;
    }),
  );
}

/** By design. @param times [programs][designs] */
export function geometricMean(times: readonly Float64Array[]): Float64Array {
  if (times.length === 1) return times[0]!;
  return times[0]!.map((_, i) => Math.exp(times.reduce((sum, t) => sum + Math.log(t[i]!), 0) / times.length));
}

/** @param time [designs] @throws UserError when the objective is no number anywhere */
export function judge(space: Space, time: Float64Array, cost: Formula, objective: Formula): Judgement {
  const costs = evaluateAll(space, cost, {});
  const objectives = evaluateAll(space, objective, { time, cost: costs });
  let best = -1;
  for (let i = 0; i < space.count; i++) if (Number.isFinite(objectives[i]!) && (best < 0 || objectives[i]! < objectives[best]!)) best = i;
  if (best < 0) throw new UserError("formula", `the objective "${objective.text}" is no number for any design`);
  return { cost: costs, objective: objectives, best, front: frontOf(time, costs) };
}

/** A formula for every design. @param columns what it may name beside parameters */
function evaluateAll(space: Space, formula: Formula, columns: Record<string, Float64Array>): Float64Array {
  const fixed = parametersOf(space.start);
  const sources = formula.names.map((name) => {
    if (Object.hasOwn(columns, name)) return { column: columns[name]! };
    const path = fixed.has(name) ? name : `params.${name}`;
    const axis = space.axes.findIndex((a) => a.path === path);
    if (axis < 0) return { value: Number(fixed.get(path)) };
    const each = space.axes.slice(axis + 1).reduce((n, a) => n * a.values.length, 1);
    return { values: space.axes[axis]!.values.map(Number), each };
  });
  const values = sources.map((source) => source.value ?? 0);
  const out = new Float64Array(space.count);
  for (let i = 0; i < space.count; i++) {
    for (let n = 0; n < sources.length; n++) {
      const { column, values: own, each } = sources[n]!;
      if (column) values[n] = column[i]!;
      else if (own) values[n] = own[Math.floor(i / each) % own.length]!;
    }
    out[i] = formula.evaluate(values);
  }
  return out;
}

/** Designs of a turn: some milliseconds, and their vectors fit in a cache. */
const TURN = 256;

/** Numbers of a space's designs, a turn at a time. */
export function* turnsOf(space: Space): Generator<Uint32Array> {
  for (let from = 0; from < space.count; from += TURN) yield Uint32Array.from({ length: Math.min(TURN, space.count - from) }, (_, i) => from + i);
}

/** Every design, in turns. @param programs [d] summed representation of each */
export function* exploring(space: Space, programs: readonly ArrayLike<number>[], cost: Formula, objective: Formula): Generator<void, Exploration> {
  const times = programs.map(() => new Float64Array(space.count));
  for (const designs of turnsOf(space)) {
    timesOf(space, designs, programs).forEach((some, p) => times[p]!.set(some, designs[0]));
    yield;
  }
  const time = geometricMean(times);
  return { times, time, ...judge(space, time, cost, objective) };
}

/** The same at once. */
export const explore = (...asked: Parameters<typeof exploring>): Exploration => atOnce(exploring(...asked));

/** Indices of points than which none is smaller in both, by `a`. */
export function frontOf(a: Float64Array, b: Float64Array): number[] {
  const order = Uint32Array.from(a.keys()).sort((i, j) => a[i]! - a[j]! || b[i]! - b[j]!);
  let least = Infinity;
  return Array.from(order.filter((i) => b[i]! < least && ((least = b[i]!), true)));
}

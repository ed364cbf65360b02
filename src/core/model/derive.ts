import { UserError } from "../errors";
import { nearest } from "../nearest";
import type { Microarchitecture } from "./description";

/** Machines made from others: parameters by their path ("l1d.size_kb", "params.numROBEntries"; "params." may be left out). */

export type Value = number | string | boolean;

/** What is no parameter of the hardware. */
const NO_PARAMETERS = ["name", "title", "vector", "origin", "fitError", "base", "change", "split"];

/** Parameters by their path: "l1d.size_kb" -> 32. */
export function parametersOf(machine: object): Map<string, Value> {
  const found = new Map<string, Value>();
  const visit = (value: object, prefix: string): void => {
    for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
      if (prefix === "" && NO_PARAMETERS.includes(name)) continue;
      if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) visit(inner, `${prefix}${name}.`);
      else if (["number", "string", "boolean"].includes(typeof inner)) found.set(prefix + name, inner as Value);
    }
  };
  visit(machine, "");
  return found;
}

/** What values each parameter has in the library: where the encoder has been taught something. */
export interface Known {
  kind: "number" | "string" | "boolean";
  least: number;
  most: number;
  values: Value[];
  /** whether every number there is whole: sizes, counts, cycles */
  whole: boolean;
}

/** By library, which does not change, then core. */
const remembered = new WeakMap<readonly Microarchitecture[], Map<string, ReadonlyMap<string, Known>>>();

/** Of a kind of core, by path. */
export function knownParameters(library: readonly Microarchitecture[], core: Microarchitecture["core"]): ReadonlyMap<string, Known> {
  let ofCores = remembered.get(library);
  if (!ofCores) remembered.set(library, (ofCores = new Map()));
  let known = ofCores.get(core);
  if (!known) ofCores.set(core, (known = lookedThrough(library, core)));
  return known;
}

function lookedThrough(library: readonly Microarchitecture[], core: Microarchitecture["core"]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const machine of library) {
    if (machine.core !== core) continue;
    for (const [path, value] of parametersOf(machine)) {
      let one = known.get(path);
      if (!one) known.set(path, (one = { kind: typeof value as Known["kind"], least: Infinity, most: -Infinity, values: [], whole: true }));
      if (typeof value === "number") [one.least, one.most, one.whole] = [Math.min(one.least, value), Math.max(one.most, value), one.whole && Number.isInteger(value)];
      if (!one.values.includes(value)) one.values.push(value);
    }
  }
  known.delete("core");
  return known;
}

/** The whole path of a parameter that may be named without "params.". @throws UserError that suggests the nearest */
export function pathOf(name: string, known: ReadonlyMap<string, Known>): string {
  for (const path of [name, `params.${name}`]) if (known.has(path)) return path;
  throw new UserError("uarch", `no parameter is called "${name}"; the nearest is "${nearest(name, known.keys())}" (perfvec uarch show MACHINE lists them)`);
}

/** "64" -> 64, "true" -> true; by what the library has there. @throws UserError */
export function valueOf(text: string, path: string, known: Known): Value {
  if (known.kind === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (known.kind === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (known.kind === "string" && known.values.includes(text)) return text;
  const wanted = known.kind === "number" ? "a number" : known.kind === "boolean" ? "true or false" : `one of ${known.values.join(", ")}`;
  throw new UserError("uarch", `${path}: "${text}" is not ${wanted}`);
}

/** A copy of a machine with other parameters, without its vector. */
export function withParameters(base: Microarchitecture, changes: ReadonlyMap<string, Value>): Microarchitecture {
  const { fitError: _, ...described } = base; // of the fit of the other machine
  const machine = structuredClone({ ...described, vector: [] }) as Microarchitecture;
  for (const [path, value] of changes) {
    const steps = path.split(".");
    let at = machine as Record<string, unknown>;
    for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>;
    at[steps.at(-1)!] = value;
  }
  return machine;
}

/** How far beyond what the library has a number may lie. */
const BEYOND = 4;

/** What is wrong with a value, and what the encoder was never taught; "" where there is nothing to say. */
export interface Finding {
  error: string;
  warning: string;
}

export function checkValue(path: string, value: Value, { kind, values, least, most, whole }: Known): Finding {
  const bad = (error: string): Finding => ({ error, warning: "" });
  if (typeof value !== kind) return bad(`${path} must be a ${kind}, not ${JSON.stringify(value)}`);
  if (typeof value === "string" && !values.includes(value)) return bad(`${path} is "${value}"; known are ${values.join(", ")}`);
  if (typeof value !== "number") return bad("");
  if (value < 0 || !Number.isFinite(value)) return bad(`${path} must not be negative`);
  if (whole && !Number.isInteger(value)) return bad(`${path} is ${value}; it must be a whole number`);
  if (value > BEYOND * most || value < least / BEYOND) return bad(`${path} is ${value}, far from what any machine of the library has (${least} to ${most}): a prediction would mean nothing`);
  const beyond = value > most || value < least;
  return { error: "", warning: beyond ? `${path} is ${value}; the library has ${least} to ${most}, so this is an extrapolation` : "" };
}

/**
 * What is wrong with a machine's parameters, and what the encoder was never taught.
 * @throws UserError when one is missing, of another type, or senseless
 */
export function checkParameters(machine: Microarchitecture, library: readonly Microarchitecture[], file: string): string[] {
  const known = knownParameters(library, machine.core);
  const own = parametersOf(machine);
  const warnings: string[] = [];
  const bad = (what: string): UserError => new UserError("uarch", `${file}: ${what}`);
  for (const [path, value] of own) {
    if (path === "core") continue;
    const one = known.get(path);
    if (!one) throw bad(`no parameter of a ${machine.core} core is called "${path}"; the nearest is "${nearest(path, known.keys())}"`);
    const { error, warning } = checkValue(path, value, one);
    if (error) throw bad(error);
    if (warning) warnings.push(warning);
  }
  // Every machine of this core has these.
  const same = library.filter((m) => m.core === machine.core).map(parametersOf);
  const missing = [...known.keys()].filter((path) => !own.has(path) && same.every((p) => p.has(path)));
  if (missing.length) throw bad(`${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""} missing: name a machine to begin from with "like"`);
  return warnings;
}

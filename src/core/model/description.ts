import { UserError } from "../errors";
import { oneLine } from "../format";
import { nearest } from "../nearest";

/** models/model.json: what the instruction model expects and gives. Written by training/export.py. */
export interface ModelDescription {
  format: 1;
  name: string;
  /** hash over what the features are (features/fingerprint.ts): a model refuses others */
  featureSet: string;
  /** rows that one call takes */
  chunk: number;
  /** width of a row of features */
  inputs: number;
  /** width of a representation */
  dimensions: number;
  /** shape of each carried context, [rows, channels] */
  contexts: [number, number][];
  /** mean errors as fractions on programs kept out of training (training/evaluate.py): of benchmark suites, and hand-written kernels unlike them */
  accuracy?: { programError: number; unlikeProgramError: number; profileError: number };
}

/** One machine of models/machines.json. Parameters are as the data set names them. */
export interface Microarchitecture {
  name: string;
  title: string;
  core: "o3" | "minor";
  freq_ghz: number;
  /** representation, nanoseconds a unit */
  vector: number[];
  [parameter: string]: unknown;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError("model", `${path}: not valid JSON (${(error as Error).message})`);
  }
}

const positive = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;

/** @throws UserError that names the file and what is wrong with it */
export function parseModelDescription(text: string, path: string): ModelDescription {
  const model = parseJson(text, path) as ModelDescription;
  const bad = (what: string): UserError => new UserError("model", `${path}: ${what}`);
  if (typeof model !== "object" || model === null) throw bad("not a model description");
  if (model.format !== 1) throw bad(`format ${String(model.format)} is of another version of PerfVec Lens (this one reads format 1)`);
  if (typeof model.name !== "string" || typeof model.featureSet !== "string") throw bad("name or featureSet is missing");
  if (!positive(model.chunk) || !positive(model.inputs) || !positive(model.dimensions)) throw bad("chunk, inputs and dimensions must be positive integers");
  const shapes = Array.isArray(model.contexts) && model.contexts.every((c) => Array.isArray(c) && c.length === 2 && c.every(positive));
  if (!shapes) throw bad("contexts must be a list of [rows, channels]");
  const { accuracy } = model;
  const known = accuracy === undefined || [accuracy?.programError, accuracy?.unlikeProgramError, accuracy?.profileError].every((e) => typeof e === "number" && e >= 0);
  if (!known) throw bad("accuracy must have programError, unlikeProgramError and profileError, as fractions");
  return model;
}

/** A machine that needs no vector: to be simulated, or encoded. @throws UserError that names the file and what is wrong with it */
export const parseMachine = (text: string, path: string): Microarchitecture => describedMachine(parseJson(text, path), path);

/** A list of them, as a data set's machines.json is. @throws UserError that names the file, the machine, and what is wrong with it */
export function parseDescriptions(text: string, path: string): Microarchitecture[] {
  const machines = parseJson(text, path);
  if (!Array.isArray(machines)) throw new UserError("uarch", `${path}: not a list of machines`);
  return machines.map((machine, i) => describedMachine(machine, `${path}: machine ${i}`));
}

function describedMachine(value: unknown, path: string): Microarchitecture {
  const machine = value as Partial<Microarchitecture> | null;
  const bad = (what: string): UserError => new UserError("uarch", `${path}: ${what}`);
  if (typeof machine !== "object" || machine === null || Array.isArray(machine)) throw bad("not a machine (an object as models/machines.json holds)");
  const { name, title, core, freq_ghz, vector } = machine;
  if (typeof name !== "string" || !/^[\w.+-]{1,100}$/.test(name)) throw bad("name is missing, or no plain word");
  if (core !== "o3" && core !== "minor") throw bad('core must be "o3" or "minor"');
  if (!(typeof freq_ghz === "number" && freq_ghz > 0 && Number.isFinite(freq_ghz))) throw bad("freq_ghz must be positive");
  return { ...machine, name, title: typeof title === "string" ? oneLine(title) : name, core, freq_ghz, vector: Array.isArray(vector) ? vector : [] };
}

/** @throws UserError that names the file and the machine */
export function parseMachines(text: string, path: string, dimensions: number): Microarchitecture[] {
  const machines = parseJson(text, path);
  if (!Array.isArray(machines) || machines.length === 0) throw new UserError("model", `${path}: not a list of machines`);
  for (const machine of machines as Microarchitecture[]) {
    const bad = (what: string): UserError => new UserError("model", `${path}: machine ${String(machine?.name)}: ${what}`);
    if (typeof machine?.name !== "string" || typeof machine.title !== "string") throw bad("name or title is missing");
    if (!(machine.freq_ghz > 0)) throw bad("freq_ghz must be positive");
    if (!Array.isArray(machine.vector) || machine.vector.length !== dimensions) throw bad(`its vector must have ${dimensions} numbers`);
    if (!machine.vector.every((v) => Number.isFinite(v) && v >= 0)) throw bad("its vector holds something else than non-negative numbers");
  }
  return machines as Microarchitecture[];
}

/** The machines named, capitals and small letters alike, or all for "all". @throws UserError that suggests the nearest name */
export function selectMachines(machines: readonly Microarchitecture[], names: readonly string[]): Microarchitecture[] {
  if (names.some((name) => name.toLowerCase() === "all")) return [...machines];
  const selected = names.map((name) => {
    const found = machines.find((m) => m.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
    const near = nearest(name, machines.map((m) => m.name));
    throw new UserError("uarch", `no machine is called "${name}"; the nearest is "${near}" (perfvec uarch list shows all ${machines.length})`);
  });
  return [...new Set(selected)];
}

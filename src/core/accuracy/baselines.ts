import { UserError } from "../errors";

/**
 * What a prediction has to beat: executed-instruction counts, mean latency of an operation class, and of an operation
 * class at the level of memory where an LRU cache would find its line. All three are linear in counts of these classes.
 */

/** Columns of the model's features (emulator/assembly/features.ts): the operation one-hot, cold data line, log2(1 + distance) / 16. */
const OPERATIONS = 16;
const COLD = 32;
const DISTANCE = 33;
/** The first operation that reads or writes memory (trace.ts). */
const MEMORY = 12;
/** log2 of the lines of a 32 kB L1 and of a 512 kB L2, as features have distances. */
const LEVELS = [9 / 16, 13 / 16] as const;

/** Operation + OPERATIONS * level (0: L1 or no access, 1: L2, 2: memory). */
export const CLASSES = 3 * OPERATIONS;

export function classOf(features: Float32Array, at: number): number {
  let op = 0;
  for (let k = 1; k < OPERATIONS; k++) if (features[at + k]! > features[at + op]!) op = k;
  if (op < MEMORY) return op;
  const distance = features[at + COLD]! > 0 ? Infinity : features[at + DISTANCE]!;
  return op + OPERATIONS * (distance >= LEVELS[1] ? 2 : distance >= LEVELS[0] ? 1 : 0);
}

export const BASELINES = ["instructionCounts", "opClass", "opClassLru"] as const;
export type Baseline = (typeof BASELINES)[number];

/** The number of a class among those that a baseline tells apart. */
const GROUP: Record<Baseline, (c: number) => number> = { instructionCounts: () => 0, opClass: (c) => c % OPERATIONS, opClassLru: (c) => c };
const GROUPS: Record<Baseline, number> = { instructionCounts: 1, opClass: OPERATIONS, opClassLru: CLASSES };

/** Executions by class -> by what the baseline tells apart. @param classes [CLASSES] from `at` */
export function grouped(baseline: Baseline, classes: Float64Array, at = 0): Float64Array {
  const groups = new Float64Array(GROUPS[baseline]);
  for (let c = 0; c < CLASSES; c++) groups[GROUP[baseline](c)]! += classes[at + c]!;
  return groups;
}

/** Cycles an execution on one machine, by what a baseline tells apart. */
export type BaselineCosts = Record<Baseline, number[]>;

/** models/baselines.json, written by training/baselines.py. @throws UserError that names the file */
export function parseBaselines(text: string, path: string): Map<string, BaselineCosts> {
  let costs: Record<string, BaselineCosts>;
  try {
    costs = JSON.parse(text) as typeof costs;
  } catch (error) {
    throw new UserError("model", `${path}: not valid JSON (${(error as Error).message})`);
  }
  const fits = (one: BaselineCosts): boolean => BASELINES.every((b) => Array.isArray(one?.[b]) && one[b].length === GROUPS[b] && one[b].every((c) => c >= 0));
  if (!costs || typeof costs !== "object" || !Object.values(costs).every(fits)) throw new UserError("model", `${path}: does not hold the baselines of machines`);
  return new Map(Object.entries(costs));
}

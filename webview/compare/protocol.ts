/** What the comparison view and its page say to each other. Times in nanoseconds; the page makes texts of them, as it sorts by them. */
import { always, hasText, messageChecker } from "../messages";

const SCOPES = ["program", "function", "line"] as const;
/** what is compared */
export type Scope = (typeof SCOPES)[number];

/** What the page asks for. */
export interface Want {
  scope: Scope;
  /** whether function and line follow the editor's cursor */
  follow: boolean;
  /** every machine of the library, not only those chosen */
  all: boolean;
  /** of a function or line: with the calls that are inlined into it */
  inlined: boolean;
  /** name of the pinned machine; null: the one that is painted */
  baseline: string | null;
}

/** null: not known */
export interface MachineRow {
  name: string;
  title: string;
  core: "o3" | "minor";
  /** width, order and window in words */
  kind: string;
  time: number;
  cycles: number;
  cpi: number | null;
  speedup: number | null;
  measured: number | null;
  /** of the prediction, as a signed share of what was measured */
  error: number | null;
}

/** What goes of the time when one thing about the painted machine gets better. */
export interface LimitRow {
  cause: string;
  /** "the L1D had 128 kB" */
  words: string;
  /** share of the time */
  gain: number;
}

export interface ComparisonView {
  /** what the times are of: the program, `f`, `a.c:12` */
  name: string;
  /** the program that it is of */
  program: string;
  /** whether the text was edited since */
  stale: boolean;
  /** whether calls are inlined into it, so that they can be counted or not */
  hasInlined: boolean;
  /** why there is nothing to compare; "" when there is */
  nothing: string;
  /** name of the machine that is painted */
  machine: string;
  /** name of the machine that the speed-ups are against */
  baseline: string;
  rows: MachineRow[];
  /** sentences about the painted machine and this program, function or line */
  detail: string[];
  /** those that say something, most gain first */
  limits: LimitRow[];
  /** in words, that none does; "" when one does, or the machine is not described */
  unlimited: string;
}

export type ToPage = { type: "show"; view: ComparisonView } | { type: "empty"; trusted: boolean };

export type ToHost = { type: "want"; want: Want } | { type: "choose"; name: string } | { type: "predict" } | { type: "sample" };

export function isWant(value: unknown): value is Want {
  if (typeof value !== "object" || value === null) return false;
  const w = value as Record<string, unknown>;
  return (
    SCOPES.includes(w["scope"] as Scope) &&
    ["follow", "all", "inlined"].every((flag) => typeof w[flag] === "boolean") &&
    (w["baseline"] === null || typeof w["baseline"] === "string")
  );
}

export const isToHost = messageChecker<ToHost>({
  want: (m) => isWant(m["want"]),
  choose: hasText("name"),
  predict: always,
  sample: always,
});

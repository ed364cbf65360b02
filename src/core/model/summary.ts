import { percent } from "../format";
import { type Origin, originOf } from "./confidence";
import type { Microarchitecture, ModelDescription } from "./description";

/** What a machine is, in words. */
export interface MachineSummary {
  core: string;
  clock: string;
  caches: string;
  /** how its vector came about, when it is no machine of the library; else "" */
  made: string;
}

const MADE: Record<Origin, string> = { library: "", parameters: "by its parameters", fit: "fitted to runs" };


const kilobytes = (cache: unknown): string | undefined => {
  const kb = (cache as { size_kb?: unknown } | null | undefined)?.size_kb;
  if (typeof kb !== "number") return undefined;
  return kb >= 1024 ? `${kb / 1024} MB` : `${kb} kB`;
};

/** gem5's widths, out of order and in order: a core is as wide as its narrowest stage. */
const STAGES = ["fetchWidth", "decodeWidth", "renameWidth", "dispatchWidth", "issueWidth", "commitWidth", "decodeInputWidth", "executeIssueLimit", "executeCommitLimit"];

export function describeMachine(machine: Microarchitecture): MachineSummary {
  const parameters = (machine["params"] ?? {}) as Record<string, unknown>;
  const widths = STAGES.map((stage) => parameters[stage]).filter((width) => typeof width === "number");
  // A machine that was fitted to runs alone says nothing of its core.
  const isKnown = machine["params"] !== undefined || originOf(machine) !== "fit";
  const order = !isKnown ? "core not known" : machine.core === "o3" ? "out of order" : "in order";
  const window = typeof parameters["numROBEntries"] === "number" ? `, window ${parameters["numROBEntries"]}` : "";
  const levels = (["l1i", "l1d", "l2", "l3"] as const).flatMap((level) => {
    const size = kilobytes(machine[level]);
    return size === undefined ? [] : [`${level.toUpperCase()} ${size}`];
  });
  return {
    core: `${widths.length ? `${Math.min(...widths)}-wide ` : ""}${order}${window}`,
    clock: `${machine.freq_ghz} GHz`,
    caches: levels.join(", "),
    made: MADE[originOf(machine)],
  };
}

/** Its core, and how its vector came about. */
export function describedBriefly(machine: Microarchitecture): string {
  const { core, made } = describeMachine(machine);
  return made ? `${core}, ${made}` : core;
}

/** How far off the model's totals are, in words; "" when nobody measured it. */
export function howSure({ accuracy }: ModelDescription): string {
  if (!accuracy) return "";
  return `on whole programs it never saw it is off by ${percent(accuracy.programError)} (of benchmark suites) and ${percent(accuracy.unlikeProgramError)} (hand-written loops) on average`;
}

import type { Microarchitecture } from "../model/description";
import { percent } from "../format";
import { anchoredAt } from "../model/anchor";
import { parametersOf, type Value, withParameters } from "../model/derive";
import type { Encoder } from "../model/encoder";
import { timeOn } from "../profile/representation";

/**
 * What limits a program, function or line on a machine: each resource is made better in turn, the encoder says what that
 * does to the machine's vector, and what time goes then is what that resource costs. The improvements are those that the
 * data set simulated for three machines (`base+change`), so that `perfvec evaluate` can tell how right the answers are.
 */
export type Cause = "memory" | "L2" | "L1D" | "branches" | "front end" | "window" | "width and units";

interface Improvement {
  /** as the data set calls it */
  change: string;
  cause: Cause;
  /** what changes, and "if …" in words; undefined when the machine has the best already */
  of(parameter: (path: string) => Value | undefined): { changes: [string, Value][]; words: string } | undefined;
}

const kilobytes = (kb: number): string => (kb >= 1024 ? `${kb / 1024} MB` : `${kb} kB`);

const fourTimes = (change: string, cause: Cause, level: "l1i" | "l1d" | "l2"): Improvement => ({
  change, cause,
  of(parameter) {
    const size = Number(parameter(`${level}.size_kb`)) * 4;
    return size > 0 ? { changes: [[`${level}.size_kb`, size]], words: `the ${level.toUpperCase()} had ${kilobytes(size)}` } : undefined;
  },
});

const faster = (change: string, cause: Cause, level: "l1d" | "l2", best: (cycles: number) => number): Improvement => ({
  change, cause,
  of(parameter) {
    const now = Number(parameter(`${level}.latency`));
    const cycles = best(now);
    return cycles < now ? { changes: [[`${level}.latency`, cycles]], words: `the ${level.toUpperCase()} answered in ${cycles} ${cycles === 1 ? "cycle" : "cycles"}` } : undefined;
  },
});

const WINDOW = ["numROBEntries", "numIQEntries", "LQEntries", "SQEntries", "numPhysIntRegs", "numPhysFloatRegs"];
const BEST_PREDICTOR = "tagescl64";

/** Widths and units as the data set's widest variants have them, by core. */
const WIDE: Record<Microarchitecture["core"], readonly [string, number][]> = {
  o3: [
    ["fu.int_alu", 8], ["fu.int_muldiv", 4], ["fu.fp_alu", 8], ["fu.fp_muldiv", 4], ["fu.read", 4], ["fu.write", 4],
    ...["fetchWidth", "decodeWidth", "renameWidth", "dispatchWidth", "issueWidth", "commitWidth"].map((width): [string, number] => [`params.${width}`, 8]),
  ],
  minor: [
    ["fu.int_alu", 4], ["fu.int_mul", 2], ["fu.fp", 2], ["fu.mem", 2], ["params.fetch2InputBufferSize", 4], ["params.decodeInputBufferSize", 5],
    ["params.decodeInputWidth", 4], ["params.executeInputWidth", 4], ["params.executeIssueLimit", 4], ["params.executeMemoryIssueLimit", 2],
    ["params.executeCommitLimit", 4], ["params.executeMemoryCommitLimit", 2], ["params.executeInputBufferSize", 10], ["params.executeMaxAccessesInMemory", 4],
    ["params.executeLSQRequestsQueueSize", 2], ["params.executeLSQTransfersQueueSize", 4],
  ],
};

const IMPROVEMENTS: readonly Improvement[] = [
  {
    change: "mem-fast", cause: "memory",
    of: (parameter) => (String(parameter("mem.type")).startsWith("HBM") ? undefined : { changes: [["mem.type", "HBM_1000_4H_1x128"], ["mem.channels", Math.max(4, Number(parameter("mem.channels") ?? 1))]], words: "memory were HBM" }),
  },
  fourTimes("l2-x4", "L2", "l2"),
  faster("l2-fast", "L2", "l2", (cycles) => Math.floor(cycles / 2)),
  fourTimes("l1d-x4", "L1D", "l1d"),
  faster("l1d-fast", "L1D", "l1d", () => 1),
  {
    change: "bp-best", cause: "branches",
    of: (parameter) => (parameter("bp") === BEST_PREDICTOR ? undefined : { changes: [["bp", BEST_PREDICTOR]], words: "branches were predicted by a 64 kB TAGE-SC-L" }),
  },
  fourTimes("l1i-x4", "front end", "l1i"),
  {
    change: "window-x2", cause: "window",
    of(parameter) {
      const entries = Number(parameter("params.numROBEntries"));
      const changes = WINDOW.flatMap((name): [string, Value][] => (typeof parameter(`params.${name}`) === "number" ? [[`params.${name}`, 2 * Number(parameter(`params.${name}`))]] : []));
      return entries > 0 ? { changes, words: `the instruction window had ${2 * entries} entries` } : undefined;
    },
  },
  {
    change: "wide", cause: "width and units",
    of(parameter) {
      const changes = WIDE[parameter("core") as Microarchitecture["core"]].filter(([path, value]) => Number(parameter(path) ?? 0) < value);
      return changes.length ? { changes, words: parameter("core") === "o3" ? "it were 8 wide, with units for that" : "it were 4 wide, with units for that" } : undefined;
    },
  },
];

/** Changes that make a cache larger and leave its latency as it is, so that they can hardly hurt. */
export const LARGER_CACHES: ReadonlySet<string> = new Set(["l1i-x4", "l1d-x4", "l2-x4"]);

/** A machine with one resource made better. */
export interface Improved {
  change: string;
  cause: Cause;
  /** "the L1D had 128 kB" */
  words: string;
  machine: Microarchitecture;
}

/** What could be better about a machine. */
export interface Improvements {
  each: readonly Improved[];
  /**
   * With all of these at once: tells what waits for its own results from what several things hold up. The data set has no such
   * machines; `perfvec evaluate` tells how much of what is said to wait for its own results does so on other machines of the kind, too.
   */
  all: Microarchitecture | undefined;
}

/** Of a machine of which nothing is known but its vector. */
export const NO_IMPROVEMENTS: Improvements = { each: [], all: undefined };

/** Machines with vectors of their own; none where the model has no encoder, or the machine no parameters. */
export function improvedMachines(machine: Microarchitecture, encoder: Encoder | undefined): Improvements {
  const parameters = parametersOf(machine);
  if (!encoder || !parameters.has("l1d.size_kb")) return NO_IMPROVEMENTS;
  const found = IMPROVEMENTS.flatMap(({ change, cause, of }) => {
    const better = of((path) => parameters.get(path));
    return better ? [{ change, cause, ...better }] : [];
  });
  const better = [...found.map(({ changes }) => changes), found.flatMap(({ changes }) => changes)].map((changes) => withParameters(machine, new Map(changes)));
  const vectors = anchoredAt(machine, encoder)(better.length, (i) => better[i]!);
  const d = machine.vector.length;
  const priced = (i: number, words: string): Microarchitecture => ({ ...better[i]!, name: `${machine.name} if ${words}`, vector: [...vectors.subarray(i * d, (i + 1) * d)] });
  return {
    each: found.map(({ change, cause, words }, i) => ({ change, cause, words, machine: priced(i, words) })),
    all: found.length ? priced(found.length, "all of it were better") : undefined,
  };
}

export interface Limit extends Improved {
  /** share of the time that would go; negative: what the encoder believes to hurt */
  gain: number;
}

export interface Limits {
  /** most gain first; none where nothing is known */
  each: Limit[];
  /** gain of all improvements at once */
  all: number | undefined;
}

/** @param representation [d] of a program, function or line */
export function limitsOf(representation: Float64Array, machine: Microarchitecture, { each, all }: Improvements): Limits {
  const time = timeOn(representation, machine);
  if (!(time > 0)) return { each: [], all: undefined };
  const gain = (better: Microarchitecture): number => 1 - timeOn(representation, better) / time;
  return { each: each.map((one) => ({ ...one, gain: gain(one.machine) })).sort((a, b) => b.gain - a.gain), all: all && gain(all) };
}

/** Gains below are within what the method is off (docs/comparison.md). */
const LEAST_GAIN = 0.05;
const SAID = 3;

/** Those that say something. */
export const limitsTold = ({ each }: Limits): Limit[] => each.filter((l) => l.gain >= LEAST_GAIN);

/** What is said when none does. */
export interface Unlimited {
  /** whether it seems to wait for its own results: not even all at once take LEAST_GAIN */
  own: boolean;
  words: string;
}

/** @returns undefined where a single improvement says something, or nothing is known */
export function unlimited(limits: Limits): Unlimited | undefined {
  if (limits.all === undefined || limitsTold(limits).length) return undefined;
  const least = percent(LEAST_GAIN);
  return limits.all < LEAST_GAIN
    ? { own: true, words: `Not even all improvements of the machine at once take ${least} of it away: it seems to wait for its own results.` }
    : { own: false, words: `No single improvement of the machine takes ${least} of it away, but all of them at once take ${percent(limits.all)}: several things hold it up, and which cannot be told.` };
}

/** "61 % of it goes if the L1D had 128 kB", in Markdown; "" where nothing is known */
export function limitWords(limits: Limits): string {
  const [first, ...others] = limitsTold(limits).slice(0, SAID).map(({ gain, words }) => [percent(gain), words] as const);
  if (!first) return unlimited(limits)?.words ?? "";
  return [`**${first[0]}** of it goes if ${first[1]}`, ...others.map(([gain, words]) => `${gain} if ${words}`)].join(", ") + ".";
}

import * as path from "node:path";
import { CHANGED, summariseChanges, summariseLarger } from "../core/accuracy/changes";
import { type Row, type Summary, summarise } from "../core/accuracy/score";
import { UserError } from "../core/errors";
import { percent, table } from "../core/format";
import { evaluate, type Group, type Predictor } from "../engine/evaluate";
import type { RuntimeChoice } from "../engine/onnx";
import { writeAll, writeOutput } from "../engine/output-file";
import { readArguments } from "./arguments";
import { modelsOf } from "./input";
import { createProgressLine } from "./progress";

const USAGE = `perfvec evaluate DATASET [--json FILE] [--models FOLDER] [--runtime auto|native|wasm]
  how far predictions are off gem5's times on a labelled data set (training/README.md), beside three baselines:
  the runs that training leaves out, each priced on every machine that it has labels of: machines of the library,
  machines known by their parameters alone, and the same fitted on three other programs`;

const PREDICTORS: Record<Predictor, string> = {
  perfvec: "PerfVec Lens", instructionCounts: "executed instructions", opClass: "op class", opClassLru: "op class and LRU",
};
const MACHINES = { seenMachines: "in the library", unseenMachines: "by parameters", fittedMachines: "fitted on three programs" };

const share = (value: number | undefined): string => (value === undefined ? "-" : percent(value));

function summaryTable(group: Group): string {
  const rows = [["", "machines", "mean", "median", "worst", "profile", "lines", "hot lines", "Kendall", "in 80 %"]];
  for (const predictor of Object.keys(PREDICTORS) as Predictor[]) {
    const s = summarise(group.rows[predictor]);
    (Object.keys(MACHINES) as (keyof typeof MACHINES)[]).forEach((kind, i) => {
      const e = s.programError[kind];
      if (!e) return;
      const first = kind === "seenMachines" ? [share(s.profileError.instruction), share(s.profileError.line), share(s.hotLineRecall5), s.kendall?.toFixed(3) ?? "-"] : ["", "", "", ""];
      const held = s.coverage.program[kind];
      rows.push([i ? "" : PREDICTORS[predictor], MACHINES[kind], share(e.mean), share(e.median), share(e.max), ...first, held === undefined ? "" : share(held)]);
    });
  }
  return table(rows, [0, 1]);
}

/** The largest mean errors by `key`. */
function worst(rows: readonly Row[], key: "run" | "machine"): string {
  const errors = new Map<string, number[]>();
  for (const row of rows) errors.set(row[key], [...(errors.get(row[key]) ?? []), Math.abs(row.predictedNs / row.trueNs - 1)]);
  const means = [...errors].map(([name, e]) => ({ name, mean: e.reduce((a, b) => a + b, 0) / e.length })).sort((a, b) => b.mean - a.mean);
  return means.slice(0, 5).map(({ name, mean }) => `${name} ${percent(mean)}`).join(", ");
}

/** Fractions, and of every run and machine the times: what others need to compute the figures again. */
function evaluationJson(groups: readonly Group[]): object {
  const described = (group: Group): Summary & { baselines: Record<string, Summary>; title: string } => {
    const { perfvec, ...baselines } = group.rows;
    return { title: group.title, ...summarise(perfvec), baselines: Object.fromEntries(Object.entries(baselines).map(([name, rows]) => [name, summarise(rows)])) };
  };
  const [first, ...others] = groups;
  const whole = joined(groups);
  const all = described(whole);
  const main = described(first!);
  // Programs of suites have no lines: the figures of lines are over every program that has some.
  const withLines = (own: Summary, whole: Summary): Summary => ({ ...own, profileError: { ...own.profileError, line: whole.profileError.line }, hotLineRecall5: whole.hotLineRecall5, hotLineTime5: whole.hotLineTime5 });
  return {
    format: 1,
    ...withLines(main, all),
    title: main.title,
    baselines: Object.fromEntries(Object.entries(main.baselines).map(([name, s]) => [name, withLines(s, all.baselines[name]!)])),
    others: others.map(described),
    changes: Object.fromEntries(CHANGED.map((level) => [level, summariseChanges(whole.changes, level)])),
    largerCaches: summariseLarger(whole.larger),
    limitsTold: sharesTold(whole.told),
    runs: groups.flatMap(({ title, rows }) => rows.perfvec.map((row) => ({ group: title, ...row }))),
  };
}

/**
 * Shares of the time of hot lines: of those of which a change is named that limits them, and of those that are found to wait for
 * their own results; and in which share of the latter no other machine of the kind truly takes a tenth of the cycles less.
 */
function sharesTold(told: Group["told"]): { named: number; ownResults: number; ownHeld?: number } | undefined {
  const sum = (key: "hot" | "named" | "own" | "checked" | "held"): number => told.reduce((n, t) => n + t[key], 0);
  const hot = sum("hot");
  const checked = sum("checked");
  return hot > 0 ? { named: sum("named") / hot, ownResults: sum("own") / hot, ...(checked > 0 ? { ownHeld: sum("held") / checked } : {}) } : undefined;
}

function joined(groups: readonly Group[]): Group {
  const rows = {} as Group["rows"];
  for (const predictor of Object.keys(PREDICTORS) as Predictor[]) rows[predictor] = groups.flatMap((g) => g.rows[predictor]);
  return { title: "", rows, changes: groups.flatMap(({ changes }) => changes), larger: groups.flatMap(({ larger }) => larger), told: groups.flatMap(({ told }) => told) };
}

export async function evaluateCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { json: { type: "string" }, models: { type: "string" }, runtime: { type: "string" }, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [dataset, ...more] = args.positionals;
  const runtime = args.text("runtime") ?? "auto";
  if (dataset === undefined || more.length || !["auto", "native", "wasm"].includes(runtime)) throw new UserError("usage", `evaluate takes one DATASET\n${USAGE}`);
  const progress = createProgressLine();
  let groups: Group[];
  try {
    groups = await evaluate(path.resolve(dataset), {
      models: modelsOf(args),
      runtime: runtime as RuntimeChoice,
      onRun: (done, of, name) => progress.say(`${done} of ${of} runs: ${name}`),
    });
  } finally {
    progress.clear();
  }
  for (const group of groups) {
    const { perfvec } = group.rows;
    const count = (key: "run" | "machine"): number => new Set(perfvec.map((r) => r[key])).size;
    console.log(`${group.title}: ${count("run")} runs on ${count("machine")} machines\n${summaryTable(group)}`);
    const lines = summarise(perfvec).coverage.line;
    if (lines !== undefined) console.log(`  80 % intervals of lines hold ${percent(lines)}`);
    for (const level of CHANGED) {
      const c = summariseChanges(group.changes, level);
      if (c) console.log(`  one thing about a machine made better: what goes of a ${level}'s time is off by ${percent(c.error)} of it (no change: ${percent(c.noChange)}; ${c.count} of them)`);
    }
    const larger = summariseLarger(group.larger);
    if (larger) console.log(`  a cache four times as large, as fast as before: predicted to be slower by more than 1 % in ${percent(larger.slower)} of ${larger.count}, at worst by ${percent(larger.worst)}`);
    const told = sharesTold(group.told);
    if (told) console.log(`  of the time of lines that take 5 % or more, ${percent(told.named)} has a change named that limits it, ${percent(told.ownResults)} is found to wait for its own results${told.ownHeld === undefined ? "" : ` (of which ${percent(told.ownHeld)} takes no tenth fewer cycles on any other machine of the kind)`}`);
    console.log(`  worst programs: ${worst(perfvec, "run")}\n  worst machines: ${worst(perfvec, "machine")}\n`);
  }
  const json = args.text("json");
  if (json !== undefined) await writeOutput(json, [], (fd) => writeAll(fd, Buffer.from(`${JSON.stringify(evaluationJson(groups), null, 1)}\n`)));
  return 0;
}

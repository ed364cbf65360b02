/** Predictions of a labelled data set by the shipped features and models, beside gem5's times and three baselines. */
import { createHash } from "node:crypto";
import { BASELINES, type Baseline, CLASSES, grouped } from "../core/accuracy/baselines";
import { type ChangeRow, changeRows, type Told, toldOf } from "../core/accuracy/changes";
import { type Kind, type Row, scored } from "../core/accuracy/score";
import { UserError } from "../core/errors";
import { type Improvements, improvedMachines, LARGER_CACHES, limitsOf } from "../core/explore/limits";
import { distanceOf, intervalOn, type Level, type Origin } from "../core/model/confidence";
import { fitError, fitVector, leftOut, priorOf } from "../core/model/fit";
import { emulatorModule, encoderOf, readBaselines, readLibrary, readModel } from "./assets";
import { isHeldOut, type LabelledSet, type ListedRun, programOf, readLabelledSet } from "./labelled-set";
import { addedUp, fitRunOf, type LabelledRun, labelledRun, type Prefix, type Truth } from "./labelled-run";
import { loadRuntime, type RuntimeChoice } from "./onnx";

export type Predictor = "perfvec" | Baseline;

/** A set of programs that is reported on its own. */
export interface Group {
  title: string;
  rows: Record<Predictor, Row[]>;
  /** what one better thing about a machine does, where the data set has both machines (`base+change`) */
  changes: ChangeRow[];
  /** shares of runs' time (their full windows) that larger caches are predicted to save, on every machine of the library */
  larger: number[];
  /** of programs with lines, on the machines that they have labels of: how much of the hot time's limits is told */
  told: Told[];
}

export interface EvaluateOptions {
  models: string;
  runtime: RuntimeChoice;
  onRun(done: number, of: number, name: string): void;
}

const ORIGIN: Record<Kind, Origin> = { seenMachines: "library", unseenMachines: "parameters", fittedMachines: "fit" };

/** Programs that a machine is fitted on. */
const FIT_ON = 3;

/** @param dataset laid out as docs/gem5.md says. @throws UserError that names the file */
export async function evaluate(dataset: string, { models, runtime, onRun }: EvaluateOptions): Promise<Group[]> {
  const { machine: describedOrFail, runs: labelled } = readLabelledSet(dataset);
  const groups: { title: string; runs: ListedRun[] }[] = [
    { title: "programs kept out of training", runs: labelled.filter(({ split }) => split !== "train") },
    { title: "hand-written kernels kept out of training, unlike the suites", runs: labelled.filter(({ name, split }) => split === "train" && isHeldOut(name)) },
  ].filter(({ runs }) => runs.length);
  if (!groups.length) throw new UserError("dataset", `${dataset}: has no labelled run that training leaves out`);

  const pricing = createPricing(describedOrFail, models);
  const module = emulatorModule();
  const model = readModel(models);
  const ort = await loadRuntime(runtime, 2);
  const count = groups.reduce((n, { runs }) => n + runs.length, 0);
  let done = 0;
  const out: Group[] = [];
  for (const { title, runs } of groups) {
    const rows: Group["rows"] = { perfvec: [], instructionCounts: [], opClass: [], opClassLru: [] };
    const changes: ChangeRow[] = [];
    const larger: number[] = [];
    const told: Told[] = [];
    /** runs with labels of machines that are not in the library: such a machine is fitted on others of them */
    const kept: LabelledRun[] = [];
    for (const { name, folder } of runs) {
      onRun(done++, count, name);
      const run = await labelledRun(folder, name, module, model, ort);
      for (const truth of run.truths) pricing.price(run, truth, rows);
      changes.push(...pricing.changesOf(run));
      larger.push(...pricing.largerCaches(run));
      told.push(...pricing.told(run));
      if (run.truths.some((t) => !pricing.isSeen(t.machine))) kept.push(run);
    }
    for (const run of kept) for (const truth of run.truths) if (!pricing.isSeen(truth.machine)) pricing.priceFitted(run, truth, kept, rows);
    out.push({ title, rows, changes, larger, told });
  }
  return out;
}

function createPricing(describedOrFail: LabelledSet["machine"], models: string) {
  const shipped = readLibrary(models);
  const { machines, model, confidence } = shipped;
  const library = new Map(machines.map((m) => [m.name, m]));
  const encoder = encoderOf(shipped, models);
  const baselines = readBaselines(models);
  const d = model.dimensions;
  const encoded = new Map<string, ArrayLike<number>>();
  const improved = new Map<string, Improvements>();

  /** cycles a unit */
  const vectorOf = (name: string): ArrayLike<number> => {
    const machine = library.get(name) ?? describedOrFail(name);
    let vector = encoded.get(name);
    if (!vector) encoded.set(name, (vector = Float64Array.from(library.has(name) ? machine.vector : encoder.encode(machine), (v) => v * machine.freq_ghz)));
    return vector;
  };
  const improvedOf = (name: string): Improvements => {
    let found = improved.get(name);
    if (!found) improved.set(name, (found = improvedMachines(library.get(name)!, encoder)));
    return found;
  };
  const latencies = ({ sums }: Prefix, vector: ArrayLike<number>): Float64Array => {
    const out = new Float64Array(sums.length / d);
    for (let i = 0, at = 0; i < out.length; i++) for (let k = 0; k < d; k++) out[i]! += sums[at++]! * vector[k]!;
    return out;
  };
  /** A machine that is not known costs what those of its kind cost on average. */
  const coefficients = (name: string, baseline: Baseline): Float64Array => {
    const own = baselines.get(name);
    const like = own ? [own] : machines.filter((m) => m.core === describedOrFail(name).core && baselines.has(m.name)).map((m) => baselines.get(m.name)!);
    if (!like.length) throw new UserError("model", `${models}: baselines.json has no ${describedOrFail(name).core} machine of the library`);
    const sum = new Float64Array(like[0]![baseline].length);
    for (const one of like) one[baseline].forEach((v, i) => (sum[i]! += v / like.length));
    return sum;
  };
  const baselineLatencies = ({ classes }: Prefix, baseline: Baseline, cost: Float64Array): Float64Array => {
    const out = new Float64Array(classes.length / CLASSES);
    for (let i = 0; i < out.length; i++) grouped(baseline, classes, i * CLASSES).forEach((n, g) => (out[i]! += n * cost[g]!));
    return out;
  };
  /** a prediction with how sure it says it is; left: of a fit */
  const rowOf = (place: Pick<Row, "run" | "machine" | "kind">, prefix: Prefix, vector: ArrayLike<number>, truth: Truth, ghz: number, lines: LabelledRun["lines"], left?: readonly number[]): Row => {
    const row = scored(place, latencies(prefix, vector), truth.cycles, ghz, lines);
    if (!confidence) return row;
    const distance = distanceOf(confidence, addedUp(prefix.sums, d));
    const machine = { ...describedOrFail(place.machine), origin: ORIGIN[place.kind], ...(left ? { fitError: fitError(left) } : {}) };
    const between = (level: Level, share?: number): [number, number] => intervalOn(machine, confidence, distance, level, share);
    return { ...row, distance, interval: between("program"), lineIntervals: row.lineShares.map((share) => between("line", share)) };
  };
  const sumOf = (values: ArrayLike<number>): number => Array.prototype.reduce.call(values, (a, b) => (a as number) + (b as number), 0) as number;

  return {
    isSeen: (name: string): boolean => library.has(name),

    price(run: LabelledRun, truth: Truth, rows: Group["rows"]): void {
      const kind: Kind = library.has(truth.machine) ? "seenMachines" : "unseenMachines";
      const place = { run: run.name, machine: truth.machine, kind };
      const ghz = describedOrFail(truth.machine).freq_ghz;
      rows.perfvec.push(rowOf(place, truth.prefix, vectorOf(truth.machine), truth, ghz, run.lines));
      for (const baseline of BASELINES) {
        const cycles = baselineLatencies(truth.prefix, baseline, coefficients(truth.machine, baseline));
        rows[baseline].push(scored(place, cycles, truth.cycles, ghz, run.lines));
      }
    },

    changesOf(run: LabelledRun): ChangeRow[] {
      return run.truths.flatMap((after) => {
        const { base } = describedOrFail(after.machine);
        const before = run.truths.find((t) => t.machine === base);
        const improved = before && library.has(before.machine) && improvedOf(before.machine).each.find((i) => after.machine === `${before.machine}+${i.change}`);
        if (!improved) return [];
        const ghz = improved.machine.freq_ghz;
        const predicted = latencies(before.prefix, improved.machine.vector.map((v) => v * ghz));
        const factor = before.prefix.executed / after.prefix.executed; // labels may end a little earlier on one of them
        const place = { run: run.name, machine: before.machine, change: improved.change };
        return changeRows(place, latencies(before.prefix, vectorOf(before.machine)), predicted, before.cycles, after.cycles.map((c) => c * factor), run);
      });
    },

    told({ lines, truths }: LabelledRun): Told[] {
      if (!lines) return [];
      const coreOf = (t: Truth): string => describedOrFail(t.machine).core;
      return truths.filter((t) => library.has(t.machine)).map((t) => {
        const like = truths.filter((o) => o !== t && coreOf(o) === coreOf(t));
        const others = like.map((o) => o.cycles.map((c) => (c * t.prefix.executed) / o.prefix.executed)); // labels may end earlier on one of them
        return toldOf(t.prefix.sums, lines, library.get(t.machine)!, improvedOf(t.machine), t.cycles, others);
      });
    },

    largerCaches(run: LabelledRun): number[] {
      const whole = addedUp(run.windows, d);
      return machines.flatMap((machine) => limitsOf(whole, machine, improvedOf(machine.name)).each.filter(({ change }) => LARGER_CACHES.has(change)).map(({ gain }) => gain));
    },

    /** The machine fitted on three other programs, drawn by the names of run and machine. */
    priceFitted(run: LabelledRun, truth: Truth, all: readonly LabelledRun[], rows: Group["rows"]): void {
      const name = truth.machine;
      const machine = describedOrFail(name);
      const draw = (other: string): string => createHash("sha256").update(`${name} ${run.name} ${other}`).digest("hex");
      const others = all
        .flatMap((r) => r.truths.filter((t) => t.machine === name).map((t) => ({ run: r, truth: t, order: draw(r.name) })))
        .filter((o) => programOf(o.run.name) !== programOf(run.name))
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .slice(0, FIT_ON);
      if (others.length < FIT_ON) return;
      const ghz = machine.freq_ghz;
      const runs = others.map((o) => fitRunOf(o.run, o.truth, ghz));
      const prior = priorOf(machines, encoder, machine);
      const vector = fitVector(runs, prior);
      const place = { run: run.name, machine: name, kind: "fittedMachines" as const };
      rows.perfvec.push(rowOf(place, truth.prefix, vector.map((v) => v * ghz), truth, ghz, run.lines, leftOut(runs, prior)));
      for (const baseline of BASELINES) {
        const cost = coefficients(name, baseline);
        const factors = others.map((o) => o.truth.total / sumOf(baselineLatencies(o.truth.prefix, baseline, cost)));
        const factor = factors.reduce((a, b) => a + b, 0) / factors.length;
        const cycles = baselineLatencies(truth.prefix, baseline, cost.map((c) => c * factor));
        rows[baseline].push(scored(place, cycles, truth.cycles, ghz, run.lines));
      }
    },
  };
}


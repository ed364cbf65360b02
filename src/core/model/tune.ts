import type { Microarchitecture } from "./description";
import { type Encoder, softplus, type Weights } from "./encoder";
import type { FitRun } from "./fit";

/**
 * The microarchitecture encoder adapted to a design space, from the times of a few programs on some of its machines (PerfVec,
 * "Microarchitecture design space exploration"). Its last layer learns on from where it is. How long, the programs say: each
 * is left out in turn, and what helps those that are left out is done with all. Where nothing does, nothing is changed.
 */
export interface TuneExample extends Required<FitRun> {
  program: string;
  machine: Microarchitecture;
}

export interface Tuned {
  /** steps of learning; 0: no program that was left out was priced better after any */
  steps: number;
  last: Weights;
  /** of each program: mean size of log errors before, when it was left out, and after */
  programs: { program: string; before: number; leftOut: number; after: number }[];
}

/** Steps after which it is seen how programs that are left out are priced. */
const STEPS = [10, 20, 40, 80, 160, 320];
const RATE = 1e-3;
const [BETA1, BETA2] = [0.9, 0.999];
/** Weight of all parts of a run beside the whole. */
const PARTS = 0.25;
/** A log error counts no more than this. */
const FARTHEST = 1;

interface Prepared extends TuneExample {
  /** its machine's number */
  at: number;
}

/** @param examples of two programs and two machines at least; times above 0 @param onProgram is told of each program before it is left out */
export function tune(encoder: Encoder, examples: readonly TuneExample[], onProgram?: (program: string) => void): Tuned {
  const machines = [...new Set(examples.map((e) => e.machine))];
  const hidden = machines.map((machine) => encoder.hidden(machine));
  const prepared = examples.map((e): Prepared => ({ ...e, at: machines.indexOf(e.machine) }));
  const programs = [...new Set(examples.map((e) => e.program))];
  const errorOf = (last: Weights, program: string): number => {
    const vectors = vectorsOf(encoder, last, hidden);
    const own = prepared.filter((e) => e.program === program);
    return own.reduce((sum, e) => sum + Math.abs(Math.log(timeOf(e.total, 0, vectors[e.at]!) / (e.time * e.machine.freq_ghz))), 0) / own.length;
  };
  const before = programs.map((program) => errorOf(encoder.last, program));
  /** [program][place in STEPS] */
  const leftOut = programs.map((program) => {
    onProgram?.(program);
    const errors: number[] = [];
    learn(encoder, hidden, prepared.filter((e) => e.program !== program), STEPS.at(-1)!, (step, last) => {
      if (STEPS.includes(step)) errors.push(errorOf(last, program));
    });
    return errors;
  });
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const means = STEPS.map((_, i) => mean(leftOut.map((errors) => errors[i]!)));
  const best = means.indexOf(Math.min(...means));
  const helps = means[best]! < mean(before);
  const steps = helps ? STEPS[best]! : 0;
  const last = learn(encoder, hidden, prepared, steps);
  return { steps, last, programs: programs.map((program, i) => ({ program, before: before[i]!, leftOut: leftOut[i]![best]!, after: errorOf(last, program) })) };
}

/** cycles a unit, [machines][d] */
function vectorsOf({ base }: Encoder, { weight, bias }: Weights, hidden: readonly Float64Array[]): Float64Array[] {
  return hidden.map((h) =>
    base.map((unit, k) => {
      let z = bias[k]!;
      for (let j = 0; j < h.length; j++) z += weight[k * h.length + j]! * h[j]!;
      return softplus(z) * unit;
    }),
  );
}

/** cycles */
function timeOf(representations: ArrayLike<number>, at: number, vector: Float64Array): number {
  let time = 0;
  for (let k = 0; k < vector.length; k++) time += representations[at + k]! * vector[k]!;
  return time;
}

/** Adam on squared log errors. @param seen is told the layer after every step, which goes on changing */
function learn(encoder: Encoder, hidden: readonly Float64Array[], examples: readonly Prepared[], steps: number, seen?: (step: number, last: Weights) => void): Weights {
  const d = encoder.base.length;
  const last: Weights = { weight: encoder.last.weight.slice(), bias: encoder.last.bias.slice() };
  const state = { weight: [new Float64Array(last.weight.length), new Float64Array(last.weight.length)], bias: [new Float64Array(d), new Float64Array(d)] } as const;
  for (let step = 1; step <= steps; step++) {
    const vectors = vectorsOf(encoder, last, hidden);
    /** of the loss, by number of each vector */
    const slopes = hidden.map(() => new Float64Array(d));
    for (const { at, machine, time, total, parts } of examples) {
      const add = (representations: ArrayLike<number>, from: number, cycles: number, weight: number): void => {
        const guess = timeOf(representations, from, vectors[at]!);
        if (!(guess > 0) || !(cycles > 0)) return;
        const error = Math.max(-FARTHEST, Math.min(FARTHEST, Math.log(guess / cycles)));
        const slope = (weight * error) / guess / examples.length;
        for (let k = 0; k < d; k++) slopes[at]![k]! += slope * representations[from + k]!;
      };
      add(total, 0, time * machine.freq_ghz, 1);
      const count = parts.times.length;
      for (let p = 0; p < count; p++) add(parts.representations, p * d, parts.times[p]! * machine.freq_ghz, PARTS / count);
    }
    const gradient: Weights = { weight: new Float64Array(last.weight.length), bias: new Float64Array(d) };
    hidden.forEach((h, m) => {
      for (let k = 0; k < d; k++) {
        const unit = encoder.base[k]!;
        // The slope of softplus, from its value.
        const slope = slopes[m]![k]! * unit * -Math.expm1(-vectors[m]![k]! / unit);
        gradient.bias[k]! += slope;
        for (let j = 0; j < h.length; j++) gradient.weight[k * h.length + j]! += slope * h[j]!;
      }
    });
    for (const key of ["weight", "bias"] as const) {
      const [first, second] = state[key];
      const values = last[key];
      const slope = gradient[key];
      for (let i = 0; i < values.length; i++) {
        first[i] = BETA1 * first[i]! + (1 - BETA1) * slope[i]!;
        second[i] = BETA2 * second[i]! + (1 - BETA2) * slope[i]! ** 2;
        values[i]! -= (RATE * first[i]!) / (1 - BETA1 ** step) / (Math.sqrt(second[i]! / (1 - BETA2 ** step)) + 1e-12);
      }
    }
    seen?.(step, last);
  }
  return last;
}

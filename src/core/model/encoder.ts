import { UserError } from "../errors";
import type { Microarchitecture } from "./description";
import { MACHINE_FEATURES, writeFeatures } from "./machine-features";

/**
 * The microarchitecture encoder: parameters of a machine -> its vector. A multilayer perceptron small enough to run
 * anywhere in microseconds, so it is plain numbers (models/encoder.json, written by training/encoder.py) and no ONNX.
 */
export interface Encoder {
  /** what a vector has on average, cycles a unit: the scale of each dimension */
  base: Float64Array;
  /** As `encode`, [count * dimensions]. @param machineOf may return the same object each time, changed */
  encodeAll(count: number, machineOf: (i: number) => Microarchitecture): Float64Array;
  /** float64 [dimensions], nanoseconds a unit */
  encode(machine: Microarchitecture): Float64Array;
  /** The last hidden layer of a machine. What comes of it is `softplus(weight * hidden + bias) * base`, in cycles. */
  hidden(machine: Microarchitecture): Float64Array;
  readonly last: Weights;
  /** The text of encoder.json with another last layer. */
  withLast(last: Weights): string;
}

/** Of a layer. */
export interface Weights {
  /** [rows, columns] */
  weight: Float64Array;
  /** [rows] */
  bias: Float64Array;
}

interface Layer {
  rows: number;
  /** [rows, columns] */
  weight: number[];
  bias: number[];
}

interface Described {
  format: 1;
  features: number;
  mean: number[];
  spread: number[];
  base: number[];
  layers: Layer[];
}

const numbers = (value: unknown, length: number): boolean => Array.isArray(value) && value.length === length && value.every((v) => Number.isFinite(v));

function check(described: Described, dimensions: number): string | undefined {
  if (described?.format !== 1) return "no encoder of format 1";
  const { features, mean, spread, base, layers } = described;
  if (features !== MACHINE_FEATURES.length) return `it was made for ${features} features of a machine; this version computes ${MACHINE_FEATURES.length}`;
  if (!numbers(mean, features) || !numbers(spread, features) || !numbers(base, dimensions)) return "mean, spread or base is of another length";
  if (!Array.isArray(layers) || layers.length === 0 || layers.at(-1)?.rows !== dimensions) return `its last layer must give ${dimensions} numbers`;
  let columns = features;
  for (const { rows, weight, bias } of layers) {
    if (!Number.isInteger(rows) || rows < 1 || !numbers(weight, rows * columns) || !numbers(bias, rows)) return "a layer's weights do not fit together";
    columns = rows;
  }
  return undefined;
}

/** Machines that go through a layer together: a weight is loaded once for all of them. */
const ABREAST = 4;

/** bias + weight * input, of ABREAST inputs: number j of input b lies at ABREAST * j + b. */
function times({ weight, bias }: Weights, input: Float64Array, out: Float64Array): void {
  const columns = weight.length / bias.length;
  for (let i = 0, at = 0; i < bias.length; i++) {
    let a = bias[i]!;
    let b = a;
    let c = a;
    let d = a;
    for (let j = 0; j < columns * ABREAST; j += ABREAST) {
      const w = weight[at++]!;
      a += w * input[j]!;
      b += w * input[j + 1]!;
      c += w * input[j + 2]!;
      d += w * input[j + 3]!;
    }
    out[ABREAST * i] = a;
    out[ABREAST * i + 1] = b;
    out[ABREAST * i + 2] = c;
    out[ABREAST * i + 3] = d;
  }
}

export const softplus = (v: number): number => (v > 30 ? v : Math.log1p(Math.exp(v)));

/** @throws UserError that names the file and what is wrong with it */
export function parseEncoder(text: string, path: string, dimensions: number): Encoder {
  let described: Described;
  try {
    described = JSON.parse(text) as Described;
  } catch (error) {
    throw new UserError("model", `${path}: not valid JSON (${(error as Error).message})`);
  }
  const wrong = check(described, dimensions);
  if (wrong !== undefined) throw new UserError("model", `${path}: ${wrong}`);
  const layers = described.layers.map(({ weight, bias }): Weights => ({ weight: Float64Array.from(weight), bias: Float64Array.from(bias) }));
  const { features, mean, spread } = described;
  const base = Float64Array.from(described.base);
  const last = layers.pop()!;
  const widest = ABREAST * Math.max(features, dimensions, ...layers.map((layer) => layer.bias.length));
  const clocks = new Float64Array(ABREAST);
  const buffers = [new Float64Array(widest), new Float64Array(widest)];
  /** The last hidden layer of up to ABREAST machines, and room for what comes out of it. */
  const through = (count: number, machineOf: (b: number) => Microarchitecture): [hidden: Float64Array, free: Float64Array] => {
    let [h, next] = [buffers[0]!, buffers[1]!];
    for (let b = 0; b < count; b++) {
      const machine = machineOf(b);
      clocks[b] = machine.freq_ghz;
      writeFeatures(machine, h, b, ABREAST);
      for (let j = 0; j < features; j++) h[ABREAST * j + b] = (h[ABREAST * j + b]! - mean[j]!) / spread[j]!;
    }
    for (const layer of layers) {
      times(layer, h, next);
      const n = ABREAST * layer.bias.length;
      for (let i = 0; i < n; i++) next[i] = next[i]! / (1 + Math.exp(-next[i]!));
      [h, next] = [next, h];
    }
    return [h, next];
  };
  const encodeAll = (count: number, machineOf: (i: number) => Microarchitecture): Float64Array => {
    const vectors = new Float64Array(count * dimensions);
    for (let i = 0; i < count; i += ABREAST) {
      const abreast = Math.min(ABREAST, count - i);
      const [h, out] = through(abreast, (b) => machineOf(i + b));
      times(last, h, out);
      for (let b = 0; b < abreast; b++) {
        const at = (i + b) * dimensions;
        for (let k = 0; k < dimensions; k++) vectors[at + k] = (softplus(out[ABREAST * k + b]!) * base[k]!) / clocks[b]!;
      }
    }
    return vectors;
  };
  return {
    base,
    encodeAll,
    encode: (machine) => encodeAll(1, () => machine),
    hidden(machine) {
      const [h] = through(1, () => machine);
      return Float64Array.from({ length: last.weight.length / dimensions }, (_, j) => h[ABREAST * j]!);
    },
    last,
    withLast({ weight, bias }) {
      const short = (values: Float64Array): number[] => Array.from(values, (v) => Number(v.toPrecision(6)));
      return JSON.stringify({ ...described, layers: [...described.layers.slice(0, -1), { rows: dimensions, weight: short(weight), bias: short(bias) }] });
    },
  };
}

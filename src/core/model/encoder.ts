import { UserError } from "../errors";
import type { Microarchitecture } from "./description";
import { MACHINE_FEATURES, machineFeatures } from "./machine-features";

/**
 * The microarchitecture encoder: parameters of a machine -> its vector. A multilayer perceptron small enough to run
 * anywhere in microseconds, so it is plain numbers (models/encoder.json, written by training/encoder.py) and no ONNX.
 */
export interface Encoder {
  /** what a vector has on average, cycles a unit: the scale of each dimension */
  base: Float64Array;
  /** float64 [dimensions], nanoseconds a unit */
  encode(machine: Microarchitecture): Float64Array;
  /** float64 [width of the last hidden layer]: machines alike are near each other */
  hidden(machine: Microarchitecture): Float64Array;
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

const softplus = (v: number): number => (v > 30 ? v : Math.log1p(Math.exp(v)));

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
  const layers = described.layers.map(({ weight, bias }) => ({ weight: Float64Array.from(weight), bias: Float64Array.from(bias) }));
  const { mean, spread } = described;
  const base = Float64Array.from(described.base);
  const last = layers.pop()!;
  const times = ({ weight, bias }: { weight: Float64Array; bias: Float64Array }, input: Float64Array): Float64Array => {
    const out = new Float64Array(bias);
    for (let i = 0, at = 0; i < out.length; i++) {
      let sum = out[i]!;
      for (let j = 0; j < input.length; j++) sum += weight[at++]! * input[j]!;
      out[i] = sum;
    }
    return out;
  };
  const hidden = (machine: Microarchitecture): Float64Array => {
    let h = machineFeatures(machine).map((v, i) => (v - mean[i]!) / spread[i]!);
    for (const layer of layers) h = times(layer, h).map((v) => v / (1 + Math.exp(-v)));
    return h;
  };
  return { base, hidden, encode: (machine) => times(last, hidden(machine)).map((v, k) => (softplus(v) * base[k]!) / machine.freq_ghz) };
}

/**
 * Vectors of machines made from one: where its own is known, they keep what it differs from the encoder's guess, and the
 * encoder only says what the changes change.
 */
export function encoderAround(base: Microarchitecture, encoder: Encoder): (machine: Microarchitecture) => Float64Array {
  if (!base.vector.length) return (machine) => encoder.encode(machine);
  const guess = encoder.encode(base);
  const small = encoder.base.map((b) => (0.02 * b) / base.freq_ghz);
  const correction = guess.map((g, k) => Math.min(4, Math.max(0.25, (base.vector[k]! + small[k]!) / (g + small[k]!))));
  return (machine) => encoder.encode(machine).map((v, k) => v * correction[k]!);
}

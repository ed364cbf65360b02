import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { type BaselineCosts, parseBaselines } from "../core/accuracy/baselines";
import { UserError } from "../core/errors";
import { type Confidence, parseConfidence } from "../core/model/confidence";
import { type Microarchitecture, type ModelDescription, parseMachines, parseModelDescription } from "../core/model/description";
import { type Encoder, parseEncoder } from "../core/model/encoder";

/** Everything is bundled into dist/, beside which models/ lies. */
export const ROOT = path.join(__dirname, "..");
export const MODELS = path.join(ROOT, "models");

export function emulatorModule(): WebAssembly.Module {
  return new WebAssembly.Module(new Uint8Array(readAsset(path.join(ROOT, "dist", "emulator.wasm"))));
}

export interface ModelFiles {
  description: ModelDescription;
  onnx: Uint8Array;
  onnxPath: string;
}

/** @param folder holds instruction.onnx, model.json and machines.json */
export function readModel(folder = MODELS): ModelFiles {
  const onnxPath = path.join(folder, "instruction.onnx");
  return { description: readModelDescription(folder), onnx: readAsset(onnxPath), onnxPath };
}

function readModelDescription(folder = MODELS): ModelDescription {
  const file = path.join(folder, "model.json");
  return parseModelDescription(readAsset(file).toString(), file);
}

function readMachines(dimensions: number, folder = MODELS): Microarchitecture[] {
  const file = path.join(folder, "machines.json");
  return parseMachines(readAsset(file).toString(), file, dimensions);
}

/** A model with its machines, and what is known of both: that is read when first asked for. */
export interface Library {
  model: ModelDescription;
  machines: Microarchitecture[];
  /** Those that came with the model: they say which parameters there are, and how far they may go. */
  shipped: readonly Microarchitecture[];
  /** undefined: a machine is priced by its own vector alone */
  readonly encoder: Encoder | undefined;
  /** undefined: nothing is said of how sure a prediction is */
  readonly confidence: Confidence | undefined;
}

export function readLibrary(folder?: string): Library {
  const model = readModelDescription(folder);
  const encoder = ifThere(folder, "encoder.json", (text, file) => parseEncoder(text, file, model.dimensions));
  const confidence = ifThere(folder, "confidence.json", (text, file) => parseConfidence(text, file, model.dimensions));
  const machines = readMachines(model.dimensions, folder);
  return {
    model,
    machines,
    shipped: machines,
    get encoder() {
      return encoder();
    },
    get confidence() {
      return confidence();
    },
  };
}

/** For a page, which makes an encoder of it by itself. */
export const encoderText = (folder = MODELS): string => readAsset(path.join(folder, "encoder.json")).toString();

/** A file that a model may lack, read once. */
function ifThere<T>(folder = MODELS, name: string, parse: (text: string, file: string) => T): () => T | undefined {
  const file = path.join(folder, name);
  let read: { parsed: T | undefined } | undefined;
  return () => (read ??= { parsed: existsSync(file) ? parse(readAsset(file).toString(), file) : undefined }).parsed;
}

/** The same with machines that are not shipped. */
export const withMachines = (library: Library, own: readonly Microarchitecture[]): Library => ({
  model: library.model,
  machines: [...library.machines, ...own],
  shipped: library.shipped,
  get encoder() {
    return library.encoder;
  },
  get confidence() {
    return library.confidence;
  },
});

/** @throws UserError when the model has none */
export function encoderOf({ encoder }: Library, folder = MODELS): Encoder {
  if (!encoder) throw new UserError("model", `${folder} has no encoder.json, which prices machines by their parameters`);
  return encoder;
}

export function readBaselines(folder = MODELS): Map<string, BaselineCosts> {
  const file = path.join(folder, "baselines.json");
  return parseBaselines(readAsset(file).toString(), file);
}

function readAsset(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError("model", `${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

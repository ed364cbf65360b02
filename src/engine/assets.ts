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

/** A model with its machines. */
export interface Library {
  model: ModelDescription;
  machines: Microarchitecture[];
}

export function readLibrary(folder?: string): Library {
  const model = readModelDescription(folder);
  return { model, machines: readMachines(model.dimensions, folder) };
}

/** For a page, which makes an encoder of it by itself. */
export const encoderText = (folder = MODELS): string => readAsset(encoderFile(folder)).toString();

const encoderFile = (folder: string): string => path.join(folder, "encoder.json");

export function readEncoder(folder = MODELS): Encoder {
  return parseEncoder(encoderText(folder), encoderFile(folder), readModelDescription(folder).dimensions);
}

/** undefined: the model has none, so nothing is said of how sure it is */
export function readConfidence(folder = MODELS): Confidence | undefined {
  const file = path.join(folder, "confidence.json");
  if (!existsSync(file)) return undefined;
  return parseConfidence(readAsset(file).toString(), file, readModelDescription(folder).dimensions);
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

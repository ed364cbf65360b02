import { CLASSES, classOf } from "../core/accuracy/baselines";
import type { FeatureSink } from "../core/features/extract";
import { createInstructionModel } from "../core/model/instruction-model";
import { readModel } from "./assets";
import { loadRuntime } from "./onnx";

/**
 * Adds up a run by windows of `window` executed instructions: what machines, encoder and baselines are fitted to.
 * @param onRow takes float32 [dimensions + CLASSES]: the summed representation, and executions by class; the last window may be shorter
 */
export async function windowSums(models: string, window: number, onRow: (row: Float32Array) => void): Promise<{ width: number; push: FeatureSink; finish(): Promise<void> }> {
  const { description, onnx, onnxPath } = readModel(models);
  const d = description.dimensions;
  const width = d + CLASSES;
  let row = new Float32Array(width);
  let rows = 0;
  /** classes of rows that the network has not given back yet */
  let waiting: number[] = [];
  const network = await createInstructionModel(description, onnx, onnxPath, await loadRuntime("auto", 1), (r, _, count) => {
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < d; k++) row[k]! += r[i * d + k]!;
      row[d + waiting[i]!]!++;
      if (++rows % window === 0) {
        onRow(row);
        row = new Float32Array(width);
      }
    }
    waiting = waiting.slice(count);
  });
  return {
    width,
    push(features, index, count) {
      const columns = features.length / count;
      for (let i = 0; i < count; i++) waiting.push(classOf(features, i * columns));
      return network.push(features, index, count);
    },
    async finish() {
      await network.finish();
      if (rows % window) onRow(row);
    },
  };
}

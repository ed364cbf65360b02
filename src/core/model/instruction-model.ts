import { UserError } from "../errors";
import type { ModelDescription } from "./description";
import type { Runtime, Tensor } from "./runtime";

/** Turns rows of features into representations, in program order, whatever the size of the pieces they come in. */
export interface InstructionModel {
  /** Takes `count` rows of features; calls back with full chunks of representations. */
  push(features: Float32Array, index: Uint32Array, count: number): Promise<void>;
  /** Computes what is left. */
  finish(): Promise<void>;
}

/** Receives representations float32 [count, dimensions] and the static micro-operation of each row. */
export type RepresentationSink = (representations: Float32Array, index: Uint32Array, count: number) => void;

/**
 * Every call of the network has the same number of rows (the tail is padded): results then do not depend on how the
 * trace was cut, to the last bit. The context carried from call to call is the network's own hidden state.
 */
export async function createInstructionModel(
  description: ModelDescription,
  onnx: Uint8Array,
  path: string,
  runtime: Runtime,
  sink: RepresentationSink,
): Promise<InstructionModel> {
  const { chunk, inputs, dimensions, contexts } = description;
  const session = await runtime.session(onnx).catch((error: unknown) => {
    throw new UserError("model", `${path}: ONNX Runtime cannot load it (${(error as Error).message.split("\n")[0]})`);
  });
  const rows = new Float32Array(chunk * inputs);
  const rowIndex = new Uint32Array(chunk);
  let filled = 0;
  let carried: Tensor[] = contexts.map(([n, channels]) => runtime.tensor(new Float32Array(n * channels), [n, channels]));

  async function compute(count: number): Promise<void> {
    const feeds: Record<string, Tensor> = { features: runtime.tensor(rows, [chunk, inputs]) };
    carried.forEach((tensor, i) => (feeds[`context${i}`] = tensor));
    const out = await session.run(feeds);
    const representations = out["representations"]?.data;
    if (!(representations instanceof Float32Array) || representations.length !== chunk * dimensions) {
      throw new UserError("model", `${path}: it does not give ${chunk} x ${dimensions} representations`);
    }
    carried = contexts.map((_, i) => out[`after${i}`]!);
    sink(representations, rowIndex, count);
    filled = 0;
  }

  return {
    async push(features, index, count) {
      for (let done = 0; done < count; ) {
        const n = Math.min(chunk - filled, count - done);
        rows.set(features.subarray(done * inputs, (done + n) * inputs), filled * inputs);
        rowIndex.set(index.subarray(done, done + n), filled);
        filled += n;
        done += n;
        if (filled === chunk) await compute(chunk);
      }
    },
    async finish() {
      if (!filled) return;
      rows.fill(0, filled * inputs);
      await compute(filled);
    },
  };
}

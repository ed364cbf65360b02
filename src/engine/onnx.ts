import type { Runtime, Session, Tensor } from "../core/model/runtime";
import { UserError } from "../core/errors";

/** Which ONNX Runtime to use; "auto": native, and WebAssembly when native cannot load. */
export type RuntimeChoice = "auto" | "native" | "wasm";

// The part of onnxruntime-common that both packages share.
interface Ort {
  env: { versions: Record<string, string | undefined>; wasm: { numThreads?: number } };
  Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

function runtimeOf(ort: Ort, kind: "native" | "wasm", options: object): Runtime {
  const version = ort.env.versions[kind === "native" ? "node" : "web"] ?? ort.env.versions["common"] ?? "";
  return {
    name: `${kind} ${version}`.trim(),
    tensor: (data, dims) => new ort.Tensor("float32", data, dims),
    session: (model) => ort.InferenceSession.create(model, options),
  };
}

async function native(threads: number): Promise<Runtime> {
  // The binding is loaded at import time: a platform without one fails here and not at start.
  const ort = (await import("onnxruntime-node")) as unknown as Ort;
  return runtimeOf(ort, "native", { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: "sequential", enableMemPattern: true });
}

async function wasm(): Promise<Runtime> {
  const ort = (await import("onnxruntime-web")) as unknown as Ort;
  ort.env.wasm.numThreads = 1;
  return runtimeOf(ort, "wasm", { executionProviders: ["wasm"] });
}

/** @throws UserError when the runtime asked for, or any, cannot load */
export async function loadRuntime(choice: RuntimeChoice, threads: number): Promise<Runtime> {
  const failures: string[] = [];
  for (const [kind, load] of [["native", () => native(threads)], ["wasm", wasm]] as const) {
    if (choice !== "auto" && choice !== kind) continue;
    try {
      return await load();
    } catch (error) {
      failures.push(`${kind}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  throw new UserError("runtime", `no ONNX Runtime can be loaded here (${failures.join("; ")})`);
}

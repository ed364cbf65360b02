/**
 * The little of ONNX Runtime that the instruction model needs. onnxruntime-node and onnxruntime-web both have it;
 * which one serves is the engine's choice (src/engine/onnx.ts).
 */
export interface Tensor {
  readonly data: unknown;
  readonly dims: readonly number[];
}

export interface Session {
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
}

export interface Runtime {
  /** shown to the user: "native" or "wasm", with the version */
  readonly name: string;
  tensor(data: Float32Array, dims: readonly number[]): Tensor;
  session(model: Uint8Array): Promise<Session>;
}

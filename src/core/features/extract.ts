import { type Exports, u32 } from "../wasm";

export type FeatureSet = "perfvec" | "model";

/** Which executed instructions count. What comes before only keeps the histories warm. */
export interface Window {
  /** pc at which counting begins, when first executed; undefined: at once */
  from?: number | undefined;
  /** executed instructions passed over after that */
  skip: number;
  /** executed instructions counted at most */
  limit: number;
}

export interface Extractor {
  /** Takes `count` rows of the batch from the first; resolves to false when the limit is reached. */
  take(count: number): Promise<boolean>;
  /** Delivers what waits for what follows. */
  finish(): Promise<void>;
  /** whether a row came after the limit was reached: what happened from there on is none of the counted run's */
  beyond(): boolean;
  /** rows counted so far */
  counted(): number;
  /** rows passed over so far */
  skipped(): number;
}

/** Receives rows of features, float32 [count, width], and their static micro-operations. Views: to be used before the next call. */
export type FeatureSink = (features: Float32Array, index: Uint32Array, count: number) => Promise<void> | void;

export function featureWidth(exports: Exports, set: FeatureSet): number {
  return u32(set === "model" ? exports.MODEL : exports.PERFVEC);
}

/** @param passed takes the static micro-operations of what is passed over, a view, too */
export function createExtractor(exports: Exports, set: FeatureSet, window: Window, sink: FeatureSink, passed?: (index: Uint32Array) => void): Extractor {
  const width = featureWidth(exports, set);
  const compute = set === "model" ? exports.modelFeatures : exports.perfvecFeatures;
  let waiting = window.from !== undefined;
  let toSkip = window.skip;
  let left = window.limit;
  let counted = 0;
  let skipped = 0;
  let beyond = false;

  function deliver(count: number): Promise<void> | void {
    const { buffer } = exports.memory;
    if (count) return sink(new Float32Array(buffer, u32(exports.features), count * width), new Uint32Array(buffer, u32(exports.featureIndex), count), count);
  }

  /** First row from `start` on that executes window.from, or `end`. */
  function findFrom(start: number, end: number): number {
    const { buffer } = exports.memory;
    const rows = new Uint32Array(buffer, u32(exports.rowIndex), end);
    const statics = new Uint32Array(buffer, u32(exports.statics), 16 * u32(exports.staticCount));
    const low = window.from! >>> 0;
    const high = Math.floor(window.from! / 2 ** 32);
    for (let r = start; r < end; r++) {
      const s = 16 * rows[r]!;
      if (statics[s] === low && statics[s + 1] === high) return r;
    }
    return end;
  }

  return {
    async take(count) {
      let at = 0;
      if (waiting) {
        at = findFrom(0, count);
        waiting = at === count;
      }
      if (!waiting) {
        const n = Math.min(toSkip, count - at);
        at += n;
        toSkip -= n;
      }
      if (at) {
        passed?.(new Uint32Array(exports.memory.buffer, u32(exports.rowIndex), at));
        compute(0, at, false);
      }
      skipped += at;
      const n = Math.min(left, count - at);
      beyond ||= n < count - at;
      if (n) {
        await deliver(compute(at, n, true));
        left -= n;
        counted += n;
      }
      return left > 0;
    },
    async finish() {
      if (set === "model") await deliver(exports.finishModelFeatures());
    },
    beyond: () => beyond,
    counted: () => counted,
    skipped: () => skipped,
  };
}

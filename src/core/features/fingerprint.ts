import { OPERATIONS, OUTCOME, FLAG } from "../trace/trace";
import { createSink } from "../trace/sink";
import { instantiate, u32 } from "../wasm";

/** Of a few of its instructions; the others have none. */
const FLAGS = [FLAG.serializeAfter, FLAG.serializeBefore, FLAG.squashAfter, FLAG.atomic, FLAG.storeConditional, FLAG.readBarrier | FLAG.writeBarrier, FLAG.nonSpeculative, FLAG.microop];

/**
 * A name for what the features are, made by computing them: a hash over the features of a fixed made-up trace.
 * It changes when a feature does that 12,000 executed instructions of many kinds show, so a model trained on other features is
 * refused whatever the sources look like.
 */
export function featureFingerprint(module: WebAssembly.Module): string {
  const exports = instantiate(module);
  let state = 12345;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  let hash = 0x811c9dc5;
  const width = u32(exports.MODEL);
  const take = (count: number): void => {
    const words = new Uint32Array(exports.memory.buffer, u32(exports.features), count * width);
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193) >>> 0;
  };
  const sink = createSink(exports);
  let next = 0x10000;
  const statics = Array.from({ length: 400 }, (_, i) => {
    const length = i % 8 < 4 ? 2 : 4;
    const pc = next;
    next += length;
    // A third accesses memory, a good sixth are branches and jumps.
    const op = i % 3 === 0 ? 12 + random(4) : i % 4 === 1 ? 1 : random(OPERATIONS.length);
    const branch = op === 1;
    return sink.define({
      pc,
      micro: 0,
      op,
      opNumber: op,
      size: op >= 12 ? 1 << random(4) : 0,
      length,
      flags: branch ? [FLAG.conditional | FLAG.direct, FLAG.unconditional | FLAG.direct, FLAG.unconditional][random(3)]! : FLAGS[random(50)] ?? 0,
      sources: [[0, 1 + random(31)], [random(2), random(32)]],
      destinations: [[random(2), random(32)]],
    });
  });
  const steps = statics.map(() => 0);
  for (let row = 0, at = 0; row < 12000; row++) {
    const isMemory = at % 3 === 0;
    // Half of them go through five arrays, which loads and stores share.
    const address = at % 4 < 2 ? 0x100000 * (at % 5) + 8 * steps[at]!++ : random(1 << (6 + random(18)));
    sink.push(statics[at]!, isMemory ? address : 0, isMemory ? random(2) : 0, (isMemory ? OUTCOME.hasAddress : 0) | (random(4) === 0 ? OUTCOME.taken : 0) | (random(200) === 0 ? OUTCOME.fault : 0));
    at = random(20) === 0 ? random(statics.length) : (at + 1) % statics.length;
  }
  take(exports.modelFeatures(0, sink.count(), true));
  take(exports.finishModelFeatures());
  return hash.toString(16).padStart(8, "0");
}

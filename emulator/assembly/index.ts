/** The module's face: batch, features, guest memory, execution. */
export { PLAIN, ROWS, MAX_STATIC, statics, rowIndex, rowAddress, rowOutcome, staticCount, takeStatic } from "./layout";
export { deriveStatic } from "./history";
export { MODEL, features, featureIndex, modelFeatures, finishModelFeatures } from "./features";
export { PERFVEC, perfvecFeatures } from "./perfvec";
export { staticAt } from "./decode";
export { TOYS } from "./toy-table";
export { map, unmap, protect, hostAddress, pageOf, setMemoryLimit, setRepeatsFirstTouch, faultKind, faultAddress, clearFault } from "./memory";
export { run, runTraced, recover, fcsr, setFcsr, setPc, clearRows, flushCode, pc, executed, rows, registers, floatRegisters } from "./interpret";

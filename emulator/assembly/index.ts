/** The module's face: batch, features, guest memory, execution. */
export { PLAIN, ROWS, MAX_STATIC, statics, rowIndex, rowAddress, rowOutcome, staticCount, takeStatic } from "./layout";
export { deriveStatic } from "./history";
export { PERFVEC, MODEL, features, featureIndex, perfvecFeatures, modelFeatures, finishModelFeatures } from "./features";
export { staticAt } from "./decode";
export { TOYS } from "./toy-table";
export { map, unmap, protect, hostAddress, pageOf, setMemoryLimit, setRepeatsFirstTouch, faultKind, faultAddress, clearFault } from "./memory";
export { run, runTraced, recover, fcsr, setFcsr, setPc, clearRows, flushCode, pc, executed, rows, registers, floatRegisters } from "./interpret";

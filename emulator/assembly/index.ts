/** The module's face: batch, features. */
export { ROWS, MAX_STATIC, statics, rowIndex, rowAddress, rowOutcome, staticCount, takeStatic } from "./layout";
export { deriveStatic } from "./history";
export { PERFVEC, PLAIN, MODEL, features, featureIndex, perfvecFeatures, modelFeatures, finishModelFeatures } from "./features";
export { TOYS } from "./toys";

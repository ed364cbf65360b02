import { OPERATIONS } from "./trace";

/**
 * gem5's op classes (src/cpu/FuncUnit.py). Numbers move between versions, so they are mapped by name.
 * "v22" holds from v20.1 to v22.1; "v24" for v24.0, and for v23 but for RISC-V vectors (66 on). A custom table lists
 * names by number.
 */
export type OpClasses = "v22" | "v24" | readonly string[];

const SCALAR = OPERATIONS.slice(0, 12);
const MEMORY = [...OPERATIONS.slice(12), "IprAccess", "InstPrefetch"];
const SIMD_INTEGER = "Add AddAcc Alu Cmp Cvt Misc Mult MultAcc MatMultAcc Shift ShiftAcc Div Sqrt";
const SIMD_FLOAT = "Add Alu Cmp Cvt Div Misc Mult MultAcc MatMultAcc Sqrt";
const SIMD_OTHER =
  "ReduceAdd ReduceAlu ReduceCmp FloatReduceAdd FloatReduceCmp Aes AesMix Sha1Hash Sha1Hash2 Sha256Hash Sha256Hash2 ShaSigma2 ShaSigma3 PredAlu";
const SIMD_MEMORY =
  "UnitStrideLoad UnitStrideStore UnitStrideMaskLoad UnitStrideMaskStore StridedLoad StridedStore IndexedLoad IndexedStore " +
  "WholeRegisterLoad WholeRegisterStore UnitStrideFaultOnlyFirstLoad UnitStrideSegmentedLoad UnitStrideSegmentedStore Ext FloatExt Config";

const simd = (names: string, prefix = "Simd"): string[] => names.split(" ").map((name) => prefix + name);
const VECTOR = [...simd(SIMD_INTEGER), ...simd(SIMD_FLOAT, "SimdFloat"), ...simd(SIMD_OTHER)];

const TABLES: Record<"v22" | "v24", readonly string[]> = {
  v22: [...SCALAR, ...VECTOR.filter((name) => !name.includes("MatMult")), ...MEMORY],
  v24: [...SCALAR, ...VECTOR, "Matrix", "MatrixMov", "MatrixOP", ...MEMORY, ...simd(SIMD_MEMORY)],
};

/** Vector and matrix classes go to the scalar class of the unit that they resemble; the first match counts. */
const NEAREST: readonly (readonly [RegExp, (typeof OPERATIONS)[number]])[] = [
  [/^Simd.*Load$/, "FloatMemRead"],
  [/^Simd.*Store$/, "FloatMemWrite"],
  [/^(SimdFloat.*MultAcc|Matrix|MatrixOP)$/, "FloatMultAcc"],
  [/^SimdFloatMult$/, "FloatMult"],
  [/^SimdFloatDiv$/, "FloatDiv"],
  [/^Simd(Float)?Sqrt$/, "FloatSqrt"],
  [/^SimdFloat(Reduce)?Cmp$/, "FloatCmp"],
  [/^Simd(Float)?Cvt$/, "FloatCvt"],
  [/^SimdFloat(Misc|Ext)$/, "FloatMisc"],
  [/^SimdFloat/, "FloatAdd"],
  [/^Simd.*Mult/, "IntMult"],
  [/^SimdDiv$/, "IntDiv"],
  [/^(Simd|MatrixMov)/, "IntAlu"],
];

function operationOf(name: string): number {
  const exact = (OPERATIONS as readonly string[]).indexOf(name);
  if (exact >= 0) return exact;
  const near = NEAREST.find(([pattern]) => pattern.test(name));
  return near ? OPERATIONS.indexOf(near[1]) : 0;
}

/** Index into OPERATIONS by op class number. What has no counterpart (IprAccess, prefetches, unknown names) is No_OpClass. */
export function operationTable(classes: OpClasses): Uint8Array {
  return Uint8Array.from(typeof classes === "string" ? TABLES[classes] : classes, operationOf);
}

/** The number that gem5 24.0 prints for each of OPERATIONS. */
export const GEM5_24_NUMBER: readonly number[] = OPERATIONS.map((name) => TABLES.v24.indexOf(name));

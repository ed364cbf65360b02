import type { Microarchitecture } from "./description";

/**
 * What the microarchitecture encoder sees of a machine: numbers near 1, sizes as logarithms, memory in the core's
 * cycles. Parameters that a kind of core does not have are 0 there, and `outOfOrder` tells the kinds apart.
 * models/encoder.json is made for this list, in this order.
 */
type Feature = (machine: Parameters) => number;

/** A machine with defaults for what may be left out. */
interface Parameters {
  machine: Microarchitecture;
  core: Record<string, unknown>;
  units: Record<string, unknown>;
}

const number = (value: unknown, otherwise = 0): number => (typeof value === "number" && Number.isFinite(value) ? value : otherwise);
const log2 = (value: number): number => (value > 0 ? Math.log2(value) : 0);

const logOf = (key: string, scale = 4): Feature => ({ core }) => log2(number(core[key])) / scale;
const ofCore = (key: string, scale = 3): Feature => ({ core }) => number(core[key]) / scale;
const units = (...keys: string[]): Feature => (p) => log2(1 + keys.reduce((n, key) => n + number(p.units[key]), 0)) / 3;

type Level = "l1i" | "l1d" | "l2";
const cache = (level: Level, key: string): Feature => ({ machine }) => {
  const value = number((machine[level] as Record<string, unknown> | undefined)?.[key]);
  return key === "latency" ? value / (level === "l2" ? 16 : 4) : key === "size_kb" ? (log2(value) - (level === "l2" ? 9 : 5)) / 3 : log2(value) / 4;
};
const prefetcher = (level: Level, kind: string): Feature => ({ machine }) =>
  ((machine[level] as Record<string, unknown> | undefined)?.["prefetcher"] ?? "none") === kind ? 1 : 0;

/**
 * gem5's memory types: nanoseconds of a row miss to the last beat of a 64-byte line (tRP + tRCD + tCL + tBURST, bursts
 * of a line) and peak GB/s of a channel (data rate times width), from src/mem/DRAMInterface.py of gem5 24.0.
 */
const MEMORY: Record<string, readonly [latency: number, bandwidth: number]> = {
  DDR3_1600_8x8: [46.25, 12.8], DDR3_2133_8x8: [43.02, 17.06], DDR4_2400_16x4: [45.81, 19.2], DDR4_2400_8x8: [45.81, 19.2], DDR4_2400_4x16: [45.81, 19.2],
  LPDDR2_S4_1066_1x32: [60, 4.27], LPDDR3_1600_1x32: [61, 6.4], LPDDR5_5500_1x16_BG_BL32: [68.01, 11], LPDDR5_6400_1x16_BG_BL32: [64.75, 12.8],
  LPDDR5_6400_1x16_8B_BL32: [62.25, 12.8], HBM_1000_4H_1x128: [49, 16],
};
const memory = ({ machine }: Parameters): { latency: number; bandwidth: number } => {
  const described = machine["mem"] as Record<string, unknown> | undefined;
  const [latency, bandwidth] = MEMORY[String(described?.["type"])] ?? MEMORY["DDR4_2400_8x8"]!;
  return { latency: latency * machine.freq_ghz, bandwidth: (bandwidth * number(described?.["channels"], 1)) / machine.freq_ghz };
};

const O3_WIDTHS = ["fetchWidth", "decodeWidth", "renameWidth", "dispatchWidth", "issueWidth", "commitWidth"];
const MINOR_WIDTHS = ["decodeInputWidth", "executeInputWidth", "executeIssueLimit", "executeCommitLimit"];
const narrowest: Feature = ({ core }) => log2(Math.min(...[...O3_WIDTHS, ...MINOR_WIDTHS].flatMap((key) => (typeof core[key] === "number" ? [core[key]] : [])))) / 3;
const refill: Feature = ({ core }) => {
  const delays = ["fetchToDecodeDelay", "decodeToRenameDelay", "renameToIEWDelay", "issueToExecuteDelay"];
  return delays.reduce((sum, key) => sum + number(core[key]), 0) / 8;
};
/** Registers beyond those of the program: so many results can be under way. */
const spare = ({ core }: Parameters, key: string): number => Math.max(0, number(core[key]) - 32);
const WRITES = 0.6, LOADS = 0.25, STORES = 0.12; // shares of instructions: writes to integer registers, loads, stores
/** Instructions that can be under way: as many as the reorder buffer, the registers and the queues of loads and stores let, and as a share of stalled ones the queue does. */
const window = (p: Parameters): number =>
  Math.min(number(p.core["numROBEntries"]), spare(p, "numPhysIntRegs") / WRITES, number(p.core["LQEntries"], Infinity) / LOADS, number(p.core["SQEntries"], Infinity) / STORES);
const STALLED = 0.25;
const PREDICTORS = ["local", "bimode", "tournament", "ltage", "tage", "tagescl8", "tagescl64", "perceptron8", "perceptron64"];
const PREFETCHERS = ["stride", "tagged", "bop"];
const SIZES = ["numROBEntries", "numIQEntries", "LQEntries", "SQEntries", "numPhysIntRegs", "numPhysFloatRegs", "fetchQueueSize"];
const DELAYS = ["fetchToDecodeDelay", "decodeToRenameDelay", "renameToIEWDelay", "issueToExecuteDelay", "iewToCommitDelay"];
const MINOR_NUMBERS = [
  "fetch1FetchLimit", "fetch1ToFetch2BackwardDelay", "fetch2InputBufferSize", "fetch2ToDecodeForwardDelay", "decodeInputBufferSize",
  "decodeToExecuteForwardDelay", "executeMemoryIssueLimit", "executeMemoryCommitLimit", "executeInputBufferSize", "executeMaxAccessesInMemory",
  "executeLSQMaxStoreBufferStoresPerCycle", "executeLSQRequestsQueueSize", "executeLSQTransfersQueueSize", "executeLSQStoreBufferSize", "executeBranchDelay",
];

const FEATURES: readonly (readonly [name: string, of: Feature])[] = [
  ["outOfOrder", ({ machine }) => (machine.core === "o3" ? 1 : 0)],
  ["clock", ({ machine }) => log2(machine.freq_ghz)],
  ["narrowest", narrowest],
  ["refill", refill],
  ...[...O3_WIDTHS, ...MINOR_WIDTHS].map((key) => [key, logOf(key, 3)] as const),
  ...SIZES.map((key) => [key, logOf(key, 8)] as const),
  ...DELAYS.map((key) => [key, ofCore(key)] as const),
  ["spareIntRegs", (p) => log2(spare(p, "numPhysIntRegs")) / 8],
  ["spareFloatRegs", (p) => log2(spare(p, "numPhysFloatRegs")) / 8],
  ["window", (p) => log2(window(p)) / 8],
  ["queuedWindow", (p) => log2(Math.min(window(p), number(p.core["numIQEntries"]) / STALLED)) / 8],
  ["trapLatency", ofCore("trapLatency", 30)],
  ...MINOR_NUMBERS.map((key) => [key, ofCore(key)] as const),
  ["units.int_alu", units("int_alu")],
  ["units.int_muldiv", units("int_muldiv", "int_mul")],
  ["units.fp", units("fp_alu", "fp")],
  ["units.fp_muldiv", units("fp_muldiv")],
  ["units.read", units("read", "rdwr", "mem")],
  ["units.write", units("write", "rdwr", "mem")],
  ...PREDICTORS.map((kind) => [`bp.${kind}`, ({ machine }: Parameters) => (machine["bp"] === kind ? 1 : 0)] as const),
  ...(["l1i", "l1d", "l2"] as const).flatMap((level) =>
    ["size_kb", "assoc", "latency", "mshrs", "tgts_per_mshr", "write_buffers"].map((key) => [`${level}.${key}`, cache(level, key)] as const),
  ),
  ["l1d.stride", prefetcher("l1d", "stride")],
  ...PREFETCHERS.map((kind) => [`l2.${kind}`, prefetcher("l2", kind)] as const),
  ["l2.exclusive", ({ machine }) => ((machine["l2"] as Record<string, unknown> | undefined)?.["exclusive"] === true ? 1 : 0)],
  ["memory.latency", (p) => (log2(memory(p).latency) - 7) / 2],
  ["memory.bandwidth", (p) => (log2(memory(p).bandwidth) - 4) / 2],
  ["memory.lpddr5", ({ machine }) => (String((machine["mem"] as Record<string, unknown> | undefined)?.["type"]).startsWith("LPDDR5") ? 1 : 0)],
];

export const MACHINE_FEATURES: readonly string[] = FEATURES.map(([name]) => name);

/** Writes the MACHINE_FEATURES.length numbers of a machine, `stride` apart from `at` on. */
export function writeFeatures(machine: Microarchitecture, into: Float64Array, at: number, stride: number): void {
  const parameters = {
    machine,
    core: (machine["params"] ?? {}) as Record<string, unknown>,
    units: (machine["fu"] ?? {}) as Record<string, unknown>,
  };
  for (let i = 0; i < FEATURES.length; i++) into[at + i * stride] = FEATURES[i]![1](parameters);
}

/** float64 [MACHINE_FEATURES.length] */
export function machineFeatures(machine: Microarchitecture): Float64Array {
  const features = new Float64Array(FEATURES.length);
  writeFeatures(machine, features, 0, 1);
  return features;
}

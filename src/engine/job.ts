import type { FeatureSet } from "../core/features/extract";
import type { Profile } from "../core/profile/profile";
import type { RuntimeChoice } from "./onnx";

/** How a program is executed. Paths are absolute. */
export interface Execution {
  /** the ELF */
  program: string;
  arguments: string[];
  environment: string[];
  /** file given as standard input, or null for an empty one */
  stdin: string | null;
  /** folder the program may read, or null for none */
  readable: string | null;
  personality: "linux" | "gem5";
  /** bytes of memory the program may touch */
  memoryLimit: number;
}

/** Which part of the run counts. */
export interface Range {
  /** name of the function at whose first execution counting begins */
  from: string | null;
  skip: number;
  limit: number;
}

/** What the engine's child process is asked to do: predict one program or trace. */
export interface PredictJob {
  /** what the user named; shown, never opened */
  title: string;
  /** a program to execute, or a recorded trace to read */
  input: { kind: "program"; execution: Execution } | { kind: "trace"; file: TraceFile };
  range: Range;
  models: string;
  runtime: RuntimeChoice;
}

export interface TraceFile {
  path: string;
  /** the fork's store-queue file, or null to look beside the trace */
  storeQueue: string | null;
  /** op-class table of a gem5 trace, or null to detect it */
  opClasses: string | null;
  /** the program that was traced, for lengths, lines and functions */
  program: string | null;
}

export interface FeatureJob {
  input: PredictJob["input"];
  range: Range;
  set: FeatureSet;
  out: string;
}

export interface Progress {
  stage: "starting" | "running" | "predicting";
  /** executed instructions so far: passed over and counted */
  skipped: number;
  counted: number;
  /** what is known of the end, or null */
  limit: number | null;
}

/** From the child to its parent. */
export type FromChild =
  | { kind: "progress"; progress: Progress }
  | { kind: "done"; profile: Profile; output: string }
  | { kind: "failed"; code: string; message: string; defect: boolean };

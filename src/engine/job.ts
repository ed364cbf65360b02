import type { Attributing } from "../core/profile/measured";
import type { Microarchitecture, ModelDescription } from "../core/model/description";
import type { Profile } from "../core/profile/profile";
import type { FormatName } from "../core/report/exports/formats";
import type { RuntimeChoice } from "./onnx";

/** How a program is executed. Paths are absolute. */
export interface Execution {
  /** the ELF */
  program: string;
  /** argv, the program's own name first */
  arguments: string[];
  /** NAME=value */
  environment: string[];
  /** file given as standard input, or null for an empty one */
  stdin: string | null;
  /** folder the program may read, or null for none */
  readable: string | null;
  personality: "linux" | "gem5";
  /** what /proc/self/exe names, or null for the program's base name in / */
  executable: string | null;
  /** bytes of memory the program may touch */
  memoryLimit: number;
}

/** A recorded trace. Paths are absolute. */
export interface RecordedTrace {
  /** .trace.npz of a data set, trace.txt of PerfVec's gem5 fork, or ExecAll text of stock gem5; .gz too */
  file: string;
  /** the fork's store-queue file, or null: looked for beside the trace */
  storeQueue: string | null;
  /** op class numbers of the fork's trace, or null: found out */
  opClasses: "v22" | "v24" | null;
  /** the program that was traced, or null */
  elf: string | null;
  /** whom measured times are given to; left out: time-proportional */
  attributing?: Attributing;
}

/** Which part of the run counts. */
export interface Range {
  /** name of the function at whose first execution counting begins */
  from: string | null;
  skip: number;
  limit: number;
}

/** What the engine's child process is asked to do. */
export interface PredictJob {
  /** what the user named; shown, never opened */
  title: string;
  /** what relative names of sources in the program are relative to */
  folder: string;
  source: { kind: "program"; execution: Execution } | { kind: "trace"; trace: RecordedTrace };
  /**
   * When the program was compiled, milliseconds since 1970: a source that is younger is not what was compiled, and gets no
   * hash. Null: the program and its sources are known to belong together.
   */
  builtAt: number | null;
  range: Range;
  /** folder of the model */
  models: string;
  runtime: RuntimeChoice;
}

/** Looks for programs whose line table names a source. */
export interface SearchJob {
  source: string;
  /** files that may be programs */
  candidates: string[];
}

/** Looks for the sources of a report from another machine or folder: by content, for a name alone is no proof. */
export interface LocateJob {
  /** SHA-256 of each source, and where it might be */
  sources: { hash: string; candidates: string[] }[];
}

/** Writes a report in another format. Paths are absolute. */
export interface ExportJob {
  /** a profile, or the file of a report */
  report: Profile | string;
  format: FormatName;
  /** at least one */
  machines: Microarchitecture[];
  /** of the machines; a report of another is refused */
  model: ModelDescription;
  /** folder of the model; left out: the one that ships */
  models?: string;
  /** what relative names of the profile's files are relative to */
  folder: string;
  /** files of the profile that lie elsewhere here: their names, and where */
  located: [file: string, local: string][];
  /** what paths are relative to in formats that want such */
  base: string;
  out: string;
  /** files that must not be written over */
  inputs: string[];
}

/** What the engine's child process can be asked, and what it answers. */
export interface Jobs {
  predict: { job: PredictJob; answer: { profile: Profile; /** the last of what the program wrote to stdout and stderr */ output: string } };
  /** reads a report: it may be large, or hostile */
  open: { job: { file: string; /** of a file that is not on disk */ bytes?: Uint8Array }; answer: Profile };
  save: { job: { profile: Profile; file: string }; answer: null };
  export: { job: ExportJob; answer: null };
  search: { job: SearchJob; answer: string[] };
  /** for each source the candidate with its content, if there is one */
  locate: { job: LocateJob; answer: (string | undefined)[] };
  /** the flags that a compilation database has for a source; it may be large */
  flags: { job: { database: string; source: string }; answer: string[] | null };
}
export type ToChild = { [K in keyof Jobs]: { kind: K; job: Jobs[K]["job"] } }[keyof Jobs];

export interface Progress {
  stage: "starting" | "running" | "predicting";
  /** executed instructions passed over, and counted, so far */
  skipped: number;
  counted: number;
  /** counted at most; null when not known yet */
  limit: number | null;
}

/** From the child to its parent. */
export type FromChild =
  | { kind: "progress"; progress: Progress }
  | { kind: "done"; answer: Jobs[keyof Jobs]["answer"] }
  | { kind: "failed"; code: string; message: string; defect: boolean };

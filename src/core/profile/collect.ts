import type { Exports } from "../wasm";
import { u32 } from "../wasm";
import type { MeasuredTime } from "./measured";
import { NO_FILE, type Profile, type Provenance } from "./profile";

/** One frame of an instruction, innermost first. */
export interface Frame {
  functionName: string;
  /** with `home`, tells functions of one name apart (overloads, and those that are static) */
  linkageName: string;
  /** the file that the function is in */
  home?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
}

/** What a profile shows of the program. */
export interface Code {
  frames(pc: number): Frame[];
  /** the instruction word, 0 where there is none */
  encodingAt(pc: number): number;
}

/** Adds up representations by static micro-operation. Memory: static micro-operations × dimensions, whatever the length of the run. */
export class Collector {
  private sums = new Float64Array(0);
  private executions = new Float64Array(0);

  constructor(private readonly dimensions: number) {}

  add(representations: Float32Array, index: Uint32Array, count: number): void {
    const d = this.dimensions;
    for (let row = 0, at = 0; row < count; row++) {
      const number = index[row]!;
      if (number >= this.executions.length) this.grow(number + 1);
      this.executions[number]!++;
      const base = number * d;
      for (let k = 0; k < d; k++) this.sums[base + k]! += representations[at++]!;
    }
  }

  private grow(needed: number): void {
    const size = Math.max(1024, needed, 2 * this.executions.length);
    const executions = new Float64Array(size);
    const sums = new Float64Array(size * this.dimensions);
    executions.set(this.executions);
    sums.set(this.sums);
    this.executions = executions;
    this.sums = sums;
  }

  /** Merges what belongs to one pc, and names it. File hashes are left empty: core reads no files. */
  profile(exports: Exports, provenance: Provenance, code: Code, measured?: MeasuredTime): Profile {
    const d = this.dimensions;
    const view = new DataView(exports.memory.buffer);
    const statics = u32(exports.statics);
    const byPc = new Map<number, number[]>();
    for (let s = 0; s < this.executions.length; s++) {
      if (!this.executions[s]) continue;
      const pc = Number(view.getBigUint64(statics + 64 * s, true));
      const at = byPc.get(pc);
      if (at) at.push(s);
      else byPc.set(pc, [s]);
    }
    const pcs = Float64Array.from(byPc.keys()).sort();
    const executions = new Float64Array(pcs.length);
    const sums = new Float64Array(pcs.length * d);
    const times = measured ? new Float64Array(pcs.length) : null;
    const functions = new Names();
    const files = new Names();
    const frameStart = new Uint32Array(pcs.length + 1);
    const frames: Frame[] = [];
    pcs.forEach((pc, i) => {
      for (const s of byPc.get(pc)!) {
        // The fences of an atomic are no executions of their own.
        if (view.getUint8(statics + 64 * s + 10) === 0) executions[i]! += this.executions[s]!;
        if (times) times[i]! += measured!.of(s);
        for (let k = 0; k < d; k++) sums[i * d + k]! += this.sums[s * d + k]!;
      }
      frames.push(...code.frames(pc).slice(-MOST_FRAMES));
      frameStart[i + 1] = frames.length;
    });
    return {
      provenance,
      dimensions: d,
      pcs,
      executions,
      encodings: Uint32Array.from(pcs, (pc) => code.encodingAt(pc)),
      sums: Float32Array.from(sums),
      measured: times,
      frameStart,
      frameFunction: Uint32Array.from(frames, (f) => functions.number(`${f.linkageName}\0${f.home ?? ""}`, f.functionName, f.linkageName)),
      frameFile: Uint32Array.from(frames, (f) => (f.file === undefined ? NO_FILE : files.number(f.file, f.file))),
      frameLine: Uint32Array.from(frames, (f) => f.line ?? 0),
      functions: functions.list,
      linkageNames: functions.linkage,
      files: files.list,
      fileHashes: files.list.map(() => ""),
    };
  }
}

/** Of an instruction, the outermost; and of a name: a report holds no more. */
const MOST_FRAMES = 256;
const LONGEST_NAME = 10_000;

class Names {
  readonly list: string[] = [];
  readonly linkage: string[] = [];
  private readonly numbers = new Map<string, number>();

  number(key: string, name: string, linkage = name): number {
    let n = this.numbers.get(key);
    if (n === undefined) {
      n = this.list.push(name.slice(0, LONGEST_NAME)) - 1;
      this.linkage.push(linkage.slice(0, LONGEST_NAME));
      this.numbers.set(key, n);
    }
    return n;
  }
}

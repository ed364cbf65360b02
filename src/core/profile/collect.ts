import type { Exports } from "../wasm";
import { u32 } from "../wasm";
import type { MeasuredTime } from "./measured";
import type { CallPaths } from "./call-paths";
import { type CallTree, NO_FILE, NO_FUNCTION, type Profile, type Provenance, type Slices } from "./profile";
import { Spread } from "./spread";

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

  private spread: Spread | undefined;

  constructor(private readonly dimensions: number) {}

  /** From now on adds up by call path and by slice, too. */
  follow(paths: CallPaths): void {
    this.spread = new Spread(this.dimensions, paths);
  }

  /** Takes executed instructions before those that count, for the calls that they are in. */
  pass(index: Uint32Array): void {
    this.spread?.pass(index);
  }

  add(representations: Float32Array, index: Uint32Array, count: number): void {
    this.spread?.add(representations, index, count);
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
    const { slices, calls } = this.calls(code, functions);
    return {
      ...(calls ? { calls } : {}),
      ...(slices ? { slices } : {}),
      provenance,
      dimensions: d,
      pcs,
      executions,
      encodings: Uint32Array.from(pcs, (pc) => code.encodingAt(pc)),
      sums: Float32Array.from(sums),
      measured: times,
      frameStart,
      frameFunction: Uint32Array.from(frames, (f) => functionNumber(functions, f)),
      frameFile: Uint32Array.from(frames, (f) => (f.file === undefined ? NO_FILE : files.number(f.file, f.file))),
      frameLine: Uint32Array.from(frames, (f) => f.line ?? 0),
      functions: functions.list,
      linkageNames: functions.linkage,
      files: files.list,
      fileHashes: files.list.map(() => ""),
    };
  }

  /** Nodes in which nothing was executed and below which nothing was are left out: they were passed over. */
  private calls(code: Code, names: Names): { slices?: Slices | undefined; calls?: CallTree } {
    if (!this.spread) return {};
    const slices = this.spread.finish();
    const { paths, executed, sums } = this.spread;
    const isKept = new Uint8Array(paths.count);
    for (let node = paths.count - 1; node > 0; node--) {
      if (executed[node]) isKept[node] = 1;
      if (isKept[node]) isKept[paths.parents[node]!] = 1;
    }
    isKept[0] = 1;
    const kept = Array.from(isKept.keys()).filter((node) => isKept[node]);
    const numbers = new Map(kept.map((node, i) => [node, i]));
    const d = this.dimensions;
    const functionOf = paths.entries.map((): number | undefined => undefined);
    const calls: CallTree = {
      parents: Uint32Array.from(kept, (node) => numbers.get(paths.parents[node]!)!),
      functions: Uint32Array.from(kept, (node) => {
        const f = paths.functions[node]!;
        return f < 0 ? NO_FUNCTION : (functionOf[f] ??= functionNumber(names, code.frames(paths.entries[f]!).at(-1)!));
      }),
      calls: Float64Array.from(kept, (node) => paths.calls[node]!),
      executed: Float64Array.from(kept, (node) => executed[node] ?? 0),
      sums: new Float32Array(kept.length * d),
      isCut: paths.isCut,
    };
    kept.forEach((node, i) => {
      if (executed[node]) calls.sums.set(sums.subarray(node * d, (node + 1) * d), i * d);
    });
    return { slices, calls };
  }
}

/** Of the function that an instruction is in. */
const functionNumber = (functions: Names, f: Frame): number => functions.number(`${f.linkageName}\0${f.home ?? ""}`, f.functionName, f.linkageName);

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

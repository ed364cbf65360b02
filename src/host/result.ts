/** One prediction, priced on any machine. Knows nothing of VS Code. */
import * as path from "node:path";
import { realpathSync } from "node:fs";
import type { Microarchitecture } from "../core/model/description";
import { type Attribution, attribute, type LineTime } from "../core/profile/attribution";
import { type FunctionPlace, type LinePlace, type Places, placesOf } from "../core/profile/places";
import { type Span, spansOf } from "../core/profile/spans";
import { summed } from "../core/profile/representation";
import { isRemote } from "../engine/source-files";
import { bareName } from "../core/format";
import { type CalledFunction, calledFunctions, type CallTimes, callTimes, hasCalls } from "../core/profile/call-tree";
import { latencies, type Profile, total } from "../core/profile/profile";

/** Files whose links are followed: that asks the disk, file by file. */
const FOLLOWED = 2000;

/** A result on one machine. Times in nanoseconds. */
export interface Pricing {
  machine: Microarchitecture;
  /** [n], by instruction */
  latency: Float64Array;
  time: number;
  attribution: Attribution;
  /** by file of the profile, then line */
  lines: Map<string, Map<number, LineTime>>;
}

/** Calls on one machine. */
export interface Called {
  times: CallTimes;
  /** inclusive time, calls and callers, by number in the profile */
  functions: ReadonlyMap<number, CalledFunction>;
}

export class Result {
  readonly places: Places;
  /** what was added up once, by list of instructions; of all of them by the profile */
  readonly sums = new WeakMap<object, Float64Array>();
  /** local path, as `keyOf` has it -> file of the profile */
  readonly #files = new Map<string, string>();
  readonly #locals = new Map<string, string>();
  readonly #pricings = new Map<string, Pricing>();
  readonly #called = new WeakMap<Microarchitecture, Called>();
  #starts: Map<number, FunctionPlace["start"]> | undefined;
  #hashes: Map<string, string> | undefined;
  #functions: Map<string, FunctionPlace[]> | undefined;
  #spans: Map<string, Span[]> | undefined;
  #lines: Map<string, Map<number, LinePlace>> | undefined;

  /**
   * @param id a new result replaces an older one of the same id: the path of the source, program or report
   * @param folder what relative paths of the profile are relative to
   */
  constructor(
    readonly id: string,
    readonly title: string,
    readonly profile: Profile,
    folder: string,
    /** whether there is something to run again: a report has nothing */
    readonly canRun = true,
  ) {
    this.places = placesOf(profile);
    // Names of other computers are passed over: a report may come from anybody.
    for (const [i, file] of profile.files.entries()) if (!isRemote(file)) this.locate(file, path.resolve(folder, file), i < FOLLOWED);
  }

  /** Says where a file of the profile lies here. @param follow look for its links, too */
  locate(file: string, local: string, follow = true): void {
    this.#files.set(keyOf(local), file);
    this.#locals.set(file, local);
    if (!follow) return;
    try {
      const real = realpathSync(local);
      this.#files.set(keyOf(real), file);
      this.#locals.set(file, real);
    } catch {
      // not on this machine
    }
  }

  /** The profile's name of a local file. */
  fileAt(local: string): string | undefined {
    return this.#files.get(keyOf(local));
  }

  /** Where a file of the profile is thought to lie. */
  localPath(file: string): string | undefined {
    return this.#locals.get(file);
  }

  /**
   * A function by a word of a file: its name, or the last part of a qualified one. Of several the one in that file, then the
   * one with most code.
   */
  functionNamed(word: string, file: string): FunctionPlace | undefined {
    this.#functions ??= functionsByWord(this.places.functions);
    const found = this.#functions.get(word);
    return found?.find((f) => f.start?.file === file) ?? found?.[0];
  }

  /** Where its functions lie in the source, by file of the profile. */
  get spans(): ReadonlyMap<string, readonly Span[]> {
    return (this.#spans ??= spansOf(this.profile, this.places.functions));
  }

  /** @param file of the profile @param line from 1, as it was compiled */
  lineAt(file: string, line: number): LinePlace | undefined {
    this.#lines ??= byLine(this.places.lines);
    return this.#lines.get(file)?.get(line);
  }

  hashOf(file: string): string {
    this.#hashes ??= new Map(this.profile.files.map((name, i) => [name, this.profile.fileHashes[i]!]));
    return this.#hashes.get(file) ?? "";
  }

  /** Where a function begins in the source. @param f its number in the profile */
  startOf(f: number): FunctionPlace["start"] {
    this.#starts ??= new Map(this.places.functions.map(({ number, start }) => [number, start]));
    return this.#starts.get(f);
  }

  /** Undefined in reports that are older than calls. */
  calledOn(machine: Microarchitecture): Called | undefined {
    if (!hasCalls(this.profile)) return undefined;
    let called = this.#called.get(machine);
    if (!called) {
      const times = callTimes(this.profile, machine);
      this.#called.set(machine, (called = { times, functions: calledFunctions(this.profile.calls, times) }));
    }
    return called;
  }

  /** Summed representation of some instructions: its dot product with a machine is the time there. @param instructions a list of `places`; all when left out */
  sumOf(instructions?: readonly number[]): Float64Array {
    const key = instructions ?? this.profile;
    let sum = this.sums.get(key);
    if (!sum) this.sums.set(key, (sum = summed(this.profile, instructions)));
    return sum;
  }

  on(machine: Microarchitecture): Pricing {
    let pricing = this.#pricings.get(machine.name);
    // A machine of the user's may have changed under its name.
    if (pricing?.machine !== machine) {
      const latency = latencies(this.profile, machine);
      const attribution = attribute(this.places, latency);
      pricing = { machine, latency, time: total(latency), attribution, lines: byLine(attribution.lines) };
      this.#pricings.set(machine.name, pricing);
    }
    return pricing;
  }
}

/** Windows does not tell capitals from small letters. */
const keyOf = (local: string): string => (process.platform === "win32" ? local.toLowerCase() : local);

/** By file, then line. */
function byLine<L extends LinePlace>(lines: readonly L[]): Map<string, Map<number, L>> {
  const found = new Map<string, Map<number, L>>();
  for (const line of lines) {
    let ofFile = found.get(line.file);
    if (!ofFile) found.set(line.file, (ofFile = new Map()));
    ofFile.set(line.line, line);
  }
  return found;
}

/** Those with most code first. */
function functionsByWord(functions: readonly FunctionPlace[]): Map<string, FunctionPlace[]> {
  const found = new Map<string, FunctionPlace[]>();
  const code = (f: FunctionPlace): number => f.own.length + f.inlined.length;
  for (const f of [...functions].sort((a, b) => code(b) - code(a))) {
    for (const word of new Set([bareName(f.name), f.name])) {
      const known = found.get(word);
      if (known) known.push(f);
      else found.set(word, [f]);
    }
  }
  return found;
}

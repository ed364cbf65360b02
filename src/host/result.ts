/** One prediction, priced on any machine. Knows nothing of VS Code. */
import * as path from "node:path";
import { realpathSync } from "node:fs";
import type { Microarchitecture } from "../core/model/description";
import { type Attribution, attribute, type LineTime } from "../core/profile/attribution";
import { type Places, placesOf } from "../core/profile/places";
import { latencies, type Profile, total } from "../core/profile/profile";

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

export class Result {
  readonly places: Places;
  /** local path -> file of the profile */
  readonly #files = new Map<string, string>();
  readonly #pricings = new Map<string, Pricing>();

  /**
   * @param id a new result replaces an older one of the same id: the path of the source, program or report
   * @param folder what relative paths of the profile are relative to
   */
  constructor(
    readonly id: string,
    readonly title: string,
    readonly profile: Profile,
    folder: string,
  ) {
    this.places = placesOf(profile);
    for (const file of profile.files) this.locate(file, path.resolve(folder, file));
  }

  /** Says where a file of the profile lies here. */
  locate(file: string, local: string): void {
    this.#files.set(local, file);
    try {
      this.#files.set(realpathSync(local), file);
    } catch {
      // not on this machine
    }
  }

  /** The profile's name of a local file. */
  fileAt(local: string): string | undefined {
    return this.#files.get(local);
  }

  /** Where a file of the profile is thought to lie. */
  localPath(file: string): string | undefined {
    let found: string | undefined;
    for (const [local, named] of this.#files) if (named === file) found = local;
    return found;
  }

  hashOf(file: string): string {
    return this.profile.fileHashes[this.profile.files.indexOf(file)] ?? "";
  }

  on(machine: Microarchitecture): Pricing {
    let pricing = this.#pricings.get(machine.name);
    if (!pricing) {
      const latency = latencies(this.profile, machine);
      const attribution = attribute(this.places, latency);
      const lines = new Map<string, Map<number, LineTime>>();
      for (const line of attribution.lines) {
        let ofFile = lines.get(line.file);
        if (!ofFile) lines.set(line.file, (ofFile = new Map()));
        ofFile.set(line.line, line);
      }
      pricing = { machine, latency, time: total(latency), attribution, lines };
      this.#pricings.set(machine.name, pricing);
    }
    return pricing;
  }
}

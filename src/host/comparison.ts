/** What is compared, and its row for each machine. Knows nothing of VS Code. */
import * as path from "node:path";
import { duration, integer, shortName } from "../core/format";
import { type Improvements, limitsOf, limitsTold, unlimited } from "../core/explore/limits";
import type { Microarchitecture } from "../core/model/description";
import { describedBriefly, describeMachine } from "../core/model/summary";
import { sum } from "../core/profile/attribution";
import type { Place } from "../core/profile/places";
import { errorOf, isMeasuredOn, type Profile, total } from "../core/profile/profile";
import { timeOn } from "../core/profile/representation";
import { functionAt } from "../core/profile/spans";
import type { ComparisonView, MachineRow, Want } from "../../webview/compare/protocol";
import type { Result } from "./result";

/** Names are cut: a report may come from anybody. */
const LONGEST = 200;

/** A line of a file that was predicted. Lines from 1. */
export interface Anchor {
  /** as the profile has it */
  file: string;
  /** as it was predicted; undefined when it was not there then */
  line: number | undefined;
  /** the line itself, or the next above that was there */
  near: number;
  /** where it stands now */
  now: number;
  /** whether the file was edited since it was predicted */
  stale: boolean;
}

/** What is compared. */
export interface Target {
  name: string;
  /** its instructions, in lists that have none in common; undefined: all of the profile */
  parts: (readonly number[])[] | undefined;
  hasInlined: boolean;
  /** executed instructions */
  executed: number;
}

/** @returns why there is none in place of a target, in words */
export function targetOf(result: Result, anchor: Anchor | undefined, { scope, inlined }: Pick<Want, "scope" | "inlined">): Target | string {
  if (scope === "program") return { name: result.title.slice(0, LONGEST), parts: undefined, hasInlined: false, executed: result.profile.provenance.executed };
  if (!anchor) return `Put the cursor into a ${scope} of a predicted file.`;
  const { file, line, near, now } = anchor;
  const where = `${path.basename(file)}:${now}`.slice(-LONGEST);
  if (scope === "line") {
    const place = line === undefined ? undefined : result.lineAt(file, line);
    return place ? ofPlace(where, place, inlined, result.profile) : `No instruction of ${where} was executed.`;
  }
  const place = functionAt(result.spans.get(file) ?? [], near);
  return place ? ofPlace(shortName(place.name).slice(0, LONGEST), place, inlined, result.profile) : `${where} stands in no function that was executed.`;
}

/** A place that has nothing of its own is what is inlined into it. */
function ofPlace(name: string, place: Place, inlined: boolean, { executions }: Profile): Target {
  const whole = inlined || place.own.length === 0;
  const parts = whole ? [place.own, place.inlined] : [place.own];
  const executed = parts.flat().reduce((n, i) => n + executions[i]!, 0);
  return { name, parts, hasInlined: place.own.length > 0 && place.inlined.length > 0, executed };
}

/** Nanoseconds that the trace measured; null when it has no times. */
function measuredOf({ measured }: Profile, { parts }: Target): number | null {
  if (!measured) return null;
  return parts ? parts.reduce((time, part) => time + sum(part, measured), 0) : total(measured);
}

/** @param representation [d] of the target @param baseline what speed-ups are against */
export function rowsOf(profile: Profile, target: Target, representation: Float64Array, machines: readonly Microarchitecture[], baseline: Microarchitecture): MachineRow[] {
  const base = timeOn(representation, baseline);
  const there = measuredOf(profile, target);
  return machines.map((machine) => {
    const time = timeOn(representation, machine);
    const cycles = time * machine.freq_ghz;
    const measured = isMeasuredOn(profile, machine) ? there : null;
    return {
      name: machine.name,
      title: machine.title,
      core: machine.core,
      kind: describedBriefly(machine),
      time,
      cycles,
      cpi: target.executed ? cycles / target.executed : null,
      speedup: time > 0 ? base / time : null,
      measured,
      error: errorOf(time, measured ?? undefined) ?? null,
    };
  });
}

/** What limits the target on the painted machine. @param representation [d] of the target */
export function limitsIn(representation: Float64Array, machine: Microarchitecture, improved: Improvements): Pick<ComparisonView, "limits" | "unlimited"> {
  const limits = limitsOf(representation, machine, improved);
  return { limits: limitsTold(limits).map(({ cause, words, gain }) => ({ cause, words, gain })), unlimited: unlimited(limits)?.words ?? "" };
}

/** What is told of the painted machine beside the figures, a sentence each. */
export function detailOf(profile: Profile, target: Target, machine: Microarchitecture): string[] {
  const { core, clock, caches, made } = describeMachine(machine);
  const there = measuredOf(profile, target);
  const { measuredOn } = profile.provenance;
  return [
    `${machine.name}: ${[core, clock, caches, made].filter(Boolean).join(", ")}.`,
    `${integer(target.executed)} executed instructions are counted.`,
    ...(there === null || measuredOn === machine.name ? [] : [`The trace measured ${duration(there)}${measuredOn === null ? "" : ` on ${measuredOn.slice(0, LONGEST)}`}.`]),
  ];
}

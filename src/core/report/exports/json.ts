import { limitsOf } from "../../explore/limits";
import type { Microarchitecture } from "../../model/description";
import { attribute } from "../../profile/attribution";
import { callTimes, hasCalls } from "../../profile/call-tree";
import { hasSlices, phasesOf } from "../../profile/phases";
import { placesOf } from "../../profile/places";
import type { Beside } from "../../profile/beside";
import { latencies, NO_FILE, type Profile, total } from "../../profile/profile";
import { summed } from "../../profile/representation";
import { jsonText } from "./text";

/** What `--json` prints; its schema is docs/schema/predict.schema.json. Times in nanoseconds. */
export function predictionJson(profile: Profile, machines: readonly Microarchitecture[], { sure, improvedOf }: Beside): string {
  const { provenance: p, calls, slices } = profile;
  const places = placesOf(profile);
  const whole = summed(profile);
  const innermost = (i: number): { function: string | null; file: string | null; line: number | null } => {
    const k = profile.frameStart[i]!;
    if (k === profile.frameStart[i + 1]) return { function: null, file: null, line: null };
    const file = profile.frameFile[k]!;
    return {
      function: profile.functions[profile.frameFunction[k]!]!,
      file: file === NO_FILE ? null : profile.files[file]!,
      line: profile.frameLine[k] || null,
    };
  };
  return jsonText({
    format: 1,
    program: p.program,
    programSha256: p.programHash,
    input: { arguments: p.arguments, stdin: p.stdin },
    model: { name: p.model, featureSet: p.featureSet, runtime: p.runtime },
    traceSource: p.traceSource,
    limit: p.limit,
    executed: p.executed,
    skipped: p.skipped,
    whole: p.whole,
    ended: p.ended,
    exitStatus: p.exitStatus,
    warnings: p.warnings,
    ...(sure && { unlike: sure.unlike ?? null }),
    measuredOn: p.measuredOn,
    measuredNs: profile.measured && total(profile.measured),
    calls: calls
      ? {
          cut: calls.isCut,
          nodes: Array.from(calls.parents, (parent, node) => ({
            parent: node ? parent : null,
            function: node ? profile.functions[calls.functions[node]!]! : null,
            calls: calls.calls[node]!,
            executed: calls.executed[node]!,
          })),
        }
      : null,
    phases: slices ? { length: slices.length, executed: slices.executed } : null,
    machines: machines.map((machine) => {
      const latency = latencies(profile, machine);
      const time = total(latency);
      const attribution = attribute(places, latency);
      const called = hasCalls(profile) ? callTimes(profile, machine) : undefined;
      return {
        name: machine.name,
        title: machine.title,
        ghz: machine.freq_ghz,
        ns: time,
        cycles: time * machine.freq_ghz,
        cpi: p.executed ? (time * machine.freq_ghz) / p.executed : 0,
        ...(sure && { nsWithin80: sure.interval("program", machine).map((factor) => factor * time) }),
        limits: limitsOf(whole, machine, improvedOf(machine)).each.map(({ change, cause, words, gain }) => ({ change, cause, if: words, gain })),
        nsWithoutLine: attribution.withoutLine,
        lines: attribution.lines.map((l) => ({ file: l.file, line: l.line, ns: l.exclusive, nsInclusive: l.inclusive, executions: l.executions })),
        functions: attribution.functions.map((f) => ({ name: f.name, ns: f.exclusive, nsInclusive: f.inclusive, executions: f.executions })),
        instructions: Array.from(profile.pcs, (pc, i) => ({
          pc: `0x${pc.toString(16)}`,
          executions: profile.executions[i]!,
          ns: latency[i]!,
          ...innermost(i),
        })),
        calls: called ? Array.from(called.exclusive, (ns, node) => ({ ns, nsInclusive: called.inclusive[node]! })) : null,
        phases: hasSlices(profile) ? phasesOf(profile, machine).map(({ time: ns }) => ns) : null,
      };
    }),
  });
}

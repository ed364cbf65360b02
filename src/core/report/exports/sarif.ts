import { duration, integer, percent } from "../../format";
import type { Microarchitecture } from "../../model/description";
import { attribute, type LineTime } from "../../profile/attribution";
import { placesOf } from "../../profile/places";
import { latencies, type Profile, total } from "../../profile/profile";
import { type Here, relativeUri } from "./here";
import { jsonText, oneLine } from "./text";

/** A line with less of the time is not noted; nor are more of them. */
const WORTH = 0.01;
const MOST = 100;
const RULE = "hot-line";

/**
 * SARIF 2.1.0: a run a machine, a note for every line with 1 % of its time or more. The properties of a run have what its
 * notes leave over: `ns` is the sum of the notes' `ns` and of `nsElsewhere`.
 */
export function sarif(profile: Profile, machines: readonly Microarchitecture[], here: Here): string {
  const { provenance: p } = profile;
  const places = placesOf(profile);
  const uris = new Map(profile.files.map((file) => [file, relativeUri(here.localOf(file), here.folders)]));
  const rule = {
    id: RULE,
    shortDescription: { text: "A line that takes much of the predicted time" },
    fullDescription: { text: `Predicted by ${literal(p.model)}, not measured${here.sure && `: ${here.sure}`}.` },
    defaultConfiguration: { level: "note" },
  };
  const runs = machines.map((machine) => {
    const latency = latencies(profile, machine);
    const time = total(latency);
    const hot = attribute(places, latency).lines.filter((l) => l.exclusive >= WORTH * time && l.exclusive > 0 && uris.get(l.file) !== undefined).slice(0, MOST);
    return {
      tool: { driver: { name: "PerfVec Lens", rules: [rule] } },
      automationDetails: { id: `perfvec/${oneLine(machine.name)}` },
      columnKind: "utf16CodeUnits",
      results: hot.map((line) => resultOf(line, uris.get(line.file)!, machine, time)),
      properties: { program: p.program, model: p.model, machine: machine.name, ns: time, nsElsewhere: time - hot.reduce((s, l) => s + l.exclusive, 0) },
    };
  });
  return jsonText({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs });
}

function resultOf({ line, exclusive, executions }: LineTime, uri: string, machine: Microarchitecture, time: number): object {
  const share = exclusive / time;
  return {
    ruleId: RULE,
    ruleIndex: 0,
    level: "note",
    message: { text: `${percent(share)} of the predicted time on ${literal(machine.name)}: ${duration(exclusive)} in ${integer(executions)} executions.` },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } }],
    rank: 100 * share,
    properties: { machine: machine.name, ns: exclusive, share, executions },
  };
}

/** A message's brackets are links (3.11.6), and its braces are places to fill in (3.11.5). */
const literal = (text: string): string => oneLine(text).replace(/[[\]\\]/g, "\\$&").replace(/[{}]/g, "$&$&");

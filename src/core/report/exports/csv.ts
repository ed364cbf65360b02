import { csv, printable } from "../../format";
import type { Microarchitecture } from "../../model/description";
import { attribute } from "../../profile/attribution";
import { placesOf } from "../../profile/places";
import { latencies, type Profile, total } from "../../profile/profile";

/** A table would calculate what begins so. Such a name is a relative path, and ./ before it names the same file. */
const asPath = (file: string): string => file.replace(/^[=+\-@\t\r]/, "./$&");

/** What `--csv` prints: every line of every machine, and what has no line. */
export function predictionCsv(profile: Profile, machines: readonly Microarchitecture[]): string {
  const rows: (string | number)[][] = [["machine", "file", "line", "ns", "ns_inclusive", "cycles", "executions", "share"]];
  const places = placesOf(profile);
  for (const machine of machines) {
    const latency = latencies(profile, machine);
    const time = total(latency) || 1;
    const { lines, withoutLine } = attribute(places, latency);
    for (const l of lines) {
      rows.push([machine.name, asPath(l.file), l.line, l.exclusive, l.inclusive, l.exclusive * machine.freq_ghz, l.executions, l.exclusive / time]);
    }
    rows.push([machine.name, "", 0, withoutLine, withoutLine, withoutLine * machine.freq_ghz, 0, withoutLine / time]);
  }
  return printable(csv(rows));
}

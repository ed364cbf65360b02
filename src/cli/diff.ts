import { readFileSync } from "node:fs";
import { UserError } from "../core/errors";
import { printable } from "../core/format";
import { selectMachines } from "../core/model/description";
import { baseName } from "../core/profile/diff-files";
import { changeText, type Diff, isSlower, match, price } from "../core/profile/diff";
import type { Profile } from "../core/profile/profile";
import { hashOf } from "../engine/source-files";
import { readArguments } from "./arguments";
import { diffJson } from "./diff-json";
import { diffHeading, diffListing } from "./diff-listing";
import { machinesHere, openReport } from "./input";

const DEFAULT_MACHINE = "p550-class";
const DEFAULT_THRESHOLD = "5%";
const SLOWER = 4;

const USAGE = `perfvec diff OLD.perfvec NEW.perfvec [options]   what became slower and faster between two reports (nothing is run)
  --uarch NAME,…     machines, separated by commas, or "all"; each is tested (${DEFAULT_MACHINE})
  --threshold 5%     how much slower the total may be (${DEFAULT_THRESHOLD})
  --json             print for programs (schema: docs/schema/diff.schema.json)
  --models FOLDER    the model and machine library of the reports
  reports are written by perfvec predict --out; functions and lines are matched across edits of the sources, which are not
  needed for it (docs/diff.md)
Exit codes: 0 no machine is slower by more than the threshold; ${SLOWER} one is; 1 bad input; 2 wrong usage`;

/** "5%", "5 %" or "5": a share. */
function thresholdOf(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  if (!found) throw new UserError("usage", `--threshold wants percents such as 5% or 2.5%, not "${text}"`);
  return Number(found[1]) / 100;
}

/** Lines of a profile's files where they are still here as they were compiled. */
function textsOf(profile: Profile): (file: string, line: number) => string {
  const texts = new Map<string, string[]>();
  return (file, line) => {
    let lines = texts.get(file);
    if (!lines) {
      const hash = profile.fileHashes[profile.files.indexOf(file)]!;
      lines = hash !== "" && hashOf(file) === hash ? readFileSync(file, "utf8").split("\n") : [];
      texts.set(file, lines);
    }
    return (lines[line - 1] ?? "").trim().replaceAll("\t", " ");
  };
}

export async function diffCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const args = readArguments(argv, { uarch: { type: "string", multiple: true }, threshold: text, json: { type: "boolean" }, models: text, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [oldFile, newFile, ...more] = args.positionals;
  if (oldFile === undefined || newFile === undefined || more.length) throw new UserError("usage", `diff takes two reports, the older one first\n${USAGE}`);
  args.refuseRest("nothing is run");
  const threshold = thresholdOf(args.text("threshold") ?? DEFAULT_THRESHOLD);
  const { model, machines: library } = machinesHere(args);
  const named = args.list("uarch");
  const machines = named.length ? selectMachines(library, named) : library.filter((m, i) => m.name === DEFAULT_MACHINE || (i === 0 && !library.some(({ name }) => name === DEFAULT_MACHINE)));
  const matched = match(openReport(oldFile, model), openReport(newFile, model));
  const diffs = machines.map((machine) => price(matched, machine));
  const slower = diffs.filter((diff) => isSlower(diff.total, threshold));
  if (args.flag("json")) process.stdout.write(`${JSON.stringify(diffJson(matched, diffs, threshold))}\n`);
  else {
    const texts = { before: textsOf(matched.before), after: textsOf(matched.after) };
    const parts = [diffHeading(oldFile, newFile, matched), ...diffs.map((diff) => diffListing(diff, texts))];
    console.log(printable(parts.join("\n\n")));
  }
  const told = (diff: Diff): string => `${diff.machine.name} ${changeText(diff.total)}`;
  if (slower.length) console.error(printable(`perfvec: ${baseName(newFile)} is slower than ${baseName(oldFile)} by more than ${100 * threshold} %: ${slower.map(told).join(", ")}`));
  return slower.length ? SLOWER : 0;
}

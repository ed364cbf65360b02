import * as path from "node:path";
import { UserError } from "../core/errors";
import { exportText } from "../core/report/exports/exports";
import { FORMAT_NAMES, type FormatName, formatNamed, formatOfFile, FORMATS } from "../core/report/exports/formats";
import { exportTo, hereOf } from "../engine/export";
import { type Arguments, readArguments } from "./arguments";
import { machinesHere, machinesNamed, modelsOf, openReport } from "./input";

const USAGE = `perfvec export REPORT --format FORMAT [options]   a report in the format of another program (nothing is run)
${FORMAT_NAMES.map((name) => `  ${name.padEnd(18)} ${FORMATS[name].use}`).join("\n")}
  --format FORMAT    one of these; not needed where the name of --out says it
  --uarch NAME,…     machines, separated by commas, or "all" (otherwise the default ones; of them the first, where a format has one)
  --out FILE         otherwise standard output
  --models FOLDER    another model and machine library
  reports are written by perfvec predict --out; docs/exports.md says how each format is opened`;

const text = { type: "string" } as const;

function formatOf(args: Arguments): FormatName {
  const [named, out] = [args.text("format"), args.text("out")];
  if (named !== undefined) return formatNamed(named);
  const guessed = out === undefined ? undefined : formatOfFile(path.basename(out));
  if (guessed) return guessed;
  const why = out === undefined ? "" : `: the name ${path.basename(out)} is not of one format alone`;
  throw new UserError("usage", `--format is needed${why} (${FORMAT_NAMES.join(", ")})`);
}

export async function exportCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { format: text, uarch: { type: "string", multiple: true }, out: text, models: text, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...more] = args.positionals;
  if (file === undefined || more.length) throw new UserError("usage", `export takes one REPORT\n${USAGE}`);
  args.refuseRest("export runs nothing");
  const format = formatOf(args);
  const { model, machines: library } = machinesHere(args);
  const machines = machinesNamed(args, library);
  if (FORMATS[format].oneMachine && machines.length > 1 && args.list("uarch").length) throw new UserError("usage", `${format} has the time of one machine; name one with --uarch`);
  const profile = openReport(file, model);
  const here = { model, models: modelsOf(args), folder: process.cwd(), base: process.cwd(), located: [] };
  const out = args.text("out");
  if (out === undefined) process.stdout.write(exportText(format, profile, machines, hereOf(profile, here)));
  else await exportTo({ ...here, report: profile, format, machines, out: path.resolve(out), inputs: [path.resolve(file)] });
  return 0;
}

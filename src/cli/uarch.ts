import * as path from "node:path";
import { UserError } from "../core/errors";
import { MODELS, readMachines, readModelDescription } from "../engine/assets";
import { readArguments } from "./arguments";
import { table } from "../core/format";

const USAGE = `perfvec uarch list [--json] [--models FOLDER]
  lists the machines of the library: name, core, clock, caches, description`;

interface Cache {
  size_kb?: number;
}

const size = (cache: unknown): string => {
  const kb = (cache as Cache | undefined)?.size_kb;
  return kb === undefined ? "-" : `${kb} kB`;
};

export async function uarchCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { json: { type: "boolean" }, models: { type: "string" }, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  if (args.positionals.length !== 1 || args.positionals[0] !== "list") throw new UserError("usage", `uarch knows list\n${USAGE}`);
  const models = path.resolve(args.text("models") ?? MODELS);
  const machines = readMachines(readModelDescription(models).dimensions, models);
  if (args.flag("json")) {
    console.log(JSON.stringify(machines));
    return 0;
  }
  const rows = machines.map((m) => [m.name, m.core, m.freq_ghz.toFixed(2), size(m["l1i"]), size(m["l1d"]), size(m["l2"]), m.title]);
  console.log(table([["name", "core", "GHz", "L1I", "L1D", "L2", ""], ...rows], [0, 1, 6]));
  return 0;
}

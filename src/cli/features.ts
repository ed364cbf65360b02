import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { UserError } from "../core/errors";
import { type FeatureSet, featureWidth } from "../core/features/extract";
import { featureFingerprint } from "../core/features/fingerprint";
import { npyHeader } from "../core/npy";
import { readProgram } from "../core/program/program";
import { instantiate } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { extractFromProgram, readFileOrFail, startProgram, windowOf } from "../engine/predict";
import { readArguments } from "./arguments";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, openProgram } from "./input";
import { createProgressLine } from "./progress";

const USAGE = `perfvec features FILE --set perfvec|model --out X.npy [options] [-- ARGUMENTS]
  writes float32 [executed instructions, features], one row an executed instruction
  perfvec features --fingerprint     the name of the model's feature set
${EXECUTION_USAGE}`;

const SILENT = { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} };

export async function featuresCommand(argv: string[]): Promise<number> {
  const options = { ...EXECUTION_OPTIONS, set: { type: "string" }, out: { type: "string" }, fingerprint: { type: "boolean" } } as const;
  const args = readArguments(argv, options, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const module = emulatorModule();
  if (args.flag("fingerprint")) {
    console.log(featureFingerprint(module));
    return 0;
  }
  const [file, ...more] = args.positionals;
  const set = args.text("set");
  const out = args.text("out");
  if (file === undefined || more.length || out === undefined || (set !== "perfvec" && set !== "model")) {
    throw new UserError("usage", `features takes one FILE, --set perfvec or model, and --out\n${USAGE}`);
  }
  const { execution, range } = await openProgram(file, args, Infinity);
  const program = readProgram(readFileOrFail(execution.program), file);
  const exports = instantiate(module);
  const emulator = startProgram(exports, program, execution, SILENT);
  const part = `${out}.part`;
  const progress = createProgressLine();
  const fd = openSync(part, "w");
  try {
    const width = featureWidth(exports, set as FeatureSet);
    writeSync(fd, npyHeader(0, width));
    const run = await extractFromProgram(
      exports, emulator, set as FeatureSet, windowOf(program, range),
      (features) => void writeSync(fd, features),
      (counted, skipped) => progress.show({ stage: counted ? "predicting" : "running", counted, skipped, limit: null }),
    );
    writeSync(fd, npyHeader(run.executed, width), 0, 128, 0);
    if (run.ending?.kind === "crash") throw new UserError("crash", `${file}: ${run.ending.message}`);
    closeSync(fd);
    renameSync(part, out);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    progress.clear();
  }
  return 0;
}

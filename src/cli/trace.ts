import { closeSync, openSync, writeSync } from "node:fs";
import { UserError } from "../core/errors";
import { readProgram } from "../core/program/program";
import { FLAG, OPERATIONS, OUTCOME } from "../core/trace/trace";
import { instantiate, u32 } from "../core/wasm";
import { emulatorModule } from "../engine/assets";
import { readFileOrFail, startProgram } from "../engine/predict";
import { readArguments } from "./arguments";
import { EXECUTION_OPTIONS, EXECUTION_USAGE, openProgram } from "./input";

const USAGE = `perfvec trace FILE [--out F.csv] [options] [-- ARGUMENTS]
  writes a row for every executed instruction (docs/trace.md): pc, micro-operation, operation, encoding length, flags,
  address, size, taken, fault, sources, destinations
${EXECUTION_USAGE}`;

const SILENT = { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} };

/** The constant part of a static micro-operation's rows, before and after what changes. */
function describeStatic(view: DataView, at: number): { before: string; size: number; after: string; control: boolean } {
  const registers = (count: number, classes: number, indices: number): string =>
    Array.from({ length: count }, (_, i) => {
      const class_ = view.getInt8(classes + i);
      return class_ < 0 ? "x0" : `${class_ ? "f" : "x"}${view.getInt16(indices + 2 * i, true)}`;
    }).join(" ");
  const flags = view.getUint16(at + 12, true);
  const names = Object.entries(FLAG).filter(([, bit]) => flags & bit).map(([name]) => name);
  const pc = view.getBigUint64(at, true).toString(16);
  return {
    before: `0x${pc},${view.getUint8(at + 10)},${OPERATIONS[view.getUint8(at + 8)]},${view.getUint8(at + 11)},${names.join(" ")}`,
    size: view.getUint8(at + 9),
    after: `${registers(view.getUint8(at + 16), at + 18, at + 32)},${registers(view.getUint8(at + 17), at + 26, at + 48)}`,
    control: (flags & (FLAG.conditional | FLAG.unconditional)) !== 0,
  };
}

export async function traceCommand(argv: string[]): Promise<number> {
  const args = readArguments(argv, { ...EXECUTION_OPTIONS, out: { type: "string" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  const [file, ...more] = args.positionals;
  if (file === undefined || more.length) throw new UserError("usage", `trace takes one FILE\n${USAGE}`);
  const { execution, range } = await openProgram(file, args, Infinity);
  if (range.from !== null) throw new UserError("usage", "trace has --skip and --limit, but no --from");
  const exports = instantiate(emulatorModule());
  const emulator = startProgram(exports, readProgram(readFileOrFail(execution.program), file), execution, SILENT);
  const out = args.text("out");
  const fd = out === undefined ? 1 : openSync(out, "w");
  const described = new Map<number, ReturnType<typeof describeStatic>>();
  writeSync(fd, "pc,micro,operation,length,flags,address,size,taken,fault,sources,destinations\n");
  let skip = range.skip;
  let left = range.limit;
  for (let ended = false; !ended && left > 0; ) {
    const ending = emulator.step(true, Number.MAX_SAFE_INTEGER);
    ended = ending !== undefined;
    const { buffer } = exports.memory;
    const count = u32(exports.rows);
    const index = new Uint32Array(buffer, u32(exports.rowIndex), count);
    const address = new BigUint64Array(buffer, u32(exports.rowAddress), count);
    const outcome = new Uint8Array(buffer, u32(exports.rowOutcome), count);
    const view = new DataView(buffer);
    const lines: string[] = [];
    for (let r = 0; r < count && left > 0; r++) {
      if (skip > 0) {
        skip--;
        continue;
      }
      left--;
      let s = described.get(index[r]!);
      if (!s) described.set(index[r]!, (s = describeStatic(view, u32(exports.statics) + 64 * index[r]!)));
      const bits = outcome[r]!;
      const where = bits & OUTCOME.hasAddress ? `0x${address[r]!.toString(16)},${s.size}` : ",";
      lines.push(`${s.before},${where},${s.control ? bits & OUTCOME.taken : ""},${bits & OUTCOME.fault ? 1 : 0},${s.after}\n`);
    }
    exports.clearRows();
    writeSync(fd, lines.join(""));
    if (ending?.kind === "crash") throw new UserError("crash", `${file}: ${ending.message}`);
  }
  if (out !== undefined) closeSync(fd);
  return 0;
}

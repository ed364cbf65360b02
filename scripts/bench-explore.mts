/** npm run bench:explore: how fast a grid of 100 x 100 designs is priced, as it moves and exactly, and how far the two are apart. */
import { readFileSync } from "node:fs";
import { coarseTimes, spread } from "../src/core/explore/coarse";
import { createSpace, DEFAULT_COST, DEFAULT_OBJECTIVE, explore, judge, readFormula } from "../src/core/explore/explore";
import { knownParameters } from "../src/core/model/derive";
import { parseMachines, parseModelDescription } from "../src/core/model/description";
import { parseEncoder } from "../src/core/model/encoder";

const read = (name: string): string => readFileSync(`models/${name}`, "utf8");
const { dimensions } = parseModelDescription(read("model.json"), "model.json");
const machines = parseMachines(read("machines.json"), "machines.json", dimensions);
const encoder = parseEncoder(read("encoder.json"), "encoder.json", dimensions);
const base = machines.find((m) => m.name === "p550-class")!;
const known = knownParameters(machines, base.core);
const axes = [["freq_ghz", 1, 4], ["l2.size_kb", 128, 8192]].map(([path, least, most]) => ({ path: path as string, values: spread(least as number, most as number, 100, false) }));
const cost = readFormula(DEFAULT_COST, "cost", known, []);
const objective = readFormula(DEFAULT_OBJECTIVE, "objective", known, ["time", "cost"]);
const program = Float64Array.from({ length: dimensions }, (_, k) => 1e3 * (1 + Math.abs(Math.sin(k + 1))));

/** The median of `runs`, milliseconds. */
function milliseconds(runs: number, act: () => void): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    act();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[runs >> 1]!;
}

const line = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`);
const space = () => createSpace(base, axes, encoder, new Map([["l1d.assoc", 8]]));
const count = space().count;
const moving = milliseconds(41, () => {
  const now = space();
  judge(now, coarseTimes(now, [program]), cost, objective);
});
line(`the page's grid of ${count} designs while it moves`, `${moving.toFixed(1)} ms a frame (median of 41)`);
const exactly = milliseconds(5, () => explore(space(), [program], cost, objective));
line(`the same through the encoder, as perfvec explore`, `${exactly.toFixed(0)} ms, ${Math.round(count / (exactly / 1000)).toLocaleString("en-US")} designs/s`);
const exact = explore(space(), [program], cost, objective);
const coarse = coarseTimes(space(), [program]);
const worst = exact.time.reduce((most, t, i) => Math.max(most, Math.abs(coarse[i]! / t - 1)), 0);
line("how far the two are apart at most", `${(100 * worst).toPrecision(2)} %; best design ${judge(space(), coarse, cost, objective).best === exact.best ? "the same" : "another"}`);

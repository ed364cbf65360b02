/** The commands of docs/gem5.md, run as they are written, with the stand-in for gem5. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { has } from "../tools";

const root = path.resolve(".");
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "perfvec-docs-")));
after(() => rmSync(folder, { recursive: true, force: true }));
// The repository as a reader has it, but for what the commands make.
for (const name of ["package.json", "dist", "examples", "models", "gem5", "training", "node_modules"]) symlinkSync(path.join(root, name), path.join(folder, name));

const FAKE = path.resolve("test/gem5/fake-gem5.mjs");
const SAMPLE = path.resolve("test/fixtures/gem5/sample.elf");
/** What each command says, by how it begins. */
const SAYS: [RegExp, RegExp][] = [
  [/^npx perfvec gem5 run/, /helloworld on p550-class .* instructions, CPI/],
  [/^npx perfvec gem5 trace/, /^trace: traced\/trace\.txt$/m],
  [/^npx perfvec predict/, /measured by the trace on p550-class[^]*measured .*, error [+−]/],
  [/^npx perfvec trace/, /^equal: /m],
  [/^npx perfvec gem5 label/, /^labels: 16,436 instructions in set$/m],
];

const blocks = readFileSync("docs/gem5.md", "utf8").split("\n").filter((line) => /^(npx perfvec|riscv64-linux-gnu-gcc|python3|snakemake) /.test(line));
const missing = !has("riscv64-linux-gnu-gcc") ? "no riscv64-linux-gnu-gcc" : false;

test("docs/gem5.md has its commands", () => {
  assert.ok(blocks.length >= 9, blocks.join("\n"));
});

for (const command of blocks) {
  const skip = missing || (command.startsWith("snakemake") && !has("snakemake") ? "no snakemake" : false);
  test(`docs/gem5.md: ${command}`, { skip }, () => {
    if (command.startsWith("snakemake")) {
      mkdirSync(path.join(folder, "programs"));
      copyFileSync(SAMPLE, path.join(folder, "programs", "sample.elf"));
    }
    // PWD as a shell has it: the name of the program is part of what it executes.
    const few = command.replace("--random 77", "--random 3");
    const env = { ...process.env, PERFVEC_GEM5: FAKE, FAKE_GEM5: command.startsWith("snakemake") ? "diverges" : "", PWD: folder };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", few], { cwd: folder, encoding: "utf8", env, maxBuffer: 1 << 26 });
    // The recorded run is of a program of ours with names of its own: where it parts from another's is told by exit code 1.
    if (!command.includes("--compare")) assert.equal(status, 0, stdout + stderr);
    const says = SAYS.find(([begin]) => begin.test(command));
    if (says) assert.match(stdout, says[1]);
    if (command.startsWith("riscv64")) copyFileSync(SAMPLE, path.join(folder, "helloworld"));
  });
}

test("the data set that the workflow makes is laid out as training reads it, and is not made again", { skip: missing || (has("snakemake") ? false : "no snakemake") }, () => {
  const runs = JSON.parse(readFileSync(path.join(folder, "dataset/runs.json"), "utf8")) as { ops: string[]; runs: { name: string; executed: number; machines: string[] }[] };
  assert.equal(runs.ops.length, 16);
  assert.deepEqual(runs.runs.map((r) => [r.name, r.executed, r.machines.length]), [["sample", 16436, 3]]);
  for (const kind of ["trace", "labels"]) assert.ok(existsSync(path.join(folder, `dataset/train/sample.${kind}.npz`)));
  const reads = `import sys; sys.path.insert(0, "training"); import data, numpy as np
run = data.runs("train")[0]; labels = np.load(f"{data.DATASET}/train/{run['name']}.labels.npz")
y = data.time_proportional(labels["cycles"], labels["refill"], labels["valid"])
assert y.shape == (3, 16436), y.shape
assert abs(float(np.nansum(y[0])) - float(labels["cycles"][0].sum())) < 1, "the total is the run's time"
assert [m["core"] for m in data.machines().values()] == ["minor", "o3", "o3"]
missing = np.unpackbits(labels["unlabelled"], axis=1)
assert missing.sum(axis=1).tolist() == [0, 10, 10], "what the O3 machines did not execute"
assert labels["valid"].tolist() == [16436] * 3, "they meet again"
assert not labels["cycles"][missing[:, :16436] == 1].any()`;
  const read = spawnSync("python3", ["-c", reads], { cwd: folder, encoding: "utf8", env: { ...process.env, DATASET: path.join(folder, "dataset") } });
  assert.equal(read.status, 0, read.stderr);
  const again = spawnSync("sh", ["-c", blocks.find((c) => c.startsWith("snakemake"))!], { cwd: folder, encoding: "utf8", env: { ...process.env, PERFVEC_GEM5: FAKE } });
  assert.match(again.stderr + again.stdout, /Nothing to be done/);
});

/** gem5/machine.py without gem5: what it makes of machines, good and bad, by a stand-in for the module m5. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-machine-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = has("python3") ? false : "no python3";

type Machine = Record<string, any>;
const machines = JSON.parse(readFileSync("models/machines.json", "utf8")) as Machine[];
const named = (name: string): Machine => structuredClone(machines.find((m) => m["name"] === name)!);

function build(machine: unknown, lacks = "", program = "test/fixtures/gem5/sample.elf", every: string[] = []): { status: number | null; stdout: string; stderr: string } {
  const file = path.join(folder, "machine.json");
  writeFileSync(file, typeof machine === "string" ? machine : JSON.stringify(machine));
  const env = { ...process.env, PYTHONPATH: path.resolve("test/gem5"), PYTHONDONTWRITEBYTECODE: "1", FAKE_M5_LACKS: lacks };
  return spawnSync("python3", ["gem5/machine.py", "--machine", file, "--limit", "5", ...every, program, "an argument"], { encoding: "utf8", env });
}

interface Built {
  counts: Record<string, number>;
  cpu: string;
  params: Record<string, number | string>;
}
const built = (machine: Machine): Built => {
  const { status, stdout, stderr } = build(machine);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^perfvec-gem5: \{"instructions": 99, "ticks": 1234, "cause": "exiting with last active thread context", "code": 0\}$/m);
  return JSON.parse(/^built: (.*)$/m.exec(stdout)![1]!) as Built;
};

test("an O3 machine: core, units, predictor, caches, memory as it says", { skip }, () => {
  const { counts, cpu, params } = built(named("p550-class"));
  assert.equal(cpu, "RiscvO3CPU");
  assert.deepEqual([params["numROBEntries"], params["fetchWidth"], params["max_insts_any_thread"]], [128, 3, 5]);
  for (const [name, count] of [["TAGE", 1], ["Cache", 3], ["StridePrefetcher", 1], ["DDR4_2400_8x8", 2], ["IntALU", 1], ["RdWrPort", 1], ["IprPort", 1]] as const) assert.equal(counts[name], count, name);
});

test("--every tells the time at each so many instructions, though several are executed at once", { skip }, () => {
  const { stdout } = build(named("p550-class"), "", undefined, ["--every", "20"]);
  const end = JSON.parse(/^perfvec-gem5: (\{.*)$/m.exec(stdout)![1]!) as { every: number[] };
  // The stand-in executes one more than it was asked for, in as many picoseconds.
  assert.deepEqual(end.every, [21, 41, 61, 81].map((executed) => 1135 + executed));
});

test("a Minor machine: as many units as it says, division once", { skip }, () => {
  const { counts, cpu, params } = built(named("u74-class"));
  assert.equal(cpu, "RiscvMinorCPU");
  assert.equal(params["executeIssueLimit"], 2);
  for (const [name, count] of [["MinorDefaultIntFU", 2], ["MinorDefaultIntDivFU", 1], ["MinorDefaultMiscFU", 1], ["TournamentBP", 1]] as const) assert.equal(counts[name], count, name);
});

test("every kind of machine of the library, and of those drawn at random, is made", { skip }, () => {
  const drawn = path.join(folder, "drawn.json");
  assert.equal(spawnSync("python3", ["training/dataset/machines.py", "--random", "8", "--seed", "3", "--out", drawn]).status, 0);
  const kinds = new Map(machines.map((m) => [`${m["core"]} ${m["bp"]} ${m["mem"].type} ${m["l2"].prefetcher}`, m]));
  for (const machine of [...[...kinds.values()].slice(0, 12), ...(JSON.parse(readFileSync(drawn, "utf8")) as Machine[])]) built(machine);
});

const bad: [string, unknown, RegExp, string?, string?][] = [
  ["JSON that is none", "{", /Expecting property name/],
  ["a list", [], /holds no machine/],
  ["no core", { ...named("p550-class"), core: "vliw" }, /core 'vliw' is not one of o3, minor/],
  ["no clock", { ...named("p550-class"), freq_ghz: 0 }, /freq_ghz must be a positive number/],
  ["an unknown predictor", { ...named("p550-class"), bp: "oracle" }, /branch predictor 'oracle' is not one of/],
  ["an unknown unit", { ...named("p550-class"), fu: { flux: 1 } }, /functional unit 'flux'/],
  ["a parameter that gem5 lacks", { ...named("p550-class"), params: { noSuch: 1 } }, /RiscvO3CPU has no noSuch/],
  ["a parameter that is no number", { ...named("p550-class"), params: { fetchWidth: "wide" } }, /fetchWidth must be a whole number/],
  ["a cache of no size", { ...named("p550-class"), l1d: { ...named("p550-class")["l1d"], size_kb: 0 } }, /cache l1d: its numbers must be positive/],
  ["a cache with odd sets", { ...named("p550-class"), l1d: { ...named("p550-class")["l1d"], assoc: 3 } }, /no power of two of sets/],
  ["three channels", { ...named("p550-class"), mem: { type: "DDR4_2400_8x8", channels: 3 } }, /power of two/],
  ["a class of another version", named("p550-class"), /this gem5 has no TAGE/, "TAGE"],
  ["a gem5 without O3", named("p550-class"), /this gem5 has no RiscvO3CPU/, "RiscvO3CPU"],
  ["no program", named("p550-class"), /no such program/, "", "nowhere"],
];
for (const [name, machine, message, lacks, program] of bad) {
  test(`${name} is told, with status 2`, { skip }, () => {
    const { status, stderr } = build(machine, lacks, program);
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^perfvec-gem5: /m);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /Traceback/);
  });
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv";
import { readReport, writeReport } from "../../src/core/report/report";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-diff-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = has("riscv64-linux-gnu-gcc") ? false : "no riscv64-linux-gnu-gcc";
const at = (name: string): string => path.join(folder, name);

const SOURCE = `static volatile double sink;

__attribute__((noinline)) static void weigh(int n)
{
    double s = 0;
    for (int i = 1; i < n; i++)
        s += 3.0 * i;
    sink = s;
}

__attribute__((noinline)) static void dropped(void) { sink = 1; }

int main(int argc, char **argv)
{
    weigh(argc > 1 ? 4000 : 2000);
    dropped();
    return argc > 2;
}
`;
/** The loop divides now, stands two lines further down, in a function of another name; another function is gone. */
const EDITED = SOURCE.replace("s += 3.0 * i;", "s += 3.0 / i;").replaceAll("weigh(", "heavy(").replace(/__attribute.*dropped.*\n/, "").replace("    dropped();\n", "").replace("\n", "\n// one\n// two\n");

function perfvec(...args: string[]) {
  return spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", cwd: folder, maxBuffer: 1 << 28 });
}

/** Predicts a source text in a folder of its own. */
function predict(name: string, text: string, ...options: string[]): void {
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(`${name}/prog.c`), text);
  const { stderr, status } = perfvec("predict", `${name}/prog.c`, "--out", `${name}.perfvec`, "--uarch", "p550-class", ...options);
  assert.ok(status === 0 || status === 3, stderr);
}

before(() => {
  if (skip) return;
  predict("old", SOURCE);
  predict("new", EDITED);
  predict("more", SOURCE, "--", "x");
  predict("cut", SOURCE, "--limit", "5000");
});

interface Json {
  slower: boolean;
  notes: string[];
  files: { before: string | null; after: string | null; matchedBy: string }[];
  machines: {
    name: string;
    nsBefore: number;
    nsAfter: number;
    change: number;
    slower: boolean;
    withoutLine: Times;
    files: (Times & { before: string | null; after: string | null })[];
    functions: (Times & { how: string; before: { name: string; executions: number } | null; after: { name: string; executions: number } | null })[];
    lines: (Times & { how: string; before: { line: number } | null; after: { line: number } | null })[];
  }[];
}
interface Times {
  nsBefore: number;
  nsAfter: number;
}

function json(...args: string[]): Json {
  const { stdout, stderr, status } = perfvec("diff", ...args, "--json");
  assert.ok(status === 0 || status === 4, stderr);
  return JSON.parse(stdout) as Json;
}

test("an edited source in another folder: lines are matched, functions renamed and gone, all adds up", { skip }, () => {
  const diff = json("old.perfvec", "new.perfvec", "--uarch", "p550-class,u74-class");
  const validate = new Ajv().compile(JSON.parse(readFileSync("docs/schema/diff.schema.json", "utf8")) as object);
  assert.ok(validate(diff), JSON.stringify(validate.errors));
  assert.deepEqual(diff.files.filter((f) => f.after?.endsWith("prog.c")).map((f) => [f.before, f.after, f.matchedBy]), [[at("old/prog.c"), at("new/prog.c"), "lines"]]);
  assert.deepEqual(diff.machines.map((m) => m.name), ["p550-class", "u74-class"]);
  for (const m of diff.machines) {
    const hot = m.lines.find((l) => l.before?.line === 7)!;
    assert.deepEqual([hot.how, hot.after?.line], ["edited", 9]);
    assert.ok(hot.nsAfter > 1.3 * hot.nsBefore && m.slower, `a division takes longer than a product: ${hot.nsBefore}, ${hot.nsAfter} ns on ${m.name}`);
    const weigh = m.functions.find((f) => f.before?.name === "weigh")!;
    assert.deepEqual([weigh.how, weigh.after?.name], ["renamed", "heavy"]);
    assert.equal(m.functions.find((f) => f.before?.name === "dropped")!.how, "gone");
    for (const side of ["nsBefore", "nsAfter"] as const) {
      const sum = (all: Times[]): number => all.reduce((s, one) => s + one[side], 0);
      assert.ok(Math.abs(sum(m.functions) / m[side] - 1) < 1e-6);
      const byFunctions = m.files.filter((_, i) => diff.files[i]!.matchedBy === "functions");
      assert.ok(Math.abs((sum(m.lines) + sum(byFunctions) + m.withoutLine[side]) / m[side] - 1) < 1e-6);
    }
  }
});

test("the listing shows before, after, change and executions, and the source where it is as it was compiled", { skip }, () => {
  const { stdout } = perfvec("diff", "old.perfvec", "new.perfvec");
  assert.match(stdout, /lines matched by a line diff: prog\.c/);
  assert.match(stdout, /total .* before, .* after: \+[\d,]+ ns, \+[\d.]+ % slower/);
  assert.match(stdout, /\+[\d.]+ % +1,999 +1,999 {2}heavy \(was weigh\)/);
  assert.match(stdout, /[\d,]+ +[\d,]+ +\+[\d,]+ +\+[\d.]+ % +1,999 +1,999 {2}prog\.c:9 \(edited, was 7\) {2}\| s \+= 3\.0 \/ i;/);
  const faster = perfvec("diff", "new.perfvec", "old.perfvec");
  assert.match(faster.stdout, /\u2212[\d.]+ % faster/);
  writeFileSync(at("new/prog.c"), SOURCE);
  assert.doesNotMatch(perfvec("diff", "old.perfvec", "new.perfvec").stdout, /prog\.c:9 .*\|/, "another text is not shown for the one compiled");
  writeFileSync(at("new/prog.c"), EDITED);
});

test("the exit code tells CI: 0 up to the threshold, 4 above it, on any machine", { skip }, () => {
  const slower = perfvec("diff", "old.perfvec", "new.perfvec", "--uarch", "p550-class,u74-class");
  assert.equal(slower.status, 4);
  assert.match(slower.stderr, /new\.perfvec is slower than old\.perfvec by more than 5 %: p550-class \+[\d.]+ % slower, u74-class/);
  assert.equal(perfvec("diff", "new.perfvec", "old.perfvec").status, 0);
  assert.equal(perfvec("diff", "old.perfvec", "old.perfvec", "--threshold", "0%").status, 0);
  // Between what the machines lose: one of them alone makes it fail.
  const changes = json("old.perfvec", "new.perfvec", "--uarch", "p550-class,u74-class").machines.map((m) => 100 * m.change).sort((a, b) => a - b);
  const between = String(((changes[0]! + changes[1]!) / 2).toFixed(3));
  const one = json("old.perfvec", "new.perfvec", "--uarch", "p550-class,u74-class", "--threshold", between);
  assert.deepEqual([one.slower, one.machines.filter((m) => m.slower).length], [true, 1]);
  assert.equal(perfvec("diff", "old.perfvec", "new.perfvec", "--threshold", `${changes[1]! + 1} %`, "--uarch", "p550-class,u74-class").status, 0);
});

test("another input, a part of the run, and the very same program are said", { skip }, () => {
  const more = perfvec("diff", "old.perfvec", "more.perfvec").stdout;
  assert.match(more, /note: the inputs differ: \[\] before, \["x"\] after/);
  assert.match(more, /1,999 +3,999 {2}weigh$/m);
  assert.match(perfvec("diff", "old.perfvec", "cut.perfvec").stdout, /note: before is the whole run, after is a part of the run, 5,000 executed instructions \(limit 5,000\)/);
  assert.match(perfvec("diff", "old.perfvec", "old.perfvec").stdout, /note: both are of the very same program[^]*no function changed[^]*no line changed/);
});

test("a report of another model, features or machine, and wrong usage, are refused by name", { skip }, () => {
  const old = readReport(readFileSync(at("old.perfvec")), "old");
  const write = (name: string, change: object): string => {
    writeFileSync(at(name), writeReport({ ...old, provenance: { ...old.provenance, ...change } }));
    return name;
  };
  const cases: [string[], RegExp, number][] = [
    [[write("model.perfvec", { model: "older" }), "new.perfvec"], /model\.perfvec: made with model older/, 1],
    [[write("features.perfvec", { featureSet: "dead" }), "new.perfvec"], /different models.*features dead/, 1],
    [["old.perfvec", "old/prog.c"], /old\/prog\.c: not a report/, 1],
    [["old.perfvec", "nowhere.perfvec"], /nowhere\.perfvec: cannot be read/, 1],
    [["old.perfvec", "new.perfvec", "--uarch", "p55-class"], /nearest is "p550-class"/, 1],
    [["old.perfvec", "new.perfvec", "--threshold", "-5%"], /percents.*-5%/, 2],
    [["old.perfvec", "new.perfvec", "--threshold", "much"], /percents.*much/, 2],
    [["old.perfvec"], /two reports, the older one first/, 2],
    [["old.perfvec", "new.perfvec", "more.perfvec"], /two reports/, 2],
    [["old.perfvec", "new.perfvec", "--", "x"], /nothing is run/, 2],
  ];
  for (const [args, message, code] of cases) {
    const { status, stdout, stderr } = perfvec("diff", ...args);
    assert.equal(status, code, stderr);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^\s+at .*\.js/m);
    assert.equal(stdout, "");
  }
});

test("names in a report cannot make the terminal obey", { skip }, () => {
  const p = readReport(readFileSync(at("new.perfvec")), "new");
  const evil = (name: string): string => `${name}\x1b[2J\x9b2J`;
  writeFileSync(at("evil.perfvec"), writeReport({ ...p, functions: p.functions.map(evil), files: p.files.map(evil), provenance: { ...p.provenance, program: evil("p"), arguments: [evil("a")] } }));
  const { status, stdout, stderr } = perfvec("diff", "old.perfvec", "evil.perfvec");
  assert.equal(status, 4);
  assert.ok(!/[\x1b\x9b]/.test(stdout + stderr));
});

test("--help documents the exit code", () => {
  assert.match(perfvec("diff", "--help").stdout, /Exit codes: .*\b4 one is/);
  assert.match(perfvec("--help").stdout, /4 of diff/);
});

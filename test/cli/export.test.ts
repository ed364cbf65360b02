import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { writeReport } from "../../src/core/report/report";
import { readLibrary } from "../../src/engine/assets";
import { profileOf } from "../vscode/synthetic";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-export-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => path.join(folder, name);
const { model } = readLibrary("models");
mkdirSync(at("src"));
const SOURCE = Array.from({ length: 10 }, (_, i) => `int line${i + 1} = 1 < 2;\n`).join("");
writeFileSync(at("src/a.c"), SOURCE);
const profile = profileOf(at("src/a.c"), model, 10);
writeFileSync(at("r.perfvec"), writeReport(profile));
writeFileSync(at("foreign.perfvec"), writeReport({ ...profile, provenance: { ...profile.provenance, model: "another" } }));

function perfvec(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [path.resolve("dist/cli.js"), ...args], { encoding: "utf8", cwd: folder, maxBuffer: 1 << 26 });
}

function exported(...args: string[]): string {
  const { status, stdout, stderr } = perfvec("export", "r.perfvec", ...args);
  assert.equal(status, 0, stderr);
  return stdout;
}

const FIRST: Record<string, RegExp> = {
  json: /^\{"format":1,/, csv: /^machine,file,/, cpuprofile: /^\{"nodes":/, speedscope: /speedscope\.app/, callgrind: /^# callgrind format/, sarif: /"version":"2\.1\.0"/, html: /^<!DOCTYPE html>/,
};

test("every format is printed, and is the same in a file whose name says the format", () => {
  const names: Record<string, string> = { csv: "r.csv", cpuprofile: "r.cpuprofile", speedscope: "r.speedscope.json", callgrind: "callgrind.out.r", sarif: "r.sarif", html: "r.html" };
  for (const [format, first] of Object.entries(FIRST)) {
    const text = exported("--format", format, "--uarch", "u74-class");
    assert.match(text, first);
    const out = names[format];
    if (out === undefined) continue;
    assert.equal(exported("--out", out, "--uarch", "u74-class"), "");
    assert.equal(readFileSync(at(out), "utf8"), text);
  }
});

test("JSON and CSV are what predict prints", () => {
  for (const format of ["json", "csv"]) {
    assert.equal(exported("--format", format, "--uarch", "u74-class,c906-class"), perfvec("predict", "r.perfvec", `--${format}`, "--uarch", "u74-class,c906-class").stdout);
  }
});

test("the machines are those named, else the default ones; of a format with one machine the first", () => {
  const names = (...args: string[]): string[] => (JSON.parse(exported("--format", "speedscope", ...args)) as { profiles: { name: string }[] }).profiles.map((p) => p.name);
  assert.deepEqual(names("--uarch", "u74-class,c906-class"), ["u74-class", "c906-class"]);
  assert.equal(names().length, 5);
  assert.equal(exported("--format", "cpuprofile"), exported("--format", "cpuprofile", "--uarch", names()[0]!));
});

test("SARIF has paths relative to the folder it is made in", () => {
  const { runs } = JSON.parse(exported("--format", "sarif", "--uarch", "u74-class")) as { runs: { results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[] }[] };
  assert.deepEqual([...new Set(runs[0]!.results.map((r) => r.locations[0]!.physicalLocation.artifactLocation.uri))], ["src/a.c"]);
});

test("HTML shows the source while it is the one that was compiled, and says how sure the model is", () => {
  const page = exported("--format", "html");
  assert.ok(page.includes("<code>int line3 = 1 &lt; 2;</code>"));
  assert.match(page, /on whole programs it never saw it is off by/);
  writeFileSync(at("src/a.c"), `// newer\n${SOURCE}`);
  const without = exported("--format", "html");
  assert.ok(!without.includes("int line3"));
  assert.match(without, /not the one that was compiled/);
  writeFileSync(at("src/a.c"), SOURCE);
});

test("wrong usage is told, and nothing is written over that is read", () => {
  for (const [args, status, message] of [
    [["export"], 2, /takes one REPORT/],
    [["export", "r.perfvec", "r.perfvec", "--format", "csv"], 2, /takes one REPORT/],
    [["export", "r.perfvec"], 2, /--format is needed \(json, csv,/],
    [["export", "r.perfvec", "--out", "r.json"], 2, /--format is needed: the name r\.json is not of one format alone/],
    [["export", "r.perfvec", "--format", "sarf"], 2, /the nearest is "sarif"/],
    [["export", "r.perfvec", "--format", "cpuprofile", "--uarch", "u74-class,c906-class"], 2, /has the time of one machine/],
    [["export", "r.perfvec", "--format", "csv", "--uarch", "u75-class"], 1, /the nearest is "u74-class"/],
    [["export", "r.perfvec", "--format", "csv", "--", "x"], 2, /export runs nothing/],
    [["export", "none.perfvec", "--format", "csv"], 1, /none\.perfvec/],
    [["export", "src/a.c", "--format", "csv"], 1, /a\.c: not a report/],
    [["export", "foreign.perfvec", "--format", "csv"], 1, /made with model another/],
    [["export", "r.perfvec", "--format", "csv", "--out", "r.perfvec"], 1, /is what is read/],
    [["export", "r.perfvec", "--format", "csv", "--out", "src/a.c"], 1, /is what is read/],
    [["export", "r.perfvec", "--format", "csv", "--out", "src"], 1, /is no regular file/],
  ] as const) {
    const done = perfvec(...args);
    assert.equal(done.status, status, `${args.join(" ")}\n${done.stderr}`);
    assert.match(done.stderr, message);
    assert.doesNotMatch(done.stderr, /\n {4}at /, "no stack");
  }
  assert.equal(readFileSync(at("src/a.c"), "utf8"), SOURCE);
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes(".part")), []);
  const help = perfvec("export", "--help");
  assert.equal(help.status, 0);
  for (const format of Object.keys(FIRST)) assert.match(help.stdout, new RegExp(`^  ${format} `, "m"));
});

/** Exports of a report that has calls. What the formats are like is checked in exports.test.ts. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import Ajv from "ajv";
import { NO_IMPROVEMENTS } from "../../src/core/explore/limits";
import type { Profile } from "../../src/core/profile/profile";
import { exportText } from "../../src/core/report/exports/exports";
import type { FormatName } from "../../src/core/report/exports/formats";
import { has } from "../tools";
import { machine, profile, tree } from "./call-profile";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-exports-calls-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const other = { ...machine, name: "y-class", vector: [2, 0] };
const here = { sure: "", beside: { sure: undefined, improvedOf: () => NO_IMPROVEMENTS }, localOf: (file: string) => file, sourceOf: () => undefined, folders: [] };
const text = (format: FormatName, of: Profile = profile): string => exportText(format, of, [machine, other], here);
const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) <= 1e-6 * Math.abs(b), `${a} and ${b}`);
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

test("speedscope: stacks are of calls; a path's time stays its own, and all add up to each machine's", () => {
  const { shared, profiles } = JSON.parse(text("speedscope"));
  const stacks: string[] = profiles[0].samples.map((stack: number[]) => stack.map((frame) => shared.frames[frame].name).join(" > "));
  assert.deepEqual(stacks, [
    "main > a.c:20", "main > work > a.c:2", "main > work > helper", "main > fib > a.c:10", "main > fib > fib > a.c:10", "main > fib > fib > helper",
  ]);
  [[21, 43, 22, 43, 44, 43], [2, 6, 4, 6, 8, 6]].forEach((times, m) => times.forEach((ns, i) => close(profiles[m].weights[i], ns)));
  assert.equal(shared.frames.filter((f: { name: string }) => f.name === "fib").length, 1, "a function is one frame, wherever it stands");
});

test("a path's time is divided over its function's lines, and what is inlined stands below it", () => {
  // helper's code is inlined into work; fib has two lines.
  const inlined: Profile = {
    ...profile,
    frameStart: Uint32Array.of(0, 1, 3, 4, 5),
    frameFunction: Uint32Array.of(0, 2, 1, 3, 3), frameFile: new Uint32Array(5), frameLine: Uint32Array.of(20, 30, 2, 11, 10),
    calls: { ...tree, parents: Uint32Array.of(0, 0, 1, 1, 3), functions: Uint32Array.of(tree.functions[0]!, 0, 1, 3, 3), calls: Float64Array.of(0, 1, 1, 1, 1), executed: new Float64Array(5), sums: Float32Array.of(0, 0, 1, 2, 3, 4, 6, 7, 6, 7) },
  };
  const { shared, profiles } = JSON.parse(text("speedscope", inlined));
  const weights = new Map(profiles[0].samples.map((stack: number[], i: number) => [stack.map((frame) => shared.frames[frame].name).join(" > "), profiles[0].weights[i]]));
  assert.deepEqual([...weights.keys()], ["main > a.c:20", "main > work > helper > a.c:30", "main > fib > a.c:11", "main > fib > a.c:10", "main > fib > fib > a.c:11", "main > fib > fib > a.c:10"]);
  close(weights.get("main > work > helper > a.c:30") as number, 43);
  close(weights.get("main > fib > a.c:11") as number, (76 * 65) / 152);
  close(weights.get("main > fib > fib > a.c:10") as number, (76 * 87) / 152);
});

test("cpuprofile: nodes below their callers", () => {
  const { nodes, samples, timeDeltas } = JSON.parse(text("cpuprofile")) as { nodes: { id: number; callFrame: { functionName: string }; children: number[] }[]; samples: number[]; timeDeltas: number[] };
  const paths: string[] = [];
  const visit = (id: number, above: string): void => {
    const node = nodes.find((n) => n.id === id)!;
    const path = `${above}/${node.callFrame.functionName}`;
    paths.push(path);
    for (const child of node.children) visit(child, path);
  };
  visit(1, "");
  assert.deepEqual(paths, ["/(root)", "/(root)/main", "/(root)/main/work", "/(root)/main/work/helper", "/(root)/main/fib", "/(root)/main/fib/fib", "/(root)/main/fib/fib/helper"]);
  assert.equal(samples.length, 7);
  close(sum(timeDeltas) * 1000, 216);
});

test("callgrind: calls with inclusive costs on every machine; a caller that was not executed itself is there, too", () => {
  const lines = text("callgrind").split("\n");
  const calls = lines.slice(lines.findIndex((line) => line.startsWith("calls=")) - 4).filter((line) => line !== "");
  assert.deepEqual(calls, [
    "fl=(1)", "fn=(1)", "cfi=(1)", "cfn=(2)", "calls=2 0x200 2", "0x100 20 65000 10000 35", "cfi=(1)", "cfn=(4)", "calls=1 0x400 10", "0x100 20 130000 20000 55",
    "fl=(1)", "fn=(2)", "cfi=(2)", "cfn=(3)", "calls=10 0x300 0", "0x200 2 22000 4000 15",
    "fl=(1)", "fn=(4)", "cfi=(2)", "cfn=(3)", "calls=4 0x300 0", "0x400 10 43000 6000 15", "cfi=(1)", "cfn=(4)", "calls=8 0x400 10", "0x400 10 0 0 0",
  ]);
  const without = { ...profile, frameFunction: Uint32Array.of(1, 1, 2, 3) };
  assert.match(text("callgrind", without), /\nfl=\(2\)\nfn=\(1\) main\ncfi=\(1\)\ncfn=\(2\)\ncalls=2 0x100 20\n0x0 0 65000 /);
});

test("callgrind_annotate counts inclusively by them", { skip: has("callgrind_annotate") ? false : "no callgrind_annotate" }, () => {
  const file = path.join(folder, "a.callgrind");
  writeFileSync(file, text("callgrind"));
  const { status, stdout, stderr } = spawnSync("callgrind_annotate", ["--inclusive=yes", "--threshold=100", "--show-percs=no", "--auto=no", file], { encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
  const inclusive = (name: string): number => Number(new RegExp(`^ *([\\d,]+) .*:${name}$`, "m").exec(stdout)![1]!.replaceAll(",", ""));
  assert.equal(inclusive("main"), 216000);
  assert.equal(inclusive("work"), 65000);
});

test("JSON of calls and phases is after its schema", () => {
  const value: any = JSON.parse(text("json"));
  const validate = new Ajv().compile(JSON.parse(readFileSync("docs/schema/predict.schema.json", "utf8")) as object);
  assert.equal(validate(value), true, JSON.stringify(validate.errors));
  assert.deepEqual(value.calls.nodes[3], { parent: 2, function: "helper", calls: 10, executed: 15 });
  assert.deepEqual(value.machines[0].calls[4], { ns: 43, nsInclusive: 130 });
  assert.deepEqual(value.machines[1].phases, [8, 8, 8, 8]);
});

test("HTML: functions with everything they call, most first, beside what they take themselves and who calls them", () => {
  const page = text("html");
  const table = /<table>\s*<caption>Functions with everything they call.*?<\/table>/s.exec(page)![0];
  const rows = [...table.matchAll(/<tr><th scope="row".*?<\/tr>/gs)].map(([row]) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell!.replace(/<[^>]*>/g, "")));
  assert.deepEqual(rows.map(([name, share, , , itself, calls, caller]) => [name, share, itself, calls, caller]), [
    ["main", "100.0 %", "9.7 %", "1", "(program)"], ["fib", "60.2 %", "40.3 %", "9", "main"], ["work", "30.1 %", "19.9 %", "2", "main"], ["helper", "30.1 %", "30.1 %", "14", "fib"],
  ]);
  assert.ok(!text("html", { ...profile, calls: undefined } as never).includes("everything they call"), "a report without calls has no such table");
  // fib takes most time for calls of itself; who calls it from outside is told.
  const twice = { ...tree, parents: Uint32Array.of(0, 0, 1, 2, 3, 1, 5), functions: Uint32Array.of(tree.functions[0]!, 0, 1, 3, 3, 3, 3), sums: Float32Array.of(0, 0, 1, 2, 3, 4, 1, 1, 3, 4, 1, 1, 3, 4) };
  assert.match(text("html", { ...profile, calls: twice } as Profile), /<code>fib<\/code><\/th>(?:(?!<\/tr>).)*<code>main<\/code><\/td><\/tr>/s);
});

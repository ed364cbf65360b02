import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { NO_IMPROVEMENTS } from "../../src/core/explore/limits";
import Ajv from "ajv";
import { type DefaultTreeAdapterTypes, defaultTreeAdapter as tree, parse } from "parse5";
import { UserError } from "../../src/core/errors";
import type { Microarchitecture } from "../../src/core/model/description";
import { latencies, NO_FILE, type Profile, total } from "../../src/core/profile/profile";
import { exportText } from "../../src/core/report/exports/exports";
import { FORMAT_NAMES, type FormatName, formatNamed, formatOfFile } from "../../src/core/report/exports/formats";
import { fileUri, type Here, relativeUri } from "../../src/core/report/exports/here";
import { inOneText, oneLine, whole } from "../../src/core/report/exports/text";
import { readReport, writeReport } from "../../src/core/report/report";
import { has } from "../tools";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-exports-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What a hostile program may call a function. */
const EVIL = ["a\nfn=(1) b\n0x1 1 999", '<script>alert("1")</script>', "fn=(9) x", "</code></td>\u202e'&amp;\x1b[31m\x9b0m", "(2)", "# comment", "\ud800\u2028{0}[x](command:y)"];
const EVIL_FILES = ["/src/a b<i>#%.c", "=HYPERLINK(\"x\")\n,.c"];

/**
 * Eight instructions: main (two lines, one of them of another file), a helper inlined into main twice, one below it, code without
 * a line, and functions with hostile names.
 */
function profileOf(functions: string[], files: string[]): Profile {
  //        pc: 0         1            2            3            4               5     6         7
  const frames: [fn: number, file: number, line: number][][] = [
    [[0, 0, 10]], [[1, 1, 3], [0, 0, 11]], [[2, 1, 1], [1, 1, 4], [0, 0, 11]], [[1, 1, 3], [0, 0, 12]], [[0, 1, 99]], [[3, NO_FILE, 0]], [[4, 0, 20]], [[5, 0, 0]],
  ];
  const flat = frames.flat();
  return {
    provenance: {
      program: `/src/${functions[1]}`, programHash: "", arguments: [functions[3]!], stdin: null, model: "m", featureSet: "f", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: null, executed: 80, skipped: 0, ended: functions[6]!, whole: true, exitStatus: 0, warnings: [functions[0]!],
    },
    dimensions: 2,
    pcs: Float64Array.from(frames, (_, i) => 0x100 + 4 * i),
    executions: Float64Array.from(frames, (_, i) => 10 + i),
    encodings: new Uint32Array(frames.length),
    sums: Float32Array.from({ length: 2 * frames.length }, (_, i) => 1.1 + i / 3),
    measured: null,
    functions,
    files,
    fileHashes: files.map(() => ""),
    frameStart: Uint32Array.from([0, ...frames.map((_, i) => frames.slice(0, i + 1).flat().length)]),
    frameFunction: Uint32Array.from(flat, ([f]) => f),
    frameFile: Uint32Array.from(flat, ([, f]) => f),
    frameLine: Uint32Array.from(flat, ([, , l]) => l),
  };
}

const plain = profileOf(["main", "helper", "inner", "libc", "other", "nowhere", "exit status 0"], ["/src/a.c", "/usr/include/a.h"]);
const hostile = profileOf(EVIL, EVIL_FILES);
const machine = (name: string, vector: number[]): Microarchitecture => ({ name, title: `${name} <title>`, core: "o3", freq_ghz: 2, vector });
const machines = [machine("x-class", [1, 10]), machine("x_class", [0.3, 7.7])];
const here: Here = { sure: "", beside: { sure: undefined, improvedOf: () => NO_IMPROVEMENTS }, localOf: (file) => file, sourceOf: () => undefined, folders: ["/src"] };
const timeOf = (profile: Profile, m: Microarchitecture): number => total(latencies(profile, m));
const text = (format: FormatName, profile: Profile, on = machines): string => exportText(format, profile, on, here);
const parsed = (format: FormatName, profile: Profile, on = machines): any => JSON.parse(text(format, profile, on));
const close = (a: number, b: number, tolerance = 1e-9): void => assert.ok(Math.abs(a - b) <= tolerance * Math.abs(b), `${a} and ${b}`);
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
function validate(schema: object, value: unknown): void {
  const check = new Ajv({ allErrors: true }).compile(schema);
  assert.ok(check(value), JSON.stringify(check.errors, null, 1));
}

test("the hostile profile is one that a report can hold", () => {
  assert.deepEqual(readReport(writeReport(plain), "r"), plain);
  readReport(writeReport(hostile), "r");
});

test("no format lets a character through that commands a terminal, or is no text; every one ends its last line", () => {
  for (const format of FORMAT_NAMES) {
    const out = text(format, hostile);
    assert.doesNotMatch(out, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/, format);
    if (format !== "csv") assert.doesNotMatch(out, /[\u2028\u202e]/, format);
    assert.ok(Buffer.from(out).equals(Buffer.from(Buffer.from(out).toString("utf8"))), format);
    assert.ok(out.endsWith("\n"), format);
  }
});

test("JSON is after its schema, and adds up", () => {
  for (const profile of [plain, hostile]) {
    const value = parsed("json", profile);
    validate(JSON.parse(readFileSync("docs/schema/predict.schema.json", "utf8")) as object, value);
    value.machines.forEach((m: any, i: number) => {
      const time = timeOf(profile, machines[i]!);
      close(sum(m.lines.map((l: any) => l.ns)) + m.nsWithoutLine, time);
      close(sum(m.functions.map((f: any) => f.ns)), time);
      close(sum(m.instructions.map((n: any) => n.ns)), time);
    });
  }
  assert.equal(parsed("json", hostile).machines[0].functions.find((f: any) => f.name === EVIL[1]).name, EVIL[1], "names are as they were");
});

/** RFC 4180, as a spreadsheet reads it. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/gy)) {
    rows.at(-1)!.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    if (end === "\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

test("CSV: every line of every machine; a file's name is no formula", () => {
  const [head, ...rows] = cells(text("csv", hostile));
  assert.deepEqual(head, ["machine", "file", "line", "ns", "ns_inclusive", "cycles", "executions", "share"]);
  assert.ok(rows.every((row) => row.length === head!.length));
  for (const m of machines) {
    const own = rows.filter((row) => row[0] === m.name);
    close(sum(own.map((row) => Number(row[3]))), timeOf(hostile, m));
    close(sum(own.map((row) => Number(row[7]))), 1);
  }
  assert.deepEqual([...new Set(rows.map((row) => row[1]))].sort(), ["", `./${EVIL_FILES[1]}`, EVIL_FILES[0]].sort());
});

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; scriptId: string; url: string; lineNumber: number; columnNumber: number }; hitCount: number; children: number[]; positionTicks?: { line: number; ticks: number }[] }[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

/** Profiler.Profile of the Chrome DevTools Protocol; times may have fractions. */
const CPU_PROFILE = {
  type: "object", additionalProperties: false, required: ["nodes", "startTime", "endTime", "samples", "timeDeltas"],
  properties: {
    nodes: {
      type: "array", minItems: 1,
      items: {
        type: "object", additionalProperties: false, required: ["id", "callFrame", "hitCount", "children"],
        properties: {
          id: { type: "integer", minimum: 1 },
          callFrame: {
            type: "object", additionalProperties: false, required: ["functionName", "scriptId", "url", "lineNumber", "columnNumber"],
            properties: {
              functionName: { type: "string", minLength: 1 }, scriptId: { type: "string" }, url: { type: "string", pattern: "^(file:///[^\\s<>\"#]*)?$" },
              lineNumber: { type: "integer", minimum: -1 }, columnNumber: { type: "integer", minimum: -1 },
            },
          },
          hitCount: { type: "integer", minimum: 0 },
          children: { type: "array", uniqueItems: true, items: { type: "integer" } },
          positionTicks: {
            type: "array", minItems: 1,
            items: { type: "object", additionalProperties: false, required: ["line", "ticks"], properties: { line: { type: "integer", minimum: 1 }, ticks: { type: "integer", minimum: 1 } } },
          },
        },
      },
    },
    startTime: { const: 0 }, endTime: { type: "number", minimum: 0 },
    samples: { type: "array", minItems: 1, items: { type: "integer" } }, timeDeltas: { type: "array", items: { type: "number", minimum: 0 } },
  },
};

/** Microseconds of every node, as VS Code's viewer has them: a sample lasts until the next. */
function selfTimes({ samples, timeDeltas, endTime }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  let left = endTime - timeDeltas[0]!;
  samples.forEach((id, i) => {
    const lasts = i + 1 < timeDeltas.length ? timeDeltas[i + 1]! : left;
    left -= lasts;
    times.set(id, (times.get(id) ?? 0) + lasts);
  });
  return times;
}

for (const [name, profile] of [["plain", plain], ["hostile", hostile]] as const) {
  test(`cpuprofile, ${name} names: one tree whose samples and ticks add up to the time of the machine`, () => {
    const value: CpuProfile = parsed("cpuprofile", profile, machines.slice(1));
    validate(CPU_PROFILE, value);
    const { nodes, samples, timeDeltas, endTime } = value;
    const ids = new Map(nodes.map((node) => [node.id, node]));
    assert.equal(ids.size, nodes.length, "ids are unique");
    const children = nodes.flatMap((node) => node.children);
    assert.ok(children.every((id) => ids.has(id)) && samples.every((id) => ids.has(id)));
    assert.deepEqual(children.sort((a, b) => a - b), nodes.slice(1).map((node) => node.id), "every node but the first has one parent");
    assert.equal(samples.length, timeDeltas.length);
    const time = timeOf(profile, machines[1]!);
    assert.ok(Math.abs(1e6 * endTime - 1e3 * time) < 1, "within a picosecond");
    close(sum(timeDeltas), endTime);
    close(sum([...selfTimes(value).values()]), endTime);
    assert.equal(sum(nodes.map((node) => node.hitCount)), Math.round(time));
    for (const node of nodes) assert.ok(sum((node.positionTicks ?? []).map(({ ticks }) => ticks)) <= node.hitCount);
  });
}

test("cpuprofile: inlined functions are below those they are inlined in, with the time of their own lines", () => {
  const value: CpuProfile = parsed("cpuprofile", plain);
  const latency = latencies(plain, machines[0]!);
  const ns = (...instructions: number[]): number => sum(instructions.map((i) => latency[i]!));
  const node = (...names: string[]) => {
    let found = value.nodes[0]!;
    for (const name of names) found = value.nodes.find((n) => found.children.includes(n.id) && n.callFrame.functionName === name)!;
    return found;
  };
  const times = selfTimes(value);
  for (const [names, instructions] of [[["main"], [0]], [["main", "helper"], [1, 3]], [["main", "helper", "inner"], [2]], [["libc"], [5]], [["other"], [6]]] as const) {
    close(times.get(node(...names).id)! * 1000, ns(...instructions), 1e-3);
  }
  assert.deepEqual(node("main", "helper").callFrame, { functionName: "helper", scriptId: "2", url: "file:///usr/include/a.h", lineNumber: 2, columnNumber: 0 });
  assert.deepEqual(node("main", "helper").positionTicks!.map(({ line }) => line), [3]);
  assert.deepEqual(node("libc").callFrame, { functionName: "libc", scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 });
  assert.equal(value.nodes.filter((n) => n.callFrame.functionName === "main").length, 2, "its line in another file is a node of its own, for ticks name no file");
});

/** The part of https://www.speedscope.app/file-format-schema.json that is used; nothing else is allowed here. */
const SPEEDSCOPE = {
  type: "object", additionalProperties: false, required: ["$schema", "shared", "profiles", "name", "exporter", "activeProfileIndex"],
  properties: {
    $schema: { const: "https://www.speedscope.app/file-format-schema.json" },
    name: { type: "string" }, exporter: { type: "string" }, activeProfileIndex: { const: 0 },
    shared: {
      type: "object", additionalProperties: false, required: ["frames"],
      properties: {
        frames: {
          type: "array",
          items: { type: "object", additionalProperties: false, required: ["name"], properties: { name: { type: "string" }, file: { type: "string" }, line: { type: "integer", minimum: 1 }, col: { type: "integer" } } },
        },
      },
    },
    profiles: {
      type: "array", minItems: 1,
      items: {
        type: "object", additionalProperties: false, required: ["type", "name", "unit", "startValue", "endValue", "samples", "weights"],
        properties: {
          type: { const: "sampled" }, name: { type: "string" }, unit: { enum: ["none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"] },
          startValue: { type: "number" }, endValue: { type: "number" },
          samples: { type: "array", items: { type: "array", minItems: 1, items: { type: "integer", minimum: 0 } } }, weights: { type: "array", items: { type: "number", minimum: 0 } },
        },
      },
    },
  },
};

test("speedscope: a profile a machine, whose weights add up to its time; stacks are of inlined functions and a line", () => {
  for (const profile of [plain, hostile]) {
    const value = parsed("speedscope", profile);
    validate(SPEEDSCOPE, value);
    assert.deepEqual(value.profiles.map((p: any) => [p.name, p.unit]), machines.map((m) => [m.name, "nanoseconds"]));
    value.profiles.forEach((p: any, i: number) => {
      assert.equal(p.samples.length, p.weights.length);
      assert.ok(p.samples.flat().every((frame: number) => frame < value.shared.frames.length));
      close(sum(p.weights), timeOf(profile, machines[i]!));
      close(p.endValue, timeOf(profile, machines[i]!));
    });
    assert.ok(value.shared.frames.every((f: any) => !/[\n\r\u2028\u202e]/.test(f.name + (f.file ?? ""))));
  }
  const { shared, profiles } = parsed("speedscope", plain);
  const stacks = profiles[0].samples.map((stack: number[]) => stack.map((frame) => shared.frames[frame].name).join(" > "));
  assert.deepEqual(stacks.sort(), ["libc", "main > a.c:10", "main > a.h:99", "main > helper > a.h:3", "main > helper > inner > a.h:1", "nowhere", "other > a.c:20"]);
});

/** What a line of a Callgrind file can be (valgrind manual, "Callgrind Format Specification"). */
const CALLGRIND = [
  /^# callgrind format$/, /^$/, /^(version|part): 1$/, /^(creator|cmd): .+$/, /^desc: \w+: .+$/, /^positions: instr line$/, /^event: \w+ : .+$/, /^events:( \w+)+$/, /^summary:( \d+)+$/,
  /^f[lnie]=\(\d+\)( \S.*)?$/, /^0x[0-9a-f]+ \d+( \d+){3}$/,
];

for (const [name, profile] of [["plain", plain], ["hostile", hostile]] as const) {
  test(`callgrind, ${name} names: lines are of the format, names are given once, columns add up to the summary`, () => {
    const lines = text("callgrind", profile).trimEnd().split("\n");
    for (const line of lines) assert.ok(CALLGRIND.some((pattern) => pattern.test(line)), JSON.stringify(line));
    const columns = lines.filter((line) => line.startsWith("0x")).map((line) => line.split(" ").slice(2).map(Number));
    const summary = lines.find((line) => line.startsWith("summary:"))!.split(" ").slice(1).map(Number);
    assert.deepEqual(summary, [...machines.map((m) => Math.round(1000 * timeOf(profile, m))), sum([...profile.executions])]);
    summary.forEach((whole, c) => assert.equal(sum(columns.map((row) => row[c]!)), whole));
    machines.forEach((m, c) => latencies(profile, m).forEach((ns, i) => assert.ok(Math.abs(columns[i]![c]! - 1000 * ns) < 1)));
    for (const kind of [/^fn=/, /^f[lie]=/]) {
      const named = lines.filter((line) => kind.test(line)).flatMap((line) => /=(\(\d+\)) /.exec(line)?.[1] ?? []);
      const used = lines.filter((line) => kind.test(line)).map((line) => /=(\(\d+\))/.exec(line)![1]);
      assert.deepEqual(named.sort(), [...new Set(used)].sort());
    }
  });

  test(`callgrind_annotate reads it, ${name} names`, { skip: has("callgrind_annotate") ? false : "no callgrind_annotate" }, () => {
    const file = path.join(folder, `${name}.callgrind`);
    writeFileSync(file, text("callgrind", profile));
    const { status, stdout, stderr } = spawnSync("callgrind_annotate", ["--threshold=100", "--show-percs=no", "--auto=no", file], { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Events shown: +ps_x_class ps_x_class_2 Ir$/m);
    const numbers = (row: string): number[] => row.trim().split(/\s+/).slice(0, 3).map((n) => Number(n.replaceAll(",", "")));
    const totals = numbers(/^.* PROGRAM TOTALS$/m.exec(stdout)![0]);
    assert.deepEqual(totals, [...machines.map((m) => Math.round(1000 * timeOf(profile, m))), sum([...profile.executions])]);
    const rows = stdout.split("file:function\n")[1]!.split("\n").filter((row) => /^ *[\d,]+ /.test(row));
    totals.forEach((whole, c) => assert.equal(sum(rows.map((row) => numbers(row)[c]!)), whole));
    if (profile !== plain) return;
    const latency = latencies(profile, machines[0]!);
    const picoseconds = (place: string): number => numbers(rows.find((row) => row.endsWith(` ${place}`))!)[0]!;
    close(picoseconds("/src/a.c:main"), 1000 * latency[0]!, 1e-4);
    close(picoseconds("/usr/include/a.h:main"), 1000 * sum([1, 2, 3, 4].map((i) => latency[i]!)), 1e-4);
    close(picoseconds("/src/a.c:other"), 1000 * latency[6]!, 1e-4);
  });
}

test("callgrind: inlined code is under its own file, and the function's own code behind it under the function's", () => {
  const frameFile = plain.frameFile.slice();
  frameFile[8] = 0; // the fifth instruction: main's again
  const lines = text("callgrind", { ...plain, frameFile }).trimEnd().split("\n");
  const body = lines.slice(lines.findIndex((line) => line.startsWith("summary:")) + 1).filter((line) => line !== "");
  assert.deepEqual(body.map((line) => (line.startsWith("0x") ? line.split(" ", 2).join(" ") : line)), [
    "fl=(1) /src/a.c", "fn=(1) main", "0x100 10", "fi=(2) /usr/include/a.h", "0x104 3", "0x108 1", "0x10c 3", "fe=(1)", "0x110 99",
    "fl=(3) ???", "fn=(4) libc", "0x114 0", "fl=(1)", "fn=(5) other", "0x118 20", "fl=(1)", "fn=(6) nowhere", "0x11c 0",
  ]);
});

/** The part of SARIF 2.1.0 (OASIS, sarif-schema-2.1.0.json) that is used; nothing else is allowed here. */
const MESSAGE = { type: "object", additionalProperties: false, required: ["text"], properties: { text: { type: "string", minLength: 1 } } };
const SARIF = {
  type: "object", additionalProperties: false, required: ["version", "runs"],
  properties: {
    $schema: { type: "string" }, version: { const: "2.1.0" },
    runs: {
      type: "array",
      items: {
        type: "object", additionalProperties: false, required: ["tool", "results"],
        properties: {
          tool: {
            type: "object", additionalProperties: false, required: ["driver"],
            properties: {
              driver: {
                type: "object", additionalProperties: false, required: ["name"],
                properties: {
                  name: { type: "string" },
                  rules: {
                    type: "array", uniqueItems: true,
                    items: {
                      type: "object", additionalProperties: false, required: ["id"],
                      properties: { id: { type: "string" }, shortDescription: MESSAGE, fullDescription: MESSAGE, defaultConfiguration: { type: "object", additionalProperties: false, properties: { level: { const: "note" } } } },
                    },
                  },
                },
              },
            },
          },
          automationDetails: { type: "object", additionalProperties: false, properties: { id: { type: "string" } } },
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          results: {
            type: "array",
            items: {
              type: "object", additionalProperties: false, required: ["message", "ruleId", "ruleIndex", "level", "locations"],
              properties: {
                ruleId: { const: "hot-line" }, ruleIndex: { const: 0 }, level: { const: "note" }, message: MESSAGE, rank: { type: "number", minimum: 0, maximum: 100 }, properties: { type: "object" },
                locations: {
                  type: "array", minItems: 1, maxItems: 1,
                  items: {
                    type: "object", additionalProperties: false, required: ["physicalLocation"],
                    properties: {
                      physicalLocation: {
                        type: "object", additionalProperties: false, required: ["artifactLocation", "region"],
                        properties: {
                          artifactLocation: { type: "object", additionalProperties: false, required: ["uri"], properties: { uri: { type: "string", pattern: "^[A-Za-z0-9._~!$&'()*+,;=:@/%-]+$" } } },
                          region: { type: "object", additionalProperties: false, required: ["startLine"], properties: { startLine: { type: "integer", minimum: 1 } } },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          properties: { type: "object" },
        },
      },
    },
  },
};

test("SARIF: a run a machine, notes of its hottest lines with relative paths; they and what they leave over add up", () => {
  for (const profile of [plain, hostile]) {
    const value = parsed("sarif", profile);
    validate(SARIF, value);
    value.runs.forEach((run: any, i: number) => {
      assert.equal(run.automationDetails.id, `perfvec/${machines[i]!.name}`);
      assert.ok(run.results.length >= 5);
      close(sum(run.results.map((r: any) => r.properties.ns)) + run.properties.nsElsewhere, timeOf(profile, machines[i]!));
      for (const r of run.results) {
        assert.ok(r.message.text.includes(machines[i]!.name) && r.message.text.startsWith(`${(100 * r.properties.share).toFixed(1)} %`));
        assert.ok(r.properties.share >= 0.01);
      }
    });
  }
  const uris = (profile: Profile): string[] => [...new Set<string>(parsed("sarif", profile).runs[0].results.map((r: any) => r.locations[0].physicalLocation.artifactLocation.uri))].sort();
  assert.deepEqual(uris(plain), ["a.c", "file:///usr/include/a.h"]);
  assert.deepEqual(uris(hostile), ["%3DHYPERLINK(%22x%22)%0A%2C.c", "a%20b%3Ci%3E%23%25.c"]);
});

test("SARIF: a message's brackets and braces are text", () => {
  const odd = { ...machines[0]!, name: "a[b](c){0}" };
  assert.ok(parsed("sarif", plain, [odd]).runs[0].results[0].message.text.includes("a\\[b\\](c){{0}}"));
});

type Element = DefaultTreeAdapterTypes.Element;

/** As a browser reads it. */
function read(page: string): { elements: Element[]; textIn: (element: DefaultTreeAdapterTypes.Node) => string; named: (name: string) => Element[] } {
  const errors: string[] = [];
  const document = parse(page, { onParseError: (error) => errors.push(error.code) });
  assert.deepEqual(errors, []);
  const elements: Element[] = [];
  const textIn = (node: DefaultTreeAdapterTypes.Node): string => (tree.isTextNode(node) ? node.value : "childNodes" in node ? node.childNodes.map(textIn).join("") : "");
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if (tree.isElementNode(node)) elements.push(node);
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(document);
  return { elements, textIn, named: (name) => elements.filter((element) => element.tagName === name) };
}

const attribute = (element: Element, name: string): string | undefined => element.attrs.find((a) => a.name === name)?.value;
const below = (element: Element, name: string): Element[] =>
  element.childNodes.filter(tree.isElementNode).flatMap((child) => [...(child.tagName === name ? [child] : []), ...below(child, name)]);

test("HTML: hostile names are text; nothing runs, and nothing is loaded", () => {
  const { elements, named, textIn } = read(text("html", hostile));
  const allowed = ["html", "head", "meta", "title", "style", "body", "header", "main", "h1", "h2", "p", "ul", "li", "code", "data", "div", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "svg", "rect"];
  assert.deepEqual([...new Set(elements.map((e) => e.tagName))].filter((name) => !allowed.includes(name)), []);
  for (const element of elements) for (const { name } of element.attrs) assert.ok(!/^on|^(href|src|style|action)$/.test(name), `${element.tagName} ${name}`);
  assert.match(attribute(named("meta").find((meta) => attribute(meta, "http-equiv"))!, "content")!, /^default-src 'none'/);
  const shown = named("th").map(textIn);
  for (const name of EVIL.slice(0, 6)) assert.ok(shown.includes(oneLine(name)), name);
  assert.equal(textIn(named("title")[0]!), `PerfVec: ${oneLine(`/src/${EVIL[1]} ${EVIL[3]}`)}`);
});

test("HTML: tables have captions and scopes, and their times add up to the total", () => {
  const { named } = read(text("html", plain));
  const time = timeOf(plain, machines[0]!);
  const ns = (part: Element): number => sum(below(part, "data").map((data) => Number(attribute(data, "value"))));
  const tables = named("table");
  assert.equal(tables.length, 3);
  for (const table of tables) {
    assert.equal(below(table, "caption").length, 1);
    for (const th of below(table, "th")) assert.ok(["row", "col"].includes(attribute(th, "scope")!));
    for (const row of below(below(table, "tbody")[0]!, "tr")) assert.equal(below(row, "th").length, 1);
    const [head, ...rows] = below(table, "tr").map((row) => below(row, "th").length + below(row, "td").length);
    assert.ok(rows.every((width) => width === head));
  }
  close(ns(below(tables[0]!, "tbody")[0]!), sum(machines.map((m) => timeOf(plain, m))));
  assert.equal(below(tables[0]!, "svg").length, machines.length);
  for (const table of tables.slice(1)) {
    close(ns(below(table, "tbody")[0]!), time);
    close(ns(below(table, "tfoot")[0]!), time);
  }
});

test("HTML: source is shown where it is the compiled one, escaped, else it is said to be missing", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `\tline <${i + 1}> & "more"`);
  const page = exportText("html", plain, machines, { ...here, sourceOf: (file) => (file === "/src/a.c" ? lines : undefined) });
  const { named, textIn } = read(page);
  const table = named("table").find((t) => textIn(below(t, "caption")[0]!).startsWith("/src/a.c"))!;
  const rows = below(below(table, "tbody")[0]!, "tr").map((row) => [textIn(row).trim().split(/\s/)[0], below(row, "data").length] as const);
  assert.deepEqual(rows.filter(([, timed]) => timed).map(([first]) => parseInt(first!)), [10, 20]);
  assert.ok(textIn(table).includes('    line <20> & "more"'));
  assert.ok(!textIn(table).includes("line <15>"), "only what is near a hot line");
  assert.deepEqual(named("li").map(textIn).filter((item) => item.includes(" in ")).map((item) => item.split(" in ")[1]), ["/usr/include/a.h"]);
});

test("a program without time, and one of absurd time, make no file that is none", () => {
  for (const [scale, name] of [[0, "none"], [3e37, "absurd"]] as const) {
    const odd = { ...plain, sums: plain.sums.map((v) => v * scale) };
    for (const format of FORMAT_NAMES) assert.doesNotMatch(text(format, odd), /NaN|Infinity|undefined/, `${format}, ${name}`);
    validate(CPU_PROFILE, { ...parsed("cpuprofile", odd), nodes: parsed("cpuprofile", { ...odd, sums: plain.sums }).nodes });
    validate(SPEEDSCOPE, parsed("speedscope", odd));
    validate(SARIF, parsed("sarif", odd));
    read(text("html", odd));
    for (const line of text("callgrind", odd).trimEnd().split("\n")) assert.ok(CALLGRIND.some((pattern) => pattern.test(line)), JSON.stringify(line));
  }
});

test("what is longer than a text can be is told as such, and other defects are not", () => {
  const long = "x".repeat(2 ** 28);
  assert.throws(() => inOneText(() => [long, long, long].join("")), (e) => e instanceof UserError && /name fewer machines/.test(e.message));
  assert.throws(() => inOneText(() => "x".repeat(-1)), RangeError);
});

test("rounding keeps the sum, and every part within one", () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i * 0.37) % 1.9);
  const rounded = whole(values);
  assert.equal(sum(rounded), Math.round(sum(values)));
  rounded.forEach((part, i) => assert.ok(Math.abs(part - values[i]!) <= 1 && part >= 0));
});

test("paths as URIs", () => {
  assert.equal(fileUri("/a b/#c%.c"), "file:///a%20b/%23c%25.c");
  assert.equal(fileUri("C:\\src\\a.c"), "file:///C:/src/a.c");
  assert.equal(fileUri("src/a.c"), undefined);
  assert.equal(fileUri("\\\\evil\\share\\a.c"), undefined, "opening it would call another computer");
  assert.equal(relativeUri("/src/sub/a:b.c", ["/other", "/src"]), "sub/a%3Ab.c");
  assert.equal(relativeUri("/src2/a.c", ["/src"]), "file:///src2/a.c");
  assert.equal(relativeUri("C:\\src\\a.c", ["C:\\src"]), "a.c");
  assert.equal(relativeUri("c:evil", []), "c%3Aevil", "no scheme");
  assert.equal(relativeUri("", []), undefined);
});

test("a format is guessed from a name that is of one alone; a wrong name is told", () => {
  const guesses = { "a.csv": "csv", "a.b.cpuprofile": "cpuprofile", "x.speedscope.json": "speedscope", "callgrind.out.12": "callgrind", "x.callgrind": "callgrind", "x.SARIF": "sarif", "x.sarif.json": "sarif", "x.html": "html", "x.htm": "html" };
  for (const [name, format] of Object.entries(guesses)) assert.equal(formatOfFile(name), format);
  for (const name of ["x.json", "x", "x.txt", "csv", "callgrind.outer"]) assert.equal(formatOfFile(name), undefined, name);
  assert.equal(formatNamed("SARIF"), "sarif");
  assert.throws(() => formatNamed("speedscop"), /the nearest is "speedscope"/);
});

import { alive, configuration, documents, events, Position, Range, Selection, Uri, window } from "./vscode-mock";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { NO_FILE, type Profile } from "../../src/core/profile/profile";
import { readLibrary } from "../../src/engine/assets";
import { Disassembly, targetOf } from "../../src/host/disassembly";
import { DisassemblyLink } from "../../src/host/disassembly-link";
import { DisassemblyText, DOCUMENT } from "../../src/host/disassembly-text";
import { definitionAt, foldingOf, hoverOn, outlineOf } from "../../src/host/disassembly-views";
import { hoverAt } from "../../src/host/hover";
import { Result } from "../../src/host/result";
import { Results } from "../../src/host/results";
import { Tracking } from "../../src/host/tracking";

const TEXT = "int square(int x) {\n  return x * x;\n}\nint hot(int x) {\n  return square(x) + 1;\n}\n// cold\n";
const hash = createHash("sha256").update(TEXT).digest("hex");

/** hot: a mul inlined from line 2 at line 5, and a ret of line 5; memcpy without lines. */
function profile(model: { name: string; dimensions: number }): Profile {
  const d = model.dimensions;
  return {
    provenance: {
      program: "a.c", programHash: "", arguments: [], stdin: null, model: model.name, featureSet: "", traceSource: "emulator", measuredOn: null, runtime: "native",
      limit: 5000, executed: 300, skipped: 0, ended: "exit status 0", whole: true, exitStatus: 0, warnings: [],
    },
    dimensions: d,
    pcs: Float64Array.of(0x10400, 0x10404, 0x20000),
    executions: Float64Array.of(100, 100, 100),
    encodings: Uint32Array.of(0x02a58533, 0xfe050ee3, 0x8082),
    sums: Float32Array.from({ length: 3 * d }, (_, i) => [70, 30, 10][Math.floor(i / d)]!),
    measured: null,
    functions: ["square", "hot", "memcpy"],
    files: ["/ws/a.c"],
    fileHashes: [hash],
    frameStart: Uint32Array.of(0, 2, 3, 4),
    frameFunction: Uint32Array.of(0, 1, 1, 2),
    frameFile: Uint32Array.of(0, 0, 0, NO_FILE),
    frameLine: Uint32Array.of(2, 5, 5, 0),
  };
}

function documentOf(uri: Uri, text: string) {
  const document = {
    uri,
    isDirty: true,
    version: 1,
    text,
    getText(range?: Range) {
      return range ? this.text.split("\n")[range.start.line]!.slice(range.start.character, range.end.character) : this.text;
    },
    get lineCount() {
      return this.text.split("\n").length;
    },
    lineAt(line: number) {
      return { text: this.text.split("\n")[line] ?? "" };
    },
    getWordRangeAtPosition({ line, character }: Position, word: RegExp) {
      for (const found of this.text.split("\n")[line]!.matchAll(new RegExp(word, "g"))) {
        if (character >= found.index && character <= found.index + found[0].length) return new Range(line, found.index, line, found.index + found[0].length);
      }
      return undefined;
    },
  };
  documents.push(document);
  return document;
}

/** An editor that keeps what it is told. */
function editorOf(document: ReturnType<typeof documentOf>) {
  const at = new Position(0, 0);
  const editor = {
    document,
    selection: new Selection(at, at),
    visibleRanges: [new Range(0, 0, 99, 0)],
    revealed: [] as number[],
    decorations: new Map<unknown, number[]>(),
    setDecorations(type: unknown, ranges: Range[]) {
      this.decorations.set(type, ranges.map((range) => range.start.line));
    },
    revealRange(range: Range) {
      this.revealed.push(range.start.line);
    },
  };
  window.visibleTextEditors.push(editor);
  return editor;
}

const memory = () => {
  const values = new Map<string, unknown>();
  return { get: (key: string) => values.get(key), update: async (key: string, value: unknown) => void values.set(key, value), keys: () => [...values.keys()] } as never;
};

function setUp() {
  documents.length = 0;
  window.visibleTextEditors.length = 0;
  const sourceDocument = documentOf(Uri.file("/ws/a.c"), TEXT);
  const results = new Results(memory(), () => readLibrary("models"));
  const tracking = new Tracking(results);
  results.add(new Result("/ws/a.c", "a.c", profile(results.library.model), "/ws"));
  const text = new DisassemblyText(results);
  const link = new DisassemblyLink(text, tracking);
  const disassembly = new Disassembly(text, link, results);
  const document = documentOf(DOCUMENT as never, text.provideTextDocumentContent());
  const source = editorOf(sourceDocument);
  const asm = editorOf(document);
  const place = (editor: typeof asm, line: number): void => {
    window.activeTextEditor = editor;
    editor.selection = new Selection(new Position(line, 2), new Position(line, 2));
    disassembly.follow(editor as never);
  };
  const lineOf = (part: string): number => {
    const line = document.text.split("\n").findIndex((l) => l.includes(part));
    assert.ok(line >= 0, `${part}\n${document.text}`);
    return line;
  };
  /** as VS Code does when a provider says that its text has changed */
  const update = (): void => {
    document.text = text.provideTextDocumentContent();
    document.version++;
    disassembly.changed(document as never);
  };
  const highlighted = (editor: typeof asm): number[] => link.highlighted.get(editor.document.uri.toString()) ?? [];
  return { results, tracking, text, link, disassembly, document, source, asm, place, lineOf, update, highlighted };
}

afterEach(() => {
  documents.length = 0;
  window.visibleTextEditors.length = 0;
  window.activeTextEditor = undefined;
});

test("the cursor on a source line highlights its instructions and those inlined at it, scrolls to the hottest, and moves no cursor", () => {
  const { source, asm, place, lineOf, highlighted } = setUp();
  place(source, 1);
  assert.deepEqual(highlighted(asm), [lineOf("mul ")]);
  assert.deepEqual(asm.revealed, [lineOf("mul ")]);
  place(source, 4);
  assert.deepEqual(highlighted(asm), [lineOf("mul "), lineOf("beqz ")]);
  assert.equal(asm.revealed.at(-1), lineOf("mul "), "the hottest");
  assert.deepEqual([asm.selection.active.line, source.revealed, highlighted(source)], [0, [], []], "nothing answers");
  place(source, 6);
  assert.deepEqual(highlighted(asm), [], "a line without instructions");
});

test("the cursor on an instruction highlights its source line and its fellows, and moves no cursor", () => {
  const { source, asm, place, lineOf, highlighted } = setUp();
  place(asm, lineOf("mul "));
  assert.deepEqual([highlighted(source), source.revealed], [[1], [1]]);
  place(asm, lineOf("beqz "));
  assert.deepEqual([highlighted(source), source.revealed.at(-1)], [[4], 4]);
  assert.deepEqual(highlighted(asm), [lineOf("mul "), lineOf("beqz ")]);
  assert.deepEqual([source.selection.active.line, asm.revealed], [0, []], "nothing answers");
  place(asm, lineOf("; /ws/a.c:2"));
  assert.deepEqual(highlighted(source), [1], "a comment stands for what follows it");
  place(asm, lineOf("ret"));
  assert.deepEqual(highlighted(source), [], "an instruction without a line");
});

test("only the active editor's cursor counts", () => {
  const { source, asm, place, lineOf, highlighted, disassembly } = setUp();
  place(asm, lineOf("mul "));
  source.selection = new Selection(new Position(4, 0), new Position(4, 0));
  disassembly.follow(source as never);
  assert.deepEqual([highlighted(source), asm.revealed], [[1], []]);
});

test("the link follows a source that was edited, and its highlight goes where the line went", () => {
  const { source, asm, place, lineOf, highlighted } = setUp();
  source.document.text = `// new\n${TEXT}`;
  events.change.fire({ document: source.document, contentChanges: [{ range: new Range(0, 0, 0, 0), text: "// new\n" }] });
  place(source, 2);
  assert.deepEqual(highlighted(asm), [lineOf("mul ")]);
  place(asm, lineOf("mul "));
  assert.deepEqual(highlighted(source), [2]);
});

test("two editors of the disassembly are both highlighted, and both cleared", () => {
  const { source, asm, place, lineOf, document } = setUp();
  const second = editorOf(document);
  place(source, 1);
  const highlight = [...second.decorations].find(([, lines]) => lines.length === 1 && lines[0] === lineOf("mul "))![0];
  assert.deepEqual([asm.decorations.get(highlight), second.decorations.get(highlight)], [[lineOf("mul ")], [lineOf("mul ")]]);
  place(source, 6);
  assert.deepEqual([asm.decorations.get(highlight), second.decorations.get(highlight)], [[], []]);
});

test("it follows the machine and the result; the cursor stays on its instruction; an old text is never taken for a new one", () => {
  const { results, text, document, asm, place, lineOf, update, disassembly } = setUp();
  const fired: unknown[] = [];
  text.onDidChange((uri) => void fired.push(uri));
  results.refresh();
  assert.equal(fired.length, 0, "nothing has changed");
  const first = results.active!;
  place(asm, lineOf("ret"));
  const before = text.of(document as never)!;
  results.choose("rocket-class");
  assert.equal(fired.length, 1);
  assert.notEqual(text.newest(), before);
  assert.equal(text.of(document as never), before, "the old text is of the old machine");
  document.version++;
  assert.equal(text.of(document as never), undefined, "of a text that is not known nothing is said");
  const old = asm.selection;
  update();
  assert.match(document.text, /on rocket-class/);
  assert.ok(asm.selection !== old && asm.selection.active.line === lineOf("ret"), "put there again: the edit has moved it");
  assert.equal(text.of(document as never)!.pricing.machine.name, "rocket-class");
  const reversed = profile(results.library.model);
  reversed.sums.reverse(); // memcpy is the hottest now
  results.add(new Result("/ws/b.c", "b.c", reversed, "/ws"));
  update();
  assert.match(document.text, /memcpy:[^]*hot:/);
  place(asm, lineOf("mul "));
  results.activate(first);
  update();
  assert.match(document.text, /hot:[^]*memcpy:/);
  place(asm, lineOf("ret"));
  asm.selection = new Selection(new Position(0, 0), new Position(0, 0));
  asm.revealed.length = 0;
  disassembly.changed(document as never);
  assert.deepEqual([asm.selection.active.line, asm.revealed], [lineOf("ret"), [lineOf("ret")]]);
  asm.visibleRanges = [new Range(50, 0, 99, 0)];
  disassembly.changed(document as never);
  assert.equal(asm.revealed.length, 1, "who has scrolled away is not called back");
  results.clear();
  update();
  assert.match(document.text, /^; Nothing is predicted/);
  assert.equal(text.of(document as never), undefined);
  assert.equal(disassembly.painted.size, 0);
});

test("instructions are coloured by their share, as lines are, unless the heatmap is off", () => {
  const { disassembly, lineOf } = setUp();
  disassembly.paintAll();
  assert.deepEqual([...disassembly.painted].sort(), [[2, []], [4, [lineOf("beqz ")]], [5, [lineOf("mul ")]], [2, [lineOf("ret")]]].filter(([, l]) => (l as number[]).length).sort());
  configuration.set("heatmap", false);
  disassembly.paintAll();
  assert.equal(disassembly.painted.size, 0);
  configuration.clear();
});

test("a hover says machine, executions, cycles, share, where it is from, and what behaves alike", () => {
  const { text, document, lineOf, results } = setUp();
  results.select(["p550-class", "rocket-class"]);
  document.text = text.provideTextDocumentContent();
  document.version++;
  const content = text.of(document as never)!;
  const said = (hoverOn(content, lineOf("mul "), results)!.contents as never as { value: string }).value;
  for (const wanted of ["`mul a0,a1,a0` at `10400`", "**63.6 %**", "cycles each of 100 executions", "on `p550-class`", "`rocket-class`", "From `/ws/a.c:2` in `square`, inlined at `/ws/a.c:5` in `hot`", "`beqz a0,0x10400`", "1.000", "not measured"]) {
    assert.ok(said.includes(wanted), `${wanted}\n${said}`);
  }
  assert.equal(hoverOn(content, lineOf("hot:"), results), undefined);
});

test("functions fold and stand in the outline; addresses and instructions have definitions", () => {
  const { text, document, lineOf, tracking } = setUp();
  const content = text.of(document as never)!;
  assert.deepEqual(foldingOf(content).map(({ start, end }) => [start, end]), [[lineOf("hot:"), lineOf("beqz ")], [lineOf("memcpy:"), lineOf("ret")]]);
  assert.deepEqual(outlineOf(content).map(({ name, detail, range }) => [name, detail, range.start.line, range.end.line]), [
    ["hot", "90.9 %", lineOf("hot:"), lineOf("beqz ")],
    ["memcpy", "9.1 %", lineOf("memcpy:"), lineOf("ret")],
  ]);
  const at = (part: string, word: string) => {
    const line = lineOf(part);
    const found = definitionAt(content, document as never, new Position(line, document.text.split("\n")[line]!.indexOf(word) + 1) as never, tracking);
    return found && { path: found.uri.fsPath, line: (found.range as never as Position).line };
  };
  assert.deepEqual(at("beqz ", "0x10400"), { path: "/PerfVec Disassembly", line: lineOf("mul ") });
  assert.deepEqual(at("mul ", "mul"), { path: "/ws/a.c", line: 1 });
  assert.equal(at("ret", "ret"), undefined);
});

test("a hover of the source leads to the line's instructions; what a command is called with is checked", () => {
  const { results, tracking, source } = setUp();
  const hover = (hoverAt(source.document as never, new Position(4, 9) as never, results, tracking)!.contents as never as { value: string; isTrusted: unknown });
  const [, encoded] = /\[Show Disassembly of This Line\]\(command:perfvec\.showDisassembly\?([^)]*)\)/.exec(hover.value)!;
  assert.deepEqual(hover.isTrusted, { enabledCommands: ["perfvec.showDisassembly"] }, "no name of a program may run another");
  const [argument] = JSON.parse(decodeURIComponent(encoded!)) as unknown[];
  assert.deepEqual(targetOf(argument, results)!.instructions, [1, 0]);
  const result = results.active!;
  const [line] = result.on(results.machines[0]!).attribution.lines;
  assert.deepEqual(targetOf({ kind: "line", result, time: line }, results)!.instructions, [...line!.own, ...line!.inlined]);
  for (const no of [undefined, null, 5, "x", {}, { id: "/ws/a.c" }, { id: "nowhere", file: "/ws/a.c", line: 5 }, { result }, { result: {}, time: line }]) assert.equal(targetOf(no, results), undefined);
  assert.deepEqual(targetOf({ id: "/ws/a.c", file: "/etc/passwd", line: 5 }, results)!.instructions, []);
});

test("an evil name gets out of no link", () => {
  const { results, tracking } = setUp();
  const evil = "/ws/a) [x](command:evil).c";
  documents.length = 0;
  const document = documentOf(Uri.file(evil), TEXT);
  results.add(new Result(evil, "evil", { ...profile(results.library.model), files: [evil] }, "/ws"));
  const { value } = hoverAt(document as never, new Position(4, 9) as never, results, tracking)!.contents as never as { value: string };
  const [, encoded] = /\]\(command:perfvec\.showDisassembly\?([^)]*)\)/.exec(value)!;
  assert.deepEqual(JSON.parse(decodeURIComponent(encoded!)), [{ id: evil, file: evil, line: 5 }]);
});

test("nothing is left behind", () => {
  alive.clear();
  const { disassembly, link, text } = setUp();
  for (const part of [disassembly, link, text]) part.dispose();
  assert.equal(alive.size, 0);
});

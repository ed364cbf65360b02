import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { disassemble } from "../../src/core/program/disassemble";

interface Rule {
  name?: string;
  match: string;
  captures?: Record<string, { name: string }>;
}

const grammarFile = path.resolve("syntaxes/perfvec-riscv.tmLanguage.json");
const grammar = JSON.parse(readFileSync(grammarFile, "utf8")) as { scopeName: string; patterns: { include: string }[]; repository: Record<string, Rule> };
const rules = grammar.patterns.map(({ include }) => grammar.repository[include.slice(1)]!);

/** Text and scope of every coloured piece of a line. */
type Pieces = [text: string, scope: string][];

const short = (scope: string): string => scope.replace(".perfvec-riscv", "");

/** As TextMate does with rules of one line: the first match, of several at one place that of the first rule. */
function tokenize(line: string): Pieces {
  const pieces: Pieces = [];
  for (let at = 0; at <= line.length; ) {
    let best: { rule: Rule; found: RegExpExecArray } | undefined;
    for (const rule of rules) {
      const pattern = new RegExp(rule.match, "gd");
      pattern.lastIndex = at;
      const found = pattern.exec(line);
      if (found && found[0] !== "" && (!best || found.index < best.found.index)) best = { rule, found };
    }
    if (!best) break;
    const { rule, found } = best;
    if (rule.name) pieces.push([found[0], short(rule.name)]);
    for (const [number, { name }] of Object.entries(rule.captures ?? {})) if (found[Number(number)] !== undefined) pieces.push([found[Number(number)]!, short(name)]);
    at = found.index + found[0].length;
  }
  return pieces;
}

const figures = (address: string, cycles: string, share: string, executions: string): Pieces => [
  [address, "constant.numeric.address"], [cycles, "constant.numeric.cycles"], ["cycles", "comment.unit"],
  [share, "constant.numeric.share"], ["%", "comment.unit"], [executions, "constant.numeric.executions"], ["times", "comment.unit"],
];

const GOLDEN: [line: string, pieces: Pieces][] = [
  ["; a.c:12", [["; a.c:12", "comment.line.semicolon"]]],
  ["main:  ; 95.7 % of the time", [["main", "entity.name.function"], [":", "punctuation.definition.label"], ["; 95.7 % of the time", "comment.line.semicolon"]]],
  ["ns::Box<int (*)(a0)>::get [clone .part.0]:", [["ns::Box<int (*)(a0)>::get [clone .part.0]", "entity.name.function"], [":", "punctuation.definition.label"]]],
  [
    "  10596  145,303 cycles   27.2 %   9,216 times  remw      a3,a2,t6",
    [...figures("10596", "145,303", "27.2", "9,216"), ["remw", "keyword.mnemonic"], ["a3", "variable.language.register"], ["a2", "variable.language.register"], ["t6", "variable.language.register"]],
  ],
  [
    "  add        0.4 cycles    0.0 %       1 times  bne       a5,zero,0x10606",
    [...figures("add", "0.4", "0.0", "1"), ["bne", "keyword.control"], ["a5", "variable.language.register"], ["zero", "variable.language.register"], ["0x10606", "constant.numeric.immediate"]],
  ],
  [
    "  10608      0.4 cycles  100.0 %       1 times  fcvt.w.d  a0,fa0,rtz",
    [...figures("10608", "0.4", "100.0", "1"), ["fcvt.w.d", "keyword.mnemonic"], ["a0", "variable.language.register"], ["fa0", "variable.language.register.float"], ["rtz", "constant.language.rounding"]],
  ],
  [
    "  10608      0.4 cycles    0.0 %       1 times  sd        s11,-16(sp)",
    [...figures("10608", "0.4", "0.0", "1"), ["sd", "keyword.mnemonic"], ["s11", "variable.language.register"], ["-16", "constant.numeric.immediate"], ["sp", "variable.language.register"]],
  ],
  ["  amoadd.w.aqrl a3,a2,(a1)", [["amoadd.w.aqrl", "keyword.mnemonic"], ["a3", "variable.language.register"], ["a2", "variable.language.register"], ["a1", "variable.language.register"]]],
  ["  csrr a0,fcsr", [["csrr", "keyword.mnemonic"], ["a0", "variable.language.register"], ["fcsr", "variable.language.csr"]]],
  ["  .4byte 0xffffffff", [[".4byte", "keyword.other.directive"], ["0xffffffff", "constant.numeric.immediate"]]],
  ["  ret", [["ret", "keyword.control"]]],
  ["  10608      0.4 cycles    0.0 %       1 times  (encoding not recorded)", figures("10608", "0.4", "0.0", "1")],
];

test("the grammar colours labels, figures, mnemonics, registers, immediates and comments", () => {
  for (const [line, pieces] of GOLDEN) assert.deepEqual(tokenize(line), pieces, line);
});

test("every register and jump of the disassembler is coloured as one", () => {
  for (let r = 0; r < 32; r++) {
    assert.equal(tokenize(`  ${disassemble(0x33 | (r << 7), 0)}`)[1]?.[1], "variable.language.register", `x${r}`);
    assert.equal(tokenize(`  ${disassemble(0x2007 | (r << 7), 0)}`)[1]?.[1], "variable.language.register.float", `f${r}`);
  }
  for (let kind = 0; kind < 8; kind++) {
    for (const [rs1, rs2] of [[10, 11], [10, 0], [0, 11]] as const) {
      const text = disassemble((0x63 | (kind << 12) | (rs1 << 15) | (rs2 << 20)) >>> 0, 0x1000);
      if (!text.startsWith(".")) assert.equal(tokenize(`  ${text}`)[0]![1], "keyword.control", text);
    }
  }
});

/** The TextMate of the VS Code that the tests run in (scripts/vscode.mjs). */
const modules = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "perfvec-lens/code-server-4.100.3/node_modules/code-server/lib/vscode/node_modules");

test("VS Code's own TextMate colours the same", { skip: existsSync(path.join(modules, "vscode-textmate")) ? false : "no VS Code here" }, async () => {
  const load = createRequire(path.join(modules, "x.js"));
  const textmate = load("vscode-textmate");
  const oniguruma = load("vscode-oniguruma");
  await oniguruma.loadWASM(readFileSync(path.join(modules, "vscode-oniguruma/release/onig.wasm")));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({ createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns), createOnigString: (text: string) => new oniguruma.OnigString(text) }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile),
  });
  const loaded = await registry.loadGrammar(grammar.scopeName);
  for (const [line, pieces] of GOLDEN) {
    const { tokens } = loaded.tokenizeLine(line, textmate.INITIAL) as { tokens: { startIndex: number; endIndex: number; scopes: string[] }[] };
    const found = tokens.filter((t) => t.scopes.length > 1).map((t): Pieces[number] => [line.slice(t.startIndex, t.endIndex), short(t.scopes.at(-1)!)]);
    assert.deepEqual(found, pieces, line);
  }
});

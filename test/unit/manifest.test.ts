/** package.json and the code say the same: commands, settings, views, tools, conditions and files. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import { COMPARE_MACHINES, HOT_LINES, LIST_MACHINES, type Schema } from "../../src/core/profile/questions";

interface Manifest {
  main: string;
  icon: string;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; when?: string; contents: string }[];
    customEditors: { viewType: string }[];
    configuration: { properties: Record<string, object> };
    languageModelTools: { name: string; toolReferenceName: string; canBeReferencedInPrompt: boolean; inputSchema: object }[];
    colors: { id: string }[];
    walkthroughs: { id: string; steps: { id: string; description: string; media: { markdown: string }; completionEvents: string[] }[] }[];
  };
}
const { contributes, capabilities } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

const sources = new Map<string, string>();
for (const folder of ["src", "webview"]) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) if (name.endsWith(".ts")) sources.set(path.join(folder, name), readFileSync(path.join(folder, name), "utf8"));
}
const code = [...sources.values()].join("\n");
const found = (pattern: RegExp, text = code): string[] => [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))].sort();
const same = (a: Iterable<string>, b: Iterable<string>): void => assert.deepEqual([...new Set(a)].sort(), [...new Set(b)].sort());

const commands = contributes.commands.map(({ command }) => command);
const views = Object.values(contributes.views).flat().map(({ id }) => id);

test("every command is registered, and the other way round", () => {
  same(commands, found(/registerCommand\(\s*"(perfvec\.[\w.]+)"/g));
  assert.equal(new Set(commands).size, commands.length);
});

test("every command that is run or linked to is there", () => {
  const focus = views.map((view) => `${view}.focus`);
  const linked = [...contributes.viewsWelcome.map(({ contents }) => contents), ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description))].join("\n");
  const used = [
    ...Object.values(contributes.menus).flat().map(({ command }) => command),
    ...found(/executeCommand\(\s*"(perfvec\.[\w.]+)"/g),
    ...found(/command:\s*"(perfvec\.[\w.]+)"/g),
    ...found(/\(command:(perfvec\.[\w.]+)/g),
    ...found(/\(command:(perfvec\.[\w.]+)/g, linked),
  ];
  assert.ok(used.length > 20);
  assert.deepEqual(used.filter((command) => !commands.includes(command) && !focus.includes(command)), []);
});

test("every setting is read, and every one that is read is there", () => {
  const settings = Object.keys(contributes.configuration.properties);
  const read = found(/(?:values\.get(?:<unknown>)?|\bfile)\("([\w.]+)"\)/g, sources.get("src/host/settings.ts")!.slice(sources.get("src/host/settings.ts")!.indexOf("export function settings")));
  same(settings, read.map((name) => `perfvec.${name}`));
  const named = [...found(/affectsConfiguration\("(perfvec\.[\w.]+)"\)/g), ...found(/\bupdate\("(\w+)"/g, [...sources].filter(([file]) => file.startsWith("src/host")).map(([, text]) => text).join("\n")).map((name) => `perfvec.${name}`), ...capabilities.untrustedWorkspaces.restrictedConfigurations];
  assert.deepEqual(named.filter((name) => !settings.includes(name)), []);
  for (const [file, text] of sources) if (file !== path.join("src", "host", "settings.ts")) assert.ok(!text.includes("getConfiguration("), `${file} reads settings past settings.ts`);
});

test("every language model tool is registered, with the schema that its input is checked by", () => {
  const registered = new Map([...code.matchAll(/registerTool\("(\w+)", tools\.tool\((\w+), \w+\)\)/g)].map(([, name, schema]) => [name!, schema!]));
  const tools = contributes.languageModelTools;
  same(tools.map(({ name }) => name), registered.keys());
  same(tools.map(({ name }) => name), found(/registerTool\(\s*"(\w+)"/g));
  const schemas: Record<string, object> = { HOT_LINES, COMPARE_MACHINES };
  for (const { name, inputSchema, toolReferenceName, canBeReferencedInPrompt } of tools) {
    assert.deepEqual(inputSchema, JSON.parse(JSON.stringify(schemas[registered.get(name)!])), name);
    assert.match(name, /^[\w-]+$/);
    assert.ok(canBeReferencedInPrompt && toolReferenceName === name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
  }
});

test("every question describes each thing it takes", () => {
  const bare = (schema: Schema): string[] => (schema.type === "object" ? Object.entries(schema.properties).flatMap(([name, property]) => ("description" in property && property.description ? [] : [name])) : []);
  for (const schema of [HOT_LINES, COMPARE_MACHINES, LIST_MACHINES]) assert.deepEqual(bare(schema), []);
});

test("every key of a condition is VS Code's or is set, and compares with what there is", () => {
  const ours = found(/"setContext",\s*"(perfvec\.[\w.]+)"/g);
  // https://code.visualstudio.com/api/references/when-clause-contexts
  const theirs = ["isWorkspaceTrusted", "activeCustomEditorId", "resourceScheme", "resourceLangId", "resourceExtname", "resourceFilename", "explorerResourceIsFolder", "view", "viewItem"];
  const conditions = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].flatMap(({ when }) => (when === undefined || when === "false" ? [] : [when]));
  const used = new Set<string>();
  for (const condition of conditions) {
    // An operand of =~ goes to the last slash before a blank, a bracket or the end.
    for (const part of condition.replace(/=~\s*\/.*?\/(?=[\s)]|$)/g, "").replace(/[()!]/g, " ").split(/&&|\|\|/)) {
      const [key, value] = part.split("==").map((text) => text.trim());
      used.add(key!);
      if (key === "view") assert.ok(views.includes(value!), condition);
      if (key === "activeCustomEditorId") assert.ok(contributes.customEditors.some(({ viewType }) => viewType === value), condition);
    }
  }
  assert.deepEqual([...used].filter((key) => !ours.includes(key) && !theirs.includes(key)), []);
  assert.deepEqual(ours.filter((key) => !used.has(key)), [], "set, and never asked for");
});

test("every view, editor and colour is used", () => {
  for (const id of [...views, ...contributes.customEditors.map(({ viewType }) => viewType)]) assert.ok(code.includes(`"${id}"`), id);
  const heat = (id: string): string => id.replace(/heat\d/, "heat${i + 1}");
  for (const { id } of contributes.colors) assert.ok(code.includes(`"${id}"`) || code.includes(`\`${heat(id)}\``), id);
});

test("the walkthrough's media ship, its steps complete by something that can happen", () => {
  for (const { steps } of contributes.walkthroughs) {
    assert.equal(new Set(steps.map(({ id }) => id)).size, steps.length);
    for (const { id, media, completionEvents } of steps) {
      assert.ok(existsSync(media.markdown), media.markdown);
      for (const event of completionEvents) {
        const [kind, name] = event.split(":");
        assert.ok((kind === "onCommand" && commands.includes(name!)) || (kind === "onView" && views.includes(name!)), `${id}: ${event}`);
      }
    }
    same(steps.map(({ media }) => path.basename(media.markdown)), readdirSync("media/walkthrough"));
  }
});

test("documents that texts of the extension lead to ship with it", () => {
  const shipped = readFileSync("scripts/package.mjs", "utf8");
  for (const name of found(/"docs", "([\w-]+\.md)"/g)) assert.ok(shipped.includes(`"docs/${name}"`), name);
  for (const name of ["assistants", "comparison", "diff", "disassembly", "exports"]) assert.ok(shipped.includes(`"docs/${name}.md"`) && existsSync(`docs/${name}.md`), name);
});

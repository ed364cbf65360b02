/** The report's page in a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReportView, Row } from "../../webview/report/protocol";
import { pagesOf, skip, THEMES, violations } from "./browser";

const EVIL = '<img src="x" onerror="document.title=\'run\'">';
const row = (name: string, place?: Row["place"]): Row => ({ name, share: 0.5, cells: ["50.0 %", "60.0 %", "1.00 µs", "1000", "10"], place });
const view = (): ReportView => ({
  title: EVIL,
  provenance: "a.c: 1,000 executed instructions, the whole run.",
  warnings: ["The line table is damaged."],
  machines: [{ name: "p550-class", description: "3-wide" }, { name: "u74-class", description: "2-wide" }],
  machine: "p550-class",
  facts: [{ name: "time", value: "2.00 µs" }],
  comparison: [{ ...row("p550-class"), cells: ["2.00 µs", "3000", "3.00", "1.00×"] }],
  functions: [row(EVIL, { file: "/a.c", line: 3 }), row("memcpy")],
  lines: [row("a.c:4", { file: "/a.c", line: 4 })],
});

const report = pagesOf("report", { background: "editor", width: 900 });

test("names are text, places are buttons, another machine is asked for", { skip }, async () => {
  const { page, tell, said, errors } = await report();
  await tell({ type: "show", view: view() });
  assert.equal(await page.locator("img").count(), 0);
  await page.getByRole("button", { name: EVIL }).click();
  assert.deepEqual((await said()).at(-1), { type: "reveal", file: "/a.c", line: 3 });
  await page.locator("vscode-single-select").click();
  await page.locator("li[role=option]", { hasText: "u74-class" }).click();
  assert.deepEqual((await said()).at(-1), { type: "machine", name: "u74-class" });
  await tell({ type: "show", view: { ...view(), machine: "u74-class" } });
  assert.equal(await page.locator("#status").innerText(), "u74-class: 2.00 µs");
  assert.notEqual(await page.title(), "run");
  assert.deepEqual(errors, []);
});

test("axe finds nothing in any theme", { skip }, async () => {
  for (const theme of THEMES) {
    const { page, tell } = await report({ theme });
    await tell({ type: "show", view: view() });
    assert.deepEqual(await violations(page), [], theme);
  }
});

test("axe would find something", { skip }, async () => {
  const { page, tell } = await report();
  await tell({ type: "show", view: view() });
  await page.evaluate(() => {
    const main = document.getElementById("main")!;
    main.append(document.createElement("button"));
    main.style.color = "#333";
  });
  const found = (await violations(page)).join();
  for (const rule of ["button-name", "color-contrast"]) assert.ok(found.includes(rule), rule);
});

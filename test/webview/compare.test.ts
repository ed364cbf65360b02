/** The comparison's page in a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComparisonView, MachineRow } from "../../webview/compare/protocol";
import { pagesOf, skip, THEMES, violations } from "./browser";

const EVIL = 'evil<img src="x" onerror="document.title=\'run\'">';

const row = (name: string, time: number, more: Partial<MachineRow> = {}): MachineRow => ({
  name, title: `The ${name}`, core: "o3", kind: "3-wide out of order, window 128", time, cycles: 1.5 * time, cpi: time / 1e5, speedup: 2e5 / time, measured: null, error: null, ...more,
});
const ROWS = [row("p550-class", 2e5), row("u74-class", 4e5, { core: "minor", kind: "2-wide in order", measured: 5e5, error: -0.2 }), row("neoverse-n1-class", 1e5), row("r010", 8e5)];
const view = (change: Partial<ComparisonView> = {}): { type: "show"; view: ComparisonView } => ({
  type: "show",
  view: { name: "hot.c:8", program: "hot.c", stale: false, hasInlined: false, nothing: "", machine: "p550-class", baseline: "p550-class", rows: ROWS, detail: ["p550-class: 3-wide out of order.", "1,000 executed instructions are counted."], limits: [], unlimited: "", ...change },
});

const compare = pagesOf("compare");
const NAMES = "tbody .choose";

test("it asks for what it wants, and shows a real table that sorts by its headers", { skip }, async () => {
  const { page, said, tell, errors } = await compare();
  assert.deepEqual(await said(), [{ type: "want", want: { scope: "program", follow: true, all: false, inlined: false, baseline: null } }]);
  await tell(view());
  assert.equal(await page.locator("table caption").innerText(), "hot.c:8 on 4 of 4 machines");
  assert.deepEqual(await page.locator(NAMES).allInnerTexts(), ["neoverse-n1-class", "p550-class", "u74-class", "r010"]);
  assert.deepEqual(await page.locator("tbody tr").first().locator("td").allInnerTexts(), ["100.0 µs", "150.0 k", "1.00", "2.00×", "", ""]);
  assert.deepEqual(await page.locator("tbody tr").nth(2).locator("td").allInnerTexts(), ["400.0 µs", "600.0 k", "4.00", "0.50×", "500.0 µs", "−20.0 %"]);
  assert.equal(await page.locator("tr[aria-current=true] .choose").innerText(), "p550-class");
  const time = page.locator("thead button", { hasText: "time" });
  assert.equal(await page.locator("th[aria-sort=ascending]").innerText(), "time▴");
  await time.click();
  assert.equal(await page.locator("th[aria-sort=descending]").innerText(), "time▾");
  assert.equal((await page.locator(NAMES).allInnerTexts())[0], "r010");
  await page.locator("thead button", { hasText: "speed-up" }).focus();
  await page.keyboard.press("Enter");
  assert.equal((await page.locator(NAMES).allInnerTexts())[0], "neoverse-n1-class");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "speed-up▾", "the focus stays on the header");
  assert.match(await page.locator(".summary").innerText(), /^Fastest of 4 machines: neoverse-n1-class, 100\.0 µs, 2\.00 times as fast as p550-class\.$/);
  assert.match(await page.locator(".detail").innerText(), /3-wide out of order/);
  assert.deepEqual(errors, []);
});

test("what limits it stands in a table of its own, and a sentence in its place when nothing does", { skip }, async () => {
  const { page, tell, errors } = await compare();
  const gains = [{ cause: "L1D", words: "the L1D had 128 kB", gain: 0.61 }, { cause: "branches", words: EVIL, gain: 0.07 }];
  await tell(view({ limits: gains }));
  assert.equal(await page.locator("table.limits caption").innerText(), "What limits it on p550-class");
  assert.deepEqual(await page.locator("table.limits tbody th").allInnerTexts(), ["L1D", "branches"]);
  assert.deepEqual(await page.locator("table.limits tbody td").allInnerTexts(), ["61.0 %", "the L1D had 128 kB", "7.0 %", EVIL]);
  await tell(view({ unlimited: "No single improvement does." }));
  assert.equal(await page.locator("p.limits").innerText(), "No single improvement does.");
  await tell(view({ nothing: "Put the cursor into a line.", limits: gains }));
  assert.equal(await page.locator(".limits:visible").count(), 0);
  assert.deepEqual(errors, []);
});

test("keys: arrows move one tab stop over the machines, Enter paints, right arrow pins", { skip }, async () => {
  const { page, said, tell } = await compare();
  await tell(view());
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset["focus"]);
  assert.equal(await page.locator("tbody [tabindex='0']").count(), 1);
  await page.locator("tbody [tabindex='0']").focus();
  assert.equal(await focused(), "choose p550-class", "the painted machine comes first");
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), "choose u74-class");
  assert.equal(await page.locator("tbody [tabindex='0']").count(), 1);
  await page.keyboard.press("Enter");
  assert.deepEqual((await said()).at(-1), { type: "choose", name: "u74-class" });
  await tell(view({ machine: "u74-class" }));
  assert.equal(await focused(), "choose u74-class", "what is told anew leaves the focus");
  assert.equal(await page.locator("tr[aria-current=true] .choose").innerText(), "u74-class");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  assert.equal((await said()).at(-1).want.baseline, "u74-class");
  await tell(view({ machine: "p550-class", baseline: "u74-class" }));
  assert.equal(await page.locator(".pin[aria-pressed=true]").getAttribute("aria-label"), "Baseline u74-class");
  assert.match(await page.locator("figcaption").innerText(), /painted: p550-class[^]*baseline: u74-class/);
  await page.keyboard.press("Enter");
  assert.equal((await said()).at(-1).want.baseline, null, "once more unpins");
  for (const [key, at] of [["End", "pin r010"], ["ArrowDown", "pin r010"], ["Home", "pin neoverse-n1-class"], ["ArrowLeft", "choose neoverse-n1-class"], ["ArrowUp", "choose neoverse-n1-class"]]) {
    await page.keyboard.press(key!);
    assert.equal(await focused(), at, key);
  }
});

test("controls ask the host; filters are the page's own; all of it is remembered", { skip }, async () => {
  const { page, said, tell, saved } = await compare();
  await tell(view({ hasInlined: true }));
  await page.locator("vscode-single-select").first().click();
  await page.locator("li[role=option]", { hasText: "Line" }).click();
  assert.equal((await said()).at(-1).want.scope, "line");
  for (const [label, flag] of [["Follow selection", "follow"], ["All machines", "all"], ["With inlined calls", "inlined"]] as const) {
    const was = (await said()).at(-1).want[flag];
    await page.locator(`vscode-checkbox[label='${label}']`).click();
    assert.equal((await said()).at(-1).want[flag], !was, label);
  }
  const asked = (await said()).length;
  await page.locator("vscode-textfield").click();
  await page.keyboard.type("class order");
  assert.deepEqual(await page.locator(NAMES).allInnerTexts(), ["neoverse-n1-class", "p550-class", "u74-class"]);
  await page.locator("vscode-single-select").nth(1).click();
  await page.locator("li[role=option]", { hasText: "In order" }).click();
  assert.deepEqual(await page.locator(NAMES).allInnerTexts(), ["u74-class"]);
  await page.locator("vscode-textfield").click();
  await page.keyboard.type(" nobody");
  assert.equal(await page.locator(".nothing").innerText(), "No machine fits the filter.");
  assert.equal(await page.locator("table").isVisible(), false);
  assert.equal((await said()).length, asked);
  await tell(view({ hasInlined: false }));
  assert.equal(await page.locator("vscode-checkbox[label='With inlined calls']").isVisible(), false);

  const again = await compare({ state: await saved() });
  assert.deepEqual((await again.said())[0].want, { scope: "line", follow: false, all: true, inlined: true, baseline: null });
  await again.tell(view());
  assert.equal(await again.page.locator("vscode-textfield").evaluate((e: any) => e.value), "class order nobody");
  assert.equal(await again.page.locator("vscode-single-select").nth(1).evaluate((e: any) => e.value), "minor");
  assert.equal(await again.page.locator("vscode-checkbox[label='All machines']").evaluate((e: any) => e.checked), true);
});

test("what is empty says what to do next", { skip }, async () => {
  const { page, said, tell } = await compare();
  await tell({ type: "empty", trusted: true });
  await page.getByRole("button", { name: "Predict current file" }).click();
  assert.deepEqual((await said()).at(-1), { type: "predict" });
  await page.getByRole("button", { name: "Open the sample" }).click();
  assert.deepEqual((await said()).at(-1), { type: "sample" });
  await tell({ type: "empty", trusted: false });
  assert.equal(await page.getByRole("button").count(), 0);
  assert.match(await page.locator("main").innerText(), /not trusted/);
  await tell(view({ nothing: "No instruction of hot.c:4 was executed.", name: "", rows: [], detail: [] }));
  assert.equal(await page.locator(".nothing").innerText(), "No instruction of hot.c:4 was executed.");
  assert.equal(await page.locator("vscode-single-select").first().isVisible(), true, "another scope can be chosen");
  assert.equal(await page.locator("figure").isVisible(), false);
});

test("names are text, whatever they hold", { skip }, async () => {
  const { page, tell, errors } = await compare();
  await tell(view({ name: EVIL, program: EVIL, machine: EVIL, baseline: "u74-class", detail: [EVIL], stale: true, rows: [...ROWS, row(EVIL, 5, { title: EVIL, kind: EVIL })] }));
  assert.equal(await page.locator("img").count(), 0);
  assert.notEqual(await page.title(), "run");
  assert.ok((await page.locator(NAMES).allInnerTexts()).includes(EVIL));
  assert.equal(await page.locator(".warning").isVisible(), true);
  assert.deepEqual(errors, []);
});

test("a change is told to who works in the page, and to nobody who works elsewhere", { skip }, async () => {
  const { page, tell } = await compare();
  await page.evaluate(() => (document.hasFocus = () => false));
  await tell(view());
  assert.equal(await page.locator("#status").innerText(), "");
  await page.evaluate(() => (document.hasFocus = () => true));
  await tell(view({ machine: "u74-class" }));
  assert.match(await page.locator("#status").innerText(), /^hot\.c:8\. Painted: u74-class\. Fastest of 4 machines/);
  assert.equal(await page.locator("#status").getAttribute("role"), "status");
});

/** The chart's pixels. */
const picture = (page: { evaluate: (f: () => string) => Promise<string> }): Promise<string> => page.evaluate(() => document.querySelector("canvas")!.toDataURL());

test("bars: a click paints, another theme redraws, and of many machines the first are drawn", { skip }, async () => {
  const { page, said, tell, paint, errors } = await compare({ reducedMotion: "reduce" });
  await tell(view({ baseline: "u74-class" }));
  const dark = await picture(page);
  await page.waitForTimeout(300);
  assert.equal(await picture(page), dark, "it is drawn at once and stays");
  assert.match((await page.locator("canvas").getAttribute("aria-label"))!, /predicted time of 4 machines.*table/);
  const box = (await page.locator("canvas").boundingBox())!;
  await page.mouse.click(box.x + box.width - 20, box.y + 35);
  assert.deepEqual((await said()).at(-1), { type: "choose", name: "p550-class" });
  const seen = new Set([dark]);
  for (const theme of THEMES.slice(1)) {
    await paint(theme);
    await page.waitForTimeout(100);
    seen.add(await picture(page));
  }
  assert.equal(seen.size, THEMES.length);
  await tell(view({ baseline: "u74-class", rows: Array.from({ length: 119 }, (_, i) => row(`r${i}`, 100 + i)) }));
  assert.equal(await page.locator("tbody tr").count(), 119);
  assert.match(await page.locator("figcaption").innerText(), /predicted time, 20 of 119 machines$/);
  assert.deepEqual(errors, []);
});

test("bars move only where motion is welcome", { skip }, async () => {
  const draws = async (reducedMotion: "reduce" | "no-preference"): Promise<number> => {
    const { page, tell } = await compare({ reducedMotion, stopped: true });
    await page.evaluate("globalThis.draws = 0; const clear = CanvasRenderingContext2D.prototype.clearRect; CanvasRenderingContext2D.prototype.clearRect = function (...all) { draws++; return clear.apply(this, all); }");
    await tell(view());
    await page.clock.runFor(500);
    return page.evaluate(() => (globalThis as any).draws);
  };
  const still = await draws("reduce");
  assert.ok(still >= 1 && still <= 3, `${still} draws`);
  assert.ok((await draws("no-preference")) > still + 5);
});

test("without colours the painted machine and the baseline are told apart by their bars", { skip }, async () => {
  const { page, tell } = await compare({ theme: "contrast", reducedMotion: "reduce" });
  const drawn = async (change: Partial<ComparisonView>): Promise<string> => {
    await tell(view(change));
    return picture(page);
  };
  const plain = await drawn({});
  assert.notEqual(await drawn({ baseline: "u74-class" }), plain);
  assert.notEqual(await drawn({ machine: "r010", baseline: "r010" }), plain);
  assert.notEqual(await drawn({ rows: ROWS.map((r) => ({ ...r, measured: null })) }), plain, "what was measured is marked");
});

test("axe finds nothing in any theme, empty or full", { skip }, async () => {
  for (const theme of THEMES) {
    const { page, tell } = await compare({ theme, reducedMotion: "reduce" });
    await tell(view({ baseline: "u74-class", stale: true, hasInlined: true }));
    assert.deepEqual(await violations(page), [], `${theme}, full`);
    await tell({ type: "empty", trusted: true });
    assert.deepEqual(await violations(page), [], `${theme}, empty`);
  }
});

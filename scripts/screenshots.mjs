// Pictures of the extension in a real VS Code, in every kind of theme: media/screenshots/NAME-THEME.png.
// usage: npm run screenshots [-- THEME… NAME…]
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root, setup } from "./setup.mjs";
import { findVSCode, startBrowser, startServer } from "./vscode.mjs";

const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern", contrast: "Default High Contrast", "contrast-light": "Default High Contrast Light" };
const FILE = "matmul_naive.c";

function makeWorkspace(theme) {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "perfvec-pictures-")));
  cpSync(path.join(root, "examples", "hashmap.cpp"), path.join(folder, "hashmap.cpp"));
  // Half the size: the whole run stays below the limit, so that runs can be compared.
  writeFileSync(path.join(folder, FILE), readFileSync(path.join(root, "examples", FILE), "utf8").replace("#define N 96", "#define N 48"));
  mkdirSync(path.join(folder, ".vscode"));
  const settings = {
    "workbench.colorTheme": theme, "perfvec.instructionLimit": 2e6, "editor.minimap.enabled": false, "window.commandCenter": false,
    "workbench.startupEditor": "none", "workbench.tips.enabled": false, "editor.hover.delay": 100, "workbench.secondarySideBar.defaultVisibility": "hidden",
  };
  writeFileSync(path.join(folder, ".vscode", "settings.json"), JSON.stringify(settings));
  execFileSync(process.execPath, [path.join(root, "dist", "cli.js"), "predict", "hashmap.cpp", "--limit", "500k", "--out", "hashmap.perfvec"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return folder;
}

/** Opens the quick input; a page that is just taking the focus closes it at once, so it is asked for again. */
async function quickInput(page, key, text) {
  const box = page.locator(".quick-input-widget input[type=text]").first();
  for (let attempt = 0; ; attempt++) {
    await page.keyboard.press(key);
    try {
      await box.waitFor({ timeout: 5000 });
      await box.fill(text, { timeout: 5000 });
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

async function command(page, name) {
  await quickInput(page, "F1", `>${name}`);
  await page.locator(".quick-input-list .monaco-list-row").first().waitFor();
  await page.waitForTimeout(300);
  await page.keyboard.press("Enter");
}

async function openFile(page, name) {
  await quickInput(page, "Control+p", name);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().click();
  await page.locator(".tab.active", { hasText: name }).waitFor();
}

/** Waits for a text in any frame: the editor of a webview nests them. */
async function inSomeFrame(page, text) {
  for (const end = Date.now() + 20_000; ; await page.waitForTimeout(200)) {
    const counts = await Promise.all(page.frames().map((frame) => frame.getByText(text).count().catch(() => 0)));
    if (counts.some(Boolean)) return;
    if (Date.now() > end) throw new Error(`no frame shows "${text}"`);
  }
}

/** The comparison of the chosen machines; then that of a line on all of them, one pinned. In a side bar wide enough for its table. */
async function comparison(page, theme) {
  await command(page, "View: Close All Editors");
  await openFile(page, FILE);
  await page.locator(".view-line", { hasText: "+=" }).first().click();
  await command(page, "PerfVec: Focus on Comparison View");
  await page.locator(".pane-header", { hasText: "Results" }).first().click();
  const sideBar = await page.locator(".part.sidebar").boundingBox();
  await page.mouse.move(sideBar.x + sideBar.width, 300);
  await page.mouse.down();
  await page.mouse.move(sideBar.x + 460, 300, { steps: 5 });
  await page.mouse.up();
  const frame = page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  await frame.locator("caption", { hasText: "of 5 machines" }).waitFor();
  await picture(page, "comparison", theme);
  await frame.locator("vscode-single-select").first().click();
  await frame.locator("vscode-single-select li", { hasText: "Line" }).click();
  await frame.locator("h1", { hasText: `${FILE}:` }).waitFor();
  await frame.locator("button.pin[aria-label='Baseline u74-class']").click();
  await frame.locator(".key", { hasText: "baseline: u74-class" }).waitFor();
  await frame.locator("vscode-checkbox", { hasText: "All machines" }).click();
  await frame.locator("caption", { hasText: "119" }).waitFor();
  await frame.locator("vscode-textfield").pressSequentially("class");
  await frame.locator("h1").scrollIntoViewIfNeeded();
  await picture(page, "comparison-all", theme);
}

const wantedThemes = process.argv.slice(2).filter((word) => word in THEMES);
const wantedNames = process.argv.slice(2).filter((word) => !(word in THEMES));
const isWanted = (name) => !wantedNames.length || wantedNames.includes(name);

async function picture(page, name, theme) {
  if (!isWanted(name)) return;
  await page.waitForTimeout(800);
  await page.screenshot({ path: path.join(root, "media", "screenshots", `${name}-${theme}.png`) });
  console.log(`${name}-${theme}.png`);
}

async function hover(page, theme) {
  await command(page, "PerfVec: Focus on Results View");
  await page.locator(".pane-body .monaco-list-row", { hasText: "Lines" }).waitFor();
  await page.locator(".pane-body .monaco-list-row", { hasText: `${FILE}:` }).first().click();
  await page.waitForTimeout(500);
  await page.locator(".view-line", { hasText: "+=" }).first().locator("span span").last().hover();
  await page.locator(".monaco-hover:visible", { hasText: "cycles each" }).waitFor();
  await picture(page, "hover", theme);
  await page.keyboard.press("Escape");
}

async function report(page, theme) {
  await openFile(page, "hashmap.perfvec");
  await inSomeFrame(page, "Hottest lines");
  await picture(page, "report", theme);
}

async function walkthrough(page, theme) {
  await page.keyboard.press("Control+b"); // the side bar: the walkthrough wants the width
  await command(page, "Welcome: Open Walkthrough");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "How long does this line take" }).first().click();
  await page.locator(".getting-started-step, .step-title").first().waitFor();
  await inSomeFrame(page, "A matrix product, row by column");
  await picture(page, "walkthrough", theme);
}

async function disassembly(page, theme) {
  await command(page, "View: Close All Editors");
  await openFile(page, FILE);
  await page.locator(".view-line", { hasText: "+=" }).first().click();
  await command(page, "PerfVec: Show Disassembly of Line");
  await page.locator(".editor-group-container .view-line", { hasText: "fmadd" }).first().waitFor();
  await picture(page, "disassembly", theme);
}

async function calls(page, theme) {
  await command(page, "View: Close All Editors");
  await openFile(page, "hashmap.perfvec");
  await inSomeFrame(page, "Hottest lines");
  await command(page, "PerfVec: Show Calls and Phases");
  await inSomeFrame(page, "Calls of");
  await command(page, "View: Maximize Editor Group and Hide Side Bars");
  await picture(page, "calls", theme);
}

async function exploration(page, theme) {
  await command(page, "View: Close All Editors");
  await openFile(page, FILE);
  await command(page, "PerfVec: Explore Designs");
  await inSomeFrame(page, "Explore designs");
  await page.waitForTimeout(3000); // until every design is priced exactly
  await picture(page, "exploration", theme);
}

async function machine(page, theme) {
  await command(page, "PerfVec: New Machine");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "p550-class" }).first().waitFor();
  await page.keyboard.press("Enter");
  await inSomeFrame(page, "Starts from");
  await picture(page, "machine", theme);
}

/** The loops swapped: what became faster since the baseline. */
async function baseline(page, theme, workspace) {
  await command(page, "View: Close All Editors");
  await openFile(page, FILE);
  await command(page, "PerfVec: Set as Baseline");
  const file = path.join(workspace, FILE);
  const swapped = readFileSync(file, "utf8").replace(/ {4}for \(int j[^]*?c\[i\]\[j\] = sum;\n {4}\}\n/, `    for (int k = 0; k < N; k++) {
      for (int j = 0; j < N; j++) {
        c[i][j] += a[i][k] * b[k][j];
      }
    }
`);
  writeFileSync(file, swapped);
  await command(page, "PerfVec: Predict Again");
  await page.locator(".statusbar-item", { hasText: /faster|slower/ }).waitFor({ timeout: 120_000 });
  await command(page, "PerfVec: Focus on Results View");
  await picture(page, "baseline", theme);
}

async function pictures(vscode, theme) {
  const workspace = makeWorkspace(THEMES[theme]);
  const server = await startServer(vscode);
  const { browser, context } = await startBrowser(vscode);
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(server.url(workspace, [["extensionDevelopmentPath", server.uri(root)]]));
    await page.locator(".monaco-workbench .explorer-folders-view").waitFor();
    await openFile(page, FILE);

    await command(page, "PerfVec: Predict on Microarchitecture");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "p550-class" }).first().waitFor();
    await picture(page, "machines", theme);
    await page.keyboard.press("Enter");
    await page.locator(".statusbar-item", { hasText: "p550-class" }).waitFor({ timeout: 120_000 });
    if (isWanted("hover")) await hover(page, theme);
    if (isWanted("report")) await report(page, theme);
    if (isWanted("walkthrough")) await walkthrough(page, theme);
    if (isWanted("disassembly")) await disassembly(page, theme);
    if (isWanted("exploration")) await exploration(page, theme);
    if (isWanted("machine")) await machine(page, theme);
    if (isWanted("baseline")) await baseline(page, theme, workspace);
    if (isWanted("calls")) await calls(page, theme);
    if (isWanted("comparison") || isWanted("comparison-all")) await comparison(page, theme);
  } catch (error) {
    await browser.contexts()[0]?.pages()[0]?.screenshot({ path: path.join(tmpdir(), `perfvec-failed-${theme}.png`) });
    throw error;
  } finally {
    await browser.close();
    server.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

setup();
const vscode = findVSCode();
if (!vscode) process.exit(1);
mkdirSync(path.join(root, "media", "screenshots"), { recursive: true });
for (const theme of Object.keys(THEMES)) if (!wantedThemes.length || wantedThemes.includes(theme)) await pictures(vscode, theme);
process.exit(0);

/** Pages of dist/webview in a real browser, under the policy that they have in VS Code, with the colours of its themes (test/fixtures/themes). */
import { Uri } from "../host/vscode-mock";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as path from "node:path";
import { after, afterEach, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { pageOf } from "../../src/host/page";

const root = path.join(__dirname, "..", "..");
const ORIGIN = "http://perfvec.test";

export const THEMES = ["dark", "light", "contrast", "contrast-light"] as const;
export type Theme = (typeof THEMES)[number];

interface ThemeFile {
  bodyClass: string;
  variables: Record<string, string>;
}

/** The document of a page as the host makes it. */
function documentOf(name: string): string {
  const webview = { options: {}, cspSource: ORIGIN, asWebviewUri: (uri: Uri) => `${ORIGIN}${uri.fsPath}` };
  return pageOf(webview as never, Uri.file("") as never, name, `PerfVec ${name}`);
}

/** The chromium that the tests in VS Code use, too; undefined when there is none. */
function chromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/** Why tests of pages cannot be run here; in CI they fail instead. */
export const skip = !chromium() && !process.env["CI"] ? "there is no chromium" : false;

async function launch(): Promise<Browser> {
  const playwright = await import("playwright-core");
  const where = spawnSync("which", [chromium()!], { encoding: "utf8" }).stdout.trim();
  return playwright.chromium.launch({ executablePath: where, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
}

export interface OpenPage {
  page: Page;
  /** what the page said, in order */
  said: () => Promise<any[]>;
  tell: (message: unknown) => Promise<void>;
  /** what the page saved */
  saved: () => Promise<unknown>;
  paint: (theme: Theme) => Promise<void>;
  /** errors of scripts and of the policy */
  errors: string[];
}

interface Options {
  theme?: Theme;
  /** what the page stands on: the side bar, or an editor */
  background?: "sideBar" | "editor";
  /** what the page saved before */
  state?: unknown;
  width?: number;
  reducedMotion?: "reduce" | "no-preference";
  /** time passes only by `page.clock` */
  stopped?: boolean;
}

/** One browser for the tests of a file, a context for each page. @returns opens the page of that name */
export function pagesOf(name: string, defaults: Options = {}): (options?: Options) => Promise<OpenPage> {
  let browser: Browser | undefined;
  before(async () => {
    if (!skip) browser = await launch();
  });
  afterEach(async () => void (await Promise.all(browser?.contexts().map((c) => c.close()) ?? [])));
  after(() => browser?.close());
  return (options) => open(browser!, documentOf(name), { ...defaults, ...options });
}

/** @param html the document, as the host makes it for the origin `ORIGIN` */
async function open(browser: Browser, html: string, { theme = "dark", background = "sideBar", state, width = 400, reducedMotion = "no-preference", stopped = false }: Options = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion });
  const page = await context.newPage();
  if (stopped) await page.clock.install();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.route(`${ORIGIN}/**`, (route) => {
    const file = new URL(route.request().url()).pathname;
    if (file === "/") return route.fulfill({ contentType: "text/html", body: html });
    if (file === "/favicon.ico") return route.fulfill({ status: 204 });
    return route.fulfill({ path: path.join(root, file) });
  });
  // As text: what tsx makes of functions calls helpers that the page has not.
  await page.addInitScript(`{
    const said = [];
    let saved = ${JSON.stringify(state) ?? "undefined"};
    globalThis.perfvecSaid = said;
    globalThis.perfvecSaved = () => saved;
    globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => void said.push(message), getState: () => saved, setState: (now) => void (saved = now) });
  }`);
  await page.goto(`${ORIGIN}/`);
  const paint = async (name: Theme): Promise<void> => {
    const { bodyClass, variables } = JSON.parse(readFileSync(path.join(root, "test", "fixtures", "themes", `${name}.json`), "utf8")) as ThemeFile;
    await page.evaluate(
      ([className, values, ground]) => {
        document.body.className = className;
        for (const [key, value] of Object.entries(values)) document.documentElement.style.setProperty(key, value);
        document.documentElement.style.background = values[`--vscode-${ground}-background`]!;
      },
      [bodyClass, variables, background] as const,
    );
  };
  await paint(theme);
  return {
    page,
    errors,
    paint,
    said: () => page.evaluate(() => (globalThis as any).perfvecSaid),
    saved: () => page.evaluate(() => (globalThis as any).perfvecSaved()),
    tell: (message) => page.evaluate((data) => void window.dispatchEvent(new MessageEvent("message", { data })), message),
  };
}

/** What axe finds, one text each: rule, impact, where. Rules of whole sites, which a page in a frame is not, are left out. */
export async function violations(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as { violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] };
  return found.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`);
}

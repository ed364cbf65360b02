// Tests in a real VS Code (scripts/vscode.mjs). Prints each test, and a last line "N passed, N failed".
// usage: node scripts/test-vscode.mjs [suite…]
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageFor } from "./package.mjs";
import { root, setup } from "./setup.mjs";
import { findVSCode, startBrowser, startServer } from "./vscode.mjs";

const LIMIT_MS = 10 * 60_000;

/** Each in a VS Code of its own. */
const SUITES = {
  extension: (vscode) => runSuite(vscode, "extension", { trusted: true }),
  single: (vscode) => runSuite(vscode, "single", { trusted: true, folder: false }),
  untrusted: (vscode) => runSuite(vscode, "untrusted", { trusted: false }),
  native: (vscode) => runInstalled(vscode, "linux-x64"),
  universal: (vscode) => runInstalled(vscode, "universal"),
};

/**
 * Runs one suite in a window of its own on a copy of test/vscode/workspace; `folder` false: the window has no folder open.
 * @returns {Promise<{ title: string, ok: boolean, error?: string }[]>}
 */
export async function runSuite(vscode, suite, { trusted, folder = true, extension = root, extensions, env = {} }) {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), "perfvec-ws-")));
  cpSync(path.join(root, "test", "vscode", "workspace"), workspace, { recursive: true });
  const report = path.join(workspace, ".report.json");
  const server = await startServer(vscode, { trusted, extensions, env: { ...env, PERFVEC_TEST_SUITE: suite, PERFVEC_TEST_REPORT: report, PERFVEC_FOLDER: workspace } });
  const { browser, context } = await startBrowser(vscode);
  try {
    const page = await context.newPage();
    const lines = [];
    let ended;
    const exit = new Promise((resolve) => (ended = resolve));
    await page.exposeFunction("codeAutomationLog", (type, args) => lines.push(`${type}: ${args.join(" ")}`));
    await page.exposeFunction("codeAutomationExit", (code) => ended(code));
    const payload = [["extensionDevelopmentPath", server.uri(extension)], ["extensionTestsPath", server.uri(path.join(root, "dist", "test-vscode", "index.js"))]];
    await page.goto(server.url(folder ? workspace : null, payload));
    const timer = setTimeout(() => ended("time is up"), LIMIT_MS);
    const code = await exit;
    clearTimeout(timer);
    if (!existsSync(report)) {
      return [{ title: `suite ${suite}`, ok: false, error: `VS Code ended (${code}) without a report\n${lines.slice(-20).join("\n")}` }];
    }
    return JSON.parse(readFileSync(report, "utf8"));
  } finally {
    await browser.close();
    server.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** Installs a VSIX into a fresh VS Code and runs the suite there. A stub is what VS Code is told to develop. */
export async function runInstalled(vscode, target) {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "perfvec-installed-")));
  const stub = path.join(folder, "stub");
  const extensions = path.join(folder, "extensions");
  mkdirSync(stub, { recursive: true });
  writeFileSync(path.join(stub, "package.json"), JSON.stringify({ name: "stub", publisher: "perfvec-tests", version: "0.0.1", engines: { vscode: "^1.100.0" } }));
  const vsix = packageFor(target);
  const data = path.join(folder, "data");
  execFileSync(process.execPath, [vscode.server, "--install-extension", vsix, "--force", "--extensions-dir", extensions, "--server-data-dir", data], { stdio: ["ignore", "ignore", "inherit"] });
  const env = { PERFVEC_VSIX: path.basename(vsix), PERFVEC_EXTENSIONS: extensions, PERFVEC_RUNTIME: target === "universal" ? "wasm" : "native" };
  try {
    return await runSuite(vscode, "installed", { trusted: true, extension: stub, extensions, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Counts and prints. @returns {Promise<{ passed: number, failed: number }>} */
export async function testVSCode(wanted = []) {
  const vscode = findVSCode();
  const count = { passed: 0, failed: 0 };
  if (!vscode) {
    console.log("skipped: tests in VS Code: the reason stands above");
    if (process.env.CI) {
      console.log("✖ VS Code: in CI there has to be one");
      count.failed++;
    }
    return count;
  }
  for (const [suite, run] of Object.entries(SUITES)) {
    if (wanted.length && !wanted.includes(suite)) continue;
    const ran = await run(vscode);
    // A suite that ran nothing has tested nothing.
    if (!ran.length) ran.push({ title: "tests", ok: false, error: "the suite holds no test" });
    for (const { title, ok, error } of ran) {
      console.log(`${ok ? "✔" : "✖"} VS Code, ${suite}: ${title}${error ? `\n${error}` : ""}`);
      count[ok ? "passed" : "failed"]++;
    }
  }
  return count;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  const { passed, failed } = await testVSCode(process.argv.slice(2));
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

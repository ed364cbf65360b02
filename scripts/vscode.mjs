// A real VS Code on a machine that cannot download one: the server and web workbench of the npm package code-server,
// in Debian's chromium. Kept in a cache outside the work tree; about two minutes the first time.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { install } from "./setup.mjs";

/** The last that runs on Node.js 20: VS Code 1.100. */
const VERSION = "4.100.3";
const CACHE = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
const FOLDER = path.join(CACHE, "perfvec-lens", `code-server-${VERSION}`);

function npm(cwd, ...args) {
  // node-pty's script asks npx for node-gyp, which must not ask back.
  const env = { ...process.env, npm_config_yes: "true" };
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
}

function which(command) {
  const { status, stdout } = spawnSync("which", [command], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

/** code-server's own install script fails offline: its parts are put together here. */
function download() {
  console.log(`installing code-server ${VERSION} (VS Code 1.100) …`);
  const part = `${FOLDER}.part${process.pid}`;
  mkdirSync(part, { recursive: true });
  npm(part, "install", `code-server@${VERSION}`, "--ignore-scripts", "--no-save", "--no-package-lock", "--prefix", part);
  const vscode = path.join(part, "node_modules", "code-server", "lib", "vscode");
  npm(vscode, "install", "--omit=dev", "--ignore-scripts");
  npm(vscode, "rebuild", "@vscode/spdlog", "node-pty", "--ignore-scripts=false");
  if (!existsSync(path.join(vscode, "node_modules.asar"))) symlinkSync("node_modules", path.join(vscode, "node_modules.asar"));
  const rg = path.join(vscode, "node_modules", "@vscode", "ripgrep", "bin");
  mkdirSync(rg, { recursive: true });
  const found = which("rg");
  if (found && !existsSync(path.join(rg, "rg"))) symlinkSync(found, path.join(rg, "rg"));
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(part, FOLDER);
}

/** @returns what is needed to run a VS Code, or null with a printed reason when it cannot be had */
export function findVSCode() {
  install("chromium", "chromium");
  install("rg", "ripgrep");
  const chromium = which("chromium") ?? which("chromium-browser") ?? which("google-chrome");
  if (!chromium) return console.log("no VS Code: chromium cannot be installed here"), null;
  if (!existsSync(FOLDER)) {
    try {
      download();
    } catch (error) {
      return console.log(`no VS Code: code-server cannot be installed (${error.message})`), null;
    }
  }
  return { chromium, server: path.join(FOLDER, "node_modules", "code-server", "lib", "vscode", "out", "server-main.js") };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a VS Code server of its own, with nothing installed but what `extensions` holds.
 * @returns {Promise<{ url: (workspace: string | null, payload?: [string, string][]) => string, uri: (file: string) => string, stop: () => void }>}
 */
export async function startServer(vscode, { extensions, env = {}, trusted = true, userSettings = {} } = {}) {
  const data = mkdtempSync(path.join(tmpdir(), "perfvec-vscode-"));
  const port = await freePort();
  mkdirSync(path.join(data, "Machine"), { recursive: true });
  mkdirSync(path.join(data, "data", "Machine"), { recursive: true });
  writeFileSync(path.join(data, "data", "Machine", "settings.json"), JSON.stringify(userSettings));
  const args = [
    vscode.server, "--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--accept-server-license-terms",
    "--telemetry-level", "off", "--server-data-dir", data, "--extensions-dir", extensions ?? path.join(data, "extensions"),
    ...(trusted ? ["--disable-workspace-trust"] : []),
  ];
  const log = [];
  const server = spawn(process.execPath, args, { cwd: "/", env: { ...process.env, ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const keep = (text) => log.push(String(text)) > 200 && log.shift();
  server.stderr.on("data", keep);
  const stop = () => {
    try {
      process.kill(-server.pid, "SIGKILL");
    } catch {
      // gone already
    }
    rmSync(data, { recursive: true, force: true, maxRetries: 3 });
  };
  await new Promise((resolve, reject) => {
    server.once("exit", (code) => reject(new Error(`the VS Code server ended (${code})\n${log.join("")}`)));
    server.stdout.on("data", (text) => (keep(text), /Extension host agent listening|Server bound to/.test(log.join("")) && resolve()));
  });
  const uri = (file) => `vscode-remote://localhost:${port}${file}`;
  const url = (workspace, payload = []) =>
    `http://localhost:${port}/?${workspace ? `folder=${workspace}` : "ew=true"}&payload=${encodeURIComponent(JSON.stringify([["skipWelcome", "true"], ...payload]))}`;
  return { url, uri, stop };
}

/** Starts the browser. */
export async function startBrowser(vscode, viewport = { width: 1280, height: 800 }) {
  const { chromium } = await import("playwright-core");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: vscode.chromium, args });
  return { browser, context: await browser.newContext({ viewport }) };
}

// Dependencies point one way: host, cli -> engine -> core, webview -> core; host knows a page's protocol.ts only; core imports nothing of VS Code, of files or of processes.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const ALLOWED = { core: ["core"], engine: ["core", "engine"], cli: ["core", "engine", "cli"], host: ["core", "engine", "host", "webview"], webview: ["webview", "core"], "extension.ts": ["host"] };
/** Packages that core may use: pure JavaScript, no input or output. */
const CORE_PACKAGES = ["diff", "fflate", "jsep"];

const wrong = [];
function visit(folder) {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) visit(file);
    else if (name.endsWith(".ts")) check(file);
  }
}

function layerOf(file) {
  const parts = path.relative(root, file).split(path.sep);
  return parts[0] === "src" ? parts[1] : parts[0];
}

function check(file) {
  const layer = layerOf(file);
  for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\(|require\()\s*"([^"]+)"/g)) {
    if (target.startsWith(".")) {
      const other = layerOf(path.resolve(path.dirname(file), target));
      if (layer === "host" && other === "webview" && !target.endsWith("/protocol")) wrong.push(`${path.relative(root, file)}: of a page, only protocol.ts may be imported`);
      if (!ALLOWED[layer]?.includes(other)) wrong.push(`${path.relative(root, file)}: ${layer} imports ${other} (${target})`);
    } else if (layer === "core" && !CORE_PACKAGES.includes(target)) {
      wrong.push(`${path.relative(root, file)}: core imports ${target}`);
    } else if (target === "vscode" && layer !== "host" && layer !== "extension.ts") {
      wrong.push(`${path.relative(root, file)}: only host imports vscode`);
    }
  }
}

visit(path.join(root, "src"));
visit(path.join(root, "webview"));
for (const line of wrong) console.error(line);
process.exitCode = wrong.length ? 1 : 0;

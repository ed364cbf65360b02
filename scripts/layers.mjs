// Dependencies point one way: host, cli -> engine -> core; core imports nothing of VS Code, of files or of processes.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "./setup.mjs";

const ALLOWED = { core: ["core"], engine: ["core", "engine"], cli: ["core", "engine", "cli"], host: ["core", "engine", "host"] };
/** Packages that core may use: pure JavaScript, no input or output. */
const CORE_PACKAGES = ["fflate"];

const wrong = [];
function visit(folder) {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) visit(file);
    else if (name.endsWith(".ts")) check(file);
  }
}

function check(file) {
  const source = path.join(root, "src");
  const layer = path.relative(source, file).split(path.sep)[0];
  for (const [, target] of readFileSync(file, "utf8").matchAll(/(?:from|import\(|require\()\s*"([^"]+)"/g)) {
    if (target.startsWith(".")) {
      const other = path.relative(source, path.resolve(path.dirname(file), target)).split(path.sep)[0];
      if (!ALLOWED[layer]?.includes(other)) wrong.push(`${path.relative(root, file)}: ${layer} imports ${other} (${target})`);
    } else if (layer === "core" && !CORE_PACKAGES.includes(target)) {
      wrong.push(`${path.relative(root, file)}: core imports ${target}`);
    } else if (target === "vscode" && layer !== "host") {
      wrong.push(`${path.relative(root, file)}: only host imports vscode`);
    }
  }
}

visit(path.join(root, "src"));
for (const line of wrong) console.error(line);
process.exitCode = wrong.length ? 1 : 0;

// The shipped model against gem5: prints the table, writes docs/accuracy.md with its pictures, and JSON.
// usage: npm run evaluate [-- --dataset FOLDER] [--json FILE]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { root, setup } from "./setup.mjs";

const { values } = parseArgs({ options: { dataset: { type: "string" }, json: { type: "string" } } });
const dataset = path.resolve(values.dataset ?? process.env["DATASET"] ?? path.join(root, "..", "shared", "dataset"));
if (!existsSync(path.join(dataset, "runs.json"))) {
  console.error(`${dataset}: has no runs.json; name a labelled data set: npm run evaluate -- --dataset FOLDER (its form: docs/gem5.md)`);
  process.exit(2);
}
setup();
const json = path.resolve(values.json ?? path.join(root, "dist", "evaluation.json"));
mkdirSync(path.dirname(json), { recursive: true });
for (const args of [[path.join(root, "dist", "cli.js"), "evaluate", dataset, "--json", json], [path.join(root, "scripts", "accuracy-page.mjs"), json]]) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status) process.exit(status);
}
console.log(`written: ${json}, docs/accuracy.md`);

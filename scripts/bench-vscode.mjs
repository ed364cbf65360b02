// Figures of the extension in a real VS Code: activation, hover, change of machine, installation to first prediction, VSIX sizes.
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageFor, TARGETS } from "./package.mjs";
import { setup } from "./setup.mjs";
import { runInstalled, runSuite } from "./test-vscode.mjs";
import { findVSCode } from "./vscode.mjs";

setup();
const vscode = findVSCode();
if (!vscode) process.exit(1);

function check(results) {
  for (const { title, ok, error } of results) if (!ok) throw new Error(`${title}: ${error}`);
}

const file = path.join(mkdtempSync(path.join(tmpdir(), "perfvec-figures-")), "figures.json");
check(await runSuite(vscode, "bench", { trusted: true, env: { PERFVEC_FIGURES: file } }));
const f = JSON.parse(readFileSync(file, "utf8"));
const ms = (t) => `${t.toFixed(1)} ms`;
console.log(`activation                                      ${ms(f.activation)}`);
console.log(`hover, 10,000 instructions, 6 machines          ${ms(f.hover)} (median; worst ${ms(f.hoverMax)})`);
console.log(`change of machine until painted, 10,000 instr.  ${ms(f.change)} (median; worst ${ms(f.changeMax)})`);
for (const target of Object.keys(TARGETS)) {
  const size = statSync(packageFor(target)).size;
  const start = Date.now();
  check(await runInstalled(vscode, target));
  console.log(`${target}: VSIX ${(size / 1e6).toFixed(1)} MB; packed, installed, VS Code started, sample predicted in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
process.exit(0);

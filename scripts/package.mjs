// Makes the VSIX files: dist/perfvec-lens-linux-x64.vsix (native ONNX Runtime, WebAssembly where that does not load) and
// dist/perfvec-lens.vsix (WebAssembly, every platform). What ships is listed here and nowhere else.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { root, setup } from "./setup.mjs";

const FILES = [
  "README.md", "CHANGELOG.md", "LICENSE", "docs/toolchains.md", "docs/gem5.md", "docs/exports.md", "docs/disassembly.md", "docs/diff.md", "docs/assistants.md",
  "dist/extension.js", "dist/engine.js", "dist/emulator.wasm", "dist/webview/report.js", "dist/webview/report-style.css",
  "dist/webview/compare.js", "dist/webview/compare-style.css", "docs/comparison.md",
  "dist/webview/calls.js", "dist/webview/calls-style.css", "docs/calls.md",
  "dist/webview/machine.js", "dist/webview/machine-style.css", "docs/machines.md",
  "dist/webview/explore.js", "dist/webview/explore-style.css", "docs/exploration.md",
  "models/instruction.onnx", "models/model.json", "models/machines.json", "models/encoder.json", "models/confidence.json", "models/README.md",
  "gem5/machine.py", "gem5/probe.py", "syntaxes",
  "examples/matmul_naive.c", "examples/prebuilt/matmul_naive.elf",
  "media/perfvec.svg", "media/icon.png", "media/walkthrough",
];
const COMMON = ["onnxruntime-common/package.json", "onnxruntime-common/dist/cjs", "onnxruntime-common/dist/esm"];
const WEB = ["package.json", "dist/ort.node.min.js", "dist/ort.node.min.mjs", "dist/ort-wasm-simd-threaded.mjs", "dist/ort-wasm-simd-threaded.wasm"].map((f) => `onnxruntime-web/${f}`);
const NATIVE = ["package.json", "dist", "bin/napi-v6/linux/x64"].map((f) => `onnxruntime-node/${f}`);

export const TARGETS = {
  "linux-x64": { packages: [...COMMON, ...WEB, ...NATIVE], name: "perfvec-lens-linux-x64.vsix" },
  universal: { packages: [...COMMON, ...WEB], name: "perfvec-lens.vsix" },
};

function copy(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith(".map") });
}

/** The licences of what is bundled or shipped beside it. */
function notices() {
  const packages = ["onnxruntime-node", "onnxruntime-web", "onnxruntime-common", "diff", "fflate", "jsep", "@vscode-elements/elements", "lit", "chart.js", "@kurkle/color"];
  return packages
    .map((name) => {
      const folder = path.join(root, "node_modules", name);
      const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
      const text = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"].map((file) => path.join(folder, file)).find((file) => statSync(file, { throwIfNoEntry: false }));
      return `${name} ${version}, ${license}\n\n${text ? readFileSync(text, "utf8").trim() : "(its package ships no licence text)"}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** @returns the VSIX */
export function packageFor(target) {
  const { packages, name } = TARGETS[target];
  const stage = path.join(root, "dist", "stage", target);
  rmSync(stage, { recursive: true, force: true });
  for (const file of FILES) copy(path.join(root, file), path.join(stage, file));
  // Beside the engine and not at the top: vsce leaves the top node_modules out.
  for (const file of packages) copy(path.join(root, "node_modules", file), path.join(stage, "dist", "node_modules", file));
  writeFileSync(path.join(stage, "NOTICES.txt"), notices());
  const { scripts, devDependencies, dependencies, bin, private: _, ...manifest } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  writeFileSync(path.join(stage, "package.json"), JSON.stringify(manifest, null, 2));
  writeFileSync(path.join(stage, ".vscodeignore"), "");
  const out = path.join(root, "dist", name);
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--skip-license", "--no-rewrite-relative-links", "--out", out, ...(target === "universal" ? [] : ["--target", target])];
  execFileSync(process.execPath, [path.join(root, "node_modules", "@vscode", "vsce", "vsce"), ...args], { cwd: stage, stdio: ["ignore", "ignore", "inherit"] });
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  for (const target of Object.keys(TARGETS)) {
    const file = packageFor(target);
    console.log(`${path.relative(root, file)}  ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  }
}

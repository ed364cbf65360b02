// Builds everything into dist/: the emulator (AssemblyScript -> WebAssembly), the CLI, the engine's child process, the extension and its pages.
const { execFileSync } = require("node:child_process");
const { mkdirSync, readdirSync, statSync, existsSync } = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");

const root = __dirname;
const wasm = path.join(root, "dist", "emulator.wasm");
const sources = path.join(root, "emulator", "assembly");

function emulatorIsCurrent() {
  if (!existsSync(wasm)) return false;
  const built = statSync(wasm).mtimeMs;
  return readdirSync(sources).every((file) => statSync(path.join(sources, file)).mtimeMs < built);
}

function buildEmulator() {
  if (emulatorIsCurrent()) return;
  // Static data starts at 4096: below lie the registers, whose addresses must fit in 16 bits (decode.ts).
  const options = ["--runtime", "stub", "-O3", "--enable", "simd", "--memoryBase", "4096", "--initialMemory", "3200", "--maximumMemory", "65536"];
  const asc = path.join(root, "node_modules", "assemblyscript", "bin", "asc.js");
  execFileSync(process.execPath, [asc, path.join("emulator", "assembly", "index.ts"), "-o", wasm, ...options], { cwd: root, stdio: "inherit" });
}

const common = { absWorkingDir: root, bundle: true, sourcemap: "linked", logLevel: "warning" };
const onNode = { ...common, outdir: "dist", platform: "node", target: "node20", format: "cjs" };

mkdirSync(path.join(root, "dist"), { recursive: true });
buildEmulator();
esbuild.buildSync({
  ...onNode,
  entryPoints: { cli: "src/cli/main.ts", engine: "src/engine/child.ts", extension: "src/extension.ts" },
  external: ["onnxruntime-node", "onnxruntime-web", "vscode"],
});
esbuild.buildSync({
  ...common,
  entryPoints: {
    report: "webview/report/main.ts",
    "report-style": "webview/report/report.css",
    compare: "webview/compare/main.ts",
    "compare-style": "webview/compare/compare.css",
    calls: "webview/calls/main.ts",
    "calls-style": "webview/calls/calls.css",
    machine: "webview/machine/main.ts",
    "machine-style": "webview/machine/machine.css",
    explore: "webview/explore/main.ts",
    "explore-style": "webview/explore/explore.css",
  },
  outdir: "dist/webview",
  platform: "browser",
  target: "es2022",
  format: "iife",
  minify: true,
});

// Tests of the extension, for a real VS Code.
const tests = path.join(root, "test", "vscode");
esbuild.buildSync({
  ...onNode,
  entryPoints: readdirSync(tests).filter((name) => name.endsWith(".ts")).map((name) => path.join("test", "vscode", name)),
  outdir: "dist/test-vscode",
  external: ["vscode", "mocha"],
});

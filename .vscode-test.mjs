// Tests in a desktop VS Code, which @vscode/test-electron downloads: `npx vscode-test` after `node scripts/test-vscode.mjs`.
// Machines that cannot download one run the same files by scripts/test-vscode.mjs.
import { defineConfig } from "@vscode/test-cli";

export default defineConfig({
  files: "dist/test-vscode/extension.test.js",
  workspaceFolder: "test/vscode/workspace",
  mocha: { ui: "tdd", timeout: 120_000 },
});

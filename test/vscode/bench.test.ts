/** Figures of the extension with 10,000 instructions in the profile: `npm run bench:vscode`. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Parts } from "../../src/extension";
import { hoverAt } from "../../src/host/hover";
import { Result } from "../../src/host/result";
import { profileOf } from "./synthetic";

const INSTRUCTIONS = 10_000;
const LINES = 2_000;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

suite("bench", () => {
  test("figures", async () => {
    const extension = vscode.extensions.getExtension<Parts>("perfvec-lens.perfvec-lens")!;
    // As VS Code's list of running extensions counts it: loading the code, and the call.
    let start = performance.now();
    const code = require(path.join(extension.extensionPath, "dist", "extension.js")) as { activate(context: object): unknown };
    const context = { subscriptions: [] as vscode.Disposable[], extension, extensionUri: extension.extensionUri };
    code.activate(context);
    const activation = performance.now() - start;
    context.subscriptions.forEach((s) => s.dispose());
    const { results, tracking } = await extension.activate();

    const file = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, "long.c");
    fs.writeFileSync(file, Array.from({ length: LINES }, (_, i) => `int v${i};\n`).join(""));
    const editor = await vscode.window.showTextDocument(vscode.Uri.file(file));
    results.add(new Result(file, "long.c", profileOf(file, results.library.model, LINES, INSTRUCTIONS), path.dirname(file)));

    const change: number[] = [];
    for (const machine of results.library.machines.slice(10, 60)) {
      start = performance.now();
      results.choose(machine.name); // prices, divides over lines, and paints before it returns
      change.push(performance.now() - start);
    }
    const hover: number[] = [];
    for (let line = 0; line < 200; line++) {
      start = performance.now();
      if (!hoverAt(editor.document, new vscode.Position(line, 1), results, tracking)) throw new Error(`no hover in line ${line}`);
      hover.push(performance.now() - start);
    }
    fs.writeFileSync(process.env["PERFVEC_FIGURES"]!, JSON.stringify({ activation, change: median(change), changeMax: Math.max(...change), hover: median(hover), hoverMax: Math.max(...hover) }));
  });
});

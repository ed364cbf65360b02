/** Decorations by step of heat, the same in sources and in the disassembly. */
import * as vscode from "vscode";
import { STEPS } from "./heat";

/** From this step on a line is marked in the overview ruler. */
const MARKED = 3;

export const lineBackground = (id: string): vscode.DecorationRenderOptions => ({ isWholeLine: true, backgroundColor: new vscode.ThemeColor(id) });

/** One for each step (1 …). The caller disposes of them. */
export function heatDecorations(): vscode.TextEditorDecorationType[] {
  return STEPS.map((_, i) =>
    vscode.window.createTextEditorDecorationType({
      ...lineBackground(`perfvec.heat${i + 1}Background`),
      ...(i + 1 >= MARKED
        ? { overviewRulerColor: new vscode.ThemeColor("perfvec.overviewRuler"), overviewRulerLane: vscode.OverviewRulerLane.Right }
        : {}),
    }),
  );
}

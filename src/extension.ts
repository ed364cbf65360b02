/** The composition root: makes the parts, registers them, nothing else. */
import type * as vscode from "vscode";
import * as assistantTools from "./host/assistant-tools";
import * as baselines from "./host/baselines";
import * as calls from "./host/calls";
import * as codeLens from "./host/code-lens";
import * as compare from "./host/compare";
import * as compileTask from "./host/compile-task";
import * as diff from "./host/diff";
import * as disassembly from "./host/disassembly";
import * as explore from "./host/explore";
import * as exporting from "./host/export";
import * as gem5 from "./host/gem5";
import * as heatmap from "./host/heatmap";
import * as hover from "./host/hover";
import * as inlayHints from "./host/inlay-hints";
import * as log from "./host/log";
import * as machineEditor from "./host/machine-editor";
import * as machinePicker from "./host/machine-picker";
import * as ownMachines from "./host/own-machines";
import * as predict from "./host/predict";
import * as predictOnSave from "./host/predict-on-save";
import * as programChoice from "./host/program-choice";
import * as reportEditor from "./host/report-editor";
import * as results from "./host/results";
import * as resultsTree from "./host/results-tree";
import * as sample from "./host/sample";
import * as statusBar from "./host/status-bar";
import * as tracking from "./host/tracking";

/** The parts, for tests. */
export interface Parts {
  results: results.Results;
  tracking: tracking.Tracking;
  heatmap: heatmap.Heatmap;
  disassembly: disassembly.Disassembly;
  diffMarks: diff.DiffMarks;
  tree: resultsTree.ResultsTree;
  predictor: predict.Predictor;
  choice: programChoice.ProgramChoice;
  status: vscode.StatusBarItem;
  offer: vscode.StatusBarItem;
  comparison: compare.Comparison;
  calls: calls.CallsPage;
  own: ownMachines.OwnMachines;
  machineEditors: machineEditor.MachineEditors;
  exploring: explore.Exploring;
}

export function activate(context: vscode.ExtensionContext): Parts {
  log.activate(context);
  const own = ownMachines.activate(context);
  const all = results.activate(context, own);
  const followed = tracking.activate(context, all);
  const compared = baselines.activate(context, all);
  const choice = programChoice.activate(context);
  const predictor = predict.activate(context, all, choice, followed);
  compileTask.activate(context, all);
  gem5.activate(context, all, predictor);
  machinePicker.activate(context, all);
  const machineEditors = machineEditor.activate(context, all, own);
  hover.activate(context, all, followed, compared);
  codeLens.activate(context, all, followed);
  inlayHints.activate(context, all, followed);
  reportEditor.activate(context, all, followed);
  exporting.activate(context, all);
  assistantTools.activate(context, all, followed, predictor);
  sample.activate(context, all, predictor);
  return {
    results: all,
    tracking: followed,
    predictor,
    choice,
    heatmap: heatmap.activate(context, all, followed),
    disassembly: disassembly.activate(context, all, followed),
    diffMarks: diff.activate(context, all, followed, compared),
    tree: resultsTree.activate(context, all, followed, compared),
    status: statusBar.activate(context, all, compared),
    offer: predictOnSave.activate(context, all, followed),
    comparison: compare.activate(context, all, followed),
    calls: calls.activate(context, all, followed),
    own,
    machineEditors,
    exploring: explore.activate(context, all, own, machineEditors),
  };
}

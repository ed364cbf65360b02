/** The settings `perfvec.*`, checked: a value of the wrong type counts as not set. */
import * as path from "node:path";
import * as vscode from "vscode";

export interface Settings {
  compiler: string | undefined;
  gem5Path: string | undefined;
  flags: string[];
  arguments: string[];
  /** absolute path, or null for an empty input */
  stdin: string | null;
  machines: string[];
  instructionLimit: number;
  heatmap: boolean;
  codeLens: boolean;
  inlayHints: "off" | "share" | "cycles";
  /** absolute path, or null for none */
  readableFolder: string | null;
  predictOnSave: "offer" | "always" | "never";
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v): v is string => typeof v === "string") : []);
const text = (value: unknown): string => (typeof value === "string" ? value.trim() : "");

/** Sets a value where it is set already, the innermost place first; else for the user. */
export function update(name: string, value: unknown): Thenable<void> {
  const values = vscode.workspace.getConfiguration("perfvec");
  const inWorkspace = values.inspect(name)?.workspaceValue !== undefined;
  return values.update(name, value, inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global);
}

/** @param uri the file they are asked for: a relative path is relative to its workspace folder, or to its own */
export function settings(uri?: vscode.Uri): Settings {
  const values = vscode.workspace.getConfiguration("perfvec", uri);
  const folder = uri && (vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? path.dirname(uri.fsPath));
  const file = (name: string): string | null => {
    const value = text(values.get(name));
    return value ? path.resolve(folder ?? "", value) : null;
  };
  const limit = values.get<unknown>("instructionLimit");
  const hints = values.get<unknown>("inlayHints");
  const onSave = values.get<unknown>("predictOnSave");
  return {
    compiler: text(values.get("compiler")) || undefined,
    gem5Path: text(values.get("gem5.path")) || undefined,
    flags: strings(values.get("flags")),
    arguments: strings(values.get("arguments")),
    stdin: file("stdin"),
    machines: strings(values.get("machines")),
    instructionLimit: typeof limit === "number" && limit >= 1 ? Math.floor(limit) : 5e6,
    heatmap: values.get("heatmap") !== false,
    codeLens: values.get("codeLens") === true,
    inlayHints: hints === "share" || hints === "cycles" ? hints : "off",
    readableFolder: file("readableFolder"),
    predictOnSave: onSave === "always" || onSave === "never" ? onSave : "offer",
  };
}

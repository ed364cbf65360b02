/** The document of a page of dist/webview: nothing is loaded but its own script and style. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** @param name NAME.js and NAME-style.css are its script and style */
export function pageOf(webview: vscode.Webview, extension: vscode.Uri, name: string, title: string): string {
  const pages = vscode.Uri.joinPath(extension, "dist", "webview");
  webview.options = { enableScripts: true, localResourceRoots: [pages] };
  const nonce = randomBytes(16).toString("base64");
  const uri = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(pages, file)).toString();
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; font-src ${webview.cspSource}; script-src 'nonce-${nonce}';">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri(`${name}-style.css`)}">
<title>${title}</title>
</head>
<body><main id="main"></main><p id="status" role="status"></p><script nonce="${nonce}" src="${uri(`${name}.js`)}"></script></body>
</html>`;
}

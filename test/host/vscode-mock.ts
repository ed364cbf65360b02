/** The little of VS Code's API that host code touches, for tests in plain Node. Import it before the code under test. */
import Module from "node:module";

export class Uri {
  private constructor(readonly scheme: string, readonly fsPath: string) {}
  static file = (path: string): Uri => new Uri("file", path);
  static from = ({ scheme, path }: { scheme: string; path: string }): Uri => new Uri(scheme, path);
  static joinPath = (uri: Uri, ...parts: string[]): Uri => new Uri(uri.scheme, [uri.fsPath, ...parts].join("/"));
  toString = (): string => `${this.scheme}://${this.fsPath}`;
}

export class Position {
  constructor(readonly line: number, readonly character: number) {}
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
    this.start = new Position(startLine, startCharacter);
    this.end = new Position(endLine, endCharacter);
  }
  get isEmpty(): boolean {
    return this.start.line === this.end.line && this.start.character === this.end.character;
  }
}

export class Selection extends Range {
  constructor(readonly anchor: Position, readonly active: Position) {
    super(anchor.line, anchor.character, active.line, active.character);
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

/** Values of `perfvec.*`. */
export const configuration = new Map<string, unknown>();
export const events = { change: new EventEmitter<unknown>(), open: new EventEmitter<unknown>(), close: new EventEmitter<unknown>(), save: new EventEmitter<unknown>(), configuration: new EventEmitter<unknown>() };
export const documents: unknown[] = [];
/** Everything disposable that was made and not disposed. */
export const alive = new Set<object>();

function disposable<T extends object>(made: T): T & { dispose(): void } {
  alive.add(made);
  return Object.assign(made, { dispose: () => void alive.delete(made) });
}

/** What the windows show; tests put it there. */
export const window = {
  visibleTextEditors: [] as unknown[],
  activeTextEditor: undefined as unknown,
  createTextEditorDecorationType: (options: object) => disposable({ options }),
  createOutputChannel: (): object => ({}),
};

/** Commands that were run: name and arguments. */
export const commands: unknown[][] = [];

/** Language model tools by name. */
export const tools = new Map<string, object>();

export const vscode = {
  Uri, Position, Range, Selection, EventEmitter, window,
  Location: class { constructor(readonly uri: Uri, readonly range: unknown) {} },
  FoldingRange: class { constructor(readonly start: number, readonly end: number) {} },
  DocumentSymbol: class { constructor(readonly name: string, readonly detail: string, readonly kind: number, readonly range: Range, readonly selectionRange: Range) {} },
  SymbolKind: { Function: 11 },
  TextEditorRevealType: { InCenterIfOutsideViewport: 2 },
  ViewColumn: { Active: -1 },
  ThemeColor: class { constructor(readonly id: string) {} },
  ThemeIcon: class { constructor(readonly id: string, readonly color?: unknown) {} },
  MarkdownString: class { constructor(readonly value: string) {} },
  TreeItem: class { constructor(readonly label: string) {} },
  TreeItemCollapsibleState: { Expanded: 2 },
  CodeLens: class { constructor(readonly range: Range, readonly command: unknown) {} },
  InlayHint: class { constructor(readonly position: Position, readonly label: string) {} },
  LanguageModelTextPart: class { constructor(readonly value: string) {} },
  LanguageModelToolResult: class { constructor(readonly content: unknown[]) {} },
  CancellationError: class extends Error {},
  Hover: class { constructor(readonly contents: unknown) {} },
  OverviewRulerLane: { Left: 1, Right: 4 },
  lm: { registerTool: (name: string, tool: object) => (tools.set(name, tool), disposable({})) } as { registerTool?: unknown },
  commands: { executeCommand: async (...command: unknown[]) => void commands.push(command), registerCommand: () => disposable({}) },
  workspace: {
    isTrusted: true,
    textDocuments: documents,
    workspaceFolders: [] as { uri: Uri }[],
    getConfiguration: () => ({ get: (name: string) => configuration.get(name) }),
    getWorkspaceFolder: () => ({ uri: Uri.file("/ws") }),
    onDidOpenTextDocument: events.open.event,
    onDidCloseTextDocument: events.close.event,
    onDidChangeTextDocument: events.change.event,
    onDidSaveTextDocument: events.save.event,
    onDidChangeConfiguration: events.configuration.event,
  },
};

const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = function (request, ...rest) {
  return request === "vscode" ? vscode : load.call(this, request, ...rest);
};

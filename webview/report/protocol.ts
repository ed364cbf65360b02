/** What the report editor and its page say to each other. Times and shares are texts, ready to be shown. */

export interface Row {
  name: string;
  /** 0 … 1, for the bar */
  share: number;
  cells: string[];
  /** place in the source, where there is one */
  place: { file: string; line: number } | undefined;
}

export interface ReportView {
  title: string;
  /** what was run, how much of it, by which model */
  provenance: string;
  warnings: string[];
  machines: { name: string; description: string }[];
  machine: string;
  facts: { name: string; value: string }[];
  comparison: Row[];
  functions: Row[];
  lines: Row[];
}

export type ToPage = { type: "show"; view: ReportView };

export type ToHost = { type: "ready" } | { type: "machine"; name: string } | { type: "reveal"; file: string; line: number };

/** A page runs apart from us: nothing it says is taken on trust. */
export function isToHost(message: unknown): message is ToHost {
  if (typeof message !== "object" || message === null) return false;
  const m = message as Record<string, unknown>;
  switch (m["type"]) {
    case "ready":
      return true;
    case "machine":
      return typeof m["name"] === "string";
    case "reveal":
      return typeof m["file"] === "string" && Number.isInteger(m["line"]) && (m["line"] as number) >= 1;
    default:
      return false;
  }
}

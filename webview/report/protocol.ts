/** What the report editor and its page say to each other. Times and shares are texts, ready to be shown. */
import { always, hasText, messageChecker } from "../messages";

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

export const isToHost = messageChecker<ToHost>({
  ready: always,
  machine: hasText("name"),
  reveal: (m) => typeof m["file"] === "string" && Number.isInteger(m["line"]) && (m["line"] as number) >= 1,
});

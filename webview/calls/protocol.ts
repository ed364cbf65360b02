/** What the page of calls and phases and its host say to each other. Times in nanoseconds; the page makes texts of them. */
import { always, hasText, messageChecker } from "../messages";

/** A function as it was reached by the calls above it. */
export interface CallRow {
  /** place of its caller in the list, which stands before it; -1: the program itself */
  parent: number;
  /** number of the function in the profile; -1: the program itself */
  function: number;
  /** for people; `full` is with all of its template arguments */
  name: string;
  full: string;
  inclusive: number;
  exclusive: number;
  calls: number;
  /** whether it is known where it stands in the source */
  hasSource: boolean;
}

export interface PhasesView {
  /** executed instructions of a slice; the last may be shorter */
  length: number;
  executed: number;
  machines: { name: string; ghz: number; times: number[] }[];
}

export interface CallsView {
  program: string;
  machine: string;
  /** names of the machines chosen */
  machines: string[];
  /** the program first; [] when the report has no calls. Siblings stand in the order of their time */
  rows: CallRow[];
  /** paths that are too short to be sent */
  left: number;
  phases: PhasesView | null;
  notes: string[];
}

export type ToPage = { type: "show"; view: CallsView } | { type: "nothing"; why: string };

export type ToHost = { type: "ready" } | { type: "choose"; name: string } | { type: "reveal"; function: number };

export const isToHost = messageChecker<ToHost>({
  ready: always,
  choose: hasText("name"),
  reveal: (m) => Number.isSafeInteger(m["function"]) && (m["function"] as number) >= 0,
});

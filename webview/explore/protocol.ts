/** What the exploration and its page say to each other. The page prices by itself: nothing goes to and fro while it moves. */
import { isChange, isQuery, type Query } from "../../src/core/explore/plan";
import type { Value } from "../../src/core/model/derive";
import type { Microarchitecture } from "../../src/core/model/description";
import type { ParameterGroup } from "../../src/core/model/parameters";
import { always, hasText, messageChecker } from "../messages";

export interface Program {
  id: string;
  title: string;
  /** [d] summed */
  representation: number[];
}

export interface ExploreView {
  start: Microarchitecture;
  /** names of machines one may start from */
  starts: string[];
  groups: ParameterGroup[];
  programs: Program[];
  /** id of the program that is shown in the editor; "" for none */
  active: string;
}

export type ToPage = { type: "encoder"; text: string; dimensions: number } | { type: "show"; view: ExploreView };

export const FORMATS = ["csv", "json"] as const;
export type Format = (typeof FORMATS)[number];

/** What is exported: program "" means all of them. */
export interface Wanted {
  start: string;
  program: string;
  query: Query;
}

export type ToHost =
  /** start: what the page showed before it was hidden */
  | { type: "ready"; start: string | null }
  | { type: "start"; name: string }
  | { type: "export"; format: Format; wanted: Wanted }
  | { type: "save"; start: string; changes: [path: string, value: Value][] }
  | { type: "predict" };

function isWanted(value: unknown): value is Wanted {
  const w = value as Wanted | null;
  return typeof w === "object" && w !== null && typeof w.start === "string" && typeof w.program === "string" && isQuery(w.query);
}

export const isToHost = messageChecker<ToHost>({
  ready: (m) => m["start"] === null || typeof m["start"] === "string",
  start: hasText("name"),
  export: (m) => FORMATS.includes(m["format"] as Format) && isWanted(m["wanted"]),
  save: (m) => typeof m["start"] === "string" && Array.isArray(m["changes"]) && m["changes"].every(isChange),
  predict: always,
});

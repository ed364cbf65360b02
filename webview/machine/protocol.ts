/** What the machine editor and its page say to each other. Times in nanoseconds. */
import type { Value } from "../../src/core/model/derive";
import type { ParameterGroup } from "../../src/core/model/parameters";
import { always, hasText, messageChecker } from "../messages";

export interface MachineView {
  /** name of the machine that it starts from */
  start: string;
  /** machines that it may start from */
  starts: { name: string; title: string }[];
  /** name of the machine that is edited; "" for a new one */
  editing: string;
  name: string;
  title: string;
  groups: ParameterGroup[];
  /** values by path: of the machine that it starts from, and what differs */
  before: [path: string, value: Value][];
  changes: [path: string, value: Value][];
}

export interface Price {
  /** the program that it is of; "" where nothing is predicted */
  program: string;
  before: number;
  after: number;
}

export type ToPage = { type: "show"; view: MachineView } | { type: "price"; price: Price } | { type: "problem"; text: string };

export type ToHost =
  | { type: "ready" }
  | { type: "start"; name: string }
  /** null: as the machine that it starts from */
  | { type: "change"; path: string; value: Value | null }
  | { type: "call"; name: string; title: string }
  | { type: "save" };

const isValue = (value: unknown): boolean => value === null || typeof value === "boolean" || typeof value === "string" || (typeof value === "number" && Number.isFinite(value));

export const isToHost = messageChecker<ToHost>({
  ready: always,
  save: always,
  start: hasText("name"),
  change: (m) => typeof m["path"] === "string" && isValue(m["value"]),
  call: (m) => typeof m["name"] === "string" && typeof m["title"] === "string",
});

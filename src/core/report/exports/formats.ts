import { UserError } from "../../errors";
import { nearest } from "../../nearest";

/** What a report can be exported as. The writers are in exports.ts. */
export const FORMATS = {
  json: { title: "JSON", use: "everything, for programs (docs/schema/predict.schema.json)", ending: "json", oneMachine: false },
  csv: { title: "CSV", use: "every line, for spreadsheets and data frames", ending: "csv", oneMachine: false },
  cpuprofile: { title: "CPU profile", use: "a flame chart in VS Code and in browsers; one machine", ending: "cpuprofile", oneMachine: true },
  speedscope: { title: "speedscope", use: "flame graphs at speedscope.app, a profile a machine", ending: "speedscope.json", oneMachine: false },
  callgrind: { title: "Callgrind", use: "KCachegrind and callgrind_annotate, down to the instruction", ending: "callgrind", oneMachine: false },
  sarif: { title: "SARIF", use: "the hottest lines as notes, for code scanning and reviews", ending: "sarif", oneMachine: false },
  html: { title: "HTML", use: "a page to read and to send, with annotated source", ending: "html", oneMachine: false },
} as const;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** Names of files that are of one format and no other: a plain .json may be of three. */
const FILES: readonly [RegExp, FormatName][] = [
  [/\.csv$/i, "csv"],
  [/\.cpuprofile$/i, "cpuprofile"],
  [/\.speedscope\.json$/i, "speedscope"],
  [/\.callgrind$|^callgrind\.out\b/i, "callgrind"],
  [/\.sarif(\.json)?$/i, "sarif"],
  [/\.html?$/i, "html"],
];

/** @param base name of a file, without its folder. @returns undefined where it says nothing, or too little */
export const formatOfFile = (base: string): FormatName | undefined => FILES.find(([pattern]) => pattern.test(base))?.[1];

/** @throws UserError that suggests the nearest name */
export function formatNamed(name: string): FormatName {
  const found = FORMAT_NAMES.find((format) => format === name.toLowerCase());
  if (found) return found;
  throw new UserError("usage", `there is no format "${name}"; the nearest is "${nearest(name, FORMAT_NAMES)}" (of ${FORMAT_NAMES.join(", ")})`);
}

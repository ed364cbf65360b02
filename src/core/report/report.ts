import { type Unzipped, strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { UserError } from "../errors";
import { damagedEntry } from "./zip-checksums";
import { NO_FILE, type Profile, type Provenance } from "../profile/profile";
import { callEntries, type CallsHeader, readCalls } from "./report-calls";

/**
 * A report on disk, `*.perfvec`: a zip of `report.json` (format, provenance, names) and one little-endian array a file.
 * The zip's checksums tell damaged files; what they cannot tell (a report made by somebody else) is checked value by value.
 */
const FORMAT = 3;
/** No more is believed: an instruction's inlined calls, functions and files, characters of a name. */
const MOST = { frames: 256, functions: 1 << 20, files: 1 << 15, name: 10_000 } as const;
/** The last line that DWARF and an editor can name. */
const LAST_LINE = 2 ** 31 - 1;
const TRACE_SOURCES: readonly Provenance["traceSource"][] = ["emulator", "gem5", "gem5-exec", "recorded"];
/** The largest array that is believed: 1 GiB. */
const MAX_ARRAY = 2 ** 30;

interface Header extends CallsHeader {
  format: number;
  dimensions: number;
  instructions: number;
  functions: string[];
  /** not in older reports of this format, as lineCounts */
  linkageNames?: string[];
  files: string[];
  fileHashes: string[];
  /** how many of the entry `lineHashes` each file has */
  lineCounts?: number[];
  /** whether there is an array of measured times */
  measured: boolean;
  provenance: Provenance;
}

const ARRAYS = {
  pcs: Float64Array,
  executions: Float64Array,
  encodings: Uint32Array,
  sums: Float32Array,
  measured: Float64Array,
  frameStart: Uint32Array,
  frameFunction: Uint32Array,
  frameFile: Uint32Array,
  frameLine: Uint32Array,
} as const;
type ArrayName = keyof typeof ARRAYS;

export function writeReport(profile: Profile): Uint8Array {
  const header: Header = {
    format: FORMAT,
    dimensions: profile.dimensions,
    instructions: profile.pcs.length,
    functions: profile.functions,
    ...(profile.linkageNames ? { linkageNames: profile.linkageNames } : {}),
    files: profile.files,
    fileHashes: profile.fileHashes,
    ...(profile.lineHashes ? { lineCounts: profile.lineHashes.map((lines) => lines.length) } : {}),
    measured: profile.measured !== null,
    provenance: profile.provenance,
  };
  const calls = callEntries(profile);
  const entries: Record<string, Uint8Array> = { "report.json": strToU8(JSON.stringify({ ...header, ...calls.header })), ...calls.entries };
  for (const name of Object.keys(ARRAYS) as ArrayName[]) {
    const array = profile[name];
    if (!array) continue;
    entries[name] = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  }
  if (profile.lineHashes) entries["lineHashes"] = joined(profile.lineHashes);
  return zipSync(entries, { level: 6, mtime: "1980-01-01" });
}

/** @throws UserError that names the file: damaged, of another version, or not a report */
export function readReport(bytes: Uint8Array, name: string): Profile {
  const bad = (what: string): UserError => new UserError("report", `${name}: ${what}`);
  let entries: Unzipped;
  try {
    entries = unzipSync(bytes, { filter: (file) => file.originalSize <= MAX_ARRAY });
  } catch (error) {
    throw bad(`not a report, or damaged (${(error as Error).message})`);
  }
  const damaged = damagedEntry(bytes, entries);
  if (damaged !== undefined) throw bad(`damaged: ${damaged} is not what was written`);
  const headerBytes = entries["report.json"];
  if (!headerBytes) throw bad("not a PerfVec report (it holds no report.json)");
  const header = parseHeader(headerBytes, bad);
  const array = <N extends ArrayName>(key: N, length: number): NonNullable<Profile[N]> => {
    const entry = entries[key];
    const type = ARRAYS[key];
    if (!entry || entry.byteLength !== length * type.BYTES_PER_ELEMENT) throw bad(`damaged: ${key} does not hold ${length} numbers`);
    return new type(entry.slice().buffer) as NonNullable<Profile[N]>;
  };
  const n = header.instructions;
  const frameStart = array("frameStart", n + 1);
  const frames = frameStart[n]!;
  const profile: Profile = {
    provenance: header.provenance,
    dimensions: header.dimensions,
    functions: header.functions,
    ...(header.linkageNames ? { linkageNames: header.linkageNames } : {}),
    files: header.files,
    fileHashes: header.fileHashes,
    ...(header.lineCounts ? { lineHashes: lineHashes(entries["lineHashes"], header.lineCounts, bad) } : {}),
    pcs: array("pcs", n),
    executions: array("executions", n),
    encodings: array("encodings", n),
    sums: array("sums", n * header.dimensions),
    measured: header.measured ? array("measured", n) : null,
    frameStart,
    frameFunction: array("frameFunction", frames),
    frameFile: array("frameFile", frames),
    frameLine: array("frameLine", frames),
  };
  checkValues(profile, bad);
  return { ...profile, ...readCalls(header, entries, profile, bad) };
}

function joined(arrays: readonly Uint32Array[]): Uint8Array {
  const all = new Uint32Array(arrays.reduce((n, array) => n + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return new Uint8Array(all.buffer);
}

function lineHashes(entry: Uint8Array | undefined, counts: readonly number[], bad: (what: string) => UserError): Uint32Array[] {
  const all = counts.reduce((a, b) => a + b, 0);
  if (!entry || entry.byteLength !== 4 * all) throw bad(`damaged: lineHashes does not hold ${all} numbers`);
  let at = 0;
  return counts.map((n) => new Uint32Array(entry.slice(4 * at, 4 * (at += n)).buffer));
}

function checkValues(profile: Profile, bad: (what: string) => UserError): void {
  const { pcs, executions, sums, measured, frameStart, frameFunction, frameFile, frameLine, functions, files } = profile;
  if (!pcs.every((pc, i) => Number.isSafeInteger(pc) && pc >= 0 && (i === 0 || pc > pcs[i - 1]!))) throw bad("damaged: addresses are out of order");
  if (!executions.every((n) => Number.isSafeInteger(n) && n >= 0)) throw bad("damaged: a number of executions is none");
  if (!sums.every((v) => v >= 0 && Number.isFinite(v))) throw bad("damaged: a representation is negative or not a number");
  if (!(measured ?? []).every((v) => v >= 0 && Number.isFinite(v))) throw bad("damaged: a measured time is negative or not a number");
  const depth = (i: number): number => frameStart[i + 1]! - frameStart[i]!;
  if (frameStart[0] !== 0 || !pcs.every((_, i) => depth(i) >= 1 && depth(i) <= MOST.frames)) throw bad("damaged: an instruction is in no function, or in too many");
  if (!frameFunction.every((f) => f < functions.length)) throw bad("damaged: a function is out of range");
  if (!frameFile.every((f) => f < files.length || f === NO_FILE)) throw bad("damaged: a file is out of range");
  if (!frameLine.every((line) => line <= LAST_LINE)) throw bad("damaged: a line is out of range");
}

const strings = (value: unknown): value is string[] => Array.isArray(value) && value.every((s) => typeof s === "string");
const count = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isProvenance(p: Partial<Provenance> | undefined): boolean {
  const texts = [p?.program, p?.programHash, p?.model, p?.featureSet, p?.runtime, p?.ended];
  return (
    texts.every((text) => typeof text === "string") && strings(p!.arguments) && strings(p!.warnings) &&
    [p!.stdin, p!.measuredOn].every((text) => text === null || typeof text === "string") && TRACE_SOURCES.includes(p!.traceSource!) &&
    count(p!.executed) && (p!.limit === null || count(p!.limit)) && count(p!.skipped) && p!.executed! > 0 && typeof p!.whole === "boolean" && (p!.exitStatus === null || count(p!.exitStatus))
  );
}

function parseHeader(bytes: Uint8Array, bad: (what: string) => UserError): Header {
  let header: Header;
  try {
    header = JSON.parse(strFromU8(bytes)) as Header;
  } catch {
    throw bad("damaged: report.json is not JSON");
  }
  if (header?.format !== FORMAT) throw bad(`format ${String(header?.format)} is of another version of PerfVec Lens (this one reads format ${FORMAT})`);
  const sizes = [header.dimensions, header.instructions].every((n) => Number.isInteger(n) && n > 0 && n < 2 ** 28);
  const names = [header.functions, header.files, header.fileHashes].every(strings);
  if (names && header.fileHashes.length !== header.files.length) throw bad("damaged: files and their hashes differ in number");
  const few = names && header.functions.length <= MOST.functions && header.files.length <= MOST.files;
  if (names && !(few && [...header.functions, ...header.files].every((name) => name.length <= MOST.name))) throw bad("it names more than a program does");
  if (!sizes || !names || !isProvenance(header.provenance)) throw bad("damaged: report.json is incomplete");
  const { linkageNames, lineCounts } = header;
  if (linkageNames !== undefined && !(strings(linkageNames) && linkageNames.length === header.functions.length && linkageNames.every((name) => name.length <= MOST.name))) {
    throw bad("damaged: functions and their linkage names differ");
  }
  if (lineCounts !== undefined && !(Array.isArray(lineCounts) && lineCounts.length === header.files.length && lineCounts.every(count))) {
    throw bad("damaged: files and their numbers of lines differ");
  }
  return header;
}

import { NO_FILE, type Profile } from "./profile";

/** The instructions of a source line or of a function, by their number in the profile. */
export interface Place {
  /** whose innermost frame it is */
  own: number[];
  /** of calls that are inlined into it */
  inlined: number[];
  /** executions of its most executed own instruction */
  executions: number;
}

export interface LinePlace extends Place {
  file: string;
  line: number;
}

export interface FunctionPlace extends Place {
  /** in the profile */
  number: number;
  name: string;
  /** the linker's name; `name` where it is not known */
  linkageName: string;
  /** the line of its first instruction; undefined when not known */
  start: { file: string; line: number } | undefined;
}

/** Where the instructions of a profile stand in the source. The same on every machine. */
export interface Places {
  lines: LinePlace[];
  functions: FunctionPlace[];
  /** instructions whose line is not known */
  withoutLine: number[];
}

export function placesOf(profile: Profile): Places {
  const { frameStart, frameFunction, frameFile, frameLine } = profile;
  const lines = new Map<number, LinePlace>();
  const functions = profile.functions.map((name, f): FunctionPlace => ({ number: f, name, linkageName: profile.linkageNames?.[f] ?? name, own: [], inlined: [], executions: 0, start: undefined }));
  const withoutLine: number[] = [];
  const put = (place: Place, instruction: number, innermost: boolean): void => {
    (innermost ? place.own : place.inlined).push(instruction);
    if (innermost) place.executions = Math.max(place.executions, profile.executions[instruction]!);
  };
  for (let i = 0; i < profile.pcs.length; i++) {
    const start = frameStart[i]!;
    for (let k = start; k < frameStart[i + 1]!; k++) {
      const file = frameFile[k]!;
      const line = frameLine[k]!;
      const known = file !== NO_FILE && line !== 0;
      const f = functions[frameFunction[k]!]!;
      if (known) f.start ??= { file: profile.files[file]!, line };
      if (!occursBefore(frameFunction, frameFunction, start, k)) put(f, i, k === start);
      if (!known) {
        if (k === start) withoutLine.push(i);
        continue;
      }
      const key = file * 2 ** 32 + line;
      let place = lines.get(key);
      if (!place) lines.set(key, (place = { file: profile.files[file]!, line, own: [], inlined: [], executions: 0 }));
      if (!occursBefore(frameFile, frameLine, start, k)) put(place, i, k === start);
    }
  }
  return { lines: [...lines.values()], functions: functions.filter((f) => f.own.length || f.inlined.length), withoutLine };
}

/** How often a place is executed: its most executed instruction. */
export const executionsOf = (profile: Profile, own: readonly number[]): number => own.reduce((most, i) => Math.max(most, profile.executions[i]!), 0);

/** Whether frame k's pair of values stood in an inner frame already (recursion through inlining): it is counted once. */
function occursBefore(a: Uint32Array, b: Uint32Array, start: number, k: number): boolean {
  for (let j = start; j < k; j++) if (a[j] === a[k] && b[j] === b[k]) return true;
  return false;
}

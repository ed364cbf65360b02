import { NO_FILE, type Profile } from "./profile";

/** Time of one source line. */
export interface LineTime {
  file: string;
  line: number;
  /** nanoseconds of the line's own instructions */
  exclusive: number;
  /** and of everything inlined into it */
  inclusive: number;
  /** executions of its most executed instruction */
  executions: number;
}

/** Time of one function. */
export interface FunctionTime {
  name: string;
  /** nanoseconds of its own instructions */
  exclusive: number;
  /** and of what is inlined into it (called functions are not part of it) */
  inclusive: number;
  /** executions of its most executed instruction */
  executions: number;
}

export interface Attribution {
  /** every line with time, hottest first; the sum of `exclusive` and `withoutLine` is the total */
  lines: LineTime[];
  /** nanoseconds of instructions whose line is not known */
  withoutLine: number;
  /** every function, hottest first; the sum of `exclusive` is the total */
  functions: FunctionTime[];
}

/** Divides the latencies of instructions over lines and functions. @param latency [n] nanoseconds */
export function attribute(profile: Profile, latency: Float64Array): Attribution {
  const { frameStart, frameFunction, frameFile, frameLine } = profile;
  const lines = new Map<number, LineTime>();
  const functions = profile.functions.map((name): FunctionTime => ({ name, exclusive: 0, inclusive: 0, executions: 0 }));
  let withoutLine = 0;
  for (let i = 0; i < latency.length; i++) {
    const time = latency[i]!;
    const executions = profile.executions[i]!;
    const start = frameStart[i]!;
    const end = frameStart[i + 1]!;
    for (let k = start; k < end; k++) {
      const f = functions[frameFunction[k]!]!;
      if (k === start) {
        f.exclusive += time;
        f.executions = Math.max(f.executions, executions);
      }
      if (!occursBefore(frameFunction, frameFunction, start, k)) f.inclusive += time;
      const line = frameLine[k]!;
      const file = frameFile[k]!;
      if (file === NO_FILE || line === 0) {
        if (k === start) withoutLine += time;
        continue;
      }
      const key = file * 2 ** 32 + line;
      let entry = lines.get(key);
      if (!entry) lines.set(key, (entry = { file: profile.files[file]!, line, exclusive: 0, inclusive: 0, executions: 0 }));
      if (k === start) {
        entry.exclusive += time;
        entry.executions = Math.max(entry.executions, executions);
      }
      if (!occursBefore(frameFile, frameLine, start, k)) entry.inclusive += time;
    }
  }
  const hottest = (a: { exclusive: number }, b: { exclusive: number }): number => b.exclusive - a.exclusive;
  return { lines: [...lines.values()].sort(hottest), withoutLine, functions: functions.filter((f) => f.inclusive > 0).sort(hottest) };
}

/** Whether frame k's pair of values stood in an inner frame already (recursion through inlining): it is counted once. */
function occursBefore(a: Uint32Array, b: Uint32Array, start: number, k: number): boolean {
  for (let j = start; j < k; j++) if (a[j] === a[k] && b[j] === b[k]) return true;
  return false;
}

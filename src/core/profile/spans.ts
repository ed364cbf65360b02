import type { FunctionPlace } from "./places";
import { NO_FILE, type Profile } from "./profile";

/** The lines of a file, from 1, between which a function's own instructions stand. */
export interface Span {
  first: number;
  last: number;
  place: FunctionPlace;
}

/** Where functions lie in the source, by file of the profile. A function that shares instructions of several files has a span in each. */
export function spansOf(profile: Profile, functions: readonly FunctionPlace[]): Map<string, Span[]> {
  const spans = new Map<string, Span[]>();
  for (const place of functions) {
    const ofFile = new Map<number, Span>();
    for (const i of place.own) {
      const k = profile.frameStart[i]!;
      const file = profile.frameFile[k]!;
      const line = profile.frameLine[k]!;
      if (file === NO_FILE || line === 0) continue;
      const span = ofFile.get(file);
      if (!span) ofFile.set(file, { first: line, last: line, place });
      else {
        span.first = Math.min(span.first, line);
        span.last = Math.max(span.last, line);
      }
    }
    for (const [file, span] of ofFile) {
      const name = profile.files[file]!;
      const known = spans.get(name);
      if (known) known.push(span);
      else spans.set(name, [span]);
    }
  }
  return spans;
}

/** The function that a line belongs to: the shortest span around it (a lambda stands inside a function), of equals the one with most code. */
export function functionAt(spans: readonly Span[], line: number): FunctionPlace | undefined {
  let found: Span | undefined;
  for (const span of spans) {
    if (line < span.first || line > span.last) continue;
    const longer = found && span.last - span.first - (found.last - found.first);
    if (!found || longer! < 0 || (longer === 0 && span.place.own.length > found.place.own.length)) found = span;
  }
  return found?.place;
}

import { type Diff, isSlower, type Matched, relative } from "../core/profile/diff";
import type { FunctionPlace, LinePlace } from "../core/profile/places";
import type { Profile } from "../core/profile/profile";

/** What `perfvec diff --json` prints; its schema is docs/schema/diff.schema.json. Times in nanoseconds, changes as shares of the time before. */
export function diffJson(matched: Matched, diffs: readonly Diff[], threshold: number): object {
  return {
    format: 1,
    before: runOf(matched.before),
    after: runOf(matched.after),
    notes: matched.notes,
    files: matched.files.map(({ before, after, by }) => ({ before: before ?? null, after: after ?? null, matchedBy: by })),
    threshold,
    slower: diffs.some((diff) => isSlower(diff.total, threshold)),
    machines: diffs.map((diff) => ({
      name: diff.machine.name,
      title: diff.machine.title,
      ghz: diff.machine.freq_ghz,
      ...timesOf(diff.total),
      slower: isSlower(diff.total, threshold),
      withoutLine: timesOf(diff.withoutLine),
      files: diff.files.map(({ before, after, time }) => ({ before: before ?? null, after: after ?? null, ...timesOf(time) })),
      functions: diff.functions.map(({ how, before, after, time }) => ({ how, before: functionOf(before), after: functionOf(after), ...timesOf(time) })),
      lines: diff.lines.map(({ how, before, after, time }) => ({ how, before: lineOf(before), after: lineOf(after), ...timesOf(time) })),
    })),
  };
}

const timesOf = (time: { before: number; after: number }): object => ({ nsBefore: time.before, nsAfter: time.after, change: relative(time) ?? null });
const functionOf = (f: FunctionPlace | undefined): object | null => (f ? { name: f.name, linkageName: f.linkageName, file: f.start?.file ?? null, executions: f.executions } : null);
const lineOf = (l: LinePlace | undefined): object | null => (l ? { file: l.file, line: l.line, executions: l.executions } : null);

function runOf({ provenance: p }: Profile): object {
  return {
    program: p.program, programSha256: p.programHash, input: { arguments: p.arguments, stdin: p.stdin }, model: p.model, traceSource: p.traceSource,
    executed: p.executed, skipped: p.skipped, limit: p.limit, whole: p.whole, ended: p.ended, exitStatus: p.exitStatus,
  };
}

/**
 * Names for "did you mean": the shortest that begins with the wanted one, or has it as a part; otherwise the one that the
 * fewest insertions, deletions and replacements turn into it.
 */

/** Fewer characters are a part of too much. */
const PART = 3;

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/** The name next to the wanted one, capitals and small letters alike; undefined without any. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  const lower = wanted.toLowerCase();
  const all = [...names];
  for (const matches of lower.length < PART ? [] : [(name: string) => name.startsWith(lower), (name: string) => name.includes(lower)]) {
    const found = all.filter((name) => matches(name.toLowerCase())).sort((a, b) => a.length - b.length);
    if (found.length) return found[0];
  }
  let best: { name: string; distance: number } | undefined;
  for (const name of all) {
    if (best && Math.abs(name.length - wanted.length) >= best.distance) continue;
    const distance = editDistance(lower, name.toLowerCase());
    if (!best || distance < best.distance) best = { name, distance };
  }
  return best?.name;
}

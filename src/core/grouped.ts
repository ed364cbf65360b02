/** Values by a key, in their order. */
export function grouped<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    const k = key(one);
    const list = found.get(k);
    if (list) list.push(one);
    else found.set(k, [one]);
  }
  return found;
}

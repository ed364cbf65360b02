/** Colours of small to great: viridis, whose lightness rises steadily, so that it can be read without telling its hues apart. */
const ANCHORS = [[68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [109, 205, 89], [180, 222, 44], [253, 231, 37]];
const STEPS = 256;

/** [STEPS], as the bytes of an image lie in memory: alpha, blue, green, red. The smallest is the lightest. */
export const RAMP = Uint32Array.from({ length: STEPS }, (_, i) => {
  const at = (1 - i / (STEPS - 1)) * (ANCHORS.length - 1);
  const [low, part] = [Math.min(ANCHORS.length - 2, Math.floor(at)), at - Math.min(ANCHORS.length - 2, Math.floor(at))];
  const [r, g, b] = [0, 1, 2].map((c) => Math.round(ANCHORS[low]![c]! + part * (ANCHORS[low + 1]![c]! - ANCHORS[low]![c]!))) as [number, number, number];
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
});

export interface Range {
  least: number;
  most: number;
}

export function rangeOf(values: Float64Array): Range {
  let [least, most] = [Infinity, -Infinity];
  for (const v of values) {
    if (v < least) least = v;
    if (v > most && v !== Infinity) most = v;
  }
  return { least, most };
}

/** Fills `pixels`, one a value, by logarithm where all are positive. What is no number stays clear. */
export function shade(values: Float64Array, { least, most }: Range, pixels: Uint32Array): void {
  const isLog = least > 0;
  const of = (v: number): number => (isLog ? Math.log(v / least) : v - least);
  const scale = (STEPS - 1) / (of(most) || 1);
  for (let i = 0; i < values.length; i++) pixels[i] = Number.isFinite(values[i]!) ? RAMP[Math.round(Math.min(STEPS - 1, of(values[i]!) * scale))]! : 0;
}

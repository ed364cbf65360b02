/** Shares of time as steps of heat, the same in heatmap, tree and reports. */

/** Lines below the first are not coloured. */
export const STEPS = [0.01, 0.03, 0.1, 0.2, 0.4] as const;

/** 0: not worth a colour; 1 … 5: how hot */
export function heatOf(share: number): number {
  let step = 0;
  while (step < STEPS.length && share >= STEPS[step]!) step++;
  return step;
}

import { type Confidence, distanceOf, intervalOn, type Level } from "../model/confidence";
import type { Microarchitecture } from "../model/description";

/** How sure the predictions of one profile are. */
export interface Sureness {
  /** of the program to the nearest training run, 0 … 1 */
  distance: number;
  /** why to be careful, in words; undefined for a program like those the model was trained on */
  unlike: string | undefined;
  /** the factors between which true / predicted lies four times of five. @param share of the program's time */
  interval(level: Level, machine: Microarchitecture, share?: number): [low: number, high: number];
}

/** @param representation [d] of the whole program */
export function surenessOf(representation: ArrayLike<number>, confidence: Confidence): Sureness {
  const distance = distanceOf(confidence, representation);
  return {
    distance,
    unlike: distance > confidence.far ? "this program is unlike all that the model was trained on; expect errors of several times the usual" : undefined,
    interval: (level, machine, share) => intervalOn(machine, confidence, distance, level, share),
  };
}

import { type Improvements, improvedMachines } from "../explore/limits";
import type { Confidence } from "../model/confidence";
import type { Microarchitecture } from "../model/description";
import type { Encoder } from "../model/encoder";
import type { Profile } from "./profile";
import { summed } from "./representation";
import { type Sureness, surenessOf } from "./sureness";

/** What is said of a prediction beside its times. */
export interface Beside {
  /** undefined: the model does not know */
  sure: Sureness | undefined;
  /** the machine with one thing made better at a time */
  improvedOf(machine: Microarchitecture): Improvements;
}

export const besideOf = (profile: Profile, { confidence, encoder }: { confidence: Confidence | undefined; encoder: Encoder | undefined }): Beside => ({
  sure: confidence && surenessOf(summed(profile), confidence),
  improvedOf: (machine) => improvedMachines(machine, encoder),
});

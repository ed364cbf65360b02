import { UserError } from "../errors";
import { textsOf } from "../npy";
import { readNpz } from "../npz";

/** What a run cost on many machines (NAME.labels.npz of a data set): M machines, N executed instructions. */
export interface Labels {
  machines: string[];
  /** [M] leading executed instructions that are labelled */
  valid: Uint32Array;
  /** [M * N] cycles between the retirement of the executed instruction before and of this one */
  cycles: Uint16Array;
  /** [M * N] the part of them in which the pipeline refilled after the one before had been mispredicted */
  refill: Uint16Array;
}

/** @param executed what the trace has executed instructions. @throws UserError when it is damaged, or of another trace */
export function readLabels(bytes: Uint8Array, name: string, executed: number): Labels {
  const fail = (cause: string): never => {
    throw new UserError("labels", `${name} has no labels that can be used: ${cause}`);
  };
  const { machine, valid, cycles, refill } = readNpz(bytes, name, ["machine", "valid", "cycles", "refill"], fail);
  if (!machine || !valid || !cycles || !refill) return fail("machine, valid, cycles or refill is missing");
  if (machine.dtype !== "U" || valid.dtype !== "u4" || cycles.dtype !== "u2" || refill.dtype !== "u2") fail("an array is of another type");
  const machines = textsOf(machine);
  const M = machines.length;
  for (const array of [cycles, refill]) {
    if (array.shape[0] !== M || array.shape[1] !== executed) fail(`it labels ${array.shape.join(" x ")} executed instructions, the trace has ${executed} and there are ${M} machines`);
  }
  if (valid.data.length !== M || (valid.data as Uint32Array).some((n) => n > executed)) fail("valid does not fit the trace");
  return { machines, valid: valid.data as Uint32Array, cycles: cycles.data as Uint16Array, refill: refill.data as Uint16Array };
}

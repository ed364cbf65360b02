import { UserError } from "../errors";
import { textsOf } from "../npy";
import { readNpz } from "../npz";

/** What a run cost on many machines (NAME.labels.npz of a data set): M machines, N executed instructions. */
export interface Labels {
  machines: string[];
  /** [M] leading executed instructions that are labelled: up to the first that another stream lacked (docs/gem5.md) */
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
  const { machine, valid, cycles, refill, unlabelled } = readNpz(bytes, name, ["machine", "valid", "cycles", "refill", "unlabelled"], fail);
  if (!machine || !valid || !cycles || !refill) return fail("machine, valid, cycles or refill is missing");
  if (machine.dtype !== "U" || valid.dtype !== "u4" || cycles.dtype !== "u2" || refill.dtype !== "u2") fail("an array is of another type");
  const machines = textsOf(machine);
  const M = machines.length;
  for (const array of [cycles, refill]) {
    if (array.shape[0] !== M || array.shape[1] !== executed) fail(`it labels ${array.shape.join(" x ")} executed instructions, the trace has ${executed} and there are ${M} machines`);
  }
  if (valid.data.length !== M || (valid.data as Uint32Array).some((n) => n > executed)) fail("valid does not fit the trace");
  const width = Math.ceil(executed / 8);
  if (unlabelled && (unlabelled.shape[0] !== M || unlabelled.shape[1] !== width)) fail("unlabelled does not fit the trace");
  const leading = (valid.data as Uint32Array).map((n, m) => {
    const missing = unlabelled?.data.subarray(m * width, (m + 1) * width).findIndex((bits) => bits !== 0) ?? -1;
    return missing < 0 ? n : Math.min(n, 8 * missing + Math.clz32(unlabelled!.data[m * width + missing]!) - 24);
  });
  return { machines, valid: leading, cycles: cycles.data as Uint16Array, refill: refill.data as Uint16Array };
}

/** What is typed into a parameter's field. Touches no document. */
import { checkValue, type Finding, type Value } from "../../src/core/model/derive";
import type { Parameter } from "../../src/core/model/parameters";

interface Typed extends Finding {
  /** null where there is an error */
  value: Value | null;
}

export function typed(text: string, parameter: Parameter): Typed {
  const { path, kind } = parameter;
  const value: Value = kind === "boolean" ? text === "true" : kind === "string" ? text : text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(value)) return { value: null, error: "A number is wanted.", warning: "" };
  const { error, warning } = checkValue(path, value, parameter);
  return { value: error ? null : value, error, warning };
}

/** What the library has: "32 to 320 entries", "1 GHz". */
export function rangeOf({ kind, least, most, unit }: Parameter): string {
  if (kind !== "number") return "";
  return `${least === most ? least : `${least} to ${most}`} ${unit}`.trim();
}

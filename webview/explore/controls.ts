/** Fields of the page. */
import type { Value } from "../../src/core/model/derive";
import { type AxisRange, MOST_STEPS } from "../../src/core/explore/plan";
import type { Parameter, ParameterGroup } from "../../src/core/model/parameters";
import { element, labelled } from "../dom";
import { canVary, wholeRange } from "./state";

export function select(options: readonly (readonly [value: string, text: string])[], value: string, change: (value: string) => void): HTMLSelectElement {
  const control = element("select", {}, ...options.map(([v, text]) => element("option", { value: v, ...(v === value ? { selected: "" } : {}) }, text)));
  control.addEventListener("change", () => change(control.value));
  return control;
}

/** A parameter, its range, and how many values. */
export function axisFields(title: string, axis: AxisRange, parameters: readonly Parameter[], change: (axis: AxisRange) => void): HTMLElement {
  const current = { ...axis };
  const options = parameters.filter(canVary).map((p) => [p.path, p.path] as const);
  const field = (key: "least" | "most" | "steps"): HTMLInputElement => {
    const input = element("input", { type: "number", step: "any", value: String(current[key]), ...(key === "steps" ? { min: "2", max: String(MOST_STEPS), step: "1" } : {}) });
    input.addEventListener("input", () => {
      current[key] = input.value === "" ? NaN : Number(input.value);
      change({ ...current });
    });
    return input;
  };
  const ends = { least: field("least"), most: field("most"), steps: field("steps") };
  const path = select(options, axis.path, (value) => {
    Object.assign(current, wholeRange(parameters.find((p) => p.path === value)!, current.steps || 50));
    for (const key of ["least", "most", "steps"] as const) ends[key].value = String(current[key]);
    change({ ...current });
  });
  return element("fieldset", { class: "axis" }, element("legend", {}, title), labelled("Parameter", path), labelled("From", ends.least, "short"), labelled("To", ends.most, "short"), labelled("Steps", ends.steps, "short"));
}

/** A slider or a choice for every parameter of the others. */
export function otherFields(groups: readonly ParameterGroup[], before: ReadonlyMap<string, Value>, changes: ReadonlyMap<string, Value>, change: (path: string, value: Value) => void): HTMLElement {
  const row = (p: Parameter): HTMLElement => {
    const now = changes.get(p.path) ?? before.get(p.path)!;
    if (p.kind !== "number") {
      const values = p.kind === "boolean" ? [false, true] : p.values;
      return labelled(p.path, select(values.map((v) => [String(v), String(v)] as const), String(now), (text) => change(p.path, p.kind === "boolean" ? text === "true" : text)), "slider");
    }
    const own = before.get(p.path) as number;
    const slider = element("input", { type: "range", min: String(Math.min(p.least, own)), max: String(Math.max(p.most, own)), step: p.whole ? "1" : "0.05", value: String(now) });
    const shown = element("output", {}, `${String(now)} ${p.unit}`);
    slider.addEventListener("input", () => {
      shown.textContent = `${slider.value} ${p.unit}`;
      change(p.path, Number(slider.value));
    });
    const made = labelled(p.path, slider, "slider");
    made.append(shown);
    return made;
  };
  const wanted = (p: Parameter): boolean => (p.kind === "number" ? canVary(p) : p.kind === "boolean" || p.values.length > 1);
  return element("div", { class: "groups" }, ...groups.map((group) => element("fieldset", {}, element("legend", {}, group.name), ...group.parameters.filter(wanted).map(row))));
}

/** What limits the program, function or line on the painted machine: a bar and a sentence for each improvement. */
import { percent } from "../../src/core/format";
import { element } from "../dom";
import type { ComparisonView } from "./protocol";

export function limitsTable({ limits, unlimited, machine }: ComparisonView): HTMLElement[] {
  if (unlimited) return [element("p", { class: "limits" }, unlimited)];
  if (!limits.length) return [];
  const caption = element("caption", {}, "What limits it on ", element("bdi", {}, machine));
  const head = element("tr", {}, ...["Cause", "Goes", "If"].map((label) => element("th", { scope: "col" }, label)));
  const rows = limits.map(({ cause, words, gain }) => {
    const bar = element("span", { class: "gain", "aria-hidden": "true" });
    bar.style.width = `${100 * Math.min(1, gain)}%`;
    return element("tr", {}, element("th", { scope: "row" }, cause), element("td", { class: "share" }, bar, element("span", {}, percent(gain))), element("td", {}, words));
  });
  return [element("table", { class: "limits" }, caption, element("thead", {}, head), element("tbody", {}, ...rows))];
}

/** What limits the program, function or line on the painted machine: a bar and a sentence for each improvement. */
import { percent } from "../../src/core/format";
import { element } from "../dom";
import type { ComparisonView } from "./protocol";

/** Longest bar, in per cent of its cell. */
const LONGEST = 100;

export function limitsTable({ limits, leastGain, machine }: ComparisonView): HTMLElement[] {
  if (!limits.length) return [];
  const told = limits.filter((l) => l.gain >= leastGain);
  const caption = element("caption", {}, "What limits it on ", element("bdi", {}, machine));
  if (!told.length) {
    return [element("p", { class: "limits" }, `No single improvement of ${machine} takes ${percent(leastGain)} of it away: it waits for its own results, or for several things at once.`)];
  }
  const head = element("tr", {}, ...["Cause", "Goes", "If"].map((label) => element("th", { scope: "col" }, label)));
  const rows = told.map(({ cause, words, gain }) => {
    const bar = element("span", { class: "gain", "aria-hidden": "true" });
    bar.style.width = `${Math.min(1, gain) * LONGEST}%`;
    return element("tr", {}, element("th", { scope: "row" }, cause), element("td", { class: "share" }, bar, element("span", {}, percent(gain))), element("td", {}, words));
  });
  return [element("table", { class: "limits" }, caption, element("thead", {}, head), element("tbody", {}, ...rows))];
}

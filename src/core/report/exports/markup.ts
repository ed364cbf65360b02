import { oneLine } from "./text";

/** HTML that is well-formed: only `html` makes it. */
export interface Markup {
  readonly markup: string;
}
type Part = string | number | Markup | readonly Markup[];

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const textOf = (part: Part): string => {
  if (typeof part === "object") return "markup" in part ? part.markup : part.map(textOf).join("");
  return oneLine(String(part)).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
};

/** What stands in a template is text, whatever it holds, unless it was made by this function. */
export const html = (template: TemplateStringsArray, ...parts: Part[]): Markup => ({
  markup: template.reduce((text, fixed, i) => text + textOf(parts[i - 1]!) + fixed),
});

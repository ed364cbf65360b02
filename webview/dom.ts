/** Elements of a page. Names from programs go in as text and as attributes, never as HTML. */

type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes?: Record<string, string>, ...children: Child[]): HTMLElementTagNameMap[K];
export function element(tag: string, attributes?: Record<string, string>, ...children: Child[]): HTMLElement;
export function element(tag: string, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

let controls = 0;

/** A control under its label. */
export function labelled(label: string, control: HTMLElement, className = "named"): HTMLElement {
  control.id ||= `control-${controls++}`;
  return element("div", { class: className }, element("label", { for: control.id }, label), control);
}

/** The head of a column that sorts when it is pressed; undefined: it is not the one that is sorted by. */
export function sortHeader(key: string, label: string, order: "ascending" | "descending" | undefined, isNumber: boolean, sort: () => void, title?: string): HTMLElement {
  const arrow = element("span", { class: "arrow", "aria-hidden": "true" }, order === undefined ? "" : order === "descending" ? "▾" : "▴");
  const button = element("button", { class: "sort", ...(title === undefined ? {} : { title }), "data-focus": `sort ${key}` }, label, arrow);
  button.addEventListener("click", sort);
  return element("th", { scope: "col", ...(isNumber ? { class: "number" } : {}), "aria-sort": order ?? "none" }, button);
}

/** Tells a screen reader, once. */
export function announce(status: HTMLElement, text: string): void {
  if (status.textContent !== text) status.textContent = text;
}

/** VS Code sets the theme's colours on <html> and its kind on <body>. */
export function onTheme(redraw: () => void): void {
  const themes = new MutationObserver(redraw);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  themes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

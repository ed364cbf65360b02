/** Elements of a page. Names from programs go in as text and as attributes, never as HTML. */

export type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes?: Record<string, string>, ...children: Child[]): HTMLElementTagNameMap[K];
export function element(tag: string, attributes?: Record<string, string>, ...children: Child[]): HTMLElement;
export function element(tag: string, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

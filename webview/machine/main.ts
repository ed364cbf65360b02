/** The page of the machine editor: a field for each parameter, checked as one types; the host prices and saves. */
import { duration, signedPercent } from "../../src/core/format";
import type { Value } from "../../src/core/model/derive";
import type { Parameter } from "../../src/core/model/parameters";
import { element, labelled } from "../dom";
import type { MachineView, Price, ToHost, ToPage } from "./protocol";
import { rangeOf, typed } from "./typed";

declare function acquireVsCodeApi(): { postMessage(message: ToHost): void };
const host = acquireVsCodeApi();
const main = document.getElementById("main")!;
const status = document.getElementById("status")!;

/** paths of fields whose text is no value */
const wrong = new Set<string>();
const changed = new Set<string>();

const priced = element("p", { class: "price" });
const problem = element("p", { class: "problem", role: "alert" });
const count = element("p", { class: "count" });
const save = element("button", { class: "action" }, "Save machine");
save.addEventListener("click", () => {
  problem.textContent = "";
  if (wrong.size === 0) return host.postMessage({ type: "save" });
  problem.textContent = `${wrong.size === 1 ? "A value is" : `${wrong.size} values are`} not possible; correct ${wrong.size === 1 ? "it" : "them"} first.`;
  main.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
});

function tell(): void {
  count.textContent = changed.size === 0 ? "Nothing differs yet." : `${changed.size === 1 ? "1 parameter differs" : `${changed.size} parameters differ`}.`;
}

function optionsOf(values: readonly Value[], value: Value): HTMLElement[] {
  return values.map((v) => element("option", { value: String(v), ...(v === value ? { selected: "" } : {}) }, String(v)));
}

/** One parameter: its field, what it was, what is wrong with it. */
function row(parameter: Parameter, before: Value, now: Value): HTMLElement {
  const { path, label, unit, kind } = parameter;
  const ids = { field: `field-${path}`, note: `note-${path}` };
  const field =
    kind === "number"
      ? element("input", { type: "text", inputmode: "decimal", value: String(now), spellcheck: "false", autocomplete: "off" })
      : element("select", {}, ...optionsOf(kind === "boolean" ? [false, true] : parameter.values, now));
  field.id = ids.field;
  field.setAttribute("aria-describedby", ids.note);
  field.title = path;
  const note = element("span", { id: ids.note, class: "note" });
  const back = element("button", { class: "back", type: "button", "aria-label": `${label}: back to ${String(before)}`, title: `Back to ${String(before)}` }, "↺");
  const made = element("div", { class: "row", "data-path": path }, element("label", { for: ids.field }, label), element("span", { class: "value" }, field, back), note);
  const mark = (differs: boolean, error: string, warning: string): void => {
    made.classList.toggle("differs", differs);
    back.hidden = !differs;
    field.setAttribute("aria-invalid", String(error !== ""));
    note.className = error ? "note error" : warning ? "note warning" : "note";
    note.textContent = error || [warning ? "Beyond the library" : "", rangeOf(parameter) || unit, differs ? `was ${String(before)}` : ""].filter(Boolean).join(", ");
    if (error) wrong.add(path);
    else wrong.delete(path);
    if (differs) changed.add(path);
    else changed.delete(path);
    tell();
  };
  const check = (say: boolean): void => {
    const { value, error, warning } = typed(field.value, parameter);
    mark(value !== before, error, warning);
    if (say && value !== null) host.postMessage({ type: "change", path, value: value === before ? null : value });
  };
  field.addEventListener("input", () => check(true));
  back.addEventListener("click", () => {
    field.value = String(before);
    check(true);
    field.focus();
  });
  check(false);
  return made;
}

function show(view: MachineView): void {
  const before = new Map(view.before);
  const changes = new Map(view.changes);
  wrong.clear();
  changed.clear();
  problem.textContent = "";
  const start = element("select", {}, ...view.starts.map(({ name, title }) => element("option", { value: name, title, ...(name === view.start ? { selected: "" } : {}) }, name)));
  start.addEventListener("change", () => host.postMessage({ type: "start", name: start.value }));
  const name = element("input", { type: "text", value: view.name, maxlength: "100", spellcheck: "false", placeholder: "my-machine" });
  const title = element("input", { type: "text", value: view.title, maxlength: "200", placeholder: "What is shown of it" });
  for (const field of [name, title]) field.addEventListener("input", () => host.postMessage({ type: "call", name: name.value, title: title.value }));
  const groups = view.groups.map((group) =>
    element("fieldset", {}, element("legend", {}, group.name), ...group.parameters.map((p) => row(p, before.get(p.path)!, changes.get(p.path) ?? before.get(p.path)!))),
  );
  main.replaceChildren(
    element("h1", {}, view.editing ? `Machine ${view.editing}` : "New machine"),
    element("div", { class: "head" }, labelled("Name", name), labelled("Title", title), labelled("Starts from", start), save),
    problem,
    element("div", { class: "told" }, priced, count),
    element("div", { class: "groups" }, ...groups),
  );
  tell();
}

function showPrice({ program, before, after }: Price): void {
  const text = program
    ? `${duration(after)}, ${after === before ? "as" : `${signedPercent(after / before - 1)} against`} ${duration(before)} on the machine that it starts from`
    : "Predict a program to see here how long it takes on this machine.";
  priced.replaceChildren(...(program ? [element("bdi", {}, program), ": "] : []), text);
  if (document.hasFocus()) status.textContent = program ? `${program}: ${text}` : "";
}

window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
  if (data.type === "show") show(data.view);
  else if (data.type === "price") showPrice(data.price);
  else problem.textContent = data.text;
});
host.postMessage({ type: "ready" });

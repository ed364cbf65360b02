/** A machine that is being made: another one, and what differs. Knows nothing of VS Code. */
import { UserError } from "../core/errors";
import { oneLine } from "../core/format";
import { encodeFrom } from "../core/model/anchor";
import { checkParameters, checkValue, knownParameters, parametersOf, type Value, withParameters } from "../core/model/derive";
import type { Microarchitecture } from "../core/model/description";
import type { Encoder } from "../core/model/encoder";
import { parameterGroups } from "../core/model/parameters";
import { whyNotCalled } from "../engine/own-machines";
import type { MachineView } from "../../webview/machine/protocol";

export interface Draft {
  start: Microarchitecture;
  /** the file of the machine that is edited, and its name; undefined: a new one */
  editing: { name: string; file: string } | undefined;
  name: string;
  title: string;
  changes: ReadonlyMap<string, Value>;
}

/** Machines that have parameters to start from: a fitted one may have none. */
export const canStart = (machine: Microarchitecture): boolean => typeof machine["params"] === "object" && machine["params"] !== null;

/** A new machine that begins as another. @param changes those that do not fit it are left out */
export function draftFrom(start: Microarchitecture, library: readonly Microarchitecture[], changes: Iterable<readonly [string, Value]> = []): Draft {
  return { start, editing: undefined, name: "", title: "", changes: fitting(start, library, changes) };
}

/** A machine that was made before: it starts from what it was made from, or, when that is gone, from itself. */
export function draftOf(machine: Microarchitecture, file: string, machines: readonly Microarchitecture[], library: readonly Microarchitecture[]): Draft {
  const base = machines.find((m) => m.name === machine["base"] && m.core === machine.core && m.name !== machine.name);
  const start = base && canStart(base) ? base : machine;
  return { start, editing: { name: machine.name, file }, name: machine.name, title: machine.title, changes: fitting(start, library, parametersOf(machine)) };
}

function fitting(start: Microarchitecture, library: readonly Microarchitecture[], changes: Iterable<readonly [string, Value]>): Map<string, Value> {
  const known = knownParameters(library, start.core);
  const own = parametersOf(start);
  return new Map([...changes].filter(([path, value]) => known.has(path) && own.has(path) && own.get(path) !== value && !checkValue(path, value, known.get(path)!).error));
}

/** With one value changed, or, for null, as it was at the start. One that does not fit changes nothing: the page says why. */
export function changed(draft: Draft, library: readonly Microarchitecture[], path: string, value: Value | null): Draft {
  const changes = new Map(draft.changes);
  const isAsBefore = value === null || parametersOf(draft.start).get(path) === value;
  if (isAsBefore) changes.delete(path);
  else for (const [fits, its] of fitting(draft.start, library, [[path, value]])) changes.set(fits, its);
  return { ...draft, changes };
}

/** With a vector, named so far as it is. */
export function machineOf(draft: Draft, encoder: Encoder): Microarchitecture {
  const { start, changes } = draft;
  const { origin: _, base: _base, ...machine } = withParameters(start, changes);
  const title = oneLine(draft.title.trim()) || titleOf(draft);
  return { ...machine, name: draft.name, title, base: start.name, origin: "parameters", vector: [...encodeFrom(start, machine as Microarchitecture, encoder)] } as Microarchitecture;
}

function titleOf({ start, changes }: Draft): string {
  const what = [...changes].map(([path, value]) => `${path} ${value}`).join(", ");
  return oneLine(what ? `${start.name} with ${what}` : start.title);
}

/** @throws UserError that says what keeps it from being saved */
export function checkDraft(draft: Draft, library: readonly Microarchitecture[]): void {
  const { name } = draft;
  if (name === "") throw new UserError("uarch", "the machine has no name; give it one");
  if (!/^[\w+-][\w.+-]{0,99}$/.test(name)) throw new UserError("uarch", `"${oneLine(name, 60)}" is no plain word: a name has letters, digits, _ . + and -, and does not begin with a point`);
  const why = whyNotCalled(name, library);
  if (why !== undefined) throw new UserError("uarch", `${why}; choose another name`);
  checkParameters(withParameters(draft.start, draft.changes), library, name);
}

export function viewOf(draft: Draft, machines: readonly Microarchitecture[], library: readonly Microarchitecture[]): MachineView {
  const { start, editing, name, title, changes } = draft;
  return {
    start: start.name,
    starts: machines.filter((m) => canStart(m) && (m.name !== editing?.name || m === start)).map((m) => ({ name: m.name, title: m.title })),
    editing: editing?.name ?? "",
    name,
    title,
    groups: parameterGroups(library, start),
    before: [...parametersOf(start)].filter(([path]) => path !== "core"),
    changes: [...changes],
  };
}

import { countUpTo, Malformed, Reader } from "./bytes";
import { TAG } from "./dwarf-scopes";
import type { Scopes } from "./dwarf-scopes";
import type { Debug } from "./dwarf-sections";
import { AT, readNumber, readText, skipForm } from "./dwarf-units";
import type { Unit } from "./dwarf-units";

/** The names of a function: for people, and for the linker where it has one of its own. */
export interface FunctionName {
  name: string;
  linkageName: string | undefined;
}

export interface Names {
  /** the names of the function that the DIE at this offset is, or is an instance of; undefined when it has none */
  functionName(die: number): FunctionName | undefined;
  /** of the linkage names asked for, those that .debug_info knows, with their display names */
  findLinkageNames(wanted: Set<string>): Map<string, string>;
}

interface Entry {
  tag: number;
  name: string | undefined;
  linkageName: string | undefined;
  /** DW_AT_abstract_origin or DW_AT_specification */
  origin: number | undefined;
}

/** Longest chain concrete instance -> abstract instance -> declaration, with room to spare. */
const MAX_HOPS = 8;
const MAX_PARTS = 100;

export function dwarfNames(debug: Debug, units: Unit[], scopes: Scopes): Names {
  const unitStarts = units.map((u) => u.start);
  const entries = new Map<number, Entry | undefined>();
  const functions = new Map<number, FunctionName | undefined>();

  const entryAt = (offset: number): Entry | undefined => {
    if (!entries.has(offset)) entries.set(offset, undefined);
    else return entries.get(offset);
    const unit = units[countUpTo(unitStarts, offset) - 1];
    if (!unit || offset < unit.root || offset >= unit.end) return undefined;
    try {
      entries.set(offset, readEntry(debug, unit, offset));
    } catch (error) {
      debug.damaged(".debug_info", error);
    }
    return entries.get(offset);
  };

  /** The DIE and what it is an instance or the definition of, in this order. */
  const chain = (offset: number): number[] => {
    const offsets: number[] = [];
    for (let at: number | undefined = offset; at !== undefined && offsets.length < MAX_HOPS; at = entryAt(at)?.origin) offsets.push(at);
    return offsets;
  };
  const parentOf = (offset: number): number => {
    const i = countUpTo(scopes.namedDie, offset) - 1;
    return scopes.namedDie[i] === offset ? scopes.namedParent[i]! : -1;
  };
  /** The name with the namespaces and classes (of the declaration) that it lies in. */
  const qualifiedName = (offset: number): string => {
    const parts: string[] = [];
    for (let at = offset; at >= 0; ) {
      const offsets = chain(at);
      const own = offsets.map(entryAt).find((entry) => entry?.name !== undefined) ?? entryAt(at);
      parts.unshift(own?.name ?? unnamed(own?.tag, parts[0]));
      if (parts.length > MAX_PARTS) throw new Malformed("a name is nested absurdly deep");
      at = parentOf(offsets[offsets.length - 1]!);
    }
    return parts.join("::");
  };
  const functionName = (die: number): FunctionName | undefined => {
    const known = chain(die).map(entryAt);
    if (!known.some((entry) => entry?.name !== undefined)) return undefined;
    return { name: qualifiedName(die), linkageName: known.find((entry) => entry?.linkageName !== undefined)?.linkageName };
  };
  const cachedName = (die: number): FunctionName | undefined => {
    if (!functions.has(die)) {
      functions.set(die, undefined);
      try {
        functions.set(die, functionName(die));
      } catch (error) {
        debug.damaged("names of functions", error);
      }
    }
    return functions.get(die);
  };
  return {
    functionName: cachedName,
    findLinkageNames(wanted) {
      const found = new Map<string, string>();
      for (const die of scopes.namedDie) {
        const linkageName = entryAt(die)?.linkageName;
        if (linkageName === undefined || !wanted.has(linkageName) || found.has(linkageName)) continue;
        const name = cachedName(die)?.name;
        if (name !== undefined) found.set(linkageName, name);
      }
      return found;
    },
  };
}

/** What to call a scope without a name, given the name inside it. */
function unnamed(tag: number | undefined, inside: string | undefined): string {
  if (tag === TAG.namespace) return "(anonymous namespace)";
  return inside?.startsWith("operator()") ? "<lambda>" : "(anonymous class)";
}

function readEntry(debug: Debug, unit: Unit, offset: number): Entry {
  const r = new Reader(debug.section("info"), offset, unit.end);
  const abbreviation = unit.abbreviations.get(r.uleb());
  if (!abbreviation) throw new Malformed(`no entry at 0x${offset.toString(16)}`);
  const entry: Entry = { tag: abbreviation.tag, name: undefined, linkageName: undefined, origin: undefined };
  for (const { at, form, implicit } of abbreviation.attributes) {
    switch (at) {
      case AT.name: entry.name = readText(debug, unit, r, form); break;
      case AT.linkageName: case AT.mipsLinkageName: entry.linkageName = readText(debug, unit, r, form); break;
      case AT.abstractOrigin: case AT.specification: entry.origin = readNumber(debug, unit, r, form, implicit); break;
      default: skipForm(unit, r, form);
    }
  }
  return entry;
}

import { countUpTo, Malformed, Reader } from "./bytes";
import { readRanges } from "./dwarf-ranges";
import type { Debug } from "./dwarf-sections";
import { AT, isAddress, isRangeIndex, readNumber, skipForm } from "./dwarf-units";
import type { Abbreviation, Unit } from "./dwarf-units";

/** DWARF 5, section 7.5.3 "DIE Tags", as far as they matter here. */
export const TAG = {
  classType: 0x02, formalParameter: 0x05, structureType: 0x13, unionType: 0x17, unspecifiedParameters: 0x18, inlinedSubroutine: 0x1d,
  module: 0x1e, subprogram: 0x2e, namespace: 0x39,
} as const;

/** Deeper trees than a compiler makes are damage. */
const MAX_DEPTH = 1000;

/** Functions and the calls inlined into them, as a tree over the addresses. */
export interface Scopes {
  /** start of piece i, sorted, load base included; it extends to the next start */
  pieceStart: Float64Array;
  /** innermost scope of piece i, -1 where there is none */
  pieceScope: Int32Array;
  /** by scope: offset of its DIE */
  die: number[];
  /** by scope: the scope it is inlined into, -1 for a function */
  parent: number[];
  /** by scope: the call that was inlined, as an index into the files of the line rows and a line */
  callFile: number[];
  callLine: number[];
  /** offsets of the DIEs that names are made of (functions, classes, namespaces), ascending, and the DIE each lies in or -1 */
  namedDie: number[];
  namedParent: number[];
}

interface Scan {
  scopes: Scopes;
  low: number[];
  high: number[];
  rangeScope: number[];
}

/**
 * Reads all functions and inlined calls of .debug_info.
 * @param tables by offset of a line table: its file numbers as indices into the files of the line rows
 */
export function readScopes(debug: Debug, units: Unit[], tables: Map<number, Uint32Array>, loadBase: number): Scopes {
  const scan: Scan = {
    scopes: {
      pieceStart: new Float64Array(0), pieceScope: new Int32Array(0), die: [], parent: [], callFile: [], callLine: [],
      namedDie: [], namedParent: [],
    },
    low: [], high: [], rangeScope: [],
  };
  for (const unit of units) {
    try {
      scanUnit(debug, unit, tables.get(unit.stmtList ?? -1), scan);
    } catch (error) {
      debug.damaged(".debug_info", error);
    }
  }
  flatten(scan, loadBase);
  return scan.scopes;
}

function scanUnit(debug: Debug, unit: Unit, files: Uint32Array | undefined, scan: Scan): void {
  const r = new Reader(debug.section("info"), unit.root, unit.end);
  // What encloses the next DIE: the nearest function, class or namespace, and the nearest function or inlined call with code.
  const namedAt = [-1];
  const scopeAt = [-1];
  let depth = 0;
  while (r.pos < unit.end) {
    const offset = r.pos;
    const code = r.uleb();
    if (code === 0) {
      if (--depth <= 0) return;
      continue;
    }
    const abbreviation = unit.abbreviations.get(code);
    if (!abbreviation) throw new Malformed(`no abbreviation ${code} for the entry at 0x${offset.toString(16)}`);
    let named = namedAt[depth]!;
    let scope = scopeAt[depth]!;
    switch (abbreviation.tag) {
      case TAG.subprogram:
      case TAG.inlinedSubroutine: {
        const isFunction = abbreviation.tag === TAG.subprogram;
        if (isFunction) {
          addNamed(scan.scopes, offset, named);
          named = offset;
        }
        scope = readScope(debug, unit, r, abbreviation, offset, isFunction ? -1 : scope, files, scan);
        break;
      }
      case TAG.namespace: case TAG.module: case TAG.classType: case TAG.structureType: case TAG.unionType:
        addNamed(scan.scopes, offset, named);
        named = offset;
        skipAttributes(unit, r, abbreviation);
        break;
      default:
        skipAttributes(unit, r, abbreviation);
    }
    if (abbreviation.children) {
      if (++depth > MAX_DEPTH) throw new Malformed("its entries are nested absurdly deep");
      namedAt[depth] = named;
      scopeAt[depth] = scope;
    } else if (depth === 0) {
      return;
    }
  }
}

function addNamed(scopes: Scopes, offset: number, parent: number): void {
  scopes.namedDie.push(offset);
  scopes.namedParent.push(parent);
}

function skipAttributes(unit: Unit, r: Reader, abbreviation: Abbreviation): void {
  for (const { form } of abbreviation.attributes) skipForm(unit, r, form);
}

/** Reads a function or inlined call. Returns the scope for what is inside: a new one when it has code, else the parent. */
function readScope(
  debug: Debug, unit: Unit, r: Reader, abbreviation: Abbreviation, offset: number, parent: number, files: Uint32Array | undefined,
  scan: Scan,
): number {
  const { scopes } = scan;
  let low: number | undefined;
  let high: number | undefined;
  let highIsAddress = false;
  let ranges: number | undefined;
  let indexed = false;
  let callFile = 0;
  let callLine = 0;
  for (const { at, form, implicit } of abbreviation.attributes) {
    switch (at) {
      case AT.lowPc: low = readNumber(debug, unit, r, form, implicit); break;
      case AT.highPc:
        high = readNumber(debug, unit, r, form, implicit);
        highIsAddress = isAddress(form);
        break;
      case AT.ranges:
        ranges = readNumber(debug, unit, r, form, implicit);
        indexed = isRangeIndex(form);
        break;
      case AT.callFile: callFile = readNumber(debug, unit, r, form, implicit) ?? 0; break;
      case AT.callLine: callLine = readNumber(debug, unit, r, form, implicit) ?? 0; break;
      default: skipForm(unit, r, form);
    }
  }
  const scope = scopes.die.length;
  const before = scan.low.length;
  const add = (from: number, to: number): void => {
    if (to <= from || !debug.isCode(from)) return;
    scan.low.push(from);
    scan.high.push(to);
    scan.rangeScope.push(scope);
  };
  try {
    if (ranges !== undefined) readRanges(debug, unit, ranges, indexed, add);
    else if (low !== undefined && high !== undefined) add(low, highIsAddress ? high : low + high);
  } catch (error) {
    debug.damaged("address ranges", error);
  }
  if (scan.low.length === before) return parent;
  scopes.die.push(offset);
  scopes.parent.push(parent);
  scopes.callFile.push(files?.[callFile] ?? -1);
  scopes.callLine.push(callLine);
  return scope;
}

/** Cuts the nested ranges into pieces that each have one innermost scope. */
function flatten({ scopes, low, high, rangeScope }: Scan, loadBase: number): void {
  const order = Array.from(low, (_, i) => i).sort((a, b) => low[a]! - low[b]! || high[b]! - high[a]! || rangeScope[a]! - rangeScope[b]!);
  const starts: number[] = [];
  const innermost: number[] = [];
  const put = (address: number, scope: number): void => {
    if (starts[starts.length - 1] === address + loadBase) {
      innermost[innermost.length - 1] = scope;
    } else {
      starts.push(address + loadBase);
      innermost.push(scope);
    }
  };
  const openEnd: number[] = [];
  const openScope: number[] = [];
  const closeUpTo = (address: number): void => {
    while (openEnd.length > 0 && openEnd[openEnd.length - 1]! <= address) {
      openScope.pop();
      put(openEnd.pop()!, openScope[openScope.length - 1] ?? -1);
    }
  };
  for (const i of order) {
    closeUpTo(low[i]!);
    openEnd.push(Math.min(high[i]!, openEnd[openEnd.length - 1] ?? Infinity));
    openScope.push(rangeScope[i]!);
    put(low[i]!, rangeScope[i]!);
  }
  closeUpTo(Infinity);
  scopes.pieceStart = Float64Array.from(starts);
  scopes.pieceScope = Int32Array.from(innermost);
}

/** The innermost scope of an address, -1 where there is none. */
export function scopeAt(scopes: Scopes, pc: number): number {
  return scopes.pieceScope[countUpTo(scopes.pieceStart, pc) - 1] ?? -1;
}

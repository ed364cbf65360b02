import { Malformed, Reader } from "./bytes";
import type { Debug } from "./dwarf-sections";

/** DWARF 5, section 7.5.4 "Attribute Encodings". */
export const AT = {
  name: 0x03, stmtList: 0x10, lowPc: 0x11, highPc: 0x12, compDir: 0x1b, abstractOrigin: 0x31, specification: 0x47, ranges: 0x55,
  callFile: 0x58, callLine: 0x59, linkageName: 0x6e, strOffsetsBase: 0x72, addrBase: 0x73, rnglistsBase: 0x74, mipsLinkageName: 0x2007,
  type: 0x49, artificial: 0x34, dwoName: 0x76, gnuDwoName: 0x2130,
} as const;

/** DWARF 5, section 7.5.6 "Form Encodings". */
const FORM = {
  addr: 0x01, block2: 0x03, block4: 0x04, data2: 0x05, data4: 0x06, data8: 0x07, string: 0x08, block: 0x09, block1: 0x0a, data1: 0x0b,
  flag: 0x0c, sdata: 0x0d, strp: 0x0e, udata: 0x0f, refAddr: 0x10, ref1: 0x11, ref2: 0x12, ref4: 0x13, ref8: 0x14, refUdata: 0x15,
  indirect: 0x16, secOffset: 0x17, exprloc: 0x18, flagPresent: 0x19, strx: 0x1a, addrx: 0x1b, refSup4: 0x1c, strpSup: 0x1d, data16: 0x1e,
  lineStrp: 0x1f, refSig8: 0x20, implicitConst: 0x21, loclistx: 0x22, rnglistx: 0x23, refSup8: 0x24, strx1: 0x25, strx2: 0x26,
  strx3: 0x27, strx4: 0x28, addrx1: 0x29, addrx2: 0x2a, addrx3: 0x2b, addrx4: 0x2c,
  gnuAddrIndex: 0x1f01, gnuStrIndex: 0x1f02, gnuRefAlt: 0x1f20, gnuStrpAlt: 0x1f21,
} as const;

export interface Attribute {
  at: number;
  form: number;
  /** the value of DW_FORM_implicit_const */
  implicit: number;
}

export interface Abbreviation {
  tag: number;
  children: boolean;
  attributes: Attribute[];
}

/** What the size and meaning of a form depend on. */
export interface Format {
  /** offset of the header in its section */
  start: number;
  version: number;
  /** 4 or 8: the size of an offset in 32-bit or 64-bit DWARF */
  offsetSize: number;
  addressSize: number;
  strOffsetsBase: number;
  addrBase: number;
}

export interface Unit extends Format {
  /** offsets in .debug_info: of the root DIE, past the last DIE */
  root: number;
  end: number;
  abbreviations: Map<number, Abbreviation>;
  rnglistsBase: number;
  /** base address of range lists: the root's DW_AT_low_pc */
  lowPc: number;
  compDir: string | undefined;
  /** offset of its line table in .debug_line */
  stmtList: number | undefined;
  /** its DIEs are in a .dwo file */
  split: boolean;
}

/** Reads the headers and root DIEs of all units of .debug_info. */
export function readUnits(debug: Debug): Unit[] {
  const info = debug.section("info");
  const units: Unit[] = [];
  const tables = new Map<number, Map<number, Abbreviation>>();
  let next = 0;
  try {
    while (next < info.length) {
      const { reader, start, offsetSize } = unitLength(info, next);
      next = reader.end;
      if (reader.pos === reader.end) continue;
      try {
        const unit = readUnit(debug, reader, start, offsetSize, tables);
        if (unit) units.push(unit);
      } catch (error) {
        debug.damaged(".debug_info", error);
      }
    }
  } catch (error) {
    debug.damaged(".debug_info", error);
  }
  return units;
}

/** Starts on a unit of .debug_info or .debug_line: a reader past its length field that ends with the unit. */
export function unitLength(bytes: Uint8Array, start: number): { reader: Reader; start: number; offsetSize: number } {
  const reader = new Reader(bytes, start);
  const first = reader.u32();
  const offsetSize = first === 0xffff_ffff ? 8 : 4;
  const length = offsetSize === 8 ? reader.u64() : first;
  if (length > bytes.length - reader.pos) throw new Malformed(`the unit at 0x${start.toString(16)} is longer than the section`);
  return { reader: new Reader(bytes, reader.pos, reader.pos + length), start, offsetSize };
}

function readUnit(
  debug: Debug, r: Reader, start: number, offsetSize: number, tables: Map<number, Map<number, Abbreviation>>,
): Unit | undefined {
  const version = r.u16();
  if (version < 2 || version > 5) throw new Malformed(`DWARF version ${version} is not known`);
  const type = version >= 5 ? r.u8() : 1;
  let addressSize = version >= 5 ? r.u8() : 0;
  const abbreviationOffset = r.offset(offsetSize);
  if (version < 5) addressSize = r.u8();
  if (addressSize !== 4 && addressSize !== 8) throw new Malformed(`addresses of ${addressSize} bytes`);
  // DWARF 5, section 7.5.1: skeleton and split units carry an id, type units a signature and an offset.
  if (type === 4 || type === 5) r.skip(8);
  else if (type === 2 || type === 6) r.skip(8 + offsetSize);

  let abbreviations = tables.get(abbreviationOffset);
  if (!abbreviations) {
    abbreviations = readAbbreviations(debug, abbreviationOffset);
    tables.set(abbreviationOffset, abbreviations);
  }
  const unit: Unit = {
    start, root: r.pos, end: r.end, version, offsetSize, addressSize, abbreviations,
    strOffsetsBase: 0, addrBase: 0, rnglistsBase: 0, lowPc: 0, compDir: undefined, stmtList: undefined, split: type === 4,
  };
  const root = r.pos < r.end ? abbreviations.get(r.uleb()) : undefined;
  if (!root) return undefined;
  const at = r.pos;
  // The bases may come after what is read through them.
  for (const { at: name, form, implicit } of root.attributes) {
    if (name === AT.strOffsetsBase) unit.strOffsetsBase = readNumber(debug, unit, r, form, implicit) ?? 0;
    else if (name === AT.addrBase) unit.addrBase = readNumber(debug, unit, r, form, implicit) ?? 0;
    else if (name === AT.rnglistsBase) unit.rnglistsBase = readNumber(debug, unit, r, form, implicit) ?? 0;
    else skipForm(unit, r, form);
  }
  r.pos = at;
  for (const { at: name, form, implicit } of root.attributes) {
    if (name === AT.lowPc) unit.lowPc = readNumber(debug, unit, r, form, implicit) ?? 0;
    else if (name === AT.stmtList) unit.stmtList = readNumber(debug, unit, r, form, implicit);
    else if (name === AT.compDir) unit.compDir = readText(debug, unit, r, form);
    else skipForm(unit, r, form);
    if (name === AT.dwoName || name === AT.gnuDwoName) unit.split = true;
  }
  return unit;
}

function readAbbreviations(debug: Debug, offset: number): Map<number, Abbreviation> {
  debug.spend(1);
  const r = new Reader(debug.section("abbrev"), offset);
  const table = new Map<number, Abbreviation>();
  for (let code = r.uleb(); code !== 0; code = r.uleb()) {
    const tag = r.uleb();
    const children = r.u8() !== 0;
    const attributes: Attribute[] = [];
    for (;;) {
      const at = r.uleb();
      const form = r.uleb();
      const implicit = form === FORM.implicitConst ? r.sleb() : 0;
      if (at === 0 && form === 0) break;
      attributes.push({ at, form, implicit });
    }
    debug.spend(attributes.length + 1);
    table.set(code, { tag, children, attributes });
  }
  return table;
}

/** Whether DW_AT_high_pc of this form is an address rather than a length. */
export function isAddress(form: number): boolean {
  return form === FORM.addr || form === FORM.addrx || (form >= FORM.addrx1 && form <= FORM.addrx4) || form === FORM.gnuAddrIndex;
}

/** Whether a DW_AT_ranges value is an index into the offsets of .debug_rnglists. */
export function isRangeIndex(form: number): boolean {
  return form === FORM.rnglistx;
}

/**
 * An attribute as a number: a constant, an address, a section offset, or a reference as an offset in .debug_info.
 * Undefined for what is no number, or lies in another file or type unit.
 */
export function readNumber(debug: Debug, unit: Format, r: Reader, form: number, implicit: number): number | undefined {
  switch (form) {
    case FORM.addr: return r.offset(unit.addressSize);
    case FORM.addrx: case FORM.gnuAddrIndex: return indexedAddress(debug, unit, r.uleb());
    case FORM.addrx1: return indexedAddress(debug, unit, r.u8());
    case FORM.addrx2: return indexedAddress(debug, unit, r.u16());
    case FORM.addrx3: return indexedAddress(debug, unit, r.u24());
    case FORM.addrx4: return indexedAddress(debug, unit, r.u32());
    case FORM.data1: case FORM.flag: return r.u8();
    case FORM.data2: return r.u16();
    case FORM.data4: return r.u32();
    case FORM.data8: return r.u64();
    case FORM.udata: case FORM.rnglistx: return r.uleb();
    case FORM.sdata: return r.sleb();
    case FORM.implicitConst: return implicit;
    case FORM.flagPresent: return 1;
    case FORM.secOffset: return r.offset(unit.offsetSize);
    case FORM.ref1: return unit.start + r.u8();
    case FORM.ref2: return unit.start + r.u16();
    case FORM.ref4: return unit.start + r.u32();
    case FORM.ref8: return unit.start + r.u64();
    case FORM.refUdata: return unit.start + r.uleb();
    case FORM.refAddr: return r.offset(unit.version === 2 ? unit.addressSize : unit.offsetSize);
    case FORM.indirect: return readNumber(debug, unit, r, directForm(r), 0);
    default:
      skipForm(unit, r, form);
      return undefined;
  }
}

/** An attribute as text, undefined for what is none or lies in another file. */
export function readText(debug: Debug, unit: Format, r: Reader, form: number): string | undefined {
  switch (form) {
    case FORM.string: {
      const text = r.string();
      debug.spend(text.length);
      return text;
    }
    case FORM.strp: return debug.string("str", r.offset(unit.offsetSize));
    case FORM.lineStrp: return debug.string("line_str", r.offset(unit.offsetSize));
    case FORM.strx: case FORM.gnuStrIndex: return indexedString(debug, unit, r.uleb());
    case FORM.strx1: return indexedString(debug, unit, r.u8());
    case FORM.strx2: return indexedString(debug, unit, r.u16());
    case FORM.strx3: return indexedString(debug, unit, r.u24());
    case FORM.strx4: return indexedString(debug, unit, r.u32());
    case FORM.indirect: return readText(debug, unit, r, directForm(r));
    default:
      skipForm(unit, r, form);
      return undefined;
  }
}

/** The address with this index in .debug_addr. */
export function indexedAddress(debug: Debug, unit: Format, index: number): number {
  return new Reader(debug.section("addr"), unit.addrBase + index * unit.addressSize).offset(unit.addressSize);
}

function indexedString(debug: Debug, unit: Format, index: number): string {
  const at = unit.strOffsetsBase + index * unit.offsetSize;
  return debug.string("str", new Reader(debug.section("str_offsets"), at).offset(unit.offsetSize));
}

function directForm(r: Reader): number {
  const form = r.uleb();
  if (form === FORM.indirect || form === FORM.implicitConst) throw new Malformed("an indirect form names no form");
  return form;
}

/** Bytes of a form when that does not depend on its content, else -1. */
function fixedSize(form: number, unit: Format): number {
  switch (form) {
    case FORM.flagPresent: case FORM.implicitConst: return 0;
    case FORM.data1: case FORM.flag: case FORM.ref1: case FORM.strx1: case FORM.addrx1: return 1;
    case FORM.data2: case FORM.ref2: case FORM.strx2: case FORM.addrx2: return 2;
    case FORM.strx3: case FORM.addrx3: return 3;
    case FORM.data4: case FORM.ref4: case FORM.strx4: case FORM.addrx4: case FORM.refSup4: return 4;
    case FORM.data8: case FORM.ref8: case FORM.refSig8: case FORM.refSup8: return 8;
    case FORM.data16: return 16;
    case FORM.addr: return unit.addressSize;
    case FORM.refAddr: return unit.version === 2 ? unit.addressSize : unit.offsetSize;
    case FORM.strp: case FORM.lineStrp: case FORM.secOffset: case FORM.strpSup: case FORM.gnuRefAlt: case FORM.gnuStrpAlt:
      return unit.offsetSize;
    default: return -1;
  }
}

export function skipForm(unit: Format, r: Reader, form: number): void {
  const size = fixedSize(form, unit);
  if (size >= 0) {
    r.skip(size);
    return;
  }
  switch (form) {
    case FORM.udata: case FORM.sdata: case FORM.refUdata: case FORM.strx: case FORM.addrx: case FORM.loclistx: case FORM.rnglistx:
    case FORM.gnuAddrIndex: case FORM.gnuStrIndex:
      r.skipLeb();
      return;
    case FORM.string: r.skipString(); return;
    case FORM.block: case FORM.exprloc: r.skip(r.uleb()); return;
    case FORM.block1: r.skip(r.u8()); return;
    case FORM.block2: r.skip(r.u16()); return;
    case FORM.block4: r.skip(r.u32()); return;
    case FORM.indirect: skipForm(unit, r, directForm(r)); return;
    default: throw new Malformed(`attribute form 0x${form.toString(16)} is not known`);
  }
}

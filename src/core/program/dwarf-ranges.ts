import { Malformed, Reader } from "./bytes";
import type { Debug } from "./dwarf-sections";
import { indexedAddress } from "./dwarf-units";
import type { Unit } from "./dwarf-units";

/** Takes one range of link-time addresses, [low, high). */
export type RangeSink = (low: number, high: number) => void;

/** The ranges of a DW_AT_ranges attribute; `indexed` says that it is an index (DW_FORM_rnglistx). */
export function readRanges(debug: Debug, unit: Unit, value: number, indexed: boolean, sink: RangeSink): void {
  if (unit.version < 5) {
    readRanges4(debug, unit, value, sink);
    return;
  }
  let offset = value;
  if (indexed) {
    const at = unit.rnglistsBase + value * unit.offsetSize;
    offset = unit.rnglistsBase + new Reader(debug.section("rnglists"), at).offset(unit.offsetSize);
  }
  readRanges5(debug, unit, offset, sink);
}

/** DWARF 4, section 2.17.3. */
function readRanges4(debug: Debug, unit: Unit, offset: number, sink: RangeSink): void {
  const r = new Reader(debug.section("ranges"), offset);
  const selection = unit.addressSize === 8 ? 2 ** 64 : 2 ** 32 - 1;
  let base = unit.lowPc;
  for (;;) {
    debug.spend(1);
    const low = r.offset(unit.addressSize);
    const high = r.offset(unit.addressSize);
    if (low === 0 && high === 0) return;
    if (low === selection) base = high;
    else sink(base + low, base + high);
  }
}

/** DWARF 5, sections 2.17.3 and 7.25. */
function readRanges5(debug: Debug, unit: Unit, offset: number, sink: RangeSink): void {
  const r = new Reader(debug.section("rnglists"), offset);
  let base = unit.lowPc;
  for (;;) {
    debug.spend(1);
    const kind = r.u8();
    switch (kind) {
      case 0: return;
      case 1: base = indexedAddress(debug, unit, r.uleb()); break;
      case 2: {
        const low = indexedAddress(debug, unit, r.uleb());
        sink(low, indexedAddress(debug, unit, r.uleb()));
        break;
      }
      case 3: {
        const low = indexedAddress(debug, unit, r.uleb());
        sink(low, low + r.uleb());
        break;
      }
      case 4: {
        const low = base + r.uleb();
        sink(low, base + r.uleb());
        break;
      }
      case 5: base = r.offset(unit.addressSize); break;
      case 6: {
        const low = r.offset(unit.addressSize);
        sink(low, r.offset(unit.addressSize));
        break;
      }
      case 7: {
        const low = r.offset(unit.addressSize);
        sink(low, low + r.uleb());
        break;
      }
      default: throw new Malformed(`range list entry of kind ${kind} is not known`);
    }
  }
}

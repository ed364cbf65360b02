import { countUpTo, Malformed, Reader } from "./bytes";
import { sectionBytes, SHF_EXECINSTR } from "./elf";
import type { Elf } from "./elf";

/** The debug sections of a program, what bounds the work on them, and where warnings go. */
export interface Debug {
  /** content of `.debug_<name>`, empty when absent or unreadable (which is a warning) */
  section(name: string): Uint8Array;
  /** the zero-terminated string at an offset of `.debug_<name>` */
  string(name: string, offset: number): string;
  /** whether a link-time address lies in executable code; discarded functions keep their debug information at 0, 1 or -1 */
  isCode(address: number): boolean;
  /** Counts work; damaged sections can refer to the same long list or string over and over. */
  spend(amount: number): void;
  /** One warning for each kind of damage. */
  damaged(what: string, error: unknown): void;
}

export function debugSections(elf: Elf, warnings: string[]): Debug {
  const contents = new Map<string, Uint8Array>();
  const strings = new Map<string, Map<number, string>>();
  const reported = new Set<string>();
  const code = elf.sections.filter((s) => (s.flags & SHF_EXECINSTR) !== 0).sort((a, b) => a.address - b.address);
  const codeStarts = Float64Array.from(code, (s) => s.address);
  let budget = 2 ** 22;

  const damaged = (what: string, error: unknown): void => {
    if (!(error instanceof Malformed)) throw error;
    if (reported.has(what)) return;
    reported.add(what);
    warnings.push(`debug information is damaged or not understood (${what}: ${error.message}); some lines or functions may be missing`);
  };
  const section = (name: string): Uint8Array => {
    let bytes = contents.get(name);
    if (!bytes) {
      bytes = new Uint8Array(0);
      const found = elf.sections.find((s) => s.name === `.debug_${name}`);
      try {
        if (found) bytes = sectionBytes(elf, found);
      } catch (error) {
        damaged(found!.name, error);
      }
      contents.set(name, bytes);
      // A sound program needs far less than this many steps for each byte.
      budget += bytes.length * 8;
    }
    return bytes;
  };
  const spend = (amount: number): void => {
    budget -= amount;
    if (budget < 0) throw new Malformed("it refers to the same data absurdly often");
  };
  return {
    section,
    spend,
    damaged,
    string(name, offset) {
      let known = strings.get(name);
      if (!known) strings.set(name, (known = new Map()));
      let text = known.get(offset);
      if (text === undefined) {
        spend(1);
        text = new Reader(section(name), offset).string();
        spend(text.length);
        known.set(offset, text);
      }
      return text;
    },
    isCode(address) {
      const section = code[countUpTo(codeStarts, address) - 1];
      return section !== undefined && address < section.address + section.size;
    },
  };
}

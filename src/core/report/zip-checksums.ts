import { type Unzipped } from "fflate";

/** Signatures and offsets of the zip format (PKWARE APPNOTE 6.3.10, sections 4.3.12 and 4.3.16). */
const END = { signature: 0x06054b50, size: 22, entries: 10, directory: 16 } as const;
const ENTRY = { signature: 0x02014b50, size: 46, crc: 16, nameLength: 28, extraLength: 30, commentLength: 32 } as const;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * fflate unzips without looking at the checksums: this looks, for a zip as fflate writes it (no comment, no zip64).
 * @returns the name of the first entry whose content is not what was written, or "its directory"; undefined: all is sound
 */
export function damagedEntry(zip: Uint8Array, entries: Unzipped): string | undefined {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - END.size;
  if (end < 0 || view.getUint32(end, true) !== END.signature) return "its directory";
  let at = view.getUint32(end + END.directory, true);
  for (let left = view.getUint16(end + END.entries, true); left > 0; left--) {
    if (at + ENTRY.size > end || view.getUint32(at, true) !== ENTRY.signature) return "its directory";
    const nameLength = view.getUint16(at + ENTRY.nameLength, true);
    const name = new TextDecoder().decode(zip.subarray(at + ENTRY.size, at + ENTRY.size + nameLength));
    const content = entries[name];
    if (content && crc32(content) !== view.getUint32(at + ENTRY.crc, true)) return name;
    at += ENTRY.size + nameLength + view.getUint16(at + ENTRY.extraLength, true) + view.getUint16(at + ENTRY.commentLength, true);
  }
  return undefined;
}

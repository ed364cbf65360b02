/** NumPy's .npy format, version 1.0 (numpy.lib.format). */

/** The header of a C-ordered float32 array [rows, columns]; always 128 bytes, so that it can be written again when rows are known. */
export function npyHeader(rows: number, columns: number): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117) + "\n";
  const bytes = new Uint8Array(128);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}

import { UserError } from "./errors";

/** numpy's .npy format (numpy.lib.format, versions 1 and 2): little-endian arrays in C order. */

export type NpyData = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export interface Npy {
  /** `u8` and `i8` (64 bits) come as pairs of 32-bit words, the low one first */
  data: NpyData;
  shape: number[];
  /** numpy's name without the byte order: u1, i1, u2, i2, u4, i4, u8, i8, f4, f8, b1; U: texts, whose code points are the data */
  dtype: string;
}

const ARRAYS = {
  u1: Uint8Array, b1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array,
  u8: Uint32Array, i8: Uint32Array, U: Uint32Array, f4: Float32Array, f8: Float64Array,
} as const;
const MAGIC = "\x93NUMPY";

/** The bytes that precede an array of `dtype` (numpy's name: "<f4") in C order; a multiple of 64. */
export function npyHeader(shape: readonly number[], dtype: string): Uint8Array {
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  const length = Math.ceil((11 + text.length) / 64) * 64;
  const header = `${MAGIC}\x01\x00${String.fromCharCode((length - 10) & 0xff, (length - 10) >> 8)}${text.padEnd(length - 11)}\n`;
  return Uint8Array.from(header, (c) => c.charCodeAt(0));
}

/** A whole .npy file. */
export function npyFile(data: NpyData | BigUint64Array, shape: readonly number[], dtype: string): Uint8Array {
  const header = npyHeader(shape, dtype);
  const bytes = new Uint8Array(header.length + data.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return bytes;
}

/** A .npy file of texts (numpy's U: UTF-32, padded with zeros). */
export function npyTexts(texts: readonly string[]): Uint8Array {
  const characters = texts.map((text) => Array.from(text, (c) => c.codePointAt(0)!));
  const width = Math.max(1, ...characters.map((c) => c.length));
  const data = new Uint32Array(texts.length * width);
  characters.forEach((text, i) => data.set(text, i * width));
  return npyFile(data, [texts.length], `<U${width}`);
}

/** The texts of an array of type U, without the zeros that pad them. */
export function textsOf({ data, shape }: Npy): string[] {
  const count = shape[0] ?? 1;
  const width = data.length / count;
  return Array.from({ length: count }, (_, i) => {
    const points = Array.from(data.subarray(i * width, (i + 1) * width) as Uint32Array).filter((c) => c > 0 && c <= 0x10ffff);
    return String.fromCodePoint(...points);
  });
}

/** @throws UserError naming `name` when it is no such array or is cut off */
export function parseNpy(bytes: Uint8Array, name: string): Npy {
  const fail = (cause: string): never => {
    throw new UserError("npy", `${name} is not a numpy array that can be read: ${cause}`);
  };
  const latin = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || latin(0, 6) !== MAGIC) fail("it does not begin like one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (end > bytes.length || end - start > 4096) fail("its header is cut off or too long");
  const header = latin(start, end);
  const descr = /'descr': *'([<|=])?([uifb][1248]|U(\d{1,4}))'/.exec(header);
  const shape = /'shape': *\(([0-9, ]*)\)/.exec(header);
  const order = /'fortran_order': *(True|False)/.exec(header);
  if (!descr || !shape || !order) return fail(`header ${JSON.stringify(header.trim().slice(0, 100))}`);
  const characters = descr[3] === undefined ? 1 : Number(descr[3]);
  const dtype = descr[3] === undefined ? descr[2]! : "U";
  const type = ARRAYS[dtype as keyof typeof ARRAYS];
  if (!type) fail(`type ${dtype}`);
  const sizes = shape[1]!.split(",").flatMap((n) => (n.trim() ? [Number(n)] : []));
  if (order[1] === "True" && sizes.length > 1) fail("it is in Fortran order");
  if (!sizes.every(Number.isSafeInteger)) fail(`shape (${shape[1]})`);
  const length = sizes.reduce((a, b) => a * b, 1) * (dtype === "U" ? 4 * characters : Number(dtype[1]));
  if (bytes.length - end < length) fail(`it has ${bytes.length - end} bytes of data, its shape needs ${length}`);
  // A copy where the data are not aligned: typed arrays have to be.
  const offset = bytes.byteOffset + end;
  const aligned = offset % type.BYTES_PER_ELEMENT === 0;
  const data = aligned
    ? new type(bytes.buffer as ArrayBuffer, offset, length / type.BYTES_PER_ELEMENT)
    : new type(bytes.slice(end, end + length).buffer as ArrayBuffer);
  return { data, shape: sizes, dtype };
}

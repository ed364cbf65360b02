import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/core/errors";
import { readElf } from "../../src/core/program/elf";
import { readProgram } from "../../src/core/program/program";

interface Header {
  type?: number;
  flags?: number;
  offset?: number;
  address?: number;
  fileSize?: number;
  memorySize?: number;
}

const CODE = 0x1000;

/** A little ELF64 for RISC-V: headers, then 16 bytes of code at CODE. */
function tiny(change: { type?: number; machine?: number; entry?: number; headers?: Header[] } = {}): Uint8Array {
  const headers = change.headers ?? [{}];
  const bytes = new Uint8Array(64 + headers.length * 56 + 16);
  const view = new DataView(bytes.buffer);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, change.type ?? 2, true);
  view.setUint16(18, change.machine ?? 243, true);
  u64(24, change.entry ?? CODE);
  u64(32, 64);
  view.setUint16(54, 56, true);
  view.setUint16(56, headers.length, true);
  headers.forEach((header, i) => {
    const at = 64 + i * 56;
    view.setUint32(at, header.type ?? 1, true);
    view.setUint32(at + 4, header.flags ?? 5, true);
    u64(at + 8, header.offset ?? 0);
    u64(at + 16, header.address ?? CODE);
    u64(at + 32, header.fileSize ?? bytes.length);
    u64(at + 40, header.memorySize ?? bytes.length + 32);
  });
  return bytes;
}

function patched(offset: number, ...values: number[]): Uint8Array {
  const bytes = tiny();
  bytes.set(values, offset);
  return bytes;
}

function assertRefused(bytes: Uint8Array, cause: RegExp): void {
  assert.throws(
    () => readElf(bytes, "some/file"),
    (error) => error instanceof UserError && error.code === "elf" && error.message.startsWith("some/file: ") && cause.test(error.message),
    `expected ${cause}`,
  );
}

test("a program without sections is read: segments, entry, program headers", () => {
  const bytes = tiny();
  const program = readProgram(bytes, "tiny");
  assert.equal(program.entry, CODE);
  assert.equal(program.loadBase, 0);
  assert.equal(program.pie, false);
  assert.deepEqual(program.programHeaders, { address: CODE + 64, entrySize: 56, count: 1 });
  const { fileBytes, ...segment } = program.segments[0]!;
  assert.deepEqual(segment, { address: CODE, memorySize: bytes.length + 32, readable: true, writable: false, executable: true });
  assert.equal(fileBytes.buffer, bytes.buffer, "a view, not a copy");
  assert.equal(program.hasSymbols, false);
  assert.equal(program.isaAttributes, undefined);
  assert.deepEqual(program.warnings, ["stripped: neither lines nor functions are known, only addresses"]);
  assert.deepEqual(program.frames(CODE), [{ functionName: "0x1000", linkageName: "0x1000", home: undefined, file: undefined, line: undefined }]);
});

test("a static-PIE program is given a load base in every address", () => {
  const program = readProgram(tiny({ type: 3 }), "pie");
  assert.equal(program.loadBase, 0x400_0000);
  assert.equal(program.entry, 0x400_0000 + CODE);
  assert.equal(program.segments[0]!.address, 0x400_0000 + CODE);
  assert.equal(program.programHeaders.address, 0x400_0000 + CODE + 64);
});

test("segments come sorted by address", () => {
  const program = readProgram(tiny({ headers: [{ address: 0x9000, flags: 6, fileSize: 8, memorySize: 64 }, {}] }), "two");
  assert.deepEqual(program.segments.map((s) => [s.address, s.writable, s.executable]), [[CODE, false, true], [0x9000, true, false]]);
});

test("files of another kind are refused by name and cause", () => {
  assertRefused(new Uint8Array(0), /empty/);
  assertRefused(new TextEncoder().encode("int main() {}"), /not an ELF/);
  assertRefused(patched(4, 1), /32-bit/);
  assertRefused(patched(5, 2), /big-endian/);
  assertRefused(tiny({ machine: 62 }), /x86-64/);
  assertRefused(tiny({ machine: 183 }), /AArch64/);
  assertRefused(tiny({ machine: 999 }), /machine 999/);
  assertRefused(tiny({ type: 1 }), /relocatable object/);
  assertRefused(tiny({ type: 4 }), /core file/);
  assertRefused(tiny({ type: 9 }), /unknown ELF type 9/);
});

test("programs that need a dynamic linker are refused with the way out", () => {
  assertRefused(tiny({ type: 3, headers: [{}, { type: 3 }] }), /-static/);
  const needed = tiny({ type: 3, headers: [{}, { type: 2, offset: 64 + 2 * 56, fileSize: 16 }] });
  needed[64 + 2 * 56] = 1;
  assertRefused(needed, /shared library/);
});

test("truncated and absurd headers are refused", () => {
  for (let length = 1; length < 64 + 56 + 16; length++) {
    assertRefused(tiny().subarray(0, length), length < 4 ? /not an ELF/ : /truncated/);
  }
  assertRefused(patched(54, 32), /program headers of 32 bytes/);
  assertRefused(patched(56, 0), /no program headers/);
  assertRefused(patched(40, 0xff, 0xff, 0xff), /section headers of 0 bytes/);
  assertRefused(tiny({ headers: [{ type: 4 }] }), /no loadable segment/);
  assertRefused(tiny({ headers: [{ fileSize: 64, memorySize: 8 }] }), /larger in the file/);
  assertRefused(tiny({ headers: [{}, { address: CODE + 8 }] }), /overlaps/);
  assertRefused(tiny({ headers: [{ memorySize: 2 ** 30 + 1 }] }), /1 GiB/);
  assertRefused(tiny({ headers: [{ memorySize: 2 ** 29 }, { address: 2 ** 32, memorySize: 2 ** 29 + 1 }] }), /1 GiB/);
  assertRefused(tiny({ headers: [{ address: 2 ** 53 }] }), /2\^53/);
  assertRefused(tiny({ entry: 0 }), /entry point 0x0/);
});

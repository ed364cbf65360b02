import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { disassemble } from "../../src/core/program/disassemble";

/** Checked once with binutils 2.40: encoding, text at pc 0x10400. */
const KNOWN: [number, string][] = [
  [0x00000013, "nop"], [0x8082, "ret"], [0x1141, "addi sp,sp,-16"], [0xe406, "sd ra,8(sp)"], [0x4501, "li a0,0"], [0x852e, "mv a0,a1"],
  [0x02a58533, "mul a0,a1,a0"], [0x02b7f7d3, "fadd.d fa5,fa5,fa1"], [0x72e7f7c3, "fmadd.d fa5,fa5,fa4,fa4"], [0xc2051553, "fcvt.w.d a0,fa0,rtz"],
  [0x22a50553, "fmv.d fa0,fa0"], [0x00b50463, "beq a0,a1,0x10408"], [0xfe0518e3, "bnez a0,0x103f0"], [0x00000517, "auipc a0,0x0"],
  [0x100525af, "lr.w a1,(a0)"], [0x1ac5362f, "sc.d.rl a2,a2,(a0)"], [0x04c5a6af, "amoadd.w.aq a3,a2,(a1)"],
  [0x0ff0000f, "fence"], [0x0310000f, "fence rw,w"], [0x00102573, "frflags a0"], [0x20b52533, "sh1add a0,a0,a1"], [0xffffffff, ".4byte 0xffffffff"],
  [0x0000, "unimp"], [0x9002, "ebreak"], [0x9512, "add a0,a0,tp"], [0x2505, "addiw a0,a0,1"], [0x0808, "addi a0,sp,16"],
];

test("instructions read as objdump prints them", () => {
  for (const [encoding, text] of KNOWN) assert.equal(disassemble(encoding, 0x10400), text, encoding.toString(16));
});

/** Every operation once, for the assembler; registers vary. */
const ASSEMBLY = `
  lr.d.aqrl a0,(a1)
  amomaxu.d a0,a2,(a1)
  amoxor.w.aqrl a0,a2,(a1)
  csrr a0,0x345
  csrwi fcsr,3
  fsrmi a0,2
  fence r,rw
  fence.i
  fence.tso
  pause
  slli.uw a0,a1,7
  zext.w a0,a1
  zext.h a0,a1
  rev8 a0,a1
  orc.b a0,a1
  rori a0,a1,63
  roriw a0,a1,31
  bseti a0,a1,40
  bext a0,a1,a2
  sext.b a0,a1
  cpopw a0,a1
  maxu a0,a1,a2
  andn a0,a1,a2
  fcvt.lu.s a0,fa1,rdn
  fcvt.s.lu fa1,a0
  fcvt.d.wu fa1,a0
  fcvt.s.d fa1,fa2
  fnmsub.s fa0,fa1,fa2,fa3,rup
  fsqrt.d fa0,fa1
  fclass.d a0,fa1
  fmv.x.w a0,fa1
  fneg.s fa0,fa1
  fabs.d fa0,fa1
  fsgnjx.d fa0,fa1,fa2
  fle.s a0,fa1,fa2
  jalr 12(a5)
  jalr t0,8(a5)
  jr 4(a5)
  bgtz a0,.
  bltz a0,.
  blez a0,.
  sgtz a0,a1
  sltz a0,a1
  negw a0,a1
  not a0,a1
  zext.b a0,a1
  seqz a0,a1
  sext.w a3,a4
  lui a0,0xfffff
  c.lui a0,0xfffff
  c.addi16sp sp,-512
  c.srai a0,40
  c.subw a0,a1
  c.fsdsp fa0,504(sp)
  c.lwsp a0,252(sp)
  c.j .-100
  c.bnez a0,.+200
  remuw a0,a1,a2
  sraiw a0,a1,31
  srai a0,a1,63
  lwu a0,-2048(a1)
  ecall
`;

/** The manual's names: objdump drops the i of and, or, shifts … with an immediate. */
const withImmediate = (text: string): string =>
  text.replace(/^(add|and|or|xor|sll|srl|sra|slt|ror|bclr|bext|binv|bset)(w?) (\w+,\w+,(?:-?\d|0x))/, "$1i$2 $3").replace(/^(csrw|csrs|csrc) (\w+,\d)/, "$1i $2");

const normal = (text: string): string =>
  withImmediate(text.replace(/\s*[#<].*$/, "").trim().replace(/\s+/g, " ").replace(/^((?:b(?:eq|ne|lt|ge|gt|le)[uz]?|j|jal) (?:[a-z]\w*,)*)([0-9a-f]+)$/, "$10x$2"));

function compare(file: string): number {
  const listing = execFileSync("riscv64-linux-gnu-objdump", ["-d", file], { encoding: "utf8", maxBuffer: 2 ** 28 });
  let count = 0;
  for (const [, pc, bytes, text] of listing.matchAll(/^\s*([0-9a-f]+):\t([0-9a-f]{4}|[0-9a-f]{8})\s+\t?(.*)$/gm)) {
    assert.equal(disassemble(parseInt(bytes!, 16), parseInt(pc!, 16)), normal(text!), `${pc}: ${bytes}`);
    count++;
  }
  return count;
}

const missing = spawnSync("riscv64-linux-gnu-objdump", ["--version"]).error ? "riscv64-linux-gnu-objdump is not installed" : false;

test("every instruction of a program, and every operation, as objdump has it", { skip: missing }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "perfvec-dis-"));
  try {
    writeFileSync(path.join(folder, "all.s"), ASSEMBLY);
    const object = path.join(folder, "all.o");
    execFileSync("riscv64-linux-gnu-gcc", ["-march=rv64gc_zba_zbb_zbs_zihintpause", "-c", path.join(folder, "all.s"), "-o", object]);
    assert.ok(compare(object) > 50);
    assert.ok(compare("examples/prebuilt/matmul_naive.elf") > 1000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

import { expand } from "./expand";

/**
 * Text of one instruction of RV64GC, Zba, Zbb or Zbs, as `objdump -d` prints it (except that andi, slli … keep their i): with the manual's aliases, compressed
 * instructions as what they stand for, and targets as addresses.
 *
 * A line of the table is a name, operands, the bits that must match and which bits those are. The first line that matches
 * holds, so aliases come before what they are an alias of. Letters of operands: d s t rd, rs1, rs2; D S T R floating point;
 * j 12-bit immediate, o load address, q store address, 0 address without offset, p branch target, a jump target,
 * u upper immediate, > 6-bit and < 5-bit shift amount, m rounding mode unless dynamic, E csr, Z 5-bit immediate,
 * P Q what a fence orders.
 */
const INTEGER = `
nop - 00000013 ffffffff
li d,j 00000013 000ff07f
mv d,s 00000013 fff0707f
addi d,s,j 00000013 0000707f
seqz d,s 00103013 fff0707f
sltiu d,s,j 00003013 0000707f
slti d,s,j 00002013 0000707f
not d,s fff04013 fff0707f
xori d,s,j 00004013 0000707f
ori d,s,j 00006013 0000707f
zext.b d,s 0ff07013 fff0707f
andi d,s,j 00007013 0000707f
sext.w d,s 0000001b fff0707f
addiw d,s,j 0000001b 0000707f
lui d,u 00000037 0000007f
auipc d,u 00000017 0000007f
ret - 00008067 ffffffff
jr s 00000067 fff07fff
jr o 00000067 00007fff
jalr s 000000e7 fff07fff
jalr o 000000e7 00007fff
jalr d,o 00000067 0000707f
j a 0000006f 00000fff
jal a 000000ef 00000fff
jal d,a 0000006f 0000007f
beqz s,p 00000063 01f0707f
beq s,t,p 00000063 0000707f
bnez s,p 00001063 01f0707f
bne s,t,p 00001063 0000707f
bltz s,p 00004063 01f0707f
bgtz t,p 00004063 000ff07f
blt s,t,p 00004063 0000707f
bgez s,p 00005063 01f0707f
blez t,p 00005063 000ff07f
bge s,t,p 00005063 0000707f
bltu s,t,p 00006063 0000707f
bgeu s,t,p 00007063 0000707f
lb d,o 00000003 0000707f
lh d,o 00001003 0000707f
lw d,o 00002003 0000707f
ld d,o 00003003 0000707f
lbu d,o 00004003 0000707f
lhu d,o 00005003 0000707f
lwu d,o 00006003 0000707f
sb t,q 00000023 0000707f
sh t,q 00001023 0000707f
sw t,q 00002023 0000707f
sd t,q 00003023 0000707f
slli d,s,> 00001013 fc00707f
srli d,s,> 00005013 fc00707f
srai d,s,> 40005013 fc00707f
slliw d,s,< 0000101b fe00707f
srliw d,s,< 0000501b fe00707f
sraiw d,s,< 4000501b fe00707f
add d,s,t 00000033 fe00707f
neg d,t 40000033 fe0ff07f
sub d,s,t 40000033 fe00707f
sll d,s,t 00001033 fe00707f
sltz d,s 00002033 fff0707f
sgtz d,t 00002033 fe0ff07f
slt d,s,t 00002033 fe00707f
snez d,t 00003033 fe0ff07f
sltu d,s,t 00003033 fe00707f
xor d,s,t 00004033 fe00707f
srl d,s,t 00005033 fe00707f
sra d,s,t 40005033 fe00707f
or d,s,t 00006033 fe00707f
and d,s,t 00007033 fe00707f
addw d,s,t 0000003b fe00707f
negw d,t 4000003b fe0ff07f
subw d,s,t 4000003b fe00707f
sllw d,s,t 0000103b fe00707f
srlw d,s,t 0000503b fe00707f
sraw d,s,t 4000503b fe00707f
mul d,s,t 02000033 fe00707f
mulh d,s,t 02001033 fe00707f
mulhsu d,s,t 02002033 fe00707f
mulhu d,s,t 02003033 fe00707f
div d,s,t 02004033 fe00707f
divu d,s,t 02005033 fe00707f
rem d,s,t 02006033 fe00707f
remu d,s,t 02007033 fe00707f
mulw d,s,t 0200003b fe00707f
divw d,s,t 0200403b fe00707f
divuw d,s,t 0200503b fe00707f
remw d,s,t 0200603b fe00707f
remuw d,s,t 0200703b fe00707f
ecall - 00000073 ffffffff
ebreak - 00100073 ffffffff
unimp - c0001073 ffffffff
fence.i - 0000100f ffffffff
pause - 0100000f ffffffff
fence.tso - 8330000f fff0707f
fence - 0ff0000f ffffffff
fence P,Q 0000000f f00fffff
`;

const SYSTEM = `
rdcycle d c0002073 fffff07f
rdtime d c0102073 fffff07f
rdinstret d c0202073 fffff07f
frflags d 00102073 fffff07f
frrm d 00202073 fffff07f
frcsr d 00302073 fffff07f
fsflags s 00101073 fff07fff
fsflags d,s 00101073 fff0707f
fsrm s 00201073 fff07fff
fsrm d,s 00201073 fff0707f
fscsr s 00301073 fff07fff
fscsr d,s 00301073 fff0707f
fsflagsi Z 00105073 fff07fff
fsflagsi d,Z 00105073 fff0707f
fsrmi Z 00205073 fff07fff
fsrmi d,Z 00205073 fff0707f
csrr d,E 00002073 000ff07f
csrw E,s 00001073 00007fff
csrs E,s 00002073 00007fff
csrc E,s 00003073 00007fff
csrwi E,Z 00005073 00007fff
csrsi E,Z 00006073 00007fff
csrci E,Z 00007073 00007fff
csrrw d,E,s 00001073 0000707f
csrrs d,E,s 00002073 0000707f
csrrc d,E,s 00003073 0000707f
csrrwi d,E,Z 00005073 0000707f
csrrsi d,E,Z 00006073 0000707f
csrrci d,E,Z 00007073 0000707f
`;

/** Zba, Zbb, Zbs. */
const BITS = `
zext.w d,s 0800003b fff0707f
add.uw d,s,t 0800003b fe00707f
sh1add d,s,t 20002033 fe00707f
sh2add d,s,t 20004033 fe00707f
sh3add d,s,t 20006033 fe00707f
sh1add.uw d,s,t 2000203b fe00707f
sh2add.uw d,s,t 2000403b fe00707f
sh3add.uw d,s,t 2000603b fe00707f
slli.uw d,s,> 0800101b fc00707f
andn d,s,t 40007033 fe00707f
orn d,s,t 40006033 fe00707f
xnor d,s,t 40004033 fe00707f
clz d,s 60001013 fff0707f
ctz d,s 60101013 fff0707f
cpop d,s 60201013 fff0707f
clzw d,s 6000101b fff0707f
ctzw d,s 6010101b fff0707f
cpopw d,s 6020101b fff0707f
max d,s,t 0a006033 fe00707f
maxu d,s,t 0a007033 fe00707f
min d,s,t 0a004033 fe00707f
minu d,s,t 0a005033 fe00707f
sext.b d,s 60401013 fff0707f
sext.h d,s 60501013 fff0707f
zext.h d,s 0800403b fff0707f
rol d,s,t 60001033 fe00707f
rolw d,s,t 6000103b fe00707f
ror d,s,t 60005033 fe00707f
rorw d,s,t 6000503b fe00707f
rori d,s,> 60005013 fc00707f
roriw d,s,< 6000501b fe00707f
orc.b d,s 28705013 fff0707f
rev8 d,s 6b805013 fff0707f
bclr d,s,t 48001033 fe00707f
bclri d,s,> 48001013 fc00707f
bext d,s,t 48005033 fe00707f
bexti d,s,> 48005013 fc00707f
binv d,s,t 68001033 fe00707f
binvi d,s,> 68001013 fc00707f
bset d,s,t 28001033 fe00707f
bseti d,s,> 28001013 fc00707f
`;

/** Once for each precision: F is the letter, the bits are those of single precision. */
const FLOAT = `
fmadd.F D,S,T,Rm 00000043 0600007f
fmsub.F D,S,T,Rm 00000047 0600007f
fnmsub.F D,S,T,Rm 0000004b 0600007f
fnmadd.F D,S,T,Rm 0000004f 0600007f
fadd.F D,S,Tm 00000053 fe00007f
fsub.F D,S,Tm 08000053 fe00007f
fmul.F D,S,Tm 10000053 fe00007f
fdiv.F D,S,Tm 18000053 fe00007f
fsqrt.F D,Sm 58000053 fff0007f
fsgnj.F D,S,T 20000053 fe00707f
fsgnjn.F D,S,T 20001053 fe00707f
fsgnjx.F D,S,T 20002053 fe00707f
fmin.F D,S,T 28000053 fe00707f
fmax.F D,S,T 28001053 fe00707f
feq.F d,S,T a0002053 fe00707f
flt.F d,S,T a0001053 fe00707f
fle.F d,S,T a0000053 fe00707f
fclass.F d,S e0001053 fff0707f
fcvt.w.F d,Sm c0000053 fff0007f
fcvt.wu.F d,Sm c0100053 fff0007f
fcvt.l.F d,Sm c0200053 fff0007f
fcvt.lu.F d,Sm c0300053 fff0007f
fcvt.F.l D,sm d0200053 fff0007f
fcvt.F.lu D,sm d0300053 fff0007f
`;

const FLOAT_MORE = `
flw D,o 00002007 0000707f
fld D,o 00003007 0000707f
fsw T,q 00002027 0000707f
fsd T,q 00003027 0000707f
fcvt.s.w D,sm d0000053 fff0007f
fcvt.s.wu D,sm d0100053 fff0007f
fcvt.d.w D,s d2000053 fff0707f
fcvt.d.wu D,s d2100053 fff0707f
fcvt.s.d D,Sm 40100053 fff0007f
fcvt.d.s D,S 42000053 fff0707f
fmv.x.w d,S e0000053 fff0707f
fmv.w.x D,s f0000053 fff0707f
fmv.x.d d,S e2000053 fff0707f
fmv.d.x D,s f2000053 fff0707f
`;

const AMO: [string, number][] = [
  ["amoadd", 0], ["amoswap", 1], ["amoxor", 4], ["amoor", 8], ["amoand", 12], ["amomin", 16], ["amomax", 20], ["amominu", 24], ["amomaxu", 28],
];
const ORDERS = ["", ".rl", ".aq", ".aqrl"];

interface Line {
  name: string;
  operands: string;
  match: number;
  mask: number;
}

function readTable(text: string): Line[] {
  return text.trim().split("\n").map((line) => {
    const [name, operands, match, mask] = line.split(" ") as [string, string, string, string];
    return { name, operands: operands === "-" ? "" : operands, match: parseInt(match, 16), mask: parseInt(mask, 16) };
  });
}

/** fsgnj and its kin with one source are moves (ISA manual, section on single-precision computational instructions). */
const FLOAT_ALIASES: Record<string, string> = { fsgnj: "fmv", fsgnjn: "fneg", fsgnjx: "fabs" };

function atomics(): Line[] {
  const lines: Line[] = [];
  for (const [width, suffix] of [[2, "w"], [3, "d"]] as const) {
    ORDERS.forEach((order, bits) => {
      const line = (name: string, operands: string, code: number, mask: number): void =>
        void lines.push({ name: `${name}.${suffix}${order}`, operands, match: (((code << 27) | (bits << 25) | (width << 12) | 0x2f) >>> 0), mask });
      line("lr", "d,0", 2, 0xfff0707f);
      line("sc", "d,t,0", 3, 0xfe00707f);
      for (const [name, code] of AMO) line(name, "d,t,0", code, 0xfe00707f);
    });
  }
  return lines;
}

function floats(): Line[] {
  return ["s", "d"].flatMap((letter, precision) =>
    readTable(FLOAT).map((line) => ({ ...line, name: line.name.replace("F", letter), match: (line.match | (precision << 25)) >>> 0 })),
  );
}

/** By major opcode, so that few lines are tried. */
const TABLE = new Map<number, Line[]>();
for (const line of [...readTable(INTEGER + SYSTEM.trimStart() + BITS.trimStart() + FLOAT_MORE.trimStart()), ...floats(), ...atomics()]) {
  const lines = TABLE.get(line.match & 0x7f);
  if (lines) lines.push(line);
  else TABLE.set(line.match & 0x7f, [line]);
}

const X = "zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6".split(" ");
const F = "ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11".split(" ");
const ROUNDING = ["rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown"];
const CSR: Record<number, string> = { 1: "fflags", 2: "frm", 3: "fcsr", 0xc00: "cycle", 0xc01: "time", 0xc02: "instret" };

const hex = (n: number): string => `0x${n.toString(16)}`;
const ordered = (bits: number): string => [..."iorw"].filter((_, i) => bits & (8 >> i)).join("") || "unknown";

/** One operand; `w` as a signed number, so that >> copies the sign. */
function operand(letter: string, w: number, pc: number): string {
  const rd = (w >>> 7) & 31;
  const rs1 = (w >>> 15) & 31;
  const rs2 = (w >>> 20) & 31;
  switch (letter) {
    case "d": return X[rd]!;
    case "s": return X[rs1]!;
    case "t": return X[rs2]!;
    case "D": return F[rd]!;
    case "S": return F[rs1]!;
    case "T": return F[rs2]!;
    case "R": return F[w >>> 27]!;
    case "j": return String(w >> 20);
    case "o": return `${w >> 20}(${X[rs1]})`;
    case "q": return `${((w >> 25) << 5) | rd}(${X[rs1]})`;
    case "0": return `(${X[rs1]})`;
    case "p": return hex(pc + (((w >> 31) << 12) | ((w & 0x80) << 4) | ((w >>> 20) & 0x7e0) | ((w >>> 7) & 0x1e)));
    case "a": return hex(pc + (((w >> 31) << 20) | (w & 0xff000) | ((w >>> 9) & 0x800) | ((w >>> 20) & 0x7fe)));
    case "u": return hex(w >>> 12);
    case ">": return hex((w >>> 20) & 63);
    case "<": return hex(rs2);
    case "E": return CSR[w >>> 20] ?? hex(w >>> 20);
    case "Z": return String(rs1);
    case "P": return ordered((w >>> 24) & 15);
    case "Q": return ordered((w >>> 20) & 15);
    default: throw new Error(`no operand ${letter}`);
  }
}

/** @param encoding 16 or 32 bits, unsigned: 16 when the low two bits are not 3 */
export function disassemble(encoding: number, pc: number): string {
  const isShort = (encoding & 3) !== 3;
  const word = isShort ? expand(encoding) : encoding;
  const line = TABLE.get(word & 0x7f)?.find(({ match, mask }) => ((word & mask) >>> 0) === match);
  if (!line) return `${isShort ? ".2byte" : ".4byte"} ${hex(encoding)}`;
  let { name, operands } = line;
  const alias = FLOAT_ALIASES[name.split(".")[0]!];
  if (alias !== undefined && ((word >>> 15) & 31) === ((word >>> 20) & 31)) [name, operands] = [name.replace(/^\w+/, alias), "D,S"];
  const rounding = operands.endsWith("m") && ((word >>> 12) & 7) !== 7 ? `,${ROUNDING[(word >>> 12) & 7]}` : "";
  const letters = operands.replace("m", "").split(",").filter(Boolean);
  return letters.length ? `${name} ${letters.map((letter) => operand(letter, word | 0, pc)).join(",")}${rounding}` : name;
}

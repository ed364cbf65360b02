/* Every integer instruction with corner operands: M, A, Zba, Zbb, Zbs, shifts, comparisons, W forms. Prints a hash a group. */
#include <stdint.h>
#include <stdio.h>
static uint64_t h;
static void mix(uint64_t v) { h = (h ^ v) * 0x100000001b3u; h ^= h >> 29; }
static const uint64_t V[] = {0, 1, 2, 3, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
  0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffff80000000, 0xfffffffffffffffe, 0xffffffffffffffff, 0x00ff00ff00ff00ff};
#define N (sizeof V / sizeof *V)
#define RR(op) do { h = 0; for (unsigned i = 0; i < N; i++) for (unsigned j = 0; j < N; j++) { uint64_t r; \
  asm volatile(op " %0, %1, %2" : "=r"(r) : "r"(V[i]), "r"(V[j])); mix(r); } printf("%s %016lx\n", op, h); } while (0)
#define R(op) do { h = 0; for (unsigned i = 0; i < N; i++) { uint64_t r; asm volatile(op " %0, %1" : "=r"(r) : "r"(V[i])); mix(r); } printf("%s %016lx\n", op, h); } while (0)
#define RI(op, imm) do { h = 0; for (unsigned i = 0; i < N; i++) { uint64_t r; asm volatile(op " %0, %1, " #imm : "=r"(r) : "r"(V[i])); mix(r); } printf("%s " #imm " %016lx\n", op, h); } while (0)
#define AMO(op, T) do { h = 0; for (unsigned i = 0; i < N; i++) for (unsigned j = 0; j < N; j++) { T m[2] = {(T)V[i], 7}; uint64_t r; \
  asm volatile(op " %0, %2, (%1)" : "=&r"(r) : "r"(m), "r"(V[j]) : "memory"); mix(r); mix((uint64_t)m[0]); mix((uint64_t)m[1]); } printf("%s %016lx\n", op, h); } while (0)
int main(void) {
  RR("add"); RR("sub"); RR("sll"); RR("slt"); RR("sltu"); RR("xor"); RR("srl"); RR("sra"); RR("or"); RR("and");
  RR("addw"); RR("subw"); RR("sllw"); RR("srlw"); RR("sraw");
  RR("mul"); RR("mulh"); RR("mulhsu"); RR("mulhu"); RR("div"); RR("divu"); RR("rem"); RR("remu");
  RR("mulw"); RR("divw"); RR("divuw"); RR("remw"); RR("remuw");
  RI("addi", -2048); RI("addi", 2047); RI("slti", -1); RI("sltiu", -1); RI("sltiu", 1); RI("xori", -1); RI("ori", 1365); RI("andi", -256);
  RI("slli", 0); RI("slli", 33); RI("slli", 63); RI("srli", 1); RI("srli", 63); RI("srai", 1); RI("srai", 63);
  RI("addiw", -1); RI("addiw", 2047); RI("slliw", 31); RI("srliw", 1); RI("sraiw", 31);
  RR("sh1add"); RR("sh2add"); RR("sh3add"); RR("add.uw"); RR("sh1add.uw"); RR("sh2add.uw"); RR("sh3add.uw"); RI("slli.uw", 5); RI("slli.uw", 40);
  RR("andn"); RR("orn"); RR("xnor"); RR("max"); RR("maxu"); RR("min"); RR("minu"); RR("rol"); RR("ror"); RR("rolw"); RR("rorw");
  RI("rori", 1); RI("rori", 63); RI("roriw", 31);
  R("clz"); R("ctz"); R("cpop"); R("clzw"); R("cpopw"); R("sext.b"); R("sext.h"); R("zext.h"); R("orc.b"); R("rev8");
  RR("bclr"); RR("bext"); RR("binv"); RR("bset"); RI("bclri", 63); RI("bexti", 31); RI("binvi", 32); RI("bseti", 63);
  AMO("amoswap.w", int32_t); AMO("amoadd.w.aqrl", int32_t); AMO("amoxor.w", int32_t); AMO("amoand.w.aq", int32_t); AMO("amoor.w.rl", int32_t);
  AMO("amomin.w", int32_t); AMO("amomax.w", int32_t); AMO("amominu.w", int32_t); AMO("amomaxu.w", int32_t);
  AMO("amoswap.d", int64_t); AMO("amoadd.d", int64_t); AMO("amoxor.d", int64_t); AMO("amoand.d", int64_t); AMO("amoor.d", int64_t);
  AMO("amomin.d", int64_t); AMO("amomax.d", int64_t); AMO("amominu.d", int64_t); AMO("amomaxu.d", int64_t);
  /* ctzw with a bit set in the low word: qemu 7.2 counts on into the high one, the manual says 32. */
  h = 0;
  for (unsigned i = 0; i < N; i++) {
    uint64_t r;
    asm volatile("ctzw %0, %1" : "=r"(r) : "r"(V[i] | 0x40000000));
    mix(r);
  }
  printf("ctzw %016lx\n", h);
  /* LR and SC: an SC without a reservation fails, one with it succeeds once. */
  uint64_t cell = 5, a, b, c, d;
  asm volatile("sc.d %0, %4, (%5)\n lr.d %1, (%5)\n sc.d %2, %4, (%5)\n sc.d %3, %4, (%5)" : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d) : "r"(9ul), "r"(&cell) : "memory");
  printf("lrsc %lu %lu %lu %lu %lu\n", a != 0, b, c, d != 0, cell);
  /* Misaligned accesses, across pages too. */
  static unsigned char page[3 * 4096] __attribute__((aligned(4096)));
  h = 0;
  for (int o = 4080; o < 4104; o++) {
    for (unsigned i = 0; i < sizeof page; i++) page[i] = i * 7;
    asm volatile("sd %0, (%1)" ::"r"(0x1122334455667788ul), "r"(page + o) : "memory");
    uint64_t w, x, y;
    asm volatile("ld %0, 1(%3)\n lw %1, 2(%3)\n lhu %2, 3(%3)" : "=&r"(w), "=&r"(x), "=&r"(y) : "r"(page + o) : "memory");
    mix(w), mix(x), mix(y);
    for (int k = -9; k < 18; k++) mix(page[o + k]);
  }
  printf("misaligned %016lx\n", h);
  return 0;
}

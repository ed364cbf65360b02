/**
 * What gem5 24.0's system-call emulation of RV64 does otherwise than Linux, in one place. An instruction stream can only equal
 * gem5's when the program is started and answered alike. Named are the files of gem5's source.
 */
export const GEM5 = {
  /** src/arch/riscv/process.cc: the last byte of the stack, and where mmap starts (it grows upwards: process.hh) */
  stackBase: 0x7fff_ffff_ffff_ffffn,
  mmapBase: 0x4000_0000_0000_0000n,
  /** src/sim/Process.py */
  pid: 100,
  parent: 0,
  user: 100,
  /** src/arch/riscv/linux/se_workload.cc, src/sim/Process.py */
  names: { sysname: "Linux", nodename: "sim.gem5.org", release: "5.1.0", version: "#1 Mon Aug 18 11:32:15 EDT 2003", machine: "riscv64" },
  /** src/sim/syscall_emul.hh, copyOutStatBuf */
  blockSize: 0x2000,
  /** src/sim/syscall_emul.hh, prlimitFunc */
  dataLimit: 256 * 1024 * 1024,
  /**
   * Files behind descriptors 0 to 2. fstatat with an empty path looks these names up (atSyscallPath), so that of stdin and stderr
   * fails with ENOENT unless stdin was a file; stdout is what our recorded runs had.
   */
  standardPaths: ["cin", "/dev/null", "cerr"],
} as const;

/** Calls that gem5 answers with 0 and otherwise ignores (ignoreFunc and ignoreWarnOnceFunc in se_workload.cc). */
export const GEM5_IGNORED = new Set([
  99, 100, 101, 124, 133, 134, 135, 136, 137, 138, 139, 146, 164, 226, 227, 228, 229, 230, 231, 232, 233, 235,
]);

/** Numbers below 1024 that gem5's table has a function for; at any other one gem5 stops with a fatal error. */
export const GEM5_KNOWN = new Set([
  ...GEM5_IGNORED,
  17, 23, 25, 29, 33, 34, 35, 38, 43, 44, 45, 46, 47, 48, 49, 52, 55, 56, 57, 59, 61, 62, 63, 64, 66, 67, 68, 78, 79, 80, 93, 94, 96, 98,
  113, 114, 123, 131, 153, 154, 160, 163, 165, 166, 168, 169, 172, 173, 174, 175, 176, 177, 178, 179, 198, 199, 200, 201, 202, 203, 204,
  205, 206, 207, 208, 209, 210, 211, 212, 214, 215, 216, 220, 221, 222, 260, 261, 278,
]);

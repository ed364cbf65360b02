/** npm run bench: the engine's speeds on this machine, beside qemu's, on one ELF in one run. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { readProgram } from "../src/core/program/program";
import { createEmulator } from "../src/core/trace/emulator";
import { createInstructionModel } from "../src/core/model/instruction-model";
import { parseMachines, parseModelDescription } from "../src/core/model/description";
import { latencies, type Profile } from "../src/core/profile/profile";
import { instantiate, u32 } from "../src/core/wasm";
import { loadRuntime } from "../src/engine/onnx";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-bench-"));
const elf = path.join(folder, "bench");
const source = path.join(folder, "bench.c");
const { writeFileSync } = await import("node:fs");
writeFileSync(
  source,
  `#include <stdio.h>
static unsigned a[1 << 16];
int main(int argc, char **argv) {
  unsigned long s = 0; unsigned x = 1; int rounds = argc > 1 ? 4 : 100;
  for (int k = 0; k < rounds; k++) for (int i = 0; i < 1 << 16; i++) {
    x ^= x << 13; x ^= x >> 17; x ^= x << 5; a[i] += x;
    if (a[i] & 4) s += a[(x >> 5) & 65535]; else s ^= i;
  }
  printf("%lu\\n", s); return 0; }`,
);
if (spawnSync("riscv64-linux-gnu-gcc", ["-O2", "-static", "-o", elf, source]).status !== 0) throw new Error("the benchmark needs riscv64-linux-gnu-gcc");

const module = new WebAssembly.Module(new Uint8Array(readFileSync("dist/emulator.wasm")));
const program = readProgram(readFileSync(elf), elf);

function seconds(act: () => void): number {
  const start = process.hrtime.bigint();
  act();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** M executed instructions a second, the best of `runs`. */
function emulate(args: string[], features?: "perfvec" | "model", runs = 3): { speed: number; executed: number } {
  let best = 0;
  let executed = 0;
  for (let r = 0; r < runs; r++) {
    const exports = instantiate(module);
    const emulator = createEmulator(exports, program, {
      arguments: ["bench", ...args], environment: [], streams: { read: () => new Uint8Array(0), stdout: () => {}, stderr: () => {} },
      host: undefined, directory: "/", executable: "/bench", personality: "linux", memoryLimit: 2 ** 30, describe: () => "",
    });
    const time = seconds(() => {
      while (!emulator.step(features !== undefined, 1e7)) {
        if (features === "perfvec") exports.perfvecFeatures(0, u32(exports.rows), true);
        if (features === "model") exports.modelFeatures(0, u32(exports.rows), true);
        if (features) exports.clearRows();
      }
    });
    executed = emulator.machine.instructions();
    best = Math.max(best, executed / time / 1e6);
  }
  return { speed: best, executed };
}

function qemu(...args: string[]): number | undefined {
  let best = Infinity;
  for (let r = 0; r < 3; r++) {
    const time = seconds(() => spawnSync("qemu-riscv64", args, { stdio: ["ignore", "ignore", "ignore"] }));
    best = Math.min(best, time);
  }
  return best;
}

const line = (what: string, figure: string): void => console.log(`${what.padEnd(58)} ${figure}`);
const alone = emulate([]);
line("emulator alone", `${alone.speed.toFixed(0)} M instructions/s`);
line("emulator, PerfVec's 51 features", `${emulate([], "perfvec", 1).speed.toFixed(1)} M instructions/s`);
line("emulator, our model's features (48 toy machines)", `${emulate([], "model", 1).speed.toFixed(1)} M instructions/s`);
const small = emulate(["small"]).executed;
if (spawnSync("qemu-riscv64", ["--version"]).error) line("qemu-riscv64", "not installed");
else {
  line("qemu-riscv64", `${(alone.executed / qemu(elf)! / 1e6).toFixed(0)} M instructions/s`);
  line("qemu-riscv64 -singlestep -d exec,cpu,nochain", `${(small / qemu("-singlestep", "-d", "exec,cpu,nochain", "-D", "/dev/null", elf, "small")! / 1e6).toFixed(2)} M instructions/s`);
}

const description = parseModelDescription(readFileSync("models/model.json", "utf8"), "models/model.json");
const machines = parseMachines(readFileSync("models/machines.json", "utf8"), "models/machines.json", description.dimensions);
for (const [kind, rows] of [["native", 400_000], ["wasm", 60_000]] as const) {
  const runtime = await loadRuntime(kind, 2);
  const model = await createInstructionModel(description, readFileSync("models/instruction.onnx"), "models/instruction.onnx", runtime, () => {});
  const features = Float32Array.from({ length: rows * description.inputs }, (_, i) => (i % 97) / 97);
  await model.push(features, new Uint32Array(rows), 8192);
  const start = process.hrtime.bigint();
  await model.push(features, new Uint32Array(rows), rows);
  await model.finish();
  line(`model, ${runtime.name}`, `${(rows / (Number(process.hrtime.bigint() - start) / 1e6)).toFixed(0)} k executed instructions/s`);
}

if (existsSync("/usr/bin/time")) {
  const { stderr } = spawnSync("/usr/bin/time", ["-v", process.execPath, "dist/cli.js", "predict", elf, "--limit", "5M"], { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  const elapsed = /Elapsed.*: (.*)/.exec(stderr)?.[1];
  const memory = Number(/Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1]) / 1024;
  line("whole prediction, 5 M executed instructions", `${elapsed} (m:ss), ${memory.toFixed(0)} MiB at most`);
}

const n = 10_000;
const profile = { dimensions: description.dimensions, pcs: new Float64Array(n), sums: new Float32Array(n * description.dimensions).fill(1) } as Profile;
const times = machines.slice(0, 30).map((m) => seconds(() => latencies(profile, m)) * 1000).sort((a, b) => a - b);
line("change of machine, 10,000 instructions", `${times[15]!.toFixed(2)} ms (median of 30)`);
rmSync(folder, { recursive: true, force: true });

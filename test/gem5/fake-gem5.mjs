#!/usr/bin/env node
// A stand-in for gem5: answers gem5/probe.py, and for gem5/machine.py replays a recorded run, with the timing, progress and
// failures of a real one. What it does is said by FAKE_GEM5, words separated by blanks:
//   stock      it is not PerfVec's fork: the trace is what --debug-flags asks for (otherwise the fork's files)
//   x86        it was built without RISC-V      silent   it says nothing of itself      deaf   it never ends
//   fails      it writes half a trace and then ends as gem5 does at a panic             slow   it takes a minute
//   notrace    it ends well without a trace     diverges the run of an O3 core leaves out ten instructions
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "fixtures", "gem5");
const is = (word) => (process.env.FAKE_GEM5 ?? "").split(" ").includes(word);
const say = (text) => process.stdout.write(`${text}\n`);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const option = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const outdir = option("outdir");
const script = process.argv.findIndex((word) => word.endsWith(".py"));
say("gem5 Simulator System.  https://www.gem5.org\ngem5 is copyrighted software; use the --copyright option for details.\n");
if (script < 0 || !outdir) {
  process.stderr.write("Usage: gem5.opt [gem5 options] script.py [script options]\n");
  process.exit(2);
}
mkdirSync(outdir, { recursive: true });

if (process.argv[script].endsWith("probe.py")) {
  if (is("deaf")) await wait(300_000);
  if (!is("silent")) say(`perfvec-gem5: ${JSON.stringify({ version: "24.0.0.0", fork: !is("stock"), cores: is("x86") ? [] : ["o3", "minor", "atomic"], tracing: true })}`);
  process.exit(0);
}

const machineFile = process.argv[process.argv.indexOf("--machine") + 1];
const { core } = JSON.parse(readFileSync(machineFile, "utf8"));
const trace = { o3: "riscv-o3-fork", minor: "riscv-minor-fork" }[core];
const read = (name) => gunzipSync(readFileSync(path.join(fixtures, trace, `${name}.gz`)));
say("Global frequency set at 1000000000000 ticks per second");
process.stderr.write("warn: No dot file generated. Please install pydot to generate the dot file and pdf.\n");
say("**** REAL SIMULATION ****");
for (let i = 1; i <= (is("slow") ? 600 : 2); i++) {
  say(`perfvec-gem5: progress ${i * 1000} ${i * 1_000_000_000}`);
  await wait(is("slow") ? 100 : 20);
}
if (is("fails")) {
  writeFileSync("trace.txt", read("trace.txt").subarray(0, 100_000));
  process.stderr.write("build/RISCV/cpu/o3/lsq_unit.cc:1: panic: panic condition occurred: it was made to fail\nProgram aborted at tick 12345\n");
  process.kill(process.pid, "SIGABRT");
  await wait(5000);
}
if (is("stock")) {
  const flags = option("debug-flags");
  if (flags) copyFileSync(path.join(fixtures, flags.includes("O3PipeView") ? "riscv-o3-pipeview/pipe-exec.txt.gz" : "riscv-atomic-exec/exec.txt.gz"), path.join(outdir, option("debug-file")));
} else if (!is("notrace")) {
  let lines = read("trace.txt");
  if (is("diverges") && core === "o3") {
    const all = lines.toString().split("\n");
    // Ten in a row that are no stores, whose second halves stand elsewhere.
    const at = all.findIndex((_, i) => i > 5000 && all.slice(i, i + 10).every((line) => line.split(" ").length > 20));
    all.splice(at, 10);
    lines = all.join("\n");
  }
  writeFileSync("trace.txt", lines);
  writeFileSync("sq.trace.txt", read("sq.trace.txt"));
}
const end = { instructions: 16342, ticks: core === "o3" ? 30_422_096 : 78_633_964, cause: "exiting with last active thread context", code: 0 };
say(`perfvec-gem5: ${JSON.stringify(end)}`);

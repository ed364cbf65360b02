// npm run demo: from a fresh clone to predicted latency on every line of an example.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { root, setup } from "./setup.mjs";

const compiler = setup();
if (!compiler) console.log("no RISC-V cross compiler here and none could be installed: the example ELF that ships compiled is used\n");
const example = compiler ? "examples/matmul_naive.c" : "examples/prebuilt/matmul_naive.elf";
const args = [path.join("dist", "cli.js"), "predict", example, "--from", "main", "--limit", "3M"];
console.log(`$ npx perfvec ${args.slice(1).join(" ")}\n`);
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;

// Makes a fresh clone ready: packages, the cross compiler where it can be had, the build. What is there already is left alone.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");

export function has(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** Installs Debian packages when that is possible without asking anything; returns whether `command` is there afterwards. */
export function install(command, ...packages) {
  if (has(command)) return true;
  if (!has("apt-get")) return false;
  const root = process.getuid?.() === 0;
  if (!root && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) return false;
  const apt = (...args) => {
    const [file, ...rest] = root ? ["apt-get", ...args] : ["sudo", "-n", "apt-get", ...args];
    return spawnSync(file, rest, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } }).status === 0;
  };
  console.log(`installing ${packages.join(" ")} …`);
  return (apt("install", "-y", "-qq", ...packages) || (apt("update", "-qq") && apt("install", "-y", "-qq", ...packages))) && has(command);
}

export function setup() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20) throw new Error(`Node.js 20 or newer is needed; this is ${process.versions.node}`);
  if (!existsSync(path.join(root, "node_modules", ".package-lock.json"))) {
    console.log("installing npm packages …");
    // onnxruntime-node's own script would download CUDA libraries; the CPU library is in the package.
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: root, stdio: "inherit", env });
  }
  execFileSync(process.execPath, ["esbuild.js"], { cwd: root, stdio: "inherit" });
  return install("riscv64-linux-gnu-gcc", "gcc-riscv64-linux-gnu", "g++-riscv64-linux-gnu");
}

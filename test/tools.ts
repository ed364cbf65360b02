import { spawnSync } from "node:child_process";

/** Whether a tool can be run here. */
export function has(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).error === undefined;
}

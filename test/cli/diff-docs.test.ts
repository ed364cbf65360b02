/** The commands of docs/diff.md and of its GitHub workflow, run as they are written, in a repository whose head divides where its base multiplies. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { has } from "../tools";

const root = path.resolve(".");
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "perfvec-diff-docs-")));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = has("riscv64-linux-gnu-gcc") ? (has("git") ? false : "no git") : "no riscv64-linux-gnu-gcc";

const text = readFileSync("docs/diff.md", "utf8");
const commands = text.split("\n").filter((line) => line.startsWith("npx perfvec "));
/** What sets the runner up: this machine is. */
const SETS_UP = /apt-get|npm ci/;
const steps = [...text.matchAll(/^ +- run: (.*)$/gm)].map(([, command]) => command!).filter((command) => !SETS_UP.test(command));

const SOURCE = "volatile double sink;\nint main(void) {\n  double s = 0;\n  for (int i = 1; i < 3000; i++)\n    s += 3.0 * i;\n  sink = s;\n  return 0;\n}\n";
const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", ...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();

function run(command: string) {
  return spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8", maxBuffer: 1 << 26 });
}

test("docs/diff.md: its commands, and its workflow, which fails when the head is slower", { skip }, () => {
  assert.ok(commands.length >= 4 && steps.length === 4, [...commands, ...steps].join("\n"));
  for (const name of ["package.json", "dist", "models", "node_modules"]) symlinkSync(path.join(root, name), path.join(folder, name));
  mkdirSync(path.join(folder, "examples"));
  const example = path.join(folder, "examples", "helloworld.c");
  writeFileSync(example, SOURCE);
  git("init", "-q");
  git("add", "examples");
  git("commit", "-q", "-m", "base");
  const base = git("rev-parse", "HEAD");

  const codes = commands.map((command) => {
    const { status, stderr } = run(command);
    assert.ok(status === 0 || (command.includes(" diff ") && status === 4), stderr);
    return status;
  });
  assert.deepEqual(codes, [0, 0, 4, 4], "-O0 is slower by more than a tenth");
  assert.equal((JSON.parse(readFileSync(path.join(folder, "diff.json"), "utf8")) as { machines: unknown[] }).machines.length, 2);

  writeFileSync(example, `// slower\n${SOURCE.replace("3.0 * i", "3.0 / i")}`);
  const ran = steps.map((step) => run(step.replace(/\$\{\{ github\.event\.pull_request\.base\.sha \}\}/, base)));
  assert.deepEqual(ran.map(({ status }) => status), [0, 0, 0, 4], ran.map(({ stderr }) => stderr).join("\n"));
  assert.match(ran[3]!.stdout, /helloworld\.c:6 \(edited, was 5\)/);
  assert.match(ran[3]!.stderr, /head\.perfvec is slower than base\.perfvec by more than 5 %/);
});

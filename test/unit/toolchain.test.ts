import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { UserError } from "../../src/core/errors";
import { compile, findToolchain, languageOf, type Toolchain } from "../../src/engine/toolchain";

const tools = path.join(import.meta.dirname, "fake-tools");
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "perfvec-toolchain-test-"));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
function folder(): string {
  const made = path.join(scratch, String(folders++));
  fs.mkdirSync(made);
  return made;
}

/** A folder for PATH in which fake tools go by the names given, e.g. { "riscv64-linux-gnu-gcc": "gcc" }. */
function toolFolder(names: Record<string, string>): string {
  const made = folder();
  for (const [name, tool] of Object.entries(names)) fs.symlinkSync(path.join(tools, tool), path.join(made, name));
  return made;
}

function write(name: string, text = "int main(void) { return 0; }\n", into = folder()): string {
  const file = path.join(into, name);
  fs.writeFileSync(file, text);
  return file;
}

async function rejection(promise: Promise<unknown>, code: string): Promise<string> {
  const error = await promise.then(
    () => assert.fail("did not fail"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.equal(error.code, code);
  return error.message;
}

async function fakeGcc(): Promise<Toolchain> {
  const bin = toolFolder({ "riscv64-linux-gnu-gcc": "gcc", "riscv64-linux-gnu-g++": "gcc" });
  return findToolchain({ env: { PATH: bin } });
}

/** What the fake compilers write instead of a program. */
const argumentsIn = (file: string): string[] => fs.readFileSync(file, "utf8").trimEnd().split("\n");

test("the three kinds of gcc are found, with their C++ half", async () => {
  for (const prefix of ["riscv64-linux-gnu-", "riscv64-unknown-linux-gnu-", "riscv64-unknown-elf-"]) {
    const bin = toolFolder({ [`${prefix}gcc`]: "gcc", [`${prefix}g++`]: "gcc" });
    assert.deepEqual(await findToolchain({ env: { PATH: bin } }), {
      kind: "gcc",
      c: [`${bin}/${prefix}gcc`],
      cxx: [`${bin}/${prefix}g++`],
      target: ["-static", "-march=rv64gc", "-mabi=lp64d"],
      version: `${prefix}gcc (fake) 12.3`,
    });
  }
});

test("the order is that of the documentation, whatever the order of PATH", async () => {
  const late = toolFolder({ "riscv64-linux-gnu-gcc": "gcc" });
  const early = toolFolder({ zig: "zig", clang: "clang", "riscv64-unknown-elf-gcc": "gcc", "riscv64-unknown-linux-gnu-gcc": "gcc" });
  const found = await findToolchain({ env: { PATH: `${early}:${late}`, FAKE_TARGETS: "riscv64" } });
  assert.deepEqual(found.c, [`${late}/riscv64-linux-gnu-gcc`]);
});

test("a compiler that does not run, and a bare-metal one without a C library, are passed over", async () => {
  const bin = toolFolder({ "riscv64-linux-gnu-gcc": "broken", "riscv64-unknown-elf-gcc": "gcc", zig: "zig" });
  assert.equal((await findToolchain({ env: { PATH: bin, FAKE_NO_LIBC: "1" } })).kind, "zig");
  assert.equal((await findToolchain({ env: { PATH: bin } })).version, "riscv64-unknown-elf-gcc (fake) 12.3");
});

test("clang counts when it has the target and can link", async () => {
  const bin = toolFolder({ clang: "clang", "clang++": "clang" });
  const find = (env: NodeJS.ProcessEnv): Promise<Toolchain> => findToolchain({ env: { PATH: bin, ...env } });
  const found = await find({ FAKE_TARGETS: "x86 riscv64" });
  assert.equal(found.kind, "clang");
  assert.deepEqual(found.cxx, [`${bin}/clang++`]);
  assert.deepEqual(found.target, ["--target=riscv64-linux-gnu", "-static", "-march=rv64gc", "-mabi=lp64d"]);
  const withSysroot = await find({ FAKE_TARGETS: "riscv64", FAKE_NEEDS: "--sysroot=/opt/riscv/sysroot" });
  assert.deepEqual(withSysroot.target.slice(4), ["--sysroot=/opt/riscv/sysroot"]);
  const withLld = await find({ FAKE_TARGETS: "riscv64", FAKE_NEEDS: "-fuse-ld=lld" });
  assert.deepEqual(withLld.target.slice(4), ["-fuse-ld=lld"]);
  assert.match(await rejection(find({ FAKE_TARGETS: "x86 riscv32" }), "toolchain"), /clang: it has no riscv64 target/);
  assert.match(await rejection(find({ FAKE_TARGETS: "riscv64", FAKE_NEEDS: "-never" }), "toolchain"), /clang: it cannot link a static RISC-V program/);
});

test("zig compiles for musl, and takes no -march", async () => {
  const bin = toolFolder({ zig: "zig" });
  const found = await findToolchain({ env: { PATH: bin } });
  assert.equal(found.version, "zig 0.13.0");
  const { elf, command } = await compile(found, { sources: [write("a.cpp")], output: path.join(folder(), "a") });
  assert.deepEqual(command.slice(0, 2), [`${bin}/zig`, "c++"]);
  assert.deepEqual(argumentsIn(elf).slice(0, 5), ["c++", "-O2", "-g", "-target", "riscv64-linux-musl"]);
  assert.ok(!argumentsIn(elf).some((argument) => argument.startsWith("-march")));
});

test("a compiler that is given overrides the search, as a path or a name, for C or for C++", async () => {
  const bin = toolFolder({ "riscv64-linux-gnu-gcc": "gcc", "riscv64-linux-gnu-g++": "gcc", "clang-18": "clang", "clang++-18": "clang", zig: "zig" });
  const env = { PATH: bin, FAKE_TARGETS: "riscv64" };
  const both = (t: Toolchain): unknown[] => [t.kind, t.c?.[0], t.cxx?.[0]];
  const gcc = ["gcc", `${bin}/riscv64-linux-gnu-gcc`, `${bin}/riscv64-linux-gnu-g++`];
  assert.deepEqual(both(await findToolchain({ compiler: "riscv64-linux-gnu-gcc", env })), gcc);
  assert.deepEqual(both(await findToolchain({ compiler: `${bin}/riscv64-linux-gnu-g++`, env })), gcc);
  const clang = ["clang", `${bin}/clang-18`, `${bin}/clang++-18`];
  assert.deepEqual(both(await findToolchain({ compiler: `${bin}/clang++-18`, env })), clang);
  assert.deepEqual(both(await findToolchain({ compiler: "clang-18", env })), clang);
  assert.deepEqual(both(await findToolchain({ compiler: `${bin}/zig`, env: {} })), ["zig", `${bin}/zig`, `${bin}/zig`]);
});

test("a compiler that is given and cannot serve is named with the reason", async () => {
  const bin = toolFolder({ gcc: "gcc", "riscv64-linux-gnu-gcc": "broken" });
  const reason = (compiler: string): Promise<string> => rejection(findToolchain({ compiler, env: { PATH: bin } }), "toolchain");
  assert.equal(await reason("gcc"), `${bin}/gcc: it compiles for x86_64-linux-gnu, not for riscv64`);
  assert.equal(await reason("riscv64-linux-gnu-gcc"), `${bin}/riscv64-linux-gnu-gcc: it does not run`);
  assert.equal(await reason("/nowhere/gcc"), "/nowhere/gcc: no such compiler");
});

test("with no compiler the message says what to install, and what was found in vain", async () => {
  const message = await rejection(findToolchain({ env: { PATH: folder() } }), "toolchain");
  for (const part of ["sudo apt install gcc-riscv64-linux-gnu g++-riscv64-linux-gnu", "Fedora", "macOS", "wsl --install", "docker build"]) {
    assert.ok(message.includes(part), part);
  }
  assert.doesNotMatch(message, /cannot be used/);
  const bin = toolFolder({ "riscv64-linux-gnu-gcc": "broken" });
  assert.match(await rejection(findToolchain({ env: { PATH: bin } }), "toolchain"), /cannot be used:\n {2}\S+riscv64-linux-gnu-gcc: it does not run/);
});

test("the language follows the file name", () => {
  for (const name of ["a.cc", "a.cpp", "a.cxx", "a.C", "a.c++"]) assert.equal(languageOf(name), "cxx", name);
  assert.equal(languageOf("x/a.c"), "c");
  for (const name of ["a.h", "a.txt", "c", ".c"]) assert.equal(languageOf(name), null, name);
});

test("the command: defaults, the user's flags, absolute names", async () => {
  const gcc = await fakeGcc();
  const source = write("-o evil name.c");
  const output = path.join(folder(), "-a.elf");
  const { elf, command, warnings } = await compile(gcc, { sources: [path.relative(process.cwd(), source)], output, flags: ["-O3"] });
  assert.equal(elf, output);
  assert.equal(warnings, "");
  const expected = [gcc.c![0], "-O2", "-g", "-static", "-march=rv64gc", "-mabi=lp64d", "-O3", source, "-o", output, "-lm"];
  assert.deepEqual(command, expected);
  assert.deepEqual(argumentsIn(elf).slice(0, -2), expected.slice(1, -2));
  assert.deepEqual(fs.readdirSync(path.dirname(output)), ["-a.elf"]);
});

test("several sources are compiled each by its language, and linked as C++", async () => {
  const gcc = await fakeGcc();
  const { elf, command, warnings } = await compile(gcc, { sources: [write("one.c"), write("two.cpp"), write("warns.c")], output: path.join(folder(), "all") });
  assert.equal(command[0], gcc.cxx![0]);
  assert.deepEqual(argumentsIn(elf).filter((a) => a.endsWith(".o")).map((a) => path.basename(a)), ["0.o", "1.o", "2.o"]);
  assert.match(warnings, /unused variable/);
});

test("a failed compilation gives source, command and diagnostics, and leaves nothing", async () => {
  const gcc = await fakeGcc();
  const source = write("bad.c");
  const output = path.join(folder(), "bad");
  const [first, ...rest] = (await rejection(compile(gcc, { sources: [source], output }), "compile")).split("\n");
  assert.ok(first!.startsWith(`${source}: does not compile with: ${gcc.c![0]} -O2 -g`), first);
  assert.deepEqual(rest, [`${source}:3:5: error: expected ';' before '}' token`]);
  assert.deepEqual(fs.readdirSync(path.dirname(output)), []);
});

test("diagnostics are kept up to one megabyte", async () => {
  const message = await rejection(compile(await fakeGcc(), { sources: [write("noisy.c")], output: path.join(folder(), "n") }), "compile");
  assert.ok(message.length > 1_000_000 && message.length < 1_060_000, String(message.length));
});

test("what cannot be compiled is named", async () => {
  const gcc = await fakeGcc();
  const output = path.join(folder(), "a");
  const reason = (source: string): Promise<string> => rejection(compile(gcc, { sources: [source], output }), "compile");
  assert.equal(await reason("/nowhere/a.c"), "/nowhere/a.c: no such file");
  assert.match(await reason(write("notes.txt")), /notes\.txt: not a C or C\+\+ source/);
  const directory = path.join(folder(), "dir.c");
  fs.mkdirSync(directory);
  assert.equal(await reason(directory), `${directory}: not a file`);
  assert.match(await rejection(compile(gcc, { sources: [write("a.c")], output: "/nowhere/out" }), "compile"), /^\/nowhere\/out: cannot be written/);
});

test("a missing C++ half, and a compiler that has gone, are reported as such", async () => {
  const bin = toolFolder({ "riscv64-linux-gnu-gcc": "gcc" });
  const half = await findToolchain({ env: { PATH: bin } });
  assert.equal(half.cxx, null);
  const job = { sources: [write("a.cc")], output: path.join(folder(), "a") };
  assert.match(await rejection(compile(half, job), "toolchain"), /a\.cc: \S+-gcc has no C\+\+ compiler beside it; .*g\+\+-riscv64/);
  fs.rmSync(path.join(bin, "riscv64-linux-gnu-gcc"));
  assert.match(await rejection(compile(half, { ...job, sources: [write("a.c")] }), "toolchain"), /riscv64-linux-gnu-gcc: cannot be started/);
});

test("an abort ends the compiler with its children and leaves nothing", async () => {
  const source = write("hangs.c");
  const output = path.join(folder(), "h");
  const controller = new AbortController();
  const gcc = await fakeGcc();
  const pidFile = source.replace(/c$/, "pid");
  const watcher = fs.watch(path.dirname(source), () => {
    if (fs.existsSync(pidFile) && fs.readFileSync(pidFile, "utf8").endsWith("\n")) controller.abort();
  });
  const running = compile(gcc, { sources: [source], output, signal: controller.signal });
  await assert.rejects(running.finally(() => watcher.close()), { name: "AbortError" });
  const child = Number(fs.readFileSync(pidFile, "utf8"));
  assert.ok(isGone(child), `process ${child} still runs`);
  assert.deepEqual(fs.readdirSync(path.dirname(output)), []);
  await assert.rejects(compile(gcc, { sources: [source], output, signal: AbortSignal.abort() }), { name: "AbortError" });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed process whose new parent has not yet collected it.
    return /^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

const real = ["/usr/bin/riscv64-linux-gnu-gcc", "/usr/bin/riscv64-linux-gnu-g++"].every((file) => fs.existsSync(file));
const skip = real ? false : "SKIPPED: riscv64-linux-gnu-gcc and g++ are not installed; nothing real was compiled";

test("the installed compiler makes static RISC-V programs from C and C++", { skip }, async () => {
  const found = await findToolchain({ compiler: "/usr/bin/riscv64-linux-gnu-gcc" });
  const into = folder();
  const c = write("real.c", "#include <math.h>\nint main(int n, char **v) { (void)v; return (int)sin(n * 9.0); }\n", into);
  const cxx = write("real.cpp", "#include <vector>\nint main(int n, char **) { return (int)std::vector<int>(n).size() - n; }\n", into);
  for (const source of [c, cxx]) {
    const { elf, warnings } = await compile(found, { sources: [source], output: path.join(into, "program") });
    assert.equal(warnings, "");
    const header = execFileSync("readelf", ["-hl", elf], { encoding: "utf8" });
    assert.match(header, /RISC-V/);
    assert.doesNotMatch(header, /INTERP/);
  }
  const wrong = write("wrong.c", "int main(void) { return nothing; }\n", into);
  const message = await rejection(compile(found, { sources: [wrong], output: path.join(into, "w") }), "compile");
  assert.match(message, /wrong\.c:1:\d+: error: .*nothing/);
});

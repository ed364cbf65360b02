import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { UserError } from "../../src/core/errors";
import { findDatabase, flagsFromDatabase, portableFlags, splitCommand } from "../../src/engine/compile-commands";
import { compile, findToolchain } from "../../src/engine/toolchain";
import { has } from "../tools";

const scratch = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "perfvec-database-test-")));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
/** A project folder with src/a.c and, at `place`, a database of the entries (or text) given. */
function project(entries: unknown, place = "compile_commands.json"): { root: string; source: string; database: string } {
  const root = path.join(scratch, String(folders++));
  fs.mkdirSync(path.join(root, "src"), { recursive: true });
  const source = path.join(root, "src", "a.c");
  const database = path.join(root, place);
  fs.writeFileSync(source, "int main(void) { return 0; }\n");
  fs.mkdirSync(path.dirname(database), { recursive: true });
  fs.writeFileSync(database, typeof entries === "string" ? entries : JSON.stringify(entries));
  return { root, source, database };
}

test("commands are split by the shell's quoting rules", () => {
  const cases: [string, string[]][] = [
    ["cc  -DA=1\t-c a.c\n", ["cc", "-DA=1", "-c", "a.c"]],
    [`cc '-DS="a b"' -I"my dir"/x`, ["cc", '-DS="a b"', "-Imy dir/x"]],
    [String.raw`cc -DS=\"a\ b\" "\$x\y\\" 'a\b'`, ["cc", '-DS="a b"', "$x\\y\\", "a\\b"]],
    [`cc "" ''`, ["cc", "", ""]],
    ["cc -DA=$(id);`id`|x", ["cc", "-DA=$(id);`id`|x"]],
    ["", []],
  ];
  for (const [command, words] of cases) assert.deepEqual(splitCommand(command), words, command);
  assert.equal(splitCommand(`cc "a`), null);
  assert.equal(splitCommand("cc 'a"), null);
});

test("what says how to read the program is kept, what belongs to the other machine is not", () => {
  const kept = (line: string): string => portableFlags(splitCommand(line)!, "/p/build").join(" ");
  assert.equal(
    kept("gcc -I../inc -I /abs -isystem sys -isystemjoined -iquote q -include pre.h -D X=1 -DY -U Z -UW -std=c11 -O3 -ffast-math -Wall -pthread -c a.c"),
    "-I /p/inc -I /abs -isystem /p/build/sys -isystem /p/build/joined -iquote /p/build/q -include /p/build/pre.h " +
      "-DX=1 -DY -UZ -UW -std=c11 -O3 -ffast-math -Wall -pthread",
  );
  assert.equal(kept("clang -march=native -mcpu=x -mtune=y -m64 -msse4.2 -mavx2 --target=x86_64-linux -target arm64 -arch x86_64 -isysroot /sdk --sysroot=/s a.c"), "");
  assert.equal(kept("gcc -o -O1 -MD -MMD -MP -MF -O1 -MT -DT -MQ -DQ -c -S -g3 -x c++ -L -Dno -lfoo -fcf-protection=full a.c -- b.c"), "");
  assert.equal(kept("gcc -Werror -Werror=foo -Wl,-z,now -Wp,-MD,x -Wa,-x -fsanitize=address -fplugin=evil.so -fuse-ld=/evil -wrapper evil -B/evil a.c"), "");
  assert.equal(kept("clang -Xclang -include-pch -Xclang a.pch -Xclang -include -Xclang all.hxx -Xclang -load -Xclang evil.so"), "-include /p/build/all.hxx");
  assert.equal(kept("gcc -I/usr/include -I/usr/local/include -isystem /usr/include/x86_64-linux-gnu -I/usr/include/mylib"), "-I /usr/include/mylib");
  assert.equal(kept("gcc -I"), "");
  assert.equal(kept("gcc -fvisibility=hidden -ffp-contract=off -fno-exceptions -fmax-errors=5 -Wformat=2 -std=gnu++20"), "-fvisibility=hidden -ffp-contract=off -fno-exceptions -fmax-errors=5 -Wformat=2 -std=gnu++20");
});

test("nothing of a database makes the compiler run a program or write a file", () => {
  const evil = [
    "-fmodule-mapper=|/tmp/x.sh", "-fmodules-ts", "-fmodule-mapper=evil", "-fopt-info-all=/tmp/x", "-fopt-info", "-fcallgraph-info", "-fstack-usage", "-fauto-profile=/x",
    "-fsave-optimization-record=yaml", "-ftime-trace=/tmp/x", "-fplugin=x", "-fplugin-arg-x-y=z", "-fpass-plugin=x.so", "-fdump-tree-all=/tmp/x", "-fvisibility=|/tmp/x.sh",
    "-ftemplate-depth=/tmp/x", "-wrapper", "-Wp,-x", "-Wl,-x", "-Wa,-x", "-O3=/x", "-std=c11/x", "@/tmp/x", "-specs=/tmp/x", "-dumpdir", "-save-temps", "-MD", "--coverage",
  ];
  for (const flag of evil) assert.deepEqual(portableFlags(["gcc", flag], "/p"), [], flag);
});

test("both forms of an entry are understood, relative to its folder", () => {
  const { root, source, database } = project([
    { directory: "/elsewhere", file: "src/a.c", command: "cc -DWRONG" },
    { directory: "build", file: "../src/a.c", command: "cc -I../include '-DNAME=\"x y\"' -c ../src/a.c" },
    { directory: "build", file: "../src/b.c", arguments: ["cc", "-I", "inc dir", "-c", "../src/b.c"] },
  ]);
  assert.deepEqual(flagsFromDatabase(database, source), ["-I", `${root}/include`, '-DNAME="x y"']);
  assert.deepEqual(flagsFromDatabase(database, `${root}/src/b.c`), ["-I", `${root}/build/inc dir`]);
  assert.equal(flagsFromDatabase(database, `${root}/src/c.c`), null);
});

test("the nearest database is used: beside, in build, or above", () => {
  const above = project([]);
  assert.equal(findDatabase(above.source), above.database);
  const inBuild = project([], "build/compile_commands.json");
  assert.equal(findDatabase(inBuild.source), inBuild.database);
  const nearest = path.join(above.root, "src", "compile_commands.json");
  fs.writeFileSync(nearest, "[]");
  assert.equal(findDatabase(above.source), nearest);
  fs.renameSync(nearest, `${nearest}.old`);
  fs.mkdirSync(path.join(above.root, "build"));
  fs.writeFileSync(path.join(above.root, "build", "compile_commands.json"), "[]");
  assert.equal(findDatabase(above.source), above.database);
  fs.mkdirSync(path.join(above.root, "src", ".git"));
  assert.equal(findDatabase(above.source), null, "the repository ends there");
  fs.rmSync(path.join(above.root, "src", ".git"), { recursive: true });
  fs.chmodSync(above.root, 0o1777);
  assert.equal(findDatabase(above.source), null, "a folder that everybody shares");
});

test("a driver is compiled with the flags of the file it is for, read as the caller wishes", { skip: has("riscv64-linux-gnu-gcc") ? false : "no riscv64-linux-gnu-gcc" }, async () => {
  const { root, source } = project([{ directory: ".", file: "src/a.c", command: "cc -DWANTED=7 -c src/a.c" }]);
  const driver = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "perfvec-driver-")), "driver.c");
  fs.writeFileSync(driver, "int main(void) { return WANTED; }\n");
  const asked: string[] = [];
  const readFlags = async (database: string, of: string) => (asked.push(of), flagsFromDatabase(database, of));
  const toolchain = await findToolchain();
  const { command } = await compile(toolchain, { sources: [driver], output: path.join(root, "out"), like: source, readFlags });
  assert.ok(command.includes("-DWANTED=7"));
  assert.deepEqual(asked, [source]);
});

test("a damaged database is named with the cause", () => {
  const cases: [unknown, RegExp][] = [
    ["[{", /not valid JSON/],
    [{}, /not a compilation database/],
    [[{ directory: "/", file: "A" }], /the entry of .*a\.c has neither "command" nor "arguments"/],
    [[{ directory: "/", file: "A", command: "cc 'x" }], /the command of .*a\.c has a quote that is not closed/],
  ];
  for (const [entries, cause] of cases) {
    const { source, database } = project(entries);
    fs.writeFileSync(database, fs.readFileSync(database, "utf8").replace('"A"', JSON.stringify(source)));
    const matches = (error: unknown): boolean =>
      error instanceof UserError && error.code === "compile-commands" && error.message.startsWith(database) && cause.test(error.message);
    assert.throws(() => flagsFromDatabase(database, source), matches);
  }
  const { database, source } = project([null, 3, { file: 7 }, { file: "a.c", directory: {} }]);
  assert.equal(flagsFromDatabase(database, source), null);
});

test("compile takes the database's flags between its own and the target's, and leaves out what the compiler does not know", async () => {
  const bin = path.join(scratch, "bin");
  fs.mkdirSync(bin);
  fs.symlinkSync(path.join(import.meta.dirname, "fake-tools", "gcc"), path.join(bin, "riscv64-linux-gnu-gcc"));
  const gcc = await findToolchain({ env: { PATH: bin } });
  const entry = { directory: ".", file: "src/a.c", command: "clang -O1 -m64 -Wfancy -Iinc -c src/a.c -o a.o" };
  const { root, source, database } = project([entry]);
  const output = path.join(root, "program");
  const { command, warnings } = await compile(gcc, { sources: [source], output });
  const expected = ["-O2", "-g", "-O1", "-I", `${root}/inc`, "-static", "-march=rv64gc", "-mabi=lp64d", source, "-o", output, "-lm"];
  assert.deepEqual(command.slice(1), expected);
  assert.equal(warnings, "left out, because riscv64-linux-gnu-gcc does not know it: -Wfancy\n");
  const without = await compile(gcc, { sources: [source], output, compileCommands: null });
  assert.ok(!without.command.includes("-O1"));
  const other = path.join(root, "src", "other.c");
  fs.writeFileSync(other, "");
  const noEntry = { name: "UserError", code: "compile-commands", message: `${database}: no command for ${other}` };
  await assert.rejects(compile(gcc, { sources: [other], output, compileCommands: database }), noEntry);
  assert.ok((await compile(gcc, { sources: [other], output })).command.includes(other));
});

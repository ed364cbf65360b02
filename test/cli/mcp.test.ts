/** `perfvec mcp` as a client meets it: the real process, over its standard input and output. */
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { writeReport } from "../../src/core/report/report";
import { readLibrary } from "../../src/engine/assets";
import { has } from "../tools";
import { profileOf } from "../vscode/synthetic";

const folder = mkdtempSync(path.join(tmpdir(), "perfvec-mcp-test-"));
const at = (name: string): string => path.join(folder, name);
for (const name of ["root/sub", "other", "tmp"]) mkdirSync(at(name), { recursive: true });
copyFileSync("examples/prebuilt/matmul_naive.elf", at("root/matmul.elf"));
copyFileSync("examples/matmul_naive.c", at("root/sub/matmul_naive.c"));
writeFileSync(at("root/a.c"), "int a;\nint b;\n");
writeFileSync(at("root/bad.c"), "int main( {\n");
writeFileSync(at("root/notes.md"), "# no program\n");
writeFileSync(at("other/secret.c"), "int main() { return 0; }\n");
symlinkSync(at("other/secret.c"), at("root/link.c"));
symlinkSync(at("other"), at("root/linked"));
cpSync("test/fixtures/gem5/riscv-minor-fork", at("root/trace"), { recursive: true });
const { model, machines } = readLibrary("models");
writeFileSync(at("root/r.perfvec"), writeReport(profileOf(at("root/a.c"), model, 2)));
writeFileSync(at("root/damaged.perfvec"), Buffer.from("PK\u0003\u0004 not a report"));

interface Message {
  id?: string | number | null;
  method?: string;
  params?: { progressToken: string | number; progress: number; message: string };
  result?: { content?: { type: string; text: string }[]; isError?: boolean; protocolVersion?: string; capabilities?: object; serverInfo?: { name: string; version: string }; tools?: { name: string; inputSchema: { type: string; required?: string[] } }[] };
  error?: { code: number; message: string };
}

/** A client that has started its own server. */
class Client {
  readonly child: ChildProcessWithoutNullStreams;
  readonly received: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #text = "";
  #id = 0;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [path.resolve("dist/cli.js"), "mcp", "--root", at("root"), ...args], { cwd: folder, env: { ...process.env, TMPDIR: at("tmp") } });
    clients.push(this);
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#text + text).split("\n");
      this.#text = lines.pop()!;
      this.received.push(...lines.map((line) => JSON.parse(line) as Message)); // nothing but messages
      this.#waiting.forEach((look) => look());
    });
    this.child.stdin.on("error", () => undefined);
  }

  raw(text: string): void {
    this.child.stdin.write(text);
  }

  send(message: object): void {
    this.raw(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** The first message that fits, also one that was received before. */
  async until(fits: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.received.find(fits);
      if (found) return found;
      await new Promise<void>((resolve, reject) => {
        const look = (): void => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
        this.child.once("exit", (code) => reject(new Error(`the server ended (${code})`)));
      });
    }
  }

  request(method: string, params?: object): Promise<Message> {
    const id = ++this.#id;
    this.send({ id, method, ...(params ? { params } : {}) });
    return this.until((message) => message.id === id);
  }

  async call(name: string, args: object): Promise<{ isError: boolean; text: string }> {
    const { result, error } = await this.request("tools/call", { name, arguments: args });
    assert.ok(result, JSON.stringify(error));
    return { isError: result.isError!, text: result.content![0]!.text };
  }

  async answer<T>(name: string, args: object): Promise<T> {
    const { isError, text } = await this.call(name, args);
    assert.ok(!isError, text);
    return JSON.parse(text) as T;
  }

  async refused(name: string, args: object): Promise<string> {
    const { isError, text } = await this.call(name, args);
    assert.ok(isError, text);
    return text;
  }
}

const clients: Client[] = [];
after(() => {
  clients.forEach(({ child }) => child.kill("SIGKILL"));
  rmSync(folder, { recursive: true, force: true });
});

async function connected(...args: string[]): Promise<Client> {
  const client = new Client(...args);
  await client.request("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } });
  client.send({ method: "notifications/initialized" });
  return client;
}

interface Answer {
  program: string;
  executedInstructions: number;
  machine: { name: string; ns: number };
  lines: { file: string; line: number; share: number; instructionMix: Record<string, number> }[];
  machines: { name: string; ns: number; timesTheFastest: number }[];
  of: { kind: string };
}

test("it begins with initialize; the version is the client's where it is known, else the newest", async () => {
  const client = new Client();
  assert.deepEqual((await client.request("ping")).result, {});
  assert.equal((await client.request("tools/list")).error?.code, -32600);
  assert.equal((await client.request("tools/call", { name: "list_machines" })).error?.code, -32600);
  assert.equal((await client.request("initialize", {})).error?.code, -32602);
  const { result } = await client.request("initialize", { protocolVersion: "1999-01-01" });
  assert.deepEqual([result!.protocolVersion, result!.capabilities, result!.serverInfo!.name], ["2025-11-25", { tools: {} }, "perfvec"]);
  assert.equal((await client.request("initialize", { protocolVersion: "2025-06-18" })).error?.code, -32600);
  const other = new Client();
  assert.equal((await other.request("initialize", { protocolVersion: "2024-11-05" })).result!.protocolVersion, "2024-11-05");
});

test("the tools have schemas; machines are listed, and what is asked wrongly is told as an answer", async () => {
  const client = await connected();
  const { tools } = (await client.request("tools/list")).result!;
  assert.deepEqual(tools!.map(({ name, inputSchema }) => [name, inputSchema.type, inputSchema.required]), [["hot_lines", "object", ["file"]], ["compare_machines", "object", ["file"]], ["list_machines", "object", undefined]]);
  const list = await client.answer<{ machines: { name: string }[] }>("list_machines", {});
  assert.deepEqual(list.machines.map((m) => m.name), machines.map((m) => m.name));
  assert.match(await client.refused("hot_lines", {}), /lacks "file"/);
  assert.match(await client.refused("hot_lines", { file: "a.c", shell: "rm" }), /has no "shell"/);
  assert.match(await client.refused("list_machines", { words: 1 }), /words must be text/);
  assert.equal((await client.request("tools/call", { name: "hot_line", arguments: {} })).error?.code, -32602);
  assert.equal((await client.request("tools/call", {})).error?.code, -32602);
});

test("what is no message is answered as the protocol says, and the server goes on", async () => {
  const client = await connected();
  const long = `{"jsonrpc":"2.0","id":"long","method":"ping","params":{"x":"${"x".repeat(2 << 20)}"}}`;
  const errors: [string, number, unknown][] = [
    ["{", -32700, null], ["\u0000\u0001", -32700, null], ["[]", -32600, null], ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, null], ["null", -32600, null], ["7", -32600, null],
    ['{"id":1,"method":"ping"}', -32600, null], ['{"jsonrpc":"2.0","id":"m","method":7}', -32600, "m"], ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null], ['{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, null],
    ['{"jsonrpc":"2.0","id":"u","method":"resources/list"}', -32601, "u"], ['{"jsonrpc":"2.0","id":"p","method":"toString"}', -32601, "p"], ['{"jsonrpc":"2.0","id":"a","method":"tools/list","params":[]}', -32602, "a"], [long, -32600, null],
  ];
  for (const [line, code, id] of errors) {
    client.received.length = 0;
    client.raw(`${line}\n`);
    const { error, id: to } = await client.until((message) => message.error !== undefined);
    assert.deepEqual([error!.code, to], [code, id], line.slice(0, 80));
  }
  client.received.length = 0;
  client.raw('\n  \r\n{"jsonrpc":"2.0","method":"notifications/unknown"}\n{"jsonrpc":"2.0","id":9,"result":{}}\n{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"none"}}\n');
  // In pieces, and with the line end of Windows.
  for (const piece of ['{"jsonrpc":"2.0",', '"id":"é","method"', ':"ping"}\r', "\n"]) client.raw(piece);
  await client.until((message) => message.id === "é");
  assert.deepEqual(client.received, [{ jsonrpc: "2.0", id: "é", result: {} }], "nothing else is answered");
});

test("a prediction of the shipped program: hot lines, then machines without a second run; ping is answered meanwhile", async () => {
  const client = await connected();
  client.send({ id: "hot", method: "tools/call", params: { name: "hot_lines", arguments: { file: "matmul.elf", limit: 200_000, count: 3 }, _meta: { progressToken: "t" } } });
  await client.until((message) => message.params?.progressToken === "t");
  await client.request("ping");
  assert.ok(!client.received.some((message) => message.id === "hot"), "the ping came first");
  const { result } = await client.until((message) => message.id === "hot");
  const hot = JSON.parse(result!.content![0]!.text) as Answer;
  assert.deepEqual([hot.program, hot.executedInstructions, hot.machine.name, hot.lines.length], ["matmul.elf", 200_000, "p550-class", 3]);
  assert.match(hot.lines[0]!.file, /matmul_naive\.c$/);
  assert.ok(hot.lines[0]!.share > 0.05 && Object.keys(hot.lines[0]!.instructionMix).length > 0);
  const progress = client.received.flatMap((message) => (message.params ? [message.params.progress] : []));
  assert.deepEqual(progress, [...new Set(progress)].sort((a, b) => a - b), "it grows");
  client.received.length = 0;
  client.send({ id: "all", method: "tools/call", params: { name: "compare_machines", arguments: { file: at("root/matmul.elf"), limit: 200_000, machines: ["u74-class", "p550-class"] }, _meta: { progressToken: "again" } } });
  const other = await client.until((message) => message.id === "all");
  const compared = JSON.parse(other.result!.content![0]!.text) as Answer;
  assert.deepEqual(compared.machines.map((m) => m.name).sort(), ["p550-class", "u74-class"]);
  assert.equal(compared.machines[0]!.timesTheFastest, 1);
  client.received.length = 0;
  const line = await client.answer<Answer>("compare_machines", { file: "matmul.elf", limit: 200_000, line: hot.lines[0]!.line, source: "matmul_naive.c" });
  assert.equal(line.of.kind, "line");
  assert.deepEqual(client.received.filter((message) => message.method), [], "it was known: nothing ran");
});

test("a prediction in flight, and one that waits behind it, are cancelled and not answered", async () => {
  const client = await connected();
  const call = (id: string): void => client.send({ id, method: "tools/call", params: { name: "hot_lines", arguments: { file: "matmul.elf", limit: 1_000_000_000 }, _meta: { progressToken: id } } });
  const cancel = (id: string): void => client.send({ method: "notifications/cancelled", params: { requestId: id, reason: "enough" } });
  call("one");
  await client.until((message) => message.params?.progressToken === "one");
  call("two");
  const twice = client.until((message) => message.id === "one" && message.error !== undefined);
  call("one");
  assert.match((await twice).error!.message, /under way/);
  cancel("two");
  cancel("one");
  const report = await client.answer<Answer>("hot_lines", { file: "r.perfvec" });
  assert.equal(report.lines.length, 2, "the next one has its turn");
  assert.ok(!client.received.some((message) => message.result?.content && (message.id === "one" || message.id === "two")));
  call("three");
  await client.until((message) => message.params?.progressToken === "three");
  client.child.stdin.end();
  const [code] = (await once(client.child, "exit")) as [number];
  assert.equal(code, 0, "it ends with its input, whatever is under way");
});

test("nothing outside the root is read, also through links", async () => {
  const client = await connected();
  for (const file of ["../other/secret.c", at("other/secret.c"), "link.c", "linked/secret.c", "/etc/passwd", "..", ".", "sub/../../other/secret.c", "a.c\0.elf"]) assert.match(await client.refused("hot_lines", { file }), /lies outside/, file);
  assert.match(await client.refused("compare_machines", { file: "trace/trace.txt.gz", elf: "../other/secret.c" }), /lies outside/);
  cpSync(at("root/trace"), at("root/trapped"), { recursive: true });
  rmSync(at("root/trapped/sq.trace.txt.gz"));
  symlinkSync(at("other/secret.c"), at("root/trapped/sq.trace.txt.gz"));
  assert.match(await client.refused("hot_lines", { file: "trapped/trace.txt.gz" }), /lies outside/);
});

test("reports and traces are answered; other files, and options that mean nothing, are refused by name", async () => {
  const client = await connected();
  const report = await client.answer<Answer>("compare_machines", { file: "r.perfvec", machines: ["all"] });
  assert.equal(report.machines.length, machines.length);
  const trace = await client.answer<Answer>("hot_lines", { file: "trace/trace.txt.gz", limit: 20_000 });
  assert.ok(trace.executedInstructions > 1000 && trace.machine.ns > 0);
  assert.match(await client.refused("hot_lines", { file: "trace/trace.txt.gz", arguments: ["x"] }), /arguments: .* is a recorded trace/);
  assert.match(await client.refused("hot_lines", { file: "r.perfvec", limit: 5000 }), /limit: r\.perfvec is a report/);
  assert.match(await client.refused("hot_lines", { file: "damaged.perfvec" }), /damaged\.perfvec/);
  assert.match(await client.refused("hot_lines", { file: "notes.md" }), /notes\.md: is no C or C\+\+ source/);
  assert.match(await client.refused("hot_lines", { file: "sub" }), /sub: is not a file/);
  assert.match(await client.refused("hot_lines", { file: "none.c" }), /none\.c: cannot be read/);
  assert.match(await client.refused("hot_lines", { file: "r.perfvec", machine: "p551-class" }), /the nearest is "p550-class"/);
  assert.match(await client.refused("hot_lines", { file: "matmul.elf", elf: "matmul.elf" }), /is no trace/);
});

test("sources are compiled, a compiler's errors are told, and nothing is left behind", { skip: has("riscv64-linux-gnu-gcc") ? false : "no riscv64-linux-gnu-gcc" }, async () => {
  const client = await connected();
  const hot = await client.answer<Answer>("hot_lines", { file: "sub/matmul_naive.c", limit: 50_000, count: 1 });
  assert.equal(hot.lines[0]!.file, at("root/sub/matmul_naive.c"));
  client.received.length = 0;
  client.send({ id: "again", method: "tools/call", params: { name: "hot_lines", arguments: { file: "sub/matmul_naive.c", limit: 50_000 }, _meta: { progressToken: 1 } } });
  await client.until((message) => message.id === "again");
  assert.deepEqual(client.received.flatMap((message) => (message.params ? [message.params.message] : [])), ["compiling"], "the same program is not run again");
  assert.match(await client.refused("hot_lines", { file: "bad.c" }), /bad\.c/);
  assert.deepEqual(readdirSync(at("tmp")).filter((name) => name.startsWith("perfvec-mcp-")), []);
});

test("a signal ends it; wrong usage is told", async () => {
  const client = await connected();
  client.child.kill("SIGTERM");
  assert.deepEqual(await once(client.child, "exit"), [0, null]);
  for (const [args, message] of [[["--root", at("root/a.c")], /is no folder/], [["--root", at("nothing")], /ENOENT/], [["a.c"], /mcp takes no file/], [["--", "x"], /mcp runs what it is asked for/]] as const) {
    const { child } = new Client(...args);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, 2, said);
    assert.match(said, message);
  }
});

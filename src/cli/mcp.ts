import { realpathSync, statSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../core/errors";
import { ROOT } from "../engine/assets";
import { readFileOrFail } from "../engine/input-file";
import { readArguments } from "./arguments";
import { defaultMachines, machinesHere, modelsOf } from "./input";
import { lineSplitter, Server } from "./mcp-protocol";
import { toolsOf } from "./mcp-tools";

const USAGE = `perfvec mcp [--root FOLDER] [--models FOLDER]   answers an assistant over standard input and output (Model Context Protocol)
  --root FOLDER      only files in it are read (otherwise the current folder); sources in it are compiled and executed in the emulator
  --models FOLDER    another model and machine library
  tools: hot_lines, compare_machines, list_machines; docs/assistants.md says how an assistant is told of it`;

const INSTRUCTIONS =
  "Predicts, per source line, how long C and C++ programs take on RISC-V machines that need not exist. Ask hot_lines where the time goes, change the code, and ask again; compare_machines tells how other machines take the same code. Ask for one file at a time: a prediction takes seconds.";

function rootOf(text: string | undefined): string {
  const root = path.resolve(text ?? ".");
  try {
    if (!statSync(root).isDirectory()) throw new UserError("usage", `--root ${root}: is no folder`);
    return realpathSync(root);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError("usage", `--root ${root}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

export async function mcpCommand(argv: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const args = readArguments(argv, { root: text, models: text, help: { type: "boolean", short: "h" } }, USAGE);
  if (args.flag("help")) {
    console.log(USAGE);
    return 0;
  }
  if (args.positionals.length) throw new UserError("usage", `mcp takes no file\n${USAGE}`);
  args.refuseRest("mcp runs what it is asked for");
  const root = rootOf(args.text("root"));
  const library = machinesHere(args, root);
  const tools = toolsOf({ root, models: modelsOf(args), library, machines: defaultMachines(library.machines) });
  const { version } = JSON.parse(Buffer.from(readFileOrFail(path.join(ROOT, "package.json"))).toString("utf8")) as { version: string };
  const info = { name: "perfvec", title: "PerfVec Lens", version, instructions: INSTRUCTIONS };
  const server = new Server(info, tools, (line) => process.stdout.write(`${line}\n`), (error) => console.error("perfvec:", error));
  const take = lineSplitter((line) => server.receive(line));
  process.stdin.on("data", take);
  // The client closes standard input, or sends a signal.
  await new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("error", () => resolve());
    process.once("SIGINT", resolve).once("SIGTERM", resolve);
  });
  process.stdin.destroy();
  server.close();
  return 0;
}

import { parseArgs, type ParseArgsConfig } from "node:util";
import { UserError } from "../core/errors";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** What a command was called with. */
export interface Arguments {
  positionals: string[];
  /** what follows `--` */
  rest: string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** of an option that may be given often, its words split at commas */
  list(name: string): string[];
  /** a non-negative integer; 20M and 1.5k are understood */
  count(name: string, otherwise: number): number;
}

export function readArguments(argv: readonly string[], options: Options, usage: string): Arguments {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...own], options, allowPositionals: true, strict: true }) as typeof parsed;
  } catch (error) {
    throw new UserError("usage", `${(error as Error).message}\n${usage}`);
  }
  const { values, positionals } = parsed;
  return {
    positionals,
    rest: dashes < 0 ? [] : argv.slice(dashes + 1),
    flag: (name) => values[name] === true,
    text: (name) => values[name] as string | undefined,
    list: (name) => ((values[name] as string[] | undefined) ?? []).flatMap((v) => v.split(",")).filter((v) => v !== ""),
    count(name, otherwise) {
      const text = values[name] as string | undefined;
      if (text === undefined) return otherwise;
      const match = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text);
      const n = match ? Number(match[1]) * { "": 1, k: 1e3, M: 1e6, G: 1e9 }[match[2] as "" | "k" | "M" | "G"] : NaN;
      if (!Number.isSafeInteger(n)) throw new UserError("usage", `--${name} wants a whole number such as 5000000 or 5M, not "${text}"`);
      return n;
    },
  };
}

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
  /** @throws UserError when one of these options was given */
  refuseOptions(names: readonly string[], why: string): void;
  /** @throws UserError when anything follows `--` */
  refuseRest(why: string): void;
  /** a non-negative integer; 20M and 1.5k are understood */
  count(name: string, otherwise: number): number;
}

export function readArguments(argv: readonly string[], options: Options, usage: string): Arguments {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  // A value may begin with a dash (--cflags "-O3"); another option is no value.
  const joined: string[] = [];
  for (let i = 0; i < own.length; i++) {
    const [word, next] = [own[i]!, own[i + 1]];
    const takesText = word.startsWith("--") && options[word.slice(2)]?.type === "string";
    const isOption = next?.startsWith("--") && next.slice(2).split("=")[0]! in options;
    if (takesText && next?.startsWith("-") && !isOption) joined.push(`${word}=${own[++i]}`);
    else joined.push(word);
  }
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: joined, options, allowPositionals: true, strict: true }) as typeof parsed;
  } catch (error) {
    throw new UserError("usage", `${(error as Error).message}\n${usage}`);
  }
  const { values, positionals } = parsed;
  return {
    positionals,
    rest: dashes < 0 ? [] : argv.slice(dashes + 1),
    flag: (name) => values[name] === true,
    text: (name) => values[name] as string | undefined,
    list(name) {
      const given = values[name] as string[] | undefined;
      const words = (given ?? []).flatMap((v) => v.split(",")).map((v) => v.trim()).filter((v) => v !== "");
      if (given && !words.length) throw new UserError("usage", `--${name} names nothing`);
      return words;
    },
    refuseOptions(names, why) {
      const given = names.filter((name) => values[name] !== undefined).map((name) => `--${name}`);
      if (given.length) throw new UserError("usage", `${given.join(" and ")}: ${why}`);
    },
    refuseRest(why) {
      if (dashes >= 0 && dashes + 1 < argv.length) throw new UserError("usage", `-- ${argv[dashes + 1]}: ${why}`);
    },
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

/** What an assistant may ask: the schemas that package.json and `perfvec mcp` publish, and the one check of what it sends. */
import { UserError } from "../errors";

/** The part of JSON Schema that the questions use. */
export type Schema =
  | { type: "string"; description?: string; minLength?: number; maxLength: number }
  | { type: "integer"; description?: string; minimum: number; maximum: number }
  | { type: "array"; description?: string; items: Schema; minItems?: number; maxItems: number }
  | ObjectSchema;
export interface ObjectSchema {
  type: "object";
  properties: Record<string, Schema>;
  required?: string[];
  additionalProperties: false;
}

const NAME = { type: "string", minLength: 1, maxLength: 100 } as const;
const FILE = { type: "string", minLength: 1, maxLength: 4096 } as const;
const FUNCTION = { type: "string", minLength: 1, maxLength: 1000 } as const;

const object = (properties: Record<string, Schema>, required: string[] = []): ObjectSchema => ({
  type: "object",
  properties,
  ...(required.length ? { required } : {}),
  additionalProperties: false,
});

export interface HotLinesQuestion {
  file?: string;
  machine?: string;
  function?: string;
  count?: number;
}
export const HOT_LINES = object({
  file: { ...FILE, description: "A C or C++ source, a static RISC-V ELF, or a .perfvec report. Left out: what was predicted last." },
  machine: { ...NAME, description: "A machine of the library, such as p550-class. Left out: the default one, or the one that is chosen in the editor." },
  function: { ...FUNCTION, description: "Only lines of this function, with what is inlined into it." },
  count: { type: "integer", minimum: 1, maximum: 50, description: "Lines at most; 10 when left out." },
});

export interface CompareQuestion {
  file?: string;
  machines?: string[];
  function?: string;
  line?: number;
  source?: string;
}
export const COMPARE_MACHINES = object({
  file: { ...FILE, description: "A C or C++ source, a static RISC-V ELF, or a .perfvec report. Left out: what was predicted last." },
  machines: { type: "array", items: NAME, minItems: 1, maxItems: 200, description: 'Machines of the library, or ["all"]. Left out: the default ones, or those that are chosen in the editor.' },
  function: { ...FUNCTION, description: "The time of this function in place of the program's." },
  line: { type: "integer", minimum: 1, maximum: 10_000_000, description: "The time of this line in place of the program's." },
  source: { ...FILE, description: "The source file of the line, where the program has several; the end of its path is enough." },
});

export interface MachinesQuestion {
  words?: string;
}
export const LIST_MACHINES = object({
  words: { ...NAME, description: 'Only machines that have every one of these, separated by commas, in name, title, core, clock or caches: "in order, class".' },
});

export interface RunQuestion {
  file: string;
  arguments?: string[];
  from?: string;
  limit?: number;
  elf?: string;
}
/** How a program is run, where no editor's settings say so. */
const RUN: Record<string, Schema> = {
  arguments: { type: "array", items: { type: "string", maxLength: 4096 }, maxItems: 100, description: "Arguments of the program." },
  from: { ...FUNCTION, description: "Count from the first execution of this function on." },
  limit: { type: "integer", minimum: 1000, maximum: 1_000_000_000, description: "Executed instructions counted at most; 5,000,000 when left out (of a trace, all). 100,000 to 300,000 are predicted in a second." },
  elf: { ...FILE, description: "Of a trace: the program that was traced." },
};

/** The same question about a file that has to be named. */
export const withRun = (question: ObjectSchema): ObjectSchema => {
  const file: Schema = { ...FILE, description: "A C or C++ source, a static RISC-V ELF, a gem5 trace (.txt, .txt.gz, .npz), or a .perfvec report; relative to the server's root folder." };
  return object({ ...question.properties, file, ...RUN }, ["file"]);
};

/** @throws UserError that names what is wrong @returns the value, which is as the schema has it */
export function checked<T>(schema: ObjectSchema, value: unknown): T {
  check(schema, value, "the input");
  return value as T;
}

function check(schema: Schema, value: unknown, name: string): void {
  const bad = (what: string): UserError => new UserError("question", `${name} ${what}`);
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") throw bad("must be text");
      if (value.length < (schema.minLength ?? 0) || value.length > schema.maxLength) throw bad(`must have ${schema.minLength ?? 0} to ${schema.maxLength} characters`);
      return;
    case "integer":
      if (!Number.isSafeInteger(value) || (value as number) < schema.minimum || (value as number) > schema.maximum) throw bad(`must be a whole number from ${schema.minimum} to ${schema.maximum}`);
      return;
    case "array":
      if (!Array.isArray(value)) throw bad("must be a list");
      if (value.length < (schema.minItems ?? 0) || value.length > schema.maxItems) throw bad(`must have ${schema.minItems ?? 0} to ${schema.maxItems} entries`);
      value.forEach((item, i) => check(schema.items, item, `${name}[${i}]`));
      return;
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("must be an object");
      const names = Object.keys(schema.properties);
      for (const [key, item] of Object.entries(value)) {
        if (!names.includes(key)) throw bad(`has no "${key.slice(0, 50)}" (there are ${names.join(", ")})`);
        check(schema.properties[key]!, item, key);
      }
      for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) throw bad(`lacks "${key}"`);
    }
  }
}

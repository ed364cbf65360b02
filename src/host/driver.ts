/** Writes a program around one function: a `main` that calls it many times. Knows nothing of VS Code. */

export interface FunctionText {
  name: string;
  /** as written, without the name and the parameters */
  returns: string;
  parameters: string[];
  /** lines from 0: first of the header, last of the body */
  start: number;
  end: number;
}

/** Comments, strings and preprocessor lines as blanks of the same length, so that places stay. One pass. */
function blanked(text: string): string {
  const pieces: string[] = [];
  let kept = 0;
  let lineStart = true;
  /** Blanks from `from` to `to`. */
  const blank = (from: number, to: number): void => {
    pieces.push(text.slice(kept, from), text.slice(from, to).replace(/[^\n]/g, " "));
    kept = to;
  };
  const lineEnd = (from: number, continued: boolean): number => {
    for (let at = from; ; ) {
      const end = text.indexOf("\n", at);
      if (end < 0) return text.length;
      if (!continued || text[end - 1] !== "\\") return end;
      at = end + 1;
    }
  };
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    let end = i + 1;
    if (c === "/" && text[i + 1] === "*") {
      const close = text.indexOf("*/", i + 2);
      end = close < 0 ? text.length : close + 2;
      blank(i, end);
    } else if (c === "/" && text[i + 1] === "/") {
      end = lineEnd(i, true);
      blank(i, end);
    } else if (c === "#" && lineStart) {
      end = lineEnd(i, true);
      blank(i, end);
    } else if (c === '"' || c === "'") {
      while (end < text.length && text[end] !== c && text[end] !== "\n") end += text[end] === "\\" ? 2 : 1;
      end = Math.min(text.length, end + 1);
      blank(i, end);
    }
    lineStart = c === "\n" || (lineStart && (c === " " || c === "\t"));
    i = end;
  }
  pieces.push(text.slice(kept));
  return pieces.join("");
}

/** Longer headers of functions, and longer texts, are passed over: they are none that a person wrote. */
const LONGEST_HEADER = 600;
const LONGEST_TEXT = 1 << 20;
const HEADER = /^([\s\S]*?)([A-Za-z_]\w*)\s*\(([\s\S]*)\)\s*(?:noexcept\s*)?$/;
/** Blocks that hold functions: a walk goes into them. */
const CONTAINER = /\b(?:namespace|extern)\b[^()]*$/;

/** The free functions that are defined in a C or C++ text. */
export function functionsIn(text: string): FunctionText[] {
  if (text.length > LONGEST_TEXT) return [];
  const source = blanked(text);
  const lineOf = lineCounter(source);
  const found: FunctionText[] = [];
  let header = 0;
  let depth = 0;
  let open: Omit<FunctionText, "end"> | undefined;
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (c === ";" && depth === 0) header = i + 1;
    else if (c === "{") {
      const first = source.slice(header, i).search(/\S/);
      const before = first < 0 || i - header - first > LONGEST_HEADER ? "" : source.slice(header + first, i);
      if (depth === 0 && CONTAINER.test(before)) {
        header = i + 1;
        continue;
      }
      if (depth++ > 0) continue;
      const match = HEADER.exec(before);
      if (!match || /\b(?:template|operator|class|struct\s+\w+\s*$)\b/.test(match[1]!) || !match[1]!.trim()) continue;
      const start = lineOf(header + first);
      open = { name: match[2]!, returns: match[1]!.trim().replace(/\s+/g, " "), parameters: parametersOf(match[3]!), start };
    } else if (c === "}") {
      depth = Math.max(0, depth - 1);
      if (depth > 0) continue;
      if (open) found.push({ ...open, end: lineOf(i) });
      open = undefined;
      header = i + 1;
    }
  }
  return found;
}

/** Lines of places that are asked for in ascending order. */
function lineCounter(text: string): (at: number) => number {
  let line = 0;
  let next = text.indexOf("\n");
  return (at) => {
    for (; next >= 0 && next < at; next = text.indexOf("\n", next + 1)) line++;
    return line;
  };
}

/** Splits at commas outside brackets. */
function parametersOf(text: string): string[] {
  const parameters: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if ("([<{".includes(text[i] ?? " ")) depth++;
    else if (")]>}".includes(text[i] ?? " ")) depth--;
    else if (i === text.length || (text[i] === "," && depth === 0)) {
      parameters.push(text.slice(from, i).trim().replace(/\s+/g, " "));
      from = i + 1;
    }
  }
  return parameters.filter((p) => p !== "" && p !== "void");
}

/** Bytes that each pointer points to. */
const BUFFER = 65536;

/** A declaration with a value for one parameter. */
function argument(parameter: string, number: number, cpp: boolean): { name: string; declaration: string } {
  const array = /^(.*?)\b(\w+)\s*\[[^\]]*\]((?:\[[^\]]*\])*)$/.exec(parameter);
  const named = array ? null : /^(.*[\s*&])([A-Za-z_]\w*)$/.exec(parameter);
  const name = array?.[2] ?? named?.[2] ?? `argument${number}`;
  const type = (array ? (array[3] ? `${array[1]}(*)${array[3]}` : `${array[1]}*`) : (named?.[1] ?? parameter)).replace(/&+/g, "").trim();
  const value = type.replace(/\bconst\b\s*/g, "");
  const declared = type.includes("(*)") ? type.replace("(*)", `(*${name})`) : `${type} ${name}`.replace(/\* /g, "*");
  if (type.includes("*")) return { name, declaration: `${declared} = (${type})buffer[${number}];` };
  if (/^(?:long )?(?:float|double)$/.test(value)) return { name, declaration: `${value} ${name} = 1.5;` };
  if (/^(?:(?:char|short|int|long|unsigned|signed|bool|_Bool|s?size_t|u?int\d+_t) ?)+$/.test(value)) return { name, declaration: `${value} ${name} = 64;` };
  return { name, declaration: cpp ? `${value} ${name}{};` : `${value} ${name} = {0};` };
}

/** @param file absolute path of the source, which is included: its statics can be called, and its lines stay its own */
export function driverFor(fn: FunctionText, file: string, cpp: boolean): string {
  const given = fn.parameters.map((p, i) => argument(p, i, cpp));
  const call = `${fn.name}(${given.map((g) => g.name).join(", ")})`;
  const isVoid = /\bvoid\s*$/.test(fn.returns);
  const opaque = given.map((g) => `    __asm__ volatile("" : "+m"(${g.name}));`);
  return [
    `// A program around ${fn.name}(): put real arguments here, then predict this file.`,
    `#include "${file.replace(/["\\]/g, "\\$&")}"`,
    "",
    ...(given.some((g) => g.declaration.includes("buffer[")) ? [`static unsigned char buffer[${given.length}][${BUFFER}] __attribute__((aligned(64)));`, ""] : []),
    "int main(void) {",
    ...given.map((g) => `  ${g.declaration}`),
    "  for (int i = 0; i < 1000; i++) {",
    ...(opaque.length ? ["    // The compiler must not know the arguments, or drop the call.", ...opaque] : []),
    ...(isVoid ? [`    ${call};`] : [`    ${cpp ? "auto" : "__auto_type"} result = ${call};`, '    __asm__ volatile("" : : "m"(result) : "memory");']),
    "  }",
    "  return 0;",
    "}",
    "",
  ].join("\n");
}

/** Numbers and tables for people. */

const BLOCKS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `share` (0 … 1) in `width` cells. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * width * 8);
  return ("█".repeat(eighths >> 3) + BLOCKS[eighths & 7]!).padEnd(width);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Without what commands a terminal or turns the direction of writing: text of reports, programs and users; line breaks stay. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** A name that stays within its line and `most` characters: no line breaks, no controls, nothing that turns the direction of writing. */
export function oneLine(text: string, most = 200): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return cut.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** An error: "+3.1 %"; "" where there is none. */
export function signedPercent(share: number | undefined): string {
  return share === undefined ? "" : `${share < 0 ? "\u2212" : "+"}${(100 * Math.abs(share)).toFixed(1)} %`;
}

/** 1234567 -> "1,234,567" */
export function integer(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}

/** Three to four significant digits: 1234567 -> "1.235 M" */
export function short(n: number): string {
  for (const [factor, unit] of [[1e9, " G"], [1e6, " M"], [1e3, " k"]] as const) {
    if (n >= factor) return (n / factor).toPrecision(4) + unit;
  }
  return n >= 100 || Number.isInteger(n) ? n.toFixed(0) : n.toPrecision(3);
}

export function duration(ns: number): string {
  for (const [factor, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]] as const) {
    if (ns >= factor) return `${(ns / factor).toPrecision(4)} ${unit}`;
  }
  return `${ns.toPrecision(3)} ns`;
}

/** A difference: "+1.50 µs" */
export function signedDuration(ns: number): string {
  return `${ns < 0 ? "\u2212" : "+"}${duration(Math.abs(ns))}`;
}

/** A C++ name with what stands between < and > replaced: std::vector<int, std::allocator<int>>::size -> std::vector<…>::size */
function withoutTemplates(name: string, mark: string): string {
  let depth = 0;
  let out = "";
  for (let i = 0; i < name.length; i++) {
    const c = name[i]!;
    // operator<, operator<< and operator-> open and close nothing.
    const isOperator = (c === "<" || c === ">") && /operator[<>=-]*$/.test(name.slice(Math.max(0, i - 11), i));
    if (c === "<" && !isOperator && depth++ === 0) out += mark;
    else if (c === ">" && !isOperator && depth > 0) depth--;
    else if (depth === 0) out += c;
  }
  return depth === 0 ? out : name;
}

/** ns::Box<std::pair<int, int>>::get [clone .part] -> get */
export function bareName(name: string): string {
  return withoutTemplates(name.replace(/\s*\[.*$/, ""), "").split("::").at(-1)!.trim();
}

export const shortName = (name: string): string => withoutTemplates(name, "<…>");

/** Columns padded to their widest cell; those in `left` are set flush left. */
export function table(rows: string[][], left: readonly number[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const line = (row: string[]): string =>
    row.map((cell, c) => (left.includes(c) ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join("  ").trimEnd();
  return rows.map(line).join("\n");
}

/** Rows of comma-separated values (RFC 4180). */
export function csv(rows: (string | number)[][]): string {
  const cell = (value: string | number): string => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",") + "\n").join("");
}

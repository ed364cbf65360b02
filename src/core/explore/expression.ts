import jsep, { type Expression } from "jsep";
import { UserError } from "../errors";

/** Arithmetic over names: what an objective or a cost of a design is. Names resolve to numbers; nothing else can be reached. */
export interface Formula {
  text: string;
  /** names that it uses, such as "time" or "l1d.size_kb" */
  names: string[];
  /** @param values of the names, in their order */
  evaluate(values: ArrayLike<number>): number;
}

type Evaluate = Formula["evaluate"];

const BINARY: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b, "**": (a, b) => a ** b,
  "<": (a, b) => Number(a < b), ">": (a, b) => Number(a > b), "<=": (a, b) => Number(a <= b), ">=": (a, b) => Number(a >= b),
  "==": (a, b) => Number(a === b), "&&": (a, b) => Number(a !== 0 && b !== 0), "||": (a, b) => Number(a !== 0 || b !== 0),
};
const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  min: Math.min, max: Math.max, sqrt: Math.sqrt, log2: Math.log2, log: Math.log, exp: Math.exp, abs: Math.abs, pow: Math.pow, ceil: Math.ceil, floor: Math.floor,
};
const LONGEST = 2000;

jsep.addBinaryOp("**", 11, true);

/** @param what is told in errors. @throws UserError that says where it does not parse */
export function parseFormula(text: string, what: string): Formula {
  const bad = (cause: string): UserError => new UserError("formula", `${what} "${text.slice(0, 200)}": ${cause}`);
  if (text.length > LONGEST) throw bad(`longer than ${LONGEST} characters`);
  let tree: Expression;
  try {
    tree = jsep(text);
  } catch (error) {
    throw bad((error as Error).message);
  }
  const names: string[] = [];
  const nameOf = (node: Expression): string => {
    if (node.type === "Identifier") return node["name"] as string;
    if (node.type === "MemberExpression" && !node["computed"]) return `${nameOf(node["object"] as Expression)}.${nameOf(node["property"] as Expression)}`;
    throw bad("only names, numbers, + - * / % ** ?: comparisons and " + Object.keys(FUNCTIONS).join(", "));
  };
  const build = (node: Expression): Evaluate => {
    switch (node.type) {
      case "Literal": {
        const value = node["value"];
        if (typeof value !== "number") throw bad("only numbers can be calculated with");
        return () => value;
      }
      case "Identifier":
      case "MemberExpression": {
        const name = nameOf(node);
        if (!names.includes(name)) names.push(name);
        const at = names.indexOf(name);
        return (values) => values[at]!;
      }
      case "UnaryExpression": {
        const inner = build(node["argument"] as Expression);
        if (node["operator"] === "-") return (v) => -inner(v);
        if (node["operator"] === "+") return inner;
        throw bad(`"${String(node["operator"])}" is not known`);
      }
      case "BinaryExpression": {
        const operator = String(node["operator"]);
        if (!Object.hasOwn(BINARY, operator)) throw bad(`"${operator}" is not known`);
        const [apply, left, right] = [BINARY[operator]!, build(node["left"] as Expression), build(node["right"] as Expression)];
        return (v) => apply(left(v), right(v));
      }
      case "ConditionalExpression": {
        const [test, yes, no] = ["test", "consequent", "alternate"].map((key) => build(node[key] as Expression)) as [Evaluate, Evaluate, Evaluate];
        return (v) => (test(v) !== 0 ? yes(v) : no(v));
      }
      case "CallExpression": {
        const name = nameOf(node["callee"] as Expression);
        if (!Object.hasOwn(FUNCTIONS, name)) throw bad(`there is no function "${name}"; known are ${Object.keys(FUNCTIONS).join(", ")}`);
        const [apply, values] = [FUNCTIONS[name]!, (node["arguments"] as Expression[]).map(build)];
        return (v) => apply(...values.map((value) => value(v)));
      }
      default:
        throw bad(node.type === "Compound" ? "it is no single expression" : `${node.type} is not known`);
    }
  };
  const evaluate = build(tree);
  return { text, names, evaluate };
}

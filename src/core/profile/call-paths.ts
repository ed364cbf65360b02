/**
 * Which function is executed and by which calls it was reached, told from the executed instructions alone, so that every trace
 * source has it. Calls and returns are known by their link register (ISA manual, JALR, return-address stack hints).
 */
import type { Exports } from "../wasm";
import { u32 } from "../wasm";
import { FLAG } from "../trace/trace";

/** What an executed instruction says of where the next one stands. */
export const FLOW = { plain: 0, call: 1, return: 2 } as const;

/** What is asked of a static micro-operation. */
export interface FlowInstruction {
  pc: number;
  /** bytes of its encoding */
  length: number;
  flow: number;
}

/** Paths that are kept at most, calls of a path, and how often a function stands in one: what is called beyond joins. */
export const MOST = { nodes: 1 << 15, depth: 256, recursion: 4 } as const;
/** Frames of the shadow stack: of a program that calls and never returns, the older half is forgotten. */
const FRAMES = 1 << 20;
/** Frames among which the one that a jump goes back to is looked for. */
const SOUGHT = 1 << 16;
/** In place of the return address: it was entered by a jump, and returns with the frame below. */
const JUMPED = -1;
const NO_FUNCTION = -1;

/** Reads static micro-operations from the module's table. */
export function flowsOf(exports: Exports): (number: number) => FlowInstruction {
  const isLink = (class_: number, register: number): boolean => class_ === 0 && (register === 1 || register === 5);
  return (number) => {
    const view = new DataView(exports.memory.buffer, u32(exports.statics) + 64 * number, 64);
    const flags = view.getUint16(12, true);
    const links = view.getUint8(17) > 0 && isLink(view.getInt8(26), view.getInt16(48, true));
    const comesBack = !(flags & FLAG.direct) && view.getUint8(16) > 0 && isLink(view.getInt8(18), view.getInt16(32, true));
    const flow = !(flags & FLAG.unconditional) ? FLOW.plain : links ? FLOW.call : comesBack ? FLOW.return : FLOW.plain;
    return { pc: Number(view.getBigUint64(0, true)), length: view.getUint8(11), flow };
  };
}

/**
 * A shadow stack that walks over a tree. A node is a function reached by the calls of its parent; node 0 is the root, which is no
 * function. A jump to the entry of another function is a tail call, a child of who jumps. A return to what is not on top, or a jump
 * into the middle of a function that has not returned (longjmp, unwinding, a signal's end), goes back to that frame.
 */
export class CallPaths {
  /** nodes; [count] of each */
  count = 1;
  parents = new Int32Array(256);
  functions = new Int32Array(256).fill(NO_FUNCTION);
  calls = new Float64Array(256);
  /** whether calls were more, or deeper, than are kept */
  isCut = false;
  /** where each function begins */
  readonly entries: number[] = [];
  /** whether calls are counted */
  isCounting = true;

  private readonly numbers = new Map<number, number>();
  private readonly children = new Map<number, number>();
  private lastFunction = new Int32Array(256).fill(NO_FUNCTION);
  private lastChild = new Int32Array(256);

  private depth = 0;
  private returns = new Float64Array(256);
  private nodes = new Int32Array(256);
  private running = new Int32Array(256);

  private known = 0;
  private pcs = new Float64Array(1024);
  private nexts = new Float64Array(1024);
  private flows = new Uint8Array(1024);

  private node = 0;
  private pc = -1;
  private next = -1;
  private flow: number = FLOW.plain;

  /** @param instructionAt static micro-operations by number @param entryAt where the function that covers a pc begins; undefined where none is known */
  constructor(
    private readonly instructionAt: (number: number) => FlowInstruction,
    private readonly entryAt: (pc: number) => number | undefined,
  ) {}

  /** Takes the next executed instruction. @returns the node that it is executed in */
  step(number: number): number {
    if (number >= this.known) this.learn(number);
    const pc = this.pcs[number]!;
    // The micro-operations of one instruction have one pc.
    if (this.flow !== FLOW.plain || (pc !== this.next && pc !== this.pc)) this.arrive(pc);
    this.flow = this.flows[number]!;
    this.pc = pc;
    this.next = this.nexts[number]!;
    return this.node;
  }

  private learn(number: number): void {
    if (number >= this.pcs.length) {
      const size = Math.max(number + 1, 2 * this.pcs.length);
      this.pcs = longer(this.pcs, size);
      this.nexts = longer(this.nexts, size);
      this.flows = longer(this.flows, size);
    }
    for (; this.known <= number; this.known++) {
      const { pc, length, flow } = this.instructionAt(this.known);
      this.pcs[this.known] = pc;
      this.nexts[this.known] = pc + length;
      this.flows[this.known] = flow;
    }
  }

  /** The flow of control has gone to a pc that does not simply follow. */
  private arrive(pc: number): void {
    const inside = this.functionAt(pc);
    if (this.depth === 0) return this.push(JUMPED, inside === NO_FUNCTION ? this.numberOf(pc) : inside);
    if (this.flow === FLOW.call) return this.call(pc, inside);
    if (this.flow === FLOW.return && this.returnTo(pc)) return;
    if (inside === NO_FUNCTION || inside === this.running[this.depth - 1]) return;
    if (this.entries[inside] === pc) return this.tailCall(inside);
    const back = this.frameOf(inside);
    if (back >= 0) this.popTo(back);
    else if (this.flow === FLOW.plain) this.push(JUMPED, inside);
    else {
      // It returns further than is known: counting began inside of it.
      this.depth = 0;
      this.node = 0;
      this.push(JUMPED, inside);
    }
  }

  private call(pc: number, inside: number): void {
    const isLocal = inside !== NO_FUNCTION && inside === this.running[this.depth - 1] && this.entries[inside] !== pc;
    if (isLocal) this.enter(this.next, inside, this.node);
    else this.push(this.next, inside === NO_FUNCTION ? this.numberOf(pc) : inside);
  }

  private returnTo(pc: number): boolean {
    for (let i = this.depth - 1, end = Math.max(1, this.depth - SOUGHT); i >= end; i--) {
      if (this.returns[i] !== pc) continue;
      this.popTo(i - 1);
      return true;
    }
    return false;
  }

  private tailCall(to: number): void {
    for (let i = this.depth - 1; i >= 0; i--) {
      if (this.running[i] === to) {
        this.popTo(i);
        if (this.isCounting && this.functions[this.node] === to) this.calls[this.node]!++;
        return;
      }
      if (this.returns[i] !== JUMPED) break;
    }
    this.push(JUMPED, to);
  }

  private frameOf(wanted: number): number {
    for (let i = this.depth - 1, end = Math.max(0, this.depth - SOUGHT); i >= end; i--) if (this.running[i] === wanted) return i;
    return -1;
  }

  private popTo(frame: number): void {
    this.depth = frame + 1;
    this.node = this.nodes[frame]!;
  }

  private push(returnsTo: number, called: number): void {
    const node = this.childOf(this.node, called);
    if (this.isCounting && this.functions[node] === called) this.calls[node]!++;
    this.enter(returnsTo, called, node);
  }

  private enter(returnsTo: number, called: number, node: number): void {
    if (this.depth === FRAMES) {
      for (const frames of [this.returns, this.nodes, this.running]) frames.copyWithin(0, FRAMES / 2);
      this.depth = FRAMES / 2;
    }
    if (this.depth === this.nodes.length) {
      const size = 2 * this.depth;
      this.returns = longer(this.returns, size);
      this.nodes = longer(this.nodes, size);
      this.running = longer(this.running, size);
    }
    this.returns[this.depth] = returnsTo;
    this.nodes[this.depth] = node;
    this.running[this.depth++] = called;
    this.node = node;
  }

  private functionAt(pc: number): number {
    const entry = this.entryAt(pc);
    return entry === undefined ? NO_FUNCTION : this.numberOf(entry);
  }

  private numberOf(entry: number): number {
    let number = this.numbers.get(entry);
    if (number === undefined) this.numbers.set(entry, (number = this.entries.push(entry) - 1));
    return number;
  }

  private childOf(parent: number, called: number): number {
    if (this.lastFunction[parent] === called) return this.lastChild[parent]!;
    const key = parent * 2 ** 32 + called;
    let child = this.children.get(key);
    if (child === undefined) {
      child = this.joined(parent, called);
      const isNew = child < 0;
      if (isNew) child = this.newChild(parent, called);
      // Nodes are bounded; what joins them may be anything.
      if (isNew || !this.isCut) this.children.set(key, child);
    }
    this.lastFunction[parent] = called;
    this.lastChild[parent] = child;
    return child;
  }

  /** The node that a call joins for want of one of its own; -1: none, it shall have one. */
  private joined(parent: number, called: number): number {
    let depth = 0;
    let same = 0;
    let nearest = -1;
    for (let node = parent; node !== 0; node = this.parents[node]!) {
      depth++;
      if (this.functions[node] !== called) continue;
      if (same++ === 0) nearest = node;
    }
    if (same >= MOST.recursion) return nearest;
    if (this.count < MOST.nodes && depth < MOST.depth) return -1;
    this.isCut = true;
    return parent;
  }

  private newChild(parent: number, called: number): number {
    if (this.count === this.parents.length) {
      const size = 2 * this.count;
      this.parents = longer(this.parents, size);
      this.functions = longer(this.functions, size);
      this.calls = longer(this.calls, size);
      this.lastFunction = longer(this.lastFunction, size).fill(NO_FUNCTION, this.count);
      this.lastChild = longer(this.lastChild, size);
    }
    this.parents[this.count] = parent;
    this.functions[this.count] = called;
    return this.count++;
  }
}

function longer<A extends Float64Array | Int32Array | Uint8Array>(array: A, size: number): A {
  const made = new (array.constructor as new (length: number) => A)(size);
  (made as Uint8Array).set(array as Uint8Array);
  return made;
}

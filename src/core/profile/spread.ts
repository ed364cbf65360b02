/** Spreads a run over its call paths and over slices of equal length, in memory that does not grow with it. */
import type { CallPaths } from "./call-paths";
import type { Slices } from "./profile";

/** Slices that a run has at most; a power of two. When they are full, two become one. */
export const MOST_SLICES = 256;
/** Executed instructions of a slice at first. */
const SHORTEST = 16;

export class Spread {
  /** [nodes * d], by node of the call paths */
  sums: Float64Array;
  /** [nodes] executed instructions */
  executed = new Float64Array(256);
  private slices: Float64Array;
  private filled = 0;
  private length = SHORTEST;
  private left = SHORTEST;
  /** what was executed since the node changed or a slice ended */
  private readonly run: Float64Array;
  private rows = 0;
  private node = 0;

  constructor(
    private readonly dimensions: number,
    readonly paths: CallPaths,
  ) {
    this.sums = new Float64Array(256 * dimensions);
    this.slices = new Float64Array(MOST_SLICES * dimensions);
    this.run = new Float64Array(dimensions);
  }

  /** Takes executed instructions that do not count: the stack is known when counting begins. */
  pass(index: Uint32Array): void {
    this.paths.isCounting = false;
    for (let row = 0; row < index.length; row++) this.node = this.paths.step(index[row]!);
    this.paths.isCounting = true;
  }

  add(representations: Float32Array, index: Uint32Array, count: number): void {
    if (count === 0) return;
    let node = this.paths.step(index[0]!);
    for (let row = 0; row < count; ) {
      if (node !== this.node) {
        this.flush();
        this.node = node;
      }
      const most = Math.min(count, row + this.left);
      let end = row + 1;
      while (end < most && (node = this.paths.step(index[end]!)) === this.node) end++;
      this.addRows(representations, row, end);
      if (end < count && end === most) node = this.paths.step(index[end]!);
      row = end;
      if (this.left === 0) this.endSlice();
    }
  }

  /** Rows of one node and slice, four at a time: that is twice as fast. */
  private addRows(representations: Float32Array, from: number, to: number): void {
    const d = this.dimensions;
    const { run } = this;
    let row = from;
    for (; row + 4 <= to; row += 4) {
      for (let k = 0, at = row * d; k < d; k++, at++) run[k]! += representations[at]! + representations[at + d]! + representations[at + 2 * d]! + representations[at + 3 * d]!;
    }
    for (; row < to; row++) for (let k = 0, at = row * d; k < d; k++, at++) run[k]! += representations[at]!;
    this.rows += to - from;
    this.left -= to - from;
  }

  /** @returns undefined when nothing was executed */
  finish(): Slices | undefined {
    this.flush();
    const used = this.filled + (this.left < this.length ? 1 : 0);
    const executed = this.filled * this.length + this.length - this.left;
    return used ? { length: this.length, executed, sums: Float32Array.from(this.slices.subarray(0, used * this.dimensions)) } : undefined;
  }

  private flush(): void {
    if (!this.rows) return;
    const d = this.dimensions;
    if (this.node >= this.executed.length) this.grow();
    this.executed[this.node]! += this.rows;
    const { run, sums, slices } = this;
    for (let k = 0, node = this.node * d, slice = this.filled * d; k < d; k++) {
      const value = run[k]!;
      sums[node++]! += value;
      slices[slice++]! += value;
      run[k] = 0;
    }
    this.rows = 0;
  }

  private endSlice(): void {
    this.flush();
    this.filled++;
    if (this.filled === MOST_SLICES) this.halve();
    this.left = this.length;
  }

  private halve(): void {
    const d = this.dimensions;
    const { slices } = this;
    for (let s = 0; s < MOST_SLICES / 2; s++) {
      for (let k = 0; k < d; k++) slices[s * d + k] = slices[2 * s * d + k]! + slices[(2 * s + 1) * d + k]!;
    }
    slices.fill(0, (MOST_SLICES / 2) * d);
    this.filled = MOST_SLICES / 2;
    this.length *= 2;
  }

  private grow(): void {
    const size = Math.max(2 * this.executed.length, this.node + 1);
    const executed = new Float64Array(size);
    const sums = new Float64Array(size * this.dimensions);
    executed.set(this.executed);
    sums.set(this.sums);
    this.executed = executed;
    this.sums = sums;
  }
}

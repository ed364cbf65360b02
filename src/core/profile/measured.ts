/** Whom a measured time is given to: "proportional" as below; "commit": as PerfVec does, the increment of the commit time to who commits. */
export type Attributing = "proportional" | "commit";

/**
 * Measured time by static micro-operation, time-proportional: the head of a group that retires together has the time
 * since the group before, the group shares the head's last cycle, and the refill after a misprediction goes to the
 * branch. A cycle is the shortest time between two retirements.
 */
export class MeasuredTime {
  private time = new Float64Array(1024);
  /** how often it was the head of a group, and the sum of its shares of groups' last cycles */
  private heads = new Float64Array(1024);
  private shares = new Float64Array(1024);
  private cycle = Infinity;
  private previous = -1;
  private group: number[] = [];

  constructor(private readonly attributing: Attributing = "proportional") {}

  /** @param time picoseconds since the retirement before; `refill` of them after a misprediction of the instruction before */
  add(index: number, time: number, refill: number): void {
    while (index >= this.time.length) this.grow();
    if (this.attributing === "commit") {
      this.time[index]! += time;
      return;
    }
    if (time > 0) {
      this.closeGroup();
      this.cycle = Math.min(this.cycle, time);
      this.time[index]! += time - refill;
      if (this.previous >= 0) this.time[this.previous]! += refill;
      else this.time[index]! += refill;
      this.heads[index]!++;
    }
    this.group.push(index);
    this.previous = index;
  }

  /** Nanoseconds of a static micro-operation; the sum over all is the whole time. */
  of(index: number): number {
    this.closeGroup();
    if (index >= this.time.length) return 0;
    const cycle = Number.isFinite(this.cycle) ? this.cycle : 0;
    return (this.time[index]! + cycle * (this.shares[index]! - this.heads[index]!)) / 1000;
  }

  private closeGroup(): void {
    for (const index of this.group) this.shares[index]! += 1 / this.group.length;
    this.group = [];
  }

  private grow(): void {
    for (const key of ["time", "heads", "shares"] as const) {
      const longer = new Float64Array(2 * this[key].length);
      longer.set(this[key]);
      this[key] = longer;
    }
  }
}

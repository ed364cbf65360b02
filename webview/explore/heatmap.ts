/** The grid as a picture: rows and columns are the axes. The readout and the tables beside it say the same in words. */
import { rangeOf, shade } from "./ramp";

const SIZE = 480;

export class Heatmap {
  readonly canvas = document.createElement("canvas");
  readonly #cells = document.createElement("canvas");
  #rows = 0;
  #columns = 0;
  #best = -1;
  at = -1;

  /** @param moved told the design that is looked at */
  constructor(moved: (design: number) => void) {
    const { canvas } = this;
    canvas.width = canvas.height = SIZE;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "heatmap");
    const go = (design: number): void => {
      this.at = design;
      this.draw();
      moved(design);
    };
    canvas.addEventListener("pointermove", (event) => {
      const { width, height } = canvas.getBoundingClientRect();
      const column = Math.min(this.#columns - 1, Math.floor((event.offsetX / width) * this.#columns));
      const row = Math.min(this.#rows - 1, Math.floor((1 - event.offsetY / height) * this.#rows));
      const design = Math.max(0, row) * this.#columns + Math.max(0, column);
      if (design !== this.at) go(design);
    });
    canvas.addEventListener("keydown", (event) => {
      const from = this.at < 0 ? this.#best : this.at;
      const [row, column] = [Math.floor(from / this.#columns), from % this.#columns];
      const far = event.shiftKey ? 10 : 1;
      const goals: Record<string, [number, number]> = {
        ArrowUp: [row + far, column], ArrowDown: [row - far, column], ArrowLeft: [row, column - far], ArrowRight: [row, column + far],
        Home: [row, 0], End: [row, this.#columns - 1], PageUp: [this.#rows - 1, column], PageDown: [0, column], b: [Math.floor(this.#best / this.#columns), this.#best % this.#columns],
      };
      const goal = goals[event.key];
      if (!goal || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const inside = (v: number, n: number): number => Math.min(n - 1, Math.max(0, v));
      go(inside(goal[0], this.#rows) * this.#columns + inside(goal[1], this.#columns));
    });
  }

  /** @param values [rows * columns] */
  show(values: Float64Array, rows: number, columns: number, best: number): void {
    if (this.at >= rows * columns || rows !== this.#rows || columns !== this.#columns) this.at = -1;
    [this.#rows, this.#columns, this.#best] = [rows, columns, best];
    this.#cells.width = columns;
    this.#cells.height = rows;
    const pen = this.#cells.getContext("2d")!;
    const image = pen.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    shade(values, rangeOf(values), pixels);
    // The first row lies at the bottom, as a diagram's does.
    for (let top = 0, bottom = rows - 1; top < bottom; top++, bottom--) {
      const line = pixels.slice(top * columns, (top + 1) * columns);
      pixels.copyWithin(top * columns, bottom * columns, (bottom + 1) * columns);
      pixels.set(line, bottom * columns);
    }
    pen.putImageData(image, 0, 0);
    this.draw();
  }

  draw(): void {
    const pen = this.canvas.getContext("2d")!;
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, SIZE, SIZE);
    if (this.#rows === 0) return;
    pen.drawImage(this.#cells, 0, 0, SIZE, SIZE);
    const [w, h] = [SIZE / this.#columns, SIZE / this.#rows];
    const centre = (design: number): [number, number] => [((design % this.#columns) + 0.5) * w, SIZE - (Math.floor(design / this.#columns) + 0.5) * h];
    // Black on white can be seen on every colour of the ramp.
    const twice = (path: () => void): void => {
      for (const [colour, width] of [["#000", 5], ["#fff", 2]] as const) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.beginPath();
        path();
        pen.stroke();
      }
    };
    const [x, y] = centre(this.#best);
    twice(() => pen.arc(x, y, 8, 0, 2 * Math.PI));
    if (this.at < 0) return;
    const [cx, cy] = centre(this.at);
    const [half, tall] = [Math.max(5, w / 2), Math.max(5, h / 2)];
    twice(() => pen.rect(cx - half, cy - tall, 2 * half, 2 * tall));
  }
}

/** Time against cost: every design a dot, those that nothing beats a line. The table beside it has the line's designs. */
import { rangeOf } from "./ramp";

const WIDTH = 480;
const HEIGHT = 300;
const EDGE = 12;

interface Point {
  time: Float64Array;
  cost: Float64Array;
  front: readonly number[];
  best: number;
}

/** Half of a colour, as the bytes of an image lie. @param colour as a canvas gives it back: #rrggbb, or rgba(...) */
function pixelOf(colour: string): number {
  const [r, g, b] = colour.startsWith("#") ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : (colour.match(/[\d.]+/g) ?? []).map(Number);
  return ((110 << 24) | ((b ?? 128) << 16) | ((g ?? 128) << 8) | (r ?? 128)) >>> 0;
}

export class Pareto {
  readonly canvas = document.createElement("canvas");
  #shown: Point | undefined;

  constructor() {
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Time against cost of every design; the table of the Pareto front has those that nothing beats");
  }

  show(points: Point): void {
    this.#shown = points;
    this.draw();
  }

  draw(): void {
    const pen = this.canvas.getContext("2d")!;
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    if (!this.#shown) return;
    const { time, cost, front, best } = this.#shown;
    const style = getComputedStyle(document.body);
    const colour = (name: string): string => style.getPropertyValue(name).trim() || style.color;
    const [times, costs] = [rangeOf(time), rangeOf(cost)];
    const x = (i: number): number => EDGE + ((cost[i]! - costs.least) / (costs.most - costs.least || 1)) * (WIDTH - 2 * EDGE);
    const y = (i: number): number => HEIGHT - EDGE - ((time[i]! - times.least) / (times.most - times.least || 1)) * (HEIGHT - 2 * EDGE);
    // As an image: ten thousand rectangles would take longer than pricing them.
    const image = pen.createImageData(WIDTH, HEIGHT);
    const pixels = new Uint32Array(image.data.buffer);
    pen.fillStyle = colour("--vscode-descriptionForeground");
    const dot = pixelOf(String(pen.fillStyle));
    for (let i = 0; i < time.length; i++) {
      const at = Math.round(y(i)) * WIDTH + Math.round(x(i));
      pixels[at] = pixels[at + 1] = pixels[at + WIDTH] = pixels[at + WIDTH + 1] = dot;
    }
    pen.putImageData(image, 0, 0);
    const isContrast = document.body.classList.contains("vscode-high-contrast");
    pen.strokeStyle = pen.fillStyle = isContrast ? colour("--vscode-foreground") : colour("--vscode-charts-orange");
    pen.lineWidth = 2;
    pen.beginPath();
    front.forEach((i) => pen.lineTo(x(i), y(i)));
    pen.stroke();
    for (const i of front) pen.fillRect(x(i) - 2.5, y(i) - 2.5, 5, 5);
    pen.strokeStyle = colour("--vscode-foreground");
    pen.beginPath();
    pen.arc(x(best), y(best), 7, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/** The bars. The table beside them has the same numbers, so that nobody needs to see them. */
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import type { ComparisonView, MachineRow } from "./protocol";
import { barsOf, COLUMNS, type ColumnKey, fitted } from "./rows";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

/** Bars that are drawn at most. */
export const SHOWN_BARS = 20;
const BAR = 20;
const AXIS = 34;
const LONGEST_NAME = 22;
/** Columns whose measured value can be had from the measured time. */
const MEASURABLE: readonly ColumnKey[] = ["time", "cycles", "cpi"];

export type Drawn = Exclude<ColumnKey, "machine" | "measured" | "error">;

/** The column that is drawn: the one that is sorted by, where it has bars. */
export const drawnColumn = (sort: ColumnKey): Drawn => (sort === "machine" || sort === "measured" || sort === "error" ? "time" : sort);

interface Palette {
  foreground: string;
  grid: string;
  plain: string;
  painted: string;
  background: string;
  font: string;
  isContrast: boolean;
}

function palette(): Palette {
  const style = getComputedStyle(document.body);
  const variable = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  const foreground = variable("--vscode-foreground", style.color);
  const isContrast = document.body.classList.contains("vscode-high-contrast");
  return {
    foreground,
    grid: variable("--vscode-contrastBorder", variable("--vscode-widget-border", "#80808040")),
    plain: isContrast ? foreground : variable("--vscode-charts-blue", foreground),
    painted: isContrast ? foreground : variable("--vscode-charts-orange", foreground),
    background: variable("--vscode-sideBar-background", "transparent"),
    font: variable("--vscode-font-family", "sans-serif"),
    isContrast,
  };
}

/** Diagonal lines: the baseline is known by them, not by colour alone. */
function hatched(colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  if (!pen) return colour;
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  for (const x of [-4, 0, 4, 8]) {
    pen.moveTo(x - 1, 9);
    pen.lineTo(x + 9, -1);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat") ?? colour;
}

const isStill = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches || document.body.classList.contains("vscode-reduce-motion");

/** What the trace measured, in the unit of the column. */
function measuredIn(row: MachineRow, drawn: Drawn): number | null {
  if (row.measured === null || !MEASURABLE.includes(drawn) || row.time === 0) return null;
  const value = row[drawn];
  return value === null ? null : (value * row.measured) / row.time;
}

export class Bars {
  readonly canvas = document.createElement("canvas");
  readonly frame = document.createElement("div");
  #chart: Chart<"bar", (number | null)[], string> | undefined;
  #rows: readonly MachineRow[] = [];
  #drawn: Drawn = "time";
  #view: ComparisonView | undefined;

  /** @param choose takes the machine whose bar is clicked */
  constructor(choose: (name: string) => void) {
    this.frame.className = "bars";
    this.frame.append(this.canvas);
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("click", (event) => {
      const [hit] = this.#chart?.getElementsAtEventForMode(event, "y", { intersect: false, axis: "y" }, true) ?? [];
      const row = hit && this.#rows[hit.index];
      if (row) choose(row.name);
    });
  }

  show(view: ComparisonView, rows: readonly MachineRow[], drawn: Drawn): void {
    this.#view = view;
    this.#rows = barsOf(rows, [view.machine, view.baseline], SHOWN_BARS);
    this.#drawn = drawn;
    this.canvas.setAttribute("aria-label", `Bars: ${COLUMNS[drawn].title} of ${this.#rows.length} machines. The table has the same numbers.`);
    this.draw();
  }

  /** Draws with the colours of now. */
  draw(): void {
    const view = this.#view;
    if (!view) return;
    const colours = palette();
    const drawn = this.#drawn;
    const { value, text } = COLUMNS[drawn];
    const data = this.#rows.map((r) => value(r) as number | null);
    const measured = this.#rows.map((r) => measuredIn(r, drawn));
    const colour = (r: MachineRow): string => (r.name === view.machine ? colours.painted : colours.plain);
    const fill = (r: MachineRow): CanvasPattern | string => {
      if (r.name === view.baseline && r.name !== view.machine) return hatched(colour(r));
      // Without colours the painted one is the only one that is filled.
      return colours.isContrast && r.name !== view.machine ? colours.background : colour(r);
    };
    const ticks = { color: colours.foreground, font: { family: colours.font, size: 11 } };
    const bars = {
      data,
      backgroundColor: this.#rows.map(fill),
      borderColor: this.#rows.map(colour),
      borderWidth: 1,
      borderSkipped: false as const,
      grouped: false,
      barThickness: 12,
      order: 2,
    };
    const marks = { data: measured, backgroundColor: colours.foreground, borderColor: colours.background, borderWidth: 1, borderSkipped: false as const, grouped: false, barThickness: 6, order: 1 };
    const labels = this.#rows.map((r) => fitted(r.name, LONGEST_NAME));
    const datasets = measured.some((m) => m !== null) ? [bars, marks] : [bars];
    const options = {
      indexAxis: "y" as const,
      maintainAspectRatio: false,
      animation: isStill() ? (false as const) : { duration: 200 },
      scales: {
        x: { beginAtZero: true, ticks: { ...ticks, maxTicksLimit: 4, maxRotation: 0, callback: (tick: string | number) => axisText(Number(tick), drawn) }, grid: { color: colours.grid }, border: { color: colours.grid } },
        y: { ticks: { ...ticks, autoSkip: false }, grid: { display: false }, border: { color: colours.grid } },
      },
      plugins: {
        tooltip: {
          displayColors: false,
          animation: false as const,
          callbacks: {
            title: ([item]: { dataIndex: number }[]) => this.#rows[item!.dataIndex]!.name,
            label: ({ datasetIndex, dataIndex }: { datasetIndex: number; dataIndex: number }) => {
              const row = this.#rows[dataIndex]!;
              return datasetIndex === 0 ? `${COLUMNS[drawn].title}: ${text(row)}` : `measured: ${axisText(measured[dataIndex]!, drawn)}`;
            },
          },
        },
      },
    };
    this.frame.style.height = `${AXIS + BAR * this.#rows.length}px`;
    if (this.#chart) {
      this.#chart.data = { labels, datasets };
      this.#chart.options = options;
      this.#chart.update(isStill() ? "none" : undefined);
    } else if (this.frame.isConnected) {
      this.#chart = new Chart(this.canvas, { type: "bar", data: { labels, datasets }, options });
    }
  }
}

/** A number of the axis as the table shows that column. */
function axisText(value: number, drawn: Drawn): string {
  if (value === 0) return "0";
  return COLUMNS[drawn].text({ [drawn]: value } as unknown as MachineRow).replace(/\.0+(?=\D|$)|(\.\d*?[1-9])0+(?=\D|$)/, "$1");
}

/** Phases: a line a machine along the run, and a table of the same in fewer parts. */
import { Chart, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
import { duration, integer, short } from "../../src/core/format";
import { element } from "../dom";
import type { PhasesView } from "./protocol";
import type { Drawn } from "./state";

Chart.register(LineController, LineElement, PointElement, LinearScale, Tooltip, Legend);

const TABLE_ROWS = 20;
const COLOURS = ["orange", "blue", "green", "purple", "red", "yellow"];
/** Lines are known by their dashes, not by colour alone. */
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 6]];

export const DRAWN: Record<Drawn, { label: string; text: (value: number) => string }> = {
  cpi: { label: "cycles per instruction", text: (value) => value.toFixed(2) },
  time: { label: "time of a slice", text: duration },
};

/** Slices that are put together, so that there are `most` parts or fewer. */
export function merged({ length, executed, machines }: PhasesView, most: number): PhasesView {
  const together = Math.ceil((machines[0]?.times.length ?? 0) / most) || 1;
  const sums = (times: number[]): number[] => Array.from({ length: Math.ceil(times.length / together) }, (_, i) => times.slice(i * together, (i + 1) * together).reduce((a, b) => a + b, 0));
  return { length: length * together, executed, machines: machines.map((machine) => ({ ...machine, times: sums(machine.times) })) };
}

const executedIn = ({ length, executed }: PhasesView, slice: number): number => Math.min(executed, (slice + 1) * length) - slice * length;

/** Of every slice of a machine. */
export function valuesOf(view: PhasesView, machine: number, drawn: Drawn): number[] {
  const { times, ghz } = view.machines[machine]!;
  return times.map((ns, slice) => (drawn === "time" ? ns : (ns * ghz) / executedIn(view, slice)));
}

export function phaseTable(all: PhasesView): HTMLElement {
  const view = merged(all, TABLE_ROWS);
  const head = element("tr", {}, element("th", { scope: "col", class: "number" }, "executed before"), ...view.machines.flatMap(({ name }) => [element("th", { scope: "col", class: "number" }, name), element("th", { scope: "col", class: "number" }, "CPI")]));
  const cpi = view.machines.map((_, m) => valuesOf(view, m, "cpi"));
  const rows = (view.machines[0]?.times ?? []).map((_, slice) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", class: "number" }, integer(slice * view.length)),
      ...view.machines.flatMap(({ times }, m) => [element("td", { class: "number" }, duration(times[slice]!)), element("td", { class: "number" }, cpi[m]![slice]!.toFixed(2))]),
    ),
  );
  const caption = element("caption", {}, `Phases, ${integer(view.length)} executed instructions each`);
  return element("div", { class: "scroll", role: "region", "aria-label": "Phases, table", tabindex: "0" }, element("table", {}, caption, element("thead", {}, head), element("tbody", {}, ...rows)));
}

export class PhaseChart {
  readonly canvas = element("canvas", { role: "img" });
  readonly frame = element("div", { class: "chart" }, this.canvas);
  #chart: Chart<"line", { x: number; y: number }[]> | undefined;
  #view: PhasesView | undefined;
  #drawn: Drawn = "cpi";

  show(view: PhasesView, drawn: Drawn): void {
    this.#view = view;
    this.#drawn = drawn;
    this.canvas.setAttribute("aria-label", `Lines: ${DRAWN[drawn].label} along the run on ${view.machines.map((m) => m.name).join(", ")}. The table has the same numbers.`);
    this.draw();
  }

  /** Draws with the colours of now. */
  draw(): void {
    const view = this.#view;
    if (!view) return;
    const style = getComputedStyle(document.body);
    const variable = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
    const foreground = variable("--vscode-foreground", style.color);
    const grid = variable("--vscode-contrastBorder", variable("--vscode-editorWidget-border", "#80808040"));
    const isContrast = document.body.classList.contains("vscode-high-contrast");
    const ticks = { color: foreground, maxTicksLimit: 6, maxRotation: 0 };
    const { label, text } = DRAWN[this.#drawn];
    const datasets = view.machines.map(({ name }, m) => {
      const colour = isContrast ? foreground : variable(`--vscode-charts-${COLOURS[m % COLOURS.length]}`, foreground);
      const data = valuesOf(view, m, this.#drawn).map((y, slice) => ({ x: slice * view.length, y }));
      return { label: name, data, borderColor: colour, backgroundColor: colour, borderDash: DASHES[m % DASHES.length]!, borderWidth: 1.5, pointRadius: 0, pointHitRadius: 6, stepped: true as const };
    });
    const options = {
      maintainAspectRatio: false,
      animation: false as const,
      parsing: false as const,
      scales: {
        x: { type: "linear" as const, min: 0, max: view.executed, title: { display: true, text: "executed instructions", color: foreground }, ticks: { ...ticks, callback: (value: string | number) => short(Number(value)) }, grid: { color: grid }, border: { color: grid } },
        y: { type: "linear" as const, beginAtZero: true, title: { display: true, text: label, color: foreground }, ticks: { ...ticks, callback: (value: string | number) => (Number(value) === 0 ? "0" : text(Number(value))) }, grid: { color: grid }, border: { color: grid } },
      },
      plugins: {
        legend: { labels: { color: foreground, boxWidth: 30, boxHeight: 0 } },
        tooltip: {
          callbacks: {
            title: ([item]: { parsed: { x: number | null } }[]) => `from ${integer(item!.parsed.x!)} on`,
            label: ({ dataset, parsed }: { dataset: { label?: string }; parsed: { y: number | null } }) => `${dataset.label}: ${text(parsed.y!)}`,
          },
        },
      },
    };
    if (this.#chart) {
      this.#chart.data = { datasets };
      this.#chart.options = options;
      this.#chart.update("none");
    } else if (this.frame.isConnected) {
      this.#chart = new Chart(this.canvas, { type: "line", data: { datasets }, options });
    }
  }
}

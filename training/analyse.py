"""Pictures of the data and of what the model makes of it, as PerfVec's authors have them: docs/analysis.md.

usage: DATASET=… PREPARED=… python3 analyse.py [MODEL.pt.jsonl] [--json FILE]; first: prepare.py, sums.py; python3-matplotlib
How features correlate with latency, cycles per instruction along runs (true and predicted), machines and programs in the plane
of their first two principal components, and the curve of the training (train.py writes it).
"""
import argparse
import json
import os

import matplotlib
import numpy as np

import data
import sums

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "perfvec", "svg.fonttype": "none", "font.size": 9})
from matplotlib import pyplot as plt  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
OUT = f"{ROOT}/docs/analysis"
TOLD = 20
NAMED = ("p550-class", "c906-class", "u74-class", "boom-large-class", "neoverse-n1-class")

OPERATIONS = ["no operation class", "integer", "integer multiply", "integer divide", *(f"floating-point {o}" for o in ("add", "compare", "convert", "multiply", "multiply-add", "divide", "other", "square root")), "load", "store", "floating-point load", "floating-point store"]
PLAIN = [
    *OPERATIONS, "micro-operation", "conditional branch", "jump", "direct branch or jump", "squashes after", "serialises", "atomic", "store-conditional", "barrier", "taken", "fault", "size of access",
    "compressed", "new fetch line", "fetch line never seen", "fetch line's reuse distance", "data line never seen", "data line's reuse distance",
    *(f"data line's reuse distance beyond {lines} lines" for lines in (64, 181, 512, 1448, 4096, 11585, 32768, 131072)),
    "page never seen", "page's reuse distance", "same stride as before", "stride below a line", "stream of lines", "store read back", "store read back within 64 instructions",
    *(f"{p} mispredicts" for p in ("bimodal", "gshare", "gshare of 8 bits", "local history", "TAGE", "last target", "target by path", "return stack", "first time taken")),
    *(f"closeness of source {n}'s producer" for n in (1, 2, 3)), "waits for a load", "waits for floating point", "waits for a multiply", "writes a register", "since the last branch", "since the last misprediction",
    "compressed branch over one instruction", "call", "return", "branch's share of taken", "branch's changes of direction", "size of stride", "negative stride",
    *(f"{what} line's depth in one of {sets} sets" for what in ("fetch", "data") for sets in (32, 64, 128, 256)),
    "late perceptron mispredicts", "late perceptron with a filter mispredicts",
    "line is dirty", "place in the fetch line", "waits for a store of its set", "store to the same 16 bytes under way",
    *(f"{p} mispredicts out of order" for p in ("bimodal", "gshare", "gshare of 8 bits", "local history", "TAGE")),
    "mispredicted by a toy's predictor without being said to be", "sent to its target when decoded", "compressed branch noted as a jump to what follows",
    "next fetch line", "fetch line never asked for ahead", "one of the two lines before it used lately", "fetch line never fetched out of order, nor in vain",
]


def names_of(width):
    return [*PLAIN, *(f"toy machine {k}" for k in range(width - len(PLAIN)))]


class Correlation:
    """Pearson's, of many columns with one, over parts."""

    def __init__(self, width):
        self.n, self.x, self.xx, self.xy, self.y, self.yy = 0, np.zeros(width), np.zeros(width), np.zeros(width), 0.0, 0.0

    def add(self, x, y):
        self.n += len(y)
        self.x += x.sum(0)
        self.xx += (x**2).sum(0)
        self.xy += y @ x
        self.y += y.sum()
        self.yy += (y**2).sum()

    def value(self):
        across = self.xx * self.n - self.x**2
        down = np.sqrt(np.maximum(across, 0) * (self.yy * self.n - self.y**2))
        return np.divide(self.xy * self.n - self.x * self.y, down, out=np.zeros_like(down), where=down > 0)


def correlations(runs, machines):
    """core -> [features]: with an instruction's cycles, divided by the run's mean on that machine and averaged over machines"""
    found = {}
    for run in runs:
        name, y, mean = data.labels(run)
        x = np.asarray(data.features(run)).astype(np.float64)
        for core in ("o3", "minor"):
            rows = [j for j, m in enumerate(name) if machines[m]["core"] == core]
            if rows:
                latency = np.mean([y[j].astype(np.float64) / mean[j] for j in rows], 0)
                known = np.isfinite(latency)
                found.setdefault(core, Correlation(x.shape[1])).add(x[known], latency[known])
    return {core: c.value() for core, c in found.items()}


def picture(name, figure):
    figure.savefig(f"{OUT}/{name}.svg", metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def draw_correlations(found, names):
    """the features that correlate most, on either kind of core"""
    strongest = sorted(range(len(names)), key=lambda k: -max(abs(c[k]) for c in found.values()))[:TOLD]
    figure, axes = plt.subplots(figsize=(7.5, 5))
    for i, (core, colour, label) in enumerate((("o3", "#1f77b4", "out of order"), ("minor", "#ff7f0e", "in order"))):
        axes.barh(np.arange(TOLD) + 0.4 * i, found[core][strongest], 0.4, color=colour, label=label)
    axes.set_yticks(np.arange(TOLD) + 0.2, [names[k] for k in strongest])
    axes.invert_yaxis()
    axes.set_xlabel("correlation with an instruction's cycles")
    axes.legend()
    picture("correlations", figure)
    return [(names[k], found["o3"][k], found["minor"][k]) for k in strongest]


def draw_cpi(runs, vectors):
    """cycles per instruction along each run, on the first named machine that it is labelled for"""
    figure, all_axes = plt.subplots(len(runs), figsize=(7.5, 1.7 * len(runs)), constrained_layout=True)
    errors = []
    for run, axes in zip(runs, all_axes):
        machine, true, _ = sums.cycles(run)
        j, name = next((machine.index(n), n) for n in (*NAMED, *machine) if n in machine)
        predicted = sums.read(run)[0][: true.shape[1]] @ vectors[name]
        known = np.isfinite(true[j])
        axes.plot(true[j][known] / 1024, color="#888", linewidth=1.2, label="gem5")
        axes.plot(predicted[known] / 1024, color="#1f77b4", linewidth=0.8, label="predicted")
        axes.set_title(f"{run['name']} on {name}", fontsize=9, loc="left")
        axes.set_ylabel("cycles / instruction")
        errors.append((run["name"], name, float(np.mean(np.abs(predicted[known] - true[j][known])) / np.mean(true[j][known]))))
    all_axes[0].legend()
    all_axes[-1].set_xlabel("executed instructions, in 1024")
    picture("cpi", figure)
    return errors


def components(rows):
    """[n, d] -> [n, 2] in the plane of the first two principal components, and the share of variance of each"""
    centred = rows - rows.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    return u[:, :2] * s[:2], (s**2 / np.sum(s**2))[:2]


def draw_plane(name, points, share, colours, labels={}):
    figure, axes = plt.subplots(figsize=(6.5, 5))
    for label, colour in dict.fromkeys(colours):
        chosen = [i for i, c in enumerate(colours) if c == (label, colour)]
        axes.scatter(points[chosen, 0], points[chosen, 1], s=7, alpha=0.7, color=colour, label=label)
    for i, text in labels.items():
        axes.annotate(text, points[i], fontsize=8, xytext=(3, 3), textcoords="offset points")
    axes.set_xlabel(f"first component ({share[0]:.0%} of the variance)")
    axes.set_ylabel(f"second component ({share[1]:.0%})")
    axes.legend()
    picture(name, figure)


def draw_curve(file):
    rows = [json.loads(line) for line in open(file)]
    figure, axes = plt.subplots(figsize=(6.5, 3.5))
    steps = [r["step"] for r in rows]
    axes.plot(steps, [r["training"] for r in rows], color="#888", label="training")
    axes.plot(steps, [r["heldOut"] for r in rows], color="#1f77b4", label="kernels kept out")
    axes.set_ylim(0)
    axes.set_xlabel("steps")
    axes.set_ylabel("mean relative error of 1024 instructions")
    axes.legend()
    picture("curve", figure)


def table(head, rows):
    line = lambda cells: f"| {' | '.join(map(str, cells))} |"  # noqa: E731
    return "\n".join([line(head), line([":--"] + ["--:"] * (len(head) - 1)), *map(line, rows)])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("curve", nargs="?", help="what train.py wrote beside its model")
    arguments.add_argument("--json")
    options = arguments.parse_args()
    os.makedirs(OUT, exist_ok=True)
    described = data.machines()
    library = json.load(open(f"{ROOT}/models/machines.json"))
    vectors = {m["name"]: np.array(m["vector"]) * m["freq_ghz"] for m in library}
    validation = data.runs("validation")
    names = names_of(data.features(validation[0]).shape[1])
    told = draw_correlations(correlations(validation, described), names)

    longest = sorted(validation, key=lambda r: -r["executed"])[:5]
    cpi = draw_cpi(longest, vectors)

    runs = [*data.training_runs(), *validation]
    totals = np.array([sums.read(run)[0].sum(0) for run in runs])
    typical = np.mean(totals / totals.sum(1, keepdims=True), 0)
    cores = {"o3": ("out of order", "#1f77b4"), "minor": ("in order", "#ff7f0e")}
    machines = np.array([vectors[m["name"]] * typical for m in library])
    points, machine_share = components(machines / machines.sum(1, keepdims=True))
    draw_plane("machines", points, machine_share, [cores[m["core"]] for m in library], {i: m["name"] for i, m in enumerate(library) if m["name"] in NAMED})

    mean = np.mean(list(vectors.values()), 0)
    shares = totals * mean / (totals @ mean)[:, None]
    points, program_share = components(shares)
    kinds = {"k": ("kernels", "#2ca02c"), "o": ("what people write", "#9467bd"), "g": ("generated", "#ff7f0e")}
    colour = [("validation", "#d62728") if r["split"] == "validation" else kinds.get(r["name"][0], ("suites", "#1f77b4")) for r in runs]
    draw_plane("programs", points, program_share, colour)
    if options.curve:
        draw_curve(options.curve)

    text = [
        "# The data, and what the model makes of it",
        f"Made by `training/analyse.py` from the data set, the prepared features and the shipped model, over {len(validation)} validation programs; machines and programs also those of the training.",
        "## Which features go with time",
        "Pearson's correlation of a feature with an instruction's cycles (time-proportional, divided by the run's mean on that machine, averaged over machines). A toy machine's feature is what an instruction adds to that toy's time (numbered from 0 as in emulator/assembly/toy-table.ts).",
        "![correlation of features with latency](analysis/correlations.svg)",
        table(["feature", "out of order", "in order"], [(n, f"{a:.2f}", f"{b:.2f}") for n, a, b in told]),
        "## Cycles per instruction along the run",
        "![true and predicted cycles per instruction](analysis/cpi.svg)",
        table(["program", "machine", "mean error of 1024 instructions, of the mean"], [(p, m, f"{e:.1%}") for p, m, e in cpi]),
        "## Machines and programs in a plane",
        f"Machines by where a typical program's time goes on them (shares of each dimension), programs by where their time goes on the mean machine. The first two components have {machine_share.sum():.0%} and {program_share.sum():.0%} of the variance.",
        "![machines](analysis/machines.svg)",
        "![programs](analysis/programs.svg)",
        *(["## The training", "![error against steps](analysis/curve.svg)"] if options.curve else []),
    ]
    with open(f"{ROOT}/docs/analysis.md", "w") as f:
        f.write("\n\n".join(text) + "\n")
    if options.json:
        result = dict(
            correlations=[dict(feature=n, outOfOrder=a, inOrder=b) for n, a, b in told],
            cpi=[dict(program=p, machine=m, error=e) for p, m, e in cpi],
            variance=dict(machines=list(machine_share), programs=list(program_share)),
        )
        json.dump(result, open(options.json, "w"), indent=1)


if __name__ == "__main__":
    main()

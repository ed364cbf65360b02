"""How sure predictions are: calibrates 80 % intervals, and the warning that a program is unlike all that was trained on; and
writes into model.json the mean errors that the product states.

usage: DATASET=… PREPARED=… python3 confidence.py EVALUATION.json [--out ../models]
EVALUATION.json is what `perfvec evaluate --json` writes; first: sums.py. A program is compared with the training runs by
where it spends the average machine's time, dimension by dimension; errors grow with the distance to the nearest. What is
printed holds for programs left out of the calibration.
"""
import argparse
import base64
import json
import os

import numpy as np
from scipy.optimize import nnls

import data
import sums

CENTRES = 400
WANTED = 0.8
FAR = 0.8  # share of the programs kept out of training that are not called unlike
ORIGIN = dict(seenMachines="library", unseenMachines="parameters", fittedMachines="fit")


def shares(name, scale):
    r = sums.read(dict(name=name))[0].sum(0) * scale
    return r / r.sum()


def spread_out(points, count):
    """indices of `count` points that cover all (k-centre, farthest first)"""
    chosen, distance = [0], 0.5 * np.abs(points - points[0]).sum(1)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, 0.5 * np.abs(points - points[chosen[-1]]).sum(1))
    return chosen


def fit_spread(distance, errors):
    a, b = nnls(np.stack([np.ones_like(distance), distance], 1), np.abs(errors))[0]
    return max(a, 1e-3), b


def fit_power(width, share, errors):
    """how errors grow as shares shrink: the likeliest power, errors Laplacian"""
    fit = lambda power: np.mean(np.log(width / share**power) + np.abs(errors) / (scale_of(power) * width / share**power)) + np.log(scale_of(power))
    scale_of = lambda power: np.mean(np.abs(errors) * share**power / width)
    return float(min(np.arange(0, 1.01, 0.05), key=fit))


def weighted_quantile(values, weights, q):
    order = np.argsort(values)
    cumulated = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(q * weights.sum(), cumulated, values[order]))


def weights_of(runs, level):
    """every program the same, whatever its number of machines; but every line the same: small ones are farther off, and are many"""
    if level == "line":
        return np.ones(len(runs))
    _, index, count = np.unique(runs, return_inverse=True, return_counts=True)
    return 1 / count[index]


def quantiles(scaled, weights):
    """of e / spread"""
    tail = (1 - WANTED) / 2
    return min(0, weighted_quantile(scaled, weights, tail)), max(0, weighted_quantile(scaled, weights, 1 - tail))


def coverage(errors, distance, runs, programs, level, smaller=1.0):
    """of intervals calibrated without the program; `smaller`: share ** power"""
    weights = weights_of(runs, level)
    held = np.zeros(len(errors))
    for program in np.unique(programs):
        out = programs == program
        a, b = fit_spread(distance[~out], errors[~out])
        width = (a + b * distance) / smaller
        low, high = quantiles((errors / width)[~out], weights[~out])
        width = width[out]
        held[out] = (errors[out] >= low * width) & (errors[out] <= high * width)
    return float(np.average(held, weights=weights))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("evaluation")
    arguments.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models"))
    options = arguments.parse_args()
    models = os.path.join(os.path.dirname(sums.CLI), "../models")
    scale = np.array(json.load(open(f"{models}/encoder.json"))["base"])
    training = np.array([shares(run["name"], scale) for run in data.training_runs()])
    centres = np.round(255 * np.sqrt(training[spread_out(training, CENTRES)])).astype(np.uint8)
    known = (centres / 255.0) ** 2

    evaluation = json.load(open(options.evaluation))
    rows = evaluation["runs"]
    names = sorted({r["run"] for r in rows})
    distances = {n: min(1.0, float(0.5 * np.abs(known - shares(n, scale)).sum(1).min())) for n in names}
    program_of = {n: data.kernel(n) or n for n in names}

    def columns(chosen, values):
        """errors, distances, runs, programs; `values` gives the errors of a row"""
        flat = [(e, distances[r["run"]], r["run"], program_of[r["run"]]) for r in chosen for e in values(r)]
        return [np.array(c) for c in zip(*flat)] if flat else None

    total = lambda r: [np.log(r["trueNs"] / r["predictedNs"])]
    seen = columns([r for r in rows if r["kind"] == "seenMachines"], total)
    a, b = fit_spread(seen[1], seen[0])
    result = dict(program={}, line={})
    for kind, origin in ORIGIN.items():
        found = columns([r for r in rows if r["kind"] == kind], total)
        if found is None:
            continue
        result["program"][origin] = quantiles(found[0] / (a + b * found[1]), weights_of(found[2], "program"))
        print(f"program, {origin}: 80 % intervals hold {coverage(*found, 'program'):.1%} of programs left out", flush=True)
    seen_rows = [r for r in rows if r["kind"] == "seenMachines"]
    lines = columns(seen_rows, lambda r: r["lineLogErrors"])
    share = np.concatenate([r["lineShares"] for r in seen_rows])
    power = fit_power(a + b * lines[1], share, lines[0])
    library = quantiles(lines[0] * share**power / (a + b * lines[1]), weights_of(lines[2], "line"))
    print(f"line, library: 80 % intervals hold {coverage(*lines, 'line', share**power):.1%} of lines of programs left out (errors grow with share ** -{power:.2f})")
    for low, high in ((0.01, 0.05), (0.05, 0.2), (0.2, 1)):
        some = (share >= low) & (share < high)
        width = (a + b * lines[1]) / share**power
        inside = (lines[0] >= library[0] * width) & (lines[0] <= library[1] * width)
        print(f"  of {low:.0%} to {high:.0%} of the time: {inside[some].mean():.1%} of {some.sum()}; half of them between x {np.exp(np.median(library[0] * width[some])):.2f} and x {np.exp(np.median(library[1] * width[some])):.2f}")
    # Lines are labelled on machines of the library only: elsewhere they are as much wider as programs are.
    for origin in ORIGIN.values():
        own = result["program"].get(origin, result["program"]["library"])
        wider = [max(1.0, o / l) if l else 1.0 for o, l in zip(own, result["program"]["library"])]
        result["program"].setdefault(origin, own)
        result["line"][origin] = [q * w for q, w in zip(library, wider)]

    by_run = {n: [np.log(r["trueNs"] / r["predictedNs"]) for r in rows if r["run"] == n and r["kind"] == "seenMachines"] for n in names}
    error = np.array([np.mean(np.abs(by_run[n])) for n in names])
    distance = np.array([distances[n] for n in names])
    far = float(np.quantile(distance, FAR))
    worst = error >= np.quantile(error, 0.8)
    print(f"called unlike: {np.mean(distance > far):.0%} of programs, and {np.mean(distance[worst] > far):.0%} of the worst fifth (chance: {np.mean(distance > far):.0%})")

    rounded = lambda q: [float(f"{v:.4g}") for v in q]
    described = dict(
        format=1,
        scale=[float(f"{v:.5g}") for v in scale],
        centres=base64.b64encode(centres.tobytes()).decode(),
        spread=dict(constant=float(f"{a:.4g}"), slope=float(f"{b:.4g}"), power=round(power, 2)),
        quantiles={level: {origin: rounded(q) for origin, q in of.items()} for level, of in result.items()},
        far=float(f"{far:.4g}"),
        farthest=float(f"{distance.max():.4g}"),
    )
    with open(f"{options.out}/confidence.json", "w") as f:
        json.dump(described, f)
        f.write("\n")
    with open(f"{models}/model.json") as f:
        model = json.load(f)
    unlike = next(o for o in evaluation["others"] if "unlike" in o["title"])
    model["accuracy"] = dict(
        programError=round(evaluation["programError"]["seenMachines"]["mean"], 5),
        unlikeProgramError=round(unlike["programError"]["seenMachines"]["mean"], 5),
        profileError=round(evaluation["profileError"]["instruction"], 5),
    )
    with open(f"{options.out}/model.json", "w") as f:
        json.dump(model, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()

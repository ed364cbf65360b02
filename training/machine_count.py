"""Error on machines that the network was not trained with, against the number of those that it was.

usage: DATASET=… PREPARED=… python3 machine_count.py MINUTES_OF_ONE_CORE [COUNT…] [--runs N]; first: prepare.py
The network is trained as in references.py, with labels of COUNT machines drawn at random; then it is frozen, and every known
machine's vector is solved by non-negative least squares on windows of the same runs. Scored are validation programs.
"""
import argparse
import json

import numpy as np
import torch
from scipy.optimize import nnls

import data
import evaluate
import references
from model import Model
from train import Batches

SOLVED_ON = 60_000  # leading executed instructions of each run
WINDOW = 1024


def solve(model, runs):
    """name -> non-negative vector [dimensions], cycles: windows of the runs, each divided by its true time"""
    rows = {}
    for run in runs:
        machine, y, _ = data.labels(run)
        r = model.representations(data.features(run)[:SOLVED_ON])
        full = len(r) // WINDOW
        sums = r[: full * WINDOW].reshape(full, WINDOW, -1).sum(1, dtype=np.float64)
        for j, name in enumerate(machine):
            true = y[j, : full * WINDOW].astype(np.float64).reshape(full, WINDOW).sum(1)
            known = np.isfinite(true) & (true > 0)
            rows.setdefault(name, []).append(sums[known] / true[known, None])
    solved = {}
    for name, parts in rows.items():
        a = np.concatenate(parts)
        # The error relative to the geometric mean of predicted and true: errors relative to the true time alone pull it down.
        weight = np.ones(len(a))
        for _ in range(3):
            vector = nnls(a * weight[:, None], weight)[0]
            weight = 1 / np.sqrt(np.maximum(a @ vector, 0.05))
        solved[name] = vector
    return solved


class Solved:
    """What evaluate.score wants of a model."""

    def __init__(self, model, vectors):
        self.machines, self.representations = list(vectors), model.representations
        self.vectors = torch.from_numpy(np.stack(list(vectors.values())))

    def machine_vectors(self):
        return self.vectors


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("minutes", type=float)
    arguments.add_argument("counts", type=int, nargs="*", default=[5, 20, 77, 119])
    arguments.add_argument("--runs", type=int, default=200)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    names = [n for n, m in data.machines().items() if m["split"] == "train"]
    runs = references.chosen_runs(options.runs)
    order = np.random.default_rng(0).permutation(names)
    for count in options.counts:
        torch.manual_seed(0)
        trained = list(order[:count])
        model = Model(trained, torch.ones(count))
        batches = Batches(runs, trained, model.network.context)
        validation = Batches(data.runs("validation"), trained, model.network.context)
        model.scale = batches.scale(count)
        for row in references.train(model, batches, validation, options.minutes):
            print(count, *row, flush=True)
        vectors = solve(model.eval(), runs)
        parts = {"trained": trained, "others": [n for n in order if n not in trained]}
        scores = {}
        for part, members in parts.items():
            if members:
                result, _ = evaluate.score(data.runs("validation"), Solved(model, {n: vectors[n] for n in members}), {}, data.machines())
                scores[part] = result["model"]
        print(json.dumps(dict(machines=count, minutes=options.minutes, **scores)), flush=True)


if __name__ == "__main__":
    main()

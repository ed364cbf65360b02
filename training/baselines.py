"""Fits the three baselines that predictions are shown beside, on the training runs: cycles an executed instruction, an
operation class, an operation class at a level of memory; by non-negative least squares on whole runs, errors relative.

usage: DATASET=… PREPARED=… python3 baselines.py [--out ../models/baselines.json]; first: sums.py
"""
import argparse
import json
import os

import numpy as np
from scipy.optimize import nnls

import data
import sums

OPERATIONS = 16
PULL = 0.03  # weight of the average cost, in equations
GROUPS = dict(instructionCounts=np.zeros(sums.CLASSES, int), opClass=np.arange(sums.CLASSES) % OPERATIONS, opClassLru=np.arange(sums.CLASSES))


def fit(a):
    """costs of classes, non-negative; a class that hardly occurs costs what every instruction costs on average"""
    average = nnls(a.sum(1, keepdims=True), np.ones(len(a)))[0][0]
    pull = np.sqrt(PULL * len(a)) * a.mean(0)
    return nnls(np.vstack([a, np.diag(pull)]), np.append(np.ones(len(a)), pull * average))[0]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models/baselines.json"))
    options = arguments.parse_args()
    rows = {}
    for run in data.training_runs():
        _, classes = sums.read(run)
        machines, cycles, valid = sums.cycles(run)
        for machine, c, n in zip(machines, cycles, valid):
            w = int(n) // 1024
            if w:
                rows.setdefault(machine, []).append(classes[:w].sum(0) / c[:w].sum())
    costs = {}
    for machine, equations in rows.items():
        each = np.array(equations)
        costs[machine] = {}
        for name, group in GROUPS.items():
            a = np.stack([each[:, group == g].sum(1) for g in range(group.max() + 1)], 1)
            costs[machine][name] = [float(f"{v:.5g}") for v in fit(a)]
    with open(options.out, "w") as f:
        json.dump(costs, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()

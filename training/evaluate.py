"""Program, profile and ranking errors on validation programs and on hand-written kernels kept out of training, beside three baselines.

usage: DATASET=… PREPARED=… python3 evaluate.py MODEL.pt [--json FILE]
The baselines are fitted on the training runs: mean latency an executed instruction (instruction counts), mean latency
an operation class, and both with an LRU-hit model (a class's accesses apart by reuse distance: L1, L2, memory).
"""
import argparse
import json

import numpy as np
from scipy.optimize import nnls
from scipy.stats import kendalltau

import data
import model as models

# Columns of the features (emulator/assembly/features.ts): one-hot operation, cold data line, log2(1 + distance) / 16.
OPERATIONS, COLD, DISTANCE = 16, 32, 33
LEVELS = (9, 13)  # log2 of the lines of a 32 kB L1 and a 512 kB L2


def baseline_inputs(x):
    """features [N, ...] -> classes of the three baselines, one-hot sums are taken of them: [N] integers each"""
    op = np.argmax(x[:, :OPERATIONS], 1)
    distance = np.where(x[:, COLD] > 0, 99, x[:, DISTANCE].astype(np.float32) * 16)
    level = (distance >= LEVELS[0]).astype(int) + (distance >= LEVELS[1])
    return dict(count=np.zeros(len(x), int), opclass=op, opclass_lru=op + OPERATIONS * np.where(op >= 12, level, 0))


WIDTH = dict(count=1, opclass=OPERATIONS, opclass_lru=3 * OPERATIONS)


def labelled(run):
    """yields machine, whether labelled nearly to the end, labelled length, cycles an instruction [n]"""
    machine, y, _ = data.labels(run)
    for j, name in enumerate(machine):
        t = y[j].astype(np.float32)
        n = int(np.isfinite(t).sum())
        if n >= 0.9 * y.shape[1]:
            yield name, n, t[:n]


def fit_baselines(rng):
    """machine -> baseline -> cycles a class, by non-negative least squares on runs' totals, each divided by its true time"""
    rows = {}
    runs = data.training_runs()
    for i in rng.permutation(len(runs)):
        x = np.asarray(data.features(runs[i])[:60000, :40])
        classes = baseline_inputs(x)
        for name, n, t in labelled(runs[i]):
            n = min(n, len(x))
            true = t[:n].sum()
            for b, c in classes.items():
                rows.setdefault((name, b), []).append(np.bincount(c[:n], minlength=WIDTH[b]) / true)
    return {key: nnls(np.array(r), np.ones(len(r)))[0] for key, r in rows.items()}


def tau(p, t):
    """Kendall's tau; true times within 2 % of each other are no pair"""
    p, t = np.array(p), np.array(t)
    i, j = np.triu_indices(len(t), 1)
    apart = np.abs(t[i] - t[j]) > 0.02 * np.maximum(t[i], t[j])
    return float(np.mean(np.sign(p[i] - p[j])[apart] * np.sign(t[i] - t[j])[apart])) if apart.any() else 1.0


def score(runs, model, baselines, machines, features=data.features):
    """features: of a run, what the model takes; without baselines the model stands alone"""
    kinds = ("model", *(WIDTH if baselines else ()))
    vectors = dict(zip(model.machines, model.machine_vectors().detach().numpy().astype(np.float64)))
    error, profile, order, rows = {}, {}, {}, []
    for run in runs:
        r = model.representations(features(run))
        sums = np.cumsum(r, 0, dtype=np.float64)
        index = data.instructions(run)
        classes = baseline_inputs(np.asarray(data.features(run)[:, :40])) if baselines else {}
        predicted, true_ns = {}, []
        for name, n, t in labelled(run):
            if name not in vectors:
                continue
            ghz, true = machines[name]["freq_ghz"], t.sum(dtype=np.float64)
            share = np.bincount(index[:n], t) / true
            true_ns.append(true / ghz)
            for kind in kinds:
                if kind == "model":
                    total, each = vectors[name] @ sums[n - 1], r[:n] @ vectors[name]
                else:
                    each = baselines[name, kind][classes[kind][:n]]
                    total = each.sum()
                guess = np.bincount(index[:n], each)
                error.setdefault(kind, []).append(total / true - 1)
                profile.setdefault(kind, []).append(0.5 * np.abs(guess / guess.sum() - share).sum())
                predicted.setdefault(kind, []).append(total / ghz)
        for kind, p in predicted.items():
            order.setdefault(kind, []).append(tau(p, true_ns))
        if true_ns:
            rows.append((run["name"], np.mean(np.abs(error["model"][-len(true_ns) :]))))
    result = {
        kind: dict(
            programError=float(np.mean(np.abs(error[kind]))),
            programErrorMedian=float(np.median(np.abs(error[kind]))),
            programErrorMax=float(np.max(np.abs(error[kind]))),
            profileError=float(np.mean(profile[kind])),
            kendall=float(np.mean(order[kind])),
        )
        for kind in kinds
    }
    return result, rows


def show(title, result, rows):
    print(f"\n{title}\n{'':14s}{'mean':>8s}{'median':>8s}{'worst':>9s}{'profile':>9s}{'Kendall':>9s}")
    for kind, s in result.items():
        print(f"{kind:14s}{s['programError']:8.1%}{s['programErrorMedian']:8.1%}{s['programErrorMax']:9.1%}{s['profileError']:9.1%}{s['kendall']:9.3f}")
    worst = sorted(rows, key=lambda r: -r[1])[:5]
    print("worst programs: " + ", ".join(f"{n} {e:.0%}" for n, e in worst), flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("--json")
    options = arguments.parse_args()
    model, machines = models.load(options.model), data.machines()
    baselines = fit_baselines(np.random.default_rng(0))
    result, rows = score(data.runs("validation"), model, baselines, machines)
    show("validation programs, seen machines", result, rows)
    unlike, rows = score(data.unlike_runs(), model, baselines, machines)
    show("programs unlike the suites (hand-written kernels kept out of training), seen machines", unlike, rows)
    if options.json:
        json.dump(dict(result, unlike=unlike), open(options.json, "w"), indent=1)


if __name__ == "__main__":
    main()

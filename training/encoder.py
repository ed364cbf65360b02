"""Trains the microarchitecture encoder: parameters -> vector, the instruction model frozen; then the library's vectors.

usage: DATASET=… PREPARED=… python3 encoder.py MODEL.pt [--seed N] [--keep-out N] [--machines N] [--out ../models]
first: sums.py. Machines are those of the training runs and those of the wide runs. Nothing of validation runs or of unseen
machines is read. Writes encoder.json, and machines.json: a machine of the library has 0.7 of the vector that it got when
MODEL.pt was trained, from its own labels alone, and 0.3 of that of a second encoder, which learns longer and which
labels of machines like it have shaped. With --keep-out, N random machines take no part, their mean error on the training runs is
printed beside that of those that do, and nothing is written. (The instruction model has seen them.)
"""
import argparse
import json
import os
import subprocess
import tempfile
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import data
import model as models
import sums
from export import write_machines

HIDDEN, LAYERS, RATE, DECAY, NOISE = 96, 2, 3e-3, 0.3, 0.3
STEPS, WIDE = 1200, 2.0  # weight of the wide runs, beside the training runs
LIBRARY_STEPS, LIBRARY_WIDE = 2400, 1.0  # machines that are known need not be told from their parameters alone
OWN = 0.7  # of a known machine's vector: more has better shares of instructions, less better totals
LARGER = 10.0  # weight of times that grow when a cache gets larger
ROWS_A_STEP, WIDE_A_STEP = 16384, 256
PARTS, WIDE_WINDOW = 4, 1024  # parts of a training run; executed instructions of wide runs that are taken together
MODELS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models")


def machine_features(path):
    """names, float32 [machines, features], by the product's own code"""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/features.npy"
        subprocess.run(["node", sums.CLI, "features", "--machines", path, "--out", out], check=True)
        return [m["name"] for m in json.load(open(path))], torch.from_numpy(np.load(out))


def features_of_size():
    """float32 [3, features]: what four times the size of the L1I, L1D, L2 changes of a machine's features, whatever the machine"""
    machine = data.machines()["p550-class"]
    larger = [{**machine, level: {**machine[level], "size_kb": 4 * machine[level]["size_kb"]}} for level in ("l1i", "l1d", "l2")]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump([machine, *larger], f)
        f.flush()
        _, x = machine_features(f.name)
    return x[1:] - x[0]


class Encoder(nn.Module):
    """float32 [machines, features] -> vectors [machines, dimensions] in cycles"""

    def __init__(self, mean, spread, base):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.register_buffer("base", base)
        widths = [len(mean)] + [HIDDEN] * LAYERS
        self.hidden = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])
        self.out = nn.Linear(HIDDEN, len(base))
        nn.init.zeros_(self.out.weight)
        nn.init.constant_(self.out.bias, 0.5413)  # softplus(0.5413) = 1

    def forward(self, x, noise=0.0):
        """noise: on standardised features, as many as x"""
        h = (x - self.mean) / self.spread + noise
        for layer in self.hidden:
            h = F.silu(layer(h))
        return F.softplus(self.out(h)) * self.base


def relative(p, y):
    """squared error, relative to the geometric mean of both in kind: too little costs as much as too much"""
    return ((p - y) ** 2 / (y * (0.5 * y + 0.5 * p.detach()))).clamp(max=4).mean()


def parts_of_runs(number):
    """representations float32 [parts, dimensions] of the training runs; part, machine, run and cycles of each label"""
    representations, labels = [], []
    for r, run in enumerate(data.training_runs()):
        windows, _ = sums.read(run)
        machines, cycles, _ = sums.cycles(run)
        count = min(PARTS, max(1, cycles.shape[1] // 8)) if cycles.shape[1] else 0
        cuts = np.linspace(0, cycles.shape[1], count + 1).astype(int)
        for a, b in zip(cuts, cuts[1:]):
            for machine, c in zip(machines, cycles[:, a:b].sum(1)):
                if c > 0:  # nan where labels end
                    labels.append((len(representations), number[machine], r, c))
            representations.append(windows[a:b].sum(0))
    part, machine, run, y = (np.array(column) for column in zip(*labels))
    return torch.from_numpy(np.array(representations)).float(), part, machine, run, torch.from_numpy(y).float()


def wide_windows(run, number):
    """representations float32 [windows, dimensions], machines [M], cycles [M, windows]"""
    machines, each, cycles = data.wide_labels(run)
    windows, _ = sums.read(run)
    together = WIDE_WINDOW // each
    full = cycles.shape[1] // together
    joined = lambda a, axis: a.reshape(*a.shape[:axis], full, together, *a.shape[axis + 1 :]).sum(axis + 1)
    r = joined(windows[: full * together], 0)
    y = joined(cycles[:, : full * together].astype(np.float64), 1)
    return torch.from_numpy(r).float(), np.array([number[m] for m in machines]), torch.from_numpy(y).float()


class Labels:
    """What encoders learn from. machines: as many, drawn at random, and no others; keep_out: so many not at all"""

    def __init__(self, names, keep_out, machines, seed):
        number = {n: i for i, n in enumerate(names)}
        self.r, self.part, self.machine, self.run, self.y = parts_of_runs(number)
        self.wide = [wide_windows(run, number) for run in data.runs("wide")]
        random = sorted({m for m in self.machine if names[m].startswith("r")})
        self.kept_out = np.random.default_rng(7).choice(random, keep_out, replace=False)
        self.learnt = np.setdiff1d(np.unique(np.concatenate([self.machine, *(machine for _, machine, _ in self.wide)])), self.kept_out)
        if machines:
            self.learnt = np.random.default_rng(seed).choice(self.learnt, machines, replace=False)
        self.used = np.flatnonzero(np.isin(self.machine, self.learnt))
        self.wide_used = [np.flatnonzero(np.isin(machine, self.learnt)) for _, machine, _ in self.wide]

    def spent(self, vectors, rows):
        return (vectors[self.machine[rows]] * self.r[self.part[rows]]).sum(1)

    def error_on_runs(self, vectors, machines):
        """mean error of whole training runs on these"""
        rows = np.flatnonzero(np.isin(self.machine, machines))
        _, whole = np.unique(self.run[rows] * len(vectors) + self.machine[rows], return_inverse=True)
        return float(np.mean(np.abs(np.bincount(whole, self.spent(vectors, rows).numpy()) / np.bincount(whole, self.y[rows].numpy()) - 1)))


def train(labels, x, size, base, steps, wide, runs, seed):
    """x [machines, features], size: features_of_size(), base [dimensions]: a usual vector, runs: which of the wide ones -> Encoder"""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    known = x[labels.wide[0][1]]
    model = Encoder(known.mean(0), known.std(0).clamp(min=0.1), base)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    started = time.time()
    for step in range(steps):
        for g in optimizer.param_groups:
            g["lr"] = RATE * min(1, step / 50) * (0.5 * (1 + np.cos(np.pi * step / steps)) + 0.01)
        noise = NOISE * torch.randn_like(x)
        vectors = model(x, noise)
        larger = model(x + size[torch.from_numpy(rng.integers(3, size=len(x)))], noise)
        rows = rng.choice(labels.used, ROWS_A_STEP)
        spent, spent_larger = labels.spent(vectors, rows), labels.spent(larger, rows)
        of_runs = relative(spent, labels.y[rows])
        growth = F.relu(spent_larger / spent - 1).mean()
        of_wide = 0.0
        for i in runs:
            (r, machine, cycles), used = labels.wide[i], labels.wide_used[i]
            some = rng.choice(used, min(WIDE_A_STEP, len(used)), replace=False)
            p, y = vectors[machine[some]] @ r.T, cycles[some]
            of_wide = of_wide + (relative(p, y) + relative(p.sum(1), y.sum(1))) / len(runs)
        optimizer.zero_grad()
        (of_runs + wide * of_wide + LARGER * growth).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99 or step + 1 == steps:
            row = dict(step=step + 1, seconds=round(time.time() - started), runs=round(of_runs.item(), 4), growth=round(growth.item(), 5), wide=round(of_wide.item(), 4))
            with torch.no_grad():
                print(json.dumps({**row, **(dict(keptOut=round(labels.error_on_runs(model(x), labels.kept_out), 4), learnt=round(labels.error_on_runs(model(x), labels.learnt), 4)) if len(labels.kept_out) else {})}), flush=True)
    return model


def write(model, path):
    short = lambda t: [float(f"{v:.6g}") for v in t.detach().flatten().tolist()]
    described = dict(
        format=1,
        features=len(model.mean),
        mean=short(model.mean),
        spread=short(model.spread),
        base=short(model.base),
        layers=[dict(rows=layer.out_features, weight=short(layer.weight), bias=short(layer.bias)) for layer in (*model.hidden, model.out)],
    )
    with open(path, "w") as f:
        json.dump(described, f, separators=(",", ":"))
        f.write("\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--keep-out", type=int, default=0)
    arguments.add_argument("--machines", type=int, help="learn from as many, drawn at random, and no others")
    arguments.add_argument("--out", default=MODELS)
    options = arguments.parse_args()
    names, x = machine_features(f"{data.DATASET}/machines.json")
    labels = Labels(names, options.keep_out, options.machines, options.seed)
    trained = models.load(options.model)
    own = trained.machine_vectors().detach()
    library = [names.index(n) for n in trained.machines]
    every = range(len(labels.wide))
    # Runs that only the library's machines have labels of would make those outweigh the others.
    beyond = [i for i in every if np.setdiff1d(labels.wide[i][1], library).size]
    learn = lambda steps, wide, runs: train(labels, x, features_of_size(), own.mean(0), steps, wide, runs, options.seed)
    by_parameters = learn(STEPS, WIDE, beyond)
    if options.keep_out or options.machines:
        return
    told = learn(LIBRARY_STEPS, LIBRARY_WIDE, every)(x).detach()[library]
    write(by_parameters, f"{options.out}/encoder.json")
    write_machines(trained.machines, (OWN * own + (1 - OWN) * told).double().numpy(), f"{options.out}/machines.json")


if __name__ == "__main__":
    main()

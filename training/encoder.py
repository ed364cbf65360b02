"""Trains the microarchitecture encoder: parameters -> vector, the instruction model frozen.

usage: DATASET=… PREPARED=… python3 encoder.py [--steps N] [--seed N] [--keep-out N] [--machines N] [--out ../models/encoder.json]
first: sums.py. Machines are those of the training runs and those of the wide run. Nothing of validation runs or of unseen
machines is read. With --keep-out, N random machines take no part and their mean error on the training runs is printed:
so the constants below were chosen (noise on what is known of a machine, and few steps, as 119 machines are soon learnt by
heart); the shipped encoder has seen all.
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
import sums

HIDDEN, LAYERS, RATE, DECAY, NOISE = 96, 2, 3e-3, 1.0, 0.3
LARGER = 10.0  # weight of times that grow when a cache gets larger
ROWS_A_STEP, WIDE_A_STEP = 16384, 256
PARTS, WIDE_WINDOWS = 4, 16  # parts of a training run; windows of 64 of the wide run that are taken together
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


def wide_windows(number):
    """representations float32 [windows, dimensions], machines [M], cycles [M, windows]"""
    run = data.runs("wide")[0]
    z = np.load(f"{data.DATASET}/wide/{run['name']}.windows.npz")
    windows, _ = sums.read(run)
    full = z["cycles"].shape[1] // WIDE_WINDOWS
    joined = lambda a, axis: a.reshape(*a.shape[:axis], full, WIDE_WINDOWS, *a.shape[axis + 1 :]).sum(axis + 1)
    r = joined(windows[: full * WIDE_WINDOWS], 0)
    y = joined(z["cycles"][:, : full * WIDE_WINDOWS].astype(np.float64), 1)
    return torch.from_numpy(r).float(), np.array([number[str(m)] for m in z["machine"]]), torch.from_numpy(y).float()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--keep-out", type=int, default=0)
    arguments.add_argument("--machines", type=int, help="learn from as many, drawn at random, and no others")
    arguments.add_argument("--out", default=f"{MODELS}/encoder.json")
    options = arguments.parse_args()
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    names, x = machine_features(f"{data.DATASET}/machines.json")
    size = features_of_size()
    number = {n: i for i, n in enumerate(names)}
    r, part, machine, run, y = parts_of_runs(number)
    wide_r, wide_machine, wide_y = wide_windows(number)

    random = sorted({m for m in machine if names[m].startswith("r")})
    kept_out = np.random.default_rng(7).choice(random, options.keep_out, replace=False)
    learnt = np.setdiff1d(np.union1d(machine, wide_machine), kept_out)
    if options.machines:
        learnt = rng.choice(learnt, options.machines, replace=False)
    used = np.flatnonzero(np.isin(machine, learnt))
    wide_used = np.flatnonzero(np.isin(wide_machine, learnt))

    library = [np.array(m["vector"]) * m["freq_ghz"] for m in json.load(open(f"{MODELS}/machines.json"))]
    model = Encoder(x[wide_machine].mean(0), x[wide_machine].std(0).clamp(min=0.1), torch.from_numpy(np.mean(library, 0)).float())

    def kept_out_error():
        rows = np.flatnonzero(np.isin(machine, kept_out))
        with torch.no_grad():
            p = (model(x)[machine[rows]] * r[part[rows]]).sum(1).numpy()
        _, whole = np.unique(run[rows] * len(names) + machine[rows], return_inverse=True)
        return float(np.mean(np.abs(np.bincount(whole, p) / np.bincount(whole, y[rows].numpy()) - 1)))

    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    started = time.time()
    for step in range(options.steps):
        for g in optimizer.param_groups:
            g["lr"] = RATE * min(1, step / 50) * (0.5 * (1 + np.cos(np.pi * step / options.steps)) + 0.01)
        noise = NOISE * torch.randn_like(x)
        vectors = model(x, noise)
        larger = model(x + size[torch.from_numpy(rng.integers(3, size=len(x)))], noise)
        rows = rng.choice(used, ROWS_A_STEP)
        spent, spent_larger = ((v[machine[rows]] * r[part[rows]]).sum(1) for v in (vectors, larger))
        of_runs = relative(spent, y[rows])
        growth = F.relu(spent_larger / spent - 1).mean()
        some = rng.choice(wide_used, min(WIDE_A_STEP, len(wide_used)), replace=False)
        p = vectors[wide_machine[some]] @ wide_r.T
        of_wide = relative(p, wide_y[some]) + relative(p.sum(1), wide_y[some].sum(1))
        optimizer.zero_grad()
        (of_runs + of_wide + LARGER * growth).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99 or step + 1 == options.steps:
            row = dict(step=step + 1, seconds=round(time.time() - started), runs=round(of_runs.item(), 4), growth=round(growth.item(), 5), wide=round(of_wide.item(), 4))
            print(json.dumps({**row, **(dict(keptOut=round(kept_out_error(), 4)) if len(kept_out) else {})}), flush=True)

    layers = [*model.hidden, model.out]
    short = lambda t: [float(f"{v:.6g}") for v in t.detach().flatten().tolist()]
    described = dict(
        format=1,
        features=int(x.shape[1]),
        mean=short(model.mean),
        spread=short(model.spread),
        base=short(model.base),
        layers=[dict(rows=layer.out_features, weight=short(layer.weight), bias=short(layer.bias)) for layer in layers],
    )
    with open(options.out, "w") as f:
        json.dump(described, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()

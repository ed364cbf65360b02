"""Trains the microarchitecture encoder: parameters -> vector, the instruction model frozen.

usage: DATASET=… PREPARED=… python3 encoder.py [--steps N] [--seed N] [--out ../models/encoder.json]; first: sums.py
Machines are those of the wide run and those of the training runs; a tenth of the wide ones is kept out to watch. The
vectors of the library's machines take part as the training runs have them. Nothing of validation runs or of unseen
machines is read.
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

HIDDEN, LAYERS, RATE, DECAY = 96, 2, 3e-3, 1e-3
RUNS_A_STEP = 24


def machine_features(path):
    """names, float32 [machines, features], by the product's own code"""
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/features.npy"
        subprocess.run(["node", sums.CLI, "features", "--machines", path, "--out", out], check=True)
        return [m["name"] for m in json.load(open(path))], np.load(out)


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

    def forward(self, x):
        h = (x - self.mean) / self.spread
        for layer in self.hidden:
            h = F.silu(layer(h))
        return F.softplus(self.out(h)) * self.base


def relative(p, y, level):
    """squared error of sums, relative to the mean of each row and to the window's own size in equal parts"""
    return ((p - y) ** 2 / (level * (0.5 * level + 0.5 * y))).mean()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=4000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models/encoder.json"))
    options = arguments.parse_args()
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    names, features = machine_features(f"{data.DATASET}/machines.json")
    number = {n: i for i, n in enumerate(names)}
    x = torch.from_numpy(features)

    wide = data.runs("wide")[0]
    z = np.load(f"{data.DATASET}/wide/{wide['name']}.windows.npz")
    r64, _ = sums.read(wide)
    group = 4  # windows of 256
    full = z["cycles"].shape[1] // group * group
    wide_r = torch.from_numpy(r64[:full].reshape(full // group, group, -1).sum(1)).float()
    wide_y = torch.from_numpy(z["cycles"][:, :full].astype(np.float64).reshape(len(z["cycles"]), full // group, group).sum(2)).float()
    wide_machines = np.array([number[str(m)] for m in z["machine"]])
    random = np.array([names[m].startswith("w") for m in wide_machines])
    kept_out = random & (np.arange(len(wide_machines)) % 10 == 0)
    train_rows = np.flatnonzero(~kept_out)

    library = {m["name"]: np.array(m["vector"]) * m["freq_ghz"] for m in json.load(open(os.path.join(os.path.dirname(sums.CLI), "../models/machines.json")))}
    base = torch.from_numpy(np.mean(list(library.values()), 0)).float()
    seen = x[wide_machines]
    model = Encoder(seen.mean(0), seen.std(0).clamp(min=0.1), base)

    runs = []
    for run in data.training_runs():
        r, _ = sums.read(run)
        machines, y, _ = sums.cycles(run)
        runs.append((torch.from_numpy(r[: y.shape[1]]).float(), torch.from_numpy(y).float(), torch.tensor([number[m] for m in machines])))
    runs = [run for run in runs if run[1].shape[1]]
    chance = np.sqrt([run[1].shape[1] for run in runs])
    chance /= chance.sum()

    def wide_loss(rows, columns):
        p = model(x[wide_machines[rows]]) @ wide_r[columns].T
        y = wide_y[rows][:, columns]
        return relative(p, y, wide_y[rows].mean(1, keepdim=True)), (p.sum(1) / y.sum(1) - 1).abs().mean()

    def train_loss():
        picked = [runs[i] for i in rng.choice(len(runs), RUNS_A_STEP, p=chance)]
        vectors = model(x)
        loss = 0
        for r, y, machines in picked:
            w = rng.choice(len(r), min(len(r), 128), replace=False)
            p, t = vectors[machines] @ r[w].T, y[:, w]
            known = torch.isfinite(t)
            t = torch.where(known, t, p.detach())
            level = t.mean(1, keepdim=True)
            loss = loss + relative(p, t, level) + 0.3 * ((p.sum(1) / t.sum(1) - 1) ** 2).mean()
        return loss / RUNS_A_STEP

    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    started = time.time()
    for step in range(options.steps):
        for g in optimizer.param_groups:
            g["lr"] = RATE * min(1, step / 100) * (0.5 * (1 + np.cos(np.pi * step / options.steps)) + 0.01)
        rows = torch.from_numpy(rng.choice(train_rows, 128, replace=False))
        columns = torch.from_numpy(rng.choice(len(wide_r), 384, replace=False))
        loss, _ = wide_loss(rows, columns)
        other = train_loss()
        optimizer.zero_grad()
        (loss + other).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 250 == 249 or step + 1 == options.steps:
            with torch.no_grad():
                out_loss, out_error = wide_loss(torch.from_numpy(np.flatnonzero(kept_out)), torch.arange(len(wide_r)))
            row = dict(step=step + 1, minutes=round((time.time() - started) / 60, 2), wide=round(loss.item(), 4), runs=round(other.item(), 4), keptOut=round(out_loss.item(), 4), keptOutTotal=round(out_error.item(), 4))
            print(json.dumps(row), flush=True)

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

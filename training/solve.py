"""Solves every machine's vector again with the network frozen.

usage: DATASET=… PREPARED=… python3 solve.py MODEL.pt OUT.pt
Descent sees few labels of each machine at a time and leaves the vectors noisy. With representations fixed, the vector
that predicts a machine's labelled chunks best is a non-negative least-squares problem; a few pseudo-observations hold it
near the trained vector, which knows more than sums.
"""
import sys

import numpy as np
import torch
from scipy.optimize import nnls

import data
import model as models

CHUNK, CHUNKS = 8192, 3
HOLD = 0.05  # weight of the trained vector, as a share of the observations


def observations(model):
    """machine -> list of (sum of representations / true cycles [dimensions]), over chunks of the training runs"""
    rng, rows = np.random.default_rng(0), {}
    for run in data.training_runs():
        machine, y, _ = data.labels(run)
        x = data.features(run["name"])
        low = min(15000, max(0, len(x) - CHUNK * CHUNKS))
        for a in rng.integers(low, max(low + 1, len(x) - CHUNK), CHUNKS):
            left = max(0, a - model.network.context)
            r = model.representations(x[left : a + CHUNK])[a - left :]
            total = r.sum(0, dtype=np.float64)
            for j, name in enumerate(machine):
                t = y[j, a : a + CHUNK].astype(np.float64)
                if len(t) == len(r) and np.isfinite(t).all() and t.sum() > 0:
                    rows.setdefault(name, []).append(total / t.sum())
    return rows


def main():
    model = models.load(sys.argv[1])
    vectors = model.machine_vectors().detach().numpy().astype(np.float64)
    rows = observations(model)
    for i, name in enumerate(model.machines):
        a = np.array(rows[name])
        weight = np.sqrt(HOLD * len(a)) * a.mean(0)
        before = np.mean(np.abs(a @ vectors[i] - 1))
        vectors[i] = nnls(np.vstack([a, np.diag(weight)]), np.concatenate([np.ones(len(a)), weight * vectors[i]]))[0]
        print(f"{name:32s} {len(a):4d} chunks, error {before:6.1%} -> {np.mean(np.abs(a @ vectors[i] - 1)):6.1%}", flush=True)
    with torch.no_grad():
        scaled = torch.from_numpy(vectors).float() / model.scale[:, None]
        model.vector.copy_(torch.where(scaled > 20, scaled, torch.log(torch.expm1(scaled.clamp(min=1e-6)))))
    models.save(model, sys.argv[2])


if __name__ == "__main__":
    main()

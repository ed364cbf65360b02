"""Trains the instruction model and the machines' vectors together.

usage: DATASET=… PREPARED=… python3 train.py MINUTES OUT.pt [--threads N]
A checkpoint is written every 200 steps; when OUT.pt exists, training resumes from it (MINUTES counts all of it).
"""
import argparse
import copy
import math
import os
import time

import numpy as np
import torch

import data
from model import PLAIN, TOYS, Model, save

RATE, BATCH, WINDOW, MACHINES, STARTUP = 2e-3, 12, 1024, 6, 15000
STARTUP_SHARE = 0.3
LOSS_WINDOWS = ((16, 0.02), (128, 0.1), (1024, 0.6))


class Batches:
    """Windows of runs with labels on a few machines each."""

    def __init__(self, names, context, seed):
        self.context, self.rng = context, np.random.default_rng(seed)
        number = {n: i for i, n in enumerate(names)}
        self.x, self.y, self.machine, self.mean = [], [], [], []
        chance = []
        for run in data.training_runs():
            machine, y, mean = data.labels(run)
            if y.shape[1] <= WINDOW:
                continue
            self.x.append(data.features(run["name"]))
            self.y.append(y)
            self.machine.append(torch.tensor([number[m] for m in machine]))
            self.mean.append(torch.from_numpy(mean))
            # Hand-written and generated warm loops teach more than the suites' short cold runs.
            chance.append(math.sqrt(y.shape[1]) * (2 if run["name"][0] in "kog" else 1))
        self.chance = np.array(chance) / np.sum(chance)

    def scale(self, count):
        """mean cycles an instruction of each machine"""
        total, seen = torch.zeros(count), torch.zeros(count)
        for machine, mean in zip(self.machine, self.mean):
            total[machine] += mean
            seen[machine] += 1
        return total / seen.clamp(min=1)

    def start(self, n):
        """Start of a window; libc's start-up code, the same in every run, is held to a share."""
        low = STARTUP if n > 2 * STARTUP + WINDOW and self.rng.random() > STARTUP_SHARE else 0
        return int(self.rng.integers(low, n - WINDOW))

    def __iter__(self):
        while True:
            x = np.zeros((BATCH, self.context + WINDOW, PLAIN + TOYS), np.float32)
            y, machine = torch.zeros(BATCH, MACHINES, WINDOW), torch.zeros(BATCH, MACHINES, dtype=torch.long)
            use, mean = torch.zeros(BATCH, MACHINES), torch.ones(BATCH, MACHINES)
            for b, r in enumerate(self.rng.choice(len(self.x), BATCH, p=self.chance)):
                a = self.start(self.y[r].shape[1])
                left = max(0, a - self.context)
                x[b, self.context - (a - left) :] = self.x[r][left : a + WINDOW]
                pick = self.rng.permutation(len(self.machine[r]))[:MACHINES]
                k, t = len(pick), torch.from_numpy(self.y[r][pick, a : a + WINDOW].astype(np.float32))
                y[b, :k], machine[b, :k], mean[b, :k] = torch.nan_to_num(t), self.machine[r][pick], self.mean[r][pick]
                use[b, :k] = torch.isfinite(t).all(1).float()
            yield torch.from_numpy(x), y, machine, use, mean


def loss_of(model, x, y, machine, use, mean):
    """Poisson per instruction, and the squared relative error of sums over windows: both unbiased for the mean."""
    context = [c.expand(len(x), *c.shape) for c in model.network.start()]
    r = model.network(x, *context)[0][:, model.network.context :]
    p = torch.bmm(model.machine_vectors()[machine], r.transpose(1, 2)) + 1e-4
    mean, n = mean[..., None], use.sum().clamp(min=1)
    loss = 0.3 * (((p - y * torch.log(p)) / mean).mean(2) * use).sum() / n
    for w, weight in LOSS_WINDOWS:
        e = (p.reshape(BATCH, MACHINES, -1, w).mean(3) - y.reshape(BATCH, MACHINES, -1, w).mean(3)) / mean
        loss = loss + weight * ((e**2).mean(2) * use).sum() / n
    return loss, ((e.abs().mean(2) * use).sum() / n).item()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("minutes", type=float)
    arguments.add_argument("out")
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    names = [n for n, m in data.machines().items() if m["split"] == "train"]
    model = Model(names, torch.ones(len(names)))
    resumed = torch.load(options.out) if os.path.exists(options.out) else None
    step, before = (resumed["step"], resumed["seconds"]) if resumed else (0, 0.0)
    batches = Batches(names, model.network.context, seed=step)
    model.scale = batches.scale(len(names))
    machine_rate = 10  # vectors see few labels each: a tenfold rate, or they all stay alike
    optimizer = torch.optim.Adam([dict(params=list(model.network.parameters()), times=1), dict(params=[model.vector], times=machine_rate)], lr=RATE)
    average = copy.deepcopy(model)
    if resumed:
        model.load_state_dict(resumed["live"])
        average.load_state_dict(resumed["state"])
        optimizer.load_state_dict(resumed["optimizer"])
    started, recent = time.time(), []
    for batch in batches:
        seconds = before + time.time() - started
        done = seconds / 60 / options.minutes
        if done >= 1:
            break
        for g in optimizer.param_groups:
            g["lr"] = g["times"] * RATE * min(1, step / 200 + 0.01) * (0.5 * (1 + math.cos(math.pi * done)) + 0.01)
        loss, error = loss_of(model, *batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        with torch.no_grad():  # the average of late weights is what is shipped
            for a, p in zip(average.parameters(), model.parameters()):
                a.lerp_(p, max(0.002, 1 / step))
        recent.append(error)
        if step % 200 == 0:
            rate = len(recent) * BATCH * WINDOW * step / len(recent) / seconds / 1000
            print(f"{seconds / 60:.1f} min, step {step}, relative error of 1024-windows {np.mean(recent):.4f}, {rate:.0f} k instructions/s", flush=True)
            recent = []
            save(average, options.out + ".part", live=model.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=seconds)
            os.replace(options.out + ".part", options.out)
    save(average, options.out + ".part", live=model.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=seconds)
    os.replace(options.out + ".part", options.out)


if __name__ == "__main__":
    main()

"""PerfVec's own networks (LSTM-2-256, GRU, MLP, CNN, Transformer, on its 51 features) trained for a few minutes each on the same
windows, loss and machines as ours, and ours for as long: error beside cost.

usage: DATASET=… PREPARED=… python3 references.py MINUTES_OF_ONE_CORE [KIND…] [--runs N]; first: npm run build, prepare.py
Writes the features of N training runs (and of validation) once, then for each kind a learning curve (minutes, steps, error of
windows of 1024) and one row: errors on validation programs and known machines. They stream, each instruction once, where PerfVec runs a window of 256 for every instruction; sums are the same.
"""
import argparse
import json
import math
import os
import subprocess
import time
from functools import partial

import numpy as np
import torch
import torch.nn as nn

import data
import evaluate
import model as models
from prepare import CLI
from train import BATCH, RATE, WINDOW, Batches, Loss, optimizer_of

FEATURES, DIMENSIONS, MOST = 51, 256, 200_000


def perfvec_features(run):
    """float32 [N, 51], memory-mapped: PerfVec's own, not normalised; of training runs the first MOST executed instructions"""
    path = f"{data.PREPARED}/{run['name']}.p51.npy"
    if not os.path.exists(path):
        trace = f"{data.DATASET}/{run['split']}/{run['name']}.trace.npz"
        limit = ["--limit", str(MOST)] if run["split"] == "train" else []
        part = f"{path[:-4]}.part.npy"
        subprocess.run(["node", CLI, "features", trace, "--set", "perfvec", "--out", part, *limit], check=True, stderr=subprocess.DEVNULL)
        os.rename(part, path)
    return np.load(path, mmap_mode="r")


class Reference(nn.Module):
    """z-scored features [..., T, 51] -> representation [..., T, DIMENSIONS], ReLU as PerfVec's; `context` instructions go before.

    Training windows that reach back beyond the start of a run hold zeros there, where a run that streams has the mean or no state: a handful of windows.
    """

    dimensions, learned = DIMENSIONS, DIMENSIONS

    def __init__(self, mean, deviation):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    def start(self):
        return []

    def multiplications(self):
        return sum(p.numel() for p in self.parameters() if p.dim() > 1)

    def normal(self, x):
        return (x - self.mean) / self.deviation


class Recurrent(Reference):
    context = 64  # to warm up; when it streams, its state is carried on

    def __init__(self, kind, *normal):
        super().__init__(*normal)
        self.net = kind(FEATURES, DIMENSIONS, 2, batch_first=True)

    def forward(self, x, *state, valid=None):
        if valid is not None:  # training windows begin anew
            return (torch.relu(self.net(self.normal(x))[0]),)
        out, after = self.net(self.normal(x)[None], *state)
        return torch.relu(out[0]), after


class Windowed(Reference):
    """Sees `context` instructions before each; when it streams, the last ones of the chunk before are carried on."""

    def start(self):
        return [self.mean.expand(self.context, FEATURES)]

    def forward(self, x, before, valid=None):
        if valid is not None:  # training windows bring what goes before
            return (torch.cat([x.new_zeros(*x.shape[:-2], self.context, DIMENSIONS), torch.relu(self.look(self.normal(x)))], -2),)
        x = torch.cat([before, x])
        return torch.relu(self.look(self.normal(x)[None])[0]), x[-self.context :]

    def look(self, x):
        """[..., context + T, 51] -> [..., T, DIMENSIONS]"""
        raise NotImplementedError


class Perceptron(Windowed):
    context = 63

    def __init__(self, *normal):
        super().__init__(*normal)
        self.first = nn.Conv1d(FEATURES, DIMENSIONS, self.context + 1)  # a linear layer over each window
        self.second = nn.Linear(DIMENSIONS, DIMENSIONS)

    def look(self, x):
        return self.second(torch.relu(self.first(x.transpose(1, 2)).transpose(1, 2)))


class Convolutional(Windowed):
    """Kernel and stride 2 on 8 levels, which covers 256 instructions; streamed, level l is dilated by 2^l."""

    context = 255

    def __init__(self, *normal, channels=128):
        super().__init__(*normal)
        self.levels = nn.ModuleList([nn.Conv1d(channels if l else FEATURES, channels, 2, dilation=2**l) for l in range(8)])
        self.last = nn.Linear(channels, DIMENSIONS)

    def look(self, x):
        h = x.transpose(1, 2)
        for level in self.levels:
            h = torch.relu(level(h))
        return self.last(h.transpose(1, 2))


class LocalLayer(nn.Module):
    """A layer of a transformer in which each instruction looks at itself and at those before it, WINDOW in all, less at older ones."""

    WINDOW, HEADS, FADING = 64, 4, 0.05

    def __init__(self, width):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.ask, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, h):
        """[B, T, width], T a multiple of WINDOW"""
        batch, length, width = h.shape
        blocks = (batch, length // self.WINDOW, self.WINDOW, self.HEADS, width // self.HEADS)
        q, k, v = (part.reshape(blocks) for part in self.ask(self.norms[0](h)).chunk(3, -1))
        k, v = (torch.cat([nn.functional.pad(part, (0, 0, 0, 0, 0, 0, 1, 0))[:, :-1], part], 2) for part in (k, v))
        back = self.WINDOW + torch.arange(self.WINDOW)[:, None] - torch.arange(2 * self.WINDOW)
        bias = torch.where((back < 0) | (back >= self.WINDOW), -math.inf, -self.FADING * back.float())
        scores = torch.einsum("bnqhe,bnkhe->bnhqk", q, k) / math.sqrt(blocks[-1]) + bias
        h = h + self.mix(torch.einsum("bnhqk,bnkhe->bnqhe", torch.softmax(scores, -1), v).reshape(h.shape))
        return h + self.feed(self.norms[1](h))


class Transformer(Windowed):
    WIDTH = 128
    context = 2 * (LocalLayer.WINDOW - 1)

    def __init__(self, *normal):
        super().__init__(*normal)
        self.embed = nn.Linear(FEATURES, self.WIDTH)
        self.layers = nn.ModuleList([LocalLayer(self.WIDTH) for _ in range(2)])
        self.last = nn.Linear(self.WIDTH, DIMENSIONS)

    def multiplications(self):
        return super().multiplications() + len(self.layers) * 2 * LocalLayer.WINDOW * self.WIDTH

    def look(self, x):
        h = nn.functional.pad(self.embed(x), (0, 0, -x.shape[1] % LocalLayer.WINDOW, 0))
        with torch.autocast("cpu", enabled=False):  # norms know no bfloat16 on a processor
            h = h.float()
            for layer in self.layers:
                h = layer(h)
        return self.last(h[:, self.context - x.shape[1] :])


KINDS = dict(lstm=partial(Recurrent, nn.LSTM), gru=partial(Recurrent, nn.GRU), mlp=Perceptron, cnn=Convolutional, transformer=Transformer, ours=None)


class ReferenceModel(models.Model):
    """As ours, with another network: representation and machines are not negative."""

    def __init__(self, names, scale, network):
        nn.Module.__init__(self)
        self.machines, self.network = list(names), network
        self.vector = nn.Parameter(0.3 * torch.randn(len(self.machines), DIMENSIONS) - 3)
        self.register_buffer("scale", scale)


def chosen_runs(count):
    """training runs, long and hand-written ones rather than short ones"""
    runs = data.training_runs()
    weight = np.array([math.sqrt(r["executed"]) * (2 if r["name"][0] in "kog" else 1) for r in runs])
    return [runs[i] for i in np.random.default_rng(0).choice(len(runs), min(count, len(runs)), replace=False, p=weight / weight.sum())]


def train(model, batches, validation, minutes):
    """as train.py, for a time in place of steps. yields every fourth of it: minutes of processor time, steps, error of windows of validation programs"""
    optimizer = optimizer_of(model)
    loss_of, began, step, told = Loss(model), time.process_time(), 0, 0
    while told < 4:
        done = (time.process_time() - began) / (60 * minutes)
        for g in optimizer.param_groups:
            g["lr"] = g["times"] * RATE * min(1, step / 50 + 0.01) * (0.5 * (1 + math.cos(math.pi * min(1, done))) + 0.01)
        loss, _ = loss_of(*batches.draw(np.random.default_rng((0, step, 0))))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if done >= (told + 1) / 4:
            told += 1
            paused = time.process_time()
            with torch.no_grad():
                error = np.mean([loss_of(*validation.draw(np.random.default_rng((0, i))))[1].item() for i in range(8)])
            yield round((time.process_time() - began) / 60, 1), step, round(float(error), 4)
            began += time.process_time() - paused


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("minutes", type=float)
    arguments.add_argument("kinds", nargs="*", default=list(KINDS))
    arguments.add_argument("--runs", type=int, default=200)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    chosen = chosen_runs(options.runs)
    names = [n for n, m in data.machines().items() if m["split"] == "train"]
    for kind in options.kinds:
        torch.manual_seed(0)
        features = (lambda run: data.features(run)[:MOST]) if kind == "ours" else perfvec_features
        if kind == "ours":
            model = models.Model(names, torch.ones(len(names)))
        else:
            rows = np.concatenate([features(r)[::100] for r in chosen])
            mean, deviation = torch.from_numpy(rows.mean(0)), torch.from_numpy(rows.std(0)).clamp(min=1e-6)
            model = ReferenceModel(names, torch.ones(len(names)), KINDS[kind](mean, deviation))
        batches = Batches(chosen, names, model.network.context, features)
        validation = Batches(data.runs("validation"), names, model.network.context, features)
        model.scale = batches.scale(len(names))
        for row in train(model, batches, validation, options.minutes):
            print(kind, *row, flush=True)
            steps = row[1]
        result, _ = evaluate.score(data.runs("validation"), model.eval(), {}, data.machines(), features)
        score = result["model"]
        row = dict(kind=kind, minutes=options.minutes, multiplications=model.network.multiplications(), executed=steps * BATCH * WINDOW, **score)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()

"""Trains the instruction model and the machines' vectors together, and beside them an encoder of the machines' parameters, so
that machines which resemble one another get vectors that do. (The encoder that ships is trained afterwards, encoder.py.)

usage: DATASET=… PREPARED=… python3 train.py STEPS OUT.pt [--from ../models [--frozen]] [--rate R] [--threads N] [--seed N]
       torchrun --nproc_per_node=N train.py …          several processes, each with batches of its own
--from goes on from an exported model in place of a random one. A checkpoint is written every 500 steps; when OUT.pt exists,
training resumes from it. OUT.jsonl holds the curve. Matrix products run in bfloat16 (on processors with AMX seven times as
fast), everything that is summed in float32. Uses a GPU when there is one.
"""
import argparse
import copy
import json
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.distributed as dist
import torch.nn as nn

import data
import encoder
from export import read_exported
from model import Model, save

RATE, BATCH, WINDOW, MACHINES, STARTUP = 2e-3, 16, 1024, 10, 15000
WIDE_BATCH = 8
STARTUP_SHARE = 0.15
MACHINE_RATE = 10  # vectors see few labels each: a tenfold rate, or they all stay alike
ENCODER_RATE, ENCODER_DECAY = 2, 1.0
LOSS_WINDOWS = ((16, 0.02), (128, 0.1), (1024, 0.6))
PROFILE, LEARNED, BY_PARAMETERS, WIDE = 0.6, 0.1, 1.0, 1.0  # weights of the loss's other terms
EVERY = 500


class Batches:
    """Windows of runs with labels on a few machines each."""

    def __init__(self, runs, names, context, features=data.features):
        """Labels of machines that are not among the names are left out."""
        self.context = context
        number = {n: i for i, n in enumerate(names)}
        self.x, self.y, self.rows, self.machine, self.mean, self.instruction = [], [], [], [], [], []
        chance = []
        for run in runs:
            machine, y, mean = data.labels(run)
            rows = [i for i, m in enumerate(machine) if m in number]
            if y.shape[1] <= WINDOW or not rows:
                continue
            self.x.append(features(run))
            self.y.append(y)
            self.rows.append(np.array(rows))
            self.machine.append(torch.tensor([number[machine[i]] for i in rows]))
            self.mean.append(torch.from_numpy(mean[rows]))
            self.instruction.append(data.instructions(run))
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

    def draw(self, rng):
        """features [BATCH, context + WINDOW, …], valid likewise, cycles [BATCH, MACHINES, WINDOW], machine, use, mean
        [BATCH, MACHINES], which instruction of its window each is [BATCH, WINDOW]"""
        x = np.zeros((BATCH, self.context + WINDOW, self.x[0].shape[1]), np.float32)
        valid = torch.ones(BATCH, self.context + WINDOW, 1)
        y, machine = torch.zeros(BATCH, MACHINES, WINDOW), torch.zeros(BATCH, MACHINES, dtype=torch.long)
        use, mean = torch.zeros(BATCH, MACHINES), torch.ones(BATCH, MACHINES)
        instruction = torch.zeros(BATCH, WINDOW, dtype=torch.long)
        for b, r in enumerate(rng.choice(len(self.x), BATCH, p=self.chance)):
            n = len(self.x[r])
            # libc's start-up code, the same in every run, is held to a share.
            low = STARTUP if n > 2 * STARTUP + WINDOW and rng.random() > STARTUP_SHARE else 0
            a = int(rng.integers(low, n - WINDOW))
            left = max(0, a - self.context)
            x[b, self.context - (a - left) :] = self.x[r][left : a + WINDOW]
            valid[b, : self.context - (a - left)] = 0
            pick = rng.permutation(len(self.machine[r]))[:MACHINES]
            k, t = len(pick), torch.from_numpy(self.y[r][self.rows[r][pick], a : a + WINDOW].astype(np.float32))
            y[b, :k], machine[b, :k], mean[b, :k] = torch.nan_to_num(t), self.machine[r][pick], self.mean[r][pick]
            use[b, :k] = torch.isfinite(t).all(1).float()
            instruction[b] = torch.from_numpy(np.unique(self.instruction[r][a : a + WINDOW], return_inverse=True)[1])
        return torch.from_numpy(x), valid, y, machine, use, mean, instruction


class WideRuns:
    """Windows of the few runs that hundreds of machines have labels of."""

    def __init__(self, number, context):
        self.context, self.runs = context, []
        for run in data.runs("wide"):
            names, each, cycles = data.wide_labels(run)
            self.runs.append((data.features(run), torch.tensor([number[n] for n in names]), each, cycles))

    def draw(self, rng):
        """of one run: features [WIDE_BATCH, context + WINDOW, …], machines, their mean cycles an instruction [machines, WIDE_BATCH]"""
        x, machine, each, cycles = self.runs[rng.integers(len(self.runs))]
        many = WINDOW // each
        first = rng.integers(-(-self.context // each), cycles.shape[1] - many, WIDE_BATCH)
        windows = np.stack([x[a * each - self.context : a * each + WINDOW] for a in first]).astype(np.float32)
        means = np.stack([cycles[:, a : a + many].sum(1) for a in first], 1) / np.float32(WINDOW)
        return torch.from_numpy(windows), machine, torch.from_numpy(means)


def by_instruction(cycles, instruction):
    """[B, M, T], which instruction each executed one is [B, T] -> sums [B, M, instructions]"""
    sums = cycles.new_zeros(*cycles.shape[:2], int(instruction.max()) + 1)
    return sums.scatter_add(2, instruction[:, None].expand_as(cycles), cycles)


class Loss(nn.Module):
    """Poisson per instruction and the squared relative error of sums over windows, both unbiased for the mean; and the profile error of windows."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def representations(self, x, valid):
        network = self.model.network
        context = [c.to(x.device).expand(len(x), *c.shape) for c in network.start()]
        with torch.autocast(x.device.type, torch.bfloat16):
            return network(x, *context, valid=valid)[0][:, network.context :]

    def of_labels(self, r, y, machine, use, mean, instruction):
        """representations [BATCH, WINDOW, dimensions] -> loss, mean relative error of WINDOW sums"""
        with torch.autocast(r.device.type, torch.bfloat16):
            p = torch.bmm(self.model.machine_vectors()[machine], r.transpose(1, 2)).float() + 1e-4
        average = lambda each: (each * use).sum() / use.sum().clamp(min=1)
        mean = mean[..., None]
        loss = 0.3 * average(((p - y * torch.log(p)) / mean).mean(2))
        for w, weight in LOSS_WINDOWS:
            e = (p.reshape(*y.shape[:2], -1, w).mean(3) - y.reshape(*y.shape[:2], -1, w).mean(3)) / mean
            loss = loss + weight * average((e**2).mean(2))
        guess, true = (by_instruction(t, instruction) / t.sum(2, keepdim=True).clamp(min=1e-3) for t in (p, y))
        return loss + PROFILE * average(0.5 * (guess - true).abs().sum(2)), average(e.detach().abs().mean(2))

    def forward(self, x, valid, *labels):
        return self.of_labels(self.representations(x, valid), *labels)


class LossByParameters(Loss):
    """Also the error of an encoder of machines' parameters, learnt meanwhile: representations are better when it can tell
    machines' vectors. And a price on the learned dimensions, which are not bound to anything that a machine could do."""

    def __init__(self, model):
        super().__init__(model)
        names, x = encoder.machine_features(f"{data.DATASET}/machines.json")
        number = {n: i for i, n in enumerate(names)}
        self.wide = WideRuns(number, model.network.context)
        learnt = x[self.wide.runs[0][1]]
        self.encoder = encoder.Encoder(learnt.mean(0), learnt.std(0).clamp(min=0.1), torch.ones(model.network.dimensions))
        self.register_buffer("x", x)
        self.register_buffer("trained", torch.tensor([number[n] for n in model.machines]))
        self.register_buffer("own", torch.full((len(names),), -1).scatter(0, self.trained, torch.arange(len(model.machines))))

    def draw(self, rng):
        """what `forward` wants before a batch"""
        return *self.wide.draw(rng), torch.from_numpy(encoder.NOISE * rng.standard_normal(self.x.shape, np.float32))

    def forward(self, wide_x, wide_machine, wide_cycles, noise, x, valid, y, machine, use, mean, instruction):
        r = self.representations(torch.cat([x, wide_x]), torch.cat([valid, torch.ones_like(valid[: len(wide_x)])]))
        loss, error = self.of_labels(r[: len(x)], y, machine, use, mean, instruction)
        windows, wide_windows = r.float().mean(1).split([len(x), len(wide_x)])
        vectors = self.encoder(self.x, noise)
        labelled = use > 0
        spent = (vectors[self.trained[machine]] * windows[:, None]).sum(2)
        loss = loss + BY_PARAMETERS * encoder.relative(spent[labelled], y.mean(2)[labelled])
        own = self.own[wide_machine]
        loss = loss + WIDE * encoder.relative(vectors[wide_machine] @ wide_windows.T, wide_cycles)
        loss = loss + WIDE * encoder.relative(self.model.machine_vectors()[own[own >= 0]] @ wide_windows.T, wide_cycles[own >= 0])
        k = self.model.network.learned
        parts = self.model.machine_vectors()[machine] * windows[:, None]
        # A share, which says nothing of how large the whole should be.
        share = parts[..., -k:].sum(2) / parts.sum(2)
        return loss + LEARNED * share[labelled].mean(), error


def optimizer_of(model, beside=None):
    """beside: an encoder that learns with the model"""
    groups = [dict(params=list(model.network.parameters()), times=1), dict(params=[model.vector], times=MACHINE_RATE)]
    if beside:
        groups.append(dict(params=list(beside.parameters()), times=ENCODER_RATE, weight_decay=ENCODER_DECAY))
    return torch.optim.AdamW(groups, lr=RATE, weight_decay=0)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("steps", type=int)
    arguments.add_argument("out")
    arguments.add_argument("--from", dest="start")
    arguments.add_argument("--frozen", action="store_true", help="only machines' vectors learn")
    arguments.add_argument("--rate", type=float, default=RATE)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    world = int(os.environ.get("WORLD_SIZE", 1))
    rank = int(os.environ.get("RANK", 0))
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if torch.cuda.is_available() else torch.device("cpu")
    if world > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    names = [n for n, m in data.machines().items() if m["split"] == "train"]
    model = Model(names, torch.ones(len(names)))
    batches = Batches(data.training_runs(), names, model.network.context)
    held_out = Batches(data.unlike_runs(), names, model.network.context)
    model.scale = batches.scale(len(names))
    if options.start:
        read_exported(model, options.start)
    model.network.requires_grad_(not options.frozen)
    loss_of = LossByParameters(model).to(device)
    print(f"{model.network.multiplications() / 1e6:.3f} M multiplications an executed instruction", flush=True)
    optimizer = optimizer_of(model, loss_of.encoder)
    average = copy.deepcopy(model)
    step, seconds = 0, 0.0
    if os.path.exists(options.out):
        resumed = torch.load(options.out, map_location=device)
        step, seconds = resumed["step"], resumed["seconds"]
        loss_of.load_state_dict(resumed["live"])
        average.load_state_dict(resumed["state"])
        optimizer.load_state_dict(resumed["optimizer"])
    parallel = nn.parallel.DistributedDataParallel(loss_of) if world > 1 else loss_of
    recent, started = [], time.time() - seconds
    # Every step draws by a generator of its own: a resumed run draws what an uninterrupted one does. The next is drawn meanwhile.

    def drawn_of(step):
        rng = np.random.default_rng((options.seed, step, rank))
        return *loss_of.draw(rng), *batches.draw(rng)

    drawer = ThreadPoolExecutor(1)
    following = drawer.submit(drawn_of, step)
    while step < options.steps:
        batch = [t.to(device) for t in following.result()]
        following = drawer.submit(drawn_of, step + 1)
        done = step / options.steps
        for g in optimizer.param_groups:
            g["lr"] = g["times"] * options.rate * min(1, step / 200 + 0.01) * (0.5 * (1 + math.cos(math.pi * done)) + 0.01)
        loss, error = parallel(*batch)
        optimizer.zero_grad()
        loss.backward()
        for part in (model, loss_of.encoder):
            torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)
        optimizer.step()
        step += 1
        recent.append(error.item())
        with torch.no_grad():  # the average of late weights is what is shipped
            for a, p in zip(average.parameters(), model.parameters()):
                a.lerp_(p, max(0.0005, 1 / step))
            if rank == 0 and (step % EVERY == 0 or step == options.steps):
                drawn = [held_out.draw(np.random.default_rng((options.seed, i))) for i in range(8)]
                unseen = np.mean([Loss(average)(*(t.to(device) for t in b))[1].item() for b in drawn])
                seconds = time.time() - started
                row = dict(step=step, minutes=round(seconds / 60, 2), training=round(float(np.mean(recent)), 4), heldOut=round(float(unseen), 4))
                print(json.dumps(row), flush=True)
                with open(f"{options.out}.jsonl", "a") as curve:
                    curve.write(json.dumps(row) + "\n")
                recent = []
                save(average, f"{options.out}.part", live=loss_of.state_dict(), optimizer=optimizer.state_dict(), step=step, seconds=seconds)
                os.replace(f"{options.out}.part", options.out)


if __name__ == "__main__":
    main()

"""The data set (folder DATASET, see its README) and the prepared features and labels (folder PREPARED, written by prepare.py)."""
import hashlib
import json
import os

import numpy as np

DATASET = os.environ.get("DATASET", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../shared/dataset"))
PREPARED = os.environ.get("PREPARED", "prepared")


OWN_WIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dataset/wide")


def runs(*splits):
    """Wide runs: that of the data set, and ours (dataset/wide.py)."""
    ours = sorted(f[: -len(".windows.npz")] for f in os.listdir(OWN_WIDE) if f.endswith(".windows.npz"))
    every = json.load(open(f"{DATASET}/runs.json"))["runs"] + [dict(name=name, split="wide", folder=OWN_WIDE) for name in ours]
    return [r for r in every if r["split"] in splits]


def file(run, kind):
    """kind: trace, labels or windows"""
    return f"{run.get('folder') or DATASET + '/' + run['split']}/{run['name']}.{kind}.npz"


def machines():
    """name -> description, in the order of the file"""
    return {m["name"]: m for m in json.load(open(f"{DATASET}/machines.json"))}


def fingerprint(machine):
    """of what is simulated: names that are drawn at random are those of other machines in other data sets"""
    simulated = {k: machine[k] for k in ("core", "freq_ghz", "bp", "fu", "params", "l1i", "l1d", "l2", "mem")}
    return hashlib.sha256(json.dumps(simulated, sort_keys=True).encode()).hexdigest()[:16]


def kernel(name):
    """What a run executes, whatever the build and size: kO2_binary_search_18 -> k_binary_search, oO0_lz -> o_lz; None for runs of suites and generators."""
    build, _, rest = name.partition("_")
    if build[:2] not in ("kO", "oO"):
        return None
    return build[0] + "_" + rest.rstrip("0123456789").rstrip("_")


def held_out(name):
    """A fifth of the hand-written kernels, by kernel and never by build, is kept out of training: programs unlike the suites."""
    k = kernel(name)
    return k is not None and hashlib.sha256(k.encode()).digest()[0] % 5 == 0


def training_runs():
    return [r for r in runs("train") if not held_out(r["name"])]


def unlike_runs():
    return [r for r in runs("train") if held_out(r["name"])]


def features(run):
    """float16 [N, width], memory-mapped: one row an executed instruction"""
    path = f"{PREPARED}/{run['name']}.f16"
    width, count = np.fromfile(path, np.uint32, 2)
    return np.memmap(path, np.float16, "r", 8, (int(count), int(width)))


def time_proportional(cycles, refill, valid):
    """cycles, refill u16[M,N], valid u32[M] -> float32[M,N], cycles charged to the instruction that holds up retirement; nan beyond valid.

    The refill after a misprediction goes to the branch; a group that retires in one cycle shares that cycle. Totals do not change.
    """
    y = cycles.astype(np.float32) - refill
    y[:, :-1] += refill[:, 1:]
    for m in range(len(y)):
        n = int(valid[m])
        heads = np.flatnonzero(cycles[m, :n] > 0)
        if len(heads):
            group = np.searchsorted(heads, np.arange(n), side="right") - 1
            known = group >= 0
            size = np.bincount(group[known], minlength=len(heads))
            y[m, heads] -= 1
            y[m, :n][known] += (1 / size)[group[known]]
        y[m, n:] = np.nan
    return y


def labels(run):
    """machine names, float16 [M,N] time-proportional cycles (nan where not labelled), float32 [M] mean cycles an instruction"""
    z = np.load(file(run, "labels"))
    y = np.load(f"{PREPARED}/{run['name']}.labels.npy", mmap_mode="r")
    return [str(m) for m in z["machine"]], y, np.load(f"{PREPARED}/{run['name']}.mean.npy")


def instructions(run):
    """uint32 [N], memory-mapped: which of the run's static instructions each executed one is"""
    return np.load(f"{PREPARED}/{run['name']}.index.npy", mmap_mode="r")


def wide_labels(run):
    """machine names, executed instructions a window, uint32 [M, windows] cycles; of our runs only machines that the data set has"""
    z = np.load(file(run, "windows"))
    names, cycles = [str(m) for m in z["machine"]], z["cycles"]
    if "described" in z:
        here = machines()
        same = [i for i, name in enumerate(names) if name in here and fingerprint(here[name]) == z["described"][i]]
        names, cycles = [names[i] for i in same], cycles[same]
    return names, int(z["window"]), cycles

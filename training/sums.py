"""Writes the sums that machines, the encoder and the baselines are fitted to: of every run, by windows of 1024 executed
instructions (of wide runs as their labels), the shipped model's summed representations and executions by class.

usage: DATASET=… PREPARED=… python3 sums.py [processes]; first: npm run build
Files that exist are kept, so an interrupted run resumes. The whole data set takes 40 MB and a quarter of an hour.
"""
import os
import subprocess
import sys
from multiprocessing import Pool

import numpy as np

import data

CLI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../dist/cli.js")
SPLITS = ("wide", "grid", "validation", "train")


def write(run):
    path = f"{data.PREPARED}/{run['name']}.sums.npy"
    if not os.path.exists(path):
        window = data.wide_labels(run)[1] if run["split"] == "wide" else 1024
        command = ["node", CLI, "features", data.file(run, "trace"), "--set", "sums", "--window", str(window), "--out", path]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def read(run):
    """representations float64 [windows, dimensions], executions by class [windows, classes]; the last window may be shorter"""
    rows = np.load(f"{data.PREPARED}/{run['name']}.sums.npy").astype(np.float64)
    return rows[:, :-CLASSES], rows[:, -CLASSES:]


CLASSES = 48


def cycles(run):
    """names of machines, float64 [M, windows] cycles of full windows, nan where not labelled; [M] labelled executed instructions"""
    z = np.load(data.file(run, "labels"))
    c, valid = z["cycles"], z["valid"]
    full = c.shape[1] // 1024
    sums = c[:, : full * 1024].reshape(len(c), full, 1024).sum(2, dtype=np.float64)
    for m, n in enumerate(valid):
        sums[m, int(n) // 1024 :] = np.nan
    return [str(m) for m in z["machine"]], sums, valid


if __name__ == "__main__":
    os.makedirs(data.PREPARED, exist_ok=True)
    with Pool(int(sys.argv[1]) if len(sys.argv) > 1 else 2) as pool:
        runs = sorted(data.runs(*SPLITS), key=lambda r: SPLITS.index(r["split"]))
        for i, _ in enumerate(pool.imap_unordered(write, runs, 1)):
            print(f"\r{i + 1} of {len(runs)} runs", end="", flush=True)
    print()

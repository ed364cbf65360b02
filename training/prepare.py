"""Writes features (by the product's own extractor), time-proportional labels, and which instruction is executed, of every run.

usage: DATASET=… PREPARED=… python3 prepare.py [processes]; first: npm run build
Files that exist are kept, so an interrupted run resumes.
"""
import os
import subprocess
import sys
from multiprocessing import Pool

import numpy as np

import data

CLI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../dist/cli.js")


def write_features(run):
    path = f"{data.PREPARED}/{run['name']}.f16"
    if os.path.exists(path):
        return
    rows = f"{path}.npy"
    subprocess.run(["node", CLI, "features", data.file(run, "trace"), "--set", "model", "--out", rows], check=True, stderr=subprocess.DEVNULL)
    x = np.load(rows, mmap_mode="r")
    with open(f"{path}.part", "wb") as f:
        np.array([x.shape[1], x.shape[0]], np.uint32).tofile(f)
        for a in range(0, len(x), 65536):
            np.minimum(x[a : a + 65536], 60000).astype(np.float16).tofile(f)
    os.remove(rows)
    os.rename(f"{path}.part", path)


def write_labels(run):
    path = f"{data.PREPARED}/{run['name']}"
    if run["split"] not in ("train", "validation") or os.path.exists(f"{path}.mean.npy"):
        return
    z = np.load(data.file(run, "labels"))
    y = data.time_proportional(z["cycles"], z["refill"], z["valid"])
    np.save(f"{path}.labels.npy", y.astype(np.float16))
    np.save(f"{path}.index.npy", np.load(data.file(run, "trace"))["index"])
    np.save(f"{path}.mean.npy", np.nanmean(y, 1).astype(np.float32))


def prepare(run):
    write_features(run)
    write_labels(run)


if __name__ == "__main__":
    os.makedirs(data.PREPARED, exist_ok=True)
    with Pool(int(sys.argv[1]) if len(sys.argv) > 1 else 2) as pool:
        for i, _ in enumerate(pool.imap_unordered(prepare, data.runs("train", "validation", "wide"), 1)):
            print(f"\r{i + 1} runs", end="", flush=True)
    print()

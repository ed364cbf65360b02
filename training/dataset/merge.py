"""Puts the runs of one program on several machines together: the stream of the first, the labels of all. See docs/gem5.md."""

import json
import shutil

import numpy as np

# So many equal instructions in a row are where two streams meet again, and so far ahead that is looked for in each.
MEETING = 64
AHEAD = 4096


def align(ours, theirs):
    """row i32[len(ours)]: the row of theirs that is row i of ours, or -1; and how many rows of ours were reached."""
    row = np.full(len(ours), -1, np.int64)
    i = j = 0
    while i < len(ours) and j < len(theirs):
        n = min(len(ours) - i, len(theirs) - j)
        different = np.flatnonzero(ours[i : i + n] != theirs[j : j + n])
        same = int(different[0]) if len(different) else n
        row[i : i + same] = np.arange(j, j + same)
        i, j = i + same, j + same
        if not len(different):
            break
        gap = meeting(ours, theirs, i, j)
        if gap is None:
            break
        i, j = i + gap[0], j + gap[1]
    return row, i


def meeting(ours, theirs, i, j):
    for together in range(1, AHEAD + 1):
        for a in range(together + 1):
            x, y = ours[i + a : i + a + MEETING], theirs[j + together - a : j + together - a + MEETING]
            n = min(len(x), len(y))
            if n and np.array_equal(x[:n], y[:n]):
                return a, together - a
    return None


def stream(trace):
    """u64[N]: names an executed micro-operation alike in every recording"""
    return (trace["static_pc"].astype(np.uint64) * np.uint64(4) + trace["static_micro"])[trace["index"]]


def merge(program, folders, machines, split, trace_out, labels_out, run_out):
    first = np.load(f"{folders[0]}/{program}.trace.npz")
    names = stream(first)
    n, m = len(names), len(machines)
    valid = np.zeros(m, np.uint32)
    cycles, refill = np.zeros((m, n), np.uint16), np.zeros((m, n), np.uint16)
    missing = np.zeros((m, n), bool)
    for k, folder in enumerate(folders):
        labels = np.load(f"{folder}/{program}.labels.npz")
        row, end = align(names, names if k == 0 else stream(np.load(f"{folder}/{program}.trace.npz")))
        there = np.flatnonzero((row[:end] >= 0) & (row[:end] < int(labels["valid"][0])))
        cycles[k, there] = labels["cycles"][0, row[there]]
        refill[k, there] = labels["refill"][0, row[there]]
        valid[k] = there[-1] + 1 if len(there) else 0
        missing[k, : valid[k]] = True
        missing[k, there] = False
    shutil.copyfile(f"{folders[0]}/{program}.trace.npz", trace_out)
    arrays = {"machine": np.array(machines), "valid": valid, "cycles": cycles, "refill": refill}
    if missing.any():
        arrays["unlabelled"] = np.packbits(missing, axis=1)
    np.savez_compressed(labels_out, **arrays)
    with open(f"{folders[0]}/{program}.json", encoding="utf-8") as file:
        run = json.load(file)
    with open(run_out, "w", encoding="utf-8") as file:
        json.dump({**run, "split": split, "machines": machines}, file)


def index(runs, machines, runs_out, machines_out):
    entries = []
    for run in runs:
        with open(run, encoding="utf-8") as file:
            entries.append(json.load(file))
    # Alike in every run: they are the product's.
    names = {key: [entry.pop(key) for entry in entries][0] for key in ("ops", "flags")}
    with open(runs_out, "w", encoding="utf-8") as file:
        json.dump({**names, "runs": entries}, file, indent=1)
    with open(machines_out, "w", encoding="utf-8") as file:
        json.dump([{k: v for k, v in machine.items() if k != "vector"} for machine in machines], file, indent=1)

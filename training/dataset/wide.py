"""What many machines take for a few programs, by windows: what train.py and encoder.py learn from beside the data set.

usage: DATASET=… python3 wide.py WORK [--gem5 PATH] [--jobs N] [--out wide]
Each program of the folder wide is simulated on the data set's `train` machines, and on as many of its `wide` ones as
PROGRAMS says: two to three seconds each. WORK holds what is done: an interrupted run resumes. Writes NAME.trace.npz and
NAME.windows.npz (machine [M], described [M]: by data.fingerprint, window, cycles u32[M, windows] of that many executed
instructions). gem5 need not be PerfVec's fork.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
import data

EVERY, WINDOW = 128, 1024
# Instructions of each program, and of how many `wide` machines one is simulated (0: none).
PROGRAMS = dict(arithmetic=(150_000, 2), arrays=(200_000, 2), code=(150_000, 0), links=(150_000, 1), memory=(250_000, 0), phases=(250_000, 0))
SAYS = "perfvec-gem5: "


def simulate(gem5, elf, machine, limit, work):
    """[n] picoseconds after each EVERY instructions; None where gem5 fails"""
    name = os.path.basename(elf)[: -len(".elf")]
    file = f"{work}/{name}.{machine['name']}.json"
    if not os.path.exists(file):
        folder = f"{work}/{name}.{machine['name']}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/machine.json", "w") as f:
            json.dump(machine, f)
        command = [gem5, f"--outdir={folder}", f"{ROOT}/gem5/machine.py", f"--machine={folder}/machine.json", f"--limit={limit}", f"--every={EVERY}", elf]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = [line for line in done.stdout.splitlines() if line.startswith(SAYS + "{")]
        if done.returncode or not said:
            print(f"\n{name} on {machine['name']}: {done.stderr.strip().splitlines()[-1:] or done.returncode}", file=sys.stderr)
            return None
        with open(f"{file}.part", "w") as f:
            f.write(said[-1][len(SAYS) :])
        os.replace(f"{file}.part", file)
        shutil.rmtree(folder)
    with open(file) as f:
        return np.array(json.load(f)["every"], np.float64)


def windows_of(trace, core, picoseconds):
    """picoseconds of each WINDOW rows of the trace. gem5 counts one of an instruction's several rows, the last; and of rows
    that fault MinorCPU counts each, O3CPU none"""
    with np.load(trace) as z:
        index, n = z["index"], len(z["index"])
        fault, pc = np.unpackbits(z["fault"])[:n].astype(bool), z["static_pc"][index]
        micro = z["static_micro"][index]
    more = np.zeros(n, bool)
    more[:-1] = (pc[1:] == pc[:-1]) & (micro[1:] > micro[:-1])
    counted = np.concatenate([[0], np.cumsum(~more if core == "minor" else ~fault & ~more)])
    times = np.interp(counted[::WINDOW], EVERY * np.arange(len(picoseconds) + 1), np.concatenate([[0], picoseconds]), right=np.nan)
    return np.diff(times)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("work")
    arguments.add_argument("--gem5", default=os.environ.get("PERFVEC_GEM5", "gem5.opt"))
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--out", default=f"{HERE}/wide")
    options = arguments.parse_args()
    library, others = ([m for m in data.machines().values() if m["split"] == split] for split in ("train", "wide"))
    os.makedirs(options.work, exist_ok=True)
    for name, (limit, every) in PROGRAMS.items():
        machines = library + (others[::every] if every else [])
        elf, trace = f"{options.work}/{name}.elf", f"{options.out}/{name}.trace.npz"
        if not os.path.exists(elf):
            subprocess.run(["riscv64-linux-gnu-gcc", "-O2", "-static", "-o", elf, f"{HERE}/wide/{name}.c", "-lm"], check=True)
        subprocess.run(["node", f"{ROOT}/dist/cli.js", "trace", elf, "--like", "gem5", "--exe", elf, "--limit", str(limit), "--out", trace], check=True)
        labelled, cycles = [], []
        with ThreadPoolExecutor(options.jobs) as pool:
            for i, times in enumerate(pool.map(lambda m: simulate(options.gem5, elf, m, limit, options.work), machines)):
                print(f"\r{name}: {i + 1} of {len(machines)} machines", end="", flush=True)
                if times is not None:
                    labelled.append(machines[i])
                    cycles.append(windows_of(trace, machines[i]["core"], times) / round(1000 / machines[i]["freq_ghz"]))  # gem5 counts in whole picoseconds a cycle
        print()
        cycles = np.array(cycles)
        cycles = np.round(cycles[:, np.isfinite(cycles).all(0)]).astype(np.uint32)
        names, described = [m["name"] for m in labelled], [data.fingerprint(m) for m in labelled]
        np.savez_compressed(f"{options.out}/{name}.windows.npz", machine=names, described=described, window=np.uint32(WINDOW), cycles=cycles)


if __name__ == "__main__":
    main()

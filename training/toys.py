"""The toy machines beside gem5's labels, without a network: what the features themselves know.

usage: DATASET=… PREPARED=… python3 toys.py                     errors of all toys together (each machine's weights by non-negative
                                                               least squares on training windows), and of the best single one
       DATASET=… PREPARED=… python3 toys.py RUN MACHINE TOY…    the instructions of a run whose time a toy has most wrong, beside
                                                               the labels: where to look for what the toys do not know
first: prepare.py. Toys are numbered from 0 as in emulator/assembly/toy-table.ts.
"""
import sys

import numpy as np
from scipy.optimize import nnls

import data
import evaluate
import model as models

WINDOW, WINDOWS_A_RUN, EVERY = 2048, 24, 4  # executed instructions; of them, of every so many training runs
OPERATIONS = "No_OpClass IntAlu IntMult IntDiv FloatAdd FloatCmp FloatCvt FloatMult FloatMultAcc FloatDiv FloatMisc FloatSqrt MemRead MemWrite FloatMemRead FloatMemWrite".split()


def toys_of(run):
    """float32 [N, TOYS], cycles"""
    return np.asarray(data.features(run)[:, models.PLAIN :], np.float32)


def weights():
    """machine -> float64 [TOYS]"""
    rows = {}
    for run in data.training_runs()[::EVERY]:
        x = toys_of(run)
        for name, n, t in evaluate.labelled(run):
            windows = n // WINDOW
            if windows:
                some = np.linspace(0, windows - 1, min(windows, WINDOWS_A_RUN)).astype(int)
                sums = lambda a: a[: windows * WINDOW].reshape(windows, WINDOW, -1).sum(1)[some]
                rows.setdefault(name, []).append((sums(x), sums(t)[:, 0]))
    fitted = {}
    for name, pieces in rows.items():
        s, y = (np.concatenate(column).astype(np.float64) for column in zip(*pieces))
        scale = 1 / y
        for _ in range(3):  # relative to the geometric mean of true and fitted
            fitted[name] = nnls(s * scale[:, None], y * scale)[0]
            scale = 1 / np.sqrt(y * np.maximum(s @ fitted[name], 1))
    return fitted


def shares(values):
    return values / max(values.sum(), 1e-9)


def profile_error(guess, true):
    return 0.5 * np.abs(shares(guess) - shares(true)).sum()


def summary():
    fitted, machines = weights(), data.machines()
    for title, runs in (("validation programs", data.runs("validation")), ("unlike the suites", data.unlike_runs())):
        errors, profiles, single = [], [], {}
        for run in runs:
            x, index = toys_of(run), data.instructions(run)
            sums = {}
            for name, n, t in evaluate.labelled(run):
                if name not in fitted:
                    continue
                if n not in sums:
                    sums[n] = np.stack([np.bincount(index[:n], column) for column in x[:n].T])
                true, guess = np.bincount(index[:n], t), fitted[name] @ sums[n]
                errors.append(guess.sum() / true.sum() - 1)
                profiles.append(profile_error(guess, true))
                single.setdefault(name, []).append([profile_error(one, true) for one in sums[n]])
        size = np.abs(errors)
        print(f"{title}: all toys, program {size.mean():.1%} / {np.median(size):.1%} (bias {np.mean(errors):+.1%}), profile {np.mean(profiles):.1%}")
        for core in ("minor", "o3"):
            best = [np.mean(rows, 0).min() for name, rows in single.items() if machines[name]["core"] == core]
            print(f"  best toy's profile, mean over {len(best)} {core} machines: {np.mean(best):.1%}")


def look(name, machine, toys, most=12):
    run = next(r for r in data.runs("train", "validation") if r["name"] == name)
    trace = np.load(f"{data.DATASET}/{run['split']}/{name}.trace.npz")
    x, index, statics = toys_of(run), data.instructions(run), len(trace["static_pc"])
    n, t = next((n, t) for m, n, t in evaluate.labelled(run) if m == machine)
    by = lambda values=None: np.bincount(index[:n], values, statics)
    true, executed, guesses = by(t), by(), [by(x[:n, toy]) for toy in toys]
    print(f"cycles an instruction: {machine} {t.mean():.2f}, " + ", ".join(f"toy {toy} {g.sum() / n:.2f}" for toy, g in zip(toys, guesses)))
    for toy, guess in zip(toys, guesses):
        off = shares(guess) - shares(true)
        print(f"toy {toy}: profile error {profile_error(guess, true):.1%}\n{'pc':>10s} {'':14s}{'executed':>9s}{'label':>8s}{'toy':>8s}{'share off':>11s}")
        for s in np.argsort(-np.abs(off))[:most]:
            print(f"{trace['static_pc'][s]:10x} {OPERATIONS[trace['static_op'][s]]:14s}{executed[s]:9d}{true[s] / executed[s]:8.2f}{guess[s] / executed[s]:8.2f}{off[s]:+11.1%}")


if __name__ == "__main__":
    if len(sys.argv) > 3:
        look(sys.argv[1], sys.argv[2], [int(toy) for toy in sys.argv[3:]])
    else:
        summary()

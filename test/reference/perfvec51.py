"""PerfVec's 51 features, slowly and independently of emulator/assembly/features.ts, to check it by.

    perfvec51.py trace.txt sq.trace.txt [EXPECTED.npy]     a trace of PerfVec's gem5 fork (v24 or v22 op classes)
    perfvec51.py NAME.trace.npz [EXPECTED.npy]             a recorded trace

Every file may be gzipped. Without EXPECTED, writes features.npy (float32 [executed, 51]); with it, compares bit for bit.
A branch outcome is taken as the trace prints it.
"""
import collections
import gzip
import math
import sys

import numpy as np

FAR = 1e8
LOADS = {47, 49}, {52, 54}  # MemRead and FloatMemRead, before gem5 v23 and since
STORES = {48, 50}, {53, 55}


def opened(path):
    return gzip.open(path) if path.endswith(".gz") else open(path, "rb")


def rows_of_gem5(trace, stores):
    """(fault, op, 13 flags, has address, address, pc, taken, sources, destinations) of each executed instruction."""
    store_lines = (line.split() for line in opened(stores))
    for line in opened(trace):
        t = line.split()
        if len(t) == 9:
            t = next(store_lines, None)
            if t is None:
                continue
        if len(t) < 50:
            continue
        if t[1] != b"-1" and t[0] == b"0":
            del t[9:11]
        t = [int(x) for x in t]
        registers = list(zip(t[50::2], t[51::2]))
        yield t[0], t[9], t[10:23], t[23], t[24], t[36], t[37], registers[: t[48]], registers[t[48] :]


def rows_of_npz(path):
    z = np.load(path)
    bits = {k: np.unpackbits(z[k]) for k in ("taken", "fault")}

    def registers(numbers):
        return [(-1, 0) if n == 0 else (0, n) if n < 32 else (1, n - 32) for n in map(int, numbers) if n >= 0]

    for i, s in enumerate(z["index"]):
        op = int(z["static_op"][s])
        flags = [int(z["static_flags"][s]) >> b & 1 for b in range(13)]
        address = int(z["address"][i])
        yield (
            int(bits["fault"][i]), op if op < 12 else op + 40, flags, int(address != 0), address, int(z["static_pc"][s]),
            int(bits["taken"][i]), registers(z["static_src"][s]), registers(z["static_dst"][s]),
        )


class Stack:
    def __init__(self):
        self.lines = []  # the latest last

    def distance(self, line, update):
        try:
            at = self.lines.index(line)
            d = float(len(self.lines) - at)
            if update:
                del self.lines[at]
        except ValueError:
            d = FAR
        if update:
            self.lines.append(line)
        return min(d, FAR)


def entropy(outcomes):
    last = list(outcomes)[-8:]
    p = (sum(last) + 0.5 * (8 - len(last))) / 8
    return 0.0 if p in (0, 1) else -p * math.log(p) - (1 - p) * math.log(1 - p)


def features(rows, version):
    fetch, loads, stores = Stack(), Stack(), Stack()
    outcomes = collections.defaultdict(list)
    last_access = {}
    for n, (fault, op, flags, has_address, address, pc, taken, sources, destinations) in enumerate(rows):
        (micro, cond, uncond, direct, squash, after, before, atomic, conditional, rd, wr, _, non_spec) = flags
        load, store = op in LOADS[version], op in STORES[version]
        h = outcomes[pc]
        x = [fault, op + 1, int(store and not conditional and not atomic), int(load), micro, cond, uncond, direct, squash, after, before]
        x += [conditional + 2 * atomic, rd, wr, non_spec, taken, entropy(h) if cond else 0, entropy(h + [taken]) if cond else 0]
        if cond:
            h.append(taken)
        x += [fetch.distance(pc // 64, True), has_address]
        if has_address:
            line = address // 64
            x += [loads.distance(line, load), stores.distance(line, not load), min(1000, n - last_access.get(address, -1000))]
            last_access[address] = n
        else:
            x += [0, 0, 0]
        for registers, most in ((sources, 8), (destinations, 6)):
            pairs = [(c + 1, i + 1) for c, i in registers[:most]]
            x += [v for pair in pairs + [(0, 0)] * (most - len(pairs)) for v in pair]
        yield x


def main():
    npz = sys.argv[1].endswith(".npz")
    expected = sys.argv[2 if npz else 3 :]
    rows = list(rows_of_npz(sys.argv[1]) if npz else rows_of_gem5(*sys.argv[1:3]))
    v22 = sum(47 <= r[1] <= 50 for r in rows if r[3]) > sum(52 <= r[1] <= 55 for r in rows if r[3])
    got = np.array(list(features(rows, 0 if v22 else 1)), dtype=np.float32)
    if not expected:
        np.save("features.npy", got)
        return 0
    want = np.load(opened(expected[0]))
    if got.shape != want.shape:
        print(f"shape {got.shape}, expected {want.shape}")
        return 1
    for column in range(51):
        wrong = np.flatnonzero(got[:, column] != want[:, column])
        if len(wrong):
            i = wrong[0]
            print(f"column {column}: {len(wrong)} rows differ, first row {i}: {got[i, column]}, expected {want[i, column]}")
    return int((got != want).any())


if __name__ == "__main__":
    sys.exit(main())

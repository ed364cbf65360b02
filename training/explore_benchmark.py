"""Design space exploration beside three earlier methods and a constant, on the data set's cache grid (14 programs, 36 designs).

usage: DATASET=… PREPARED=… python3 explore_benchmark.py [--json FILE]; first: sums.py, encoder.py; needs python3-sklearn
Every method answers: which design has the smallest time * (1000 + w * (10 * L1D + L2))? Written anew from the ideas of
  ASPLOS06  Ipek et al., "Efficiently exploring architectural design spaces via predictive modeling": for each program
            an ensemble of neural networks, trained on designs drawn at random
  MICRO07   Dubach et al., "Microarchitectural design space exploration using an architecture-centric approach": a new
            program is a linear mix of models of other programs, fitted to a few of its own simulations
  DAC16     Li et al., "Efficient design space exploration via statistical sampling and AdaBoost learning": designs
            spread evenly over the space, AdaBoost of regression trees
with as many simulated designs as the learning curve says. `constant` names the cheapest design without looking.
"""
import argparse
import json
import time
import warnings

import numpy as np
from scipy.stats import spearmanr
from sklearn.ensemble import AdaBoostRegressor
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeRegressor

import data
import encoder
import sums

warnings.filterwarnings("ignore")
WEIGHTS = (0.1, 1, 10)
CURVE = (3, 6, 12, 18)
SEEDS = 5
GEM5_SPEED = 0.2e6  # executed instructions a second and core, as docs/gem5.md measures
OTHERS = 5  # programs that MICRO07 has models of


def load():
    """programs, instructions of each, true cycles [P, D], representation of each [P, d], log2 sizes [D, 2], machine names"""
    described = data.machines()
    names, instructions, truth, representations = [], [], [], []
    for run in data.runs("grid"):
        z = np.load(f"{data.DATASET}/grid/{run['name']}.windows.npz")
        r, _ = sums.read(run)
        full = z["cycles"].shape[1]
        order = np.argsort([str(m) for m in z["machine"]])
        machines = [str(z["machine"][i]) for i in order]
        names.append(run["name"])
        instructions.append(1024 * full)
        truth.append(z["cycles"][order].sum(1, dtype=np.float64))
        representations.append(r[:full].sum(0))
    sizes = np.array([[described[m]["l1d"]["size_kb"], described[m]["l2"]["size_kb"]] for m in machines], float)
    return names, np.array(instructions), np.array(truth), np.array(representations), sizes, machines


def encode(described, x):
    """models/encoder.json on features [n, F] -> vectors [n, d] in cycles"""
    h = (x - np.array(described["mean"])) / np.array(described["spread"])
    for i, layer in enumerate(described["layers"]):
        h = h @ np.array(layer["weight"]).reshape(layer["rows"], -1).T + layer["bias"]
        h = np.log1p(np.exp(h)) * described["base"] if i + 1 == len(described["layers"]) else h / (1 + np.exp(-h))
    return h


def ours(representations, machines):
    """times by the shipped encoder, anchored at p550-class as perfvec explore does: nothing is simulated, nothing trained"""
    described = json.load(open(f"{encoder.MODELS}/encoder.json"))
    names, x = encoder.machine_features(f"{data.DATASET}/machines.json")
    x = x.numpy().astype(np.float64)
    base = next(m for m in json.load(open(f"{encoder.MODELS}/machines.json")) if m["name"] == "p550-class")
    vectors = encode(described, x[[names.index(m) for m in machines]])
    guess = encode(described, x[[names.index("p550-class")]])[0]
    known = np.array(base["vector"]) * base["freq_ghz"]
    anchored = vectors * np.minimum(1, known / guess) + np.maximum(0, known - guess)
    return representations @ vectors.T, representations @ anchored.T


def ensemble(x, y, seed):
    nets = [MLPRegressor((16,), solver="lbfgs", alpha=1e-3, max_iter=300, random_state=10 * seed + i).fit(x, y) for i in range(5)]
    return lambda q: np.mean([n.predict(q) for n in nets], 0)


def spread_designs(x, k, rng):
    """k designs far from each other (farthest first), from a random one"""
    chosen = [int(rng.integers(len(x)))]
    while len(chosen) < k:
        distance = np.min([np.abs(x - x[c]).sum(1) for c in chosen], 0)
        distance[chosen] = -1
        chosen.append(int(rng.choice(np.flatnonzero(distance == distance.max()))))
    return np.array(chosen)


def asplos06(x, log_truth, p, k, rng, seed):
    picked = rng.choice(len(x), k, replace=False)
    return picked, ensemble(x[picked], log_truth[p, picked], seed)(x)


def dac16(x, log_truth, p, k, rng, seed):
    picked = spread_designs(x, k, rng)
    model = AdaBoostRegressor(DecisionTreeRegressor(max_depth=4), n_estimators=50, random_state=seed)
    return picked, model.fit(x[picked], log_truth[p, picked]).predict(x)


def micro07(x, log_truth, p, k, rng, seed):
    others = rng.choice([q for q in range(len(log_truth)) if q != p], OTHERS, replace=False)
    models = [ensemble(x[s], log_truth[q, s], seed)(x) for q in others for s in [rng.choice(len(x), 18, replace=False)]]
    basis = np.array(models).T
    picked = spread_designs(x, k, rng)
    return picked, Ridge(0.01).fit(basis[picked], log_truth[p, picked]).predict(basis)


def judge(predicted, truth, cost):
    """share of designs strictly better than the chosen, cost regret, Spearman over designs, mean error of times"""
    chosen, objective = np.argmin(predicted * cost), truth * cost
    better = np.mean(objective < objective[chosen])
    return better, objective[chosen] / objective.min() - 1, spearmanr(predicted, truth)[0], np.mean(np.abs(predicted / truth - 1))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--json")
    options = arguments.parse_args()
    names, instructions, truth, representations, sizes, machines = load()
    x = (np.log2(sizes) - np.log2(sizes).mean(0)) / np.log2(sizes).std(0)
    costs = {w: 1000 + w * (10 * sizes[:, 0] + sizes[:, 1]) for w in WEIGHTS}
    log_truth = np.log(truth)
    rows = []

    def report(method, simulated, seconds, predictions, offline=0):
        """predictions: list of (program, times); simulated: designs of each program; offline: executed instructions before the first program"""
        scores = {w: np.mean([judge(t, truth[p], c) for p, t in predictions], 0) for w, c in costs.items()}
        count = offline + simulated * instructions.sum()
        row = dict(method=method, designs=simulated, simulated=int(count), gem5Hours=count / GEM5_SPEED / 3600, trainingSeconds=seconds)
        row["scores"] = {str(w): dict(zip(("better", "regret", "spearman", "error"), map(float, s))) for w, s in scores.items()}
        rows.append(row)
        shown = "  ".join(f"{s[0]:6.1%} {s[1]:7.2%}" for s in scores.values())
        print(f"{method:34s}{simulated:8d}{count / 1e6:10.1f}{row['gem5Hours']:8.3f}{seconds:8.1f}  {shown}  {scores[1][2]:6.3f} {scores[1][3]:7.1%}", flush=True)

    print(f"{len(names)} programs, {len(machines)} designs; columns of each area weight {WEIGHTS}: designs better than the chosen, cost regret; of weight 1: Spearman, error of times")
    print(f"{'':34s}{'designs':>8s}{'M instr.':>10s}{'hours':>8s}{'train s':>8s}")
    everything = range(len(names))
    report("complete simulation", len(machines), 0, [(p, truth[p]) for p in everything])
    report("constant: the cheapest design", 0, 0, [(p, np.ones(len(machines))) for p in everything])
    plain, anchored = ours(representations, machines)
    # One trace of each program, by our own emulator: gem5 simulates nothing.
    report("PerfVec Lens, encoder alone", 0, 0, [(p, plain[p]) for p in everything])
    report("PerfVec Lens, anchored", 0, 0, [(p, anchored[p]) for p in everything])
    for name, method in (("ASPLOS06", asplos06), ("MICRO07", micro07), ("DAC16", dac16)):
        for k in CURVE:
            started, predictions = time.time(), []
            for seed in range(SEEDS):
                rng = np.random.default_rng(seed)
                for p in everything:
                    picked, logs = method(x, log_truth, p, k, rng, seed)
                    logs[picked] = log_truth[p, picked]  # what was simulated is known
                    predictions.append((p, np.exp(logs)))
            offline = OTHERS * 18 * int(instructions.mean()) if name == "MICRO07" else 0
            report(f"{name}, {k} designs a program", k, (time.time() - started) / SEEDS, predictions, offline)
    if options.json:
        json.dump(dict(gem5InstructionsPerSecond=GEM5_SPEED, rows=rows), open(options.json, "w"), indent=1)


if __name__ == "__main__":
    main()

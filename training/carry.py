"""Takes an exported model over to features that have more columns, so that training can go on from it (train.py --from).

usage: DATASET=… python3 carry.py FOLDER PLAIN TOY[,TOY…] OUT
FOLDER holds the exported model, which had PLAIN columns before its toys'; the TOYs are those of the present ones that it did
not know, or knew as others. New plain columns come last. What is new has no weight in the network at first,
and little in the vectors.
"""
import json
import os
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import export
import model as models

NEW = 0.02  # of a usual vector's mean: what a new toy begins with


def main():
    folder, plain, new, out = sys.argv[1], int(sys.argv[2]), [int(t) for t in sys.argv[3].split(",") if t], sys.argv[4]
    known = [t for t in range(models.TOYS) if t not in new]
    columns = [*range(plain), *(models.PLAIN + t for t in known)]
    weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(f"{folder}/instruction.onnx").graph.initializer}
    machines = json.load(open(f"{folder}/machines.json"))
    had = weights["inp.weight"].shape[1] - plain
    kept = known if had == models.TOYS else list(range(had))  # among the toys that it had
    network = models.Network()
    rows = [g * models.TOYS + t for g in range(network.gates) for t in known] + list(range(network.gates * models.TOYS, network.dimensions))
    before = [g * had + t for g in range(network.gates) for t in kept] + list(range(network.gates * had, len(weights["out.bias"])))
    state = network.state_dict()
    for name in state:
        if name == "inp.weight":
            state[name].zero_()
            state[name][:, columns] = weights[name][:, [*range(plain), *(plain + t for t in kept)]]
        elif name.startswith("out."):
            state[name].zero_()
            state[name][rows] = weights[name][before]
        else:
            state[name] = weights[name]
    network.load_state_dict(state)
    old = np.array([m["vector"] for m in machines]) * np.array([m["freq_ghz"] for m in machines])[:, None]
    vectors = np.full((len(machines), network.dimensions), NEW * old[:, : network.gates * had].mean())
    vectors[:, rows] = old[:, before]
    vectors[:, : network.gates * models.TOYS] *= models.TOYS / had  # toys are scaled by their number
    os.makedirs(out, exist_ok=True)
    export.export_network(network, f"{out}/instruction.onnx")
    export.write_machines([m["name"] for m in machines], vectors, f"{out}/machines.json")


if __name__ == "__main__":
    main()

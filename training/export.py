"""Exports a trained model: models/instruction.onnx, models/model.json and models/machines.json.

usage: DATASET=… python3 export.py MODEL.pt FINGERPRINT [--out ../models]
FINGERPRINT names the feature set the model was trained on: `node ../dist/cli.js features --fingerprint` prints it.
"""
import argparse
import json
import os

import numpy as np
import onnx
import torch
from onnx import numpy_helper

import data
import model as models

CHUNK = 2048
OPSET = 15


def export_network(network, path):
    context = network.start()
    x = torch.rand(CHUNK, models.PLAIN + models.TOYS)
    names = [f"context{i}" for i in range(len(context))]
    torch.onnx.export(
        network,
        (x, *context),
        path,
        input_names=["features", *names],
        output_names=["representations", *(n.replace("context", "after") for n in names)],
        opset_version=OPSET,
        do_constant_folding=True,
    )


def read_exported(model, folder):
    """gives a model the weights and vectors that were exported to a folder"""
    weights = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in onnx.load(f"{folder}/instruction.onnx").graph.initializer}
    model.network.load_state_dict({name: weights[name] for name in model.network.state_dict()})
    cycles = {m["name"]: np.array(m["vector"]) * m["freq_ghz"] for m in json.load(open(f"{folder}/machines.json"))}
    known = torch.tensor(np.array([cycles[n] for n in model.machines])) / model.scale[:, None]
    model.vector.data = (known + torch.log(-torch.expm1(-known.clamp(min=1e-6)))).clamp(min=-12).float()  # softplus, the other way


def write_machines(names, vectors, path):
    """vectors [machines, dimensions] in cycles; machines.json has every machine with its parameters and its vector in nanoseconds, the named ones first"""
    described = data.machines()
    rows = []
    for name, vector in zip(names, vectors):
        parameters = {k: v for k, v in described[name].items() if k != "split"}
        kind = "out-of-order" if parameters["core"] == "o3" else "in-order"
        parameters.setdefault("title", f"drawn at random, {kind}")
        ns = vector / parameters["freq_ghz"]
        rows.append(dict(parameters, vector=[float(f"{v:.6g}") for v in ns]))
    random = [r for r in rows if r["name"][0] == "r" and r["name"][1:].isdigit()]
    variants = [r for r in rows if "+" in r["name"]]
    named = [r for r in rows if r not in random and r not in variants]
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(m) for m in named + variants + random) + "\n]\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("model")
    arguments.add_argument("fingerprint")
    arguments.add_argument("--out", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../models"))
    options = arguments.parse_args()
    model = models.load(options.model)
    network = model.network
    export_network(network, f"{options.out}/instruction.onnx")
    description = dict(
        format=1,
        name="perfvec-lens-7",
        featureSet=options.fingerprint,
        chunk=CHUNK,
        inputs=models.PLAIN + models.TOYS,
        dimensions=network.dimensions,
        contexts=[[2 * 2**l, network.channels] for l in range(network.layers)],
    )
    with open(f"{options.out}/model.json", "w") as f:
        json.dump(description, f, indent=1)
        f.write("\n")
    write_machines(model.machines, model.machine_vectors().detach().numpy().astype(np.float64), f"{options.out}/machines.json")


if __name__ == "__main__":
    main()

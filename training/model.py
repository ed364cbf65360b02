"""PerfVec model: a causal dilated convolution network over features.

An instruction representation is (toy machines' increments, learned part), all >= 0. A machine is a non-negative vector;
latency in cycles = dot product, so that sums over instructions are exact.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

PLAIN, TOYS = 74, 32
TOY_SCALE = 1 / TOYS  # brings toys and learned dimensions to one size


class Network(nn.Module):
    """Time-major: features [T, PLAIN + TOYS] -> representations [T, dimensions]; carried context in and out."""

    def __init__(self, channels=64, layers=7, learned=32):
        super().__init__()
        self.channels, self.layers, self.learned = channels, layers, learned
        self.dimensions = TOYS + learned
        self.inp = nn.Linear(PLAIN + TOYS, channels)
        self.conv = nn.ModuleList([nn.Linear(3 * channels, channels) for _ in range(layers)])
        self.out = nn.Linear(channels, learned)
        self.gain = nn.Parameter(torch.zeros(learned))
        self.context = 2 ** (layers + 1) - 2  # executed instructions that one sees besides itself

    def start(self):
        """Context before the first instruction: zeros in hidden state, one [2 * dilation, channels] a layer."""
        return [torch.zeros(2 * 2**l, self.channels) for l in range(self.layers)]

    def forward(self, x, *context):
        """x [..., T, PLAIN + TOYS], context: one [..., 2 * dilation, channels] a layer -> representation, contexts after"""
        toys = x[..., PLAIN:]
        h = torch.relu(self.inp(torch.cat([x[..., :PLAIN], torch.log(1 + toys) * (0.25 / np.log(2))], -1)))
        T = x.shape[-2]
        after = []
        for l, conv in enumerate(self.conv):
            d = 2**l
            padded = torch.cat([context[l], h], -2)
            after.append(padded[..., T:, :])
            taps = [padded[..., k * d : k * d + T, :] for k in range(3)]
            h = h + torch.relu(conv(torch.cat(taps, -1)))
        learned = F.softplus(self.out(h) - 1) * (2 / self.learned) * torch.exp(self.gain)
        return (torch.cat([toys * TOY_SCALE, learned], -1), *after)


class Model(nn.Module):
    """The network, and the vectors of the machines it was trained on."""

    def __init__(self, machines, scale, **shape):
        super().__init__()
        self.machines = list(machines)
        self.network = Network(**shape)
        n, learned = len(self.machines), self.network.learned
        # Softplus far in its flat part would leave every machine with the same vector.
        self.vector = nn.Parameter(torch.cat([torch.full((n, TOYS), -0.5), 0.3 * torch.randn(n, learned)], 1))
        self.register_buffer("scale", scale)  # mean cycles an instruction of each machine

    def machine_vectors(self):
        """[machines, dimensions], cycles"""
        return F.softplus(self.vector) * self.scale[:, None]

    @torch.no_grad()
    def representations(self, features, chunk=16384):
        """a whole run [N, ...] -> float32 [N, dimensions]"""
        context, out = self.network.start(), []
        for a in range(0, len(features), chunk):
            r, *context = self.network(torch.from_numpy(np.asarray(features[a : a + chunk])).float(), *context)
            out.append(r.numpy())
        return np.concatenate(out)


def save(model, path, **extra):
    n = model.network
    shape = dict(channels=n.channels, layers=n.layers, learned=n.learned)
    torch.save(dict(state=model.state_dict(), machines=model.machines, shape=shape, **extra), path)


def load(path):
    c = torch.load(path, map_location="cpu")
    m = Model(c["machines"], c["state"]["scale"], **c["shape"])
    m.load_state_dict(c["state"])
    return m.eval()

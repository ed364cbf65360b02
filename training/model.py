"""PerfVec model: a causal dilated convolution network over features.

An instruction representation is (gated toy machines, learned part), all >= 0. Each toy's increment is divided over GATES
dimensions by the context, so that a machine resembles a toy more in one kind of code than in another. A machine is a
non-negative vector; latency in cycles = dot product, so that sums over instructions are exact.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

PLAIN, TOYS = 100, 48
TOY_SCALE = 1 / TOYS  # brings toys and learned dimensions to one size


class Network(nn.Module):
    """Time-major: features [T, PLAIN + TOYS] -> representations [T, dimensions]; carried context in and out."""

    def __init__(self, channels=64, layers=7, gates=3, learned=16):
        super().__init__()
        self.channels, self.layers, self.gates, self.learned = channels, layers, gates, learned
        self.dimensions = TOYS * gates + learned
        self.inp = nn.Linear(PLAIN + TOYS, channels)
        self.conv = nn.ModuleList([nn.Linear(3 * channels, channels) for _ in range(layers)])
        self.out = nn.Linear(channels, self.dimensions)
        self.gain = nn.Parameter(torch.zeros(learned))
        self.context = 2 ** (layers + 1) - 2  # executed instructions that one sees besides itself

    def start(self):
        """Context before the first instruction: zeros in hidden state, one [2 * dilation, channels] a layer."""
        return [torch.zeros(2 * 2**l, self.channels) for l in range(self.layers)]

    def multiplications(self):
        """an executed instruction"""
        return sum(p.numel() for n, p in self.named_parameters() if n.endswith("weight"))

    def forward(self, x, *context, valid=None):
        """x [..., T, PLAIN + TOYS], context: one [..., 2 * dilation, channels] a layer -> representation, contexts after.

        valid [..., T, 1]: 0 before the first instruction of a run (training windows reach back beyond it), where hidden
        state is zero as in `start`.
        """
        toys = x[..., PLAIN:]
        hold = (lambda h: h) if valid is None else (lambda h: h * valid.to(h.dtype))
        h = hold(torch.relu(self.inp(torch.cat([x[..., :PLAIN], torch.log(1 + toys) * (0.25 / np.log(2))], -1))))
        T = x.shape[-2]
        after = []
        for l, conv in enumerate(self.conv):
            d = 2**l
            padded = torch.cat([context[l].to(h.dtype), h], -2)
            after.append(padded[..., T:, :])
            taps = [padded[..., k * d : k * d + T, :] for k in range(3)]
            h = hold(h + torch.relu(conv(torch.cat(taps, -1))))
        return (self.representation(toys, self.out(h).float()), *after)

    def representation(self, toys, out):
        """toys [..., TOYS], last layer [..., dimensions] -> [..., dimensions]"""
        gate = torch.softmax(out[..., : self.gates * TOYS].reshape(*out.shape[:-1], self.gates, TOYS), -2)
        gated = (gate * (toys * TOY_SCALE)[..., None, :]).reshape(*out.shape[:-1], self.gates * TOYS)
        learned = F.softplus(out[..., self.gates * TOYS :] - 1) * (2 / self.learned) * torch.exp(self.gain)
        return torch.cat([gated, learned], -1)


class Model(nn.Module):
    """The network, and the vectors of the machines it was trained on."""

    def __init__(self, machines, scale, **shape):
        super().__init__()
        self.machines = list(machines)
        self.network = Network(**shape)
        n, learned = len(self.machines), self.network.learned
        gated = self.network.dimensions - learned
        # Softplus far in its flat part would leave every machine with the same vector; and what begins with times that are much
        # too long ends with a network whose units are all off.
        self.vector = nn.Parameter(torch.cat([-1.3 + 0.3 * torch.randn(1, gated).repeat(n, 1), -1.0 + 0.3 * torch.randn(n, learned)], 1))
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
    shape = dict(channels=n.channels, layers=n.layers, gates=n.gates, learned=n.learned)
    torch.save(dict(state=model.state_dict(), machines=model.machines, shape=shape, **extra), path)


def load(path):
    c = torch.load(path, map_location="cpu")
    m = Model(c["machines"], c["state"]["scale"], **c["shape"])
    m.load_state_dict(c["state"])
    return m.eval()

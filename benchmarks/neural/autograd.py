"""A training step of a multilayer network with our autograd, beside torch and beside micrograd."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from groundup.bench import Benchmark

LARGE, BATCH = (784, 256, 128, 10), 128
SMALL, FEW = (8, 8, 1), 4  # what micrograd does in reasonable time


def _multiplications(sizes: tuple[int, ...], batch: int) -> int:
    return batch * sum(a * b for a, b in pairwise(sizes))


def _start(sizes: tuple[int, ...]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(0)
    pairs = list(pairwise(sizes))
    weights = [(rng.normal(size=p) * np.sqrt(2 / p[0])).astype(np.float32) for p in pairs]
    return weights, [np.zeros(p[1], np.float32) for p in pairs]


def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(BATCH, LARGE[0])).astype(np.float32), rng.integers(0, LARGE[-1], BATCH)


def _ours() -> Callable[[], float]:
    from groundup.neural.autograd import SGD, Tensor, cross_entropy

    x, y = _data()
    weights, biases = ([Tensor(a, requires_grad=True) for a in arrays] for arrays in _start(LARGE))
    optimizer, inputs = SGD([*weights, *biases], lr=0.01), Tensor(x)

    def step() -> float:
        h = inputs
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            h = h @ w + b
            if i < len(weights) - 1:
                h = h.relu()
        loss = cross_entropy(h, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _torch() -> Callable[[], float]:
    import torch

    x, y = map(torch.tensor, _data())
    layers: list[Any] = []
    for w, b in zip(*_start(LARGE), strict=True):
        layer = torch.nn.Linear(*w.shape)
        layer.weight.data, layer.bias.data = torch.tensor(w.T.copy()), torch.tensor(b)
        layers += [layer, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step() -> float:
        loss = torch.nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _micrograd() -> Callable[[], float]:
    import random

    from micrograd.nn import MLP

    random.seed(0)
    net = MLP(SMALL[0], list(SMALL[1:]))
    x = np.random.default_rng(1).normal(size=(FEW, SMALL[0])).tolist()

    def step() -> float:
        loss = sum((net(row) - 1.0) ** 2 for row in x) * (1 / FEW)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.01 * p.grad
        return loss.data

    return step


BENCHMARKS = [
    Benchmark(
        name="neural.autograd/mlp-step",
        work="MLP 784-256-128-10, batch 128, float32: forward, backward, SGD step; micrograd does "
        "8-8-1 with batch 4 and its time is scaled by the number of multiplications",
        setup=lambda: {"ours": _ours(), "torch": _torch(), "micrograd": _micrograd()},
        reference="torch",
        reach=1.3,
        score=float,
        score_name="loss of the first step (micrograd: of its own small net)",
        per={"micrograd": _multiplications(LARGE, BATCH) / _multiplications(SMALL, FEW)},
        rounds=101,
    )
]

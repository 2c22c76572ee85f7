"""A million entries through an activation and back, float32: on our tensors and on torch's, beside torch."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundup.bench import Benchmark

ENTRIES = 1_000_000
NAMES = ("relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "mish", "hardswish", "softmax")


def _data() -> np.ndarray:
    x = np.random.default_rng(0).normal(size=ENTRIES).astype(np.float32)
    return x.reshape(1000, 1000)


def _contestants(name: str) -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural import activations
    from groundup.neural.autograd import Tensor

    x, function = _data(), getattr(activations, name)
    rows = {"dim": -1} if name == "softmax" else {}
    theirs = partial(getattr(torch.nn.functional, name), **rows)
    upstream = np.random.default_rng(1).normal(size=x.shape).astype(np.float32)
    ours_leaf = Tensor(x, requires_grad=True)
    leaf, torch_upstream = torch.tensor(x, requires_grad=True), torch.tensor(upstream)

    def ours() -> np.ndarray:
        ours_leaf.zero_grad()
        function(ours_leaf).backward(upstream)
        return np.asarray(ours_leaf.grad)

    def in_torch(f: Callable[[Any], Any]) -> np.ndarray:
        leaf.grad = None
        f(leaf).backward(torch_upstream)
        return np.asarray(leaf.grad)

    return {"ours": ours, "ours on torch": lambda: in_torch(function), "torch": lambda: in_torch(theirs)}


BENCHMARKS = [
    Benchmark(
        name=f"neural.activations/{name}",
        work=f"{name} of 1,000 x 1,000 normal numbers and its gradient, float32",
        setup=partial(_contestants, name),
        reference="torch",
        reach=4.0,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of the gradient",
        rounds=15,
    )
    for name in NAMES
]

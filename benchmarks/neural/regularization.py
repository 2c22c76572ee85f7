"""Dropout, forward and backward, beside torch: a draw, two products."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark

SHAPE, P = (256, 4096), 0.3


def _peer(x: np.ndarray, g: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """As one would first write it in NumPy."""
    mask = rng.binomial(1, 1 - P, size=x.shape) / (1 - P)
    return x * mask, g * mask


def _dropout() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.autograd import Tensor
    from groundup.neural.regularization import dropout

    rng = np.random.default_rng(0)
    x, g = (rng.normal(size=SHAPE).astype(np.float32) for _ in range(2))
    there, slope, generator = torch.tensor(x, requires_grad=True), torch.tensor(g), torch.Generator().manual_seed(0)

    def ours() -> float:
        leaf = Tensor(x, requires_grad=True)
        out = dropout(leaf, P, rng=rng)
        out.backward(g)
        return float((out.data == 0).mean())

    def on_torch(apply: Callable[[Any], Any]) -> float:
        there.grad = None
        out = apply(there)
        out.backward(slope)
        return float((out == 0).float().mean())

    return {
        "ours": ours,
        "torch": lambda: on_torch(lambda x: torch.nn.functional.dropout(x, P)),
        "ours on torch": lambda: on_torch(lambda x: dropout(x, P, rng=generator)),
        "plain NumPy": lambda: float((_peer(x, g, rng)[0] == 0).mean()),
    }


BENCHMARKS = [
    Benchmark(
        name="neural.regularization/dropout",
        work="dropout of 256 x 4,096 numbers, p = 0.3, float32: forward and backward",
        setup=_dropout,
        reference="torch",
        reach=1.5,
        score=float,
        score_name="share that was switched off",
        rounds=21,
    )
]

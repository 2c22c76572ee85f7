"""Layer norm and batch norm forwards and backwards, float32: on our tensors and on torch's, beside torch."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from groundup.bench import Benchmark

# work: (shape of x, number of weights)
LAYERS = {
    "layer-norm": ((128, 1024), 1024),
    "rms-norm": ((128, 1024), 1024),
    "batch-norm-1d": ((128, 1024), 1024),
    "batch-norm-2d": ((32, 64, 16, 16), 64),
    "group-norm": ((32, 64, 16, 16), 64),
}


def _call(name: str, library: Any, x: Any, w: Any, b: Any) -> Any:
    if name == "layer-norm":
        return library.layer_norm(x, (1024,), w, b)
    if name == "rms-norm":
        return library.rms_norm(x, (1024,), w)
    if name == "group-norm":
        return library.group_norm(x, 8, w, b)
    return library.batch_norm(x, None, None, w, b, True)


def _contestants(name: str) -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural import normalization
    from groundup.neural.autograd import Tensor

    shape, weights = LAYERS[name]
    rng = np.random.default_rng(0)
    arrays = [
        a.astype(np.float32) for a in (rng.normal(size=shape), rng.uniform(1, 2, weights), rng.normal(size=weights))
    ]
    upstream = rng.normal(size=shape).astype(np.float32)
    leaves = [Tensor(a, requires_grad=True) for a in arrays]
    tensors, torch_upstream = [torch.tensor(a, requires_grad=True) for a in arrays], torch.tensor(upstream)

    def ours() -> np.ndarray:
        for leaf in leaves:
            leaf.zero_grad()
        _call(name, normalization, *leaves).backward(upstream)
        return np.asarray(leaves[0].grad)

    def in_torch(library: Any) -> np.ndarray:
        for leaf in tensors:
            leaf.grad = None
        _call(name, library, *tensors).backward(torch_upstream)
        return np.asarray(tensors[0].grad)

    return {
        "ours": ours,
        "ours on torch": lambda: in_torch(normalization),
        "torch": lambda: in_torch(torch.nn.functional),
    }


BENCHMARKS = [
    Benchmark(
        name=f"neural.normalization/{name}",
        work=f"{name.replace('-', ' ')} of {' x '.join(map(str, shape))} numbers and all gradients, float32",
        setup=partial(_contestants, name),
        reference="torch",
        reach=4.0,
        score=lambda gradient: float(np.abs(gradient).mean()),
        score_name="mean magnitude of the gradient",
        rounds=31,
    )
    for name, (shape, _) in LAYERS.items()
]

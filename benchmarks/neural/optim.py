"""One step of AdamW and of Muon, beside torch's fused, for-each and single-tensor forms."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from groundup.bench import Benchmark

SHAPES = [(2048, 2048), (2048, 2048), (1024, 1568), (4096,)]  # 9,998,336 parameters


def _parameters(shapes: list[tuple[int, ...]]) -> list[Any]:
    import torch

    rng = np.random.default_rng(0)
    params = [torch.tensor(rng.normal(size=s), dtype=torch.float32, requires_grad=True) for s in shapes]
    for p in params:
        p.grad = torch.tensor(rng.normal(size=p.shape), dtype=torch.float32)
    return params


def _stepping(optimizer: Any) -> Callable[[], float]:
    p = optimizer.param_groups[0]["params"][0]

    def call() -> float:
        optimizer.step()
        return float(p.detach().abs().mean())

    return call


def _adamw() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.autograd import Tensor
    from groundup.neural.optim import AdamW, adam

    options: dict[str, Any] = {"lr": 1e-3, "weight_decay": 0.1}

    def arrays() -> list[Tensor]:
        params = []
        for p in _parameters(SHAPES):
            params.append(Tensor(p.detach().numpy(), requires_grad=True))
            params[-1].grad = p.grad.numpy()
        return params

    ours_on_arrays = AdamW(arrays(), **options)

    def on_arrays() -> float:
        ours_on_arrays.step()
        return float(np.abs(ours_on_arrays.param_groups[0]["params"][0].data).mean())

    plain = _stepping(AdamW(_parameters(SHAPES), **options))

    def rule() -> float:
        with mock.patch.object(adam, "flat", lambda *arrays: None):
            return plain()

    return {
        "ours": _stepping(AdamW(_parameters(SHAPES), **options)),
        "torch": _stepping(torch.optim.AdamW(_parameters(SHAPES), fused=True, **options)),
        "torch, for-each": _stepping(torch.optim.AdamW(_parameters(SHAPES), foreach=True, **options)),
        "ours, on arrays": on_arrays,
        "ours, rule without kernel": rule,
    }


def _muon() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.neural.optim import Muon

    shapes = [(512, 512), (512, 1024)]
    return {
        "ours": _stepping(Muon(_parameters(shapes), lr=0.02, ns_dtype="bfloat16")),
        "torch": _stepping(torch.optim.Muon(_parameters(shapes), lr=0.02)),
        "ours, float32 within": _stepping(Muon(_parameters(shapes), lr=0.02)),
    }


BENCHMARKS = [
    Benchmark(
        name="neural.optim/adamw-10m",
        work="AdamW, one step of 10 million parameters in 4 arrays, float32",
        setup=_adamw,
        reference="torch",
        reach=1.3,
        score=float,
        score_name="mean magnitude of a matrix after the first step",
        rounds=15,
    ),
    Benchmark(
        name="neural.optim/muon",
        work="Muon, one step of 512 x 512 and 512 x 1024 matrices, float32, bfloat16 within",
        setup=_muon,
        reference="torch",
        reach=1.3,
        score=float,
        score_name="mean magnitude of a matrix after the first step",
    ),
]

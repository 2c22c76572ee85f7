"""groundup.transformers.flash_attention beside torch's scaled_dot_product_attention and beside plain attention."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof
from groundup.proofs.transformers.attention import every_mask, inputs, masks, theirs, through
from groundup.transformers.flash_attention import flash_attention, tiled_attention, tiled_attention_backward

__all__ = ["WORLDS", "proof"]

proof = Proof(
    "groundup.transformers.flash_attention",
    reference="torch.nn.functional.scaled_dot_product_attention",
    needs=("torch", "numba"),
)

# shorter, as long as, and longer than a tile, with and without a rest
SHAPES = [
    ((), 1, 1, 1, 1),
    ((2,), 5, 7, 4, 3),
    ((2, 2), 33, 64, 16, 8),
    ((2,), 130, 200, 32, 32),
    ((1, 2), 256, 256, 8, 8),
]


def _plain_tiles(qkv: tuple[np.ndarray, ...], **options: Any) -> list[np.ndarray]:
    q, k, v = qkv
    out, log_sum = tiled_attention(q, k, v, block=(32, 48), **options)
    g = np.random.default_rng(8).normal(size=out.shape).astype(out.dtype)
    return [out, *tiled_attention_backward(g, q, k, v, out, log_sum, block=(32, 48), **options)]


def _tensors(qkv: tuple[np.ndarray, ...], bias: np.ndarray | None = None, **options: Any) -> list[np.ndarray]:
    given = qkv if bias is None else (*qkv, bias)
    q, k, v, *learned = leaves = [Tensor(x.copy(), requires_grad=True) for x in given]
    out = flash_attention(q, k, v, bias=learned[0] if learned else None, **options)
    out.backward(np.random.default_rng(8).normal(size=out.shape).astype(out.dtype))
    return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]


WORLDS: dict[str, Callable[..., list[np.ndarray]]] = {
    "plain tiles": _plain_tiles,
    "NumPy": _tensors,
    "torch": lambda qkv, **options: theirs(qkv, flash_attention, **options),
}


@proof.check("value and gradients, float64", tolerance=1e-12, reason="roundings of 1e-16 in sums of up to 256 terms")
def _float64() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float64)


@proof.check("value and gradients, float32", tolerance=2e-5, reason="roundings of 6e-8 in sums of up to 256 terms")
def _float32() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float32)


@proof.check(
    "scores of about 10,000, float64",
    tolerance=1e-8,
    reason="weights are e^(s - λ) backwards, exponents of 10,000 are rounded by 1e-12; gradients have factors of 100",
)
def _huge() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float64, spread=100.0)


@proof.check(
    "a bias and its gradient, whole or broadcast",
    tolerance=1e-12,
    reason="roundings of 1e-16 in sums of up to 260 terms",
)
def _bias() -> Iterator[Case]:
    rng = np.random.default_rng(4)
    for T, S in ((5, 5), (33, 64), (130, 200)):
        qkv = inputs(((2, 2), T, S, 8, 8), np.float64)
        for shape in ((2, 2, T, S), (T, S), (2, 1, S)):
            options = {"mask": masks(T, S)["scattered, one row empty"], "bias": rng.normal(size=shape), "scale": 0.3}
            for world, mine in WORLDS.items():
                yield Case(
                    f"{T} queries, {S} keys, bias {shape}, {world}",
                    partial(mine, qkv, **options),
                    partial(theirs, qkv, **options),
                )


@proof.check(
    "causal with a bias, tiles left out",
    tolerance=1e-12,
    reason="roundings of 1e-16 in sums of up to 256 terms",
    reference="groundup.transformers.attention",
)
def _causal() -> Iterator[Case]:
    for T, S in ((5, 5), (1, 300), (130, 200), (256, 256), (200, 130)):
        qkv = inputs(((2, 2), T, S, 8, 8), np.float64)
        bias = np.random.default_rng(4).normal(size=(2, T, S))
        for world, mine in WORLDS.items():
            options = {"causal": True, "bias": bias, "scale": 0.3}
            yield Case(
                f"{T} queries, {S} keys, {world}",
                partial(mine, qkv, **options),
                partial(through, "NumPy", qkv, **options),
            )

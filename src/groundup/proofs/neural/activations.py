"""groundup.neural.activations beside torch.nn.functional: values and gradients, on our tensors and on torch's."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.neural import activations as act
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof, relative_error

__all__ = ["EXTREMES", "PAIRS", "ours", "proof"]

proof = Proof("groundup.neural.activations", reference="torch.nn.functional", needs=("torch",))

# name: ours(x), theirs(torch.nn.functional, x)
PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "relu": (act.relu, lambda F, x: F.relu(x)),
    "leaky relu": (act.leaky_relu, lambda F, x: F.leaky_relu(x)),
    "leaky relu, steep": (lambda x: act.leaky_relu(x, 1.5), lambda F, x: F.leaky_relu(x, 1.5)),
    "ELU": (act.elu, lambda F, x: F.elu(x)),
    "ELU, α = 0.3": (lambda x: act.elu(x, 0.3), lambda F, x: F.elu(x, 0.3)),
    "SELU": (act.selu, lambda F, x: F.selu(x)),
    "hardsigmoid": (act.hardsigmoid, lambda F, x: F.hardsigmoid(x)),
    "hardswish": (act.hardswish, lambda F, x: F.hardswish(x)),
    "sigmoid": (act.sigmoid, lambda F, x: x.sigmoid()),
    "tanh": (act.tanh, lambda F, x: x.tanh()),
    "softplus": (act.softplus, lambda F, x: F.softplus(x, threshold=80)),
    "softplus, β = 3": (lambda x: act.softplus(x, 3), lambda F, x: F.softplus(x, 3, threshold=80)),
    "SiLU": (act.silu, lambda F, x: F.silu(x)),
    "swish, β = 2": (lambda x: act.swish(x, 2), lambda F, x: F.silu(2 * x) / 2),
    "GELU": (act.gelu, lambda F, x: F.gelu(x)),
    "GELU, tanh": (lambda x: act.gelu(x, "tanh"), lambda F, x: F.gelu(x, approximate="tanh")),
    "mish": (act.mish, lambda F, x: F.mish(x)),
    "GLU": (act.glu, lambda F, x: F.glu(x)),
    "GLU, first axis": (lambda x: act.glu(x, 0), lambda F, x: F.glu(x, 0)),
    "SwiGLU": (act.swiglu, lambda F, x: F.silu(x.chunk(2, -1)[0]) * x.chunk(2, -1)[1]),
    "softmax": (act.softmax, lambda F, x: F.softmax(x, -1)),
    "softmax, T = 0.2": (lambda x: act.softmax(x, 0, 0.2), lambda F, x: F.softmax(x / 0.2, 0)),
    "log-softmax": (act.log_softmax, lambda F, x: F.log_softmax(x, -1)),
    "log-softmax, T = 3": (lambda x: act.log_softmax(x, 0, 3), lambda F, x: F.log_softmax(x / 3, 0)),
}

EXTREMES = np.array(
    [-np.inf, -1e30, -1e4, -200, -90, -20, -3, -1e-310, -0.0, 0.0, 1e-310, 3, 20, 90, 1e4, 1e30, np.inf]
)
ALONG = {"GLU", "GLU, first axis", "SwiGLU", "softmax", "softmax, T = 0.2", "log-softmax", "log-softmax, T = 3"}

SIXTH = 1e-6  # torch keeps the slope 1/6 of hardsigmoid in float32, whatever the input


def ours(function: Callable[[Any], Any], x: np.ndarray, world: str) -> list[np.ndarray]:
    """Value, and gradient of a weighted sum of it, on our tensors or on torch's."""
    if world == "torch":
        return _torch(function, x)
    leaf = Tensor(x.copy(), requires_grad=True)
    out = function(leaf)
    out.backward(_weights(out.data))
    return [out.data, np.asarray(leaf.grad)]


def _theirs(function: Callable[[Any, Any], Any], x: np.ndarray) -> list[np.ndarray]:
    import torch

    return _torch(lambda tensor: function(torch.nn.functional, tensor), x)


def _torch(function: Callable[[Any], Any], x: np.ndarray) -> list[np.ndarray]:
    import torch

    leaf = torch.tensor(x, requires_grad=True)
    out = function(leaf)
    value = out.detach().numpy()
    out.backward(torch.tensor(_weights(value)))
    return [value, np.asarray(leaf.grad)]


def _weights(value: np.ndarray) -> np.ndarray:
    return np.random.default_rng(5).uniform(0.5, 1.5, value.shape).astype(value.dtype)


def _all(dtype: type) -> Iterator[Case]:
    for name, (mine, other) in PAIRS.items():
        for shape, spread in (((4, 6), 1.0), ((2, 50, 8), 6.0)):
            x = (np.random.default_rng(3).normal(size=shape) * spread).astype(dtype)
            for world in ("NumPy", "torch"):
                yield Case(
                    f"{name} {shape}, {world}",
                    lambda mine=mine, x=x, world=world: ours(mine, x, world),
                    lambda other=other, x=x: _theirs(other, x),
                    tolerance=SIXTH if name == "hardsigmoid" else None,
                )


@proof.check(
    "value and gradient, float64", tolerance=1e-13, reason="a few roundings of 1e-16, other forms of a formula"
)
def _float64() -> Iterator[Case]:
    return _all(np.float64)


@proof.check(
    "value and gradient, float32",
    tolerance=5e-6,
    reason="some roundings of 6e-8, other forms of a formula, sums of rows",
)
def _float32() -> Iterator[Case]:
    return _all(np.float32)


def _where_theirs_is_a_number(mine: list[np.ndarray], other: list[np.ndarray]) -> float:
    """Largest error over entries, each against its own size or 1, where torch does not say NaN (its 0 · ∞)."""
    worst = 0.0
    for a, b in zip(mine, other, strict=True):
        told = ~np.isnan(b)
        exact = told & np.isinf(b)
        if not np.array_equal(a[exact], b[exact]):
            return np.inf
        a, b = a[told & ~exact], b[told & ~exact]
        worst = max(worst, max((relative_error(x, y) if abs(y) > 1 else abs(x - y) for x, y in zip(a, b, strict=True))))
    return worst


def _extreme(dtype: type) -> Iterator[Case]:
    with np.errstate(under="ignore"):
        x = EXTREMES.astype(dtype)
    for name, (mine, other) in PAIRS.items():
        if name in ALONG:
            continue
        for world in ("NumPy", "torch"):
            yield Case(
                f"{name}, {world}",
                lambda mine=mine, world=world: ours(mine, x, world),
                lambda other=other: _theirs(other, x),
                tolerance=SIXTH if name == "hardsigmoid" else None,
                error=_where_theirs_is_a_number,
            )


@proof.check(
    "±∞, ±1e30, ±0, subnormal numbers and kinks, float64",
    tolerance=1e-14,
    reason="a few roundings of 1e-16; where torch has NaN from 0 · ∞ nothing is asked",
)
def _extreme64() -> Iterator[Case]:
    return _extreme(np.float64)


@proof.check(
    "±∞, ±1e30, ±0, subnormal numbers and kinks, float32",
    tolerance=1e-6,
    reason="a few roundings of 6e-8; where torch has NaN from 0 · ∞ nothing is asked",
)
def _extreme32() -> Iterator[Case]:
    return _extreme(np.float32)


@proof.check("PReLU: gradients of input and slopes", tolerance=2e-6, reason="sums of up to 60 terms in float32")
def _prelu() -> Iterator[Case]:
    for shape, channels in (((5,), 1), ((4, 3), 3), ((3, 4, 5), 4), ((2, 3, 5, 6), 3), ((2, 3, 5, 6), 1)):
        for dtype in (np.float64, np.float32):
            rng = np.random.default_rng(8)
            x, w = rng.normal(size=shape).astype(dtype), rng.uniform(-0.2, 0.5, channels).astype(dtype)
            for world in ("NumPy", "torch"):
                yield Case(
                    f"{shape}, {channels} slopes, {dtype.__name__}, {world}",
                    lambda x=x, w=w, world=world: _prelu_gradients(x, w, world),
                    lambda x=x, w=w: _prelu_gradients(x, w, "reference"),
                )


def _prelu_gradients(x: np.ndarray, w: np.ndarray, world: str) -> list[np.ndarray]:
    if world == "NumPy":
        leaves = [Tensor(x.copy(), requires_grad=True), Tensor(w.copy(), requires_grad=True)]
        out = act.prelu(*leaves)
        out.backward(_weights(out.data))
        return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in (x, w)]
    out = (act.prelu if world == "torch" else torch.nn.functional.prelu)(*leaves)
    out.backward(torch.tensor(_weights(out.detach().numpy())))
    return [out.detach().numpy(), *(np.asarray(leaf.grad) for leaf in leaves)]

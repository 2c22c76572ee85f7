"""groundup.neural.autograd beside torch.autograd: every operation, its value and its gradients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.neural import autograd as ag
from groundup.proofs.core import Case, Proof

__all__ = ["OPERATIONS", "Operation", "ours", "proof", "theirs"]

proof = Proof("groundup.neural.autograd", reference="torch.autograd", needs=("torch",))

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Operation:
    """One operation in both libraries: `ours(*tensors)`, `torch(torch, *tensors)`, and what its inputs must be."""

    name: str
    ours: Callable[..., ag.Tensor]
    torch: Callable[..., Any]
    inputs: int = 1
    domain: tuple[float, float] = (-2.0, 2.0)


def _op(name: str, ours: Callable, torch: Callable, inputs: int = 1, low: float = -2.0, high: float = 2.0) -> Operation:
    return Operation(name, ours, torch, inputs, (low, high))


def _joined(a: ag.Tensor, b: ag.Tensor) -> ag.Tensor:
    return ag.concatenate([a, b.broadcast_to(a.shape), a], axis=-1)


OPERATIONS = [
    _op("add", lambda a, b: a + b, lambda t, a, b: a + b, 2),
    _op("subtract", lambda a, b: a - b, lambda t, a, b: a - b, 2),
    _op("multiply", lambda a, b: a * b, lambda t, a, b: a * b, 2),
    _op("divide", lambda a, b: a / b, lambda t, a, b: a / b, 2, 0.5),
    _op("power of tensors", lambda a, b: a**b, lambda t, a, b: a**b, 2, 0.3),
    _op("maximum", ag.maximum, lambda t, a, b: t.maximum(a, b), 2),
    _op("minimum", ag.minimum, lambda t, a, b: t.minimum(a, b), 2),
    _op("where", lambda a, b: ag.where(a.data > b.data, a, b), lambda t, a, b: t.where(a > b, a, b), 2),
    _op("number minus and over", lambda a: (3 - a) / 2 + 1 / a, lambda t, a: (3 - a) / 2 + 1 / a, 1, 0.3),
    _op("square", lambda a: a**2, lambda t, a: a**2),
    _op("cube", lambda a: a**3, lambda t, a: a**3),
    _op("power 0.5", lambda a: a**0.5, lambda t, a: a**0.5, 1, 0.1),
    _op("2 to the power", lambda a: 2**a, lambda t, a: 2**a),
    _op("negative", lambda a: -a, lambda t, a: -a),
    _op("exp", ag.exp, lambda t, a: t.exp(a)),
    _op("log", ag.log, lambda t, a: t.log(a), 1, 0.1),
    _op("sqrt", ag.sqrt, lambda t, a: t.sqrt(a), 1, 0.1),
    _op("abs", ag.absolute, lambda t, a: t.abs(a)),
    _op("tanh", ag.tanh, lambda t, a: t.tanh(a)),
    _op("sigmoid", ag.sigmoid, lambda t, a: t.sigmoid(a)),
    _op("relu", ag.relu, lambda t, a: t.relu(a)),
    _op("clip", lambda a: ag.clip(a, -1, 0.5), lambda t, a: t.clamp(a, -1, 0.5)),
    _op("sum of all", lambda a: a.sum(), lambda t, a: a.sum()),
    _op("sum", lambda a: a.sum(axis=-1), lambda t, a: a.sum(-1)),
    _op("sum, axis kept", lambda a: a.sum(axis=0, keepdims=True), lambda t, a: a.sum(0, keepdim=True)),
    _op("mean", lambda a: a.mean(axis=0), lambda t, a: a.mean(0)),
    _op("mean of all", lambda a: a.mean(), lambda t, a: a.mean()),
    _op("var", lambda a: a.var(axis=-1), lambda t, a: a.var(-1, correction=0)),
    _op("max", lambda a: a.max(axis=-1), lambda t, a: a.amax(-1)),
    _op("min, axis kept", lambda a: a.min(axis=0, keepdims=True), lambda t, a: a.amin(0, keepdim=True)),
    _op("logsumexp", lambda a: a.logsumexp(axis=-1), lambda t, a: a.logsumexp(-1)),
    _op("softmax", lambda a: a.softmax(axis=0), lambda t, a: a.softmax(0)),
    _op("log_softmax", lambda a: a.log_softmax(axis=-1), lambda t, a: a.log_softmax(-1)),
    _op("reshape", lambda a: a.reshape(-1), lambda t, a: a.reshape(-1)),
    _op("transpose", lambda a: a.transpose(0, -1), lambda t, a: a.transpose(0, -1)),
    _op("permute", lambda a: a.permute(*_turned(a)), lambda t, a: a.permute(*_turned(a))),
    _op("broadcast_to", lambda a: a.broadcast_to((3, *a.shape)), lambda t, a: a.broadcast_to((3, *a.shape))),
    _op("concatenate", _joined, lambda t, a, b: t.cat([a, b.expand_as(a), a], -1), 2),
    _op("stack", lambda a: ag.stack([a, a * 2], 1), lambda t, a: t.stack([a, a * 2], 1)),
    _op("index by number and slice", lambda a: a[-1:, 0], lambda t, a: a[-1:, 0]),
    _op("index by integers, twice", lambda a: a[[0, 0, -1]], lambda t, a: a[[0, 0, -1]]),
    _op("index by booleans", lambda a: a[a.data > 0], lambda t, a: a[a > 0]),
    _op("pad", lambda a: ag.pad(a, [(1, 2)] * a.ndim), lambda t, a: t.nn.functional.pad(a, (1, 2) * a.ndim)),
    _op("used three times", lambda a: a * a + a, lambda t, a: a * a + a),
]


def _turned(a: Any) -> tuple[int, ...]:
    return (*range(1, a.ndim), 0)


def ours(operation: Callable[..., ag.Tensor], inputs: Arrays) -> list[np.ndarray]:
    """Value, and the gradient of a fixed weighted sum of it with respect to each input."""
    leaves = [ag.Tensor(x.copy(), requires_grad=True) for x in inputs]
    out = operation(*leaves)
    out.backward(_weights(out.data))
    return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]


def theirs(operation: Callable[..., Any], inputs: Arrays) -> list[np.ndarray]:
    """The same by torch."""
    import torch

    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    out = operation(torch, *leaves)
    value = out.detach().numpy()
    out.backward(torch.tensor(_weights(value)))
    return [value, *(np.asarray(leaf.grad) for leaf in leaves)]


def _weights(value: np.ndarray) -> np.ndarray:
    return np.random.default_rng(5).uniform(0.5, 1.5, value.shape).astype(value.dtype)


def _case(name: str, mine: Callable, other: Callable, inputs: Arrays) -> Case:
    return Case(name, lambda: ours(mine, inputs), lambda: theirs(other, inputs))


def _inputs(operation: Operation, shape: tuple[int, ...], dtype: type) -> Arrays:
    rng = np.random.default_rng(3)
    shapes = (shape, (*shape[:-2], 1, shape[-1]))  # the second is broadcast along an inner axis
    return tuple(rng.uniform(*operation.domain, s).astype(dtype) for s in shapes[: operation.inputs])


def _all(dtype: type) -> Iterator[Case]:
    for operation in OPERATIONS:
        for shape in ((3, 4), (2, 5, 3)):
            yield _case(f"{operation.name} {shape}", operation.ours, operation.torch, _inputs(operation, shape, dtype))


@proof.check("operations, float64", tolerance=1e-13, reason="a few roundings of 1e-16, other orders of summation")
def _operations64() -> Iterator[Case]:
    return _all(np.float64)


@proof.check(
    "operations, float32", tolerance=5e-6, reason="a few roundings of 6e-8, other implementations of exp and pow"
)
def _operations32() -> Iterator[Case]:
    return _all(np.float32)


MATRICES = [((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (4, 5)),
            ((2, 1, 3, 4), (3, 4, 2)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((3, 0), (0, 2))]  # fmt: skip


@proof.check("matmul", tolerance=1e-13, reason="sums of at most 40 products in another order")
def _matmul() -> Iterator[Case]:
    rng = np.random.default_rng(4)
    for a, b in MATRICES:
        inputs = (rng.normal(size=a), rng.normal(size=b))
        yield _case(f"{a} @ {b}", lambda x, y: x @ y, lambda t, x, y: x @ y, inputs)


@proof.check("at kinks and ties", tolerance=0.0, reason="the same choice where there is no derivative")
def _kinks() -> Iterator[Case]:
    ties = np.array([[1.0, 1.0, 0.0], [2.0, -1.0, 2.0]])
    same = (ties, ties[:, ::-1].copy())
    for name, mine, other, inputs in [
        ("abs at 0", ag.absolute, lambda t, a: t.abs(a), (ties,)),
        ("relu at 0", ag.relu, lambda t, a: t.relu(a), (ties,)),
        ("max of equals", lambda a: a.max(axis=1), lambda t, a: a.amax(1), (ties,)),
        ("min of equals", lambda a: a.min(), lambda t, a: a.amin(), (ties,)),
        ("maximum of equals", ag.maximum, lambda t, a, b: t.maximum(a, b), same),
        ("minimum of equals", ag.minimum, lambda t, a, b: t.minimum(a, b), same),
        ("clip at its bounds", lambda a: ag.clip(a, 0, 1), lambda t, a: t.clamp(a, 0, 1), (ties,)),
        ("sqrt at 0", ag.sqrt, lambda t, a: t.sqrt(a), (np.array([0.0, 4.0]),)),
        ("power 0 at 0", lambda a: a**0, lambda t, a: a**0, (ties,)),
        (
            "0 to the power of tensors",
            lambda a, b: a**b,
            lambda t, a, b: a**b,
            (np.zeros(3), np.array([0.0, 1.0, 2.0])),
        ),
    ]:
        yield _case(name, mine, other, inputs)


def _networks(dtype: type) -> Iterator[Case]:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(20, 7)), rng.integers(0, 4, 20)
    arrays = tuple(a.astype(dtype) for a in (x, rng.normal(size=(7, 6)), rng.normal(size=6), rng.normal(size=(6, 4))))

    def mine(x: ag.Tensor, w: ag.Tensor, b: ag.Tensor, v: ag.Tensor) -> ag.Tensor:
        return ag.cross_entropy((x @ w + b).tanh() @ v, y)

    def other(torch: Any, x: Any, w: Any, b: Any, v: Any) -> Any:
        return torch.nn.functional.cross_entropy((x @ w + b).tanh() @ v, torch.tensor(y))

    yield _case(f"two layers and cross-entropy, {dtype.__name__}", mine, other, arrays)
    target = rng.normal(size=(20, 4)).astype(dtype)
    yield _case(
        f"two layers and mean squared error, {dtype.__name__}",
        lambda x, w, b, v: ag.mse(((x @ w).sigmoid() + b) @ v, ag.Tensor(target)),
        lambda t, x, w, b, v: t.nn.functional.mse_loss(((x @ w).sigmoid() + b) @ v, t.tensor(target)),
        arrays,
    )


@proof.check("networks, float64", tolerance=1e-13, reason="some hundred roundings of 1e-16")
def _networks64() -> Iterator[Case]:
    return _networks(np.float64)


@proof.check("networks, float32", tolerance=5e-6, reason="some hundred roundings of 6e-8")
def _networks32() -> Iterator[Case]:
    return _networks(np.float32)

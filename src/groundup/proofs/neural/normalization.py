"""groundup.neural.normalization beside torch.nn: values, gradients and running statistics, in both worlds."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.neural import normalization as norm
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof

__all__ = ["LAYERS", "arrays", "ours", "proof", "theirs"]

proof = Proof("groundup.neural.normalization", reference="torch.nn", needs=("torch",))

# name: (shape of x, shape of weight and bias, ours(x, weight, bias), theirs(torch.nn.functional, x, weight, bias))
LAYERS: dict[str, tuple[tuple[int, ...], tuple[int, ...], Callable[..., Any], Callable[..., Any]]] = {
    "batch norm (n, c)": (
        (12, 5), (5,),
        lambda x, w, b: norm.batch_norm(x, None, None, w, b, True),
        lambda F, x, w, b: F.batch_norm(x, None, None, w, b, True),
    ),
    "batch norm (n, c, l)": (
        (4, 3, 6), (3,),
        lambda x, w, b: norm.batch_norm(x, None, None, w, b, True, eps=0.1),
        lambda F, x, w, b: F.batch_norm(x, None, None, w, b, True, eps=0.1),
    ),
    "batch norm (n, c, h, w)": (
        (4, 3, 5, 2), (3,),
        lambda x, w, b: norm.batch_norm(x, None, None, w, b, True),
        lambda F, x, w, b: F.batch_norm(x, None, None, w, b, True),
    ),
    "layer norm": (
        (4, 3, 7), (7,),
        lambda x, w, b: norm.layer_norm(x, 7, w, b),
        lambda F, x, w, b: F.layer_norm(x, (7,), w, b),
    ),
    "layer norm, two axes": (
        (4, 3, 5), (3, 5),
        lambda x, w, b: norm.layer_norm(x, (3, 5), w, b, 1e-3),
        lambda F, x, w, b: F.layer_norm(x, (3, 5), w, b, 1e-3),
    ),
    "RMS norm": (
        (4, 3, 7), (7,),
        lambda x, w, b: norm.rms_norm(x, 7, w) + b,
        lambda F, x, w, b: F.rms_norm(x, (7,), w) + b,
    ),
    "group norm": (
        (4, 6, 5), (6,),
        lambda x, w, b: norm.group_norm(x, 3, w, b),
        lambda F, x, w, b: F.group_norm(x, 3, w, b),
    ),
    "group norm, one group": (
        (4, 6, 2, 3), (6,),
        lambda x, w, b: norm.group_norm(x, 1, w, b),
        lambda F, x, w, b: F.group_norm(x, 1, w, b),
    ),
    "instance norm": (
        (4, 3, 4, 5), (3,),
        lambda x, w, b: norm.instance_norm(x, w, b),
        lambda F, x, w, b: F.instance_norm(x, weight=w, bias=b),
    ),
}  # fmt: skip


def arrays(name: str, dtype: type, mean: float = 0.0, spread: float = 1.0) -> tuple[np.ndarray, ...]:
    """x, weight and bias of a layer."""
    shape, affine = LAYERS[name][:2]
    rng = np.random.default_rng(7)
    x, w, b = mean + spread * rng.normal(size=shape), rng.uniform(0.5, 2, affine), rng.normal(size=affine)
    return tuple(a.astype(dtype) for a in (x, w, b))


def ours(layer: Callable[..., Any], inputs: tuple[np.ndarray, ...], world: str) -> list[np.ndarray]:
    """Value, and gradients of a weighted sum of it, on our tensors or on torch's."""
    if world == "torch":
        return theirs(lambda _, *tensors: layer(*tensors), inputs)
    leaves = [Tensor(a.copy(), requires_grad=True) for a in inputs]
    out = layer(*leaves)
    out.backward(_weights(out.data))
    return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]


def theirs(layer: Callable[..., Any], inputs: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The same of a function of torch.nn.functional and torch tensors."""
    import torch

    leaves = [torch.tensor(a, requires_grad=True) for a in inputs]
    out = layer(torch.nn.functional, *leaves)
    value = out.detach().numpy()
    out.backward(torch.tensor(_weights(value)))
    return [value, *(np.asarray(leaf.grad) for leaf in leaves)]


def _weights(value: np.ndarray) -> np.ndarray:
    return np.random.default_rng(5).uniform(0.5, 1.5, value.shape).astype(value.dtype)


def _all(dtype: type, **data: float) -> Iterator[Case]:
    for name, (_, _, mine, other) in LAYERS.items():
        inputs = arrays(name, dtype, **data)
        for world in ("NumPy", "torch"):
            yield Case(
                f"{name}, {world}",
                lambda mine=mine, inputs=inputs, world=world: ours(mine, inputs, world),
                lambda other=other, inputs=inputs: theirs(other, inputs),
            )


@proof.check("value and gradients, float64", tolerance=1e-12, reason="roundings of 1e-16 in sums of up to 40 terms")
def _float64() -> Iterator[Case]:
    return _all(np.float64)


@proof.check("value and gradients, float32", tolerance=1e-5, reason="roundings of 6e-8 in sums of up to 40 terms")
def _float32() -> Iterator[Case]:
    return _all(np.float32)


@proof.check(
    "mean a million, spread 1, float64",
    tolerance=1e-7,
    reason="x holds its spread to 1e-10; torch's products with the mean lose three digits more",
)
def _huge_mean() -> Iterator[Case]:
    return _all(np.float64, mean=1e6)


@proof.check(
    "mean a million, spread 1, float32, against float64",
    tolerance=1e-5,
    reason="the same rounded numbers, computed by torch in float64; torch's own float32 is off by 1e-2 and more",
)
def _huge_mean_float32() -> Iterator[Case]:
    for name, (_, _, mine, other) in LAYERS.items():
        inputs = arrays(name, np.float32, mean=1e6)
        exact = tuple(a.astype(np.float64) for a in inputs)
        for world in ("NumPy", "torch"):
            yield Case(
                f"{name}, {world}",
                lambda mine=mine, inputs=inputs, world=world: ours(mine, inputs, world),
                lambda other=other, exact=exact: theirs(other, exact),
            )


def _beside_one(mine: list[np.ndarray], other: list[np.ndarray]) -> float:
    """Largest difference, beside 1 or the largest entry: where the truth is 0, both are rounding."""
    return max(float(np.abs(a - b).max() / max(1.0, np.abs(b).max())) for a, b in zip(mine, other, strict=True))


@proof.check(
    "constant columns, against float64",
    tolerance=2e-6,
    reason="variance 0: all rests on ε; torch's float32 keeps a residue of 1e-5 that the truth does not have",
)
def _constant() -> Iterator[Case]:
    for dtype in (np.float64, np.float32):
        for name, (_, _, mine, other) in LAYERS.items():
            x, w, b = arrays(name, dtype)
            inputs = (np.full_like(x, 0.75), w, b)
            exact = tuple(a.astype(np.float64) for a in inputs)
            for world in ("NumPy", "torch"):
                yield Case(
                    f"{name}, {dtype.__name__}, {world}",
                    lambda mine=mine, inputs=inputs, world=world: ours(mine, inputs, world),
                    lambda other=other, exact=exact: theirs(other, exact),
                    error=_beside_one,
                )


BATCHES = 5


def _history(make: Callable[[], Any], dtype: type, momentum: float | None, shape: tuple[int, ...]) -> list[np.ndarray]:
    """Outputs and running statistics of a torch module over several batches in training, then in evaluation."""
    import torch

    rng, layer, kept = np.random.default_rng(11), make().to(getattr(torch, dtype.__name__)), []
    for k in range(BATCHES):
        x = torch.tensor((rng.normal(size=shape) * (k + 1) + k).astype(dtype))
        kept += [layer(x).detach().numpy(), layer.running_mean.numpy().copy(), layer.running_var.numpy().copy()]
    layer.eval()
    return [*kept, layer(x).detach().numpy()]


def _functional_history(dtype: type, momentum: float | None, shape: tuple[int, ...]) -> list[np.ndarray]:
    """The same by the function, on arrays that it changes in place."""
    rng, kept = np.random.default_rng(11), []
    mean, variance = np.zeros(shape[1], dtype), np.ones(shape[1], dtype)
    for k in range(BATCHES):
        x = (rng.normal(size=shape) * (k + 1) + k).astype(dtype)
        share = 1 / (k + 1) if momentum is None else momentum
        kept += [norm.batch_norm(x, mean, variance, training=True, momentum=share).data, mean.copy(), variance.copy()]
    return [*kept, norm.batch_norm(x, mean, variance).data]


@proof.check("running statistics over five batches, then evaluation", tolerance=2e-6, reason="roundings of float32")
def _running() -> Iterator[Case]:
    import torch

    for dtype in (np.float64, np.float32):
        for momentum in (0.1, 0.5, None):
            for shape, name in (((6, 3), "BatchNorm1d"), ((2, 3, 4), "BatchNorm1d"), ((3, 2, 4, 2), "BatchNorm2d")):
                reference = partial(getattr(torch.nn, name), shape[1], momentum=momentum)
                mine = partial(getattr(norm, name), shape[1], momentum=momentum)
                label = f"{name} {shape}, momentum {momentum}, {dtype.__name__}"
                expected = partial(_history, reference, dtype, momentum, shape)
                yield Case(f"{label}, module", partial(_history, mine, dtype, momentum, shape), expected)
                yield Case(f"{label}, function", partial(_functional_history, dtype, momentum, shape), expected)


def _evaluation(x: Any, w: Any, b: Any, batch_norm: Callable[..., Any], wrap: Callable[[np.ndarray], Any]) -> Any:
    rng = np.random.default_rng(12)
    dtype = np.float32 if str(x.dtype).endswith("32") else np.float64
    mean, variance = rng.normal(size=5).astype(dtype), rng.uniform(0.5, 2, 5).astype(dtype)
    return batch_norm(x, wrap(mean), wrap(variance), w, b)


@proof.check("evaluation: value and gradients", tolerance=2e-6, reason="roundings of float32")
def _evaluated() -> Iterator[Case]:
    import torch

    for dtype in (np.float64, np.float32):
        inputs = arrays("batch norm (n, c)", dtype)
        for world, wrap in (("NumPy", np.asarray), ("torch", torch.tensor)):
            yield Case(
                f"{dtype.__name__}, {world}",
                partial(ours, partial(_evaluation, batch_norm=norm.batch_norm, wrap=wrap), inputs, world),
                partial(theirs, lambda F, x, w, b: _evaluation(x, w, b, F.batch_norm, torch.tensor), inputs),
            )


@proof.check("half precision", tolerance=1e-2, reason="bfloat16 has 3 digits; sums are kept in float32")
def _half() -> Iterator[Case]:
    import torch

    for half in (torch.bfloat16, torch.float16):
        for name, (_, _, mine, other) in LAYERS.items():
            tensors = [torch.tensor(a).to(half) for a in arrays(name, np.float32)]
            yield Case(
                f"{name}, {half}",
                lambda mine=mine, tensors=tensors: mine(*tensors).float().numpy(),
                lambda other=other, tensors=tensors: other(torch.nn.functional, *tensors).float().numpy(),
            )

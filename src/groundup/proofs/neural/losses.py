"""groundup.neural.losses beside torch.nn.functional: value and every gradient, in both worlds, in both precisions."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.neural import losses as ours
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof

__all__ = ["proof"]

proof = Proof("groundup.neural.losses", reference="torch.nn.functional", needs=("torch",))

Arrays = tuple[np.ndarray, ...]
# name, ours, the reference, inputs that have a gradient, further arguments
Row = tuple[str, Callable[..., Any], Callable[..., Any], Arrays, dict[str, Any]]
REDUCTIONS = ("mean", "sum", "none")


def run_numpy(function: Callable[..., Any], inputs: Arrays, options: dict[str, Any]) -> list[np.ndarray]:
    """Value and gradients on our engine; a loss that is not reduced is weighted first."""
    leaves = [Tensor(x.copy(), requires_grad=True) for x in inputs]
    out = function(*leaves, **options)
    out.backward(np.linspace(0.5, 1.5, max(out.size, 1), dtype=out.dtype).reshape(out.shape))
    return [out.data, *(leaf.grad if leaf.grad is not None else np.zeros_like(leaf.data) for leaf in leaves)]


def run_torch(function: Callable[..., Any], inputs: Arrays, options: dict[str, Any]) -> list[np.ndarray]:
    """The same on torch."""
    import torch

    leaves = [torch.tensor(np.ascontiguousarray(x), requires_grad=True) for x in inputs]
    options = {k: torch.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "mean" of kl_div
        out = function(*leaves, **options)
    out.backward(torch.linspace(0.5, 1.5, max(out.numel(), 1), dtype=out.dtype).reshape(out.shape))
    gradients = [torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves]
    return [out.detach().numpy(), *(g.numpy() for g in gradients)]


def numbers(dtype: Any) -> Iterator[Row]:
    """Losses of regression; differences of all sizes, and exactly 0."""
    import torch.nn.functional as F

    rng = np.random.default_rng(0)
    p = (rng.normal(size=(6, 5)) * np.geomspace(1e-4, 1e4, 5)).astype(dtype)
    t = (rng.normal(size=(6, 5)) * np.geomspace(1e-4, 1e4, 5)).astype(dtype)
    t[0] = p[0]
    weight = rng.uniform(0.1, 2, (6, 5)).astype(dtype)
    var = rng.uniform(0.0, 3, (6, 1)).astype(dtype)
    var[1] = 0
    for r in REDUCTIONS:
        yield f"squared, {r}", ours.mse_loss, F.mse_loss, (p, t), {"reduction": r}
        yield f"absolute, {r}", ours.l1_loss, F.l1_loss, (p, t), {"reduction": r}
        for d in (0.5, 20.0):
            yield f"Huber {d}, {r}", ours.huber_loss, F.huber_loss, (p, t), {"reduction": r, "delta": d}
            yield f"smooth L1 {d}, {r}", ours.smooth_l1_loss, F.smooth_l1_loss, (p, t), {"reduction": r, "beta": d}
        full = {"reduction": r, "full": True}
        yield f"Gaussian, {r}", ours.gaussian_nll_loss, F.gaussian_nll_loss, (p, t, var), full
        for words, mine, theirs in (
            ("squared", ours.mse_loss, F.mse_loss),
            ("absolute", ours.l1_loss, F.l1_loss),
            ("Huber", ours.huber_loss, F.huber_loss),
        ):
            yield f"{words}, weights, {r}", mine, theirs, (p, t), {"reduction": r, "weight": weight}


def yes_or_no(dtype: Any) -> Iterator[Row]:
    """Binary losses; logits up to 1e4 on both sides and 0, targets 0, 1 and between."""
    import torch.nn.functional as F

    rng = np.random.default_rng(1)
    z = rng.normal(size=(8, 4)) * 3
    z[0], z[1] = [0.0, 1e4, -1e4, 80.0], [0.0, 1e4, -1e4, -80.0]
    t = rng.integers(2, size=(8, 4)).astype(float)
    t[0], t[1], t[2] = 1, 0, rng.random(4)
    p = rng.random((8, 4))
    p[0], p[1] = [0, 1, 0, 1], [0, 0, 1, 1]
    z, t, p = (a.astype(dtype) for a in (z, t, p))
    weight, pos = rng.uniform(0.1, 2, (8, 4)).astype(dtype), rng.uniform(0.1, 9, 4).astype(dtype)
    logits, from_p = ours.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits
    for r in REDUCTIONS:
        yield f"logits, {r}", logits, from_p, (z, t), {"reduction": r}
        yield f"logits, weights, {r}", logits, from_p, (z, t), {"reduction": r, "weight": weight}
        yield f"logits, positive weight, {r}", logits, from_p, (z, t), {"reduction": r, "pos_weight": pos}
        both = {"reduction": r, "weight": weight, "pos_weight": pos}
        yield f"logits, both weights, {r}", logits, from_p, (z, t), both
        yield (
            f"probabilities, {r}",
            ours.binary_cross_entropy,
            F.binary_cross_entropy,
            (p[2:], t[2:]),
            {"reduction": r},
        )
        mine, theirs = (
            lambda a, f=f, b=t, r=r: f(a, _like(a, b), reduction=r)
            for f in (ours.binary_cross_entropy, F.binary_cross_entropy)
        )
        yield f"probabilities 0 and 1, {r}", mine, theirs, (p,), {}


def _like(a: Any, values: np.ndarray) -> Any:
    """`values` in the world of a, as a constant."""
    if isinstance(a, Tensor):
        return values
    import torch

    return torch.tensor(values)


def classes(dtype: Any) -> Iterator[Row]:
    """Cross-entropy in every form: shapes, weights, ignored rows, smoothing, distributions; huge scores."""
    import torch.nn.functional as F

    rng = np.random.default_rng(2)
    for shape in ((7,), (6, 5), (4, 3, 5), (2, 3, 4, 2)):
        k = shape[0] if len(shape) == 1 else shape[1]
        rows = () if len(shape) == 1 else (shape[0], *shape[2:])
        z = (rng.normal(size=shape) * 3).astype(dtype)
        z.flat[:2] = 1e4, -1e4
        y = rng.integers(k, size=rows)
        w = rng.uniform(0.2, 3, k).astype(dtype)
        some = y.copy()
        some.flat[1:2] = -100
        t = np.moveaxis(rng.dirichlet(np.ones(k), rows), -1, 0 if len(shape) == 1 else 1).astype(dtype)
        log_p = np.log(np.moveaxis(rng.dirichlet(np.ones(k), rows), -1, 0 if len(shape) == 1 else 1)).astype(dtype)
        for r in REDUCTIONS:
            for words, target, options in (
                ("", y, {}),
                (", ignored rows", some, {}),
                (", weights", y, {"weight": w}),
                (", smoothed", y, {"label_smoothing": 0.1}),
                (", all of it", some, {"weight": w, "label_smoothing": 0.3}),
            ):
                values = {"target": target, "reduction": r, **options}
                yield f"cross-entropy {shape}{words}, {r}", ours.cross_entropy, F.cross_entropy, (z,), values
            for words, options in (("", {}), (", weights and smoothing", {"weight": w, "label_smoothing": 0.2})):
                values = {"reduction": r, **options}
                yield f"distribution {shape}{words}, {r}", ours.cross_entropy, F.cross_entropy, (z, t), values
            values = {"target": some, "weight": w, "reduction": r}
            yield f"log-likelihood {shape}, {r}", ours.nll_loss, F.nll_loss, (log_p,), values
            if len(shape) == 2:
                values = {"target": y, "weight": w, "reduction": r, "margin": 0.7}
                yield f"margin {shape}, {r}", ours.multi_margin_loss, F.multi_margin_loss, (z,), values
                values = {"target": y, "p": 2, "reduction": r}
                yield f"squared margin {shape}, {r}", ours.multi_margin_loss, F.multi_margin_loss, (z,), values


def divergences(dtype: Any) -> Iterator[Row]:
    import torch.nn.functional as F

    rng = np.random.default_rng(3)
    q, t = (rng.dirichlet(np.ones(5), 6).astype(dtype) for _ in range(2))
    for r in (*REDUCTIONS, "batchmean"):
        yield f"KL, {r}", ours.kl_div, F.kl_div, (np.log(q), t), {"reduction": r}
        logs = {"reduction": r, "log_target": True}
        yield f"KL of logarithms, {r}", ours.kl_div, F.kl_div, (np.log(q), np.log(t)), logs


def compare(rows: Iterator[Row]) -> Iterator[Case]:
    """Both worlds beside the reference."""
    for name, mine, theirs, inputs, options in rows:
        for world, run in (("arrays", run_numpy), ("torch", run_torch)):
            yield Case(
                f"{name}, {world}",
                lambda run=run, f=mine, x=inputs, o=options: run(f, x, o),
                lambda f=theirs, x=inputs, o=options: run_torch(f, x, o),
            )


ROUNDINGS64 = "tens of roundings of 1e-16"
ROUNDINGS32 = "tens of roundings of 6e-8"


@proof.check("losses for numbers, float64", tolerance=1e-13, reason=ROUNDINGS64)
def _numbers64() -> Iterator[Case]:
    return compare(numbers(np.float64))


@proof.check("losses for numbers, float32", tolerance=3e-6, reason=ROUNDINGS32)
def _numbers32() -> Iterator[Case]:
    return compare(numbers(np.float32))


@proof.check("binary losses, float64", tolerance=1e-13, reason=ROUNDINGS64)
def _binary64() -> Iterator[Case]:
    return compare(yes_or_no(np.float64))


@proof.check("binary losses, float32", tolerance=3e-6, reason=ROUNDINGS32)
def _binary32() -> Iterator[Case]:
    return compare(yes_or_no(np.float32))


@proof.check("losses for classes, float64", tolerance=1e-13, reason=ROUNDINGS64)
def _classes64() -> Iterator[Case]:
    return compare(classes(np.float64))


@proof.check("losses for classes, float32", tolerance=3e-6, reason=ROUNDINGS32)
def _classes32() -> Iterator[Case]:
    return compare(classes(np.float32))


@proof.check("KL, float64", tolerance=1e-13, reason=ROUNDINGS64)
def _divergences64() -> Iterator[Case]:
    return compare(divergences(np.float64))


@proof.check("KL, float32", tolerance=3e-6, reason=ROUNDINGS32)
def _divergences32() -> Iterator[Case]:
    return compare(divergences(np.float32))


def focal_formula(z: np.ndarray, y: np.ndarray, alpha: float, gamma: float) -> float:
    """Lin et al. (2017), equation 5, as it is printed: FL = -α_t (1 - p_t)^γ ln p_t with p = 1 / (1 + e^-z)."""
    p = 1 / (1 + np.exp(-z))
    p_t, alpha_t = np.where(y == 1, p, 1 - p), np.where(y == 1, alpha, 1 - alpha)
    return float((-alpha_t * (1 - p_t) ** gamma * np.log(p_t)).sum())


@proof.check(
    "focal loss",
    tolerance=1e-12,
    reason="1 - p_t in the printed form loses some digits",
    reference="its paper's formula",
)
def _focal() -> Iterator[Case]:
    rng = np.random.default_rng(4)
    z, y = rng.normal(size=50) * 2, rng.integers(2, size=50).astype(float)
    scores, labels = rng.normal(size=(50, 4)), rng.integers(4, size=50)
    weight = rng.uniform(0.2, 2, 4)
    for gamma in (0.0, 0.5, 1.0, 2.0, 5.0):
        yield Case(
            f"binary, gamma {gamma}",
            lambda g=gamma: ours.sigmoid_focal_loss(z, y, 0.25, g, "sum").data,
            lambda g=gamma: focal_formula(z, y, 0.25, g),
        )
        yield Case(
            f"four classes, gamma {gamma}",
            lambda g=gamma: ours.focal_loss(scores, labels, g, weight, reduction="sum").data,
            lambda g=gamma: _focal_of_classes(scores, labels, g, weight),
        )


def _focal_of_classes(scores: np.ndarray, labels: np.ndarray, gamma: float, weight: np.ndarray) -> float:
    e = np.exp(scores)
    p = (e / e.sum(1, keepdims=True))[np.arange(len(labels)), labels]
    return float((-weight[labels] * (1 - p) ** gamma * np.log(p)).sum())


@proof.check("focal loss without focus", tolerance=1e-13, reason=ROUNDINGS64)
def _without_focus() -> Iterator[Case]:
    import torch.nn.functional as F

    rng = np.random.default_rng(5)
    z, y = np.concatenate([rng.normal(size=20), [1e4, -1e4, 1e4, -1e4]]), np.tile([0.0, 1.0], 12)
    y[-2:] = 0, 1
    binary = ours.sigmoid_focal_loss, F.binary_cross_entropy_with_logits
    several = ours.focal_loss, F.cross_entropy
    rows = [
        ("binary", *binary, (z, y), {"reduction": "mean"}, {"alpha": None, "gamma": 0}),
        ("classes", *several, (z.reshape(6, 4),), {"target": np.arange(6) % 4, "reduction": "mean"}, {"gamma": 0}),
    ]
    for name, mine, theirs, inputs, shared, extra in rows:
        for world, run in (("arrays", run_numpy), ("torch", run_torch)):
            yield Case(
                f"{name}, {world}",
                lambda run=run, f=mine, x=inputs, o={**shared, **extra}: run(f, x, o),
                lambda f=theirs, x=inputs, o=shared: run_torch(f, x, o),
            )

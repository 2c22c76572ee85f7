"""groundup.neural.regularization beside torch: on the mask that torch drew, value and gradient, in both worlds."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.neural import regularization as reg
from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof

__all__ = ["FORMS", "mask_of", "proof"]

proof = Proof("groundup.neural.regularization", reference="torch.nn.functional", needs=("torch",))

RATES = (0.1, 0.5, 0.9, 0.0, 1.0)
# name: (ours, theirs, shapes of x, shape of the mask for a shape of x)
FORMS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[tuple[int, ...], ...], Callable[..., Any]]] = {
    "dropout": (reg.dropout, lambda F, x, p: F.dropout(x, p), ((40,), (6, 7), (2, 3, 4, 5)), lambda s: s),
    "dropout1d": (
        reg.dropout1d, lambda F, x, p: F.dropout1d(x, p), ((8, 6, 5), (9, 4)), lambda s: (*s[:-1], 1),
    ),
    "dropout2d": (
        reg.dropout2d, lambda F, x, p: F.dropout2d(x, p), ((8, 6, 3, 4),), lambda s: (*s[:2], 1, 1),
    ),
    "alpha_dropout": (
        reg.alpha_dropout, lambda F, x, p: F.alpha_dropout(x, p, True), ((50,), (6, 7)), lambda s: s,
    ),
    "stochastic_depth, row": (
        lambda x, p, **k: reg.stochastic_depth(x, p, "row", **k), lambda F, x, p: _torchvision(x, p, "row"),
        ((12, 5), (6, 3, 4, 2)), lambda s: (s[0], *(1 for _ in s[1:])),
    ),
    "stochastic_depth, batch": (
        lambda x, p, **k: reg.stochastic_depth(x, p, "batch", **k), lambda F, x, p: _torchvision(x, p, "batch"),
        ((12, 5), (6, 3, 4, 2)), lambda s: tuple(1 for _ in s),
    ),
}  # fmt: skip


def _torchvision(x: Any, p: float, mode: str) -> Any:
    """torchvision.ops.stochastic_depth in training, as its documentation has it."""
    import torch

    size = [x.shape[0]] + [1] * (x.ndim - 1) if mode == "row" else [1] * x.ndim
    noise = torch.empty(size, dtype=x.dtype).bernoulli_(1.0 - p)
    return x * (noise.div_(1.0 - p) if p < 1 else noise)


def mask_of(form: str, shape: tuple[int, ...], p: float, seed: int) -> np.ndarray:
    """What torch keeps with that seed, read off from what it makes of ones."""
    import torch

    _, theirs, _, noise = FORMS[form]
    torch.manual_seed(seed)
    out = theirs(torch.nn.functional, torch.ones(shape, dtype=torch.float64), p).numpy()
    kept = out > 0 if form != "alpha_dropout" else out > out.max() - 1e-9 if np.ptp(out) else np.ones(shape, bool)
    return kept[tuple(slice(0, n) for n in noise(shape))]


def _both(form: str, shape: tuple[int, ...], p: float, dtype: type, world: str) -> tuple[Callable, Callable]:
    import torch

    mine, theirs = FORMS[form][:2]
    rng = np.random.default_rng(3)
    x, weights = rng.normal(size=shape).astype(dtype), rng.uniform(0.5, 1.5, shape).astype(dtype)
    mask = mask_of(form, shape, p, 11)

    def on_torch(apply: Callable[[Any], Any]) -> list[np.ndarray]:
        leaf = torch.tensor(x, requires_grad=True)
        torch.manual_seed(11)
        out = apply(leaf)
        out.backward(torch.tensor(weights))
        return [out.detach().numpy(), np.asarray(leaf.grad)]

    def ours() -> list[np.ndarray]:
        if world == "torch":
            return on_torch(lambda leaf: mine(leaf, p, mask=mask))
        leaf = Tensor(x.copy(), requires_grad=True)
        out = mine(leaf, p, mask=mask)
        (out * Tensor(weights)).sum().backward()
        return [out.data, np.asarray(leaf.grad)]

    return ours, lambda: on_torch(lambda leaf: theirs(torch.nn.functional, leaf, p))


def _forms(dtype: type) -> Iterator[Case]:
    for form, (_, _, shapes, _) in FORMS.items():
        for shape in shapes:
            for p in RATES:
                for world in ("NumPy", "torch"):
                    yield Case(f"{form}, p = {p}, {shape}, {world}", *_both(form, shape, p, dtype, world))


@proof.check("value and gradient on the same mask, float64", tolerance=1e-15, reason="one or two roundings an entry")
def _float64() -> Iterator[Case]:
    return _forms(np.float64)


@proof.check("value and gradient on the same mask, float32", tolerance=1e-6, reason="one or two roundings an entry")
def _float32() -> Iterator[Case]:
    return _forms(np.float32)


def _penalties(dtype: type) -> Iterator[Case]:
    import torch

    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=s).astype(dtype) for s in ((4, 3), (3,), (2, 3, 4))]
    arrays[0][0, 0] = 0.0  # where |w| has its kink
    formulas = {
        "L2": (reg.l2_penalty, lambda ws: 0.05 * sum((w**2).sum() for w in ws)),
        "L1": (reg.l1_penalty, lambda ws: 0.1 * sum(w.abs().sum() for w in ws)),
    }
    for name, (mine, formula) in formulas.items():

        def ours(mine: Any = mine) -> list[Any]:
            leaves = [Tensor(a.copy(), requires_grad=True) for a in arrays]
            value = mine(leaves, 0.1)
            value.backward()
            return [value.data, *(leaf.grad for leaf in leaves)]

        def on_torch(apply: Any) -> list[Any]:
            leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
            value = apply(leaves)
            value.backward()
            return [value.item(), *(np.asarray(leaf.grad) for leaf in leaves)]

        reference = lambda formula=formula: on_torch(formula)  # noqa: E731
        yield Case(f"{name}, NumPy", ours, reference)
        yield Case(f"{name}, torch", lambda mine=mine: on_torch(lambda ws: mine(ws, 0.1)), reference)


@proof.check(
    "L1 and L2 penalties with gradients, float64",
    tolerance=1e-14,
    reason="sums of 40 terms",
    reference="torch.autograd of the formulas",
)
def _penalties64() -> Iterator[Case]:
    return _penalties(np.float64)


@proof.check(
    "L1 and L2 penalties with gradients, float32",
    tolerance=1e-6,
    reason="sums of 40 terms",
    reference="torch.autograd of the formulas",
)
def _penalties32() -> Iterator[Case]:
    return _penalties(np.float32)


@proof.check(
    "max-norm constraint",
    tolerance=1e-6,
    reason="torch.renorm divides by the norm plus 1e-7",
    reference="torch.renorm",
)
def _max_norm() -> Iterator[Case]:
    import torch

    w = np.random.default_rng(1).normal(size=(5, 7)) * np.geomspace(0.1, 10, 7)
    for axis in (0, 1):
        for world in (np.array, torch.tensor):

            def ours(axis: int = axis, world: Any = world) -> np.ndarray:
                copy = world(w)
                reg.max_norm_(copy, 2.0, axis=axis)
                return np.asarray(copy)

            yield Case(
                f"axis {axis}, {'NumPy' if world is np.array else 'torch'}",
                ours,
                lambda axis=axis: torch.renorm(torch.tensor(w), 2, axis, 2.0).numpy(),
            )


@proof.check(
    "training with groups that decay",
    tolerance=1e-12,
    reason="the same 30 steps of torch's AdamW on the same state",
    reference="torch.optim.AdamW with groups written by hand",
)
def _groups() -> Iterator[Case]:
    yield Case("two layers, one norm", lambda: _train(True), lambda: _train(False))


def _train(ours: bool) -> list[np.ndarray]:
    import torch

    rng = torch.Generator().manual_seed(5)
    net = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.LayerNorm(6), torch.nn.Linear(6, 2)).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=rng, dtype=torch.float64))
    weights, rest = [net[0].weight, net[2].weight], [net[0].bias, net[1].weight, net[1].bias, net[2].bias]
    groups = [{"params": weights, "weight_decay": 0.3}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(reg.decay_groups(net, 0.3) if ours else groups, lr=0.05)
    x, y = (torch.randn(8, n, generator=rng, dtype=torch.float64) for n in (4, 2))
    for _ in range(30):
        optimizer.zero_grad()
        (net(x) - y).square().mean().backward()
        optimizer.step()
    return [p.detach().numpy() for p in net.parameters()]

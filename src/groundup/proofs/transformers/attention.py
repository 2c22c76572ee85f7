"""groundup.transformers.attention beside torch's scaled_dot_product_attention: values and gradients, in every world."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.neural.autograd import Tensor
from groundup.proofs.core import Case, Proof
from groundup.transformers.attention import (
    attention,
    attention_backward,
    causal_mask,
    document_mask,
    padding_mask,
    window_mask,
)

__all__ = ["SHAPES", "by_hand", "inputs", "masks", "proof", "theirs", "through"]

proof = Proof(
    "groundup.transformers.attention", reference="torch.nn.functional.scaled_dot_product_attention", needs=("torch",)
)

# leading axes, T queries, S keys, key width, value width
SHAPES = [
    ((), 1, 1, 1, 1),
    ((), 5, 7, 4, 3),
    ((2,), 6, 6, 8, 8),
    ((2, 3), 4, 9, 16, 5),
    ((1, 2), 33, 64, 32, 32),
]


def inputs(shape: tuple, dtype: type, spread: float = 1.0, seed: int = 7) -> tuple[np.ndarray, ...]:
    """q, k and v."""
    lead, t, s, d, e = shape
    rng = np.random.default_rng(seed)
    return tuple((spread * rng.normal(size=(*lead, n, w))).astype(dtype) for n, w in ((t, d), (s, d), (s, e)))


def masks(T: int, S: int) -> dict[str, np.ndarray | None]:
    """One of every form; the scattered one has a row without any True."""
    scattered = np.random.default_rng(3).random((T, S)) < 0.5
    scattered[0] = False
    out = {
        "no mask": None,
        "causal": causal_mask(T, S),
        "window of 3": window_mask(T, 3, S),
        "padding": padding_mask(max(1, S // 2), S),
        "scattered, one row empty": scattered,
    }
    if T == S:
        out["documents"] = document_mask(np.repeat([0, 1, -1], [T - T // 2 - T // 4, T // 2, T // 4]))
    return out


def _upstream(shape: tuple, dtype: Any) -> np.ndarray:
    return np.random.default_rng(8).normal(size=shape).astype(dtype)


def by_hand(qkv: tuple[np.ndarray, ...], **options: Any) -> list[np.ndarray]:
    """Value and gradients of arrays, the latter by `attention_backward`."""
    q, k, v = qkv
    out, weights = attention(q, k, v, **options)
    return [out, *attention_backward(_upstream(out.shape, out.dtype), q, k, v, weights, options.get("scale"))]


def through(world: str, qkv: tuple[np.ndarray, ...], **options: Any) -> list[np.ndarray]:
    """Value and gradients through our tensors or torch's; with a bias, its gradient too."""
    if world == "torch":
        return theirs(qkv, function=lambda *x, **o: attention(*x, **o)[0], **options)
    leaves = [Tensor(x.copy(), requires_grad=True) for x in qkv]
    bias = options.pop("bias", None)
    if bias is not None:
        leaves.append(options.setdefault("bias", Tensor(bias.copy(), requires_grad=True)))
    out = attention(*leaves[:3], **options)[0]
    out.backward(_upstream(out.shape, out.dtype))
    return [out.data, *(np.asarray(leaf.grad) for leaf in leaves)]


def _sdpa(q: Any, k: Any, v: Any, mask: Any = None, bias: Any = None, scale: float | None = None) -> Any:
    import torch

    given = None if mask is None else torch.as_tensor(mask)
    if bias is not None:
        given = bias if given is None else bias.masked_fill(~given, -torch.inf)
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=given, scale=scale)


def theirs(qkv: tuple[np.ndarray, ...], function: Callable[..., Any] = _sdpa, **options: Any) -> list[np.ndarray]:
    """The same by torch and its autograd."""
    import torch

    leaves = [torch.tensor(x, requires_grad=True) for x in qkv]
    if options.get("bias") is not None:
        options["bias"] = torch.tensor(options["bias"], requires_grad=True)
        leaves.append(options["bias"])
    out = function(*leaves[:3], **options)
    out.backward(torch.tensor(_upstream(tuple(out.shape), out.detach().numpy().dtype)))
    return [out.detach().numpy(), *(np.asarray(leaf.grad) for leaf in leaves)]


def _beside_one(mine: list[np.ndarray], other: list[np.ndarray]) -> float:
    """Largest difference beside 1: where a row sees one key alone, the gradient of the scores is 0 and rounding."""
    return max(float(np.abs(a - b).max() / max(1.0, np.abs(b).max())) for a, b in zip(mine, other, strict=True))


def every_mask(
    shapes: list[Any], worlds: dict[str, Callable[..., list[np.ndarray]]], dtype: type, spread: float = 1.0
) -> Iterator[Case]:
    """Value and gradients under every mask, of every way to compute them, beside torch's."""
    for shape in shapes:
        qkv = inputs(shape, dtype, spread)
        for name, mask in masks(*shape[1:3]).items():
            for world, mine in worlds.items():
                yield Case(
                    f"{shape}, {name}, {world}",
                    partial(mine, qkv, mask=mask),
                    partial(theirs, qkv, mask=mask),
                    error=_beside_one,
                )


WORLDS: dict[str, Callable[..., list[np.ndarray]]] = {
    "by hand": by_hand,
    "NumPy": partial(through, "NumPy"),
    "torch": partial(through, "torch"),
}


@proof.check(
    "every mask: value and gradients, float64", tolerance=1e-12, reason="roundings of 1e-16 in sums of up to 64"
)
def _float64() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float64)


@proof.check("every mask: value and gradients, float32", tolerance=1e-5, reason="roundings of 6e-8 in sums of up to 64")
def _float32() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float32)


@proof.check(
    "scores of about 10,000, float64",
    tolerance=1e-9,
    reason="an exponent of 10,000 is rounded by 1e-12; gradients have factors of 100",
)
def _huge() -> Iterator[Case]:
    return every_mask(SHAPES, WORLDS, np.float64, spread=100.0)


@proof.check(
    "bias, its gradient, and the scale", tolerance=1e-12, reason="roundings of 1e-16 in sums of up to 64 terms"
)
def _bias() -> Iterator[Case]:
    for shape in SHAPES[1:]:
        qkv, rng = inputs(shape, np.float64), np.random.default_rng(4)
        for lead in ((), shape[0]):
            bias = rng.normal(size=(*lead, *shape[1:3]))
            for name, mask in masks(*shape[1:3]).items():
                for world in ("NumPy", "torch"):
                    options = {"mask": mask, "scale": 0.3}
                    yield Case(
                        f"{shape}, bias {bias.shape}, {name}, {world}",
                        lambda w=world, x=qkv, b=bias, o=options: through(w, x, bias=b, **o),
                        lambda x=qkv, b=bias, o=options: theirs(x, bias=b, **o),
                        error=_beside_one,
                    )


@proof.check(
    "causal, more keys than queries",
    tolerance=1e-12,
    reason="roundings of 1e-16",
    reference="torch's bottom-right causal bias",
)
def _causal() -> Iterator[Case]:
    import torch
    from torch.nn.attention.bias import causal_lower_right

    for T, S in ((5, 5), (1, 6), (4, 9), (7, 8)):
        mask = causal_lower_right(T, S)
        qkv = inputs(((2, 3), T, S, 8, 8), np.float64)
        yield Case(
            f"{T} queries, {S} keys",
            partial(through, "torch", qkv, causal=True),
            partial(theirs, qkv, partial(torch.nn.functional.scaled_dot_product_attention, attn_mask=mask)),
            error=_beside_one,
        )


@proof.check("second derivatives", tolerance=1e-10, reason="roundings of 1e-16, once more through the backward pass")
def _second() -> Iterator[Case]:
    import torch

    def twice(function: Callable[..., Any], qkv: tuple[np.ndarray, ...], mask: Any) -> list[np.ndarray]:
        leaves = [torch.tensor(x, requires_grad=True) for x in qkv]
        first = torch.autograd.grad(function(*leaves, mask=mask).square().sum(), leaves, create_graph=True)
        loss = sum(((g**2).sum() for g in first), torch.zeros(()))
        return [g.numpy() for g in torch.autograd.grad(loss, leaves)]

    from torch.nn.attention import SDPBackend, sdpa_kernel

    def ours(q: Any, k: Any, v: Any, mask: Any) -> Any:
        return attention(q, k, v, mask)[0]

    def reference(q: Any, k: Any, v: Any, mask: Any) -> Any:
        with sdpa_kernel(SDPBackend.MATH):  # the fused kernel has no second derivative
            return _sdpa(q, k, v, mask)

    for shape in SHAPES[1:4]:
        qkv = inputs(shape, np.float64)
        for name, mask in masks(*shape[1:3]).items():
            yield Case(
                f"{shape}, {name}",
                lambda x=qkv, m=mask: twice(ours, x, m),
                lambda x=qkv, m=mask: twice(reference, x, m),
                error=_beside_one,
            )


@proof.check("half precision", tolerance=2e-2, reason="bfloat16 has 3 digits; the softmax is computed in float32")
def _half() -> Iterator[Case]:
    import torch

    for half in (torch.bfloat16, torch.float16):
        for shape in SHAPES[1:]:
            q, k, v = (torch.tensor(x).to(half) for x in inputs(shape, np.float32))
            yield Case(
                f"{shape}, {half}",
                lambda q=q, k=k, v=v: attention(q, k, v)[0].float().numpy(),
                lambda q=q, k=k, v=v: _sdpa(q, k, v).float().numpy(),
            )

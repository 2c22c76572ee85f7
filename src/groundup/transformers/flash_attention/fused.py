"""`flash_attention`: the tiles of `online`, compiled, for arrays, our tensors and torch's."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from groundup.checks import check_count
from groundup.neural.autograd.engine import unbroadcast
from groundup.neural.autograd.tensor import Tensor, record
from groundup.transformers.attention import _worlds
from groundup.transformers.flash_attention import _flash_kernels as kernels

__all__ = ["Plan", "flash_attention", "plan"]

LANES = 16  # the fewest queries that are computed together


class Plan(NamedTuple):
    """What the kernels need besides q, k and v.

    Attributes
    ----------
    lead : tuple of int
        Leading axes of the output.
    k_of, v_of : arrays of int, shape (N,)
        Which keys and values each head reads.
    mask, mask_of, bias, bias_of : ndarrays
    causal : bool
    scale : float
    block : tuple of int
        Queries and keys of a tile.
    """

    lead: tuple[int, ...]
    k_of: np.ndarray
    v_of: np.ndarray
    mask: np.ndarray
    mask_of: np.ndarray
    bias: np.ndarray
    bias_of: np.ndarray
    causal: bool
    scale: float
    block: tuple[int, int]


def _heads(x: np.ndarray | None, lead: tuple[int, ...], dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """x with its leading axes as one, and which of them each of the N heads uses: broadcasting copies nothing."""
    if x is None:
        return np.zeros((1, 0, 0), dtype), np.zeros(prod(lead), np.int64)
    x = np.atleast_2d(x)
    return _flat(x.astype(dtype, copy=False)), _users(x.shape[:-2], lead)


def _users(own: tuple[int, ...], lead: tuple[int, ...]) -> np.ndarray:
    """Which of the entries of the leading axes `own` each of the N heads uses."""
    return np.array(np.broadcast_to(np.arange(prod(own)).reshape(own), lead)).reshape(-1)


def plan(
    q: Any, k: Any, v: Any, mask: Any, causal: bool, bias: Any, scale: float | None, block: tuple[int, int]
) -> Plan:
    """Check what was given (arrays) and lay it out."""
    for name, size in zip(("queries", "keys"), block, strict=True):
        check_count(f"block of {name}", size)
    shape = _worlds.shape_of_scores(q, k, v)
    mask = _worlds.allowed(mask, False, shape, q)
    bias = None if bias is None else _worlds.fitting_bias(bias, shape)
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    lanes = min(block[0], -(-max(q.shape[-2], 1) // LANES) * LANES)  # a single query does not pay for 128
    return Plan(
        lead,
        _users(k.shape[:-2], lead),
        _users(v.shape[:-2], lead),
        *_heads(mask, lead, np.bool_),
        *_heads(bias, lead, q.dtype),
        causal,
        _worlds.scale_of(scale, q),
        (lanes, block[1]),
    )


def _flat(x: np.ndarray, lead: tuple[int, ...] | None = None) -> np.ndarray:
    """(heads, length, width), contiguous; with `lead` one for each head of the output."""
    if lead is not None and x.shape[:-2] != lead:
        x = np.broadcast_to(x, (*lead, *x.shape[-2:]))
    # a read-only array is another type to Numba, for which everything would be compiled once more
    x = np.ascontiguousarray(x) if x.flags.writeable else np.array(x, order="C")
    return x.reshape(prod(x.shape[:-2]), *x.shape[-2:])


def forwards(q: np.ndarray, k: np.ndarray, v: np.ndarray, p: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Output and logarithms of the sums, both with the heads as one axis."""
    rest = (p.k_of, p.v_of, p.mask, p.mask_of, p.bias, p.bias_of, p.causal, q.dtype.type(p.scale), *p.block)
    return kernels.forward(_flat(q, p.lead), _flat(k), _flat(v), *rest)


def backwards(
    g: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, out: np.ndarray, log_sum: np.ndarray, p: Plan
) -> list[np.ndarray]:
    """d_q, d_k, d_v in the shapes of q, k, v."""
    rest = (p.k_of, p.v_of, p.mask, p.mask_of, p.bias, p.bias_of, p.causal, q.dtype.type(p.scale), *p.block)
    given = (_flat(g), _flat(q, p.lead), _flat(k), _flat(v), out, log_sum)
    return [
        unbroadcast(d.reshape(*p.lead, *x.shape[-2:]), x.shape)
        for d, x in zip(kernels.backward(*given, *rest), (q, k, v), strict=True)
    ]


def flash_attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    bias: Any = None,
    scale: float | None = None,
    block: tuple[int, int] = (128, 64),
) -> Any:
    """softmax(scale · q kᵀ + bias) v without the weights, exactly; gradients flow into q, k and v.

    Parameters
    ----------
    q, k, v, mask, causal, scale
        As for `groundup.transformers.attention.attention`. Tiles that lie ahead of all their queries are not computed
        when `causal`; torch tensors must be on the CPU.
    bias : floats broadcastable to (..., T, S), optional
        A constant: `attention` has its gradient, which is as large as the weights.
    block : (int, int)
        Queries and keys of a tile. Memory for a tile is of the order of their product.

    Returns
    -------
    array, Tensor or torch.Tensor of shape (..., T, e)
        As `attention` returns it first; numbers of 16 bits are computed in float32.

    Raises
    ------
    ValueError
        As for `attention`, and if the bias requires a gradient or a block is below 1.
    TypeError
        As for `attention`, and for torch tensors on another device.

    Notes
    -----
    Parallel over heads and blocks of queries forwards, over heads backwards, with as many threads as Numba is given
    (`groundup.threads.thread_limit`). Float32 weights below 1e-38 are 0.
    """
    q, k, v, bias = _worlds.together(q, k, v, bias)
    if bias is not None and getattr(bias, "requires_grad", False):
        raise ValueError("bias requires a gradient, which flash_attention does not compute; use attention")
    if _worlds.is_torch(q):
        from groundup.transformers.flash_attention import _torch

        return _torch.flash_attention(q, k, v, mask, causal, bias, scale, block)
    bias = bias.data if isinstance(bias, Tensor) else bias
    if not isinstance(q, Tensor):
        wide = _wide(q, k, v)
        out = forwards(*wide, plan(*wide, mask, causal, bias, scale, block))[0]
        return out.reshape(*_lead(q, k, v), *out.shape[1:]).astype(np.result_type(q, k, v), copy=False)
    return _recorded(q, k, v, mask, causal, bias, scale, block)


def _lead(*xs: Any) -> tuple[int, ...]:
    return np.broadcast_shapes(*(tuple(x.shape[:-2]) for x in xs))


def _wide(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In one dtype that the kernels know, float32 or float64."""
    dtype = np.result_type(q, k, v, np.float32)
    return q.astype(dtype, copy=False), k.astype(dtype, copy=False), v.astype(dtype, copy=False)


def _recorded(q: Tensor, k: Tensor, v: Tensor, mask: Any, causal: bool, bias: Any, scale: Any, block: Any) -> Tensor:
    """With the gradient for our tensors: all three at once, when the first is asked for."""
    wide = _wide(q.data, k.data, v.data)
    p = plan(*wide, mask, causal, bias, scale, block)
    out, log_sum = forwards(*wide, p)
    found: dict[int, np.ndarray] = {}

    def part(which: int) -> Any:
        def vjp(g: np.ndarray) -> np.ndarray:
            if which not in found:
                found.update(enumerate(backwards(g.astype(out.dtype, copy=False), *wide, out, log_sum, p)))
            return found.pop(which)

        return vjp

    edges = tuple((x, part(i)) for i, x in enumerate((q, k, v)))
    value = out.reshape(*p.lead, *out.shape[1:]).astype(np.result_type(q.data, k.data, v.data), copy=False)
    return record(value, "flash_attention", edges, reads=(q, k, v), reads_result=value is out or value.base is out)

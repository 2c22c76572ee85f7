"""`flash_attention`: the tiles of `online`, compiled, for arrays, our tensors and torch's."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import prod
from typing import Any, NamedTuple

import numba
import numpy as np

from groundup.neural.autograd.engine import unbroadcast
from groundup.neural.autograd.tensor import Tensor, record
from groundup.transformers.attention import _worlds
from groundup.transformers.flash_attention import _flash_kernels as kernels
from groundup.transformers.flash_attention.online import check_block

__all__ = ["Plan", "flash_attention", "plan"]

LANES = 16  # the fewest queries that are computed together
PIECE = 1_000_000  # multiplications: below, a thread costs more than it saves


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

    def numbers(self, q: np.ndarray, k: np.ndarray) -> tuple[Any, ...]:
        """The kernels' arguments between inputs and outputs; by `last`, query i sees keys j ≤ last + i."""
        T, S = q.shape[-2], k.shape[-2]
        last = S - T if self.causal else S + T
        parts = (self.k_of, self.v_of, self.mask, self.mask_of, self.bias, self.bias_of)
        return *parts, last, q.dtype.type(self.scale), *self.block


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
    queries, keys = check_block(block)
    shape = _worlds.shape_of_scores(q, k, v)
    mask = _worlds.allowed(mask, False, shape, q)
    bias = None if bias is None else _worlds.fitting_bias(bias, shape)
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    lanes = min(queries, -(-max(q.shape[-2], 1) // LANES) * LANES)  # a single query does not pay for 128
    return Plan(
        lead,
        _users(k.shape[:-2], lead),
        _users(v.shape[:-2], lead),
        *_heads(mask, lead, np.bool_),
        *_heads(bias, lead, q.dtype),
        causal,
        _worlds.scale_of(scale, q),
        (lanes, keys),
    )


def _flat(x: np.ndarray, lead: tuple[int, ...] | None = None) -> np.ndarray:
    """(heads, length, width), contiguous; with `lead` one for each head of the output."""
    if lead is not None and x.shape[:-2] != lead:
        x = np.broadcast_to(x, (*lead, *x.shape[-2:]))
    # a read-only array is another type to Numba, for which everything would be compiled once more
    x = np.ascontiguousarray(x) if x.flags.writeable else np.array(x, order="C")
    return x.reshape(prod(x.shape[:-2]), *x.shape[-2:])


def _threads(multiplications: int) -> int:
    """How many threads to start: those that Numba and torch may use, if there is work for them."""
    torch = sys.modules.get("torch")
    limit = min(numba.get_num_threads(), torch.get_num_threads() if torch else sys.maxsize)
    return max(1, min(limit, multiplications // PIECE))


def _run(kernel: Callable[..., None], count: int, *given: Any) -> None:
    """The kernel's share `first` of `count`, for every first, in threads of their own."""
    if count == 1:
        return kernel(0, 1, *given)
    with ThreadPoolExecutor(count) as pool:
        for share in [pool.submit(kernel, first, count, *given) for first in range(count)]:
            share.result()


def forwards(q: np.ndarray, k: np.ndarray, v: np.ndarray, p: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Output and logarithms of the sums, both with the heads as one axis."""
    q, k, v = _flat(q, p.lead), _flat(k), _flat(v)
    (N, T, d), (S, e) = q.shape, v.shape[1:]
    out, log_sum = np.empty((N, T, e), q.dtype), np.empty((N, T), q.dtype)
    _run(kernels.forward, _threads(N * T * S * (d + e)), q, k, v, *p.numbers(q, k), out, log_sum)
    return out, log_sum


def backwards(
    g: np.ndarray,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    out: np.ndarray,
    log_sum: np.ndarray,
    p: Plan,
    bias: tuple[int, ...] | None = None,
) -> list[np.ndarray]:
    """d_q, d_k, d_v in the shapes of q, k, v; and that of a bias, if its shape is given."""
    shapes = q.shape, k.shape, v.shape
    g, q, k, v = _flat(g), _flat(q, p.lead), _flat(k), _flat(v)
    (N, T, d), (S, e) = q.shape, v.shape[1:]
    d_q, d_k, d_v = np.empty_like(q), np.zeros((N, S, d), q.dtype), np.zeros((N, S, e), q.dtype)
    d_bias, users, turn = _room_for_bias(p, bias is not None)
    grads, count = (d_q, d_k, d_v, d_bias), _threads(N * T * S * (2 * d + 2 * e))
    _run(kernels.backward, count, turn, g, q, k, v, out, log_sum, *p.numbers(q, k), *grads, users)
    found = [unbroadcast(d.reshape(*p.lead, *shape[-2:]), shape) for d, shape in zip(grads[:3], shapes, strict=True)]
    if bias is not None:
        axes = (1, 1, *bias)[-2:]
        lead = bias[:-2] if len(d_bias) == len(p.bias) else p.lead
        found.append(unbroadcast(d_bias.reshape(*lead, *axes), (*bias[:-2], *axes)).reshape(bias))
    return found


def _room_for_bias(p: Plan, wanted: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the bias's gradient is summed, which of its entries each head adds to, and the turns of the heads.

    A bias that is constant along T or S is small: each head has a sum of its own. A whole (T, S) is there as often as
    in the bias itself, and the heads that share one take turns.
    """
    heads = np.arange(len(p.bias_of))
    if not wanted:
        return np.zeros((1, 0, 0), p.bias.dtype), np.zeros_like(heads), heads
    if 1 in p.bias.shape[1:]:
        return np.zeros((len(heads), *p.bias.shape[1:]), p.bias.dtype), heads, heads
    return np.zeros_like(p.bias), p.bias_of, p.bias_of


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
    """softmax(scale · q kᵀ + bias) v without the weights, exactly; gradients flow into q, k, v and the bias.

    Parameters
    ----------
    q : floats of shape (..., T, d)
        Queries: arrays, our `Tensor` or torch tensors on the CPU; k and v are of the same kind.
    k, v : floats of shapes (..., S, d) and (..., S, e)
        Keys and values. Leading axes (batch, heads) are broadcast without a copy: to let groups of heads share their
        keys, give q as (B, g, h / g, T, d), k and v as (B, g, 1, S, ·).
    mask : bool broadcastable to (..., T, S), optional
        True where a query may look. Tiles into which no query may look are not computed.
    causal : bool
        Whether queries may not look ahead. They are the last T of the S positions: query i sees keys up to S - T + i,
        and tiles beyond are not computed. Together with a mask both must allow.
    bias : floats broadcastable to (..., T, S), optional
        Added to the scores. Its gradient is summed over the axes along which it is broadcast and takes the room of
        the bias, or of N T or N S numbers for N heads where it is constant along the keys or the queries.
    scale : float, optional
        1/√d by default.
    block : (int, int)
        Queries and keys of a tile. Memory for a tile is of the order of their product.

    Returns
    -------
    array, Tensor or torch.Tensor of shape (..., T, e)
        As `groundup.transformers.attention.attention` returns it first, in the dtype of the inputs (arrays of several
        dtypes in the widest); numbers of 16 bits are computed in float32. A query that may look at nothing reads
        zeros and passes nothing back.

    Raises
    ------
    ValueError
        If shapes, mask or bias do not fit, the scale is negative or a block is below 1.
    TypeError
        If q, k and v are of several kinds or (torch) dtypes or on another device, the mask is not bool, the bias is
        bool, or block is no pair of whole numbers.

    Notes
    -----
    Forwards: equations (1) to (3) of `online` (Milakov & Gimelshein 2018, algorithm 3; Dao et al. 2022, algorithm 1).
    Backwards: (4) and (5) (Dao et al. 2022, algorithm 4), queries in the outer loop (Dao 2023). Only the output and
    one number a query are kept in between.

    As many threads as Numba and torch are given (`groundup.threads.thread_limit`), over heads and blocks of queries
    forwards, over heads backwards; heads that share a bias of (T, S) whose gradient is wanted go one after the other.
    The result does not depend on their number. Float32 weights below 1e-38 are 0.

    Examples
    --------
    >>> q = np.ones((1, 2, 4, 3), np.float32)  # 2 heads of 4 queries
    >>> k, v = np.ones((1, 1, 6, 3), np.float32), np.arange(6, dtype=np.float32).reshape(1, 1, 6, 1)  # shared
    >>> flash_attention(q, k, v, causal=True)[0, 0, :, 0]
    array([1. , 1.5, 2. , 2.5], dtype=float32)
    """
    q, k, v, bias = _worlds.together(q, k, v, bias)
    if _worlds.is_torch(q):
        from groundup.transformers.flash_attention import _torch

        return _torch.flash_attention(q, k, v, mask, causal, bias, scale, block)
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


def _recorded(
    q: Tensor, k: Tensor, v: Tensor, mask: Any, causal: bool, bias: Tensor | None, scale: Any, block: Any
) -> Tensor:
    """With the gradient for our tensors: all at once, when the first is asked for."""
    wide = _wide(q.data, k.data, v.data)
    p = plan(*wide, mask, causal, None if bias is None else bias.data, scale, block)
    out, log_sum = forwards(*wide, p)
    leaves = (q, k, v) if bias is None else (q, k, v, bias)
    learned = None if bias is None or not bias.requires_grad else bias.shape
    found: dict[int, np.ndarray] = {}

    def part(which: int) -> Any:
        def vjp(g: np.ndarray) -> np.ndarray:
            if which not in found:
                grads = backwards(g.astype(out.dtype, copy=False), *wide, out, log_sum, p, learned)
                found.update((i, d) for i, d in enumerate(grads) if leaves[i].requires_grad)
            return found.pop(which)

        return vjp

    edges = tuple((x, part(i)) for i, x in enumerate(leaves))
    value = out.reshape(*p.lead, *out.shape[1:]).astype(np.result_type(q.data, k.data, v.data), copy=False)
    return record(value, "flash_attention", edges, reads=leaves, reads_result=value is out or value.base is out)

"""Several heads beside each other, as a function on arrays, our `Tensor` and torch.

With h heads of width d = m / h, X (T, m) and a memory M (S, m), which is X itself in self-attention:

    Q_i = X W_Q^i,   K_i = M W_K^i,   V_i = M W_V^i                        i = 1 ... h
    head_i = softmax(Q_i K_i^T / √d) V_i                                   (Vaswani et al. 2017, section 3.2.2)
    out = [head_1 ... head_h] W_O

The matrices of all heads stand side by side in one, so that there are four products of width m, and reshaping makes
the heads. With `kv_heads` = g < h, heads share keys and values in groups of h / g neighbours: grouped-query attention
(Ainslie et al. 2023); g = 1 is multi-query attention (Shazeer 2019).

Shapes: B batch, T queries, S keys, m model width, h heads, g heads of keys and values, d width of a head.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor
from groundup.transformers.attention import attention
from groundup.transformers.self_attention import rotate
from groundup.transformers.self_attention._checks import values

__all__ = ["check_head_mask", "check_heads", "merge_heads", "multi_head_attention", "repeat_heads", "split_heads"]


def check_heads(width: int, heads: int, kv_heads: int | None) -> int:
    """The number of heads of keys and values; raises unless heads divide the width and their number the heads'."""
    check_count("heads", heads)
    kv_heads = heads if kv_heads is None else kv_heads
    check_count("kv_heads", kv_heads)
    if width % heads:
        raise ValueError(f"heads must divide the width, {width}; got {heads}")
    if heads % kv_heads:
        raise ValueError(f"kv_heads must divide heads, {heads}; got {kv_heads}")
    return kv_heads


def split_heads(x: Any, heads: int) -> Any:
    """(..., T, heads · d) to (..., heads, T, d): neighbouring columns belong to one head."""
    *lead, T, width = x.shape
    return _swapped(x.reshape((*lead, T, heads, width // heads)))


def merge_heads(x: Any) -> Any:
    """(..., heads, T, d) to (..., T, heads · d), the inverse of `split_heads`."""
    *lead, heads, T, d = x.shape
    return _swapped(x).reshape((*lead, T, heads * d))


def _swapped(x: Any) -> Any:
    return np.swapaxes(x, -3, -2) if isinstance(x, np.ndarray) else x.transpose(-3, -2)


def repeat_heads(x: Any, times: int) -> Any:
    """(..., g, S, d) to (..., g · times, S, d): each head stands `times` times in a row."""
    if times == 1:
        return x
    *lead, g, S, d = x.shape
    if is_torch(x):
        return x.repeat_interleave(times, -3)
    if isinstance(x, Tensor):
        return x[..., :, None, :, :].broadcast_to((*lead, g, times, S, d)).reshape((*lead, g * times, S, d))
    return np.repeat(x, times, -3)


def multi_head_attention(
    x: Any,
    memory: Any,
    w_q: Any,
    w_k: Any,
    w_v: Any,
    w_o: Any,
    heads: int,
    kv_heads: int | None = None,
    *,
    biases: Sequence[Any] = (None, None, None, None),
    mask: Any = None,
    causal: bool = False,
    bias: Any = None,
    rope: tuple[Any, Any] | None = None,
    layout: str = "half",
    head_mask: Any = None,
) -> tuple[Any, Any]:
    """What the positions of x read from a memory, through several heads.

    Parameters
    ----------
    x : array, Tensor or torch.Tensor of shape (..., T, m)
    memory : of shape (..., S, m), or None
        Where keys and values come from; None: x itself.
    w_q : of shape (m, h · d)
    w_k, w_v : of shape (m, g · d)
    w_o : of shape (h · d, n)
    heads, kv_heads : int
        h and g; g is h by default, and divides it.
    biases : four vectors or Nones
        Added to queries, keys, values and the result.
    mask : bool, broadcastable to (..., h, T, S), optional
        True where a position may look.
    causal : bool
        Whether queries may not look ahead; they are the last T of the S positions.
    bias : broadcastable to (..., h, T, S), optional
        Added to the scores, as by `alibi_bias`.
    rope : (cos, sin), optional
        From `rope_tables` with width d.
    layout : {"half", "pairs"}
    head_mask : of shape (h,), optional
        Factor on what each head read: 0 takes a head out.

    Returns
    -------
    out : of shape (..., T, n)
        Of the kind that came in.
    weights : of shape (..., h, T, S)

    Raises
    ------
    ValueError
        If numbers of heads do not divide, or shapes do not fit.
    TypeError
        If some arguments are torch's and some are not.
    """
    x, w_q, w_k, w_v, w_o = (values(w) for w in (x, w_q, w_k, w_v, w_o))
    memory = x if memory is None else values(memory)
    kv_heads = _check(x, memory, heads, kv_heads, w_q, w_k, w_v, w_o)
    b_q, b_k, b_v, b_o = _intercepts(biases, (w_q, w_k, w_v, w_o))
    q = split_heads(_linear(x, w_q, b_q), heads)
    k, v = (split_heads(_linear(memory, w, b), kv_heads) for w, b in ((w_k, b_k), (w_v, b_v)))
    if rope is not None:
        q, k = rotate(q, *rope, layout=layout), rotate(k, *rope, layout=layout)
    k, v = repeat_heads(k, heads // kv_heads), repeat_heads(v, heads // kv_heads)
    read, weights = attention(q, k, v, mask, causal=causal, bias=bias)
    if head_mask is not None:
        read = read * check_head_mask(head_mask, heads)
    return _linear(merge_heads(read), w_o, b_o), weights


def check_head_mask(head_mask: Any, heads: int) -> Any:
    """The factors, to be multiplied with (..., heads, T, d)."""
    head_mask = values(head_mask)
    if tuple(head_mask.shape) != (heads,):
        raise ValueError(f"head_mask must have shape ({heads},); got {tuple(head_mask.shape)}")
    return head_mask.reshape((heads, 1, 1))


def _linear(x: Any, w: Any, b: Any) -> Any:
    return x @ w if b is None else x @ w + b


def _intercepts(biases: Sequence[Any], maps: Sequence[Any]) -> list[Any]:
    """The four biases: None, or a vector as long as its map has columns."""
    if biases is None or len(biases) != 4:
        raise ValueError(
            f"biases must be four, for w_q, w_k, w_v and w_o; got {None if biases is None else len(biases)}"
        )
    found = [None if b is None else values(b) for b in biases]
    for name, b, w in zip(("w_q", "w_k", "w_v", "w_o"), found, maps, strict=True):
        if b is not None and tuple(b.shape) != (w.shape[-1],):
            raise ValueError(f"the bias of {name} must have shape ({w.shape[-1]},); got {tuple(b.shape)}")
    return found


def _check(x: Any, memory: Any, heads: int, kv_heads: int | None, w_q: Any, w_k: Any, w_v: Any, w_o: Any) -> int:
    if len({is_torch(each) for each in (x, memory, w_q, w_k, w_v, w_o)}) > 1:
        kinds = [type(each).__name__ for each in (x, memory, w_q, w_k, w_v, w_o)]
        raise TypeError(f"x, memory and the maps must all be torch's or none of them; got {', '.join(kinds)}")
    if x.ndim < 2 or memory.ndim < 2:
        raise ValueError(
            f"x and memory must have shapes (..., T, m) and (..., S, m); got {tuple(x.shape)}, {tuple(memory.shape)}"
        )
    kv_heads = check_heads(w_q.shape[-1], heads, kv_heads)
    shared = w_q.shape[-1] // heads * kv_heads
    wanted = {
        "w_q": (w_q, (x.shape[-1], w_q.shape[-1])),
        "w_k": (w_k, (memory.shape[-1], shared)),
        "w_v": (w_v, (memory.shape[-1], shared)),
        "w_o": (w_o, (w_q.shape[-1], w_o.shape[-1])),
    }
    for name, (w, shape) in wanted.items():
        if tuple(w.shape) != shape:
            raise ValueError(f"{name} must have shape {shape}; got {tuple(w.shape)}")
    return kv_heads

"""The online softmax, and attention in tiles: every step in plain NumPy.

A softmax needs its row's maximum m and sum ℓ before it can give a single weight, and a row has S scores. But both can
be carried along while the scores come block by block, and so can the weighted sum of values o. With m, ℓ, o of what
came so far, and a block of scores s with values v:

    m' = max(m, max s)                                                                                  (1)
    ℓ' = e^(m - m') ℓ + Σ_j e^(s_j - m')                                                                (2)
    o' = e^(m - m') o + Σ_j e^(s_j - m') v_j                                                            (3)

The factor e^(m - m') makes good for the maximum that was believed before. At the end the output is o / ℓ. All that is
kept of a row for the way back is the logarithm of its sum of exponentials,

    λ = m + ln ℓ ,    so that    a_j = e^(s_j - λ)                                                      (4)

can be computed again, tile by tile. With G = ∂L/∂O, the sum that the softmax rule subtracts is one number a row,

    D_i = Σ_j a_ij (G Vᵀ)_ij = Σ_c G_ic O_ic ,    ∂L/∂S = A ∘ (G Vᵀ - D)                                (5)

because Σ_j a_ij v_j is the output itself: no row of A is needed whole. A bias is added to the scores, so its gradient
is ∂L/∂S, summed over the axes along which it was broadcast. (1) and (2): Milakov & Gimelshein 2018, algorithm 3. (3):
Rabe & Staats 2021; Dao et al. 2022, algorithm 1. (4), (5): Dao et al. 2022, algorithm 4, appendix B.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural.autograd.engine import unbroadcast
from groundup.transformers.attention import _worlds

__all__ = ["OnlineSoftmax", "check_block", "tiled_attention", "tiled_attention_backward", "tiles"]


class OnlineSoftmax:
    """Rows of a softmax, and the values that they weigh, while the scores arrive in blocks.

    Parameters
    ----------
    rows : tuple of int
        Shape (..., T) of the rows.
    width : int
        Width e of the values.
    dtype : NumPy dtype

    Attributes
    ----------
    top : ndarray of shape (..., T)
        m: largest score so far, -inf at first.
    total : ndarray of shape (..., T)
        ℓ: sum of e^(score - top).
    out : ndarray of shape (..., T, e)
        o: sum of e^(score - top) value.

    Examples
    --------
    >>> row = OnlineSoftmax((1,), 1)
    >>> row.update(np.array([[1.0, 2.0]]), np.array([[10.0], [20.0]]))
    >>> row.update(np.array([[0.0]]), np.array([[0.0]]))
    >>> row.result()[0].round(1)
    array([[15.8]])
    """

    def __init__(self, rows: tuple[int, ...], width: int, dtype: Any = np.float64) -> None:
        self.top = np.full(rows, -np.inf, dtype)
        self.total = np.zeros(rows, dtype)
        self.out = np.zeros((*rows, width), dtype)

    def update(self, scores: np.ndarray, values: np.ndarray) -> None:
        """Take a block of `scores` (..., T, n) with `values` (..., n, e): equations (1) to (3)."""
        top = np.maximum(self.top, scores.max(axis=-1, initial=-np.inf))
        shift = np.where(np.isneginf(top), 0, top)  # nothing seen yet: every exponential is 0
        keep = np.exp(self.top - shift)
        exp = np.exp(scores - shift[..., None])
        self.total = keep * self.total + exp.sum(axis=-1)
        self.out = keep[..., None] * self.out + exp @ values
        self.top = top

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """o / ℓ, zeros where nothing was seen, and λ of (4), there -inf."""
        seen = self.total != 0
        out = np.divide(self.out, self.total[..., None], out=np.zeros_like(self.out), where=seen[..., None])
        log = np.log(self.total, out=np.full_like(self.total, -np.inf), where=seen)
        return out, np.where(seen, self.top, 0) + log


def check_block(block: Any) -> tuple[int, int]:
    """The sizes of a tile; an error unless they are two whole numbers of at least 1."""
    if not isinstance(block, tuple | list) or len(block) != 2:
        raise TypeError(f"block must be two numbers, queries and keys of a tile; got {block!r}")
    for name, size in zip(("queries", "keys"), block, strict=True):
        check_count(f"block of {name}", size)
    return int(block[0]), int(block[1])


def tiles(T: int, S: int, block: tuple[int, int], causal: bool) -> Iterator[tuple[slice, slice]]:
    """Queries and keys of each tile, queries outside; tiles that lie wholly ahead of their queries are left out."""
    block = check_block(block)
    for i in range(0, T, block[0]):
        stop = min(S, S - T + min(i + block[0], T)) if causal else S
        for j in range(0, stop, block[1]):
            yield slice(i, min(i + block[0], T)), slice(j, min(j + block[1], S))


def _part(x: np.ndarray, i: slice, j: slice) -> np.ndarray:
    """The tile of a mask or a bias, whose axes may have length 1."""
    x = np.atleast_2d(x)
    return x[..., i if x.shape[-2] > 1 else slice(None), j if x.shape[-1] > 1 else slice(None)]


def _scores(
    q: np.ndarray, k: np.ndarray, i: slice, j: slice, mask: Any, causal: bool, bias: Any, scale: float
) -> np.ndarray:
    """Scores of a tile, -inf where forbidden."""
    s = (scale * q[..., i, :]) @ _worlds.transposed(k[..., j, :])
    if bias is not None:
        s = s + _part(bias, i, j)
    if mask is not None:
        s = np.where(_part(mask, i, j), s, s.dtype.type(-np.inf))
    if causal:
        place = k.shape[-2] - q.shape[-2] + np.arange(i.start, i.stop)
        s = np.where(place[:, None] >= np.arange(j.start, j.stop), s, s.dtype.type(-np.inf))
    return s


def tiled_attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    bias: Any = None,
    scale: float | None = None,
    block: tuple[int, int] = (64, 64),
) -> tuple[np.ndarray, np.ndarray]:
    """Attention of arrays, tile by tile; the plain form of `flash_attention`.

    Parameters
    ----------
    q, k, v, mask, causal, bias, scale
        As for `groundup.transformers.attention.attention`, arrays only.
    block : (int, int)
        Queries and keys of a tile.

    Returns
    -------
    out : ndarray of shape (..., T, e)
    log_sum : ndarray of shape (..., T)
        λ of equation (4), which the backward pass needs; -inf for a query that may look at nothing.
    """
    q, k, v, bias = _worlds.together(q, k, v, bias)
    shape = _worlds.shape_of_scores(q, k, v)
    mask = _worlds.allowed(mask, False, shape, q)
    bias = None if bias is None else _worlds.fitting_bias(bias, shape)
    scale, T, S = _worlds.scale_of(scale, q), q.shape[-2], k.shape[-2]
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    out = np.zeros((*lead, T, v.shape[-1]), np.result_type(q, k, v))
    log_sum = np.full((*lead, T), -np.inf, out.dtype)
    rows = {}
    for i, j in tiles(T, S, block, causal):
        if j.start == 0:
            rows[i.start] = OnlineSoftmax((*lead, i.stop - i.start), v.shape[-1], out.dtype)
        rows[i.start].update(_scores(q, k, i, j, mask, causal, bias, scale), v[..., j, :])
        out[..., i, :], log_sum[..., i] = rows[i.start].result()  # as far as it has come; the last one stays
    return out, log_sum


def tiled_attention_backward(
    d_out: np.ndarray,
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    out: np.ndarray,
    log_sum: np.ndarray,
    mask: Any = None,
    *,
    causal: bool = False,
    bias: Any = None,
    scale: float | None = None,
    block: tuple[int, int] = (64, 64),
) -> tuple[np.ndarray, ...]:
    """Gradients of `tiled_attention`, from its results and not from weights: equations (4) and (5).

    Parameters
    ----------
    d_out : ndarray of shape (..., T, e)
        Gradient with respect to the output.
    q, k, v, mask, causal, bias, scale, block
        As they were given.
    out, log_sum : ndarrays
        As they were returned.

    Returns
    -------
    d_q, d_k, d_v : ndarrays
        In the shapes of q, k, v.
    d_bias : ndarray
        In the shape of the bias, if there is one.
    """
    scale = _worlds.scale_of(scale, q)
    lead = out.shape[:-2]
    d_q, d_k, d_v = (np.zeros((*lead, *x.shape[-2:]), out.dtype) for x in (q, k, v))
    rest = (d_out * out).sum(axis=-1)  # D of (5)
    shift = np.where(np.isneginf(log_sum), 0, log_sum)
    shape = np.shape(bias) if bias is not None else ()
    d_bias = np.zeros((*lead, *(1, 1, *shape)[-2:]), out.dtype)
    for i, j in tiles(q.shape[-2], k.shape[-2], block, causal):
        g = d_out[..., i, :]
        a = np.exp(_scores(q, k, i, j, mask, causal, bias, scale) - shift[..., i, None])  # (4)
        d_v[..., j, :] += _worlds.transposed(a) @ g
        d_scores = a * (g @ _worlds.transposed(v[..., j, :]) - rest[..., i, None])  # (5)
        d_q[..., i, :] += scale * (d_scores @ k[..., j, :])
        d_k[..., j, :] += scale * (_worlds.transposed(d_scores) @ q[..., i, :])
        if bias is not None:
            part = _part(d_bias, i, j)
            part += unbroadcast(d_scores, part.shape)
    grads = unbroadcast(d_q, q.shape), unbroadcast(d_k, k.shape), unbroadcast(d_v, v.shape)
    return grads if bias is None else (*grads, unbroadcast(d_bias, (*shape[:-2], *d_bias.shape[-2:])).reshape(shape))

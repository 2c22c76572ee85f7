"""Attention as written in the paper, and its gradient.

    S = scale · Q Kᵀ + bias                    (..., T, S)                                              (1)
    A = softmax of the rows of S, where the mask allows                                                 (2)
    O = A V                                    (..., T, e)                                              (3)

Backwards, with G = ∂L/∂O:

    ∂L/∂V = Aᵀ G,    ∂L/∂A = G Vᵀ                                        from (3)                       (4)
    ∂L/∂S = A ∘ (∂L/∂A - rowsum(A ∘ ∂L/∂A))                              from (2)                       (5)
    ∂L/∂Q = scale · ∂L/∂S K,    ∂L/∂K = scale · ∂L/∂Sᵀ Q                  from (1)                       (6)

Forbidden places have weight 0 in (5) and so pass nothing back.
"""

import math
from typing import Any

import numpy as np

from groundup.neural.autograd.engine import unbroadcast
from groundup.neural.autograd.tensor import Tensor, record
from groundup.transformers.attention import _worlds

__all__ = ["attention", "attention_backward", "softmax", "softmax_backward"]


def softmax(x: Any) -> Any:
    """Softmax over the last axis, shifted by each row's maximum so that it cannot overflow.

    A row of nothing but -inf (or of length 0) has no distribution; it becomes zeros, so that a query that may look at
    nothing reads nothing. NaN stays NaN. Of an array, a `Tensor` or a torch tensor `x`; what comes back is of its kind.
    Whole numbers become float64; torch's are refused.
    """
    if _worlds.is_torch(x):
        from groundup.transformers.attention import _torch

        return _torch.softmax(x)
    if isinstance(x, Tensor):
        a = softmax(x.data)
        return record(a, "softmax", ((x, lambda g: softmax_backward(g, a)),), reads_result=True)
    x = _worlds.rows(x)
    top = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    exp = np.exp(x - np.where(np.isneginf(top), 0, top))
    total = exp.sum(axis=-1, keepdims=True)
    return np.divide(exp, total, out=exp, where=total != 0)


def softmax_backward(d: Any, a: Any) -> Any:
    """Equation (5): the Jacobian diag(a) - a aᵀ of a row, applied to the gradient d with respect to a = softmax(x)."""
    weighted = a * d
    return weighted - a * weighted.sum(-1)[..., None]


def attention(
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    *,
    causal: bool = False,
    bias: Any = None,
    scale: float | None = None,
) -> tuple[Any, Any]:
    """Read `v` at the places where the keys `k` answer the queries `q`.

    Parameters
    ----------
    q : array, Tensor or torch.Tensor of shape (..., T, d)
    k : the same, of shape (..., S, d)
    v : the same, of shape (..., S, e)
    mask : bool array or torch tensor broadcastable to (..., T, S), optional
        True where a query may look. A query with no True reads zeros.
    causal : bool
        Whether queries may not look ahead. The T queries are the last T of the S positions, so query i sees the keys
        up to S - T + i. (torch's `is_causal` aligns the first ones; the two differ unless T = S.) With a mask, both
        must allow.
    bias : floats broadcastable to (..., T, S), optional
        Added to the scores; -inf forbids. A gradient flows into it.
    scale : float, optional
        Factor on the products of queries and keys, at least 0; 1/√d by default.

    Returns
    -------
    out : of shape (..., T, e)
        Of the kind that came in: array, Tensor or torch tensor, in its precision.
    weights : of shape (..., T, S)
        Rows sum to 1, or to 0 where nothing may be seen.

    Raises
    ------
    ValueError
        If widths, lengths, mask or bias do not fit; the message names the shapes.
    TypeError
        If kinds are mixed, the mask is not bool, or an input holds no numbers.

    Notes
    -----
    A forbidden value has weight 0, and 0 · NaN is NaN: what is masked must still be finite, in `v` above all.
    """
    q, k, v, bias = _worlds.together(q, k, v, bias)
    shape = _worlds.shape_of_scores(q, k, v)
    allowed = _worlds.allowed(mask, causal, shape, q)

    scores = (q * _worlds.scale_of(scale, q)) @ _worlds.transposed(k)  # (1); T d products instead of T S for the scale
    if bias is not None:
        scores = scores + _worlds.fitting_bias(bias, shape)
    if allowed is not None:
        scores = _worlds.where(allowed, scores, -math.inf)
    weights = softmax(scores)  # (2)
    return weights @ v, weights  # (3)


def attention_backward(
    d_out: np.ndarray, q: np.ndarray, k: np.ndarray, v: np.ndarray, weights: np.ndarray, scale: float | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of `attention` for arrays, equations (4) to (6).

    Parameters
    ----------
    d_out : ndarray of shape (..., T, e)
        Gradient with respect to the output.
    q, k, v : ndarrays
        As they were given to `attention`.
    weights : ndarray of shape (..., T, S)
        As it returned them; mask and bias are in them.
    scale : float, optional
        As it was given.

    Returns
    -------
    d_q, d_k, d_v : ndarrays
        In the shapes of q, k, v; summed where leading axes were broadcast.
    """
    scale = _worlds.scale_of(scale, q)
    d_v = _worlds.transposed(weights) @ d_out
    d_scores = softmax_backward(d_out @ _worlds.transposed(v), weights)
    d_q = scale * (d_scores @ k)
    d_k = scale * (_worlds.transposed(d_scores) @ q)
    return unbroadcast(d_q, q.shape), unbroadcast(d_k, k.shape), unbroadcast(d_v, v.shape)

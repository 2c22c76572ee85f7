"""One head of self-attention: queries, keys and values are three linear maps of the same sequence.

    Q = X W_Q,  K = X W_K,  V = X W_V,      O = softmax(Q K^T / √d) V,      (O W_O)        (Vaswani et al. 2017, eq. 1)

X has T rows of width m, W_Q and W_K shape (m, d), W_V shape (m, e). Time O(T m (d + e) + T² (d + e)), memory O(T²).
Positions may act at three places: added to X before (`sinusoidal`, `LearnedPositions`), turning Q and K (`rope`), or
added to the scores (`bias`, `alibi_bias`).
"""

from typing import Any

from groundup.transformers.attention import attention
from groundup.transformers.self_attention._checks import check_one_kind, values
from groundup.transformers.self_attention.rotary import rotate

__all__ = ["causal_self_attention", "self_attention"]


def self_attention(
    x: Any,
    w_q: Any,
    w_k: Any,
    w_v: Any,
    w_o: Any = None,
    *,
    mask: Any = None,
    causal: bool = False,
    bias: Any = None,
    rope: tuple[Any, Any] | None = None,
    layout: str = "half",
    scale: float | None = None,
) -> tuple[Any, Any]:
    """Every position reads from all positions of its own sequence.

    Parameters
    ----------
    x : array, Tensor or torch.Tensor of shape (..., T, m)
    w_q, w_k : of shape (m, d)
    w_v : of shape (m, e)
    w_o : of shape (e, n), optional
        Map of what was read; none by default.
    mask : bool, broadcastable to (..., T, T), optional
        True where a position may look.
    causal : bool
        Whether a position may look at itself and earlier ones only.
    bias : broadcastable to (..., T, T), optional
        Added to the scores after they were scaled.
    rope : (cos, sin), optional
        From `rope_tables` with width d; queries and keys are turned.
    layout : {"half", "pairs"}
        Of the turned pairs.
    scale : float, optional
        Factor on the scores, 1/√d by default.

    Returns
    -------
    out : of shape (..., T, e), or (..., T, n) with w_o
        Of the kind that came in.
    weights : of shape (..., T, T)

    Raises
    ------
    ValueError
        If shapes do not fit.
    TypeError
        If torch tensors and arrays are mixed, or an input holds no numbers.
    """
    check_one_kind(x=x, w_q=w_q, w_k=w_k, w_v=w_v, w_o=w_o)
    x, w_q, w_k, w_v = (values(w) for w in (x, w_q, w_k, w_v))
    _check(x, w_q=w_q, w_k=w_k, w_v=w_v)
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    if rope is not None:
        q, k = rotate(q, *rope, layout=layout), rotate(k, *rope, layout=layout)
    out, weights = attention(q, k, v, mask, causal=causal, bias=bias, scale=scale)
    if w_o is not None:
        w_o = values(w_o)
        if w_o.ndim != 2 or w_o.shape[0] != out.shape[-1]:
            raise ValueError(f"w_o must have shape ({out.shape[-1]}, n); got {tuple(w_o.shape)}")
        out = out @ w_o
    return out, weights


def causal_self_attention(x: Any, w_q: Any, w_k: Any, w_v: Any, w_o: Any = None, **settings: Any) -> tuple[Any, Any]:
    """As `self_attention`, where position t reads from positions 1 ... t alone: what comes later cannot be copied."""
    return self_attention(x, w_q, w_k, w_v, w_o, **settings, causal=True)


def _check(x: Any, **maps: Any) -> None:
    if x.ndim < 2:
        raise ValueError(f"x must have shape (..., T, m); got {tuple(x.shape)}")
    for name, w in maps.items():
        if w.ndim != 2 or w.shape[0] != x.shape[-1]:
            raise ValueError(f"{name} must have shape ({x.shape[-1]}, d); got {tuple(w.shape)}")
    if maps["w_q"].shape != maps["w_k"].shape:
        raise ValueError(
            f"w_q and w_k must have one shape, since queries and keys are compared; "
            f"got {tuple(maps['w_q'].shape)} and {tuple(maps['w_k'].shape)}"
        )

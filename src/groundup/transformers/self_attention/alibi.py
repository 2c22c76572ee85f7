"""Attention with linear biases (ALiBi): scores lose a constant for every position of distance.

    s_ij = q_i · k_j / √d - m_h |i - j| ,      m_h the slope of head h               (Press et al. 2022, section 3)

Nothing is learned, nothing is added to the input, and the penalty is defined at any distance. The paper is about
causal attention, where j <= i; for keys on both sides the penalty here is the same on both.
"""

from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.transformers.self_attention._checks import in_kind

__all__ = ["alibi_bias", "alibi_slopes"]


def alibi_slopes(heads: int) -> np.ndarray:
    """A slope for each head: 2^(-8/n), 2^(-16/n), ..., 2^(-8) for n heads, n a power of two.

    For another number, as in the paper's code: the slopes of the largest power of two p below it, then every second
    slope of 2p heads, from the first.

    Examples
    --------
    >>> from groundup.transformers.self_attention import alibi_slopes
    >>> alibi_slopes(4)
    array([0.25      , 0.0625    , 0.015625  , 0.00390625])
    """
    check_count("heads", heads)
    p = 2 ** (int(heads).bit_length() - 1)
    slopes = 2.0 ** (-8 / p * np.arange(1, p + 1))
    between = 2.0 ** (-4 / p * np.arange(1, 2 * p + 1, 2))
    return np.concatenate([slopes, between[: heads - p]])


def alibi_bias(heads: int, T: int, S: int | None = None, *, like: Any = None) -> Any:
    """What is added to the scores: -m_h times the distance of query and key.

    Parameters
    ----------
    heads : int
    T : int
        Queries.
    S : int, optional
        Keys, at least T; T by default. The queries are the last T positions of S, as they are with a cache.
    like : array or tensor, optional
        Whose dtype, world and device the bias gets; float64 and NumPy by default.

    Returns
    -------
    ndarray or torch.Tensor of shape (heads, T, S)

    Raises
    ------
    ValueError
        If there are fewer keys than queries.

    Examples
    --------
    >>> from groundup.transformers.self_attention import alibi_bias
    >>> alibi_bias(1, 2, 4) * 256
    array([[[-2., -1.,  0., -1.],
            [-3., -2., -1.,  0.]]])
    """
    check_count("T", T, 0)
    S = T if S is None else S
    check_count("S", S, 0)
    if S < T:
        raise ValueError(f"S must be at least T, the queries being the last of the S positions; got T {T}, S {S}")
    distance = np.abs(np.arange(S - T, S)[:, None] - np.arange(S))
    return in_kind(alibi_slopes(heads)[:, None, None] * -distance, like)

"""Positions as waves: every position gets a vector of sines and cosines that is added to its input.

With i = 0 ... width/2 - 1 and the frequency f_i = base^(-2i/width)           (Vaswani et al. 2017, section 3.5)

    PE(p, 2i) = sin(p f_i),     PE(p, 2i + 1) = cos(p f_i) .

Going n positions on turns each pair by the angle n f_i, whatever p is; the product of two positions depends on
their distance alone: PE(p) · PE(q) = Σ_i cos((p - q) f_i).
"""

from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.transformers.self_attention._checks import check_base, check_even, in_kind
from groundup.transformers.self_attention.rotary import rope_frequencies

__all__ = ["sinusoidal"]


def sinusoidal(length: int, width: int, base: float = 10000.0, *, offset: int = 0, like: Any = None) -> Any:
    """The table of PE above, for positions offset ... offset + length - 1.

    Parameters
    ----------
    length : int
        Positions; may be 0.
    width : int
        Even; sines in the even columns, cosines in the odd ones.
    base : float
        Above 1. Wavelengths grow from 2π to (nearly) 2π · base.
    offset : int
        The first position, for input that continues an earlier one.
    like : array or tensor, optional
        Whose dtype, world and device the table gets; float64 and NumPy by default.

    Returns
    -------
    ndarray or torch.Tensor of shape (length, width)

    Raises
    ------
    ValueError
        If width is odd, base is not above 1, or length or offset is negative.

    Examples
    --------
    >>> from groundup.transformers.self_attention import sinusoidal
    >>> sinusoidal(2, 4).round(4)
    array([[0.    , 1.    , 0.    , 1.    ],
           [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    check_count("length", length, 0)
    check_count("offset", offset, 0)
    check_even("width", width)
    check_base(base)
    angles = np.arange(offset, offset + length)[:, None] * rope_frequencies(width, base)
    table = np.empty((length, width))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return in_kind(table, like)

"""Rotary positions (RoPE): turn queries and keys by angles that grow with the position, before they are compared.

Coordinates go in pairs; the pair i of the vector at position p is turned by p f_i, with f_i = base^(-2i/width):

    (a, b)  ->  (a cos p f_i - b sin p f_i,  a sin p f_i + b cos p f_i)            (Su et al. 2021, equations 15 and 34)

Rotations by α and β leave the product of two vectors a function of α - β: what a query at p makes of a key at q
depends on p - q alone. Values are not turned. A rotation's transpose is its inverse, so gradients are turned back.

Which two coordinates make a pair is a convention. `layout="pairs"`: neighbours (0, 1), (2, 3), ..., as in the paper
and in GPT-J; `layout="half"`: i and i + width/2, as in GPT-NeoX and in transformers' Llama. `half_order` maps one to
the other. Weights trained with one are wrong with the other until their columns are put into that order.
"""

from typing import Any

import numpy as np

from groundup.checks import check_choice, check_count
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, record
from groundup.transformers.self_attention._checks import check_base, check_even, in_kind, values

__all__ = ["half_order", "rope_frequencies", "rope_tables", "rotate"]

LAYOUTS = ("half", "pairs")


def rope_frequencies(width: int, base: float = 10000.0) -> np.ndarray:
    """f_i = base^(-2i/width) for i = 0 ... width/2 - 1: radians a position, from 1 downwards."""
    check_even("width", width)
    check_base(base)
    return float(base) ** (-np.arange(0, width, 2) / width)


def rope_tables(
    length: int, width: int, base: float = 10000.0, *, offset: int = 0, like: Any = None
) -> tuple[Any, Any]:
    """Cosines and sines of p f_i for positions offset ... offset + length - 1.

    Angles are computed in float64: in float32 the angle of position 100,000 is off by some thousandths.

    Parameters
    ----------
    length : int
    width : int
        Of a query or key (of one head); even.
    base : float
        Above 1: 10,000 in the paper, 500,000 in Llama 3.
    offset : int
        The first position.
    like : array or tensor, optional
        Whose dtype, world and device the tables get; float64 and NumPy by default.

    Returns
    -------
    cos, sin : ndarrays or tensors of shape (length, width / 2)

    Raises
    ------
    ValueError
        If width is odd, base is not above 1, or length or offset is negative.
    """
    check_count("length", length, 0)
    check_count("offset", offset, 0)
    angles = np.arange(offset, offset + length)[:, None] * rope_frequencies(width, base)
    return in_kind(np.cos(angles), like), in_kind(np.sin(angles), like)


def half_order(width: int) -> np.ndarray:
    """Places of the pairs' coordinates in the half layout: ``x[..., half_order(w)]`` takes "pairs" to "half".

    Rotating in one layout and reordering is the same as reordering and rotating in the other. Its inverse is
    ``numpy.argsort(half_order(width))``.

    Examples
    --------
    >>> from groundup.transformers.self_attention import half_order
    >>> half_order(6)
    array([0, 2, 4, 1, 3, 5])
    """
    check_even("width", width)
    return np.arange(width).reshape(-1, 2).T.reshape(-1)


def rotate(x: Any, cos: Any, sin: Any, *, layout: str = "half", offset: int = 0) -> Any:
    """Turn each pair of coordinates of x by its position's angles.

    Parameters
    ----------
    x : array, Tensor or torch.Tensor of shape (..., T, width)
    cos, sin : of shape (..., P, width / 2), P at least offset + T
        From `rope_tables`; constants. Rows offset ... offset + T - 1 are used.
    layout : {"half", "pairs"}
        Which coordinates make a pair; see the module.
    offset : int
        Position of x's first row in the tables: how many positions a cache already holds.

    Returns
    -------
    array, Tensor or torch.Tensor
        Of the kind, shape and dtype of x.

    Raises
    ------
    ValueError
        If width is odd, the tables have other widths or too few positions, or the layout is unknown.
    """
    check_choice("layout", layout, LAYOUTS)
    check_count("offset", offset, 0)
    x = values(x)
    if is_torch(x) and not x.is_floating_point():
        raise TypeError(f"x must be of a floating point dtype; got {x.dtype}")
    if x.ndim < 2:
        raise ValueError(f"x must have shape (..., T, width); got {tuple(x.shape)}")
    length, width = x.shape[-2:]
    check_even("the width of x", width)
    for name, table in (("cos", cos), ("sin", sin)):
        if table.ndim < 2 or table.shape[-1] != width // 2:
            raise ValueError(f"{name} must have shape (positions, {width // 2}); got {tuple(table.shape)}")
        if table.shape[-2] < offset + length:
            raise ValueError(f"{name} has {table.shape[-2]} positions; x needs {offset} ... {offset + length - 1}")
    rows = (..., slice(offset, offset + length), slice(None))
    if is_torch(x):
        return _turn_torch(x, _as_torch(cos[rows], x), _as_torch(sin[rows], x), layout)
    c, s = (np.asarray(table[rows]).astype(x.dtype, copy=False) for table in (cos, sin))
    if not isinstance(x, Tensor):
        return _turn(x, c, s, layout)
    return record(_turn(x.data, c, s, layout), "rotate", ((x, lambda g: _turn(g, c, -s, layout)),))


def _turn(x: np.ndarray, cos: np.ndarray, sin: np.ndarray, layout: str) -> np.ndarray:
    """Each pair (a, b) becomes (a cos - b sin, a sin + b cos)."""
    out = np.empty(np.broadcast_shapes(x.shape, (*cos.shape[:-1], x.shape[-1])), x.dtype)
    half = x.shape[-1] // 2
    first, second = (slice(0, half), slice(half, None)) if layout == "half" else (slice(0, None, 2), slice(1, None, 2))
    a, b = x[..., first], x[..., second]
    out[..., first] = a * cos - b * sin
    out[..., second] = a * sin + b * cos
    return out


def _turn_torch(x: Any, cos: Any, sin: Any, layout: str) -> Any:
    import torch

    half = x.shape[-1] // 2
    if layout == "half":
        a, b = x[..., :half], x[..., half:]
        return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


def _as_torch(table: Any, x: Any) -> Any:
    if is_torch(table):
        return table.to(device=x.device, dtype=x.dtype)
    return in_kind(np.ascontiguousarray(table, dtype=np.float64), x)

"""Who may look at whom: arrays of bool, True where query i may look at key j.

    causal      j ≤ p_i                    p_i = offset + i, the place of query i among the keys
    window      0 ≤ p_i - j < window       the last `window` places, its own among them
    padding     j < length                 keys behind the end of a sequence are nothing
    document    document_i = document_j    several texts in one row, kept apart

Masks combine as conditions do: ``causal_mask(T) & padding_mask(lengths, T)`` allows what both allow, and
``causal_mask(T) | padding_mask(prefix, T)`` lets all see the first `prefix` keys. A mask is applied to the
*scores*, before the softmax (see `scaled`). `groundup.neural.batching` makes the masks of documents that it packs.
"""

from numbers import Integral
from typing import Any

import numpy as np

from groundup.checks import check_count
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor

__all__ = ["causal_mask", "check_fits", "checked", "padding_mask", "window_mask"]


def causal_mask(T: int, S: int | None = None, offset: int | None = None, *, like: Any = None) -> Any:
    """A position may look at itself and at what came before.

    Parameters
    ----------
    T : int
        Queries.
    S : int, optional
        Keys; as many as queries by default.
    offset : int, optional
        Place of the first query among the keys. By default S - T: the queries are the last T of the S positions, as
        when new tokens follow a cache. (0 aligns the first ones, as torch's `is_causal` does.)
    like : array or tensor, optional
        A torch tensor: the mask is one too, on its device.

    Returns
    -------
    array or tensor of bool, shape (T, S)
    """
    ago = _ago(T, S, offset)
    return _in_world(ago >= 0, like)


def window_mask(T: int, window: int, S: int | None = None, offset: int | None = None, *, like: Any = None) -> Any:
    """A position may look at itself and at the window - 1 places before it.

    Parameters
    ----------
    T : int
        Queries.
    window : int
        Places that are seen, at least 1, which is the position alone.
    S, offset, like
        As for `causal_mask`.

    Returns
    -------
    array or tensor of bool, shape (T, S)
    """
    check_count("window", window)
    ago = _ago(T, S, offset)
    return _in_world((ago >= 0) & (ago < window), like)


def padding_mask(lengths: Any, S: int) -> Any:
    """The first `length` keys hold something, the rest is padding.

    Parameters
    ----------
    lengths : int, array or torch tensor of int, shape (...)
        Keys of each sequence, from 0 to S. For queries of shape (B, heads, T, d) give ``lengths[:, None]``.
    S : int
        Keys, with padding.

    Returns
    -------
    array or tensor of bool, shape (..., 1, S)
        The same for all queries of a sequence.
    """
    check_count("S", S, 0)
    places = np.arange(S)
    if is_torch(lengths):
        whole = not lengths.is_floating_point() and str(lengths.dtype) != "torch.bool"
        places = lengths.new_tensor(places) if whole else places
    else:
        lengths = np.asarray(lengths)
        whole = lengths.dtype.kind in "iu"
    if not whole:
        raise TypeError(f"lengths must be whole numbers; got {lengths.dtype}")
    if bool(((lengths < 0) | (lengths > S)).any()):
        raise ValueError(f"lengths must be from 0 to S = {S}; got one outside")
    return places < lengths[..., None, None]


def _ago(T: int, S: int | None, offset: int | None) -> np.ndarray:
    """How many places before query i key j stands, (T, S); negative if it comes after."""
    check_count("T", T, 0)
    S = T if S is None else S
    check_count("S", S, 0)
    if offset is None:
        offset = S - T
    if not isinstance(offset, Integral) or isinstance(offset, bool):
        raise TypeError(f"offset must be a whole number; got {offset!r}")
    return (offset + np.arange(T))[:, None] - np.arange(S)


def _in_world(mask: np.ndarray, like: Any) -> Any:
    if not is_torch(like):
        return mask
    from groundup.transformers.attention import _worlds

    return _worlds.torch_like(mask, like)


def checked(mask: Any, shape: tuple[int, ...]) -> Any:
    """The mask as an array or torch tensor; an error unless it is bool and can be broadcast to `shape`."""
    if not is_torch(mask):
        mask = np.asarray(mask.data if isinstance(mask, Tensor) else mask)
    if not str(mask.dtype).endswith("bool"):
        raise TypeError(
            f"mask must be bool, True where a query may look; got {mask.dtype} of shape {tuple(mask.shape)} "
            "(floats that are added to the scores are a bias)"
        )
    check_fits("mask", tuple(mask.shape), shape)
    return mask


def check_fits(name: str, came: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """ValueError unless the shape can be broadcast to that of the scores."""
    try:
        fits = np.broadcast_shapes(came, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name} must fit the scores, shape (..., T, S) = {shape}; got {came}")

"""Dropout: noise that switches parts of the input off while training, in five forms, with the derivative beside it.

Each multiplies by a noise z that is drawn anew at every call and has mean 1, so nothing has to be done at evaluation:

    y = z x,  z = k / (1 - p),  k = 1 with probability 1 - p, else 0        E[y] = x,  Var[y] = x² p / (1 - p)     (1)

    dropout             every entry has its own z                            (Srivastava et al. 2014, section 4)
    dropout1d, 2d       one z a channel, for all of its positions            (Tompson et al. 2014)
    stochastic_depth    one z an example ("row"), or one a batch ("batch")   (Huang et al. 2016, equation 2)
    alpha_dropout       what is switched off becomes -α' instead of 0; then mean and variance are mended
                        y = a (k x - (1 - k) α') + a α' p,  a = 1 / sqrt((1 - p)(1 + p α'²))                        (2)
                                                                             (Klambauer et al. 2017)

As a function of x each is linear, with slope z (2: a k): the derivative multiplies the gradient by the same z.

Stochastic depth is inverted as the others are: dividing by 1 - p in training replaces the paper's multiplication at
evaluation. Randomness comes from a generator that the caller passes, or from a mask that was drawn before; for torch
tensors without either from torch's global generator.

Lesson: regularization
"""

from math import sqrt
from typing import Any

import numpy as np

from groundup.checks import check_choice, check_number
from groundup.neural._backend import is_torch
from groundup.neural.autograd.tensor import Tensor, as_tensor, record

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "keep_mask", "stochastic_depth"]

ALPHA = 1.7580993408473766  # α' = scale · α of SELU, the value it tends to at -∞


def dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: Any = None, mask: Any = None) -> Any:
    """Switch off each entry with probability p, and multiply the others by 1 / (1 - p): equation (1).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor
        Of any shape.
    p : float
        Share that is switched off, from 0 to 1.
    training : bool
        False: x as it is.
    rng : numpy.random.Generator or torch.Generator
        The kind that belongs to x, for torch on the device of x. None: torch's global generator if x is a torch
        tensor; an error for NumPy data, unless nothing is random (p is 0 or 1, evaluation, a mask is given).
    mask : array of bool of the shape of x, optional
        True where an entry is kept: in place of a draw.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape and dtype of x. An infinite or NaN entry that is switched off is NaN, as in torch.

    Raises
    ------
    ValueError
        If p is outside of [0, 1] or the mask has another shape.
    TypeError
        If the generator is of the other kind, or NumPy data need one and none came.

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.neural.regularization import dropout
    >>> dropout(np.ones(4), 0.5, mask=[True, False, True, True]).data
    array([2., 0., 2., 2.])
    """
    x = _floating(x, 0)
    return _scaled(x, tuple(x.shape), p, training, rng, mask, "dropout")


def dropout1d(x: Any, p: float = 0.5, training: bool = True, *, rng: Any = None, mask: Any = None) -> Any:
    """Switch off whole channels of sequences: equation (1) with one z a channel (Tompson et al. 2014).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, channels, length) or (channels, length)
    p, training, rng
        As for `dropout`.
    mask : array of bool of shape (n, channels, 1) or (channels, 1), optional

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape and dtype of x.

    Raises
    ------
    ValueError, TypeError
        As `dropout`; also if x has other axes.
    """
    return _channels(x, (2, 3), p, training, rng, mask, "dropout1d")


def dropout2d(x: Any, p: float = 0.5, training: bool = True, *, rng: Any = None, mask: Any = None) -> Any:
    """Switch off whole channels of images: equation (1) with one z a channel (Tompson et al. 2014).

    Neighbouring pixels of a feature map say nearly the same, so switching off single ones takes little away.

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, channels, height, width)
        Three axes are refused: torch takes them for (n, channels, length), with a warning.
    p, training, rng
        As for `dropout`.
    mask : array of bool of shape (n, channels, 1, 1), optional

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape and dtype of x.

    Raises
    ------
    ValueError, TypeError
        As `dropout`; also if x has other axes.
    """
    return _channels(x, (4,), p, training, rng, mask, "dropout2d")


def stochastic_depth(
    x: Any, p: float, mode: str = "row", training: bool = True, *, rng: Any = None, mask: Any = None
) -> Any:
    """Switch off a residual branch, so that the block passes on its input alone: y = input + stochastic_depth(branch).

    Parameters
    ----------
    x : Tensor, array_like or torch.Tensor of shape (n, ...)
        What the branch computed.
    p, training, rng
        As for `dropout`.
    mode : {"row", "batch"}
        One draw an example, or one for the whole batch.
    mask : array of bool of shape (n, 1, ...) or (1, 1, ...), optional

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape and dtype of x.

    Raises
    ------
    ValueError, TypeError
        As `dropout`; also if the mode is unknown.
    """
    check_choice("mode", mode, ("row", "batch"))
    x = _floating(x, 1)
    ones = (1,) * (x.ndim - 1)
    return _scaled(x, (x.shape[0] if mode == "row" else 1, *ones), p, training, rng, mask, "stochastic_depth")


def alpha_dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: Any = None, mask: Any = None) -> Any:
    """Dropout for SELU networks, equation (2): keeps mean 0 and variance 1 (Klambauer et al. 2017).

    Parameters
    ----------
    x, p, training, rng, mask
        As for `dropout`.

    Returns
    -------
    Tensor or torch.Tensor
        Of the shape and dtype of x; with p = 1 all zeros.

    Raises
    ------
    ValueError, TypeError
        As `dropout`.
    """
    x = _floating(x, 0)
    check_rate(p)
    if not training or p == 0 or p == 1:
        return _scaled(x, tuple(x.shape), p, training, rng, mask, "alpha_dropout")
    keep = _keep(x, tuple(x.shape), p, rng, mask)
    a = 1 / sqrt((1 - p) * (1 + p * ALPHA**2))
    slope, shift = a * keep, a * ALPHA * (p + keep - 1)
    if is_torch(x):
        return x * slope + shift
    with np.errstate(invalid="ignore"):
        return record(x.data * slope + shift, "alpha_dropout", [(x, lambda g: g * slope)])


def keep_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> np.ndarray:
    """A draw of k in equation (1): bool, True with probability 1 - p.

    Parameters
    ----------
    shape : tuple of int
    p : float
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of bool

    Raises
    ------
    TypeError
        If `rng` is no generator.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator for NumPy data; got {rng!r}")
    return rng.random(shape, dtype=np.float32) >= p


def check_rate(p: float) -> None:
    """Raise unless p is a number from 0 to 1."""
    check_number("p", p, float("-inf"))
    if not p >= 0 or p > 1:
        raise ValueError(f"p must be from 0 to 1; got {p!r}")


def _channels(x: Any, axes: tuple[int, ...], p: float, training: bool, rng: Any, mask: Any, name: str) -> Any:
    x = _floating(x, 0)
    if x.ndim not in axes:
        raise ValueError(f"x must have {' or '.join(map(str, axes))} axes for {name}; got shape {tuple(x.shape)}")
    lead = 1 if x.ndim == 2 else 2
    return _scaled(x, tuple(x.shape[:lead]) + (1,) * (x.ndim - lead), p, training, rng, mask, name)


def _scaled(x: Any, shape: tuple[int, ...], p: float, training: bool, rng: Any, mask: Any, name: str) -> Any:
    """Equation (1) with noise of the given shape."""
    check_rate(p)
    if not training or p == 0:
        return x
    if is_torch(x):
        return x * (_keep(x, shape, p, rng, mask) / (1 - p) if p < 1 else x.new_zeros(()))
    z = _keep(x, shape, p, rng, mask) * x.dtype.type(1 / (1 - p)) if p < 1 else np.zeros(shape, x.dtype)
    with np.errstate(invalid="ignore"):  # 0 times infinity is NaN, as in torch
        return record(x.data * z, name, [(x, lambda g: g * z)])


def _keep(x: Any, shape: tuple[int, ...], p: float, rng: Any, mask: Any) -> Any:
    """k of equation (1) in the dtype of x: drawn, or the mask that was given."""
    if mask is not None:
        given = tuple(mask.shape) if hasattr(mask, "shape") else np.shape(mask)
        if given != shape:
            raise ValueError(f"mask must have shape {shape}; got {given}")
    if is_torch(x):
        from groundup.neural.regularization import _torch

        return _torch.keep(x, shape, p, rng, mask)
    keep = keep_mask(shape, p, rng) if mask is None else np.asarray(mask, dtype=bool)
    return keep.astype(x.dtype)


def _floating(x: Any, axes: int) -> Any:
    """A torch tensor as it is, anything else as a tensor of floats."""
    if not is_torch(x):
        x = as_tensor(x)
        x = x if x.dtype.kind == "f" else Tensor(x.data.astype(np.float64))
    elif not x.is_floating_point():
        raise TypeError(f"x must hold floats; got {x.dtype}")
    if x.ndim < axes:
        raise ValueError(f"x must have at least {axes} axes; got shape {tuple(x.shape)}")
    return x

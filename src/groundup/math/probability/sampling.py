"""Samples from uniform numbers where the quantile is not the best way: by rejection, and in pairs.

Lesson: probability
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.probability import _normal_kernels as _normal
from groundup.math.probability.base import generator, uniforms
from groundup.math.probability.special import apply

__all__ = ["box_muller", "rejection", "standard_gamma", "standard_normal"]


def standard_normal(shape: tuple[int, ...], random_state: Any = None) -> np.ndarray:
    """Normal numbers by inverse transform: the quantile of a uniform number, a table look-up here."""
    return np.asarray(apply(_normal.quantile_loop, (uniforms(generator(random_state), shape),)))


def box_muller(u: Any, v: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two independent standard normal numbers from two independent uniform ones.

    In the plane, the squared radius of a normal pair is exponential and its angle uniform (Box and Muller 1958).
    """
    radius, angle = np.sqrt(-2 * np.log(u)), 2 * np.pi * np.asarray(v)
    return radius * np.cos(angle), radius * np.sin(angle)


def rejection(
    density: Callable, propose: Callable, proposal: Callable, bound: float, size: int, random_state: Any = None
) -> tuple[np.ndarray, float]:
    """Samples from a density known up to a factor, by throwing darts under a proposal that covers it.

    Parameters
    ----------
    density : callable
        The target, up to a factor, vectorised.
    propose : callable ``(rng, n) -> ndarray of shape (n,)``
    proposal : callable
        Density of what `propose` draws, up to the same kind of factor.
    bound : float
        ``density(x) <= bound * proposal(x)`` everywhere.
    size : int
    random_state : None, int or numpy.random.Generator

    Returns
    -------
    samples : ndarray of shape (size,)
    accepted : float
        Share of the proposals that were kept.

    Raises
    ------
    ValueError
        If the bound is seen to be broken.
    """
    rng, kept, tried = generator(random_state), [np.empty(0)], 0
    while (missing := size - sum(map(len, kept))) > 0:
        x = np.asarray(propose(rng, 2 * missing + 16))
        ratio = density(x) / (bound * proposal(x))
        if np.any(ratio > 1 + 1e-12):
            worst = float(x[np.argmax(ratio)])
            raise ValueError(f"bound must cover the density: at {worst:g} it is {ratio.max():.3g} times too small")
        kept.append(x[rng.random(len(x)) < ratio])
        tried += len(x)
    found = np.concatenate(kept)
    return found[:size], len(found) / max(tried, 1)


def standard_gamma(a: Any, shape: tuple[int, ...], random_state: Any = None) -> np.ndarray:
    """Gamma variables of shape `a` and scale 1, by Marsaglia and Tsang's rejection (2000).

    d (1 + x / sqrt(9 d))^3 with d = a - 1/3 and normal x is nearly gamma; a uniform number decides whether x is kept,
    which happens more than 95 times of 100. A shape below 1 takes a sample of shape a + 1 times u^(1/a).
    """
    rng = generator(random_state)
    a = np.broadcast_to(np.asarray(a, dtype=np.float64), shape)
    flat = a.reshape(-1)
    small = flat < 1
    d = np.where(small, flat + 1, flat) - 1 / 3
    c = 1 / np.sqrt(9 * d)
    out, open_ = np.empty(flat.size), np.arange(flat.size)
    while open_.size:
        x = standard_normal(open_.shape, rng)
        v = 1 + c[open_] * x
        v = np.where(v > 0, v, 1.0) ** 3 * (v > 0)
        with np.errstate(divide="ignore"):
            bound = 0.5 * x * x + d[open_] * (1 - v + np.log(v))
        good = (v > 0) & (np.log(uniforms(rng, open_.shape)) < bound)
        out[open_[good]] = d[open_[good]] * v[good]
        open_ = open_[~good]
    if small.any():
        out[small] *= uniforms(rng, (int(small.sum()),)) ** (1 / flat[small])
    return out.reshape(shape)

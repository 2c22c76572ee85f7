"""How fast methods with a fixed step converge on a quadratic, in closed form.

On f(x) = x' H x / 2 every method here works on each eigenvector of H on its own. With eigenvalue w, step a and
momentum b, the distance to the minimum along it follows

    gradient descent    z <- (1 - a w) z
    heavy ball          z+ = (1 + b - a w) z - b z-
    Nesterov            z+ = (1 + b)(1 - a w) z - b (1 - a w) z-

and shrinks, in the long run, by the largest root of the polynomial of that recurrence, in absolute value (Polyak 1964).
kappa = largest / smallest eigenvalue is the condition number.

Lesson: optimization
"""

from typing import Any

import numpy as np

__all__ = ["best_parameters", "convergence_rate"]

RULES = ("gradient", "momentum", "nesterov")


def convergence_rate(method: str, eigenvalues: Any, step: float, momentum: float = 0.0) -> np.ndarray:
    """The factor by which the distance to the minimum shrinks a step, for each eigenvalue; 1 or more diverges.

    Parameters
    ----------
    method : {"gradient", "momentum", "nesterov"}
    eigenvalues : array_like
    step : float
    momentum : float
        Ignored by "gradient".

    Returns
    -------
    ndarray of the shape of `eigenvalues`

    Raises
    ------
    ValueError
        If the method is unknown.

    Examples
    --------
    >>> from groundup.math.optimization import convergence_rate
    >>> convergence_rate("gradient", [1.0, 9.0], step=0.2)
    array([0.8, 0.8])
    """
    _check(method)
    w = np.asarray(eigenvalues, dtype=np.float64)
    keep = 1 - step * w
    if method == "gradient":
        return np.abs(keep)
    half = (1 + momentum - step * w) / 2 if method == "momentum" else (1 + momentum) * keep / 2
    product = np.full_like(w, momentum) if method == "momentum" else momentum * keep
    root = np.sqrt((half * half - product).astype(complex))  # of z^2 - 2 half z + product
    return np.maximum(np.abs(half + root), np.abs(half - root))


def best_parameters(method: str, smallest: float, largest: float) -> tuple[float, float, float]:
    """Step, momentum and the rate they reach on quadratics with eigenvalues between `smallest` and `largest`.

    ==========  ==============================  ======================================  ==========================
    method      step                            momentum                                rate
    ==========  ==============================  ======================================  ==========================
    gradient    2 / (smallest + largest)        0                                       (k - 1) / (k + 1)
    momentum    4 / (sqrt(s) + sqrt(l))^2       ((sqrt(k) - 1) / (sqrt(k) + 1))^2       (sqrt(k) - 1) / (sqrt(k) + 1)
    nesterov    1 / largest                     (sqrt(k) - 1) / (sqrt(k) + 1)           1 - 1 / sqrt(k)
    ==========  ==============================  ======================================  ==========================

    with k = largest / smallest. The first two are the best possible for their method; the third is the customary
    choice, which also holds where the curvature changes from place to place.

    Parameters
    ----------
    method : {"gradient", "momentum", "nesterov"}
    smallest, largest : float
        0 < smallest <= largest.

    Returns
    -------
    step, momentum, rate : float

    Raises
    ------
    ValueError
        If the method is unknown or the eigenvalues are not positive and in order.
    """
    _check(method)
    if not 0 < smallest <= largest < np.inf:
        raise ValueError(f"eigenvalues must satisfy 0 < smallest <= largest; got {smallest} and {largest}")
    k = largest / smallest
    ratio = float((np.sqrt(k) - 1) / (np.sqrt(k) + 1))
    if method == "gradient":
        return 2 / (smallest + largest), 0.0, (k - 1) / (k + 1)
    if method == "momentum":
        return float(4 / (np.sqrt(smallest) + np.sqrt(largest)) ** 2), ratio**2, ratio
    return 1 / largest, ratio, float(1 - 1 / np.sqrt(k))


def _check(method: str) -> None:
    if method not in RULES:
        raise ValueError(f"method must be one of {', '.join(map(repr, RULES))}; got {method!r}")

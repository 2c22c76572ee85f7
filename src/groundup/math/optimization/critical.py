"""What kind of place is it? Critical points by the Hessian's eigenvalues, and tests of convexity.

Near a point where the gradient vanishes, f(x + d) = f(x) + d' H d / 2 + ...: along an eigenvector of H the function
bends up where the eigenvalue is positive and down where it is negative. All up: a minimum. All down: a maximum. Both:
a saddle. An eigenvalue of 0 says nothing, and the case is called degenerate unless others already make it a saddle.

A function is convex when no chord lies below its graph, which for twice differentiable ones means that no Hessian has a
negative eigenvalue. `find_nonconvexity` looks for a witness to the contrary; not to find one is evidence, no proof.

Lesson: optimization
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.math.linear_algebra import eigh
from groundup.math.optimization.objective import Objective, as_start

__all__ = ["CriticalPoint", "classify", "critical_point", "find_nonconvexity", "is_convex_quadratic"]


@dataclass(frozen=True)
class CriticalPoint:
    """A point where the gradient vanishes.

    Attributes
    ----------
    kind : {"minimum", "maximum", "saddle", "degenerate"}
    eigenvalues : ndarray of shape (n,)
        Of the Hessian, in ascending order.
    directions : ndarray of shape (n, n)
        Column i belongs to eigenvalue i.
    """

    kind: str
    eigenvalues: np.ndarray
    directions: np.ndarray


def classify(eigenvalues: Any, *, tol: float = 1e-8) -> str:
    """ "minimum", "maximum", "saddle" or "degenerate", by the eigenvalues of a Hessian at a critical point.

    Parameters
    ----------
    eigenvalues : array_like of shape (n,)
    tol : float
        An eigenvalue counts as 0 up to this share of the largest (of 1, if that is smaller).

    Examples
    --------
    >>> from groundup.math.optimization import classify
    >>> classify([-2.0, 3.0]), classify([0.0, 3.0])
    ('saddle', 'degenerate')
    """
    w = np.asarray(eigenvalues, dtype=np.float64)
    nearly = tol * max(1.0, float(np.abs(w).max(initial=0.0)))
    up, down = bool((w > nearly).any()), bool((w < -nearly).any())
    if up and down:
        return "saddle"
    if (np.abs(w) <= nearly).any() or not w.size:
        return "degenerate"
    return "minimum" if up else "maximum"


def critical_point(
    fun: Callable, x: Any, *, jac: Any = None, hess: Callable | None = None, tol: float = 1e-5
) -> CriticalPoint:
    """What kind of critical point `x` is.

    Parameters
    ----------
    fun, jac, hess
        As for `minimize`.
    x : array_like of shape (n,)
    tol : float
        The largest entry of the gradient must not exceed it.

    Returns
    -------
    CriticalPoint

    Raises
    ------
    ValueError
        If the gradient does not vanish at `x`.
    """
    x = as_start(x)
    objective = Objective(fun, x.size, jac, hess)
    largest = float(np.abs(objective.point(x).gradient).max())
    if not largest <= tol:
        raise ValueError(
            f"x must be a critical point: its gradient has an entry of size {largest:.3g}, above tol = {tol}"
        )
    w, V = eigh(objective.hessian(x))
    return CriticalPoint(classify(w), w, V)


def is_convex_quadratic(H: np.ndarray, *, tol: float = 1e-10) -> bool:
    """Whether x' H x / 2 is convex: no eigenvalue of the symmetric H is below -tol times the largest in size."""
    w = eigh(np.asarray(H))[0]
    return bool(w[0] >= -tol * np.abs(w).max())


def find_nonconvexity(
    fun: Callable, low: Any, high: Any, *, rng: np.random.Generator, samples: int = 1000, tol: float = 1e-10
) -> tuple[np.ndarray, np.ndarray] | None:
    """Two points of a box between whose graph points the chord's middle lies below the function, or None.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float`` for x of shape (n,).
    low, high : array_like of shape (n,)
        Corners of the box.
    rng : numpy.random.Generator
    samples : int
        Pairs to try: half of them anywhere, half close together, where curvature shows.
    tol : float
        Violations below this share of the values are taken for rounding.

    Returns
    -------
    (a, b) or None
        ndarrays of shape (n,) with f((a + b) / 2) > (f(a) + f(b)) / 2. None is evidence of convexity, no proof.

    Raises
    ------
    ValueError
        If the box is empty.
    """
    low, high = as_start(low), as_start(high)
    if low.shape != high.shape or not (low < high).all():
        raise ValueError(f"low must be below high in every entry; got {low} and {high}")
    for count in range(samples):
        a, b = rng.uniform(low, high), rng.uniform(low, high)
        if count % 2:
            b = a + 0.05 * (b - a)
        fa, fb, middle = fun(a), fun(b), fun((a + b) / 2)
        if middle > (fa + fb) / 2 + tol * max(1.0, abs(fa), abs(fb)):
            return a, b
    return None

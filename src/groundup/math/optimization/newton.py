"""Newton's method: minimise the parabola that touches the objective here, again and again.

    step   p = -H^{-1} g,    g gradient, H Hessian

converges quadratically near a minimum, but where H has a negative eigenvalue the parabola has no minimum, and the step
may lead uphill, to a saddle or a maximum. `safe_step` writes H = sum_i w_i v_i v_i' and divides by |w_i| instead of
w_i (Nocedal and Wright 2006, section 3.4, eigenvalue modification; Dauphin 2014 calls it saddle-free): every part of
the step then leads downhill. Eigenvalues nearer to 0 than a floor are raised to it.

Costs O(n^3) a step. Left out: Hessian-free steps (conjugate gradients), trust regions.

Lesson: optimization
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.linear_algebra import SingularMatrixError, eigh, solve
from groundup.math.optimization.iteration import NoProgress, OptimizeResult, Stopping, iterate
from groundup.math.optimization.line_search import backtracking, wolfe
from groundup.math.optimization.objective import Objective, Point, as_start

__all__ = ["newton", "newton_step", "safe_step"]


def newton_step(gradient: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """-H^{-1} g, to the critical point of the touching parabola, of whatever kind that is.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
    hessian : ndarray of shape (n, n)

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    SingularMatrixError
        If the Hessian has no inverse.
    """
    return -solve(hessian, gradient)


def safe_step(gradient: np.ndarray, hessian: np.ndarray, *, floor: float = 1e-8) -> np.ndarray:
    """-|H|^{-1} g: as `newton_step` where H is positive definite, and downhill everywhere.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
    hessian : ndarray of shape (n, n)
        Symmetric.
    floor : float
        Eigenvalues are taken to be at least this share of the largest, in absolute value.

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from groundup.math.optimization import newton_step, safe_step
    >>> g, H = np.array([1.0, 1.0]), np.diag([2.0, -2.0])
    >>> newton_step(g, H), safe_step(g, H)
    (array([-0.5,  0.5]), array([-0.5, -0.5]))
    """
    w, V = eigh(hessian)
    size = np.abs(w)
    size = np.maximum(size, max(floor * size.max(), np.finfo(float).tiny ** 0.5))
    return -V @ ((V.T @ gradient) / size)


def newton(
    fun: Callable,
    x0: Any,
    *,
    jac: Any = None,
    hess: Callable | None = None,
    safe: bool = True,
    line_search: str | None = "wolfe",
    **stopping: Any,
) -> OptimizeResult:
    """Newton's method, with or without its safeguards.

    Parameters
    ----------
    fun, x0, jac, hess
        As for `minimize`.
    safe : bool
        Use `safe_step` and, at a point where the gradient vanishes but the Hessian has a negative eigenvalue, say
        that it is a saddle or maximum instead of success. False: the bare method.
    line_search : {"wolfe", "backtracking", None}
        None takes the whole step.
    **stopping
        ``max_iter, tol, ftol, keep_path, callback``, as for `minimize`.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    ValueError, TypeError
        As `minimize`; also if `line_search` is unknown.
    """
    if line_search not in ("wolfe", "backtracking", None):
        raise ValueError(f"line_search must be 'wolfe', 'backtracking' or None; got {line_search!r}")
    objective = Objective(fun, as_start(x0).size, jac, hess)

    def advance(here: Point) -> tuple[Point, float]:
        H = objective.hessian(here.x)
        try:
            p = safe_step(here.gradient, H) if safe else newton_step(here.gradient, H)
        except SingularMatrixError:
            raise NoProgress("the Hessian has no inverse here: the touching parabola has no single bottom") from None
        if line_search is None:
            return objective.point(here.x + p), 1.0
        search = wolfe if line_search == "wolfe" else backtracking
        return search(objective, here, p, 1.0)

    def judge(here: Point) -> str | None:
        w = eigh(objective.hessian(here.x))[0]
        if w[0] < -1e-8 * max(1.0, abs(w[-1])):
            kind = "a maximum" if w[-1] < 0 else "a saddle point"
            return f"stopped at {kind}: the gradient vanishes, but the Hessian has the eigenvalue {w[0]:.3g}"
        return None

    return iterate(objective, x0, advance, Stopping(**stopping), method="newton", judge=judge if safe else None)

"""L-BFGS: a Newton-like step from the last few gradients (Liu and Nocedal 1989).

Between two points, s = x+ - x and y = g+ - g tell what the Hessian does to s: H s = y to first order (the secant
equation). BFGS keeps an approximation B of the inverse Hessian and corrects it so that B y = s,

    B+ = (I - r s y') B (I - r y s') + r s s',    r = 1 / (y . s)                (Nocedal and Wright 2006, eq. 6.17)

L-BFGS keeps the last m pairs (s, y) in place of the n x n matrix. `two_loop` applies the product of their corrections
to a vector in 4 m n operations (algorithm 7.4), beginning with (s . y) / (y . y) times the identity (eq. 7.20).

Left out: bounds on the variables (L-BFGS-B).

Lesson: optimization
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.math.optimization.iteration import NoProgress, OptimizeResult, Stopping, iterate
from groundup.math.optimization.line_search import wolfe
from groundup.math.optimization.objective import Objective, Point, as_start

__all__ = ["bfgs_update", "lbfgs", "two_loop"]

Pair = tuple[np.ndarray, np.ndarray, float]
EPS = float(np.finfo(np.float64).eps)


def two_loop(gradient: np.ndarray, pairs: Sequence[Pair]) -> np.ndarray:
    """B g, the approximate inverse Hessian times the gradient, from pairs (s, y, 1 / (y . s)), oldest first.

    Nocedal and Wright (2006), algorithm 7.4. Without pairs it is the gradient itself.

    Parameters
    ----------
    gradient : ndarray of shape (n,)
    pairs : sequence of (ndarray (n,), ndarray (n,), float)

    Returns
    -------
    ndarray of shape (n,)
    """
    q, shares = gradient.copy(), []
    for s, y, r in reversed(pairs):
        share = r * s.dot(q)
        q -= share * y
        shares.append(share)
    if pairs:
        _, y, r = pairs[-1]
        q *= 1.0 / (r * y.dot(y))
    for (s, y, r), share in zip(pairs, reversed(shares), strict=True):
        q += (share - r * y.dot(q)) * s
    return q


def bfgs_update(B: np.ndarray, s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The correction of an inverse Hessian B, of shape (n, n), after which B y = s: eq. 6.17, the slow explicit form.

    Raises
    ------
    ValueError
        If y . s is not positive: no positive definite matrix maps y to s.
    """
    curvature = y @ s
    if not curvature > 0:
        raise ValueError(f"y . s must be positive; got {curvature:.3g}")
    left = np.eye(len(s)) - np.outer(s, y) / curvature
    return left @ B @ left.T + np.outer(s, s) / curvature


def lbfgs(fun: Callable, x0: Any, *, jac: Any = None, memory: int = 10, **stopping: Any) -> OptimizeResult:
    """Limited-memory BFGS with a strong Wolfe line search.

    Parameters
    ----------
    fun, x0, jac
        As for `minimize`.
    memory : int
        Pairs kept, at least 1.
    **stopping
        ``max_iter, tol, ftol, keep_path, callback``, as for `minimize`.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    ValueError, TypeError
        As `minimize`; also if `memory` is not a whole number of at least 1.
    """
    if isinstance(memory, bool) or not isinstance(memory, (int, np.integer)) or memory < 1:
        raise ValueError(f"memory must be a whole number of at least 1; got {memory!r}")
    objective = Objective(fun, as_start(x0).size, jac)
    pairs: deque[Pair] = deque(maxlen=int(memory))

    def advance(here: Point) -> tuple[Point, float]:
        try:
            there, a = _search(objective, here, pairs)
        except NoProgress:
            if not pairs:
                raise
            pairs.clear()  # what was learned misleads: begin anew with the gradient
            there, a = _search(objective, here, pairs)
        s, y = there.x - here.x, there.gradient - here.gradient
        curvature = float(s @ y)
        if curvature > EPS * float(y @ y):  # else the pair would make B indefinite or huge
            pairs.append((s, y, 1.0 / curvature))
        return there, a

    return iterate(objective, x0, advance, Stopping(**stopping), method="l-bfgs")


def _search(objective: Objective, here: Point, pairs: Sequence[Pair]) -> tuple[Point, float]:
    """A line search along -B g; the first direction has no scale, so its first trial moves by 1, as in L-BFGS-B."""
    direction = -two_loop(here.gradient, pairs)
    first = 1.0 if pairs else 1.0 / float(np.sqrt(direction @ direction))
    return wolfe(objective, here, direction, first)

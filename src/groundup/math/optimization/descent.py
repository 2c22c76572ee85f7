"""Methods that use gradients alone: gradient descent, heavy ball, Nesterov.

    gradient descent    x <- x - a g(x)
    heavy ball          v <- b v - a g(x);  x <- x + v                                   (Polyak 1964)
    Nesterov            look ahead to y = x + b v, then step from there by its gradient  (Nesterov 2018, eq. 2.2.22)

a is the step, b the momentum. Nesterov's method is run on the points y at which it looks, as in PyTorch: with
x+ = y - a g(y), the next one is y+ = x+ + b (x+ - x). That way each step asks for one gradient, and the path holds the
points at which value and gradient were computed.

Left out: stochastic gradients (`groundup.neural.optim`).

Lesson: optimization
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.optimization.iteration import OptimizeResult, Stopping, iterate
from groundup.math.optimization.line_search import backtracking, wolfe
from groundup.math.optimization.objective import Objective, Point, as_start

__all__ = ["gradient_descent", "momentum", "nesterov"]

SEARCHES = ("wolfe", "backtracking")


def gradient_descent(
    fun: Callable, x0: Any, *, jac: Any = None, step: float | str = "wolfe", **stopping: Any
) -> OptimizeResult:
    """Walk against the gradient, by a fixed step or as far as a line search allows.

    Parameters
    ----------
    fun, x0, jac
        As for `minimize`.
    step : float, "wolfe" or "backtracking"
        The factor of the gradient, or how it is searched. With c2 = 0.1 the search is rather exact, since the gradient
        has no natural length.
    **stopping
        ``max_iter, tol, ftol, keep_path, callback``, as for `minimize`.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    ValueError, TypeError
        As `minimize`; also if `step` is not positive, or an unknown text.
    """
    objective = _objective(fun, x0, jac)
    if isinstance(step, str):
        if step not in SEARCHES:
            raise ValueError(f"step must be a positive number, 'wolfe' or 'backtracking'; got {step!r}")
        return iterate(objective, x0, _searched(objective, step), Stopping(**stopping), method="gradient")
    a = _positive("step", step)

    def advance(here: Point) -> tuple[Point, float]:
        return objective.point(here.x - a * here.gradient), a

    return iterate(objective, x0, advance, Stopping(**stopping), method="gradient")


def momentum(
    fun: Callable, x0: Any, *, jac: Any = None, step: float = 0.01, momentum: float = 0.9, **stopping: Any
) -> OptimizeResult:
    """Polyak's heavy ball: a velocity that remembers earlier gradients, and loses a share ``1 - momentum`` a step.

    Parameters
    ----------
    fun, x0, jac
        As for `minimize`.
    step : float
    momentum : float
        At least 0 and below 1; 0 is gradient descent.
    **stopping
        ``max_iter, tol, ftol, keep_path, callback``, as for `minimize`.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    ValueError, TypeError
        As `minimize`; also if `step` or `momentum` is out of range.
    """
    objective, a, b = _objective(fun, x0, jac), _positive("step", step), _share(momentum)
    velocity = np.zeros(objective.n)

    def advance(here: Point) -> tuple[Point, float]:
        nonlocal velocity
        velocity = b * velocity - a * here.gradient
        return objective.point(here.x + velocity), a

    return iterate(objective, x0, advance, Stopping(**stopping), method="momentum")


def nesterov(
    fun: Callable, x0: Any, *, jac: Any = None, step: float = 0.01, momentum: float | None = None, **stopping: Any
) -> OptimizeResult:
    """Nesterov's accelerated gradient: momentum whose gradient is taken where the momentum leads.

    Parameters
    ----------
    fun, x0, jac
        As for `minimize`.
    step : float
        At most 1 / L for the guarantees, L the largest eigenvalue of the Hessian.
    momentum : float, optional
        At least 0 and below 1. None: the sequence ``(t_k - 1) / t_{k+1}`` with t_1 = 1 and
        ``t_{k+1} = (1 + sqrt(1 + 4 t_k^2)) / 2``, which needs to know nothing of the function and reaches
        f - f* <= 2 |x0 - x*|^2 / (a (k + 1)^2) on convex ones.
    **stopping
        ``max_iter, tol, ftol, keep_path, callback``, as for `minimize`.

    Returns
    -------
    OptimizeResult
        Its path holds the points looked at (y in the notation above).

    Raises
    ------
    ValueError, TypeError
        As `minimize`; also if `step` or `momentum` is out of range.
    """
    objective, a = _objective(fun, x0, jac), _positive("step", step)
    b = None if momentum is None else _share(momentum)
    before, t = as_start(x0), 1.0

    def advance(here: Point) -> tuple[Point, float]:
        nonlocal before, t
        after = here.x - a * here.gradient
        t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead = after + ((t - 1) / t_next if b is None else b) * (after - before)
        before, t = after, t_next
        return objective.point(ahead), a

    return iterate(objective, x0, advance, Stopping(**stopping), method="nesterov")


def _searched(objective: Objective, how: str) -> Callable[[Point], tuple[Point, float]]:
    """Line search along the negative gradient, beginning with the fall that the last step brought (eq. 3.60)."""
    guess: float | None = None

    def advance(here: Point) -> tuple[Point, float]:
        nonlocal guess
        g = here.gradient
        square = float(g @ g)
        first = min(1.0, 1.0 / math.sqrt(square)) if guess is None else guess
        if how == "wolfe":
            there, a = wolfe(objective, here, -g, first, c2=0.1)
        else:
            there, a = backtracking(objective, here, -g, first)
        after = float(there.gradient @ there.gradient)
        # so that the first-order change of the next step equals the change of this one; backtracking may also grow
        guess = 2 * a if how == "backtracking" else a * square / after if after else None
        return there, a

    return advance


def _objective(fun: Callable, x0: Any, jac: Any) -> Objective:
    return Objective(fun, as_start(x0).size, jac)


def _positive(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < np.inf:
        raise ValueError(f"{name} must be a positive number; got {value!r}")
    return float(value)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < 1:
        raise ValueError(f"momentum must be at least 0 and below 1; got {value!r}")
    return float(value)

"""One door to all methods: `minimize`.

Lesson: optimization
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.math.optimization.descent import gradient_descent, momentum, nesterov
from groundup.math.optimization.iteration import OptimizeResult
from groundup.math.optimization.lbfgs import lbfgs
from groundup.math.optimization.newton import newton

__all__ = ["METHODS", "minimize"]

METHODS: dict[str, Callable[..., OptimizeResult]] = {
    "gradient": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "newton": newton,
    "l-bfgs": lbfgs,
}


def minimize(
    fun: Callable,
    x0: Any,
    *,
    jac: Any = None,
    hess: Callable | None = None,
    method: str = "l-bfgs",
    max_iter: int = 1000,
    tol: float = 1e-6,
    ftol: float = 0.0,
    keep_path: bool = True,
    callback: Callable[[np.ndarray], Any] | None = None,
    **options: Any,
) -> OptimizeResult:
    """A point near `x0` at which `fun` is least, as far as its slopes tell.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float`` for x of shape (n,), or ``-> (float, ndarray (n,))`` with ``jac=True``.
    x0 : array_like of shape (n,)
        Where to start. Computed in float64; not changed.
    jac : callable, True, "dual", "numerical" or None
        The gradient: ``jac(x) -> ndarray (n,)``; True: `fun` returns it too; "dual": dual numbers; "numerical":
        central differences; None: dual numbers where `fun` is written in NumPy, else differences (the result's
        `derivative` says which). At kinks dual numbers take a subgradient.
    hess : callable, optional
        ``hess(x) -> ndarray (n, n)``, for "newton". Without it, second derivatives are computed.
    method : {"l-bfgs", "newton", "gradient", "momentum", "nesterov"}
    max_iter : int
    tol : float
        Stop when no entry of the gradient is larger, in absolute value.
    ftol : float
        Stop when a step lowers f by at most ``ftol * max(|f|, |f_new|, 1)``; 0 does not look at it.
    keep_path : bool
        Keep every point; switch off where n times the number of steps is large.
    callback : callable, optional
        Called with a copy of x after every step.
    **options
        Of the method: `memory` (l-bfgs), `safe` and `line_search` (newton), `step` (gradient, momentum, nesterov),
        `momentum` (momentum, nesterov).

    Returns
    -------
    OptimizeResult
        With `success` and, always, a `message` that says why it stopped. A run that diverges, stalls or ends at a
        saddle point is not an error but no success.

    Raises
    ------
    ValueError
        If the method is unknown, x0 is no finite vector, value or gradient at x0 are not finite, a gradient or
        Hessian has the wrong shape, or an option is out of range.
    TypeError
        If `fun`, `jac` or `hess` cannot be called, or the method does not have an option.

    Examples
    --------
    >>> from groundup.math.optimization import minimize
    >>> found = minimize(lambda x: (x[0] - 3) ** 2 + 10 * (x[1] + 1) ** 2, [0.0, 0.0])
    >>> found.x.round(4), found.success
    (array([ 3., -1.]), True)
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, METHODS))}; got {method!r}")
    if hess is not None:
        if method != "newton":
            raise TypeError(f"hess is used by method 'newton' only; got it with {method!r}")
        options["hess"] = hess
    own = inspect.signature(METHODS[method]).parameters.values()
    known = [p.name for p in own if p.kind is p.KEYWORD_ONLY and p.name != "jac"]
    if unknown := [name for name in options if name not in known]:
        named = ", ".join(["max_iter", "tol", "ftol", "keep_path", "callback", "jac", *known])
        raise TypeError(f"method {method!r} has no option {unknown[0]!r}; there are {named}")
    stopping = {"max_iter": max_iter, "tol": tol, "ftol": ftol, "keep_path": keep_path, "callback": callback}
    return METHODS[method](fun, x0, jac=jac, **options, **stopping)

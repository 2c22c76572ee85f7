"""The loop that all methods share: step, look whether it is done, remember where it has been.

A method is a function ``advance(here) -> (there, step)``. It may raise `NoProgress` with a sentence. The loop stops

* with success when the largest entry of the gradient is at most `tol`, or, where `ftol` is given, when a step lowered
  the value by at most ``ftol * max(|f|, |f_new|, 1)`` (the rule of L-BFGS-B);
* without success after `max_iter` steps, when no progress is possible, or when value or gradient leave the range of
  floating-point numbers. The message always says which.

Lesson: optimization
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.math.optimization.objective import Objective, Point, as_start

__all__ = ["NoProgress", "OptimizeResult", "Path", "Stopping", "iterate"]


class NoProgress(ArithmeticError):
    """A method found no step that lowers the objective; its text says why."""


@dataclass(frozen=True)
class Path:
    """Where an iteration has been.

    Attributes
    ----------
    x : ndarray of shape (nit + 1, n)
    fun : ndarray of shape (nit + 1,)
    gradient_norm : ndarray of shape (nit + 1,)
        Largest entry of the gradient, in absolute value.
    step : ndarray of shape (nit,)
        The factor with which the method's direction was taken: the step size of fixed-step methods, the result of
        the line search of the others.
    """

    x: np.ndarray
    fun: np.ndarray
    gradient_norm: np.ndarray
    step: np.ndarray

    def __len__(self) -> int:
        return len(self.fun)


@dataclass(frozen=True)
class OptimizeResult:
    """What `minimize` found, and how.

    Attributes
    ----------
    x : ndarray of shape (n,)
    fun : float
    jac : ndarray of shape (n,)
        The gradient at `x`.
    nit : int
        Steps taken.
    nfev, njev, nhev : int
        Evaluations of value, gradient, Hessian.
    success : bool
    message : str
        Why the iteration stopped.
    method : str
    derivative : str
        Where gradients came from: "given", "joint" (with the value), "dual" or "numerical".
    path : Path or None
        Every point on the way; None with ``keep_path=False``.
    """

    x: np.ndarray
    fun: float
    jac: np.ndarray
    nit: int
    nfev: int
    njev: int
    nhev: int
    success: bool
    message: str
    method: str
    derivative: str
    path: Path | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Stopping:
    """When to stop, and what to keep.

    Parameters
    ----------
    max_iter : int
    tol : float
        Largest entry of the gradient at which to stop.
    ftol : float
        Fall of the objective, as a share of its size, at which to stop; 0 does not look at it.
    keep_path : bool
    callback : callable, optional
        Called with a copy of x after every step.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    max_iter: int = 1000
    tol: float = 1e-6
    ftol: float = 0.0
    keep_path: bool = True
    callback: Callable[[np.ndarray], Any] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.max_iter, bool) or not isinstance(self.max_iter, (int, np.integer)) or self.max_iter < 0:
            raise ValueError(f"max_iter must be a whole number of at least 0; got {self.max_iter!r}")
        for name in ("tol", "ftol"):
            if not (0 <= getattr(self, name) < np.inf):
                raise ValueError(f"{name} must be a finite number of at least 0; got {getattr(self, name)!r}")


def iterate(
    objective: Objective,
    x0: Any,
    advance: Callable[[Point], tuple[Point, float]],
    stopping: Stopping,
    *,
    method: str = "",
    judge: Callable[[Point], str | None] | None = None,
) -> OptimizeResult:
    """Run `advance` from `x0` until a rule of `stopping` holds.

    Parameters
    ----------
    objective : Objective
    x0 : array_like of shape (n,)
    advance : callable
        ``advance(here) -> (there, step)``; may raise `NoProgress`.
    stopping : Stopping
    method : str
        Name for the result.
    judge : callable, optional
        Looks at the point where the gradient vanished: None, or why it is no minimum all the same.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    ValueError
        If value or gradient at `x0` are NaN or infinite.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # steps that leave the range are told in the message
        here = objective.point(as_start(x0))
        _check_start(here)
        log = _Log(stopping.keep_path)
        log.add(here, None)
        start, nit, done = here.value, 0, _vanished(here, stopping, judge)
        while done is None:
            if nit == stopping.max_iter:
                done = False, _unfinished(start, here.value, nit)
                break
            try:
                there, step = advance(here)
            except NoProgress as reason:
                done = False, str(reason)
                break
            nit += 1
            log.add(there, step)
            if not there.finite:
                done = False, f"diverged: the objective is {there.value:.3g} after {nit} steps; try a smaller step"
            else:
                if stopping.callback is not None:
                    stopping.callback(there.x.copy())
                done = _vanished(there, stopping, judge) or _settled(here, there, stopping)
            here = there
    return OptimizeResult(
        x=here.x,
        fun=here.value,
        jac=here.gradient,
        nit=nit,
        nfev=objective.nfev,
        njev=objective.njev,
        nhev=objective.nhev,
        success=done[0],
        message=done[1],
        method=method,
        derivative=objective.source,
        path=log.path(),
    )


def _check_start(here: Point) -> None:
    if not np.isfinite(here.value):
        raise ValueError(f"the objective must be finite at x0; got {here.value}")
    if not np.isfinite(here.gradient).all():
        at = int(np.argwhere(~np.isfinite(here.gradient))[0, 0])
        raise ValueError(f"the gradient must be finite at x0; entry {at} is {here.gradient[at]}")


def _vanished(here: Point, stopping: Stopping, judge: Callable | None) -> tuple[bool, str] | None:
    largest = np.abs(here.gradient).max()
    if largest > stopping.tol:
        return None
    fault = judge(here) if judge else None
    return (False, fault) if fault else (True, f"converged: largest gradient entry {largest:.3g} <= tol")


def _settled(here: Point, there: Point, stopping: Stopping) -> tuple[bool, str] | None:
    fall = here.value - there.value
    if stopping.ftol and 0 <= fall <= stopping.ftol * max(abs(here.value), abs(there.value), 1.0):
        return True, f"converged: the last step lowered the objective by {fall:.3g}, within ftol"
    return None


def _unfinished(start: float, now: float, nit: int) -> str:
    if now > start:
        return f"diverged: the objective rose from {start:.3g} to {now:.3g} in {nit} steps; try a smaller step"
    return f"not converged: max_iter = {nit} steps taken, the objective fell from {start:.3g} to {now:.3g}"


class _Log:
    def __init__(self, keep: bool) -> None:
        self.keep, self.x, self.fun, self.norm, self.step = keep, [], [], [], []

    def add(self, point: Point, step: float | None) -> None:
        if self.keep:
            self.x.append(point.x)
            self.fun.append(point.value)
            self.norm.append(np.abs(point.gradient).max())
            if step is not None:
                self.step.append(step)

    def path(self) -> Path | None:
        arrays = (np.array(self.x), np.array(self.fun), np.array(self.norm), np.array(self.step, dtype=float))
        return Path(*arrays) if self.keep else None

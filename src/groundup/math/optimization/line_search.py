"""How far to walk along a direction: backtracking, and the strong Wolfe conditions.

Along x + a p write phi(a) = f(x + a p), so phi'(a) = gradient . p; downhill means phi'(0) < 0. The strong Wolfe
conditions (Nocedal and Wright 2006, eqs. 3.7) with 0 < c1 < c2 < 1 are

    phi(a) <= phi(0) + c1 a phi'(0)        low enough: a fair share of what the slope promises (Armijo)
    |phi'(a)| <= c2 |phi'(0)|              flat enough: not far from a bottom along the line

`wolfe` is algorithm 3.5, which finds an interval that must hold such a point, with algorithm 3.6 (zoom), which
narrows it by cubic interpolation (eq. 3.59). Deviations, both after Moré and Thuente (1994): an interval grows by
cubic extrapolation, held between 1.1 and 4 times the last growth, and a trial within an interval keeps a tenth of its
width from both ends. A trial at which f is not a number counts as too long.

Lesson: optimization
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groundup.math.optimization.iteration import NoProgress
from groundup.math.optimization.objective import Objective, Point

__all__ = ["backtracking", "cubic_minimizer", "satisfies_wolfe", "wolfe"]

MAX_TRIALS = 40


@dataclass(frozen=True)
class _Trial:
    """One step length a on the line: phi(a), phi'(a), and the point it leads to."""

    a: float
    value: float
    slope: float
    point: Point


def cubic_minimizer(a: float, fa: float, da: float, b: float, fb: float, db: float) -> float:
    """The minimiser of the cubic with values fa, fb and slopes da, db at a and b; NaN if it has none.

    Nocedal and Wright (2006), eq. 3.59.

    Examples
    --------
    >>> from groundup.math.optimization import cubic_minimizer
    >>> cubic_minimizer(0.0, 1.0, -2.0, 3.0, 4.0, 4.0)  # (a - 1)^2
    1.0
    """
    d1 = da + db - 3 * (fa - fb) / (a - b)
    inside = d1 * d1 - da * db
    if not inside >= 0:
        return float("nan")
    d2 = np.copysign(np.sqrt(inside), b - a)
    below = db - da + 2 * d2
    return float(b - (b - a) * (db + d2 - d1) / below) if below else float("nan")


def satisfies_wolfe(
    start: tuple[float, float], a: float, end: tuple[float, float], *, c1: float = 1e-4, c2: float = 0.9
) -> bool:
    """Whether a step meets the strong Wolfe conditions.

    Parameters
    ----------
    start : (phi(0), phi'(0))
    a : float
        The step.
    end : (phi(a), phi'(a))
    c1, c2 : float
    """
    return end[0] <= start[0] + c1 * a * start[1] and abs(end[1]) <= -c2 * start[1]


def backtracking(
    objective: Objective, here: Point, direction: np.ndarray, first: float, *, c1: float = 1e-4, shrink: float = 0.5
) -> tuple[Point, float]:
    """The first of the steps first, first * shrink, first * shrink^2, ... that is low enough.

    Nocedal and Wright (2006), algorithm 3.1.

    Parameters
    ----------
    objective : Objective
    here : Point
    direction : ndarray of shape (n,)
    first : float
    c1 : float
        Share of the slope's promise that a step must keep.
    shrink : float
        Above 0 and below 1.

    Returns
    -------
    point : Point
    step : float

    Raises
    ------
    NoProgress
        If the direction does not lead downhill, or no step is low enough.
    """
    slope, a = _downhill(here, direction), first
    for _ in range(MAX_TRIALS):
        there = objective.point(here.x + a * direction)
        if there.value <= here.value + c1 * a * slope:
            return there, a
        a *= shrink
    raise NoProgress(f"no step along the direction lowers the objective: the shortest tried was {a / shrink:.3g}")


def wolfe(
    objective: Objective, here: Point, direction: np.ndarray, first: float = 1.0, *, c1: float = 1e-4, c2: float = 0.9
) -> tuple[Point, float]:
    """A step that meets the strong Wolfe conditions: Nocedal and Wright (2006), algorithm 3.5.

    Parameters
    ----------
    objective : Objective
    here : Point
    direction : ndarray of shape (n,)
    first : float
        The first trial; 1 for Newton and quasi-Newton directions, whose length means something.
    c1, c2 : float
        0 < c1 < c2 < 1. A small c2 searches each line more exactly.

    Returns
    -------
    point : Point
        Where the step leads, with value and gradient.
    step : float

    Raises
    ------
    ValueError
        Unless 0 < c1 < c2 < 1.
    NoProgress
        If the direction does not lead downhill, or rounding hides every descent.
    """
    if not 0 < c1 < c2 < 1:
        raise ValueError(f"c1 and c2 must satisfy 0 < c1 < c2 < 1; got c1 = {c1}, c2 = {c2}")
    start = _Trial(0.0, here.value, _downhill(here, direction), here)

    def at(a: float) -> _Trial:
        point = objective.point(here.x + a * direction)
        slope = float(point.gradient @ direction) if np.isfinite(point.value) else np.nan
        return _Trial(a, point.value, slope, point)

    def high(trial: _Trial) -> bool:
        return not trial.value <= start.value + c1 * trial.a * start.slope or not np.isfinite(trial.slope)

    last, a = start, first
    for count in range(MAX_TRIALS):
        trial = at(a)
        if high(trial) or (count and trial.value >= last.value):
            return _zoom(at, high, start, last, trial, c2)
        if abs(trial.slope) <= -c2 * start.slope:
            return trial.point, a
        if trial.slope >= 0:
            return _zoom(at, high, start, trial, last, c2)
        growth = a - last.a
        a_cubic = cubic_minimizer(last.a, last.value, last.slope, a, trial.value, trial.slope)
        last, a = trial, float(np.clip(a_cubic, a + 1.1 * growth, a + 4 * growth)) if a_cubic > a else a + 4 * growth
    raise NoProgress(f"the objective still falls after a step of {last.a:.3g}: it seems unbounded below")


def _zoom(
    at: Callable[[float], _Trial], high: Callable[[_Trial], bool], start: _Trial, low: _Trial, end: _Trial, c2: float
) -> tuple[Point, float]:
    """Nocedal and Wright (2006), algorithm 3.6: `low` is the lowest trial that is low enough, and between it and
    `end` lies a step that is flat enough too."""
    for _ in range(MAX_TRIALS):
        width = end.a - low.a
        a = cubic_minimizer(low.a, low.value, low.slope, end.a, end.value, end.slope)
        inside = np.sort([low.a + 0.1 * width, end.a - 0.1 * width])
        a = float(np.clip(a, *inside)) if np.isfinite(a) else low.a + 0.5 * width
        if a in (low.a, end.a):
            break
        trial = at(a)
        if high(trial) or trial.value >= low.value:
            end = trial
        else:
            if abs(trial.slope) <= -c2 * start.slope:
                return trial.point, a
            if trial.slope * width >= 0:
                end = low
            low = trial
    if low.value < start.value:
        return low.point, low.a  # low enough, and rounding keeps us from anything flatter
    raise NoProgress("no step along the direction lowers the objective: differences are lost in rounding")


def _downhill(here: Point, direction: np.ndarray) -> float:
    slope = float(here.gradient @ direction)
    if slope == -np.inf:
        raise NoProgress("the gradient is so large that its square is infinite: scale the objective down")
    if not slope < 0:
        raise NoProgress(f"the direction does not lead downhill: its slope is {slope:.3g}")
    return slope

"""What the proofs of groundup.math.statistics share: samples, and how results are compared."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof

proof = Proof("groundup.math.statistics", reference="scipy.stats", needs=("statsmodels",))

SIDES = ("two-sided", "less", "greater")
SIDES_OF_STATSMODELS = {"two-sided": "two-sided", "less": "smaller", "greater": "larger"}
ROUNDINGS = "tens of roundings"


def entrywise(mine: Any, theirs: Any) -> float:
    """The largest relative error of a number; infinite where NaN, zeros or infinities do not agree."""
    a, b = np.asarray(mine, dtype=float), np.asarray(theirs, dtype=float)
    if a.shape != b.shape:
        return np.inf
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(all="ignore"):
        error = np.where(same, 0.0, np.abs(a - b) / np.abs(b))
    return float(np.where(np.isnan(error), np.inf, error).max(initial=0.0))


def samples() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name and two samples: small and larger, apart and alike, with ties."""
    rng = np.random.default_rng(8)
    for n, m, shift in ((2, 3, 0.5), (7, 5, 1.0), (8, 30, 0.3), (60, 45, 0.4), (300, 400, 0.05)):
        yield f"{n} and {m} values", rng.normal(size=n), rng.normal(shift, 1.5, size=m)
    yield "far apart", rng.normal(size=12), rng.normal(6, 1, size=15)
    yield "with ties", rng.integers(0, 6, 25).astype(float), rng.integers(1, 8, 31).astype(float)


def pairs() -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name and two samples of equal length."""
    for name, x, y in samples():
        n = min(len(x), len(y))
        if n > 2:
            yield name, x[:n], x[:n] * 0.5 + y[:n]


def outcome(result: Any) -> tuple:
    """Statistic, p-value and (if there is one) interval of a result of ours, or of the reference."""
    p = result.pvalue
    return result.statistic, p


def quiet(call: Callable[[], Any]) -> Any:
    """The value of a call, without warnings."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the reference warns at edges of its own
        return call()


def case(name: str, mine: Callable[[], Any], theirs: Callable[[], Any], tolerance: float | None = None) -> Case:
    """A case whose numbers are compared one by one."""
    return Case(name, ours=lambda: quiet(mine), reference=lambda: quiet(theirs), error=entrywise, tolerance=tolerance)


def absolute(name: str, mine: Callable[[], Any], theirs: Callable[[], Any]) -> Case:
    """As `case`, for numbers between 0 and 1 whose absolute error counts."""

    def error(a: Any, b: Any) -> float:
        return float(np.abs(np.asarray(a) - np.asarray(b)).max())

    return Case(name, ours=lambda: quiet(mine), reference=lambda: quiet(theirs), error=error)

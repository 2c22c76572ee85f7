"""What a proof is: cases, a reference, and a tolerance with its reason.

A proof stands in ``groundup.proofs.<family>.<stem>`` beside the module ``groundup.<family>.<stem>`` and
binds one name, ``proof``::

    proof = Proof("groundup.math.linear_algebra", reference="numpy.linalg")

    @proof.check("LU with partial pivoting", tolerance=1e-13, reason="about n roundings of 1e-16, n = 60")
    def _lu():
        for name, a in matrices():
            yield Case(name, ours=lambda a=a: solve(a, b), reference=lambda a=a: np.linalg.solve(a, b))

Tests run every case, ``groundup verify`` prints a line a check, a lesson's ``{verify}`` shows the same lines.
"""

import importlib
import importlib.util
import pkgutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.threads import thread_limit

__all__ = ["Case", "Check", "Proof", "Result", "available", "load", "relative_error"]

LONG_SECONDS = 5.0  # a call that took longer is not repeated for the sake of its time


def relative_error(ours: Any, reference: Any) -> float:
    """Largest difference over the largest magnitude of the reference, over all arrays of a nest.

    Shapes that differ, and NaN or infinity at different places, count as an infinite error.
    Tuples, lists and dicts are compared entry by entry, the worst counts.
    """
    if isinstance(reference, dict):
        same_keys = isinstance(ours, dict) and ours.keys() == reference.keys()
        return max((relative_error(ours[k], reference[k]) for k in reference), default=0.0) if same_keys else np.inf
    if isinstance(reference, (tuple, list)):
        if not isinstance(ours, (tuple, list)) or len(ours) != len(reference):
            return np.inf
        return max(map(relative_error, ours, reference), default=0.0)
    a, b = np.asarray(ours), np.asarray(reference)
    if a.shape != b.shape:
        return np.inf
    if b.dtype.kind not in "biufc":
        return 0.0 if np.array_equal(a, b) else np.inf
    a, b = a.astype(np.promote_types(a.dtype, np.float64)), b.astype(np.promote_types(b.dtype, np.float64))
    finite = np.isfinite(b)
    if not np.array_equal(finite, np.isfinite(a)) or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return np.inf
    if not finite.any():
        return 0.0
    scale = np.abs(b[finite]).max()
    return float(np.abs(a[finite] - b[finite]).max() / (scale if scale > 0 else 1.0))


@dataclass(frozen=True)
class Case:
    """One input: what ours and the reference make of it, and how far apart they may be.

    Parameters
    ----------
    name : str
    ours, reference : callables without arguments
        Both compute from the same copied state, and leave it as it is: they are called twice. They are timed, so
        build inputs outside.
    tolerance : float, optional
        Overrides the check's tolerance (for a case whose conditioning is known to be worse).
    error : callable ``(ours, reference) -> float``, optional
        `relative_error` by default.
    """

    name: str
    ours: Callable[[], Any]
    reference: Callable[[], Any]
    tolerance: float | None = None
    error: Callable[[Any, Any], float] = relative_error


@dataclass(frozen=True)
class Result:
    """Outcome of one case. Times are in seconds, of a single warm call each."""

    module: str
    check: str
    case: str
    reference: str
    error: float
    tolerance: float
    reason: str
    ours_seconds: float
    reference_seconds: float

    @property
    def ok(self) -> bool:
        return bool(self.error <= self.tolerance)


@dataclass(frozen=True)
class Check:
    """A named group of cases with one tolerance and the reason for it."""

    name: str
    tolerance: float
    reason: str
    make: Callable[[], Iterator[Case]]
    reference: str


@dataclass
class Proof:
    """All comparisons of one module with its reference.

    Parameters
    ----------
    module : str
        Dotted name of the module that is proven.
    reference : str
        What it is compared with, as a person would say it ("numpy.linalg"); its first word up to the
        first dot is the package that must be importable.
    needs : tuple of str
        Further packages the checks import.
    """

    module: str
    reference: str
    needs: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)

    def check(self, name: str, *, tolerance: float, reason: str, reference: str | None = None) -> Callable:
        """Register a generator of cases under a name; `reference` overrides the proof's for this check."""

        def register(make: Callable[[], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
            self.checks.append(Check(name, tolerance, reason, make, reference or self.reference))
            return make

        return register

    def missing(self) -> list[str]:
        """Packages that the reference needs and this environment lacks."""
        names = {self.reference.split(".")[0].split()[0], *self.needs}
        return sorted(n for n in names if importlib.util.find_spec(n) is None)

    def results(self) -> Iterator[Result]:
        """Run every case of every check."""
        for check in self.checks:
            for case in check.make():
                yield self.run(check, case)

    def run(self, check: Check, case: Case, *, again: bool = True) -> Result:
        """Run one case on one thread; the errors are those of the first calls.

        Parameters
        ----------
        check : Check
        case : Case
        again : bool
            Whether each side is called twice for the sake of its time, as the first call may compile or import.
        """
        with thread_limit(1):
            ours, ours_seconds = _timed(case.ours, again)
            reference, reference_seconds = _timed(case.reference, again)
        return Result(
            module=self.module,
            check=check.name,
            case=case.name,
            reference=check.reference,
            error=float(case.error(ours, reference)),
            tolerance=check.tolerance if case.tolerance is None else case.tolerance,
            reason=check.reason,
            ours_seconds=ours_seconds,
            reference_seconds=reference_seconds,
        )


def _timed(call: Callable[[], Any], again: bool) -> tuple[Any, float]:
    """The value of a first call, and its time or the shorter of two."""
    start = time.perf_counter()
    value = call()
    first = time.perf_counter() - start
    if first > LONG_SECONDS or not again:
        return value, first
    start = time.perf_counter()
    call()
    return value, min(first, time.perf_counter() - start)


def available() -> list[str]:
    """Dotted names of all modules that have a proof, in order."""
    import groundup.proofs as package

    found = pkgutil.walk_packages(package.__path__, "groundup.proofs.")
    stems = (m.name.removeprefix("groundup.proofs.") for m in found if not m.ispkg)
    return sorted(f"groundup.{stem}" for stem in stems if "." in stem and not stem.split(".")[-1].startswith("_"))


def load(module: str) -> Proof:
    """The proof of a module named like ``groundup.math.linear_algebra``.

    Raises
    ------
    LookupError
        If there is no proof of that name.
    """
    name = "groundup.proofs." + module.removeprefix("groundup.")
    try:
        return importlib.import_module(name).proof
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise LookupError(f"no proof of {module!r}; there are proofs of {', '.join(available())}") from None
        raise

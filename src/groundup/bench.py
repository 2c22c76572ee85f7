"""Benchmarks: ours, the reference and a from-scratch peer, in one run with equal precision and threads.

A benchmark file stands in ``benchmarks/<family>/<stem>.py`` and binds ``BENCHMARKS``, a list of
`Benchmark`. Rounds are interleaved (ours, reference, peer, ours, ...), so that a busy neighbour disturbs
all alike; the median of each is reported, with the score of what was computed beside its time.

What has no reference to be held against (a page, a kernel, a grading) stands in ``BUDGETS``, a list of `Budget`.
"""

import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup import paths
from groundup.threads import thread_limit

__all__ = ["Benchmark", "Budget", "Row", "budgets", "discover", "measure"]


@dataclass(frozen=True)
class Benchmark:
    """One piece of work, done by several contestants.

    Parameters
    ----------
    name : str
        Stable name, ``family.stem/work``, for instance ``math.linear_algebra/lu-1000``.
    work : str
        What is done, in words, with sizes and precision.
    setup : callable returning a dict of contestants
        ``{"ours": call, "numpy": call, "micrograd": call}``: callables without arguments over inputs that
        are already built. The first call of each is a warm-up (compilation) and is not counted.
    reference : str
        The contestant that ours is held against.
    reach : float
        Wanted: time of ours at most `reach` times the reference's (0.5 = twice as fast).
    score : callable, optional
        ``result -> float``, the quality of a contestant's answer, reported beside the time.
    score_name : str
        What the score is, with its unit ("relative residual").
    per : dict, optional
        Contestant -> factor by which its time is scaled, for a peer that can only do a smaller piece of
        the work; the report says so.
    """

    name: str
    work: str
    setup: Callable[[], dict[str, Callable[[], Any]]]
    reference: str
    reach: float
    score: Callable[[Any], float] | None = None
    score_name: str = ""
    per: dict[str, float] | None = None
    rounds: int = 7


@dataclass(frozen=True)
class Budget:
    """A quantity of the product that shall stay below a limit.

    Parameters
    ----------
    name : str
        Stable name, as a benchmark's.
    work : str
        What is measured, in words.
    measure : callable without arguments
        Returns the quantity, in `unit`.
    limit : float
        Largest value wanted, in `unit`.
    unit : str
        ``"s"`` or ``"MB"``.
    """

    name: str
    work: str
    measure: Callable[[], float]
    limit: float
    unit: str = "s"


@dataclass(frozen=True)
class Row:
    """A contestant's median time in seconds, peak memory in bytes (arrays and Python objects) and score."""

    name: str
    work: str
    contestant: str
    seconds: float
    peak_bytes: int
    score: float | None
    score_name: str
    ratio: float  # of its time to the reference's: below 1 is faster
    reach: float
    scaled: float


def discover(names: tuple[str, ...] = ()) -> Iterator[Benchmark]:
    """Benchmarks of the checkout whose name contains one of `names` (all of them without names).

    Raises
    ------
    FileNotFoundError
        If there is no folder of benchmarks: an installed wheel has none.
    """
    return _named("BENCHMARKS", names)


def budgets(names: tuple[str, ...] = ()) -> Iterator[Budget]:
    """Budgets of the checkout whose name contains one of `names`; errors as for `discover`."""
    return _named("BUDGETS", names)


def _named(collection: str, names: tuple[str, ...]) -> Iterator[Any]:
    folder = paths.benchmarks_dir()
    if folder is None or not folder.is_dir():
        raise FileNotFoundError("benchmarks live in a source checkout; this is an installed package")
    for file in sorted(folder.glob("*/*.py")):
        for found in getattr(_load(file), collection, ()):
            if not names or any(name in found.name for name in names):
                yield found


def _load(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"_benchmark_{file.parent.name}_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(benchmark: Benchmark, threads: int = 1) -> list[Row]:
    """Run one benchmark with `threads` threads for BLAS, Numba and torch alike; a row a contestant."""
    with thread_limit(threads, load=("numba", "torch")):
        contestants = benchmark.setup()
        answers = {who: call() for who, call in contestants.items()}
        peaks = {who: _peak(call) for who, call in contestants.items()}
        times: dict[str, list[float]] = {who: [] for who in contestants}
        for _ in range(benchmark.rounds):
            for who, call in contestants.items():
                start = time.perf_counter()
                call()
                times[who].append(time.perf_counter() - start)
    scale = benchmark.per or {}
    medians = {who: statistics.median(t) * scale.get(who, 1.0) for who, t in times.items()}
    return [
        Row(
            name=benchmark.name,
            work=benchmark.work,
            contestant=who,
            seconds=medians[who],
            peak_bytes=peaks[who],
            score=benchmark.score(answers[who]) if benchmark.score else None,
            score_name=benchmark.score_name,
            ratio=medians[who] / medians[benchmark.reference],
            reach=benchmark.reach,
            scaled=scale.get(who, 1.0),
        )
        for who in contestants
    ]


def _peak(call: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

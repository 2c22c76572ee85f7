"""Splitters beside scikit-learn's: the same splits, asked for and counted."""

from collections.abc import Callable
from typing import Any

import numpy as np

from groundup.bench import Benchmark
from groundup.data import model_selection as ours

RNG = np.random.default_rng(0)
MANY, SOME = 1_000_000, 20_000
Y, GROUPS = RNG.integers(5, size=MANY), RNG.integers(10_000, size=MANY)
FEW_Y, FEW_GROUPS = RNG.integers(3, size=SOME), RNG.integers(1000, size=SOME)


def checked(splits: Any) -> float:
    """Goes through the splits; the sum of all test rows tells whether they agree."""
    return float(sum(int(test.sum()) for _, test in splits))


def contest(name: str, options: dict[str, Any], *given: Any) -> Callable[[], dict[str, Callable[[], float]]]:
    def setup() -> dict[str, Callable[[], float]]:
        from sklearn import model_selection as reference

        def calls(package: Any) -> Callable[[], float]:
            return lambda: checked((a, np.asarray(b)) for a, b in getattr(package, name)(**options).split(*given))

        return {"ours": calls(ours), "scikit-learn": calls(reference)}

    return setup


def bench(name: str, work: str, setup: Any, **more: Any) -> Benchmark:
    return Benchmark(
        name=f"data.model_selection/{name}",
        work=work,
        setup=setup,
        reference="scikit-learn",
        reach=1.0,
        score=float,
        score_name="sum of the tested rows (equal: they agree)",
        **more,
    )


BENCHMARKS = [
    bench("stratified", "5 stratified folds of 1,000,000 rows", contest("StratifiedKFold", {}, Y, Y)),
    bench("groups", "5 folds of 10,000 groups, 1,000,000 rows", contest("GroupKFold", {}, Y, Y, GROUPS)),
    bench(
        "stratified-groups",
        "5 stratified folds of 1,000 groups, 20,000 rows",
        contest("StratifiedGroupKFold", {}, FEW_Y, FEW_Y, FEW_GROUPS),
        rounds=3,
    ),
    bench(
        "stratified-shuffle",
        "3 stratified random splits of 1,000,000 rows",
        contest("StratifiedShuffleSplit", {"n_splits": 3, "test_size": 0.2, "random_state": 0}, Y, Y),
    ),
]

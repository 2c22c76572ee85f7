"""The bootstrap beside scipy.stats.bootstrap: 10,000 resamples of 10,000 rows, percentile interval, float64.

scipy.stats stands in it twice: as called (all 10,000 x 10,000 indices at once, some 1.6 GB), and with ``batch=10``,
which keeps a batch in the cache and was the fastest of 10, 100 and 1000. Ours is held against that. Three kinds of
statistic: declared as a function of means; a callable, whose rows both sides gather; and class labels with a callable
that takes weights, where the reference has to gather rows. The peer loops over resamples with `numpy`, as textbooks do.

The score is the width of the interval; the random rows differ, so widths agree to about a hundredth.
"""

import numpy as np

from groundup.bench import Benchmark
from groundup.math import statistics as ours

N, RESAMPLES = 10_000, 10_000
RNG = np.random.default_rng(0)
SCORES, NOISE = RNG.normal(size=N), RNG.normal(size=N)
TARGET = RNG.normal(size=N)
PREDICTION = TARGET + 0.5 * NOISE
RIGHT = (RNG.random(N) < 0.83).astype(np.float64)
LABELS = RNG.integers(0, 5, N)
GUESSES = np.where(RNG.random(N) < 0.8, LABELS, RNG.integers(0, 5, N))
OPTIONS = {"n_resamples": RESAMPLES, "method": "percentile"}


def rmse(y, p, axis=-1):
    return np.sqrt(((y - p) ** 2).mean(axis=axis))


def macro_recall(y, p, weights=None):
    """Mean over classes of the share found."""
    w = np.ones(len(y)) if weights is None else weights
    return (np.bincount(y, w * (y == p), 5) / np.bincount(y, w, 5)).mean()


def width(result):
    ends = result if isinstance(result, tuple) else result.confidence_interval
    return float(ends[1] - ends[0])


def loop(data, statistic, resamples=1000):
    rng = np.random.default_rng(1)
    values = []
    for _ in range(resamples):
        rows = rng.integers(0, N, N)
        values.append(statistic(*(d[rows] for d in data)))
    return tuple(np.quantile(values, [0.025, 0.975]))


def contestants(data, mine, theirs, *, whole=True, **options):
    """Ours, the reference with small batches and, where memory allows it in reasonable time, as it comes."""

    def setup():
        from scipy import stats

        paired = len(data) > 1
        given = data if paired else data[0]
        reference = {"paired": paired, "rng": 1, **OPTIONS}
        out = {
            "ours": lambda: ours.bootstrap(given, mine, paired=paired, random_state=1, **OPTIONS, **options),
            "scipy.stats, batches of 10": lambda: stats.bootstrap(data, theirs, batch=10, **reference),
        }
        if whole:
            out["scipy.stats, as called"] = lambda: stats.bootstrap(data, theirs, **reference)
        return out | {"a loop": lambda: loop(data, theirs)}

    return setup


def bench(name, work, setup, reach):
    return Benchmark(
        name=f"math.statistics/bootstrap-{name}",
        work=f"{work}; 10,000 resamples of 10,000 rows, percentile, float64 (a loop: 1000 resamples, scaled)",
        setup=setup,
        reference="scipy.stats, batches of 10",
        reach=reach,
        score=width,
        score_name="width of the 95 % interval",
        per={"a loop": RESAMPLES / 1000},
        rounds=3,
    )


OF_MEANS = ours.FunctionOfMeans(lambda y, p: (y - p) ** 2, np.sqrt)

BENCHMARKS = [
    bench("mean", "mean of per-row scores", contestants((SCORES,), "mean", np.mean), 0.2),
    bench("accuracy", "mean of zeros and ones", contestants((RIGHT,), "mean", np.mean), 0.2),
    bench(
        "rmse-of-means",
        "RMSE of two paired columns, declared as a function of means",
        contestants((TARGET, PREDICTION), OF_MEANS, rmse),
        0.2,
    ),
    bench(
        "rmse-callable",
        "RMSE of two paired columns, the same vectorized callable on both sides",
        contestants((TARGET, PREDICTION), rmse, rmse),
        1.0,
    ),
    bench(
        "recall-weights",
        "macro recall of labels in five classes, a callable; ours is told that it takes weights",
        contestants((LABELS, GUESSES), macro_recall, macro_recall, whole=False, weights="weights"),
        0.2,
    ),
    bench(
        "recall-callable",
        "macro recall of labels in five classes, the same callable on both sides",
        contestants((LABELS, GUESSES), macro_recall, macro_recall, whole=False),
        1.0,
    ),
]

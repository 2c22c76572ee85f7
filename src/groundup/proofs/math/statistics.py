"""groundup.math.statistics beside scipy.stats and statsmodels: every test, every alternative, exact small samples.

p-values are compared relative to their own size. The bootstrap is given the rows that the reference drew.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.math import statistics as ours
from groundup.math.statistics.descriptive import QUANTILE_METHODS
from groundup.math.statistics.multiple import CORRECTIONS
from groundup.proofs.core import Case
from groundup.proofs.math import _statistics_tests  # registers its checks
from groundup.proofs.math._statistics_base import (
    ROUNDINGS,
    SIDES,
    SIDES_OF_STATSMODELS,
    absolute,
    case,
    outcome,
    pairs,
    proof,
    samples,
)

__all__ = ["_statistics_tests", "proof"]


@proof.check("descriptive statistics", tolerance=1e-12, reason="tens of roundings, divided by a skewness near 0")
def _descriptive() -> Iterator[Case]:
    from scipy import stats as s
    from statsmodels.stats.weightstats import DescrStatsW

    for name, x, y in samples():
        yield case(
            f"shape, {name}",
            lambda x=x: [f(x, bias=b) for f in (ours.skewness, ours.kurtosis) for b in (True, False)],
            lambda x=x: [f(x, bias=b) for f in (s.skew, s.kurtosis) for b in (True, False)],
        )
        yield case(
            f"robust, {name}",
            lambda x=x: [ours.median(x), ours.mad(x), ours.mad(x, normal=True), ours.trimmed_mean(x, 0.2)],
            lambda x=x: [
                np.median(x),
                s.median_abs_deviation(x),
                s.median_abs_deviation(x, scale="normal"),  # pyright: ignore
                s.trim_mean(x, 0.2),
            ],
        )
        w = np.arange(1.0, len(y) + 1)
        yield case(
            f"weighted, {name}",
            lambda y=y, w=w: [ours.mean(y, w), ours.var(y, w), ours.std(y, w, ddof=0), ours.var(y), ours.mean(y)],
            lambda y=y, w=w: [
                (d := DescrStatsW(y, w, ddof=1)).mean,
                d.var,
                DescrStatsW(y, w).std,
                y.var(ddof=1),
                y.mean(),
            ],
        )


@proof.check("the nine kinds of quantile", tolerance=1e-13, reason=ROUNDINGS, reference="numpy.quantile")
def _quantiles() -> Iterator[Case]:
    q = np.concatenate([np.linspace(0, 1, 33), np.random.default_rng(3).random(40), [0.1, 0.7, 1 / 3]])
    for (name, x, _), method in itertools.product(samples(), QUANTILE_METHODS):
        yield case(
            f"{method}, {name}",
            lambda x=x, m=method: ours.quantile(x, q, method=m),
            lambda x=x, m=method: np.quantile(x, q, method=m),  # pyright: ignore
        )
        if method == "inverted_cdf":
            w = np.arange(len(x)) % 4.0 + (len(x) < 4)
            yield case(
                f"weighted, {name}",
                lambda x=x, w=w: ours.quantile(x, q, method="inverted_cdf", weights=w),
                lambda x=x, w=w: np.quantile(x, q, method="inverted_cdf", weights=w),
            )


@proof.check("covariance and correlations", tolerance=1e-11, reason="p-values of far tails; see the distributions")
def _correlations() -> Iterator[Case]:
    from scipy import stats as s

    x = np.random.default_rng(4).normal(size=(30, 4))
    w = np.arange(30.0)
    yield case("covariance matrix", lambda: ours.covariance_matrix(x, w), lambda: np.cov(x.T, fweights=w.astype(int)))
    yield case("correlation matrix", lambda: ours.correlation_matrix(x), lambda: np.corrcoef(x.T), 1e-10)
    for (name, a, b), side in itertools.product(pairs(), SIDES):
        for mine, theirs in ((ours.pearson, s.pearsonr), (ours.spearman, s.spearmanr), (ours.kendall, s.kendalltau)):
            yield case(
                f"{theirs.__name__}, {side}, {name}",
                lambda a=a, b=b, f=mine, side=side: outcome(f(a, b, alternative=side)),
                lambda a=a, b=b, f=theirs, side=side: outcome(f(a, b, alternative=side)),
            )
        yield case(
            f"interval of pearsonr, {side}, {name}",
            lambda a=a, b=b, side=side: ours.pearson(a, b, alternative=side, confidence_level=0.9).confidence_interval,
            lambda a=a, b=b, side=side: s.pearsonr(a, b, alternative=side).confidence_interval(0.9),
        )


def bootstrap_cases() -> Iterator[tuple[str, tuple, Any, Callable, bool]]:
    """Name, samples, our statistic, the reference's, whether paired."""
    rng = np.random.default_rng(5)
    x, y = rng.gamma(2.0, size=80), rng.normal(size=50)
    z = x + rng.normal(size=80)

    def correlation(a: Any, b: Any) -> Any:
        return np.corrcoef(a, b)[0, 1]

    as_means = ours.FunctionOfMeans(
        lambda a, b: (a - 2, b - 2, (a - 2) ** 2, (b - 2) ** 2, (a - 2) * (b - 2)),
        lambda a, b, aa, bb, ab: (ab - a * b) / np.sqrt((aa - a * a) * (bb - b * b)),
    )
    difference = ours.FunctionOfMeans(lambda v: v, lambda a, b: a - b)
    yield "mean", (x,), "mean", np.mean, False
    yield "standard deviation", (x,), np.std, np.std, False
    yield "share, with ties in every resample", ((y > 0.4).astype(float),), "mean", np.mean, False
    yield "correlation, rows gathered", (x, z), correlation, correlation, True
    yield "correlation, from means", (x, z), as_means, correlation, True
    yield "difference of means", (x, y), difference, lambda a, b: np.mean(a) - np.mean(b), False


@proof.check("bootstrap on the same resamples", tolerance=1e-11, reason=ROUNDINGS)
def _bootstrap() -> Iterator[Case]:
    from scipy import stats as s

    n_resamples = 400
    for (name, data, mine, theirs, paired), method, side in itertools.product(
        bootstrap_cases(), ("percentile", "basic", "BCa"), SIDES
    ):
        rng = np.random.default_rng(9)
        sizes = [len(data[0])] if paired else [len(d) for d in data]
        rows = tuple(rng.integers(0, size, (n_resamples, size)) for size in sizes)
        yield case(
            f"{name}, {method}, {side}",
            lambda d=data, f=mine, p=paired, m=method, a=side, i=rows: [
                *(r := ours.bootstrap(d, f, paired=p, method=m, alternative=a, indices=i)).confidence_interval,
                r.standard_error,
            ],
            lambda d=data, f=theirs, p=paired, m=method, a=side: [
                *(
                    r := s.bootstrap(
                        d, f, paired=p, method=m, alternative=a, n_resamples=n_resamples, rng=np.random.default_rng(9)
                    )
                ).confidence_interval,
                r.standard_error,
            ],
        )


@proof.check(
    "power",
    tolerance=1e-11,
    reason="absolute, as a power is read: mixtures of a hundred terms",
    reference="statsmodels.stats.power",
)
def _power() -> Iterator[Case]:
    from statsmodels.stats import power as p

    for d, n, side in itertools.product((0.2, -0.5, 1.1), (5, 30, 200), SIDES):
        other = SIDES_OF_STATSMODELS[side]
        yield absolute(
            f"t, d = {d}, n = {n}, {side}",
            lambda d=d, n=n, a=side: [
                ours.power_t_test(d, n, alternative=a, kind="one-sample"),
                ours.power_t_test(d, n, alternative=a, ratio=1.5, level=0.01),
                ours.power_proportions(d, n, alternative=a, ratio=2.0),
            ],
            lambda d=d, n=n, a=other: [
                p.TTestPower().power(d, n, 0.05, alternative=a),
                p.TTestIndPower().power(d, n, 0.01, ratio=1.5, alternative=a),  # pyright: ignore
                p.NormalIndPower().power(d, n, 0.05, ratio=2.0, alternative=a),  # pyright: ignore
            ],
        )
    for effect, n in itertools.product((0.1, 0.4), (20, 150)):
        yield absolute(
            f"ANOVA and chi-squared, effect {effect}, n = {n}",
            lambda f=effect, n=n: [ours.power_anova(f, n, groups=4), ours.power_chi_squared(f, n, df=5)],
            lambda f=effect, n=n: [
                p.FTestAnovaPower().power(f, n, 0.05, k_groups=4),
                p.GofChisquarePower().power(f, n, 0.05, n_bins=6),
            ],
        )


@proof.check(
    "rows and effects for a power", tolerance=1e-5, reason="the reference's search", reference="statsmodels.stats.power"
)
def _rows_for_a_power() -> Iterator[Case]:
    from statsmodels.stats import power as p

    yield case(
        "rows",
        lambda: [
            ours.power_t_test(0.5, power=0.8),
            ours.power_t_test(0.3, power=0.9, kind="one-sample"),
            ours.power_anova(0.25, power=0.8, groups=3),
            ours.power_chi_squared(0.3, power=0.8, df=3),
            ours.power_proportions(0.2, power=0.9),
        ],
        lambda: [
            p.tt_ind_solve_power(effect_size=0.5, power=0.8, alpha=0.05),
            p.tt_solve_power(effect_size=0.3, power=0.9, alpha=0.05),
            p.FTestAnovaPower().solve_power(effect_size=0.25, power=0.8, alpha=0.05, k_groups=3),
            p.GofChisquarePower().solve_power(effect_size=0.3, power=0.8, alpha=0.05, n_bins=4),
            p.NormalIndPower().solve_power(effect_size=0.2, power=0.9, alpha=0.05),
        ],
    )
    yield case(
        "effects",
        lambda: [ours.power_t_test(n=40, power=0.8), ours.power_anova(n=90, power=0.8, groups=3)],
        lambda: [
            p.tt_ind_solve_power(nobs1=40, power=0.8, alpha=0.05),
            p.FTestAnovaPower().solve_power(nobs=90, power=0.8, alpha=0.05, k_groups=3),
        ],
    )


@proof.check("intervals of a share", tolerance=1e-12, reason=ROUNDINGS, reference="statsmodels.stats.proportion")
def _shares() -> Iterator[Case]:
    from statsmodels.stats.proportion import proportion_confint

    names = {"wald": "normal", "wilson": "wilson", "clopper-pearson": "beta", "agresti-coull": "agresti_coull"}
    for (mine, theirs), (k, n) in itertools.product(
        names.items(), ((0, 10), (3, 10), (10, 10), (45, 1000), (999, 1000))
    ):
        yield case(
            f"{mine}, {k} of {n}",
            lambda m=mine, k=k, n=n: ours.proportion_interval(k, n, 0.9, method=m),
            lambda m=theirs, k=k, n=n: proportion_confint(k, n, 0.1, method=m),
        )


@proof.check("many tests", tolerance=1e-13, reason=ROUNDINGS, reference="statsmodels.stats.multitest")
def _multiple() -> Iterator[Case]:
    from statsmodels.stats.multitest import multipletests

    names = dict(zip(CORRECTIONS, ("bonferroni", "sidak", "holm", "simes-hochberg", "fdr_bh", "fdr_by"), strict=True))
    rng = np.random.default_rng(2)
    for p in (rng.random(1), rng.random(40) ** 3, np.array([0.01, 0.01, 0.02, 0.5, 1.0, 0.0])):
        for mine, theirs in names.items():
            yield case(
                f"{mine}, {len(p)} tests",
                lambda p=p, m=mine: ours.adjust_p_values(p, m),
                lambda p=p, m=theirs: multipletests(p, method=m)[1],
            )

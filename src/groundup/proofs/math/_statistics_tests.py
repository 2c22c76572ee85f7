"""The tests of groundup.math.statistics beside those of scipy.stats: every alternative, exact small samples."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.math import statistics as ours
from groundup.math.statistics.kolmogorov import kolmogorov_sf
from groundup.proofs.core import Case
from groundup.proofs.math._statistics_base import SIDES, case, outcome, pairs, proof, samples

MANY = 20_000


@proof.check("t tests and their intervals", tolerance=1e-11, reason="a difference of means near 0, and far tails")
def _t_tests() -> Iterator[Case]:
    from scipy import stats as s

    def all_of(result: Any) -> list:
        ends = result.confidence_interval
        ends = ends(0.9) if callable(ends) else ends
        return [*outcome(result), result.df, *ends]

    for (name, x, y), side in itertools.product(samples(), SIDES):
        for equal in (True, False):
            yield case(
                f"{'Student' if equal else 'Welch'}, {side}, {name}",
                lambda x=x, y=y, e=equal, a=side: all_of(
                    ours.t_test(x, y, equal_var=e, alternative=a, confidence_level=0.9)
                ),
                lambda x=x, y=y, e=equal, a=side: all_of(s.ttest_ind(x, y, equal_var=e, alternative=a)),
            )
        yield case(
            f"one sample, {side}, {name}",
            lambda x=x, a=side: all_of(ours.t_test_one_sample(x, 0.3, alternative=a, confidence_level=0.9)),
            lambda x=x, a=side: all_of(s.ttest_1samp(x, 0.3, alternative=a)),
        )
    for (name, x, y), side in itertools.product(pairs(), SIDES):
        yield case(
            f"pairs, {side}, {name}",
            lambda x=x, y=y, a=side: all_of(ours.t_test_paired(x, y, alternative=a, confidence_level=0.9)),
            lambda x=x, y=y, a=side: all_of(s.ttest_rel(x, y, alternative=a)),
        )


@proof.check("analysis of variance", tolerance=1e-11, reason="a sum of squares near 0, and far tails")
def _anova() -> Iterator[Case]:
    from scipy import stats as s

    for name, x, y in samples():
        groups = (x, y, x[:2] + 0.3)
        yield case(name, lambda g=groups: outcome(ours.anova(*g)), lambda g=groups: outcome(s.f_oneway(*g)))


TABLES = ([[10, 2], [3, 15]], [[1, 9], [11, 3]], [[0, 4], [5, 1]], [[300, 280], [250, 340]], [[12, 12], [12, 12]])


@proof.check("tests of counts", tolerance=1e-11, reason="far tails; see the distributions")
def _counts() -> Iterator[Case]:
    from scipy import stats as s
    from statsmodels.stats.contingency_tables import mcnemar

    wide = np.array([[10, 20, 30, 5], [6, 25, 22, 11], [9, 9, 40, 2]])
    for table in (*TABLES, wide):
        for yates in (True, False):
            yield case(
                f"independence, {np.asarray(table).tolist()}, Yates {yates}",
                lambda t=table, y=yates: [*outcome(r := ours.independence_test(t, correction=y)), r.df],
                lambda t=table, y=yates: s.chi2_contingency(t, correction=y)[:3],
            )
        yield case(
            f"Cramer's V, {np.asarray(table).tolist()}",
            lambda t=table: ours.independence_test(t).effects["Cramer's V"],
            lambda t=table: s.contingency.association(np.asarray(t), method="cramer"),
        )
    for table, side in itertools.product(TABLES, SIDES):
        yield case(
            f"Fisher, {side}, {table}",
            lambda t=table, a=side: outcome(ours.fisher_test(t, alternative=a)),
            lambda t=table, a=side: outcome(s.fisher_exact(t, alternative=a)),
        )
    for table, exact in itertools.product(TABLES, (True, False)):
        yield case(
            f"McNemar, exact {exact}, {table}",
            lambda t=table, e=exact: outcome(ours.mcnemar_test(t, exact=e)),
            lambda t=table, e=exact: outcome(mcnemar(np.asarray(t), exact=e)),
        )
    for k, n, p, side in itertools.product((0, 3, 17, 20), (20, 200), (0.1, 0.5, 0.83), SIDES):
        yield case(
            f"binomial, {k} of {n}, {p}, {side}",
            lambda k=k, n=n, p=p, a=side: [
                (r := ours.binomial_test(k, n, p, alternative=a)).pvalue,
                *r.confidence_interval,  # pyright: ignore
            ],
            lambda k=k, n=n, p=p, a=side: [
                (r := s.binomtest(k, n, p, alternative=a)).pvalue,
                *r.proportion_ci(0.95, method="exact"),
            ],
            1e-8,  # the reference's interval comes from a search that stops at about 1e-9
        )
    for observed, expected in (([10, 20, 30], None), ([5, 0, 7, 8], [4, 2, 8, 6])):
        yield case(
            f"fit, {observed}",
            lambda o=observed, e=expected: outcome(ours.chi_squared_test(o, e)),
            lambda o=observed, e=expected: outcome(s.chisquare(o, e)),
        )


@proof.check("tests on ranks", tolerance=1e-11, reason="exact: sums of positive terms; asymptotic: normal tails")
def _ranks() -> Iterator[Case]:
    from scipy import stats as s

    for (name, x, y), side, method in itertools.product(samples(), SIDES, ("auto", "exact", "asymptotic")):
        if method == "exact" and (len(x) > 100 or name == "with ties"):
            continue
        for shift in (True, False):
            yield case(
                f"Mann-Whitney, {method}, {side}, {name}",
                lambda x=x, y=y, a=side, m=method, c=shift: outcome(
                    ours.mann_whitney(x, y, alternative=a, method=m, correction=c)
                ),
                lambda x=x, y=y, a=side, m=method, c=shift: outcome(
                    s.mannwhitneyu(x, y, alternative=a, method=m, use_continuity=c)
                ),
            )
    for (name, x, y), side, method in itertools.product(pairs(), SIDES, ("exact", "asymptotic")):
        if method == "exact" and (len(x) > 100 or name == "with ties"):
            continue
        yield case(
            f"Wilcoxon, {method}, {side}, {name}",
            lambda x=x, y=y, a=side, m=method: outcome(ours.wilcoxon(x, y, alternative=a, method=m, correction=False)),
            lambda x=x, y=y, a=side, m=method: outcome(s.wilcoxon(x, y, alternative=a, method=m, correction=False)),
        )
    tied = np.array([1.0, 2, 2, 0, -3, 4, 4, -1, 2, 5, 0])
    every = s.PermutationMethod(n_resamples=10_000)
    for side in SIDES:
        yield case(
            f"ties, all signs tried, {side}",
            lambda a=side: outcome(ours.wilcoxon(tied, alternative=a, method="exact")),
            lambda a=side: outcome(s.wilcoxon(tied, alternative=a, method=every)),  # pyright: ignore
        )
        yield case(
            f"ties, all choices tried, {side}",
            lambda a=side: outcome(ours.mann_whitney(tied[:5], tied[5:], alternative=a, method="exact")),
            lambda a=side: outcome(s.mannwhitneyu(tied[:5], tied[5:], alternative=a, method=every)),  # pyright: ignore
        )


@proof.check(
    "Kolmogorov-Smirnov", tolerance=2e-10, reason="1 minus a matrix power, down to p = 1e-3; ours has more digits"
)
def _kolmogorov() -> Iterator[Case]:
    from scipy import stats as s

    for (name, x, y), side in itertools.product(samples(), SIDES):
        for method, theirs in (("exact", "exact"), ("asymptotic", "asymp")):
            if len(x) == 300 and side == "two-sided":
                continue  # below
            yield case(
                f"two samples, {method}, {side}, {name}",
                lambda x=x, y=y, a=side, m=method: outcome(ours.ks_test_two_sample(x, y, alternative=a, method=m)),
                lambda x=x, y=y, a=side, m=theirs: outcome(s.ks_2samp(x, y, alternative=a, method=m)),
            )
            yield case(
                f"one sample, {method}, {side}, {name}",
                lambda y=y, a=side, m=method: outcome(ours.ks_test(y, s.norm.cdf, alternative=a, method=m)),
                lambda y=y, a=side, m=theirs: outcome(s.kstest(y, s.norm.cdf, alternative=a, method=m)),
            )
    for n in (1, 2, 10, 140):
        d = np.linspace(0.02, 0.98, 25) if n < 100 else np.linspace(0.3, 3, 25) / np.sqrt(n)
        yield _distribution_of_d(n, d)


@proof.check(
    "Kolmogorov-Smirnov, n above 140",
    tolerance=2e-5,
    reason="the reference's expansion (Pelz and Good 1976); ours is within 1e-11 of 60 digits of mpmath",
)
def _kolmogorov_large() -> Iterator[Case]:
    from scipy import stats as s

    for n in (171, 1000, 5000):
        yield _distribution_of_d(n, np.linspace(0.3, 3, 25) / np.sqrt(n))
    _, x, y = next(group for group in samples() if len(group[1]) == 300)
    yield case(
        "two samples, asymptotic",
        lambda: outcome(ours.ks_test_two_sample(x, y, method="asymptotic")),
        lambda: outcome(s.ks_2samp(x, y, method="asymp")),
    )


def _distribution_of_d(n: int, d: np.ndarray) -> Case:
    from scipy import stats as s

    return case(f"distribution, n = {n}", lambda: [kolmogorov_sf(float(v), n) for v in d], lambda: s.kstwo.sf(d, n))


@proof.check("permutation test, all labellings", tolerance=1e-15, reason="counts agree, their ratio is rounded")
def _permutations() -> Iterator[Case]:
    from scipy import stats as s

    x, y = np.array([3.0, 1, 4, 1, 5]), np.array([2.0, 7, 1, 8, 2])

    def median_difference(a: Any, b: Any, axis: int = -1) -> Any:
        return np.median(a, axis=axis) - np.median(b, axis=axis)

    for kind, side in itertools.product(("independent", "samples", "pairings"), SIDES):
        statistic = median_difference if kind != "pairings" else (lambda a, b, axis=-1: (a * b).sum(axis=axis))
        yield case(
            f"{kind}, {side}",
            lambda k=kind, a=side, f=statistic: outcome(
                ours.permutation_test(x, y, f, kind=k, alternative=a, n_resamples=MANY)
            ),
            lambda k=kind, a=side, f=statistic: outcome(
                s.permutation_test((x, y), f, permutation_type=k, alternative=a, vectorized=True, n_resamples=MANY)
            ),
        )

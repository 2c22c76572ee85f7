"""Tests and power: levels that hold in simulation, exact values counted by hand, effects, edges and errors."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from groundup.math import statistics as s
from groundup.math.probability import Normal, StudentT
from groundup.math.statistics.kolmogorov import _two_sample_sf, kolmogorov_sf
from groundup.math.statistics.multiple import CORRECTIONS
from groundup.math.statistics.noncentral import noncentral_chi_squared_sf, noncentral_f_sf, noncentral_t_sf

RNG = np.random.default_rng(22)


@pytest.mark.parametrize(
    "test",
    [
        lambda x, y: s.t_test(x, y),
        lambda x, y: s.t_test(x, y, equal_var=True),
        lambda x, y: s.t_test_paired(x, y[: len(x)]),
        lambda x, y: s.anova(x, y),
        lambda x, y: s.mann_whitney(x, y),
        lambda x, y: s.wilcoxon(x),
        lambda x, y: s.ks_test_two_sample(x, y),
        lambda x, y: s.ks_test(x, Normal()),
        lambda x, y: s.pearson(x, y[: len(x)]),
        lambda x, y: s.permutation_test(x, y, n_resamples=199, random_state=0),
    ],
)
def test_false_alarms_are_as_rare_as_the_level(test):
    p = np.array([test(RNG.normal(size=12), RNG.normal(size=15)).pvalue for _ in range(600)])
    assert (p <= 0.1).mean() < 0.1 + 3 * math.sqrt(0.09 / 600)
    assert (p <= 0.5).mean() > 0.35  # and it is no more careful than it has to be


def test_intervals_and_tests_agree():
    """The interval holds exactly those differences that the test does not reject."""
    x, y = RNG.normal(size=9), RNG.normal(1, 2, size=14)
    for end in s.t_test(x, y).confidence_interval:
        assert s.t_test(x - end, y).pvalue == pytest.approx(0.05)
    for end in s.mean_interval(x, 0.9):
        assert s.t_test_one_sample(x, end).pvalue == pytest.approx(0.1)


def test_anova_of_two_groups_is_students_test_squared():
    x, y = RNG.normal(size=8), RNG.normal(1, size=11)
    t, f = s.t_test(x, y, equal_var=True), s.anova(x, y)
    assert f.statistic == pytest.approx(t.statistic**2) and f.pvalue == pytest.approx(t.pvalue)


def test_effect_sizes():
    x, y = np.array([1.0, 2, 3]), np.array([3.0, 4, 5])
    assert s.cohens_d(x, y) == -2 and s.hedges_g(x, y) == pytest.approx(-2 * 0.7978845608)
    simulated = [s.hedges_g(RNG.normal(0.5, 1, 5), RNG.normal(size=5)) for _ in range(4000)]
    assert np.mean(simulated) == pytest.approx(0.5, abs=0.05)
    result = s.anova([1, 2, 3], [2, 3, 4], [6, 7, 8])
    assert result.effects["eta^2"] == pytest.approx(42 / 48) and result.effects["omega^2"] < result.effects["eta^2"]
    assert s.independence_test([[5, 0], [0, 5]]).effects == {"Cramer's V": 1, "phi": 1, "odds ratio": np.inf}
    assert s.mann_whitney([4, 5], [1, 2, 3]).effects["rank-biserial"] == 1
    assert s.cohens_h(1, 0) == pytest.approx(math.pi)


def test_a_result_reads_as_a_sentence():
    text = repr(s.t_test([1.0, 2, 3, 4], [3.0, 4, 5, 6.5], alternative="less"))
    assert text.startswith("t test of two means (Welch): t(5.877)") and "(less)" in text
    assert "95 % interval -inf to" in text and "Cohen's d -1.5" in text


def test_constant_samples():
    assert s.t_test([1, 1], [2, 2]).pvalue == 0 and math.isnan(s.t_test([1, 1], [1, 1]).pvalue)
    assert s.t_test_one_sample([3, 3, 3], 2).statistic == np.inf
    assert math.isnan(s.wilcoxon([0, 0, 0]).pvalue)
    assert s.mann_whitney([1, 1], [1, 1, 1]).pvalue == 1


def test_mann_whitney_counts_all_choices_with_ties():
    x, y = np.array([1.0, 2, 2, 5]), np.array([2.0, 3, 5, 5, 6])
    both = np.concatenate([x, y])
    u = [s.mann_whitney(both[list(c)], np.delete(both, c)).statistic for c in itertools.combinations(range(9), 4)]
    expected = np.mean(np.array(u) <= s.mann_whitney(x, y).statistic)
    assert s.mann_whitney(x, y, alternative="less", method="exact").pvalue == pytest.approx(expected)


def test_exact_distribution_of_u_for_large_samples_stays_a_distribution():
    x, y = RNG.normal(size=70), RNG.normal(size=90)
    exact, normal = (s.mann_whitney(x, y, method=m).pvalue for m in ("exact", "asymptotic"))
    assert exact == pytest.approx(normal, rel=0.02)
    assert s.mann_whitney(np.arange(60), np.arange(60) + 100, method="exact").pvalue == pytest.approx(
        2 / math.comb(120, 60), rel=1e-9
    )


@pytest.mark.parametrize(("n", "d"), [(1, 0.7), (5, 0.3), (8, 0.21), (12, 0.11), (20, 0.35)])
def test_kolmogorov_by_exact_fractions(n, d):
    """Durbin's matrix in fractions, without rounding."""
    d = Fraction(d).limit_denominator(100)
    k = int(n * d) + 1
    h, m = k - n * d, 2 * k - 1
    matrix = [[Fraction(int(i - j + 1 >= 0)) for j in range(m)] for i in range(m)]
    for i in range(m):
        matrix[i][0] -= h ** (i + 1)
        matrix[m - 1][i] -= h ** (m - i)
    matrix[m - 1][0] += (2 * h - 1) ** m if 2 * h > 1 else 0
    matrix = [[matrix[i][j] / math.factorial(max(i - j + 1, 0)) for j in range(m)] for i in range(m)]
    row = matrix[k - 1]
    for _ in range(n - 1):
        row = [sum(row[i] * matrix[i][j] for i in range(m)) for j in range(m)]
    exact = 1 - row[k - 1] * math.factorial(n) / Fraction(n) ** n
    assert kolmogorov_sf(float(d), n) == pytest.approx(float(exact), rel=1e-12)


def test_both_formulas_of_kolmogorov_meet():
    for n in (50, 400, 3000):
        d = 2 / math.sqrt(n)  # where one takes over from the other
        below, above = kolmogorov_sf(d * (1 - 1e-10), n), kolmogorov_sf(d * (1 + 1e-10), n)
        assert below == pytest.approx(above, rel=1e-8)
    assert kolmogorov_sf(0.012, 9999) == pytest.approx(kolmogorov_sf(0.012, 10_001), rel=2e-3)


def test_two_samples_with_few_values_by_all_orders():
    n, m = 4, 3
    distances = []
    for places in itertools.combinations(range(n + m), n):
        others = [i for i in range(n + m) if i not in places]
        distances.append(s.ks_test_two_sample(list(places), others).statistic)
    for x, y in (([0, 1, 2, 3], [4, 5, 6]), ([0, 2, 3, 5], [1, 4, 6])):
        d = s.ks_test_two_sample(x, y)
        assert d.pvalue == pytest.approx(np.mean(np.array(distances) >= d.statistic - 1e-12))


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 7), (40, 40), (6, 9), (9, 6), (1, 12), (25, 4)])
def test_paths_in_the_band_and_by_reflection_are_those_of_the_whole_lattice(n, m, two_sided):
    common = math.gcd(n, m)
    step_n, step_m = m // common, n // common
    off = np.arange(n + 1)[:, None] * step_n - np.arange(m + 1) * step_m
    off = np.abs(off) if two_sided else off
    for reach in range(1, n * m // common + 1):
        chance = np.where(off >= reach, 1.0, 0.0)
        for i, j in itertools.product(range(n + 1), range(m + 1)):
            if i + j and off[i, j] < reach:
                before = (i * chance[i - 1, j] if i else 0) + (j * chance[i, j - 1] if j else 0)
                chance[i, j] = before / (i + j)
        assert _two_sample_sf(n, m, reach, two_sided) == pytest.approx(chance[n, m], rel=1e-11)


@pytest.mark.parametrize("unit", [1e100, 1e-100])
def test_welch_does_not_depend_on_the_unit(unit):
    x, y = np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 5, 9, 1])
    plain, scaled = s.t_test(x, y), s.t_test(unit * x, unit * y)
    assert (scaled.df, scaled.pvalue) == pytest.approx((plain.df, plain.pvalue), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: s.mean(np.ma.array([1.0, 2, 9], mask=[0, 0, 1])), "masked"),
        (lambda: s.ks_test([1.0, 2], lambda v: v), "cdf must return a number from 0 to 1"),
        (lambda: s.ks_test([1.0, 2], lambda v: v * np.nan), "cdf must return"),
        (lambda: s.ks_test([1.0, 2], lambda v: 0.5), "cdf must return"),
        (lambda: s.power_t_test(float("nan"), 10), "effect must be finite"),
        (lambda: s.power_t_test(0.5, float("inf")), "n must be finite"),
        (lambda: s.bootstrap([1.0, 2], method=None), "method must be"),
    ],
)
def test_odd_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_count_that_is_nan_is_named():
    with pytest.raises(TypeError, match="successes must be a whole number, got nan"):
        s.proportion_interval(float("nan"), 10)


def test_fisher_and_mcnemar_by_hand():
    assert s.fisher_test([[3, 1], [1, 3]]).pvalue == pytest.approx(34 / 70)  # the lady who tasted tea, two-sided
    assert s.fisher_test([[3, 1], [1, 3]], alternative="greater").pvalue == pytest.approx(17 / 70)
    assert s.mcnemar_test([[9, 6], [1, 4]]).pvalue == pytest.approx(2 * (1 + 7) / 2**7)
    assert s.fisher_test([[3, 0], [4, 0]]).pvalue == 1


def test_random_labellings_keep_their_own():
    result = s.permutation_test(np.arange(20), np.arange(20) + 100, n_resamples=99, random_state=0)
    assert result.pvalue == pytest.approx(0.02) and not result.exact


def test_permutation_takes_any_statistic():
    def ratio(a, b):
        return np.median(a) / np.median(b)

    fast = s.permutation_test(
        [3, 4, 5], [1, 2, 2], lambda a, b, axis=-1: np.median(a, axis=axis) / np.median(b, axis=axis)
    )
    assert s.permutation_test([3, 4, 5], [1, 2, 2], ratio).pvalue == fast.pvalue == 0.4


def test_noncentral_becomes_central_without_an_effect():
    assert noncentral_t_sf(1.7, 6, 0.0) == pytest.approx(StudentT(6).sf(1.7))
    assert noncentral_chi_squared_sf(3.84145882, 1, 0) == pytest.approx(0.05)
    assert noncentral_f_sf(4.96460274, 1, 10, 0) == pytest.approx(0.05)
    assert noncentral_t_sf(-50.0, 5, 0.3) == pytest.approx(1.0)


def test_power_is_the_share_of_rejections():
    found = [s.t_test(RNG.normal(0.8, 1, 20), RNG.normal(size=20), equal_var=True).pvalue < 0.05 for _ in range(1500)]
    assert np.mean(found) == pytest.approx(s.power_t_test(0.8, 20), abs=0.04)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_power_there_and_back(alternative):
    sign = -1 if alternative == "less" else 1
    n = s.power_t_test(sign * 0.4, power=0.9, alternative=alternative, ratio=2)
    assert s.power_t_test(sign * 0.4, n, alternative=alternative, ratio=2) == pytest.approx(0.9)
    assert s.power_t_test(n=n, power=0.9, alternative=alternative, ratio=2) == pytest.approx(sign * 0.4)


def test_coverage_of_intervals_of_a_share():
    n, p = 20, 0.1
    chance = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]

    def coverage(method):
        ends = [s.proportion_interval(k, n, method=method) for k in range(n + 1)]
        return sum(c for c, (low, high) in zip(chance, ends, strict=True) if low <= p <= high)

    assert coverage("wald") < 0.9 and coverage("wilson") > 0.94 and coverage("clopper-pearson") >= 0.95


def test_variance_interval_covers():
    inside = [low < 4 < high for low, high in (s.variance_interval(RNG.normal(0, 2, 15)) for _ in range(1000))]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.025)


def test_adjusted_p_values_are_ordered_as_they_should_be():
    p = RNG.random(30) ** 2
    adjusted = {name: s.adjust_p_values(p, name) for name in CORRECTIONS}
    assert all((a >= p).all() and (a <= 1).all() for a in adjusted.values())
    chain = ("benjamini-hochberg", "hochberg", "holm", "bonferroni")
    assert all((adjusted[a] <= adjusted[b] + 1e-15).all() for a, b in itertools.pairwise(chain))
    assert (adjusted["sidak"] <= adjusted["bonferroni"]).all() and len(s.adjust_p_values([])) == 0


def test_false_discoveries_stay_below_the_level():
    shares = []
    for _ in range(300):
        p = Normal().sf(RNG.normal(size=200) + np.repeat([3.0, 0.0], [40, 160]))
        found = s.adjust_p_values(p) <= 0.1
        shares.append(found[40:].sum() / max(found.sum(), 1))
    assert np.mean(shares) == pytest.approx(0.08, abs=0.015)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: s.t_test([1], [1, 2]), ValueError, "x must hold at least 2"),
        (lambda: s.t_test([1, 2], [1, np.nan]), ValueError, "y must be finite"),
        (lambda: s.t_test([1, 2], [1, 2], alternative="more"), ValueError, "alternative must be one of"),
        (lambda: s.anova([1, 2]), ValueError, "two or more samples"),
        (lambda: s.anova([1], [2]), ValueError, "more than one value"),
        (lambda: s.independence_test([[1, 0], [2, 0]]), ValueError, "all 0"),
        (lambda: s.independence_test([1, 2]), ValueError, "2 axes"),
        (lambda: s.chi_squared_test([1, 2], [1, 3]), ValueError, "sum to 3"),
        (lambda: s.chi_squared_test([1, -1]), ValueError, "none negative"),
        (lambda: s.fisher_test([[1, 2, 3], [1, 2, 3]]), ValueError, "two by two"),
        (lambda: s.binomial_test(3, 2), ValueError, "at most n"),
        (lambda: s.binomial_test(1.5, 2), TypeError, "whole number"),
        (lambda: s.proportion_interval(1, 2, method="exact"), ValueError, "method must be one of"),
        (lambda: s.mann_whitney([1], [2], method="fast"), ValueError, "method must be one of"),
        (lambda: s.permutation_test([1], [2], kind="x"), ValueError, "kind must be one of"),
        (lambda: s.adjust_p_values([1.2]), ValueError, "between 0 and 1"),
        (lambda: s.adjust_p_values([0.2], "fdr"), ValueError, "method must be one of"),
        (lambda: s.power_t_test(0.5), ValueError, "exactly two"),
        (lambda: s.power_t_test(-0.5, power=0.8, alternative="greater"), ValueError, "agree with"),
        (lambda: s.power_t_test(0.5, power=0.01), ValueError, "power must lie"),
        (lambda: s.power_t_test(0.5, n=1), ValueError, "n must be more than 1"),
        (lambda: s.power_anova(0.5, n=10, groups=1), ValueError, "groups must be"),
        (lambda: s.cohens_h(2, 0), ValueError, "first must be a share"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()

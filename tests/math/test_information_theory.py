"""Identities of entropies, edges of probability tables, bias of estimators, codes."""

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.math import information_theory as it
from groundup.math import probability as pr
from groundup.math.information_theory.samples import METHODS

RNG = np.random.default_rng(3)


def distributions(size):
    return st.lists(st.floats(0, 1), min_size=size, max_size=size).filter(lambda w: sum(w) > 1e-3).map(np.array)


def test_by_hand():
    assert it.entropy([0.5, 0.25, 0.25], 2) == 1.5
    assert it.cross_entropy([0.5, 0.25, 0.25], [0.25, 0.25, 0.5], 2) == 1.75
    assert abs(it.kl_divergence([0.5, 0.25, 0.25], [0.25, 0.25, 0.5], 2) - 0.25) < 1e-15
    assert it.surprise([1, 0.5, 0], 2).tolist() == [0, 1, np.inf]
    assert abs(it.perplexity(np.full(7, 1 / 7)) - 7) < 1e-13
    assert it.entropy([0, 1, 0]) == 0 and it.entropy([0.5, 0.5]) == math.log(2)


@given(distributions(5), distributions(5))
@settings(max_examples=60, deadline=None)
def test_inequalities(p, q):
    h, kl = it.entropy(p, normalize=True), it.kl_divergence(p, q, normalize=True)
    assert -1e-15 <= h <= math.log(5) + 1e-15
    assert kl >= 0
    ce = it.cross_entropy(p, q, normalize=True)
    assert (np.isinf(ce) and np.isinf(kl)) or abs(ce - h - kl) < 1e-9 * (1 + ce)
    assert 0 <= it.js_divergence(p, q, 2, normalize=True) <= 1 + 1e-12
    orders = [it.renyi_entropy(p, a, normalize=True) for a in (0, 0.3, 0.9, 1, 1.1, 2, 50, np.inf)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(orders))


def test_kl_keeps_its_digits_where_p_and_q_nearly_agree():
    for gap in (1e-3, 1e-6, 1e-9, 1e-12):
        p, q = np.array([0.5, 0.3, 0.2]), np.array([0.5 + gap, 0.3, 0.2 - gap])
        with mpmath.workdps(60):
            a, b = ([mpmath.mpf(float(v)) for v in d] for d in (p, q))
            a, b = ([v / sum(d) for v in d] for d in (a, b))
            exact = sum(x * mpmath.log(x / y) for x, y in zip(a, b, strict=True))
            assert abs(it.kl_divergence(p, q) - exact) / exact < 3e-4 * (1e-12 / gap) + 1e-9
    assert it.kl_divergence(p, p) == 0 == it.js_distance(p, p)
    assert it.kl_divergence([1e-320, 1], [0.5, 0.5]) == pytest.approx(math.log(2), rel=1e-12)
    assert it.kl_divergence([0.5, 0.5], [1e-320, 1]) == pytest.approx(0.5 * 320 * math.log(10) - math.log(2), rel=1e-3)


def test_zeros_and_impossible_outcomes():
    assert it.kl_divergence([1, 0], [0.5, 0.5]) == math.log(2)
    assert it.kl_divergence([0.5, 0.5], [1, 0]) == np.inf == it.cross_entropy([0.5, 0.5], [1, 0])
    assert it.js_divergence([1, 0], [0, 1], 2) == 1
    assert it.kl_divergence(np.eye(3), np.full(3, 1 / 3)).shape == (3,)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: it.entropy([0.5, 0.6]), "sum to 1.*normalize=True"),
        (lambda: it.entropy([1.5, -0.5]), "between 0 and 1, got 1.5"),
        (lambda: it.entropy([0.5, np.nan]), "got nan"),
        (lambda: it.entropy([]), "at least one"),
        (lambda: it.entropy(0.5), "at least one"),
        (lambda: it.entropy([0, 0], normalize=True), "positive sum"),
        (lambda: it.entropy([-1, 2], normalize=True), "at least 0, got -1"),
        (lambda: it.entropy([np.inf, 1], normalize=True), "finite"),
        (lambda: it.entropy([0.5, 0.5], base=1), "base must be a number above 1"),
        (lambda: it.kl_divergence([0.5, 0.5], [0.2, 0.3, 0.5]), "same outcomes"),
        (lambda: it.kl_divergence([0.5, 0.5], [0.5, 0.6]), "q must sum"),
        (lambda: it.kl_divergence(np.full((2, 2), 0.5), np.full((3, 2), 0.5)), "broadcast"),
        (lambda: it.renyi_entropy([0.5, 0.5], -1), "order must be"),
        (lambda: it.surprise([2.0]), "got 2"),
        (lambda: it.mutual_information([0.5, 0.5]), "table"),
        (lambda: it.conditional_entropy(np.full((2, 2), 0.25), given=2), "given must be 0 or 1"),
        (lambda: it.entropy_of_counts([1, 2.5]), "whole numbers.*2.5"),
        (lambda: it.entropy_of_counts([0, 0]), "nothing was seen"),
        (lambda: it.entropy_of_counts([1], "best"), "method must be one of plugin"),
        (lambda: it.mutual_information_of_samples([1, 2], [1]), "same length"),
        (lambda: it.mutual_information_of_samples([1, np.nan], [1, 2]), "NaN"),
        (lambda: it.entropy_of_samples([]), "n at least 1"),
        (lambda: it.huffman_code({}), "at least one symbol"),
        (lambda: it.huffman_code({"a": 0}), "positive and finite"),
        (lambda: it.entropy([0.5, 0.5], base="2"), "base must be a number above 1"),  # pyright: ignore[reportArgumentType]
        (lambda: it.renyi_entropy([0.5, 0.5], "2"), "order must be"),  # pyright: ignore[reportArgumentType]
        (lambda: it.entropy(np.array([0.5, 0.4999], np.float32)), "sum to 1"),
        (lambda: it.entropy_of_samples(np.array(["2020-01-01", "NaT"], "M8[D]")), "NaN"),
        (lambda: it.huffman_code({"a": "x", "b": 1}), "positive and finite, got 'x'"),  # pyright: ignore[reportArgumentType]
        (lambda: it.decode("0", {}), "none begins"),
        (lambda: it.decode("10", {"a": "0", "b": "11"}), "end with a whole word|none begins"),
        (lambda: it.decode("000", {"a": "11", "b": "10"}), "none begins at bit 0"),
    ],
)
def test_messages(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_short_floats_and_weights_of_every_size():
    for size in (3, 50, 5000):
        p, q = RNG.dirichlet(np.full(size, 5.0), (2, 20))
        a, b = p.astype(np.float32), q.astype(np.float32)
        a, b = a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True)
        np.testing.assert_allclose(it.entropy(a), it.entropy(p), rtol=1e-6)
        np.testing.assert_allclose(it.kl_divergence(a, b), it.kl_divergence(p, q), rtol=1e-5)
    half = np.array([0.1, 0.2, 0.7], np.float16)
    assert it.entropy(half) == pytest.approx(it.entropy([0.1, 0.2, 0.7]), rel=1e-3)
    assert it.entropy([1e308] * 3, normalize=True) == pytest.approx(math.log(3), rel=1e-15)
    assert it.entropy([5e-324] * 3, normalize=True) == pytest.approx(math.log(3), rel=1e-15)


def test_small_integers_do_not_overflow_in_codes():
    weights: dict[int, Any] = {i: np.uint8(w) for i, w in enumerate((200, 200, 200, 1))}
    plain = {i: int(w) for i, w in weights.items()}
    code = it.huffman_code(weights)
    assert code == it.huffman_code(plain)
    assert it.mean_length(code, weights) == it.mean_length(code, plain)
    with pytest.raises(TypeError, match="mapping of symbol to weight, got list"):
        it.huffman_code([1, 2])  # pyright: ignore[reportArgumentType]


def test_labels_with_many_values():
    """Tables that would not fit into memory: as many values as pairs."""
    x = RNG.permutation(100_000)
    assert it.mutual_information_of_samples(x, x + 7) == pytest.approx(math.log(100_000), rel=1e-12)
    assert it.mutual_information_of_samples(x, x // 2, "miller-madow") == pytest.approx(
        it.entropy_of_samples(x // 2, "miller-madow"), rel=1e-12
    )
    few = RNG.integers(3000, size=(2, 5000))  # counted by sorting here, as a table there
    table = np.zeros((3000, 3000))
    np.add.at(table, tuple(few), 1)
    assert it.mutual_information_of_samples(*few) == pytest.approx(
        it.mutual_information(table, normalize=True), rel=1e-12
    )
    assert it.entropy_of_samples(np.array([2**64 - 1, 2**64 - 2], np.uint64), base=2) == 1
    with pytest.raises(TypeError, match="one kind that can be sorted, got NoneType, str"):
        it.entropy_of_samples([None, "a"])


def test_tables():
    table = RNG.dirichlet(np.ones(12)).reshape(3, 4)
    x, y = table.sum(1), table.sum(0)
    joint = it.joint_entropy(table)
    assert it.conditional_entropy(table) == pytest.approx(joint - it.entropy(x), rel=1e-13)
    assert it.conditional_entropy(table, given=1) == pytest.approx(joint - it.entropy(y), rel=1e-13)
    assert it.mutual_information(table) == pytest.approx(it.entropy(x) + it.entropy(y) - joint, rel=1e-12)
    assert it.mutual_information(table.T) == pytest.approx(it.mutual_information(table), rel=1e-13)
    assert it.mutual_information(np.outer(x, y)) < 1e-30
    assert it.mutual_information(np.eye(4) / 4, 2) == 2
    lonely = np.array([[0.5, 0.0], [0.5, 0.0], [0.0, 0.0]])
    assert it.mutual_information(lonely) == 0 and it.conditional_entropy(lonely) == 0


def test_renyi_is_continuous_at_one():
    p = RNG.dirichlet(np.ones(6))
    for step in (1e-6, -1e-6, 1e-10):
        assert abs(it.renyi_entropy(p, 1 + step) - it.entropy(p)) < 2 * abs(step) + 1e-15
    assert it.renyi_entropy([0.5, 0.5, 0], 0, 2) == 1
    assert it.renyi_entropy(p, 1e6) == pytest.approx(-math.log(p.max()), rel=1e-5)


def every_table(n, k):
    """All counts of n draws of k values with their multinomial coefficients."""
    for cuts in itertools.combinations(range(n + k - 1), k - 1):
        counts = np.diff((-1, *cuts, n + k - 1)) - 1
        yield counts, math.factorial(n) / math.prod(map(math.factorial, counts.tolist()))


def expectation(method, p, n):
    """The estimator's exact expectation, over every possible sample."""
    terms = ((c, ways * float(np.prod(p**c))) for c, ways in every_table(n, len(p)))
    return sum(weight * it.entropy_of_counts(c, method) for c, weight in terms)


def test_bias_of_the_estimators_exactly():
    p, n = np.array([0.4, 0.3, 0.2, 0.1]), 18
    bias = {m: expectation(m, p, n) - it.entropy(p) for m in METHODS}
    first, second = (len(p) - 1) / (2 * n), (1 - (1 / p).sum()) / (12 * n**2)
    assert abs(bias["plugin"] + first - second) < 3e-3 * first + abs(second)
    assert abs(bias["plugin"] + first) < 0.15 * first
    for method in ("miller-madow", "jackknife", "grassberger", "chao-shen"):
        assert abs(bias[method]) < 0.5 * abs(bias["plugin"]), method


def test_jackknife_is_the_mean_over_left_out_draws():
    counts = np.array([4, 2, 3, 2, 4, 2, 1, 1])
    n, draws = counts.sum(), np.repeat(np.arange(8), counts)
    left_out = np.mean([it.entropy_of_samples(np.delete(draws, i)) for i in range(n)])
    direct = n * it.entropy_of_counts(counts) - (n - 1) * left_out
    assert it.entropy_of_counts(counts, "jackknife") == pytest.approx(direct, rel=1e-13)
    assert it.entropy_of_counts([1], "jackknife") == 0
    few, many = np.array([1, 1]), 10**12  # H of the shares 1e-12, 1e-12 and the rest, plus 2/(2n)
    plugin = it.entropy_of_counts([many, *few])
    assert 0 < it.entropy_of_counts([many, *few], "jackknife") - plugin < 3 / many


def test_estimators_by_their_formulas():
    counts, n = [4, 2, 3, 2, 4, 2, 1, 1], 19
    plugin = -sum(c / n * math.log(c / n) for c in counts)
    assert it.entropy_of_counts(counts) == pytest.approx(plugin, rel=1e-14)
    assert it.entropy_of_counts(counts, "miller-madow") == pytest.approx(plugin + 7 / 38, rel=1e-14)
    c = [17 / 19 * v / 19 for v in counts]
    chao = -sum(v * math.log(v) / (1 - (1 - v) ** 19) for v in c)
    assert it.entropy_of_counts(counts, "chao-shen") == pytest.approx(chao, rel=1e-13)
    g = {1: -np.euler_gamma - math.log(2)}  # Grassberger (2003): G_1 = -gamma - ln 2, G_2 = 2 - gamma - ln 2, ...
    g[2] = g[1] + 2
    g[3], g[4] = g[2], g[2] + 2 / 3
    grassberger = math.log(n) - sum(v * g[v] for v in counts) / n
    assert it.entropy_of_counts(counts, "grassberger") == pytest.approx(grassberger, rel=1e-13)
    assert np.isfinite(it.entropy_of_counts([1, 1, 1], "chao-shen")) and it.entropy_of_counts([5], "chao-shen") == 0


def test_independent_labels_seem_to_share_information():
    x, y = RNG.integers(10, size=(2, 200))
    plugin, corrected = (it.mutual_information_of_samples(x, y, m) for m in ("plugin", "miller-madow"))
    assert 0.5 * 81 / 400 < plugin < 2 * 81 / 400
    assert abs(corrected) < 0.6 * plugin


def test_labels_of_every_kind():
    x = np.array([3, 1, 3, -7, 1, 3])
    table = it.contingency(x, ["b", "a", "b", "a", "a", "a"])
    assert table.tolist() == [[1, 0], [2, 0], [1, 2]]
    assert it.contingency(x.astype(float) * 1e12, x > 0).tolist() == [[1, 0], [0, 2], [0, 3]]
    assert it.contingency(x * 10**9, x).tolist() == np.diag([1, 2, 3]).tolist()
    assert it.entropy_of_samples(list("abab"), base=2) == 1


def test_digamma():
    with mpmath.workdps(40):
        for x in (1e-300, 1e-5, 0.3, 1, 2, 7.99, 8, 123.4, 1e12):
            truth = mpmath.digamma(mpmath.mpf(x))
            assert abs(it.digamma(x) - truth) < 2e-15 * max(1, abs(truth))
    assert it.digamma(1e308) == pytest.approx(math.log(1e308), rel=1e-15) and it.digamma(5e-324) == -np.inf
    assert it.digamma(0.0) == -np.inf and np.isnan(it.digamma([-1.0, np.nan])).all()


def test_closed_forms_are_the_integrals():
    for d, low, high in (
        (pr.Gamma(2.5), 0, 60),
        (pr.Weibull(1.7), 0, 12),
        (pr.Beta(2, 3), 0, 1),
        (pr.StudentT(9), -90, 90),
    ):
        x = np.linspace(low, high, 400_001)[1:-1]
        p = d.pdf(x)
        h = -(p * d.logpdf(x)).sum() * (x[1] - x[0])
        assert it.differential_entropy(d) == pytest.approx(h, abs=2e-5)
    assert it.differential_entropy(pr.Uniform(0, 0.5), 2) == -1
    assert it.differential_entropy(pr.Normal(0, [1.0, 2.0])).shape == (2,)
    with pytest.raises(TypeError, match="must be one of MultivariateNormal"):
        it.differential_entropy(pr.Poisson(3))


def test_divergence_of_families():
    p, q = pr.Normal(0, 1), pr.Normal(0, 1 + 1e-8)
    assert it.kl_between(p, q) == pytest.approx(1e-16, rel=1e-6)
    assert it.kl_between(pr.Exponential(0), pr.Exponential(1)) == np.inf
    assert it.kl_between(pr.Exponential(1, 2), pr.Exponential(0, 2)) == pytest.approx(0.5)
    assert it.kl_between(pr.Poisson(0), pr.Poisson(2)) == 2 and it.kl_between(pr.Poisson(2), pr.Poisson(0)) == np.inf
    assert it.kl_between(pr.Poisson(5.0), pr.Poisson(5.0 + 1e-6)) == pytest.approx(1e-13, rel=1e-6)
    same = pr.MultivariateNormal([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]])
    assert abs(it.kl_between(same, same)) < 1e-15
    for call, error, words in (
        (lambda: it.kl_between(p, pr.Laplace()), TypeError, "both be one of"),
        (lambda: it.kl_between(pr.Gamma(1), pr.Gamma(1, loc=2)), ValueError, "same loc"),
        (lambda: it.kl_between(same, pr.MultivariateNormal([0.0], [[1.0]])), ValueError, "same length"),
    ):
        with pytest.raises(error, match=words):
            call()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_huffman(counts):
    weights = dict(enumerate(counts))
    code = it.huffman_code(weights)
    h = it.entropy(np.array(counts), 2, normalize=True)
    mean = it.mean_length(code, weights)
    assert len(counts) == 1 or h - 1e-12 <= mean < h + 1
    assert len(counts) == 1 or it.kraft_sum(map(len, code.values())) == 1
    message = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), np.minimum(counts, 5))).tolist()
    assert it.decode(it.encode(message, code), code) == message
    shannon = it.shannon_lengths(weights)
    assert it.kraft_sum(shannon.values()) <= 1
    assert mean <= sum(shannon[s] * w for s, w in weights.items()) / sum(counts) + 1e-12


def test_huffman_is_best_of_all_prefix_codes():
    """Every choice of lengths that Kraft allows, for five symbols."""
    p = np.array([0.41, 0.2, 0.17, 0.12, 0.1])
    best = min(np.dot(p, ls) for ls in itertools.product(range(1, 6), repeat=5) if it.kraft_sum(ls) <= 1)
    assert it.mean_length(it.huffman_code(dict(enumerate(p))), dict(enumerate(p))) == pytest.approx(best)
    assert it.huffman_code({"only": 3}) == {"only": "0"}

"""Estimates for continuous samples: kernels against brute force, units, ties, errors."""

import numpy as np
import pytest

from groundup.math import information_theory as it
from groundup.math import probability as pr
from groundup.math.information_theory._neighbors_kernels import count_within, kth_distances, kth_distances_tree

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (40, 1, 3), (60, 2, 5), (50, 3, 49), (11, 2, 1), (700, 3, 4)])
def test_sweep_and_tree_find_what_brute_force_finds(n, d, k, largest):
    x = np.round(RNG.normal(size=(n, d)), 1)  # with ties
    x = x[np.argsort(x[:, 0])]
    apart = np.abs(x[:, None] - x[None])
    distances = apart.max(-1) if largest else np.sqrt((apart**2).sum(-1))
    np.fill_diagonal(distances, np.inf)
    truth = np.sort(distances, 1)[:, k - 1]
    np.testing.assert_allclose(kth_distances(x, k, largest), truth, rtol=1e-15)
    mixed = RNG.permutation(n)
    np.testing.assert_allclose(kth_distances_tree(x[mixed], k, largest), truth[mixed], rtol=1e-15)
    assert not kth_distances_tree(np.ones((n + k, d)), k, largest).any()


def test_counting_within_a_radius():
    x = np.sort(np.round(RNG.normal(size=80), 1))
    radius = RNG.choice([0.0, 0.1, 0.5, 9.0], 80)
    brute = (np.abs(x[:, None] - x[None]) <= radius[:, None]).sum(1)
    assert count_within(x, x, radius).tolist() == brute.tolist()


def test_estimates_near_the_truth():
    x = pr.Normal(3, 2).rvs(4000, random_state=1)
    truth = it.differential_entropy(pr.Normal(3, 2))
    for estimate in (it.entropy_neighbors(x), it.entropy_spacings(x), it.entropy_histogram(x)):
        assert abs(estimate - truth) < 0.06
    for norm in ("euclidean", "max"):
        pairs = pr.Normal().rvs((4000, 2), random_state=2)
        assert abs(it.entropy_neighbors(pairs, norm=norm) - 2 * it.differential_entropy(pr.Normal())) < 0.06


@pytest.mark.parametrize("estimate", [it.entropy_neighbors, it.entropy_spacings, it.entropy_histogram])
def test_a_change_of_unit_adds_its_logarithm(estimate):
    x = RNG.normal(size=500)
    assert estimate(1000 * x + 7) == pytest.approx(estimate(x) + np.log(1000), rel=1e-9)
    assert estimate(x, base=2) == pytest.approx(estimate(x) / np.log(2), rel=1e-13)


def test_mutual_information():
    x = RNG.normal(size=2000)
    independent = it.mutual_information_neighbors(x, RNG.normal(size=2000))
    assert abs(independent) < 0.06
    assert it.mutual_information_neighbors(x, x**2 + 0.01 * RNG.normal(size=2000)) > 1.5
    y = 0.8 * x + 0.6 * RNG.normal(size=2000)
    there, back = it.mutual_information_neighbors(x, y), it.mutual_information_neighbors(y, x)
    assert there == pytest.approx(back, rel=1e-12) and abs(there + np.log(0.6)) < 0.06


@pytest.mark.parametrize("estimate", [it.entropy_neighbors, it.entropy_spacings])
@pytest.mark.parametrize("exponent", [-1000, 1000])
def test_units_near_the_ends_of_the_range(estimate, exponent):
    x = RNG.normal(size=200)
    assert estimate(np.ldexp(x, exponent)) == pytest.approx(estimate(x) + exponent * np.log(2), rel=1e-12)
    pairs = RNG.normal(size=(200, 2))
    there = it.entropy_neighbors(np.ldexp(pairs, exponent))
    assert there == pytest.approx(it.entropy_neighbors(pairs) + 2 * exponent * np.log(2), rel=1e-12)
    both = it.mutual_information_neighbors(*np.ldexp(pairs, exponent).T)
    assert both == it.mutual_information_neighbors(*pairs.T)


def test_lumps_are_not_continuous():
    assert it.entropy_neighbors(np.zeros(20)) == -np.inf == it.entropy_spacings(np.zeros(20))
    assert it.entropy_neighbors([1.0, 1.0, 2.0, 3.0], k=2) > -np.inf
    assert np.isfinite(it.mutual_information_neighbors(RNG.integers(3, size=100), RNG.normal(size=100)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: it.entropy_neighbors([1.0, np.nan]), "finite, got nan"),
        (lambda: it.entropy_neighbors([1.0, 2.0], k=2), "less one, 1, got 2"),
        (lambda: it.entropy_neighbors([1.0, 2.0], k=np.inf), "whole number.*inf"),  # pyright: ignore[reportArgumentType]
        (lambda: it.entropy_neighbors([1.0, 2.0], k="1"), "whole number.*'1'"),  # pyright: ignore[reportArgumentType]
        (lambda: it.entropy_neighbors([]), "less one, -1"),
        (lambda: it.entropy_histogram([1.0], [2, 3]), "all lie outside"),
        (lambda: it.entropy_neighbors([1.0, 2.0], k=1, norm="taxi"), "norm must be"),
        (lambda: it.entropy_neighbors(np.zeros((2, 2, 2))), r"shape \(n,\) or \(n, d\)"),
        (lambda: it.entropy_spacings([1.0, 2.0]), "window must be"),
        (lambda: it.entropy_spacings(np.zeros((3, 1))), r"shape \(n,\), got"),
        (lambda: it.entropy_histogram([]), "at least one"),
        (lambda: it.mutual_information_neighbors([1.0, 2.0], [1.0]), "same length"),
    ],
)
def test_messages(call, words):
    with pytest.raises(ValueError, match=words):
        call()

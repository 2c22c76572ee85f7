"""The scaling law: a planted one is found, the gradient is right, a budget is spent where no other split is better."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize_scalar

from groundup.llm.pretraining import ScalingLaw, fit_scaling_law
from groundup.llm.pretraining.scaling import _huber

PUBLISHED = ScalingLaw(1.69, 406.4, 410.7, 0.34, 0.28)  # Hoffmann et al. 2022, equation 10


def runs(n=40, noise=0.0, seed=0):
    random = np.random.default_rng(seed)
    N, D = 10 ** random.uniform(7, 10, n), 10 ** random.uniform(9, 11.5, n)
    return N, D, PUBLISHED.loss(N, D) * np.exp(noise * random.standard_normal(n))


def numbers(law):
    return np.array([law.E, law.A, law.B, law.alpha, law.beta])


def test_a_planted_law_is_found():
    np.testing.assert_allclose(numbers(fit_scaling_law(*runs())), numbers(PUBLISHED), rtol=1e-6)  # L-BFGS to 1e-10


def test_failed_runs_do_not_decide():
    N, D, L = runs()
    L[[3, 17]] *= 3
    np.testing.assert_allclose(numbers(fit_scaling_law(N, D, L)), numbers(PUBLISHED), rtol=1e-2)  # δ moves it a little


def test_noise_moves_predictions_by_no_more_than_itself():
    law = fit_scaling_law(*runs(noise=0.003))
    N, D, L = runs()
    assert np.abs(law.loss(N, D) / L - 1).max() < 0.003


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_the_objective(seed):
    N, D, L = runs(noise=0.01, seed=seed)
    x = np.array([5.0, 6.0, 0.3, 0.35, 0.3]) + np.random.default_rng(seed).normal(size=5) * 0.1
    data = (np.log(N), np.log(D), np.log(L), 0.05)
    numerical = approx_fprime(x, lambda x: _huber(x, *data)[0], 1e-7)
    np.testing.assert_allclose(_huber(x, *data)[1], numerical, rtol=1e-4, atol=1e-4)  # differences of step 1e-7


@pytest.mark.parametrize("flops", [1e18, 5.76e23])
def test_no_other_split_of_a_budget_is_better(flops):
    N, D = PUBLISHED.optimal(flops)
    assert np.isclose(6 * N * D, flops)
    best = minimize_scalar(
        lambda n: PUBLISHED.loss(np.exp(n), flops / 6 / np.exp(n)), bounds=(10, 40), method="bounded"
    )
    assert np.isclose(PUBLISHED.loss(N, D), best.fun, rtol=1e-9)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"parameters": [1e7] * 6}, "five numbers need five runs"),
        ({"tokens": [1e9] * 6}, "1 lengths"),
        ({"losses": [3.0, 2.9, np.nan, 2.8, 2.7, 2.6]}, "losses must be finite and above 0; got nan"),
        ({"tokens": [1e9, 2e9, -3e9, 4e9, 5e9, 6e9]}, "tokens must be finite and above 0; got -3000000000.0"),
        ({"losses": [3.0, 2.9]}, r"must have one length; got \(6,\), \(6,\), \(2,\)"),
        ({"delta": 0}, "delta must be above 0; got 0"),
    ],
)
def test_bad_runs_are_told(change, words):
    good = {"parameters": [1e7, 2e7, 3e7, 4e7, 5e7, 6e7], "tokens": [1e9, 2e9, 3e9, 4e9, 5e9, 6e9],
            "losses": [3.0, 2.9, 2.85, 2.8, 2.7, 2.6]}  # fmt: skip
    with pytest.raises(ValueError, match=words):
        fit_scaling_law(**(good | change))


def test_a_budget_of_nothing_is_told():
    with pytest.raises(ValueError, match="flops must be above 0; got 0"):
        PUBLISHED.optimal(0)


@pytest.mark.parametrize("change", [{"A": -1.0}, {"B": 0.0}, {"alpha": -1e-17}, {"beta": float("nan")}])
def test_a_law_without_a_best_split_is_told(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))} must be above 0"):
        replace(PUBLISHED, **change).optimal(1e20)

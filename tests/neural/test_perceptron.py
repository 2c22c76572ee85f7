"""The perceptron: its bound, its rule beside the compiled pass, what scikit-learn asks of an estimator."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron as Reference
from sklearn.utils.estimator_checks import check_estimator

from groundup.neural.perceptron import Perceptron, correct, learn, margin, mistake_bound


def separable(seed, n=40, d=3, gap=0.1):
    """Examples on both sides of a random plane through the origin, at least `gap` away, and the plane."""
    rng = np.random.default_rng(seed)
    w = rng.normal(size=d)
    w /= np.linalg.norm(w)
    X = rng.uniform(-1, 1, (40 * n, d))
    X = X[np.abs(X @ w) >= gap][:n]
    return X, np.sign(X @ w), w


@given(seed=st.integers(0, 10**6), d=st.integers(2, 6), gap=st.floats(0.02, 0.4), eta=st.floats(0.01, 100))
@settings(max_examples=50, deadline=None)
def test_never_more_mistakes_than_the_bound(seed, d, gap, eta):
    X, y, w = separable(seed, d=d, gap=gap)
    X = np.hstack([X, np.zeros((len(X), 1))])  # the rule may use its intercept, the separating plane does not
    learned, b, mistakes = learn(X, y, passes=10_000, eta=eta)
    assert (y * (X @ learned + b) > 0).all()
    unit = np.append(w, 0.0)
    radius = np.sqrt(np.square(X).sum(axis=1).max() + 1)
    assert len(mistakes) <= (radius / margin(X, y, unit)) ** 2
    assert len(mistakes) <= mistake_bound(X, y, learned, b) * (1 + 1e-12)


@given(seed=st.integers(0, 10**6), rows=st.integers(2, 30), d=st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_the_compiled_pass_equals_the_rule(seed, rows, d):
    rng = np.random.default_rng(seed)
    X, y = rng.integers(-3, 4, (rows, d)).astype(float), rng.permutation(np.resize([-1, 1], rows))
    w, b, mistakes = learn(X, y, passes=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = Perceptron(shuffle=False, tol=None, max_iter=6).fit(X, y)
    assert np.array_equal(model.coef_, [w]) and model.intercept_ == [b] and model.n_mistakes_ == [len(mistakes)]


def test_the_average_is_the_mean_of_the_weights_after_each_example():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(15, 3)), np.where(rng.random(15) < 0.5, -1, 1)
    w, b, seen = np.zeros(3), 0.0, []
    for i in np.tile(np.arange(15), 4):
        if y[i] * (w @ X[i] + b) <= 0:
            w, b = correct(w, b, X[i], y[i])
        seen.append(np.append(w, b))
    model = Perceptron(shuffle=False, tol=None, max_iter=4, average=True).fit(X, y)
    assert np.allclose(np.append(model.coef_[0], model.intercept_), np.mean(seen, axis=0), rtol=1e-12)


def test_a_learned_xor_does_not_exist():
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([-1, 1, 1, -1])
    *_, mistakes = learn(X, y, passes=500)
    assert mistakes[-1][0] == 499
    grid = np.linspace(-2, 2, 21)
    best = max(((y * (X @ np.array([u, v]) + b)) > 0).sum() for u, v, b in itertools.product(grid, repeat=3))
    assert best == 3
    with pytest.raises(ValueError, match="do not separate"):
        mistake_bound(X, y, np.array([1.0, 1.0]), -0.5)


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_digits])
def test_partial_fit_goes_on_as_scikit_learn_does(load):
    X, y = load(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(y))
    ours, theirs = Perceptron(shuffle=False), Reference(shuffle=False)
    for rows in np.array_split(order, 7):
        for model in (ours, theirs):
            model.partial_fit(X[rows], y[rows], classes=np.unique(y))
    assert np.array_equal(ours.coef_, theirs.coef_) and ours.t_ == theirs.t_


def test_partial_fit_of_halves_averages_over_both():
    X, y, _ = separable(5)
    once = Perceptron(shuffle=False, average=True, tol=None, max_iter=1).fit(X, y)
    twice = Perceptron(shuffle=False, average=True)
    twice.partial_fit(X[:17], y[:17], classes=[-1, 1]).partial_fit(X[17:], y[17:])
    assert np.allclose(once.coef_, twice.coef_, rtol=1e-12)


def test_starts_where_it_is_told():
    X, y, w = separable(3, gap=0.2)
    model = Perceptron(fit_intercept=False).fit(X, y, coef_init=w[None], intercept_init=[0.0])
    assert model.n_mistakes_ == [0] and np.array_equal(model.coef_, w[None])
    with pytest.raises(ValueError, match=r"coef_init must have shape \(1, 3\)"):
        Perceptron().fit(X, y, coef_init=[1.0])


def test_the_step_only_scales_and_the_seed_decides():
    X, y = load_iris(return_X_y=True)
    small, large = Perceptron(tol=None, max_iter=9, eta0=0.5).fit(X, y), Perceptron(tol=None, max_iter=9).fit(X, y)
    assert np.array_equal(2 * small.coef_, large.coef_)
    assert np.array_equal(large.coef_, Perceptron(tol=None, max_iter=9, random_state=0).fit(X, y).coef_)
    assert not np.array_equal(large.coef_, Perceptron(tol=None, max_iter=9, random_state=1).fit(X, y).coef_)


def test_weights_of_zero_remove_examples():
    X, y, _ = separable(8)
    weight = np.ones(len(y))
    weight[::3] = 0
    spoiled = np.where(weight == 0, -y, y)
    with_zero = Perceptron(shuffle=False, tol=None, max_iter=20).fit(X, spoiled, sample_weight=weight)
    without = Perceptron(shuffle=False, tol=None, max_iter=20).fit(X[weight > 0], y[weight > 0])
    assert np.array_equal(with_zero.coef_, without.coef_)


def test_check_estimator_finds_nothing_that_it_does_not_find_in_scikit_learn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        failed = [
            {r["check_name"] for r in check_estimator(model, on_fail=None) if r["status"] == "failed"}
            for model in (Perceptron(), Reference())
        ]
    assert failed[0] <= failed[1]


def test_does_not_come_to_rest_and_says_so():
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="3 passes"):
        Perceptron(max_iter=3).fit(X, y)


@pytest.mark.parametrize(
    "call, error, named",
    [
        (lambda X, y: Perceptron(eta0=0).fit(X, y), ValueError, "eta0 must be above 0; got 0"),
        (lambda X, y: Perceptron(max_iter=0).fit(X, y), ValueError, "max_iter must be at least 1; got 0"),
        (lambda X, y: Perceptron(max_iter=1.5).fit(X, y), TypeError, "max_iter must be a whole number"),
        (lambda X, y: Perceptron(tol="1").fit(X, y), TypeError, "tol must be a number"),
        (lambda X, y: Perceptron().fit(X[:1], y[:1]), ValueError, "2 classes"),
        (lambda X, y: Perceptron().fit(X[:0], y[:0]), ValueError, r"0 sample"),
        (lambda X, y: Perceptron().fit(X * np.nan, y), ValueError, "NaN"),
        (lambda X, y: Perceptron().fit(X, y[:-1]), ValueError, "inconsistent"),
        (lambda X, y: Perceptron(max_iter=2).fit(X * 1e308, -y), ValueError, "scale the features"),
        (lambda X, y: Perceptron().partial_fit(X, y), ValueError, "classes must be given"),
        (lambda X, y: Perceptron().partial_fit(X, y, classes=[1, 2]), ValueError, "not announced"),
        (lambda X, y: Perceptron().fit(X, y).predict(X[:, :1]), ValueError, "3 features"),
        (lambda X, y: learn(X, y * 2), ValueError, "-1 or 1"),
        (lambda X, y: learn(X, y[:3]), ValueError, r"\(40, 3\) and \(3,\)"),
        (lambda X, y: margin(X, y, np.zeros(3)), ValueError, "all zero"),
    ],
)
def test_what_does_not_fit_is_named(call, error, named):
    X, y, _ = separable(4)
    with pytest.raises(error, match=named):
        call(X, y)


def test_a_constant_column_changes_nothing_but_the_offset():
    X, y, _ = separable(6)
    model = Perceptron().fit(np.hstack([X, np.zeros((len(X), 1))]), y)
    assert model.coef_[0, -1] == 0 and (model.predict(np.hstack([X, np.zeros((len(X), 1))])) == y).all()

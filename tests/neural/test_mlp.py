"""Multilayer networks: gradients, identities, what the estimators promise."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from groundup.neural import autograd as ag
from groundup.neural.mlp import (
    ACTIVATIONS,
    MLPClassifier,
    MLPRegressor,
    backward,
    cross_entropy,
    forward,
    initialize,
    sgd_step,
    squared_error,
)


def network(sizes, activation="tanh", seed=0, rows=6):
    random = np.random.RandomState(seed)
    coefs, intercepts = initialize(sizes, activation, random)
    intercepts = [random.normal(size=b.shape) for b in intercepts]
    return random.normal(size=(rows, sizes[0])), coefs, intercepts, random.randint(sizes[-1], size=rows)


def quietly(model, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*data)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4), seed=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_gradients_are_slopes(activation, sizes, seed):
    X, coefs, intercepts, y = network(sizes, activation, seed)
    layers = forward(X, coefs, intercepts, activation)
    _, delta = cross_entropy(layers[-1], y)
    gradients = backward(delta, layers, coefs, activation)
    step = 1e-5
    for arrays, slopes in zip((coefs, intercepts), gradients, strict=True):
        for a, d in zip(arrays, slopes, strict=True):
            for at in np.ndindex(a.shape):
                here, values = a[at], []
                for moved in (here + step, here - step):
                    a[at] = moved
                    values.append(cross_entropy(forward(X, coefs, intercepts, activation)[-1], y)[0])
                a[at] = here
                assert d[at] == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-5, abs=1e-7)


def test_equals_our_own_autograd():
    X, coefs, intercepts, y = network((5, 7, 6, 3), "relu")
    layers = forward(X, coefs, intercepts, "relu")
    loss, delta = cross_entropy(layers[-1], y)
    W, b = ([ag.Tensor(a, requires_grad=True) for a in arrays] for arrays in (coefs, intercepts))
    h = ag.Tensor(X)
    for l in range(3):  # noqa: E741
        h = h @ W[l] + b[l]
        h = h.relu() if l < 2 else h
    other = ag.cross_entropy(h, y)
    other.backward()
    assert loss == pytest.approx(other.item(), rel=1e-14)
    for mine, theirs in zip(backward(delta, layers, coefs, "relu"), (W, b), strict=True):
        assert all(np.allclose(m, t.grad, rtol=1e-12, atol=1e-15) for m, t in zip(mine, theirs, strict=True))


def test_without_nonlinearity_depth_is_one_matrix():
    X, coefs, intercepts, _ = network((4, 9, 9, 2), "identity")
    product = coefs[0] @ coefs[1] @ coefs[2]
    offset = (intercepts[0] @ coefs[1] + intercepts[1]) @ coefs[2] + intercepts[2]
    assert np.allclose(forward(X, coefs, intercepts, "identity")[-1], X @ product + offset)


def test_hidden_units_can_be_exchanged():
    X, coefs, intercepts, _ = network((4, 6, 3))
    order = np.random.RandomState(1).permutation(6)
    swapped = [coefs[0][:, order], coefs[1][order]], [intercepts[0][order], intercepts[1]]
    assert np.allclose(forward(X, coefs, intercepts, "tanh")[-1], forward(X, *swapped, "tanh")[-1])


def test_equal_units_stay_equal():
    X, coefs, intercepts, y = network((4, 6, 3))
    coefs, intercepts = [np.full_like(W, 0.1) for W in coefs], [np.zeros_like(b) for b in intercepts]
    layers = forward(X, coefs, intercepts, "tanh")
    d_coefs, _ = backward(cross_entropy(layers[-1], y)[1], layers, coefs, "tanh")
    assert np.allclose(d_coefs[0], d_coefs[0][:, :1])


def test_losses_at_known_points():
    loss, delta = cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    assert loss == pytest.approx(np.log(4)) and np.allclose(delta.sum(axis=1), 0)
    loss, delta = cross_entropy(np.array([[1e5, 0.0]]), np.array([1]))
    assert loss == 1e5 and np.array_equal(delta, [[1, -1]])
    assert squared_error(np.array([[3.0]]), np.array([[1.0]])) == (4.0, np.array([[4.0]]))


@pytest.mark.parametrize("activation, expected", [("relu", 0.5), ("identity", 1.0)])
def test_starting_weights_keep_the_spread(activation, expected):
    random = np.random.RandomState(0)
    coefs, intercepts = initialize((400,) * 9, activation, random)
    layers = forward(random.normal(size=(50, 400)), coefs, intercepts, activation)
    mean_square = np.square(layers[-2]).mean() * (0.5 if activation == "relu" else 1)
    assert mean_square == pytest.approx(expected, rel=0.5)  # eight random layers, each a few percent off


def test_momentum_is_a_sum_of_past_gradients():
    p, v = [np.array([1.0])], [np.zeros(1)]
    for g in (1.0, 0.0, 2.0):
        sgd_step(p, [np.array([g])], v, lr=0.1, momentum=0.5)
    assert p[0] == pytest.approx(1 - 0.1 * (1 + 0.5 + 0.25 + 2))


def test_learns_digits_and_numbers():
    X, y = load_digits(return_X_y=True)
    net = quietly(MLPClassifier((64,), learning_rate_init=0.1, max_iter=25, random_state=0), X[:1200] / 16, y[:1200])
    assert net.score(X[1200:] / 16, y[1200:]) > 0.92
    X, y = load_diabetes(return_X_y=True)
    X, y = X / X.std(axis=0), (y - y.mean()) / y.std()
    net = quietly(
        MLPRegressor((20,), learning_rate_init=0.01, max_iter=60, alpha=1.0, random_state=0), X[:300], y[:300]
    )
    assert net.score(X[300:], y[300:]) > 0.4  # a straight line reaches about 0.5 here


def test_probabilities():
    X, y = load_digits(return_X_y=True)
    net = quietly(MLPClassifier((16,), max_iter=3, random_state=0), X, y)
    p = net.predict_proba(X)
    assert np.allclose(p.sum(axis=1), 1) and (net.classes_[p.argmax(axis=1)] == net.predict(X)).all()
    assert np.allclose(np.exp(net.predict_log_proba(X)), p)


def test_float32_stays_float32_and_seeds_decide():
    X, y = load_digits(return_X_y=True)
    nets = [quietly(MLPClassifier((8,), max_iter=2, random_state=s), X.astype(np.float32), y) for s in (0, 0, 1)]
    assert nets[0].coefs_[0].dtype == nets[0].predict_proba(X.astype(np.float32)).dtype == np.float32
    assert np.array_equal(nets[0].coefs_[0], nets[1].coefs_[0])
    assert not np.array_equal(nets[0].coefs_[0], nets[2].coefs_[0])


def test_warm_start_and_partial_fit_go_on():
    X, y = load_digits(return_X_y=True)
    whole = quietly(MLPClassifier((8,), max_iter=6, random_state=0), X, y)
    halves = MLPClassifier((8,), max_iter=3, random_state=0, warm_start=True)
    quietly(quietly(halves, X, y), X, y)
    steps = MLPClassifier((8,), random_state=0)
    for _ in range(6):
        steps.partial_fit(X, y, classes=range(10))
    for other in (halves, steps):
        assert np.array_equal(whole.coefs_[0], other.coefs_[0]) and other.n_iter_ == 6
    with pytest.raises(ValueError, match="classes of the first fit"):
        halves.fit(X[y < 5], y[y < 5])


def test_the_penalty_shrinks_weights():
    X, y = load_digits(return_X_y=True)
    small, large = (quietly(MLPClassifier((8,), alpha=a, max_iter=20, random_state=0), X / 16, y) for a in (0, 100))
    assert np.square(large.coefs_[0]).sum() < 0.5 * np.square(small.coefs_[0]).sum()


@pytest.mark.parametrize("model", [MLPClassifier(max_iter=100), MLPRegressor(max_iter=100)], ids=["classes", "numbers"])
def test_check_estimator(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(model)


@pytest.mark.parametrize(
    "options, error, named",
    [
        ({"hidden_layer_sizes": (4, 0)}, ValueError, "hidden_layer_sizes must be at least 1; got 0"),
        ({"activation": "swish"}, ValueError, "'relu'; got 'swish'"),
        ({"momentum": 1.0}, ValueError, r"at least 0 and below 1; got 1\.0"),
        ({"learning_rate_init": -1}, ValueError, "learning_rate_init must be above 0"),
        ({"batch_size": "all"}, TypeError, "batch_size must be a whole number; got 'all'"),
        ({"alpha": None}, TypeError, "alpha must be a number"),
        ({"learning_rate_init": 1e6}, ValueError, r"loss is (inf|nan) after pass .*learning_rate_init"),
    ],
)
def test_bad_options_are_named(options, error, named):
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(error, match=named):
        quietly(MLPRegressor(**{"hidden_layer_sizes": (4,), **options}), X, y)


def test_bad_data_is_named():
    X, y = np.ones((4, 2)), np.array([0, 1, 0, 1])
    with pytest.raises(ValueError, match="2 classes"):
        MLPClassifier().fit(X, y * 0)
    with pytest.raises(ValueError, match="NaN"):
        MLPClassifier().fit(X * np.nan, y)
    with pytest.raises(ValueError, match="classes must be given"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="not announced"):
        MLPClassifier().partial_fit(X, y, classes=[1, 2])
    net = quietly(MLPRegressor((3,), max_iter=2), X, np.ones((4, 2)))
    assert net.predict(X).shape == (4, 2) and net.predict(X[:1]).shape == (1, 2)
    with pytest.raises(ValueError, match="2 outputs"):
        net.partial_fit(X, y)

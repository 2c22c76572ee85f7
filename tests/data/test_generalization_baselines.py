"""DummyClassifier and DummyRegressor: what they promise, and what they refuse."""

import warnings

import numpy as np
import pytest
from sklearn.utils.estimator_checks import check_estimator

from groundup.data.generalization import DummyClassifier, DummyRegressor

X = np.zeros((8, 1))
Y = np.array(["a", "b", "b", "b", "c", "b", "a", "b"])


@pytest.mark.parametrize(
    "model", [DummyClassifier(), DummyRegressor(), DummyRegressor(strategy="median")], ids=["class", "mean", "median"]
)
def test_check_estimator(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(model)


def test_features_are_never_looked_at():
    for rows in (None, [None] * 8, ["text"] * 8):
        model = DummyClassifier().fit(X if rows is None else rows, Y)
        assert (model.predict(["anything", {}]) == "b").all()
    assert DummyRegressor().fit(X, np.arange(8.0)).score(None, np.arange(8.0)) == 0


def test_shares_are_kept_when_drawing():
    model = DummyClassifier(strategy="stratified", random_state=0).fit(X, Y)
    drawn = model.predict(np.zeros((20000, 1)))
    assert [np.mean(drawn == c) for c in "abc"] == pytest.approx([0.25, 0.625, 0.125], abs=0.012)
    even = DummyClassifier(strategy="uniform", random_state=0).fit(X, Y).predict(np.zeros((20000, 1)))
    assert [np.mean(even == c) for c in "abc"] == pytest.approx([1 / 3] * 3, abs=0.012)


def test_weights_decide_the_commonest():
    weights = np.where(Y == "c", 10.0, 1.0)
    model = DummyClassifier().fit(X, Y, weights)
    assert model.predict(X)[0] == "c" and model.class_prior_ == pytest.approx(np.array([2, 5, 10]) / 17)
    assert DummyRegressor(strategy="median").fit(X[:3], [1.0, 2.0, 9.0], [1, 1, 5]).predict(X[:1]) == 9


def test_a_class_without_weight_stays_a_class():
    model = DummyClassifier().fit(X, Y, (Y != "a").astype(float))
    assert list(model.classes_) == ["a", "b", "c"] and model.class_prior_[0] == 0
    assert model.predict_log_proba(X)[0, 0] == -np.inf


def test_quantiles_from_end_to_end():
    y = np.array([3.0, 1.0, 2.0])
    for share, expected in ((0.0, 1), (1.0, 3), (0.25, 1.5)):
        assert DummyRegressor(strategy="quantile", quantile=share).fit(X[:3], y).predict(X[:1]) == expected
    first = DummyRegressor(strategy="quantile", quantile=0.0).fit(X[:3], y, [1, 0, 1])
    assert first.predict(X[:1]) == 2  # the smallest that has weight


def test_several_outputs():
    model = DummyRegressor(strategy="constant", constant=[1, 2]).fit(X, np.zeros((8, 2)))
    y, spread = model.predict(X, return_std=True)
    assert y.shape == spread.shape == (8, 2) and (y == [1, 2]).all() and not spread.any()
    both = DummyClassifier().fit(X, np.column_stack([Y, Y == "a"]))
    assert both.predict(X).shape == (8, 2) and len(both.predict_proba(X)) == 2 and both.n_classes_ == [3, 2]


@pytest.mark.parametrize(
    "model, y, error, named",
    [
        (DummyClassifier(strategy="guess"), Y, ValueError, "'prior', .*got 'guess'"),
        (DummyRegressor(strategy="mode"), np.zeros(8), ValueError, "'median', .*got 'mode'"),
        (DummyClassifier(strategy="constant"), Y, ValueError, "needs the parameter constant"),
        (DummyClassifier(strategy="constant", constant="d"), Y, ValueError, "present in the training data.*'d'"),
        (DummyClassifier(strategy="constant", constant=["a", "b"]), Y, ValueError, "1 entries"),
        (DummyRegressor(strategy="constant"), np.zeros(8), TypeError, "has to be specified"),
        (DummyRegressor(strategy="constant", constant=[1, 2]), np.zeros(8), ValueError, "1 entries"),
        (DummyRegressor(strategy="quantile"), np.zeros(8), ValueError, r"\[0, 1\]; got None"),
        (DummyRegressor(strategy="quantile", quantile=2), np.zeros(8), ValueError, "got 2"),
        (DummyRegressor(), np.full(8, np.nan), ValueError, "NaN"),
    ],
)
def test_bad_options_are_named(model, y, error, named):
    with pytest.raises(error, match=named):
        model.fit(X, y)


@pytest.mark.parametrize(
    "weights, named", [(np.ones(3), r"shape \(8,\)"), (np.zeros(8), "zero"), ([np.inf] * 8, "finite")]
)
def test_bad_weights_are_named(weights, named):
    for model, y in ((DummyClassifier(), Y), (DummyRegressor(), np.zeros(8))):
        with pytest.raises(ValueError, match=named):
            model.fit(X, y, weights)

"""Splitters keep their promises; cross-validation never shows a model its test rows."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.model_selection import cross_val_score as reference_score

from groundup.data import model_selection as ms

sizes = st.tuples(st.integers(2, 6), st.integers(6, 60), st.integers(0, 10**6))


def grouped(n, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(3, size=n), rng.integers(max(6, n // 4), size=n)


def quietly(cv, *given_):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return list(cv.split(*given_))


@given(size=sizes, shuffle=st.booleans())
@settings(max_examples=60, deadline=None)
def test_folds_are_a_partition(size, shuffle):
    k, n, seed = size
    y, groups = grouped(n, seed)
    state = seed if shuffle else None
    for kind in (ms.KFold, ms.StratifiedKFold, ms.GroupKFold, ms.StratifiedGroupKFold):
        if "Group" in kind.__name__ and k > len(np.unique(groups)):
            continue
        if "Strat" in kind.__name__ and k > np.bincount(y).max():
            continue
        cv = kind(k, shuffle=shuffle, random_state=state)
        parts = quietly(cv, y, y, groups)
        assert len(parts) == k == cv.get_n_splits()
        assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(n))
        for train, test in parts:
            assert sorted([*train.tolist(), *test.tolist()]) == list(range(n))
            if "Group" in kind.__name__:
                assert not set(groups[train]) & set(groups[test])


@given(size=sizes, shuffle=st.booleans())
@settings(max_examples=60, deadline=None)
def test_classes_are_shared_to_within_one_row(size, shuffle):
    k, n, seed = size
    y, _ = grouped(n, seed)
    if k > np.bincount(y).max():
        return
    cv = ms.StratifiedKFold(k, shuffle=shuffle, random_state=seed if shuffle else None)
    shares = np.array([np.bincount(y[test], minlength=3) for _, test in quietly(cv, y, y)])
    assert (np.ptp(shares, axis=0) <= 1).all() and np.ptp(shares.sum(axis=1)) <= 1


@given(size=sizes, gap=st.integers(0, 3), longest=st.one_of(st.none(), st.integers(1, 9)))
@settings(max_examples=60, deadline=None)
def test_training_ends_before_the_test_begins(size, gap, longest):
    k, n, _ = size
    cv = ms.TimeSeriesSplit(k, gap=gap, max_train_size=longest)
    try:
        parts = list(cv.split(np.zeros(n)))
    except ValueError:
        assert n - gap - (n // (k + 1)) * k <= 0 or k + 1 > n
        return
    for train, test in parts:
        assert train.max() + gap + 1 == test.min() and len(train) <= (longest or n)
    assert parts[-1][1][-1] == n - 1
    assert all(a[1][-1] + 1 == b[1][0] for a, b in pairwise(parts))


@given(size=sizes, share=st.floats(0.2, 0.6))
@settings(max_examples=40, deadline=None)
def test_random_splits_never_overlap(size, share):
    k, n, seed = size
    y, groups = np.repeat(np.arange(3), n), np.arange(3 * n) // 2
    for cv in (
        ms.ShuffleSplit(k, test_size=share, random_state=seed),
        ms.StratifiedShuffleSplit(k, test_size=share, random_state=seed),
        ms.GroupShuffleSplit(k, test_size=share, random_state=seed),
    ):
        for train, test in cv.split(y, y, groups if "Group" in repr(cv) else None):
            assert not set(train.tolist()) & set(test.tolist())
            if "Group" in repr(cv):
                assert not set(groups[train]) & set(groups[test])
            if "Strat" in repr(cv):
                assert np.ptp(np.bincount(y[train])) <= 1 and np.ptp(np.bincount(y[test])) <= 2


def test_repeats_shuffle_anew_and_seeds_repeat():
    cv = ms.RepeatedKFold(n_splits=2, n_repeats=2, random_state=1)
    first, second = list(cv.split(range(20))), list(cv.split(range(20)))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, second, strict=True))
    assert not np.array_equal(first[0][1], first[2][1])
    assert repr(cv) == "RepeatedKFold(n_splits=2, n_repeats=2, random_state=1)"


class Spy(ClassifierMixin, BaseEstimator):
    """Remembers the rows it was fitted on and fails when it is asked about one of them."""

    def fit(self, X, y):
        self.classes_, self.seen_ = np.unique(y), set(X[:, 0].tolist())
        return self

    def predict(self, X):
        assert not self.seen_ & set(X[:, 0].tolist()), "a test row was trained on"
        return np.full(len(X), self.classes_[0])


def test_models_are_clones_and_never_see_their_test_rows():
    X, y, model = np.arange(30.0)[:, None], np.arange(30) % 2, Spy()
    found = ms.cross_validate(model, X, y, cv=3, return_estimator=True, return_indices=True, error_score="raise")
    assert not hasattr(model, "seen_") and len({id(e) for e in found["estimator"]}) == 3
    assert found["test_score"].tolist() == [0.5] * 3 and len(found["indices"]["train"]) == 3
    ms.cross_val_predict(model, X, y, cv=ms.KFold(5, shuffle=True, random_state=0))


def test_predictions_stand_at_their_rows():
    y = np.array([0, 1, 2] * 9)
    p = ms.cross_val_predict(DummyClassifier(), np.zeros((27, 1)), y, cv=ms.KFold(3), method="predict_proba")
    assert p.shape == (27, 3) and np.allclose(p, 1 / 3)
    order = np.repeat([0, 1, 2], 8)
    with pytest.warns(RuntimeWarning, match="classes in training fold"):
        p = ms.cross_val_predict(DummyClassifier(), np.zeros((24, 1)), order, cv=ms.KFold(3), method="predict_proba")
    assert (p[np.arange(24), order] == 0).all() and np.allclose(p.sum(axis=1), 1)


def test_scikit_learn_takes_our_splitters():
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(40, 3)), rng.normal(size=40), np.arange(40) // 4
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=ms.GroupKFold(4)).fit(X, y, groups=groups)
    assert search.n_splits_ == 4
    for cv in (ms.KFold(3), ms.TimeSeriesSplit(3), ms.ShuffleSplit(3, random_state=0), ms.LeaveOneOut()):
        scores = reference_score(Ridge(), X, y, cv=cv, scoring="neg_mean_squared_error")
        assert np.allclose(scores, ms.cross_val_score(Ridge(), X, y, cv=cv, scoring="neg_mean_squared_error"))


def test_row_weights_are_cut_to_the_training_rows():
    rng = np.random.default_rng(1)
    X, y, w = rng.normal(size=(30, 2)), rng.normal(size=30), rng.random(30)
    ours = ms.cross_val_score(Ridge(), X, y, cv=3, params={"sample_weight": w})
    assert np.allclose(ours, reference_score(Ridge(), X, y, cv=3, params={"sample_weight": w}))


class Fails(Ridge):
    def fit(self, X, y, sample_weight=None):
        if y[0] > 5:
            raise RuntimeError("too high")
        return super().fit(X, y)


def test_failures_are_told():
    X, y = np.zeros((10, 1)), np.arange(10.0)
    with pytest.warns(FitFailedWarning, match="1 fits failed out of a total of 2"):
        scores = ms.cross_val_score(
            Fails(), X, y + 1, cv=[(np.arange(5), np.arange(5)), (np.arange(6, 10), np.arange(3))]
        )
    assert np.isnan(scores[1]) and not np.isnan(scores[0])
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        ms.cross_val_score(Fails(), X, y + 9, cv=2)
    with pytest.raises(RuntimeError, match="too high"):
        ms.cross_val_score(Fails(), X, y + 9, cv=2, error_score="raise")


def test_the_corrected_test_is_wider_by_what_it_says():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(2, 10))
    naive, mended = (ms.corrected_t_test(a, b, n_train=80, n_test=n) for n in (0, 20))
    assert naive.statistic / mended.statistic == pytest.approx(np.sqrt((1 / 10 + 20 / 80) * 10))
    low, high = ms.corrected_t_interval(a - b, n_train=80, n_test=20, confidence_level=1 - mended.pvalue)
    assert min(abs(low), abs(high)) < 1e-9  # the interval touches 0 exactly at the test's level
    assert ms.corrected_t_test(a, a, n_train=80, n_test=20).pvalue == 1
    assert ms.corrected_t_test(a + 1, a, n_train=80, n_test=20).pvalue < 1e-9


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ms.KFold(1), "n_splits=2 or more"),
        (
            lambda: ms.KFold("2"),  # pyright: ignore[reportArgumentType]
            "Integral",
        ),
        (lambda: ms.KFold(3, random_state=0), "random_state has no effect"),
        (lambda: list(ms.KFold(5).split(range(3))), "greater than the number of samples"),
        (lambda: list(ms.StratifiedKFold(3).split([0] * 4, [0, 0, 1, 1])), "members in each class"),
        (lambda: list(ms.StratifiedKFold(2).split([0] * 4, [0.1, 0.2, 0.3, 0.4])), "Supported target types"),
        (lambda: list(ms.GroupKFold(3).split([0] * 4, groups=[1, 1, 2, 2])), "number of groups: 2"),
        (lambda: list(ms.GroupKFold(3).split([0] * 4)), "should not be None"),
        (lambda: list(ms.TimeSeriesSplit(3, gap=5).split(range(8))), "Too many splits"),
        (lambda: ms.TimeSeriesSplit(3, gap=-1), "gap must be at least 0"),
        (lambda: ms.train_test_split([1, 2], test_size=1.5), "test_size=1.5"),
        (lambda: ms.train_test_split([1, 2, 3], [1, 2]), "inconsistent"),
        (lambda: ms.train_test_split([1, 2, 3], stratify=[0, 0, 1]), "only 1 member"),
        (lambda: ms.get_scorer("auc"), "not a valid scoring value"),
        (lambda: ms.check_cv("five"), "Expected `cv`"),
        (
            lambda: ms.cross_val_predict(Ridge(), [[0.0]] * 6, [0.0] * 6, cv=ms.ShuffleSplit(2)),
            "only works for partitions",
        ),
        (lambda: ms.corrected_t_test([1.0], [2.0], n_train=2, n_test=1), "at least 2"),
        (lambda: ms.corrected_t_test([1.0, np.nan], [2.0, 1.0], n_train=2, n_test=1), "NaN"),
        (lambda: ms.corrected_t_test([1.0, 2.0], [2.0, 1.0], n_train=2, n_test=np.inf), "finite; got 2 and inf"),
    ],
)
def test_errors_name_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_rare_class_and_needless_groups_warn():
    y = [0] * 9 + [1] * 2
    with pytest.warns(UserWarning, match="only 2 members"):
        list(ms.StratifiedKFold(3).split(y, y))
    with pytest.warns(UserWarning, match="groups parameter is ignored by KFold"):
        list(ms.KFold(2).split(y, groups=y))

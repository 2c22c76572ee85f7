"""Metrics: definitions written out, identities, degenerate input, errors."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning

from groundup.data import metrics as m
from groundup.data.metrics._checks import encode
from groundup.data.metrics._counting_kernels import merge_counts, twice_pairs_won

classes = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(-2, 3), min_size=n, max_size=n) for _ in range(2)))
)
scored = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40).filter(
    lambda rows: len({y for y, _ in rows}) == 2
)


@given(pair=classes)
@settings(max_examples=60, deadline=None)
def test_the_table_counts_each_row_once(pair):
    true, pred = pair
    table = m.confusion_matrix(true, pred, labels=range(-2, 4))
    slow = np.zeros((6, 6), dtype=int)
    for t, p in zip(true, pred, strict=True):  # the definition, row by row
        slow[t + 2, p + 2] += 1
    assert np.array_equal(table, slow)
    assert m.accuracy_score(true, pred) == pytest.approx(np.trace(slow) / len(true))
    micro = m.f1_score(true, pred, average="micro")
    assert micro == pytest.approx(m.accuracy_score(true, pred))  # one class a row: false alarms are misses


@given(rows=scored)
@settings(max_examples=100, deadline=None)
def test_the_area_is_the_share_of_pairs_won(rows):
    y, s = map(np.array, zip(*rows, strict=True))
    above = np.sign(s[y][:, None] - s[~y]) / 2 + 0.5  # all pairs: 1 above, 1/2 tied, 0 below
    area = m.roc_auc_score(y, s)
    assert area == pytest.approx(above.mean(), abs=1e-12)
    fpr, tpr, _ = m.roc_curve(y.astype(int), s)
    assert area == pytest.approx(m.auc(fpr, tpr), abs=1e-12)
    assert area == pytest.approx(1 - m.roc_auc_score(y, -s), abs=1e-12)
    assert area == pytest.approx(m.roc_auc_score(y, 2.0 * s**3), abs=1e-12)  # only the order counts
    assert area == pytest.approx(m.roc_auc_score(y, s, sample_weight=np.full(len(y), 3.0)), abs=1e-12)


@given(rows=scored)
@settings(max_examples=60, deadline=None)
def test_merging_equals_sorting_the_rows(rows):
    y, s = map(np.array, zip(*rows, strict=True))
    thresholds, fps, tps = merge_counts(np.sort(s[y]), np.sort(s[~y]))
    assert thresholds.tolist() == sorted(set(s.tolist()), reverse=True)
    for t, fp, tp in zip(thresholds, fps, tps, strict=True):
        assert (fp, tp) == ((s[~y] >= t).sum(), (s[y] >= t).sum())
    assert twice_pairs_won(np.sort(s[y]), np.sort(s[~y])) == sum(
        2 * (a > b) + (a == b) for a in s[y].tolist() for b in s[~y].tolist()
    )


@given(rows=scored, repeats=st.lists(st.integers(1, 3), min_size=40, max_size=40))
@settings(max_examples=40, deadline=None)
def test_a_weight_counts_like_repeated_rows(rows, repeats):
    y, s = map(np.array, zip(*rows, strict=True))
    y, w = y.astype(int), np.array(repeats[: len(y)])
    many = np.repeat(y, w), np.repeat(s, w)
    hard = s > 0
    for name, given_, full in [
        ("roc_auc_score", (y, s), many),
        ("average_precision_score", (y, s), many),
        ("accuracy_score", (y, hard), (many[0], many[1] > 0)),
        ("matthews_corrcoef", (y, hard), (many[0], many[1] > 0)),
        ("brier_score_loss", (y, hard * 0.5), (many[0], (many[1] > 0) * 0.5)),
        ("median_absolute_error", (y, s), many),
        ("r2_score", (y, s), many),
    ]:
        metric = getattr(m, name)
        assert metric(*given_, sample_weight=w) == pytest.approx(metric(*full), abs=1e-12), name


@given(pair=classes)
@settings(max_examples=40, deadline=None)
def test_every_kind_of_label_is_counted_alike(pair):
    true, pred = map(np.array, pair)
    words = np.array(["a", "b", "c", "d", "e", "f"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        expected = m.confusion_matrix(true, pred)
    for change in (
        lambda y: words[y + 2],
        lambda y: words[y + 2].astype(object),
        lambda y: y.astype(float),
        lambda y: y * 10**15,
        lambda y: (y + 2).astype(np.uint64),
        lambda y: y.astype(np.int8),
        lambda y: y.tolist(),
        lambda y: y[:, None],
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            assert np.array_equal(m.confusion_matrix(change(true), change(pred)), expected)


def test_codes_of_a_narrow_and_a_wide_range_agree():
    narrow, wide = np.array([5, 3, 9, 3]), np.array([5, 3, 9, 3]) * 10**12
    assert encode(narrow)[1][0].tolist() == encode(wide)[1][0].tolist() == [1, 0, 2, 0]
    assert encode(np.array([True, False]))[0].dtype == bool


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_scores_of_any_float_type_are_ranked(dtype):
    """Half precision, as networks give it, and long doubles have no compiled loops of their own."""
    y, scores = np.array([0, 1, 0, 1, 1]), np.array([0.25, 0.5, 0.5, 0.75, 0.125])
    assert m.roc_auc_score(y, scores.astype(dtype)) == m.roc_auc_score(y, scores)
    assert m.average_precision_score(y, scores.astype(dtype)) == m.average_precision_score(y, scores)
    for ours, plain in zip(m.roc_curve(y, scores.astype(dtype)), m.roc_curve(y, scores), strict=True):
        np.testing.assert_array_equal(ours, plain)


def test_log_loss_is_least_for_the_true_probability():
    rng = np.random.default_rng(0)
    y = rng.random(100_000) < 0.3
    at = np.linspace(0.05, 0.95, 91)
    for loss in (m.log_loss, m.brier_score_loss):
        values = [loss(y, np.full(len(y), p)) for p in at]
        assert abs(at[np.argmin(values)] - y.mean()) < 0.006


def test_a_certain_mistake_costs_36_or_16():
    assert 0 < m.log_loss([0, 1], [0.0, 1.0]) < 1e-15  # clipped from above as well
    assert m.log_loss([0, 1], [1.0, 0.0]) == pytest.approx(-np.log(np.finfo(float).eps))
    assert m.log_loss([0, 1], np.array([1, 0], dtype=np.float32)) == pytest.approx(-np.log(np.finfo(np.float32).eps))


def test_calibration_error_of_the_highest_probability():
    p = np.array([[0.8, 0.1, 0.1]] * 10)
    y = np.array([0] * 6 + [1] * 2 + [2] * 2)
    assert m.expected_calibration_error(y, p) == pytest.approx(0.2)
    assert m.expected_calibration_error([0, 1], [0.0, 1.0]) == 0


def test_adjusted_r2_of_nothing_is_zero_on_average():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        X, y = rng.normal(size=(30, 5)), rng.normal(size=30)
        X = np.column_stack([np.ones(30), X])
        q, _ = np.linalg.qr(X)
        found.append(m.adjusted_r2_score(y, q @ (q.T @ y), n_features=5))
    assert abs(np.mean(found)) < 0.04


def test_undefined_scores_warn_and_say_so():
    for call, word in [
        (lambda: m.roc_auc_score([1, 1], [0.1, 0.2]), "Only one class"),
        (lambda: m.roc_curve([1, 1], [0.1, 0.2]), "No negative"),
        (lambda: m.precision_score([0, 1], [0, 0]), "no predicted sample"),
        (lambda: m.recall_score([0, 0], [0, 1]), "no true sample"),
        (lambda: m.r2_score([1.0], [1.0]), "less than two"),
        (lambda: m.cohen_kappa_score([1, 1], [1, 1]), "only one label"),
    ]:
        with pytest.warns(UndefinedMetricWarning, match=word):
            call()
    with pytest.warns(UserWarning, match="single label"):
        m.confusion_matrix([1, 1], [1, 1])
    with pytest.warns(UserWarning, match="classes not in y_true"):
        m.balanced_accuracy_score([0, 0], [0, 1])
    with pytest.warns(UserWarning, match="do not sum to one"):
        m.log_loss([0, 1], [[0.5, 0.4], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.accuracy_score([0, 1], [0]), "inconsistent numbers of samples: y_true 2, y_pred 1"),
        (lambda: m.accuracy_score([], []), "empty"),
        (lambda: m.accuracy_score([0, 1], [0.3, 0.9]), "y_pred is continuous.*such as 0.3"),
        (lambda: m.accuracy_score([0.0, np.nan], [0, 1]), "NaN"),
        (lambda: m.accuracy_score(np.array(["a", "b"]), np.array([0, 1])), "Mix of label"),
        (lambda: m.f1_score([0, 1, 2], [0, 1, 2]), "average='binary'"),
        (lambda: m.f1_score([0, 1], [0, 1], pos_label=7), "pos_label=7"),
        (lambda: m.precision_score([0, 1], [0, 1], zero_division="x"), "zero_division"),
        (lambda: m.confusion_matrix([0, 1], [0, 1], labels=[5]), "must be in y_true"),
        (lambda: m.confusion_matrix([0, 1], [0, 1], normalize="rows"), "normalize"),
        (lambda: m.roc_auc_score([0, 1], [0.1, np.nan]), "row 1 is nan"),
        (lambda: m.roc_auc_score([0, 1, 1], [0.1, 0.2]), "y_true 3, y_score 2"),
        (lambda: m.roc_auc_score([0, 1, 2], np.eye(3)), "multi_class"),
        (lambda: m.roc_auc_score([0, 1, 2], np.ones((3, 3)), multi_class="ovr"), "sum up to 1"),
        (lambda: m.roc_auc_score([0, 1], [0.1, 0.2], max_fpr=0.0), "max_fpr"),
        (lambda: m.roc_curve([0, 1, 2], [0.1, 0.2, 0.3]), "3 classes; name a pos_label"),
        (lambda: m.roc_curve(["n", "y"], [0.1, 0.2]), "pos_label is not specified"),
        (lambda: m.det_curve([1, 1], [0.1, 0.2]), "Only one class"),
        (lambda: m.log_loss([0, 1], [-0.1, 0.5]), "less than 0: -0.1 in row 0"),
        (lambda: m.log_loss([0, 1], [0.1, 1.5]), "greater than 1: 1.5 in row 1"),
        (lambda: m.log_loss([0, 1], [0.1, np.nan]), "NaN or infinity, first in row 1"),
        (lambda: m.log_loss([1, 1], [0.1, 0.2]), "only one label"),
        (lambda: m.log_loss([0, 1, 2], [0.1, 0.2, 0.3]), "different number of classes: 3 vs 2"),
        (lambda: m.log_loss([0, 5], [0.1, 0.2], labels=[0, 1]), r"\[5\] not belonging"),
        (lambda: m.top_k_accuracy_score([0, 1, 2], [[1, 2]] * 3), "Number of classes"),
        (lambda: m.mean_squared_error([1.0], [[1.0, 2.0]]), "different number of output"),
        (lambda: m.mean_squared_error([1.0, np.inf], [1.0, 2.0]), "infinity"),
        (lambda: m.mean_squared_error([1.0], [2.0], multioutput="mean"), "multioutput"),
        (lambda: m.mean_squared_log_error([-2.0], [1.0]), "-2"),
        (lambda: m.mean_poisson_deviance([1, 2], [0.0, 1.0]), "strictly positive y_pred; got y_pred 0"),
        (lambda: m.mean_tweedie_deviance([1, 2], [1.0, 1.0], power=0.5), "power must be"),
        (lambda: m.auc([0, 2, 1], [0, 1, 2]), "neither increasing nor decreasing"),
    ],
)
def test_errors_name_what_came(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_inputs_stay_as_they_are():
    y, s, w = np.array([0, 1, 1, 0]), np.array([0.3, 0.1, 0.9, 0.3]), np.array([1.0, 2.0, 0.0, 1.0])
    copies = y.copy(), s.copy(), w.copy()
    m.roc_curve(y, s, sample_weight=w)
    m.log_loss(y, s, sample_weight=w)
    m.f1_score(y, s > 0.2, sample_weight=w)
    assert all(np.array_equal(a, b) for a, b in zip((y, s, w), copies, strict=True))

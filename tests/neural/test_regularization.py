"""Regularization: expectations, edges, masks, penalties, groups, max norm, and what is refused."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

from groundup.neural import regularization as reg
from groundup.neural.autograd import Tensor, gradcheck

X = np.random.default_rng(0).normal(size=(6, 4, 3, 5))
FORMS = {
    "dropout": (reg.dropout, X, X.shape),
    "dropout1d": (reg.dropout1d, X[..., 0], (6, 4, 1)),
    "dropout2d": (reg.dropout2d, X, (6, 4, 1, 1)),
    "row": (lambda x, p, *a, **k: reg.stochastic_depth(x, p, "row", *a, **k), X, (6, 1, 1, 1)),
    "batch": (lambda x, p, *a, **k: reg.stochastic_depth(x, p, "batch", *a, **k), X, (1, 1, 1, 1)),
    "alpha": (reg.alpha_dropout, X, X.shape),
}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("form", FORMS)
def test_gradients_equal_central_differences(form):
    drop, x, shape = FORMS[form]
    mask = rng(1).random(shape) > 0.3
    assert gradcheck(lambda x: drop(x, 0.3, mask=mask), x)
    assert gradcheck(lambda x: drop(x, 0.3, mask=mask) ** 2, x)


@pytest.mark.parametrize("form", FORMS)
def test_evaluation_and_p_0_are_the_identity_and_need_no_generator(form):
    drop, x, _ = FORMS[form]
    for out in (drop(x, 0.5, False), drop(x, 0.0), drop(x, 0.0, rng=rng())):
        np.testing.assert_array_equal(out.data, x)
    t = Tensor(x, requires_grad=True)
    assert drop(t, 0.5, False) is t


@pytest.mark.parametrize("form", FORMS)
def test_p_1_leaves_nothing_in_value_and_gradient(form):
    drop, x, _ = FORMS[form]
    t = Tensor(x.copy(), requires_grad=True)
    out = drop(t, 1.0)
    out.sum().backward()
    assert not out.data.any() and not t.grad.any() and out.shape == x.shape


@pytest.mark.parametrize("form", FORMS)
def test_the_same_generator_state_makes_the_same_draw_and_another_call_another(form):
    drop, x, _ = FORMS[form]
    np.testing.assert_array_equal(drop(x, 0.5, rng=rng(7)).data, drop(x, 0.5, rng=rng(7)).data)
    one = rng(7)
    draws = {drop(x, 0.5, rng=one).data.tobytes() for _ in range(20)}
    assert len(draws) > 1
    before = np.random.get_state()[1].copy()
    drop(x, 0.5, rng=rng())
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # the global one is not touched


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(form, dtype):
    drop, x, _ = FORMS[form]
    t = Tensor(x.astype(dtype), requires_grad=True)
    out = drop(t, 0.5, rng=rng())
    out.sum().backward()
    assert out.dtype == dtype and t.grad.dtype == dtype


def test_whole_numbers_become_floats_and_empty_input_stays_empty():
    assert reg.dropout([1, 2, 3], 0.5, rng=rng()).dtype == np.float64
    assert reg.dropout(np.zeros((0, 3)), 0.5, rng=rng()).shape == (0, 3)
    assert reg.stochastic_depth(np.zeros((0, 3)), 0.5, rng=rng()).shape == (0, 3)


def test_expectation_and_variance_over_all_masks_are_the_formulas():
    x, p = np.array([1.5, -2.0, 0.3]), 0.3
    masks = list(itertools.product([False, True], repeat=3))
    chance = np.array([np.prod([1 - p if k else p for k in mask]) for mask in masks])
    out = np.array([reg.dropout(x, p, mask=mask).data for mask in masks])
    mean = chance @ out
    np.testing.assert_allclose(mean, x, rtol=1e-12)
    np.testing.assert_allclose(chance @ (out - mean) ** 2, x**2 * p / (1 - p), rtol=1e-12)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_share_that_is_kept(p):
    n = 200_000
    kept = reg.keep_mask((n,), p, rng()).mean()
    assert abs(kept - (1 - p)) < 5 * np.sqrt(p * (1 - p) / n)


def test_channels_and_examples_are_dropped_as_wholes():
    ones = np.ones((50, 8, 3, 4))
    for out, axes in (
        (reg.dropout2d(ones, 0.5, rng=rng()).data, (2, 3)),
        (reg.stochastic_depth(ones, 0.5, "row", rng=rng()).data, (1, 2, 3)),
        (reg.dropout1d(ones[..., 0], 0.5, rng=rng()).data, (2,)),
    ):
        assert (np.ptp(out, axis=axes) == 0).all() and set(np.unique(out)) == {0.0, 2.0}
    batch = [np.unique(reg.stochastic_depth(ones, 0.5, "batch", rng=rng(s)).data) for s in range(20)]
    assert all(len(values) == 1 for values in batch) and len({float(values[0]) for values in batch}) == 2
    assert reg.dropout1d(np.ones((5, 7)), 0.5, rng=rng()).shape == (5, 7)


@pytest.mark.parametrize("p", [0.05, 0.3, 0.9])
def test_alpha_dropout_keeps_mean_and_variance_of_a_standard_input(p):
    x = rng().normal(size=400_000)
    out = reg.alpha_dropout(x, p, rng=rng(1)).data
    assert abs(out.mean()) < 0.01 and abs(out.var() - 1) < 0.02


def test_what_is_infinite_and_switched_off_is_nan_without_a_warning():
    out = reg.dropout(np.array([np.inf, np.nan, 1.0]), 0.5, mask=[False, True, True]).data
    np.testing.assert_array_equal(out, [np.nan, np.nan, 2.0])


def test_linear_regression_with_dropout_is_ridge_with_the_columns_own_sizes():
    A, y, w, p = rng().normal(size=(7, 3)), rng(1).normal(size=7), rng(2).normal(size=3), 0.4
    expected = 0.0
    for row, target in zip(A, y, strict=True):  # masks of different rows are independent: average row by row
        for mask in itertools.product([False, True], repeat=3):
            chance = np.prod([1 - p if k else p for k in mask])
            expected += chance * (reg.dropout(row, p, mask=mask).data @ w - target) ** 2
    formula = ((A @ w - y) ** 2).sum() + p / (1 - p) * ((A**2).sum(0) * w**2).sum()
    assert abs(expected - formula) < 1e-12 * formula


@pytest.mark.parametrize("penalty", [reg.l2_penalty, reg.l1_penalty])
def test_penalties(penalty):
    a, b = rng().normal(size=(4, 3)), rng(1).normal(size=5)
    assert gradcheck(lambda a, b: penalty([a, b], 0.3), a, b)
    np.testing.assert_allclose(penalty([a, b], 0.3).data, penalty(a, 0.3).data + penalty(b, 0.3).data)
    assert penalty(a, 0.0).data == 0
    with pytest.raises(ValueError, match="strength must be at least 0; got -1"):
        penalty(a, -1)
    with pytest.raises(ValueError, match="nothing to penalize"):
        penalty([])


def test_weight_decay_and_the_l2_penalty_agree_under_sgd_and_not_under_adam():
    from groundup.neural.optim import SGD, Adam, AdamW

    def run(optimizer, strength, **options):
        w = Tensor(np.array([2.0, -1.0, 0.5]), requires_grad=True)
        steps = optimizer([w], lr=0.1, **options)
        for _ in range(10):
            steps.zero_grad()
            loss = (w * Tensor(np.array([3.0, 0.1, 1.0]))).sum()
            (loss + reg.l2_penalty(w, strength) if strength else loss).backward()
            steps.step()
        return w.data

    np.testing.assert_allclose(run(SGD, 0.2), run(SGD, 0.0, weight_decay=0.2), rtol=1e-12)
    np.testing.assert_allclose(run(Adam, 0.2), run(Adam, 0.0, weight_decay=0.2), rtol=1e-12)
    assert np.abs(run(Adam, 0.2) - run(AdamW, 0.0, weight_decay=0.2)).max() > 0.01


def test_groups():
    W, b, g = (Tensor(np.ones(s), requires_grad=True) for s in ((3, 2), 2, 2))
    frozen = Tensor(np.ones((2, 2)))
    decay, free = reg.decay_groups([("W", W), ("b", b), ("gain", g), ("tied", W), ("frozen", frozen)], 0.1)
    assert decay["params"] == [W] and decay["weight_decay"] == 0.1
    assert [id(p) for p in free["params"]] == [id(b), id(g)] and free["weight_decay"] == 0.0
    assert len(reg.decay_groups([W], 0.1)) == 1
    by_name = reg.decay_groups([("W", W), ("b", b)], 0.1, exempt=lambda name, p: name == "W")
    assert by_name[0]["params"][0] is b and by_name[1]["params"][0] is W
    with pytest.raises(ValueError, match="no parameter that needs a gradient"):
        reg.decay_groups([frozen], 0.1)
    with pytest.raises(ValueError, match=r"weight_decay must be at least 0; got -0\.1"):
        reg.decay_groups([W], -0.1)


def test_max_norm_touches_only_what_is_too_long():
    w = np.array([[3.0, 0.3, 0.0], [4.0, 0.4, 0.0]])
    for world in (np.array, lambda a: Tensor(a.copy(), requires_grad=True)):
        copy = world(w)
        reg.max_norm_(copy, 2.0)
        values = copy.data if isinstance(copy, Tensor) else copy
        np.testing.assert_allclose(values, [[1.2, 0.3, 0.0], [1.6, 0.4, 0.0]])
    rows = w.copy()
    reg.max_norm_(rows, 2.0, axis=0)
    np.testing.assert_allclose(np.sqrt((rows**2).sum(1)), 2.0)
    with pytest.raises(ValueError, match="limit must be above 0"):
        reg.max_norm_(w, 0.0)
    with pytest.raises(ValueError, match=r"axis must be an axis of w, whose shape is \(2, 3\); got 2"):
        reg.max_norm_(w, 1.0, axis=2)


def test_max_norm_of_what_squares_to_infinity_or_zero_and_of_odd_input():
    for scale, dtype in ((1e200, float), (1e-200, float), (1e30, np.float32), (1e4, np.float16)):
        w = np.array([[3.0, 0.0], [4.0, 0.0]], dtype) * dtype(scale)
        reg.max_norm_(w, dtype(scale) * 0.5)
        np.testing.assert_allclose(w[:, 0] / dtype(scale), [0.3, 0.4], rtol=1e-3)
        assert w.dtype == dtype and not w[:, 1].any()
    view = np.full((4, 6), 3.0)
    reg.max_norm_(view[::2, ::3], 1.0)
    np.testing.assert_allclose(view[::2, ::3], 0.5**0.5)
    assert (view[1::2] == 3).all()
    bias = np.array([3.0, -0.2])
    reg.max_norm_(bias, 1.0)  # one axis: each unit has one incoming weight
    np.testing.assert_allclose(bias, [1.0, -0.2])
    broken = np.array([[np.inf, 3.0], [1.0, 4.0]])
    reg.max_norm_(broken, 1.0)
    np.testing.assert_allclose(broken, [[np.nan, 0.6], [np.nan, 0.8]])
    reg.max_norm_(np.zeros((0, 3)), 1.0)
    frozen = np.full((2, 2), 3.0)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        reg.max_norm_(frozen, 1.0)


def test_penalties_of_whole_numbers_do_not_wrap_around():
    assert reg.l2_penalty(np.array([4_000_000_000, 4])).data == 8e18 + 8
    assert reg.l1_penalty(np.array([100, -100, 100], np.int8)).data == 300


def test_a_single_parameter_is_a_group_of_its_own():
    W = Tensor(np.ones((3, 2)), requires_grad=True)
    (group,) = reg.decay_groups(W, 0.1)
    assert group["params"][0] is W and group["weight_decay"] == 0.1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: reg.max_norm_(np.array([[3], [4]]), 1.0), TypeError, "w must be a Tensor, .* of floats; got int64"),
        (lambda: reg.max_norm_([[3.0], [4.0]], 1.0), TypeError, "w must be a Tensor, .* of floats; got <class 'list'>"),
        (lambda: reg.max_norm_(X.copy(), 1.0, axis="unit"), ValueError, "axis must be an axis of w, .*; got 'unit'"),
        (lambda: reg.l2_penalty(None), TypeError, "params must be a parameter or an iterable of .*; got NoneType"),
        (lambda: reg.l1_penalty({"W": X}), TypeError, "params must be a parameter or an iterable of .*; got dict"),
        (lambda: reg.decay_groups({"W": X}, 0.1), TypeError, "params must be a module, parameters, .*; got dict"),
        (lambda: reg.decay_groups([X], 0.1), TypeError, "params must hold Tensors or torch tensors; got ndarray"),
        (lambda: reg.dropout(X, 0.5), TypeError, "rng must be a numpy.random.Generator for NumPy data; got None"),
        (lambda: reg.dropout(X, 0.5, rng=np.random.RandomState(0)), TypeError, "rng must be a numpy.random.Generator"),
        (lambda: reg.dropout(X, 1.5, rng=rng()), ValueError, r"p must be from 0 to 1; got 1\.5"),
        (lambda: reg.dropout(X, -0.1, False), ValueError, "p must be"),
        (lambda: reg.dropout(X, np.nan, rng=rng()), ValueError, "p must be"),
        (lambda: reg.dropout(X, "half", rng=rng()), TypeError, "p must be a number; got 'half'"),
        (lambda: reg.alpha_dropout(X, 1.5, rng=rng()), ValueError, "p must be"),
        (lambda: reg.dropout(X, 0.5, mask=np.ones(3)), ValueError, r"mask must have shape \(6, 4, 3, 5\); got \(3,\)"),
        (lambda: reg.dropout2d(X, 0.5, mask=np.ones(X.shape)), ValueError, r"mask must have shape \(6, 4, 1, 1\)"),
        (lambda: reg.dropout2d(X[0], 0.5, rng=rng()), ValueError, r"4 axes for dropout2d; got shape \(4, 3, 5\)"),
        (lambda: reg.dropout1d(X, 0.5, rng=rng()), ValueError, "2 or 3 axes for dropout1d"),
        (lambda: reg.stochastic_depth(X, 0.5, "rows", rng=rng()), ValueError, "mode must be one of 'row', 'batch'"),
        (lambda: reg.stochastic_depth(1.0, 0.5, rng=rng()), ValueError, "x must have at least 1 axes"),
    ],
)
def test_errors_name_what_came_and_what_is_expected(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_package_needs_numpy_alone():
    code = "import groundup.neural.regularization as r, sys; r.dropout([1.0], 0.0); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="has no attribute 'Dropout3d'"):
        _ = reg.Dropout3d

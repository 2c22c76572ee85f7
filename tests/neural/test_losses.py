"""Gradients by differences, second derivatives, what each loss estimates, extremes, errors, modules."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from groundup.neural import losses
from groundup.neural.autograd import Tensor, gradcheck

RNG = np.random.default_rng(0)
P, T = RNG.normal(size=(3, 4)) * 2, RNG.normal(size=(3, 4)) * 2
YES = RNG.integers(2, size=(3, 4)).astype(float)
SIGNS = 2 * YES - 1
CLASSES = np.array([2, 0, 3])
SHARES = RNG.dirichlet(np.ones(4), 3)
WEIGHT = np.array([0.5, 1.0, 2.0, 3.0])

# name: (loss of leaves, leaves); the same call serves arrays and torch
LOSSES = {
    "mse": (losses.mse_loss, (P, T)),
    "mse weighted": (lambda p, t: losses.mse_loss(p, t, weight=WEIGHT), (P, T)),
    "l1": (losses.l1_loss, (P, T)),
    "huber": (lambda p, t: losses.huber_loss(p, t, "none", 0.7), (P, T)),
    "smooth l1": (lambda p, t: losses.smooth_l1_loss(p, t, "sum", 0.7), (P, T)),
    "log cosh": (losses.log_cosh_loss, (P, T)),
    "quantile": (lambda p, t: losses.quantile_loss(p, t, 0.2), (P, T)),
    "gaussian": (lambda p, t, v: losses.gaussian_nll_loss(p, t, v, True), (P, T, SHARES + 0.1)),
    "gaussian, one variance a row": (losses.gaussian_nll_loss, (P, T, SHARES[:, :1] + 0.1)),
    "bce logits": (losses.binary_cross_entropy_with_logits, (P, SHARES)),
    "bce logits weighted": (
        lambda z, t: losses.binary_cross_entropy_with_logits(z, t, WEIGHT, "sum", 2 * WEIGHT),
        (P, SHARES),
    ),
    "bce": (losses.binary_cross_entropy, (0.05 + 0.9 * SHARES, SHARES[::-1].copy())),
    "binary focal": (lambda z, t: losses.sigmoid_focal_loss(z, t, 0.3, 1.5), (P, SHARES)),
    "binary focal, no alpha": (lambda z: losses.sigmoid_focal_loss(z, YES, None, 0.5, "none"), (P,)),
    "hinge": (lambda z: losses.hinge_loss(z, SIGNS), (P,)),
    "squared hinge": (lambda z: losses.squared_hinge_loss(z, SIGNS), (P,)),
    "cross-entropy": (lambda z: losses.cross_entropy(z, CLASSES), (P,)),
    "cross-entropy, everything": (
        lambda z: losses.cross_entropy(z, [2, -100, 3], WEIGHT, reduction="mean", label_smoothing=0.2),
        (P,),
    ),
    "distribution": (lambda z, t: losses.cross_entropy(z, t, WEIGHT, label_smoothing=0.1), (P, SHARES)),
    "images": (lambda z: losses.cross_entropy(z, [[0, 1], [1, 2]], reduction="none"), (RNG.normal(size=(2, 3, 2)),)),
    "log-likelihood": (lambda z: losses.nll_loss(z, CLASSES, WEIGHT), (P,)),
    "kl": (losses.kl_div, (np.log(SHARES), SHARES[::-1].copy())),
    "kl of logarithms": (
        lambda q, t: losses.kl_div(q, t, "batchmean", True),
        (np.log(SHARES), np.log(SHARES[::-1].copy())),
    ),
    "focal": (lambda z: losses.focal_loss(z, CLASSES, 1.5, WEIGHT), (P,)),
    "margin": (lambda z: losses.multi_margin_loss(z, CLASSES, 1, 0.7, WEIGHT), (P,)),
    "squared margin": (lambda z: losses.multi_margin_loss(z, CLASSES, 2), (P,)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_by_differences(name):
    loss, leaves = LOSSES[name]
    assert gradcheck(loss, *leaves)


@pytest.mark.parametrize("name", LOSSES)
def test_torch_gradients_of_first_and_second_order(name):
    loss, leaves = LOSSES[name]
    tensors = [torch.tensor(x, requires_grad=True) for x in leaves]
    assert torch.autograd.gradcheck(loss, tensors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.autograd.gradgradcheck(loss, tensors, atol=1e-4)


def test_second_derivative_of_the_logistic_loss_everywhere():
    for dtype in (torch.float32, torch.float64):
        z = torch.tensor([-1e4, -90.0, 0.0, 90.0, 1e4], dtype=dtype, requires_grad=True)
        (first,) = torch.autograd.grad(
            losses.binary_cross_entropy_with_logits(z, torch.ones(5, dtype=dtype), reduction="sum"),
            z,
            create_graph=True,
        )
        (second,) = torch.autograd.grad(first.sum(), z)
        assert torch.isfinite(second).all() and second[2] == 0.25


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_give_numbers(dtype):
    z = Tensor(np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]], dtype), requires_grad=True)
    for loss in (
        losses.cross_entropy(z, [1, 1]),
        losses.cross_entropy(z, [1, 0], label_smoothing=0.1),
        losses.focal_loss(z, [1, 1], 0.5),
        losses.binary_cross_entropy_with_logits(z, np.ones((2, 3), dtype)),
        losses.sigmoid_focal_loss(z, np.ones((2, 3), dtype), gamma=0.5),
        losses.log_cosh_loss(z, np.zeros((2, 3))),
    ):
        z.grad = None
        loss.backward()
        assert np.isfinite(loss.data) and np.isfinite(z.grad).all() and z.grad.dtype == dtype == loss.dtype
    assert losses.cross_entropy(z, [1, 1]).data == 1e4


def test_what_each_loss_estimates():
    y = RNG.exponential(size=2001)
    grid = np.linspace(0, 3, 3001)

    def best(loss):
        return grid[np.argmin([float(loss(np.full(len(y), c), y).data) for c in grid[::5]]) * 5]

    assert abs(best(losses.mse_loss) - y.mean()) < 0.01
    assert abs(best(losses.l1_loss) - np.median(y)) < 0.01
    assert abs(best(lambda p, t: losses.quantile_loss(p, t, 0.8)) - np.quantile(y, 0.8)) < 0.02
    logits = Tensor(
        np.zeros(4), requires_grad=True
    )  # at the optimum of cross-entropy, softmax is the share of each class
    for _ in range(300):
        logits.grad = None
        rows = Tensor(np.zeros((10, 4))) + logits
        losses.cross_entropy(rows, [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]).backward()
        logits.data -= 2 * logits.grad
    shares = np.exp(logits.data) / np.exp(logits.data).sum()
    np.testing.assert_allclose(shares, [0.4, 0.3, 0.2, 0.1], atol=1e-5)


def test_small_differences_keep_their_digits():
    d = np.array([1e-8, 1e-4, 0.5, 0.999, 1.001, 20.0])
    with np.errstate(over="ignore"):
        exact = np.where(d < 1e-3, d**2 / 2 - d**4 / 12, np.log(np.cosh(d)))
    np.testing.assert_allclose(losses.log_cosh_loss(d, np.zeros(6), "none").data, exact, rtol=1e-13)
    z = Tensor([40.0], requires_grad=True)
    losses.sigmoid_focal_loss(z, [1.0], None, 2.0).backward()
    assert z.grad[0] == pytest.approx(-3 * np.exp(-120.0), rel=1e-9)  # (1-p)^2 has 35 zeros; 1 - sigmoid would be 0


def test_nothing_nan_and_infinity_are_as_in_torch():
    empty = np.zeros((0, 3))
    for mine, theirs, target in (
        (losses.cross_entropy, F.cross_entropy, np.zeros(0, int)),
        (losses.mse_loss, F.mse_loss, empty),
        (losses.binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, empty),
    ):
        for reduction in ("mean", "sum", "none"):
            there = theirs(torch.tensor(empty), torch.tensor(target), reduction=reduction).numpy()
            for out in (
                mine(empty, target, reduction=reduction).data,
                mine(torch.tensor(empty), torch.tensor(target), reduction=reduction).numpy(),
            ):
                np.testing.assert_array_equal(out, there)
    assert np.isnan(losses.cross_entropy(P, [-100] * 3).data)
    assert np.isnan(losses.mse_loss([1.0, 2.0], [np.nan, 0.0]).data)
    z = np.array([[0.0, -np.inf, 1.0]])
    assert losses.cross_entropy(z, [1]).data == np.inf
    assert float(losses.cross_entropy(z, [0]).data) == pytest.approx(np.log(1 + np.e))
    torch.testing.assert_close(
        losses.cross_entropy(torch.tensor(z), torch.tensor([0])), F.cross_entropy(torch.tensor(z), torch.tensor([0]))
    )


def test_ignored_rows_do_not_count_even_when_they_are_infinite():
    z = Tensor(np.array([[0.0, 1.0], [-np.inf, 3.0]]), requires_grad=True)
    loss = losses.cross_entropy(z, [0, 5], ignore_index=5)
    assert float(loss.data) == pytest.approx(np.log(1 + np.e))
    loss.backward()
    assert z.grad[1].tolist() == [0, 0]


def test_zero_probabilities():
    q, t = np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]])
    assert losses.kl_div(q, t, "sum").data == pytest.approx(np.log(2))
    assert losses.binary_cross_entropy([0.0, 1.0], [1.0, 0.0], reduction="none").data.tolist() == [100, 100]
    assert losses.binary_cross_entropy([0.0, 1.0], [0.0, 1.0]).data == 0


def test_integers_and_lists_are_taken():
    assert losses.mse_loss([1, 2], [0, 0]).data == 2.5
    assert losses.cross_entropy([[0, 0]], [1]).data == pytest.approx(np.log(2))
    out = losses.mse_loss(Tensor(np.ones(2, np.float32)), [0, 0])
    assert out.dtype == np.float32
    assert losses.binary_cross_entropy_with_logits(torch.zeros(2), torch.tensor([0, 1])).item() == pytest.approx(
        np.log(2)
    )


@pytest.mark.parametrize("world", [np.asarray, torch.tensor])
@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda w: losses.mse_loss(w(P), w(P[:, :1])), ValueError, r"one shape; got \(3, 4\) and \(3, 1\)"),
        (lambda w: losses.mse_loss(w(P), w(T), "average"), ValueError, "reduction must be one of"),
        (lambda w: losses.huber_loss(w(P), w(T), delta=0), ValueError, "delta must be above 0"),
        (lambda w: losses.quantile_loss(w(P), w(T), 1.0), ValueError, "q must be above 0 and below 1"),
        (lambda w: losses.gaussian_nll_loss(w(P), w(T), w(P)), ValueError, "negative"),
        (lambda w: losses.binary_cross_entropy(w(P), w(YES)), ValueError, "between 0 and 1"),
        (lambda w: losses.hinge_loss(w(P), w(YES)), ValueError, "2 \\* target - 1"),
        (lambda w: losses.sigmoid_focal_loss(w(P), w(YES), 2.0), ValueError, "alpha must be"),
        (lambda w: losses.focal_loss(w(P), w(CLASSES), -1), ValueError, "gamma must be"),
        (lambda w: losses.cross_entropy(w(P), w(CLASSES[:2])), ValueError, r"target must have shape \(3,\)"),
        (lambda w: losses.cross_entropy(w(P), w(CLASSES + 2)), ValueError, r"0 \.\.\. 3 or be -100"),
        (lambda w: losses.cross_entropy(w(P), w(CLASSES * 1.0)), TypeError, "classes as integers"),
        (lambda w: losses.cross_entropy(w(P), w(CLASSES), weight=[1.0]), ValueError, r"weight must have shape \(4,\)"),
        (lambda w: losses.cross_entropy(w(P), w(CLASSES), label_smoothing=1.5), ValueError, "label_smoothing"),
        (lambda w: losses.cross_entropy(w(np.float64(1)), w(1)), ValueError, "axis of classes"),
        (lambda w: losses.kl_div(w(P), w(T), "batch"), ValueError, "batchmean"),
        (lambda w: losses.multi_margin_loss(w(P), w(CLASSES), 3), ValueError, "p must be 1 or 2"),
        (lambda w: losses.multi_margin_loss(w(P), w(CLASSES * 0 + 4)), ValueError, r"0 \.\.\. 3; got one outside"),
        (lambda w: losses.multi_margin_loss(w(P), w(CLASSES * 0 - 100)), ValueError, r"0 \.\.\. 3; got one outside"),
        (
            lambda w: losses.mse_loss(w(P), w(T), weight=[1.0, 2.0]),
            ValueError,
            r"weight must broadcast to shape \(3, 4",
        ),
        (lambda w: losses.l1_loss(w(P), w(T), "sum", np.ones((2, 3, 4))), ValueError, r"got \(2, 3, 4\)"),
        (lambda w: losses.gaussian_nll_loss(w(P), w(T), [1.0, 2.0]), ValueError, "var must broadcast"),
        (
            lambda w: losses.binary_cross_entropy_with_logits(w(P), w(YES), pos_weight=[1.0, 2.0]),
            ValueError,
            "pos_weight must broadcast",
        ),
        (lambda w: losses.binary_cross_entropy(w(YES), w(2 * YES)), ValueError, "target must lie between 0 and 1"),
    ],
)
def test_messages(world, call, error, words):
    with pytest.raises(error, match=words):
        call(world)


def test_worlds_are_not_mixed():
    scores = torch.tensor(P, requires_grad=True)
    shares = np.full(P.shape, 0.25)
    loss = losses.cross_entropy(scores, shares)
    loss.backward()
    assert isinstance(loss, torch.Tensor) and scores.grad is not None
    assert loss.item() == pytest.approx(F.cross_entropy(scores, torch.tensor(shares)).item(), rel=1e-14)
    with pytest.raises(TypeError, match=r"prediction is a Tensor of ours"):
        losses.mse_loss(Tensor(P), torch.tensor(T))


def test_weights_of_nothing_give_nan_in_silence():
    assert np.isnan(losses.mse_loss(P, T, weight=0.0).data)
    assert np.isnan(losses.kl_div(np.zeros((0, 3)), np.zeros((0, 3)), "batchmean").data)


def test_a_weight_with_a_gradient_is_refused():
    with pytest.raises(TypeError, match="weight must not require a gradient"):
        losses.mse_loss(P, T, weight=Tensor(P, requires_grad=True))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("MSELoss", {"reduction": "sum"}),
        ("L1Loss", {}),
        ("HuberLoss", {"delta": 0.5}),
        ("SmoothL1Loss", {"beta": 0.5}),
        ("BCEWithLogitsLoss", {"weight": torch.tensor(WEIGHT), "pos_weight": torch.tensor(WEIGHT)}),
        ("KLDivLoss", {"reduction": "batchmean"}),
        ("CrossEntropyLoss", {"weight": torch.tensor(WEIGHT), "label_smoothing": 0.1}),
        ("NLLLoss", {"weight": torch.tensor(WEIGHT), "ignore_index": 0}),
        ("MultiMarginLoss", {"p": 2, "margin": 0.5}),
        ("BCELoss", {}),
    ],
)
def test_modules_are_torchs(name, options):
    mine, theirs = getattr(losses, name)(**options), getattr(torch.nn, name)(**options)
    whole = name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
    x = torch.tensor(SHARES if name == "BCELoss" else P)
    target = torch.tensor(CLASSES if whole else SHARES)
    torch.testing.assert_close(mine(x, target), theirs(x, target))
    assert mine.state_dict().keys() == theirs.state_dict().keys()
    mine.load_state_dict(theirs.state_dict())


def test_modules_of_our_own():
    z = torch.tensor(P)
    assert losses.FocalLoss(gamma=0)(z, torch.tensor(CLASSES)) == losses.cross_entropy(z, torch.tensor(CLASSES))
    assert losses.QuantileLoss(0.3)(z, torch.tensor(T)) == losses.quantile_loss(z, torch.tensor(T), 0.3)
    var = torch.tensor(SHARES)
    torch.testing.assert_close(
        losses.GaussianNLLLoss(full=True)(z, torch.tensor(T), var),
        torch.nn.GaussianNLLLoss(full=True)(z, torch.tensor(T), var),
    )
    for name in ("HingeLoss", "SquaredHingeLoss"):
        assert getattr(losses, name)()(z, torch.tensor(SIGNS)) >= 0
    assert losses.SigmoidFocalLoss()(z, torch.tensor(YES)) > 0 and losses.LogCoshLoss()(z, torch.tensor(T)) > 0
    assert "gamma=1.5" in repr(losses.FocalLoss(1.5)) and set(losses._MODULES) <= set(dir(losses))
    with pytest.raises(AttributeError, match="no attribute 'Loss'"):
        losses.Loss  # noqa: B018


def test_torch_func():
    from torch.func import grad, vmap

    z, t = torch.tensor(P), torch.tensor(SHARES)
    each = vmap(grad(lambda a, b: losses.binary_cross_entropy_with_logits(a, b, reduction="sum")))(z, t)
    torch.testing.assert_close(each, torch.sigmoid(z) - t)
    _, forward = torch.func.jvp(lambda a: losses.huber_loss(a, t, "sum"), (z,), (torch.ones_like(z),))
    torch.testing.assert_close(forward, torch.clamp(z - t, -1, 1).sum())


def test_second_derivative_of_the_focal_loss_at_zero():
    def slope(value, create_graph=False):
        z = torch.tensor([value], dtype=torch.float64, requires_grad=True)
        loss = losses.sigmoid_focal_loss(z, torch.ones(1, dtype=torch.float64), None, 2.0)
        return z, torch.autograd.grad(loss, z, create_graph=create_graph)[0]

    z, first = slope(0.0, create_graph=True)
    (second,) = torch.autograd.grad(first, z)
    assert second.item() == pytest.approx((slope(1e-5)[1] - slope(-1e-5)[1]).item() / 2e-5, rel=1e-6)


def test_sixteen_bits_are_summed_in_float32():
    z = torch.tensor(RNG.normal(size=(64, 1000)), dtype=torch.bfloat16, requires_grad=True)
    y = torch.tensor(RNG.integers(1000, size=64))
    for smoothing in (0.0, 0.1):
        z.grad = None
        loss = losses.cross_entropy(z, y, label_smoothing=smoothing)
        loss.backward()
        exact = F.cross_entropy(z.detach().double(), y, label_smoothing=smoothing)
        assert loss.dtype == torch.float32 and abs(loss.item() - exact.item()) < 1e-5
        assert z.grad.dtype == torch.bfloat16

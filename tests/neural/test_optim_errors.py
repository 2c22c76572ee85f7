"""What optimizers refuse, and the words they say it in."""

import math

import numpy as np
import pytest
import torch

from groundup.neural import optim
from groundup.neural.autograd import Tensor
from groundup.neural.optim import SGD, Adam, Muon, RMSprop


def matrix():
    return Tensor(np.random.default_rng(0).normal(size=(6, 5)), requires_grad=True)


@pytest.mark.parametrize(
    "call, error, named",
    [
        (lambda p: SGD([], lr=0.1), ValueError, "empty"),
        (lambda p: SGD(p, lr=0.1), TypeError, r"write \[tensor\]"),
        (lambda p: SGD([p], lr=-0.1), ValueError, r"lr must be at least 0; got -0\.1"),
        (lambda p: SGD([p], lr=math.nan), ValueError, "lr must be at least 0; got nan"),
        (lambda p: SGD([p, p], lr=0.1), ValueError, "there already"),
        (lambda p: SGD([{"params": [p]}, {"params": [p]}], lr=0.1), ValueError, "there already"),
        (lambda p: SGD([p * 2], lr=0.1), ValueError, "result of an operation"),
        (lambda p: SGD([p.data], lr=0.1), TypeError, "got ndarray"),
        (lambda p: SGD([{"params": {p}}], lr=0.1), TypeError, "set has none"),
        (lambda p: SGD([Tensor([1, 2])], lr=0.1), TypeError, "floating-point"),
        (lambda p: SGD([torch.ones(2, dtype=torch.complex64)], lr=0.1), TypeError, "complex64"),
        (lambda p: SGD([p], lr=0.1, nesterov=True), ValueError, "nesterov needs momentum"),
        (lambda p: SGD([p], lr=0.1, momentum=-1), ValueError, "momentum"),
        (lambda p: SGD([{"params": [p], "weight_decay": -1}], lr=0.1), ValueError, "weight_decay"),
        (lambda p: Adam([p], betas=(1.0, 0.9)), ValueError, r"betas\[0\] must lie in \[0, 1\); got 1\.0"),
        (lambda p: Adam([p], betas=(0.9, -0.1)), ValueError, r"betas\[1\]"),
        (lambda p: Adam([p], eps=-1), ValueError, "eps"),
        (lambda p: RMSprop([p], alpha=-1), ValueError, "alpha"),
        (lambda p: Muon([p[0].detach()]), ValueError, r"shape \(5,\): give it to AdamW"),
        (lambda p: Muon([p], adjust_lr_fn="mine"), ValueError, "match_rms_adamw"),
        (lambda p: Muon([p], momentum=1.0), ValueError, "momentum"),
        (lambda p: optim.Adagrad([p], lr_decay=-1), ValueError, "lr_decay"),
        (lambda p: optim.NAdam([p], momentum_decay=-1), ValueError, "momentum_decay"),
    ],
)
def test_bad_arguments_are_named(call, error, named):
    with pytest.raises(error, match=named):
        call(matrix())


@pytest.mark.parametrize("shape", [(5,), (1, 5), (6,), ()])
def test_a_gradient_of_another_shape_is_refused(shape):
    p = matrix()
    before = p.data.copy()
    p.grad = np.ones(shape)
    with pytest.raises(ValueError, match=r"a parameter of shape \(6, 5\) has a gradient of shape"):
        SGD([p], lr=0.1).step()
    assert np.array_equal(p.data, before)


@pytest.mark.parametrize("order", ["C", "F"])  # by the kernel, and by the plain rule
@pytest.mark.parametrize("nesterov", [False, True])
def test_an_infinite_gradient_makes_an_infinite_weight_as_in_torch(nesterov, order):
    values, grad = np.ones((3, 2)), np.full((3, 2), np.inf)
    ours, theirs = Tensor(np.array(values, order=order), requires_grad=True), torch.tensor(values, requires_grad=True)
    ours.grad, theirs.grad = grad, torch.tensor(grad)
    SGD([ours], 0.1, 0.9, nesterov=nesterov).step()
    torch.optim.SGD([theirs], 0.1, 0.9, nesterov=nesterov).step()
    np.testing.assert_array_equal(ours.data, theirs.detach().numpy())


def test_a_model_in_place_of_its_parameters():
    with pytest.raises(TypeError, match=r"got a Linear: write \.parameters\(\)"):
        SGD(torch.nn.Linear(2, 1), 0.1)  # pyright: ignore[reportArgumentType]

"""Muon held against its sources: how far the singular values are lifted, how long its steps are, what is summed up."""

import numpy as np
import pytest

from groundup.neural import optim
from groundup.neural.autograd import Tensor
from groundup.neural.optim import Muon


def tensor(values) -> Tensor:
    return Tensor(values, requires_grad=True)


def test_newton_schulz_lifts_singular_values_into_the_range_that_is_promised():
    for least in (0.002, 0.02, 0.5):
        m = np.diag([1.0, least])
        lifted = np.diag(optim.newton_schulz(m, eps=0))
        assert lifted.min() > 0.68 and lifted.max() < 1.21


@pytest.mark.parametrize("shape", [(40, 10), (10, 40), (20, 20)])
def test_muon_changes_entries_by_about_a_fifth_of_the_rate(shape):
    p = tensor(np.zeros(shape))
    p.grad = np.random.default_rng(0).normal(size=shape)
    Muon([p], lr=0.1, weight_decay=0.0, adjust_lr_fn="match_rms_adamw").step()
    assert 0.1 * 0.2 * 0.68 < np.sqrt(np.mean(p.data**2)) < 0.1 * 0.2 * 1.21


def test_muon_takes_the_steps_of_the_post_with_its_sum_of_gradients():
    p, rng = tensor(np.zeros((4, 3))), np.random.default_rng(0)
    optimizer, total, w = Muon([p], lr=0.1, weight_decay=0.0, momentum=0.9), np.zeros((4, 3)), np.zeros((4, 3))
    for _ in range(5):
        p.grad = rng.normal(size=(4, 3))
        optimizer.step()
        total = 0.9 * total + p.grad
        w -= 0.1 * (4 / 3) ** 0.5 * optim.newton_schulz(p.grad + 0.9 * total)
    np.testing.assert_allclose(p.data, w, atol=1e-12)

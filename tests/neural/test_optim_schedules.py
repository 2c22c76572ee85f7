"""Schedules, range test, clipping."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from groundup.neural import optim
from groundup.neural.autograd import Tensor
from groundup.neural.optim import SGD, Adam, LRScheduler, OneCycleLR, clip_grad_norm_, clip_grad_value_, lr_range_test


def values_of(p):
    return p.data.copy() if isinstance(p, Tensor) else p.detach().numpy().copy()


def optimizer(lr=1.0, **options):
    return SGD([Tensor([1.0], requires_grad=True)], lr=lr, **options)


def test_values_at_marked_steps():
    assert [optim.step_decay(t, 2, 0.5) for t in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    assert [optim.multi_step(t, [1, 3], 0.1) for t in range(4)] == pytest.approx([1, 0.1, 0.1, 0.01])
    assert [optim.cosine(t, 2, 0.5) for t in (0, 1, 2, 9)] == pytest.approx([1, 0.75, 0.5, 0.5])
    assert [optim.cosine_restarts(t, 2, 2) for t in (0, 2, 4, 6)] == pytest.approx([1, 1, 0.5, 1])
    assert [optim.inverse_sqrt(t, 4) for t in (0, 2, 4, 16)] == pytest.approx([0, 0.5, 1, 0.5])
    assert [optim.polynomial(t, 4, 2) for t in (0, 2, 4, 5)] == pytest.approx([1, 0.25, 0, 0])
    assert [optim.warmup(t, 4, 0.2) for t in (0, 2, 4, 9)] == pytest.approx([0.2, 0.6, 1, 1])
    assert optim.warmup(0, 0) == 1


@pytest.mark.parametrize("shape", ["linear", "cosine", "sqrt"])
def test_wsd_rises_stays_and_falls(shape):
    factors = [optim.wsd(t, 100, 10, 20, 0.1, shape) for t in range(111)]
    assert factors[0] == 0 and factors[10:81] == [1.0] * 71 and factors[100:] == pytest.approx([0.1] * 11)
    assert all(a > b for a, b in pairwise(factors[80:101]))
    assert optim.wsd(90, 100, 10, 20) == 0.5
    assert optim.wsd(90, 100, 10, 20, shape="sqrt") == pytest.approx(1 - 0.5**0.5)


def test_with_warmup_begins_the_schedule_after_the_rise():
    schedule = optim.with_warmup(optim.cosine, 5)
    assert [schedule(t, total=10) for t in (0, 5, 15)] == pytest.approx([0, 1, 0])


def test_a_scheduler_resumes():
    whole = LRScheduler(optimizer(), optim.cosine, total=10)
    for _ in range(4):
        whole.step()
    other = LRScheduler(optimizer(), optim.cosine, total=10)
    other.load_state_dict(whole.state_dict())
    assert other.get_last_lr() == whole.get_last_lr() and other.last_epoch == 4
    with pytest.raises(ValueError, match="of 2 groups, here are 1"):
        other.load_state_dict({"last_epoch": 0, "base_lrs": [1, 2]})


def test_groups_keep_their_proportion():
    o = optimizer(0.5)
    o.add_param_group({"params": Tensor([1.0], requires_grad=True), "lr": 0.05})
    scheduler = LRScheduler(o, lambda t: 0.5**t)
    scheduler.step()
    assert scheduler.get_last_lr() == [0.25, 0.025]


def test_one_cycle_turns_momentum_against_the_rate():
    o = Adam([Tensor([1.0], requires_grad=True)])
    scheduler = OneCycleLR(o, 0.1, 100)
    seen = []
    for _ in range(99):
        seen.append((o.param_groups[0]["lr"], o.param_groups[0]["betas"]))
        scheduler.step()
    top = int(np.argmax([lr for lr, _ in seen]))
    assert seen[top][0] == pytest.approx(0.1, rel=1e-3) and seen[top][1][0] == pytest.approx(0.85, abs=1e-3)
    assert all(b[1] == 0.999 for _, b in seen)
    scheduler.step()
    with pytest.raises(ValueError, match="t must lie between 0 and total = 100; got 101"):
        scheduler.step()


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: optim.cosine(1, 0), "total must be above 0; got 0"),
        (lambda: optim.step_decay(1, 0), "size"),
        (lambda: optim.cosine_restarts(1, 4, 0), "factor must be at least 1"),
        (lambda: optim.wsd(1, 10, 6, 5), r"at most total = 10; got 6 \+ 5"),
        (lambda: optim.wsd(1, 10, 2, 5, shape="round"), "'sqrt'; got 'round'"),
        (lambda: optim.one_cycle(1, 10, rise=2.0), "rise"),
        (lambda: optim.one_cycle(1, 10, anneal="cosine"), "anneal"),
        (lambda: OneCycleLR(optimizer(), [0.1, 0.2], 10), "one number or 1"),
        (lambda: OneCycleLR(optim.Adagrad([Tensor([1.0], requires_grad=True)]), 0.1, 10), "momentum or betas"),
        (lambda: lr_range_test(optimizer(), float, 1.0, 0.1), "0 < low < high"),
        (lambda: lr_range_test(optimizer(), float, smoothing=1.0), "smoothing"),
    ],
)
def test_bad_arguments_are_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def test_a_schedule_must_be_a_function():
    with pytest.raises(TypeError, match="function of the step"):
        LRScheduler(optimizer(), 0.5)


@pytest.mark.parametrize("world", ["ours", "torch"])
def test_range_test_finds_the_edge_of_a_parabola_and_puts_everything_back(world):
    # L = w²/2 times 4: steps with lr above 2/4 diverge
    w = Tensor([3.0], requires_grad=True) if world == "ours" else torch.tensor([3.0], requires_grad=True)
    o = SGD([w], lr=0.123, momentum=0.5)

    def loss():
        value = (w * w).sum() * 2.0
        value.backward()
        return value.item()

    loss()
    o.step()
    before, state = values_of(w), np.asarray(o.state[w]["momentum_buffer"]).copy()
    found = lr_range_test(o, loss, 1e-4, 100, 80)
    assert 1e-3 < found.suggestion < 0.75 and len(found.lrs) < 80
    assert found.suggestion <= found.lowest and np.isfinite(found.smoothed).all()
    assert np.array_equal(values_of(w), before) and o.param_groups[0]["lr"] == 0.123 and w.grad is None
    assert np.array_equal(np.asarray(o.state[w]["momentum_buffer"]).copy(), state)


def test_range_test_without_a_finite_loss():
    with pytest.raises(ValueError, match="not finite before the first step"):
        lr_range_test(optimizer(), lambda: math.inf)


def with_gradients(*grads):
    params = []
    for g in grads:
        params.append(Tensor(np.zeros_like(g), requires_grad=True))
        params[-1].grad = np.array(g)
    return params


def test_clipping_by_hand():
    params = with_gradients(np.array([3.0]), np.array([[4.0]]))
    assert clip_grad_norm_(params, 1.0) == 5
    assert params[0].grad == pytest.approx(0.6, abs=1e-6) and params[1].grad == pytest.approx(0.8, abs=1e-6)
    assert optim.grad_norm(params) == pytest.approx(1, abs=1e-6)
    assert clip_grad_norm_(params, 10.0) == pytest.approx(1, abs=1e-6)  # short ones stay
    assert params[0].grad == pytest.approx(0.6, abs=1e-6)
    clip_grad_value_(params, 0.7)
    assert params[1].grad == 0.7
    clip_grad_norm_(params[0], 0.1)
    assert params[0].grad == pytest.approx(0.1, abs=1e-6)


def test_norms_of_huge_and_of_no_gradients():
    params = with_gradients(np.full(4, 1e25, np.float32))
    assert optim.grad_norm(params) == pytest.approx(2e25) and optim.grad_norm(params).dtype == np.float32
    assert optim.grad_norm([]) == 0 and clip_grad_norm_([Tensor([1.0], requires_grad=True)], 1.0) == 0
    q = torch.zeros(4, requires_grad=True)
    q.grad = torch.full((4,), 1e25)
    assert float(clip_grad_norm_([q], 1.0)) == pytest.approx(2e25) and float(q.grad[0]) == pytest.approx(0.5)


def test_nonfinite_norms():
    params = with_gradients(np.array([np.nan]))
    with pytest.raises(RuntimeError, match="norm of the gradients is nan"):
        clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    q = torch.zeros(2, requires_grad=True)
    q.grad = torch.tensor([math.inf, 1.0])
    with pytest.raises(RuntimeError, match="inf"):
        clip_grad_norm_([q], 1.0, error_if_nonfinite=True)


def test_bad_clipping_arguments():
    params = with_gradients(np.array([1.0]))
    with pytest.raises(ValueError, match="max_norm must be at least 0"):
        clip_grad_norm_(params, -1.0)
    with pytest.raises(ValueError, match="norm_type must be above 0"):
        clip_grad_norm_(params, 1.0, 0)
    with pytest.raises(ValueError, match="clip_value"):
        clip_grad_value_(params, -1)

"""Optimizers: kernel against rule, resuming, groups, other worlds and layouts, errors."""

import contextlib
from unittest import mock

import numpy as np
import pytest
import torch

from groundup.neural import optim
from groundup.neural.autograd import Tensor
from groundup.neural.optim import (
    SGD,
    Adam,
    AdamW,
    Lookahead,
    Muon,
    Together,
    adam,
    adaptive,
    momentum,
    muon_and_adamw,
)
from groundup.neural.optim import _worlds as worlds

RULES = [
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.2, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("RAdam", {"lr": 0.1, "betas": (0.9, 0.99)}),
    ("NAdam", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1}),
]
IDS = [f"{n}-{i}" for i, (n, _) in enumerate(RULES)]


def tensor(value, dtype=np.float64):
    return Tensor(np.asarray(value, dtype), requires_grad=True)


def matrix(seed=0, shape=(6, 5), dtype=np.float64):
    return tensor(np.random.default_rng(seed).normal(size=shape), dtype)


def values_of(p):
    return p.data.copy() if isinstance(p, Tensor) else p.detach().numpy().copy()


def walk(optimizer, params, steps, seed=1):
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        for p in params:
            g = rng.normal(size=p.shape)
            p.grad = (
                np.asarray(g, p.dtype) if isinstance(p, Tensor) else torch.tensor(g, dtype=p.dtype, device=p.device)
            )
        optimizer.step()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name, options", RULES, ids=IDS)
def test_kernel_equals_rule(name, options, dtype):
    results = []
    for kernel in (True, False):
        p = matrix(dtype=dtype)
        optimizer = getattr(optim, name)([p], **options)
        if kernel:
            walk(optimizer, [p], 50)
        else:
            with contextlib.ExitStack() as patches:
                for module in (adam, adaptive, momentum):
                    patches.enter_context(mock.patch.object(module, "flat", return_value=None))
                walk(optimizer, [p], 50)
        results.append(p.data)
    assert results[0].dtype == dtype
    np.testing.assert_allclose(*results, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)


def test_the_rules_that_have_kernels_use_them():
    for name, options in RULES:
        p = matrix()
        modules = {"SGD": momentum, "RMSprop": adaptive, "Adam": adam, "AdamW": adam}
        if name in modules and not options.get("amsgrad"):
            with mock.patch.object(modules[name], "run", wraps=worlds.run) as run:
                walk(getattr(optim, name)([p], **options), [p], 2)
            assert run.call_count == 2


def test_threads_change_nothing():
    size = 3 * worlds.PIECE + 17
    results = []
    for count in (1, 2, 3):
        with mock.patch.object(worlds, "_threads", lambda n=count: n):
            p = matrix(shape=(size,), dtype=np.float32)
            walk(AdamW([p], lr=0.1), [p], 3)
        results.append(p.data)
    assert np.array_equal(results[0], results[1]) and np.array_equal(results[0], results[2])


@pytest.mark.parametrize("world", ["ours", "torch"])
@pytest.mark.parametrize("name, options", [*RULES, ("Muon", {"lr": 0.1})], ids=[*IDS, "Muon"])
def test_resumed_equals_uninterrupted_bitwise(name, options, world):
    def start():
        p, q = matrix(0), matrix(1, (3, 4))
        return [p, q] if world == "ours" else [torch.tensor(x.data, requires_grad=True) for x in (p, q)]

    def build(params):
        return getattr(optim, name)([{"params": params[:1]}, {"params": params[1:], "lr": 0.03}], **options)

    def gradients(params, steps, optimizer):
        for t in steps:
            for i, p in enumerate(params):
                g = np.random.default_rng(100 * t + i).normal(size=tuple(p.shape))
                p.grad = g if world == "ours" else torch.tensor(g)
            optimizer.step()

    whole = start()
    gradients(whole, range(20), build(whole))
    half = start()
    first = build(half)
    gradients(half, range(9), first)
    values = [values_of(p) for p in half]
    saved = first.state_dict()
    rest = [tensor(v) if world == "ours" else torch.tensor(v, requires_grad=True) for v in values]
    second = build(rest)
    second.load_state_dict(saved)
    gradients(half, range(9, 12), first)  # the loaded state is a copy: going on elsewhere does not touch it
    gradients(rest, range(9, 20), second)
    for a, b in zip(whole, rest, strict=True):
        assert np.array_equal(values_of(a), values_of(b))


def test_state_crosses_between_worlds():
    ours, theirs = matrix(), torch.tensor(matrix().data, requires_grad=True)
    reference = torch.optim.AdamW([theirs], lr=0.1)
    walk(reference, [theirs], 5)
    ours.data[...] = theirs.detach().numpy()
    mine = AdamW([ours], lr=0.3)
    mine.load_state_dict(reference.state_dict())
    assert isinstance(mine.state[ours]["exp_avg"], np.ndarray) and mine.param_groups[0]["lr"] == 0.1
    walk(reference, [theirs], 5, seed=2)
    walk(mine, [ours], 5, seed=2)
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), atol=1e-13)
    back = AdamW([torch.tensor(ours.data, requires_grad=True)])
    back.load_state_dict(mine.state_dict())
    assert torch.is_tensor(back.state[back.param_groups[0]["params"][0]]["exp_avg_sq"])


def test_the_first_gradient_enters_the_buffer_undamped():
    p = tensor([0.0])
    p.grad = np.array([1.0])
    optimizer = SGD([p], lr=0.1, momentum=0.9, dampening=0.5)
    optimizer.step()
    assert p.data[0] == -0.1
    optimizer.step()
    assert p.data[0] == pytest.approx(-0.1 - 0.1 * (0.9 + 0.5))


def test_layouts_that_no_kernel_serves():
    for p in (Tensor(np.ones((4, 3)).T, requires_grad=True), tensor(2.0), tensor(np.ones((0, 3)))):
        before = p.data.copy()
        optimizer = Adam([p], lr=0.1)
        p.grad = np.ones_like(p.data)
        optimizer.step()
        np.testing.assert_allclose(p.data, before - 0.1, atol=1e-7)
    strided = tensor(np.ones((3, 4)))
    strided.grad = np.ones((4, 3)).T
    Adam([strided], lr=0.1).step()
    np.testing.assert_allclose(strided.data, 0.9, atol=1e-7)
    half = torch.ones(3, 4, dtype=torch.bfloat16, requires_grad=True)
    half.grad = torch.ones_like(half)
    AdamW([half], lr=0.125, weight_decay=0).step()
    assert half.dtype == torch.bfloat16 and float(half.detach().max()) == 0.875


def test_a_changed_parameter_is_noticed_by_the_graph():
    p = matrix()
    loss = (p * p).sum()
    p.grad = np.ones_like(p.data)
    SGD([p], lr=0.1).step()
    with pytest.raises(RuntimeError, match="changed"):
        loss.backward()
    for dtype in (torch.float32, torch.bfloat16):  # with a kernel, and without
        q = torch.ones(3, dtype=dtype, requires_grad=True)
        loss = (q * q).sum()
        q.grad = torch.ones_like(q)
        Adam([q], lr=0.1).step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


def test_gradients_stay_as_they_are_and_none_is_skipped():
    for name, options in RULES:
        p, q = matrix(), matrix(1)
        optimizer = getattr(optim, name)([p, q], **options)
        p.grad = np.ones_like(p.data)
        before = q.data.copy()
        optimizer.step()
        assert (p.grad == 1).all() and np.array_equal(q.data, before) and q not in optimizer.state


def test_zero_grad_and_closure():
    p = matrix()
    optimizer = SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() > (p.data**2).sum()
    optimizer.zero_grad(set_to_none=False)
    assert (p.grad == 0).all()
    optimizer.zero_grad()
    assert p.grad is None
    q = torch.ones(2, requires_grad=True)
    q.grad = torch.ones(2)
    both = SGD([p, q], lr=0.1)
    both.zero_grad(set_to_none=False)
    assert not q.grad.any()


def test_maximize_goes_up():
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "RAdam", "NAdam"):
        p = tensor([0.0])
        p.grad = np.array([1.0])
        getattr(optim, name)([p], lr=0.1, maximize=True).step()
        assert p.data[0] > 0


def test_first_adam_step_is_lr_whatever_the_scale():
    for scale in (1e-6, 1.0, 1e6):
        p = tensor([0.0])
        p.grad = np.array([scale])
        Adam([p], lr=0.01, eps=0).step()
        assert p.data[0] == pytest.approx(-0.01, rel=1e-12)


def test_decoupled_decay_is_even_and_coupled_is_not():
    left = {}
    for rule in (Adam, AdamW):
        p = tensor([1.0, 1.0])
        optimizer = rule([p], lr=0.01, weight_decay=0.1)
        rng = np.random.default_rng(0)
        for _ in range(300):
            p.grad = rng.normal(size=2) * [100.0, 0.01]
            optimizer.step()
        left[rule] = p.data
    noise = tensor([0.0, 0.0])
    reference = AdamW([noise], lr=0.01, weight_decay=0.1)
    rng = np.random.default_rng(0)
    for _ in range(300):
        noise.grad = rng.normal(size=2) * [100.0, 0.01]
        reference.step()
    np.testing.assert_allclose(left[AdamW] - noise.data, (1 - 0.001) ** 300, rtol=1e-5)
    moved = left[Adam] - noise.data
    assert moved[0] > 0.9 and moved[1] < 0.5


def test_rectification():
    assert optim.rectification(1, 0.999) is None and optim.rectification(5, 0.999) is None
    assert 0 < optim.rectification(6, 0.999) < 0.1
    assert optim.rectification(10**5, 0.999) == pytest.approx(1, abs=1e-6)


def test_lookahead_by_hand_and_resumed():
    p = tensor([1.0])
    optimizer = Lookahead(SGD([p], lr=0.1), k=2, alpha=0.5)
    for expected in (0.9, 0.9):  # 1 -> 0.9 -> 0.8, and back half the way from 1 to 0.8
        p.grad = np.array([1.0])
        optimizer.step()
        assert p.data[0] == pytest.approx(expected)
    other = tensor(p.data.copy())
    resumed = Lookahead(SGD([other], lr=0.1), k=2, alpha=0.5)
    resumed.load_state_dict(optimizer.state_dict())
    for o, q in ((optimizer, p), (resumed, other)):
        walk(o, [q], 5)
    assert np.array_equal(p.data, other.data)
    with pytest.raises(ValueError, match="slow weights"):
        Lookahead(SGD([matrix()], lr=0.1)).load_state_dict(optimizer.state_dict())
    q = torch.ones(2, requires_grad=True)
    theirs = Lookahead(Adam([q], lr=0.1), k=1, alpha=0.5)
    q.grad = torch.ones(2)
    theirs.step()
    assert q.detach().numpy() == pytest.approx(0.95)
    with pytest.raises(ValueError, match="alpha"):
        Lookahead(SGD([p], lr=0.1), alpha=0)


def test_lookahead_takes_more_groups():
    p, q = matrix(), matrix(1)
    optimizer = Lookahead(SGD([p], lr=0.1), k=1)
    optimizer.add_param_group({"params": q, "lr": 0.2})
    walk(optimizer, [p, q], 1)
    assert len(optimizer.slow) == 2 and np.array_equal(optimizer.slow[1], q.data)


def test_newton_schulz_orthogonalizes():
    for shape in [(8, 8), (30, 10), (10, 30)]:
        m = np.random.default_rng(0).normal(size=shape)
        u, _, vt = np.linalg.svd(m, full_matrices=False)
        exact = optim.newton_schulz(m, 60, (1.5, -0.5, 0.0))
        np.testing.assert_allclose(exact, u @ vt, atol=1e-10)
        singular = np.linalg.svd(optim.newton_schulz(m), compute_uv=False)
        assert singular.max() < 1.25 and np.median(singular) > 0.65
        np.testing.assert_allclose(optim.newton_schulz(1e6 * m), optim.newton_schulz(m), atol=1e-10)
        np.testing.assert_allclose(optim.newton_schulz(m.T), optim.newton_schulz(m).T, atol=1e-10)
    assert not optim.newton_schulz(np.zeros((3, 2))).any()


def test_muon_moves_every_direction_alike():
    p = tensor(np.zeros((6, 4)))
    p.grad = np.zeros((6, 4))
    p.grad[0, 0], p.grad[1, 1] = 100.0, 1.0
    Muon([p], lr=1.0, weight_decay=0.0).step()
    assert 0.4 < p.data[1, 1] / p.data[0, 0] < 2.5


def test_muon_with_adamw():
    w, b, e = matrix(), matrix(1, (5,)), matrix(2, (7, 3))
    optimizer = muon_and_adamw([w, b, e], lr=0.1, others=[e], others_lr=0.01)
    muon, adamw = optimizer.optimizers
    assert muon.param_groups[0]["params"] == [w] and adamw.param_groups[0]["params"] == [b, e]
    scheduler = optim.LRScheduler(optimizer, optim.cosine, total=10)
    walk(optimizer, [w, b, e], 3)
    scheduler.step()
    assert scheduler.get_last_lr()[1] < 0.01
    other = [tensor(p.data.copy()) for p in (w, b, e)]
    resumed = muon_and_adamw(other, lr=0.3, others=other[2:])
    resumed.load_state_dict(optimizer.state_dict())
    walk(optimizer, [w, b, e], 2)
    walk(resumed, other, 2)
    assert all(np.array_equal(p.data, q.data) for p, q in zip((w, b, e), other, strict=True))
    optimizer.zero_grad()
    assert w.grad is b.grad is None
    with pytest.raises(ValueError, match="two of the optimizers"):
        Together(SGD([w], lr=0.1), SGD([w], lr=0.1))
    with pytest.raises(ValueError, match="no parameter is left for AdamW"):
        muon_and_adamw([w])
    with pytest.raises(ValueError, match="no matrix is left"):
        muon_and_adamw([b])
    with pytest.raises(ValueError, match="of 1 optimizers"):
        resumed.load_state_dict({"optimizers": [{}]})


def test_bad_states_are_named():
    p, q = matrix(), matrix(1, (2, 2))
    small, large = Adam([q]), Adam([p])
    walk(small, [q], 1)
    with pytest.raises(ValueError, match=r"exp_avg of parameter 0 has shape \(2, 2\), the parameter has \(6, 5\)"):
        large.load_state_dict(small.state_dict())
    assert not large.state
    with pytest.raises(ValueError, match=r"groups of \[1\] parameters, this optimizer of \[2\]"):
        Adam([p, q]).load_state_dict(small.state_dict())


def test_sparse_gradients_are_refused():
    p = torch.ones(4, 2, requires_grad=True)
    p.grad = torch.zeros(4, 2).to_sparse()
    with pytest.raises(TypeError, match="to_dense"):
        SGD([p], lr=0.1).step()


def test_repr_and_group_options():
    optimizer = SGD([matrix()], lr=0.1)
    optimizer.add_param_group({"params": matrix(1), "lr": 0.2})
    assert "lr=0.1" in repr(optimizer) and "lr=0.2" in repr(optimizer)
    with pytest.raises(TypeError, match="must be a dict"):
        optimizer.add_param_group([matrix(2)])

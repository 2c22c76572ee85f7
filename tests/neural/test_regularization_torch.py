"""The torch side of regularization: modules, generators, derivatives, torch.func."""

import copy

import numpy as np
import pytest

from groundup.neural import regularization as reg

torch = pytest.importorskip("torch")

X = torch.randn(6, 4, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
MODULES = {
    "Dropout": (lambda p, g: reg.Dropout(p, g), X),
    "Dropout1d": (lambda p, g: reg.Dropout1d(p, g), X[..., 0]),
    "Dropout2d": (lambda p, g: reg.Dropout2d(p, g), X),
    "AlphaDropout": (lambda p, g: reg.AlphaDropout(p, g), X),
    "row": (lambda p, g: reg.StochasticDepth(p, "row", g), X),
    "batch": (lambda p, g: reg.StochasticDepth(p, "batch", g), X),
}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", MODULES)
def test_modules_drop_in_training_alone_and_only_from_their_generator(name):
    make, x = MODULES[name]
    module = make(0.5, generator(3))
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first, second = module(x), make(0.5, generator(3))(x)
    assert torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), state)
    assert any(not torch.equal(module(x), first) for _ in range(20))
    assert module.eval()(x) is x
    assert torch.equal(make(0.0, None)(x), x) and not make(1.0, None)(x).any()
    with pytest.raises(ValueError, match="p must be"):
        make(1.5, None)
    assert "p=0.5" in repr(module) and not module.state_dict()


@pytest.mark.parametrize("name", MODULES)
def test_without_a_generator_the_global_one_is_drawn_from(name):
    make, x = MODULES[name]
    module = make(0.5, None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        draws = [module(x) for _ in range(20)]
        state = torch.get_rng_state()
        after = module(x)
        torch.manual_seed(5)
        assert all(torch.equal(module(x), draw) for draw in draws)
        assert any(not torch.equal(draw, draws[0]) for draw in draws)
        torch.set_rng_state(state)  # what the trainer does when it resumes
        assert torch.equal(module(x), after)
        torch.manual_seed(5)  # the same draw as from a generator of that state: no other source has a part in it
        assert torch.equal(make(0.5, generator(5))(x), module(x))


def test_a_network_with_dropout_trains_saves_and_loads():
    def network():
        return torch.nn.Sequential(torch.nn.Linear(4, 50), torch.nn.ReLU(), reg.Dropout(0.2), torch.nn.Linear(50, 2))

    x = X.reshape(-1, 4).float()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net, twin = network(), network()
        hidden = net[1](net[0](x))
        kept = (net[2](hidden) != 0)[hidden != 0].double().mean()
        assert abs(kept - 0.8) < 0.03
        net(x).sum().backward()
        assert all(p.grad.abs().sum() > 0 for p in net.parameters())
        state = net.state_dict()
        assert set(state) == {"0.weight", "0.bias", "3.weight", "3.bias"}
        assert not twin.load_state_dict(state, strict=True).missing_keys
        torch.manual_seed(1)
        first = net(x)
        torch.manual_seed(1)
        assert torch.equal(twin(x), first)
        assert torch.equal(twin.eval()(x), net.eval()(x)) and not torch.equal(net(x), first)


def test_a_copy_draws_on_from_the_same_state():
    module = reg.Dropout(0.5, generator())
    twin = copy.deepcopy(module)
    assert torch.equal(module(X), twin(X))


@pytest.mark.parametrize("name", MODULES)
def test_first_and_second_derivatives(name):
    make, x = MODULES[name]
    x = x[:2].clone().requires_grad_()

    def fun(x):
        return make(0.4, generator(1))(x) ** 2

    assert torch.autograd.gradcheck(fun, x)
    assert torch.autograd.gradgradcheck(fun, x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_dtypes_stay(dtype):
    x = X.to(dtype, copy=True).requires_grad_()
    out = reg.dropout(x, 0.25, rng=generator())
    out.sum().backward()
    assert out.dtype == x.grad.dtype == dtype
    assert abs(float((out == 0).double().mean()) - 0.25) < 0.08


def test_a_draw_of_its_own_per_example_under_vmap_by_masks():
    masks = torch.rand(6, 4, generator=generator()) > 0.5
    rows = torch.func.vmap(lambda x, mask: reg.dropout(x, 0.5, mask=mask))(X[:, :, 0, 0], masks)
    assert torch.equal(rows, X[:, :, 0, 0] * masks * 2)


@pytest.mark.parametrize("randomness", ["same", "different"])
def test_vmap_draws_as_it_is_told_to(randomness):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        draw = torch.func.vmap(lambda x: reg.dropout(x, 0.5), randomness=randomness)
        rows = draw(torch.ones(8, 40))
    assert set(rows.unique().tolist()) == {0.0, 2.0}
    assert bool((rows == rows[0]).all()) == (randomness == "same")


def test_both_worlds_agree_on_a_mask():
    mask = np.random.default_rng(0).random(X.shape) > 0.3
    for drop in (reg.dropout, reg.alpha_dropout):
        there, here = drop(X, 0.3, mask=mask), drop(X.numpy(), 0.3, mask=mask)
        np.testing.assert_allclose(there.numpy(), here.data, rtol=1e-15)


def test_a_mask_says_yes_or_no_in_both_worlds():
    mask = [0.3, 0.0, 1.0]
    there, here = reg.dropout(torch.ones(3), 0.5, mask=mask), reg.dropout(np.ones(3), 0.5, mask=mask)
    assert there.tolist() == here.data.tolist() == [2, 0, 2]


def test_groups_of_a_module_are_taken_by_our_optimizers():
    from groundup.neural.optim import AdamW

    net = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.LayerNorm(6), torch.nn.Linear(6, 2))
    groups = reg.decay_groups(net, 0.5)
    assert [len(g["params"]) for g in groups] == [2, 4]
    before = [p.detach().clone() for p in net.parameters()]
    optimizer = AdamW(groups, lr=0.1)
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step()
    shrunk = [0.95 if p.ndim == 2 else 1.0 for p in before]
    for p, old, factor in zip(net.parameters(), before, shrunk, strict=True):
        torch.testing.assert_close(p.detach(), old * factor)


def test_max_norm_on_parameters_and_errors_of_kind():
    layer = torch.nn.Linear(4, 3)
    with torch.no_grad():
        layer.weight.mul_(10)
    reg.max_norm_(layer.weight, 1.0, axis=0)
    assert layer.weight.norm(dim=1).max() <= 1 + 1e-6 and layer.weight.requires_grad
    bias = torch.tensor([3.0, -0.2])
    reg.max_norm_(bias, 1.0)  # each unit alone, as on NumPy
    torch.testing.assert_close(bias, torch.tensor([1.0, -0.2]))
    with pytest.raises(TypeError, match=r"w must be .* of floats; got torch\.int64"):
        reg.max_norm_(torch.ones(2, 2, dtype=torch.int64), 1.0)
    with pytest.raises(TypeError, match="params must be a parameter or an iterable of parameters; got Linear"):
        reg.l2_penalty(layer)
    (group,) = reg.decay_groups(layer.weight, 0.1)
    assert group["params"][0] is layer.weight
    with pytest.raises(TypeError, match=r"x must hold floats; got torch\.int64"):
        reg.dropout(torch.arange(3), 0.5, rng=generator())
    with pytest.raises(TypeError, match=r"rng must be a torch\.Generator or None"):
        reg.dropout(X, 0.5, rng=np.random.default_rng(0))


def test_a_training_that_is_resumed_drops_what_it_would_have_dropped(tmp_path):
    from groundup.neural.batching import Loader
    from groundup.neural.training import Checkpoints, Trainer

    x, y = X.reshape(-1, 4).float(), X.reshape(-1, 4)[:, :1].float()

    def trainer(folder):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(4, 8), reg.Dropout(0.4), torch.nn.Linear(8, 1))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
        data, saved = Loader((x, y), batch_size=30), Checkpoints(folder, every=4)
        return Trainer(net, optimizer, torch.nn.functional.mse_loss, data, checkpoints=saved)

    with torch.random.fork_rng(devices=[]):
        whole = trainer(tmp_path / "whole")
        whole.fit(steps=8)
        first = trainer(tmp_path / "halves")
        first.fit(steps=4)
        torch.rand(100)
        second = trainer(tmp_path / "halves")
        assert second.resume() == 4
        second.fit(steps=8)
    assert torch.equal(second.model[0].weight, whole.model[0].weight)

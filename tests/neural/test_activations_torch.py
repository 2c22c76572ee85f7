"""The torch side of activations: second derivatives, torch.func, the compiler, modules and their state."""

import numpy as np
import pytest

from groundup.neural import activations as act
from groundup.proofs.neural.activations import PAIRS

torch = pytest.importorskip("torch")

NAMES = sorted(PAIRS)


def points():
    # no zeros, no ±3; the last axis has even length
    x = torch.linspace(-4.3, 4.4, 12, dtype=torch.float64).reshape(2, 6)
    return x.requires_grad_()


@pytest.mark.parametrize("name", NAMES)
def test_first_and_second_derivatives(name):
    function = PAIRS[name][0]
    assert torch.autograd.gradcheck(function, points())
    assert torch.autograd.gradgradcheck(function, points())


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"hardsigmoid"}))  # torch's has no second derivative
def test_second_derivative_equals_torchs(name):
    mine, other = PAIRS[name]

    def curvature(function):
        x = points()
        (slope,) = torch.autograd.grad(function(x).square().sum(), x, create_graph=True)
        return torch.autograd.grad(slope.sum(), x)[0]

    theirs = curvature(lambda x: other(torch.nn.functional, x))
    assert torch.allclose(curvature(mine), theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"GLU, first axis", "softmax, T = 0.2", "log-softmax, T = 3"}))
def test_vmap_and_gradients_by_example(name):
    function, x = PAIRS[name][0], points().detach()
    assert torch.allclose(torch.func.vmap(function)(x), function(x))
    by_row = torch.func.vmap(torch.func.grad(lambda row: function(row).sum()))(x)
    leaf = points()
    function(leaf).sum().backward()
    assert torch.allclose(by_row, leaf.grad, atol=1e-12)


@pytest.mark.parametrize("name", ["ELU", "hardswish", "softplus", "SiLU", "GELU", "GELU, tanh", "mish", "log-softmax"])
def test_forward_mode(name):
    function, x = PAIRS[name][0], points().detach()
    tangent = torch.ones_like(x)
    _, forward = torch.func.jvp(function, (x,), (tangent,))
    step = 1e-6
    assert torch.allclose(forward, (function(x + step) - function(x - step)) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_one_graph_for_the_compiler(name):
    torch._dynamo.reset()
    function, x, leaf = PAIRS[name][0], points(), points()
    compiled = torch.compile(function, fullgraph=True, backend="aot_eager")
    out = compiled(x)
    out.sum().backward()
    function(leaf).sum().backward()
    assert torch.allclose(out, function(leaf)) and torch.allclose(x.grad, leaf.grad)


MODULES = [
    ("ReLU", {}), ("LeakyReLU", {"negative_slope": 0.2}), ("PReLU", {"num_parameters": 3}), ("ELU", {"alpha": 0.5}),
    ("SELU", {}), ("Hardsigmoid", {}), ("Hardswish", {}), ("Sigmoid", {}), ("Tanh", {}), ("Softplus", {"beta": 2.0}),
    ("SiLU", {}), ("Mish", {}), ("GELU", {"approximate": "tanh"}), ("GELU", {}), ("GLU", {"dim": 0}),
    ("Softmax", {"dim": 1}), ("LogSoftmax", {"dim": 0}),
]  # fmt: skip


@pytest.mark.parametrize("name, settings", MODULES)
def test_modules_equal_torchs_and_share_their_state(name, settings):
    ours, theirs = getattr(act, name)(**settings), getattr(torch.nn, name)(**settings)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.uniform_(-0.5, 0.5)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)
    for key, value in settings.items():
        assert str(value) in repr(ours) or name == "PReLU", key


def test_swiglu_as_a_module_is_a_gate():
    x = torch.randn(2, 8, generator=torch.Generator().manual_seed(2))
    a, b = x.chunk(2, -1)
    assert torch.allclose(act.SwiGLU()(x), torch.nn.functional.silu(a) * b)
    assert "SwiGLU" in dir(act) and not hasattr(act, "Swooosh")


def test_half_precision_stays_half():
    x = torch.linspace(-3, 3, 13, dtype=torch.bfloat16)
    for name in ("SiLU", "GELU", "mish", "ELU"):
        mine, other = PAIRS[name]
        assert mine(x).dtype == torch.bfloat16
        assert torch.allclose(mine(x).float(), other(torch.nn.functional, x.float()), atol=0.03)


def test_messages_are_those_of_the_other_world():
    for x in (torch.ones(2, 3), np.ones((2, 3))):
        with pytest.raises(ValueError, match="even length"):
            act.glu(x)
        with pytest.raises(ValueError, match="axis 2 is out of range"):
            act.softmax(x, 2)

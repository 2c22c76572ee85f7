"""The torch side of normalization: second derivatives, torch.func, the compiler, modules and their state."""

import numpy as np
import pytest

from groundup.neural import normalization as norm
from groundup.proofs.neural.normalization import LAYERS, arrays

torch = pytest.importorskip("torch")

NAMES = sorted(LAYERS)
RUNNING = [(6, 3), (2, 3, 4)]


def tensors(name):
    return [torch.tensor(a, requires_grad=True) for a in arrays(name, np.float64)]


@pytest.mark.parametrize("name", NAMES)
def test_first_and_second_derivatives(name):
    mine = LAYERS[name][2]
    assert torch.autograd.gradcheck(mine, tensors(name))
    assert torch.autograd.gradgradcheck(mine, tensors(name))


@pytest.mark.parametrize("name", ["layer norm", "RMS norm", "group norm", "instance norm"])
def test_vmap_over_examples(name):
    mine = LAYERS[name][2]
    x, w, b = (t.detach() for t in tensors(name))
    by_row = torch.func.vmap(lambda row: mine(row[None], w, b)[0])(x)
    assert torch.allclose(by_row, mine(x, w, b))
    slopes = torch.func.vmap(torch.func.grad(lambda row: mine(row[None], w, b).square().sum()))(x)
    leaf = x.clone().requires_grad_()
    mine(leaf, w, b).square().sum().backward()
    assert torch.allclose(slopes, leaf.grad)


@pytest.mark.parametrize("name", NAMES)
def test_one_graph_for_the_compiler(name):
    torch._dynamo.reset()
    mine, inputs, again = LAYERS[name][2], tensors(name), tensors(name)
    out = torch.compile(mine, fullgraph=True, backend="aot_eager")(*inputs)
    out.sum().backward()
    mine(*again).sum().backward()
    assert torch.allclose(out, mine(*again))
    assert all(torch.allclose(a.grad, b.grad, atol=1e-9) for a, b in zip(inputs, again, strict=True))


MODULES = [
    ("BatchNorm1d", (3,), {}, (6, 3)),
    ("BatchNorm1d", (3,), {"momentum": None}, (4, 3, 5)),
    ("BatchNorm1d", (3,), {"affine": False, "track_running_stats": False}, (4, 3, 5)),
    ("BatchNorm2d", (3,), {"eps": 1e-3, "momentum": 0.3}, (4, 3, 5, 2)),
    ("LayerNorm", (5,), {}, (4, 3, 5)),
    ("LayerNorm", ((3, 5),), {"bias": False}, (4, 3, 5)),
    ("LayerNorm", (5,), {"elementwise_affine": False}, (4, 3, 5)),
    ("RMSNorm", (5,), {}, (4, 3, 5)),
    ("RMSNorm", (5,), {"eps": 1e-3, "elementwise_affine": False}, (4, 3, 5)),
    ("GroupNorm", (2, 4), {}, (3, 4, 5)),
    ("GroupNorm", (2, 4), {"affine": False}, (3, 4, 5)),
    ("InstanceNorm2d", (3,), {}, (4, 3, 5, 2)),
    ("InstanceNorm2d", (3,), {"affine": True}, (4, 3, 5, 2)),
]


@pytest.mark.parametrize("name, sizes, settings, shape", MODULES)
def test_modules_equal_torchs_and_share_their_state(name, sizes, settings, shape):
    ours, theirs = getattr(norm, name)(*sizes, **settings), getattr(torch.nn, name)(*sizes, **settings)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.uniform_(0.5, 2, generator=generator)
    ours.load_state_dict(theirs.state_dict())
    for training in (True, True, False):
        ours.train(training), theirs.train(training)
        x = torch.randn(shape, generator=generator) * 3 + 1
        assert torch.allclose(ours(x), theirs(x), atol=1e-5)
    state = ours.state_dict()
    assert state.keys() == theirs.state_dict().keys()
    assert all(torch.allclose(state[key].double(), value.double()) for key, value in theirs.state_dict().items())
    theirs.load_state_dict(state)
    assert str(sizes[-1]) in repr(ours) or name in repr(ours)


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_half_precision_counts_in_float32(half):
    x = (torch.randn(4, 512, generator=torch.Generator().manual_seed(2)) * 100).to(half)
    out = norm.layer_norm(x, 512)
    assert out.dtype == half and (out.float() - norm.layer_norm(x.float(), 512)).abs().max() < 0.02
    assert norm.rms_norm(torch.full((1, 8), 300.0).half(), 8).isfinite().all()  # 300² is no float16


def test_messages_and_wrong_inputs():
    with pytest.raises(ValueError, match=r"more than one entry a channel.*\(1, 3\)"):
        norm.BatchNorm1d(3)(torch.ones(1, 3))
    with pytest.raises(ValueError, match="4 axes for BatchNorm2d"):
        norm.BatchNorm2d(3)(torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"\(n, 3, height, width\)"):
        norm.InstanceNorm2d(3)(torch.ones(2, 4, 2, 2))
    with pytest.raises(ValueError, match="num_groups must divide"):
        norm.GroupNorm(3, 4)
    assert norm.BatchNorm1d(3).eval()(torch.ones(1, 3)).shape == (1, 3)
    for whole in (torch.arange(6).reshape(2, 3), torch.ones(2, 3, dtype=torch.bool)):  # the answer would be cut off
        with pytest.raises(TypeError, match=r"floating point dtype; got torch\.(int64|bool)"):
            norm.layer_norm(whole, 3)


def test_empty_batches_leave_the_running_statistics():
    layer = norm.BatchNorm1d(3)
    assert layer(torch.ones(0, 3)).shape == (0, 3)
    assert layer.running_mean.tolist() == [0] * 3 and layer.running_var.tolist() == [1] * 3


def test_folding_a_convolution():
    convolution, layer = torch.nn.Conv2d(3, 4, 3), norm.BatchNorm2d(4)
    generator = torch.Generator().manual_seed(3)
    for _ in range(3):
        layer(convolution(torch.randn(5, 3, 8, 8, generator=generator)))
    layer.eval()
    x = torch.randn(2, 3, 8, 8, generator=generator)
    expected = layer(convolution(x))
    with torch.no_grad():
        weight, bias = norm.fold_batch_norm(
            convolution.weight, convolution.bias, layer.running_mean, layer.running_var, layer.weight, layer.bias
        )
        assert torch.allclose(torch.nn.functional.conv2d(x, weight, bias), expected, atol=1e-5)


def test_loaded_lazily():
    assert "LayerNorm" in dir(norm) and not hasattr(norm, "SwitchNorm")

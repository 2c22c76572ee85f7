"""Tiled attention: the gradient of a bias, torch tensors and their gradients."""

import sys
from pathlib import Path

import numpy as np
import pytest

from groundup.neural.autograd import Tensor
from groundup.proofs.transformers.attention import inputs
from groundup.transformers.attention import attention
from groundup.transformers.flash_attention import (
    flash_attention,
    fused,
    tiled_attention,
    tiled_attention_backward,
)

sys.path.insert(0, str(Path(__file__).parent))
from flash_gradients import gradients

# ---- the gradient of a bias


BIASES = [(2, 3, 40, 50), (3, 1, 50), (1, 3, 40, 1), (2, 1, 40, 50), (40, 50), (50,), (1, 1), ()]


@pytest.mark.parametrize("shape", BIASES)
@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_of_a_bias_is_summed_over_what_it_is_broadcast_over(shape, causal):
    rng = np.random.default_rng(3)
    qkv, mask = inputs(((2, 3), 40, 50, 4, 5), np.float64), rng.random((3, 40, 50)) < 0.7
    leaves = (*qkv, rng.normal(size=shape))
    options = {"mask": mask, "causal": causal}
    expected, g = gradients(lambda *x, **o: attention(*x, **o)[0], leaves, **options)
    got, _ = gradients(flash_attention, leaves, block=(16, 9), **options)
    options |= {"bias": leaves[3], "block": (16, 9)}
    out, log_sum = tiled_attention(*qkv, **options)
    plain = [out, *tiled_attention_backward(g, *qkv, out, log_sum, **options)]
    for mine, tile, other in zip(got, plain, expected, strict=True):
        assert mine.shape == tile.shape == other.shape
        np.testing.assert_allclose(mine, other, atol=1e-12)
        np.testing.assert_allclose(tile, other, atol=1e-12)
    if not shape or shape[-1] == 1:  # a number added to all scores of a row changes no weight
        np.testing.assert_allclose(got[4], 0, atol=1e-12)


def test_a_bias_alone_may_be_learned_and_its_gradient_is_as_small_as_itself():
    q, k, v = inputs(((2, 3), 40, 50, 4, 5), np.float32)
    bias = Tensor(np.zeros((3, 1, 50), np.float64), requires_grad=True)
    flash_attention(q, k, v, bias=bias).sum().backward()
    expected = Tensor(np.zeros((3, 1, 50)), requires_grad=True)
    attention(q, k, v, bias=expected)[0].sum().backward()
    assert bias.grad.shape == (3, 1, 50) and bias.grad.dtype == bias.dtype
    np.testing.assert_allclose(bias.grad, expected.grad, atol=1e-4)


@pytest.mark.parametrize("shape", BIASES)
def test_room_for_the_gradient_of_a_bias_and_who_writes_there(shape):
    """Never (T, S) a head unless the bias is; and what two heads add to is written by one thread."""
    q, k, v = inputs(((2, 3), 40, 50, 4, 5), np.float32)
    plan = fused.plan(q, k, v, None, False, np.zeros(shape, np.float32), None, (128, 64))
    room, users, turn = fused._room_for_bias(plan, True)
    assert room.size <= max(np.zeros(shape).size, 6 * 50)
    assert len(users) == len(turn) == 6 and users.max() < len(room)
    for entry in set(users):
        assert len(set(turn[users == entry])) == 1


# ---- torch


def test_torch_tensors_and_their_gradients():
    torch = pytest.importorskip("torch")
    qkv = inputs(((2, 3), 40, 50, 8, 6), np.float64)
    q, k, v = (torch.tensor(x, requires_grad=True) for x in qkv)
    few = [x[:1, :2, :20, :3].detach().requires_grad_() for x in (q, k, v)]
    assert torch.autograd.gradcheck(lambda *x: flash_attention(*x, causal=True), few)
    for half in (torch.bfloat16, torch.float16, torch.float32):
        out = flash_attention(q.to(half), k.to(half), v.to(half), torch.ones(40, 50, dtype=torch.bool))
        assert out.dtype == half
        near = attention(q, k, v)[0]
        torch.testing.assert_close(out.double(), near, atol=4 * torch.finfo(half).eps, rtol=0)
    moved = q.transpose(1, 2).contiguous().transpose(1, 2)  # as heads are cut out of one product
    torch.testing.assert_close(flash_attention(moved, k, v), attention(q, k, v)[0])
    bias = torch.randn(3, 1, 50, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *x: flash_attention(q, k, v, bias=bias)[0, :, :3], (bias,))
    torch.testing.assert_close(flash_attention(q, k, v, bias=bias), attention(q, k, v, bias=bias)[0])
    frozen = [x.detach() for x in (q, k, v)]
    mine, other = (
        torch.autograd.grad(f(*frozen).sum(), bias)[0]
        for f in (
            lambda *x: flash_attention(*x, bias=bias, causal=True),
            lambda *x: attention(*x, bias=bias, causal=True)[0],
        )
    )
    torch.testing.assert_close(mine, other)


def test_torch_says_what_it_cannot_do():
    torch = pytest.importorskip("torch")
    q = torch.ones(3, 4, requires_grad=True)
    with pytest.raises(TypeError, match=r"one dtype; got torch.float32, torch.float32 and torch.float64"):
        flash_attention(q, q, q.double())
    with pytest.raises(TypeError, match="on the CPU; bias is on meta"):
        flash_attention(q, q, q, bias=torch.ones(3, 3, device="meta"))
    grad = torch.autograd.grad(flash_attention(q, q, q).square().sum(), q, create_graph=True)[0]
    with pytest.raises(RuntimeError, match="once_differentiable"):
        grad.sum().backward()
    with pytest.raises(TypeError, match="on the CPU; q is on meta"):
        flash_attention(*(torch.ones(3, 4, device="meta") for _ in range(3)))

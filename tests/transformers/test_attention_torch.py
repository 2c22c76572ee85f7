"""Attention on torch tensors: derivatives of every order, torch.func, the compiler, devices' and dtypes' worlds."""

import warnings

import numpy as np
import pytest

from groundup.proofs.transformers.attention import inputs
from groundup.transformers.attention import attention, causal_mask, document_mask, padding_mask, softmax, window_mask

torch = pytest.importorskip("torch")

MASK = torch.tensor([[True, False, True, True], [False] * 4, [False, False, False, True]])


def leaves(*, bias=True):
    made = [torch.tensor(x, requires_grad=True) for x in inputs(((2,), 3, 4, 5, 2), np.float64)]
    extra = torch.tensor(np.random.default_rng(5).normal(size=(3, 4)), requires_grad=True)
    return [*made, extra] if bias else made


def run(q, k, v, bias=None):
    return attention(q, k, v, MASK, bias=bias)


def test_first_and_second_derivatives_forwards_and_backwards():
    assert torch.autograd.gradcheck(run, leaves(), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(run, leaves())


def test_an_empty_row_reads_zeros_and_its_gradient_is_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        q, k, v, bias = leaves()
        out, weights = run(q, k, v, bias)
        grads = torch.autograd.grad(out.square().sum() + weights.sum(), [q, k, v, bias], create_graph=True)
        again = torch.autograd.grad(sum(g.square().sum() for g in grads), [q, k, v, bias])
    assert not out[:, 1].any() and not weights[:, 1].any() and not grads[0][:, 1].any()
    assert all(x.isfinite().all() for x in (*grads, *again))


def test_func_transforms():
    q, k, v = leaves(bias=False)
    mapped = torch.func.vmap(lambda q, k, v: run(q, k, v)[0])(q, k, v)
    torch.testing.assert_close(mapped, run(q, k, v)[0])
    direct = torch.autograd.grad(run(q, k, v)[0].sum(), q)[0]
    torch.testing.assert_close(torch.func.grad(lambda q: run(q, k, v)[0].sum())(q), direct)
    _, tangent = torch.func.jvp(lambda q: run(q, k.detach(), v.detach())[0], (q.detach(),), (torch.ones_like(q),))
    assert tangent.shape == (2, 3, 2) and tangent.isfinite().all()


def test_the_compiler_sees_one_graph():
    compiled = torch.compile(lambda q, k, v: attention(q, k, v, causal=True), backend="aot_eager", fullgraph=True)
    q, k, v = leaves(bias=False)
    torch.testing.assert_close(compiled(q, k, v)[0], attention(q, k, v, causal=True)[0])
    compiled(q, k, v)[0].sum().backward()
    assert q.grad.isfinite().all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_precision_is_kept(dtype):
    q, k, v = (x.detach().to(getattr(torch, dtype)) for x in leaves(bias=False))
    bias = torch.zeros(3, 4, dtype=torch.float64)
    out, weights = attention(q, k, v, MASK, bias=bias)
    assert out.dtype == weights.dtype == q.dtype
    assert attention(q, k, v, bias=bias.numpy())[0].dtype == q.dtype
    near = attention(q.double(), k.double(), v.double(), MASK)[0]
    torch.testing.assert_close(out.double(), near, atol=8 * torch.finfo(q.dtype).eps, rtol=0)


def test_half_precision_is_summed_in_float32():
    many = torch.zeros(1, 4096, dtype=torch.float16)
    assert softmax(many).sum(dtype=torch.float32).item() == pytest.approx(1, rel=1e-6)
    assert softmax(torch.tensor([60000.0, -60000.0], dtype=torch.float16)).tolist() == [1, 0]


def test_softmax_at_the_edges():
    assert softmax(torch.full((2, 3), -torch.inf)).tolist() == [[0, 0, 0]] * 2
    assert softmax(torch.zeros(3, 0)).shape == (3, 0)
    assert softmax(torch.tensor([torch.nan, 1.0])).isnan().all()
    with pytest.raises(TypeError, match=r"floating point dtype; got torch\.int64"):
        softmax(torch.tensor([1, 2]))
    with pytest.raises(ValueError, match="at least one axis"):
        softmax(torch.tensor(1.0))
    q, k, v = leaves(bias=False)
    out = attention(q, k[:, :0], v[:, :0], causal=True)[0]
    out.sum().backward()
    assert not out.any() and not q.grad.any()


def test_masks_of_either_world_and_their_device():
    q, k, v = leaves(bias=False)
    torch.testing.assert_close(run(q, k, v)[0], attention(q, k, v, MASK.numpy())[0])
    arrays = [x.detach().numpy() for x in (q, k, v)]
    np.testing.assert_allclose(attention(*arrays, MASK)[0], run(q, k, v)[0].detach().numpy(), atol=1e-15)
    for mask in (causal_mask(3, 4, like=q), window_mask(3, 2, 4, like=q), padding_mask(torch.tensor([1, 4]), 4)):
        assert isinstance(mask, torch.Tensor) and mask.dtype == torch.bool and mask.device == q.device
    assert padding_mask(torch.tensor([1, 4]), 4).tolist() == padding_mask(np.array([1, 4]), 4).tolist()
    documents = torch.tensor([0, 0, 1, -1])
    assert document_mask(documents).tolist() == document_mask(documents.numpy()).tolist()


@pytest.mark.parametrize(
    ("make", "error", "named"),
    [
        (lambda q, k, v: attention(q, k.detach().numpy(), v), TypeError, r"of one kind; got .*torch.*numpy"),
        (lambda q, k, v: attention(q.long(), k.long(), v.long()), TypeError, "floating point.*int64"),
        (lambda q, k, v: attention(q, k, v, MASK.double()), TypeError, "mask must be bool.*float64"),
        (lambda q, k, v: attention(q, k, v, MASK.T), ValueError, r"\(2, 3, 4\); got \(4, 3\)"),
        (lambda q, k, v: attention(q, k, v, bias=MASK), TypeError, "bias must be floats"),
        (lambda q, k, v: attention(*(x.detach().numpy() for x in (q, k, v)), bias=q), TypeError, "bias is a torch"),
        (lambda q, k, v: padding_mask(torch.tensor([1.0]), 4), TypeError, "whole numbers; got torch.float32"),
        (lambda q, k, v: padding_mask(torch.tensor([9]), 4), ValueError, "from 0 to S = 4"),
    ],
)
def test_what_is_refused(make, error, named):
    with pytest.raises(error, match=named):
        make(*leaves(bias=False))

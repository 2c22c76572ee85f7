"""The torch side of one head and its positions: modules, second derivatives, the compiler, precision, offsets."""

import numpy as np
import pytest

from groundup.transformers.self_attention import (
    LearnedPositions,
    SelfAttention,
    alibi_bias,
    rope_tables,
    rotate,
    self_attention,
    sinusoidal,
)

torch = pytest.importorskip("torch")


def noise(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("layout", ["half", "pairs"])
def test_rotation_has_all_derivatives_and_one_graph(layout):
    x, tables = noise(2, 3, 6).requires_grad_(), rope_tables(3, 6)
    assert torch.autograd.gradcheck(lambda x: rotate(x, *tables, layout=layout), x)
    assert torch.autograd.gradgradcheck(lambda x: rotate(x, *tables, layout=layout) ** 2, x)
    kept = rope_tables(3, 6, like=x)
    compiled = torch.compile(lambda x: rotate(x, *kept, layout=layout), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), rotate(x, *tables, layout=layout))
    ours = rotate(x.detach().numpy(), *tables, layout=layout)
    assert np.allclose(rotate(x, *tables, layout=layout).detach(), ours)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tables_and_results_keep_the_precision(dtype):
    x = noise(3, 4).to(dtype)
    assert sinusoidal(3, 4, like=x).dtype == alibi_bias(2, 3, like=x).dtype == dtype
    assert rotate(x, *rope_tables(3, 4)).dtype == rotate(x, *rope_tables(3, 4, like=x.double())).dtype == dtype
    exact = rotate(x.double(), *rope_tables(3, 4))
    torch.testing.assert_close(rotate(x, *rope_tables(3, 4)).double(), exact, atol=8 * torch.finfo(dtype).eps, rtol=0)
    with pytest.raises(TypeError, match="floating point"):
        sinusoidal(3, 4, like=torch.arange(3))


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "rope", "alibi"])
@pytest.mark.parametrize("causal", [False, True])
def test_the_module_is_the_function(positions, causal):
    head = SelfAttention(6, 4, causal=causal, positions=positions).double()
    x = noise(2, 5, 6)
    out, weights = head(x, need_weights=True)
    assert out.shape == (2, 5, 6) and weights.shape == (2, 5, 5)
    torch.testing.assert_close(head(x), out)
    maps = [linear.weight.detach().numpy().T for linear in (head.query, head.key, head.value, head.output)]
    array, settings = x.numpy(), {}
    if positions == "sinusoidal":
        array = array + sinusoidal(5, 6)
    if positions == "rope":
        settings["rope"] = rope_tables(5, 4)
    if positions == "alibi":
        settings["bias"] = alibi_bias(1, 5)[0]
    expected = self_attention(array, *maps, causal=causal, **settings)
    assert np.allclose(out.detach(), expected[0]) and np.allclose(weights.detach(), expected[1])
    allowed = torch.ones(5, 5, dtype=torch.bool)
    allowed[:, 1] = False
    assert not head(x, allowed, need_weights=True)[1][:, :, 1].any()


def test_only_positions_tell_order():
    x, order = noise(1, 6, 8), torch.tensor([3, 0, 5, 1, 4, 2])
    for positions in ("none", "sinusoidal", "rope", "alibi"):
        torch.manual_seed(0)
        head = SelfAttention(8, causal=False, positions=positions).double()
        same = torch.allclose(head(x)[:, order], head(x[:, order]))
        assert same == (positions == "none")


def test_rope_scores_do_not_change_when_all_moves():
    x, maps = noise(1, 4, 8), [noise(8, 8, seed=s) for s in (1, 2, 3)]
    near = self_attention(x, *maps, rope=rope_tables(4, 8))
    far = self_attention(x, *maps, rope=rope_tables(4, 8, offset=500))
    torch.testing.assert_close(near[1], far[1])


def test_learned_positions():
    table = LearnedPositions(10, 4)
    x = torch.zeros(2, 3, 4)
    assert torch.equal(table(x, 7)[1], table.weight[7:10])
    table(x).sum().backward()
    assert table.weight.grad.tolist() == [[2.0] * 4] * 3 + [[0.0] * 4] * 7
    for call, words in (
        (lambda: table(x, 8), "10 learned positions; positions up to 10 are wanted"),
        (lambda: table(torch.zeros(2, 3, 5)), r"\(\.\.\., T, 4\); got \(2, 3, 5\)"),
        (lambda: table(x, -1), "offset must be at least 0"),
        (lambda: SelfAttention(4, positions="rotary"), "positions must be one of"),
        (lambda: SelfAttention(3, positions="rope")(torch.zeros(1, 2, 3)), "width must be even"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    assert "10, 4" in repr(table)


def test_kinds_are_not_mixed():
    x, maps = noise(3, 4), [noise(4, 4, seed=s) for s in (1, 2, 3, 4)]
    with pytest.raises(TypeError, match="one kind; some are torch tensors, not w_q, w_k"):
        self_attention(x, maps[0].numpy(), maps[1].numpy(), *maps[2:])
    with pytest.raises(TypeError, match="one kind; some are torch tensors, not w_o"):
        self_attention(x, *maps[:3], maps[3].numpy())
    with pytest.raises(TypeError, match=r"x must be of a floating point dtype; got torch\.int64"):
        rotate(x.long(), *rope_tables(3, 4))

"""One head and its positions: symmetries, gradients, what depends on distance alone, edges, and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural.autograd import Tensor, gradcheck
from groundup.transformers.self_attention import (
    alibi_bias,
    alibi_slopes,
    causal_self_attention,
    half_order,
    rope_frequencies,
    rope_tables,
    rotate,
    self_attention,
    sinusoidal,
)

LAYOUTS = ("half", "pairs")


def maps(seed=0, m=6, d=4, e=3, n=5):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape) for shape in ((m, d), (m, d), (m, e), (e, n)))


def sequence(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=shape)


# ---- one head


def test_by_hand():
    x = np.array([[1.0, 0.0], [0.0, 2.0]])
    out, weights = self_attention(x, np.eye(2), np.eye(2), np.eye(2))
    first = np.exp(np.array([1, 0]) / np.sqrt(2))
    second = np.exp(np.array([0, 4]) / np.sqrt(2))
    assert np.allclose(weights, [first / first.sum(), second / second.sum()])
    assert np.allclose(out, weights @ x)


def test_queries_keys_and_values_are_not_mixed_up():
    x, (w_q, w_k, w_v, w_o) = sequence(5, 6), maps()
    scores = (x @ w_q) @ (x @ w_k).T / 2
    weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    out, got = self_attention(x, w_q, w_k, w_v, w_o)
    assert np.allclose(got, weights) and np.allclose(out, weights @ (x @ w_v) @ w_o)


def test_shuffled_input_gives_shuffled_output():
    x, order = sequence(2, 7, 6), np.random.default_rng(3).permutation(7)
    there, shuffled = self_attention(x, *maps())[0], self_attention(x[:, order], *maps())[0]
    assert np.allclose(there[:, order], shuffled)
    assert not np.allclose(there, shuffled)


def test_causal_outputs_do_not_know_what_comes_later():
    x = sequence(2, 7, 6)
    changed = x.copy()
    changed[:, 4:] += 10
    before, after = causal_self_attention(x, *maps())[0], causal_self_attention(changed, *maps())[0]
    assert np.allclose(before[:, :4], after[:, :4], rtol=0, atol=1e-12)
    assert not np.isclose(before[:, 4:], after[:, 4:]).all(-1).any()
    assert np.allclose(before[:, :1], self_attention(x[:, :1], *maps())[0])
    weights = causal_self_attention(x, *maps())[1]
    assert not np.triu(weights, 1).any() and np.allclose(weights.sum(-1), 1)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("causal", [False, True])
def test_gradients_equal_central_differences(layout, causal):
    bias = sequence(4, 4, seed=5)

    def head(x, w_q, w_k, w_v, w_o, bias):
        rope = rope_tables(4, 4, base=5.0)
        return self_attention(x, w_q, w_k, w_v, w_o, causal=causal, bias=bias, rope=rope, layout=layout)[0]

    assert gradcheck(head, sequence(2, 4, 6), *maps(), bias)


def test_answers_in_kind_and_in_precision():
    x, weights = sequence(3, 6), maps()
    assert type(self_attention(x, *weights)[0]) is np.ndarray
    assert isinstance(self_attention(Tensor(x), *weights)[0], Tensor)
    assert isinstance(self_attention(x, *weights[:2], Tensor(weights[2]))[0], Tensor)
    small = self_attention(x.astype(np.float32), *(w.astype(np.float32) for w in weights), rope=rope_tables(3, 4),
                           bias=alibi_bias(1, 3)[0])  # fmt: skip
    assert small[0].dtype == small[1].dtype == np.float32
    assert self_attention([[1, 2]], np.eye(2), np.eye(2), np.eye(2))[0].dtype == np.float64


def test_edges():
    weights = maps()
    assert self_attention(np.zeros((0, 6)), *weights)[0].shape == (0, 5)
    assert self_attention(np.zeros((0, 3, 6)), *weights, causal=True)[0].shape == (0, 3, 5)
    one = sequence(1, 6)
    assert np.allclose(self_attention(one, *weights)[0], one @ weights[2] @ weights[3])
    nothing = self_attention(sequence(3, 6), *weights, mask=np.zeros((3, 3), bool))
    assert not nothing[0].any() and not nothing[1].any()
    huge = self_attention(1e100 * sequence(3, 6), *weights[:3])[1]
    assert np.isin(huge, [0, 1]).all() and (huge.sum(-1) == 1).all()
    spoilt = sequence(4, 6)
    spoilt[2] = np.nan
    out = causal_self_attention(spoilt, *weights)[0]
    assert np.isnan(out[2:]).all()


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda w: self_attention(np.ones(6), *w), r"x must have shape \(..., T, m\); got \(6,\)"),
        (lambda w: self_attention(np.ones((3, 5)), *w), r"w_q must have shape \(5, d\); got \(6, 4\)"),
        (lambda w: self_attention(np.ones((3, 6)), w[0], w[1][:, :2], w[2]), r"one shape.*\(6, 4\) and \(6, 2\)"),
        (
            lambda w: self_attention(np.ones((3, 6)), w[0], w[1], w[2][:4]),
            r"w_v must have shape \(6, d\); got \(4, 3\)",
        ),
        (lambda w: self_attention(np.ones((3, 6)), *w[:3], w[3][:2]), r"w_o must have shape \(3, n\); got \(2, 5\)"),
        (lambda w: self_attention(np.ones((3, 6)), *w, rope=rope_tables(2, 4)), r"2 positions; x needs 0 \.\.\. 2"),
        (lambda w: self_attention(np.ones((3, 6)), *w, rope=rope_tables(3, 6)), r"\(positions, 2\); got \(3, 3\)"),
        (lambda w: self_attention(np.ones((3, 6)), *w, mask=np.ones((2, 2), bool)), "mask must fit"),
    ],
)
def test_what_does_not_fit_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(maps())


def test_what_holds_no_numbers_is_refused():
    for x in (np.ones((3, 6)) + 1j, np.array([["a"] * 6])):
        with pytest.raises(TypeError, match="must hold numbers"):
            self_attention(x, *maps())
        with pytest.raises(TypeError, match="must hold numbers"):
            rotate(x, *rope_tables(3, 6))


# ---- sinusoids


def test_sinusoids_by_the_formula():
    table = sinusoidal(50, 10)
    for p in (0, 1, 49):
        for i in range(5):
            angle = p / 10000 ** (2 * i / 10)
            assert table[p, 2 * i] == pytest.approx(np.sin(angle)) and table[p, 2 * i + 1] == pytest.approx(
                np.cos(angle)
            )


@given(p=st.integers(0, 5000), n=st.integers(0, 5000), half=st.integers(1, 20), base=st.floats(2, 1e6))
@settings(max_examples=50, deadline=None)
def test_going_on_is_a_rotation_and_products_know_the_distance_alone(p, n, half, base):
    here, there = (sinusoidal(1, 2 * half, base, offset=o)[0] for o in (p, p + n))
    frequencies = rope_frequencies(2 * half, base)
    sin, cos = here[0::2], here[1::2]
    assert np.allclose(there[0::2], sin * np.cos(n * frequencies) + cos * np.sin(n * frequencies), atol=1e-9)
    assert np.allclose(there[1::2], cos * np.cos(n * frequencies) - sin * np.sin(n * frequencies), atol=1e-9)
    assert here @ there == pytest.approx(np.cos(n * frequencies).sum(), abs=1e-8)
    assert here @ here == pytest.approx(half)


def test_offset_continues_the_table():
    assert np.array_equal(sinusoidal(12, 6)[7:], sinusoidal(5, 6, offset=7))
    cos, sin = rope_tables(12, 6)
    assert np.array_equal(np.stack([cos, sin])[:, 7:], rope_tables(5, 6, offset=7))
    assert sinusoidal(0, 4).shape == (0, 4) and rope_tables(0, 4)[0].shape == (0, 2)
    assert sinusoidal(3, 4, like=np.float32([1])).dtype == np.float32


# ---- rotation


@given(T=st.integers(1, 6), half=st.integers(1, 5), p=st.integers(0, 1000), n=st.integers(0, 1000),
       layout=st.sampled_from(LAYOUTS), base=st.floats(1.5, 1e6), seed=st.integers(0, 10**6))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_products_of_rotated_vectors_know_the_distance_alone(T, half, p, n, layout, base, seed):
    q, k = np.random.default_rng(seed).normal(size=(2, T, 2 * half))

    def products(shift):
        q_turned = rotate(q, *rope_tables(T, 2 * half, base, offset=p + shift), layout=layout)
        k_turned = rotate(k, *rope_tables(T, 2 * half, base, offset=n + shift), layout=layout)
        return q_turned @ k_turned.T

    assert np.allclose(products(0), products(777), atol=1e-8)
    lengths = (rotate(q, *rope_tables(T, 2 * half, base, offset=p), layout=layout) ** 2).sum(-1)
    assert np.allclose(lengths, (q**2).sum(-1))


def test_rotation_is_that_of_complex_numbers_and_turns_forwards():
    x = sequence(9, 6)
    cos, sin = rope_tables(9, 6)
    turned = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * np.arange(9)[:, None] * rope_frequencies(6))
    got = rotate(x, cos, sin, layout="pairs")
    assert np.allclose(got[:, 0::2], turned.real) and np.allclose(got[:, 1::2], turned.imag)
    quarter = np.array([[0.0]]), np.array([[1.0]])
    assert rotate(np.array([[1.0, 0.0]]), *quarter).tolist() == [[0, 1]]


@pytest.mark.parametrize("width", [2, 4, 10])
def test_the_permutation_between_the_layouts(width):
    x, order, tables = sequence(5, width), half_order(width), rope_tables(5, width)
    assert np.array_equal(rotate(x, *tables, layout="pairs")[:, order], rotate(x[:, order], *tables, layout="half"))
    back = np.argsort(order)
    assert np.array_equal(rotate(x, *tables)[:, back], rotate(x[:, back], *tables, layout="pairs"))
    if width > 2:
        assert not np.allclose(rotate(x, *tables), rotate(x, *tables, layout="pairs"))


def test_position_zero_is_left_and_turns_add_up():
    x, (cos, sin) = sequence(4, 3, 8), rope_tables(40, 8)
    assert np.array_equal(rotate(x[:, :1], cos, sin), x[:, :1])
    twice, angles = (
        rotate(rotate(x, cos, sin, offset=5), cos, sin, offset=5),
        np.arange(5, 8)[:, None] * rope_frequencies(8),
    )
    assert np.allclose(twice, rotate(x, np.cos(2 * angles), np.sin(2 * angles)))
    assert np.allclose(rotate(rotate(x, cos, sin), cos, -sin), x)
    assert np.array_equal(rotate(x, cos, sin, offset=9), rotate(x, cos[9:12], sin[9:12]))


def test_positions_may_differ_within_a_batch():
    x, (cos, sin) = sequence(2, 3, 4, 8), rope_tables(20, 8)
    places = np.array([[0, 1, 2, 3], [7, 8, 9, 10]])
    got = rotate(x, cos[places][:, None], sin[places][:, None])
    assert np.array_equal(got[1], rotate(x[1], cos, sin, offset=7)) and np.array_equal(got[0], rotate(x[0], cos, sin))


def test_angles_of_far_positions_are_exact():
    cos, sin = rope_tables(1, 128, offset=1_000_000)
    frequencies = [10000.0 ** (-2 * i / 128) for i in range(64)]
    assert np.allclose(cos[0], np.cos(1e6 * np.array(frequencies)), atol=1e-9)
    assert np.allclose(cos**2 + sin**2, 1)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: sinusoidal(3, 5), "width must be even, two numbers a frequency; got 5"),
        (lambda: sinusoidal(-1, 4), "length must be at least 0; got -1"),
        (lambda: sinusoidal(3, 4, 1.0), "base must be above 1; got 1.0"),
        (lambda: sinusoidal(3, 4, offset=-2), "offset must be at least 0; got -2"),
        (lambda: rope_tables(3, 7), "width must be even"),
        (lambda: half_order(3), "width must be even"),
        (lambda: rotate(np.ones((3, 5)), *rope_tables(3, 6)), "the width of x must be even.*got 5"),
        (lambda: rotate(np.ones(4), *rope_tables(3, 4)), r"x must have shape \(..., T, width\); got \(4,\)"),
        (lambda: rotate(np.ones((3, 4)), *rope_tables(3, 4), offset=1), r"3 positions; x needs 1 \.\.\. 3"),
        (lambda: rotate(np.ones((3, 4)), *rope_tables(3, 4), layout="both"), "layout must be one of 'half', 'pairs'"),
        (lambda: alibi_slopes(0), "heads must be at least 1"),
        (lambda: alibi_bias(2, 4, 3), "S must be at least T.*T 4, S 3"),
    ],
)  # fmt: skip
def test_what_positions_refuse(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("call", [lambda: sinusoidal(2.0, 4), lambda: rope_tables(3, 4.0), lambda: alibi_slopes(True),
                                  lambda: sinusoidal(2, 4, like=np.arange(3))])  # fmt: skip
def test_wrong_types_are_named(call):
    with pytest.raises(TypeError, match=r"must be (a whole number|of a floating point dtype); got"):
        call()


# ---- linear biases


def test_slopes():
    assert np.array_equal(alibi_slopes(8), 2.0 ** -np.arange(1, 9))
    assert np.allclose(alibi_slopes(16), 2.0 ** (-0.5 * np.arange(1, 17)))
    assert np.allclose(alibi_slopes(3), [2**-4, 2**-8, 2**-2])
    assert np.allclose(alibi_slopes(6), [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3])
    for heads in range(1, 40):
        slopes = alibi_slopes(heads)
        assert len(np.unique(slopes)) == heads and slopes.max() <= 1 and slopes.min() >= 2**-8


def test_the_penalty_is_the_distance_from_the_last_positions():
    bias = alibi_bias(2, 3, 5)
    for i in range(3):
        for j in range(5):
            assert np.array_equal(bias[:, i, j], -alibi_slopes(2) * abs(2 + i - j))
    assert np.array_equal(alibi_bias(2, 5)[:, 2:], bias)
    assert alibi_bias(3, 1, 4).shape == (3, 1, 4) and alibi_bias(1, 0).shape == (1, 0, 0)
    assert alibi_bias(1, 2, like=np.float32([0])).dtype == np.float32


def test_the_functions_need_no_torch():
    code = "import sys; import groundup.transformers.self_attention; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

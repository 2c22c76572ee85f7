"""Masks: each against a loop that says what it means; how they combine; pictures of the weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural import batching
from groundup.neural.autograd import Tensor
from groundup.transformers.attention import (
    attention,
    causal_mask,
    document_mask,
    draw_attention,
    padding_mask,
    window_mask,
)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 6), st.integers(0, 8), st.integers(-3, 5) | st.none(), st.integers(1, 9))
def test_causal_and_window_as_loops_say(T, S, offset, window):
    first = S - T if offset is None else offset
    causal, recent = causal_mask(T, S, offset), window_mask(T, window, S, offset)
    assert causal.shape == recent.shape == (T, S) and causal.dtype == recent.dtype == bool
    for i in range(T):
        for j in range(S):
            assert causal[i, j] == (j <= first + i)
            assert recent[i, j] == (first + i - window < j <= first + i)


def test_without_a_number_of_keys_there_are_as_many_as_queries():
    assert np.array_equal(causal_mask(4), np.tri(4, dtype=bool))
    assert np.array_equal(window_mask(4, 1), np.eye(4, dtype=bool))
    assert np.array_equal(window_mask(4, 4), causal_mask(4))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=4))
def test_padding_as_a_loop_says(lengths):
    mask = padding_mask(np.array(lengths, dtype=int), 5)
    assert mask.shape == (len(lengths), 1, 5)
    assert mask.tolist() == [[[j < n for j in range(5)]] for n in lengths]


def test_padding_of_one_sequence_and_of_heads():
    assert padding_mask(2, 3).tolist() == [[True, True, False]]
    assert padding_mask(np.array([2, 3])[:, None], 3).shape == (2, 1, 1, 3)


def test_there_is_one_document_mask():
    assert document_mask is batching.document_mask
    alone = document_mask(np.array([0, 0, 1, 1, -1]))
    q = np.random.default_rng(0).normal(size=(5, 3))
    out = attention(q, q, q, alone)[0]
    np.testing.assert_allclose(out[:2], attention(q[:2], q[:2], q[:2], causal=True)[0], atol=1e-15)
    np.testing.assert_allclose(out[2:4], attention(q[2:4], q[2:4], q[2:4], causal=True)[0], atol=1e-15)
    assert not out[4].any()


def test_masks_combine():
    lengths = np.array([3, 5])
    both = causal_mask(5) & padding_mask(lengths, 5)
    assert both.shape == (2, 5, 5)
    q = np.random.default_rng(1).normal(size=(2, 5, 4))
    np.testing.assert_array_equal(
        attention(q, q, q, both)[0], attention(q, q, q, padding_mask(lengths, 5), causal=True)[0]
    )
    prefix = causal_mask(5) | padding_mask(2, 5)
    assert prefix[0].tolist() == [True, True, False, False, False] and prefix[3].tolist() == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("make", "error", "named"),
    [
        (lambda: causal_mask(-1), ValueError, "T must be at least 0; got -1"),
        (lambda: causal_mask(2.0), TypeError, "T must be a whole number"),
        (lambda: causal_mask(2, -1), ValueError, "S must be at least 0"),
        (lambda: causal_mask(3, offset=0.5), TypeError, "offset must be a whole number; got 0.5"),
        (lambda: window_mask(3, 2, offset=True), TypeError, "offset must be a whole number; got True"),
        (lambda: window_mask(3, 0), ValueError, "window must be at least 1; got 0"),
        (lambda: padding_mask(np.array([1, 6]), 5), ValueError, "from 0 to S = 5"),
        (lambda: padding_mask(np.array([-1]), 5), ValueError, "from 0 to S = 5"),
        (lambda: padding_mask(np.array([1.0]), 5), TypeError, "lengths must be whole numbers; got float64"),
        (lambda: padding_mask(np.array([True]), 5), TypeError, "lengths must be whole numbers; got bool"),
    ],
)
def test_what_makes_no_mask_is_refused(make, error, named):
    with pytest.raises(error, match=named):
        make()


# ---- maps


def drawn(*arguments, **options):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = draw_attention(*arguments, **options)
    ax.figure.canvas.draw()
    return ax


def test_a_map_names_its_rows_and_columns():
    ax = drawn(np.array([[0.25, 0.75, 0.0]]), ["it"], ["$a$", " the", "\n"], title="head 1 of $8$")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["$a$", "␣the", "↵"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["it"]
    assert [t.get_text() for t in ax.texts] == [".25", ".75"]  # a weight of 0 is not written
    assert "query" in ax.get_ylabel() and "key" in ax.get_xlabel()
    assert ax.images[0].get_clim() == (0, 0.75)


def test_a_map_of_its_own_tokens_and_of_many():
    ax = drawn(np.eye(60), [f"token {i}" for i in range(60)])
    assert len(ax.get_xticks()) <= 40 and not ax.texts
    assert ax.get_xticklabels()[1].get_text() == "token␣2"
    assert drawn(np.zeros((2, 3))).images[0].get_clim() == (0, 1)
    assert drawn(np.eye(2), largest=2.0, numbers=False).images[0].get_clim() == (0, 2)


def test_what_is_not_a_number_does_not_look_like_zero():
    ax = drawn(np.array([[np.nan, 0.0], [0.25, 0.75]]))
    image = ax.images[0]
    pixels = image.cmap(image.norm(image.get_array()))
    assert pixels[0, 0].tolist() == [1, 0, 0, 1] and pixels[0, 1][3] == 0 and image.get_clim() == (0, 0.75)
    assert drawn(np.full((2, 2), np.nan)).images[0].get_clim() == (0, 1)


def test_a_map_of_tensors_and_into_given_axes():
    weights = attention(*(Tensor(np.ones((2, 2)), requires_grad=True) for _ in range(3)))[1]
    first = drawn(weights)
    assert drawn(weights, ax=first) is first
    torch = pytest.importorskip("torch")
    assert drawn(torch.eye(3, dtype=torch.bfloat16, requires_grad=True)).images


def test_maps_that_cannot_be_drawn_say_why():
    with pytest.raises(ValueError, match=r"choose a batch and a head; got shape \(2, 3, 3\)"):
        drawn(np.ones((2, 3, 3)))
    with pytest.raises(ValueError, match=r"no queries or no keys.*\(0, 3\)"):
        drawn(np.ones((0, 3)))
    with pytest.raises(ValueError, match="query_tokens must have one name a row, 2; got 1"):
        drawn(np.ones((2, 3)), ["a"])
    with pytest.raises(ValueError, match="largest must be above 0; got 0"):
        drawn(np.ones((2, 3)), largest=0)
    with pytest.raises(ValueError, match="key_tokens must have one name a column, 3; got 2"):
        drawn(np.ones((2, 3)), None, ["a", "b"])

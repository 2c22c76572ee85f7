"""Processors and rules: definitions, limits, ties, order, draws, and what is refused."""

from math import inf, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from groundup.llm import decoding as dec  # noqa: E402

LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, -5.0]])


def kept(logits):
    return [torch.isfinite(row).nonzero()[:, 0].tolist() for row in logits]


def rows(seed, vocabulary, spread=3.0):
    return spread * torch.randn(3, vocabulary, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(seed=st.integers(0, 10**6), vocabulary=st.integers(1, 40), p=st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_top_p_is_the_smallest_set_that_reaches_p(seed, vocabulary, p):
    x = rows(seed, vocabulary)
    for row, ids in zip(x.softmax(1), kept(dec.top_p(x, p)), strict=True):
        order = row.argsort(descending=True)
        assert sorted(order[: len(ids)].tolist()) == ids  # the likeliest
        assert row[ids].sum() > p - 1e-12
        assert len(ids) == 1 or row[order[: len(ids) - 1]].sum() < p + 1e-12  # one fewer would not do


@given(seed=st.integers(0, 10**6), vocabulary=st.integers(1, 40), k=st.integers(1, 50), p=st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_top_k_and_min_p_by_their_definitions(seed, vocabulary, k, p):
    x = rows(seed, vocabulary)
    share = x.softmax(1)
    assert [len(ids) for ids in kept(dec.top_k(x, k))] == [min(k, vocabulary)] * 3
    wanted = share >= p * share.amax(1, keepdim=True) * (1 - 1e-9)
    assert torch.equal(torch.isfinite(dec.min_p(x, p)), wanted)


@given(seed=st.integers(0, 10**6), shift=st.floats(-50, 50))
@settings(max_examples=40, deadline=None)
def test_a_constant_added_to_all_logits_changes_nothing_but_the_repetition_penalty(seed, shift):
    x = rows(seed, 20)
    for process in (
        lambda x: dec.temperature(x, 0.7),
        lambda x: dec.top_p(x, 0.83),
        lambda x: dec.top_k(x, 4),
        lambda x: dec.min_p(x, 0.1234),
        lambda x: dec.typical(x, 0.61),
        lambda x: dec.presence_penalty(x, [[1, 2, 2]] * 3, 0.5, 0.3),
    ):
        assert torch.allclose(process(x + shift).softmax(1), process(x).softmax(1), atol=1e-9)


def test_the_repetition_penalty_depends_on_the_constant_and_never_helps():
    x = torch.tensor([[2.0, 1.0, -1.0]])
    assert dec.repetition_penalty(x, [[0, 2]], 2.0).tolist() == [[1.0, 1.0, -2.0]]
    high, low = (dec.repetition_penalty(x + shift, [[0]], 1.5).softmax(1)[0, 0] for shift in (100, 0))
    assert high < 1e-6 < 0.5 < low < x.softmax(1)[0, 0]
    assert torch.equal(dec.repetition_penalty(x, [[0, 0, 0]], 2.0), dec.repetition_penalty(x, [[0]], 2.0))


def test_presence_and_frequency():
    out = dec.presence_penalty(torch.zeros(2, 4), [[1, 1, 3], []], presence=0.5, frequency=0.25)
    assert out.tolist() == [[0, -1.0, 0, -0.75], [0, 0, 0, 0]]


def test_no_repeat_ngram():
    history = [[1, 2, 3, 1, 2], [4, 4, 4, 0, 4]]
    assert kept(dec.no_repeat_ngram(torch.zeros(2, 5), history, 3)) == [[0, 1, 2, 4], [0, 1, 2, 3, 4]]
    assert kept(dec.no_repeat_ngram(torch.zeros(2, 5), history, 2)) == [[0, 1, 2, 4], [1, 2, 3]]
    assert kept(dec.no_repeat_ngram(torch.zeros(2, 5), history, 1)) == [[0, 4], [1, 2, 3]]
    assert kept(dec.no_repeat_ngram(torch.zeros(2, 5), [[], [1]], 2)) == [[0, 1, 2, 3, 4]] * 2


@pytest.mark.parametrize("p, stay", [(0.0, [0]), (0.2, [0]), (0.5, [0, 1]), (0.9, [0, 1, 2, 3])])
def test_of_equal_logits_the_first_stay(p, stay):
    assert kept(dec.top_p(torch.zeros(2, 4, dtype=torch.float64), p)) == [stay] * 2


def test_limits():
    assert kept(dec.top_p(LOGITS, 0)) == [[0]] and kept(dec.top_p(LOGITS, 1)) == [[0, 1, 2, 3, 4]]
    assert kept(dec.top_k(LOGITS, 99)) == [[0, 1, 2, 3, 4]] and kept(dec.top_k(LOGITS, 1)) == [[0]]
    assert kept(dec.min_p(LOGITS, 1)) == [[0]] and kept(dec.min_p(LOGITS, 0)) == [[0, 1, 2, 3, 4]]
    assert kept(dec.top_k(torch.zeros(1, 5), 2)) == [[0, 1, 2, 3, 4]]  # all equal the second
    one = torch.tensor([[-inf, 3.0, -inf]])
    for process in (lambda x: dec.top_p(x, 0.5), lambda x: dec.top_k(x, 2), lambda x: dec.min_p(x, 0.5),
                    lambda x: dec.typical(x, 0.5)):  # fmt: skip
        assert kept(process(one)) == [[1]]
    huge = torch.tensor([[1e30, 0.0, -1e30]])
    assert kept(dec.top_p(huge, 0.9)) == [[0]] and dec.min_p(huge, 0.1).isfinite().sum() == 1


def test_arrays_that_are_read_only_or_turned_round(recwarn):
    x = np.random.default_rng(0).normal(size=(4, 12))
    fixed = x.copy()
    fixed.flags.writeable = False
    for process in (lambda z: dec.top_p(z, 0.7), lambda z: dec.typical(z, 0.7), lambda z: dec.min_p(z, 0.2)):
        assert np.array_equal(process(fixed), process(x)) and np.array_equal(fixed, x)
        assert np.array_equal(process(x[::2, ::-1]), process(x[::2, ::-1].copy()))
        assert np.array_equal(process(np.asfortranarray(x)), process(x))
    assert not recwarn.list


@given(seed=st.integers(0, 10**6), vocabulary=st.integers(1, 40), mass=st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_typical_keeps_the_nearest_to_the_mean_surprise(seed, vocabulary, mass):
    x = rows(seed, vocabulary)
    for row, ids in zip(x.log_softmax(1), kept(dec.typical(x, mass)), strict=True):
        entropy = -(row * row.exp()).sum()
        distance = (-row - entropy).abs()
        order = distance.argsort()
        assert sorted(order[: len(ids)].tolist()) == ids
        assert row[ids].exp().sum() > mass - 1e-12
        assert len(ids) == 1 or row[order[: len(ids) - 1]].exp().sum() < mass + 1e-12


def test_typical_may_leave_out_the_likeliest():
    share = torch.tensor([[0.45, 0.06, 0.06, 0.06, 0.06, 0.06, 0.06, 0.06, 0.13]])
    surprise = -share.log()
    entropy = (share * surprise).sum()
    nearest = int((surprise - entropy).abs().argmin())
    assert nearest != 0 and kept(dec.typical(share.log(), 0.01)) == [[nearest]]


def test_the_argument_is_left_as_it_is_and_the_kind_kept():
    x = LOGITS.clone()
    calls = [lambda x: dec.temperature(x, 2.0), lambda x: dec.top_k(x, 9), lambda x: dec.top_p(x, 0.5),
             lambda x: dec.min_p(x, 0.5), lambda x: dec.typical(x, 0.5), lambda x: dec.forbid(x, [1]),
             lambda x: dec.repetition_penalty(x, [[0]], 2.0), lambda x: dec.presence_penalty(x, [[0]], 1.0),
             lambda x: dec.no_repeat_ngram(x, [[0]], 1), lambda x: dec.bias(x, {0: 1.0})]  # fmt: skip
    for call in calls:
        out = call(x)
        assert torch.equal(x, LOGITS) and out is not x and out.dtype == x.dtype
        array = call(x.numpy())
        assert isinstance(array, np.ndarray) and np.array_equal(array, out.numpy())
        assert call(x.bfloat16()).dtype == torch.bfloat16
        assert call(x.double()).dtype == torch.float64


def test_bias_and_forbid():
    assert dec.bias(torch.zeros(1, 3), {0: 1.5, 2: -inf}).tolist() == [[1.5, 0, -inf]]
    assert kept(dec.forbid(torch.zeros(2, 3), [0, 2])) == [[1]] * 2
    assert torch.equal(dec.forbid(LOGITS, []), LOGITS) and torch.equal(dec.bias(LOGITS, {}), LOGITS)


def test_the_order_of_rules_matters_and_is_the_documented_one():
    x = torch.tensor([[log(0.5), log(0.3), log(0.2)]])
    first = dec.Rules(temperature=0.5, top_p=0.7).narrow(x)  # 0.66, 0.24, 0.11 after the temperature
    assert kept(first) == [[0, 1]]
    other = dec.temperature(dec.top_p(x, 0.85), 0.5)
    assert kept(other) == [[0, 1, 2]] and kept(dec.Rules(temperature=0.5, top_p=0.85).narrow(x)) == [[0, 1]]
    both = dec.Rules(top_k=2, top_p=0.6).narrow(x)  # 0.625, 0.375 after top_k
    assert kept(both) == [[0]] and kept(dec.top_k(dec.top_p(x, 0.6), 2)) == [[0, 1]]


def test_ends_are_held_back():
    rules = dec.Rules(ends=(1, 3), min_new_tokens=2)
    out = rules.penalize(torch.zeros(3, 4), [[0], [0, 0], [0, 0, 0]], [0, 1, 2])
    assert kept(out) == [[0, 2], [0, 2], [0, 1, 2, 3]]


def test_penalties_on_new_tokens_leave_the_prompt_alone():
    rules = dec.Rules(presence_penalty=1.0)
    assert rules.penalize(torch.zeros(1, 3), [[0, 1]], [1]).tolist() == [[0, -1.0, 0]]
    assert rules.penalize(torch.zeros(1, 3), [[0, 1]], [0]).tolist() == [[0, 0, 0]]


@given(seed=st.integers(0, 10**6), u=st.floats(0, 1, exclude_max=True))
@settings(max_examples=80, deadline=None)
def test_a_draw_is_where_the_cumulative_sum_passes_u(seed, u):
    x = rows(seed, 15)
    x[:, [0, 7, 14]] = -inf
    for row, token in zip(x.softmax(1), dec.draw(x, [u] * 3).tolist(), strict=True):
        assert row[token] > 0
        assert row[:token].sum() <= u + 1e-12 and row[: token + 1].sum() > u - 1e-12


def test_the_ends_of_the_interval_draw_possible_tokens():
    x = torch.tensor([[-inf, 0.0, 0.0, -inf]])
    assert dec.draw(x, [0.0]).tolist() == [1] and dec.draw(x, [1 - 2**-53]).tolist() == [2]
    many = torch.randn(200, 1000, generator=torch.Generator().manual_seed(0))
    many[:, -5:] = -inf
    assert dec.draw(many, [1 - 2**-53] * 200).max() < 995


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: dec.temperature(LOGITS, 0), ValueError, "temperature must be above 0; got 0"),
        (lambda: dec.temperature(LOGITS, -1.0), ValueError, "temperature must be above 0; got -1.0"),
        (lambda: dec.top_k(LOGITS, 0), ValueError, "top_k must be at least 1; got 0"),
        (lambda: dec.top_k(LOGITS, 2.0), TypeError, "top_k must be a whole number; got 2.0"),
        (lambda: dec.top_p(LOGITS, 1.5), ValueError, "top_p must be at most 1; got 1.5"),
        (lambda: dec.top_p(LOGITS, float("nan")), ValueError, "top_p must be at least 0; got nan"),
        (lambda: dec.min_p(LOGITS, -0.1), ValueError, "min_p must be at least 0; got -0.1"),
        (lambda: dec.min_p(LOGITS, 2), ValueError, "min_p must be at most 1; got 2"),
        (lambda: dec.repetition_penalty(LOGITS, [[0]], 0), ValueError, "repetition_penalty must be above 0"),
        (lambda: dec.repetition_penalty(LOGITS, [[0], [1]], 2), ValueError, "a row for each of the 1 rows.*got 2"),
        (lambda: dec.repetition_penalty(LOGITS, [[5]], 2), ValueError, "history must hold ids from 0 to 4"),
        (lambda: dec.no_repeat_ngram(LOGITS, [[0]], 0), ValueError, "no_repeat_ngram must be at least 1"),
        (lambda: dec.bias(LOGITS, {5: 1.0}), ValueError, "a token must be below the 5 of the vocabulary; got 5"),
        (lambda: dec.forbid(LOGITS, [-1]), ValueError, "a token must be at least 0; got -1"),
        (lambda: dec.top_k(LOGITS[0], 1), ValueError, r"logits must be floats of shape \(B, V\); got .*\(5,\)"),
        (lambda: dec.top_k(LOGITS.long(), 1), ValueError, r"logits must be floats .*; got torch.int64"),
        (lambda: dec.top_p(LOGITS[:, :0], 0.5), ValueError, r"logits must be floats of shape .*\(1, 0\)"),
        (lambda: dec.top_k([[1.0]], 1), TypeError, "logits must be a tensor or an array; got list"),
        (lambda: dec.Rules(top_p=-0.5), ValueError, "top_p must be at least 0"),
        (lambda: dec.Rules(temperature=-1), ValueError, "temperature must be at least 0; got -1"),
        (lambda: dec.Rules(min_new_tokens=2), ValueError, "min_new_tokens needs eos"),
        (lambda: dec.Rules(frequency_penalty="much"), TypeError, "frequency_penalty must be a number; got 'much'"),
        (lambda: dec.draw(torch.full((2, 3), -inf), [0.5, 0.5]), ValueError, "row 0: every token is ruled out"),
        (lambda: dec.draw(torch.tensor([[0.0], [float("nan")]]), [0.5, 0.5]), ValueError, "row 1: the logits hold NaN"),
        (lambda: dec.draw(torch.tensor([[inf, 0.0]]), [0.5]), ValueError, "the logits hold NaN or infinity"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()

"""Bucketing, padding, packing, accumulation, noise scale."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural import batching
from groundup.neural.autograd import Tensor
from groundup.neural.batching import (
    BucketBatchSampler,
    Loader,
    NoiseScale,
    RandomSampler,
    accumulate,
    document_mask,
    next_tokens,
    noise_from_examples,
    pack,
    pack_lengths,
    pad,
    padding_waste,
    two_batches,
)

LENGTHS = np.random.default_rng(0).integers(1, 200, size=500)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 9), st.integers(1, 5), st.integers(0, 9))
def test_buckets_hold_every_index_once(lengths, size, pool, seed):
    for options in ({"batch_size": size}, {"max_tokens": 50 + size}):
        sampler = BucketBatchSampler(lengths, **options, pool=pool, seed=seed)
        for _ in range(2):
            expected = len(sampler)
            batches = list(sampler)
            assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths))) and len(batches) == expected
            if "batch_size" in options:
                assert max(map(len, batches)) <= size
            else:
                assert max(len(b) * max(lengths[i] for i in b) for b in batches) <= 50 + size


def test_buckets_waste_little_and_stay_random():
    plain = padding_waste(LENGTHS, batching.BatchSampler(RandomSampler(500), 16))
    waste = {pool: padding_waste(LENGTHS, BucketBatchSampler(LENGTHS, 16, pool=pool)) for pool in (1, 4, 32)}
    assert plain > 0.4 and abs(waste[1] - plain) < 0.05 and waste[32] < 0.05 < waste[4] < plain
    sampler = BucketBatchSampler(LENGTHS, 16)
    first, second = [b.tolist() for b in sampler], [b.tolist() for b in sampler]
    assert first != second
    longest = [LENGTHS[b].max() for b in first]
    assert longest != sorted(longest)


def test_padding_waste_by_hand():
    assert padding_waste([1, 3, 2, 2], [[0, 1], [2, 3]]) == pytest.approx(1 - 8 / 10)


def test_buckets_continue_exactly():
    sampler = BucketBatchSampler(LENGTHS, max_tokens=1000, seed=3)
    list(sampler)
    running = iter(sampler)
    seen = [next(running).tolist() for _ in range(5)]
    state = sampler.state_dict()
    rest = [b.tolist() for b in running]
    other = BucketBatchSampler(LENGTHS, max_tokens=1000, seed=99)
    other.load_state_dict(state)
    assert [b.tolist() for b in other] == rest
    assert sorted(i for batch in seen + rest for i in batch) == list(range(500))
    assert [b.tolist() for b in other] == [b.tolist() for b in sampler]


def test_two_iterations_at_once_keep_their_own_batches():
    sampler = BucketBatchSampler(LENGTHS, 7)
    first = iter(sampler)
    start = [next(first) for _ in range(3)]
    list(sampler)
    assert sorted(np.concatenate([*start, *first]).tolist()) == list(range(500))


def test_buckets_serve_both_loaders():
    sequences = [np.full(n, n) for n in LENGTHS[:50]]
    sampler = BucketBatchSampler(LENGTHS[:50], 8)
    batches = list(Loader(sequences, batch_sampler=sampler, collate=pad))
    assert sum(len(values) for values, _ in batches) == 50 and all((v[m] > 0).all() for v, m in batches)
    theirs = torch.utils.data.DataLoader(sequences, batch_sampler=BucketBatchSampler(LENGTHS[:50], 8), collate_fn=pad)
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(batches, theirs, strict=True))


def test_pad():
    values, mask = pad([[1, 2, 3], [4]], fill=-1, multiple=4)
    assert values.tolist() == [[1, 2, 3, -1], [4, -1, -1, -1]]
    assert mask.tolist() == [[True, True, True, False], [True, False, False, False]]
    values, mask = pad([torch.ones(2, 3), torch.ones(1, 3)], fill=9)
    assert values.shape == (2, 2, 3) and values[1, 1].tolist() == [9, 9, 9] and mask.dtype == torch.bool
    with pytest.raises(ValueError, match="empty"):
        pad([])
    with pytest.raises(ValueError, match="agree behind"):
        pad([np.ones((2, 3)), np.ones((2, 4))])
    with pytest.raises(ValueError, match="first axis"):
        pad([np.float64(1)])


def slow_first_fit(lengths, length):
    rows = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        for row in rows:
            if sum(lengths[j] for j in row) + lengths[i] <= length:
                row.append(i)
                break
        else:
            rows.append([i])
    return rows


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=40), st.integers(20, 45))
def test_packing_equals_the_slow_form_and_keeps_its_bounds(lengths, length):
    fast = [row.tolist() for row in pack_lengths(lengths, length)]
    assert fast == slow_first_fit(lengths, length)
    fewest = -(-sum(lengths) // length)
    following = pack_lengths(lengths, length, "next-fit")
    assert len(following) <= 2 * max(fewest, 1)
    assert np.concatenate(following).tolist() == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in row) <= length for row in [*fast, *following])


def test_packed_rows_by_hand():
    packed = pack([[5, 6, 7], [8], [9, 9]], 5, fill=-3)
    assert packed.tokens.tolist() == [[5, 6, 7, 9, 9], [8, -3, -3, -3, -3]]
    assert packed.document.tolist() == [[0, 0, 0, 2, 2], [1, -1, -1, -1, -1]]
    assert packed.position.tolist() == [[0, 1, 2, 0, 1], [0, 0, 0, 0, 0]]
    assert packed.waste == 0.4
    assert next_tokens(packed).tolist() == [[6, 7, -100, 9, -100], [-100] * 5]


def test_masks_of_both_worlds():
    document = np.array([[0, 0, 1, -1]])
    expected = [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert document_mask(document)[0].astype(int).tolist() == expected
    theirs = document_mask(torch.tensor(document))
    assert theirs.dtype == torch.bool and theirs[0].int().tolist() == expected
    both = document_mask(document, causal=False)[0]
    assert both[0].tolist() == [True, True, False, False] and not both[3].any() and not both[:, 3].any()


def test_a_row_does_not_see_its_neighbours():
    """What one document holds changes nothing for the others of its row."""
    rng = np.random.default_rng(0)
    documents = [rng.integers(1, 9, size=n) for n in (5, 3, 6)]

    def mixed(documents):
        packed = pack(documents, 16)
        mask = document_mask(packed.document)
        return packed, (mask * packed.tokens[:, None, :]).sum(-1)

    packed, before = mixed(documents)
    _, after = mixed([documents[0], documents[1] + 100, documents[2]])
    assert np.array_equal(before[packed.document != 1], after[packed.document != 1])
    assert (before != after)[packed.document == 1].all()


def test_long_documents_are_cut_on_demand():
    with pytest.raises(ValueError, match="document 1 has 7 tokens, a row only 4"):
        pack([[1], list(range(7))], 4)
    packed = pack([[1], list(range(7))], 4, split=True)
    assert sorted(map(tuple, packed.tokens.tolist())) == [(0, 1, 2, 3), (4, 5, 6, 1)]


@pytest.mark.parametrize(
    "call, named",
    [
        (lambda: BucketBatchSampler([], 2), "at least one"),
        (lambda: BucketBatchSampler([1.5], 2), "whole numbers"),
        (lambda: BucketBatchSampler([3, 0], 2), r"lengths\[1\] is 0"),
        (lambda: BucketBatchSampler([3], 2, 4), "one of batch_size and max_tokens"),
        (lambda: BucketBatchSampler([3]), "one of batch_size and max_tokens"),
        (lambda: BucketBatchSampler([3, 9], max_tokens=8), r"holds no sequence of 9 \(lengths\[1\]\)"),
        (lambda: BucketBatchSampler([3], 2, pool=0), "pool"),
        (lambda: pack([], 4), "at least one"),
        (lambda: pack([[1], []], 4), r"lengths\[1\] is 0"),
        (lambda: pack([[[1]]], 4), "one axis"),
        (lambda: pack_lengths([1], 4, "best-fit"), "'next-fit'; got 'best-fit'"),
        (lambda: accumulate([1, 2], float, [1]), "one number a piece, 2"),
        (lambda: accumulate([1], float, [0]), "not all 0"),
        (lambda: accumulate([1], float, [-1]), "at least 0"),
        (lambda: accumulate([1], float, [1], reduction="max"), "'sum'; got 'max'"),
        (lambda: batching.linear_scaling(0.1, 0, 1), "at least 1"),
        (lambda: two_batches(1, 1, 4, 4), "1 <= b < B; got 4 and 4"),
        (lambda: noise_from_examples(np.ones((1, 3))), "n at least 2"),
        (lambda: NoiseScale(4, 4), "large must be at least 5"),
        (lambda: NoiseScale(4, 8, keep=1.0), "keep"),
    ],
)
def test_bad_arguments_are_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()


def exact_problem(world):
    """Small whole numbers, and 8 items in all: every sum and product is exact in float64."""
    rng = np.random.default_rng(0)
    X = rng.integers(-4, 5, size=(8, 3)).astype(float)
    y = rng.integers(-4, 5, size=8).astype(float)
    if world == "ours":
        return Tensor, X, y, Tensor(np.array([1.0, -2.0, 3.0]), requires_grad=True)
    return torch.tensor, X, y, torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("world", ["ours", "torch"])
@pytest.mark.parametrize("cuts", [[2, 4, 6], [1, 5], [0, 3], []])
def test_accumulation_is_the_large_batch_to_the_last_bit(world, cuts):
    make, X, y, w = exact_problem(world)

    def loss(piece):
        return ((make(piece[0]) @ w - make(piece[1])) ** 2).sum()

    (loss((X, y)) * (1 / 8)).backward()
    whole = np.asarray(w.grad).copy()
    w.grad = None
    pieces = list(zip(np.split(X, cuts), np.split(y, cuts), strict=True))
    value = accumulate(pieces, loss, [len(p[1]) for p in pieces], reduction="sum")
    assert np.array_equal(np.asarray(w.grad), whole)
    assert value == float(loss((X, y)).item()) / 8


def test_dividing_each_mean_by_the_number_of_pieces_is_another_gradient():
    make, X, y, w = exact_problem("ours")
    pieces = [(X[:1], y[:1]), (X[1:], y[1:])]

    def mean(piece):
        return ((make(piece[0]) @ w - make(piece[1])) ** 2).mean()

    accumulate(pieces, mean, [1, 7])
    right = w.grad.copy()
    w.grad = None
    for piece in pieces:
        (mean(piece) * 0.5).backward()
    assert np.abs(w.grad - right).max() > 0.1 * np.abs(right).max()
    w.grad = None
    mean((X, y)).backward()
    np.testing.assert_allclose(right, w.grad, rtol=1e-12)


def test_gradients_add_to_what_is_there():
    make, X, y, w = exact_problem("torch")
    for _ in range(2):
        accumulate([(X, y)], lambda p: ((make(p[0]) @ w - make(p[1])) ** 2).mean(), [8])
    once = w.grad.clone() / 2
    w.grad = None
    accumulate([(X, y), (X, y)], lambda p: ((make(p[0]) @ w - make(p[1])) ** 2).mean(), [8, 0])
    assert torch.equal(w.grad, once)


def test_two_batches_solves_its_equations():
    signal, noise = 3.0, 40.0
    found = two_batches(signal + noise / 4, signal + noise / 32, 4, 32)
    assert found == pytest.approx((signal, noise))


def test_estimates_are_unbiased():
    """The mean of many small estimates, not only of one large one, is the truth."""
    rng = np.random.default_rng(0)
    mean, spread = np.array([1.0, -1.0]), 3.0  # |G|² = 2, tr Σ = 18
    found = np.array([noise_from_examples(mean + spread * rng.normal(size=(4, 2))) for _ in range(40_000)])
    np.testing.assert_allclose(found.mean(axis=0), [2, 18], rtol=0.05)
    biased = np.array([batching.squared_norm((mean + spread * rng.normal(size=(4, 2))).mean(0)) for _ in range(9999)])
    assert biased.mean() > 5


def test_meter_forgets_with_a_running_mean_and_resumes():
    meter = NoiseScale(4, 8, keep=0.5)
    assert np.isnan(meter.value) and np.isnan(meter.signal)
    meter.update(small=1 + 8 / 4, large=1 + 8 / 8)
    assert meter.value == pytest.approx(8) and meter.noise == pytest.approx(8)
    for _ in range(60):
        meter.update(small=[1 + 20 / 4, 1 + 20 / 4], large=1 + 20 / 8)
    assert meter.value == pytest.approx(20)
    other = NoiseScale(4, 8, keep=0.5)
    other.load_state_dict(meter.state_dict())
    assert other.value == meter.value and other.steps == 61
    meter = NoiseScale(4, 8)
    meter.update(small=1.0, large=0.4)  # less than noise alone would give
    assert meter.signal < 0 and meter.value == np.inf


def test_squared_norms_of_many_kinds():
    p = Tensor(np.zeros(2), requires_grad=True)
    p.grad = np.array([3.0, 4.0])
    q = torch.zeros(2, requires_grad=True)
    q.grad = torch.tensor([1.0, 2.0])
    assert batching.squared_norm([p, q]) == 30 and batching.squared_norm(np.full(3, 2.0, np.float32)) == 12


def test_gain_and_linear_scaling():
    assert batching.gain(8, 8.0) == 0.5 and batching.gain([8, 24], 8.0).tolist() == [0.5, 0.75]
    assert batching.linear_scaling(0.1, 256, 32) == 0.8

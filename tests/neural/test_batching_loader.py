"""Samplers and the loader: each example once, weights, states that continue exactly, what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.neural.batching.loader import Loader, stack
from groundup.neural.batching.samplers import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    WeightedRandomSampler,
)

KINDS = {
    "sequential": lambda n, seed: SequentialSampler(n),
    "random": RandomSampler,
    "weighted": lambda n, seed: WeightedRandomSampler(np.arange(1, n + 1), seed=seed),
    "without replacement": lambda n, seed: WeightedRandomSampler(
        np.arange(1, n + 1), max(1, n // 2), replacement=False, seed=seed
    ),
}


def through_json(state):
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("kind", ["sequential", "random"])
def test_an_epoch_has_every_index_once(kind):
    sampler = KINDS[kind](11, 3)
    epochs = [list(sampler) for _ in range(3)]
    assert all(sorted(epoch) == list(range(11)) for epoch in epochs)
    assert all(type(i) is int for i in epochs[0])
    assert (len({tuple(e) for e in epochs}) == 3) == (kind == "random")
    assert sampler.epoch == 3


def test_equal_seeds_give_equal_orders_and_global_random_states_are_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    assert list(RandomSampler(50, 7)) == list(RandomSampler(50, 7)) != list(RandomSampler(50, 8))
    assert np.array_equal(before, np.random.get_state()[1])
    assert list(RandomSampler(50, None)) != list(RandomSampler(50, None))


def test_all_orders_are_equally_likely():
    sampler = RandomSampler(3, 0)
    orders = [tuple(sampler) for _ in range(6000)]
    counts = [orders.count(o) for o in sorted(set(orders))]
    assert len(counts) == 6 and max(abs(c - 1000) for c in counts) < 5 * np.sqrt(1000 * 5 / 6)


def test_weights_are_frequencies():
    weights = np.array([0, 1, 2, 0, 5.0])
    drawn = np.bincount(list(WeightedRandomSampler(weights, 40_000, seed=1)), minlength=5)
    expected = 40_000 * weights / weights.sum()
    assert drawn[0] == drawn[3] == 0 and np.abs(drawn - expected).max() < 5 * np.sqrt(expected.max())


def test_draws_without_replacement_follow_the_weights_that_are_left():
    w = np.array([1.0, 2.0, 3.0])
    sampler = WeightedRandomSampler(w, 2, replacement=False, seed=2)
    pairs = [tuple(sampler) for _ in range(12_000)]
    for a in range(3):
        for b in {0, 1, 2} - {a}:
            p = w[a] / 6 * w[b] / (6 - w[a])
            assert abs(pairs.count((a, b)) - 12_000 * p) < 5 * np.sqrt(12_000 * p)


def test_extreme_weights():
    assert set(WeightedRandomSampler([1e308, 1e308, 0], 50)) == {0, 1}
    assert sorted(WeightedRandomSampler([5e-324, 0, 1e308], 2, replacement=False)) == [0, 2]
    assert list(WeightedRandomSampler([3.0], 4)) == [0] * 4


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: RandomSampler(0), ValueError, "n must be at least 1; got 0"),
        (lambda: RandomSampler(2.5), TypeError, "n must be a whole number; got 2.5"),
        (lambda: WeightedRandomSampler([[1.0]]), ValueError, r"one axis; their shape is \(1, 1\)"),
        (lambda: WeightedRandomSampler([1, -2]), ValueError, r"weights\[1\] is -2"),
        (lambda: WeightedRandomSampler([1, np.nan]), ValueError, r"weights\[1\] is nan"),
        (lambda: WeightedRandomSampler([0, 0]), ValueError, "not all be 0"),
        (lambda: WeightedRandomSampler([0, 1, 1], replacement=False), ValueError, "3 draws .* got 2"),
        (lambda: BatchSampler(range(3), 0), ValueError, "batch_size must be at least 1"),
        (lambda: Loader([]), ValueError, "it is empty"),
        (lambda: Loader(()), ValueError, "at least one column"),
        (lambda: Loader(7), TypeError, "sequence with a length; got int"),
        (lambda: Loader(np.float64(3)), TypeError, "sequence with a length"),
        (lambda: Loader((np.ones(3), np.ones(4))), ValueError, "equal lengths; they have {0: 3, 1: 4}"),
        (lambda: Loader(np.ones(3), batch_sampler=[[0]], shuffle=True), ValueError, "leave those out"),
    ],
)
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_batches_are_runs_of_the_sampler():
    assert [b.tolist() for b in BatchSampler(SequentialSampler(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [b.tolist() for b in BatchSampler(SequentialSampler(7), 3, True)] == [[0, 1, 2], [3, 4, 5]]
    assert [b.tolist() for b in BatchSampler(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    for n in (5, 6, 7):
        for drop in (False, True):
            assert len(batches := BatchSampler(RandomSampler(n), 3, drop)) == len(list(batches))
    one, other = RandomSampler(20, 5), RandomSampler(20, 5)
    assert np.concatenate(list(BatchSampler(one, 6))).tolist() == list(other)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    n=st.integers(1, 12),
    size=st.integers(1, 5),
    drop=st.booleans(),
    cut=st.integers(0, 20),
    seed=st.integers(0, 99),
)
@settings(max_examples=150, deadline=None)
def test_a_state_continues_exactly_from_any_batch(kind, n, size, drop, cut, seed):
    def batches():
        return BatchSampler(KINDS[kind](n, seed), size, drop)

    def run(sampler, epochs):
        for epoch in range(epochs):
            for batch in sampler:
                yield epoch, batch.tolist()

    whole = list(run(batches(), 4))
    first = batches()
    seen, iterator = [], run(first, 4)
    for _ in range(min(cut, len(whole))):
        seen.append(next(iterator))
    state, epoch = through_json(first.state_dict()), seen[-1][0] if seen else 0
    second = batches()
    second.load_state_dict(state)
    rest = [(epoch + i, batch) for i, batch in run(second, 4 - epoch)]
    assert seen + rest == whole


def test_single_indices_continue_exactly_too():
    whole = RandomSampler(9, 4)
    expected = [*whole, *whole]
    first = RandomSampler(9, 4)
    seen = [i for i, _ in zip(first, range(5), strict=False)]
    second = RandomSampler(9, 99)
    second.load_state_dict(through_json(first.state_dict()))
    taken = len(seen)
    assert [*seen, *second, *second] == expected[:taken] + expected[first._position :]
    assert first._position == 6  # zip had taken one more before it saw that it was through


def test_a_state_taken_after_the_last_batch_continues_with_the_next_epoch():
    first = BatchSampler(RandomSampler(6, 1), 2)
    iterator = iter(first)
    batches = [next(iterator).tolist() for _ in range(3)]
    state = first.state_dict()
    assert state["sampler"]["position"] == 6 and len(batches) == 3
    second = BatchSampler(RandomSampler(6, 1), 2)
    second.load_state_dict(state)
    assert list(second) == []
    assert list(iterator) == []
    assert [b.tolist() for b in second] == [b.tolist() for b in first]


def test_an_epoch_that_is_left_early_is_followed_by_a_new_one():
    sampler = RandomSampler(8, 0)
    for _ in sampler:
        break
    assert sorted(sampler) == list(range(8)) and sampler.epoch == 2
    for _ in sampler:
        break
    under_way = iter(sampler)
    next(under_way), next(under_way)
    other = RandomSampler(8, 0)
    other.load_state_dict(sampler.state_dict())
    assert list(other) == list(under_way)


def test_an_older_iteration_does_not_touch_the_state_of_a_newer_one():
    sampler = RandomSampler(6, 0)
    older, newer = iter(sampler), iter(sampler)
    next(older), next(newer), next(older)
    assert sampler.state_dict()["position"] == 1
    list(older)
    assert sampler.state_dict()["position"] == 1


def test_a_subclass_sees_the_number_of_its_epoch_also_after_loading():
    class Growing(Sampler):
        def order(self):
            return np.arange(min(self.n, 1 + self.epoch))

    sampler = Growing(5)
    assert [list(sampler) for _ in range(3)] == [[0], [0, 1], [0, 1, 2]]
    other = Growing(5)
    other.load_state_dict(sampler.state_dict())
    assert list(other) == [0, 1, 2, 3]


def test_states_of_something_else_are_refused():
    state = RandomSampler(5).state_dict()
    with pytest.raises(ValueError, match="of a 'RandomSampler', this is a 'SequentialSampler'"):
        SequentialSampler(5).load_state_dict(state)
    with pytest.raises(ValueError, match="has n = 5, here it is 6"):
        RandomSampler(6).load_state_dict(state)
    with pytest.raises(ValueError, match="batch_size = 2, here it is 3"):
        BatchSampler(RandomSampler(5), 3).load_state_dict(BatchSampler(RandomSampler(5), 2).state_dict())
    with pytest.raises(ValueError, match="of 4 examples, here are 5"):
        Loader(np.ones(5)).load_state_dict(Loader(np.ones(4)).state_dict())
    with pytest.raises(TypeError, match="list has no state_dict"):
        Loader(np.ones(3), batch_sampler=[[0, 2]]).state_dict()


def test_states_do_not_change_afterwards():
    loader = Loader(np.arange(6), batch_size=2, shuffle=True)
    iterator = iter(loader)
    next(iterator)
    state = loader.state_dict()
    kept = json.dumps(state)
    list(iterator), list(loader)
    assert json.dumps(state) == kept
    loader.load_state_dict(state)
    list(loader)
    assert json.dumps(state) == kept


def test_rows_of_arrays_tensors_tuples_and_dicts():
    torch = pytest.importorskip("torch")
    X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    for data in (X, torch.tensor(X)):
        batches = list(Loader(data, batch_size=2))
        assert [tuple(b.shape) for b in batches] == [(2, 2), (2, 2), (1, 2)]
        assert type(batches[0]) is type(data) and batches[0].dtype == data.dtype
        assert np.array_equal(np.concatenate(batches), X)
    rows, labels, names = next(iter(Loader((torch.tensor(X), y, list("abcde")), batch_size=3, shuffle=True, seed=1)))
    assert np.array_equal(rows.numpy(), X[labels]) and names == [list("abcde")[i] for i in labels]
    batch = next(iter(Loader({"x": X, "y": y}, batch_sampler=[[4, 0]])))
    assert batch["y"].tolist() == [4, 0] and np.array_equal(batch["x"], X[[4, 0]])


def test_a_batch_does_not_share_memory_with_the_data():
    data = np.arange(4.0)
    next(iter(Loader(data, batch_size=2)))[:] = 9
    assert data.tolist() == [0, 1, 2, 3]


def test_sequences_are_collated():
    words = ["a", "bb", "ccc"]
    assert [b for b in Loader(words, batch_size=2)] == [["a", "bb"], ["ccc"]]
    assert list(Loader(words, batch_size=2, collate=lambda items: "+".join(items))) == ["a+bb", "ccc"]
    ragged = [([1] * k, k) for k in (1, 2, 3)]
    sums = [b for b in Loader(ragged, batch_size=2, collate=lambda items: [sum(x) - k for x, k in items])]
    assert sums == [[0, 0], [0]]
    pairs = list(Loader((np.arange(3), np.arange(3) ** 2), batch_size=2, collate=list))
    assert pairs == [[(0, 0), (1, 1)], [(2, 4)]]


def test_stack():
    torch = pytest.importorskip("torch")
    batch = stack([{"x": torch.ones(2), "y": (1, "a")}, {"x": torch.zeros(2), "y": (2, "b")}])
    assert batch["x"].shape == (2, 2) and batch["y"][0].tolist() == [1, 2] and batch["y"][1] == ["a", "b"]
    with pytest.raises(ValueError, match=r"shapes \(1,\) and \(2,\) cannot be stacked; pass collate"):
        stack([np.ones(1), np.ones(2)])
    with pytest.raises(ValueError, match="of 1 and of 2 entries"):
        stack([(1,), (1, 2)])


def test_batches_serve_a_torch_data_loader():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.arange(7))

    def make():
        return BatchSampler(RandomSampler(7, 3), 3)

    theirs = [b[0].tolist() for b in torch.utils.data.DataLoader(data, batch_sampler=make())]
    assert theirs == [b.tolist() for b in make()] == [b.tolist() for b in Loader(torch.arange(7), batch_sampler=make())]
    single = torch.utils.data.DataLoader(data, batch_size=7, sampler=RandomSampler(7, 3))
    assert next(iter(single))[0].tolist() == list(RandomSampler(7, 3))


def test_frames_and_series_are_refused_since_an_index_is_a_label_there():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    for data, kind in ((frame, "DataFrame"), ((frame.to_numpy(), frame["a"]), "Series")):
        with pytest.raises(TypeError, match=rf"of a pandas {kind} give to_numpy\(\)"):
            Loader(data)

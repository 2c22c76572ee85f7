"""Tokens on disk, and the windows that are cut out of them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.llm.pretraining import CorpusError, Document, Shards, TokenWindows, write_shards
from groundup.text.tokenization import CharTokenizer

pytest.importorskip("torch")
LETTERS = CharTokenizer("abcdefghij|")


class Sequence:
    """Tokens 0, 1, 2, ... in memory."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def read(self, start, length):
        assert start >= 0 and start + length <= self.length
        return np.arange(start, start + length)


@pytest.mark.parametrize("per_shard", [1, 3, 7, 100])
def test_what_was_written_is_read_across_files(tmp_path, per_shard):
    documents = [Document("a", "abc"), Document("b", "defgh"), Document("c", "ij")]
    shards = write_shards(documents, LETTERS, tmp_path, end=LETTERS.encode("|")[0], per_shard=per_shard, about="x")
    text = "abc|defgh|ij|"
    assert len(shards) == len(text) and len(shards.files) == -(-len(text) // per_shard)
    for start in range(len(text) + 1):
        for stop in range(start, len(text) + 1):
            assert LETTERS.decode(shards.read(start, stop - start)) == text[start:stop]
    again = Shards(tmp_path)
    assert (again.vocab_size, again.about, again.damaged()) == (11, "x", [])
    with pytest.raises(IndexError, match="do not lie within the 13"):
        shards.read(10, 4)


def test_small_vocabularies_take_two_bytes_large_ones_four(tmp_path):
    class Large(CharTokenizer):
        vocab_size = 2**16 + 1

    write_shards([Document("a", "abc")], LETTERS, tmp_path / "s")
    write_shards([Document("a", "abc")], Large("abc"), tmp_path / "l")
    sizes = [(tmp_path / name / "tokens-00000.bin").stat().st_size for name in "sl"]
    assert sizes == [6, 12]


def test_damage_is_found(tmp_path):
    with pytest.raises(CorpusError, match=r"holds no shards: there is no index\.json"):
        Shards(tmp_path)
    write_shards([Document("a", "abcdef")], LETTERS, tmp_path, per_shard=4)
    file = tmp_path / "tokens-00001.bin"
    file.write_bytes(b"\0\0\1\0")
    assert Shards(tmp_path).damaged() == ["tokens-00001.bin"]
    file.write_bytes(b"\0\0")
    with pytest.raises(CorpusError, match=r"tokens-00001\.bin has 2 bytes; index\.json says 4"):
        Shards(tmp_path)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(CorpusError, match=r"index\.json cannot be read"):
        Shards(tmp_path)
    (tmp_path / "index.json").write_text(json.dumps([1]))
    with pytest.raises(CorpusError, match="is no index of token shards"):
        Shards(tmp_path)


def test_a_preparation_that_ended_early_leaves_nothing_that_counts(tmp_path):
    write_shards([Document("a", "abc")], LETTERS, tmp_path)

    def documents():
        yield Document("a", "abcdef")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        write_shards(documents(), LETTERS, tmp_path, per_shard=2)
    with pytest.raises(CorpusError, match="holds no shards"):
        Shards(tmp_path)


def test_no_text_makes_no_shards(tmp_path):
    with pytest.raises(CorpusError, match="gave no token"):
        write_shards([Document("a", "")], LETTERS, tmp_path)


@given(st.integers(2, 120), st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(0, 5))
@settings(deadline=None)
def test_an_epoch_has_each_target_at_most_once_and_the_ranks_share_it(n, length, batch, ranks, epoch):
    try:
        parts = [TokenWindows(Sequence(n), length, batch, rank=rank, ranks=ranks) for rank in range(ranks)]
    except CorpusError:
        assert (n - 1) // length - 1 < batch * ranks
        return
    seen = []
    for part in parts:
        part.epoch = epoch
        batches = list(part)
        assert len(batches) == len(part)
        for ids, targets in batches:
            assert ids.shape == targets.shape == (batch, length)
            assert (ids + 1 == targets).all()
            seen += targets.flatten().tolist()
    assert len(seen) == len(set(seen)) == len(parts[0]) * batch * ranks * length


def test_epochs_differ_and_seeds_too():
    windows = TokenWindows(Sequence(1000), 10, 4, seed=1)
    one, two = ([ids.tolist() for ids, _ in windows] for _ in range(2))
    assert one != two and [ids.tolist() for ids, _ in TokenWindows(Sequence(1000), 10, 4, seed=1)] == one
    assert [ids.tolist() for ids, _ in TokenWindows(Sequence(1000), 10, 4, seed=2)] != one


def test_validation_is_all_windows_in_order():
    windows = TokenWindows(Sequence(25), 4, 4, shuffle=False)
    firsts = [ids[:, 0].tolist() for ids, _ in windows]
    assert firsts == [[0, 4, 8, 12], [16, 20]] and len(windows) == 2
    assert [ids[:, 0].tolist() for ids, _ in windows] == firsts


@pytest.mark.parametrize("after", [0, 1, 5, 11, 12])
def test_it_goes_on_in_the_middle_of_an_epoch(after):
    whole, parts = (TokenWindows(Sequence(500), 10, 4, seed=3) for _ in range(2))

    def stream(windows):
        while True:
            yield from windows

    expected = [next(s)[0].tolist() for s in [stream(whole)] for _ in range(30)]
    first = stream(parts)
    begun = [next(first)[0].tolist() for _ in range(after)]
    state = json.loads(json.dumps(parts.state_dict()))
    other = TokenWindows(Sequence(500), 10, 4, seed=3)
    other.load_state_dict(state)
    rest = stream(other)
    assert begun + [next(rest)[0].tolist() for _ in range(30 - after)] == expected


def test_a_state_of_other_tokens_is_refused():
    state = TokenWindows(Sequence(500), 10, 4).state_dict()
    for other in (TokenWindows(Sequence(600), 10, 4), TokenWindows(Sequence(500), 9, 4),
                  TokenWindows(Sequence(500), 10, 2), TokenWindows(Sequence(500), 10, 4, seed=1)):  # fmt: skip
        with pytest.raises(ValueError, match="the state has"):
            other.load_state_dict(state)


def test_too_few_tokens_are_told():
    with pytest.raises(CorpusError, match="5 tokens make 0 windows of 8 \\+ 1; a batch needs 2"):
        TokenWindows(Sequence(5), 8, 2)
    for name, value in {"length": 0, "batch_size": -1, "ranks": 0}.items():
        with pytest.raises(ValueError, match=f"{name} must be at least 1; got {value}"):
            TokenWindows(Sequence(50), **({"length": 8, "batch_size": 2} | {name: value}))


@pytest.mark.parametrize("rank", [-1, 2])
def test_a_rank_that_there_is_not_is_told(rank):
    with pytest.raises(ValueError, match=f"rank must be from 0 to 1; got {rank}"):
        TokenWindows(Sequence(100), 4, 2, rank=rank, ranks=2)

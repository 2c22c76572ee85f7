"""Near copies: the estimate of overlap, its variance, the step of the bands, and that nothing is lost."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.llm.pretraining import Document, near_copies, without_near_copies
from groundup.llm.pretraining.deduplication import bands_for, jaccard, minhash, shingles

WORDS = st.lists(st.sampled_from(["the", "Red", "fox", "β", "x1", "was_here", "日本"]), max_size=30)


def plain(text, size):
    """Runs of words as tuples, as a person would write it."""
    words = re.findall(r"(?:[A-Za-z0-9_]|[^\x00-\x7f])+", text)
    words = [re.sub("[A-Z]", lambda m: m[0].lower(), word) for word in words]
    size = min(size, len(words))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)} if words else set()


@given(WORDS, WORDS, st.integers(1, 6))
@settings(deadline=None)
def test_overlap_is_that_of_sets_of_word_runs(a, b, size):
    first, second = " ".join(a), ",\n".join(b)
    A, B = plain(first, size), plain(second, size)
    assert len(shingles(first, size)) == len(A)
    expected = len(A & B) / len(A | B) if A | B else 1.0
    assert jaccard(shingles(first, size), shingles(second, size)) == expected


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.9])
def test_the_share_of_equal_hashes_estimates_the_overlap_with_its_variance(similarity):
    random = np.random.default_rng(0)
    hashes, estimates = 128, []
    for seed in range(200):
        union = np.unique(random.integers(0, 2**64, 400, dtype=np.uint64))
        common = int(similarity * len(union))
        rest = len(union) - common
        a = np.sort(np.delete(union, np.arange(common, common + rest // 2)))
        b = np.sort(np.delete(union, np.arange(common + rest // 2, len(union))))
        estimates.append((minhash(a, hashes, seed) == minhash(b, hashes, seed)).mean() - jaccard(a, b))
    spread = np.sqrt(similarity * (1 - similarity) / hashes)
    assert abs(np.mean(estimates)) < 4 * spread / np.sqrt(200)  # four standard errors of the mean
    assert 0.8 < np.std(estimates) / spread < 1.2  # 200 draws know a standard deviation to 5 %


def test_every_hash_function_is_another():
    values = minhash(np.arange(50, dtype=np.uint64), 500)
    assert len(np.unique(values)) == 500
    assert not (values == minhash(np.arange(50, dtype=np.uint64), 500, seed=1)).any()


@pytest.mark.parametrize("threshold", [0.5, 0.8, 1.0])
def test_bands_find_what_they_promise_and_little_else(threshold):
    cut = bands_for(threshold)
    assert cut.bands * cut.rows <= 128 and cut.probability(threshold) >= 0.95
    assert cut.probability(threshold / 3) < 0.25
    assert (np.diff([cut.probability(s) for s in np.linspace(0, 1, 21)]) >= 0).all()


def test_no_cut_for_a_threshold_that_is_too_low():
    with pytest.raises(ValueError, match=r"128 hashes do not find 0\.95 of the pairs with a similarity of 0\.001"):
        bands_for(0.001)
    for bad in (0, -1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="threshold must be"):
            near_copies(["a"], bad)


def texts(n=60):
    random = np.random.default_rng(5)
    words = [f"w{i}" for i in range(500)]
    made = [list(random.choice(words, 150)) for _ in range(n)]
    for i in range(0, n, 3):  # a copy with one word in fifty changed
        copy = list(made[i])
        for at in range(7, 150, 50):
            copy[at] = "changed"
        made[(i + 1) % n] = copy
    return [" ".join(text) for text in made]


def test_planted_copies_are_found_as_comparing_all_pairs_finds_them():
    given_texts = texts()
    sets = [shingles(text) for text in given_texts]
    all_pairs = [(i, j) for j in range(60) for i in range(j) if jaccard(sets[i], sets[j]) >= 0.7]
    found = near_copies(given_texts, 0.7)
    assert sorted((i, j) for i, j, _ in found) == sorted(all_pairs) and len(all_pairs) == 20
    assert all(s == jaccard(sets[i], sets[j]) for i, j, s in found)


def test_the_first_of_a_chain_stays():
    documents = [Document(str(i), text) for i, text in enumerate([*texts(9), "", "", "..."])]
    kept = [document.name for document in without_near_copies(documents, 0.7)]
    assert kept == ["0", "2", "3", "5", "6", "8", "9", "10", "11"]
    assert without_near_copies([], 0.7) == []


def test_short_texts_are_compared_whole():
    assert near_copies(["one two", "One, two!", "one two three", ""], 0.9) == [(0, 1, 1.0)]


def test_numbers_that_are_no_hashes_and_a_single_text_are_told():
    for wrong in (np.array([1.5]), np.array([-1])):
        with pytest.raises(TypeError, match="elements must be hashes"):
            minhash(wrong)
    with pytest.raises(TypeError, match="texts must be a sequence of texts; got one str"):
        near_copies("one text")

"""Window, sinks and reuse of beginnings: what is kept, what is forgotten, and that the rest is exact."""

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.llm.kv_cache import KVCache, PrefixCache, WindowCache

sys.path.insert(0, str(Path(__file__).parent))
from small_gpt import MODEL, gpt, greedy, tokens


def window_of(model, window, sinks, batch=1):
    return WindowCache.of(model, batch, window, sinks=sinks)


def band(n, window, sinks):
    """Where a query may look, said once more: the sinks, and window - sinks positions up to its own."""
    return torch.tensor([[j <= i and (j < sinks or i - j < window - sinks) for j in range(n)] for i in range(n)])


@given(
    window=st.integers(2, 12),
    sinks=st.integers(0, 4),
    parts=st.lists(st.integers(1, 8), min_size=1, max_size=6),
    seed=st.integers(0, 99),
)
@settings(max_examples=12, deadline=None)
def test_the_ring_is_attention_under_a_band(window, sinks, parts, seed):
    sinks = min(sinks, window - 1)
    ids, cache = tokens(sum(parts), 2, seed), window_of(MODEL, window, sinks, 2)
    logits = []
    for part in ids.split(parts, 1):
        T = part.shape[1]
        logits.append(MODEL(part, None if T == 1 else cache.mask(T), cache.positions(T), cache))
    expected = MODEL(ids, band(ids.shape[1], window, sinks))
    assert torch.allclose(torch.cat(logits, 1), expected, atol=2e-5)
    assert cache.keys.shape[3] == window and cache.seen == ids.shape[1]


def test_a_window_that_is_not_exceeded_is_the_whole():
    prompt = tokens(6)
    cached = greedy(MODEL, prompt, 20, window_of(MODEL, 26, 2))
    assert torch.equal(cached, greedy(MODEL, prompt, 20))


def test_generation_goes_on_beyond_the_context():
    cache = window_of(MODEL, 48, 4)  # the model has 48 positions
    out = greedy(MODEL, tokens(5), 120, cache)
    assert out.shape == (1, 125) and cache.seen == 124 and cache.length == 47


def test_sinks_stay_and_the_oldest_others_go():
    cache = WindowCache(1, 1, 1, 5, 1, sinks=2)
    for place in range(9):
        x = torch.full((1, 1, 1, 1), float(place))
        keys, _ = cache.update(0, x, -x)
        cache.advance(1)
        expected = {*range(min(2, place + 1)), *range(max(0, place - 2), place + 1)}
        assert sorted(keys.flatten().tolist()) == sorted(expected)
    assert torch.equal(cache.keys, -cache.values)


def test_window_reorders_copies_and_truncates_what_it_has():
    cache, ids = window_of(MODEL, 8, 2, 2), tokens(12, 2)
    for part in ids.split(1, 1):
        MODEL(part, positions=cache.positions(), cache=cache)
    copy = cache.copy()
    cache.reorder([1, 1, 0])
    new = tokens(1, 1, 5).expand(3, 1)
    expected = MODEL(torch.cat((ids[[1, 1, 0]], new), 1), band(13, 8, 2))[:, -1:]
    assert torch.allclose(MODEL(new, positions=cache.positions(), cache=cache), expected, atol=2e-5)
    assert copy.batch == 2 and copy.seen == 12
    with pytest.raises(ValueError, match="12 positions went through a window of 8; got 5"):
        copy.truncate(5)
    copy.truncate(0)
    assert torch.allclose(MODEL(ids[:, :6], cache=copy), MODEL(ids[:, :6]), atol=2e-5)
    copy.truncate(3)
    assert torch.allclose(MODEL(ids[:, 3:4], cache=copy), MODEL(ids[:, :4])[:, -1:], atol=2e-5)


def test_windows_that_are_refused():
    with pytest.raises(ValueError, match="sinks must be fewer than the window, 4; got 4"):
        WindowCache(1, 1, 1, 4, 1, sinks=4)
    with pytest.raises(ValueError, match="sinks must be at least 0"):
        WindowCache(1, 1, 1, 4, 1, sinks=-1)


def test_a_stored_beginning_is_reused_and_changes_nothing():
    prefixes, system = PrefixCache(10**7), tokens(20, seed=3)
    first = KVCache.of(MODEL)
    MODEL(system, cache=first)
    prefixes.store(system[0].tolist(), first)
    for seed in range(3):
        prompt = torch.cat((system[:, :15], tokens(6, seed=seed)), 1)
        cache = prefixes.start(MODEL, prompt[0])
        assert 15 <= cache.length < 21 and len(prompt[0]) > cache.length
        logits = MODEL(prompt[:, cache.length :], cache=cache)
        assert torch.allclose(logits[:, -1], MODEL(prompt)[:, -1], atol=2e-5)
    assert prefixes.asked == 63 and 45 <= prefixes.reused <= 48


def test_a_prompt_that_is_stored_whole_leaves_one_token_to_run():
    prefixes, ids, cache = PrefixCache(10**7), tokens(9), KVCache.of(MODEL)
    MODEL(ids, cache=cache)
    prefixes.store(ids, cache)
    assert prefixes.start(MODEL, ids).length == 8
    assert prefixes.start(MODEL, ids[:, :4]).length == 3
    assert prefixes.start(MODEL, ids, room=5).length == 5
    assert prefixes.start(MODEL, 60 - ids).length == 0


def test_a_reused_beginning_is_a_copy():
    prefixes, ids, cache = PrefixCache(10**7), tokens(9), KVCache.of(MODEL)
    MODEL(ids, cache=cache)
    prefixes.store(ids, cache)
    cache.keys.zero_()
    started = prefixes.start(MODEL, ids)
    assert started.keys[..., :8, :].any()
    started.keys.zero_()
    assert prefixes.start(MODEL, ids).keys[..., :8, :].any()


def test_the_least_recently_used_goes():
    texts = [tokens(10, seed=seed) for seed in (11, 12, 13)]
    caches = []
    for ids in texts:
        caches.append(KVCache.of(MODEL))
        MODEL(ids, cache=caches[-1])
    bytes_of_one = 2 * 2 * 36 * 10 * 4
    prefixes = PrefixCache(2 * bytes_of_one)
    prefixes.store(texts[0], caches[0])
    prefixes.store(texts[1], caches[1])
    assert prefixes.nbytes == 2 * bytes_of_one
    assert prefixes.start(MODEL, texts[0]).length == 9  # used: now the other is the oldest
    prefixes.store(texts[2], caches[2])
    assert [prefixes.start(MODEL, ids).length for ids in texts] == [9, 0, 9]
    assert len(prefixes) == 2 and prefixes.nbytes <= prefixes.limit_bytes
    nothing = PrefixCache(10)
    nothing.store(texts[0], caches[0])
    assert len(nothing) == 0 and nothing.start(MODEL, texts[0]).length == 0


def test_a_longer_text_replaces_its_beginning():
    prefixes, ids, cache = PrefixCache(10**7), tokens(12), KVCache.of(MODEL)
    MODEL(ids, cache=cache)
    prefixes.store(ids[:, :5], cache)
    prefixes.store(ids, cache)
    prefixes.store(ids[:, :7], cache)
    assert len(prefixes) == 1 and prefixes.start(MODEL, ids).length == 11


def test_what_a_prefix_cache_refuses():
    prefixes, cache = PrefixCache(10**6), KVCache.of(MODEL)
    with pytest.raises(ValueError, match="holds 0 positions; got 3 tokens"):
        prefixes.store([1, 2, 3], cache)
    with pytest.raises(ValueError, match="one sequence"):
        prefixes.store([1], KVCache.of(MODEL, 2))
    with pytest.raises(ValueError, match="one sequence is stored; got WindowCache"):
        prefixes.store([1], window_of(MODEL, 4, 0))
    for ids in ([], tokens(3, 2)):
        with pytest.raises(ValueError, match="tokens of one prompt"):
            prefixes.start(MODEL, ids)
    with pytest.raises(TypeError, match="ids must be whole numbers; got float64"):
        prefixes.start(MODEL, [1.5, 2.0])
    with pytest.raises(ValueError, match="limit_bytes"):
        PrefixCache(-1)


def test_a_cache_of_another_model_is_the_caller_s_fault_and_shows():
    other, ids, cache = gpt(seed=9), tokens(10), KVCache.of(MODEL)
    MODEL(ids, cache=cache)
    stale = other(ids[:, -1:], cache=cache)
    assert not torch.allclose(stale, other(torch.cat((ids, ids[:, -1:]), 1))[:, -1:], atol=0.1)

"""Greedy and beam search: equal to what trying everything finds, scores, endings, padding, what is refused."""

import itertools
import math

import pytest
import torch

from groundup.proofs.transformers.transformer import VOCABULARY, sentences, small
from groundup.transformers.transformer import TransformerConfig, beam_search, greedy
from groundup.transformers.transformer.translation import penalty

TOKENS = 6  # pad, bos, eos and three words


@pytest.fixture(params=["post", "pre"])
def tiny(request):
    """A model of three words whose logits are spread, so that texts differ in probability and in length."""
    model = small(torch.float64, request.param, vocab_size=TOKENS)
    with torch.no_grad():
        model.embedding.weight.mul_(3)
        model.embedding.weight[2] = model.embedding.weight[3:].sum(0) / 2  # eos is rarely far behind
    return model


def log_probability(model, source, tokens):
    """Of a text that ends, by the model itself, all at once; bos and padding cannot be written."""
    target = torch.tensor([[1, *tokens, 2]])
    logits = model(source, target[:, :-1])[0]
    logits[:, [0, 1]] = -torch.inf
    return float(logits.detach().log_softmax(-1).gather(1, target[0, 1:, None]).sum())


def all_texts(longest):
    """Every text of at most that many tokens, eos counted."""
    for length in range(longest):
        yield from itertools.product((3, 4, 5), repeat=length)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
def test_a_wide_beam_finds_the_best_of_all_texts(tiny, alpha):
    for seed in range(2):
        source = torch.randint(3, TOKENS, (1, 3), generator=torch.Generator().manual_seed(seed))
        scored = {text: log_probability(tiny, source, text) for text in all_texts(3)}
        best = max(scored, key=lambda text: scored[text] / penalty(len(text) + 1, alpha))
        found = beam_search(tiny, source, 40, alpha=alpha, max_length=3)[0]
        assert tuple(found[0].tokens) == best and found[0].complete
        assert math.isclose(found[0].log_probability, scored[best], rel_tol=1e-9)
        assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)
        for hypothesis in found:
            length = len(hypothesis.tokens) + 1
            assert math.isclose(hypothesis.log_probability, scored[tuple(hypothesis.tokens)], rel_tol=1e-9)
            assert math.isclose(hypothesis.score, hypothesis.log_probability / ((5 + length) / 6) ** alpha)


def test_one_beam_is_greedy_and_a_cache_changes_nothing(tiny):
    source = torch.randint(3, TOKENS, (9, 4), generator=torch.Generator().manual_seed(1))
    written = greedy(tiny, source, 10)
    assert written == greedy(tiny, source, 10, cached=False)
    assert written == [best[0].tokens for best in beam_search(tiny, source, 1, max_length=10)]
    for row, tokens in enumerate(written):  # each token is the likeliest after those before it
        logits = tiny(source[row : row + 1], torch.tensor([[1, *tokens]]))[0]
        logits[:, [0, 1]] = -torch.inf
        assert logits.argmax(-1).tolist()[: len(tokens)] == tokens
        assert len(tokens) == 10 or logits.argmax(-1)[-1] == 2


@pytest.mark.parametrize("beams", [2, 4])
def test_sentences_do_not_disturb_each_other(beams):
    model = small(torch.float64)
    source, _ = sentences()
    together = beam_search(model, source, beams, max_length=8)
    for row in range(len(source)):
        alone = beam_search(model, source[row : row + 1], beams, max_length=8)[0]
        assert [h.tokens for h in alone] == [h.tokens for h in together[row]]
        assert torch.allclose(torch.tensor([h.score for h in alone]), torch.tensor([h.score for h in together[row]]))
    shorter = source[1:2, :4]  # the same sentence without its padding
    assert beam_search(model, shorter, beams, max_length=8)[0][0].tokens == together[1][0].tokens


def test_more_beams_find_no_worse_first_text_here(tiny):
    source = torch.randint(3, TOKENS, (8, 4), generator=torch.Generator().manual_seed(3))
    scores = [[best[0].score for best in beam_search(tiny, source, beams, max_length=4)] for beams in (3, 110)]
    assert all(b >= a - 1e-12 for a, b in zip(*scores, strict=True))


def test_length_penalty_makes_texts_longer(tiny):
    source = torch.randint(3, TOKENS, (12, 4), generator=torch.Generator().manual_seed(4))
    lengths = [
        sum(len(best[0].tokens) for best in beam_search(tiny, source, 4, alpha=alpha, max_length=9))
        for alpha in (0.0, 1.0, 3.0)
    ]
    assert lengths == sorted(lengths) and (tiny.config.norm == "post" or lengths[0] < lengths[-1])


class Sure:
    """Stands in for a model that is sure of one text, 3 3 3 3 3, and gives eos and another word a little each time."""

    config = TransformerConfig(vocab_size=TOKENS, d_model=2, heads=1)

    def encode(self, source):
        return torch.zeros(*source.shape, 2, dtype=torch.float64), source != 0

    def decode(self, target, memory, mask, cache, last_only):
        ahead = [0.0, 0.0, 0.02, 0.96, 0.01, 0.01] if cache.length < 5 else [0.0, 0.0, 0.97, 0.01, 0.01, 0.01]
        cache.advance(1)
        return torch.tensor(ahead, dtype=torch.float64).log().expand(len(target), 1, TOKENS).clone()


@pytest.mark.parametrize("beams", [1, 2, 4, 8])
def test_it_does_not_stop_before_the_best_text_has_ended(beams):
    best = beam_search(Sure(), torch.full((3, 2), 4), beams, max_length=20)
    assert [found[0].tokens for found in best] == [[3] * 5] * 3
    assert math.isclose(best[0][0].log_probability, 5 * math.log(0.96) + math.log(0.97))


def test_no_more_room():
    model = small(torch.float64)
    with torch.no_grad():
        model.embedding.weight[2] = 0  # eos has logit 0, others may have more
    source, _ = sentences()
    for found in beam_search(model, source, 3, max_length=2):
        assert 1 <= len(found) <= 3 and all(len(h.tokens) <= 2 for h in found)
        assert all(len(h.tokens) < 2 or not h.complete for h in found)
    assert all(len(tokens) <= 2 for tokens in greedy(model, source, 2))
    assert max(map(len, greedy(model, source))) <= source.shape[1] + 50


def test_special_tokens_are_never_written():
    model = small(torch.float64)
    with torch.no_grad():
        model.embedding.weight[[0, 1]] *= 50
    source, _ = sentences()
    for tokens in [
        *greedy(model, source, 8),
        *(h.tokens for f in beam_search(model, source, 3, max_length=8) for h in f),
    ]:
        assert not {0, 1, 2} & set(tokens)


@pytest.mark.parametrize("search", [greedy, beam_search])
def test_a_broken_model_writes_nothing(search):
    model, (source, _) = small(torch.float32), sentences()
    with torch.no_grad():
        model.embedding.weight[5] = math.nan
    with pytest.raises(ValueError, match="it gives NaN"):
        search(model, source)


def test_empty_and_refused():
    model = small(torch.float64)
    none = torch.zeros(0, 3, dtype=torch.int64)
    assert greedy(model, none) == [] and beam_search(model, none) == []
    source, _ = sentences()
    with pytest.raises(ValueError, match="beams must be at least 1; got 0"):
        beam_search(model, source, 0)
    with pytest.raises(ValueError, match="alpha must be at least 0; got -1"):
        beam_search(model, source, alpha=-1)
    with pytest.raises(ValueError, match="max_length must be at least 1; got 0"):
        greedy(model, source, 0)
    with pytest.raises(ValueError, match="source must be an int64 tensor"):
        greedy(model, source[0])
    assert VOCABULARY > 2 * TOKENS

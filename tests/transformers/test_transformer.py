"""The transformer: who depends on whom, padding, sizes, training, errors. Equality with torch is the proof's."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.proofs.transformers.transformer import VOCABULARY, sentences, small
from groundup.transformers.transformer import (
    CONFIGS,
    DecoderCache,
    Transformer,
    TransformerConfig,
    count_parameters,
    noam,
    teacher_forced,
    translation_loss,
)

NORMS = ("post", "pre")


@pytest.fixture(params=NORMS)
def model(request):
    return small(torch.float64, request.param)


def test_no_token_sees_the_ones_after_it(model):
    source, target = torch.randint(3, VOCABULARY, (2, 5)), torch.randint(3, VOCABULARY, (2, 6))
    before = model(source, target)
    for t in range(1, 6):
        changed = target.clone()
        changed[:, t] = 3 + (changed[:, t] - 2) % (VOCABULARY - 3)
        after = model(source, changed)
        assert torch.equal(after[:, :t], before[:, :t])
        assert not torch.allclose(after[:, t], before[:, t])


def test_every_target_token_sees_the_whole_source(model):
    source, target = torch.randint(3, VOCABULARY, (1, 5)), torch.randint(3, VOCABULARY, (1, 4))
    before = model(source, target)
    for s in range(5):
        changed = source.clone()
        changed[:, s] = 3 + (changed[:, s] - 2) % (VOCABULARY - 3)
        assert ((model(changed, target) - before).abs().amax(-1) > 1e-9).all()


@given(st.integers(1, 4), st.integers(0, 4), st.integers(0, 3))
@settings(max_examples=15, deadline=None)
def test_padding_changes_nothing(rows, of_source, of_target):
    model = small(torch.float64, NORMS[of_source % 2])
    source, target = torch.randint(3, VOCABULARY, (rows, 5)), torch.randint(3, VOCABULARY, (rows, 4))
    padded = [torch.nn.functional.pad(ids, (0, more)) for ids, more in ((source, of_source), (target, of_target))]
    assert torch.allclose(model(*padded)[:, :4], model(source, target), atol=1e-12)


def test_rows_do_not_mix(model):
    source, target = sentences()
    whole = model(source, target)
    for row in range(len(source)):
        alone = model(source[row : row + 1], target[row : row + 1])
        assert torch.allclose(alone[0][target[row] != 0], whole[row][target[row] != 0], atol=1e-12)


def test_a_source_of_padding_alone_is_defined(model):
    source, target = torch.zeros(2, 4, dtype=torch.int64), torch.randint(3, VOCABULARY, (2, 3))
    logits = model(source, target)
    assert logits.isfinite().all() and torch.allclose(logits, model(source[:, :1], target), atol=1e-12)
    logits.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_the_order_of_source_words_counts(model):
    source, target = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[1, 9]])
    assert not torch.allclose(model(source, target), model(source.flip(1), target))
    model._waves = torch.zeros(64, model.config.d_model, dtype=torch.float64)  # without positions it does not
    assert torch.allclose(model(source, target), model(source.flip(1), target), atol=1e-12)


@pytest.mark.parametrize("chunks", [(1,) * 6, (2, 1, 3), (6,), (5, 1)])
def test_a_cache_gives_the_same_in_any_pieces(model, chunks):
    source, target = torch.randint(3, VOCABULARY, (3, 5)), torch.randint(3, VOCABULARY, (3, 6))
    memory, mask = model.encode(source)
    cache, pieces = DecoderCache(), []
    for piece in target.split(chunks, 1):
        pieces.append(model.decode(piece, memory, mask, cache))
    assert cache.length == 6 and torch.allclose(torch.cat(pieces, 1), model(source, target), atol=1e-12)


def test_the_source_is_read_into_the_cache_once(model, monkeypatch):
    from groundup.transformers.transformer import CrossAttention

    calls, keys = [], CrossAttention.keys
    monkeypatch.setattr(CrossAttention, "keys", lambda self, memory: calls.append(1) or keys(self, memory))
    memory, mask = model.encode(torch.randint(3, VOCABULARY, (1, 4)))
    cache = DecoderCache()
    for _ in range(5):
        model.decode(torch.tensor([[4]]), memory, mask, cache)
    assert len(calls) == model.config.decoder_layers


def test_selected_rows_of_a_cache_go_on_as_these_rows(model):
    source, target = torch.randint(3, VOCABULARY, (3, 4)), torch.randint(3, VOCABULARY, (3, 3))
    memory, mask = model.encode(source)
    cache, rows = DecoderCache(), torch.tensor([2, 0, 2])
    model.decode(target[:, :2], memory, mask, cache)
    cache.select(rows)
    last = model.decode(target[rows, 2:], memory[rows], mask[rows], cache)
    assert torch.allclose(last[:, 0], model(source, target)[rows, 2], atol=1e-12)


def test_logits_where_they_are_wanted(model):
    source, target = sentences()
    where = target != 0
    assert torch.equal(model(source, target, where=where), model(source, target)[where])
    memory, mask = model.encode(source)
    assert torch.equal(model.decode(target, memory, mask, last_only=True), model(source, target)[:, -1:])


def test_attention_maps(model):
    source, target = sentences()
    maps = model.attention_maps(source, target)
    assert [m.shape for m in maps] == [(4, 4, 6, 7)] * 2
    for weights in maps:
        assert torch.allclose(weights.sum(-1), torch.ones(4, 4, 6, dtype=torch.float64))
        assert not weights.masked_select((source == 0)[:, None, None].expand_as(weights)).any()


def test_dropout_only_when_training():
    model = small(torch.float64, dropout=0.5, attention_dropout=0.5, activation_dropout=0.5)
    source, target = sentences()
    assert torch.equal(model(source, target), model(source, target))
    model.train()
    assert not torch.allclose(model(source, target), model(source, target))


def test_embeddings_start_with_unit_spread_after_scaling():
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(vocab_size=2000, d_model=64, heads=4, d_ff=64, dropout=0.0))
    tokens = (
        model.embed(torch.arange(2000)[None]) - model.embed(torch.full((1, 2000), 5)) + 8 * model.embedding.weight[5]
    )
    assert math.isclose(float(tokens.detach().std()), 1.0, rel_tol=0.02)


def test_sizes():
    assert count_parameters(CONFIGS["base"])["all"] == 63_082_496
    for norm in NORMS:
        config = TransformerConfig(
            vocab_size=50, d_model=24, heads=3, d_ff=10, encoder_layers=2, decoder_layers=3, norm=norm
        )
        found, parts = Transformer(config), count_parameters(config)
        for part, module in (("encoder", found.encoder), ("decoder", found.decoder), ("all", found)):
            assert sum(p.numel() for p in module.parameters()) == parts[part], (norm, part)


def test_the_published_numbers_of_weights():
    """Table 3 in millions. A vocabulary of 37000 gives 1 to 4 million less than most rows; one of 41000 fits those."""
    rows = [
        ({}, 65), ({"encoder_layers": 2, "decoder_layers": 2}, 36), ({"encoder_layers": 4, "decoder_layers": 4}, 50),
        ({"encoder_layers": 8, "decoder_layers": 8}, 80), ({"d_model": 256}, 28), ({"d_model": 1024}, 168),
        ({"d_ff": 1024}, 53), ({"d_ff": 4096}, 90),
    ]  # fmt: skip
    for changes, millions in rows:
        few, many = (count_parameters(TransformerConfig(vocab_size=v, **changes))["all"] / 1e6 for v in (37000, 41000))
        assert 0 < millions - few < 4.5, changes
        assert abs(millions - many) < 1, changes
    assert abs(count_parameters(CONFIGS["big"])["all"] / 1e6 - 213) < 1.5


def test_the_published_rate():
    d, warm = 512, 4000
    published = [d**-0.5 * min(t**-0.5, t * warm**-1.5) for t in range(1, 20000)]
    assert all(math.isclose(noam(t, d, warm), rate) for t, rate in enumerate(published))
    assert max(range(20000), key=lambda t: noam(t, d, warm)) == warm - 1


def test_teacher_forcing_takes_real_tokens_alone():
    model = small(torch.float64)
    source, target = sentences()
    logits, labels = teacher_forced(model, source, target)
    whole, n = model(source, target[:, :-1]), int((target[:, 1:] != 0).sum())
    assert logits.shape == (n, VOCABULARY) and torch.equal(labels, target[:, 1:][target[:, 1:] != 0])
    assert torch.equal(logits, whole[target[:, 1:] != 0])


@given(st.floats(0, 0.9), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_label_smoothing_wants_the_smoothed_distribution(smoothing, seed):
    labels, V = torch.tensor([2]), 5
    wanted = torch.full((1, V), smoothing / V, dtype=torch.float64)
    wanted[0, 2] += 1 - smoothing
    entropy = -(wanted[wanted > 0] * wanted[wanted > 0].log()).sum()
    assert float(translation_loss(wanted.clamp(min=1e-30).log().float(), labels, smoothing)) == pytest.approx(
        float(entropy), abs=1e-5
    )
    logits = torch.randn(1, V, generator=torch.Generator().manual_seed(seed))
    assert float(translation_loss(logits, labels, smoothing)) >= float(entropy) - 1e-6


def test_16_bits_are_near_32_in_value_and_gradient():
    model = small(torch.float32, dropout=0.0)
    source, target = sentences()
    found = []
    for half in (False, True):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = translation_loss(*teacher_forced(model, source, target))
        model.zero_grad()
        loss.backward()
        found.append((float(loss), model.embedding.weight.grad.clone()))
    (exact, gradient), (near, other) = found
    assert abs(exact - near) < 0.02 * exact and (gradient - other).norm() < 0.05 * gradient.norm()


def test_a_model_in_16_bits_trains_as_well():
    model = small(torch.float32, dropout=0.0).bfloat16()
    translation_loss(*teacher_forced(model, *sentences())).backward()
    assert all(p.grad.dtype == torch.bfloat16 and p.grad.isfinite().all() for p in model.parameters())


def test_loss_of_impossible_tokens_and_of_derivatives():
    logits = torch.tensor([[1.0, 2.0, -math.inf]], dtype=torch.float64, requires_grad=True)
    labels = torch.tensor([1])
    loss = translation_loss(logits, labels, 0.0)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-1)))
    assert translation_loss(logits, labels, 0.1) == math.inf
    (gradient,) = torch.autograd.grad(loss**2, logits, create_graph=True)
    assert gradient.isfinite().all()
    with pytest.raises(RuntimeError, match="once_differentiable"):  # not a wrong second derivative without a word
        gradient.sum().backward()


def test_it_learns_to_copy():
    torch.manual_seed(0)
    config = TransformerConfig(
        vocab_size=12, d_model=32, heads=2, d_ff=64, encoder_layers=1, decoder_layers=1, dropout=0.0
    )
    model, generator = Transformer(config), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.9, 0.98))
    for _ in range(150):
        words = torch.randint(3, 12, (32, 5), generator=generator)
        ends = torch.full((32, 1), 2)
        target = torch.cat((torch.ones(32, 1, dtype=torch.int64), words, ends), 1)
        loss = translation_loss(*teacher_forced(model, torch.cat((words, ends), 1), target), 0.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss) < 0.3


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"d_model": 30}, "d_model must be even and a multiple of heads = 8; got 30"),
        ({"d_model": 9, "heads": 3}, "d_model must be even"),
        ({"norm": "middle"}, "norm must be one of 'post', 'pre'; got 'middle'"),
        ({"activation": "tanh"}, "activation must be one of"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1; got 1.0"),
        ({"encoder_layers": 0}, "encoder_layers must be at least 1; got 0"),
        ({"vocab_size": 2}, "three tokens below vocab_size = 2"),
        ({"pad_id": -1}, "pad_id must be at least 0; got -1"),
        ({"pad_id": 1}, r"must be three tokens .*; got \(1, 1, 2\)"),
        ({"eps": 0.0}, "eps must be above 0; got 0.0"),
    ],
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        TransformerConfig(**settings)


def test_input_that_is_refused():
    model = small(torch.float32)
    source, target = sentences()
    memory, mask = model.encode(source)
    for call, words in (
        (lambda: model(source[0], target), r"source must be an int64 tensor of shape \(batch, length\); got .*\(7,\)"),
        (lambda: model(source.float(), target), "source must be an int64 tensor .* got torch.float32"),
        (lambda: model(source + VOCABULARY, target), "source must hold tokens from 0 to 28; got 29 to"),
        (lambda: model(source, target - 9), "target must hold tokens from 0 to 28; got -9 to"),
        (lambda: model(source[:2], target), r"memory must have shape \(4, S, 24\) for a target of shape \(4, 6\)"),
        (lambda: model.decode(target, memory[..., :8], mask), r"got \(4, 7, 8\)"),
        (lambda: teacher_forced(model, source, target[:, :1]), "bos and at least one more"),
        (lambda: translation_loss(torch.zeros(3, 4), torch.zeros(2, dtype=torch.int64)), r"got \(3, 4\) and \(2,\)"),
        (lambda: translation_loss(torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64), 1.5), "smoothing must be"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_empty_batches_and_empty_sources():
    model = small(torch.float64)
    none = torch.zeros(0, 3, dtype=torch.int64)
    assert model(none, none).shape == (0, 3, VOCABULARY)
    empty = torch.zeros(2, 0, dtype=torch.int64)
    assert model(empty, torch.ones(2, 2, dtype=torch.int64)).isfinite().all()


def test_state_comes_back():
    one, other = small(torch.float32), Transformer(small(torch.float32).config)
    other.load_state_dict(one.state_dict())
    source, target = sentences()
    assert torch.equal(other.eval()(source, target), one(source, target))
    assert not any("waves" in name for name in one.state_dict())

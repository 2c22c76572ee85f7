"""Generation: batches, caches, seeds, ends of all kinds, streams; and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from groundup.llm.decoding import TextStream, beam_search, generate, perplexity, stream, token_logprobs  # noqa: E402
from groundup.text.tokenization import CharTokenizer  # noqa: E402
from groundup.text.tokenization.base import Tokenizer  # noqa: E402
from groundup.transformers.gpt import GPT, GPTConfig  # noqa: E402

VOCABULARY, CONTEXT = 23, 24


class ByteTokenizer(Tokenizer):
    """Every byte is a token, and some longer ones are."""

    def __init__(self, *more):
        self.words = [bytes([byte]) for byte in range(256)] + list(more)
        self.special_tokens = {}

    @property
    def vocab_size(self):
        return len(self.words)

    def encode(self, text, *, allowed_special=()):
        return list(text.encode())

    def token_bytes(self, token):
        return self.words[token]


def gpt(seed=0, vocabulary=VOCABULARY, context=CONTEXT, **more):
    torch.manual_seed(seed)
    config = GPTConfig(vocabulary, context, n_embd=16, n_layer=2, n_head=2, initializer_range=0.5, **more)
    return GPT(config).double()


class Script:
    """A "model" that says one token after the other, whatever it is shown; what it was shown is kept."""

    def __init__(self, tokens, vocabulary, context=1000):
        self.tokens, self.shown = tokens, []
        self.config = GPTConfig(vocabulary, context, n_embd=2, n_layer=1, n_head=1)

    def __call__(self, ids, mask=None, positions=None, cache=None, last_only=False):
        logits = torch.full((len(ids), 1, self.config.vocab_size), -5.0)
        logits[:, :, self.tokens[len(self.shown)]] = 5.0
        self.shown.append(ids.tolist())
        return logits


PROMPTS = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11], [2, 2]]


@given(
    prompts=st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=12), min_size=1, max_size=4),
    temperature=st.sampled_from([0.0, 1.0]),
    overflow=st.sampled_from(["stop", "slide", "halve"]),
    eos=st.sampled_from([None, 3, (4, 9)]),
    penalty=st.sampled_from([1.0, 1.3]),
    samples=st.integers(1, 2),
    seed=st.integers(0, 100),
)
@settings(max_examples=15, deadline=None)
def test_cached_anew_alone_and_in_a_batch_the_same_text(prompts, temperature, overflow, eos, penalty, samples, seed):
    model = gpt(seed % 3)
    options = {"temperature": temperature, "overflow": overflow, "eos": eos, "repetition_penalty": penalty,
               "samples": samples, "seed": seed}  # fmt: skip
    batch = generate(model, prompts, 30, **options)
    anew = generate(model, prompts, 30, cache=False, **options)
    alone = [one for prompt in prompts for one in generate(model, prompt, 30, **options)]
    for other in (anew, alone):
        assert [one.ids for one in batch] == [one.ids for one in other]
        assert [one.finish for one in batch] == [one.finish for one in other]
        for a, b in zip(batch, other, strict=True):
            assert np.allclose(a.logprobs, b.logprobs, atol=1e-9)


def test_logprobs_are_the_models_own():
    model = gpt().eval()
    for one, prompt in zip(generate(model, PROMPTS, 12, temperature=3.0, top_k=4, seed=1), PROMPTS, strict=True):
        logp = model(torch.tensor([prompt + one.ids]))[0].log_softmax(1)
        wanted = [logp[len(prompt) - 1 + n, token].item() for n, token in enumerate(one.ids)]
        assert np.allclose(one.logprobs, wanted, atol=1e-10)


def test_a_row_depends_on_its_prompt_seed_and_sample_alone():
    model = gpt()
    whole = generate(model, [*PROMPTS, PROMPTS[0]], 15, seed=7, samples=3)
    assert [c.ids for c in whole[:3]] == [c.ids for c in whole[-3:]]  # the same prompt
    assert len({tuple(c.ids) for c in whole[:3]}) == 3  # other samples
    one_each = generate(model, PROMPTS, 15, seed=[7, 8, 7, 9])
    assert one_each[0].ids == whole[0].ids and one_each[2].ids == whole[6].ids
    assert one_each[1].ids == generate(model, PROMPTS[1], 15, seed=8)[0].ids
    assert generate(model, [[1]] * 2, 15)[0].ids != generate(model, [[1]] * 2, 15)[1].ids  # drawn afresh


def test_a_small_temperature_is_greedy_and_equal_to_top_k_of_one():
    model = gpt()
    greedy = [c.ids for c in generate(model, PROMPTS, 15, temperature=0)]
    for options in ({"temperature": 1e-4}, {"top_k": 1}, {"top_p": 0.0}, {"min_p": 1.0}):
        assert [c.ids for c in generate(model, PROMPTS, 15, seed=0, **options)] == greedy


def test_draws_follow_the_model():
    model = gpt().eval()
    tokens = [c.ids[0] for c in generate(model, [1, 2], 1, seed=0, samples=4000)]
    share = np.bincount(tokens, minlength=VOCABULARY) / 4000
    wanted = model(torch.tensor([[1, 2]]))[0, -1].softmax(0).detach().numpy()
    assert np.abs(share - wanted).max() < 0.035  # four standard deviations


@pytest.mark.parametrize("overflow, windows", [("slide", [6, 6, 6, 6]), ("halve", [3, 1, 1, 1, 3, 1])])
def test_what_the_model_is_shown_at_the_end_of_the_context(overflow, windows):
    class Watched:
        def __init__(self):
            self.model, self.config, self.lengths = gpt(context=6), gpt(context=6).config, []

        def __call__(self, ids, **more):
            self.lengths.append(ids.shape[1])
            return self.model.eval()(ids, **more)

        def new_cache(self, batch, room):
            from groundup.llm.kv_cache import KVCache

            return KVCache.of(self.model, batch, room)

    model = Watched()
    text = generate(model, [1, 2, 3], 8, overflow=overflow, temperature=0)[0]
    assert model.lengths[:4] == [3, 1, 1, 1] and model.lengths[4:] == windows[: len(model.lengths) - 4]
    assert len(text.ids) == 8 and text.finish == "length"
    ids = [1, 2, 3]
    for token in text.ids:  # by definition
        if overflow == "slide":
            assert int(model.model(torch.tensor([ids[-6:]]))[0, -1].argmax()) == token
        ids.append(token)


def test_a_prompt_longer_than_the_context():
    model, long = gpt(), list(range(20)) * 2
    with pytest.raises(ValueError, match="prompt 1 has 40 tokens, the context 24; overflow='slide' or 'halve'"):
        generate(model, [[1], long], 3)
    slid = generate(model, long, 3, temperature=0, overflow="slide")[0].ids
    assert slid == generate(model, long[-24:], 3, temperature=0, overflow="slide")[0].ids
    assert len(generate(model, long, 30, temperature=0, overflow="halve")[0].ids) == 30


def test_the_last_place_of_the_context_is_used():
    full = generate(gpt(), [*range(20), 1, 2, 3, 4], 5, temperature=0)[0]
    assert (len(full.ids), full.finish) == (1, "context")
    assert generate(gpt(), list(range(20)), 5, temperature=0)[0].finish == "length"


def test_training_mode_and_gradients_are_left_as_they_were():
    model = gpt(resid_pdrop=0.5, embd_pdrop=0.5).train()
    same = [generate(model, [1], 10, temperature=0)[0].ids for _ in range(2)]
    assert same[0] == same[1] and model.training
    pieces = stream(model, "b", 10, tokenizer=CharTokenizer("abcdefghijklmnopqrstuvw"), seed=0)
    next(pieces)
    assert model.training and torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    assert not model.eval().training and generate(model, [1], 3) and not model.training


def test_no_token_wanted():
    one = generate(gpt(), [1], 0)[0]
    assert (one.ids, one.logprobs, one.finish) == ([], [], "length")


def test_prompts_of_every_form():
    tokenizer = CharTokenizer("abcdefghijklmnopqrstuvw")
    model = gpt()
    wanted = generate(model, [[1, 2], [3, 4]], 5, temperature=0)
    for form in (np.array([[1, 2], [3, 4]]), torch.tensor([[1, 2], [3, 4]]), ((1, 2), [3, 4]),
                 [torch.tensor([1, 2]), np.array([3, 4])]):  # fmt: skip
        assert generate(model, form, 5, temperature=0) == wanted
    texts = generate(model, ["bc", "de"], 5, temperature=0, tokenizer=tokenizer)
    assert [t.ids for t in texts] == [w.ids for w in wanted]
    assert [t.text for t in texts] == [tokenizer.decode(w.ids) for w in wanted]
    for form in (np.array([1, 2]), torch.tensor([1, 2]), (1, 2), "bc"):
        assert generate(model, form, 5, temperature=0, tokenizer=tokenizer)[0].ids == wanted[0].ids
    begun = generate(model, [[], [5]], 5, temperature=0, start=2)
    assert begun[0].ids == generate(model, [2], 5, temperature=0)[0].ids


def test_an_end_is_in_the_ids_and_not_in_the_text():
    tokenizer = CharTokenizer("abc.")
    ids = tokenizer.encode("ab.c")
    one = generate(Script(ids, 4), "a", 10, tokenizer=tokenizer, eos=tokenizer.encode("."), temperature=0)[0]
    assert (one.text, one.ids, one.finish) == ("ab", ids[:3], "eos")


def test_spare_tokens_of_a_model_are_never_chosen():
    tokenizer = CharTokenizer("ab")
    assert set(generate(gpt(), "a", 20, tokenizer=tokenizer, temperature=50.0, seed=0)[0].ids) <= {0, 1}


@given(
    text=st.text(alphabet="ab€.\n", max_size=12),
    stops=st.lists(st.text(alphabet="ab€.", min_size=1, max_size=4), max_size=3),
    data=st.data(),
)
@settings(max_examples=300, deadline=None)
def test_stops_do_not_depend_on_the_tokens(text, stops, data):
    """Text cut in any places: the same end, and no piece breaks a character or shows the beginning of a stop."""
    raw = text.encode()
    ends = [(at + len(stop.encode()), at) for stop in stops if (at := raw.find(stop.encode())) >= 0]
    wanted = (raw[: min(ends)[1]] if ends else raw).decode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(raw)))) | {0, len(raw)})
    words = [raw[a:b] for a, b in pairwise(cuts)]
    reader = TextStream(words.__getitem__, stops)
    given_so_far = ""
    for n in range(len(words)):
        given_so_far += reader.push(n)
        assert wanted.startswith(given_so_far) and "\ufffd" not in given_so_far
        shown = raw[: cuts[n + 1]]
        assert reader.stopped == any(stop.encode() in shown for stop in stops)
        if reader.stopped:
            break
    assert given_so_far + reader.finish() == wanted == reader.text


@given(data=st.binary(max_size=20), stop=st.sampled_from(["", "é", "ab"]), seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_pieces_joined_are_the_text_for_any_bytes(data, stop, seed):
    tokenizer = ByteTokenizer(b"\xc3\xa9", b"ab", b"\xe2\x82")
    tokens = [*data, 256, 257, 258, *data]
    options = {"tokenizer": tokenizer, "stop": stop or (), "temperature": 0}
    whole = generate(Script(tokens, 259), "x", len(tokens), **options)[0].text
    pieces = list(stream(Script(tokens, 259), "x", len(tokens), **options))
    assert "".join(pieces) == whole and all(pieces)
    if not stop:
        assert whole == tokenizer.decode(tokens)


def test_a_stop_string_over_several_tokens_and_within_one():
    tokenizer = ByteTokenizer(b"done. And", b"\n\n")
    for tokens, stop, text in (
        (list(b"one END two"), "END", "one "),
        (list(b"one EN"), "END", "one EN"),
        ([256, 65], "one.", "d"),
        ([*b"a", 10, 10, *b"b"], "\n\n", "a"),
        ([*b"a", 257, *b"b"], "\n\n", "a"),
        (list("naïve".encode()), "ï", "na"),
    ):
        model = Script(tokens, 258)
        options = {"tokenizer": tokenizer, "stop": stop, "temperature": 0}
        assert generate(model, "x", len(tokens), **options)[0].text == text
        assert "".join(stream(Script(tokens, 258), "x", len(tokens), **options)) == text


def test_no_token_is_computed_after_a_stop():
    model = Script(list(b"ab.cdef"), 256)
    one = generate(model, "x", 7, tokenizer=ByteTokenizer(), stop=[".", "zz"], temperature=0)[0]
    assert one.finish == "stop" and len(model.shown) == 3 == len(one.ids)


def test_perplexity():
    model = gpt().eval()
    ids = np.random.default_rng(0).integers(0, VOCABULARY, 60)
    whole = token_logprobs(model, ids, stride=1)
    wanted = [
        model(torch.tensor([ids[max(0, n - CONTEXT) : n].tolist()]))[0, -1].log_softmax(0)[ids[n]].item()
        for n in range(1, 60)
    ]
    assert np.allclose(whole, wanted, atol=1e-10)
    for stride in (1, 5, 12, 24, None):
        found = token_logprobs(model, ids, stride)
        assert found.shape == (59,) and np.allclose(found[:CONTEXT], whole[:CONTEXT], atol=1e-10)
        assert np.isclose(perplexity(model, ids, stride), np.exp(-found.mean()))
    assert len(token_logprobs(model, [1, 2])) == 1
    uniform = GPT(GPTConfig(VOCABULARY, CONTEXT, n_embd=16, n_layer=1, n_head=2, initializer_range=0.0))
    assert perplexity(uniform, ids) == pytest.approx(VOCABULARY)


TOKENIZER = CharTokenizer("abcd")


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda m: generate(m, [], 3), ValueError, "prompt 0 is empty: a model continues something"),
        (lambda m: generate(m, "", 3, tokenizer=TOKENIZER), ValueError, "prompt 0 is empty"),
        (lambda m: generate(m, [[1], []], 3), ValueError, "prompt 1 is empty"),
        (lambda m: generate(m, "ab", 3), ValueError, "tokenizer must be given: a prompt is text"),
        (lambda m: generate(m, "xy", 3, tokenizer=TOKENIZER), ValueError, "text has 'x' at 0"),
        (lambda m: generate(m, [1, 23], 3), ValueError, r"prompt 0 must hold ids from 0 to 22; got \[1, 23\]"),
        (lambda m: generate(m, [-1], 3), ValueError, "prompt 0 must hold ids from 0 to 22"),
        (lambda m: generate(m, [[1.5]], 3), TypeError, "prompt 0 must be text or whole numbers"),
        (lambda m: generate(m, [1], -1), ValueError, "max_new_tokens must be at least 0; got -1"),
        (lambda m: generate(m, [1], 2.5), TypeError, "max_new_tokens must be a whole number"),
        (lambda m: generate(m, [1], 3, overflow="roll"), ValueError, "overflow must be one of 'stop', 'slide'"),
        (lambda m: generate(m, [1], 3, stop="a"), ValueError, "tokenizer must be given with stop"),
        (lambda m: generate(m, [1], 3, stop="", tokenizer=TOKENIZER), ValueError, "texts that are not empty"),
        (lambda m: generate(m, [1], 3, stop=["a", ""], tokenizer=TOKENIZER), ValueError, "texts that are not empty"),
        (lambda m: generate(m, [1], 3, eos=23), ValueError, "eos must be from 0 to 22; got 23"),
        (lambda m: generate(m, [1], 3, seed=[1, 2]), ValueError, "one for each of the 1 prompts; got 2"),
        (lambda m: generate(m, [1], 3, seed=-1), ValueError, "seed must be at least 0; got -1"),
        (lambda m: generate(m, [1], 3, seed=[-1]), ValueError, "seed must be at least 0; got -1"),
        (lambda m: generate(m, [1], 3, seed=1.5), TypeError, "seed must be a whole number or several; got 1.5"),
        (lambda m: generate(m, 3, 3), TypeError, "prompts must be text, whole numbers, or a list of such; got 3"),
        (lambda m: generate(m, [1.0, 2.0], 3), TypeError, "prompt 0 must be text or whole numbers; got 1.0"),
        (lambda m: generate(m, [1], 3, eos="a"), TypeError, "eos must be a token or several; got 'a'"),
        (lambda m: generate(m, [1], 3, stop=[3], tokenizer=TOKENIZER), TypeError, "stop must hold texts; got 3"),
        (lambda m: beam_search(m, [1], 3, forbidden=range(23)), ValueError, "every text is ruled out"),
        (lambda m: generate(m, [1], 3, samples=0), ValueError, "samples must be at least 1"),
        (lambda m: generate(m, [1], 3, forbidden=range(23)), ValueError, "every token is ruled out"),
        (lambda m: generate(m, [1], 3, forbidden=range(23), temperature=0), ValueError, "every token is ruled out"),
        (lambda m: generate(m, [1], 3, tokenizer=CharTokenizer("".join(map(chr, range(40))))), ValueError, "has 40"),
        (lambda m: generate(m, [1], 3, beam=2), TypeError, "beam"),
        (lambda m: stream(m, [[1], [2]], 3, tokenizer=TOKENIZER), ValueError, "prompt must be one; got 2"),
        (lambda m: stream(m, [1], 3, tokenizer=None), ValueError, "tokenizer must be given: pieces are text"),
        (lambda m: token_logprobs(m, [1]), ValueError, "at least two tokens.*got 1"),
        (lambda m: token_logprobs(m, [1, 2], stride=25), ValueError, "stride must be at most the context, 24; got 25"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call(gpt())


def test_nan_logits_are_told():
    model = gpt()
    with torch.no_grad():
        model.ln_f.weight.fill_(float("nan"))
    for temperature in (0, 1):
        with pytest.raises(ValueError, match="the logits hold NaN or infinity"):
            generate(model, [1], 3, temperature=temperature)
    with pytest.raises(ValueError, match="the logits hold NaN or infinity"):
        beam_search(model, [1], 3)


def test_prompts_and_seeds_in_other_clothes():
    pandas, model = pytest.importorskip("pandas"), gpt()
    wanted = generate(model, [[1, 2], [3]], 4, seed=[5, 6])
    for seed in (np.array([5, 6]), torch.tensor([5, 6]), pandas.Series([5, 6], index=[7, 8]), (5, 6)):
        prompts = [pandas.Series([1, 2], index=[3, 4]), np.array([3], np.int32)]
        assert [one.ids for one in generate(model, prompts, 4, seed=seed)] == [one.ids for one in wanted]


def test_what_is_forbidden_may_come_from_an_iterator():
    script = Script([7, 7, 7], VOCABULARY)
    found = generate(script, [1], 3, temperature=0, forbidden=iter([7]), cache=False)[0]
    assert (
        found.ids == generate(Script([7, 7, 7], VOCABULARY), [1], 3, temperature=0, forbidden=[7], cache=False)[0].ids
    )
    assert 7 not in found.ids

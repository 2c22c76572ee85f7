"""groundup.llm.decoding beside transformers: processors, their order, greedy text, draws, beams, perplexity."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from groundup.proofs.core import Case, Proof

__all__ = ["PROCESSORS", "history", "matrices", "pair", "proof", "reference_of"]

proof = Proof("groundup.llm.decoding", reference="transformers", needs=("torch",))

# name of ours: (class of transformers, whether it looks at the history, values of its one argument)
PROCESSORS: dict[str, tuple[str, bool, tuple[Any, ...]]] = {
    "temperature": ("TemperatureLogitsWarper", False, (0.01, 0.7, 1.0, 5.0)),
    "top_k": ("TopKLogitsWarper", False, (1, 2, 5, 49, 5000)),
    "top_p": ("TopPLogitsWarper", False, (0.0, 0.1, 0.5, 0.75, 0.9, 0.99, 1.0)),
    "min_p": ("MinPLogitsWarper", False, (0.0, 0.01, 0.3, 0.5, 1.0)),
    "typical": ("TypicalLogitsWarper", False, (0.01, 0.2, 0.5, 0.9, 0.99)),
    "repetition_penalty": ("RepetitionPenaltyLogitsProcessor", True, (0.5, 1.0, 1.3, 10.0)),
    "no_repeat_ngram": ("NoRepeatNGramLogitsProcessor", True, (1, 2, 3, 30)),
}


def matrices(tied: bool = False) -> Iterator[tuple[str, Any]]:
    """Logits (4, V) of several sizes and spreads, with entries of -inf; with `tied`, many are equal."""
    import torch

    random = torch.Generator().manual_seed(0)
    for V in (1, 2, 5, 50, 1000):
        for spread in (0.1, 1.0, 5.0, 50.0):
            x = torch.randn(4, V, generator=random) * spread
            x = x.round() if tied else x
            yield f"V {V}, spread {spread:g}", x
            holes = x.masked_fill(torch.rand(x.shape, generator=random) < 0.5, -torch.inf)
            holes[:, 0] = 0.0
            yield f"V {V}, spread {spread:g}, with -inf", holes
    if tied:
        yield "all equal", torch.zeros(2, 100)


def history(logits: Any) -> Any:
    """Ids (B, 12) with repeats."""
    import torch

    return torch.randint(0, min(logits.shape[1], 6), (len(logits), 12), generator=torch.Generator().manual_seed(1))


def reference_of(name: str, value: Any, logits: Any) -> Any:
    """The same by transformers."""
    from transformers.generation import logits_process

    return getattr(logits_process, PROCESSORS[name][0])(value)(history(logits), logits)


def _ours(name: str, value: Any, logits: Any) -> Any:
    from groundup.llm.decoding import processors

    arguments = (history(logits),) if PROCESSORS[name][1] else ()
    return getattr(processors, name)(logits, *arguments, value)


def _processed(names: tuple[str, ...], tied: bool) -> Iterator[Case]:
    for label, x in matrices(tied):
        for name in names:
            for value in PROCESSORS[name][2]:
                yield Case(
                    f"{name} {value}, {label}",
                    partial(_ours, name, value, x),
                    partial(reference_of, name, value, x),
                )


@proof.check("processors, logits all different", tolerance=0, reason="the same entries stay and have the same value")
def _exact() -> Iterator[Case]:
    return _processed(tuple(PROCESSORS), tied=False)


@proof.check("processors, many ties", tolerance=0, reason="equal logits stay or go together; top_p see below")
def _ties() -> Iterator[Case]:
    return _processed(tuple(name for name in PROCESSORS if name != "top_p"), tied=True)


@proof.check(
    "top_p with ties, as sorted values",
    tolerance=0,
    reason="as many of each value stay; which of equal ones is left open by the reference",
)
def _sorted() -> Iterator[Case]:
    for case in _processed(("top_p",), tied=True):
        yield Case(case.name, lambda c=case: c.ours().sort(1).values, lambda c=case: c.reference().sort(1).values)


@proof.check("processors on arrays", tolerance=0, reason="an array and a tensor share their memory")
def _arrays() -> Iterator[Case]:
    x = dict(matrices())["V 1000, spread 5"]
    for name, (_, _, values) in PROCESSORS.items():
        yield Case(name, partial(_ours, name, values[1], x.numpy()), partial(reference_of, name, values[1], x))


def pair(seed: int = 0, vocab: int = 29, positions: int = 64, layers: int = 2) -> tuple[Any, Any]:
    """A random GPT of ours and transformers' GPT-2 with the same weights, both in float64 and in evaluation."""
    import torch

    from groundup.transformers.gpt import GPT, GPTConfig
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": vocab,
        "n_positions": positions,
        "n_embd": 16,
        "n_layer": layers,
        "n_head": 2,
    }
    ours = GPT(GPTConfig(**shape, initializer_range=0.4))
    theirs = GPT2LMHeadModel(GPT2Config(**shape, bos_token_id=0, eos_token_id=0))
    state = {  # their linear layers keep the transpose
        f"transformer.{name}": value.T if name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")) else value
        for name, value in ours.state_dict().items()
    }
    theirs.load_state_dict(state | {"lm_head.weight": ours.wte.weight})
    return ours.double().eval(), theirs.double().eval()


PROMPTS = [[1, 2, 3], [4], [5, 6, 7, 8, 9, 10, 11], [2, 2], [3, 4, 5, 3, 4]]


def _theirs_text(model: Any, prompts: list[list[int]], **options: Any) -> list[list[int]]:
    """New tokens of transformers' generate for a batch that is padded on the left."""
    import torch

    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    found = model.generate(ids, attention_mask=mask, pad_token_id=0, **options)[:, longest:].tolist()
    eos = options.get("eos_token_id")
    return [row[: row.index(eos) + 1] if eos in row else row for row in found]


def _numbers(rows: list[list[int]]) -> list[np.ndarray]:
    return [np.array(row) for row in rows]


GREEDY: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "greedy": ({}, {}),
    "until an end": ({"eos": 7}, {"eos_token_id": 7}),
    "two ends": ({"eos": (7, 8)}, {"eos_token_id": [7, 8]}),
    "repetition penalty": ({"repetition_penalty": 1.4}, {"repetition_penalty": 1.4}),
    "no pair twice": ({"no_repeat_ngram": 2}, {"no_repeat_ngram_size": 2}),
    "at least 9, biased": (
        {"eos": 7, "min_new_tokens": 9, "bias": {7: 3.0, 2: -1.5}},
        {"eos_token_id": 7, "min_new_tokens": 9, "sequence_bias": [[[7], 3.0], [[2], -1.5]]},
    ),
    "forbidden": ({"forbidden": [1, 2, 3]}, {"suppress_tokens": [1, 2, 3]}),
}


@proof.check("greedy text of each prompt alone", tolerance=0, reason="the same tokens; the margins are above rounding")
def _alone() -> Iterator[Case]:
    from groundup.llm.decoding import generate

    ours, theirs = pair()
    for name, (own, other) in GREEDY.items():
        for cache in (True, False):

            def mine(own: dict = own, cache: bool = cache) -> list[np.ndarray]:
                found = [generate(ours, p, 20, temperature=0, cache=cache, **own)[0] for p in PROMPTS]
                return _numbers([one.ids for one in found])

            def reference(other: dict = other) -> list[np.ndarray]:
                found = [
                    _theirs_text(theirs, [p], max_new_tokens=20, do_sample=False, **_single(other))[0] for p in PROMPTS
                ]
                return _numbers([_cut(row, other) for row in found])

            yield Case(f"{name}, {'cached' if cache else 'anew'}", mine, reference)


def _single(options: dict[str, Any]) -> dict[str, Any]:
    return {"eos_token_id": None} | options


def _cut(row: list[int], options: dict[str, Any]) -> list[int]:
    eos = options.get("eos_token_id")
    ends = set(eos if isinstance(eos, list) else [eos])
    return next((row[: n + 1] for n, token in enumerate(row) if token in ends), row)


@proof.check("greedy text of a ragged batch", tolerance=0, reason="the same tokens as transformers from left padding")
def _ragged() -> Iterator[Case]:
    from groundup.llm.decoding import generate

    for seed in range(3):
        ours, theirs = pair(seed)
        for cache in (True, False):
            yield Case(
                f"five prompts, model {seed}, {'cached' if cache else 'anew'}",
                lambda ours=ours, c=cache: _numbers(
                    [one.ids for one in generate(ours, PROMPTS, 30, temperature=0, eos=7, cache=c)]
                ),
                lambda theirs=theirs: _numbers(
                    _theirs_text(theirs, PROMPTS, max_new_tokens=30, do_sample=False, eos_token_id=7)
                ),
            )


SETTINGS: tuple[dict[str, Any], ...] = (
    {"temperature": 0.8},
    {"temperature": 1.5, "top_k": 7},
    {"temperature": 0.7, "top_k": 12, "top_p": 0.8},
    {"temperature": 2.0, "top_p": 0.95, "min_p": 0.05},
    {"temperature": 0.9, "typical_p": 0.7, "repetition_penalty": 1.2},
    {"temperature": 1.1, "top_k": 20, "top_p": 0.9, "min_p": 0.02, "typical_p": 0.9, "no_repeat_ngram": 2,
     "repetition_penalty": 1.1, "bias": {3: 1.0}},
)  # fmt: skip
_NAMES = {"no_repeat_ngram": "no_repeat_ngram_size"}


@proof.check(
    "the distribution that is drawn from",
    tolerance=1e-5,
    reason="transformers rounds logits to float32; the same tokens have probability 0",
)
def _distributions() -> Iterator[Case]:
    """Along a text that transformers drew, the probabilities of every next token, by both."""
    import torch

    ours, theirs = pair(5)
    for number, settings in enumerate(SETTINGS):
        options = {_NAMES.get(name, name): value for name, value in settings.items() if name != "bias"}
        if "bias" in settings:
            options["sequence_bias"] = [[[token], amount] for token, amount in settings["bias"].items()]
        options = {"top_k": 0} | options
        torch.manual_seed(number)
        drawn = theirs.generate(
            torch.tensor([[1, 2, 3, 1]]), max_new_tokens=25, do_sample=True, eos_token_id=None, pad_token_id=0,
            return_dict_in_generate=True, output_scores=True, attention_mask=torch.ones(1, 4), **options,
        )  # fmt: skip
        scores, text = torch.cat(drawn.scores), drawn.sequences[0].tolist()
        yield Case(
            ", ".join(settings),
            partial(_probabilities, ours, settings, text),
            lambda scores=scores: scores.double().softmax(1).numpy(),
        )


def _probabilities(model: Any, settings: dict[str, Any], text: list[int]) -> np.ndarray:
    import torch

    from groundup.llm.decoding import Rules

    rules = Rules(**settings)
    with torch.no_grad():
        logits = model(torch.tensor([text]))[0, 3:-1]
    found = [
        rules.narrow(rules.penalize(row[None], [text[: 4 + n]], [n])).softmax(1)[0] for n, row in enumerate(logits)
    ]
    return torch.stack(found).numpy()


@proof.check(
    "40,000 draws beside their probabilities",
    tolerance=0.01,
    reason="four standard deviations of the commonest's share, sqrt(p (1 - p) / 40000), are 0.01",
)
def _draws() -> Iterator[Case]:
    import torch

    from groundup.llm.decoding import draw

    def shares(logits: Any) -> np.ndarray:
        u = np.random.default_rng(3).random(40_000)
        return np.bincount(draw(logits.expand(len(u), -1), u).numpy(), minlength=logits.shape[1]) / len(u)

    for spread in (1, 6):
        logits = spread * torch.randn(1, 12, generator=torch.Generator().manual_seed(spread))
        yield Case(
            f"spread {spread}",
            partial(shares, logits),
            lambda logits=logits: logits.softmax(1)[0].numpy(),
            error=_largest,
        )


def _largest(ours: np.ndarray, reference: np.ndarray) -> float:
    return float(np.abs(ours - reference).max())


@proof.check(
    "beam search: sequences and scores", tolerance=1e-5, reason="transformers adds log-probabilities in float32"
)
def _beams() -> Iterator[Case]:
    early = {"estimate": False, "full": True, "never": "never"}
    for seed in range(2):
        ours, theirs = pair(seed)
        more = {"no_repeat_ngram": 3} if seed else {}
        for stopping, flag in early.items():
            for penalty in (-1.0, 0.0, 1.0, 2.0):
                prompt, beams = (PROMPTS[4], 3) if penalty in (0, 2) else (PROMPTS[0], 4)
                yield Case(
                    f"{stopping}, length penalty {penalty:g}, {beams} beams, model {seed}",
                    partial(_our_beams, ours, prompt, beams, penalty, stopping, more),
                    partial(_their_beams, theirs, prompt, beams, penalty, flag, more),
                )


def _our_beams(model: Any, prompt: list[int], beams: int, penalty: float, stopping: str, more: dict) -> list[Any]:
    from groundup.llm.decoding import beam_search

    found = beam_search(
        model, prompt, 12, beams=beams, n_best=beams, length_penalty=penalty, early_stopping=stopping, eos=7, **more
    )
    return [[np.array(beam.ids), np.array([beam.score])] for beam in found]


def _their_beams(model: Any, prompt: list[int], beams: int, penalty: float, stopping: Any, more: dict) -> list[Any]:
    import torch

    found = model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), max_new_tokens=12, do_sample=False,
        num_beams=beams, num_return_sequences=beams, length_penalty=penalty, early_stopping=stopping, eos_token_id=7,
        pad_token_id=0, output_scores=True, return_dict_in_generate=True,
        **{_NAMES[name]: value for name, value in more.items()},
    )  # fmt: skip
    new = found.sequences[:, len(prompt) :].tolist()
    rows = [_cut(row, {"eos_token_id": 7}) for row in new]
    return [
        [np.array(row), np.array([score])] for row, score in zip(rows, found.sequences_scores.tolist(), strict=True)
    ]


@proof.check("perplexity of a text that fits", tolerance=1e-11, reason="float64, logits of some tens")
def _perplexity() -> Iterator[Case]:
    import torch

    from groundup.llm.decoding import perplexity

    for seed in range(3):
        ours, theirs = pair(seed)
        ids = torch.randint(0, 29, (1, 64), generator=torch.Generator().manual_seed(seed))
        yield Case(
            f"model {seed}",
            lambda ours=ours, ids=ids: np.array(perplexity(ours, ids[0])),
            lambda theirs=theirs, ids=ids: (
                torch.nn.functional.cross_entropy(theirs(ids).logits[0, :-1], ids[0, 1:]).exp().detach().numpy()
            ),
        )

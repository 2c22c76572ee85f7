"""Processors over 50,257 tokens, and greedy generation of 10.7 million parameters, beside transformers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from groundup.bench import Benchmark

VOCABULARY, NEW = 50257, 64
# name of ours: (class of transformers, its argument, wanted share of its time)
PROCESSORS: dict[str, tuple[str, Any, float]] = {
    "top_p": ("TopPLogitsWarper", 0.9, 0.6),
    "top_k": ("TopKLogitsWarper", 50, 1.1),
    "min_p": ("MinPLogitsWarper", 0.05, 0.9),
    "typical": ("TypicalLogitsWarper", 0.9, 1.0),
    "repetition_penalty": ("RepetitionPenaltyLogitsProcessor", 1.2, 1.3),
    "no_repeat_ngram": ("NoRepeatNGramLogitsProcessor", 3, 2.0),
}


def _processors(name: str) -> dict[str, Callable[[], Any]]:
    import torch
    from transformers.generation import logits_process

    from groundup.llm.decoding import processors

    kind, value, _ = PROCESSORS[name]
    random = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(1, VOCABULARY, generator=random)  # about as uneven as a trained model's
    history = torch.randint(0, VOCABULARY, (1, 500), generator=random)
    theirs = getattr(logits_process, kind)(value)
    looks_back = name in ("repetition_penalty", "no_repeat_ngram")
    arguments = (history, value) if looks_back else (value,)
    ours = getattr(processors, name)
    return {"ours": lambda: ours(logits, *arguments), "transformers": lambda: theirs(history, logits)}


def _draw() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.llm.decoding import draw

    logits = 3 * torch.randn(1, VOCABULARY, generator=torch.Generator().manual_seed(0))
    return {"ours": lambda: draw(logits, [0.5]), "torch": lambda: torch.multinomial(logits.softmax(1), 1)}


def _left(logits: Any) -> float:
    return float(logits.isfinite().sum())


def _models() -> tuple[Any, Any, list[int]]:
    import torch

    from groundup.transformers.gpt import CONFIGS, GPT
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = CONFIGS["mini"]
    ours = GPT(config).eval()
    names = ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head")
    theirs = GPT2LMHeadModel(
        GPT2Config(**{name: getattr(config, name) for name in names}, bos_token_id=0, eos_token_id=None)
    ).eval()
    state = {
        f"transformer.{name}": value.T if name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight")) else value
        for name, value in ours.state_dict().items()
    }
    theirs.load_state_dict(state | {"lm_head.weight": ours.wte.weight})
    return ours, theirs, list(range(16))


def _generation() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.llm.decoding import generate

    ours, theirs, prompt = _models()
    ids = torch.tensor([prompt])
    options: dict[str, Any] = {"max_new_tokens": NEW, "do_sample": False, "pad_token_id": 0}
    return {
        "ours": lambda: generate(ours, prompt, NEW, temperature=0)[0].ids,
        "transformers": lambda: theirs.generate(ids, attention_mask=torch.ones_like(ids), **options)[0, 16:].tolist(),
    }


def _beams() -> dict[str, Callable[[], Any]]:
    import torch

    from groundup.llm.decoding import beam_search

    ours, theirs, prompt = _models()
    ids = torch.tensor([prompt])
    options: dict[str, Any] = {"max_new_tokens": 24, "do_sample": False, "pad_token_id": 0, "num_beams": 4}
    return {
        "ours": lambda: beam_search(ours, prompt, 24, beams=4)[0].ids,
        "transformers": lambda: theirs.generate(ids, attention_mask=torch.ones_like(ids), **options)[0, 16:].tolist(),
    }


BENCHMARKS = [
    *(
        Benchmark(
            name=f"llm.decoding/{name.replace('_', '-')}",
            work=f"{name} {value:g} of one row of {VOCABULARY} logits, float32",
            setup=partial(_processors, name),
            reference="transformers",
            reach=reach,
            score=_left,
            score_name="tokens left",
            rounds=31,
        )
        for name, (_, value, reach) in PROCESSORS.items()
    ),
    Benchmark(
        name="llm.decoding/draw",
        work=f"softmax and one draw from {VOCABULARY} logits; ours in float64",
        setup=_draw,
        reference="torch",
        reach=1.0,
        rounds=31,
    ),
    Benchmark(
        name="llm.decoding/greedy",
        work=f"{NEW} greedy tokens after 16, 10.7M parameters, float32, plain torch with a cache",
        setup=_generation,
        reference="transformers",
        reach=0.8,
        score=sum,
        score_name="sum of the ids",
        rounds=5,
    ),
    Benchmark(
        name="llm.decoding/beam",
        work="24 tokens after 16 by 4 beams, 10.7M parameters, float32",
        setup=_beams,
        reference="transformers",
        reach=0.8,
        score=sum,
        score_name="sum of the ids",
        rounds=5,
    ),
]
